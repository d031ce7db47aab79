"""The measured clinics: made once through the services, then copied."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.schema import expected_schema_text, schema_text
from models.vault import FileVault
from services.backups.shelf import folder_of
from services.clinic import Clinic, open_clinic
from services.clock import SystemClock
from services.commands import Actor, Session
from services.demo import build
from services.errors import EnvironmentFault, Fault

ROOT = Path(__file__).resolve().parent.parent


QUARTER = 79  # working days in one transaction: each writes most pages of people's indexes anew
ROOM = 6144  # MiB of memory at most: everybody's past, and all the pages


@dataclass(frozen=True)
class Size:
    """A clinic's size by name."""

    name: str
    people: int
    receipts_each: float


SIZES = {
    "tiny": Size("tiny", 200, 10),
    "small": Size("small", 2_000, 10),
    "normal": Size("normal", 20_000, 10),
    "huge": Size("huge", 200_000, 10),
}


def cache() -> Path:
    """HAOCHI_BENCH, else .bench beside the program; never part of the repository."""
    folder = Path(os.environ.get("HAOCHI_BENCH") or ROOT / ".bench")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    return folder


def home(size: Size) -> Path:
    """The folder of a made clinic, at this program's schema; makes it when it is not there (takes
    its time).

    Raises RuntimeError when somebody is making it now, or was stopped while making it.
    """
    place = cache() / size.name
    if not place.exists():
        _make(size, place)
    if not (place / "finished").exists():
        raise RuntimeError(f"{place} is being made, or was left half made: remove it then")
    _bring_up(place)
    return place


def _make(size: Size, place: Path) -> None:
    place.mkdir()
    try:
        line = _told(size, place)
    except BaseException:
        shutil.rmtree(place)
        raise
    (place / "finished").write_text(f"{line}\n", encoding="utf-8")


def _told(size: Size, place: Path) -> str:
    """Make the clinic; answers how many receipts it has and how many seconds they took."""
    say(f"making the {size.name} clinic: {size.people:,} people, once …")
    began = time.perf_counter()
    made = build(
        place / "data",
        size.people,
        1,
        receipts_each=size.receipts_each,
        at_once=QUARTER,
        room_mib=ROOM,
        vault=FileVault(place / "vault"),
        progress=lambda done, total: say(f"  {done}/{total} days, {_passed(began)}"),
    )
    seconds = time.perf_counter() - began
    receipts = made.counts["receipts"]
    worked = time.process_time() / seconds
    each = seconds / receipts * 1e6
    say(f"  {receipts:,} receipts in {seconds:.0f} s, {each:.0f} µs each, {worked:.0%} of a core")
    return f"{receipts} {seconds:.1f}"


def _passed(began: float) -> str:
    return f"{time.perf_counter() - began:.0f} s"


def _bring_up(place: Path) -> None:
    """Migrate a clinic that an earlier program made: telling its story again would take longer."""
    try:
        with opened(place) as clinic:
            if schema_text(clinic.db) != expected_schema_text():
                raise RuntimeError(f"{place} has a schema that was never released: remove it")
    except EnvironmentFault as older:
        if older.fault is not Fault.READ_ONLY:
            raise
        say(f"migrating the {place.name} clinic, once …")
        with opened(place, read_only=False) as clinic:
            kept = folder_of(clinic.folder)
        shutil.rmtree(kept)


@contextmanager
def opened(place: Path, *, read_only: bool = True) -> Iterator[Clinic]:
    """The clinic of a home."""
    clinic = open_clinic(
        place / "data",
        SystemClock(),
        holder="bench",
        vault=FileVault(place / "vault"),
        read_only=read_only,
    )
    try:
        yield clinic
    finally:
        clinic.close()


@contextmanager
def copied(size: Size, name: str) -> Iterator[Path]:
    """A copy of a home to write in, gone afterwards."""
    place = cache() / f"copy-{name}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(home(size), place)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def director(clinic: Clinic) -> Session:
    """The director at work, without asking for the random PIN."""
    return Session(clinic, Actor(1, "bench", "director"))


def say(line: str) -> None:
    """Progress, on standard error: the table alone is the answer."""
    print(line, file=sys.stderr, flush=True)
