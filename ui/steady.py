"""Keeps None alive under Qt on Python 3.11.

The wheels of PySide6 6.12 are one build for every Python and leave out the count that Python
3.12 no longer keeps for None, True and False. Before 3.12 every Qt call that answers nothing
takes one reference of None away, and after some five thousand of them the interpreter aborts
("none_dealloc: deallocating None"). Giving these objects more references than a desk can use up
in a lifetime is what 3.12 does to them for good.
"""

from __future__ import annotations

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
