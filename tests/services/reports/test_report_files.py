"""Every report as a workbook recalculated by LibreOffice, as JSON and as a paper."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock
from services.demo import build
from services.errors import RuleError
from services.forms.paper import Grid, Heading, Signatures, Size, Text
from services.reports import paper
from services.reports.handover import usual_span
from services.reports.paper import as_paper
from services.reports.plain import as_json, write_json
from services.reports.reading import read, total_words, words
from services.reports.registry import find, reports
from services.reports.sheet import Ask, Column, Report, Sheet, share
from services.reports.workbook import file_name, sheet_name, write_workbook
from tests.money_world import member
from tests.services.reports.world import ask

NOW = ManualClock("2026-11-20", "18:00:00")
NAMES = [each.name for each in reports()]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A small believable clinic."""
    root = tmp_path_factory.mktemp("demo")
    vault = FileVault(root / "vault")
    build(root / "data", 60, 5, days=200, clock=NOW, vault=vault)
    opened = open_clinic(root / "data", NOW, holder="test", vault=vault, read_only=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def written(demo, tmp_path_factory):
    """Every report as a workbook of its usual days, and what a spreadsheet makes of it."""
    folder = tmp_path_factory.mktemp("reports")
    paths = {}
    for report in reports():
        paths[report.name] = folder / f"{report.name}.xlsx"
        write_workbook(demo, paths[report.name], report, usual(demo, report), exported_by="李前台")
    if shutil.which("soffice"):
        profile = (folder / "profile").as_uri()
        subprocess.run(
            [
                *("soffice", f"-env:UserInstallation={profile}", "--headless"),
                *("--convert-to", "xlsx", "--outdir", str(folder / "again")),
                *map(str, paths.values()),
            ],
            check=True,
            capture_output=True,
            timeout=300,
        )
    return folder


def usual(clinic, report):
    return Ask(*usual_span(clinic.db, report, clinic.clock.today()), clinic.clock.today())


def as_cell(column, value):
    """What a spreadsheet should show for a value of ours."""
    if value is None or value == "":
        return None
    if column.kind == "money":
        return Decimal(value) / 100
    if column.kind == "rate":
        return Decimal(value) / 1000
    return value


def near(found, wanted):
    if isinstance(wanted, Decimal):
        return abs(Decimal(str(found)) - wanted) < Decimal("0.001")
    if isinstance(wanted, date):
        return str(found)[:16] == str(wanted)[:16] or str(found)[:10] == str(wanted)
    return found == wanted


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("name", [each for each in NAMES if each != "friday"])
def test_recalculated_every_figure_agrees_with_the_program(demo, written, name):
    report = find(name)
    found = read(demo.db, report, usual(demo, report))
    book = openpyxl.load_workbook(written / "again" / f"{name}.xlsx", data_only=True)
    assert book.sheetnames == [sheet_name(each.sheet.name) for each in found.sheets]
    for each in found.sheets:
        sheet = book[sheet_name(each.sheet.name)]
        columns = each.sheet.columns
        for number, row in enumerate(each.rows, 4):
            cells = [cell.value for cell in sheet[number]]
            for column, value, cell in zip(columns, row, cells, strict=False):
                assert near(cell, as_cell(column, value)), (each.sheet.name, number, column.header)
        below = 4 + max(each.count, 1)
        if each.totals:
            cells = [cell.value for cell in sheet[below]]
            for column, value, cell in zip(columns, each.totals, cells, strict=False):
                if column.total or column.share:
                    wanted = as_cell(column, value)
                    assert near(cell or None, wanted or None), (each.sheet.name, column.header)


@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_is_print_ready_and_its_totals_are_live(written, name):
    book = openpyxl.load_workbook(written / f"{name}.xlsx")
    for sheet in book:
        assert sheet.freeze_panes == "A4"
        assert sheet.page_setup.paperSize == 9
        assert "&P" in sheet.oddFooter.right.text
        assert sheet["A2"].value.startswith("皓齿口腔")
    if name != "friday":
        assert book.worksheets[0]["A1"].value.startswith(find(name).title)
        assert "导出人：李前台" in book.worksheets[0]["A2"].value


def test_totals_and_rates_are_formulas(written):
    sheet = openpyxl.load_workbook(written / "admin-weekly.xlsx")["会员数"]
    last = next(row for row in sheet.iter_rows(min_row=4) if row[0].value == "合计")[0].row
    assert sheet[f"C{last}"].value == f"=SUM(C4:C{last - 1})"
    assert sheet["I4"].value == "=C4+D4+E4+F4-G4-H4"
    calls = openpyxl.load_workbook(written / "admin-weekly.xlsx")["回访完成"]
    assert calls["F4"].value == '=IF(N(B4)=0,"",C4/B4)'


@pytest.mark.parametrize("name", NAMES)
def test_every_report_is_json_and_paper_too(demo, name):
    report = find(name)
    found = read(demo.db, report, usual(demo, report))
    plain = json.loads(as_json(found))
    assert (plain["report"], plain["from"], plain["to"]) == (name, found.ask.first, found.ask.last)
    for sheet, each in zip(plain["sheets"], found.sheets, strict=True):
        assert len(sheet["rows"]) == each.count
        assert all(len(row) == len(sheet["columns"]) for row in sheet["rows"])
    printed = as_paper(demo.db, found)
    assert (printed.title, printed.clinic) == (report.title, "皓齿口腔(演示)")
    assert printed.name == file_name(report, found.ask)
    grids = [block for block in printed.blocks if isinstance(block, Grid)]
    assert len(grids) == len(found.sheets)
    assert all(len(row) == len(grid.headers) for grid in grids for row in grid.rows)


def test_no_full_name_or_phone_of_a_customer_in_any_report(demo, written):
    people = demo.db.execute_sql("SELECT name, phone FROM person").fetchall()
    staff = {row[0] for row in demo.db.execute_sql("SELECT name FROM staff").fetchall()}
    staff |= {row[0] for row in demo.db.execute_sql("SELECT name FROM doctor").fetchall()}
    secrets = {name for name, _ in people} | {phone for _, phone in people if phone}
    for name in NAMES:
        report = find(name)
        text = as_json(read(demo.db, report, usual(demo, report))).decode()
        assert not [each for each in secrets - staff if f'"{each}"' in text], name


# -- the mechanism ---------------------------------------------------------------------------


def odd(*rows, columns=None, notes=(), signers=(), name="甲/乙"):
    columns = columns or (Column("名", 8), Column("数", 8, "int", "sum"))
    sheet = Sheet(name, columns, rows, notes, signers)
    return Report("odd", "怪表", "", "week", lambda db, ask: (sheet,))


def test_a_name_that_is_no_sheet_name_and_text_that_looks_like_a_formula(clinic, tmp_path):
    path = tmp_path / "a.xlsx"
    report = odd(("=1+1", 2), ("@x", 3), notes=("注",), signers=("甲", "乙"))
    done = write_workbook(clinic, path, report, ask(clinic, "2026-11-20", "2026-11-20"))
    assert (done.path, done.rows) == (path, 2)
    sheet = openpyxl.load_workbook(path)["甲、乙"]
    assert (sheet["A4"].value, sheet["A4"].data_type) == ("=1+1", "s")
    assert sheet["B6"].value == "=SUM(B4:B5)"
    assert sheet["A7"].value == "注"
    assert "甲:____" in sheet["A9"].value
    assert sheet_name("x" * 40) == "x" * 31


def test_what_breaks_off_leaves_no_file(clinic, tmp_path):
    def rows():
        yield ("甲", 1)
        raise RuleError("停")

    sheet = Sheet("表", (Column("名", 8), Column("数", 8, "int", "sum")), rows())
    report = Report("odd", "怪表", "", "week", lambda db, asked: (sheet,))
    with pytest.raises(RuleError):
        write_workbook(clinic, tmp_path / "a.xlsx", report, ask(clinic, "2026-11-20", "2026-11-20"))
    assert list(tmp_path.glob("*.xlsx")) == []


def test_progress_is_told_and_may_stop_it(clinic):
    told = []
    report = odd(*(("甲", 1) for _ in range(1200)))
    asked = ask(clinic, "2026-11-20", "2026-11-20")
    found = read(clinic.db, report, asked, limit=2, progress=lambda done, all_: told.append(done))
    assert told == [500, 1000]
    assert (len(found.sheets[0].rows), found.count, found.sheets[0].totals) == (2, 1200, ("", 1200))
    whole = read(clinic.db, report, asked)
    assert whole.digest == found.digest
    blank = read(clinic.db, odd(("甲", None), ("乙", 4)), asked)
    assert blank.sheets[0].totals == ("", 4)
    other = read(clinic.db, odd(("乙", 1)), asked)
    assert other.digest != found.digest


def test_a_paper_is_not_a_phone_book(clinic, monkeypatch):
    monkeypatch.setattr(paper, "MOST", 3)
    found = read(clinic.db, odd(*[("甲", 1)] * 4), ask(clinic, "2026-11-01", "2026-11-20"))
    with pytest.raises(RuleError, match="有 4 行，印出来太长"):
        as_paper(clinic.db, found)


def test_a_paper_says_when_there_is_nothing(clinic):
    report = odd(notes=("注",), signers=("甲",))
    found = read(clinic.db, report, ask(clinic, "2026-11-01", "2026-11-20"))
    made = as_paper(clinic.db, found)
    assert made.subject == "期间 2026-11-01 至 2026-11-20　制表日 2026-11-20"
    assert made.blocks == (
        Grid(("名", "数"), (("", "本期没有记录"), ("合计", "0")), (8, 8), (1,)),
        Text(("注",), small=True),
        Signatures(("甲",)),
    )
    wide = odd(columns=tuple(Column(str(n), 8) for n in range(9)))
    printed = as_paper(clinic.db, read(clinic.db, wide, found.ask))
    assert printed.size is Size.A4_LANDSCAPE
    assert not any(isinstance(block, Heading) for block in printed.blocks)


def test_values_in_the_words_of_people():
    assert words(Column("", 8, "money"), 123_450) == "1,234.50"
    assert words(Column("", 8, "rate"), 667) == "66.7%"
    assert words(Column("", 8, "signed"), 5) == "+5"
    assert words(Column("", 8, "signed"), 0) == "0"
    assert words(Column("", 8, "date"), date(2026, 1, 2)) == "2026-01-02"
    assert (words(Column("", 8), None), words(Column("", 8), "x")) == ("", "x")
    assert (share(1, 3), share(1, 2), share(2, 3), share(0, 0)) == (333, 500, 667, None)
    first = Sheet("表", (Column("数", 8, "int", "sum"),), ())
    assert total_words(first, (7,)) == ("7",)
    assert total_words(Sheet("表", (Column("名", 8),), ()), ("",)) == ("合计",)


def test_a_sheet_without_totals_has_no_last_row(clinic, tmp_path):
    report = odd(("甲",), columns=(Column("名", 8),))
    asked = ask(clinic, "2026-11-20", "2026-11-20")
    assert read(clinic.db, report, asked).sheets[0].totals == ()
    write_workbook(clinic, tmp_path / "a.xlsx", report, asked)
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active.max_row == 4
    assert json.loads(as_json(read(clinic.db, report, asked)))["sheets"][0]["total"] is None


def test_json_is_written_whole(clinic, tmp_path, frontdesk):
    member(frontdesk, 2000)
    path = tmp_path / "a.json"
    found = read(clinic.db, find("monday-members"), ask(clinic, "2026-11-16", "2026-11-22"))
    write_json(found, path)
    plain = json.loads(path.read_bytes())
    sheet = plain["sheets"][0]
    assert sheet["columns"][2] == {"header": "入会日期", "kind": "date"}
    assert sheet["rows"][0][2] == "2026-11-20"
    assert sheet["total"][1] == 1
    with pytest.raises(RuleError, match="没有找到文件夹"):
        write_json(found, tmp_path / "无" / "a.json")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("visits-day", "visits-day"),
        ("visits_day", "visits-day"),
        ("VISITS-DAY", "visits-day"),
        ("到诊日报", "visits-day"),
        ("月度达标与未领", "monthly-reached"),
    ],
)
def test_a_report_is_found_by_either_name(name, found):
    assert find(name).name == found


def test_an_unknown_report_names_the_list():
    with pytest.raises(RuleError, match="没有“到诊”这张报表。用 report --list"):
        find("到诊")
    assert len(set(NAMES)) == len(NAMES) == len({each.title for each in reports()})
