"""Duties that were done, against each other and the commands that wrote them."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import msgspec
from peewee import JOIN

from models import checks
from models.database import ClinicDatabase
from models.duties import Duty, DutyDone
from models.system import Audit
from services.duties.cycles import RHYTHMS, STAFF_RHYTHM, staff_of
from services.verify.report import Findings


class _Row(NamedTuple):
    id: int
    duty_id: int
    cycle: str
    about_id: int | None
    ticked: str
    complete: int
    skipped: int
    takes_back_id: int | None
    staff_id: int
    actor_id: int | None
    entity_id: int | None


def check_duties(db: ClinicDatabase, found: Findings) -> None:
    """Every row names who wrote it and a turn its duty can have; what takes one back is of the same
    turn; no turn is done twice, and none by hand that a fact of the program does."""
    known: dict[int, tuple[str, str]] = {}
    columns = (Duty.id, Duty.rhythm, Duty.ask, Duty.points)
    for duty_id, rhythm, ask, points in db.rows(Duty.select(*columns)):
        known[duty_id] = (rhythm, ask)
        if rhythm not in RHYTHMS or not _is_list(points):
            found.add("duty.list", duty_id)
    rows = {row[0]: _Row(*row) for row in checks.stream(db, _query())}
    found.count("duty_rows", len(rows))
    back = {row.takes_back_id for row in rows.values()}
    closing: Counter[tuple[int, str]] = Counter()
    for row in rows.values():
        rhythm, ask = known[row.duty_id]
        if not _is_sound(row, rhythm, rows):
            found.add("duty.row", row.id)
        if row.complete and ask:
            found.add("duty.by_hand", row.id)
        if (row.complete or row.skipped) and row.id not in back:
            closing[row.duty_id, row.cycle] += 1
    for (duty_id, cycle), times in closing.items():
        if times > 1:
            found.add("duty.twice", f"#{duty_id} {cycle}")


def _query() -> Any:
    return DutyDone.select(
        DutyDone.id,
        DutyDone.duty_id,
        DutyDone.cycle,
        DutyDone.about_id,
        DutyDone.ticked,
        DutyDone.complete,
        DutyDone.skipped,
        DutyDone.takes_back_id,
        DutyDone.staff_id,
        Audit.actor_id,
        Audit.entity_id,
    ).join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == DutyDone.seq))


def _is_sound(row: _Row, rhythm: str, rows: dict[int, _Row]) -> bool:
    """Whether a row agrees with its command, its turn and what it takes back."""
    good = (row.staff_id, row.duty_id) == (row.actor_id, row.entity_id) and _is_list(row.ticked)
    about = staff_of(row.cycle)
    good &= row.about_id == about and (rhythm == STAFF_RHYTHM) == (about is not None)
    if row.takes_back_id is None:
        return good
    target = rows[row.takes_back_id]
    same = (target.duty_id, target.cycle) == (row.duty_id, row.cycle)
    return good and same and target.takes_back_id is None and not (row.complete or row.skipped)


def _is_list(text: str) -> bool:
    try:
        msgspec.json.decode(text, type=tuple[str, ...])
    except msgspec.DecodeError:
        return False
    return True
