"""The five ways to reckon a refund side by side: how much, how so, or why not (E59)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from services.i18n import tr
from services.memberships.leave_form import FormRow
from services.memberships.worksheet import METHODS, Calculation, Worksheet, method_title
from services.money import yuan
from ui.forms import label
from ui.theme import GAP, mark, role_of
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import key_button, rename

HEIGHT = 25 * GAP


class WayCard(QFrame):
    """One way: its title, the amount, the reckoning, and the key that chooses it."""

    def __init__(self, number: int, method: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(method_title(method))
        self.title = label(method_title(method), "subheading")
        self.title.setMinimumHeight(5 * GAP)
        self.title.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.amount = label("", "heading")
        self.lines = label("", "muted")
        self.pick: QPushButton = key_button(tr("选用(&{n})").format(n=number))
        self.pick.setCheckable(True)
        role_of(self.pick, "segment")
        self._number = number
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP + 4, GAP, GAP, GAP)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.amount)
        column.addWidget(scrolling(self.lines), 1)
        column.addWidget(self.pick)

    def show_way(self, way: Calculation, *, proposed: bool, chosen: bool, locked: bool) -> None:
        """The amount, or why this way is none."""
        applies = way.applies
        self.amount.setText(tr("¥{fen}").format(fen=yuan(way.amount_fen)) if applies else "")
        self.amount.setVisible(applies)
        self.lines.setText("\n".join(way.lines) if applies else _unfit(way))
        words = tr("建议选用(&{n})") if proposed else tr("选用(&{n})")
        if locked:
            words = tr("已选用") if chosen else ""
        if chosen:
            words = "✓ " + words
        rename(self.pick, words.format(n=self._number))
        self.pick.setAccessibleDescription(method_title(way.method))
        self.pick.setVisible(applies and bool(words))
        self.pick.setEnabled(not locked)
        self.pick.setChecked(chosen)
        role_of(self.title, "subheading" if applies else "muted")
        mark(self, "chosen", chosen)
        self.setAccessibleDescription(self.text())

    def text(self) -> str:
        """What the card says."""
        parts = (self.amount.text(), self.lines.text())
        return " ".join(part for part in parts if part)


class WorksheetView(QWidget):
    """`picked(method)` when a hand chose one; Alt+1 … Alt+5."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("五种算法"))
        self.cards = {method: WayCard(n, method) for n, method in enumerate(METHODS, 1)}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for method, card in self.cards.items():
            card.pick.setProperty("method", method)
            self._group.addButton(card.pick)
            row.addWidget(card, 1)
        self.setMinimumHeight(HEIGHT)
        self._group.buttonClicked.connect(self._picked)

    def show_sheet(self, sheet: Worksheet, chosen: str, *, locked: bool = False) -> None:
        """Show the five ways with one of them chosen; `locked` to read only."""
        for way in sheet.calculations:
            self.cards[way.method].show_way(
                way,
                proposed=way.method == sheet.proposed,
                chosen=way.method == chosen,
                locked=locked,
            )

    def _picked(self, button: QPushButton) -> None:
        self.picked.emit(str(button.property("method")))


class FactRows(QWidget):
    """Labels and what stands beside them, as the form prints them."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * GAP)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)

    def show_rows(self, rows: tuple[FormRow, ...]) -> None:
        """Show these rows instead."""
        while item := self._grid.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        top = Qt.AlignmentFlag.AlignTop
        for number, row in enumerate(rows):
            words = role_of(QLabel(row.label), "muted")
            self._grid.addWidget(words, number, 0, top)
            self._grid.addWidget(label(row.text), number, 1, top)
        said = tr("；").join(f"{row.label} {row.text}" for row in rows)
        self.setAccessibleDescription(said)


def _unfit(way: Calculation) -> str:
    return tr("不适用：{why}").format(why=way.why_not)
