"""Taking a whole imported batch back, while nothing later touches its people (E46).

Nothing is deleted from a ledger: opening balances are reversed by rows of their own, granted
tiers dropped, memberships cancelled, and the people withdrawn, so that they are found no more
and the corrected roster can be imported anew with the same member numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee

from models.desk import Visit
from models.followup import FollowupAttempt, FollowupTask
from models.gifts import GiftIssue, ServiceUse
from models.ledgers import (
    MoneyEvent,
    OpeningBalance,
    PointsEntry,
    Receipt,
    TierEvent,
    TierNotice,
    TierOverride,
)
from models.people import (
    Card,
    Complaint,
    HealthGrade,
    ImportBatch,
    Membership,
    Person,
    PersonAlias,
    SearchKey,
)
from models.query import Prepared, slot
from models.reception import Appointment, DoctorChange
from models.schemes import Award, FeePayment, Redemption, Referral
from models.system import Audit
from services.changes import Changes
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.ledger import Source, StoredAccount, debit
from services.loyalty.standing import settle, standing_of
from services.programmes.registry import Timeline, timelines
from services.roster.posting import CHANGED
from services.roster.reading import ImportCancelled

_EVERY = 200
_OPENING = Prepared(
    lambda: OpeningBalance.select(
        OpeningBalance.spend_fen, OpeningBalance.points, OpeningBalance.gifts_settled
    ).where(OpeningBalance.id == slot("id"))
)
_CANCEL = Prepared(
    lambda: Membership.update(state="cancelled", ended_on=slot("today")).where(
        (Membership.person_id == slot("person_id")) & (Membership.state == "active")
    )
)
_NAMED = 5  # member numbers a refusal names


@dataclass(frozen=True)
class RosterUndone:
    """A batch was taken back."""

    batch_id: int
    people: int
    changes: Changes


@command("roster.undo", entity="import_batch")
def undo_import(
    tx: Tx,
    *,
    batch_id: int,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RosterUndone:
    """Take back everything one import wrote.

    Raises RuleError when the batch is unknown or undone already, or when people of it have later
    receipts, visits or other entries (how many, and some of their numbers).
    """
    found = tx.db.row(
        ImportBatch.select(ImportBatch.state, ImportBatch.seq).where(ImportBatch.id == batch_id)
    )
    if found is None or found[0] != "posted":
        raise RuleError(tr("这次导入不存在，或已经撤销过。请刷新后查看。"))
    mine = Person.select(Person.id).where(Person.import_batch_id == batch_id)
    _refuse_touched(tx, mine, found[1])
    people = [row[0] for row in tx.db.rows(mine.order_by(Person.id))]
    _reverse(tx, batch_id, people, progress, cancelled)
    _withdraw(tx, batch_id, mine)
    tx.db.write(
        ImportBatch.update(state="undone", undone_seq=tx.seq).where(ImportBatch.id == batch_id)
    )
    tx.about(batch_id, people=len(people))
    return RosterUndone(batch_id, len(people), Changes(CHANGED))


def _refuse_touched(tx: Tx, mine: peewee.ModelSelect[Person], seq: int) -> None:
    later: list[peewee.ModelSelect[Any]] = [
        table.select(column).where(column.in_(mine) & (table.seq > seq))
        for table, column in (
            (Receipt, Receipt.patient_id),
            (Receipt, Receipt.credited_id),
            (MoneyEvent, MoneyEvent.person_id),
            (PointsEntry, PointsEntry.person_id),
            (OpeningBalance, OpeningBalance.person_id),
            (TierOverride, TierOverride.person_id),
            (Membership, Membership.person_id),
            (GiftIssue, GiftIssue.person_id),
            (ServiceUse, ServiceUse.person_id),
            (ServiceUse, ServiceUse.beneficiary_id),
            (Visit, Visit.person_id),
            (FollowupAttempt, FollowupAttempt.person_id),
            (Card, Card.person_id),
            (PersonAlias, PersonAlias.survivor_id),
            (PersonAlias, PersonAlias.merged_id),
            (Referral, Referral.referrer_id),
            (Referral, Referral.newcomer_id),
            (Award, Award.person_id),
            (FeePayment, FeePayment.person_id),
            (Redemption, Redemption.person_id),
            (HealthGrade, HealthGrade.person_id),
            (Complaint, Complaint.person_id),
            (DoctorChange, DoctorChange.person_id),
            (Appointment, Appointment.person_id),
            (Appointment, Appointment.introduced_by_id),
        )
    ]
    later.append(  # record, consents, alerts, household; merely looking leaves no trace on it
        Audit.select(Audit.entity_id).where(
            (Audit.entity == "person")
            & (Audit.action != "person.reveal")
            & (Audit.seq > seq)
            & Audit.entity_id.in_(mine)
        )
    )
    touched = sorted({row[0] for query in later for row in tx.db.rows(query)})
    if touched:
        some = Person.select(Person.number).where(Person.id.in_(touched[:_NAMED]))
        numbers = "、".join(row[0] for row in tx.db.rows(some.order_by(Person.id)))
        sentence = tr(
            "这批人中有 {n} 人已有后来的收费、到诊、合并或其他登记({numbers} 等)，不能整批撤销。"
        )
        raise RuleError(sentence.format(n=len(touched), numbers=numbers))


def _reverse(
    tx: Tx,
    batch_id: int,
    people: list[int],
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Opening balances and granted tiers back, while the membership still stands: settling then
    lowers the tier and closes the grants that had come with it."""
    openings = {row[1:]: row[0] for row in _rows_of(tx, OpeningBalance, batch_id)}
    overrides = {row[1]: row for row in _rows_of(tx, TierOverride, batch_id)}
    members = {row[1:]: row[0] for row in _rows_of(tx, Membership, batch_id)}
    programmes = timelines(tx.db)
    for index, person_id in enumerate(people):
        if index % _EVERY == 0:
            if cancelled is not None and cancelled():
                raise ImportCancelled
            if progress is not None:
                progress(index, len(people))
        if person_id in overrides:
            tx.db.insert(
                TierOverride,
                person_id=person_id,
                programme_id=overrides[person_id][2],
                kind="drop",
                rank=0,
                occurred_on=tx.today,
                reason=tr("撤销导入"),
                approved_by=tx.actor.id,
                seq=tx.seq,
            )
        for timeline in programmes:
            _close_books(tx, person_id, timeline, openings, members)


