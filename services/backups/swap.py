"""Putting another file in the place of the clinic's, so that a crash leaves one or the other.

What stood there is set aside whole (with its WAL and its keys), never deleted. A note is written
before the first rename; after a crash whoever opens the folder next finishes what the note says.
When the system refuses a rename, what was moved goes back and nobody finishes it any more.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from models import durable
from models.clinic_file import DATABASE_FILE
from models.errors import StoreFault
from models.keys import KEYS_FILE

NOTE = "restore.json"
COMING = f".restore{durable.PART}"  # the file that is to take the place
COMING_KEYS = ".restore-keys"  # a folder with the keys that go with it, when others stand there
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


def coming_keys(folder: Path) -> Path:
    """The folder in which the keys of the coming file are made ready."""
    return folder / COMING_KEYS


def begin(folder: Path, name: str) -> Path:
    """Swap the prepared file in; answers where the old one is now.

    Raises OSError or StoreFault when what stood there still stands there. Once the file has taken
    the place nothing is raised: the next start does what is left.
    """
    aside = folder / ASIDE / name
    try:
        aside.mkdir(parents=True)
        if (folder / KEYS_FILE).exists():
            shutil.copy2(folder / KEYS_FILE, aside / KEYS_FILE)
        durable.write_text(folder / NOTE, msgspec.json.encode(Note(name)).decode())
        finish(folder)
    except (OSError, StoreFault):
        # os.path, as Path.exists raises where the whole disk is gone
        if os.path.exists(coming(folder)) or not os.path.exists(folder / DATABASE_FILE):
            _give_up(folder, aside)
            raise
    return aside


def _give_up(folder: Path, aside: Path) -> None:
    """Everything back as it was. Without the coming file nobody finishes the swap, so it goes
    first; what cannot be moved back now is moved back by the next start, as the note stands."""
    with suppress(OSError):
        drop(folder)
    with suppress(OSError):
        _move_back(folder, aside)
        (folder / NOTE).unlink(missing_ok=True)
        durable.flush_folder(folder)


def drop(folder: Path) -> None:
    """Take away what was made ready. Raises OSError."""
    source = coming(folder)
    for suffix in _PARTS:
        source.with_name(source.name + suffix).unlink(missing_ok=True)
    if coming_keys(folder).exists():
        shutil.rmtree(coming_keys(folder))


def unfinished(folder: Path) -> bool:
    """Whether a restore was interrupted, or is going on in another process."""
    return (folder / NOTE).exists() or coming(folder).exists()


def finish(folder: Path) -> None:
    """Finish a swap that was begun (or given up), and sweep away a file that was made ready for
    none. The folder is locked. Raises StoreFault."""
    with durable.explained("restore"):
        note = _note(folder)
        if note is not None:
            aside = folder / ASIDE / note.aside
            if coming(folder).exists():
                _move_in(folder, aside)
            if (folder / DATABASE_FILE).exists():
                _place_keys(folder)
            else:  # it was given up, and not all of it could be moved back
                drop(folder)
                _move_back(folder, aside)
        drop(folder)
        (folder / NOTE).unlink(missing_ok=True)
        durable.flush_folder(folder)


def _move_in(folder: Path, aside: Path) -> None:
    aside.mkdir(parents=True, exist_ok=True)
    for suffix in _PARTS:
        old = folder / f"{DATABASE_FILE}{suffix}"
        if old.exists():
            durable.replace(old, aside / old.name)
    durable.replace(coming(folder), folder / DATABASE_FILE)


def _place_keys(folder: Path) -> None:
    ready = coming_keys(folder) / KEYS_FILE
    if ready.exists():
        durable.replace(ready, folder / KEYS_FILE)


def _move_back(folder: Path, aside: Path) -> None:
    for suffix in reversed(_PARTS):  # the file itself last: where it stands, all of it does
        old = aside / f"{DATABASE_FILE}{suffix}"
        if old.exists() and not (folder / old.name).exists():
            durable.replace(old, folder / old.name)
    (aside / KEYS_FILE).unlink(missing_ok=True)  # a copy: the keys themselves were not moved yet
    with suppress(OSError):
        aside.rmdir()


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
