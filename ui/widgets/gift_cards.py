"""The card that hands a gift out: which gift, how it is collected, Enter."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal

from services.gifts.handout import COLLECTED, collected_name, issue_gift
from services.gifts.stock import StockRow, stock_levels
from services.i18n import tr
from services.loyalty.grants import GrantRow
from services.money import yuan
from ui.context import UiContext
from ui.forms import Form, TextEdit, button, button_row, label
from ui.theme import role_of
from ui.widgets.gift_kit import Card, LetterBox, RightNote, key_button


class IssueCard(Card):
    """Which gift, how it is collected, Enter. `fetch` asks for the transfer page with a gift."""

    done = Signal()
    fetch = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.grant: GrantRow | None = None
        self._op = uuid4()
        self._levels: list[StockRow] = []
        self.note = RightNote(context)
        self.gift = LetterBox()
        self.collected = LetterBox([(how, collected_name(how)) for how in COLLECTED])
        self.remark = TextEdit(tr("代领人姓名、邮寄单号等，可不填"))
        form = Form()
        form.add(tr("礼品(&G)"), self.gift, tr("按拼音首字母选，例如 yg"))
        form.add(tr("领取方式(&W)"), self.collected)
        form.add(tr("备注(&K)"), self.remark)
        self.stock = label("")
        self.cost = label("", "muted")
        self.issue = button(tr("发放  Enter"), "primary")
        self.go_fetch = key_button(tr("去申领(&F)"))
        self.body.addWidget(self.note)
        self.body.addWidget(form)
        self.body.addWidget(self.stock)
        self.body.addWidget(self.cost)
        self.body.addLayout(button_row(self.go_fetch, self.issue))
        self.body.addStretch(1)
        self.submitted.connect(self.submit)
        self.issue.clicked.connect(self.submit)
        self.go_fetch.clicked.connect(self._fetch)
        self.gift.currentIndexChanged.connect(self._say_stock)

    def load(self, grant: GrantRow, cost: str = "") -> None:
        """Offer the gifts of this grant's value, the best stocked first; `cost` says whether it
        takes points."""
        self.cost.setText(cost)
        self.cost.setVisible(bool(cost))
        if self.grant is None or self.grant.id != grant.id:
            self._op = uuid4()
            self.collected.setCurrentIndex(0)
            self.remark.clear()
        same = self.grant is not None and self.grant.id == grant.id
        chosen = self.gift.value() if same else None
        self.grant = grant
        self.note.check("gift.issue")
        self.heading.setText(tr("发放 · {name}").format(name=grant.name))
        fitting = [row for row in stock_levels(self._context.db) if row.band_fen == grant.value_fen]
        self._levels = sorted(fitting, key=lambda row: (-row.desk, -row.warehouse, row.code))
        self.gift.set_choices([(row.gift_id, _gift_words(row)) for row in self._levels])
        self.gift.setCurrentIndex(0)
        if chosen is not None:
            self.gift.choose(chosen)
        self.issue.setEnabled(bool(self._levels))
        self._say_stock()

    def start(self) -> None:
        """The keyboard goes to the gift."""
        self.gift.setFocus()

    def submit(self) -> None:
        """Hand it out."""
        if self.grant is None or self.gift.value() is None:
            return
        chosen = self._chosen()
        words = chosen.name if chosen is not None else ""
        result = self._context.alerts.run(self._issue)
        if result is None:
            self._say_stock()
            return
        self._op = uuid4()
        sentence = tr("已发放：{gift}。收费室还剩 {n}。请顾客在领取登记表上签字。")
        self._context.alerts.banner(sentence.format(gift=words, n=result.left_in_stock), "success")
        self.done.emit()

    def _issue(self) -> Any:
        assert self.grant is not None
        return issue_gift(
            self._context.session.once(self._op),
            grant_id=self.grant.id,
            gift_id=self.gift.value(),
            collected=self.collected.value(),
            note=self.remark.value(),
        )

    def _chosen(self) -> StockRow | None:
        wanted = self.gift.value()
        return next((row for row in self._levels if row.gift_id == wanted), None)

    def _say_stock(self, *_: object) -> None:
        row = self._chosen()
        self.go_fetch.setVisible(row is not None and row.desk == 0)
        if row is None:
            value = yuan(self.grant.value_fen) if self.grant else ""
            text = tr("礼品目录里没有 {value} 元档的礼品。请市场部在“库存”页新建并入库。")
            self._tell(text.format(value=value), "warning")
        elif row.desk:
            text = tr("收费室 {desk} {unit} · 仓库 {warehouse} {unit}")
            self._tell(text.format(desk=row.desk, unit=row.unit, warehouse=row.warehouse), "muted")
        elif row.warehouse:
            text = tr("⚠ 收费室没有货，仓库有 {n} {unit}。先申领再发放(Alt+F)。")
            self._tell(text.format(n=row.warehouse, unit=row.unit), "warning")
        else:
            text = tr("⚠ 收费室和仓库都没有货，请市场部先申购入库。")
            self._tell(text, "warning")

    def _tell(self, text: str, role: str) -> None:
        self.stock.setText(text)
        role_of(self.stock, role)

    def _fetch(self) -> None:
        if self.gift.value() is not None:
            self.fetch.emit(self.gift.value())


def _gift_words(row: StockRow) -> str:
    name = f"{row.name} {row.spec}".strip()
    return f"{name} · " + tr("收费室 {n}").format(n=row.desk)
