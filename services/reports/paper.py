"""A report as a paper: headings, grids and signature lines, laid out by whoever prints it."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.errors import RuleError
from services.forms.letterhead import clinic_title, contact_line, logo_of
from services.forms.paper import Block, Grid, Heading, Paper, Signatures, Size, Text
from services.i18n import tr
from services.reports.reading import ReadReport, ReadSheet, total_words, words
from services.reports.workbook import file_name

MOST = 3000  # rows that are still worth a pile of paper
_WIDE = 6  # columns from which on the paper lies on its side
_FIGURES = ("int", "signed", "money", "rate")


def as_paper(db: ClinicDatabase, found: ReadReport) -> Paper:
    """The report as a paper. Raises RuleError when it is too long to be read on paper, or a list
    in clear text, which leaves as a workbook with its watermark only."""
    if found.ask.clear:
        raise RuleError(tr("明文名单只能存成带水印的 Excel，请改用 Excel。"))
    if found.count > MOST:
        sentence = tr("这张表有 {n} 行，印出来太长。请缩短时间段，或存成 Excel。")
        raise RuleError(sentence.format(n=f"{found.count:,}"))
    blocks: list[Block] = []
    for each in found.sheets:
        blocks += _blocks(each, alone=len(found.sheets) == 1)
    signers = [each.sheet.signers for each in found.sheets if each.sheet.signers]
    blocks += [Signatures(each) for each in signers[:1]]  # one signs for the whole paper
    wide = max(len(each.sheet.columns) for each in found.sheets) > _WIDE
    return Paper(
        title=found.report.title,
        name=file_name(found.report, found.ask),
        clinic=clinic_title(db),
        blocks=tuple(blocks),
        size=Size.A4_LANDSCAPE if wide else Size.A4,
        subject=_days(found),
        contact=contact_line(db),
        logo=logo_of(db),
    )


def _days(found: ReadReport) -> str:
    words_ = tr("期间 {first} 至 {last}　制表日 {today}")
    return words_.format(first=found.ask.first, last=found.ask.last, today=found.ask.today)


def _blocks(each: ReadSheet, *, alone: bool) -> list[Block]:
    sheet = each.sheet
    rows = [
        tuple(words(c, v) for c, v in zip(sheet.columns, row, strict=True)) for row in each.rows
    ]
    if not rows:
        nothing = ["" for _ in sheet.columns]
        nothing[min(1, len(nothing) - 1)] = tr("本期没有记录")
        rows.append(tuple(nothing))
    if each.totals:
        rows.append(total_words(sheet, each.totals))
    found: list[Block] = [] if alone else [Heading(sheet.name)]
    found.append(
        Grid(
            headers=tuple(column.header for column in sheet.columns),
            rows=tuple(rows),
            widths=tuple(column.width for column in sheet.columns),
            figures=tuple(i for i, c in enumerate(sheet.columns) if c.kind in _FIGURES),
        )
    )
    if sheet.notes:
        found.append(Text(sheet.notes, small=True))
    return found
