"""The one door for text that people read.

Source texts are Chinese. `tr` looks them up in whatever translator the program installed;
without one it answers the source. Never pass an f-string: `tr("还差 {n} 份").format(n=2)`.
"""

from __future__ import annotations

from collections.abc import Callable

_translate: Callable[[str], str] = str


def install(translate: Callable[[str], str]) -> None:
    """Use `translate` for every later `tr` (the window installs Qt's)."""
    global _translate
    _translate = translate


def tr(source: str) -> str:
    """The text in the user's language."""
    return _translate(source)
