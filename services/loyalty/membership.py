"""Joining, tiers by a manager's word, and telling people about their tier.

A person record is not a membership: receipts count from the first visit, reaching a threshold
invites, and joining makes everything earned so far take effect (S18-01, C8).
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.ledgers import Standing, TierEvent, TierNotice, TierOverride
from models.people import Membership, Person
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.clock import is_date
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.loyalty.standing import joined_on, settle_person, standing_of
from services.programmes.registry import Timeline, main_timeline

_CHANGED = (Kind.PERSON, Kind.TIER, Kind.GRANT, Kind.FOLLOWUP)

_INVITATIONS = Prepared(
    lambda: (
        Standing.select(
            Standing.person_id,
            Person.number,
            Person.name,
            Standing.rank,
            Standing.reached_on,
            Standing.route,
            Standing.spend_fen,
        )
        .join(Person, on=(Person.id == Standing.person_id))
        .where(
            (Standing.programme_id == slot("programme_id"))
            & (Standing.member == 0)
            & (Standing.rank > 0)
            & (Person.state == "active")
        )
        .order_by(Standing.rank.desc(), Standing.reached_on.desc())
        .limit(slot("limit"))
    )
)


@dataclass(frozen=True)
class Invitation:
    """Somebody who reached a tier and has not joined: invite them."""

    person_id: int
    number: str
    name: str
    rank: int
    tier_name: str
    reached_on: str
    route: str
    spend_fen: int


@dataclass(frozen=True)
class Joined:
    """A membership exists; `rank` is the tier it starts with."""

    membership_id: int
    person_id: int
    rank: int
    grant_ids: tuple[int, ...]
    changes: Changes


@dataclass(frozen=True)
class TierChanged:
    """A manager's word on a tier took effect."""

    person_id: int
    rank: int
    changes: Changes


@dataclass(frozen=True)
class Notice:
    """An upgrade one post has still to tell the person about (S18-04)."""

    notice_id: int
    person_id: int
    number: str
    name: str
    tier_name: str
    occurred_on: str
    post: str


@dataclass(frozen=True)
class Told:
    """A notice was ticked off."""

    notice_id: int
    changes: Changes


def invitations(db: ClinicDatabase, limit: int = 500) -> list[Invitation]:
    """People eligible but not yet members, highest tier first (R120)."""
    timeline = main_timeline(db)
    programme = timeline.versions[-1].programme
    rows = _INVITATIONS.rows(db, programme_id=timeline.programme_id, limit=limit)
    return [
        Invitation(pid, number, name, rank, programme.tier_name(rank), on, route, fen)
        for pid, number, name, rank, on, route, fen in rows
    ]


@command("membership.join", entity="membership")
def join(tx: Tx, *, person_id: int, benefits_explained: bool) -> Joined:
    """Make a person a member of the clinic's programme (R120–R122).

    What was reached so far takes effect: tier, notices, gifts and services due. Raises
    RuleError when no enrol rule is met, when they are a member already, or when the benefits
    were not explained.
    """
    check_person(tx, person_id)
    timeline = main_timeline(tx.db)
    standing = standing_of(tx.db, person_id, timeline.programme_id)
    if joined_on(tx.db, person_id, timeline.programme_id):
        raise RuleError(tr("这位顾客已是会员。"))
    if standing.rank == 0:
        raise RuleError(_not_yet(timeline))
    if not benefits_explained:
        raise RuleError(tr("请先向顾客讲解会员待遇，再勾选“已讲解待遇”。"))
    basis = standing.route or "cumulative"
    return _join(tx, timeline, person_id, tx.today, basis, benefits_explained=True)


def join_opening(tx: Tx, person_id: int, joined: str | None) -> int:
    """Membership of somebody who was a member in the paper register; answers its id (E46).

    The caller settles the person afterwards.
    """
    timeline = main_timeline(tx.db)
    start = joined if joined and is_date(joined) and joined <= tx.today else tx.today
    return _insert(tx, timeline, person_id, start, "opening", benefits_explained=True)


def grant_opening_tier(tx: Tx, person_id: int, rank: int, since: str | None) -> None:
    """Keep a tier that the old register granted though the opening spend does not carry it."""
    _insert_override(
        tx, person_id, "grant", rank, since or tx.today, None, tr("旧会员册登记的等级"), tx.actor.id
    )


def _join(
    tx: Tx, timeline: Timeline, person_id: int, on: str, basis: str, *, benefits_explained: bool
) -> Joined:
    membership_id = _insert(
        tx, timeline, person_id, on, basis, benefits_explained=benefits_explained
    )
    settled = settle_person(tx, person_id)[0]
    rank = settled.evaluation.rank
    tx.about(membership_id, person=person_id, rank=rank)
    changes = Changes(_CHANGED, person_id)
    return Joined(membership_id, person_id, rank, settled.new_grant_ids, changes)


