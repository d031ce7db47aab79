"""P12, P14: names, numbers and phones are in no file in clear, and no text becomes a formula.

People with random but known names, phones, ID numbers and addresses are enrolled, work is done and
backed up, and every file in the clinic's folder is searched for them; random texts that begin like
formulas go through the workbook writer.
"""

from __future__ import annotations

import random
import zipfile
from dataclasses import dataclass
from pathlib import Path

from stdnum.cn import ric

from bench.reliability.desk import new_desk, session_of, work
from services.backups.making import make_backup
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.workbooks.writer import Book, Column

_SURNAMES = ["欧阳", "上官", "司徒", "令狐", "诸葛"]
_GIVEN = "金丝雀瑛璇琦澜翊霖笙珩"
_BEGIN = ("=", "+", "-", "@", "\t=", "\r=", "＝", "＋", "－", "＠", " =", "'=")
_CELL = b"<f>"


@dataclass(frozen=True)
class Canaries:
    """So many were let fly; where one was seen."""

    canaries: int
    faults: tuple[str, ...]


def hide(root: Path, times: int, seed: int) -> Canaries:
    """P12: enrol `times` people, post, back up, close, and look for them in every file."""
    chance = random.Random(seed)
    desk, _ = new_desk(root / "clinic")
    clinic = desk.open()
    session = session_of(clinic).confirming("possible_duplicate", "same_id", "no_phone")
    sought: list[str] = []
    for number in range(times):
        form = _person(chance, number)
        enrol(session, form=form)
        sought += [form.name, form.phone, form.id_number, form.address]
    work(clinic, lambda seq: None, 5)
    make_backup(clinic, "bench")
    found = _seen(root, sought)  # the WAL is still there
    clinic.close()
    return Canaries(len(sought), tuple(dict.fromkeys(found + _seen(root, sought))))


def _person(chance: random.Random, number: int) -> PersonForm:
    year, month, day = (
        chance.randrange(1950, 2000),
        chance.randrange(1, 13),
        chance.randrange(1, 29),
    )
    born = f"{year}{month:02d}{day:02d}"
    body = f"110105{born}{number % 1000:03d}"
    return PersonForm(
        name=chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, 3)),
        phone=f"13{chance.randrange(10**9):09d}",
        id_number=body + ric.calc_check_digit(body),
        address=f"金丝雀路 {chance.randrange(10**6)} 号",
    )


def _seen(root: Path, sought: list[str]) -> list[str]:
    """Files that hold one of the words, in one of the ways a text is written down."""
    words = {
        form
        for word in filter(None, sought)
        for form in (word.encode(), word.encode("utf-16-le"), word.encode("gb18030"))
    }
    found = []
    for path in sorted(root.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        if any(word in content for word in words):
            found.append(f"{path.relative_to(root)} holds one in clear")
    return found


def probe(root: Path, times: int, seed: int) -> Canaries:
    """P14: write `times` texts that begin like formulas; none may be one."""
    chance = random.Random(seed)
    book = Book(clinic="=1+1", subject="@x")
    sheet = book.sheet("表", [Column("=A1", 10), Column("内容", 20)], title="+标题")
    noise = "ABC1+()!'\"=金"
    texts = [chance.choice(_BEGIN) + "".join(chance.choices(noise, k=12)) for _ in range(times)]
    sheet.rows((text, text[::-1]) for text in texts)
    path = root / "probe.xlsx"
    book.save(path)
    faults = []
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if _CELL in parts.read(name) or b"<f " in parts.read(name):
                faults.append(f"{name} holds a formula")
    return Canaries(times, tuple(faults))
