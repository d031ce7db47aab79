"""What is ticked while somebody is on the phone: satisfaction, recovery, how soon to call again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from services.followups.outcomes import RECOVERIES, recovery_title, satisfaction_title
from services.i18n import tr
from ui.forms import label
from ui.theme import role_of
from ui.widgets.gift_kit import key_button

DAYS = (1, 3, 7)


class Steps(QWidget):
    """Buttons of which at most one is down; Alt+letter or Space."""

    def __init__(self, choices: Sequence[tuple[Any, str]]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.buttons: list[QPushButton] = []
        self._values = [value for value, _ in choices]
        for number, (_, words) in enumerate(choices):
            made = key_button(words)
            role_of(made, "segment")
            made.setCheckable(True)
            made.clicked.connect(partial(self._clicked, number))
            self.buttons.append(made)
            row.addWidget(made)
        row.addStretch(1)

    def value(self) -> Any:
        """What is down, or None."""
        pairs = zip(self._values, self.buttons, strict=True)
        return next((value for value, made in pairs if made.isChecked()), None)

    def clear(self) -> None:
        """Nothing said."""
        for made in self.buttons:
            made.setChecked(False)

    def _clicked(self, number: int, *_: object) -> None:
        for other, made in enumerate(self.buttons):
            if other != number:
                made.setChecked(False)


def satisfaction_steps() -> Steps:
    """1 to 4 under Alt+Q, W, E, T."""
    return Steps([(n, f"{satisfaction_title(n)}(&{letter})") for n, letter in enumerate("QWET", 1)])


def recovery_steps() -> Steps:
    """How somebody recovers under Alt+J, K, L."""
    pairs = zip(RECOVERIES, "JKL", strict=True)
    return Steps([(each, f"{recovery_title(each)}(&{letter})") for each, letter in pairs])


class LaterBar(QWidget):
    """How soon to call again: 1, 3 and 7 act at once, any other key asks for a day."""

    chosen = Signal(int)
    day_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("改到几天后"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        words = label(tr("改到几天后，按："), "warning")
        words.setWordWrap(False)
        row.addWidget(words)
        for days in DAYS:
            made = key_button(tr("{n} 天后").format(n=days))
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.clicked.connect(partial(self._pressed, days))
            row.addWidget(made)
        other = key_button(tr("其他日期 ⏎"))
        other.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        other.clicked.connect(self.day_wanted)
        row.addWidget(other)
        row.addStretch(1)

    def _pressed(self, days: int, *_: object) -> None:
        self.chosen.emit(days)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.isAutoRepeat():
            return
        if event.text() in map(str, DAYS):
            self.chosen.emit(int(event.text()))
        elif enter or event.text().isdigit():
            self.day_wanted.emit()
        else:
            super().keyPressEvent(event)
