"""`simulate`: what a programme makes of a file of events, as a workbook, JSON, or one line."""

from __future__ import annotations

import argparse
from pathlib import Path

from services.errors import RuleError
from services.headless.terminal import complain, say
from services.i18n import tr
from services.simulation.report import as_json, write_json
from services.simulation.result import Simulation
from services.simulation.run import Progress, simulate_file
from services.simulation.source import named
from services.simulation.words import summary
from services.simulation.workbook import write_workbook

_SCREEN = Path("-")
_SHOWN = 20  # rejected rows that are said when no file takes them


def run(chosen: argparse.Namespace, progress: Progress) -> int:
    """Simulate and write what was asked for. Answers 0; refusals are raised."""
    for target in (chosen.out, chosen.json):
        if target is not None and target.absolute() == chosen.events.absolute():
            raise RuleError(tr("结果不能写到事件表自己上面，请另取一个文件名。"))
    trial = named(chosen.programme)
    found = simulate_file(trial, chosen.events, chosen.as_of, progress=progress)
    if chosen.out is not None:
        write_workbook(found, chosen.out)
    if chosen.json == _SCREEN:
        say(as_json(found).decode())
        complain(summary(found))  # standard output is for the JSON alone
        return 0
    if chosen.json is not None:
        write_json(found, chosen.json)
    say(summary(found))
    if chosen.out is None and chosen.json is None:
        _explain(found)
    return 0


def _explain(found: Simulation) -> None:
    for row, reason in found.rejected[:_SHOWN]:
        say(tr("第 {row} 行没有采用：{reason}").format(row=row, reason=reason))
    if len(found.rejected) > _SHOWN:
        say(tr("其余的行请用 --out 写进工作簿再看。"))
