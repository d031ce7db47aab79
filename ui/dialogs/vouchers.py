"""项目卡: a person's vouchers, or one that was scanned: used, passed on, taken back, printed."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.forms.paper import Size
from services.forms.service_card import service_card
from services.i18n import tr
from services.loyalty.beneficiary import passes_on
from services.loyalty.grants import benefit_of, grant
from services.loyalty.service_use import use_service
from services.people.privacy import mask_name
from services.people.records import list_doctors
from services.vouchers.claim import return_voucher
from services.vouchers.numbers import PREFIX
from services.vouchers.pledge import recall_voucher
from services.vouchers.records import (
    VoucherRow,
    by_number,
    grant_behind,
    status,
    status_title,
    vouchers_of,
)
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.papers import Offer, PapersDialog
from ui.forms import Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox, RightNote, key_button
from ui.widgets.voucher_words import friend_words

LIVE = ("owned", "pledged")


class VouchersDialog(Dialog):
    """Scan or type a number, Enter shows the card, Enter again uses it; the buttons do the rest.
    `number` is what was scanned before it opened."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        person_id: int | None = None,
        number: str = "",
    ) -> None:
        super().__init__(context, parent, tr("项目卡"))
        self.take_room(112 * GAP, 66 * GAP)
        self.person_id = person_id
        self._op = uuid4()
        self._scanned: VoucherRow | None = None
        self.note = RightNote(self.context)
        self.number = _ScanEdit(tr("扫卡，或输入卡号后按 Enter"))
        self.table = _table(self)
        self.facts = label("")
        self.doctor = LetterBox()
        self.bill = TextEdit(tr("收费处划价单号，可不填"))
        self.give = key_button(tr("转赠(&Z)…"))
        self.recall = key_button(tr("收回(&S)"), tip=tr("转赠出去的卡收回给会员"))
        self.back = key_button(tr("退回(&T)"), tip=tr("不要了：这一次可以再用或再领"))
        self.print = key_button(tr("打印(&O)…"), tip="Ctrl+P")
        self._build()
        self._wire()
        self.reload()
        self.table.select_first()
        self.number.setText(number)
        (self.number if number or not self.table.rows() else self.table).setFocus()

    def _build(self) -> None:
        scan = Form()
        self.number_field = scan.add(tr("卡号(&K)"), self.number)
        more = Form()
        more.add(tr("医生(&D)"), self.doctor)
        more.add(tr("划价单号(&B)"), self.bill)
        doctors: list[tuple[Any, str]] = [(None, tr("未指定"))]
        doctors += [(row.id, row.name) for row in list_doctors(self.context.db)]
        self.doctor.set_choices(doctors)
        for widget in (self.note, scan):
            self.body.addWidget(widget)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.facts)
        self.body.addWidget(more)
        self.use_button = self.add_buttons(
            tr("使用 ⏎"), tr("关闭"), left=(self.give, self.recall, self.back, self.print)
        )

    def _wire(self) -> None:
        self.number.scanned.connect(self.look_up)
        self.table.current_row_changed.connect(self._show)
        self.give.clicked.connect(self.open_pledge)
        self.recall.clicked.connect(
            partial(self._move, recall_voucher, tr("已收回：卡 {number}。"))
        )
        self.back.clicked.connect(
            partial(self._move, return_voucher, tr("已退回：卡 {number}。这一次可以再用或再领。"))
        )
        self.print.clicked.connect(self.print_card)
        QShortcut(QKeySequence("Ctrl+P"), self).activated.connect(self.print_card)

    # --- showing ---

    def reload(self, *_: object) -> None:
        """Read the person's cards again, and the one that was scanned."""
        db = self.context.db
        rows = [] if self.person_id is None else vouchers_of(db, self.person_id)
        if self._scanned is not None:
            again = by_number(db, self._scanned.number)
            if again.id not in {row.id for row in rows}:
                rows = [again, *rows]
        self.table.set_rows(rows)
        self._show(self.table.current_row())

    def look_up(self, *_: object) -> None:
        """Show the card of the number that was scanned; Enter again uses it."""
        self.number_field.clear_error()
        try:
            row = by_number(self.context.db, self.number.value())
        except RuleError as refused:
            self.number_field.refuse(refused.sentence)
            self.number.selectAll()
            return
        self._scanned = row
        self.reload()
        self.table.select_key(row.id)
        self.number.clear()
        (self.use_button if self.use_button.isEnabled() else self.table).setFocus()

    def take_scan(self, code: str) -> bool:
        """A voucher that is scanned while this is open is shown here."""
        if not code.upper().startswith(PREFIX):
            return False
        self.number.setText(code)
        self.look_up()
        return True

    def _status(self, row: VoucherRow) -> str:
        return status(self.context.db, row, self.context.today())

    def _show(self, row: VoucherRow | None) -> None:
        """What can be done with the card under the cursor."""
        self._op = uuid4()
        allowed = self.note.check("service.use")
        now = "" if row is None else self._status(row)
        live = allowed and now in LIVE
        self.use_button.setEnabled(live)
        self.give.setEnabled(live and row is not None and now == "owned" and self._passes_on(row))
        self.recall.setEnabled(live and now == "pledged")
        self.back.setEnabled(live)
        self.print.setEnabled(row is not None)
        nothing = tr("这里没有要用的卡。顾客手里有卡的，请扫卡或输入卡号。")
        self.facts.setText(nothing if row is None else self._facts(row, now))

    def _passes_on(self, row: VoucherRow) -> bool:
        return passes_on(benefit_of(self.context.db, grant(self.context.db, row.grant_id)))

    def _facts(self, row: VoucherRow, now: str) -> str:
        """What using it means, or why it cannot be used."""
        owner = f"{mask_name(row.owner_name)} {row.owner_number}"
        words = {"service": row.service, "owner": owner, "friend": friend_words(row)}
        if now == "owned":
            return tr("{owner} 本人使用一次“{service}”，扣 1 次。").format(**words)
        if now == "pledged":
            sentence = tr("由 {friend} 使用一次“{service}”，扣 {owner} 的 1 次；新诊免挂号费。")
            return sentence.format(**words)
        if now == "expired":
            return tr("这张卡已过期，有效期到 {day} 为止。").format(day=row.valid_to)
        if now == "void":
            return tr("这张卡已作废：已退回，或会员的这项权益已经没有了。")
        return tr("这张卡{status}。要撤销，请打开会员，在“已使用”里选那次使用。").format(
            status=status_title(now)
        )

    # --- doing ---

    def submit(self) -> None:
        """Use the card under the cursor; with a number still in its field, show that card first."""
        if self.number.value():
            self.look_up()
            return
        row = self.table.current_row()
        if row is None or not self.use_button.isEnabled():
            self.number_field.refuse(tr("请先扫卡，或选一张能用的卡。"))
            return
        done = self.context.alerts.run_command(
            use_service,
            self.context.session.once(self._op),
            voucher_id=row.id,
            doctor_id=self.doctor.value(),
            bill_number=self.bill.value(),
        )
        if done is not None:
            words = tr("已登记使用：{service}，卡 {number}。").format(
                service=row.service, number=row.number
            )
            if done.registration_waived:
                words += tr("受赠人是新诊：免挂号费。")
            self.say_done(words)

    def open_pledge(self, *_: object) -> None:
        """Pass the card under the cursor on."""
        from ui.dialogs.pledge import PledgeDialog

        row = self.table.current_row()
        if row is None:
            return
        db = self.context.db
        source = grant_behind(db, grant(db, row.grant_id), self.context.today())
        if source is None:
            self.reload()
            return
        dialog = PledgeDialog(self.context, self, source, row)
        dialog.pledged.connect(self.reload)
        dialog.open()

    def _move(self, command: Any, words: str, *_: object) -> None:
        row = self.table.current_row()
        if row is None:
            return
        session = self.context.session.once(self._op)
        if self.context.alerts.run_command(command, session, voucher_id=row.id) is not None:
            self.context.alerts.banner(words.format(number=row.number), "success")
            self.reload()
            self.table.setFocus()

    def print_card(self, *_: object) -> None:
        """The card under the cursor: on A4 or as a slip."""
        row = self.table.current_row()
        if row is not None:
            PapersDialog(
                self.context, self, tr("打印项目卡"), card_offers(self.context, [row])
            ).open()


