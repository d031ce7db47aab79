"""How many are to be called or written to today, and who is left in peace for now."""

from __future__ import annotations

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.people import Person
from services.followups.call_list import call_due
from services.followups.cooldown import resting
from services.followups.tasks import due_call
from services.people.contact import welcomes

WRITTEN = ("sms", "letter")
COUNTED = 200  # people in cool-down are counted so far
_LOOKED = 1000  # of those who have an offer due, whatever else is due to them


def count_calls(db: ClinicDatabase, today: str, at_most: int) -> int:
    """How many people are to be called today; counting stops at `at_most`."""
    people = (
        FollowupTask.select(FollowupTask.person_id)
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .where(call_due(db, today) & (Person.state == "active"))
        .distinct()
        .limit(at_most)
    )
    return int(people.count(db))


def waiting_papers(db: ClinicDatabase, today: str) -> dict[str, int]:
    """How many text messages and letters are due and may be sent, offers only to those who agreed:
    {'sms': …, 'letter': …}."""
    query = (
        FollowupTask.select(FollowupTask.channel, fn.COUNT(FollowupTask.id))
        .join(Person, on=(Person.id == FollowupTask.person_id))
        .where(
            due_call(today)
            & FollowupTask.channel.in_(WRITTEN)
            & (FollowupTask.channel != "phone")  # as their index has it
            & ((FollowupTask.marketing == 0) | welcomes(FollowupTask.person_id, "consent"))
            & (Person.state == "active")
        )
        .group_by(FollowupTask.channel)
    )
    return dict.fromkeys(WRITTEN, 0) | dict(db.rows(query))


def count_resting(db: ClinicDatabase, today: str) -> int:
    """How many people are not on today's list only because they heard an offer lately; counting
    stops at `COUNTED`, and looking at `_LOOKED` who rest."""
    offered = (
        FollowupTask.select(FollowupTask.person_id)
        .where(
            resting(db, today)  # before what costs more to ask
            & due_call(today)
            & (FollowupTask.channel == "phone")
            & (FollowupTask.marketing == 1)
        )
        .distinct()
        .limit(_LOOKED)
    )
    called = FollowupTask.select(FollowupTask.id).where(
        (FollowupTask.person_id == Person.id) & call_due(db, today)
    )
    people = (
        Person.select(Person.id)
        .where(Person.id.in_(offered) & (Person.state == "active") & ~fn.EXISTS(called))
        .limit(COUNTED)
    )
    return len(db.rows(people))
