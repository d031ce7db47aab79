"""Small controls of the gift pages: a choice by first letters, a card that Enter sends, a count."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QRegularExpressionValidator, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from services.errors import RuleError
from services.i18n import tr
from services.rights import holders, may
from ui.context import UiContext
from ui.forms import ChoiceBox, Field, Form, TextEdit, button, label, plain
from ui.theme import GAP, role_of

_PAUSE = 1.2  # seconds after which typed letters begin anew
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_FULL_WIDTH = {0xFEE0 + ord(c): c for c in "0123456789+-"}


def key_button(text: str, role: str = "", tip: str = "") -> QPushButton:
    """A button whose Alt+letter acts at once.

    Qt's own mnemonic waits 100 ms for the look of a pressed button, and a quick hand's next
    letter would land in the field before.
    """
    made = button(text, role, tip)
    keys = QKeySequence.mnemonic(text)
    if not keys.isEmpty():
        made.setShortcut(QKeySequence())
        QShortcut(keys, made).activated.connect(made.click)
    return made


def rename(made: QPushButton, text: str) -> None:
    """Give a `key_button` another text with the same letter; its own key stays the quick one."""
    made.setText(text)
    made.setShortcut(QKeySequence())
    made.setAccessibleName(plain(text))


def shortcut(owner: QWidget, keys: str, call: object) -> QShortcut:
    """A key that works while the keyboard is inside `owner`."""
    made = QShortcut(keys, owner)
    made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    made.activated.connect(call)
    return made


class LetterBox(ChoiceBox):
    """A choice by first letters: `yg` finds 牙膏, `g10` the code G10; Latin words as they are."""

    def __init__(self, choices: Sequence[tuple[Any, str]] = ()) -> None:
        self._letters = ""
        self._when = 0.0
        self._keys: list[tuple[str, ...]] = []  # read when the first letter is typed
        super().__init__(choices)

    def set_choices(self, choices: Sequence[tuple[Any, str]]) -> None:
        self._letters = ""
        self._keys = []
        super().set_choices(choices)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text().lower()
        if text and text.isascii() and text.isalnum() and not event.modifiers():
            self._type(text)
            return
        if event.key() in _ENTER:
            event.ignore()  # Enter sends the card this stands in
            return
        super().keyPressEvent(event)

    def _type(self, text: str) -> None:
        now = time.monotonic()
        fresh = now - self._when > _PAUSE
        self._when = now
        self._letters = text if fresh else self._letters + text
        for typed in (self._letters, text):
            index = self._find(typed, after=self.currentIndex() if len(typed) == 1 else -1)
            if index >= 0:
                self._letters = typed
                self.setCurrentIndex(index)
                return

    def _find(self, typed: str, *, after: int) -> int:
        """The first choice that begins so; a single letter goes round through its choices."""
        self._keys = self._keys or [letter_keys(self.itemText(n)) for n in range(self.count())]
        fits = [
            number
            for number, keys in enumerate(self._keys)
            if any(key.startswith(typed) for key in keys)
        ]
        return next((number for number in fits if number > after), fits[0] if fits else -1)


def letter_keys(word: str) -> tuple[str, ...]:
    """What a choice may be called by: its initials, its pinyin, its Latin words; what stands
    behind ' · ' is said about it and is no name."""
    from services.people.pinyin import full_pinyin, initials

    pinyin = full_pinyin(word.split(" · ")[0])
    return (initials(pinyin), pinyin.replace(" ", ""), *word.lower().replace("·", " ").split())


def checks() -> list[tuple[str, str]]:
    """How a member was verified (R039, R040), as `checked` wants it."""
    return [
        ("", tr("未核验")),
        ("card", tr("刷会员卡")),
        ("document", tr("核对证件")),
        ("phone", tr("电话核对")),
    ]


class CountEdit(TextEdit):
    """A whole number; `signed` allows a minus. Full-width digits are understood."""

    def __init__(self, placeholder: str = "", *, signed: bool = False) -> None:
        super().__init__(placeholder)
        digits = r"[0-9\x{ff10}-\x{ff19}]{0,7}"
        pattern = r"[+\-\x{ff0b}\x{ff0d}]?" + digits if signed else digits
        self.setValidator(QRegularExpressionValidator(QRegularExpression(pattern), self))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)

    def count(self) -> int:
        """The number. Raises RuleError when there is none."""
        return parse_count(self.text())


def parse_count(text: str) -> int:
    """A typed whole number. Raises RuleError for anything else."""
    try:
        return int(text.translate(_FULL_WIDTH).strip())
    except ValueError:
        raise RuleError(tr("请填写数量(整数)。")) from None


class Card(QFrame):
    """A framed form: Enter anywhere in it is `submitted`, on a button it presses the button.

    Esc is left to the window.
    """

    submitted = Signal()

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        self.body.setSpacing(GAP)
        self.heading = label(title, "subheading")
        self.body.addWidget(self.heading)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _ENTER:
            super().keyPressEvent(event)
            return
        if event.isAutoRepeat():
            return  # a hand that rests on Enter has said it once
        focus = self.focusWidget()
        if isinstance(focus, QPushButton) and focus.property("role") != "primary":
            focus.click()
        else:
            self.submitted.emit()


class RowForm(Form):
    """A form whose rows can be left out."""

    def show_row(self, field: Field, shown: bool) -> None:
        """Show or leave out a row with its label."""
        self._layout.setRowVisible(field, shown)


class Switch(QWidget):
    """A row of buttons of which one is down: Alt+letter, arrows and Space reach them."""

    chosen = Signal(object)

    def __init__(self, title: str, choices: Sequence[tuple[Any, str]]) -> None:
        super().__init__()
        self.setAccessibleName(title)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.buttons: dict[Any, QPushButton] = {}
        for value, word in choices:
            made = key_button(word)
            role_of(made, "segment")
            made.setCheckable(True)
            made.setAutoExclusive(True)
            made.setProperty("switchValue", value)
            made.clicked.connect(self._clicked)
            self.buttons[value] = made
            row.addWidget(made)
        row.addStretch(1)

    def value(self) -> Any:
        """The chosen value; None before the first choice."""
        return next((value for value, made in self.buttons.items() if made.isChecked()), None)

    def choose(self, value: Any) -> None:
        """Choose without telling."""
        self.buttons[value].setChecked(True)

    def _clicked(self) -> None:
        self.chosen.emit(self.value())


class RightNote(QWidget):
    """Says before the typing that another post has to do this."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._label = label("", "warning")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._label)
        self.hide()

    def check(self, *rights: str) -> bool:
        """Show who may when the person signed in lacks a right; answers whether they may."""
        session = self._context.signed_in.session
        lacking = next((r for r in rights if session and not may(session.actor.role, r)), None)
        if lacking:
            sentence = tr("您没有这项权限，须由{holders}登录后操作。")
            self._label.setText(sentence.format(holders=holders(lacking)))
        self.setVisible(lacking is not None)
        return lacking is None
