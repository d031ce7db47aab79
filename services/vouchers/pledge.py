"""转赠: a voucher passed on to a friend, and called back while it is unused (R133, R162, E45)."""

from __future__ import annotations

from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.beneficiary import check_beneficiary, check_card, passes_on
from services.loyalty.grants import benefit_of, grant
from services.people.aliases import root_of
from services.people.privacy import mask_name
from services.vouchers.claim import new_voucher
from services.vouchers.friends import find_friend, refer
from services.vouchers.records import grant_behind, voucher
from services.vouchers.steps import (
    CHANGED,
    VoucherChanged,
    check_open,
    move,
    plan_call,
    settle_call,
)


@command("voucher.pledge", entity="voucher")
def pledge_voucher(
    tx: Tx,
    *,
    voucher_id: int | None = None,
    grant_id: int | None = None,
    friend_id: int | None = None,
    name: str = "",
    phone: str = "",
    checked: str = "",
) -> VoucherChanged:
    """Pass a voucher on to a friend on record, or to a name and a phone (R133, R162, E45); a piece
    of the grant `grant_id` that is on no voucher yet is put on one first.

    `checked` says how the member was verified; some services, and whatever points bought, want
    the card (R168). A friend who is new becomes a lead: a record, a call to make, a referral
    candidate. Raises RuleError: passed on already, used, over, not to be passed on, no card;
    Confirmable 'friend_phone', 'friend_agrees' and those of `enrol`.
    """
    if voucher_id is None:
        if grant_id is None:
            raise RuleError(tr("请先选择要转赠的服务。"))
        voucher_id = new_voucher(tx, grant_id, None)
    row = voucher(tx.db, voucher_id)
    check_open(tx, row)
    if row.friend_id is not None:
        sentence = tr("这张卡已转赠给 {number} {name}。要换人，请先收回再转赠。")
        raise RuleError(sentence.format(number=row.friend_number, name=mask_name(row.friend_name)))
    claimed = grant(tx.db, row.grant_id)
    source = grant_behind(tx.db, claimed, tx.today)
    assert source is not None  # an open voucher has one
    benefit = benefit_of(tx.db, source)
    if not passes_on(benefit):
        sentence = tr("“{name}”不能转赠。本人或家人来做时，直接登记使用。")
        raise RuleError(sentence.format(name=row.service))
    check_card(tx.db, source, benefit, checked)
    owner = root_of(tx.db, row.owner_id)
    friend = find_friend(tx, owner, friend_id, name, phone)
    check_beneficiary(tx.db, tx.today, source, benefit, owner, friend)
    referred = refer(tx, owner, friend)
    move(tx, row, "pledge", "pledged", friend_id=friend, checked=checked)
    plan_call(tx, row, friend)
    tx.about(voucher_id, grant=source.id, friend=friend, checked=checked, referred=referred)
    changes = Changes((*CHANGED, Kind.PERSON))
    return VoucherChanged(voucher_id, friend, referred, changes)


@command("voucher.recall", entity="voucher")
def recall_voucher(tx: Tx, *, voucher_id: int, note: str = "") -> VoucherChanged:
    """Call a voucher back to its owner, until it is used (E45). Raises RuleError."""
    row = voucher(tx.db, voucher_id)
    check_open(tx, row)
    if row.friend_id is None:
        raise RuleError(tr("这张卡没有转赠给别人，不用收回。"))
    move(tx, row, "recall", "owned", note=note.strip())
    settle_call(tx, row, "given_up")
    tx.about(voucher_id, grant=row.grant_id, friend=row.friend_id)
    return VoucherChanged(voucher_id, row.friend_id, False, Changes(CHANGED))
