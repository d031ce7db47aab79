"""What a member's state comes to, and what all members cost together."""

from __future__ import annotations

from collections.abc import Sequence

from services.programmes.definition import Programme
from services.programmes.events import GrantState
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
    drawn that day (R131, E43, E44)."""
    fold, account = member.fold, member.account
    keys = fold.rules(as_of).plan.gives(fold.rank).keys
    valid = [g for g in fold.book.grants.values() if not g.closed and g.valid_on(as_of)]
    replaced = programme.on_upgrade == "replace"
    gifts: list[GiftDue] = []
    services: list[Entitlement] = []
    for grant in valid:
        if grant.benefit.kind != "gift":
            if replaced and _succeeded(grant, fold.rank, keys, valid):
                continue
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


def _succeeded(
    grant: GrantState, rank: int, keys: frozenset[str], valid: Sequence[GrantState]
) -> bool:
    """Whether a quota that is used up was replaced by what the tier now held brings (E44).

    What was left of one had closed it; a used-up one has nothing to close. `keys` are the
    benefits of the tier now held, which may be those of a lower tier. What a tier brought that
    lapsed stays to the end of its period: nothing stands in its place before.
    """
    benefit = grant.benefit
    if benefit.per == "once" or grant.left or grant.rank in (0, rank):
        return False
    if grant.rank < rank and benefit.key not in keys:
        return True
    return any(each.rank == rank and _quota(each) == _quota(grant) for each in valid)


def _quota(grant: GrantState) -> tuple[str, str]:
    """What replaces each other: the same thing per period of the same kind (C23)."""
    return grant.benefit.per, grant.benefit.quota or grant.benefit.name


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
