"""Reading a roster in its own process: which sheet, which header, every way it can fail."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from services.errors import RuleError
from services.roster import caps, reading
from services.roster.caps import RosterFault
from services.roster.reading import ImportCancelled, RawTable, messages, read_roster
from services.roster.sheets import quick_sheets

BORN = datetime.fromisoformat("1990-05-15")


def save(path: Path, *sheets: tuple[str, list[list[Any]]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def gather(path: Path, sheet: str | None = None) -> RawTable:
    """The same reading without a process, for what the rows look like."""
    head: dict[str, Any] = {}
    rows: list[Any] = []
    for kind, payload in messages(path.read_bytes(), sheet):
        if kind == "head":
            head = payload
        elif kind == "rows":
            rows += payload
    return RawTable(**head, rows=rows, digest="")


def test_a_plain_roster_comes_back_through_the_process(tmp_path: Path) -> None:
    rows = [["姓名", "电话", "生日"], ["张三", 13800138000, BORN], [], ["李四"]]
    table = read_roster(save(tmp_path / "a.xlsx", ("名册", rows)))
    assert table.headers == ("姓名", "电话", "生日")
    assert table.rows == [(2, ("张三", 13800138000, BORN)), (4, ("李四",))]
    assert (table.sheet, table.sheets, table.header_row) == ("名册", ("名册",), 1)
    assert len(table.digest) == 64


def test_the_header_is_found_under_merged_titles(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["某某口腔会员名册"])
    sheet.append(["制表：前台", None, "2024-01-01"])
    sheet.append(["姓名", "联系方式", None, "备注"])
    sheet.append([None, "电话", "住址", None])
    sheet.append(["张三", "13800138000", "某某路", "x"])
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("A3:A4")
    sheet.merge_cells("B3:C3")
    sheet.merge_cells("D3:D4")
    book.save(tmp_path / "a.xlsx")
    table = gather(tmp_path / "a.xlsx")
    assert table.headers[0] == "姓名"
    assert "张三" in {values[0] for _, values in table.rows}


def test_two_header_rows_are_read_together(tmp_path: Path) -> None:
    rows = [["姓名", "资料", None], [None, "电话", "住址"], ["张三", "13800138000", "某某路"]]
    table = gather(save(tmp_path / "a.xlsx", ("a", rows)))
    assert table.header_row == 2
    assert table.headers == ("姓名", "电话", "住址")


def test_the_sheet_that_looks_like_a_roster_is_taken(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.xlsx",
        ("说明", [["请填写"], ["谢谢"]]),
        ("会员", [["编号", "姓名", "电话"], ["1", "张三", "13800138000"]]),
        ("空", []),
    )
    assert gather(path).sheet == "会员"
    assert gather(path, "说明").headers == ("请填写",)
    with pytest.raises(RosterFault, match="no_sheet"):
        gather(path, "没有")
    with pytest.raises(RosterFault, match="no_sheet"):
        gather(path, "空")


def test_unknown_headers_are_the_first_row_with_several_cells(tmp_path: Path) -> None:
    table = gather(save(tmp_path / "a.xlsx", ("a", [["标题"], ["甲", "乙"], ["1", "2"]])))
    assert (table.header_row, table.headers) == (2, ("甲", "乙"))


def test_empty_rows_and_empty_ends_are_cut_off(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["姓名", "电话"])
    sheet["A3"] = "张三"
    sheet["D3"].number_format = "0.00"  # formatted, and empty
    book.save(tmp_path / "a.xlsx")
    assert gather(tmp_path / "a.xlsx").rows == [(3, ("张三",))]


def test_hidden_sheets_are_left_alone(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["姓名", "电话"])
    hidden = book.create_sheet("旧")
    hidden.append(["姓名", "电话", "住址", "生日"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    assert gather(tmp_path / "a.xlsx").sheets == ("Sheet",)


@pytest.mark.parametrize(("cap", "code"), [("MAX_ROWS", "rows"), ("MAX_COLUMNS", "columns")])
def test_rows_and_columns_have_a_cap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cap: str, code: str
) -> None:
    path = save(tmp_path / "a.xlsx", ("a", [["姓名", "电话", "住址"]] + [["张三", "1", "2"]] * 3))
    monkeypatch.setattr(caps, cap, 3)
    assert len(gather(path).rows) == 3
    monkeypatch.setattr(caps, cap, 2)
    with pytest.raises(RosterFault, match=code):
        gather(path)


def test_many_rows_arrive_in_portions(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["姓名", "电话"], *(["张三", str(n)] for n in range(4500))]
    path = save(tmp_path / "a.xlsx", ("a", rows))
    sizes = [len(p) for kind, p in messages(path.read_bytes(), None) if kind == "rows"]
    assert sizes == [2000, 2000, 500]


def test_a_refused_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("姓名，电话", encoding="utf-8")
    with pytest.raises(RuleError, match="另存为"):
        read_roster(tmp_path / "a.csv")


def test_a_fault_in_the_process_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 this is no zip")
    with pytest.raises(RuleError, match="损坏"):
        read_roster(path)


def test_too_slow_is_stopped(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ("a", [["姓名", "电话"]]))
    with pytest.raises(RuleError, match="30 秒"):
        read_roster(path, timeout=0)


def test_cancel_is_heard_while_reading(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ("a", [["姓名", "电话"]]))
    with pytest.raises(ImportCancelled):
        read_roster(path, cancelled=lambda: True)


@pytest.mark.parametrize("size", ["", '<dimension ref="A1:B2"/>'])
def test_reading_quickly_answers_what_openpyxl_does(tmp_path: Path, size: str) -> None:
    cells = (
        '<c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>电话</t></is></c>',
        '<c r="A2" t="inlineStr"><is><t xml:space="preserve"> 张 </t></is></c><c t="inlineStr"/>'
        '<c r="D2" t="inlineStr"><is><t/></is></c><c r="E2"><v>7</v></c>',
        '<c r="A3" t="inlineStr"><is><r><t>李</t></r><r><t>四</t></r></is></c>'
        '<c r="C3" t="inlineStr"><is><t>乙</t><rPh sb="0" eb="1"><t>yi</t></rPh></is></c>',
        '<c t="inlineStr"><is><t>王五</t></is></c><c t="str"><f>1</f><v>x</v></c>',
        '<c r="B5" t="inlineStr"><is><r><t>甲</t></r></is></c>'
        '<c t="inlineStr"><is><t>丙</t></is></c>',
    )
    rows = "".join(f'<row r="{at}">{text}</row>' for at, text in enumerate(cells, 1))
    names = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f"<worksheet {names}>{size}<sheetData>{rows}</sheetData></worksheet>"
    path, plain = tmp_path / "a.xlsx", save(tmp_path / "plain.xlsx", ("a", [["x"]]))
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as made:
        for entry in source.namelist():
            is_sheet = entry == "xl/worksheets/sheet1.xml"
            made.writestr(entry, sheet if is_sheet else source.read(entry))
    slowly = gather(path)
    with quick_sheets():
        assert gather(path) == slowly
    assert gather(path) == slowly  # and all is as it was
    assert [values[0] for _, values in slowly.rows] == [" 张 ", "李四", "王五", None]


# -- the worker's own code, in this process ------------------------------------------------


def work(data: bytes) -> list[tuple[str, Any]]:
    receiver, sender = Pipe(duplex=False)
    reading._work(data, None, sender)
    said = []
    try:
        while True:
            said.append(receiver.recv())
    except EOFError:
        return said


@pytest.fixture
def gently(monkeypatch: pytest.MonkeyPatch, collector: None) -> None:
    """The worker turns the collector off and chooses a parser; not for the other tests."""
    monkeypatch.setenv("OPENPYXL_DEFUSEDXML", "True")


@pytest.mark.usefixtures("gently")
def test_the_worker_sends_head_rows_and_done(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ("a", [["姓名", "电话"], ["张三", "1"]]))
    assert [kind for kind, _ in work(path.read_bytes())] == ["head", "rows", "done"]


@pytest.mark.usefixtures("gently")
@pytest.mark.parametrize(
    ("error", "code"),
    [(RosterFault("rows"), "rows"), (MemoryError(), "too_much"), (KeyError("x"), "damaged")],
)
def test_whatever_breaks_in_the_worker_is_one_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def broken(*_: object) -> Iterator[tuple[str, Any]]:
        raise error

    monkeypatch.setattr(reading, "messages", broken)
    path = save(tmp_path / "a.xlsx", ("a", [["姓名", "电话"]]))
    assert work(path.read_bytes()) == [("fault", code)]


def test_a_process_that_dies_is_a_sentence() -> None:
    receiver, sender = Pipe(duplex=False)
    sender.close()
    with pytest.raises(RuleError, match="意外"):
        next(reading._messages(receiver, float("inf"), None))


def test_waiting_goes_on_until_the_deadline() -> None:
    import time

    receiver, _sender = Pipe(duplex=False)
    with pytest.raises(RuleError, match="30 秒"):
        next(reading._messages(receiver, time.monotonic() + 0.05, None))


def test_a_workbook_saved_in_memory_is_read(tmp_path: Path) -> None:
    stream = io.BytesIO()
    book = Workbook()
    book.active.append(["姓名"])
    book.save(stream)
    (tmp_path / "a.xlsx").write_bytes(stream.getvalue())
    assert gather(tmp_path / "a.xlsx").rows == []
