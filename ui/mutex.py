"""The mark by which the Windows installer sees that the program runs; nothing elsewhere.

Qt is not loaded here: a command without a window holds it too, as its files are in use as well.
"""

from __future__ import annotations

import sys

MUTEX = r"Local\HaochiDesk"  # the installer asks for this very name
_held: list[int] = []


def hold_mutex() -> None:
    """Hold the mark for the life of this process; several processes may."""
    if sys.platform == "win32":  # pragma: no cover - Windows only
        _held.append(_create(MUTEX))


def _create(name: str) -> int:  # pragma: no cover - Windows only, tried by the installer's trial
    import ctypes

    create = ctypes.windll.kernel32.CreateMutexW  # type: ignore[attr-defined]
    create.restype = ctypes.c_void_p
    return int(create(None, False, name) or 0)
