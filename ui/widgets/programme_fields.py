"""Controls for the fields of a programme: one for each kind of field, all with the same verbs.

`typed` tells of every change by hand, `value()` answers what stands there and raises RuleError
for what may not, `show_value` shows without telling.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QWidget,
)

from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import PENDING
from services.programmes.field_choices import colour_names
from services.programmes.fields import FormField
from ui.forms import DateEdit, TextEdit
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox, parse_count

_ASKED = ("?", "？")
_LINES = 4
_CELL = QSize(92, 28)


class WholeEdit(TextEdit):
    """A whole number. `?` writes 待定 where a number may be missing; empty is None where there
    may be none."""

    typed = Signal()

    def __init__(self, *, pending: bool, optional: bool, hint: str = "") -> None:
        super().__init__(hint)
        self._pending, self._optional = pending, optional
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        self.textChanged.connect(self._edited)

    def value(self) -> Any:
        text = self.text().strip()
        if self._pending and text == PENDING:
            return PENDING
        if not text and self._optional:
            return None
        try:
            return parse_count(text.replace(",", "").replace("，", ""))
        except RuleError:
            raise RuleError(self._wanted()) from None

    def show_value(self, value: Any) -> None:
        blocked = self.blockSignals(True)
        self.setText("" if value is None else str(value))
        self.blockSignals(blocked)

    def _wanted(self) -> str:
        if self._pending:
            return tr("填整数；还没有定就按 ?，写成“待定”。")
        return tr("填整数；没有就清空。") if self._optional else tr("填整数。")

    def _edited(self, text: str) -> None:
        if self._pending and text.strip() in _ASKED:
            self.setText(PENDING)  # tells by itself
        else:
            self.typed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.text() == PENDING and (event.text().isdecimal() or event.text() in _ASKED):
            self.clear()  # a number takes the place of the word
        super().keyPressEvent(event)


class WordEdit(TextEdit):
    """One line of text."""

    typed = Signal()

    def __init__(self, hint: str = "") -> None:
        super().__init__(hint)
        self.textChanged.connect(self.typed)

    def show_value(self, value: Any) -> None:
        blocked = self.blockSignals(True)
        self.setText(value)
        self.blockSignals(blocked)


class DayEdit(DateEdit):
    """A date, or none."""

    typed = Signal()

    def __init__(self, hint: str = "") -> None:
        super().__init__(hint)
        self.textChanged.connect(self.typed)

    def value(self) -> Any:
        return self.day() if self.text().strip() else None

    def show_value(self, value: Any) -> None:
        blocked = self.blockSignals(True)
        self.setText(value or "")
        self.blockSignals(blocked)


class LinesEdit(QPlainTextEdit):
    """Several texts, one a line."""

    typed = Signal()

    def __init__(self, hint: str = "") -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setPlaceholderText(hint or tr("一行写一条"))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES + 2 * GAP)
        self.textChanged.connect(self.typed)

    def value(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.toPlainText().splitlines())
        return tuple(line for line in lines if line)

    def show_value(self, value: Any) -> None:
        blocked = self.blockSignals(True)
        self.setPlainText("\n".join(value))
        self.blockSignals(blocked)


class YesNo(QCheckBox):
    """A tick."""

    typed = Signal()

    def __init__(self) -> None:
        super().__init__(tr("是"))
        self.setMinimumHeight(4 * GAP)
        self.clicked.connect(self.typed)

    def value(self) -> bool:
        return self.isChecked()

    def show_value(self, value: Any) -> None:
        self.setChecked(value)


class Choice(LetterBox):
    """One of a few; the wheel that scrolls the form leaves it alone."""

    typed = Signal()

    def __init__(self, choices: Sequence[tuple[Any, str]]) -> None:
        super().__init__(choices)
        self.currentIndexChanged.connect(self.typed)

    def show_value(self, value: Any) -> None:
        blocked = self.blockSignals(True)
        self.setCurrentIndex(self.findData(value))
        self.blockSignals(blocked)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ColourChoice(Choice):
    """A tier's colour by its name; one that has none is shown as it is written."""

    def __init__(self) -> None:
        super().__init__(list(colour_names().items()))
        self._paint()

    def show_value(self, value: Any) -> None:
        if self.findData(value) < 0:
            blocked = self.blockSignals(True)
            self.set_choices([*colour_names().items(), (value, value)])
            self._paint()
            self.blockSignals(blocked)
        super().show_value(value)

    def _paint(self) -> None:
        for index in range(self.count()):
            square = QPixmap(2 * GAP, 2 * GAP)
            square.fill(QColor(self.itemData(index)))
            self.setItemIcon(index, QIcon(square))


