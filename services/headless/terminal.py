"""Speaking on a terminal: lines out in UTF-8, PINs in, wherever they come from."""

from __future__ import annotations

import sys

from services.errors import RuleError
from services.i18n import tr


def prepare() -> None:
    """UTF-8 whatever the console thinks; a program without a console keeps quiet."""
    for stream in (sys.stdout, sys.stderr, sys.stdin):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def say(line: str) -> None:
    """A line of the answer, on standard output."""
    _write(sys.stdout, line)


def complain(line: str) -> None:
    """A line that is no answer: a refusal, progress, a question."""
    _write(sys.stderr, line)


def _write(stream: object, line: str) -> None:
    write = getattr(stream, "write", None)
    if write is not None:  # pythonw and windowed programs have no streams
        write(line + "\n")
        stream.flush()  # type: ignore[attr-defined]


def read_pin(question: str) -> str:
    """One line of standard input; asked for, and not shown, when a person sits there.

    Raises RuleError when there is no line.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass

        return getpass(question + " ", stream=sys.stderr).strip()
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line.strip():
        raise RuleError(
            tr("没有收到密码。请把密码写在标准输入里，一行一个({question})。").format(
                question=question
            )
        )
    return line.strip()
