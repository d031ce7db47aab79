"""The count sheet read back: by whom it was filled in must not matter, what changed must (E51)."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from datetime import date

import openpyxl
import pytest

from services.errors import RuleError
from services.gifts import reconciliation as friday
from services.gifts import stock
from services.gifts.friday_lists import count_notes
from services.gifts.reconciliation import CountEntry
from services.workbooks import count_sheet_reading
from services.workbooks.count_sheet import write_count_sheet
from services.workbooks.count_sheet_reading import count_in, read_count_sheet, take_counts
from tests import gift_world as world

NEXT = "2026-11-27"
COUNT = 6  # the column 实盘


@pytest.fixture
def week(marketing):
    """An open week with 牙膏 (10 and 5) and 牙线 (4 and 2): rows 4 to 7 of its sheet."""
    for code, name, warehouse, desk in (("G10", "牙膏", 10, 5), ("G11", "牙线 50m", 4, 2)):
        gift = world.add_gift(marketing, code=code, name=name, spec="中", unit="支")
        world.stocked(marketing, gift, warehouse=warehouse, desk=desk)
    return friday.open_week(marketing).reconciliation_id


@pytest.fixture
def sheet(clinic, week, tmp_path):
    return exported(clinic, week, tmp_path)


def exported(clinic, number, folder):
    path = folder / "清点.xlsx"
    write_count_sheet(clinic, path, reconciliation_id=number)
    return path


def edit(path, *counts, change=None):
    """Somebody opens the sheet, types the counts from row 4 down, changes what they like."""
    book = openpyxl.load_workbook(path)
    page = book["清点"]
    for row, count in enumerate(counts, 4):
        page.cell(row, COUNT).value = count
    if change is not None:
        change(book, page)
    book.save(path)
    return path


def read(clinic, path, number=1):
    return read_count_sheet(clinic, path, number)


def said(found):
    return [(problem.row, problem.sentence) for problem in found.problems]


# -- a good sheet ------------------------------------------------------------------------------


def test_e51_a_filled_in_sheet_is_taken_over_whole(clinic, billing, sheet, week):
    found = read(clinic, edit(sheet, 10, 5, "４", " 2 "))
    assert found.problems == ()
    assert found.entries == (
        CountEntry(1, "warehouse", 10),
        CountEntry(1, "desk", 5),
        CountEntry(2, "warehouse", 4),
        CountEntry(2, "desk", 2),
    )
    assert (found.replaced, found.unchanged) == (0, 0)
    assert take_counts(billing, found).missing == 0
    assert friday.compare(billing, reconciliation_id=week).differences == 0
    (note,) = count_notes(clinic.db, week, gift_id=2, place="warehouse")
    assert (note.counted, note.source, note.staff) == (4, "sheet", "周收费")


def test_e51_what_is_counted_already_stays_where_the_sheet_says_nothing(
    clinic, billing, sheet, week
):
    typed = (CountEntry(1, "warehouse", 9), CountEntry(1, "desk", 5))
    friday.enter_count(billing, reconciliation_id=week, counts=typed)
    found = read(clinic, edit(sheet, 10, None, 4, 2))
    assert found.problems == ()
    assert (len(found.entries), found.replaced, found.unchanged) == (3, 1, 1)
    take_counts(billing, found)
    again = read(clinic, sheet)
    assert (again.entries, again.unchanged) == ((), 4)
    with pytest.raises(RuleError, match="没有新的数字可以采用"):
        take_counts(billing, again)


def test_e51_rows_may_be_sorted_and_columns_moved(clinic, sheet):
    def shuffle(_book, page):
        rows = [[cell.value for cell in row] for row in page["A4:G7"]]
        for number, values in enumerate(reversed(rows), 4):
            for column, value in enumerate(values, 1):
                page.cell(number, column).value = value
        page.insert_cols(2)

    found = read(clinic, edit(sheet, 10, 5, 4, 2, change=shuffle))
    assert found.problems == ()
    assert {entry.counted for entry in found.entries} == {10, 5, 4, 2}


@pytest.mark.parametrize(
    "signed",
    [
        "清点:李四    复核:王五    日期:2026-11-20",
        "清点：________李四",
        "清点人 李四",
        "复核: 王五",
        "日期:11.20",
    ],
)
def test_e51_the_signed_line_is_no_row(clinic, sheet, signed):
    def sign(_, page):
        page.cell(9, 1).value = None
        page.cell(8, 1).value = signed

    found = read(clinic, edit(sheet, 10, 5, 4, 2, change=sign))
    assert (len(found.entries), found.problems) == (4, ())


def test_e51_a_gift_that_is_called_like_a_signature_is_a_row(clinic, marketing, tmp_path):
    world.add_gift(marketing, code="日期: 1", name="日历")
    number = friday.open_week(marketing).reconciliation_id
    found = read(clinic, edit(exported(clinic, number, tmp_path), 3, 4), number)
    assert (len(found.entries), found.problems) == (2, ())


def test_e51_a_formula_counts_by_what_it_came_to(clinic, sheet, monkeypatch):
    found = read(clinic, edit(sheet, "=5+5", 5, 4, 2))
    assert said(found) == [(4, "实盘是公式，没有算出的值。请直接填数字。")]


# -- another sheet -----------------------------------------------------------------------------


def test_e51_the_sheet_of_another_week_or_count_is_refused(
    clinic, marketing, week, sheet, tmp_path, clock
):
    friday.abandon(marketing, reconciliation_id=week)
    second = friday.open_week(marketing).reconciliation_id
    with pytest.raises(RuleError, match=r"另一次核对.核对号 1.，现在是核对号 2。请选对文件"):
        read(clinic, sheet, second)
    world.count_all(marketing, second)
    world.sign(marketing, second)
    with pytest.raises(RuleError, match="签字结账，不能再改"):
        read(clinic, sheet, second)
    clock.day = NEXT
    third = friday.open_week(marketing).reconciliation_id
    with pytest.raises(RuleError, match="这是 2026-11-20 的清点表，现在核对的是 2026-11-27"):
        read(clinic, sheet, third)


def test_e51_what_is_no_count_sheet_is_refused(clinic, sheet, tmp_path, week):
    other = tmp_path / "other.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = 7
    book.save(other)
    with pytest.raises(RuleError, match="这不是清点表"):
        read(clinic, other)
    text = tmp_path / "a.csv"
    text.write_text("a,b")
    with pytest.raises(RuleError, match="CSV"):
        read(clinic, text)
    with pytest.raises(RuleError, match="没有找到这个文件"):
        read(clinic, tmp_path / "nowhere.xlsx")
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(RuleError, match="已损坏"):
        read(clinic, broken)


def test_e51_a_sheet_that_swells_or_is_endless_is_refused(clinic, sheet, monkeypatch):
    def far(_book, page):
        page.cell(6000, 1).value = "x"

    with pytest.raises(RuleError, match="超过 5000 行"):
        read(clinic, edit(sheet, change=far))
    monkeypatch.setattr(count_sheet_reading, "_MOST_UNZIPPED", 100)
    with pytest.raises(RuleError, match="解开后"):
        read(clinic, sheet)


def hide_sheet(book, page):
    page.sheet_state = "hidden"
    book.create_sheet("别的")


def hide_column(_book, page):
    page.column_dimensions["F"].hidden = True


def copy_sheet(book, page):
    book.copy_worksheet(page)


def drop_header(_book, page):
    page.delete_rows(3)


def drop_column(_book, page):
    page.delete_cols(5)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (hide_sheet, "清点表被隐藏了"),
        (hide_column, "“实盘”列被隐藏了"),
        (copy_sheet, "这个工作簿里有 2 张清点表"),
        (drop_header, "表头不见了"),
        (drop_column, "少了“库位”列"),
    ],
)
def test_e51_a_sheet_that_cannot_be_trusted_is_refused_whole(clinic, sheet, change, sentence):
    with pytest.raises(RuleError, match=sentence):
        read(clinic, edit(sheet, 10, 5, 4, 2, change=change))


# -- rows that are not as they were --------------------------------------------------------------


def test_e51_every_changed_row_is_told_with_its_number(clinic, billing, sheet, week):
    def change(_book, page):
        page["B4"] = "牙膏(新)"
        page["E5"] = "前台"
        page.row_dimensions[6].hidden = True
        page.unmerge_cells("A9:G9")  # the signatures
        page["A8"], page["B8"], page["E8"], page["F8"] = "G99", "牙刷", "仓库", 3
        for column, value in enumerate(("G11", "牙线 50m", "中", "支", "收费室", 2), 1):
            page.cell(9, column).value = value

    found = read(clinic, edit(sheet, 10, 5, 4, 2, change=change))
    assert said(found) == [
        (4, "礼品“G10”的名称是“牙膏”，表上写成“牙膏(新)”。请改回原来的名称。"),
        (5, "库位写成“前台”。请写“仓库”或“收费室”，与导出时一样。"),
        (6, "这一行被隐藏或筛掉了。请显示出来，核对以后再读回。"),
        (8, "“G99 牙刷”不在这次核对里，是后来加的行。请删去这一行。"),
        (9, "“牙线 50m”(收费室)在第 7 行已有一行。请只留一行。"),
        (0, "表上缺少“牙膏”(收费室)这一行。请重新导出清点表，或在窗口里点。"),
    ]
    assert found.entries == ()
    with pytest.raises(RuleError, match="清点表有 6 处问题，一个数也没有采用"):
        take_counts(billing, found)


def test_e51_a_line_taken_out_is_missing(clinic, sheet):
    found = read(clinic, edit(sheet, 10, 5, 4, 2, change=lambda _b, page: page.delete_rows(5)))
    assert said(found) == [(0, "表上缺少“牙膏”(收费室)这一行。请重新导出清点表，或在窗口里点。")]


def test_e51_good_rows_can_be_taken_by_choice_and_the_rest_stays_uncounted(
    clinic, billing, sheet, week
):
    found = read(clinic, edit(sheet, 10, "约 5", 4))
    assert said(found) == [
        (5, "实盘“约 5”不是数字。请只填整数，不写单位和“约”。"),
        (7, "“牙线 50m”(收费室)没有填实盘。没有货请填 0。"),
    ]
    assert take_counts(billing, found, despite_problems=True).missing == 2
    with pytest.raises(RuleError, match=r"还有 2 项没有清点：“牙膏”.收费室.、“牙线 50m”.收费室."):
        friday.compare(billing, reconciliation_id=week)


@pytest.mark.parametrize(
    ("value", "counted"),
    [(0, 0), (7.0, 7), ("７", 7), ("0012", 12), (stock.LARGEST, stock.LARGEST)],
)
def test_e51_what_counts_as_a_number(value, counted):
    assert count_in(value) == counted


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("5个", "实盘“5个”不是数字"),
        ("5.0", "不是数字"),
        ("-1", "不是数字"),
        ("①", "不是数字"),
        ("#DIV/0!", "不是数字"),
        ("12345678", "不是数字"),
        (1.5, "实盘 1.5 不是整数"),
        (float("nan"), "不是整数"),
        (1e30, "不是整数"),
        (-1, "实盘 -1 不对。请填 0 至 1000000"),
        (stock.LARGEST + 1, "实盘 1000001 不对"),
        (True, "被存成了是或否"),
        (date(2026, 5, 1), "被存成了日期"),
    ],
)
def test_e51_what_is_no_number_says_what_to_do(value, sentence):
    assert sentence in count_in(value)


# -- filled in by another program ----------------------------------------------------------------

needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed (libreoffice-calc)"
)


def convert(path, kind, folder):
    """Let LibreOffice open the file and save it as `kind`."""
    profile = (folder / "profile").as_uri()
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind,
         "--outdir", str(folder / kind), str(path)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return folder / kind / f"{path.stem}.{kind}"


@needs_office
def test_e51_a_sheet_filled_in_with_libreoffice_is_read_back(clinic, billing, sheet, tmp_path):
    text = convert(sheet, "fods", tmp_path).read_text(encoding="utf-8")
    head, *rows = re.split(r"(?=<table:table-row[ >])", text)
    typed = iter(('office:value="10"', 'office:value="5"', 'table:formula="of:=2*2"',
                  'office:value="2"'))  # fmt: skip
    for number, row in enumerate(rows):
        if "<text:p>G1" in row:
            cells = re.split(r"(?=<table:table-cell[ />])", row)
            value = f'<table:table-cell office:value-type="float" {next(typed)} '
            cells[COUNT] = cells[COUNT].replace("<table:table-cell ", value)
            rows[number] = "".join(cells)
    filled = tmp_path / "filled.fods"
    filled.write_text(head + "".join(rows), encoding="utf-8")
    assert next(typed, None) is None
    found = read(clinic, convert(filled, "xlsx", tmp_path))
    assert found.problems == ()
    assert [entry.counted for entry in found.entries] == [10, 5, 4, 2]
    assert take_counts(billing, found).missing == 0
