"""电话: whom to call today at the left, the call at the right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from services.changes import Changes, Kind
from services.followups.call_counts import COUNTED, count_resting, waiting_papers
from services.followups.call_list import CallRow, calls_today
from services.followups.call_order import due_rules
from services.followups.calls import TRIES
from services.followups.making import catch_up_plans, plans_wait
from services.followups.tiers_asked import tier_questions
from services.followups.undoing import last_call, undo_call
from services.i18n import tr
from ui.context import UiContext
from ui.forms import label
from ui.idle import quiet_for
from ui.looking import Looking
from ui.theme import GAP
from ui.widgets.call_filter import CallFilter
from ui.widgets.call_list import KEYS, LATER, LETTER, NOT_CALLED, CallList, key_title
from ui.widgets.call_panel import WIDTH, CallPanel
from ui.widgets.call_stats import CallStats
from ui.widgets.gift_kit import key_button, shortcut

PAUSE = 50  # milliseconds between two steps
QUIET = 0.3  # seconds without a hand, and no dialog open: keys come first
SHOWN = 100  # the list is read again after every call


@dataclass(frozen=True)
class _Around:
    """What is said around the list: kinds of calls that are due, people who rest, papers that wait
    by how they are sent, tiers to be decided on."""

    rules: list[str]
    resting: int
    papers: dict[str, int]
    questions: list[Any]


def _around(today: str, db: Any) -> _Around:
    """On another thread."""
    return _Around(
        due_rules(db, today),
        count_resting(db, today),
        waiting_papers(db, today),
        tier_questions(db),
    )


class CallPage(QWidget):
    """F9 opens the next call, one key logs it and opens the one after.

    `settled` tells that the page has read its list again by itself.
    """

    settled = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._onward: list[int] = []  # whose call is next when the list is read again
        self.context = context
        self.calls = CallList(context.settings)
        self.panel = CallPanel(context)
        self.stats: CallStats | None = None
        self.summary = label("", "muted")
        self.aside = label("", "muted")
        self.questions = label("", "warning")
        self.filter = CallFilter(context)
        self.assign = key_button(tr("分派(&G)…"), tip=tr("把选中的回访交给一位同事，或整批移交"))
        self.show_stats = key_button(tr("统计(&S)"), tip=tr("最近几周的完成率、接通率、满意率"))
        self.plan = key_button(tr("安排回访(&A)"), tip=tr("给打开的顾客安排一次回访"))
        self.show_stats.setCheckable(True)
        self._made = 0  # tasks that nobody was told of
        self._beside = Looking(context, self._say_around, self)
        self._look_on = QTimer(self, singleShot=True, interval=PAUSE)
        self._look_on.timeout.connect(self._look_further)
        self._build()
        self._wire()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.summary, 1)
        for made in (self.assign, self.show_stats, self.plan):
            top.addWidget(made)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addLayout(top)
        left.addWidget(self.filter)
        left.addWidget(self.calls, 1)
        left.addWidget(self.aside)
        left.addWidget(self.questions)
        self.right = QStackedWidget()
        self.right.setMaximumWidth(WIDTH)
        self.right.addWidget(self.panel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(self.right, 1)

    def _wire(self) -> None:
        self.calls.wanted.connect(self._log)
        self.calls.reveal_wanted.connect(self.panel.reveal)
        self.calls.current_row_changed.connect(self._row_changed)
        self.calls.activated_row.connect(self._open)
        self.panel.logged.connect(self._logged)
        self.panel.entered.connect(self._keyboard_back)
        self.filter.changed.connect(self._filtered)
        self.plan.clicked.connect(self.plan_call)
        self.assign.clicked.connect(self.assign_calls)
        self.panel.past_button.clicked.connect(self.open_past)
        self.show_stats.toggled.connect(self._turn_stats)
        for key, wanted in KEYS.items():
            shortcut(self, f"Alt+{key}", partial(self._log, wanted))

    def first_focus(self) -> QWidget:
        """Where the keyboard goes."""
        return self.calls

    # --- showing ---

    def refresh(self) -> None:
        """Today's list; the call at hand stays when it is still there. Who is not on it is counted
        beside the window, and calls due on the day of the visit come a step at a time."""
        self._show_list()
        self._beside.look(partial(_around, self.context.today()))
        self._look_on.start()

    def _look_further(self) -> None:
        """A step more of what plans ask for; in the end the list, when it became more."""
        session = self.context.signed_in.session
        if session is None:
            return
        run = self.context.alerts.run
        if not self.isVisible():
            if self._made or run(plans_wait, session):
                self._announce()  # whoever shows this page reads it again, which looks on
        elif quiet_for() < QUIET or QApplication.activeModalWidget() is not None:
            self._look_on.start()
        elif run(plans_wait, session):
            made = run(catch_up_plans, session)
            if made is not None:
                self._made += made
                self._look_on.start()
        elif self._made:
            self._tell_made()
            run(self.refresh)

    def _announce(self) -> None:
        self._made = 0
        self.context.bus.announce(Changes((Kind.FOLLOWUP,)))

    def _tell_made(self) -> None:
        """To the others: the strip counts again; this page reads its list by itself."""
        self._announce()
        self.settled.emit()

    def _show_list(self) -> None:
        db, today = self.context.db, self.context.today()
        with QSignalBlocker(self.calls):  # the panel is shown once, in the end
            self.calls.set_rows(calls_today(db, today, SHOWN, self.filter.wanted()))
            any(self.calls.select_key(person_id) for person_id in self._onward)
            self.calls.select_first()
            if self.calls.count() and not self.calls.selected_rows():
                self.calls.selectRow(self.calls.currentIndex().row())
        self.summary.setText(self._summary(self.calls.rows()))
        self.panel.show_call(self.calls.current_row())

    def _summary(self, rows: list[CallRow]) -> str:
        late = sum(row.overdue_days > 0 for row in rows)
        words = tr("今天待回访 {n} 位") if len(rows) < SHOWN else tr("今天待回访 {n} 位以上")
        if self.filter.narrowed:
            words = tr("筛选出 {n} 位")
        elif not rows:
            return ""
        words = words.format(n=len(rows))
        return words + (tr(" · 其中过期 {n} 位").format(n=late) if late else "")

    def _say_around(self, around: _Around) -> None:
        """Who is not on the list and why; what is written instead of called; what is asked."""
        self.filter.offer_kinds(around.rules)
        parts = []
        if around.resting:
            words = tr("另有 {n} 位在冷却期，到期再列出")
            if around.resting >= COUNTED:
                words = tr("另有 {n} 位以上在冷却期，到期再列出")
            parts.append(words.format(n=around.resting))
        if any(around.papers.values()):
            words = tr("短信 {sms}、信函 {letter} 待发，在“3 信函短信”(Ctrl+Shift+3)")
            parts.append(words.format(**around.papers))
        self.aside.setText("；".join(parts))
        self.aside.setVisible(bool(parts))
        asked = around.questions
        self.questions.setVisible(bool(asked))
        if asked:
            words = tr("⚠ {n} 位会员的等级已没有消费支持，等会员管理员决定：{names}。")
            names = "、".join(f"{row.name}({row.programme} {row.tier_name})" for row in asked[:3])
            self.questions.setText(words.format(n=len(asked), names=names))

    def _filtered(self) -> None:
        self.context.alerts.run(self.refresh)

    def _row_changed(self, row: CallRow | None) -> None:
        if row is not None:
            self.panel.show_call(row)

    def _open(self, row: CallRow | None) -> None:
        """Enter: this person is open everywhere."""
        if row is not None:
            self.context.current_person.select(row.person_id)

    def _log(self, wanted: str, *_: object) -> None:
        """A key for what came of the call; behind the plot it only brings the call back."""
        if self.show_stats.isChecked():
            self.show_stats.setChecked(False)
        else:
            self.panel.log(wanted)

    def _keyboard_back(self) -> None:
        self.calls.setFocus()

    def _turn_stats(self, shown: bool) -> None:
        """The plot in place of the call, and back."""
        if self.stats is None:
            self.stats = CallStats(self.context)
            self.right.addWidget(self.stats)
        self.right.setCurrentWidget(self.stats if shown else self.panel)
        if shown:
            self.stats.read()
            self.stats.plot.setFocus()
        else:
            self.calls.setFocus()

    # --- keys ---

    def next_call(self) -> None:
        """F9: the next call, its person open."""
        self.show_stats.setChecked(False)
        begun = self.calls.hasFocus() and self._is_open(self.calls.current_row())
        rows = self.calls.rows()
        if not rows:
            words = tr("今天没有要打的电话了。")
            if self.filter.narrowed:
                words = tr("筛选的回访都打完了。把“谁的”“类型”改回全部，看其他的。")
            self.context.alerts.banner(words, "info")
            return
        number = self.calls.currentIndex().row()
        self.calls.selectRow((number + 1) % len(rows) if begun else max(number, 0))
        self.calls.setFocus()
        self._open(self.calls.current_row())

    def _is_open(self, row: CallRow | None) -> bool:
        return row is not None and row.person_id == self.context.person_id

    def act_print(self) -> bool:
        """Ctrl+P: the register of calls, and labels for letters to the rows that are chosen."""
        from ui.dialogs.papers import PapersDialog
        from ui.paper_offers import followup_offers

        people = tuple(row.person_id for row in self.calls.selected_rows())
        offers = followup_offers(self.context, people)
        PapersDialog(self.context, self.window(), tr("打印"), offers).open()
        return True

    def act_back(self) -> bool:
        """Esc: from the plot or the fields to the list."""
        if self.show_stats.isChecked():
            self.show_stats.setChecked(False)
            return True
        if self.panel.cancel() or self.panel.isAncestorOf(self.focusWidget() or self):
            self.calls.setFocus()
            return True
        return False

    def undo(self) -> bool:
        """Ctrl+Z: the call one wrote down just now was wrong; False without one."""
        session = self.context.signed_in.session
        if session is None:
            return False
        now = self.context.clinic.clock.now_utc()
        last = last_call(self.context.db, now, session.actor.id)
        if last is None:
            return False
        undone = self.context.alerts.run_command(undo_call, session, call_seq=last[0])
        if undone is not None:
            self.settled.emit()
            self.context.alerts.run(self.refresh)
            self.calls.clearSelection()  # Ctrl is still down and would add to it
            self.calls.select_key(undone.person_id)
            words = tr("已撤销刚才的登记：{name}。").format(name=last[1])
            if undone.answers:
                words += tr("它登记的要求和投诉也已撤回。")
            self.context.alerts.banner(words, "success")
            self.calls.setFocus()
        return True

    def plan_call(self, *_: object) -> None:
        """Alt+A: a call by hand for the open person."""
        from ui.dialogs.plan_call import PlanCallDialog

        if self.context.person_id is None:
            self.context.alerts.banner(tr("先按 F3 找到顾客，回车打开，再安排回访。"), "info")
            return
        PlanCallDialog(self.context, self.window()).open()

    def assign_calls(self, *_: object) -> None:
        """Alt+G: the chosen rows, or all of somebody, to somebody else."""
        from ui.dialogs.assign_calls import AssignCallsDialog

        chosen = self.calls.selected_rows()
        AssignCallsDialog(self.context, self.window(), chosen).open()

    def open_past(self, *_: object) -> None:
        """Alt+B: every call of the person at hand, to come and made."""
        from ui.dialogs.person_calls import PersonCallsDialog

        row = self.panel.row
        if row is not None:
            PersonCallsDialog(self.context, self.window(), row.person_id).open()

    # --- what happens ---

    def _logged(self, row: CallRow, wanted: str, done: Any) -> None:
        rows = self.calls.rows()
        number = next((n for n, r in enumerate(rows) if r.person_id == row.person_id), 0)
        following = [r.person_id for r in (*rows[number + 1 :], *rows[:number])]
        self.settled.emit()
        self._onward = following  # so that the panel goes there at once
        self.context.alerts.run(self.refresh)
        self._onward = []
        left = {r.person_id for r in self.calls.rows()}
        onward = next((person for person in following if person in left), None)
        words = tr("已登记：{name}{title}，{outcome}。").format(
            name=row.name, title=row.title, outcome=key_title(wanted)
        )
        words += _followed(row, wanted, done)
        words += tr("还有 {n} 位。").format(n=len(left)) if left else tr("今天的电话都打完了。")
        self.context.alerts.banner(words, "success")
        self.calls.setFocus()
        if onward is not None and self.calls.select_key(onward):
            self._open(self.calls.current_row())


def _followed(row: CallRow, wanted: str, done: Any) -> str:
    """What came of a call besides."""
    if wanted in (LATER, NOT_CALLED):
        return ""
    if wanted == LETTER:
        stayed = tr("不能寄的营销事由仍打电话。") if done.tasks < len(row.task_ids) else ""
        return tr("在“3 信函短信”里打印。") + stayed
    parts = []
    if done.complaint_id is not None:
        parts.append(tr("不满意已转投诉。"))
    if done.request_id is not None:
        parts.append(tr("要求已交处理人。"))
    if wanted in ("no_answer", "busy"):
        if done.ended:
            parts.append(tr("已 {n} 次没有接通，不再安排。").format(n=done.attempts))
        elif done.attempts >= TRIES:
            parts.append(
                tr("已 {n} 次没有接通，可以改寄信函(选中后按 9)。").format(n=done.attempts)
            )
    return "".join(parts)
