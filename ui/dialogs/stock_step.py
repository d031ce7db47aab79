"""The steps of a stock paper: goods arrive, leave the warehouse, are signed for at the desk."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from services.errors import RuleError
from services.gifts.documents import DocumentLine, DocumentRow, document_name
from services.gifts.purchasing import Arrival, receive_purchase
from services.gifts.requisitions import Handed, may_spare, receive_requisition, send_requisition
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Form, MoneyEdit, TextEdit, label
from ui.theme import GAP
from ui.widgets.gift_kit import CountEdit
from ui.widgets.stock_lines import ExpiryEdit, LineGrid, LineTitle

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class StepDialog(Dialog):
    """A number a line, Enter, next; below the last line Enter sends. `made` tells the document."""

    made = Signal(int)
    WIDTH = 100 * GAP

    def __init__(
        self, context: UiContext, parent: QWidget | None, row: DocumentRow, title: str
    ) -> None:
        words = tr("{title} · {document} {number}")
        facts = {"document": document_name(row.kind), "number": row.number}
        super().__init__(context, parent, words.format(title=title, **facts))
        self._op = uuid4()
        self.row = row
        self.remark = TextEdit(tr("可不填"))

    def build(self, grid: LineGrid, hint: str, note: str, send: str) -> None:
        """Lay out: the hint, the lines, the note, the button."""
        self.grid = grid
        grid.close_rows()
        form = Form()
        form.add(note, self.remark)
        self.body.addWidget(label(hint, "muted"))
        self.body.addWidget(grid, 1)
        self.body.addWidget(form)
        self.add_buttons(send, tr("取消")).setDefault(False)  # Enter in a line goes to the next
        self.take_room(self.WIDTH, self.sizeHint().height())
        grid.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _ENTER or isinstance(self.focusWidget(), QPushButton):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat() and not self.grid.next_row():
            self.submit()

    def submit(self) -> None:
        """Send the step; stays open with the reason when refused."""
        try:
            lines = self.read_lines()
        except _WrongCell as wrong:
            self.context.alerts.banner(wrong.sentence, "warning")
            self.grid.show_row(wrong.row, wrong.column)
            return
        session = self.context.session.once(self._op)
        result = self.context.alerts.run(self.send, session, lines)
        if result is not None:
            self.made.emit(self.row.id)
            self.say_done(self.said(result.pieces))

    def read_lines(self) -> list[Any]:
        """What was typed. Raises _WrongCell."""
        raise NotImplementedError

    def send(self, session: Any, lines: list[Any]) -> Any:
        """The command."""
        raise NotImplementedError

    def said(self, pieces: int) -> str:
        """What was done, in the desk's words."""
        raise NotImplementedError


class _WrongCell(RuleError):
    """A number or a date that is none, and where it stands."""

    def __init__(self, sentence: str, row: int, column: int) -> None:
        super().__init__(sentence)
        self.row, self.column = row, column


class ArrivalDialog(StepDialog):
    """到货入库: how many, at what cost, which lot, until when. Empty lines have not come yet."""

    WIDTH = 124 * GAP

    def __init__(self, context: UiContext, parent: QWidget | None, row: DocumentRow) -> None:
        super().__init__(context, parent, row, tr("到货入库"))
        titles = (
            LineTitle(tr("到货"), 88),
            LineTitle(tr("单价(元)"), 104),
            LineTitle(tr("批号"), 144),
            LineTitle(tr("有效期"), 160),
        )
        grid = LineGrid(tr("到货的礼品"), tr("还差"), titles)
        self.lines: list[DocumentLine] = [line for line in row.lines if line.missing]
        self.counts: list[CountEdit] = []
        self.costs: list[MoneyEdit] = []
        self.lots: list[TextEdit] = []
        self.days: list[ExpiryEdit] = []
        for line in self.lines:
            count, cost, lot = CountEdit(), MoneyEdit(tr("按申购")), TextEdit(tr("可不填"))
            day = ExpiryEdit()
            count.setText(str(line.missing))
            if line.unit_cost_fen is not None:
                cost.set_fen(line.unit_cost_fen)
            grid.add_row(gift_words(line), f"{line.missing} {line.unit}", count, cost, lot, day)
            self.counts.append(count)
            self.costs.append(cost)
            self.lots.append(lot)
            self.days.append(day)
        hint = tr(
            "点清实物再填；没到的清空，以后再入。同一种有两个批号，先入一批，再入另一批。"
            "只有年月的有效期写 2027-05。"
        )
        self.build(grid, hint, tr("多到的原因(&K)"), tr("入库  Enter"))

    def read_lines(self) -> list[Arrival]:
        """Lines with a number."""
        return [
            self._arrival(number, line)
            for number, line in enumerate(self.lines)
            if self.counts[number].value()
        ]

    def _arrival(self, row: int, line: DocumentLine) -> Arrival:
        cost = self.costs[row]
        return Arrival(
            line.gift_id,
            cell(self.counts[row].count, row, 0),
            cell(cost.fen, row, 1) if cost.value() else None,
            self.lots[row].value(),
            cell(self.days[row].day_or_none, row, 3),
        )

    def send(self, session: Any, lines: list[Any]) -> Any:
        return receive_purchase(
            session, document_id=self.row.id, arrivals=lines, reason=self.remark.value()
        )

    def said(self, pieces: int) -> str:
        words = tr("{number} 已入库 {n} 件，在仓库。")
        return words.format(number=self.row.number, n=pieces)


