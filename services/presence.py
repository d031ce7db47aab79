"""Which process shows a clinic: a lock in this user's configuration, so that it also counts before
there is a clinic, and wherever its folder stands. A crash gives it back.

Whether another user or PC has the clinic's file open is another question, answered by the file's
own lock.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Protocol

from models.clinic_file import me, take_lock
from models.vault import config_folder
from services.errors import EnvironmentFault, Fault


class Presence(Protocol):
    """Held as long as the clinic is on the screen."""

    def close(self) -> None:
        """Let another process show it."""


class Taken(Exception):
    """Another process of this user shows this clinic."""


class _Unlocked:
    """Stands for a lock that cannot be kept."""

    def close(self) -> None:
        pass


UNLOCKED: Presence = _Unlocked()


def mark(folder: Path) -> str:
    """A name for this user's window of the clinic in `folder`: the same by every way to it."""
    where = os.path.normcase(folder.resolve())
    return hashlib.sha256(f"{me()} {where}".encode()).hexdigest()[:16]


def kept_here(folder: Path, ending: str) -> Path:
    """A file of this user about the window of a clinic; never in the clinic's folder."""
    return config_folder() / f"window-{mark(folder)}.{ending}"


def claim(folder: Path) -> Presence:
    """Be the one that shows this clinic; UNLOCKED where no lock can be kept (whoever answers the
    bell shows it then). Raises Taken."""
    path = kept_here(folder, "lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        held: Presence = take_lock(path.parent, "window", name=path.name)
    except EnvironmentFault as error:
        if error.fault is Fault.LOCKED:
            raise Taken from error
        return UNLOCKED
    except OSError:
        return UNLOCKED
    return held
