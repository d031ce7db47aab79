"""P6: a damaged file is noticed before it is used: single bits flipped, one at a time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from bench.reliability.desk import new_desk
from models import checks
from models.database import ClinicDatabase
from models.errors import Fault, StoreFault, classify


@dataclass(frozen=True)
class Flipped:
    """So many bits were flipped; the places where nobody noticed."""

    flips: int
    missed: tuple[int, ...]


def flip_bits(root: Path, times: int, seed: int) -> Flipped:
    """Flip one bit of the file at a time, anywhere in it, and ask for a full check."""
    chance = random.Random(seed)
    desk, _ = new_desk(root / "clinic")
    clinic = desk.open()
    key = clinic.file.key
    clinic.close()
    path = desk.folder / "clinic.db"
    whole = path.read_bytes()
    missed = []
    for _ in range(times):
        place, bit = chance.randrange(len(whole)), chance.randrange(8)
        with path.open("r+b") as stream:
            stream.seek(place)
            stream.write(bytes((whole[place] ^ 1 << bit,)))
        if not _noticed(path, key):
            missed.append(place)
        with path.open("r+b") as stream:
            stream.seek(place)
            stream.write(whole[place : place + 1])
    return Flipped(times, tuple(missed))


def _noticed(path: Path, key: bytes) -> bool:
    db = ClinicDatabase(path, key)
    try:
        db.open()
        return bool(checks.page_faults(db) or checks.structure_faults(db))
    except StoreFault as error:
        return error.fault is Fault.DAMAGED
    except Exception as error:
        fault = classify(error)
        return fault is not None and fault.fault is Fault.DAMAGED
    finally:
        if not db.is_closed():
            db.close()
