"""The states of a visit, the steps between them, and which step stands (R008, R096).

A step is written once and never changed. Taking one back is a step of its own that names it, so
what still stands is a stack: the newest standing step is the one that can be taken back next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from models.database import ClinicDatabase
from models.desk import Visit
from models.query import Prepared, slot
from models.reception import VisitStep
from services.commands import Tx
from services.desk.reception import LEFT
from services.i18n import tr

EXPECTED = "expected"
STATES = (EXPECTED, "waiting", "called", "in_treatment", "done", LEFT)
NOT_COME = (EXPECTED, LEFT)
OVER = ("done", LEFT)
HERE = tuple(state for state in STATES if state not in OVER)
QUEUE = ("waiting", "called")
_CHUNK = 500
ARRIVAL = ""  # where the first step of a visit comes from

# every change the desk may make; the way back of each step is there too
TRANSITIONS = frozenset(
    {
        (EXPECTED, "waiting"),
        (EXPECTED, LEFT),
        ("waiting", "called"),
        ("waiting", "in_treatment"),
        ("waiting", "done"),
        ("waiting", LEFT),
        ("called", "waiting"),
        ("called", "in_treatment"),
        ("called", "done"),
        ("called", LEFT),
        ("in_treatment", "called"),
        ("in_treatment", "waiting"),
        ("in_treatment", "done"),
        ("done", "waiting"),
        ("done", "in_treatment"),
        (LEFT, "waiting"),
    }
)

_COLUMNS = (
    VisitStep.id,
    VisitStep.visit_id,
    VisitStep.was,
    VisitStep.now,
    VisitStep.at_utc,
    VisitStep.undoes_id,
)
_OF_VISIT = Prepared(
    lambda: (
        VisitStep.select(*_COLUMNS)
        .where(VisitStep.visit_id == slot("visit_id"))
        .order_by(VisitStep.id)
    )
)
_OF_DAYS = Prepared(
    lambda: (
        Visit.select(*_COLUMNS)
        .join(VisitStep, on=(VisitStep.visit_id == Visit.id))
        .where((Visit.visit_date >= slot("first")) & (Visit.visit_date <= slot("last")))
        .order_by(VisitStep.visit_id, VisitStep.id)
    )
)


class Step(NamedTuple):
    """A visit moved from `was` ('' on arrival) to `now` at the instant `at_utc`."""

    id: int
    visit_id: int
    was: str
    now: str
    at_utc: str
    undoes_id: int | None = None


def state_title(state: str) -> str:
    """A state as the desk says it."""
    return {
        EXPECTED: tr("预约未到"),
        "waiting": tr("候诊"),
        "called": tr("已叫号"),
        "in_treatment": tr("就诊中"),
        "done": tr("完成"),
        LEFT: tr("未到/离开"),
    }[state]


def step_title(step: Step) -> str:
    """A step as the desk says it: '候诊→已叫号'."""
    if step.was == ARRIVAL:
        return tr("登记到诊")
    return f"{state_title(step.was)}→{state_title(step.now)}"


def keep_step(tx: Tx, visit_id: int, was: str, now: str, undoes_id: int | None = None) -> int:
    """Write a step down; answers its id."""
    return tx.db.insert(
        VisitStep,
        visit_id=visit_id,
        was=was,
        now=now,
        at_utc=tx.now_utc,
        undoes_id=undoes_id,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def standing(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps that were not taken back, oldest first."""
    kept: dict[int, Step] = {}
    for step in steps:
        if step.undoes_id is None:
            kept[step.id] = step
        else:
            kept.pop(step.undoes_id, None)
    return tuple(kept.values())


def steps_of(db: ClinicDatabase, visit_id: int) -> tuple[Step, ...]:
    """The standing steps of one visit; none for a visit older than the steps themselves."""
    return standing(Step(*row) for row in _OF_VISIT.rows(db, visit_id=visit_id))


def steps_of_visits(db: ClinicDatabase, visits: list[int]) -> dict[int, tuple[Step, ...]]:
    """The standing steps of these visits; () when all were taken back."""
    return _by_visit(
        row
        for start in range(0, len(visits), _CHUNK)
        for row in db.rows(
            VisitStep.select(*_COLUMNS)
            .where(VisitStep.visit_id.in_(visits[start : start + _CHUNK]))
            .order_by(VisitStep.visit_id, VisitStep.id)
        )
    )


def steps_between(db: ClinicDatabase, first: str, last: str) -> dict[int, tuple[Step, ...]]:
    """The standing steps of every visit of these days, by visit; () when all were taken back."""
    return _by_visit(_OF_DAYS.rows(db, first=first, last=last))


def _by_visit(rows: Iterable[tuple[Any, ...]]) -> dict[int, tuple[Step, ...]]:
    every: dict[int, list[Step]] = {}
    for row in rows:
        step = Step(*row)
        every.setdefault(step.visit_id, []).append(step)
    return {visit_id: standing(steps) for visit_id, steps in every.items()}


def waited(arrived_at: str, state: str, steps: tuple[Step, ...], now_utc: str) -> int | None:
    """Whole minutes from the arrival to the treatment, or until now for those who still wait.

    None for somebody who is not here, and where no step tells when the treatment began (R096).
    """
    if state in QUEUE:
        return minutes_between(arrived_at, now_utc)
    if state in NOT_COME:
        return None
    ended = next((step for step in reversed(steps) if _begins_treatment(step)), None)
    return None if ended is None else minutes_between(arrived_at, ended.at_utc)


def _begins_treatment(step: Step) -> bool:
    return step.was in QUEUE and step.now in ("in_treatment", "done")


def minutes_between(earlier_utc: str, later_utc: str) -> int:
    """Whole minutes between two stored instants, never below 0."""
    seconds = (_instant(later_utc) - _instant(earlier_utc)).total_seconds()
    return max(int(seconds) // 60, 0)


def _instant(utc: str) -> datetime:
    return datetime.fromisoformat(utc)