def _insert(
    tx: Tx, timeline: Timeline, person_id: int, on: str, basis: str, *, benefits_explained: bool
) -> int:
    return tx.db.insert(
        Membership,
        person_id=person_id,
        programme_id=timeline.programme_id,
        version_id=timeline.at(tx.today).id,
        state="active",
        joined_on=on,
        basis=basis,
        benefits_explained=int(benefits_explained),
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def _not_yet(timeline: Timeline) -> str:
    tier = timeline.versions[-1].programme.tiers[0]
    ways = []
    for way in tier.reach:
        if way.single_spend_yuan is not None:
            ways.append(tr("单笔满 {yuan} 元").format(yuan=way.single_spend_yuan))
        elif way.cumulative_spend_yuan is not None:
            ways.append(tr("累计满 {yuan} 元").format(yuan=way.cumulative_spend_yuan))
    return tr("还没达到入会条件({ways})。经领导批准可由院长直接授予等级。").format(
        ways=tr("或").join(ways)
    )


@command("tier.override", entity="tier_override")
def override_tier(
    tx: Tx, *, person_id: int, rank: int, reason: str, until: str | None = None
) -> TierChanged:
    """Grant a tier by the leader's approval (R153, E40); joins the person when needed.

    `until` None holds for life. Raises RuleError without a reason or for an unknown tier.
    """
    check_person(tx, person_id)
    timeline = main_timeline(tx.db)
    if timeline.at(tx.today).programme.tier(rank) is None:
        raise RuleError(tr("没有这个等级，请重新选择。"))
    if not reason.strip():
        raise RuleError(tr("请填写授予等级的依据。"))
    if until is not None and (not is_date(until) or until < tx.today):
        raise RuleError(tr("截止日期须在今天或以后，写成 2027-12-31 这样。"))
    override_id = _insert_override(
        tx, person_id, "grant", rank, tx.today, until, reason.strip(), tx.actor.id
    )
    if joined_on(tx.db, person_id, timeline.programme_id) is None:
        _insert(tx, timeline, person_id, tx.today, "manual", benefits_explained=False)
    settled = settle_person(tx, person_id)[0]
    tx.about(override_id, person=person_id, rank=rank, until=until)
    return TierChanged(person_id, settled.evaluation.rank, Changes(_CHANGED, person_id))


@command("tier.drop", entity="tier_override")
def drop_tier(tx: Tx, *, person_id: int, reason: str) -> TierChanged:
    """Let go of a tier the money no longer carries, or of a granted one (E37)."""
    timeline = main_timeline(tx.db)
    standing = standing_of(tx.db, person_id, timeline.programme_id)
    if standing.rank <= standing.supported_rank:
        raise RuleError(tr("这位会员的等级有消费支持，不需要下调。"))
    if not reason.strip():
        raise RuleError(tr("请填写下调等级的原因。"))
    override_id = _insert_override(
        tx, person_id, "drop", standing.supported_rank, tx.today, None, reason.strip(), tx.actor.id
    )
    settled = settle_person(tx, person_id)[0]
    tx.about(override_id, person=person_id, rank=settled.evaluation.rank)
    return TierChanged(person_id, settled.evaluation.rank, Changes(_CHANGED, person_id))


def _insert_override(
    tx: Tx,
    person_id: int,
    kind: str,
    rank: int,
    on: str,
    until: str | None,
    reason: str,
    approved_by: int,
) -> int:
    return tx.db.insert(
        TierOverride,
        person_id=person_id,
        programme_id=main_timeline(tx.db).programme_id,
        kind=kind,
        rank=rank,
        occurred_on=on,
        until=until,
        reason=reason,
        approved_by=approved_by,
        seq=tx.seq,
    )


def open_notices(
    db: ClinicDatabase, post: str | None = None, person_id: int | None = None
) -> list[Notice]:
    """Upgrades still to be told, oldest first, for one post or both (R123)."""
    programme = main_timeline(db).versions[-1].programme
    query = (
        TierNotice.select(
            TierNotice.id,
            TierEvent.person_id,
            Person.number,
            Person.name,
            TierEvent.to_rank,
            TierEvent.occurred_on,
            TierNotice.post,
        )
        .join(TierEvent, on=(TierEvent.id == TierNotice.tier_event_id))
        .join(Person, on=(Person.id == TierEvent.person_id))
        .where(TierNotice.told_on.is_null())
        .order_by(TierNotice.id)
    )
    if post is not None:
        query = query.where(TierNotice.post == post)
    if person_id is not None:
        query = query.where(TierEvent.person_id == person_id)
    return [
        Notice(nid, pid, number, name, programme.tier_name(rank), on, at)
        for nid, pid, number, name, rank, on, at in db.rows(query)
    ]


@command("tier.tell", entity="tier_notice")
def tell_tier(tx: Tx, *, notice_id: int) -> Told:
    """Tick off that this post told the person about the new tier."""
    changed = tx.db.write(
        TierNotice.update(told_on=tx.today, staff_id=tx.actor.id).where(
            (TierNotice.id == notice_id) & TierNotice.told_on.is_null()
        )
    )
    if changed == 0:
        raise RuleError(tr("这次告知已经登记过了。"))
    tx.about(notice_id)
    return Told(notice_id, Changes((Kind.TIER,)))
