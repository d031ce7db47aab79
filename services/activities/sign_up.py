"""Signing up, with companions, onto the waiting list when it is full; saying no; stepping back
(R012, R013)."""

from __future__ import annotations

from services.activities.records import ActivityRow, place_in
from services.activities.seats import (
    PlaceChanged,
    anybody_waits,
    changed,
    check_companions,
    check_member,
    in_state,
    move_up,
    own_place,
    seats_free,
    settle_calls,
    write_place,
)
from services.activities.words import (
    ATTENDED,
    DECLINED,
    INVITED,
    OPEN,
    SIGNED,
    WAITING,
    WITHDRAWN,
)
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.people.aliases import root_of

LONGEST_NOTE = 60


@command("activity.sign_up", entity="activity")
def sign_up(
    tx: Tx, *, activity_id: int, person_id: int, companions: int = 0, note: str | None = None
) -> PlaceChanged:
    """Sign somebody up with so many companions, or change how many come along; `note` None keeps
    theirs. Where there is no room, or others wait, they wait for their turn.

    Raises RuleError: not open, day past, unknown person, not a member where only members may
    come, more companions than allowed, more than would ever fit, no room for more companions.
    """
    row = _open(tx, activity_id)
    person_id = root_of(tx.db, person_id)
    check_person(tx, person_id)
    check_member(tx, row, person_id)
    check_companions(row, companions)
    found = place_in(tx.db, activity_id, person_id)
    state, before = (found[2], found[3]) if found else ("", 0)
    if state == ATTENDED:
        raise RuleError(tr("这位顾客已经签到了，不用再报名。"))
    if state == SIGNED:
        state = _more_companions(tx, row, companions, before)
    else:
        state = _first_state(tx, row, companions, state)
    values: dict[str, object] = {"state": state, "companions": companions}
    waits_on = found is not None and found[2] == state == WAITING
    if found is None or found[2] not in (SIGNED, WAITING):
        values |= {"signed_on": tx.today, "note": ""}
    if note is not None:
        values["note"] = note.strip()[:LONGEST_NOTE]
    place_id = own_place(tx, activity_id, person_id, found)
    write_place(tx, activity_id, person_id, place_id, keeps_turn=waits_on, **values)
    settle_calls(tx, activity_id, person_id)
    moved = move_up(tx, row)
    return changed(tx, activity_id, person_id, moved_up=moved)


def _first_state(tx: Tx, row: ActivityRow, companions: int, state: str) -> str:
    """Signed up when there is room and nobody would be passed; else waiting."""
    free = seats_free(tx, row)
    if state == WAITING or (free is not None and (free <= companions or anybody_waits(tx, row.id))):
        return WAITING
    return SIGNED


def _more_companions(tx: Tx, row: ActivityRow, companions: int, before: int) -> str:
    """Somebody with a seat keeps it; more companions need room that nobody waits for."""
    free = seats_free(tx, row)
    if free is not None and companions > before:
        free = 0 if anybody_waits(tx, row.id) else free
        if companions - before > free:
            sentence = tr("只剩 {n} 个名额，不够再带 {more} 位。请少带，或先把名额调大。")
            raise RuleError(sentence.format(n=free, more=companions - before))
    return SIGNED


@command("activity.withdraw", entity="activity")
def withdraw(tx: Tx, *, activity_id: int, person_id: int) -> PlaceChanged:
    """Somebody who signed up or waits steps back; the next on the waiting list moves up and is
    called. Raises RuleError when they have no such place."""
    row = in_state(tx, activity_id, OPEN)
    person_id = root_of(tx.db, person_id)
    found = place_in(tx.db, activity_id, person_id)
    if found is None or found[2] not in (SIGNED, WAITING):
        if found is not None and found[2] == ATTENDED:
            raise RuleError(tr("这位顾客已经签到。签错了请在“签到”里撤销。"))
        raise RuleError(tr("这位顾客没有报名，不用退出。只是不来，请按“不来”。"))
    write_place(tx, activity_id, person_id, found[0], state=WITHDRAWN, companions=0, signed_on=None)
    return changed(tx, activity_id, person_id, moved_up=move_up(tx, row))


@command("activity.decline", entity="activity")
def decline(tx: Tx, *, activity_id: int, person_id: int) -> PlaceChanged:
    """Somebody who was invited does not come; the call that invites is settled. Raises RuleError
    when they were not invited."""
    in_state(tx, activity_id, OPEN)
    person_id = root_of(tx.db, person_id)
    found = place_in(tx.db, activity_id, person_id)
    if found is None or found[2] != INVITED:
        if found is not None and found[2] in (SIGNED, WAITING):
            raise RuleError(tr("这位顾客已报名。不来了请按“退出”。"))
        raise RuleError(tr("没有邀请过这位顾客，或已经有了答复。请刷新后查看。"))
    write_place(tx, activity_id, person_id, found[0], state=DECLINED)
    settle_calls(tx, activity_id, person_id)
    return changed(tx, activity_id, person_id)


def _open(tx: Tx, activity_id: int) -> ActivityRow:
    row = in_state(tx, activity_id, OPEN)
    if row.day < tx.today:
        sentence = tr("“{name}”的日期 {day} 已过，不能再报名。来过的请在“签到”里补签。")
        raise RuleError(sentence.format(name=row.name, day=row.day))
    return row
