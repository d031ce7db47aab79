"""What a roster file may be (storage.md, spreadsheet rules)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from services.roster import caps
from services.roster.caps import RosterFault

WORDS = """missing unreadable empty csv xls other encrypted damaged too_big too_many_entries
too_much ratio unsafe rows columns no_sheet timeout crashed"""


def workbook_bytes() -> bytes:
    book = Workbook()
    book.active.append(["姓名", "电话"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zip_bytes(entries: dict[str, bytes], *, content_types: bool = True) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        if content_types:
            archive.writestr("[Content_Types].xml", "<Types/>")
        for name, data in entries.items():
            archive.writestr(name, data)
    return stream.getvalue()


def code_of(data: bytes) -> str:
    with pytest.raises(RosterFault) as fault:
        caps.check_zip(data)
    return fault.value.code


@pytest.mark.parametrize("code", WORDS.split())
def test_every_refusal_says_what_to_do(code: str) -> None:
    assert len(caps.sentence(code)) > 10
    assert caps.refusal(code).sentence == caps.sentence(code)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.csv", "姓名，电话".encode(), "csv"),
        ("a.xlsx", b"hello", "other"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "xls"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 encrypted", "xls"),
        ("a.docx", b"PK\x03\x04....", "other"),
        ("a.xlsx", b"PK\x03\x04" + b"0" * caps.MAX_FILE, "too_big"),
    ],
)
def test_only_plain_xlsx_is_opened(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(RosterFault) as fault:
        caps.load(path)
    assert fault.value.code == code


def test_a_file_that_grew_while_it_was_read_is_too_big() -> None:
    with pytest.raises(RosterFault, match="too_big"):
        caps.check_signature(b"PK\x03\x04" + b"0" * caps.MAX_FILE, ".xlsx")


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(RosterFault, match="missing"):
        caps.load(tmp_path / "none.xlsx")
    with pytest.raises(RosterFault, match="unreadable"):
        caps.load(tmp_path)


def test_a_real_workbook_passes(tmp_path: Path) -> None:
    path = tmp_path / "名册.XLSX"
    path.write_bytes(workbook_bytes())
    caps.check_zip(caps.load(path))


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    assert code_of(zip_bytes({"word/document.xml": b"<a/>"}, content_types=False)) == "other"


def test_a_broken_zip_is_damaged() -> None:
    assert code_of(b"PK\x03\x04 nothing") == "damaged"
    assert code_of(zip_bytes({"xl/a.xml": b"<a>"})) == "damaged"
    whole = bytearray(zip_bytes({"xl/a.bin": bytes(range(256)) * 40}))
    at = whole.find(b"xl/a.bin") + 12
    whole[at : at + 20] = b"\xff" * 20
    assert code_of(bytes(whole)) == "damaged"


def test_too_many_entries() -> None:
    entries = {f"xl/media/{n}.bin": b"x" for n in range(caps.MAX_ENTRIES)}
    assert code_of(zip_bytes(entries)) == "too_many_entries"
    entries.popitem()
    caps.check_zip(zip_bytes(entries))  # exactly 200 with the content types


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    assert code_of(zip_bytes({"xl/a.xml": b" " * (caps.MAX_UNZIPPED + 1)})) == "too_much"
    assert code_of(zip_bytes({"xl/a.xml": b" " * (5 << 20)})) == "ratio"


def test_one_entry_may_not_hide_its_ratio_behind_a_big_picture() -> None:
    import random

    noise = random.Random(1).randbytes(1 << 20)
    assert code_of(zip_bytes({"xl/a.xml": b" " * (5 << 20), "xl/pic.png": noise})) == "ratio"


def test_a_bomb_that_lies_about_its_size_is_counted_while_unpacking() -> None:
    stream = io.BytesIO(zip_bytes({"xl/pic.bin": b"y" * 4096}))
    with zipfile.ZipFile(stream) as archive:
        entry = archive.getinfo("xl/pic.bin")
        with pytest.raises(RosterFault, match="too_much"):
            caps._unpack(archive, entry, 100)


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(zip_bytes({"xl/a.xml": b"<a/>"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.rfind(mark)
        data[at + offset] |= 1
    assert code_of(bytes(data)) == "encrypted"


def test_no_xml_may_declare_a_document_type() -> None:
    evil = b'<!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;</a>'
    assert code_of(zip_bytes({"xl/workbook.xml": evil})) == "unsafe"
    wide = evil.decode().encode("utf-16")
    assert code_of(zip_bytes({"xl/workbook.xml": wide})) == "unsafe"
