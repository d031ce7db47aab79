"""The programme that is tried, made ready once for every member of the file."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import Programme, Redeemable, Tier
from services.programmes.items import item_class
from services.programmes.lots import expiry_of
from services.programmes.registry import Timeline, Version
from services.simulation.names import Names

Named = TypeVar("Named", Tier, Redeemable, Redeemable | Tier)

_BEGINNING = "1900-01-01"  # the programme is tried as if it had always been in force


class Scheme:
    """A programme with what its names mean and what is the same for all who earn on a day."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.timeline = Timeline(0, (Version(0, _BEGINNING, programme),))
        self.tiers: Names[Tier] = Names([(tier.name, tier) for tier in programme.tiers])
        self.sold: Names[Redeemable | Tier] = Names(
            [
                *((each.name, each) for each in programme.points.catalogue),
                *((tier.name, tier) for tier in programme.tiers if _for_points(tier)),
            ]
        )
        self.by_key = {each.key: each for each in programme.points.catalogue}
        self._ends: dict[str, str | None] = {}
        self.class_of = lru_cache(maxsize=4096)(item_class)

    def expires(self, earned_on: str) -> str | None:
        """The last usable day of points earned on a day."""
        if earned_on not in self._ends:
            self._ends[earned_on] = expiry_of(self.timeline, earned_on)
        return self._ends[earned_on]

    def tier(self, text: str) -> Tier | None:
        """The tier of a name or a rank number; None for none. Raises RuleError for a name that
        may mean several."""
        if text.isdecimal():
            return self.programme.tier(int(text))
        return only(self.tiers.meant(text))


def only(found: list[Named]) -> Named | None:
    """The one thing a name means, None for nothing. Raises RuleError when it is not clear."""
    if len(found) > 1:
        names = "、".join(dict.fromkeys(each.name for each in found))
        raise RuleError(tr("项目写得不清楚，可能是：{names}。请写全名。").format(names=names))
    return found[0] if found else None


def _for_points(tier: Tier) -> bool:
    return any(way.purchase_points is not None for way in tier.reach)
