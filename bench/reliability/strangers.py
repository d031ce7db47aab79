"""P7, P16: what is no clinic never becomes one, and only a tried library opens one.

Random things in the place of the clinic's file have to be named and left as they are; random
versions of the database library have to be taken or refused by the same rule.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from bench.reliability.desk import new_desk
from models.database import assert_library, library_version
from models.errors import StoreFault

_HEADS = (b"SQLite format 3\x00", b"PK\x03\x04", b"%PDF-1.7\n", b"hello, this is a text\n", b"")
_SIZES = (0, 1, 15, 16, 100, 4095, 4096, 4097, 70_000)


@dataclass(frozen=True)
class Strangers:
    """So many tries; what was opened, changed or judged wrongly."""

    tries: int
    faults: tuple[str, ...]


def replace_file(root: Path, times: int, seed: int) -> Strangers:
    """P7: put `times` random files in the clinic's place and try to open them."""
    chance = random.Random(seed)
    desk, _ = new_desk(root / "clinic")
    path = desk.folder / "clinic.db"
    whole = path.read_bytes()
    faults = []
    for number in range(times):
        path.unlink(missing_ok=True)
        content = _stranger(chance, whole)
        if content is not None:
            path.write_bytes(content)
        try:
            clinic = desk.open()
        except StoreFault:
            pass
        else:
            clinic.close()
            faults.append(f"{number}: was opened")
        left = path.read_bytes() if path.exists() else None
        if left != content:
            faults.append(f"{number}: was changed or made")
    path.write_bytes(whole)
    desk.open().close()
    return Strangers(times, tuple(faults))


def _stranger(chance: random.Random, whole: bytes) -> bytes | None:
    """No file at all, a beginning of some kind and noise, or the clinic's own file cut short."""
    kind = chance.randrange(4)
    if kind == 0:
        return None
    if kind == 1:
        return whole[: chance.randrange(len(whole) - 4096)]
    size = chance.choice(_SIZES)
    return (chance.choice(_HEADS) + chance.randbytes(size))[:size]


def judge_libraries(root: Path, times: int, seed: int) -> Strangers:
    """P16: the library here is taken; of `times` random versions, those without the fix are not."""
    chance = random.Random(seed)
    faults = []
    assert_library(library_version())
    for _ in range(times):
        version = (3, chance.randrange(35, 60), chance.randrange(0, 12))
        fixed = version >= (3, 51, 3) or (
            version[1] in (44, 50) and version[2] >= {44: 6, 50: 7}[version[1]]
        )
        try:
            assert_library(version)
            taken = True
        except StoreFault:
            taken = False
        if taken != fixed:
            faults.append(f"{version} was {'taken' if taken else 'refused'}")
    return Strangers(times, tuple(faults))
