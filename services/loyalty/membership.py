"""Joining, and tiers by a manager's word.

A person record is not a membership: receipts count from the first visit, reaching a threshold
invites, and joining makes everything earned so far take effect (S18-01, C8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.ledgers import Standing, TierOverride
from models.people import Membership, Person
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.clock import is_date
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.admission import (
    basis_of,
    check_admission,
    check_eligible,
    check_not_expelled,
    check_places,
    takes_fees,
)
from services.loyalty.receipt_checks import check_person
from services.loyalty.standing import (
    Settled,
    fold,
    joined_on,
    open_account,
    settle_after,
    settle_person,
    standing_of,
)
from services.programmes.active import active_timeline
from services.programmes.registry import Timeline, main_timeline, timelines

LISTED = 500  # invitations of a programme; the next ones follow when these are members
_CHANGED = (Kind.PERSON, Kind.TIER, Kind.GRANT, Kind.FOLLOWUP)


def _last_ended() -> Any:
    """The day the person's last membership of the programme ended: whoever left with a tier is
    not asked back at once, only when another one is reached. '' for nobody's."""
    ended = Membership.select(fn.MAX(Membership.ended_on)).where(
        (Membership.person_id == Standing.person_id)
        & (Membership.programme_id == Standing.programme_id)
    )
    return fn.COALESCE(ended, "")


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
            & (Standing.reached_on > _last_ended())
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
    programme_id: int
    programme: str


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
class TiersChanged:
    """One word on the tier of several people took effect (R153)."""

    person_ids: tuple[int, ...]
    rank: int
    changes: Changes


def invitations(
    db: ClinicDatabase, limit: int = LISTED, programme_id: int | None = None
) -> list[Invitation]:
    """People eligible but not yet members of a programme, highest tier first (R120).

    None is the clinic's main programme. Raises RuleError for a retired one.
    """
    timeline = active_timeline(db, programme_id)
    programme = timeline.versions[-1].programme
    ours = (timeline.programme_id, timeline.name)
    rows = _INVITATIONS.rows(db, programme_id=timeline.programme_id, limit=limit)
    return [
        Invitation(pid, number, name, rank, programme.tier_name(rank), on, route, fen, *ours)
        for pid, number, name, rank, on, route, fen in rows
    ]


def all_invitations(db: ClinicDatabase) -> list[Invitation]:
    """People to invite into any programme, the main one's first, `LISTED` of each (R120)."""
    return [
        row for each in timelines(db) for row in invitations(db, programme_id=each.programme_id)
    ]


@command("membership.join", entity="membership")
def join(
    tx: Tx,
    *,
    person_id: int,
    benefits_explained: bool,
    programme_id: int | None = None,
    agreement: str = "",
) -> Joined:
    """Make a person a member of a programme without a fee (R114, R120–R122); None is the main one.

    What was reached so far takes effect: tier, notices, gifts and services due. Raises
    RuleError: no enrol rule is met, a member already, benefits not explained, no agreement
    number, too young, no place left (R024, R077, R083).
    """
    check_person(tx, person_id)
    timeline = active_timeline(tx.db, programme_id)
    programme = timeline.for_member(tx.today).at(tx.today).programme
    standing = standing_of(tx.db, person_id, timeline.programme_id)
    if joined_on(tx.db, person_id, timeline.programme_id):
        raise RuleError(tr("这位顾客已是会员。"))
    check_eligible(tx, programme, standing, person_id)
    check_admission(
        tx, programme, person_id, agreement=agreement, benefits_explained=benefits_explained
    )
    check_not_expelled(tx, person_id, timeline.programme_id)
    if not takes_fees(programme):
        check_places(tx, timeline)
    basis = basis_of(programme, standing)
    membership_id = insert_membership(
        tx, timeline, person_id, tx.today, basis, explained=True, agreement=agreement.strip()
    )
    settled = _of(timeline, settle_after(tx, person_id))
    rank = settled.evaluation.rank
    tx.about(membership_id, person=person_id, rank=rank)
    changes = Changes(_CHANGED, person_id)
    return Joined(membership_id, person_id, rank, settled.new_grant_ids, changes)


def join_opening(tx: Tx, person_id: int, joined: str | None) -> int:
    """Membership of somebody who was a member in the paper register; answers its id (E46).

    The caller settles the person afterwards.
    """
    timeline = main_timeline(tx.db)
    start = joined if joined and is_date(joined) and joined <= tx.today else tx.today
    return insert_membership(tx, timeline, person_id, start, "opening", explained=True)


def grant_opening_tier(tx: Tx, person_id: int, rank: int, since: str | None) -> None:
    """Keep a tier that the old register granted though the opening spend does not carry it."""
    reason = tr("旧会员册登记的等级")
    programme_id = main_timeline(tx.db).programme_id
    _insert_override(tx, person_id, programme_id, "grant", rank, reason, on=since or tx.today)


