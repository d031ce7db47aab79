"""What a simulation answers: one row per member, totals, and the rows that were not taken.

Amounts are fen, dates 'YYYY-MM-DD'. Field names are those of the JSON (programmes.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.programmes.gaps import Gap


@dataclass(frozen=True, slots=True)
class GiftDue:
    """One gift that was not handed out yet; `reason` is a code of `definition.Reason`."""

    name: str
    reason: str
    value_fen: int


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A service that may be drawn on the day of the simulation; `end` None is open."""

    name: str
    start: str
    end: str | None
    granted: int
    used: int
    left: int


@dataclass(frozen=True, slots=True)
class MemberResult:
    """Where a member's events lead. `tier` None is no tier; `route` is single, cumulative, paid
    or manual. `points_earned` counts for tiers, `points_available` may be spent. In threshold mode
    nothing ever takes points (C22), so that available ones are those earned, plus any bonus;
    `entitlements` holds a quota that is used up unless a tier's change put another in its place."""

    member: str
    tier: str | None
    reached_on: str | None
    route: str | None
    spend_fen: int
    points_earned: int
    points_available: int
    points_deficit: int
    points_expired: int
    gifts_due: tuple[GiftDue, ...]
    entitlements: tuple[Entitlement, ...]


@dataclass(frozen=True)
class ServiceTotal:
    """How often a service was granted to all members together, and drawn."""

    name: str
    granted: int
    used: int


@dataclass(frozen=True)
class Totals:
    """What the programme would have cost. `gifts_granted_fen` counts every gift granted, handed
    out or not; `liability_fen` is what the outstanding points are worth (`programmes.worth`)."""

    members: int
    gifts_due_fen: int
    gifts_granted_fen: int
    points_available: int
    liability_fen: int
    services: tuple[ServiceTotal, ...]


@dataclass(frozen=True)
class Simulation:
    """A programme's effect on a file of events, up to and including `as_of`.

    `version` is the number of a signed version, 'preset', 'draft' or 'file'. `tiers` counts
    members by the name of their tier, '' for none. `rejected`: (row number, reason), by row.
    `missing`: what is 待定 in the programme and so held for nobody; `left_out`: what a file of
    events cannot tell, in sentences.
    """

    programme: str
    version: int | str
    as_of: str
    digest: str
    members: tuple[MemberResult, ...]
    tiers: Mapping[str, int]
    rejected: tuple[tuple[int, str], ...]
    missing: tuple[Gap, ...]
    left_out: tuple[str, ...]
    totals: Totals
