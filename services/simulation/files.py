"""The bytes of an events file, and whether they may be read at all (storage.md, P15).

The file is read once, so that it cannot change under us. A text is UTF-8 or GB18030, bytes that
are neither cost only their own cell. A workbook is a zip, and what it claims to hold is refused
before a spreadsheet library sees it when it is too much. Python's zipfile unpacks no more of an
entry than the claim.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from services.errors import RuleError
from services.i18n import tr
from services.roster.caps import MAX_ENTRIES, MAX_RATIO

SUFFIXES = (".xlsx", ".csv")
MAX_FILE = 256 * 1024 * 1024
MAX_UNZIPPED = 768 * 1024 * 1024

UNREADABLE = "\ufffd"  # stands where the bytes of a file were no text

_BLOCK = 1 << 20
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF_8, _GB = "utf-8", "gb18030"  # what spreadsheets write here
_ASCII = bytes(range(128))
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FEW = 100  # more than one zero byte of so many: this is no text


@dataclass(frozen=True)
class EventsFile:
    """The bytes of a file and their SHA-256; `encoding` is '' for a workbook."""

    data: bytes
    digest: str
    encoding: str

    @property
    def start(self) -> int:
        """Where the text begins, after a byte order mark."""
        return len(codecs.BOM_UTF8) if self.data.startswith(codecs.BOM_UTF8) else 0


def load(path: Path) -> EventsFile:
    """Read an events file. Raises RuleError for one that is missing, too big or neither text
    nor an .xlsx workbook."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except FileNotFoundError:
        raise RuleError(tr("没有找到事件文件，请检查路径。")) from None
    except OSError:
        raise RuleError(tr("事件文件读不了。如果它正在 Excel 里打开，请先关闭再试。")) from None
    if not data:
        raise RuleError(tr("事件文件是空的，请重新选择。"))
    if len(data) > MAX_FILE:
        raise RuleError(tr("事件文件超过 256 MB。请按会员拆成几个文件，分几次试算。"))
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(_ZIP):
        _check_zip(data)
        return EventsFile(data, digest, "")
    if data.startswith(_OLE):
        raise RuleError(
            tr("这是旧版 .xls 或加了密码的工作簿。请去掉密码，另存为 .xlsx 或 .csv 再试算。")
        )
    return EventsFile(data, digest, _encoding(data))


def damaged() -> RuleError:
    """The refusal of a workbook that cannot be opened."""
    return RuleError(tr("这个工作簿已损坏，打不开。请在 Excel 或 WPS 里另存一份再试算。"))


def _encoding(data: bytes) -> str:
    """What the text is written in: UTF-8 when all of it is, else whatever its first characters
    beyond ASCII are, so that a damaged byte costs no more than its own cell."""
    if data.startswith(_UTF_16) or data.count(0, 0, _BLOCK) * _FEW > min(len(data), _BLOCK):
        raise RuleError(tr("这个文件不是 .csv 文本，也不是 .xlsx 工作簿。请另存为其中一种再试算。"))
    decoder = codecs.getincrementaldecoder(_UTF_8)()
    try:
        for at in range(0, len(data), _BLOCK):
            decoder.decode(data[at : at + _BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _likely_encoding(data)
    return _UTF_8


def _likely_encoding(data: bytes) -> str:
    """GB18030 read as UTF-8 is mostly no character; UTF-8 with a fault in it mostly is."""
    block = data.lstrip(_ASCII)[:_BLOCK].decode(_UTF_8, errors="replace")
    others = len(block) - len(block.encode("ascii", errors="ignore"))
    marked = data.startswith(codecs.BOM_UTF8)
    return _UTF_8 if marked or block.count(UNREADABLE) * 2 < others else _GB


def _check_zip(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise damaged() from None
    unzipped = sum(entry.file_size for entry in entries)
    if any(entry.flag_bits & 1 for entry in entries):
        raise RuleError(tr("这个工作簿加了密码。请先去掉密码再试算。"))
    if len(entries) > MAX_ENTRIES or unzipped > max(MAX_RATIO * len(data), _BLOCK):
        raise RuleError(
            tr("这个工作簿的内容不正常，为安全起见没有打开。请只留事件表，另存一份再试算。")
        )
    if unzipped > MAX_UNZIPPED:
        raise RuleError(tr("这个工作簿解开后太大。请删去用不到的列和工作表，或另存为 .csv。"))
