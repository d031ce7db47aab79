"""Which programme is tried: a file, a shipped preset, or what the clinic signed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import DefinitionError, Programme, from_toml
from services.programmes.registry import preset

_SUFFIX = ".toml"


@dataclass(frozen=True)
class Trial:
    """A programme to try. `version` is the number of a signed version, 'preset' or 'file'."""

    programme: Programme
    version: int | str


def named(text: str) -> Trial:
    """The programme of a .toml file that exists, else the preset of that name.

    Raises RuleError for a file that is no programme and for an unknown name.
    """
    path = Path(text)
    if path.suffix.lower() == _SUFFIX:
        return Trial(_from_file(path), "file")
    return Trial(preset(text), "preset")


def _from_file(path: Path) -> Programme:
    try:
        return from_toml(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise RuleError(tr("没有找到方案文件，请检查路径。")) from None
    except (OSError, UnicodeDecodeError):
        raise RuleError(tr("方案文件读不了。它应是 UTF-8 文本。")) from None
    except DefinitionError as error:
        sentence = tr("方案文件写得不对：{place}。请改正后再试。")
        raise RuleError(sentence.format(place=error)) from None
