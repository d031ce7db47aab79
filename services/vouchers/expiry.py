"""How vouchers end by themselves: past their last day, or without a piece behind them (E45, E61).

They cannot be used from that moment on; the daily catch-up writes it down, so that a mistake put
right on the same day brings the cards of a closed grant back. Those of a grant that shrank are
given back with it.
"""

from __future__ import annotations

from models.gifts import EntitlementGrant
from models.paperwork import Voucher
from services.commands import Tx
from services.i18n import tr
from services.loyalty.grants import grant
from services.vouchers.records import OPEN, VoucherRow, piece_behind, surplus, voucher
from services.vouchers.redeeming import expire
from services.vouchers.steps import move, settle_call


def expire_some(tx: Tx, limit: int) -> int:
    """Write off the next `limit` vouchers whose last day has passed; answers how many it were."""
    query = (
        Voucher.select(Voucher.id)
        .where(Voucher.state.in_(OPEN) & (Voucher.valid_to < tx.today))
        .order_by(Voucher.valid_to, Voucher.id)
        .limit(limit)
    )
    found = tx.db.rows(query)
    for (voucher_id,) in found:
        expire(tx, voucher(tx.db, voucher_id))
    return len(found)


def void_page(tx: Tx, after: int, limit: int) -> tuple[int, int, int | None]:
    """Give back the vouchers among the next `limit` open ones of closed grants after id `after`
    that have no piece behind them any more (left, fallen, given back).

    Answers how many it were, how many were looked at, and where the next page begins, None after
    the last.
    """
    query = (
        Voucher.select(Voucher.id)
        .join(EntitlementGrant, on=(EntitlementGrant.id == Voucher.grant_id))
        .where(
            Voucher.state.in_(OPEN) & (EntitlementGrant.state == "closed") & (Voucher.id > after)
        )
        .order_by(Voucher.id)
        .limit(limit)
    )
    rows = tx.db.rows(query)
    closed = 0
    for (voucher_id,) in rows:
        row = voucher(tx.db, voucher_id)
        if piece_behind(tx.db, row, tx.today) is None:
            _void(tx, row)
            closed += 1
    return closed, len(rows), rows[-1][0] if len(rows) == limit else None


def give_back_surplus(tx: Tx, grant_id: int) -> None:
    """Give back the vouchers of a grant beyond what is left of it (E37, E44, E45); those that came
    to it from a closed one wait for the daily run."""
    for each in surplus(tx.db, grant(tx.db, grant_id), tx.today):
        row = voucher(tx.db, each.voucher_id)
        if row.grant_id == grant_id:
            _void(tx, row)


def _void(tx: Tx, row: VoucherRow) -> None:
    move(tx, row, "return", "returned", friend_id=row.friend_id, note=tr("权益已作废"))
    settle_call(tx, row, "given_up")
