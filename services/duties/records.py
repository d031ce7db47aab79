"""Duties and what was done about them, as stored."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import msgspec
from peewee import JOIN

from models.database import ClinicDatabase
from models.duties import Duty, DutyDone
from models.system import Staff
from services.errors import RuleError
from services.i18n import tr


@dataclass(frozen=True)
class DutyRecord:
    """What comes round. `ask`: the fact of the program that does it ('' where somebody ticks it);
    nothing that was due before `from_on` counts."""

    id: int
    key: str
    name: str
    rhythm: str
    day: int
    month: int
    ahead: int
    post: str
    ask: str
    points: tuple[str, ...]
    note: str
    active: bool
    from_on: str


@dataclass(frozen=True)
class DoneRow:
    """Something done about a cycle. `complete`: with it the duty was done; `back_by` and `back_on`:
    who took it back and when."""

    id: int
    duty_id: int
    cycle: str
    ticked: tuple[str, ...]
    complete: bool
    skipped: bool
    note: str
    on: str
    staff_id: int
    by: str
    seq: int
    back_by: str = ""
    back_on: str = ""

    @property
    def stands(self) -> bool:
        """Whether nobody took it back."""
        return not self.back_on

    @property
    def closes(self) -> bool:
        """Whether the cycle is done with."""
        return self.stands and (self.complete or self.skipped)


_COLUMNS = (
    Duty.id, Duty.key, Duty.name, Duty.rhythm, Duty.day, Duty.month, Duty.ahead, Duty.post,
    Duty.ask, Duty.points, Duty.note, Duty.active, Duty.from_on,
)  # fmt: skip


def duties(db: ClinicDatabase, *, everything: bool = False) -> list[DutyRecord]:
    """Duties that are switched on (or every one), in the order they came."""
    query = Duty.select(*_COLUMNS).order_by(Duty.id)
    return [_duty(row) for row in db.rows(query if everything else query.where(Duty.active == 1))]


def duty(db: ClinicDatabase, duty_id: int) -> DutyRecord:
    """One duty. Raises RuleError when there is none."""
    row = db.row(Duty.select(*_COLUMNS).where(Duty.id == duty_id))
    if row is None:
        raise RuleError(tr("没有这项事项，请关闭窗口后重新打开。"))
    return _duty(row)


def _duty(row: tuple[Any, ...]) -> DutyRecord:
    duty_id, key, name, rhythm, day, month, ahead, post, ask, points, note, active, from_on = row
    listed = points_of(points)
    return DutyRecord(
        duty_id,
        key,
        name,
        rhythm,
        day,
        month,
        ahead,
        post,
        ask,
        listed,
        note,
        bool(active),
        from_on,
    )


def points_of(text: str) -> tuple[str, ...]:
    """A stored list of points."""
    return msgspec.json.decode(text, type=tuple[str, ...])


def points_text(points: tuple[str, ...]) -> str:
    """A list of points as it is stored."""
    return msgspec.json.encode(points).decode()


def done_rows(
    db: ClinicDatabase, *, duty_id: int | None = None, cycle: str | None = None
) -> dict[tuple[int, str], list[DoneRow]]:
    """What was done by (duty, cycle), oldest first; of one duty or of one of its cycles."""
    back, other = DutyDone.alias(), Staff.alias()
    query = (
        DutyDone.select(
            DutyDone.id,
            DutyDone.duty_id,
            DutyDone.cycle,
            DutyDone.ticked,
            DutyDone.complete,
            DutyDone.skipped,
            DutyDone.note,
            DutyDone.occurred_on,
            DutyDone.staff_id,
            Staff.name,
            DutyDone.seq,
            other.name,
            back.occurred_on,
        )
        .join(Staff, on=(Staff.id == DutyDone.staff_id))
        .switch(DutyDone)
        .join(back, JOIN.LEFT_OUTER, on=(back.takes_back_id == DutyDone.id))
        .join(other, JOIN.LEFT_OUTER, on=(other.id == back.staff_id))
        .where(DutyDone.takes_back_id.is_null())
        .order_by(DutyDone.id)
    )
    if duty_id is not None:
        query = query.where(DutyDone.duty_id == duty_id)
    if cycle is not None:
        query = query.where(DutyDone.cycle == cycle)
    found: dict[tuple[int, str], list[DoneRow]] = defaultdict(list)
    for row in db.rows(query):
        row_id, of, about, ticked, complete, skipped, note, on, staff_id, by, seq, *back_row = row
        back_by, back_on = (text or "" for text in back_row)
        found[of, about].append(
            DoneRow(
                row_id,
                of,
                about,
                points_of(ticked),
                bool(complete),
                bool(skipped),
                note,
                on,
                staff_id,
                by,
                seq,
                back_by,
                back_on,
            )
        )
    return found
