"""What went wrong, written down without a word of anybody's data.

An exception's message may carry a name or a phone number, so only its type and the places it
came through are kept.
"""

from __future__ import annotations

import faulthandler
import logging
import traceback
from pathlib import Path
from typing import TextIO

log = logging.getLogger("haochi.window")
_crash_file: TextIO | None = None
_folder: Path | None = None


def describe(error: BaseException) -> str:
    """Type and places of an exception and of what caused it; never its message."""
    lines = [type(error).__name__]
    for frame in traceback.extract_tb(error.__traceback__):
        lines.append(f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}")
    cause = error.__cause__ or error.__context__
    if cause is not None and cause is not error:
        lines.append(f"because of {describe(cause)}")
    return "\n".join(lines)


def report(error: BaseException) -> None:
    """Write a bug down."""
    if _folder is not None and not log.handlers:
        _open_log(_folder)
    log.error("%s", describe(error))


def start(folder: Path) -> None:
    """Keep the log in `folder`, half a megabyte and two older files at most."""
    global _folder
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return  # a folder that cannot be written is named on the screen, not here
    _close_log()  # another clinic's, when one was open
    _folder = folder
    _note_crashes(folder / "crash.log")


def _open_log(folder: Path) -> None:
    """With the first thing there is to write."""
    from logging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(
        folder / "window.log", maxBytes=500_000, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def _note_crashes(path: Path) -> None:
    """Let a crash below Python leave the places it came through (frames only, no data)."""
    global _crash_file
    earlier, _crash_file = _crash_file, path.open("a", encoding="utf-8")
    faulthandler.enable(_crash_file)
    if earlier is not None:  # another clinic was opened
        earlier.close()


def stop() -> None:
    """Close the log."""
    global _crash_file, _folder
    _folder = None
    if _crash_file is not None:
        faulthandler.disable()
        _crash_file.close()
        _crash_file = None
    _close_log()


def _close_log() -> None:
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
