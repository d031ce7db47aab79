"""What a programme is made of: the shape of `resources/programmes/*.toml`.

Money in a definition is whole yuan, as the source documents write it; the engine works in fen.
A number the source leaves blank is None (待定), and such a programme cannot be signed.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Per = Literal["once", "year"]
Room = Literal["none", "bookable", "required"]
Escort = Literal["none", "to_floor", "full"]


class Reach(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to reach a tier: every condition given must hold (ways are alternatives)."""

    single_spend_yuan: int | None = None
    cumulative_spend_yuan: int | None = None


class Benefit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gift or service that a tier entitles to. `quota` ties yearly benefits that replace
    each other on an upgrade (C23); `value_yuan` is the price band of a gift (R139)."""

    key: str
    kind: Literal["gift", "service"]
    name: str
    quantity: int = 1
    per: Per = "once"
    quota: str = ""
    value_yuan: int = 0
    beneficiary: Literal["self", "family", "anyone"] = "anyone"
    beneficiary_age_below: int | None = None
    transferable: bool = True
    waives_registration: bool = True
    borne_by: Literal["marketing", "doctor", "department"] = "marketing"


class Reception(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a tier is received (R126–R128, C15)."""

    escort: Escort = "none"
    floor: str = ""
    tell_doctor: bool = False
    room: Room = "none"
    queue: int = 0


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier; `rank` 1 is the lowest. `reach` lists alternatives."""

    rank: int
    name: str
    colour: str
    reach: tuple[Reach, ...]
    benefits: tuple[Benefit, ...] = ()
    reception: Reception = Reception()


class Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How points are earned and whether they are spent or only reach thresholds."""

    mode: Literal["threshold", "spend"]
    per_yuan: int = 1
    expiry_months: int | None = None


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole programme. Settings carry the C-number of the contradiction they settle."""

    name: str
    kind: Literal["tiered_points"]
    term: Literal["lifetime"]
    points: Points
    tiers: tuple[Tier, ...]
    card: Literal["physical", "electronic", "both"] = "electronic"
    real_name: bool = True
    on_upgrade: Literal["replace", "sum"] = "replace"
    grant_skipped_tiers: bool = False
    overdue_days: int = 30

    def tier(self, rank: int) -> Tier | None:
        """The tier of a rank; None for 0 (no tier)."""
        return next((tier for tier in self.tiers if tier.rank == rank), None)

    def tier_name(self, rank: int) -> str:
        """The tier's name; '' for none."""
        tier = self.tier(rank)
        return "" if tier is None else tier.name


class DefinitionError(Exception):
    """A programme text that cannot be read; the message names the place."""


def from_toml(text: str) -> Programme:
    """Parse and check a programme. Raises DefinitionError."""
    import tomllib

    try:
        programme = msgspec.convert(tomllib.loads(text), Programme)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise DefinitionError(str(error)) from error
    check(programme)
    return programme


def check(programme: Programme) -> None:
    """What the shape alone cannot say. Raises DefinitionError."""
    if [tier.rank for tier in programme.tiers] != list(range(1, len(programme.tiers) + 1)):
        raise DefinitionError("tiers: ranks must be 1, 2, 3 … in order")
    keys = [benefit.key for tier in programme.tiers for benefit in tier.benefits]
    if len(keys) != len(set(keys)):
        raise DefinitionError("benefits: every key is used once")
    for tier in programme.tiers:
        for benefit in tier.benefits:
            if benefit.quantity < 1:
                raise DefinitionError(f"benefits: {benefit.key} needs a quantity of at least 1")


def to_json(programme: Programme) -> str:
    """The canonical text a signed version keeps."""
    return msgspec.json.encode(programme, order="deterministic").decode()


def from_json(text: str) -> Programme:
    """A signed version's text, back."""
    return msgspec.json.decode(text, type=Programme)
