"""A sheet of a report on the screen: its first rows, what they come to, and a plot beside them."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.i18n import tr
from services.reports.reading import ReadSheet, words
from services.reports.sheet import Column as SheetColumn
from services.reports.sheet import Row, Sheet
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.plot import Plot, PlotSeries

_FIGURES = ("int", "signed", "money", "rate")
_CHARACTER = 8  # dots a half-width character takes, a little air included
_EDGES = 18  # dots beside a cell's text
_FEW = 4  # columns that leave half of the room to a plot
_WIDEST = 1.5  # figures too far apart are hard to read across


class SheetView(QWidget):
    """The list is called like its report, so that its column widths are remembered by sheet."""

    def __init__(self, name: str, found: ReadSheet, settings: QSettings, room: int) -> None:
        super().__init__()
        self.found = found
        sheet = found.sheet
        self.table = Table(
            name,
            columns(sheet.columns, _room_of(sheet, room)),
            settings,
            title=sheet.name,
            empty_text=tr("这段时间没有记录。\n用“上一期”“下一期”换一段时间，或改日期后按回车。"),
        )
        self.table.horizontalHeader().setStretchLastSection(False)
        self.table.set_rows(found.rows)
        self.total = label(total_line(found), "subheading")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(self._body(), 1)
        column.addWidget(self.total)
        if sheet.notes:
            column.addWidget(label("　".join(sheet.notes), "muted"))

    def _body(self) -> QHBoxLayout:
        """The list, with its plot beside it when there is something to look at."""
        row = QHBoxLayout()
        row.setSpacing(2 * GAP)
        row.addWidget(self.table, 1 + (len(self.found.sheet.columns) > _FEW))
        chart = self.found.sheet.chart
        self.plot = Plot(chart.title) if chart is not None and chart.labels else None
        if self.plot is not None and chart is not None:
            self.plot.set_data(chart.labels, [PlotSeries(*each) for each in chart.series])
            row.addWidget(self.plot, 1)
        return row


def _room_of(sheet: Sheet, room: int) -> int:
    """What a plot leaves to the list."""
    if sheet.chart is None:
        return room
    return room * 2 // 3 if len(sheet.columns) > _FEW else room // 2


def columns(of: tuple[SheetColumn, ...], room: int) -> list[Column]:
    """The list's columns, made narrower or wider together to fit into `room` dots."""
    shown = [(number, each) for number, each in enumerate(of) if not each.detail]
    wanted = [each.width * _CHARACTER + _EDGES for _, each in shown]
    scale = min(room / max(sum(wanted), 1), _WIDEST)
    return [
        Column(
            each.header,
            partial(_text, number, each),
            sort=partial(_value, number),
            align="right" if each.kind in _FIGURES else "left",
            width=int(width * scale),
        )
        for (number, each), width in zip(shown, wanted, strict=True)
    ]


def _text(number: int, column: SheetColumn, row: Row) -> str:
    return words(column, row[number])


def _value(number: int, row: Row) -> Any:
    return row[number]


def total_line(found: ReadSheet) -> str:
    """'共 44 行 · 参考价(元) 1,690'; says so when only the first rows are shown."""
    parts = [tr("共 {n} 行").format(n=f"{found.count:,}")]
    if found.count > len(found.rows):
        parts[0] = tr("共 {n} 行，这里列出前 {m} 行，其余请存成 Excel").format(
            n=f"{found.count:,}", m=len(found.rows)
        )
    if found.totals:
        for column, value in zip(found.sheet.columns, found.totals, strict=True):
            if (column.total == "sum" or column.share) and value not in ("", None):
                parts.append(f"{column.header} {words(column, value)}")
    return " · ".join(parts)
