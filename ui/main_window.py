"""The window: builds, wires, remembers its place. What is done is done elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Signal
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication, QKeySequence, QShowEvent
from PySide6.QtWidgets import QDialog, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from services.commands import Session, read_setting
from services.i18n import tr
from services.rights import may
from services.setup import DEMO, IDLE_MINUTES, clinic_name, recovery_unproven
from ui.context import UiContext
from ui.copying import CopyWatch
from ui.daily import Daily
from ui.dialogs.sign_in import SignIn
from ui.idle import IdleWatch
from ui.menus import Menus
from ui.night_news import NightNews
from ui.start_check import StartCheck
from ui.theme import dress
from ui.warming import Leisure, Warming
from ui.widgets.banner import AtTabs
from ui.widgets.farewell import Farewell
from ui.widgets.header import Header
from ui.widgets.member_strip import MemberStrip
from ui.widgets.tab_area import NAMES, TabArea
from ui.widgets.today_strip import TodayStrip

if TYPE_CHECKING:
    from ui.backing_up import Keeper

USUAL, SMALLEST = QSize(1366, 720), QSize(1100, 640)
TITLE = QSize(0, 32)  # what the window's own title takes of the screen
DEFAULT_IDLE_MINUTES = 5
DEFAULT_TAB = "checkin"
# key → (tab, what it is asked to do)
KEYS = {
    "F2": ("enrollment", "new_person"),
    "F4": ("checkin", "check_in"),
    "F6": ("points", "receipt"),
    "F7": ("gifts", "redeem"),
    "F8": ("gifts", "use_service"),
    "F9": ("followups", "next_call"),
}


class MainWindow(QMainWindow):
    """Sign-in in front, the desk behind it."""

    closed = Signal()

    def __init__(self, context: UiContext, idle: IdleWatch) -> None:
        super().__init__()
        self.context = context
        self.idle = idle
        self.copies = CopyWatch(context, self)
        context.alerts.host = self
        self.setWindowTitle(clinic_name(context.clinic))  # Qt adds the program's name
        self.setMinimumSize(SMALLEST.boundedTo(self._room()))
        self.sign_in = SignIn(context.clinic, context.alerts, context.settings)
        self.header = Header(context, self)
        self.strip = MemberStrip(context)
        self.tabs = TabArea(context)
        self.today = TodayStrip(context)
        self.menus = Menus(context, self, self.header.menus, self.header.staff_menu)
        context.alerts.on_bug = partial(self.menus.open, "crash_report")
        self.daily = Daily(context, self)
        self.start_check = StartCheck(context, partial(self.menus.open, "verify"), self)
        self.night_news = NightNews(context, partial(self.menus.open, "scheduled"), self)
        self.farewell = Farewell()
        self.warming = Warming(self.tabs.prepare, self)
        self.leisure = Leisure(self.tabs.build_rest(), self)
        self.keeper: Keeper | None = None
        self._greeting: Callable[[], object] | None = None
        self._build()
        self._actions()
        self._wire()
        self._restore()
        dress(self)

    def _build(self) -> None:
        self.desk = QWidget()
        column = QVBoxLayout(self.desk)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.header, self.strip):
            column.addWidget(widget)
        AtTabs(self.context.alerts.bar, self.tabs)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.today)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.sign_in)
        self.pages.addWidget(self.desk)
        self.pages.addWidget(self.farewell)
        self.setCentralWidget(self.pages)

    def _actions(self) -> None:
        for number, name in enumerate(NAMES, 1):
            self._key(f"Ctrl+{number}", partial(self.show_tab, name))
        for key, (tab, action) in KEYS.items():
            self._key(key, partial(self.go, tab, action))
        self._key("F3", self.header.search.start)
        self._key("F5", self._refresh)
        self._key("Ctrl+L", self.lock)
        self._key("Ctrl+P", self.print_page)
        self._key("Ctrl+Z", self.undo)
        self._key("Esc", self.back)
        self._key("F1", partial(self.menus.open, "keys"))

    def _key(self, key: str, call: object) -> None:
        action = QAction(self.desk)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(call)
        self.desk.addAction(action)

    def _wire(self) -> None:
        self.sign_in.signed_in.connect(self.enter)
        self.header.lock.clicked.connect(self.lock)
        self.header.search.chosen.connect(self._person_chosen)
        self.header.staff_menu.addAction(tr("换人登录  Ctrl+L")).triggered.connect(self.lock)
        self.context.navigator.wanted.connect(self.go)
        self.context.navigator.lock_wanted.connect(self.lock)
        self.strip.invite_clicked.connect(partial(self.go, "enrollment", "join"))
        self.idle.idle.connect(self._lock_idle)

    # --- signing in and locking ---

    def enter(self, session: Session) -> None:
        """Somebody is at the desk."""
        self.context.alerts.bar.dismiss()
        self.context.signed_in.set(session)
        self.header.show_session(session)
        self.menus.show_for(session.actor.role)
        self.pages.setCurrentWidget(self.desk)
        self.warming.then(self._wake)
        self.header.search.start()
        self._remind(session)
        if self._greeting is not None:
            self._greeting()
            self._greeting = None
        minutes = read_setting(self.context.db, IDLE_MINUTES, str(DEFAULT_IDLE_MINUTES))
        self.idle.start(int(minutes))

    def _wake(self) -> None:
        """What the desk shows of the day, once what it takes is loaded."""
        if self.context.signed_in.session is None:
            return  # locked meanwhile
        self.tabs.wake()
        self.today.refresh_soon()
        self.daily.begin()
        self.leisure.start()

    def greet(self, sentence: str, call: Callable[[], object]) -> None:
        """Say what happened on the sign-in page, and once more (`call`) to who signs in."""
        self.sign_in.reload(sentence)
        self._greeting = call

    def keep_backups(self) -> Keeper:
        """Begin to keep backups; the program does so, a window alone does not."""
        from ui.backing_up import Keeper

        self.keeper = Keeper(self.context, self)
        self.keeper.told.connect(self.today.show_backup)
        return self.keeper

    def _remind(self, session: Session) -> None:
        if read_setting(self.context.db, DEMO) == "1":
            return  # nobody was given that code
        proof_due = recovery_unproven(self.context.db, self.context.today())
        if proof_due and may(session.actor.role, "clinic.confirm_recovery"):
            self.context.alerts.banner(
                tr("请找出恢复码，在“管理 → 核对恢复码”输入一次：没有它，换电脑后数据打不开。"),
                "warning",
            )

    def lock(self, *_: object, reason: str = "") -> None:
        """Cover the desk: nobody open, nothing in the clipboard, no dialog left."""
        if self.context.signed_in.session is None:
            return
        for dialog in self.findChildren(QDialog):
            dialog.reject()
        self.idle.stop()
        self.leisure.stop()
        self.header.search.dismiss()
        self.context.alerts.bar.dismiss()
        self.context.current_person.select(None)
        QGuiApplication.clipboard().clear()
        self.context.signed_in.set(None)
        self.pages.setCurrentWidget(self.sign_in)
        self.sign_in.reload(reason or tr("已锁定。选择姓名，输入密码后按回车。"))

    def _lock_idle(self) -> None:
        if self.context.tasks.unfinished:
            self.idle.start(1)  # an import is running: look again in a minute
        else:
            self.lock(reason=tr("一段时间没有操作，已自动锁定。输入密码继续。"))

    # --- moving about ---

    def show_tab(self, name: str, *_: object) -> None:
        """Ctrl+1 … Ctrl+5."""
        self.tabs.show_tab(name)

    def go(self, tab: str, action: str = "", *_: object) -> None:
        """Show a tab and let it do something."""
        if self.context.signed_in.session is None:
            return
        shown = self.tabs.show_tab(tab)
        if action:
            self.context.alerts.run(shown.act, action)

    def back(self) -> None:
        """Esc: the banner, then what the tab has open, then the open person."""
        if self.context.alerts.bar.dismiss():
            return
        if self.tabs.current().act("back"):
            return
        if self.context.person_id is not None:
            self.context.current_person.select(None)

    def undo(self) -> None:
        """Ctrl+Z: what the tab takes back itself, else the last posting by a reversing entry."""
        from services.desk.undo import undo_last

        if self.tabs.current().act("undo"):
            return
        session = self.context.signed_in.session
        undone = self.context.alerts.run(undo_last, session) if session else None
        if undone is not None:
            self.context.alerts.banner(undone.sentence, "success")

    def print_page(self) -> None:
        """Ctrl+P: what the tab has to print about the open person."""
        if not self.context.alerts.run(self.tabs.current().act, "print"):
            self.context.alerts.banner(
                tr("这一页没有可以打印的内容。在“积分”打开一位顾客后，Ctrl+P 打印对账单。"), "info"
            )

    def _refresh(self) -> None:
        self.strip.refresh()
        self.today.refresh_soon()
        self.tabs.current().mark_dirty()

    def _person_chosen(self, _person_id: int) -> None:
        self.context.alerts.bar.dismiss()  # it spoke of somebody else
        focus = self.tabs.current().first_focus() or self.tabs.tabBar()
        focus.setFocus()

    # --- the window's place ---

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.warming.start()

    def _room(self) -> QSize:
        """How large the window may be: an enlarged screen has less than the usual one."""
        enlarged = self.devicePixelRatioF() > 1
        return self.screen().availableSize() - TITLE if enlarged else USUAL

    def _restore(self) -> None:
        settings = self.context.settings
        geometry = settings.value("window/geometry")
        if not isinstance(geometry, QByteArray) or not self.restoreGeometry(geometry):
            self.resize(USUAL.boundedTo(self._room()))
        name = str(settings.value("window/tab", DEFAULT_TAB))
        self.tabs.setCurrentIndex(NAMES.index(name if name in NAMES else DEFAULT_TAB))

    def closeEvent(self, event: QCloseEvent) -> None:
        question = tr("还有工作没有完成。现在退出会取消它，没有做完的不会保存。")
        leaving = self.keeper is not None and self.keeper.leaving  # they said so already
        busy = self.context.tasks.unfinished and not leaving
        if busy and not self.context.alerts.ask(tr("正在处理"), question, tr("退出(&Y)")):
            event.ignore()
            return
        self.context.tasks.cancel_all()
        if self.keeper is not None and self.keeper.sees_out():
            event.ignore()  # it closes the window itself
            return
        self.start_check.stop()
        self.leisure.stop()
        self.night_news.stop()
        self.context.settings.setValue("window/geometry", self.saveGeometry())
        self.context.settings.setValue("window/tab", NAMES[self.tabs.currentIndex()])
        self.context.settings.sync()
        self.idle.stop()
        self.context.signed_in.set(None)
        self.closed.emit()
        super().closeEvent(event)
