"""Who did what comes round: on Mondays and Fridays somebody goes through the list (R151)."""

from __future__ import annotations

from datetime import date

from services.clock import plus_days
from services.commands import Session
from services.demo.crew import Crew
from services.duties.board import OPEN, DutyRow, duty_board
from services.duties.doing import do_duty, skip_duty
from services.duties.facts import DRILL, RECOVERY, UNCLAIMED
from services.reports.calls import make_calls
from services.reports.spans import usual

_DAYS = (0, 4)  # Monday and Friday
_LATELY = 120  # days at the end in which the list is kept
_WAITS = 30  # days at the end in which some of it still waits
_LEFT = ("promotion", "inspection")  # for whoever tries the demo


def do_chores(crew: Crew, day: str, today: str) -> int:
    """Put on record what is due on a day of the last months; answers how many duties."""
    if date.fromisoformat(day).weekday() not in _DAYS:
        return 0
    if not plus_days(today, -_LATELY) <= day < today:
        return 0
    rows = [row for row in duty_board(crew.manager.db, day, "") if row.state == OPEN]
    return sum(_do(crew, row, day, today) for row in rows)


def _do(crew: Crew, row: DutyRow, day: str, today: str) -> bool:
    """Do one; answers whether it was."""
    key, cycle = row.duty.id, row.cycle
    if row.duty.ask == UNCLAIMED:
        first, last = usual("month", day)
        make_calls(crew.manager, first=first, last=last)
        return True
    if row.duty.ask in (DRILL, RECOVERY):
        skip_duty(crew.director, duty_id=key, cycle=cycle, reason="演示诊所没有备份和恢复码")
        return True
    if row.duty.ask or (row.duty.key in _LEFT and day >= plus_days(today, -_WAITS)):
        return False
    if row.about_id == crew.director.actor.id:
        skip_duty(crew.director, duty_id=key, cycle=cycle, reason="本人主讲")
        return True
    ticked = tuple(point.text for point in row.points if not point.ticked)
    do_duty(_whose(crew, row), duty_id=key, cycle=cycle, ticked=ticked)
    return True


def _whose(crew: Crew, row: DutyRow) -> Session:
    """The post's own, but nobody ticks their own training."""
    directors = row.duty.post == crew.director.actor.role
    return crew.director if directors or row.about_id == crew.manager.actor.id else crew.manager
