"""The program without a window: `main.py COMMAND …`. Nothing of Qt is loaded here; a PDF is laid
out by what the program hands in.

Exit codes: 0 done, 1 refused or faults found (one sentence on standard error), 2 the command
line was not understood. What is printed names no full name, phone or document number.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from models.clinic_file import OLDER_SCHEMA
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
    given = argparse.Namespace(write_pdf=write_pdf, scheduled=False)
    try:
        code, sentence, holder = _run(argv, given)
    except Exception as error:
        sentence = tr("程序出错({name})。").format(name=type(error).__name__)
        _note(given, False, sentence)
        if not given.scheduled:
            raise
        # of a windowed program this would be a dialog that nobody closes at night
        terminal.complain(sentence)
        return REFUSED
    if sentence:
        terminal.complain(sentence + holder)
    _note(given, code == 0, sentence)
    return code


def _run(argv: list[str], given: argparse.Namespace) -> tuple[int, str, str]:
    """The exit code, why it was refused, and who stood in the way: that is shown, not kept."""
    try:
        chosen = arguments.parser().parse_args(argv, given)
        _note(given, None)
        return COMMANDS[chosen.command](chosen), "", ""
    except arguments.UsageError as error:
        return USAGE, str(error), ""
    except AppError as error:
        return REFUSED, error.sentence, ""
    except EnvironmentFault as error:
        return REFUSED, _explained(error), _holder(error)
    except KeyboardInterrupt:
        return REFUSED, tr("已中断。"), ""


def _explained(error: EnvironmentFault) -> str:
    if error.fault is Fault.READ_ONLY and error.detail == OLDER_SCHEMA:
        return tr("数据还是旧版程序的格式。请先打开一次窗口，它会先备份、再升级。")
    return fault_sentence(error.fault)


def _holder(error: EnvironmentFault) -> str:
    if error.fault is not Fault.LOCKED or not error.detail:
        return ""
    from services.holders import holder_words

    return tr("占用者：{who}。").format(who=holder_words(error.detail))


def _note(given: argparse.Namespace, good: bool | None, sentence: str = "") -> None:
    """Let the window say in the morning what a scheduler heard at night; None when it begins."""
    if not given.scheduled:
        return
    from services.clock import SystemClock
    from services.data_place import data_folder
    from services.scheduled.outcomes import Outcome, begun, note
    from services.scheduled.plan import BACKUP, FRIDAY

    duty = BACKUP if given.command == "backup" else FRIDAY
    now = SystemClock().now_local()
    note(
        data_folder(given.data), duty, begun(now) if good is None else Outcome(now, good, sentence)
    )


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
    "schedule": _lazy("schedule"),
    "report": _lazy("report"),
    "version": _lazy("version"),
    "help": _lazy("help_"),
}
