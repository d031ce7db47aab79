"""转赠: a service for a friend, who is on record already or is a name and a phone (R133, E45)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.loyalty.beneficiary import asks_for_card
from services.loyalty.grants import GrantRow, benefit_of
from services.people.cards import is_lost
from services.people.identity import check_phone
from services.people.privacy import mask_name
from services.vouchers.pledge import pledge_voucher
from services.vouchers.records import VoucherRow, voucher
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import Form, TextEdit, label
from ui.widgets.card_seen import card_seen
from ui.widgets.gift_kit import LetterBox, checks
from ui.widgets.person_picker import PersonPicker
from ui.widgets.voucher_words import end_words, show_paper


class PledgeDialog(DeskDialog):
    """Enter goes from field to field and then passes the service on. `card` is the voucher that is
    passed on; without one a free piece of the grant is put on a voucher first."""

    pledged = Signal()

    def __init__(
        self, context: UiContext, parent: QWidget | None, grant: GrantRow, card: VoucherRow | None
    ) -> None:
        super().__init__(context, parent, tr("转赠 · {name}").format(name=grant.name))
        self.grant, self.card = grant, card
        benefit = benefit_of(self.context.db, grant)
        self._asks = asks_for_card(benefit, grant)
        self._lost = is_lost(self.context.db, grant.person_id)
        self.friend = PersonPicker(self.context, tr("已建档的：卡号 / 手机后四位 / 姓名 / 拼音"))
        self.friend.exclude = grant.person_id
        self.name = TextEdit(tr("朋友的姓名"))
        self.phone = TextEdit(tr("约来院时间用"))
        self.checked = LetterBox(checks())
        self.form = Form()
        self.friend_field = self.form.add(tr("受赠人(&W)"), self.friend)
        self.name_field = self.form.add(tr("没有档案：姓名(&N)"), self.name)
        self.phone_field = self.form.add(tr("电话(&T)"), self.phone)
        self.checked_field = self.form.add(
            tr("核验(&Y)"), self.checked, tr("转给他人要凭会员卡，请刷卡或核对卡号")
        )
        self.form.show_row(self.checked_field, self._asks or self._lost)
        self.body.addWidget(label(self._facts(benefit.waives_registration), "muted"))
        self.body.addWidget(self.form)
        self.give_button = self.add_buttons(tr("转赠 ⏎"), tr("取消"))
        self.friend.chosen.connect(self._chosen)
        self.phone.textEdited.connect(self._look_at_phone)
        self.friend.setFocus()

    def _facts(self, waives: bool) -> str:
        """What follows, before it is posted."""
        if self.card is not None:
            lines = [tr("卡号 {n}，{end}。").format(n=self.card.number, end=end_words(self.card))]
        else:
            lines = [tr("从没有领卡的次数里领一张，有效期不会因为转赠变长。")]
        lines.append(tr("朋友来用的时候才扣会员的次数；用以前，会员可以随时收回。"))
        if waives:
            lines.append(tr("朋友第一次来院的，免挂号费，并算会员推荐来的(同一家人除外)。"))
        lines.append(tr("会给朋友排一个回访电话。"))
        return "\n".join(lines)

    def _chosen(self, hit: object) -> None:
        for field in (self.name_field, self.phone_field):
            self.form.show_row(field, hit is None)
        if hit is not None:
            (self.checked if self._asks else self.give_button).setFocus()

    def _look_at_phone(self, text: str) -> None:
        found = check_phone(text)
        if found.warning and len(text) >= 11:
            self.phone_field.mark_wrong(found.warning)

    def take_scan(self, code: str) -> bool:
        """The member's card, where one has to be seen."""
        field = self.checked_field
        return field.isVisible() and card_seen(
            self.context, code, self.grant.person_id, self.checked, field
        )

    def submit(self) -> None:
        """The next empty field, or pass it on."""
        for field in self.form.fields:
            field.clear_error()
        if self.friend.person_id is None and not self._typed():
            return
        if self._asks and self.checked.value() != "card":
            self.checked_field.refuse(tr("刷卡或核对卡号后，这里选“刷会员卡”。"))
            return
        known = self.friend.person_id is not None
        done = self.context.alerts.run_command(
            pledge_voucher,
            self.once,
            voucher_id=self.card.id if self.card is not None else None,
            grant_id=self.grant.id,
            friend_id=self.friend.person_id,
            name="" if known else self.name.value(),
            phone="" if known else self.phone.value(),
            checked=self.checked.value() if self._asks or self._lost else "",
        )
        if done is not None:
            self._finish(voucher(self.context.db, done.voucher_id), done.referred)

    def _typed(self) -> bool:
        """Whether a name and a phone are there; else the keyboard goes where one is missing."""
        if self.friend.value():
            self.friend_field.refuse(
                tr("还没有选定。输入后按 Enter 从结果里选；没有档案的，清空这里，填姓名和电话。")
            )
            return False
        for field, edit, words in (
            (self.name_field, self.name, tr("请填写朋友的姓名，或在上面查找已建档的人。")),
            (self.phone_field, self.phone, tr("请填写朋友的电话，好约来院时间。")),
        ):
            if not edit.value():
                field.refuse(words) if self._been_at(edit) else edit.setFocus()
                return False
        return True

    def _been_at(self, edit: TextEdit) -> bool:
        return self.focusWidget() is edit

    def _finish(self, row: VoucherRow, referred: bool) -> None:
        words = tr("已转赠：{service} → {friend}，卡号 {number}，{end}。").format(
            service=row.service,
            friend=mask_name(row.friend_name),
            number=row.number,
            end=end_words(row),
        )
        if referred:
            words += tr("已登记为会员推荐。")
        parent = self.parentWidget()
        self.pledged.emit()
        self.say_done(words)
        if row.mode == "card" and parent is not None:
            show_paper(self.context.with_alerts(self.outer), parent, row.id)
