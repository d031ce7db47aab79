"""Whom an activity is offered to: a group, members from a tier up, a list; never who said no
(R012, R037, R095).

A call goes to those who have not refused marketing and have a number; a letter or a message only to
those who agreed to it (消法 29 条, 广告法 43 条) and whom it reaches. Whom nothing reaches is not
invited: the lists would say so for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.activities import ActivityPlace
from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.ledgers import Standing
from models.people import Person
from services.activities.records import ActivityRow, activity
from services.activities.seats import in_state, invitation_cycle, invitation_words
from services.activities.words import INVITED, OPEN, WITHDRAWN
from services.changes import Changes, Kind
from services.clock import is_date
from services.commands import Tx, command
from services.errors import RuleError
from services.followups.tasks import MANUAL
from services.groups.members import group_members
from services.i18n import tr
from services.outreach.audience import Audience, audience_of, chunks, left_out_lines, reachable
from services.outreach.mailings import PRINTED
from services.outreach.texts import LETTER as ON_PAPER
from services.outreach.texts import NUMBERS
from services.people.aliases import roots
from services.people.contact import contactable
from services.programmes.registry import main_timeline, timelines
from services.rights import holders, may

PHONE, LETTER, MESSAGE = "phone", "letter", "sms"
MOST = 5000
_PLACE_COLUMNS = (
    "activity_id",
    "person_id",
    "state",
    "companions",
    "invited_on",
    "note",
    "staff_id",
    "seq",
)
_CALL_COLUMNS = (
    "person_id",
    "rule",
    "cycle",
    "due_on",
    "state",
    "subject",
    "seq",
    "channel",
    "purpose",
    "marketing",
    "activity_id",
)


@dataclass(frozen=True)
class Invitable:
    """Of people asked about: who may be invited, how many have a place already or are no members
    where only members may come, how many more are not asked or not reached on this way, and why
    ('' when nobody)."""

    people: tuple[int, ...]
    already: int
    strangers: int
    refused: int
    why: str


@dataclass(frozen=True)
class Invited:
    """So many were invited and so many calls planned; so many were left out."""

    activity_id: int
    invited: int
    calls: int
    left_out: int
    changes: Changes


def whom(
    db: ClinicDatabase,
    today: str,
    *,
    group_id: int | None = None,
    from_rank: int | None = None,
) -> list[int]:
    """The people of a group, or the members of the main programme from a tier up (0: all of them).
    Raises RuleError when the group is not there any more."""
    if group_id is not None:
        return group_members(db, today, group_id)
    query = (
        Standing.select(Standing.person_id)
        .join(Person, on=(Person.id == Standing.person_id))
        .where(
            (Standing.programme_id == main_timeline(db).programme_id)
            & (Standing.member == 1)
            & (Standing.rank >= (from_rank or 0))
            & (Person.state == "active")
        )
        .order_by(Standing.person_id)
    )
    return [person_id for (person_id,) in db.rows(query)]


def tier_choices(db: ClinicDatabase, today: str) -> list[tuple[int, str]]:
    """From which tier up to invite: (rank, words), all members first."""
    tiers = main_timeline(db).at(today).programme.tiers
    from_tier = tr("{tier}及以上")
    return [
        (0, tr("全部会员")),
        *((rank, from_tier.format(tier=tier.name)) for rank, tier in enumerate(tiers, start=1)),
    ]


def invitable(
    db: ClinicDatabase, activity_id: int, people: Iterable[int], channel: str
) -> Invitable:
    """Who of `people` may be invited on this way; somebody who stepped back may be again. The
    command asks the same again. Raises RuleError for more letters than are written at once."""
    row = activity(db, activity_id)
    merged = roots(db)
    asked = list(dict.fromkeys(merged.get(each, each) for each in people))
    have = {merged.get(each, each) for each in _with_place(db, activity_id)}
    fresh = [person_id for person_id in asked if person_id not in have]
    members = _members(db, merged) if row.members_only else set(fresh)
    wanted = [person_id for person_id in fresh if person_id in members]
    found, why = _reached(db, wanted, channel)
    return Invitable(
        people=found.people,
        already=len(asked) - len(fresh),
        strangers=len(fresh) - len(wanted),
        refused=found.left_out,
        why=why,
    )


def channels(role: str) -> list[tuple[str, str]]:
    """The ways a post may invite by, and what they are called: letters carry addresses, which not
    every post sees."""
    ways = [(PHONE, tr("电话(安排回访)"))]
    if may(role, PRINTED):
        ways.append((LETTER, tr("信函")))
    return [*ways, (MESSAGE, tr("短信名单"))]


def _reached(db: ClinicDatabase, people: list[int], channel: str) -> tuple[Audience, str]:
    """Whom this way reaches, and why not the others."""
    if channel == PHONE:
        gate = contactable(db, people, "no_objection")
        found = reachable(db, gate, NUMBERS, marketing=False)
        return found, left_out_lines(found, NUMBERS)
    kind = {LETTER: ON_PAPER, MESSAGE: NUMBERS}.get(channel)
    if kind is None:
        raise RuleError(tr("请选择怎么邀请：电话、信函或短信。"))
    found = audience_of(db, people, kind, marketing=True)
    return found, left_out_lines(found, kind)


def _with_place(db: ClinicDatabase, activity_id: int) -> set[int]:
    """Whose answer is waited for or known; who stepped back has no place."""
    query = ActivityPlace.select(ActivityPlace.person_id).where(
        (ActivityPlace.activity_id == activity_id) & (ActivityPlace.state != WITHDRAWN)
    )
    return {row[0] for row in db.rows(query)}


def _members(db: ClinicDatabase, merged: dict[int, int]) -> set[int]:
    active = [timeline.programme_id for timeline in timelines(db)]
    query = Standing.select(Standing.person_id).where(
        (Standing.member == 1) & Standing.programme_id.in_(active)
    )
    return {merged.get(person_id, person_id) for (person_id,) in db.rows(query)}


@command("activity.invite", entity="activity")
def invite(
    tx: Tx,
    *,
    activity_id: int,
    people: tuple[int, ...],
    channel: str = PHONE,
    call_on: str | None = None,
) -> Invited:
    """Invite those of `people` who may be contacted, are reached and have no place yet; on the
    phone a call is planned for each on `call_on` (today without it). Letters and number lists are
    made from the list of those invited.

    Raises RuleError: not open, the day past, nobody or too many at once, unknown channel, letters
    by a post that sends none, a day to call that is past or after the activity.
    """
    row = in_state(tx, activity_id, OPEN)
    call_on = call_on or tx.today
    if row.day < tx.today:
        raise RuleError(tr("活动日期 {day} 已过，不能再邀请。").format(day=row.day))
    if not people:
        raise RuleError(tr("名单是空的。请选一个分组、等级，或先打开一位顾客。"))
    if len(set(people)) > MOST:
        sentence = tr("一次最多邀请 {most} 位，现在有 {n} 位。请用分组缩小范围，分几次邀请。")
        raise RuleError(sentence.format(most=MOST, n=len(set(people))))
    if channel == LETTER and not may(tx.actor.role, PRINTED):
        sentence = tr("信函须由{holders}登录后邀请和寄出。您可以改用电话或短信名单。")
        raise RuleError(sentence.format(holders=holders(PRINTED)))
    if channel == PHONE and (not is_date(call_on) or not tx.today <= call_on <= row.day):
        sentence = tr("打电话的日期须在今天到活动当天({day})之间。")
        raise RuleError(sentence.format(day=row.day))
    found = invitable(tx.db, activity_id, people, channel)
    _write(tx, row, found.people, channel)
    calls = _plan_calls(tx, row, found.people, call_on) if channel == PHONE else 0
    left_out = found.already + found.strangers + found.refused
    tx.about(activity_id, channel=channel, invited=len(found.people), left_out=left_out)
    kinds = (Kind.ACTIVITY, Kind.FOLLOWUP) if found.people else ()
    return Invited(activity_id, len(found.people), calls, left_out, Changes(kinds))


def _write(tx: Tx, row: ActivityRow, people: tuple[int, ...], channel: str) -> None:
    by = {PHONE: tr("电话邀请"), LETTER: tr("信函邀请"), MESSAGE: tr("短信邀请")}[channel]
    again: set[int] = set()
    for some in chunks(people):
        theirs = (ActivityPlace.activity_id == row.id) & ActivityPlace.person_id.in_(some)
        query = ActivityPlace.select(ActivityPlace.person_id).where(theirs)
        again |= {person_id for (person_id,) in tx.db.rows(query)}
        update = ActivityPlace.update(
            state=INVITED, invited_on=tx.today, note=by, staff_id=tx.actor.id, seq=tx.seq
        )
        tx.db.write(update.where(theirs))
    rows = (
        (row.id, person_id, INVITED, 0, tx.today, by, tx.actor.id, tx.seq)
        for person_id in people
        if person_id not in again
    )
    tx.db.insert_many(ActivityPlace, _PLACE_COLUMNS, rows)


def _plan_calls(tx: Tx, row: ActivityRow, people: tuple[int, ...], call_on: str) -> int:
    """A call for each in the same command, so that nobody is invited without being called."""
    subject = invitation_words(row)
    cycle = invitation_cycle(row.id, tx.seq)
    rows = (
        (person_id, MANUAL, cycle, call_on, "open", subject, tx.seq, PHONE, "service", 1, row.id)
        for person_id in people
    )
    tx.db.insert_many(FollowupTask, _CALL_COLUMNS, rows)
    return len(people)
