"""The little kit forms are made of: labelled rows, fields that check themselves, buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from services.errors import RuleError
from services.i18n import tr
from services.money import parse_yuan, yuan
from ui.theme import GAP, mark, role_of
from ui.widgets.enter_key import enter_presses

_DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?")


class TextEdit(QLineEdit):
    """One line of text. `value()` answers it trimmed."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)

    def value(self) -> str:
        """What was typed, without blanks around it."""
        return self.text().strip()

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Undo)
            and not self.isUndoAvailable()
        ):
            event.ignore()  # nothing to take back here: Ctrl+Z means the last posting
            return False
        return super().event(event)


class MoneyEdit(TextEdit):
    """An amount in yuan; `fen()` raises RuleError for what is no amount."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(placeholder or tr("元，例如 860 或 860.50"), parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)

    def fen(self) -> int:
        """The amount in fen. Raises RuleError."""
        return parse_yuan(self.text())

    def fen_or_none(self) -> int | None:
        """The amount in fen while typing; None while it is none yet."""
        try:
            return self.fen()
        except RuleError:
            return None

    def set_fen(self, fen: int) -> None:
        """Show an amount."""
        self.setText(yuan(fen).replace(",", ""))


def parse_date(text: str) -> str:
    """'YYYY-MM-DD' of 19900515, 1990-5-15, 1990.5.15, 1990/5/15 or 1990年5月15日.

    Raises RuleError for anything else, also for a day that does not exist.
    """
    found = _DATE.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        return date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        raise RuleError(tr("日期写成 19900515 或 1990-5-15。")) from None


class DateEdit(TextEdit):
    """A date typed in any of the desk's ways; completed to YYYY-MM-DD on leaving the field."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(placeholder or tr("例如 19900515"), parent)
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        self.editingFinished.connect(self._complete)

    def day(self) -> str:
        """The date. Raises RuleError."""
        return parse_date(self.text())

    def day_or_none(self) -> str | None:
        """The date; None when nothing was typed. Raises RuleError for what is no date."""
        return self.day() if self.value() else None

    def _complete(self) -> None:
        try:
            self.setText(self.day())
        except RuleError:
            return  # said when the form is sent, not while the hand is still on the field


