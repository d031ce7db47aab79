"""One choice for each part of a gift that a programme names: '牙刷', '牙膏', '漱口水'."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services.gifts.packs import choices_by_name
from services.gifts.stock import StockRow
from services.i18n import tr
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox, RowForm


class _Parts(RowForm):
    """Rows whose labels are as wide as those of the card around them."""

    def add_part(self, part: str, box: LetterBox) -> None:
        field = self.add(part, box)
        self._layout.labelForField(field).setMinimumWidth(10 * GAP - 2)


class PartsChoice(QWidget):
    """A row per part with the gifts that are called so, the best stocked first."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[LetterBox] = []
        self._contents: tuple[str, ...] = ()
        self._rows: tuple[tuple[StockRow, ...], ...] = ()
        self._form: _Parts | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def load(self, rows: Sequence[StockRow], contents: tuple[str, ...]) -> None:
        """Offer what there is for these parts; what was chosen stays chosen."""
        if contents != self._contents:
            self._build(contents)
        self._rows = choices_by_name(rows, contents)
        for box, fitting in zip(self.boxes, self._rows, strict=True):
            box.blockSignals(True)
            box.set_choices([(row.gift_id, gift_words(row)) for row in fitting])
            box.setEnabled(bool(fitting))
            box.blockSignals(False)

    def _build(self, contents: tuple[str, ...]) -> None:
        if self._form is not None:
            self._column.removeWidget(self._form)
            self._form.deleteLater()
        self._contents, self._form, self.boxes = contents, _Parts(), []
        for part in contents:
            box = LetterBox()
            box.currentIndexChanged.connect(self._changed)
            self._form.add_part(part, box)
            self.boxes.append(box)
        self._column.addWidget(self._form)

    def _changed(self, *_: object) -> None:
        self.changed.emit()

    def chosen(self) -> tuple[StockRow, ...]:
        """What was chosen, as far as there is something to choose."""
        found = zip(self.boxes, self._rows, strict=True)
        return tuple(rows[box.currentIndex()] for box, rows in found if rows)

    def missing(self) -> list[str]:
        """Parts for which the catalogue has nothing of the name."""
        return [part for part, rows in zip(self._contents, self._rows, strict=True) if not rows]


def gift_words(row: StockRow) -> str:
    """A gift as a choice: its name, and how many the desk can hand out."""
    name = f"{row.name} {row.spec}".strip()
    return f"{name} · " + tr("收费室 {n}").format(n=row.desk)
