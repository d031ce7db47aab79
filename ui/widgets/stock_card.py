"""入库, 申领, 报损, 调整: one card, one gift, one number, Enter."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal

from services.errors import RuleError
from services.gifts import stock
from services.gifts.stock import DESK, WAREHOUSE, StockRow, place_name
from services.i18n import tr
from ui.context import UiContext
from ui.forms import Field, MoneyEdit, TextEdit, button, button_row, label
from ui.widgets.gift_kit import Card, CountEdit, LetterBox, RightNote, RowForm, Switch

RECEIVE, TRANSFER, SCRAP, ADJUST = "receive", "transfer", "scrap", "adjust"
BACK = "back"
# rows of the form that each kind shows
_ROWS = {
    RECEIVE: {"cost", "note"},
    TRANSFER: {"way", "note"},
    SCRAP: {"place", "note"},
    ADJUST: {"place", "note"},
}


class StockCard(Card):
    """One form for the four kinds of move; the gift stays, the number goes."""

    done = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__(tr("登记库存变动"))
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
        self.way = LetterBox([("", tr("仓库 → 收费室")), (BACK, tr("收费室 → 仓库(退库)"))])
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
            ("way", tr("方向(&W)"), self.way),
            ("note", tr("原因(&K)"), self.reason),
        ):
            self.fields[name] = self.form.add(words, control)
        for widget in (self.kind, self.note, self.form, self.facts):
            self.body.addWidget(widget)
        self.body.addLayout(button_row(self.post))
        self.kind.choose(TRANSFER)
        self._dress()
        self.kind.chosen.connect(self._kind_chosen)
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
        result = self._context.alerts.run(self._write, quantity)
        if result is None or row is None:
            return
        self._op = uuid4()
        self.quantity.clear()
        self.reason.clear()
        self.cost.clear()
        words = self.kind.buttons[self.kind.value()].accessibleName()
        sentence = tr("已{kind}：{gift} {n} {unit}。")
        text = sentence.format(kind=words, gift=row.name, n=quantity, unit=row.unit)
        self._context.alerts.banner(text, "success")
        self.done.emit()
        self.gift.setFocus()

    def _write(self, quantity: int) -> Any:
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
            return stock.receive(session, **facts, unit_cost_fen=cost)
        if kind == TRANSFER:
            ends = (DESK, WAREHOUSE) if self.way.value() == BACK else (WAREHOUSE, DESK)
            return stock.transfer(session, **facts, from_place=ends[0], to_place=ends[1])
        call = stock.scrap if kind == SCRAP else stock.adjust
        return call(session, **facts, place=self.place.value())

    # --- what is shown ---

    def _kind_chosen(self, _kind: object) -> None:
        self._dress()
        self.gift.setFocus()

    def _dress(self) -> None:
        kind = self.kind.value()
        for name, field in self.fields.items():
            self.form.show_row(field, name in ("gift", "quantity") or name in _ROWS[kind])
        self.note.check(f"stock.{kind}")
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

    def _chosen(self) -> StockRow | None:
        wanted = self.gift.value()
        return next((row for row in self._rows if row.gift_id == wanted), None)

    def _say_facts(self, *_: object) -> None:
        row = self._chosen()
        if row is None:
            self.facts.setText(tr("礼品目录还是空的。按 Alt+N 新建第一种礼品。"))
            return
        text = tr("现有：仓库 {warehouse} {unit} · 收费室 {desk} {unit}")
        self.facts.setText(text.format(warehouse=row.warehouse, desk=row.desk, unit=row.unit))
