"""Files that are whole or not there, also after a power cut, and the fingerprint of one.

Windows keeps no file open for renaming while a virus scanner reads it, so a refused rename is
tried again for a moment. POSIX wants the folder flushed after a rename; Windows cannot.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import Fault, StoreFault

PART = ".part"
_TRIES = 20
_PAUSE = 0.1  # seconds
_CHUNK = 1 << 20
_PROBE = 1 << 16


def _pause(seconds: float) -> None:
    time.sleep(seconds)


def replace(
    part: Path,
    target: Path,
    pause: Callable[[float], object] = _pause,
    tries: int = _TRIES,
) -> None:
    """Put `part` in the place of `target` in one step. Raises OSError, PermissionError when
    somebody holds the target at every one of `tries`, a tenth of a second apart."""
    for left in reversed(range(tries)):
        try:
            os.replace(part, target)
        except PermissionError:
            if not left:
                raise
            pause(_PAUSE)
        else:
            break
    flush_folder(target.parent)


def flush(path: Path) -> None:
    """See that what was written to a file is on the disk."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def flush_folder(folder: Path) -> None:
    """See that a rename in this folder is on the disk, where the system can."""
    if os.name == "nt":  # pragma: no cover - folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a small text file whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=PART)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def digest(path: Path, seen: Callable[[int], object] = lambda size: None) -> str:
    """SHA-256 of a file in hex; `seen` is told how many bytes each piece had."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            found.update(piece)
            seen(len(piece))
    return found.hexdigest()


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what the system says about files into a StoreFault: DISK_FULL, READ_ONLY, UNREADABLE."""
    try:
        yield
    except OSError as error:
        raise StoreFault(fault_of(error), f"{what}: {type(error).__name__}") from error


def fault_of(error: OSError) -> Fault:
    """Which of DISK_FULL, READ_ONLY and UNREADABLE the system means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Fault.DISK_FULL
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return Fault.READ_ONLY
    return Fault.UNREADABLE


def ailment(folder: Path) -> Fault | None:
    """Why a folder takes no file, found by writing one; None when it does.

    Pages of a stick that was pulled read as damaged and are not; a library that finds no room for
    its working files only says that it cannot read or write.
    """
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".haochi-", suffix=PART)
        try:
            os.write(handle, bytes(_PROBE))
            os.fsync(handle)
        finally:
            os.close(handle)
            os.unlink(name)
    except OSError as error:
        return fault_of(error)
    return None
