"""A simulation as JSON, the form other tools read: the fields of programmes.md and two more.

`missing` says what was 待定 in the programme, `totals` what it would have cost.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from services.simulation.result import MemberResult, Simulation
from services.workbooks.files import write_whole


def as_json(found: Simulation) -> bytes:
    """The simulation in UTF-8, amounts in fen, `tier` null for none."""
    return msgspec.json.encode(
        {
            "programme": found.programme,
            "version": found.version,
            "as_of": found.as_of,
            "members": [_member(each) for each in found.members],
            "tiers": found.tiers,
            "rejected": [{"row": row, "reason": reason} for row, reason in found.rejected],
            "missing": found.missing,
            "totals": found.totals,
        }
    )


def write_json(found: Simulation, path: Path) -> None:
    """Write the JSON, whole or not at all. Raises what `workbooks.files.write_whole` raises."""
    data = as_json(found) + b"\n"
    write_whole(path, lambda file: file.write(data))


def _member(found: MemberResult) -> dict[str, object]:
    return {
        "member": found.member,
        "tier": found.tier,
        "reached_on": found.reached_on,
        "route": found.route,
        "spend_fen": found.spend_fen,
        "points_earned": found.points_earned,
        "points_available": found.points_available,
        "points_deficit": found.points_deficit,
        "points_expired": found.points_expired,
        "gifts_due": found.gifts_due,
        "entitlements": [
            {
                "name": each.name,
                "from": each.start,
                "to": each.end,
                "granted": each.granted,
                "used": each.used,
                "left": each.left,
            }
            for each in found.entitlements
        ],
    }
