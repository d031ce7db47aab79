"""The duties the program comes with (R137, R138, R144, R151), and where their work is done."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

_SHIPPED = Path(__file__).parents[2] / "resources" / "duties.toml"


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shipped duty. `opens` is an entry of the menu or 'tab/action'; '' where there is none."""

    key: str
    name: str
    rhythm: str
    day: int
    month: int = 0
    ahead: int = 0
    post: str = ""
    ask: str = ""
    opens: str = ""
    note: str = ""
    points: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    duty: tuple[Preset, ...]


@lru_cache(maxsize=1)
def presets() -> dict[str, Preset]:
    """Shipped duties by key, in the order of the file."""
    text = _SHIPPED.read_text(encoding="utf-8")
    return {each.key: each for each in msgspec.toml.decode(text, type=_File).duty}


def opens(key: str) -> str:
    """Where the work of a duty is done; '' for one the clinic made itself."""
    known = presets().get(key)
    return "" if known is None else known.opens
