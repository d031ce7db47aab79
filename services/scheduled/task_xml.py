"""A duty for the Windows Task Scheduler: the task as XML, and the calls of schtasks.

The task runs as the user who is signed in, without a password and without more rights than they
have, and is made up for when the PC was off. Its names stand under one folder, which the
uninstaller clears.
"""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Sequence

from services.scheduled.plan import BACKUP, FRIDAY, Plan, from_note, note_of

FOLDER = "HaochiDesk"
_NAMES = {BACKUP: "Backup", FRIDAY: "Friday"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NOTE = re.compile(r"<Documentation>(.*?)</Documentation>", re.DOTALL)

_TASK = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{about}</Description>
    <Documentation>{note}</Documentation>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>{day}T{time}:00</StartBoundary>
      <Enabled>true</Enabled>
      {schedule}
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">{user}
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
    <ExecutionTimeLimit>PT2H</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
_DAILY = "<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>"
_WEEKLY = (
    "<ScheduleByWeek><DaysOfWeek><{day} /></DaysOfWeek>"
    "<WeeksInterval>1</WeeksInterval></ScheduleByWeek>"
)


def task_name(duty: str) -> str:
    r"""'\HaochiDesk\Backup'."""
    return f"\\{FOLDER}\\{_NAMES[duty]}"


def task_xml(plan: Plan, words: Sequence[str], *, about: str, today: str, user: str = "") -> str:
    """The task; to be written as UTF-16. `today` is the first day it may run, `user` as
    'PC\\name' ('' leaves it to Windows: whoever installs it)."""
    return _TASK.format(
        about=_escaped(about),
        note=_escaped(note_of(plan)),
        day=today,
        time=plan.time,
        schedule=_WEEKLY.format(day=_DAYS[plan.weekday]) if plan.weekly else _DAILY,
        user=f"\n      <UserId>{_escaped(user)}</UserId>" if user else "",
        program=_escaped(words[0]),
        arguments=_escaped(subprocess.list2cmdline(words[1:])),
    )


def create(duty: str, file: str) -> list[str]:
    """Make the task of a file, in the place of an earlier one."""
    return ["schtasks.exe", "/Create", "/F", "/TN", task_name(duty), "/XML", file]


def delete(duty: str) -> list[str]:
    """Take the task away."""
    return ["schtasks.exe", "/Delete", "/F", "/TN", task_name(duty)]


def query(duty: str) -> list[str]:
    """Read the task as XML."""
    return ["schtasks.exe", "/Query", "/TN", task_name(duty), "/XML", "ONE"]


def plan_in(output: bytes) -> Plan | None:
    """The plan inside what `query` printed, in whichever encoding this Windows prints."""
    found = _NOTE.search(output.replace(b"\0", b"").decode("ascii", "ignore"))
    return from_note(html.unescape(found[1]).strip()) if found else None


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)  # `xml.sax.saxutils` would load a web client with TLS
