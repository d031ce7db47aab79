"""Money received: the amount, what it will do, Enter to look, Enter to post."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from services.desk.finishing import Finishing, calls_left
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.bill import Bill, arrears, too_much
from services.loyalty.money_events import ReceiptPosted
from services.loyalty.preview import Consequence, preview_receipt
from services.loyalty.receipt_checks import BACKDATED_DAYS
from services.loyalty.receipts import post_receipt
from services.money import yuan
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.forms import Field, MoneyEdit, button, label
from ui.theme import GAP
from ui.widgets.consequences import ConsequenceList, scrolling
from ui.widgets.enter_key import enter_presses
from ui.widgets.receipt_details import ReceiptDetails
from ui.widgets.receipt_outcome import outcome_of


class AmountEdit(MoneyEdit):
    """Enter counts once per press: a key held down does not post."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not (enter and event.isAutoRepeat()):
            super().keyPressEvent(event)


class ReceiptForm(QFrame):
    """First Enter checks and asks to look, the second posts. Any edit starts over."""

    posted = Signal(object)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(tr("登记消费"))
        self.context = context
        self.armed = False
        self._op = uuid.uuid4()
        self._shown_receipt = 0
        self._visit: Finishing | None = None  # that ends with this receipt
        self._typed_fen: int | None = None  # by hand; what is due is filled in without
        self.amount = AmountEdit(tr("输入金额"))
        self.amount.setObjectName("amount")
        self.amount.setAccessibleName(tr("实收金额(元)"))
        self.field = Field(self.amount)
        self.enter = button("", "primary")
        self.more = button(
            tr("更多项目(&O)"), "link", tr("日期、医生、支付方式、项目和会员价、医保、积分、券")
        )
        self.more.setCheckable(True)
        self.prices = button(tr("会员价表(&U)…"), "link", tr("各类项目这位顾客付多少，为什么"))
        self.prices.hide()
        self._details: ReceiptDetails | None = None  # built when it is first opened
        self.hint = label("", "muted")
        self.lines = ConsequenceList()
        self.to_gifts = button(tr("去发礼品(&G)"), "link")
        self.to_join = button(tr("办理入会(&J)"), "link")
        self._build()
        self._wire()
        self.reset()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GAP)
        sign = label(tr("实收 ¥"), "subheading")
        sign.setWordWrap(False)
        sign.setBuddy(self.amount)
        sign.setMinimumHeight(40)
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.field, 1)
        self.enter.setMinimumWidth(136)
        self.enter.setObjectName("amountEnter")
        top.addWidget(self.enter, 0, Qt.AlignmentFlag.AlignTop)
        head = QHBoxLayout()
        head.addWidget(label(tr("登记消费  F6"), "subheading"), 1)
        head.addWidget(self.prices)
        head.addWidget(self.more)
        steps = QWidget()
        next_steps = QHBoxLayout(steps)
        next_steps.setContentsMargins(0, 0, 0, 0)
        next_steps.addWidget(self.to_join)
        next_steps.addWidget(self.to_gifts)
        next_steps.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addLayout(top)
        column.addWidget(self.hint)
        self.area = scrolling(self.lines, steps)
        column.addWidget(self.area, 1)

    def _wire(self) -> None:
        self.amount.textEdited.connect(self._amount_typed)
        self.amount.returnPressed.connect(self.press)
        self.enter.clicked.connect(self.press)
        self.more.toggled.connect(self.show_details)
        self.prices.clicked.connect(self._show_prices)
        navigator = self.context.navigator
        self.to_gifts.clicked.connect(partial(navigator.go, "gifts", "show_due"))
        enter_presses(self.enter, self.prices, self.more, self.to_gifts, self.to_join)
        self.to_join.clicked.connect(partial(navigator.go, "enrollment", "join"))

    @property
    def details(self) -> ReceiptDetails:
        """The optional part."""
        if self._details is None:
            self._details = ReceiptDetails(self.context)
            self._details.hide()
            inside = self.area.widget()
            above = inside.layout() if inside is not None else None
            assert isinstance(above, QVBoxLayout)
            above.insertWidget(0, self._details)
            self._details.changed.connect(self._details_edited)
            self._details.submitted.connect(self.press)
            self._details.load()
        return self._details

    @property
    def bill(self) -> Bill | None:
        """What the optional part comes to; None where nothing of it was typed."""
        return None if self._details is None else self._details.bill

    # --- states ---

    def reset(self) -> None:
        """An empty form for the open person, with a command id of its own."""
        self._op = uuid.uuid4()
        self._shown_receipt = 0
        self._visit = None
        self._typed_fen = None
        self.amount.setText("")  # unlike clear() it forgets: Ctrl+Z now means the posting
        self.field.clear_error()
        if self._details is not None:
            self._details.load()
        self.more.setChecked(False)
        self.lines.show_lines(())
        self._offer(gifts=False, join=False)
        self._arm(False)
        self.hint.setText(tr("输入实收金额，下面会先显示积分、等级和应领礼品，再决定是否登记。"))

    def start(self) -> None:
        """F6: the keyboard goes to the amount."""
        self.amount.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.amount.selectAll()

    def begin(self, visit: Finishing) -> None:
        """A visit ends: its doctor is filled in, and where its item has a price of its own the
        list price is asked for; what is free today is said. What was typed already stays."""
        fresh = self._visit is None and not self.amount.text() and not self.more.isChecked()
        self._visit = visit
        if not fresh:
            return
        priced = any(line.text.startswith(visit.item_class) for line in visit.lines)
        item = visit.item_class if visit.item_class and priced else ""
        self.more.setChecked(bool(item))
        self.details.begin(visit.doctor_id, item)
        self.lines.show_lines(visit.lines)
        self._say_what_next()

    def back(self) -> bool:
        """Esc, one step: not yet, then an empty amount, then no details."""
        if self.armed:
            self._arm(False)
            self._say_what_next()
        elif self.amount.text():
            self.amount.clear()
            self._amount_typed()
        elif self.more.isChecked():
            self.more.setChecked(False)
        else:
            return False
        self.amount.setFocus()
        return True

    def show_details(self, shown: bool) -> None:
        """Open or close the optional part."""
        inside = self.area.isAncestorOf(self.focusWidget() or self)
        if shown:
            self.details.offer()
        self.details.setVisible(shown)
        self.prices.setVisible(shown)
        if shown:
            self.details.day.setFocus()
        elif inside:
            self.amount.setFocus()
        self._say_what_next()

    def refresh(self) -> None:
        """Something changed elsewhere: a coupon was bought, points were spent."""
        if self._details is not None and self.more.isChecked():
            self._details.offer()

    def start_coupons(self) -> None:
        """A coupon is to be used: the keyboard goes to it."""
        self.more.setChecked(True)
        self.details.start_coupons()

    def _show_prices(self) -> None:
        from ui.dialogs.price_list import PriceListDialog

        dialog = PriceListDialog(self.context, self.window())
        dialog.finished.connect(self.details.items.setFocus)
        dialog.open()

    def _arm(self, armed: bool) -> None:
        self.armed = armed
        fen = self.amount.fen_or_none()
        text = tr("确认登记 ⏎") if armed and fen is not None else tr("核对 ⏎")
        self.enter.setText(text)
        self.enter.setAccessibleName(
            tr("确认登记 {yuan} 元").format(yuan=yuan(fen)) if armed and fen else tr("核对")
        )

    def _amount_typed(self, *_: object) -> None:
        self._typed_fen = self.amount.fen_or_none()
        self._edited()

    def _details_edited(self) -> None:
        """What is due goes into the amount, unless less was typed there by hand."""
        due = self.bill.due_fen if self.bill else None
        known = [fen for fen in (self._typed_fen, due) if fen is not None]
        if known:
            self.amount.set_fen(min(known))
        elif self.amount.fen_or_none() is not None:
            self.amount.setText("")
        self._edited()

    def _edited(self, *_: object) -> None:
        self._arm(False)
        self._offer(gifts=False, join=False)
        fen = self.amount.fen_or_none()
        if fen is None or self.context.person_id is None:
            self.lines.show_lines(() if self._visit is None else self._visit.lines)
        else:
            self.lines.show_lines(self._foreseen(fen))
        self._say_what_next()

    def _foreseen(self, fen: int) -> tuple[Consequence, ...]:
        shown = self.context.alerts.run(
            preview_receipt,
            self.context.db,
            self.context.today(),
            person_id=self.context.person_id,
            amount_fen=fen,
            **({} if self._details is None else self._details.foresight()),
        )
        bill = self.bill
        paid = () if bill is None else (*bill.lines, *arrears(bill, fen))
        return paid if shown is None else (*paid, *shown.consequences)

    def _say_what_next(self) -> None:
        fen = self.amount.fen_or_none()
        if self.armed and fen is not None:
            text = tr("再按回车登记 ¥{yuan}；Esc 返回修改。").format(yuan=yuan(fen))
        elif fen is not None and self.more.isChecked():
            text = tr("按回车核对登记后的变化。")
        elif fen is not None:
            text = tr("登记后会这样，按回车核对：")
        elif self._visit is not None:
            words = tr("{visit}：输入实收金额。")
            if self.more.isChecked():
                words = tr("{visit}：输入原价，会员价和实收自动算出。")
            text = words.format(visit=self._visit.words)
        else:
            text = tr("输入实收金额，下面会先显示积分、等级和应领礼品，再决定是否登记。")
        self.hint.setText(text)

    # --- Enter ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.isAutoRepeat() and isinstance(self.focusWidget(), QComboBox):
            self.press()
        else:
            super().keyPressEvent(event)

    def press(self) -> None:
        """The obvious next thing: look, then post."""
        if self.context.person_id is None:
            return
        if not self.amount.value():
            self._details_edited()  # what is due, where that is known
        try:
            fen = self.amount.fen()
        except RuleError as refused:
            text = refused.sentence if self.amount.value() else tr("请先填写实收金额。")
            self.field.refuse(text)
            return
        values = {} if self._details is None else self._details.values()
        above = too_much(self.bill, fen) if self.bill else ""
        if values is None:
            self.more.setChecked(True)
        elif above:
            self.field.refuse(above)
        elif not self.armed:
            self.lines.show_lines(self._foreseen(fen))
            self._arm(True)
            self._say_what_next()
            self.amount.setFocus()
            self.area.verticalScrollBar().setValue(self.lines.y())
        else:
            self._post(fen, values)

    def _post(self, fen: int, values: dict[str, object]) -> None:
        context = self.context
        approval = None
        if self._details is not None and self._details.is_backdated():
            what = tr("补登 {n} 天以前的消费 ¥{yuan}({day})。").format(
                n=BACKDATED_DAYS, yuan=yuan(fen), day=values["occurred_on"]
            )
            approval = ask_approval(context, self.window(), "approve.backdated", what)
            if approval is None:
                self.amount.setFocus()
                return
        result = context.alerts.run_command(
            post_receipt,
            context.session.once(self._op),
            person_id=context.person_id,
            amount_fen=fen,
            approval=approval,
            visit_id=self._ending(values),
            **values,
        )
        if result is None:
            self._arm(False)
            self.amount.setFocus()
        else:
            self.show_posted(result)

    def _ending(self, values: dict[str, object]) -> int | None:
        """The visit that ends with this receipt, unless it is about somebody else's treatment."""
        other = values.get("patient_id") not in (None, self.context.person_id)
        return None if self._visit is None or other else self._visit.visit_id

    def show_posted(self, result: ReceiptPosted) -> None:
        """Say what happened and wait for the next one."""
        paid = self.bill.lines if self.bill else ()
        ended = self._visit
        self.reset()
        outcome = self.context.alerts.run(outcome_of, self.context.db, self.context.today(), result)
        if outcome is not None:
            calls = () if ended is None else calls_left(self.context.db, ended.person_id)
            words = outcome.sentence + (tr("到诊已收尾。") if ended is not None else "")
            self.context.alerts.banner(words, "success")
            self.lines.show_lines((*paid, *outcome.lines, *calls))
            self.hint.setText(tr("刚才登记的结果："))
            self._shown_receipt = result.receipt_id
            self._offer(gifts=outcome.gifts_due, join=outcome.may_join)
        self.start()
        self.posted.emit(result)

    def forget_result(self, gone: Collection[int]) -> None:
        """Ctrl+Z or a void took the receipt back whose result is still shown."""
        if self._shown_receipt in gone and not self.amount.text():
            self.reset()

    def _offer(self, *, gifts: bool, join: bool) -> None:
        self.to_gifts.setVisible(gifts)
        self.to_join.setVisible(join)
