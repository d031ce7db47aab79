"""The plans that are shipped: data in resources/followup_plans.toml, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

PRESETS = Path(__file__).parents[2] / "resources" / "followup_plans.toml"


@dataclass(frozen=True)
class PlanPreset:
    """A plan as it is shipped. `medical`: its days are customs, not medical advice."""

    key: str
    name: str
    trigger: str
    offsets: tuple[int, ...]
    purpose: str
    scripts: tuple[str, ...]
    matching: str = ""
    months: int = 0
    channel: str = "phone"
    marketing: bool = False
    post: str = ""
    most_tries: int = 6
    active: bool = False
    min_rank: int = 0
    medical: bool = False


@cache
def plan_presets() -> tuple[PlanPreset, ...]:
    """The shipped plans in the order of the list (front-desk 4.3)."""
    data = tomllib.loads(PRESETS.read_text(encoding="utf-8"))
    return tuple(msgspec.convert(data["plan"], list[PlanPreset]))
