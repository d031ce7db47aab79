"""The tier history of a person as rows, and the two notices of an upgrade (S18-04, R123).

Only `services.loyalty.standing` calls this, and a merge, which decides itself what is news.
"""

from __future__ import annotations

from dataclasses import replace

from models.ledgers import TierEvent, TierNotice
from models.query import Prepared, slot
from services.commands import Tx
from services.loyalty.ledger import StoredAccount
from services.programmes.events import Evaluation, Step

_STORED_STEPS = Prepared(
    lambda: (
        TierEvent.select(TierEvent.to_rank)
        .where(
            (TierEvent.person_id == slot("person_id"))
            & (TierEvent.programme_id == slot("programme_id"))
        )
        .order_by(TierEvent.id)
    )
)


def store_steps(
    tx: Tx, account: StoredAccount, found: Evaluation, *, new: bool, quiet: bool
) -> tuple[int, ...]:
    """Store the steps that are new, and have an upgrade told unless `quiet`: who comes from the
    paper register was told long ago."""
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    told = [] if new else [row[0] for row in _STORED_STEPS.rows(tx.db, **ids)]
    steps = _untold(tx, account, told, found)
    made = []
    for step in steps:
        made.append(
            tx.db.insert(
                TierEvent,
                **ids,
                version_id=step.version_id,
                from_rank=step.from_rank,
                to_rank=step.to_rank,
                occurred_on=step.on,
                route=step.route,
                receipt_id=step.ref or None,
                seq=tx.seq,
            )
        )
    if steps and not quiet and steps[-1].to_rank > steps[-1].from_rank:
        announce_step(tx, made[-1])
    return tuple(made)


def announce_step(tx: Tx, step_id: int) -> None:
    """Have an upgrade told by both posts (S18-04)."""
    for post in ("frontdesk", "billing"):
        tx.db.insert(TierNotice, tier_event_id=step_id, post=post)


def _untold(tx: Tx, account: StoredAccount, told: list[int], found: Evaluation) -> tuple[Step, ...]:
    """The steps that are not stored yet. Where the past reads otherwise than it did, the stored
    history stays and one step leads from its end to the rank now held (E62)."""
    steps = found.steps
    if told == [step.to_rank for step in steps[: len(told)]]:
        return steps[len(told) :]
    if told[-1] == found.rank:
        return ()
    if steps:
        return (replace(steps[-1], from_rank=told[-1], to_rank=found.rank),)
    version_id = account.timeline.at(tx.today).id
    return (Step(tx.today, told[-1], found.rank, "manual", 0, version_id),)
