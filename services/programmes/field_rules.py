"""Which fields of a form ask for the eye: some mean something only beside another choice, and
some are so rare that they wait until they are asked for.

A field that holds anything but its default is always shown, so that nothing is hidden that counts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from services.programmes.definition import (
    Benefit,
    Birthday,
    Discount,
    Points,
    Reach,
    Reception,
    Redeemable,
    Reward,
    Tier,
)

_Field = tuple[type[msgspec.Struct], str]
_Condition = Callable[[Any], bool]

_PERIODS = ("month", "quarter", "half", "year")
_EARNED = ("per_yuan", "yuan_step", "rounding", "rates", "bonuses")
_SPENT = ("expiry_months", "expiry_year_ends", "opens", "per_yuan_off", "catalogue")
_OFFERED = ("card_required", "waives_registration", "valid_days", "borne_by")

_ONLY_WITH: dict[_Field, _Condition] = {
    (Discount, "start"): lambda price: price.window == "dates",
    (Discount, "end"): lambda price: price.window == "dates",
    (Discount, "weekdays"): lambda price: price.window == "weekdays",
    (Birthday, "days"): lambda birthday: birthday.window == "around",
    (Reception, "floor"): lambda reception: reception.escort == "to_floor",
    (Reward, "name"): lambda reward: reward.kind != "",
    (Reward, "value_yuan"): lambda reward: reward.kind != "",
    (Tier, "renew"): lambda tier: tier.valid_months is not None,
    (Tier, "unlimited"): lambda tier: bool(tier.fees),
    (Benefit, "basis"): lambda benefit: benefit.per in _PERIODS,
    (Benefit, "carry_over"): lambda benefit: benefit.per in _PERIODS,
    (Benefit, "contents"): lambda benefit: benefit.kind == "gift",
    (Benefit, "waives_registration"): lambda benefit: benefit.kind == "service",
    (Redeemable, "waives_registration"): lambda item: item.kind == "service",
    **{(Points, name): lambda points: points.mode != "none" for name in _EARNED},
    **{(Points, name): lambda points: points.mode == "spend" for name in _SPENT},
}
_RARE: frozenset[_Field] = frozenset(
    (struct, name)
    for struct, names in (
        (Tier, ("locked", "unlimited", "card_face", "card_note")),
        (Reach, ("drug_spend_yuan", "points", "health_grade", "within_months", "purchase_points")),
        (Points, ("rounding", "expiry_year_ends")),
        (Benefit, ("quota", "beneficiary_age_from", "beneficiary_age_below", "voucher")),
        (Benefit, ("basis", "carry_over", "contents", "given", "reason", *_OFFERED)),
        (Redeemable, ("beneficiary", *_OFFERED)),
    )
    for name in names
)


def applies(owner: msgspec.Struct, name: str) -> bool:
    """Whether a field means anything beside what else its struct says."""
    condition = _ONLY_WITH.get((type(owner), name))
    return condition is None or condition(owner)


@cache
def default_of(struct: type[msgspec.Struct], name: str) -> Any:
    """What stands in a field that nobody filled in; `msgspec.NODEFAULT` where somebody has to."""
    return next(each.default for each in msgspec.structs.fields(struct) if each.name == name)


def shown(owner: msgspec.Struct, name: str, *, everything: bool) -> bool:
    """Whether a form shows a field now; `everything`: the rare ones too."""
    default = default_of(type(owner), name)
    if default is not msgspec.NODEFAULT and getattr(owner, name) != default:
        return True
    return applies(owner, name) and (everything or (type(owner), name) not in _RARE)
