"""周五核对: open the week, count blind, compare, sign twice, save the workbook."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from services.gifts.appointment import appointment
from services.gifts.period import cut_off_instant
from services.gifts.reconciliation import (
    CountEntry,
    CountRow,
    PeriodRow,
    abandon,
    compare,
    count_sheet,
    current,
    default_week,
    enter_count,
    friday_of,
    last_close,
    open_week,
)
from services.i18n import tr
from ui.context import UiContext
from ui.forms import button, label
from ui.theme import GAP
from ui.widgets.friday_compare import CompareView
from ui.widgets.friday_count import CountGrid
from ui.widgets.friday_export import CountSheetExport, FridayExport
from ui.widgets.friday_sheet import CountSheetBack, SheetProblems
from ui.widgets.gift_kit import Card, RightNote, key_button

BEGIN, COUNT, COMPARE, PROBLEMS = range(4)  # the steps, as they lie on each other


class FridayPage(QWidget):
    """One period at a time; the page shows the step it stands at."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("周五核对"))
        self.period: PeriodRow | None = None
        self._recounting = False
        self._open_op = uuid4()
        self.head = label("", "subheading")
        self.facts = label("", "muted")
        self.give_up = key_button(tr("放弃本次核对(&Q)…"), "danger")
        self.corrects = label("", "warning")
        self.note = RightNote(context)
        self.steps = QStackedWidget()
        self.begin = Card(tr("开始核对"))
        self.begin_words = label("")
        self.begin_button = button("", "primary")
        self.last_words = label("", "muted")
        self.export = FridayExport(context)
        self.count_words = label("")
        self.sheet = CountSheetExport(context)
        self.sheet_back = CountSheetBack(context)
        self.problems = SheetProblems(context)
        self.grid = CountGrid(self._save_count)
        self.compare_button = button(tr("比对  Enter"), "primary")
        self.comparison = CompareView(context)
        self._build()
        self._wire()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        top = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.head)
        words.addWidget(self.facts)
        words.addWidget(self.corrects)
        top.addLayout(words, 1)
        top.addWidget(self.give_up, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        column.addWidget(self.note)
        for widget in (self._begin_step(), self._count_step(), self.comparison, self.problems):
            self.steps.addWidget(widget)
        column.addWidget(self.steps, 1)
        self.compare_button.setAccessibleName(tr("比对"))

    def _begin_step(self) -> QWidget:
        step = QWidget()
        self.begin.body.addWidget(self.begin_words)
        row = QHBoxLayout()
        row.addWidget(self.begin_button)
        row.addStretch(1)
        self.begin.body.addLayout(row)
        self.begin.body.addSpacing(GAP)
        self.begin.body.addWidget(self.last_words)
        self.begin.body.addWidget(self.export)
        self.begin.setMaximumWidth(720)
        column = QVBoxLayout(step)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.begin)
        column.addStretch(1)
        return step

    def _count_step(self) -> QWidget:
        step = QWidget()
        column = QVBoxLayout(step)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.grid, 1)
        row = QHBoxLayout()
        row.addWidget(self.count_words, 1)
        row.addWidget(self.sheet)
        row.addWidget(self.sheet_back)
        row.addWidget(self.compare_button)
        column.addLayout(row)
        return step

    def _wire(self) -> None:
        self.begin.submitted.connect(self.open)
        self.begin_button.clicked.connect(self.open)
        self.grid.finished.connect(self._all_counted)
        self.compare_button.clicked.connect(self.compare)
        self.comparison.recount.connect(self._recount)
        self.comparison.closed.connect(self._closed)
        self.give_up.clicked.connect(self._abandon)
        self.sheet_back.taken.connect(self._sheet_taken)
        self.sheet_back.problems.connect(self._show_problems)
        self.problems.take_good.connect(self._take_good)
        self.problems.back.connect(self._leave_problems)

    # --- showing ---

    def refresh(self) -> None:
        """Read where the week stands."""
        self.period = current(self.context.db)
        self.give_up.setVisible(self.period is not None)
        self.note.check("reconciliation.open", "reconciliation.count", "reconciliation.close")
        if self.period is None:
            self._recounting = False
            self._show_begin()
        elif self.period.state == "compared" and not self._recounting:
            self._show_head(self.period)
            self.comparison.show_period(self.period.id)
            self.steps.setCurrentIndex(COMPARE)
        else:
            self._show_head(self.period)
            self.sheet.period = self.sheet_back.period = self.period
            self.grid.set_rows(count_sheet(self.context.db, self.period.id))
            self._say_count()
            if self.steps.currentIndex() != PROBLEMS:
                self.steps.setCurrentIndex(COUNT)

    def first_focus(self) -> QWidget:
        """Where Enter does the next step."""
        step = self.steps.currentIndex()
        if step == BEGIN:
            return self.export.save if self.begin_button.isHidden() else self.begin_button
        if step == PROBLEMS:
            return self.problems.leave
        return self.grid if step == COUNT else self.comparison.lines

    def start(self) -> None:
        """The keyboard goes to the next step."""
        step = self.steps.currentIndex()
        if step == COUNT:
            self.grid.start()
        elif step == COMPARE:
            self.comparison.start()
        else:
            self.first_focus().setFocus()

    def _show_head(self, period: PeriodRow) -> None:
        db = self.context.db
        since = cut_off_instant(db, period.from_seq) or tr("启用")
        text = tr("{week} 周五核对 · {step}")
        step = tr("签字") if period.state == "compared" else tr("盲盘")
        self.head.setText(text.format(week=period.week, step=step))
        self.corrects.setVisible(period.corrects_id is not None)
        words = tr("更正：{name}重新打开了这一周({reason})。结账以前，原来的核对仍然有效。")
        self.corrects.setText(words.format(name=period.opened_by, reason=period.reason))
        text = tr("期间 {since} 至 {until} · 截止号 {cutoff} · {name} 打开；截止后的登记算下一期。")
        self.facts.setText(
            text.format(
                since=since,
                until=cut_off_instant(db, period.cutoff_seq),
                cutoff=period.cutoff_seq,
                name=period.opened_by,
            )
        )

    def _began(self) -> str:
        last = last_close(self.context.db)
        began = cut_off_instant(self.context.db, last.cutoff_seq) if last is not None else None
        return began or tr("启用")

    def _appointed(self, week: str) -> str:
        """What Friday is for, and the day a holiday moves it to."""
        words = tr("每周五由市场部和收费室一起核对礼品，两人签字后结账。")
        due = appointment(self.context.db, week)
        if not due.moved:
            return words
        moved = tr("{week} 这一周因{because}提前到 {day}。")
        return words + moved.format(week=week, because=due.because, day=due.day)

    def _show_begin(self) -> None:
        context = self.context
        last = last_close(context.db)
        week = default_week(context.db, context.today())
        done = last is not None and week <= last.week
        self.head.setText(tr("周五核对"))
        self.corrects.hide()
        self.facts.setText(self._appointed(week))
        self.begin_button.setText(tr("打开 {week} 的核对  Enter").format(week=week))
        self.begin_button.setAccessibleName(tr("打开核对"))
        self.begin_button.setVisible(not done)
        if done and last is not None:
            self.begin.heading.setText(tr("✓ 本周已核对"))
            words = tr("{week} 已由{marketing}和{billing}签字结账。从现在起的变动算下一周。")
            self.begin_words.setText(
                words.format(
                    week=last.week, marketing=last.marketing_signer, billing=last.billing_signer
                )
            )
        else:
            self.begin.heading.setText(tr("开始 {week} 的核对").format(week=week))
            words = tr(
                "期间：{since} 至现在。打开时记下截止号，之后照常发放，算下一期。\n"
                "盲盘时看不到账面数；逐个输入实盘数按 Enter，全部点完再比对。"
            )
            self.begin_words.setText(words.format(since=self._began()) + self._early(week))
        self.export.setVisible(last is not None)
        self.last_words.setVisible(last is not None and not done)
        if last is not None:
            self.export.set_week(last.week)
            text = tr("上次核对：{week}，{marketing}、{billing} 已签。")
            self.last_words.setText(
                text.format(
                    week=last.week, marketing=last.marketing_signer, billing=last.billing_signer
                )
            )
        self.steps.setCurrentIndex(BEGIN)

    def _early(self, week: str) -> str:
        """What opening means before the day of the count."""
        today = self.context.today()
        if week < friday_of(today):
            words = tr("{week} 没有核对，现在补做；到了本周的核对日照常再核对一次。")
            return "\n" + words.format(week=week)
        if today < appointment(self.context.db, week).day:
            words = tr("现在打开，就是 {week} 这一周的核对，本周不再核对。")
            return "\n" + words.format(week=week)
        return ""

    def _say_count(self) -> None:
        lines = self.grid.rows_model.lines.values()
        missing = sum(1 for line in lines if line.counted is None)
        done = len(lines) - missing
        text = tr("已点 {done}/{all} 项。输入数字按 Enter 到下一项，没有货的填 0。")
        if missing == 0:
            text = tr("✓ {all} 项全部点完，按 Enter 比对。")
        self.count_words.setText(text.format(done=done, all=len(lines)))

    # --- the steps ---

    def open(self, *_: object) -> None:
        """Freeze the cut-off and start counting."""
        if self.begin_button.isHidden():
            if not self.export.isHidden():
                self.export.ask()
            return
        if self.context.alerts.run(self._open) is not None:
            self._open_op = uuid4()
            self.refresh()
            self.start()

    def _open(self) -> Any:
        return open_week(self.context.session.once(self._open_op))

    def _save_count(self, line: CountRow, count: int) -> bool:
        """One number, saved at once: a power cut loses nothing."""
        result = self.context.alerts.run(self._enter, CountEntry(line.gift_id, line.place, count))
        if result is None:
            return False
        self.comparison.drop_signatures()
        return True

    def _enter(self, entry: CountEntry) -> Any:
        assert self.period is not None
        return enter_count(self.context.session, reconciliation_id=self.period.id, counts=(entry,))

    # --- the sheet that comes back ---

    def _sheet_taken(self, sentence: str) -> None:
        self.steps.setCurrentIndex(COUNT)
        self.comparison.drop_signatures()
        self.refresh()
        self.context.alerts.banner(sentence, "success")
        self._next_count()

    def _show_problems(self, read: object) -> None:
        self.context.alerts.bar.dismiss()
        self.problems.show_read(read)
        self.steps.setCurrentIndex(PROBLEMS)
        self.problems.start()

    def _take_good(self, read: object) -> None:
        self.sheet_back.take(read, despite_problems=True)

    def _leave_problems(self) -> None:
        self.steps.setCurrentIndex(COUNT)
        self.refresh()
        self._next_count()

    def _next_count(self) -> None:
        lines = self.grid.rows_model.lines.values()
        if any(line.counted is None for line in lines):
            self.grid.start()
        else:
            self.compare_button.setFocus()

    def _all_counted(self) -> None:
        self._say_count()
        self.compare_button.setFocus()

    def compare(self, *_: object) -> None:
        """Book and count side by side; what is not counted yet is named."""
        if self.context.alerts.run(self._compare) is None:
            self.grid.start()
            return
        self._recounting = False
        self.refresh()
        self.start()

    def _compare(self) -> Any:
        assert self.period is not None
        return compare(self.context.session, reconciliation_id=self.period.id)

    def _recount(self) -> None:
        self._recounting = True
        self.refresh()
        self.grid.start()

    def _closed(self) -> None:
        self.refresh()
        sentence = tr("已结账，差异已登记为盘点变动。按 Enter 导出工作簿。")
        self.context.alerts.banner(sentence, "success")
        self.export.save.setFocus()

    def _abandon(self) -> None:
        sentence = tr("放弃后本次清点的数字不再使用，库存不变；可以重新打开一次核对。确定放弃吗？")
        if self.period is not None and self.period.corrects_id is not None:
            sentence = tr("放弃后这次更正作废，原来已签字的核对继续有效，库存不变。确定放弃吗？")
        if self.context.alerts.ask(tr("放弃本次核对"), sentence, tr("放弃(&Y)")):
            if self.context.alerts.run(self._give_up) is not None:
                self.refresh()
            self.start()

    def _give_up(self) -> Any:
        assert self.period is not None
        return abandon(self.context.session, reconciliation_id=self.period.id)

    def go_back(self) -> bool:
        """Esc: one step towards the list."""
        if self.steps.currentIndex() == COMPARE:
            return self.comparison.go_back()
        if self.steps.currentIndex() == PROBLEMS:
            self._leave_problems()
            return True
        if self.steps.currentIndex() == COUNT and self._recounting:
            return self._leave_recount()
        return False

    def _leave_recount(self) -> bool:
        self._recounting = False
        self.refresh()
        self.first_focus().setFocus()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focus = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QPushButton):
            if not event.isAutoRepeat():
                focus.click()
            return
        super().keyPressEvent(event)