def _close_books(
    tx: Tx,
    person_id: int,
    timeline: Timeline,
    openings: dict[tuple[int, int], int],
    members: dict[tuple[int, int], int],
) -> None:
    """Take back what the batch opened for somebody under one programme."""
    books = (person_id, timeline.programme_id)
    if books not in openings and books not in members:
        return
    stored = standing_of(tx.db, *books)
    account = StoredAccount(tx, person_id, timeline, stored.available, stored.deficit)
    if books in openings:
        _reverse_opening(tx, account, openings[books])
    settle(tx, account)
    if books in members:
        _CANCEL.write(tx.db, person_id=person_id, today=tx.today)
        settle(tx, account)


def _rows_of(
    tx: Tx, table: type[OpeningBalance] | type[TierOverride] | type[Membership], batch_id: int
) -> list[tuple[int, int, int]]:
    """(id, person, programme) of what the batch wrote to a table."""
    return tx.db.rows(
        table.select(table.id, table.person_id, table.programme_id)
        .join(Person, on=(Person.id == table.person_id))
        .where(Person.import_batch_id == batch_id)
    )


def _reverse_opening(tx: Tx, account: StoredAccount, opening_id: int) -> None:
    row = _OPENING.row(tx.db, id=opening_id)
    assert row is not None  # the caller has just read its id in this transaction
    spend_fen, points, gifts_settled = row
    tx.db.insert(
        OpeningBalance,
        person_id=account.person_id,
        programme_id=account.programme_id,
        spend_fen=-spend_fen,
        points=-points,
        gifts_settled=gifts_settled,
        occurred_on=tx.today,
        reverses_id=opening_id,
        seq=tx.seq,
    )
    if points:
        debit(account, points, Source("reversal", tx.today, tier_counting=True), may_owe=True)


def _withdraw(tx: Tx, batch_id: int, mine: peewee.ModelSelect[Person]) -> None:
    db = tx.db
    db.write(SearchKey.delete().where(SearchKey.person_id.in_(mine)))
    steps = TierEvent.select(TierEvent.id).where(TierEvent.person_id.in_(mine))
    # nobody is to be told of a tier that nobody has
    db.write(
        TierNotice.delete().where(
            TierNotice.tier_event_id.in_(steps) & TierNotice.told_on.is_null()
        )
    )
    db.write(
        FollowupTask.update(state="given_up", closed_as="stopped").where(
            FollowupTask.person_id.in_(mine) & (FollowupTask.state == "open")
        )
    )
    # the member number is free again for the corrected roster
    db.write(
        Person.update(state="withdrawn", number=Person.number.concat(f"~{batch_id}")).where(
            Person.import_batch_id == batch_id
        )
    )
