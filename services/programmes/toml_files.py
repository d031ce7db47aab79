"""A programme in a file: brought in from another clinic, or kept as a text."""

from __future__ import annotations

from pathlib import Path

from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import Programme
from services.programmes.mistakes import LONGEST, read_toml
from services.programmes.toml_text import to_toml
from services.workbooks.files import write_whole

SUFFIX = ".toml"
_WIDEST = 4  # bytes of a character in UTF-8


def read_file(path: Path) -> Programme:
    """The programme of a TOML file, incomplete as it may be.

    Raises RuleError for a file that cannot be read, is no text, or is no programme: with the
    place and with what may stand there.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_WIDEST * LONGEST + 1)
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise RuleError(tr("没有找到方案文件，请检查路径。")) from None
    except (OSError, UnicodeDecodeError):
        raise RuleError(tr("方案文件读不了。它应是 UTF-8 文本，请重新选择。")) from None
    return read_toml(text)


def write_file(programme: Programme, path: Path) -> None:
    """Write a programme as TOML, whole or not at all. Raises what `write_whole` raises."""
    text = to_toml(programme).encode()
    write_whole(path, lambda file: file.write(text))


def file_name(programme: Programme) -> str:
    """A name for the file: the programme's, without what no file name may hold."""
    kept = "".join(each for each in programme.name if each not in '\\/:*?"<>|').strip(" .")
    return f"{kept or tr('方案')}{SUFFIX}"
