"""Rows newer than the newest backup, read from a damaged file into a workbook to enter again.

A backup is the way back; this shows what was done after it. The workbook holds names and phones
in clear, so it takes the recovery code and the director's PIN, which is checked against the
backup. The damaged file itself is only copied.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from models import durable, keys, salvage
from models.base import Table
from models.clinic_file import DATABASE_FILE
from models.errors import Fault, StoreFault
from models.people import Person
from models.system import Audit, Staff
from services.backups import restoring
from services.backups.salvage_sheets import COUNTED, SHEETS, Sheet
from services.backups.shelf import Backup
from services.clock import Clock, local_text
from services.commands import read_setting
from services.errors import EnvironmentFault, RuleError
from services.i18n import tr
from services.rights import DIRECTOR
from services.setup import CLINIC_NAME
from services.staff import sign_in
from services.workbooks.writer import Book, Column, Value

Going = Callable[[], object]


@dataclass(frozen=True)
class Salvaged:
    """The workbook is written: how many rows came, and of how many tables some pages are lost."""

    path: Path
    rows: int
    torn: int


@dataclass(frozen=True)
class _Names:
    """What numbers of people and staff are called, as far as it can be read."""

    people: dict[int, str]
    staff: dict[int, str]


@dataclass(frozen=True)
class _Torn:
    """A table, its rows of interest as dicts, and whether some of its pages are lost."""

    table: type[Table]
    rows: list[dict[str, Any]]
    lost: bool


def file_name(today: str) -> str:
    """The workbook's name: no personal data in it."""
    return f"待重新登记_{today}.xlsx"


def salvage_rows(
    folder: Path,
    backup: Backup,
    code: str,
    path: Path,
    *,
    clock: Clock,
    name: str,
    pin: str,
    going: Going = lambda: None,
) -> Salvaged:
    """Write what the damaged file of `folder` holds beyond `backup` to `path`.

    `code` is the recovery code (or the owner's passphrase), `name` and `pin` are the director's, as
    the backup knows them. `going` is called between reads and may raise to stop. Raises RuleError
    (PIN, not a director, nothing can be read), StoreFault (WRONG_KEY, MISSING, DISK_FULL).
    """
    key = restoring.unlock(backup, code)
    with restoring.inside(backup, key, clock) as known:
        _refuse_others(sign_in(known, name, pin).actor.role)
        with _copied(folder, backup) as part:
            found, names = _read(part, key, backup.manifest.seq, known.db, going)
        clinic = read_setting(known.db, CLINIC_NAME)
    if not any(each.rows for each in found):
        raise RuleError(tr("损坏的文件里没有读出比备份更新的记录。请直接从备份恢复。"))
    subject = tr("备份之后的记录({at} 以后)　取出人：{name}").format(
        at=backup.manifest.made_at, name=name
    )
    book = Book(clinic=clinic, subject=subject, watermark=tr("含姓名电话 用完销毁"))
    total = sum(_write(book, each, names) for each in found if each.rows)
    book.save(path)
    return Salvaged(path, total, sum(each.lost for each in found))


def _refuse_others(role: str) -> None:
    if role != DIRECTOR:
        raise RuleError(tr("取出记录须由院长输入自己的密码。"))


@contextmanager
def _copied(folder: Path, backup: Backup) -> Iterator[Path]:
    """A copy of the damaged file in a temporary place, its salt mended: the first bytes are not
    covered by any seal, and without them no page opens."""
    if not (folder / DATABASE_FILE).exists():
        raise StoreFault(Fault.MISSING)
    with tempfile.TemporaryDirectory(prefix="haochi-salvage-") as name:
        part = Path(name) / DATABASE_FILE
        with durable.explained("salvage"):
            for suffix in ("", "-wal"):
                source = folder / f"{DATABASE_FILE}{suffix}"
                if source.exists():
                    shutil.copyfile(source, part.with_name(part.name + suffix))
            with part.open("rb+") as stream:
                stream.write(_remembered(folder) or backup.manifest.key_file().file_salt)
        yield part


def _remembered(folder: Path) -> bytes:
    try:
        return keys.load(folder).file_salt
    except EnvironmentFault:
        return b""


def _read(part: Path, key: bytes, seq: int, known: Any, going: Going) -> tuple[list[_Torn], _Names]:
    try:
        with salvage.DamagedFile(part, key) as damaged:
            everybody = _dicts(Person, damaged.rows(Person, going=going).rows)
            hired = _dicts(Staff, damaged.rows(Staff, going=going).rows)
            names = _Names(
                dict(known.rows(Person.select(Person.id, Person.name)))
                | {row["id"]: row["name"] for row in everybody},
                dict(known.rows(Staff.select(Staff.id, Staff.name)))
                | {row["id"]: row["name"] for row in hired},
            )
            found = []
            for table in COUNTED:
                last = int(known.scalar(_last(table)) or 0)
                read = damaged.rows(table, after_seq=seq, known_last=last, going=going)
                found.append(_Torn(table, _dicts(table, read.rows), bool(read.failures)))
    except StoreFault as fault:
        raise RuleError(tr("损坏的文件一行也读不出来。请直接从备份恢复。")) from fault
    return _with_changed(found, everybody), names


def _last(table: type[Table]) -> Any:
    key: Any = table._meta.primary_key
    return table.select(key).order_by(key.desc()).limit(1)


def _dicts(table: type[Table], rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    names = list(table._meta.sorted_field_names)
    key: Any = table._meta.primary_key
    return sorted(
        (dict(zip(names, row, strict=True)) for row in rows),
        key=lambda row: int(row[key.name]),
    )


def _with_changed(found: list[_Torn], everybody: list[dict[str, Any]]) -> list[_Torn]:
    """Also the people whose details were changed: their row is older than the backup."""
    touched = {
        row["entity_id"]
        for each in found
        if each.table is Audit
        for row in each.rows
        if row["entity"] == "person"
    }
    answer = []
    for each in found:
        if each.table is Person:
            new = {row["id"] for row in each.rows}
            rows = [row for row in everybody if row["id"] in touched | new]
            each = _Torn(Person, rows, each.lost)
        answer.append(each)
    return answer


def _write(book: Book, torn: _Torn, names: _Names) -> int:
    sheet = SHEETS[torn.table]
    columns = [Column(column.header, column.width, column.kind) for column in sheet.columns]
    title = (
        tr("{name}(有几页读不出来，不全)").format(name=sheet.title) if torn.lost else sheet.title
    )
    made = book.sheet(sheet.title, columns, title=title)
    made.rows(_values(sheet, torn.rows, names))
    return len(torn.rows)


def _values(sheet: Sheet, rows: list[dict[str, Any]], names: _Names) -> Iterator[tuple[Value, ...]]:
    for row in rows:
        yield tuple(_value(column.what, row[column.field], names) for column in sheet.columns)


def _value(what: str, value: Any, names: _Names) -> Value:
    if value is None:
        return ""
    if what == "yuan":
        return Decimal(int(value)) / 100
    if what == "person":
        return names.people.get(int(value), f"#{value}")
    if what == "staff":
        return names.staff.get(int(value), f"#{value}")
    if what == "moment":
        return local_text(str(value))
    return value if isinstance(value, int) else str(value)
