"""From argv to a window: the application, its look, and what the data folder allows."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QSettings, QTimer, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from services.clinic import Clinic, clinic_exists, open_clinic
from services.clock import Clock, SystemClock
from services.commands import Session
from services.errors import EnvironmentFault, Fault
from services.i18n import tr
from services.presence import kept_here
from ui import crashlog, fonts, input_method
from ui.alerts import Alerts
from ui.bus import Bus
from ui.context import UiContext
from ui.garbage import Garbage
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.scanner import Scanner
from ui.scans import ScanDesk
from ui.seat import Seat
from ui.tasks import Tasks, left_behind
from ui.theme import Theme, dress
from ui.widgets.banner import BannerKind

if TYPE_CHECKING:
    from ui.restoring import Wish

ICONS = Path(__file__).parents[1] / "resources" / "icons"
HOLDER = "window"


def settings_of(folder: Path) -> QSettings:
    """Window places and column widths, of this user and never in the clinic's folder."""
    return QSettings(str(kept_here(folder, "ini")), QSettings.Format.IniFormat)


class Program(QObject):
    """Shows the first start, the screen that says why not, or the window."""

    def __init__(self, app: QApplication, folder: Path, clock: Clock, vault: object = None) -> None:
        super().__init__(app)
        self._app, self._clock, self._vault = app, clock, vault
        self.seat = Seat(folder, self)
        self.seat.called.connect(self._come_forward)
        self.bus = Bus(self)
        self.tasks = Tasks(self)
        self.scanner = Scanner(app, owner=self)  # before the watch, which sees a key first
        self.idle = IdleWatch(app)
        self.screen: QWidget | None = None
        self.window: MainWindow | None = None
        self._clinic: Clinic | None = None
        self._by_code = False  # the clinic was opened by what somebody typed

    @property
    def folder(self) -> Path:
        """Where the clinic is, or is to be."""
        return self.seat.folder

    # --- which screen ---

    def start(self) -> bool:
        """Show what fits the folder; False when another process shows it and came forward."""
        if not self.seat.take():
            return False
        from services import data_place

        if clinic_exists(self.folder):
            self.open()
        elif self.folder == data_place.remembered():  # a disk that is not there makes nothing new
            self._cannot_open(EnvironmentFault(Fault.MISSING), "")
        else:
            self._first_start()
        return True

    def open(self, code: str = "") -> None:
        """Open the clinic, or show why it does not open."""
        try:
            clinic = open_clinic(
                self.folder,
                self._clock,
                holder=HOLDER,
                vault=self._vault,  # type: ignore[arg-type]
                code=code or None,
            )
        except EnvironmentFault as error:
            crashlog.report(error)
            self._cannot_open(error, code)
        else:
            self._by_code = bool(code)
            self._show_window(clinic)

    def _first_start(self) -> None:
        from ui.dialogs.first_start import FirstStart

        alerts = Alerts(self.bus)
        screen = FirstStart(self.folder, self._clock, alerts, self._vault)
        alerts.host = screen
        screen.finished.connect(self._show_window)
        screen.demo_wanted.connect(self._demo)
        screen.place_wanted.connect(self._choose_place)
        screen.restore_wanted.connect(partial(self._rescue, Fault.MISSING, self._first_start))
        self._app.aboutToQuit.connect(screen.abandon)
        self._show(screen)
        if not fonts.has_chinese():
            fonts.offer_font(alerts)

    def _choose_place(self, picked: Path) -> None:
        """The data goes, or is, elsewhere."""
        from services import data_place

        chosen = data_place.place_for(picked, clinic_exists(picked))
        self.seat.choose(chosen)
        if not self.seat.move(chosen):
            self._app.quit()
        elif clinic_exists(chosen):
            self.open()
        else:
            self._first_start()

    def _demo(self) -> None:
        from ui.dialogs.demo import DemoScreen

        place = self.folder.with_name(f"{self.folder.name}-demo")
        screen = DemoScreen(place, self.tasks, self._vault)
        screen.ready.connect(self.move_to)
        screen.back.connect(self._first_start)
        self._show(screen)
        screen.begin()

    def _cannot_open(self, error: EnvironmentFault, code: str) -> None:
        from ui.dialogs.cannot_open import CannotOpen

        screen = CannotOpen(self.folder, error.fault, error.detail)
        screen.retry.connect(self._retry)
        screen.choose.connect(partial(self._choose_other, error.fault))
        screen.quit.connect(self._app.quit)
        screen.rescue.connect(partial(self._rescue, error.fault, None))
        locked = error.fault is Fault.LOCKED  # whose detail names a PC and a user
        fault = error.fault.name if locked else f"{error.fault.name} {error.detail}"
        screen.report.connect(partial(self._report, fault))
        if code and error.fault is Fault.WRONG_KEY:
            screen.refuse_code()
        self._show(screen)

    def _report(self, fault: str) -> None:
        """The crash report of a clinic that does not open."""
        from services import crash_report
        from ui.dialogs.crash_report import ReportDialog

        made = crash_report.gather(self.folder, self._clock, fault=fault)
        name = crash_report.file_name(self._clock)
        ReportDialog(made, name, Alerts(self.bus), self.screen).open()

    def _rescue(self, fault: Fault, back: Callable[[], object] | None = None) -> None:
        from ui.dialogs.rescue import RescueScreen

        screen = RescueScreen(
            self.folder, fault, self._clock, self._vault, self.tasks, settings_of(self.folder)
        )
        screen.back.connect(back or partial(self._retry, ""))
        screen.rescued.connect(self._rescued)
        self._show(screen)
        screen.begin()

    def _rescued(self, code: str, sentence: str) -> None:
        """Open what was rescued, by the code that was typed for it."""
        self.open(code)
        if self.window is not None:
            banner = self.window.context.alerts.banner
            self.window.greet(sentence, partial(banner, sentence, "success"))

    def _retry(self, code: str) -> None:
        if not self.seat.taken and not self.seat.take():
            self._app.quit()  # who held it came forward meanwhile
        elif clinic_exists(self.folder) or code:
            self.open(code)
        else:
            self._cannot_open(EnvironmentFault(Fault.MISSING), "")

    def _choose_other(self, fault: Fault, folder: Path) -> None:
        """Look elsewhere: for good where the clinic is gone from where it was looked for, else for
        this start, as an older copy may be looked at while the clinic itself is in trouble."""
        if fault is Fault.MISSING:
            self.seat.choose(folder)
        else:
            self.seat.choose_for_now()
        self.move_to(folder)

    def move_to(self, folder: Path) -> None:
        """Open another folder. A folder without a clinic is said to be one, not filled."""
        if self.seat.move(folder):
            self._retry("")
        else:
            self._app.quit()

    def _show(self, screen: QWidget) -> None:
        if self.screen is not None:
            self.screen.close()
            self.screen.deleteLater()
        self.screen = screen
        dress(screen).resize(960, 640)
        screen.show()

    # --- the window ---

    def _show_window(self, clinic: Clinic, session: Session | None = None) -> None:
        self._clinic = clinic
        crashlog.start(self.folder / "logs")
        context = UiContext(
            clinic, self.bus, Alerts(self.bus), self.tasks, settings_of(self.folder)
        )
        context.navigator.restore_wanted.connect(self._restore)
        self.window = MainWindow(context, self.idle)
        self.window.closed.connect(self._closed)
        self.window.keep_backups()
        if self._by_code:
            context.signed_in.changed.connect(self._note_way_in)
        ScanDesk(self.window, self.scanner)
        self.window.show()
        if session is not None:
            self.window.enter(session)
        if self.screen is not None:
            self.screen.close()
            self.screen.deleteLater()
            self.screen = None
        QTimer.singleShot(0, self._when_shown)

    def _when_shown(self) -> None:
        """What can wait until somebody sees the window."""
        if self.window is None:
            return
        from services import data_place

        self.seat.remember()
        notices = self.window.sign_in.notices
        if not fonts.has_chinese():
            fonts.offer_font(notices)
            return
        from services.clinic_place import concern_here, how_to_move, why_not

        found = concern_here(self.folder)
        if found is not None:
            where = tr("诊所数据在 {folder}。").format(folder=self.folder)
            how = how_to_move(self.folder == data_place.remembered())
            notices.banner(where + why_not(found) + how, "error")

    def _note_way_in(self, session: Session | None) -> None:
        if session is not None and self._by_code and self.window is not None:
            from services.recovery import note_way_in

            self._by_code = False
            self.window.context.alerts.run(note_way_in, session)

    # --- another file in the clinic's place ---

    def _restore(self, wish: Wish) -> None:
        """Close the clinic, restore, open again; the screen comes first, or closing would quit."""
        from ui.restoring import RestoreScreen

        screen = RestoreScreen(self.folder, wish, self._clock, self._vault, self.tasks)
        screen.restored.connect(self._restored)
        self._show(screen)
        if self.window is not None:
            if self.window.keeper is not None:
                self.window.keeper.release()
            self.window.close()
            self.window.deleteLater()
            self.window = None
        screen.begin()

    def _restored(self, sentence: str, kind: BannerKind) -> None:
        self.open()
        if self.window is not None:
            self.window.greet(sentence, partial(self._say_restored, sentence, kind))

    def _say_restored(self, sentence: str, kind: BannerKind) -> None:
        if self.window is None:
            return
        alerts = self.window.context.alerts
        if kind == "success":
            alerts.offer(sentence + tr("原来的数据搁置着。"), tr("撤销…"), self._open_set_aside)
        else:
            alerts.banner(sentence, kind)

    def _open_set_aside(self) -> None:
        from ui.dialogs.set_aside import SetAsideDialog

        if self.window is not None:
            SetAsideDialog(self.window.context, self.window).open()

    def _come_forward(self) -> None:
        shown = self.window or self.screen
        if shown is not None:
            shown.showNormal() if shown.isMinimized() else shown.show()
            shown.raise_()
            shown.activateWindow()

    def _closed(self) -> None:
        if self.window is not None and self.window.keeper is not None:
            self.window.keeper.stop()
        if self._clinic is not None:
            self._clinic.close()
            self._clinic = None
        crashlog.stop()
        if self.screen is None:  # nothing takes the window's place
            self.seat.leave()

    def stop(self) -> None:
        """The end of the program: whatever is shown, another may show this folder now."""
        self._closed()
        self.seat.leave()

    # --- bugs ---

    def catch(
        self, kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        """`sys.excepthook`: written down without personal data, and said."""
        if issubclass(kind, KeyboardInterrupt):
            self._app.quit()
        elif self.window is not None and threading.current_thread() is threading.main_thread():
            self.window.context.alerts.bug(error)
        else:
            crashlog.report(error)
        if not getattr(sys, "frozen", False):
            print(crashlog.describe(error), file=sys.stderr)  # noqa: T201 - a developer's start


def make_application(argv: list[str]) -> QApplication:
    """The dressed application, speaking Chinese."""
    os.environ.update(input_method.working(os.environ))
    app = QApplication([*argv, "-style", "fusion"])  # set later it loads 600 words of QStyle
    Garbage(app)
    app.setApplicationName("haochi-desk")
    app.setApplicationDisplayName(tr("皓齿前台"))
    app.setDesktopFileName("haochi-desk")
    QLocale.setDefault(QLocale(QLocale.Language.Chinese, QLocale.Country.China))
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load("qtbase_zh_CN", folder):
        app.installTranslator(translator)
    app.setWindowIcon(QIcon(str(ICONS / "haochi.svg")))
    Theme(app)
    return app


def run(folder: Path) -> int:
    """The desk, until its window closes."""
    app = make_application(sys.argv[:1])
    program = Program(app, folder, SystemClock())
    sys.excepthook = program.catch
    if not program.start():
        return 0
    code = app.exec()
    program.stop()
    if left_behind():
        os._exit(code)  # a device that does not answer would hold the process for ever
    return code
