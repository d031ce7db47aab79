"""Events files as they come: text in two encodings and three separators, workbooks, and neither."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from services.errors import RuleError
from services.simulation import files, reading
from services.simulation.files import load
from services.simulation.reading import read_rows

HEADER = "日期,会员号,类型,金额,项目,数量,备注"
LINE = "2026-01-05,A1,消费,860,洁牙,1,R1"
VALUES = ("2026-01-05", "A1", "消费", "860", "洁牙", "1", "R1")


def rows_of(
    path: Path, refused: list[tuple[int, str]] | None = None
) -> list[tuple[int, tuple[object, ...]]]:
    """The rows of a file; those that cannot be read go into `refused`, where there must be none
    unless they are asked for."""
    left_out = [] if refused is None else refused
    found = list(read_rows(load(path), lambda share: None, lambda *row: left_out.append(row)))
    assert refused is not None or not left_out
    return found


def text(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    path = folder / "e.csv"
    path.write_bytes(content.encode(encoding))
    return path


def sheet(folder: Path, *rows: tuple[object, ...], name: str = "e.xlsx") -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for each in rows:
        book.active.append(each)
    book.save(folder / name)
    return folder / name


# -- text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_in_any_encoding_and_separator(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    content = (HEADER + end + LINE + end).replace(",", separator)
    assert rows_of(text(tmp_path, content, encoding)) == [(2, VALUES)]


def test_columns_in_any_order_under_either_name_and_others_ignored(tmp_path: Path) -> None:
    content = "note,AMOUNT,医生,Date,kind, member ,金额(元)\nR1,860,李,2026-01-05,消费,A1,9\n"
    assert rows_of(text(tmp_path, content)) == [
        (2, ("2026-01-05", "A1", "消费", "860", "", "", "R1"))
    ]


def test_rows_are_numbered_as_a_sheet_shows_them(tmp_path: Path) -> None:
    content = f'\n,,\n{HEADER}\n\n{LINE}\n,,,,,,\n"2026-01-06",A1,消费,5,"洁\n牙",,\n{LINE}\n'
    assert [number for number, _ in rows_of(text(tmp_path, content))] == [5, 7, 8]


def test_short_rows_are_blank_at_the_end(tmp_path: Path) -> None:
    content = f"{HEADER}\n2026-01-05,A1,退会\n2026-01-05\n"
    assert rows_of(text(tmp_path, content)) == [
        (2, ("2026-01-05", "A1", "退会", "", "", "", "")),
        (3, ("2026-01-05", "", "", "", "", "", "")),
    ]


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("日期,会员号,金额", "缺少：类型。"),
        ("会员号", "缺少：日期、类型。"),
        ("甲,乙,丙", "缺少：日期、会员号、类型。"),
    ],
)
def test_missing_columns_are_named(tmp_path: Path, header: str, missing: str) -> None:
    with pytest.raises(RuleError, match=missing):
        rows_of(text(tmp_path, f"{header}\n1,2,3\n"))
    with pytest.raises(RuleError, match=missing):
        rows_of(sheet(tmp_path, tuple(header.split(",")), (1, 2, 3)))


BAD_QUOTES = "这一行的引号没有成对，读不出来，请改正后再试算。"


@pytest.mark.parametrize("more", [0, 3, 5000])
@pytest.mark.parametrize("cell", ['"洁牙', '"洁"牙', '"', '""洁"'])
def test_p15_a_line_with_bad_quotes_is_left_out_and_nothing_else(
    tmp_path: Path, more: int, cell: str
) -> None:
    content = f"{HEADER}\n{LINE}\n2026-01-05,A1,消费,5,{cell}\n" + f"{LINE}\n" * more
    refused: list[tuple[int, str]] = []
    found = rows_of(text(tmp_path, content), refused)
    assert [number for number, _ in found] == [2, *range(4, 4 + more)]
    assert refused == [(3, BAD_QUOTES)]


def test_p15_bad_quotes_in_the_first_and_the_last_row(tmp_path: Path) -> None:
    refused: list[tuple[int, str]] = []
    content = f'{HEADER}\n"2026-01-05,A1,消费\n{LINE}\n2026-01-05,A1,"消费'
    assert rows_of(text(tmp_path, content), refused) == [(3, VALUES)]
    assert refused == [(2, BAD_QUOTES), (4, BAD_QUOTES)]


def test_p15_rows_after_bad_quotes_keep_the_numbers_of_a_sheet(tmp_path: Path) -> None:
    """A quote that opens and meets the next one spoils its own line only; a cell of two lines is
    still one row."""
    refused: list[tuple[int, str]] = []
    whole = '2026-01-06,A1,消费,5,"洁\n牙",,'
    content = f'{HEADER}\n{whole}\n2026-01-05,A1,消费,5,"洁牙\n\n{LINE}\n{whole}\n{LINE}\n'
    assert [number for number, _ in rows_of(text(tmp_path, content), refused)] == [2, 5, 6, 7]
    assert [number for number, _ in refused] == [3]


def test_p15_too_many_rows_that_cannot_be_read_are_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    with pytest.raises(RuleError, match="超过 100 万行"):
        rows_of(text(tmp_path, HEADER + "\n" + '2026-01-05,A1,"a"b\n' * 4))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("at", [0, 6])
def test_p15_a_damaged_byte_costs_its_own_cell_only(tmp_path: Path, encoding: str, at: int) -> None:
    cells = list(VALUES)
    cells[at] = "?"
    lines = (f"{HEADER}\n{LINE}\n" + ",".join(cells) + f"\n{LINE}\n").encode(encoding)
    path = tmp_path / "e.csv"
    path.write_bytes(lines.replace(b"?", b"\xff"))
    found = rows_of(path)
    assert [found[0], found[2]] == [(2, VALUES), (4, VALUES)]
    assert found[1][1][at] == "\ufffd"
    assert [each for each in found[1][1] if each != "\ufffd"] == [
        each for number, each in enumerate(VALUES) if number != at
    ]


def test_p15_a_damaged_byte_in_a_text_of_plain_letters(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(b"date,member,kind,amount,note\n2026-01-05,A1,purchase,5,caf\xe9\n")
    assert rows_of(path)[0][1][:4] == ("2026-01-05", "A1", "purchase", "5")


def test_a_quote_inside_a_cell_is_just_a_quote(tmp_path: Path) -> None:
    content = f'{HEADER}\n2026-01-05,A1,消费,5,5"牙,,\n2026-01-05,A1,消费,5,"一""二",,\n'
    assert [values[4] for _, values in rows_of(text(tmp_path, content))] == ['5"牙', '一"二']


def test_progress_is_told_from_nothing_to_all(tmp_path: Path) -> None:
    shares: list[float] = []
    path = text(tmp_path, HEADER + "\n" + f"{LINE}\n" * 10_000)
    assert len(list(read_rows(load(path), shares.append, lambda *row: None))) == 10_000
    assert len(shares) == 2
    assert 0 < shares[0] < shares[1] <= 1


def test_more_than_a_million_rows_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    assert len(rows_of(text(tmp_path, HEADER + "\n" + f"{LINE}\n" * 3))) == 3
    with pytest.raises(RuleError, match="超过 100 万行"):
        rows_of(text(tmp_path, HEADER + "\n" + f"{LINE}\n" * 4))


# -- workbooks -------------------------------------------------------------------------------------


def test_a_workbook_with_typed_cells(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        (),
        ("备注", "金额", "日期", "类型", "会员号"),
        (123, 860.5, datetime.fromisoformat("2026-01-05"), "消费", 7.0),
        (),
        (None, "", "2026-01-06", "退会", "A1"),
    )
    assert rows_of(path) == [
        (3, (datetime.fromisoformat("2026-01-05"), 7, "消费", 860.5, None, None, 123)),
        (5, ("2026-01-06", "A1", "退会", None, None, None, None)),
    ]


def test_the_sheet_with_the_columns_is_taken_and_hidden_ones_are_not(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(("说明", "这里没有事件"))
    events = book.create_sheet("事件")
    events.append(tuple(HEADER.split(",")))
    events.append(VALUES)
    hidden = book.create_sheet("旧")
    hidden.append(tuple(HEADER.split(",")))
    hidden.append(("2025-01-05", "A1", "消费", "1"))
    book.move_sheet("旧", -2)
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "e.xlsx")
    assert rows_of(tmp_path / "e.xlsx") == [(2, VALUES)]


def test_a_workbook_without_anything_to_see(tmp_path: Path) -> None:
    path = sheet(tmp_path, ())
    with pytest.raises(RuleError, match="缺少：日期、会员号、类型"):
        rows_of(path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "h.xlsx", "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "xl/workbook.xml":
                data = data.replace(b'state="visible"', b'state="hidden"')
            new.writestr(entry, data)
    with pytest.raises(RuleError, match="没有可见的工作表"):
        rows_of(tmp_path / "h.xlsx")


def test_progress_of_a_workbook_goes_by_its_own_claim(tmp_path: Path) -> None:
    path = sheet(tmp_path, tuple(HEADER.split(",")), *([VALUES] * 5000))
    shares: list[float] = []
    assert len(list(read_rows(load(path), shares.append, lambda *row: None))) == 5000
    assert shares == [4096 / 5001]


def test_a_sheet_without_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 3)
    path = sheet(tmp_path, tuple(HEADER.split(",")), *([()] * 9), VALUES)
    with pytest.raises(RuleError, match="空行太多"):
        rows_of(path)


def test_columns_to_the_end_of_the_sheet_are_ignored(tmp_path: Path) -> None:
    wide = (None,) * 300
    path = sheet(tmp_path, (*wide, *HEADER.split(",")), (*wide, *VALUES, *wide, "x"))
    assert rows_of(path) == [(2, VALUES)]


def altered(path: Path, name: str, old: bytes, new: bytes) -> Path:
    """A copy of a workbook with one part changed."""
    other = path.with_name("altered.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            target.writestr(entry, data.replace(old, new) if entry.filename == name else data)
    return other


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("xl/worksheets/sheet1.xml", b"</sheetData>", b"</sheetDa"),
        ("xl/workbook.xml", b"<sheets>", b"<sheets"),
        (
            "xl/worksheets/sheet1.xml",
            b"<worksheet",
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet',
        ),
    ],
)
def test_p15_a_workbook_with_faults_is_one_sentence(
    tmp_path: Path, name: str, old: bytes, new: bytes
) -> None:
    path = sheet(tmp_path, tuple(HEADER.split(",")), VALUES)
    with pytest.raises(RuleError, match="已损坏"):
        rows_of(altered(path, name, old, new))


# -- what is neither -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "是空的"),
        (b"\n\n,,;\n", "没有内容"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "旧版 .xls"),
        (b"PK\x03\x04 no zip at all", "已损坏"),
        (b"\xff\xfe\xff\xff\x80", "不是 .csv 文本"),
        (b"\x7fELF\0\0\0\0\xff", "不是 .csv 文本"),
    ],
)
def test_p15_what_cannot_be_events(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes(content)
    with pytest.raises(RuleError, match=sentence):
        rows_of(path)


def test_a_file_that_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="没有找到事件文件"):
        load(tmp_path / "none.csv")
    with pytest.raises(RuleError, match="读不了"):
        load(tmp_path)


def test_p15_too_big_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE", 10)
    with pytest.raises(RuleError, match="超过 256 MB"):
        load(text(tmp_path, HEADER))


def zipped(path: Path, *sizes: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, size in enumerate(sizes):
            archive.writestr(f"part{index}", b"\0" * size)
    return path


def test_p15_a_zip_that_unpacks_into_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuleError, match="不正常"):
        load(zipped(tmp_path / "a.xlsx", 50_000_000))
    with pytest.raises(RuleError, match="不正常"):
        load(zipped(tmp_path / "b.xlsx", *[1] * 201))
    monkeypatch.setattr(files, "MAX_UNZIPPED", 100)
    with pytest.raises(RuleError, match="解开后太大"):
        load(zipped(tmp_path / "c.xlsx", 101))


def test_a_workbook_with_a_password_is_named(tmp_path: Path) -> None:
    data = zipped(tmp_path / "a.xlsx", 10).read_bytes()
    flagged = bytearray(data)
    flagged[flagged.index(b"PK\x01\x02") + 8] |= 1  # the "encrypted" bit of the directory
    (tmp_path / "b.xlsx").write_bytes(bytes(flagged))
    with pytest.raises(RuleError, match="加了密码"):
        load(tmp_path / "b.xlsx")


def test_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    import hashlib

    path = text(tmp_path, HEADER)
    assert load(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert io.BytesIO(load(path).data).read() == path.read_bytes()


def test_p15_a_zip_of_a_version_nobody_reads_is_damaged(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    data = bytearray(made.getvalue())
    data[data.index(b"PK\x01\x02") + 6] = 99  # the version it takes to unpack
    path = tmp_path / "e.xlsx"
    path.write_bytes(data)
    with pytest.raises(RuleError, match="已损坏"):
        load(path)
