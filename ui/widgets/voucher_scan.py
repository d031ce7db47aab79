"""A choice by letters in which a scanner may type: it tells the number of a voucher."""

from __future__ import annotations

import re
import time

from PySide6.QtCore import Signal

from ui.widgets.gift_kit import LetterBox

_NUMBER = re.compile(r"qk\d{10}")
_LONGEST = 12
_PAUSE = 1.2  # seconds after which what is typed begins anew


class ScanBox(LetterBox):
    """`scanned` tells the number of a voucher as soon as its last digit was typed."""

    scanned = Signal(str)

    def __init__(self) -> None:
        self._typed = ""
        self._last = 0.0
        super().__init__()

    def _type(self, text: str) -> None:
        now = time.monotonic()
        self._typed = (self._typed if now - self._last <= _PAUSE else "") + text
        self._last = now
        found = _NUMBER.search(self._typed[-_LONGEST:])
        if found is not None:
            self._typed = ""
            self.scanned.emit(found.group().upper())
            return
        super()._type(text)
