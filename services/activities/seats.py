"""Seats and the waiting list inside a command: who fits, who moves up, whom to tell (R012).

The limit counts people, those brought along included. Who waits moves up in order: as long as
somebody waits, nobody passes them, also where a smaller party would fit. Only at the door the
one who stands there takes a seat that is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.activities import Activity, ActivityPlace
from models.followup import FollowupTask
from models.ledgers import Standing
from services.activities.records import ActivityRow, activity, place_in
from services.activities.words import INVITED, OPEN, SEATED, SIGNED, WAITING, WITHDRAWN, state_title
from services.changes import Changes, Kind
from services.commands import Tx
from services.errors import RuleError
from services.followups.tasks import MANUAL
from services.i18n import tr
from services.people.aliases import group_of, root_of
from services.programmes.registry import timelines

CHANGED = (Kind.ACTIVITY, Kind.FOLLOWUP)


@dataclass(frozen=True)
class PlaceChanged:
    """Somebody's place stands otherwise. `moved_up`: how many came off the waiting list by it;
    `points` and `gifts` are what they got or gave back."""

    place_id: int
    person_id: int
    state: str
    companions: int
    moved_up: int
    points: int
    gifts: int
    changes: Changes


def in_state(tx: Tx, activity_id: int, *states: str) -> ActivityRow:
    """The activity, if it stands in one of these ways. Raises RuleError that says what to do."""
    row = activity(tx.db, activity_id)
    if row.state not in states:
        sentence = {
            "planned": tr("“{name}”还在筹备。请先按“开放报名”，再办理。"),
            "cancelled": tr("“{name}”已取消，不能再办理。要再办请新建一个活动。"),
        }.get(row.state, tr("“{name}”现在是“{state}”，不能再这样办理。请刷新后查看。"))
        raise RuleError(sentence.format(name=row.name, state=state_title(row.state)))
    return row


def set_state(tx: Tx, activity_id: int, state: str, **values: object) -> None:
    """Where the activity stands from now on."""
    update = Activity.update(state=state, seq=tx.seq, **values)
    tx.db.write(update.where(Activity.id == activity_id))


def own_place(
    tx: Tx, activity_id: int, person_id: int, found: tuple[Any, ...] | None
) -> int | None:
    """The place `found` as one of whoever speaks for the person, None without one: somebody with
    two records has one place, and what their other record holds is given up (E62)."""
    if found is None:
        return None
    place_id, holder, *_, invited_on, signed_on = found[:6]
    own = place_id if holder == person_id else _place_of(tx, activity_id, person_id)
    if own is None:
        own = place_id
        moved = ActivityPlace.update(person_id=person_id).where(ActivityPlace.id == own)
        tx.db.write(moved)
    elif own != place_id:
        kept = ActivityPlace.update(invited_on=invited_on, signed_on=signed_on)
        tx.db.write(kept.where(ActivityPlace.id == own))
    _give_up(tx, activity_id, person_id, int(own))
    return int(own)


def _place_of(tx: Tx, activity_id: int, person_id: int) -> int | None:
    query = ActivityPlace.select(ActivityPlace.id).where(
        (ActivityPlace.activity_id == activity_id) & (ActivityPlace.person_id == person_id)
    )
    found = tx.db.scalar(query)
    return None if found is None else int(found)


@dataclass(frozen=True)
class GivenUp:
    """A place that was given up because the person has another one, as it stood before."""

    place_id: int
    state: str
    companions: int
    signed_on: str | None
    seq: int


def one_place(tx: Tx, activity_id: int, person_id: int) -> list[GivenUp]:
    """Give up what somebody holds or waits for beside the place that speaks for them, under
    whichever of their records (E62)."""
    found = place_in(tx.db, activity_id, person_id)
    return [] if found is None else _give_up(tx, activity_id, person_id, found[0])


def _give_up(tx: Tx, activity_id: int, person_id: int, kept_id: int) -> list[GivenUp]:
    others = (
        ActivityPlace.person_id.in_(group_of(tx.db, person_id))
        & (ActivityPlace.activity_id == activity_id)
        & (ActivityPlace.id != kept_id)
        & ActivityPlace.state.in_((SIGNED, WAITING, INVITED))
    )
    query = ActivityPlace.select(
        ActivityPlace.id,
        ActivityPlace.state,
        ActivityPlace.companions,
        ActivityPlace.signed_on,
        ActivityPlace.seq,
    ).where(others)
    found = [GivenUp(*row) for row in tx.db.rows(query)]
    if found:
        given_up = ActivityPlace.update(state=WITHDRAWN, companions=0, signed_on=None)
        tx.db.write(given_up.where(others))
    return found


def write_place(
    tx: Tx,
    activity_id: int,
    person_id: int,
    place_id: int | None,
    *,
    keeps_turn: bool = False,
    **values: object,
) -> int:
    """Write somebody's place, a new one without `place_id`; answers its id. Whoever `keeps_turn`
    stays where they are on the waiting list."""
    values["staff_id"] = tx.actor.id
    if not keeps_turn:
        values["seq"] = tx.seq
    if place_id is None:
        return tx.db.insert(ActivityPlace, activity_id=activity_id, person_id=person_id, **values)
    tx.db.write(ActivityPlace.update(**values).where(ActivityPlace.id == place_id))
    return place_id


def changed(
    tx: Tx, activity_id: int, person_id: int, *, moved_up: int = 0, points: int = 0, gifts: int = 0
) -> PlaceChanged:
    """What became of somebody's place in this command."""
    found = place_in(tx.db, activity_id, person_id)
    assert found is not None  # written just now
    tx.about(activity_id, person=person_id, state=found[2], points=points)
    kinds = (*CHANGED, Kind.POINTS) if points else CHANGED
    kinds = (*kinds, Kind.GRANT) if gifts else kinds
    changes = Changes(kinds, person_id)
    return PlaceChanged(found[0], person_id, found[2], found[3], moved_up, points, gifts, changes)


