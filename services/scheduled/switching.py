"""On record: who let this PC run a duty by itself, or ended it.

The task itself is the PC's, outside the clinic's file; what it is allowed to take out of the clinic
without anybody there is worth a line. The folder may be named after somebody and stays out of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from services.changes import NOTHING, Changes
from services.commands import Tx, command, read_setting
from services.errors import RuleError
from services.i18n import tr
from services.scheduled.plan import Plan
from services.setup import DEMO

CHANGE = "schedule.change"


@dataclass(frozen=True)
class ScheduleChanged:
    """It is on record."""

    changes: Changes


def refuse_demo(db: ClinicDatabase) -> None:
    """Raises RuleError in a demo clinic: its tasks would take the place of the real one's."""
    if read_setting(db, DEMO) == "1":
        raise RuleError(tr("演示诊所不装定时任务，免得顶掉真实诊所的。"))


def noted_time(plan: Plan) -> str:
    """When a plan runs, as it goes on record."""
    return f"{plan.weekday + 1} {plan.time}" if plan.weekly else plan.time


@command(CHANGE, entity="clinic")
def note_change(tx: Tx, *, duty: str, when: str = "") -> ScheduleChanged:
    """Record that `duty` runs by itself now (`when` as '21:00' or '5 18:30', the weekday from 1
    before the time), or no more ('')."""
    tx.about(1, duty=duty, when=when)
    return ScheduleChanged(NOTHING)
