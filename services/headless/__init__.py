"""The program without a window: `main.py COMMAND …`. Nothing of Qt is loaded here; a PDF is laid
out by what the program hands in.

Exit codes: 0 done, 1 refused or faults found (one sentence on standard error), 2 the command
line was not understood. What is printed names no full name, phone or document number.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from services.errors import AppError, EnvironmentFault, Fault, fault_sentence
from services.forms.paper import Paper
from services.headless import arguments, terminal
from services.i18n import tr

REFUSED = 1
USAGE = 2

Verb = Callable[[argparse.Namespace], int]
PdfWriter = Callable[[Paper, Path], object]


def main(argv: list[str], write_pdf: PdfWriter | None = None) -> int:
    """Run one command; answers the exit code. `write_pdf` lays a paper out into a file."""
    terminal.prepare()
    try:
        given = argparse.Namespace(write_pdf=write_pdf)
        chosen = arguments.parser().parse_args(argv, given)
        return COMMANDS[chosen.command](chosen)
    except arguments.UsageError as error:
        terminal.complain(str(error))
        return USAGE
    except AppError as error:
        terminal.complain(error.sentence)
    except EnvironmentFault as error:
        terminal.complain(_explained(error))
    except KeyboardInterrupt:
        terminal.complain(tr("已中断。"))
    return REFUSED


def _explained(error: EnvironmentFault) -> str:
    sentence = fault_sentence(error.fault)
    if error.fault is Fault.LOCKED and error.detail:
        sentence += tr("占用者：{who}。").format(who=error.detail)
    return sentence


def _lazy(name: str) -> Verb:
    """A verb that is loaded when it is called: starting the window must not pay for it."""

    def run(chosen: argparse.Namespace) -> int:
        from services.headless import verbs

        verb: Verb = getattr(verbs, name)
        return verb(chosen)

    return run


COMMANDS: dict[str, Verb] = {
    "init": _lazy("init"),
    "add-staff": _lazy("add_staff"),
    "staff": _lazy("staff"),
    "import-roster": _lazy("import_roster"),
    "reconcile": _lazy("reconcile"),
    "verify": _lazy("verify"),
    "backup": _lazy("backup"),
    "restore": _lazy("restore"),
    "drill": _lazy("drill"),
    "demo": _lazy("demo"),
    "simulate": _lazy("simulate"),
    "report": _lazy("report"),
    "version": _lazy("version"),
    "help": _lazy("help_"),
}
