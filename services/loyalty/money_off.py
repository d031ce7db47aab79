"""Points as money off a receipt: taken with its payment, given back with its refund (E6, E18)."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.query import Prepared, slot
from models.schemes import Redemption
from services.commands import Tx
from services.i18n import tr
from services.loyalty.redemption_document import (
    RedemptionRow,
    check_open,
    redemption,
    returned_points,
    spend,
    take_back,
)
from services.loyalty.standing import account_of, fold, open_account, store
from services.people.aliases import root_of
from services.programmes.active import active_timeline
from services.programmes.definition import Programme
from services.programmes.plan import number

_OF_RECEIPT = Prepared(
    lambda: Redemption.select(Redemption.id).where(Redemption.receipt_id == slot("receipt_id"))
)


def money_off_fen(programme: Programme, points: int) -> int:
    """What so many points pay of a receipt, in fen; 0 where they pay nothing (R033)."""
    rate = number(programme.points.per_yuan_off)
    return 0 if not rate else points * 100 // rate


def pay_with_points(
    tx: Tx, person_id: int, receipt_id: int, points: int, programme_id: int | None
) -> int:
    """Take points as part of the payment of a receipt, inside its command (E6).

    Answers the fen they pay; the caller has seen that it is more than nothing. Raises RuleError.
    """
    timeline = active_timeline(tx.db, programme_id)
    account = open_account(tx, person_id, timeline)
    programme = timeline.at(tx.today).programme
    check_open(tx, account, programme)
    fen = money_off_fen(programme, points)
    spend(
        tx,
        account,
        points,
        kind="cash",
        item_key="cash",
        name=tr("积分抵现"),
        value_fen=fen,
        receipt_id=receipt_id,
    )
    store(tx, account, fold(tx, account))
    return fen


def paid_with_points(db: ClinicDatabase, receipt_id: int) -> list[RedemptionRow]:
    """The redemptions that paid part of a receipt."""
    return [redemption(db, row[0]) for row in _OF_RECEIPT.rows(db, receipt_id=receipt_id)]


def return_with_refund(
    tx: Tx, receipt_id: int, received_fen: int, left_fen: int, reason: str
) -> int:
    """Points that paid part of a receipt come back with its money, pro rata (E18).

    `received_fen` in all, `left_fen` after this refund: what has to be back is reckoned from the
    remaining amount, so any split of a refund ends the same (E16). Answers the points.
    """
    given = 0
    for row in paid_with_points(tx.db, receipt_id):
        before = returned_points(tx.db, row.id)
        gone = received_fen - left_fen
        back = row.points * gone // received_fen if left_fen else row.points
        if back > before:
            account = account_of(tx, root_of(tx.db, row.person_id), row.programme_id)
            take_back(tx, account, row, back - before, reason, whole=False)
            store(tx, account, fold(tx, account))
            given += back - before
    return given
