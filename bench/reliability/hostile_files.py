"""Files somebody might bring to do harm, or that years of Excel have done harm to (P15).

Every maker takes a `random.Random` and answers bytes; the same seed makes the same files.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

Maker = Callable[[random.Random], bytes]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/\
content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.\
relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override \
PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.\
spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType=\
"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override \
PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.\
spreadsheetml.sharedStrings+xml"/></Types>"""
_RELS = f"""<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/\
2006/relationships"><Relationship Id="rId1" Type="{_REL}/officeDocument" \
Target="xl/workbook.xml"/></Relationships>"""
_BOOK = f"""<?xml version="1.0"?><workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets><sheet \
name="1" sheetId="1" r:id="rId1"/></sheets></workbook>"""
_BOOK_RELS = f"""<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/\
package/2006/relationships"><Relationship Id="rId1" Type="{_REL}/worksheet" \
Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_REL}/sharedStrings" \
Target="sharedStrings.xml"/></Relationships>"""
_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'

ODD_TEXTS = (
    '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "@SUM(1+1)", "+1", "-1", "=1+1", "\t=1",
    "\u202e明小王", "\u2066a\u2069", "\ufeff王", "王\u0000".replace("\u0000", "_x0000_"), "_x0007_",
    "王" * 32_767, "x" * 40_000, " ", "\u3000", "<b>王</b>", "'; DROP TABLE person;--", "🦷" * 50,
    "NaN", "inf", "#REF!", "1e308", "٣٤٥", "13８1２345678", "%s{0}", "\n\n", "../../x", "王|李",
)  # fmt: skip
ODD_DATES = (
    "1900-02-29", "9999-12-31", "0000-00-00", "2026-02-30", "10000-01-01", "-1", "2958466",
    "1e10", "二〇二六年", "2026-13-01", "31.12.2026", "0", "60", "-2026-01-01", "2026-11-20T99:99",
)  # fmt: skip
ODD_AMOUNTS = (
    "1e308", "-1", "NaN", "inf", "-inf", "0.001", "99999999999999999999", "1,2,3", "１２３", "",
    "¥", "1e-308", "--5", "0x10", "12.345", "九万", "1" * 400,
)  # fmt: skip
HEADERS = {
    "roster": ("姓名", "电话", "性别", "出生日期", "会员卡号", "累计消费", "剩余积分", "办卡时间"),
    "events": ("日期", "会员号", "类型", "金额", "项目", "数量", "备注"),
    "count": ("礼品编号", "礼品", "规格", "单位", "库位", "实盘"),
}


