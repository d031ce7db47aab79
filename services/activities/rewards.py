"""What somebody gets for being there, once per activity, and taking it back (R050, R012).

Points are a bonus: they never count for tiers (E63), need no second person because a manager set
them for everybody, and go to members only. A gift is an award, handed out like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

from peewee import JOIN

from models.ledgers import PointsEntry
from models.schemes import Award
from services.activities.records import ActivityRow
from services.activities.seats import member_programmes
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.awards import insert_award, void_undrawn
from services.loyalty.ledger import Source, credit, debit, expiry_of
from services.loyalty.points import adjustable
from services.loyalty.standing import account_of, settle, settle_person
from services.people.aliases import group_of, root_of
from services.programmes.active import active_timeline


@dataclass(frozen=True)
class Given:
    """What was given: the points entry (None without points), points, pieces of gifts."""

    entry_id: int | None
    points: int
    gifts: int


def give(tx: Tx, row: ActivityRow, person_id: int) -> Given:
    """The activity's points and gift for somebody who is there. `person_id` speaks for them."""
    entry_id = _points(tx, row, person_id) if row.points else None
    if row.gift_name:
        give_gift(tx, row, person_id, row.gift_name, row.gift_fen, tr("到场礼"))
    points = row.points if entry_id is not None else 0
    return Given(entry_id, points, int(bool(row.gift_name)))


def _points(tx: Tx, row: ActivityRow, person_id: int) -> int | None:
    """The entry of the points, None for somebody who keeps none."""
    programme_id = points_programme(tx, person_id)
    if programme_id is None:
        return None
    account = account_of(tx, person_id, programme_id)
    reason = tr("参加活动：{name}({number})").format(name=row.name, number=row.number)
    ends = expiry_of(account.timeline, tx.today)
    entry_id = credit(account, row.points, Source("bonus", tx.today, reason, expires_on=ends))
    settle(tx, account)
    return entry_id


def points_programme(tx: Tx, person_id: int) -> int | None:
    """Where somebody's points of activities go: the first programme with points in which they are
    a member; None for everybody else."""
    keep = {timeline.programme_id for timeline in adjustable(tx.db, tx.today)}
    return next((each for each in member_programmes(tx, person_id) if each in keep), None)


def give_gift(
    tx: Tx, row: ActivityRow, person_id: int, name: str, fen: int, note: str, quantity: int = 1
) -> int:
    """A gift of this activity, due at once; answers the award's id."""
    award_id = insert_award(
        tx,
        active_timeline(tx.db, next(iter(member_programmes(tx, person_id)), None)),
        person_id=person_id,
        kind="gift",
        name=name,
        reason="event",
        quantity=quantity,
        value_fen=fen,
        activity_id=row.id,
        note=tr("{note}：{name}").format(note=note, name=row.name),
    )
    settle_person(tx, person_id)
    return award_id


def take_back(tx: Tx, row: ActivityRow, person_id: int, entry_id: int | None) -> Given:
    """Take back what being there brought. Raises RuleError when some of it was used already."""
    gifts = _void_gifts(tx, row, person_id)
    points = 0 if entry_id is None else _take_points(tx, row, entry_id)
    return Given(None, points, gifts)


def _take_points(tx: Tx, row: ActivityRow, entry_id: int) -> int:
    found = tx.db.row(
        PointsEntry.select(
            PointsEntry.person_id, PointsEntry.programme_id, PointsEntry.points
        ).where(PointsEntry.id == entry_id)
    )
    assert found is not None  # a foreign key
    owner, programme_id, points = found
    account = account_of(tx, root_of(tx.db, owner), programme_id)
    left = sum(lot.remaining for lot in account.lots() if lot.id == entry_id)
    if left < points:
        sentence = tr(
            "参加“{name}”的 {n} 分已用掉 {used} 分，不能撤销签到。"
            "请先退回用这些积分换的东西，再撤销。"
        )
        raise RuleError(sentence.format(name=row.name, n=points, used=points - left))
    words = tr("撤销签到：{name}").format(name=row.name)
    debit(account, points, Source("reversal", tx.today, words, reverses_id=entry_id))
    settle(tx, account)
    return points


def _void_gifts(tx: Tx, row: ActivityRow, person_id: int) -> int:
    """Void every gift of the activity that stands; answers the pieces."""
    pieces = 0
    for award_id, name, quantity in standing_awards(tx, row.id, person_id):
        if void_undrawn(tx, award_id, tr("撤销签到")) is None:
            sentence = tr("“{gift}”已领走，不能撤销签到。请先在“礼品”里办理退回，再撤销。")
            raise RuleError(sentence.format(gift=name))
        pieces += quantity
    if pieces:
        settle_person(tx, person_id)
    return pieces


def standing_awards(tx: Tx, activity_id: int, person_id: int) -> list[tuple[int, str, int]]:
    """Gifts of an activity that somebody holds: (award, name, pieces)."""
    void = Award.alias()
    query = (
        Award.select(Award.id, Award.name, Award.quantity)
        .join(void, JOIN.LEFT_OUTER, on=(void.voids_id == Award.id))
        .where(
            (Award.activity_id == activity_id)
            & Award.person_id.in_(group_of(tx.db, person_id))
            & Award.voids_id.is_null()
            & void.id.is_null()
        )
        .order_by(Award.id)
    )
    return tx.db.rows(query)
