"""What outstanding points are worth: the one assumption behind every liability figure.

Points that are only counted can never be claimed and are worth nothing. Where points pay bills,
that rate is their price. Else a point is taken to be worth 1 % of the yuan it was earned with,
one fen, as the gifts of R139 are.
"""

from __future__ import annotations

from services.programmes.definition import Benefit, Programme
from services.programmes.plan import number


def liability_fen(programme: Programme, points: int) -> int:
    """What so many outstanding points are worth in fen, rounded up (E42)."""
    if programme.points.mode != "spend":
        return 0
    per_yuan = number(programme.points.per_yuan_off)
    return -(-points * 100 // per_yuan) if per_yuan else points


def value_fen(benefit: Benefit) -> int:
    """What one piece of a benefit is worth in fen; 0 while it is 待定."""
    return (number(benefit.value_yuan) or 0) * 100
