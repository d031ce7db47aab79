"""A new 申购单 or 申领单: letters choose the gift, a number, Enter, the next line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from services.errors import RuleError
from services.gifts.catalogue import list_gifts
from services.gifts.documents import PURCHASE, Wanted, document, document_name
from services.gifts.purchasing import request_purchase
from services.gifts.requisitions import hand_over, request_requisition
from services.gifts.stock import StockRow, stock_levels
from services.i18n import tr
from services.money import yuan
from services.rights import may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import MoneyEdit, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import CountEdit, LetterBox, RightNote, RowForm, key_button

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class Line:
    """A line as it will be asked for, at what one is expected to cost."""

    gift: StockRow
    quantity: int
    cost_fen: int


class OrderDialog(Dialog):
    """Enter in an empty number sends the paper. `made` tells the document."""

    made = Signal(int)

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        kind: str,
        lines: Sequence[Wanted] = (),
    ) -> None:
        super().__init__(context, parent, tr("新{name}").format(name=document_name(kind)))
        self._op = uuid4()
        self._kind = kind
        self._gifts = {row.gift_id: row for row in stock_levels(context.db) if not row.pack}
        self._costs = {row.id: row.cost_fen for row in list_gifts(context.db)}
        self.lines = [self._line(*astuple(line)) for line in lines]
        self.note = RightNote(self.context)
        self.gift = LetterBox([(row.gift_id, _gift_words(row)) for row in self._gifts.values()])
        self.quantity = CountEdit(tr("数量，空着按 Enter 提交"))
        self.cost = MoneyEdit(tr("空着 = 目录里的成本"))
        self.facts = label("", "muted")
        self.table = _lines_table(self.context, kind == PURCHASE)
        self.remark = TextEdit(tr("可不填，例如 秋季活动"))
        self.now = QCheckBox(tr("当面交接：我一个人取货、送货、签收，立即入账(&J)"))
        self.remove = key_button(tr("去掉这一行(&D)"))
        self._build()
        self.note.check(f"{kind}.request")
        self.gift.currentIndexChanged.connect(self._say_facts)
        self.remove.clicked.connect(self._remove)
        self.take_room(88 * GAP, 70 * GAP)
        self._show()
        (self.quantity if self.lines else self.gift).setFocus()

    def _build(self) -> None:
        form = RowForm()
        form.add(tr("礼品(&G)"), self.gift)
        self.field = form.add(tr("数量(&Q)"), self.quantity)
        cost = form.add(tr("单价(&U)"), self.cost)
        form.show_row(cost, self._kind == PURCHASE)
        below = RowForm()
        below.add(tr("说明(&K)"), self.remark)
        alone = self._kind != PURCHASE and may(
            self.context.session.actor.role, "requisition.hand_over"
        )
        self.now.setVisible(alone)
        for widget in (self.note, form, self.facts):
            self.body.addWidget(widget)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(below)
        self.body.addWidget(self.now)
        main = self.add_buttons(tr("提交  Enter"), tr("取消"), left=(self.remove,))
        main.setDefault(False)  # Enter in the number makes a line

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _ENTER or isinstance(self.focusWidget(), QPushButton):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self._enter()

    def _enter(self) -> None:
        """From the gift to its number, from the number to the list, from elsewhere the end."""
        focus = self.focusWidget()
        if focus is self.gift or (focus is self.cost and not self.quantity.value()):
            self.quantity.setFocus()
            self.quantity.selectAll()
        elif focus in (self.quantity, self.cost) and self.quantity.value():
            self._add()
        else:
            self.submit()

    def _add(self) -> None:
        """Take the line over; a gift that has one already gets the new number."""
        try:
            quantity = self.quantity.count()
            cost_fen = self.cost.fen() if self.cost.value() else None
            if quantity < 1:
                raise RuleError(tr("数量请填 1 以上的整数。"))
        except RuleError as refused:
            self.field.refuse(refused.sentence)
            return
        gift_id = self.gift.value()
        if gift_id is None:
            self.field.refuse(tr("礼品目录是空的。请先在“库存”里新建礼品。"))
            return
        line = self._line(gift_id, quantity, cost_fen)
        places = [n for n, each in enumerate(self.lines) if each.gift.gift_id == gift_id]
        if places:
            self.lines[places[0]] = line
        else:
            self.lines.append(line)
        self.quantity.clear()
        self.cost.clear()
        self._show()
        self.gift.setFocus()

    def _line(self, gift_id: int, quantity: int, cost_fen: int | None) -> Line:
        """A line; without a cost of its own it has the catalogue's."""
        known = self._costs[gift_id] if cost_fen is None else cost_fen
        return Line(self._gifts[gift_id], quantity, known)

    def _remove(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.lines.remove(row)
            self._show()

    def _show(self) -> None:
        self.table.set_rows(self.lines)
        self.table.select_first()
        self.remove.setEnabled(bool(self.lines))
        self._say_facts()

    def submit(self) -> None:
        """Make the document; a number still standing there is a line of it."""
        if self.quantity.value():
            self._add()
            if self.quantity.value():
                return
        result = self.context.alerts.run(self._make)
        if result is None:
            return
        row = document(self.context.db, result.document_id)
        self.made.emit(row.id)
        words = tr("已开{name} {number}。")
        if self.now.isChecked():
            words = tr("{name} {number} 已当面交接，货在收费室。")
        self.say_done(words.format(name=document_name(row.kind), number=row.number))

    def _make(self) -> Any:
        lines = [Wanted(line.gift.gift_id, line.quantity, line.cost_fen) for line in self.lines]
        session = self.context.session.once(self._op)
        note = self.remark.value()
        if self._kind == PURCHASE:
            return request_purchase(session, lines=lines, note=note)
        call = hand_over if self.now.isChecked() else request_requisition
        return call(session, lines=lines, note=note)

    def _say_facts(self, *_: object) -> None:
        gift = self._gifts.get(self.gift.value())
        parts = []
        if gift is not None:
            words = tr("现有：仓库 {warehouse} {unit} · 收费室 {desk} {unit}")
            places = {"warehouse": gift.warehouse, "desk": gift.desk, "unit": gift.unit}
            parts.append(words.format(**places))
        if self._kind == PURCHASE and self.lines:
            fen = sum(line.cost_fen * line.quantity for line in self.lines)
            parts.append(tr("预计合计 ¥{yuan}").format(yuan=yuan(fen)))
        self.facts.setText("　".join(parts))


def _gift_words(row: StockRow) -> str:
    return f"{row.name} {row.spec}".strip() + f" · {row.code}"


def _lines_table(context: UiContext, purchase: bool) -> Table:
    columns = [
        Column(tr("礼品"), lambda r: _gift_words(r.gift), width=280),
        Column(
            tr("数量"),
            lambda r: f"{r.quantity} {r.gift.unit}",
            sort=lambda r: r.quantity,
            align="right",
            width=96,
        ),
    ]
    if purchase:
        columns.append(
            Column(
                tr("单价"),
                lambda r: yuan(r.cost_fen),
                sort=lambda r: r.cost_fen,
                align="right",
                width=96,
            )
        )
    return Table(
        "stock_order_purchase" if purchase else "stock_order_requisition",
        columns,
        context.settings,
        title=tr("单据上的礼品"),
        empty_text=tr("用首字母选礼品，Enter，填数量，再 Enter 就是一行。"),
        key=lambda r: r.gift.gift_id,
    )
