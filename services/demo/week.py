"""A Friday of the made-up clinic: counted, explained, signed by two."""

from __future__ import annotations

import random

from services.demo import words
from services.demo.crew import Crew, Signatures
from services.demo.shelf import Shelf
from services.gifts.friday_lists import comparison, hints
from services.gifts.reconciliation import (
    CountEntry,
    close,
    compare,
    count_sheet,
    enter_count,
    open_week,
    set_reason,
)
from services.gifts.stock import DESK

_DIFFERS = 0.2


def close_week(
    crew: Crew, signatures: Signatures, shelf: Shelf, rng: random.Random, friday: str
) -> None:
    """Open, count, compare, explain what is missing, sign, close."""
    week = open_week(crew.marketing, week=friday).reconciliation_id
    rows = count_sheet(crew.marketing.db, week)
    missing = None
    if rng.random() < _DIFFERS:
        filled = [r for r in rows if r.place == DESK and shelf.counted(r.gift_id, r.place) > 2]
        missing = rng.choice(filled) if filled else None
    counts = []
    for row in rows:
        short = 1 if row is missing else 0
        counts.append(
            CountEntry(row.gift_id, row.place, shelf.counted(row.gift_id, row.place) - short)
        )
    enter_count(crew.marketing, reconciliation_id=week, counts=tuple(counts))
    if compare(crew.marketing, reconciliation_id=week).differences:
        _explain(crew, week, rng)
    close(
        crew.marketing,
        reconciliation_id=week,
        marketing=signatures.marketing,
        billing=signatures.billing,
    )
    if missing is not None:
        shelf.correct(missing.gift_id, missing.place, -1)


def _explain(crew: Crew, week: int, rng: random.Random) -> None:
    """A reason for every difference: the short delivery behind it, where there was one."""
    known = hints(crew.marketing.db, week)
    for row in comparison(crew.marketing.db, week):
        if not row.difference:
            continue
        hint = known.get((row.gift_id, row.place))
        set_reason(
            crew.marketing,
            reconciliation_id=week,
            gift_id=row.gift_id,
            place=row.place,
            reason=rng.choice(words.WHY_DIFFERENT) if hint is None else hint,
        )
