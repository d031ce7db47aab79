"""What was received of somebody who was introduced, by item class, up to any day.

A receipt counts by its own day, with all its money up to the day that is asked for: what goes back
later lowers the value, also after the agreement. What was received is shared among the receipt's
item classes by the amounts of its lines, to the fen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class PaidReceipt:
    """A receipt: its day, what its lines come to by item class, and the days and amounts (fen,
    negative when given back) of its money."""

    id: int
    on: str
    weights: tuple[tuple[str, int], ...]
    money: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Window:
    """The days in which receipts count for an introduction, both included."""

    first: str
    last: str

    def holds(self, day: str) -> bool:
        """Whether a day lies inside."""
        return self.first <= day <= self.last


def amounts(receipts: Iterable[PaidReceipt], until: str, item_class: str = "") -> dict[str, int]:
    """Value in fen by item class of what was received up to `until`; of one class only when
    `item_class` names one. Classes without value are left out."""
    found: dict[str, int] = {}
    for receipt in receipts:
        net = max(sum(fen for day, fen in receipt.money if day <= until), 0)
        for name, fen in shared(net, receipt.weights):
            if not item_class or name == item_class:
                found[name] = found.get(name, 0) + fen
    return {name: fen for name, fen in sorted(found.items()) if fen}


def shared(net: int, weights: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    """`net` fen shared by weight; the shares add up to it. Without weights it has no class."""
    whole = sum(weight for _, weight in weights)
    if whole <= 0:
        return [("", net)]
    found, given, passed = [], 0, 0
    for name, weight in weights:
        passed += weight
        upto = net * passed // whole
        found.append((name, upto - given))
        given = upto
    return found
