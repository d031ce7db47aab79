"""P14: no text of the clinic becomes a formula in any workbook; the program writes no CSV."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.etree.ElementTree import iterparse

import pytest

from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock
from services.demo import build
from services.errors import RuleError
from services.gifts.period import current
from services.gifts.reconciliation import open_week
from services.reports.handover import usual_span
from services.reports.registry import reports
from services.reports.sheet import Ask
from services.reports.workbook import write_workbook
from services.staff import sign_in
from services.workbooks.count_sheet import write_count_sheet
from tests.services.test_verify import tamper

NOW = ManualClock("2026-11-20", "18:00:00")
MARK = "XPROBE"
PROBES = (f"=1+{MARK}", f"+{MARK}", f"-{MARK}", f"@{MARK}(1)", f"\t={MARK}", f"＝{MARK}",
          f'=HYPERLINK("{MARK}")')  # fmt: skip
# columns that hold what somebody typed; the others are dates, codes and words of the program
TYPED = {"name", "note", "reason", "text", "title", "content", "subject", "address", "spec",
         "unit", "source", "occupation", "item", "department", "outcome_text", "answer",
         "bill_number", "label", "receiver", "purpose", "contact", "guardian"}  # fmt: skip
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """A small believable clinic whose every typed text begins like a formula."""
    root = tmp_path_factory.mktemp("probed")
    vault = FileVault(root / "vault")
    made = build(root / "data", 25, 5, days=60, clock=NOW, vault=vault)
    clinic = open_clinic(root / "data", NOW, holder="test", vault=vault)
    manager = next(each for each in made.staff if each.role == "member_admin")
    if current(clinic.db) is None:
        open_week(sign_in(clinic, manager.name, manager.pin))
    tamper(clinic.db, *_statements(clinic.db))
    yield clinic
    clinic.close()


def _statements(db):
    """An update for every typed column that has rows and no list of words it must be one of."""
    found = []
    tables = db.execute_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%'"
    ).fetchall()
    for table, sql in tables:
        columns = [row[1] for row in db.execute_sql(f'PRAGMA table_info("{table}")').fetchall()]
        for number, column in enumerate(columns):
            listed = re.search(rf"\b{column} TEXT[^,]*CHECK \({column} IN", sql)
            if column not in TYPED or listed or table in ("programme_draft", "picture"):
                continue
            if not db.execute_sql(
                f"SELECT COUNT(*) FROM \"{table}\" WHERE {column} <> ''"
            ).fetchone()[0]:
                continue
            probe = PROBES[number % len(PROBES)].replace("'", "''")
            found.append(
                f"UPDATE \"{table}\" SET {column} = '{probe}' || {column} WHERE {column} <> ''"
            )
    return found


def cells(path: Path):
    """(kind, text, formula) of every cell of a workbook, as it stands in the file."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        shared = []
        if "xl/sharedStrings.xml" in names:
            for _, each in iterparse(io.BytesIO(archive.read("xl/sharedStrings.xml"))):
                if each.tag == f"{_NS}si":
                    shared.append("".join(t.text or "" for t in each.iter(f"{_NS}t")))
        for name in names:
            if not name.startswith("xl/worksheets/sheet"):
                continue
            for _, each in iterparse(io.BytesIO(archive.read(name))):
                if each.tag == f"{_NS}c":
                    kind, value = each.get("t", "n"), each.findtext(f"{_NS}v") or ""
                    if kind == "s":
                        value = shared[int(value)]
                    elif kind == "inlineStr":
                        value = "".join(t.text or "" for t in each.iter(f"{_NS}t"))
                    yield kind, value, each.findtext(f"{_NS}f") or ""


def check(path: Path) -> int:
    """How many probes a workbook holds, all of them text."""
    seen = 0
    for kind, text, formula in cells(path):
        assert MARK not in formula, formula
        if MARK in text:
            assert kind in ("s", "inlineStr"), (kind, text)
            seen += 1
    return seen


def test_p14_no_report_makes_a_formula_of_a_text(probed, tmp_path):
    seen = {}
    for report in reports():
        span = usual_span(probed.db, report, probed.clock.today())
        path = tmp_path / f"{report.name}.xlsx"
        try:
            write_workbook(
                probed, path, report, Ask(*span, probed.clock.today()), exported_by=PROBES[0]
            )
        except RuleError:
            continue  # a report that asks for more than days
        seen[report.name] = check(path)
    assert len(seen) >= len(reports()) - 3, seen
    assert all(seen.values()), seen  # at least the name of who wrote it stands in each
    assert sum(seen.values()) > 100


def test_p14_nor_does_the_count_sheet(probed, tmp_path):
    path = tmp_path / "count.xlsx"
    write_count_sheet(probed, path, reconciliation_id=current(probed.db).id)
    assert check(path) > 3


def test_p14_the_program_writes_no_csv():
    """Text tables have no types: whatever begins like a formula would be one."""
    root = Path(__file__).parents[3]
    for part in ("services", "ui", "models"):
        for path in (root / part).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "csv.writer" not in text, path
            assert "DictWriter" not in text, path
