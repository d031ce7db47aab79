"""The lines of a Friday period: what ought to lie where, from the moves, and what was counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import CountLine, Gift, Reconciliation, StockMove
from models.paperwork import GiftPart
from services.gifts.stock import PLACES
from services.gifts.stored_periods import PeriodRow, in_force


@dataclass(frozen=True)
class ComparedRow:
    """One gift at one place. Issued and scrapped are shown positive; transfers are signed.

    `since` is what moved after the cut-off: whoever counts later sees why the shelf differs.
    `first` is what was counted first, where somebody looked (see `friday_lists.comparison`).
    """

    gift_id: int
    code: str
    name: str
    spec: str
    unit: str
    place: str
    opening: int
    received: int
    transferred: int
    issued: int
    returned: int
    scrapped: int
    adjusted: int
    counted: int | None = None
    reason: str = ""
    since: int = 0
    first: int | None = None

    @property
    def book(self) -> int:
        """账面: what ought to lie there at the cut-off."""
        return (
            self.opening
            + self.received
            + self.transferred
            - self.issued
            + self.returned
            - self.scrapped
            + self.adjusted
        )

    @property
    def difference(self) -> int | None:
        """差异: counted minus book; None while not counted."""
        return None if self.counted is None else self.counted - self.book

    @property
    def recounted(self) -> bool:
        """Whether a later count changed the first one."""
        return self.first is not None and self.first != self.counted


def computed_lines(db: ClinicDatabase, from_seq: int, cutoff_seq: int) -> list[ComparedRow]:
    """The lines of a period from the ledger: every gift in use at both places, and whatever
    else lay or moved there. By gift code, the warehouse first."""
    openings = _openings(db, from_seq)
    sums = _sums(db, from_seq, cutoff_seq)
    rows = []
    for gift_id, code, name, spec, unit, active in _gifts(db, cutoff_seq):
        for place in PLACES:
            key = (gift_id, place)
            if not (active or openings.get(key) or key in sums):
                continue
            moved = sums.get(key, {})
            rows.append(
                ComparedRow(
                    gift_id,
                    code,
                    name,
                    spec,
                    unit,
                    place,
                    opening=openings.get(key, 0),
                    received=moved.get("receive", 0),
                    transferred=moved.get("transfer", 0),
                    issued=-moved.get("issue", 0),
                    returned=moved.get("return", 0),
                    scrapped=-moved.get("scrap", 0),
                    adjusted=moved.get("adjust", 0),
                )
            )
    return rows


def stored_lines(
    db: ClinicDatabase, row: PeriodRow, *, moved_since: bool = True
) -> list[ComparedRow]:
    """The lines frozen when the period was opened, with what was counted so far; `since` is left
    empty unless what `moved_since` is asked for."""
    since = _sums(db, row.cutoff_seq, None) if moved_since else {}
    query = (
        CountLine.select(
            CountLine.gift_id,
            Gift.code,
            Gift.name,
            Gift.spec,
            Gift.unit,
            CountLine.place,
            CountLine.opening,
            CountLine.received,
            CountLine.transferred,
            CountLine.issued,
            CountLine.returned,
            CountLine.scrapped,
            CountLine.adjusted,
            CountLine.counted,
            CountLine.reason,
        )
        .join(Gift, on=(Gift.id == CountLine.gift_id))
        .where(CountLine.reconciliation_id == row.id)
        .order_by(Gift.code, CountLine.place.desc())
    )
    return [
        ComparedRow(*(*line, sum(since.get((line[0], line[5]), {}).values())))
        for line in db.rows(query)
    ]


def signed_digest(lines: Iterable[tuple[int, str, int | None, str]]) -> str:
    """A short digest of what is signed for: (gift, place, counted, reason) of every line."""
    text = repr(sorted(tuple(line) for line in lines))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _gifts(db: ClinicDatabase, cutoff_seq: int) -> list[tuple[Any, ...]]:
    packs = GiftPart.select(GiftPart.gift_id)  # these lie nowhere, only their parts do
    return db.rows(
        Gift.select(Gift.id, Gift.code, Gift.name, Gift.spec, Gift.unit, Gift.active)
        .where((Gift.seq <= cutoff_seq) & Gift.id.not_in(packs))
        .order_by(Gift.code)
    )


def _openings(db: ClinicDatabase, from_seq: int) -> dict[tuple[int, str], int]:
    """What was counted, in the end, of the period that was cut off at `from_seq`."""
    rows = db.rows(
        CountLine.select(CountLine.gift_id, CountLine.place, CountLine.counted)
        .join(Reconciliation, on=(Reconciliation.id == CountLine.reconciliation_id))
        .where(
            (Reconciliation.cutoff_seq == from_seq)
            & (Reconciliation.state == "closed")
            & in_force()
        )
    )
    return {(gift_id, place): counted for gift_id, place, counted in rows}


def _sums(
    db: ClinicDatabase, after_seq: int, until_seq: int | None
) -> dict[tuple[int, str], dict[str, int]]:
    """Signed sums by gift, place and kind; count moves are no movement of any period."""
    wanted = (StockMove.seq > after_seq) & (StockMove.kind != "count")
    if until_seq is not None:
        wanted &= StockMove.seq <= until_seq
    rows = db.rows(
        StockMove.select(
            StockMove.gift_id, StockMove.place, StockMove.kind, fn.SUM(StockMove.quantity)
        )
        .where(wanted)
        .group_by(StockMove.gift_id, StockMove.place, StockMove.kind)
    )
    found: dict[tuple[int, str], dict[str, int]] = {}
    for gift_id, place, kind, quantity in rows:
        found.setdefault((gift_id, place), {})[kind] = quantity
    return found