def insert_membership(
    tx: Tx,
    timeline: Timeline,
    person_id: int,
    on: str,
    basis: str,
    *,
    explained: bool,
    agreement: str = "",
) -> int:
    """The membership row itself, under the version in force; the caller settles the person."""
    return tx.db.insert(
        Membership,
        person_id=person_id,
        programme_id=timeline.programme_id,
        version_id=timeline.for_member(on).at(tx.today).id,
        state="active",
        joined_on=on,
        basis=basis,
        benefits_explained=int(explained),
        staff_id=tx.actor.id,
        seq=tx.seq,
        agreement=agreement,
    )


def _of(timeline: Timeline, settled: tuple[Settled, ...]) -> Settled:
    """What settling a person changed in this programme."""
    return next(each for each in settled if each.programme_id == timeline.programme_id)


# -- tiers by word -------------------------------------------------------------------------


@command("tier.override", entity="tier_override")
def override_tier(
    tx: Tx,
    *,
    person_id: int,
    rank: int,
    reason: str,
    until: str | None = None,
    programme_id: int | None = None,
) -> TierChanged:
    """Grant a tier by the leader's approval (R153, E40); joins the person when needed.

    `until` None holds for life. Raises RuleError without a reason or for an unknown tier.
    """
    timeline = active_timeline(tx.db, programme_id)
    _check_override(tx, timeline, rank, reason, until)
    override_id, held = _grant(tx, timeline, person_id, rank, reason.strip(), until)
    tx.about(override_id, person=person_id, rank=rank, until=until)
    return TierChanged(person_id, held, Changes(_CHANGED, person_id))


@command("tier.override_many", entity="tier_override")
def override_many(
    tx: Tx,
    *,
    person_ids: tuple[int, ...],
    rank: int,
    reason: str,
    until: str | None = None,
    programme_id: int | None = None,
) -> TiersChanged:
    """Grant a tier to a group by one approval, all or nobody (R153, E40). Raises RuleError."""
    people = tuple(dict.fromkeys(person_ids))
    if not people:
        raise RuleError(tr("请先选择要授予等级的顾客。"))
    timeline = active_timeline(tx.db, programme_id)
    _check_override(tx, timeline, rank, reason, until)
    made = [_grant(tx, timeline, each, rank, reason.strip(), until)[0] for each in people]
    tx.about(made[0], people=len(people), rank=rank, until=until)
    return TiersChanged(people, rank, Changes(_CHANGED))


def _check_override(tx: Tx, timeline: Timeline, rank: int, reason: str, until: str | None) -> None:
    if timeline.at(tx.today).programme.tier(rank) is None:
        raise RuleError(tr("没有这个等级，请重新选择。"))
    if not reason.strip():
        raise RuleError(tr("请填写授予等级的依据。"))
    if until is not None and (not is_date(until) or until < tx.today):
        raise RuleError(tr("截止日期须在今天或以后，写成 2027-12-31 这样。"))


def _grant(
    tx: Tx, timeline: Timeline, person_id: int, rank: int, reason: str, until: str | None
) -> tuple[int, int]:
    """Hold a tier up for one person; answers the id of the word and the tier now held."""
    check_person(tx, person_id)
    programme_id = timeline.programme_id
    override_id = _insert_override(tx, person_id, programme_id, "grant", rank, reason, until=until)
    if joined_on(tx.db, person_id, programme_id) is None:
        insert_membership(tx, timeline, person_id, tx.today, "manual", explained=False)
    return override_id, _of(timeline, settle_person(tx, person_id)).evaluation.rank


@command("tier.drop", entity="tier_override")
def drop_tier(
    tx: Tx, *, person_id: int, reason: str, programme_id: int | None = None
) -> TierChanged:
    """Let go of a tier that neither money nor a fee carries, or of a granted one (E37).

    Raises RuleError: a fee carries it today, receipts carry it, no reason.
    """
    timeline = active_timeline(tx.db, programme_id)
    standing = standing_of(tx.db, person_id, timeline.programme_id)
    terms = fold(tx, open_account(tx, person_id, timeline)).evaluation.terms
    paid = max((term.rank for term in terms if term.covers(tx.today)), default=0)
    if paid and paid >= standing.rank:
        raise RuleError(tr("这位会员的等级是缴费得来的，到期自动结束；要提前结束请办退会。"))
    if standing.rank <= standing.supported_rank:
        raise RuleError(tr("这位会员的等级有消费支持，不需要下调。"))
    if not reason.strip():
        raise RuleError(tr("请填写下调等级的原因。"))
    rank = standing.supported_rank
    override_id = _insert_override(
        tx, person_id, timeline.programme_id, "drop", rank, reason.strip()
    )
    settled = _of(timeline, settle_person(tx, person_id))
    tx.about(override_id, person=person_id, rank=settled.evaluation.rank)
    return TierChanged(person_id, settled.evaluation.rank, Changes(_CHANGED, person_id))


def _insert_override(
    tx: Tx,
    person_id: int,
    programme_id: int,
    kind: str,
    rank: int,
    reason: str,
    *,
    until: str | None = None,
    on: str = "",
) -> int:
    return tx.db.insert(
        TierOverride,
        person_id=person_id,
        programme_id=programme_id,
        kind=kind,
        rank=rank,
        occurred_on=on or tx.today,
        until=until,
        reason=reason,
        approved_by=tx.actor.id,
        seq=tx.seq,
    )