def check_companions(row: ActivityRow, companions: int) -> None:
    """Refuse more companions than the activity allows (R013). Raises RuleError."""
    if not 0 <= companions <= row.companions:
        if row.companions == 0:
            raise RuleError(tr("这个活动不带同行人员。请把同行人数写成 0，或先在“资料”里放开。"))
        sentence = tr("每位最多带 {n} 位同行。请改人数，或先在“资料”里放开。")
        raise RuleError(sentence.format(n=row.companions))


def check_member(tx: Tx, row: ActivityRow, person_id: int) -> None:
    """Refuse somebody who is no member where only members may come. Raises RuleError."""
    if row.members_only and not member_programmes(tx, person_id):
        raise RuleError(
            tr("“{name}”只给会员参加，这位顾客不是会员。请先办入会。").format(name=row.name)
        )


def member_programmes(tx: Tx, person_id: int) -> list[int]:
    """The active programmes somebody is a member of, the main one first."""
    query = Standing.select(Standing.programme_id).where(
        Standing.person_id.in_(group_of(tx.db, root_of(tx.db, person_id))) & (Standing.member == 1)
    )
    joined = {programme_id for (programme_id,) in tx.db.rows(query)}
    order = (timeline.programme_id for timeline in timelines(tx.db))
    return [programme_id for programme_id in order if programme_id in joined]


def seats_taken(tx: Tx, activity_id: int) -> int:
    """People who have a seat, companions included."""
    query = ActivityPlace.select(fn.COALESCE(fn.SUM(ActivityPlace.companions + 1), 0)).where(
        (ActivityPlace.activity_id == activity_id) & ActivityPlace.state.in_(SEATED)
    )
    return int(tx.db.scalar(query))


def seats_free(tx: Tx, row: ActivityRow, *, besides: int = 0) -> int | None:
    """Seats left, None without a limit; `besides`: seats that are given up in this command."""
    return None if row.capacity is None else row.capacity - seats_taken(tx, row.id) + besides


