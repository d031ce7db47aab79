"""The door: who is there, with how many; walk-ins in one step; a wrong tick taken back; prizes
(R012, R013, R050)."""

from __future__ import annotations

import msgspec

from models.system import Audit
from services.activities.records import ActivityRow, place_in
from services.activities.rewards import give, give_gift, standing_awards, take_back
from services.activities.seats import (
    PlaceChanged,
    changed,
    check_companions,
    check_member,
    in_state,
    move_up,
    one_place,
    own_place,
    seats_free,
    settle_calls,
    write_place,
)
from services.activities.words import (
    ATTENDED,
    DECLINED,
    HELD,
    INVITED,
    MISSED,
    OPEN,
    SEATED,
    SIGNED,
    WAITING,
    WITHDRAWN,
)
from services.clock import local_text
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.people.aliases import root_of
from services.rights import holders, may

MOST_PIECES = 99
MOST_PRIZE_FEN = 10_000_00
LATER = "activity.untick_later"
TWICE = "prize_twice"


class _Before(msgspec.Struct):
    """How a place stood before the tick: its state, its number in line, its companions."""

    was: str = ""
    turn: int = 0
    party: int = 0


@command("activity.attend", entity="activity")
def attend(
    tx: Tx, *, activity_id: int, person_id: int, companions: int | None = None
) -> PlaceChanged:
    """Somebody is there, with so many companions (None: as they signed up). Whoever did not sign up
    gets a place in the same step. Points and gift are given once.

    Raises RuleError: not its day yet, closed, ticked already, unknown person, no seat left, not a
    member where only members may come, more companions than allowed.
    """
    row = _at_door(tx, activity_id)
    person_id = root_of(tx.db, person_id)
    check_person(tx, person_id)
    found = place_in(tx.db, activity_id, person_id)
    if found is not None and found[2] == ATTENDED:
        sentence = tr("这位顾客 {time} 已签到，不重复登记。")
        raise RuleError(sentence.format(time=local_text(found[6])[11:]))
    check_member(tx, row, person_id)
    had = found[3] if found is not None else 0
    companions = had if companions is None else companions
    check_companions(row, companions)
    held = had + 1 if found is not None and found[2] in SEATED else 0
    _check_room(tx, row, companions + 1, held)
    given = give(tx, row, person_id)
    write_place(
        tx,
        activity_id,
        person_id,
        own_place(tx, activity_id, person_id, found),
        state=ATTENDED,
        companions=companions,
        attended_at=tx.now_utc,
        points_entry_id=given.entry_id,
    )
    settle_calls(tx, activity_id, person_id)
    if found is not None:
        tx.about(activity_id, was=found[2], turn=found[8], party=had)
    moved = move_up(tx, row)
    return changed(
        tx, activity_id, person_id, moved_up=moved, points=given.points, gifts=given.gifts
    )


def _at_door(tx: Tx, activity_id: int) -> ActivityRow:
    row = in_state(tx, activity_id, OPEN, HELD)
    if row.day > tx.today:
        raise RuleError(
            tr("活动日期是 {day}，到那天才能签到。现在请用“报名”。").format(day=row.day)
        )
    return row


def _check_room(tx: Tx, row: ActivityRow, wanted: int, held: int) -> None:
    """Who stands at the door takes a seat that is free, whoever waits at home. Raises RuleError."""
    free = seats_free(tx, row, besides=held)
    if free is not None and wanted > free:
        sentence = tr(
            "名额 {all} 人，只剩 {n} 个，坐不下 {more} 人。有人不来请先为他办“退出”，或把名额调大。"
        )
        raise RuleError(sentence.format(all=row.capacity, n=max(free, 0), more=wanted))


