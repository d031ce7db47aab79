"""The two duties that a scheduler can take over, and when."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import msgspec

from services.clock import plus_days
from services.errors import RuleError
from services.i18n import tr

BACKUP, FRIDAY = "backup", "friday"
DUTIES = (BACKUP, FRIDAY)
USUAL_TIMES = {BACKUP: "21:00", FRIDAY: "18:30"}
USUAL_WEEKDAY = 4  # Friday; Monday is 0
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True)
class Plan:
    """A duty as a scheduler runs it: `time` is local 'HH:MM', every day for the backup and on
    `weekday` for the workbook, which is written into `folder`. `data`: the clinic's folder.
    `since`: the moment it was put in, '' when unknown; no part of what it does."""

    duty: str
    time: str
    data: str
    weekday: int = USUAL_WEEKDAY
    folder: str = ""
    since: str = field(default="", compare=False)

    @property
    def weekly(self) -> bool:
        """Whether it runs once a week and not every day."""
        return self.duty == FRIDAY


def good_time(text: str) -> bool:
    """Whether it is a time as 'HH:MM'."""
    return _TIME.fullmatch(text) is not None


def checked(plan: Plan) -> Plan:
    """The plan, if a scheduler can run it. Raises RuleError: time, weekday or folder."""
    if plan.duty not in DUTIES:
        raise RuleError(tr("只有 {names} 可以定时。").format(names="、".join(DUTIES)))
    if not good_time(plan.time):
        raise RuleError(tr("时间请写成 21:00 这样。"))
    if plan.weekday not in range(7):
        raise RuleError(tr("星期请写 1 至 7 的数字，1 是星期一。"))
    if plan.weekly and not (Path(plan.folder).is_absolute() and Path(plan.folder).is_dir()):
        raise RuleError(tr("请选一个现有的文件夹存放核对表。"))
    if any(mark in plan.data + plan.folder for mark in "\r\n\"'"):
        raise RuleError(tr("文件夹名里有引号或换行，计划任务读不了。请换一个文件夹。"))
    return plan


def next_run(plan: Plan, now_local: str) -> str:
    """When it runs next, as 'YYYY-MM-DD HH:MM' after the moment `now_local`."""
    day = now_local[:10]
    if plan.weekly:
        day = plus_days(day, (plan.weekday - date.fromisoformat(day).weekday()) % 7)
    moment = f"{day} {plan.time}"
    if moment > now_local[:16]:
        return moment
    return f"{plus_days(day, 7 if plan.weekly else 1)} {plan.time}"


def last_due(plan: Plan, moment: str) -> str:
    """When it was to run the last time until the local `moment`, as 'YYYY-MM-DD HH:MM'."""
    coming = next_run(plan, moment)
    return f"{plus_days(coming[:10], -7 if plan.weekly else -1)} {plan.time}"


def note_of(plan: Plan) -> str:
    """The plan as one line of plain letters, kept inside the task so that it can be read back."""
    return json.dumps(asdict(plan), sort_keys=True)


def from_note(note: str) -> Plan | None:
    """The plan of such a line; None for anything else."""
    try:
        plan = msgspec.json.decode(note, type=Plan)
    except msgspec.MsgspecError:
        return None
    sound = plan.duty in DUTIES and good_time(plan.time) and plan.weekday in range(7)
    return plan if sound else None


def weekday_name(number: int) -> str:
    """星期一 for 0."""
    return (
        tr("星期一"),
        tr("星期二"),
        tr("星期三"),
        tr("星期四"),
        tr("星期五"),
        tr("星期六"),
        tr("星期日"),
    )[number]


def duty_name(duty: str) -> str:
    """What the desk calls it."""
    return {BACKUP: tr("夜间备份"), FRIDAY: tr("每周核对表")}[duty]


def when_words(plan: Plan) -> str:
    """每天 21:00; 每周星期五 18:30."""
    if plan.weekly:
        return tr("每周{day} {time}").format(day=weekday_name(plan.weekday), time=plan.time)
    return tr("每天 {time}").format(time=plan.time)