class PickList(QListWidget):
    """Some of many, side by side: arrows move, Space ticks."""

    typed = Signal()

    def __init__(self, choices: Sequence[tuple[str, str]], *, numbers: bool) -> None:
        super().__init__()
        self._numbers = numbers
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for value, word in choices:
            item = QListWidgetItem(word, self)
            item.setData(Qt.ItemDataRole.UserRole, value)
            item.setSizeHint(_CELL)
            item.setCheckState(Qt.CheckState.Unchecked)
        self.setCurrentRow(0)
        self.itemChanged.connect(self.typed)

    def value(self) -> tuple[Any, ...]:
        items = (self.item(row) for row in range(self.count()))
        ticked = (each for each in items if each.checkState() is Qt.CheckState.Checked)
        found = (each.data(Qt.ItemDataRole.UserRole) for each in ticked)
        return tuple(int(each) if self._numbers else each for each in found)

    def show_value(self, value: Any) -> None:
        blocked = self.blockSignals(True)
        chosen = {str(each) for each in value}
        for row in range(self.count()):
            item = self.item(row)
            ticked = item.data(Qt.ItemDataRole.UserRole) in chosen
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.blockSignals(blocked)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        across = max(self.viewport().width() // _CELL.width(), 1)
        rows = -(-self.count() // across)
        self.setFixedHeight(rows * _CELL.height() + 2)


class PairEdit(QWidget):
    """An occasion and its points."""

    typed = Signal()
    editingFinished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = WordEdit(tr("什么活动"))
        self.number = WholeEdit(pending=True, optional=False, hint=tr("多少分"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.words, 2)
        row.addWidget(self.number, 1)
        self.setFocusProxy(self.words)
        self.words.setAccessibleName(tr("活动"))
        self.number.setAccessibleName(tr("积分"))
        for part in (self.words, self.number):
            part.typed.connect(self.typed)
            part.editingFinished.connect(self.editingFinished)

    def value(self) -> Any:
        return self.words.value(), self.number.value()

    def show_value(self, value: Any) -> None:
        self.words.show_value(value[0])
        self.number.show_value(value[1])


Control = (
    WholeEdit | WordEdit | DayEdit | LinesEdit | YesNo | Choice | ColourChoice | PickList | PairEdit
)


def control_for(field: FormField) -> Control:
    """The control of a field that is no form of its own and no list of forms."""
    if field.kind == "number":
        pending = tr("填数字；没定就按 ?") if field.pending else ""
        hint = field.help or (tr("不填就是没有") if field.optional else pending)
        return WholeEdit(pending=field.pending, optional=field.optional, hint=hint)
    if field.kind == "choice":
        nothing = [(None, tr("不选"))] if field.optional else []
        return Choice([*nothing, *field.choices])
    if field.kind in ("texts", "days") and field.choices:
        return PickList(field.choices, numbers=field.kind == "days")
    if field.kind in ("text", "date"):
        return WordEdit(field.help) if field.kind == "text" else DayEdit(field.help)
    return {"texts": LinesEdit, "yes_no": YesNo, "colour": ColourChoice, "pair": PairEdit}[
        field.kind
    ]()
