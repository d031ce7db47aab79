"""The shipped presets by name, and how tests look into them."""

from __future__ import annotations

from services.programmes.definition import Benefit, Fee, Reach, Tier
from services.programmes.registry import preset, preset_names

ALL = {name: preset(name) for name in preset_names()}
BY_FEE = (Reach(fee=True),)
FREE = (Fee(yuan=0, every="once"),)
AT_A_VISIT = (Reach(visits=1),)


def tier(programme: str, name: str) -> Tier:
    found = ALL[programme].tier_named(name)
    assert found is not None
    return found


def benefits(programme: str, name: str) -> dict[str, Benefit]:
    return {benefit.name: benefit for benefit in tier(programme, name).benefits}


def pays(programme: str, name: str) -> list[tuple[object, tuple[str, ...], str]]:
    return [(d.pay_percent, d.classes, d.window) for d in tier(programme, name).discounts]
