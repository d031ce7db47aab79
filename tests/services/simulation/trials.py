"""Short ways to try a programme on a few events, and programmes made for a test."""

from __future__ import annotations

from typing import Any

import msgspec

from services.programmes.definition import Programme
from services.programmes.registry import preset
from services.simulation.result import MemberResult, Simulation
from services.simulation.run import simulate
from services.simulation.source import Trial

AS_OF = "2026-11-20"
DAY = "2026-03-01"
A, B = "医院方案A", "医院方案B"


def row(
    kind: str,
    amount: object = "",
    item: object = "",
    quantity: object = "",
    note: object = "",
    *,
    on: object = DAY,
    member: object = "M1",
) -> tuple[object, ...]:
    """The cells of one event."""
    return on, member, kind, amount, item, quantity, note


def run(programme: Programme | str, *rows: tuple[object, ...], as_of: str = AS_OF) -> Simulation:
    """A simulation of these rows; the first is row 2, as in a sheet with a header."""
    found = preset(programme) if isinstance(programme, str) else programme
    return simulate(Trial(found, "preset"), list(enumerate(rows, 2)), as_of)


def one(programme: Programme | str, *rows: tuple[object, ...], as_of: str = AS_OF) -> MemberResult:
    """The only member of a simulation in which every row was taken."""
    found = run(programme, *rows, as_of=as_of)
    assert found.rejected == ()
    (member,) = found.members
    return member


def refused(
    programme: Programme | str, *rows: tuple[object, ...], as_of: str = AS_OF
) -> dict[int, str]:
    """Row number → why it was not taken."""
    return dict(run(programme, *rows, as_of=as_of).rejected)


def with_points(base: str = B, **points: Any) -> Programme:
    """A preset with other rules for points."""
    programme = preset(base)
    return msgspec.structs.replace(
        programme, points=msgspec.structs.replace(programme.points, **points)
    )


def with_tier(base: str, rank: int, **changes: Any) -> Programme:
    """A preset with one tier changed."""
    programme = preset(base)
    tiers = list(programme.tiers)
    tiers[rank - 1] = msgspec.structs.replace(tiers[rank - 1], **changes)
    return msgspec.structs.replace(programme, tiers=tuple(tiers))


def left(found: MemberResult) -> dict[str, int]:
    """Service → how often it may still be drawn, all periods together."""
    sums: dict[str, int] = {}
    for each in found.entitlements:
        sums[each.name] = sums.get(each.name, 0) + each.left
    return sums


def due(found: MemberResult) -> list[str]:
    return [gift.name for gift in found.gifts_due]
