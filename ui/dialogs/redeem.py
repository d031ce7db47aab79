"""F7: what the open person can have for points now; letters choose, Enter shows, Enter posts."""

from __future__ import annotations

import uuid

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from services.errors import AppError, RuleError
from services.gifts.handout import COLLECTED, collected_name, issue_gift
from services.gifts.packs import offered
from services.gifts.stock import StockRow
from services.i18n import tr
from services.loyalty.redemption import Redeemed, redeem
from services.loyalty.redemption_list import Offer, spendable, spending
from services.loyalty.redemption_preview import preview_redemption, short_of
from services.loyalty.standing import joined_on
from services.programmes.registry import Timeline
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, TextEdit, button, label
from ui.theme import GAP
from ui.widgets.card_seen import card_seen
from ui.widgets.consequences import ConsequenceList, scrolling
from ui.widgets.gift_kit import CountEdit, LetterBox, RightNote, RowForm, checks
from ui.widgets.offer_list import OfferList, OfferRow, offer_rows

SIZE = (984, 528)
SIDE = 392
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RedeemDialog(DeskDialog):
    """The first Enter asks to look, the second one posts; a gift is handed out at once.

    `redeemed` tells what was posted; `gifts_wanted` that a gift which waits is to be handed out.
    """

    redeemed = Signal(object)
    gifts_wanted = Signal()

    def __init__(self, context: UiContext, parent: QWidget | None, waiting: int = 0) -> None:
        super().__init__(context, parent, tr("积分兑换"))
        self.setMinimumWidth(SIZE[0])
        self.setMaximumWidth(SIZE[0])
        self.resize(*SIZE)
        self.armed = False
        self._articles: list[StockRow] = []
        self.timelines = spending(context.db, context.today())
        self.note = RightNote(context)
        self.balance = label("", "subheading")
        self.programme = ChoiceBox([(t.programme_id, t.name) for t in self.timelines])
        self.list = OfferList(context.settings)
        self.quantity = CountEdit()
        self.gift = LetterBox()
        self.collected = LetterBox([(how, collected_name(how)) for how in COLLECTED])
        self.remark = TextEdit(tr("代领人姓名、邮寄单号等，可不填"))
        self.checked = LetterBox(checks())
        self.hint = label("", "muted")
        self.lines = ConsequenceList(tr("兑换后的变化"))
        self._build(waiting)
        self._wire()
        self.programme.choose(self._usual())
        self._load()
        self.list.search.setFocus()

    def _build(self, waiting: int) -> None:
        head = QHBoxLayout()
        head.setSpacing(2 * GAP)
        head.addWidget(self.balance, 1)
        self.programme_label = label(tr("方案(&Y)"))
        self.programme_label.setWordWrap(False)
        self.programme_label.setBuddy(self.programme)
        self.programme.setAccessibleName(tr("方案"))
        self.programme.setMinimumWidth(20 * GAP)
        several = len(self.timelines) > 1
        for widget in (self.programme_label, self.programme):
            widget.setVisible(several)
            head.addWidget(widget)
        self.form = RowForm()
        self.quantity_field = self.form.add(tr("数量(&N)"), self.quantity)
        self.gift_field = self.form.add(tr("礼品(&L)"), self.gift)
        self.collected_field = self.form.add(tr("领取方式(&W)"), self.collected)
        self.remark_field = self.form.add(tr("备注(&K)"), self.remark)
        self.checked_field = self.form.add(tr("核验(&V)"), self.checked)
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(SIDE)
        right = QVBoxLayout(card)
        right.setContentsMargins(2 * GAP, 2 * GAP, GAP, GAP)
        right.setSpacing(GAP)
        right.addWidget(self.form)
        right.addWidget(self.hint)
        right.addWidget(scrolling(self.lines), 1)
        both = QHBoxLayout()
        both.setSpacing(2 * GAP)
        both.addWidget(self.list, 1)
        both.addWidget(card)
        self.to_gifts = button(tr("有 {n} 份礼品待领，去发放(&G)").format(n=waiting))
        self.to_gifts.setVisible(bool(waiting))
        self.body.setSpacing(GAP + 4)
        self.body.addWidget(self.note)
        self.body.addLayout(head)
        self.body.addLayout(both, 1)
        self.enter = self.add_buttons("", tr("取消"), left=(self.to_gifts,))
        self.enter.setMinimumWidth(17 * GAP)

    def _wire(self) -> None:
        self.programme.activated.connect(self._load)
        self.list.chosen.connect(self._chosen)
        self.quantity.textEdited.connect(self._edited)
        for box in (self.gift, self.collected, self.checked):
            box.currentIndexChanged.connect(self._edited)
        self.remark.textEdited.connect(self._edited)
        self.to_gifts.clicked.connect(self._leave_for_gifts)

    def take_scan(self, code: str) -> bool:
        """The member's own card verifies them (R040)."""
        return card_seen(self.context, code, self.person_id, self.checked, self.checked_field)

    # --- showing ---

    def _usual(self) -> int:
        """The programme to begin with: the first one the person is a member of."""
        db = self.context.db
        mine = [t for t in self.timelines if joined_on(db, self.person_id, t.programme_id)]
        return (mine or list(self.timelines))[0].programme_id

    @property
    def timeline(self) -> Timeline:
        """The programme whose points are spent."""
        wanted = self.programme.value()
        return next(t for t in self.timelines if t.programme_id == wanted)

    def _load(self, *_: object) -> None:
        self.note.check("points.redeem")
        self.context.alerts.run(self._read)

    def _read(self) -> None:
        db, today = self.context.db, self.context.today()
        timeline = self.timeline
        have = spendable(db, today, self.person_id, timeline)
        self.balance.setText(tr("可用 {n} 分").format(n=f"{have:,}"))
        self.list.load(offer_rows(db, today, self.person_id, timeline))

    def _chosen(self, row: OfferRow | None) -> None:
        """Another offer: one piece, the best stocked article; nothing to fill in for one that
        cannot be had."""
        kind = row.offer.kind if row and not row.offer.why_not else ""
        self.quantity.setText("1")
        self.form.setVisible(bool(kind))
        self.form.show_row(self.quantity_field, kind not in ("", "tier"))
        for field in (self.gift_field, self.collected_field, self.remark_field):
            self.form.show_row(field, kind == "gift")
        self._offer_articles(row)
        self._edited()

    def _offer_articles(self, row: OfferRow | None) -> None:
        if row is None or row.offer.kind != "gift":
            self._articles = []
        else:
            band = row.offer.value_fen
            rows = offered(self.context.db, self.context.today())
            fitting = [each for each in rows if each.band_fen == band]
            self._articles = sorted(fitting, key=lambda each: (-each.desk, each.code))
        words = [(each.gift_id, _article_words(each)) for each in self._articles]
        self.gift.blockSignals(True)
        self.gift.set_choices(words)
        self.gift.setCurrentIndex(0 if words else -1)
        self.gift.blockSignals(False)
        self.gift.setEnabled(len(words) > 1)

    def _edited(self, *_: object) -> None:
        self._arm(False)
        self.list.field.clear_error()
        self.context.alerts.run(self._foresee)

    def _foresee(self) -> None:
        row = self.list.row
        if row is None:
            self.lines.show_lines(())
            return
        self.lines.show_lines(
            preview_redemption(
                self.context.db,
                self.context.today(),
                person_id=self.person_id,
                timeline=self.timeline,
                offer=row.offer,
                quantity=max(self._count_or_none() or 1, 1),
                gift_id=self.gift.value(),
            )
        )

    def _count_or_none(self) -> int | None:
        try:
            return self.quantity.count()
        except RuleError:
            return None

    def _arm(self, armed: bool) -> None:
        self.armed = armed
        self.enter.setText(tr("确认兑换 ⏎") if armed else tr("核对 ⏎"))
        self.enter.setAccessibleName(tr("确认兑换") if armed else tr("核对"))
        text = tr("再按回车兑换；Esc 返回修改。") if armed else tr("兑换后会这样，按回车核对：")
        self.hint.setText(text)
        row = self.list.row
        self.hint.setVisible(row is not None and not row.offer.why_not)

    # --- Enter and Esc ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and event.isAutoRepeat():
            return  # a hand that rests on Enter has said it once
        if event.key() == Qt.Key.Key_Escape and self._back():
            return
        super().keyPressEvent(event)

    def _back(self) -> bool:
        if self.armed:
            self._arm(False)
        elif not self.list.clear():
            return False
        self.list.search.setFocus()
        return True

    def submit(self) -> None:
        """The obvious next thing: look, then post."""
        row = self.list.row
        if row is None:
            self.list.field.refuse(tr("没有这样的兑换项目，换几个字母再试。"))
        elif row.offer.why_not:
            sentence = tr("“{name}”现在不能换：{why}。")
            words = sentence.format(name=row.offer.name, why=row.offer.why_not)
            self.list.field.refuse(words)
        elif not self._count_or_none():
            self.quantity_field.refuse(tr("数量至少是 1。"))
        elif not self.armed:
            self._arm(True)
        else:
            self._post(row.offer, self._count_or_none() or 1)

    def _post(self, offer: Offer, quantity: int) -> None:
        short = short_of(self.context.db, self.context.today(), offer, quantity)
        approval = None
        if short:
            what = tr("欠领“{name}”{n} {unit}：先扣积分，有货再发。")
            words = what.format(name=offer.name, n=short, unit=offer.unit)
            approval = ask_approval(self.context, self, "approve.owed_gift", words)
            if approval is None:
                return
        done = self.context.alerts.run_command(
            redeem,
            self.once,
            person_id=self.person_id,
            item_key=offer.key,
            quantity=quantity,
            programme_id=self.timeline.programme_id,
            checked=self.checked.value(),
            approval=approval,
        )
        if done is None:
            self._load()
            return
        words = self._hand_out(offer, quantity, short, done) if offer.kind == "gift" else ""
        self.say_done(self._sentence(offer, quantity, done, words))
        self.redeemed.emit(done)

    def _hand_out(self, offer: Offer, quantity: int, short: int, done: Redeemed) -> str:
        """What lies at the billing desk and is nobody else's goes out now; the rest waits in the
        due list."""
        article = next((a for a in self._articles if a.gift_id == self.gift.value()), None)
        out, refused = 0, ""
        for _ in range(min(quantity - short, article.desk) if article else 0):
            try:
                issued = issue_gift(
                    self.context.session.once(uuid.uuid4()),
                    grant_id=done.grant_id,
                    gift_id=self.gift.value(),
                    collected=self.collected.value(),
                    note=self.remark.value(),
                )
            except AppError as error:
                refused = error.sentence
                break
            self.context.alerts.announce(issued)
            out += 1
        words = ""
        if out and article:
            words = tr("已发出 {name} {n} {unit}，请顾客在领取登记表上签字。")
            words = words.format(name=article.name, n=out, unit=article.unit)
        if out < quantity:
            words += tr("还有 {n} {unit}在待领名单。").format(n=quantity - out, unit=offer.unit)
        return words + refused

    def _sentence(self, offer: Offer, quantity: int, done: Redeemed, handed: str) -> str:
        sentence = tr("已兑换 {name}，积分 {points}，还剩 {left} 分。")
        what = offer.name if quantity == 1 else f"{offer.name} × {quantity}"
        words = sentence.format(name=what, points=f"{-done.points:+,}", left=f"{done.left:,}")
        after = {
            "service": tr("现在使用按 F8。"),
            "coupon": tr("收费时在“更多项目”里选这张券。"),
        }
        return words + handed + after.get(offer.kind, "") + tr("登错了按 Ctrl+Z(30 秒内)。")

    def _leave_for_gifts(self, *_: object) -> None:
        self.reject()
        self.gifts_wanted.emit()


def _article_words(row: StockRow) -> str:
    name = f"{row.name} {row.spec}".strip()
    return f"{name} · " + tr("收费室 {n}").format(n=row.desk)
