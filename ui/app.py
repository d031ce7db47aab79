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
from PySide6.QtGui import QFontDatabase, QIcon
from PySide6.QtWidgets import QApplication, QWidget

from services.clinic import Clinic, clinic_exists, open_clinic
from services.clock import Clock, SystemClock
from services.commands import Session
from services.errors import EnvironmentFault, Fault
from services.i18n import tr
from ui import crashlog
from ui.alerts import Alerts
from ui.bus import Bus
from ui.context import UiContext
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.scanner import Scanner
from ui.scans import ScanDesk
from ui.tasks import Tasks, left_behind
from ui.theme import Theme
from ui.widgets.banner import BannerKind

if TYPE_CHECKING:
    from ui.restoring import Wish

ICONS = Path(__file__).parents[1] / "resources" / "icons"
HOLDER = "window"


def use_working_input_method() -> None:
    """fcitx5 speaks ibus too, and ibus is the one Qt's wheels bring; before QApplication."""
    for name in ("QT_IM_MODULE", "QT_IM_MODULES"):
        if os.environ.get(name, "").startswith("fcitx"):
            os.environ[name] = "ibus"


def settings_of(folder: Path) -> QSettings:
    """Window places and column widths, beside the clinic's folder and never in it."""
    path = folder.with_name(f"{folder.name}-window.ini")
    return QSettings(str(path), QSettings.Format.IniFormat)


class Program(QObject):
    """Shows the first start, the screen that says why not, or the window."""

    def __init__(self, app: QApplication, folder: Path, clock: Clock, vault: object = None) -> None:
        super().__init__(app)
        self._app, self.folder, self._clock, self._vault = app, folder, clock, vault
        self.bus = Bus(self)
        self.tasks = Tasks(self)
        self.scanner = Scanner(app, owner=self)  # before the watch, which sees a key first
        self.idle = IdleWatch(app)
        self.screen: QWidget | None = None
        self.window: MainWindow | None = None
        self._clinic: Clinic | None = None
        self._doorbell: QObject | None = None
        self._by_code = False  # the clinic was opened by what somebody typed

    # --- which screen ---

    def start(self) -> bool:
        """Show what fits the folder; False when another window took over."""
        if not clinic_exists(self.folder):
            self._first_start()
            return True
        return self.open()

    def open(self, code: str = "") -> bool:
        """Open the clinic; False when another window has it and came forward."""
        try:
            clinic = open_clinic(
                self.folder,
                self._clock,
                holder=HOLDER,
                vault=self._vault,  # type: ignore[arg-type]
                code=code or None,
            )
        except EnvironmentFault as error:
            if error.fault is Fault.LOCKED and self._raise_other():
                return False
            crashlog.report(error)
            self._cannot_open(error, code)
        else:
            self._by_code = bool(code)
            self._show_window(clinic)
        return True

    def _raise_other(self) -> bool:
        from ui.single import raise_first

        return raise_first(self.folder)

    def _first_start(self) -> None:
        from ui.dialogs.first_start import FirstStart

        alerts = Alerts(self.bus)
        screen = FirstStart(self.folder, self._clock, alerts, self._vault)
        alerts.host = screen
        screen.finished.connect(self._show_window)
        screen.demo_wanted.connect(self._demo)
        screen.restore_wanted.connect(partial(self._rescue, Fault.MISSING, self._first_start))
        self._app.aboutToQuit.connect(screen.abandon)
        self._show(screen)

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
        screen.choose.connect(self.move_to)
        screen.quit.connect(self._app.quit)
        screen.rescue.connect(partial(self._rescue, error.fault, None))
        screen.report.connect(partial(self._report, f"{error.fault.name} {error.detail}"))
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
        if clinic_exists(self.folder) or code:
            if not self.open(code):
                self._app.quit()
        else:
            self._cannot_open(EnvironmentFault(Fault.MISSING), "")

    def move_to(self, folder: Path) -> None:
        """Open another folder. A folder without a clinic is said to be one, not filled."""
        self.folder = folder
        self._retry("")

    def _show(self, screen: QWidget) -> None:
        if self.screen is not None:
            self.screen.close()
            self.screen.deleteLater()
        self.screen = screen
        screen.resize(960, 640)
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
        from ui.single import Doorbell

        bell = Doorbell(self.folder, self)
        bell.rung.connect(self._come_forward)
        self._doorbell = bell
        writing = QFontDatabase.WritingSystem.SimplifiedChinese
        if self.window is not None and not QFontDatabase.families(writing):
            self.window.context.alerts.banner(
                "No Chinese font on this PC. Install fonts-noto-cjk, then start again. "
                + tr("这台电脑没有中文字体，请安装 fonts-noto-cjk 后重启程序。"),
                "error",
            )

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
        if self._doorbell is not None:
            self._doorbell.deleteLater()
            self._doorbell = None
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
        if self.window is not None:
            self.window.showNormal() if self.window.isMinimized() else self.window.show()
            self.window.raise_()
            self.window.activateWindow()

    def _closed(self) -> None:
        if self.window is not None and self.window.keeper is not None:
            self.window.keeper.stop()
        if self._clinic is not None:
            self._clinic.close()
            self._clinic = None
        crashlog.stop()

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
    use_working_input_method()
    app = QApplication(argv)
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
    program._closed()
    if left_behind():
        os._exit(code)  # a device that does not answer would hold the process for ever
    return code
