"""入库, 申领, 报损, 调整: one card, one gift, one number, Enter."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from services.errors import RuleError
from services.gifts import stock
from services.gifts.documents import Wanted, document
from services.gifts.requisitions import hand_over, request_requisition
from services.gifts.stock import DESK, WAREHOUSE, StockRow, place_name
from services.gifts.stock_ledger import on_the_way
from services.i18n import tr
from ui.context import UiContext
from ui.forms import Field, MoneyEdit, TextEdit, button, label
from ui.theme import GAP
from ui.widgets.gift_kit import Card, CountEdit, LetterBox, RightNote, RowForm, Switch
from ui.widgets.stock_lines import ExpiryEdit

RECEIVE, TRANSFER, SCRAP, ADJUST = "receive", "transfer", "scrap", "adjust"
# ways of a 申领: asked of the warehouse, handed over at once, brought back to it
ASK, NOW, BACK = "ask", "now", "back"
_WAY_RIGHTS = {ASK: "requisition.request", NOW: "requisition.hand_over", BACK: "stock.transfer"}
# rows of the form that each kind shows
_ROWS = {
    RECEIVE: {"cost", "lot", "expires", "note"},
    TRANSFER: {"way", "note"},
    SCRAP: {"place", "note"},
    ADJUST: {"place", "note"},
}


class StockCard(Card):
    """One form for the four kinds of move; the gift stays, the number goes."""

    done = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.heading.hide()  # the kinds say what the card is for
        self.setAccessibleName(tr("登记库存变动"))
        self._context = context
        self._op = uuid4()
        self._rows: list[StockRow] = []
        self.kind = Switch(
            tr("变动种类"),
            [
                (RECEIVE, tr("入库(&I)")),
                (TRANSFER, tr("申领(&T)")),
                (SCRAP, tr("报损(&B)")),
                (ADJUST, tr("调整(&J)")),
            ],
        )
        self.note = RightNote(context)
        self.gift = LetterBox()
        self.quantity = CountEdit(tr("数量"), signed=True)
        self.cost = MoneyEdit(tr("空着 = 目录里的成本"))
        self.place = LetterBox([(place, place_name(place)) for place in (DESK, WAREHOUSE)])
        self.way = LetterBox(
            [
                (ASK, tr("申领：开单，仓库送来再签收")),
                (NOW, tr("当面交接：仓库 → 收费室，立即入账")),
                (BACK, tr("退库：收费室 → 仓库")),
            ]
        )
        self.lot = TextEdit(tr("包装上的批号，可不填"))
        self.expires = ExpiryEdit()
        self.reason = TextEdit()
        self.facts = label("", "muted")
        self.post = button(tr("登记  Enter"), "primary")
        self.form = RowForm()
        self.fields: dict[str, Field] = {}
        for name, words, control in (
            ("gift", tr("礼品(&G)"), self.gift),
            ("quantity", tr("数量(&Q)"), self.quantity),
            ("cost", tr("单价(&U)"), self.cost),
            ("place", tr("库位(&W)"), self.place),
            ("way", tr("方式(&W)"), self.way),
            ("expires", tr("有效期(&X)"), self.expires),
            ("lot", tr("批号(&Z)"), self.lot),
            ("note", tr("原因(&K)"), self.reason),
        ):
            self.fields[name] = self.form.add(words, control)
        for widget in (self.kind, self.note, self.form):
            self.body.addWidget(widget)
        foot = QHBoxLayout()
        foot.setSpacing(GAP)
        foot.addWidget(self.facts, 1)
        foot.addWidget(self.post)
        self.body.addLayout(foot)
        self.kind.choose(TRANSFER)
        self._dress()
        self.kind.chosen.connect(self._kind_chosen)
        self.way.currentIndexChanged.connect(self._check_right)
        self.gift.currentIndexChanged.connect(self._say_facts)
        self.quantity.textEdited.connect(self._say_facts)
        self.submitted.connect(self.submit)
        self.post.clicked.connect(self.submit)

    def set_rows(self, rows: list[StockRow]) -> None:
        """The gifts to choose from, with what lies where."""
        self._rows = rows
        self.gift.set_choices(
            [(row.gift_id, f"{row.name} {row.spec}".strip() + f" · {row.code}") for row in rows]
        )
        self._say_facts()
        self._dress()

    def use_kind(self, kind: str) -> None:
        """Another kind of move."""
        self.kind.choose(kind)
        self._dress()

    def choose_gift(self, gift_id: int) -> None:
        """This gift."""
        self.gift.choose(gift_id)

    def fill_scrap(self, gift_id: int, quantity: int, reason: str) -> None:
        """报损 with everything filled in; the place is the one that holds more."""
        self.use_kind(SCRAP)
        self.choose_gift(gift_id)
        row = self._chosen()
        if row is not None:
            place = WAREHOUSE if row.warehouse >= row.desk else DESK
            self.place.choose(place)
            here = row.warehouse if place == WAREHOUSE else row.desk
            self.quantity.setText(str(min(quantity, here)))
        self.reason.setText(reason)
        self.start()

    def start(self) -> None:
        """The number is what is still missing."""
        self.quantity.setFocus()
        self.quantity.selectAll()

    def submit(self) -> None:
        """Write the move."""
        if self.focusWidget() is self.gift and not self.quantity.value():
            self.start()  # the gift is chosen, the number comes next
            return
        row = self._chosen()
        try:
            quantity = self.quantity.count()
        except RuleError as refused:
            self.fields["quantity"].refuse(refused.sentence)
            return
        try:
            expires_on = self.expires.day_or_none()
        except RuleError as refused:
            self.fields["expires"].refuse(refused.sentence)
            return
        result = self._context.alerts.run(self._write, quantity, expires_on)
        if result is None or row is None:
            return
        self._op = uuid4()
        for edit in (self.quantity, self.reason, self.cost, self.lot, self.expires):
            edit.clear()
        self._context.alerts.banner(self._told(row, quantity, result), "success")
        self.done.emit()
        self.gift.setFocus()

    def _told(self, row: StockRow, quantity: int, result: Any) -> str:
        """What was done, in the desk's words."""
        facts = {"gift": row.name, "n": quantity, "unit": row.unit}
        kind, way = self.kind.value(), self.way.value()
        if kind == TRANSFER and way == ASK:
            number = document(self._context.db, result.document_id).number
            sentence = tr(
                "已开申领单 {number}：{gift} {n} {unit}。等市场部送来，在“单据”里签收(Alt+D)。"
            )
            return sentence.format(number=number, **facts)
        words = self.kind.buttons[kind].accessibleName()
        if kind == TRANSFER and way == BACK:
            words = tr("退库")
        return tr("已{kind}：{gift} {n} {unit}。").format(kind=words, **facts)

    def _write(self, quantity: int, expires_on: str | None) -> Any:
        if self.gift.value() is None:
            raise RuleError(tr("请先在右上角新建礼品，再登记库存。"))
        session = self._context.session.once(self._op)
        facts: dict[str, Any] = {
            "gift_id": self.gift.value(),
            "quantity": quantity,
            "reason": self.reason.value(),
        }
        kind = self.kind.value()
        if kind == RECEIVE:
            cost = self.cost.fen() if self.cost.value() else None
            return stock.receive(
                session,
                **facts,
                unit_cost_fen=cost,
                lot=self.lot.value(),
                expires_on=expires_on,
            )
        if kind == TRANSFER and self.way.value() == BACK:
            return stock.transfer(session, **facts, from_place=DESK, to_place=WAREHOUSE)
        if kind == TRANSFER:
            call = hand_over if self.way.value() == NOW else request_requisition
            lines = [Wanted(facts["gift_id"], quantity)]
            return call(session, lines=lines, note=facts["reason"])
        correct = stock.scrap if kind == SCRAP else stock.adjust
        return correct(session, **facts, place=self.place.value())

    # --- what is shown ---

    def _kind_chosen(self, _kind: object) -> None:
        self._dress()
        self.gift.setFocus()

    def _dress(self) -> None:
        kind = self.kind.value()
        for name, field in self.fields.items():
            self.form.show_row(field, name in ("gift", "quantity") or name in _ROWS[kind])
        self._check_right()
        self.reason.setPlaceholderText(
            {
                RECEIVE: tr("供货商、单据号等，可不填"),
                TRANSFER: tr("可不填"),
                SCRAP: tr("必填，例如 过期、破损"),
                ADJUST: tr("必填，例如 录错数量"),
            }[kind]
        )
        self.quantity.setPlaceholderText(
            tr("增加写正数，减少写负数") if kind == ADJUST else tr("数量")
        )
        self._say_facts()

    def _check_right(self, *_: object) -> None:
        kind = self.kind.value()
        right = _WAY_RIGHTS[self.way.value()] if kind == TRANSFER else f"stock.{kind}"
        self.note.check(right)

    def _chosen(self) -> StockRow | None:
        wanted = self.gift.value()
        return next((row for row in self._rows if row.gift_id == wanted), None)

    def _say_facts(self, *_: object) -> None:
        row = self._chosen()
        if row is None:
            self.facts.setText(tr("礼品目录还是空的。按 Alt+N 新建第一种礼品。"))
            return
        text = tr("仓库 {warehouse} · 收费室 {desk} {unit}")
        sent = on_the_way(self._context.db, row.gift_id)
        if sent:
            text = tr("仓库 {warehouse}(在途 {sent}) · 收费室 {desk} {unit}")
        facts = {"warehouse": row.warehouse, "desk": row.desk, "unit": row.unit, "sent": sent}
        self.facts.setText(text.format(**facts))
