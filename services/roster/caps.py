"""What a roster file may be, decided before a spreadsheet library sees it (storage.md).

A workbook is a zip of XML: small on disk and endless inside is the usual attack. Declared sizes
are only a claim, so the entries are also unpacked once and counted; the same pass refuses any
XML that declares a document type, which no workbook has and every entity attack needs.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from services.errors import RuleError
from services.i18n import tr

MAX_FILE = 10 * 1024 * 1024
MAX_ENTRIES = 200
MAX_UNZIPPED = 50 * 1024 * 1024
MAX_RATIO = 100
MAX_ROWS = 50_000
MAX_COLUMNS = 100

_RATIO_FROM = 1024 * 1024  # tiny entries compress a hundredfold innocently
_BLOCK = 1 << 18
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class RosterFault(Exception):
    """A file that may not be read; the code names the sentence (crosses the process border)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def sentence(code: str) -> str:
    """What the desk reads, with what to do next."""
    save_as = tr("请在 Excel 或 WPS 里打开它，“另存为”选“Excel 工作簿(*.xlsx)”，再导入新文件。")
    texts = {
        "missing": tr("没有找到这个文件，请重新选择。"),
        "unreadable": tr("这个文件读不了。如果它正在 Excel 里打开，请先关闭再试。"),
        "empty": tr("这个文件是空的，请重新选择。"),
        "csv": tr("这是 CSV 文本，不是 Excel 工作簿。") + save_as,
        "xls": tr("这是旧版 .xls 或加了密码的工作簿。请先去掉密码。") + save_as,
        "other": tr("这不是 Excel 工作簿(.xlsx)。") + save_as,
        "encrypted": tr("这个工作簿加了密码。请先去掉密码。") + save_as,
        "damaged": tr("这个工作簿已损坏，打不开。") + save_as,
        "too_big": tr("文件超过 10 MB。请删去图片和用不到的工作表，或拆成几个文件再导入。"),
        "too_many_entries": tr("这个工作簿里的内容太杂(超过 200 个部件)。") + save_as,
        "too_much": tr("文件解开后超过 50 MB。请删去用不到的列和工作表，或拆成几个文件再导入。"),
        "ratio": tr("这个文件的压缩率不正常，为安全起见没有打开。") + save_as,
        "unsafe": tr("这个文件里有不该出现的定义，为安全起见没有打开。") + save_as,
        "rows": tr("名册超过 50,000 行。请拆成几个文件，分几次导入。"),
        "columns": tr("名册超过 100 列。请删去用不到的列再导入。"),
        "no_sheet": tr("这个工作簿里没有数据，请重新选择。"),
        "timeout": tr("30 秒内没有读完，已经停下，没有导入任何内容。请拆成几个文件再试。"),
        "crashed": tr("读取这个文件时出了意外，没有导入任何内容。") + save_as,
    }
    return texts[code]


def refusal(code: str) -> RuleError:
    """The sentence of a code as a refusal."""
    return RuleError(sentence(code))


def load(path: Path) -> bytes:
    """The file's bytes, read once (it cannot change under us). Raises RosterFault."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise RosterFault("too_big")
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except FileNotFoundError as error:
        raise RosterFault("missing") from error
    except OSError as error:
        raise RosterFault("unreadable") from error
    check_signature(data, path.suffix.lower())
    return data


def check_signature(data: bytes, suffix: str) -> None:
    """Refuse by the first bytes and the name what cannot be a plain .xlsx. Raises RosterFault."""
    if not data:
        raise RosterFault("empty")
    if len(data) > MAX_FILE:
        raise RosterFault("too_big")
    if data.startswith(_OLE):
        raise RosterFault("xls")  # the old format, and the wrapping of an encrypted .xlsx
    if not data.startswith(b"PK\x03\x04"):
        raise RosterFault("csv" if suffix in (".csv", ".txt", ".tsv") else "other")
    if suffix != ".xlsx":
        raise RosterFault("other")


def check_zip(data: bytes) -> None:
    """Refuse a zip that is too much, or not a workbook. Raises RosterFault. Runs in the worker."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_declared(entries, len(data))
            if "[Content_Types].xml" not in archive.namelist():
                raise RosterFault("other")
            total = 0
            for entry in entries:
                total += _unpack(archive, entry, MAX_UNZIPPED - total)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise RosterFault("damaged") from error


def _check_declared(entries: list[zipfile.ZipInfo], packed: int) -> None:
    if len(entries) > MAX_ENTRIES:
        raise RosterFault("too_many_entries")
    if any(entry.flag_bits & 1 for entry in entries):
        raise RosterFault("encrypted")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_UNZIPPED:
        raise RosterFault("too_much")
    if total > MAX_RATIO * max(packed, 1):
        raise RosterFault("ratio")
    for entry in entries:
        if entry.file_size > _RATIO_FROM and entry.file_size > MAX_RATIO * entry.compress_size:
            raise RosterFault("ratio")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> int:
    """Unpack one entry and count; XML goes through expat, which must meet no document type."""
    from xml.parsers import expat

    parser = None
    if entry.filename.endswith((".xml", ".rels", ".vml")):
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_doctype
    size = 0
    import zlib

    try:
        with archive.open(entry) as stream:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > budget:
                    raise RosterFault("too_much")
                if parser is not None:
                    parser.Parse(block, False)
        if parser is not None and size:
            parser.Parse(b"", True)
    except (expat.ExpatError, zlib.error) as error:
        raise RosterFault("damaged") from error
    return size


def _refuse_doctype(*_: object) -> None:
    raise RosterFault("unsafe")
