"""The lines of a stock paper to fill in: a gift a row, a number and Enter, next."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QScrollArea, QWidget

from services.errors import RuleError
from services.i18n import tr
from ui.forms import TextEdit, label, parse_date
from ui.theme import GAP

_MONTH = re.compile(r"(\d{4})\D?(\d{1,2})\D?")
MOST_SHOWN = 9  # rows before the list scrolls
_ROW = 40


class ExpiryEdit(TextEdit):
    """The last usable day as boxes print it: a day, or a month of which it is the last."""

    def __init__(self) -> None:
        super().__init__(tr("2027-05，可不填"))
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        self.editingFinished.connect(self._complete)

    def day_or_none(self) -> str | None:
        """'YYYY-MM-DD'; None when nothing was typed. Raises RuleError for what is no date."""
        return parse_expiry(self.text()) if self.value() else None

    def _complete(self) -> None:
        try:
            self.setText(self.day_or_none() or "")
        except RuleError:
            return  # said when the form is sent


def parse_expiry(text: str) -> str:
    """The last day of 202705, 2027-05, 2027.5 or 2027年5月; else a day as `parse_date` takes it.

    Raises RuleError for anything else.
    """
    found = _MONTH.fullmatch(text.strip())
    try:
        if found is None:
            return parse_date(text)
        year, month = (int(part) for part in found.groups())
        return date(year, month, monthrange(year, month)[1]).isoformat()
    except (RuleError, ValueError):
        raise RuleError(tr("有效期写成 20270531，只有年月的写 2027-05。")) from None


@dataclass(frozen=True)
class LineTitle:
    """A column to fill in: what is written above it, and how wide it is."""

    text: str
    width: int


class LineGrid(QScrollArea):
    """Rows of a gift, a fact and some editors. Enter goes down the first column of editors; below
    the last row it belongs to the dialog."""

    def __init__(self, title: str, fact: str, titles: Sequence[LineTitle]) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.editors: list[tuple[QLineEdit, ...]] = []
        self._titles = titles
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnMinimumWidth(1, 96)
        for column, text in enumerate((tr("礼品"), fact, *(each.text for each in titles))):
            self._grid.addWidget(label(text, "muted"), 0, column)
        held = QWidget()
        held.setLayout(self._grid)
        self.setWidget(held)

    def add_row(self, gift: str, fact: str, *editors: QLineEdit) -> None:
        """A gift with its editors."""
        row = len(self.editors) + 1
        self._grid.addWidget(label(gift), row, 0)
        self._grid.addWidget(label(fact, "muted"), row, 1)
        for number, (editor, title) in enumerate(zip(editors, self._titles, strict=True)):
            editor.setAccessibleName(f"{gift} {title.text}")
            editor.setFixedWidth(title.width)
            self._grid.addWidget(editor, row, 2 + number)
        self.editors.append(editors)
        self.setMinimumHeight(min(row, MOST_SHOWN) * _ROW + _ROW)

    def close_rows(self) -> None:
        """No more rows: what room is left stays below them."""
        self._grid.setRowStretch(len(self.editors) + 1, 1)

    def start(self) -> None:
        """The first number."""
        self._go(0)

    def next_row(self) -> bool:
        """Go to the first editor of the row below; False when there is none."""
        focus = self.focusWidget()
        here = next((n for n, row in enumerate(self.editors) if focus in row), None)
        if here is None or here + 1 >= len(self.editors):
            return False
        self._go(here + 1)
        return True

    def show_row(self, row: int, column: int = 0) -> None:
        """Put the keyboard where something is wrong."""
        self.editors[row][column].setFocus()
        self.ensureWidgetVisible(self.editors[row][column])

    def _go(self, row: int) -> None:
        if row < len(self.editors):
            self.show_row(row)
            self.editors[row][0].selectAll()