class _ScanEdit(TextEdit):
    """Enter reads the number and goes no further, so that a scanner's does not use the card."""

    scanned = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.value():
            event.accept()
            self.scanned.emit()
            return
        super().keyPressEvent(event)


def card_offers(context: UiContext, rows: list[VoucherRow]) -> list[Offer]:
    """Each voucher on A4 and as a slip, to be printed (R132)."""
    sizes = ((tr("A4"), Size.A4), (tr("80 mm"), Size.SLIP_80), (tr("58 mm"), Size.SLIP_58))
    words = tr("项目卡 {number} {service}({size})")
    return [
        Offer(
            words.format(number=row.number, service=row.service, size=title),
            partial(service_card, context.db, row.id, size),
        )
        for row in rows
        for title, size in sizes
    ]


def _table(dialog: VouchersDialog) -> Table:
    made = Table(
        "vouchers",
        [
            Column(tr("卡号"), lambda r: r.number, width=128),
            Column(tr("服务"), lambda r: r.service, width=168),
            Column(tr("状态"), lambda r: status_title(dialog._status(r)), width=72),
            Column(tr("有效期至"), lambda r: r.valid_to or tr("长期"), width=96),
            Column(
                tr("权益人"), lambda r: f"{mask_name(r.owner_name)} {r.owner_number}", width=120
            ),
            Column(tr("受赠人"), friend_words, width=120),
            Column(tr("领取日期"), lambda r: r.claimed_on, width=96, tip=lambda r: r.staff),
        ],
        dialog.context.settings,
        title=tr("项目卡"),
        empty_text=tr("扫卡或输入卡号，就显示那张卡。\n会员的卡在“礼品”页打开会员后，按 F8 领取。"),
    )
    made.setMinimumHeight(5 * ROW_HEIGHT)
    return made
