"""Whom to call today: the list at the left, the call at the right."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.changes import Kind
from services.followups.calls import (
    TRIES,
    CallLogged,
    CallRow,
    calls_today,
    outcome_title,
    tier_questions,
)
from services.i18n import tr
from ui.context import UiContext
from ui.forms import label
from ui.tabs.base import Tab
from ui.theme import GAP
from ui.widgets.call_list import KEYS, CallList
from ui.widgets.call_panel import CallPanel
from ui.widgets.gift_kit import key_button, shortcut

SHOWN = 500


class FollowupsTab(Tab):
    """F9 opens the next call, one key logs it and opens the one after."""

    name = "followups"
    kinds = (Kind.FOLLOWUP, Kind.PERSON, Kind.GRANT, Kind.TIER)
    follows_person = False

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.calls = CallList(context.settings)
        self.panel = CallPanel(context)
        self.summary = label("", "muted")
        self.questions = label("", "warning")
        self.plan = key_button(tr("安排回访(&A)"), tip=tr("给打开的顾客安排一次回访"))
        self._build()
        self.calls.wanted.connect(self.panel.log)
        self.calls.reveal_wanted.connect(self.panel.reveal)
        self.calls.current_row_changed.connect(self._row_changed)
        self.calls.activated_row.connect(self._open)
        self.panel.logged.connect(self._logged)
        self.panel.entered.connect(self._keyboard_back)
        self.plan.clicked.connect(self.plan_call)
        for key, outcome in KEYS.items():
            shortcut(self, f"Alt+{key}", partial(self.panel.log, outcome))

    def _build(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.plan)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addLayout(top)
        left.addWidget(self.calls, 1)
        left.addWidget(self.questions)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(self.panel, 1)

    def title(self) -> str:
        return tr("回访")

    def first_focus(self) -> QWidget | None:
        return self.calls

    # --- showing ---

    def refresh(self) -> None:
        """Today's list; the call at hand stays when it is still there."""
        today = self.context.today()
        self.calls.set_rows(calls_today(self.context.db, today, SHOWN))
        rows = self.calls.rows()
        late = sum(row.overdue_days > 0 for row in rows)
        words = tr("今天待回访 {n} 位") if len(rows) < SHOWN else tr("今天待回访 {n} 位以上")
        words = words.format(n=len(rows))
        if late:
            words += tr(" · 其中过期 {n} 位").format(n=late)
        self.summary.setText(words if rows else "")
        self._say_questions()
        self.calls.select_first()
        if rows and not self.calls.selected_rows():
            self.calls.selectRow(self.calls.currentIndex().row())
        self.panel.show_call(self.calls.current_row())

    def _say_questions(self) -> None:
        asked = tier_questions(self.context.db)
        self.questions.setVisible(bool(asked))
        if asked:
            words = tr("⚠ {n} 位会员的等级已没有消费支持，等会员管理员决定：{names}。")
            names = "、".join(f"{row.name}({row.programme} {row.tier_name})" for row in asked[:3])
            self.questions.setText(words.format(n=len(asked), names=names))

    def _row_changed(self, row: CallRow | None) -> None:
        if row is not None:
            self.panel.show_call(row)

    def _open(self, row: CallRow | None) -> None:
        """Enter: this person is open everywhere."""
        if row is not None:
            self.context.current_person.select(row.person_id)

    def _up_to_date(self) -> None:
        """Read before acting, also when the tab is only just being shown."""
        if self.dirty:
            self.dirty = False
            self.refresh()

    def _keyboard_back(self) -> None:
        self.calls.setFocus()

    # --- keys ---

    def act_next_call(self) -> bool:
        """F9: the next call, its person open."""
        begun = self.calls.hasFocus() and self._is_open(self.calls.current_row())
        self._up_to_date()
        rows = self.calls.rows()
        if not rows:
            self.context.alerts.banner(tr("今天没有要打的电话了。"), "info")
            return True
        number = self.calls.currentIndex().row()
        self.calls.selectRow((number + 1) % len(rows) if begun else max(number, 0))
        self.calls.setFocus()
        self._open(self.calls.current_row())
        return True

    def _is_open(self, row: CallRow | None) -> bool:
        return row is not None and row.person_id == self.context.person_id

    def act_show_today(self) -> bool:
        """The today strip: the list itself."""
        self._up_to_date()
        self.calls.setFocus()
        return True

    def act_print(self) -> bool:
        """Ctrl+P: the register of calls, and labels for letters to the rows that are chosen."""
        from ui.dialogs.papers import PapersDialog
        from ui.paper_offers import followup_offers

        people = tuple(row.person_id for row in self.calls.selected_rows())
        offers = followup_offers(self.context, people)
        PapersDialog(self.context, self.window(), tr("打印"), offers).open()
        return True

    def act_back(self) -> bool:
        """Esc: from the fields to the list."""
        if self.panel.cancel() or self.panel.isAncestorOf(self.focusWidget() or self):
            self.calls.setFocus()
            return True
        return False

    def plan_call(self, *_: object) -> None:
        """Alt+A: a call by hand for the open person."""
        from ui.dialogs.plan_call import PlanCallDialog

        if self.context.person_id is None:
            self.context.alerts.banner(tr("先按 F3 找到顾客，回车打开，再安排回访。"), "info")
            return
        PlanCallDialog(self.context, self.window()).open()

    # --- what happens ---

    def _logged(self, row: CallRow, outcome: str, done: CallLogged) -> None:
        rows = self.calls.rows()
        number = next((n for n, r in enumerate(rows) if r.person_id == row.person_id), 0)
        following = [r.person_id for r in (*rows[number + 1 :], *rows[:number])]
        self.dirty = False
        self.context.alerts.run(self.refresh)
        left = {r.person_id for r in self.calls.rows()}
        wanted = next((person for person in following if person in left), None)
        words = tr("已登记：{name}{title}，{outcome}。").format(
            name=row.name, title=row.title, outcome=outcome_title(outcome)
        )
        if outcome in ("no_answer", "busy") and done.attempts >= TRIES:
            words += tr("已 {n} 次没有接通，可以改寄信函。").format(n=done.attempts)
        words += tr("还有 {n} 位。").format(n=len(left)) if left else tr("今天的电话都打完了。")
        self.context.alerts.banner(words, "success")
        self.calls.setFocus()
        if wanted is not None and self.calls.select_key(wanted):
            self._open(self.calls.current_row())
