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

from models.schema import latest_version
from models.vault import FileVault
from services.clinic import Clinic, open_clinic
from services.clock import SystemClock
from services.commands import Actor, Session
from services.demo import build

ROOT = Path(__file__).resolve().parent.parent


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
    """The folder of a made clinic; makes it when it is not there (takes its time)."""
    place = cache() / f"{size.name}-schema{latest_version()}"
    finished = place / "finished"
    if finished.exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    say(f"making the {size.name} clinic: {size.people:,} people, once …")
    began = time.perf_counter()
    made = build(
        place / "data",
        size.people,
        1,
        receipts_each=size.receipts_each,
        vault=FileVault(place / "vault"),
        progress=lambda done, total: say(f"  {done}/{total} days") if done % 120 == 0 else None,
    )
    seconds = time.perf_counter() - began
    receipts = made.counts["receipts"]
    say(f"  {receipts:,} receipts in {seconds:.0f} s, {seconds / receipts * 1e6:.0f} µs each")
    finished.write_text(f"{receipts} {seconds:.1f}\n", encoding="utf-8")
    return place


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
