"""The labels of a person as chips, a row for each dimension: Space or Enter puts one on or off."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from services.groups.delicate import kind_title
from services.groups.labels import LabelRow
from services.i18n import tr
from ui.forms import button
from ui.theme import GAP, role_of
from ui.widgets.enter_key import enter_presses
from ui.widgets.flow_row import FlowRow


class LabelChips(QWidget):
    """`wanted` tells which label is to be put on (True) or taken off."""

    wanted = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("标签"))
        self.chips: dict[int, QPushButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * GAP)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(1, 1)

    def show_labels(self, offered: Sequence[LabelRow], carried: set[int]) -> None:
        """Every label that is offered or carried; the carried ones are down."""
        rows: dict[str, list[QWidget]] = {}
        for each in offered:
            chip = self.chips.get(each.id)
            if chip is None:
                chip = self._chip(each)
                rows.setdefault(each.dimension, []).append(chip)
            chip.setChecked(each.id in carried)
        for dimension, chips in rows.items():
            number = self._grid.rowCount()
            title = role_of(QLabel(dimension), "muted")
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(title, number, 0, top | Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(FlowRow(chips), number, 1)

    def _chip(self, row: LabelRow) -> QPushButton:
        marks = [kind_title(row.sensitive)] if row.sensitive else []
        marks += [tr("警示")] if row.alert else []
        chip = button(row.name + (f"({'、'.join(marks)})" if marks else ""), "chip")
        chip.setCheckable(True)
        chip.setProperty("labelId", row.id)
        chip.clicked.connect(self._clicked)
        enter_presses(chip)
        self.chips[row.id] = chip
        return chip

    def _clicked(self, on: bool) -> None:
        chip = self.sender()
        if isinstance(chip, QPushButton):
            self.wanted.emit(int(chip.property("labelId")), on)

    def first(self) -> QWidget | None:
        """Where the keyboard starts."""
        return next(iter(self.chips.values()), None)
