"""Who a member's paper is about, in one programme: for agreement, notice and card."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Membership
from services.i18n import tr
from services.memberships.overview import MembershipView
from services.people.cards import cards_of
from services.people.records import person


@dataclass(frozen=True)
class Member:
    """The member as their own paper names them; empty texts leave lines to write on. `rank` 0 is
    no tier yet; `card` is the number on the card in use."""

    name: str = ""
    number: str = ""
    tier: str = ""
    rank: int = 0
    joined: str = ""
    paid_until: str = ""
    agreement: str = ""
    card: str = ""
    explained: bool = False

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Who it is, for the top of a paper."""
        return (
            (tr("姓名"), self.name),
            (tr("会员号"), self.number),
            (tr("等级"), self.tier),
            (tr("入会日期"), self.joined),
        )


NOBODY = Member()


def member_of(db: ClinicDatabase, person_id: int, view: MembershipView) -> Member:
    """A person in one programme; somebody who has not joined has a name and a number only.

    Raises RuleError for an unknown person.
    """
    record = person(db, person_id)
    membership = view.membership
    if membership is None:
        return Member(record.name, record.number)
    card = next((card.number for card in cards_of(db, person_id) if card.state == "active"), "")
    explained = db.scalar(
        Membership.select(Membership.benefits_explained).where(Membership.id == membership.id)
    )
    return Member(
        name=record.name,
        number=record.number,
        tier=view.tier.name if view.tier else tr("会员"),
        rank=view.standing.rank,
        joined=view.joined or "",
        paid_until=view.paid_until or "",
        agreement=membership.agreement,
        card=card,
        explained=bool(explained),
    )
