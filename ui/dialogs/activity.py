"""One activity: 资料, 邀请, 报名, 签到, 费用, 总结 as pages by keys, and the next step at the top
(R012, R013)."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from services.activities.planning import hold_activity, open_activity
from services.activities.records import ActivityRow, PlaceRow, activity
from services.activities.words import HELD, OPEN, PLANNED
from services.changes import Changes, Kind
from services.forms.activity_sheet import activity_sheet
from services.i18n import tr
from services.rights import may
from ui.context import UiContext
from ui.dialogs.base import MARGIN, Dialog
from ui.dialogs.paper import PaperDialog
from ui.forms import button, button_row, label
from ui.theme import GAP
from ui.widgets.activity_door import ActivityDoorPage
from ui.widgets.activity_form import ActivityFormPage
from ui.widgets.activity_invite import ActivityInvitePage
from ui.widgets.activity_money import ActivityMoneyPage
from ui.widgets.activity_page import ActivityPage
from ui.widgets.activity_signup import ActivitySignUpPage
from ui.widgets.activity_summary import ActivitySummaryPage
from ui.widgets.activity_words import counts_line, headline
from ui.widgets.gift_kit import Switch, key_button, rename, shortcut

WANTED = QSize(148 * GAP, 86 * GAP)
FORM, INVITE, SIGN_UP, DOOR, MONEY, SUMMARY = range(6)
_PAGES = (
    ActivityFormPage,
    ActivityInvitePage,
    ActivitySignUpPage,
    ActivityDoorPage,
    ActivityMoneyPage,
    ActivitySummaryPage,
)


class ActivityDialog(Dialog):
    """Alt+1 to Alt+6 turn the pages, Alt+K takes the next step. Without `activity_id` a new one is
    planned first."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, activity_id: int = 0, page: int = -1
    ) -> None:
        super().__init__(context, parent, tr("活动"))
        self._fill()
        self.activity_id = activity_id
        self.row: ActivityRow | None = None
        self._stale: set[int] = set()
        self.title = label("", "heading")
        self.counts = label("", "muted")
        self.next_button = key_button(tr("开放报名(&K)"))
        self.pages = Switch(tr("活动的页"), list(enumerate(page_titles())))
        self.stack = QStackedWidget()
        for make in _PAGES:
            made = make(self.context)
            made.written.connect(self._written)
            if isinstance(made, ActivityInvitePage):
                made.chosen.connect(self._sign_up)
            self.stack.addWidget(made)
        self._build()
        self.reload()
        self.turn(self._first_page() if page < 0 else page)

    def _fill(self) -> None:
        """As large as the main window allows, whichever dialog this opens over."""
        behind = self.parentWidget()
        while behind is not None and behind.parentWidget() is not None:
            behind = behind.parentWidget()
        room = WANTED if behind is None else WANTED.boundedTo(behind.size() - MARGIN)
        self.resize(room)

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(2 * GAP)
        top.addWidget(self.title, 1)
        top.addWidget(self.next_button)
        self.sheet_button = key_button(tr("打印签到表(&Q)…"), tip=tr("Ctrl+P 也可以"))
        closing = button(tr("关闭"))
        self.body.setSpacing(GAP)
        self.body.addLayout(top)
        self.body.addWidget(self.counts)
        self.body.addWidget(self.pages)
        self.body.addWidget(self.stack, 1)
        self.body.addLayout(button_row(closing, left=(self.sheet_button,)))
        self.pages.chosen.connect(self.turn)
        self.next_button.clicked.connect(self.step)
        self.sheet_button.clicked.connect(self.print_sheet)
        closing.clicked.connect(self.reject)
        shortcut(self, "Ctrl+P", self.print_sheet)
        self.context.bus.changed.connect(self._something_changed)

    def _first_page(self) -> int:
        """Where the work of the day is."""
        row = self.row
        if row is None or row.state == PLANNED:
            return FORM
        if row.state == OPEN:
            return DOOR if row.day <= self.context.today() else SIGN_UP
        return SUMMARY

    def page(self, number: int) -> ActivityPage:
        """A page by its number."""
        found = self.stack.widget(number)
        assert isinstance(found, ActivityPage)
        return found

    # -- showing ---------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the activity and show it on every page."""
        if not self.activity_id:
            self._show_new()
            return
        row = self.context.alerts.run(activity, self.context.db, self.activity_id)
        if row is None:
            return
        self.row = row
        self.title.setText(headline(row))
        self.counts.setText(counts_line(row))
        self._show_step(row)
        for made in self.pages.buttons.values():
            made.setEnabled(True)
        self.sheet_button.setEnabled(True)
        self._stale = set(range(self.stack.count()))
        self._show_page()

    def _show_new(self) -> None:
        self.title.setText(tr("新活动"))
        self.counts.setText(tr("先写资料，按 ⏎ 保存；保存以后再邀请、报名、签到。"))
        self.next_button.hide()
        self.sheet_button.setEnabled(False)
        for number, made in self.pages.buttons.items():
            made.setEnabled(number == FORM)
        form = self.page(FORM)
        assert isinstance(form, ActivityFormPage)
        form.begin()

    def _show_step(self, row: ActivityRow) -> None:
        words = {
            PLANNED: tr("开放报名(&K)"),
            OPEN: tr("活动结束(&K)"),
            HELD: tr("写总结(&K)"),
        }.get(row.state, "")
        self.next_button.setVisible(bool(words))
        rename(self.next_button, words)
        role = self.context.session.actor.role
        early = row.state == OPEN and row.day > self.context.today()
        self.next_button.setEnabled(may(role, "activity.open") and not early)
        tip = tr("活动日期到了才能结束") if early else ""
        self.next_button.setToolTip(tip)

    def turn(self, number: int) -> None:
        """Show a page, the keyboard where its work begins."""
        self.context.alerts.bar.dismiss()
        self.pages.choose(number)
        self.stack.setCurrentIndex(number)
        self._show_page()
        self.page(number).first_focus().setFocus()

    def _show_page(self) -> None:
        """Read the page in sight if something was written since; the others when they are."""
        number = self.stack.currentIndex()
        if self.row is not None and number in self._stale:
            self._stale.discard(number)
            self.page(number).show_row(self.row)

    def _sign_up(self, place: PlaceRow) -> None:
        """Somebody who was invited says yes."""
        self.turn(SIGN_UP)
        page = self.page(SIGN_UP)
        assert isinstance(page, ActivitySignUpPage)
        page.take(place)

    # -- doing -----------------------------------------------------------------------------------

    def _written(self) -> None:
        form = self.page(FORM)
        assert isinstance(form, ActivityFormPage)
        self.activity_id = self.activity_id or form.planned
        self.reload()

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(Kind.ACTIVITY) and self.activity_id:
            self.reload()

    def step(self, *_: object) -> None:
        """The next step of its life."""
        row = self.row
        if row is None or not self.next_button.isEnabled():
            return
        if row.state == HELD:
            self.turn(SUMMARY)
            return
        if row.state == OPEN:
            words = tr("“{name}”结束了？报名没签到的 {n} 人记为没有来，之后还能补签。")
            asked = words.format(name=row.name, n=row.signed)
            if not self.context.alerts.ask(tr("活动结束"), asked, tr("结束(&Y)")):
                return
        call = open_activity if row.state == PLANNED else hold_activity
        done = self.context.alerts.run_command(call, self.context.session, activity_id=row.id)
        if done is not None:
            self.reload()
            opened = row.state == PLANNED
            self.turn(INVITE if opened else SUMMARY)
            words = tr("已开放报名。现在可以邀请。") if opened else tr("活动已结束，请写总结。")
            self.context.alerts.banner(words, "success")

    def print_sheet(self, *_: object) -> None:
        """The sheet to sign on, as it will come out."""
        if self.row is None:
            return
        paper = self.context.alerts.run(activity_sheet, self.context.db, self.row.id)
        if paper is not None:
            PaperDialog(self.context, self, paper).open()


def page_titles() -> list[str]:
    """The pages in their order, each with its number as the key."""
    return [
        tr("资料(&1)"),
        tr("邀请(&2)"),
        tr("报名(&3)"),
        tr("签到(&4)"),
        tr("费用(&5)"),
        tr("总结(&6)"),
    ]
