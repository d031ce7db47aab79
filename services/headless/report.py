"""`report`: one of the clinic's reports as a workbook, a PDF, JSON, or a line on the screen."""

from __future__ import annotations

import argparse
from pathlib import Path

from services.clinic import Clinic
from services.errors import RuleError
from services.headless.arguments import UsageError
from services.headless.terminal import complain, say
from services.i18n import tr
from services.reports.handover import usual_span
from services.reports.paper import as_paper
from services.reports.plain import as_json, write_json
from services.reports.reading import ReadReport, read
from services.reports.registry import find, reports
from services.reports.sheet import Ask, Filters, Report
from services.reports.spans import typed
from services.reports.workbook import write_workbook

_SCREEN = Path("-")


def list_reports() -> int:
    """Every report with both names and what it is for."""
    for each in reports():
        say(f"{each.name}\t{each.title}\t{each.about}")
    return 0


def run(clinic: Clinic, chosen: argparse.Namespace) -> int:
    """Write what was asked for, or say how many rows there are. Answers 0; refusals are raised."""
    if not chosen.name:
        raise UsageError(tr("请写出报表的名称。用 report --list 看有哪些报表。"))
    report = find(chosen.name)
    ending = "" if chosen.out is None else chosen.out.suffix.lower()
    if chosen.out is not None and ending not in (".xlsx", ".pdf"):
        raise RuleError(tr("文件名请以 .xlsx 或 .pdf 结尾。"))
    if chosen.out is not None and chosen.json is not None and _same(chosen.out, chosen.json):
        raise RuleError(tr("--out 和 --json 不能是同一个文件，请另取一个文件名。"))
    ask = _ask(clinic, report, chosen)
    if ending == ".xlsx":
        rows = write_workbook(clinic, chosen.out, report, ask).rows
    if ending != ".xlsx" or chosen.json is not None:
        found = read(clinic.db, report, ask)
        rows = found.count
        _write(clinic, found, chosen, pdf=ending == ".pdf")
    words = tr("{title} {first} 至 {last}：共 {rows} 行。").format(
        title=report.title, first=ask.first, last=ask.last, rows=f"{rows:,}"
    )
    # standard output is for the JSON alone when it goes there
    (complain if chosen.json == _SCREEN else say)(words)
    if chosen.out is None and chosen.json is None:
        say(tr("没有写文件：要保存请加 --out 文件.xlsx、--out 文件.pdf 或 --json 文件。"))
    return 0


def _write(clinic: Clinic, found: ReadReport, chosen: argparse.Namespace, *, pdf: bool) -> None:
    """The PDF and the JSON, as far as they were asked for."""
    if pdf:
        if chosen.write_pdf is None:
            raise RuleError(tr("这里不能写 PDF，请改用 .xlsx。"))
        chosen.write_pdf(as_paper(clinic.db, found), chosen.out)
    if chosen.json == _SCREEN:
        say(as_json(found).decode())
    elif chosen.json is not None:
        write_json(found, chosen.json)


def _ask(clinic: Clinic, report: Report, chosen: argparse.Namespace) -> Ask:
    today = clinic.clock.today()
    filters = Filters(
        chosen.tier, chosen.birthday_month, chosen.no_visit, chosen.group, chosen.label
    )
    if filters != Filters() and not report.filtered:
        raise RuleError(
            tr("“{title}”不能按等级、生日、到诊、分组或标签筛选。").format(title=report.title)
        )
    if chosen.first is None and chosen.last is None:
        return Ask(*usual_span(clinic.db, report, today), today, filters)
    return report.days(Ask(*typed(report.period, today, chosen.first, chosen.last), today, filters))


def _same(one: Path, two: Path) -> bool:
    return one.absolute() == two.absolute()
