"""The folder backups stand in: their names, which of them are good, what happened to them.

A backup is listed only with its manifest and with the bytes the manifest was written for; a
half-written one has another name and is swept away.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from zc.lockfile import LockFile

from models import durable
from models.clinic_file import take_lock
from models.errors import Fault, StoreFault
from services.backups import manifest as manifests
from services.backups.manifest import Manifest
from services.clock import is_date, is_moment

FOLDER = "backups"  # in the clinic's own folder
STATE = "state.json"
LOCK = "backups.lock"  # beside the folder
WAIT_SECONDS = 600.0
_LOOK_AGAIN = 0.1  # seconds
_LARGEST = 64 * 1024  # bytes of the state
_NAME = re.compile(r"haochi-([0-9]{8})-([0-9]{6})-([0-9]{1,15})\.db")


@dataclass(frozen=True)
class Backup:
    """A backup that is whole."""

    path: Path
    manifest: Manifest


@dataclass(frozen=True)
class Spoilt:
    """A backup that is not offered: 'manifest' missing, or other 'bytes' than were written."""

    path: Path
    why: str


@dataclass
class State:
    """What this folder remembers: the days of the last restore, failed check and drill, and the
    last copy off this PC (`off_pc`: place → local time); and `second`, a second folder."""

    restored_on: str = ""
    failed_on: str = ""
    drilled_on: str = ""
    off_pc: dict[str, str] = field(default_factory=dict)
    second: str = ""


def folder_of(clinic_folder: Path) -> Path:
    """Where the backups of a clinic stand."""
    return clinic_folder / FOLDER


def name_for(now_local: str, seq: int) -> str:
    """The name of a backup made now, after the audit row `seq`. It holds no personal data."""
    day, time = now_local.split(" ")
    return f"haochi-{day.replace('-', '')}-{time.replace(':', '')}-{seq}.db"


def made_at(path: Path) -> str:
    """When a backup was made, by its name; '' for another file."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return ""
    day, time, _ = found.groups()
    moment = f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:]}"
    return moment if is_moment(moment) else ""


def paths(folder: Path) -> list[Path]:
    """Backup files by name, the newest first; nothing in a folder that is not there."""
    try:
        found = [path for path in folder.iterdir() if made_at(path)]
    except OSError:
        return []
    return sorted(found, key=lambda path: (made_at(path), path.name), reverse=True)


def known(folder: Path) -> list[Backup]:
    """Backups by their manifests alone, the newest first: quick, no proof to restore by."""
    found = ((path, manifests.read(path)) for path in paths(folder))
    return [Backup(path, manifest) for path, manifest in found if manifest is not None]


def examine(
    folder: Path, progress: Callable[[int, int], object] = lambda done, total: None
) -> tuple[list[Backup], list[Spoilt]]:
    """Read every backup anew and tell the good from the spoilt (P8). `progress` counts bytes."""
    good: list[Backup] = []
    spoilt: list[Spoilt] = []
    every = paths(folder)
    total = sum(path.stat().st_size for path in every)
    seen = 0
    for path in every:
        found = manifests.read(path)
        if found is None:
            spoilt.append(Spoilt(path, "manifest"))
        elif not same_bytes(path, found):
            spoilt.append(Spoilt(path, "bytes"))
        else:
            good.append(Backup(path, found))
        seen += path.stat().st_size
        progress(seen, total)
    return good, spoilt


def same_bytes(path: Path, manifest: Manifest) -> bool:
    """Whether the file is the one its manifest was written for. An unreadable one is not."""
    try:
        return path.stat().st_size == manifest.size and durable.digest(path) == manifest.sha256
    except OSError:
        return False


def sweep(folder: Path) -> None:
    """Remove what an interrupted backup left behind. Only its own kind of file is touched."""
    for part in folder.glob(f".haochi-*{durable.PART}*"):
        part.unlink(missing_ok=True)
    for lone in folder.glob("haochi-*" + manifests.SUFFIX):
        file = lone.with_suffix(".db")
        if _NAME.fullmatch(file.name) and not file.exists():
            lone.unlink(missing_ok=True)


def remove(backup: Path) -> None:
    """Take a backup away: first its manifest, so that half of it is never offered."""
    manifests.beside(backup).unlink(missing_ok=True)
    backup.unlink(missing_ok=True)


def read_state(folder: Path) -> State:
    """What the folder remembers; nothing when it was never written or is unreadable."""
    try:
        with (folder / STATE).open("rb") as stream:
            found = msgspec.json.decode(stream.read(_LARGEST), type=State)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return State()
    days = (found.restored_on, found.failed_on, found.drilled_on)
    sound = all(is_date(day) for day in days if day) and all(map(is_moment, found.off_pc.values()))
    return found if sound else State()


def write_state(folder: Path, state: State) -> None:
    """Remember it. Raises OSError."""
    durable.write_text(folder / STATE, msgspec.json.encode(state).decode())


@contextmanager
def alone(home: Path, stopped: Callable[[], bool] | None = None) -> Iterator[None]:
    """Nobody else makes or copies backups of this clinic meanwhile: the window, its keeper and a
    scheduler take turns, as each sweeps away what looks interrupted. Raises StoreFault,
    VerifyCancelled when `stopped()` says so while another is at it."""
    lock = _turn(home.parent, stopped)
    try:
        yield
    finally:
        lock.close()


def _turn(folder: Path, stopped: Callable[[], bool] | None) -> LockFile:
    from services.verify import VerifyCancelled  # verify reads manifests: it leads back to here

    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return take_lock(folder, "backup", _LOOK_AGAIN, LOCK)
        except StoreFault as error:
            if error.fault is not Fault.LOCKED or time.monotonic() >= give_up:
                raise
        if stopped is not None and stopped():
            raise VerifyCancelled


def prepare(folder: Path) -> None:
    """Make the folder and sweep it. Raises StoreFault."""
    with durable.explained("backup"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sweep(folder)


def place(part: Path, folder: Path, manifest: Manifest) -> Backup:
    """Give a checked copy its name; from the rename on it is a backup. Raises OSError."""
    target = folder / part.name.removeprefix(".").removesuffix(durable.PART)
    durable.flush(part)
    manifests.write(target, manifest)
    durable.replace(part, target)
    return Backup(target, manifest)
