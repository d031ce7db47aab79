"""Putting another file in the place of the clinic's, so that a crash leaves one or the other.

What stood there is set aside whole (with its WAL and its keys), never deleted. A note is written
before the first rename; whoever opens the folder next finishes what the note says.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from models import durable
from models.clinic_file import DATABASE_FILE
from models.keys import KEYS_FILE

NOTE = "restore.json"
COMING = f".restore{durable.PART}"  # the file that is to take the place
ASIDE = "set-aside"
_LARGEST = 4096  # bytes of a note
_NAME = re.compile(r"[0-9]{8}-[0-9]{6}(-[0-9]+)?")
_PARTS = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Note:
    """A swap under way: where what stood there goes, below `set-aside`."""

    aside: str


def coming(folder: Path) -> Path:
    """Where the file that is to take the clinic's place is made ready."""
    return folder / COMING


def begin(folder: Path, name: str) -> Path:
    """Swap the prepared file in; answers where the old one is now. Raises OSError."""
    aside = folder / ASIDE / name
    aside.mkdir(parents=True)
    if (folder / KEYS_FILE).exists():
        shutil.copy2(folder / KEYS_FILE, aside / KEYS_FILE)
    durable.write_text(folder / NOTE, msgspec.json.encode(Note(name)).decode())
    finish(folder)
    return aside


def unfinished(folder: Path) -> bool:
    """Whether a restore was interrupted, or is going on in another process."""
    return (folder / NOTE).exists() or coming(folder).exists()


def finish(folder: Path) -> None:
    """Finish a swap that was begun, and sweep away a file that was made ready for none. The folder
    is locked. Raises StoreFault."""
    with durable.explained("restore"):
        note = _note(folder)
        source = coming(folder)
        if note is not None and source.exists():
            aside = folder / ASIDE / note.aside
            aside.mkdir(parents=True, exist_ok=True)
            for suffix in _PARTS:
                old = folder / f"{DATABASE_FILE}{suffix}"
                if old.exists():
                    durable.replace(old, aside / old.name)
            durable.replace(source, folder / DATABASE_FILE)
        for suffix in _PARTS:
            source.with_name(source.name + suffix).unlink(missing_ok=True)
        (folder / NOTE).unlink(missing_ok=True)
        durable.flush_folder(folder)


def _note(folder: Path) -> Note | None:
    """What was begun; it is written whole, so one that cannot be read is not ours."""
    try:
        with (folder / NOTE).open("rb") as stream:
            found = msgspec.json.decode(stream.read(_LARGEST), type=Note)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None
    return found if _NAME.fullmatch(found.aside) else None  # nothing is moved out of this folder


def set_aside(folder: Path) -> list[Path]:
    """Files that were set aside, the newest first."""
    found = [
        each / DATABASE_FILE
        for each in (folder / ASIDE).glob("*")
        if (each / DATABASE_FILE).exists()
    ]
    return sorted(found, key=lambda path: path.parent.name, reverse=True)
