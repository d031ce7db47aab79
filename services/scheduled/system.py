"""This PC's scheduler: puts a duty in, takes it out, and reads back what is there.

Nothing about a duty is kept by the program itself: the scheduler is asked each time. Its programs
are called without a shell and, on Windows, without a window.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from models import durable
from services.errors import RuleError
from services.i18n import tr
from services.scheduled import task_xml, user_units
from services.scheduled.commands import command, program
from services.scheduled.plan import DUTIES, Plan, checked, duty_name

_PATIENCE = 30  # seconds for an answer
_NO_PROGRAM = 127


@dataclass(frozen=True)
class Ran:
    """What a program answered."""

    code: int
    out: bytes = b""


Runner = Callable[[Sequence[str]], Ran]


class Scheduler(Protocol):
    """What keeps the time on this PC."""

    def name(self) -> str:
        """What people know it by."""

    def install(self, plan: Plan, now_local: str) -> None:
        """Run this duty from now on, in the place of an earlier plan of it. Raises RuleError when
        the system refuses."""

    def remove(self, duty: str) -> None:
        """Run it no more. Raises RuleError when the system refuses."""

    def installed(self, duty: str) -> Plan | None:
        """The plan it runs by; None when it does not."""


def run(words: Sequence[str]) -> Ran:
    """Call a program and wait for its answer."""
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (OSError, subprocess.TimeoutExpired):
        return Ran(_NO_PROGRAM)
    return Ran(done.returncode, done.stdout)


def scheduler_here(runner: Runner = run, platform: str = sys.platform) -> Scheduler | None:
    """The scheduler of this PC that a user may use; None when there is none (see `by_hand`)."""
    if platform == "win32":
        return WindowsTasks(runner)
    if runner(user_units.answers()).code == 0:
        return UserUnits(runner, units_folder())
    return None


def what_is_installed() -> tuple[Scheduler | None, dict[str, Plan | None]]:
    """This PC's scheduler, and the plans in it. Slow: several programs are asked."""
    found = scheduler_here()
    return found, {duty: found.installed(duty) if found else None for duty in DUTIES}


def by_hand(plan: Plan, start: Sequence[str] | None = None) -> str:
    """The line for `crontab -e`, where this program cannot install anything. Raises RuleError."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    return user_units.cron_line(checked(plan), command(plan, start or program()), user)


def none_here() -> str:
    """What to do without a scheduler that a user may use."""
    return tr(
        "这台电脑没有可用的定时服务(systemd 用户服务)。请复制命令，交给管电脑的人用 cron 定时运行。"
    )


def units_folder() -> Path:
    """Where systemd looks for a user's own units."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "systemd" / "user"


class WindowsTasks:
    """The Windows Task Scheduler, through schtasks."""

    def __init__(self, runner: Runner, start: Sequence[str] | None = None) -> None:
        self._run, self._start = runner, start

    def name(self) -> str:
        return tr("Windows 任务计划程序")

    def install(self, plan: Plan, now_local: str) -> None:
        words = command(checked(plan), self._start or program())
        text = task_xml.task_xml(
            replace(plan, since=now_local),
            words,
            about=about(plan.duty),
            today=now_local[:10],
            user=_windows_user(),
        )
        handle, name = tempfile.mkstemp(prefix="haochi-task-", suffix=".xml")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode("utf-16"))
            _expect(self._run(task_xml.create(plan.duty, name)), self.name())
        finally:
            Path(name).unlink(missing_ok=True)

    def remove(self, duty: str) -> None:
        deleted, left = self._run(task_xml.delete(duty)), self._run(task_xml.query(duty))
        if left.code == 0 or _NO_PROGRAM in (deleted.code, left.code):
            raise _refused(self.name(), deleted.code)

    def installed(self, duty: str) -> Plan | None:
        found = self._run(task_xml.query(duty))
        return task_xml.plan_in(found.out) if found.code == 0 else None


class UserUnits:
    """systemd of the user: a service and a timer for each duty."""

    def __init__(self, runner: Runner, folder: Path, start: Sequence[str] | None = None) -> None:
        self._run, self._folder, self._start = runner, folder, start

    def name(self) -> str:
        return tr("systemd 用户服务")

    def install(self, plan: Plan, now_local: str) -> None:
        words = command(checked(plan), self._start or program())
        since = replace(plan, since=now_local)
        texts = {
            "service": user_units.service_text(words, about(plan.duty)),
            "timer": user_units.timer_text(since, about(plan.duty)),
        }
        with durable.explained("units"):
            self._folder.mkdir(parents=True, exist_ok=True)
            for kind, text in texts.items():
                durable.write_text(self._folder / user_units.unit(plan.duty, kind), text)
        for call in (
            user_units.reload(),
            user_units.enable(plan.duty),
            user_units.restart(plan.duty),
        ):
            _expect(self._run(call), self.name())

    def remove(self, duty: str) -> None:
        timer = self._folder / user_units.unit(duty, "timer")
        if timer.exists():
            _expect(self._run(user_units.disable(duty)), self.name())
        with durable.explained("units"):
            for kind in ("timer", "service"):
                (self._folder / user_units.unit(duty, kind)).unlink(missing_ok=True)
        _expect(self._run(user_units.reload()), self.name())

    def installed(self, duty: str) -> Plan | None:
        text = ""
        with suppress(OSError, UnicodeDecodeError):
            text = (self._folder / user_units.unit(duty, "timer")).read_text(encoding="utf-8")
        plan = user_units.plan_in(text)
        runs = plan is not None and self._run(user_units.is_active(duty)).code == 0
        return plan if runs else None


def about(duty: str) -> str:
    """The line that stands beside the task in the system's own list."""
    return tr("皓齿前台：{duty}").format(duty=duty_name(duty))


def _windows_user() -> str:
    user, domain = os.environ.get("USERNAME", ""), os.environ.get("USERDOMAIN", "")
    return f"{domain}\\{user}" if user and domain else ""


def _expect(ran: Ran, name: str) -> None:
    if ran.code != 0:
        raise _refused(name, ran.code)


def _refused(name: str, code: int) -> RuleError:
    words = tr("{name}没有接受(代码 {code})。可以复制命令，自己建立定时任务。")
    return RuleError(words.format(name=name, code=code))
