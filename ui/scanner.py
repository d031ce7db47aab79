"""Card readers and barcode scanners: keyboards that type faster than a hand and end in Enter.

What a machine types is told from a hand by its speed alone: characters at most 50 ms apart, at
least six of them, ended by Enter or Tab. Keys are seen where the window system hands them over,
before any field. The first character of what may become a scan reaches the field that is being
edited, so that a hand's typing is never late; the field is put back as it was when a scan it is.
Everywhere else, and from the second character on, characters are held back until it is clear.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit

GAP = 0.050  # seconds: a hand that types is never as quick for long
LEAST = 6
AGAIN = 1.0  # seconds in which the same code is the same scan
HOLD = 60  # milliseconds after which what was held back is a hand's
_MACHINE = 3  # so many characters this quick were no hand
_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_SILENT = (Qt.Key.Key_Shift, Qt.Key.Key_CapsLock)  # a scanner presses them between its letters
_Modifier = Qt.KeyboardModifier
_PLAIN = (_Modifier.NoModifier, _Modifier.ShiftModifier, _Modifier.KeypadModifier)


def scannable(text: str) -> str:
    """The text as a scanner means it, full width undone; '' for what no scanner types."""
    plain = unicodedata.normalize("NFKC", text)
    fits = plain.isascii() and all(char.isalnum() or char == "-" for char in plain)
    return plain if fits else ""


class Burst:
    """Characters that came as quickly as only a machine types. Times are seconds."""

    def __init__(self) -> None:
        self.text = ""
        self.broken = False  # an input method swallowed part of it
        self._last = 0.0

    def add(self, char: str, at: float) -> bool:
        """Take a character; answers whether it belongs to those before it."""
        joined = self.joins(at)
        if not joined:
            self.reset()
        self.text += char
        self._last = at
        return joined

    def joins(self, at: float) -> bool:
        """Whether a key at this moment would belong to the characters so far."""
        return bool(self.text) and 0 <= at - self._last <= GAP

    def whole(self, at: float) -> bool:
        """Whether an Enter at this moment ends a scan."""
        return self.joins(at) and len(self.text) >= LEAST

    def reset(self) -> None:
        """Begin anew."""
        self.text, self.broken = "", False


@dataclass(frozen=True)
class _Field:
    """A field as it was before the first character reached it."""

    line: QLineEdit
    text: str
    start: int
    length: int
    cursor: int

    @classmethod
    def of(cls, line: QLineEdit) -> _Field:
        start = line.selectionStart()
        return cls(line, line.text(), start, len(line.selectedText()), line.cursorPosition())

    def put_back(self) -> None:
        """Text, selection and cursor as they were; whoever follows the typing hears of it."""
        if not shiboken6.isValid(self.line):
            return
        if self.line.text() != self.text:
            self.line.selectAll()
            self.line.insert(self.text)
        if self.start >= 0 and self.cursor == self.start:
            self.line.setSelection(self.start + self.length, -self.length)
        elif self.start >= 0:
            self.line.setSelection(self.start, self.length)
        else:
            self.line.setCursorPosition(self.cursor)


class Scanner(QObject):
    """Emits `scanned` with the code, once for repeats within a second; `unreadable` when an input
    method garbled it. `clock` answers seconds that never go back."""

    scanned = Signal(str)
    unreadable = Signal()

    def __init__(
        self,
        app: QGuiApplication,
        clock: Callable[[], float] = time.monotonic,
        owner: QObject | None = None,
    ) -> None:
        super().__init__(owner or app)  # two at a time would hold back the keys of each other
        self._clock = clock
        self._burst = Burst()
        self._held: list[Callable[[], Any]] = []
        self._field: _Field | None = None
        self._composed = ""  # what an input method shows and has not committed
        self._replaying = False
        self._code, self._when = "", -AGAIN
        self._watched: QObject | None = None
        self._hand = QTimer(self, singleShot=True, interval=HOLD)
        self._hand.timeout.connect(self._release)
        app.focusWindowChanged.connect(self._watch_window)
        app.focusObjectChanged.connect(self._watch_object)
        self._watch_window(app.focusWindow())

    def _watch_window(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def _watch_object(self, _told: QObject | None) -> None:
        """Input methods speak to the field itself. The signal may tell of a field that lost the
        keyboard after another one has it, so the application is asked."""
        focus = QGuiApplication.focusObject()
        if self._watched is not None and shiboken6.isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = focus
        self._composed = ""
        if focus is not None:
            focus.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if self._replaying:
            return False
        if isinstance(watched, QWindow):
            if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                return self._key(watched, event)
            if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
                return self._claims(event)
        elif kind == QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            return self._input_method(watched, event)
        return False

    # --- keys ---

    def _key(self, window: QWindow, event: QKeyEvent) -> bool:
        """Whether the key is taken away."""
        if event.key() in _SILENT:
            return False
        char = scannable(event.text()) if _plain(event) else ""
        if event.key() in _ENDS and _plain(event):
            if self._burst.whole(self._clock()):
                self._finish()
                return True
        elif len(char) == 1:
            joined = self._burst.add(char, self._clock())
            return self._take(joined, partial(self._replay, window, _copy(event)))
        self._release()
        return False

    def _take(self, joined: bool, replay: Callable[[], Any]) -> bool:
        if not joined:
            self._give_back()
            self._field = self._editing()
            if self._field is not None:
                return False
        self._held.append(replay)
        self._hand.start()
        return True

    def _editing(self) -> _Field | None:
        """The field a hand is typing into, where one is."""
        focus = QApplication.focusWidget()
        if QApplication.activePopupWidget() is not None or not isinstance(focus, QLineEdit):
            return None
        return None if focus.isReadOnly() else _Field.of(focus)

    def _claims(self, event: QKeyEvent) -> bool:
        """The Enter of a scan is no shortcut."""
        mine = event.key() in _ENDS and self._burst.whole(self._clock())
        if mine:
            event.accept()
        return mine

    def _release(self) -> None:
        """It was a hand: what was held back is typed now."""
        self._burst.reset()
        self._field = None
        self._give_back()

    def _give_back(self) -> None:
        self._hand.stop()
        held, self._held = self._held, []
        for replay in held:
            replay()

    def _replay(self, target: QObject, event: QEvent) -> None:
        if shiboken6.isValid(target):
            self._replaying = True
            try:
                QCoreApplication.sendEvent(target, event)
            finally:
                self._replaying = False

    def _finish(self) -> None:
        """A scan is whole: nothing of it stays where the keyboard is."""
        self._hand.stop()
        self._held = []
        code, broken, now = self._burst.text, self._burst.broken, self._clock()
        self._burst.reset()
        self._stop_composing()
        if self._field is not None:
            self._field.put_back()
        self._field = None
        again = code == self._code and now - self._when < AGAIN
        if broken:
            QTimer.singleShot(0, self.unreadable.emit)
        elif not again:
            self._code, self._when = code, now
            QTimer.singleShot(0, partial(self.scanned.emit, code))

    # --- input methods ---

    def _input_method(self, focus: QObject, event: QInputMethodEvent) -> bool:
        """Characters that an input method commits or composes at a machine's speed."""
        now, committed = self._clock(), event.commitString()
        composed = scannable(event.preeditString().replace("'", "").replace(" ", ""))
        if committed:
            return self._committed(focus, committed, now)
        more = len(composed) == len(self._composed) + 1 and composed.startswith(self._composed)
        if more and not self._burst.add(composed[-1], now):
            self._give_back()
            self._field = self._editing()
        self._composed = composed
        return False

    def _committed(self, focus: QObject, text: str, now: float) -> bool:
        plain, composed = scannable(text.replace("'", "")), self._composed
        self._composed = ""
        if plain and plain == composed and self._burst.whole(now):
            self._finish()  # the input method took the Enter for itself
            return True
        if len(plain) == 1 and not composed:
            return self._take(self._burst.add(plain, now), partial(self._commit, focus, text))
        if self._burst.joins(now) and len(self._burst.text) >= _MACHINE:
            self._burst.broken = True  # it made a word of part of the number
            self._burst.add("", now)
            self._clear_composed(focus)
            return True
        self._release()
        return False

    def _commit(self, focus: QObject, text: str) -> None:
        event = QInputMethodEvent()
        event.setCommitString(text)
        self._replay(focus, event)

    def _stop_composing(self) -> None:
        """What an input method was composing is dropped, not committed."""
        if self._composed and self._watched is not None:
            self._composed = ""
            self._clear_composed(self._watched)

    def _clear_composed(self, focus: QObject) -> None:
        self._replay(focus, QInputMethodEvent())
        self._replaying = True
        try:
            QGuiApplication.inputMethod().reset()
        finally:
            self._replaying = False


def _plain(event: QKeyEvent) -> bool:
    return event.modifiers() in _PLAIN and not event.isAutoRepeat()


def _copy(event: QKeyEvent) -> QKeyEvent:
    return QKeyEvent(
        event.type(),
        event.key(),
        event.modifiers(),
        event.nativeScanCode(),
        event.nativeVirtualKey(),
        event.nativeModifiers(),
        event.text(),
        event.isAutoRepeat(),
        event.count(),
    )
