"""A person's past as the events `evaluate` folds, read from the ledgers in their order."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, GiftIssue, ServiceUse
from models.ledgers import MoneyEvent, OpeningBalance, Receipt, TierOverride
from models.query import Prepared, slot
from services.programmes.evaluate import Event

Order = tuple[int, int, int]

_MONEY = Prepared(
    lambda: (
        MoneyEvent.select(
            MoneyEvent.seq,
            MoneyEvent.id,
            MoneyEvent.occurred_on,
            MoneyEvent.receipt_id,
            Receipt.case_id,
            MoneyEvent.amount_fen,
            MoneyEvent.recorded_on,
        )
        .join(Receipt, on=(Receipt.id == MoneyEvent.receipt_id))
        .where((MoneyEvent.person_id == slot("person_id")) & (Receipt.earns == 1))
    )
)
_OPENINGS = Prepared(
    lambda: OpeningBalance.select(
        OpeningBalance.seq,
        OpeningBalance.id,
        OpeningBalance.occurred_on,
        OpeningBalance.spend_fen,
        OpeningBalance.points,
        OpeningBalance.gifts_settled,
    ).where(
        (OpeningBalance.person_id == slot("person_id"))
        & (OpeningBalance.programme_id == slot("programme_id"))
    )
)
_OVERRIDES = Prepared(
    lambda: TierOverride.select(
        TierOverride.seq,
        TierOverride.id,
        TierOverride.occurred_on,
        TierOverride.kind,
        TierOverride.rank,
        TierOverride.until,
    ).where(
        (TierOverride.person_id == slot("person_id"))
        & (TierOverride.programme_id == slot("programme_id"))
    )
)
_ISSUES = Prepared(
    lambda: (
        GiftIssue.select(
            GiftIssue.seq,
            GiftIssue.id,
            GiftIssue.occurred_on,
            EntitlementGrant.grant_key,
            GiftIssue.quantity,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == GiftIssue.grant_id))
        .where(
            (GiftIssue.person_id == slot("person_id"))
            & (EntitlementGrant.programme_id == slot("programme_id"))
        )
    )
)
_USES = Prepared(
    lambda: (
        ServiceUse.select(
            ServiceUse.seq,
            ServiceUse.id,
            ServiceUse.occurred_on,
            EntitlementGrant.grant_key,
            ServiceUse.quantity,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == ServiceUse.grant_id))
        .where(
            (ServiceUse.person_id == slot("person_id"))
            & (EntitlementGrant.programme_id == slot("programme_id"))
        )
    )
)


def history(db: ClinicDatabase, person_id: int, programme_id: int) -> list[Event]:
    """A person's events under a programme, in ledger order."""
    return [event for _, event in ordered_history(db, person_id, programme_id)]


def ordered_history(
    db: ClinicDatabase, person_id: int, programme_id: int
) -> list[tuple[Order, Event]]:
    """Events with their order: seq, then table, then id."""
    ids = {"person_id": person_id, "programme_id": programme_id}
    openings = _OPENINGS.rows(db, **ids)
    events = [
        ((seq, 0, i), Event("opening", on, amount_fen=fen, points=points, flag=bool(settled)))
        for seq, i, on, fen, points, settled in openings
    ]
    events += [
        (
            (seq, 1, i),
            Event("money", on, receipt, case or 0, amount_fen=fen, recorded=recorded),
        )
        for seq, i, on, receipt, case, fen, recorded in _MONEY.rows(db, person_id=person_id)
    ]
    # a tier taken over from the paper register came with its gifts when the opening did
    on_paper = {row[0] for row in openings if row[5]}
    events += [
        (
            (seq, 2, i),
            Event("override", on, rank=rank, until=until, flag=seq in on_paper)
            if kind == "grant"
            else Event("drop", on),
        )
        for seq, i, on, kind, rank, until in _OVERRIDES.rows(db, **ids)
    ]
    for table, query in ((3, _ISSUES), (4, _USES)):
        events += [
            ((seq, table, i), Event("use", on, key=key, points=quantity))
            for seq, i, on, key, quantity in query.rows(db, **ids)
        ]
    events.sort(key=lambda entry: entry[0])
    return events
