"""What is put right before Qt is loaded.

Keeps None alive under Qt on Python 3.11.

The wheels of PySide6 6.12 are one build for every Python and leave out the count that Python
3.12 no longer keeps for None, True and False. Before 3.12 every Qt call that answers nothing
takes one reference of None away, and after some five thousand of them the interpreter aborts
("none_dealloc: deallocating None"). Giving these objects more references than a desk can use up
in a lifetime is what 3.12 does to them for good.

And once PySide6 is loaded, every import statement runs through a function of its own that reads
the source of each new module (all of it, and keeps the lines) to learn whether the words
`from __feature__` may stand there. They never do: imports go Python's own way again.

What a start loads stays, so the collector would only look through it again and again; it begins
with the application (`ui.garbage`).

Where no language is set, as in cron, Qt complains of letters it cannot write. Python takes UTF-8
then and tells the programs it starts; a frozen one keeps it to itself.
"""

from __future__ import annotations

import builtins
import gc
import os
import sys

ENOUGH = 1 << 40


def keep_singletons() -> None:
    """Make None, True and False immortal where Python does not; once per process is enough."""
    if sys.version_info >= (3, 12) or sys.getrefcount(None) >= ENOUGH // 2:
        return
    import ctypes

    for single in (None, True, False, NotImplemented, Ellipsis):
        # CPython keeps the count in the first word of every object
        ctypes.c_ssize_t.from_address(id(single)).value += ENOUGH


def load_qt() -> None:
    """Load PySide6 and leave the import statement as it was; before anything else loads it. The
    collector rests until there is a window."""
    gc.disable()
    plain = builtins.__import__
    import PySide6.QtCore  # noqa: F401 - for what loading it does

    builtins.__import__ = plain


def speak_utf8() -> None:
    """Where the C locale is all there is, take its UTF-8 form, as PEP 538 does; before Qt."""
    named = (os.environ.get(name, "") for name in ("LC_CTYPE", "LANG"))
    chosen = next((value for value in named if value), "C")
    if sys.platform == "linux" and chosen in ("C", "POSIX") and not os.environ.get("LC_ALL"):
        os.environ["LC_CTYPE"] = "C.UTF-8"