@command("activity.untick", entity="activity")
def untick(tx: Tx, *, activity_id: int, person_id: int) -> PlaceChanged:
    """Take a wrong tick back, with its points and gifts: on the same day anybody at the desk, later
    a manager, until the activity is closed. Who waited stands in line again where they stood.

    Raises RuleError: not ticked, another day, points or a gift used already.
    """
    row = in_state(tx, activity_id, OPEN, HELD)
    person_id = root_of(tx.db, person_id)
    found = place_in(tx.db, activity_id, person_id)
    if found is None or found[2] != ATTENDED:
        raise RuleError(tr("这位顾客没有签到，不用撤销。请刷新后查看。"))
    place_id, _, _, companions, _, _, attended_at, entry_id, seq = found
    if local_text(attended_at)[:10] != local_text(tx.now_utc)[:10] and not may(
        tx.actor.role, LATER
    ):
        sentence = tr("签到的当天才能撤销；现在须由{holders}登录后撤销。")
        raise RuleError(sentence.format(holders=holders(LATER)))
    back = take_back(tx, row, person_id, entry_id)
    before = _before(tx, seq)
    values: dict[str, object] = {"state": _state_before(row, before.was), "companions": 0}
    if before.was == WAITING:
        values |= {"companions": min(before.party, row.companions), "seq": before.turn}
    elif before.was in (SIGNED, MISSED):
        values["companions"] = companions
    write_place(
        tx,
        activity_id,
        person_id,
        place_id,
        keeps_turn=before.was == WAITING,
        attended_at=None,
        points_entry_id=None,
        **values,
    )
    one_place(tx, activity_id, person_id)  # both records may have been there before a merge
    moved = move_up(tx, row)
    return changed(
        tx, activity_id, person_id, moved_up=moved, points=-back.points, gifts=-back.gifts
    )


def _before(tx: Tx, seq: int) -> _Before:
    """What the command that ticked somebody found."""
    detail = tx.db.scalar(Audit.select(Audit.detail).where(Audit.seq == seq))
    return msgspec.json.decode(detail, type=_Before)


def _state_before(row: ActivityRow, was: str) -> str:
    """How a place stands again that stood like this before somebody was there."""
    if was in (SIGNED, MISSED):
        return MISSED if row.state == HELD else SIGNED
    if was in (WAITING, DECLINED):
        return was
    return INVITED if was == INVITED and row.state == OPEN else WITHDRAWN


@command("activity.prize", entity="activity")
def give_prize(
    tx: Tx, *, activity_id: int, person_id: int, name: str, value_fen: int, quantity: int = 1
) -> PlaceChanged:
    """A prize by hand for somebody who is there, to be handed out like any gift (R012); `value_fen`
    is that of one piece, whole yuan, at most 10,000.

    Raises RuleError: not there, no name, an amount or quantity that cannot be; Confirmable
    `prize_twice` for what they have from this activity already.
    """
    row = in_state(tx, activity_id, OPEN, HELD)
    person_id = root_of(tx.db, person_id)
    check_person(tx, person_id)
    if not name.strip():
        raise RuleError(tr("请写明奖品，例如“口腔护理小套装”。"))
    if not 1 <= quantity <= MOST_PIECES or value_fen % 100 or not 0 <= value_fen <= MOST_PRIZE_FEN:
        raise RuleError(tr("数量请填 1 至 99，每件价值填整元，最多 10,000 元。"))
    found = place_in(tx.db, activity_id, person_id)
    if found is None or found[2] != ATTENDED:
        raise RuleError(tr("奖品只发给到场的人。请先为这位顾客签到。"))
    name = name.strip()
    has = any(name == held for _, held, _ in standing_awards(tx, activity_id, person_id))
    if has and TWICE not in tx.confirmed:
        raise Confirmable(
            TWICE, tr("这位顾客在本次活动里已有“{gift}”。再发一份吗？").format(gift=name)
        )
    give_gift(tx, row, person_id, name, value_fen, tr("奖品"), quantity)
    return changed(tx, activity_id, person_id, gifts=quantity)
