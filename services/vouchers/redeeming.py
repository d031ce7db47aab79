"""A voucher at the desk: shown, used up, and back when the use was a mistake (E45, E47)."""

from __future__ import annotations

from models.paperwork import Voucher
from models.query import Prepared, slot
from services.clock import plus_days
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import grant
from services.vouchers.records import VoucherRow, grant_behind, voucher
from services.vouchers.steps import check_open, move, settle_call

_OF_USE = Prepared(lambda: Voucher.select(Voucher.id).where(Voucher.use_id == slot("use_id")))


def presented(
    tx: Tx, voucher_id: int, grant_id: int | None, quantity: int
) -> tuple[VoucherRow, int]:
    """The voucher to use and the grant it draws from. `grant_id` is the service that was chosen,
    None when only the voucher was. Raises RuleError: over, used, another service, several."""
    row = voucher(tx.db, voucher_id)
    check_open(tx, row)
    source = grant_behind(tx.db, grant(tx.db, row.grant_id), tx.today)
    assert source is not None  # an open voucher has one
    if grant_id not in (None, row.grant_id, source.id):
        sentence = tr("卡 {number} 是“{service}”的，不能用在别的服务上。请选对服务再试。")
        raise RuleError(sentence.format(number=row.number, service=row.service))
    if quantity != 1:
        raise RuleError(tr("一张项目卡只能使用一次，次数请填 1。"))
    return row, source.id


def use_up(tx: Tx, row: VoucherRow, use_id: int) -> None:
    """The voucher is used: whoever held it came."""
    move(tx, row, "use", "used", friend_id=row.friend_id, use_id=use_id)
    settle_call(tx, row, "done")


def put_back(tx: Tx, use_id: int) -> None:
    """The use was a mistake: its voucher, if it had one, is the holder's again, or over when its
    last day has passed meanwhile (E47)."""
    found = _OF_USE.row(tx.db, use_id=use_id)
    if found is None:
        return
    row = voucher(tx.db, found[0])
    state = "owned" if row.friend_id is None else "pledged"
    move(tx, row, "unuse", state, friend_id=row.friend_id)
    if row.over(tx.today):
        expire(tx, row)


def expire(tx: Tx, row: VoucherRow) -> None:
    """Write a voucher off whose last day has passed, dated the day after that."""
    assert row.valid_to is not None
    move(tx, row, "expire", "expired", friend_id=row.friend_id, on=plus_days(row.valid_to, 1))
    settle_call(tx, row, "given_up")
