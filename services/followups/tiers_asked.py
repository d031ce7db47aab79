"""Tiers that wait for the manager's word (E37)."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.ledgers import Standing
from models.people import Person
from services.followups.tasks import undecided
from services.loyalty.tier_questions import UNSUPPORTED, asks_about
from services.programmes.registry import main_timeline, timelines


@dataclass(frozen=True)
class QuestionRow:
    """A tier of a programme that money no longer carries: the manager keeps it or lets it go
    (E37)."""

    task_id: int
    person_id: int
    number: str
    name: str
    programme: str
    tier_name: str
    since: str


def tier_questions(db: ClinicDatabase) -> list[QuestionRow]:
    """Tiers that wait for the manager's word, the oldest question first (E37)."""
    programmes = {each.programme_id: each.versions[-1].programme for each in timelines(db)}
    main_id = main_timeline(db).programme_id
    query = (
        FollowupTask.select(
            FollowupTask.id,
            FollowupTask.person_id,
            Person.number,
            Person.name,
            Standing.programme_id,
            Standing.rank,
            FollowupTask.due_on,
        )
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .switch(FollowupTask)
        .join(
            Standing,
            on=(
                (Standing.person_id == FollowupTask.person_id)
                & asks_about(Standing.programme_id, main_id)
            ),
        )
        .where(
            Standing.programme_id.in_(list(programmes))
            & (FollowupTask.state == "open")
            & (FollowupTask.rule == UNSUPPORTED)
            & (Person.state == "active")
            & undecided(main_id)
        )
        .order_by(FollowupTask.due_on, FollowupTask.id)
    )
    return [
        QuestionRow(
            task_id,
            person_id,
            number,
            name,
            programmes[programme_id].name,
            programmes[programme_id].tier_name(rank),
            since,
        )
        for task_id, person_id, number, name, programme_id, rank, since in db.rows(query)
    ]