def move_up(tx: Tx, row: ActivityRow) -> int:
    """Give the seats that are free to those who wait, in order, and plan a call that tells each of
    them; answers how many. Nobody moves up once the day is past."""
    if row.state != OPEN or row.day < tx.today:
        return 0
    waiting = tx.db.rows(
        ActivityPlace.select(ActivityPlace.id, ActivityPlace.person_id, ActivityPlace.companions)
        .where((ActivityPlace.activity_id == row.id) & (ActivityPlace.state == WAITING))
        .order_by(ActivityPlace.seq, ActivityPlace.id)
    )
    free = seats_free(tx, row)
    up = []
    for place_id, person_id, companions in waiting:
        if free is not None and free < companions + 1:
            break
        free = None if free is None else free - companions - 1
        tx.db.write(ActivityPlace.update(state=SIGNED).where(ActivityPlace.id == place_id))
        up.append(person_id)
    tell(tx, row, up, "up", tr("候补转正：{what}").format(what=activity_words(row)))
    return len(up)


def anybody_waits(tx: Tx, activity_id: int) -> bool:
    """Whether somebody is on the waiting list."""
    query = ActivityPlace.select(ActivityPlace.id).where(
        (ActivityPlace.activity_id == activity_id) & (ActivityPlace.state == WAITING)
    )
    return tx.db.row(query.limit(1)) is not None


def activity_words(row: ActivityRow) -> str:
    """An activity in a few words: '11-28 14:00 健康讲座，二楼会议室'."""
    when = f"{row.day[5:]} {row.at}".strip()
    return tr("，").join(part for part in (f"{when} {row.name}", row.place) if part)


# -- calls ---------------------------------------------------------------------------------------


def tell(tx: Tx, row: ActivityRow, people: list[int], about: str, words: str) -> int:
    """Plan a call today to each of those who have signed up: a word about their own place is a
    service, whatever they said about marketing (4.4.12). One command may tell them `about` two
    things. Answers how many."""
    roots = dict.fromkeys(root_of(tx.db, person_id) for person_id in people)
    for person_id in roots:
        tx.db.insert(
            FollowupTask,
            person_id=person_id,
            rule=MANUAL,
            cycle=f"activity.{row.id}.{about}.{tx.seq}",
            due_on=tx.today,
            state="open",
            subject=words,
            activity_id=row.id,
            seq=tx.seq,
        )
    return len(roots)


def settle_calls(tx: Tx, activity_id: int, person_id: int | None = None) -> None:
    """The calls that invite are answered: of one person, or of everybody when it is over."""
    waits = (
        (FollowupTask.activity_id == activity_id)
        & (FollowupTask.state == "open")
        & (FollowupTask.marketing == 1)
    )
    if person_id is None:
        update = FollowupTask.update(state="given_up", closed_as="stopped")
    else:
        update = FollowupTask.update(state="done", closed_as="settled")
        waits &= FollowupTask.person_id.in_(group_of(tx.db, root_of(tx.db, person_id)))
    tx.db.write(update.where(waits))


def invitation_words(row: ActivityRow) -> str:
    """What a call that invites is about."""
    return tr("邀请参加：{what}").format(what=activity_words(row))


def invitation_cycle(activity_id: int, seq: int | str) -> str:
    """The cycle of the calls that invite, by the command that planned them."""
    return f"activity.{activity_id}.{seq}"


def reword_invitations(tx: Tx, row: ActivityRow) -> None:
    """Calls that invite and were not made yet name the activity as it is now, and are due by its
    day."""
    last = max(row.day, tx.today)
    update = FollowupTask.update(
        subject=invitation_words(row), due_on=fn.MIN(FollowupTask.due_on, last)
    )
    tx.db.write(
        update.where(
            (FollowupTask.activity_id == row.id)
            & (FollowupTask.state == "open")
            & (FollowupTask.marketing == 1)
            & FollowupTask.cycle.startswith(invitation_cycle(row.id, ""))
        )
    )


def never_told(tx: Tx, activity_id: int) -> None:
    """Earlier words about somebody's place that nobody passed on yet are overtaken by newer ones;
    calls that invite go on."""
    waits = (
        (FollowupTask.activity_id == activity_id)
        & (FollowupTask.state == "open")
        & (FollowupTask.marketing == 0)
        & (FollowupTask.seq < tx.seq)
    )
    tx.db.write(FollowupTask.update(state="given_up", closed_as="stopped").where(waits))
