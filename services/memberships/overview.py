"""A person in every programme at once: member or not, how so, until when, and what is next.

Pure reads for the desk; what may be done is decided again by the commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.database import ClinicDatabase
from services.clock import plus_days
from services.i18n import tr
from services.loyalty.admission import (
    is_eligible,
    places_obstacle,
    record_obstacle,
    takes_fees,
)
from services.loyalty.history import history
from services.loyalty.own_timeline import own_timeline
from services.loyalty.standing import StandingRow, joined_on, standing_of
from services.memberships.feebook import FeeBook
from services.memberships.records import (
    ActiveMembership,
    active_membership,
    fee_book,
    open_case,
)
from services.memberships.renewals import lapsed_fee, renewal_asked
from services.programmes.definition import Programme, Tier
from services.programmes.registry import Timeline, timelines

Step = Literal["sign", "renew", "join", "pay", "spend", ""]


@dataclass(frozen=True)
class MembershipView:
    """A programme as it stands for a person. `programme` is what is in force for them.

    `membership` None: no member. `held_by`: what carries the tier, see `held_by_title`.
    `paid_until` None with `paid` is for life; `paid_rank` is what renewing pays for, 0 where
    nothing was paid for. `lapsed_on` is the last day of a fee that can still
    be renewed without a gap until `grace_until`. `case_id`: a refund that waits for its
    signature. `obstacle`: why nobody may join or pay now, as a sentence.
    """

    programme_id: int
    programme: Programme
    standing: StandingRow
    membership: ActiveMembership | None
    joined: str | None
    held_by: str
    paid: bool
    paid_until: str | None
    paid_rank: int
    lapsed_on: str | None
    grace_until: str | None
    refundable: bool
    eligible: bool
    case_id: int | None
    obstacle: str
    step: Step

    @property
    def tier(self) -> Tier | None:
        """The tier held, or reached by somebody who has not joined; None for none."""
        return self.programme.tier(self.standing.rank)

    @property
    def takes_fees(self) -> bool:
        """Whether there is a fee to pay."""
        return takes_fees(self.programme)

    @property
    def free(self) -> bool:
        """Whether an application is enough: every fee of the programme is nothing (R104)."""
        return all(fee.yuan == 0 for tier in self.programme.tiers for fee in tier.fees)


def memberships_of(db: ClinicDatabase, today: str, person_id: int) -> list[MembershipView]:
    """Every active programme as it stands for a person, the main one first (R070, R120)."""
    return [_view(db, today, person_id, timeline) for timeline in timelines(db)]


def most_urgent(views: list[MembershipView]) -> MembershipView:
    """The programme in which something is to be done first: a signature, a renewal, joining."""
    order: tuple[Step, ...] = ("sign", "renew", "join")
    for step in order:
        for view in views:
            if view.step == step:
                return view
    return next((view for view in views if view.membership is not None), views[0])


def _view(db: ClinicDatabase, today: str, person_id: int, timeline: Timeline) -> MembershipView:
    programme_id = timeline.programme_id
    joined = joined_on(db, person_id, programme_id)
    own = own_timeline(db, person_id, timeline)
    if joined is None:
        own = timeline.for_member(*own.joined, today)
    programme = own.at(today).programme
    standing = standing_of(db, person_id, programme_id)
    membership = active_membership(db, person_id, programme_id)
    book = fee_book(db, person_id, own) if takes_fees(programme) else FeeBook(own)
    current = book.current(today) if membership else None
    grace = programme.grace_days
    lapsed = lapsed_fee(book, today, grace) if membership else None
    case_id = open_case(db, membership.id) if membership else None
    eligible = membership is None and is_eligible(db, programme, standing, person_id)
    obstacle = record_obstacle(db, today, programme, person_id)
    if current is None and not obstacle:
        obstacle = places_obstacle(db, today, timeline)
    paid_until = standing.paid_until if current is not None else None
    due = lapsed is not None or (
        current is not None and renewal_asked(today, paid_until, current.months)
    )
    return MembershipView(
        programme_id=programme_id,
        programme=programme,
        standing=standing,
        membership=membership,
        joined=joined,
        held_by=_held_by(db, person_id, own, standing) if membership else "",
        paid=current is not None,
        paid_until=paid_until,
        paid_rank=max((fee.rank for fee in (current, lapsed) if fee is not None), default=0),
        lapsed_on=lapsed.end if lapsed else None,
        grace_until=plus_days(str(lapsed.end), grace) if lapsed else None,
        refundable=any(fee.value_fen for fee in book.running(today)),
        eligible=eligible,
        case_id=case_id,
        obstacle=obstacle if membership is None or takes_fees(programme) else "",
        step=_step(membership, case_id, due, eligible, programme),
    )


def _step(
    membership: ActiveMembership | None,
    case_id: int | None,
    due: bool,
    eligible: bool,
    programme: Programme,
) -> Step:
    if case_id is not None:
        return "sign"
    if membership is not None:
        return "renew" if due else ""
    if eligible:
        return "join"
    return "pay" if takes_fees(programme) else "spend"


def _held_by(db: ClinicDatabase, person_id: int, timeline: Timeline, standing: StandingRow) -> str:
    """The route of the tier; a tier held up by word and one bought with points both stand as
    'manual' and are told apart by the events (R102, R153)."""
    if standing.route != "manual":
        return standing.route or ""
    events = history(db, person_id, timeline)
    returned = {event.ref for event in events if event.kind == "purchase_void"}
    bought = any(
        event.kind == "purchase" and event.rank == standing.rank and event.ref not in returned
        for event in events
    )
    return "points" if bought else "manual"


def held_by_title(held_by: str) -> str:
    """What carries a tier, as the desk says it in a word; '' for nothing."""
    return {
        "single": tr("单笔消费"),
        "cumulative": tr("累计消费"),
        "paid": tr("缴费"),
        "points": tr("积分换"),
        "manual": tr("授予"),
        "opening": tr("旧会员册"),
    }.get(held_by, "")
