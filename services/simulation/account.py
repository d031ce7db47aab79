"""A points account in memory, under the same verbs as the stored one (`programmes.lots`)."""

from __future__ import annotations

from services.programmes.lots import Account, Lot, Source, expire_lots
from services.programmes.periods import NEVER
from services.programmes.registry import Timeline


class MemoryAccount(Account):
    """The points of one member of a simulation; `day` is the day it has come to."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.day = ""
        self.expired = 0
        self._entries = 0
        self._lots: dict[int, Lot] = {}
        self._lacking: dict[int, int] = {}  # reversals that still lack points, oldest first
        self._first_end = NEVER  # no lot ends before

    @property
    def today(self) -> str:
        return self.day

    def come_to(self, day: str) -> None:
        """Let the days pass up to `day`: what has run out by then is written off (E22)."""
        self.day = day
        if self._first_end < day:
            self.expired += expire_lots(self)
            self._first_end = min(
                (lot.expires_on for lot in self._lots.values() if lot.expires_on), default=NEVER
            )

    def lots(self) -> list[Lot]:
        return list(self._lots.values())

    def owed(self) -> list[tuple[int, int]]:
        return list(self._lacking.items())

    def entry(self, points: int, source: Source) -> int:
        self._entries += 1
        if points > 0:
            ends = source.expires_on
            self._lots[self._entries] = Lot(
                self._entries, points, source.receipt_id, ends, source.on
            )
            if ends is not None and ends < self._first_end:
                self._first_end = ends
        elif source.kind == "reversal":
            self._lacking[self._entries] = -points
        return self._entries

    def allocate(self, debit_id: int, lot_id: int, points: int) -> None:
        lot = self._lots[lot_id]
        if points == lot.remaining:
            del self._lots[lot_id]
        else:
            self._lots[lot_id] = lot._replace(remaining=lot.remaining - points)
        lacking = self._lacking.get(debit_id, 0) - points
        if lacking > 0:
            self._lacking[debit_id] = lacking
        else:
            self._lacking.pop(debit_id, None)
