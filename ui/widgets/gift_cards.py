"""The card that hands a gift out: which gift, how it is collected, Enter; or promises it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import QSignalBlocker, Signal

from services.gifts.handout import COLLECTED, collected_name, issue_gift
from services.gifts.packs import PartRow, all_parts, offered
from services.gifts.promises import OpenPromise, goes_now, promise_gift, promise_of
from services.gifts.stock import StockRow
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of
from services.money import yuan
from ui.context import UiContext
from ui.forms import TextEdit, button, button_row, label
from ui.theme import role_of
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import Card, LetterBox, RightNote, RowForm, key_button
from ui.widgets.gift_parts import PartsChoice, gift_words
from ui.widgets.gift_signature import Signature

BY_NAME = "by name"  # the choice of one gift for each part the programme names


class IssueCard(Card):
    """Which gift, how it is collected, Enter. `fetch` asks for the transfer page with a gift.

    What is not there is promised: 登记欠领, a manager's PIN, Enter (E32).
    """

    done = Signal()
    fetch = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.grant: GrantRow | None = None
        self._op = uuid4()
        self._owe_op = uuid4()
        self._contents: tuple[str, ...] = ()
        self._promise: OpenPromise | None = None
        self._owable = False
        self._kept = False
        self._levels: list[StockRow] = []
        self._packs: dict[int, tuple[PartRow, ...]] = {}
        self.note = RightNote(context)
        self.gift = LetterBox()
        self.parts = PartsChoice()
        self.collected = LetterBox([(how, collected_name(how)) for how in COLLECTED])
        self.remark = TextEdit(tr("代领人姓名、邮寄单号等，可不填"))
        form = RowForm()
        form.add(tr("礼品(&G)"), self.gift, tr("按拼音首字母选，例如 yg"))
        form.add_wide(self.parts)
        form.add(tr("领取方式(&W)"), self.collected)
        form.add(tr("备注(&K)"), self.remark)
        self.turn = label("")
        self.stock = label("")
        self.cost = label("", "muted")
        self.approver = Signature(context, "approve.owed_gift", tr("批准欠领"), tr("批准"))
        self.issue = button(tr("发放  Enter"), "primary")
        self.go_fetch = key_button(tr("去申领(&F)"))
        self.owe = key_button(tr("登记欠领(&Q)"), tip=tr("没有货时先登记，到货后按先后发放"))
        self.body.addWidget(self.note)
        self.body.addWidget(scrolling(form, self.turn, self.stock, self.cost), 1)
        self.body.addWidget(self.approver)
        self.body.addLayout(button_row(self.go_fetch, self.owe, self.issue))
        self._wire()

    def _wire(self) -> None:
        self.submitted.connect(self.submit)
        self.issue.clicked.connect(self.submit)
        self.go_fetch.clicked.connect(self._fetch)
        self.owe.clicked.connect(self._start_promise)
        self.approver.signed.connect(self._promise_it)
        self.gift.currentIndexChanged.connect(self._say_stock)
        self.parts.changed.connect(self._say_stock)

    def load(self, grant: GrantRow, cost: str = "") -> None:
        """Offer the gifts of this grant's value, the best stocked first; `cost` says whether it
        takes points."""
        self.cost.setText(cost)
        self.cost.setVisible(bool(cost))
        same = self.grant is not None and self.grant.id == grant.id
        if not same:
            self._op, self._owe_op = uuid4(), uuid4()
            self.collected.setCurrentIndex(0)
            self.remark.clear()
        chosen = self.gift.value() if same else None
        self.grant = grant
        self.note.check("gift.issue")
        self.heading.setText(tr("发放 · {name}").format(name=grant.name))
        self.approver.reset()
        self.approver.hide()
        db = self._context.db
        self._promise = promise_of(db, self._context.today(), grant.id)
        self._contents = benefit_of(db, grant).contents
        self._owable = grant.left > 0 and self._promise is None
        self._kept = not goes_now(db, self._context.today(), grant)
        with QSignalBlocker(self.gift):  # what it means is said once, below
            self._offer(grant)
            if chosen is not None:
                self.gift.choose(chosen)
        self._say_turn()
        self._say_stock()

    def _offer(self, grant: GrantRow) -> None:
        """The pack of the grant's own name first, then a set by name, then the band."""
        rows = offered(self._context.db, self._context.today())
        self._packs = all_parts(self._context.db)
        fitting = [row for row in rows if row.band_fen == grant.value_fen or self._named(row)]
        self._levels = sorted(
            fitting, key=lambda row: (not self._named(row), -row.desk, -row.warehouse, row.code)
        )
        choices: list[tuple[Any, str]] = [(row.gift_id, gift_words(row)) for row in self._levels]
        self.parts.load(rows, self._contents)
        if self._contents:
            words = tr("按内容选：{parts}").format(parts="、".join(self._contents))
            at = 1 if self._levels and self._named(self._levels[0]) else 0
            choices.insert(at, (BY_NAME, words))
        self.gift.set_choices(choices)
        self.gift.setCurrentIndex(0)

    def _named(self, row: StockRow) -> bool:
        return bool(self._contents) and self.grant is not None and row.name == self.grant.name

    def start(self) -> None:
        """The keyboard goes to the gift."""
        self.gift.setFocus()

    # --- handing out ---

    def submit(self) -> None:
        """Hand it out."""
        if self.grant is None or self.gift.value() is None:
            return
        words = self._words()
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
        by_name = self.gift.value() == BY_NAME
        return issue_gift(
            self._context.session.once(self._op),
            grant_id=self.grant.id,
            gift_id=None if by_name else self.gift.value(),
            parts=tuple(row.gift_id for row in self.parts.chosen()) if by_name else (),
            collected=self.collected.value(),
            note=self.remark.value(),
        )

    def _words(self) -> str:
        """What goes out, for the banner."""
        if self.gift.value() == BY_NAME:
            return "、".join(row.name for row in self.parts.chosen())
        chosen = self._chosen()
        return chosen.name if chosen is not None else ""

    def _chosen(self) -> StockRow | None:
        wanted = self.gift.value()
        return next((row for row in self._levels if row.gift_id == wanted), None)

    # --- promising ---

    def _start_promise(self) -> None:
        self.approver.reset()
        self.approver.offer()
        self.approver.show()
        self.approver.start()

    def _promise_it(self, *_: object) -> None:
        assert self.grant is not None
        result = self._context.alerts.run(self._owe)
        if result is None:
            self.approver.reset()
            self.approver.hide()
            return
        words = tr("已登记欠领：{name}。").format(name=self.grant.name)
        if result.ahead:
            words += tr("前面还有 {n} 份。").format(n=result.ahead)
        self._context.alerts.banner(words + tr("到货后会提醒回访，按先后发放。"), "success")
        self.done.emit()

    def _owe(self) -> Any:
        assert self.grant is not None
        return promise_gift(
            self._context.session.once(self._owe_op),
            grant_id=self.grant.id,
            note=self.remark.value(),
            approval=self.approver.approval,
        )

    # --- what is said ---

    def _say_turn(self) -> None:
        """Whether it is owed, and whose turn it is."""
        promise = self._promise
        self.turn.setVisible(promise is not None)
        if promise is None:
            return
        words = tr("{day} 登记了欠领。").format(day=promise.promised_on)
        if promise.servable:
            words += tr("已到货，可以发放。")
        elif promise.ahead:
            words += tr("前面还有 {n} 份，等货。").format(n=promise.ahead)
        else:
            words += tr("排在第一，等货。")
        self.turn.setText(words)
        role_of(self.turn, "success" if promise.servable else "warning")

    def _say_stock(self, *_: object) -> None:
        by_name = self.gift.value() == BY_NAME
        self.parts.setVisible(by_name)
        row = self._chosen()
        self.issue.setEnabled(row is not None or by_name)
        self.go_fetch.setVisible(row is not None and row.desk == 0 and not self._parts(row))
        if by_name:
            here = self._say_parts()
        elif row is None:
            here = 0
            value = yuan(self.grant.value_fen) if self.grant else ""
            text = tr("礼品目录里没有 {value} 元档的礼品。请市场部在“库存”页新建并入库。")
            self._tell(text.format(value=value), "warning")
        else:
            here = row.desk
            self._say_row(row)
        self.owe.setVisible(self._owable and (here == 0 or self._kept))
        if here and self._kept:
            text = tr("⚠ 收费室的货都留给前面的欠领了。登记欠领排队(Alt+Q)，或等再入库。")
            self._tell(text, "warning")

    def _say_row(self, row: StockRow) -> None:
        parts = self._parts(row)
        if row.desk:
            text = tr("收费室 {desk} {unit} · 仓库 {warehouse} {unit}")
            text = text.format(desk=row.desk, unit=row.unit, warehouse=row.warehouse)
            if parts:
                text = tr("礼包：{parts}。").format(parts=parts) + text
            self._tell(text, "muted")
        elif parts:
            text = tr("⚠ 收费室配不齐这个礼包：{parts}。请先申领缺的礼品，或登记欠领(Alt+Q)。")
            self._tell(text.format(parts=parts), "warning")
        elif row.warehouse:
            text = tr("⚠ 收费室没有货，仓库有 {n} {unit}。先申领再发放(Alt+F)。")
            self._tell(text.format(n=row.warehouse, unit=row.unit), "warning")
        else:
            text = tr("⚠ 收费室和仓库都没有货，请市场部先申购入库，或登记欠领(Alt+Q)。")
            self._tell(text, "warning")

    def _say_parts(self) -> int:
        """How many sets can be handed out of what was chosen."""
        missing = self.parts.missing()
        rows = self.parts.chosen()
        if missing:
            text = tr("⚠ 礼品目录里没有名称带“{part}”的礼品，请市场部新建并入库。")
            self._tell(text.format(part="”“".join(missing)), "warning")
            return 0
        short = [row.name for row in rows if not row.desk]
        if short:
            text = tr("⚠ 收费室没有：{names}。请先申领，或登记欠领(Alt+Q)。")
            self._tell(text.format(names="、".join(short)), "warning")
            return 0
        here = min(row.desk for row in rows)
        self._tell(tr("收费室可以配 {n} 套。").format(n=here), "muted")
        return here

    def _parts(self, row: StockRow) -> str:
        found = self._packs.get(row.gift_id, ())
        return "、".join(p.name if p.quantity == 1 else f"{p.name} × {p.quantity}" for p in found)

    def _tell(self, text: str, role: str) -> None:
        self.stock.setText(text)
        role_of(self.stock, role)

    def _fetch(self) -> None:
        if self._chosen() is not None:
            self.fetch.emit(self.gift.value())
