"""Copies off this PC: a stick or a second folder, known by a marker file and not by its letter.

A copy is written, read back from the device and compared before it gets its name; only then is
the stick safe to remove.
"""

from __future__ import annotations

import os
import secrets
import shutil
import string
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import msgspec

from models import durable
from models.errors import Fault, StoreFault
from services.backups import making, shelf
from services.backups.shelf import Backup
from services.clock import Clock, days_between
from services.errors import RuleError
from services.i18n import tr
from services.verify import VerifyCancelled

MARKER = "haochi-backup-place.json"
AMBER_DAYS, RED_DAYS = 3, 7
_LARGEST = 4096  # bytes of a marker
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Place:
    """A folder off this PC that takes copies: its own id, and the clinic it belongs to."""

    folder: Path
    place_id: str
    clinic_id: str


@dataclass(frozen=True)
class _Marker:
    place_id: str
    clinic_id: str


def adopt(folder: Path, clinic_id: str, *, own: Path | None = None) -> Place:
    """Make a folder a place for copies of this clinic, whose data stands in `own`. Raises
    RuleError when it belongs to another clinic or is the data's own or inside it, StoreFault when
    it cannot be written."""
    if not folder.is_dir():
        raise RuleError(tr("没有找到这个文件夹。请插好 U 盘，或另选一个文件夹。"))
    if _within(folder, own):
        raise RuleError(tr("这是诊所数据自己的文件夹，请选 U 盘或另一块硬盘。"))
    found = _read(folder)
    if found is not None and found.clinic_id != clinic_id:
        raise RuleError(tr("这个位置已用来存放另一家诊所的备份，请另选一个文件夹。"))
    if found is None:
        found = _Marker(secrets.token_hex(8), clinic_id)
        with durable.explained("stick"):
            durable.write_text(folder / MARKER, msgspec.json.encode(found).decode())
    return Place(folder, found.place_id, found.clinic_id)


def places(
    clinic_id: str,
    more: Iterable[Path] = (),
    *,
    own: Path | None = None,
    stopped: Callable[[], bool] | None = None,
) -> list[Place]:
    """Places of this clinic (of any, when `clinic_id` is '') that are there now: sticks by their
    marker, and the folders given; none in `own`, the clinic's folder. A device may be slow to
    answer: never on the window's thread. Raises VerifyCancelled after `stopped()` said so."""
    found: dict[str, Place] = {}
    for folder in chain(more, _devices()):
        if stopped is not None and stopped():
            raise VerifyCancelled
        marker = _read(folder)
        if marker is None or _within(folder, own):
            continue
        if clinic_id in ("", marker.clinic_id):
            place = Place(folder, marker.place_id, marker.clinic_id)
            found.setdefault(marker.place_id, place)
    return list(found.values())


def copy_out(
    backup: Backup,
    place: Place,
    clock: Clock,
    home: Path,
    progress: Callable[[int, int], object] = lambda done, total: None,
    stopped: Callable[[], bool] | None = None,
) -> Backup:
    """Copy a backup to a place, read it back and compare; remembered in `home`, the clinic's own
    backups. Raises RuleError when the device gives other bytes back, StoreFault when it is full,
    read-only or gone, VerifyCancelled when `stopped()` says so while somebody else is making one;
    nothing half-written stays."""
    with shelf.alone(home, stopped):
        return _copy_out(backup, place, clock, home, progress)


def _copy_out(
    backup: Backup,
    place: Place,
    clock: Clock,
    home: Path,
    progress: Callable[[int, int], object],
) -> Backup:
    size = backup.manifest.size
    target = place.folder / backup.path.name
    part = place.folder / f".{target.name}{durable.PART}"
    with durable.explained("stick"):
        shelf.sweep(place.folder)
        if shutil.disk_usage(place.folder).free < size + making.SLACK_BYTES:
            raise StoreFault(Fault.DISK_FULL, "stick")
        try:
            _copy(backup.path, part, size, progress)
            seen = [size]

            def read_back(piece: int) -> None:
                seen[0] += piece
                progress(seen[0], 2 * size)

            if durable.digest(part, read_back) != backup.manifest.sha256:
                raise RuleError(tr("读回的内容和备份不一样，U 盘可能已坏。请换一个 U 盘。"))
            made = shelf.place(part, place.folder, backup.manifest)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        state = shelf.read_state(home)
        making.thin(place.folder, clock.today(), state)
        state.off_pc[place.place_id] = clock.now_local()
        shelf.write_state(home, state)
    return made


def _copy(source: Path, part: Path, size: int, progress: Callable[[int, int], object]) -> None:
    done = 0
    with source.open("rb") as reading, part.open("wb") as writing:
        while piece := reading.read(_CHUNK):
            writing.write(piece)
            done += len(piece)
            progress(done, 2 * size)
        writing.flush()
        os.fsync(writing.fileno())
        if hasattr(
            os, "posix_fadvise"
        ):  # pragma: no branch - Linux has it; so that reading back asks the device
            os.posix_fadvise(writing.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def remember_second(home: Path, folder: Path) -> None:
    """Let this folder take a copy every day, as a stick that is always in. Raises StoreFault."""
    with durable.explained("second folder"):
        state = shelf.read_state(home)
        state.second = str(folder)
        shelf.write_state(home, state)


def days_since(state: shelf.State, today: str) -> int | None:
    """Days since the last copy off this PC; None when there never was one."""
    if not state.off_pc:
        return None
    return max(0, days_between(max(state.off_pc.values())[:10], today))


def newest(place_folder: Path) -> Backup | None:
    """The newest backup of a place that is as it was written."""
    for each in shelf.known(place_folder):
        if shelf.same_bytes(each.path, each.manifest):
            return each
    return None


def _read(folder: Path) -> _Marker | None:
    try:
        with (folder / MARKER).open("rb") as stream:
            return msgspec.json.decode(stream.read(_LARGEST), type=_Marker)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None


def _within(folder: Path, own: Path | None) -> bool:
    return own is not None and folder.resolve().is_relative_to(own.resolve())


def _devices() -> Iterator[Path]:
    """Folders where this system shows sticks: the device, and one level below."""
    if sys.platform == "win32":  # pragma: no cover - looked at on a real PC
        tops = [Path(f"{letter}:\\") for letter in string.ascii_uppercase[3:]]
    else:
        mounts = ("/media/*", "/media/*/*", "/run/media/*/*", "/mnt", "/mnt/*")
        tops = [path for mount in mounts for path in Path("/").glob(mount.lstrip("/"))]
    for top in tops:
        yield top
        with suppress(OSError):
            yield from [each for each in top.iterdir() if each.is_dir()]
