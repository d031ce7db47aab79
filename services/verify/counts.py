"""The numbers of the Friday counts against their lines; corrections against what they correct."""

from __future__ import annotations

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import CountLine, Reconciliation
from models.paperwork import CountEntry
from services.verify.report import Findings, Watch

_Key = tuple[int, str]


def check_counts(db: ClinicDatabase, found: Findings, watch: Watch) -> None:
    """A line holds the newest number that was entered for it; in a correction, where none was,
    that of the close it corrects. Counts from before numbers were kept are left alone."""
    began = db.scalar(CountEntry.select(fn.MIN(CountEntry.seq)))
    rows = db.rows(
        Reconciliation.select(
            Reconciliation.id,
            Reconciliation.week,
            Reconciliation.seq,
            Reconciliation.state,
            Reconciliation.corrects_id,
        ).order_by(Reconciliation.id)
    )
    for number, week, seq, state, corrects_id in rows:
        entered = _newest(db, number)
        lines = _lines(db, number)
        before = {} if corrects_id is None else _lines(db, corrects_id)
        # a week opened before the first number that was ever kept may hold numbers without one
        all_kept = began is not None and seq > began
        for key in sorted(lines.keys() | entered.keys()):
            want = entered.get(key, before.get(key))
            if key not in lines or (lines[key] != want and (want is not None or all_kept)):
                found.add("week.entries", f"{week} #{key[0]} {key[1]}")
        if corrects_id is not None and state != "abandoned" and lines.keys() != before.keys():
            found.add("week.correction", f"{week} #{number}")
        watch.breathe()
    _check_corrections(db, found)
    found.count("count_entries", db.scalar(CountEntry.select(fn.COUNT(CountEntry.id))))


def _check_corrections(db: ClinicDatabase, found: Findings) -> None:
    """A correction has the span of a closed week, a reason, and is the only closed one of it."""
    old = Reconciliation.alias()
    broken = (
        Reconciliation.select(Reconciliation.week, Reconciliation.id)
        .join(old, on=(old.id == Reconciliation.corrects_id))
        .where(
            (old.state != "closed")
            | (old.week != Reconciliation.week)
            | (old.from_seq != Reconciliation.from_seq)
            | (old.cutoff_seq != Reconciliation.cutoff_seq)
            | (old.id >= Reconciliation.id)
            | (Reconciliation.reason == "")
        )
    )
    twice = (
        Reconciliation.select(Reconciliation.week, fn.MAX(Reconciliation.id))
        .where((Reconciliation.state == "closed") & Reconciliation.corrects_id.is_null(False))
        .group_by(Reconciliation.corrects_id)
        .having(fn.COUNT(Reconciliation.id) > 1)
    )
    for week, number in (*db.rows(broken), *db.rows(twice)):
        found.add("week.correction", f"{week} #{number}")


def _newest(db: ClinicDatabase, number: int) -> dict[_Key, int]:
    # SQLite answers the other columns of the row that has the greatest id
    rows = db.rows(
        CountEntry.select(
            CountEntry.gift_id, CountEntry.place, CountEntry.counted, fn.MAX(CountEntry.id)
        )
        .where(CountEntry.reconciliation_id == number)
        .group_by(CountEntry.gift_id, CountEntry.place)
    )
    return {(gift_id, place): counted for gift_id, place, counted, _ in rows}


def _lines(db: ClinicDatabase, number: int) -> dict[_Key, int | None]:
    rows = db.rows(
        CountLine.select(CountLine.gift_id, CountLine.place, CountLine.counted).where(
            CountLine.reconciliation_id == number
        )
    )
    return {(gift_id, place): counted for gift_id, place, counted in rows}
