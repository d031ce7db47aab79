"""The commands a scheduler runs: the ones a person can type, so that anybody can try them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from services.scheduled.plan import FRIDAY, Plan


def program() -> list[str]:
    """How this program is started: itself when it is installed, else Python and its source."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, str(Path(__file__).parents[2] / "main.py")]


def command(plan: Plan, start: Sequence[str]) -> list[str]:
    """The words of the command."""
    words = ["backup"]
    if plan.duty == FRIDAY:
        words = ["reconcile", "--week", "last", "--out-dir", plan.folder]
    return [*start, *words, "--scheduled", "--data", plan.data]


def as_typed(words: Sequence[str], platform: str = sys.platform) -> str:
    """The command as one line for this system's terminal."""
    return subprocess.list2cmdline(words) if platform == "win32" else shlex.join(words)
