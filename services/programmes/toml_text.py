"""A programme as TOML, as the shipped presets are written: for another clinic, or to keep.

Our own shape needs little of TOML: texts, whole numbers, yes and no, lists, tables, lists of
tables. What is at its default is left out. `definition.from_toml` reads the text back equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from services.programmes.definition import Programme

# short alternatives stand in one line, as a person would write them
_INLINE = frozenset({"enrol", "reach", "renew", "opens", "fees", "referrer", "newcomer"})
_WIDTH = 100
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def to_toml(programme: Programme) -> str:
    """The programme as a TOML text that `from_toml` reads back equal."""
    return "\n".join(_table(msgspec.to_builtins(programme), "")).lstrip("\n") + "\n"


def _table(values: dict[str, Any], name: str) -> Iterator[str]:
    """The lines of a table: its own values first, as TOML asks, then the tables within it."""
    inner = {key: value for key, value in values.items() if _is_table(key, value)}
    for key, value in values.items():
        if key not in inner:
            yield from _pair(key, value)
    for key, value in inner.items():
        path = f"{name}.{key}" if name else key
        for each in [value] if isinstance(value, dict) else value:
            yield ""
            yield f"[{path}]" if isinstance(value, dict) else f"[[{path}]]"
            yield from _table(each, path)


def _is_table(key: str, value: Any) -> bool:
    if key in _INLINE:
        return False
    return isinstance(value, dict) or (
        isinstance(value, (list, tuple)) and bool(value) and isinstance(value[0], dict)
    )


def _pair(key: str, value: Any) -> Iterator[str]:
    line = f"{key} = {_value(value)}"
    if len(line) <= _WIDTH or not isinstance(value, (list, tuple)):
        yield line
        return
    yield f"{key} = ["
    yield from (f"    {_value(each)}," for each in value)
    yield "]"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{"".join(map(_character, value))}"'
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {_value(each)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return f"[{', '.join(map(_value, value))}]"


def _character(each: str) -> str:
    if each in _ESCAPES:
        return _ESCAPES[each]
    return f"\\u{ord(each):04x}" if each < " " or each == "\x7f" else each
