"""What a member's state comes to, and what all members cost together."""

from __future__ import annotations

from services.programmes.definition import Programme
from services.programmes.worth import liability_fen, value_fen
from services.simulation.member import Member
from services.simulation.result import (
    Entitlement,
    GiftDue,
    MemberResult,
    ServiceTotal,
    Totals,
)


def member_result(programme: Programme, who: str, member: Member, as_of: str) -> MemberResult:
    """The row of a member who has come to `as_of`: gifts still due and services that may be
    drawn that day (R131, E43)."""
    fold, account = member.fold, member.account
    gifts: list[GiftDue] = []
    services: list[Entitlement] = []
    for grant in fold.book.grants.values():
        if grant.closed or not grant.valid_on(as_of):
            continue
        if grant.benefit.kind != "gift":
            services.append(
                Entitlement(
                    grant.benefit.name,
                    grant.valid_from,
                    grant.valid_to,
                    grant.quantity,
                    grant.used,
                    grant.left,
                )
            )
        elif grant.left:
            due = GiftDue(grant.benefit.name, grant.benefit.reason, value_fen(grant.benefit))
            gifts += [due] * grant.left
    return MemberResult(
        member=who,
        tier=programme.tier_name(fold.rank) or None,
        reached_on=fold.reached_on,
        route=fold.route,
        spend_fen=fold.counters.spend,
        points_earned=fold.counters.earned,
        points_available=account.available,
        points_deficit=account.deficit,
        points_expired=account.expired,
        gifts_due=tuple(gifts),
        entitlements=tuple(services),
    )


class Sums:
    """What all members together come to."""

    def __init__(self) -> None:
        self._points = self._due = self._gifts = 0
        self._services: dict[str, list[int]] = {}

    def add(self, member: Member, result: MemberResult) -> None:
        """Count one member."""
        self._points += result.points_available
        self._due += sum(gift.value_fen for gift in result.gifts_due)
        for grant in member.fold.book.grants.values():
            # what was left of a closed grant went back, or into the one that replaced it
            granted = grant.used if grant.closed else grant.quantity
            if grant.benefit.kind == "gift":
                self._gifts += granted * value_fen(grant.benefit)
            else:
                service = self._services.setdefault(grant.benefit.name, [0, 0])
                service[0] += granted
                service[1] += grant.used

    def totals(self, programme: Programme, members: int) -> Totals:
        """The totals of so many members."""
        return Totals(
            members=members,
            gifts_due_fen=self._due,
            gifts_granted_fen=self._gifts,
            points_available=self._points,
            liability_fen=liability_fen(programme, self._points),
            services=tuple(ServiceTotal(name, *sums) for name, sums in self._services.items()),
        )
