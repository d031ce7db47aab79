"""Book and count side by side: a reason for each difference, the moves behind it, signatures."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.errors import RuleError
from services.gifts.friday_lists import count_notes, hints
from services.gifts.reconciliation import (
    ComparedRow,
    CountEntry,
    comparison,
    movements,
    period,
    set_reason,
)
from services.gifts.reconciliation import recount as recount_lines
from services.gifts.stock import place_name
from services.i18n import tr
from ui.context import UiContext
from ui.forms import Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP, role_of
from ui.widgets.consequences import scrolling
from ui.widgets.friday_sign import SignPanel
from ui.widgets.gift_kit import Card, CountEdit, key_button
from ui.widgets.stock_shelf import moves_table


class CompareView(QWidget):
    """Differences first; Enter on one asks why, and the last reason leads to the signatures."""

    recount = Signal()
    closed = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self._id = 0
        self._untouched = False
        self.title = label("", "subheading")
        self.lines = compare_table(context.settings)
        self.moves = moves_table(
            "friday_moves", context.settings, tr("本期这里没有出入，账面就是期初。")
        )
        self.moves_title = label("", "muted")
        self.reason = TextEdit(tr("例如 漏记发放；按回车保存"))
        self.again_count = CountEdit(tr("只重点这一行；按回车保存"))
        self.notes = label("", "muted")
        self.reason_card = Card()
        self._hints: dict[tuple[int, str], str] = {}
        self.sign = SignPanel(context)
        self.again = key_button(tr("全部重新清点(&Z)"))
        self._build()
        self.lines.activated_row.connect(self._ask_reason)
        self.lines.current_row_changed.connect(self._show_row)
        self.reason_card.submitted.connect(self._submit)
        self.sign.closed.connect(self.closed)
        self.again.clicked.connect(self.recount)

    def _build(self) -> None:
        form = Form()
        self.reason_field = form.add(tr("差异原因(&K)"), self.reason)
        self.again_field = form.add(tr("复点(&N)"), self.again_count)
        self.reason_card.body.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        self.reason_card.body.addWidget(form)
        self.reason_card.body.addWidget(self.notes)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.again)
        left.addLayout(head)
        left.addWidget(self.lines, 3)
        left.addWidget(self.moves_title)
        left.addWidget(self.moves, 2)
        right = scrolling(self.reason_card, self.sign)
        right.setFixedWidth(360)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(right)

    def show_period(self, reconciliation_id: int) -> None:
        """Read the comparison again."""
        if reconciliation_id != self._id:
            self._id = reconciliation_id
            self.sign.show_period(reconciliation_id)
        rows = comparison(self.context.db, reconciliation_id)
        self._hints = hints(self.context.db, reconciliation_id)
        corrects = period(self.context.db, reconciliation_id).corrects_id is not None
        self._untouched = corrects and not any(row.recounted for row in rows)
        rows.sort(key=lambda row: (not row.difference, row.code))
        self.lines.set_rows(rows)
        self.lines.select_first()
        self._say(rows)
        self._show_row(self.lines.current_row())

    def start(self) -> None:
        """To the first difference without a reason, else to the signatures; in a correction in
        which nothing was counted anew yet, to the lines."""
        row = self._unexplained()
        if row is None and self._untouched:
            self.lines.setFocus()
        elif row is None:
            self.sign.start()
        else:
            self.lines.select_key(_key(row))
            self._ask_reason(row)

    def drop_signatures(self) -> None:
        """Numbers changed: whoever signed has to sign again."""
        self.sign.reset()

    def go_back(self) -> bool:
        """Esc: from the reason or a signature to the lines."""
        focus = self.focusWidget()
        if focus is None or focus in (self.lines, self.moves):
            return False
        self.lines.setFocus()
        return True

    def _say(self, rows: list[ComparedRow]) -> None:
        differing = [row for row in rows if row.difference]
        missing = sum(1 for row in differing if not row.reason)
        if not differing:
            self.title.setText(tr("✓ {n} 项全部相符，可以签字。").format(n=len(rows)))
            role_of(self.title, "success")
        elif missing:
            text = tr("⚠ {n} 项有差异，还有 {m} 项没有原因。在差异行按 Enter 填写。")
            self.title.setText(text.format(n=len(differing), m=missing))
            role_of(self.title, "warning")
        else:
            self.title.setText(tr("{n} 项有差异，原因已填，可以签字。").format(n=len(differing)))
            role_of(self.title, "subheading")

    def _unexplained(self) -> ComparedRow | None:
        return next((r for r in self.lines.rows() if r.difference and not r.reason), None)

    def _show_row(self, row: ComparedRow | None) -> None:
        if row is None:
            self.moves.set_rows([])
            return
        where = place_name(row.place)
        self.moves_title.setText(
            tr("{name}({place})本期出入").format(name=row.name, place=where)
            + (tr(" · 截止后又变动 {n:+d}").format(n=row.since) if row.since else "")
        )
        self.moves.set_rows(
            movements(self.context.db, self._id, gift_id=row.gift_id, place=row.place)
        )
        self._show_card(row, where)

    def _show_card(self, row: ComparedRow, where: str) -> None:
        """What can be said about a line: why it differs, what it is counted anew."""
        hint = self._hints.get(_key(row), "")
        self.reason.setEnabled(bool(row.difference))
        self.reason.setText(row.reason or (hint if row.difference else ""))
        self.again_count.clear()
        self.again_field.clear_error()
        words = tr("{name}({place}) 账面 {book}，实盘 {counted}，{difference}").format(
            name=row.name,
            place=where,
            book=row.book,
            counted=row.counted,
            difference=difference_words(row),
        )
        self.reason_card.heading.setText(words)
        told = []
        if hint and row.difference and not row.reason:
            told.append(tr("有短少的申领单，原因已代填，按回车采用。"))
        if row.recounted:
            words = tr("原点 {first} → 复点 {counted}({who})")
            told.append(words.format(first=row.first, counted=row.counted, who=self._who(row)))
        self.notes.setText("\n".join(told))
        self.notes.setVisible(bool(told))

    def _who(self, row: ComparedRow) -> str:
        """Whoever entered the number that stands."""
        notes = count_notes(self.context.db, self._id, gift_id=row.gift_id, place=row.place)
        return f"{notes[-1].staff} {notes[-1].at}" if notes else ""

    def _ask_reason(self, row: ComparedRow) -> None:
        self._show_row(row)
        if row.difference:
            self.reason.setFocus()
            self.reason.selectAll()
        else:
            self.start()

    def _submit(self) -> None:
        if self.again_count.hasFocus():
            self._recount()
        else:
            self._save_reason()

    def _recount(self) -> None:
        row = self.lines.current_row()
        if row is None:
            return
        try:
            counted = self.again_count.count()
        except RuleError as error:
            self.again_field.refuse(error.sentence)
            return
        entry = CountEntry(row.gift_id, row.place, counted)
        if self.context.alerts.run(self._write_count, entry) is None:
            return
        self.drop_signatures()
        self.show_period(self._id)
        if any(line.difference and not line.reason for line in self.lines.rows()):
            self.start()
        else:
            self.lines.setFocus()

    def _write_count(self, entry: CountEntry) -> Any:
        return recount_lines(self.context.session, reconciliation_id=self._id, entries=(entry,))

    def _save_reason(self) -> None:
        row = self.lines.current_row()
        if row is None or not row.difference:
            return
        if self.context.alerts.run(self._write_reason, row) is not None:
            self.show_period(self._id)
            self.start()

    def _write_reason(self, row: ComparedRow) -> Any:
        return set_reason(
            self.context.session,
            reconciliation_id=self._id,
            gift_id=row.gift_id,
            place=row.place,
            reason=self.reason.value(),
        )


def _key(row: ComparedRow) -> tuple[int, str]:
    return (row.gift_id, row.place)


def difference_words(row: ComparedRow) -> str:
    """短少 or 多出 with the number: the word says it, the colour only helps."""
    difference = row.difference or 0
    if difference < 0:
        return tr("▼ 短少 {n}").format(n=-difference)
    if difference > 0:
        return tr("▲ 多出 {n}").format(n=difference)
    return tr("相符")


def _number(title: str, name: str, width: int = 52) -> Column:
    def text(row: Any) -> str:
        value = getattr(row, name)
        return str(value) if value else "·"

    def sort(row: Any) -> int:
        return int(getattr(row, name))

    return Column(title, text, sort=sort, align="right", width=width)


def compare_table(settings: QSettings) -> Table:
    """Every line with its movements, book, count, difference and reason."""
    columns = [
        Column(tr("礼品"), lambda r: r.name, width=144),
        Column(tr("库位"), lambda r: place_name(r.place), width=64),
        _number(tr("期初"), "opening"),
        _number(tr("入库"), "received"),
        _number(tr("申领"), "transferred"),
        _number(tr("发放"), "issued"),
        _number(tr("退回"), "returned"),
        _number(tr("报损"), "scrapped"),
        _number(tr("调整"), "adjusted"),
        _number(tr("账面"), "book"),
        Column(tr("实盘"), _counted, sort=lambda r: r.counted, align="right", width=88),
        Column(
            tr("差异"), difference_words, sort=lambda r: r.difference or 0, width=88, tone=_tone
        ),
        Column(tr("原因"), _reason, width=120, tone=_reason_tone),
    ]
    return Table(
        "friday_compare",
        columns,
        settings,
        title=tr("账面与实盘"),
        empty_text=tr("清点完全部礼品后，这里并排显示账面和实盘。"),
        key=_key,
    )


def _counted(row: ComparedRow) -> str:
    """The count; where somebody counted anew, the first one before it."""
    return f"{row.first} → {row.counted}" if row.recounted else str(row.counted)


def _tone(row: ComparedRow) -> str:
    return "error" if row.difference else "muted"


def _reason(row: ComparedRow) -> str:
    if row.difference and not row.reason:
        return tr("⚠ 待填")
    return row.reason


def _reason_tone(row: ComparedRow) -> str:
    return "warning" if row.difference and not row.reason else ""