def workbook(sheet: str, shared: str = "<sst/>", **more: str) -> bytes:
    """A workbook of handwritten parts: nothing makes sure of anything."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELS)
        archive.writestr("xl/workbook.xml", more.pop("book", _BOOK))
        archive.writestr("xl/_rels/workbook.xml.rels", _BOOK_RELS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/sharedStrings.xml", shared)
        for name, text in more.items():
            archive.writestr(name, text)
    return stream.getvalue()


def sheet(rows: str, prolog: str = "") -> str:
    """The XML of a sheet with these rows."""
    inside = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return f'<?xml version="1.0"?>{prolog}{inside}'


def _cell(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;")
    kept = "".join(c for c in safe if c in "\t\n\r" or ord(c) >= 32)
    return f'<c t="inlineStr"><is><t>{kept}</t></is></c>'


def _row(values: tuple[str, ...]) -> str:
    return f"<row>{''.join(map(_cell, values))}</row>"


def _odd_values(chance: random.Random, width: int) -> tuple[str, ...]:
    pools = (ODD_TEXTS, ODD_DATES, ODD_AMOUNTS, ("王小明", "13812345678", "2026-11-20", "100"))
    return tuple(chance.choice(chance.choice(pools)) for _ in range(width))


def odd_cells(kind: str, subject: str = "") -> Maker:
    """A table with the right header, below its subject if it has one, and everything in its
    cells."""

    def make(chance: random.Random) -> bytes:
        header = list(HEADERS[kind])
        if chance.random() < 0.3:
            header += chance.sample(header, 2)  # the same column twice
        chance.shuffle(header)
        rows = [(subject,), tuple(header)] if subject else [tuple(header)]
        rows += [_odd_values(chance, len(header)) for _ in range(chance.randrange(1, 30))]
        return workbook(sheet("".join(map(_row, rows))))

    return make


def strange_cells(chance: random.Random) -> bytes:
    """Cells whose places, types and styles cannot be."""
    kinds = ("n", "s", "b", "e", "d", "str", "inlineStr", "x")
    values = ("1", "-1", "99999999", "NaN", "1e999", "", "TRUE", "#REF!", "2026-13-45", "王")
    places = ("A1", "A0", "XFE1", "A1048577", "ZZZZZZ9", "1A", "", "A-1", "A99999999999999")
    cells = "".join(
        f'<c r="{chance.choice(places)}" t="{chance.choice(kinds)}"'
        f' s="{chance.choice(values[:3])}"><f>1+1</f><v>{chance.choice(values)}</v></c>'
        for _ in range(chance.randrange(1, 40))
    )
    return workbook(sheet(f'<row r="{chance.choice(("1", "-5", "x", "9999999"))}">{cells}</row>'))


def spoilt(chance: random.Random) -> bytes:
    """A sound workbook with bytes changed, cut off or put together wrongly."""
    data = bytearray(odd_cells(chance.choice(sorted(HEADERS)))(chance))
    for _ in range(chance.randrange(1, 20)):
        data[chance.randrange(4, len(data))] = chance.randrange(256)
    if chance.random() < 0.3:
        del data[chance.randrange(4, len(data)) :]
    if chance.random() < 0.2:
        data = data + data
    return bytes(data)


def noise(chance: random.Random) -> bytes:
    """Bytes that are nothing."""
    head = chance.choice((b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf", b"\xd0\xcf\x11\xe0"))
    return head + chance.randbytes(chance.randrange(0, 5000))


def laughs(chance: random.Random) -> bytes:
    """Entities that grow, or reach outside."""
    prolog = chance.choice((_LAUGHS, _OUTSIDE))
    if chance.random() < 0.5:
        return workbook(sheet("<row><c t='inlineStr'><is><t>&a9;</t></is></c></row>", prolog))
    shared = f'<?xml version="1.0"?>{prolog}<sst xmlns="{_MAIN}"><si><t>&a9;</t></si></sst>'
    return workbook(sheet('<row><c t="s"><v>0</v></c></row>'), shared)


def deep(chance: random.Random) -> bytes:
    """Elements inside elements."""
    levels = chance.choice((1_000, 100_000))
    return workbook(sheet("<row>" * levels + "</row>" * levels))


def bomb(chance: random.Random) -> bytes:
    """Little on the disk, much inside: a sheet, texts, or an attachment nobody asked for."""
    much = "0" * (60 << 20)
    which = chance.randrange(3)
    if which == 0:
        return workbook(sheet(f"<row><c><v>{much}</v></c></row>"))
    if which == 1:
        shared = f'<sst xmlns="{_MAIN}"><si><t>{much}</t></si></sst>'
        return workbook(sheet('<row><c t="s"><v>0</v></c></row>'), shared)
    return workbook(sheet(_row(HEADERS["events"])), **{"xl/media/image1.png": much})


def crowd(chance: random.Random) -> bytes:
    """More parts than a workbook has, or columns than a table has."""
    if chance.random() < 0.5:
        return workbook(sheet(""), **{f"xl/x{n}.xml": "<x/>" for n in range(1000)})
    return workbook(sheet(_row(tuple("x" for _ in range(16_384)))))


def linked(chance: random.Random) -> bytes:
    """A workbook that points to others."""
    link = (
        f'<externalLink xmlns="{_MAIN}"><externalBook xmlns:r="{_REL}" r:id="rId1"/></externalLink>'
    )
    formula = "<row><c><f>[1]Sheet1!A1</f><v>1</v></c></row>"
    book = _BOOK.replace("<sheets>", "<externalReferences/><sheets>")
    return workbook(sheet(formula), book=book, **{"xl/externalLinks/externalLink1.xml": link})


def odd_csv(chance: random.Random) -> bytes:
    """Events as text: quotes that do not pair, other tongues, too many commas."""
    lines = [",".join(HEADERS["events"])]
    for _ in range(chance.randrange(1, 60)):
        cells = _odd_values(chance, chance.choice((3, 7, 7, 30)))
        lines.append(chance.choice((",", ";", '",')).join(cells))
    text = chance.choice(("\n", "\r\n", "\r")).join(lines)
    return text.encode(
        chance.choice(("utf-8", "utf-8-sig", "gb18030", "utf-16", "big5")), "replace"
    )


def odd_toml(chance: random.Random) -> bytes:
    """A programme that is none: nested, endless, of other types, with words of control."""
    return chance.choice(
        (
            b"a = " + b"[" * 100_000,
            b"[" + b"a." * 190_000 + b"a]",
            b'"a"' + b' . "a"' * 60_000 + b" = 1",
            b'name = "' + "\u202e王".encode() * 1000 + b'"',
            b"x = 1\n" * 50_000,
            b"name = 'a'\n[[tiers]]\nrank = 99999999999999999999999\n",
            b"name = 1e308\n[points]\nmode = nan\n",
            b"name = 2026-02-30\n",
            b'name = "\\u0000"\n',
            b"\xff\xfe\x00",
            b"[[tiers]]\n" * 30_000,
            b'[[tiers]]\nrank = 1\nname = "' + b"x" * 300_000 + b'"\n',
            chance.randbytes(3000),
        )
    )


def odd_json(shape: dict[str, Any]) -> Maker:
    """A small file of the program's own with values of other kinds, or no JSON at all."""

    def make(chance: random.Random) -> bytes:
        if chance.random() < 0.2:
            return chance.choice(
                (b"", b"null", b"[" * 200_000, b'{"a":' * 50_000, b"\xff", b"1e400", b" " * 10**6)
            )
        changed = dict(shape)
        for name in chance.sample(sorted(changed), chance.randrange(1, len(changed) + 1)):
            changed[name] = chance.choice(_ODD_VALUES)
        return json.dumps(changed).encode()

    return make


_ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1e308, "", "x" * 10_000, "../../../x", "\u0000", "\ud800", "/etc",
    [], {}, {"device": 1}, {"recovery": {"nonce": 1, "sealed": None}}, "C:\\x", "2026-02-30", "王",
    {"recovery": "abc"}, {"recovery": {"nonce": "", "sealed": ""}}, {"a": {"b": {"c": []}}},
    {"owner": {"nonce": "AA==", "sealed": "AA==", "salt": "AA=="}},
)  # fmt: skip

WORKBOOKS: tuple[Maker, ...] = (strange_cells, spoilt, noise, laughs, deep, crowd, linked)
BOMBS: tuple[Maker, ...] = (bomb,)