class ChoiceBox(QComboBox):
    """A choice of values with words; the first letters typed jump to a word."""

    def __init__(
        self, choices: Sequence[tuple[Any, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._offered: list[tuple[Any, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[Any, str]]) -> None:
        """Offer these (value, word) pairs; keeps the chosen value when it is still offered, else
        the first is chosen. `currentIndexChanged` is emitted once, or not at all when the same are
        offered and the choice stays."""
        chosen, wanted = self.value(), list(choices)
        if wanted == self._offered:
            if chosen is None:
                self.setCurrentIndex(0)
            return
        self._offered = wanted
        deaf = self.blockSignals(True)
        self.clear()
        for value, word in wanted:
            self.addItem(word, value)
        if chosen is not None:
            self.choose(chosen)
        self.blockSignals(deaf)
        self.currentIndexChanged.emit(self.currentIndex())

    def value(self) -> Any:
        """The chosen value."""
        return self.currentData()

    def choose(self, value: Any) -> None:
        """Choose a value."""
        index = self.findData(value)
        if index >= 0:
            self.setCurrentIndex(index)


class PinEdit(TextEdit):
    """A PIN: dots, no input method, no clipboard history."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(placeholder or tr("6 至 12 位数字"), parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(12)
        hints = Qt.InputMethodHint
        self.setInputMethodHints(hints.ImhDigitsOnly | hints.ImhSensitiveData | hints.ImhHiddenText)


class Field(QWidget):
    """A control with the reason it was refused below it."""

    def __init__(self, control: QWidget, hint: str = "") -> None:
        super().__init__()
        self.control = control
        self._hint = hint
        self._note = QLabel(hint)
        self._note.setWordWrap(True)
        role_of(self._note, "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(control)
        column.addWidget(self._note)
        self._note.setVisible(bool(hint))  # only now: alone it would flash up as a window
        self.setFocusProxy(control)
        if isinstance(control, QLineEdit):
            control.textEdited.connect(self.clear_error)

    def set_hint(self, hint: str) -> None:
        """Say something else below the control while nothing is wrong."""
        self._hint = hint
        if not self.error:
            self._note.setText(hint)
            self._note.setVisible(bool(hint))
            self.control.setAccessibleDescription(hint)

    def refuse(self, sentence: str) -> None:
        """Say below the control what is wrong and put the keyboard there."""
        self.mark_wrong(sentence)
        self.control.setFocus()
        if isinstance(self.control, PinEdit):
            self.control.selectAll()  # nobody can correct what shows as dots

    def mark_wrong(self, sentence: str) -> None:
        """Say below the control what is wrong; the keyboard stays where it is."""
        self._note.setText(sentence)
        self._note.setVisible(True)
        role_of(self._note, "error")
        self._mark(True)
        self.control.setAccessibleDescription(sentence)

    @property
    def error(self) -> str:
        """What is said to be wrong; '' when nothing is."""
        return self._note.text() if self.control.property("wrong") else ""

    def clear_error(self, *_: object) -> None:
        """Back to the hint."""
        if not self.control.property("wrong"):
            return
        self._note.setText(self._hint)
        self._note.setVisible(bool(self._hint))
        role_of(self._note, "muted")
        self._mark(False)
        self.control.setAccessibleDescription(self._hint)

    def _mark(self, wrong: bool) -> None:
        mark(self.control, "wrong", wrong)


class Form(QWidget):
    """Labelled rows. `add('姓名(&N)', control)` answers the `Field`."""

    submitted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(2 * GAP)
        self._layout.setVerticalSpacing(GAP)
        self._layout.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        policy = QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow
        self._layout.setFieldGrowthPolicy(policy)
        self.fields: list[Field] = []

    def add(self, label: str, control: QWidget, hint: str = "") -> Field:
        """Add a row; the label's word is the control's accessible name."""
        field = Field(control, hint)
        words = QLabel(label)
        words.setBuddy(control)
        words.setMinimumHeight(32)
        words.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignTop)
        control.setAccessibleName(plain(label))
        control.setAccessibleDescription(hint)
        self._layout.addRow(holder, field)
        self.fields.append(field)
        if isinstance(control, QLineEdit):
            control.returnPressed.connect(self.submitted)
        return field

    def add_wide(self, widget: QWidget) -> None:
        """Add something across both columns."""
        self._layout.addRow(widget)

    def show_row(self, field: Field, shown: bool) -> None:
        """Show or hide a row with its label."""
        self._layout.setRowVisible(field, shown)

    def clear_errors(self) -> None:
        """Forget every refusal."""
        for field in self.fields:
            field.clear_error()


def plain(label: str) -> str:
    """A label without its shortcut mark: '姓名(&N)' is '姓名'."""
    return re.sub(r"\(&\w\)", "", label).replace("&", "").strip()


def button(text: str, role: str = "", tip: str = "") -> QPushButton:
    """A button; role 'primary' once a view, 'danger', 'flat', 'link' or none."""
    made = QPushButton(text)
    made.setAccessibleName(plain(text))
    made.setAutoDefault(False)
    enter_presses(made)
    if tip:
        made.setToolTip(tip)
        made.setAccessibleDescription(tip)
    if role:
        role_of(made, role)
    return made


def label(text: str, role: str = "") -> QLabel:
    """A text; role 'heading', 'subheading', 'muted', 'success', 'warning', 'error' or none."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    if role:
        role_of(made, role)
    return made


def button_row(*buttons: QWidget, left: Sequence[QWidget] = ()) -> QHBoxLayout:
    """Buttons at the right edge, `left` ones at the left."""
    row = QHBoxLayout()
    row.setSpacing(GAP)
    for widget in left:
        row.addWidget(widget)
    row.addStretch(1)
    for widget in buttons:
        row.addWidget(widget)
    return row