class HandDialog(StepDialog):
    """A number and a reason for each line."""

    def add_lines(
        self, grid: LineGrid, lines: list[DocumentLine], facts: list[str], counts: list[int]
    ) -> None:
        """One row a line: the gift, the fact, the number proposed, room for the reason."""
        self.lines = lines
        self.counts: list[CountEdit] = []
        self.reasons: list[TextEdit] = []
        for line, fact, proposed in zip(lines, facts, counts, strict=True):
            count, reason = CountEdit(), TextEdit(tr("数量不符时必填"))
            count.setText(str(proposed))
            reason.setText(line.reason)
            grid.add_row(gift_words(line), fact, count, reason)
            self.counts.append(count)
            self.reasons.append(reason)

    def read_lines(self) -> list[Handed]:
        """Every line."""
        return [
            Handed(line.gift_id, cell(self.counts[row].count, row, 0), self.reasons[row].value())
            for row, line in enumerate(self.lines)
        ]


class SendDialog(HandDialog):
    """送货: what leaves the warehouse; opened again it corrects what was said before."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: DocumentRow) -> None:
        super().__init__(context, parent, row, tr("从仓库送货"))
        spare = self.context.alerts.run(may_spare, self.context.db, row) or {}
        titles = (LineTitle(tr("送出"), 88), LineTitle(tr("没送的原因"), 264))
        grid = LineGrid(tr("送出的礼品"), tr("申领 / 能送"), titles)
        lines = list(row.lines)
        free = [spare.get(line.gift_id, 0) for line in lines]
        facts = [
            f"{line.wanted} / {have} {line.unit}" for line, have in zip(lines, free, strict=True)
        ]
        proposed = [
            min(line.wanted, have) if line.sent is None else line.sent
            for line, have in zip(lines, free, strict=True)
        ]
        self.add_lines(grid, lines, facts, proposed)
        hint = tr("从仓库拿出的数量。账面要等收费室签收才变；一件没送的写 0 和原因。")
        self.build(grid, hint, tr("说明(&K)"), tr("送出  Enter"))

    def send(self, session: Any, lines: list[Any]) -> Any:
        return send_requisition(
            session, document_id=self.row.id, lines=lines, note=self.remark.value()
        )

    def said(self, pieces: int) -> str:
        words = tr("{number} 已登记送出，等收费室签收。")
        return words.format(number=self.row.number)


class SignDialog(HandDialog):
    """签收: what the desk has counted; the proposal is what the warehouse says it sent."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: DocumentRow) -> None:
        super().__init__(context, parent, row, tr("签收"))
        titles = (LineTitle(tr("实收"), 88), LineTitle(tr("短少的原因"), 264))
        grid = LineGrid(tr("收到的礼品"), tr("送出"), titles)
        lines = [line for line in row.lines if line.sent]
        sent = [line.sent or 0 for line in lines]
        facts = [f"{n} {line.unit}" for n, line in zip(sent, lines, strict=True)]
        self.add_lines(grid, lines, facts, sent)
        hint = tr("先点实物再签收。少了写实收数和原因，短少留在仓库账上，周五核对时一起查。")
        self.build(grid, hint, tr("说明(&K)"), tr("签收  Enter"))

    def send(self, session: Any, lines: list[Any]) -> Any:
        return receive_requisition(
            session, document_id=self.row.id, lines=lines, note=self.remark.value()
        )

    def said(self, pieces: int) -> str:
        words = tr("{number} 已签收 {n} 件，在收费室。")
        return words.format(number=self.row.number, n=pieces)


def gift_words(line: DocumentLine) -> str:
    """The gift of a line with what tells it from others."""
    return f"{line.name} {line.spec}".strip() + f" · {line.code}"


def cell(read: Any, row: int, column: int) -> Any:
    """What an editor holds. Raises _WrongCell with its place."""
    try:
        return read()
    except RuleError as refused:
        raise _WrongCell(refused.sentence, row, column) from refused
