"""A duty for systemd of the user, and for cron where there is none: the texts and the calls."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from services.scheduled.plan import Plan, from_note, note_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NOTE = "Plan="
_SYSTEMCTL = ("systemctl", "--user")


def unit(duty: str, kind: str) -> str:
    """'haochi-desk-backup.timer' or '.service'."""
    return f"haochi-desk-{duty}.{kind}"


def service_text(words: Sequence[str], about: str) -> str:
    """What is run."""
    return (
        f"[Unit]\nDescription={about}\n\n"
        f"[Service]\nType=oneshot\nNice=10\nExecStart={' '.join(map(_quoted, words))}\n"
    )


def timer_text(plan: Plan, about: str) -> str:
    """When; made up for at the next start of the PC. The last section is for this program."""
    day = f"{_DAYS[plan.weekday]} " if plan.weekly else ""
    return (
        f"[Unit]\nDescription={about}\n\n"
        f"[Timer]\nOnCalendar={day}*-*-* {plan.time}:00\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n\n"
        f"[X-HaochiDesk]\n{_NOTE}{note_of(plan)}\n"
    )


def plan_in(timer: str) -> Plan | None:
    """The plan inside a timer."""
    for line in timer.splitlines():
        if line.startswith(_NOTE):
            return from_note(line.removeprefix(_NOTE))
    return None


def answers() -> list[str]:
    """Asks whether systemd looks after this user."""
    return [*_SYSTEMCTL, "show-environment"]


def reload() -> list[str]:
    """Read the units again."""
    return [*_SYSTEMCTL, "daemon-reload"]


def enable(duty: str) -> list[str]:
    """Let the timer run after every sign-in."""
    return [*_SYSTEMCTL, "enable", unit(duty, "timer")]


def restart(duty: str) -> list[str]:
    """Let it run now, by the time that stands in it now."""
    return [*_SYSTEMCTL, "restart", unit(duty, "timer")]


def disable(duty: str) -> list[str]:
    """End the timer."""
    return [*_SYSTEMCTL, "disable", "--now", unit(duty, "timer")]


def is_active(duty: str) -> list[str]:
    """Asks whether the timer runs."""
    return [*_SYSTEMCTL, "is-active", "--quiet", unit(duty, "timer")]


def cron_line(plan: Plan, words: Sequence[str], user_id: int) -> str:
    """The same for `crontab -e`; cron knows nothing of the desktop session, whose key ring keeps
    the clinic's key, so the line says where it is."""
    hour, minute = plan.time.split(":")
    day = (plan.weekday + 1) % 7 if plan.weekly else "*"  # cron's Sunday is 0
    session = f"/run/user/{user_id}"
    return (
        f"{int(minute)} {int(hour)} * * {day} "
        f"XDG_RUNTIME_DIR={session} DBUS_SESSION_BUS_ADDRESS=unix:path={session}/bus "
        + shlex.join(words).replace("%", "\\%")
    )


def _quoted(word: str) -> str:
    r"""As ExecStart wants it: in quotes, `\`, `%` and `$` doubled."""
    safe = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{safe}"'
