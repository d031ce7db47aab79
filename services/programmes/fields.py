"""A programme as forms: every field with its place, its Chinese label and what may stand in it.

Forms are built from the structs of `services.programmes.definition` alone, so that a field added
there appears in the editor as soon as it has a name in `services.programmes.field_words`. Places
are written as `services.programmes.gaps` writes them: 'tiers[2].reach[0].single_spend_yuan'.
"""

from __future__ import annotations

import re
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec

from services.i18n import tr
from services.programmes.definition import PENDING, Programme
from services.programmes.field_choices import choices_of
from services.programmes.field_words import words_of
from services.programmes.items import ITEM_CLASSES

Kind = Literal[
    "number",
    "text",
    "colour",
    "choice",
    "yes_no",
    "texts",
    "days",
    "date",
    "part",
    "parts",
    "pairs",
    "pair",
]
Step = str | int

_STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")
_TEXTS: dict[str, Kind] = {
    **dict.fromkeys(("start", "end", "seen_from", "seen_before"), "date"),
    "colour": "colour",
}
_FIXED = frozenset({"rank", "key"})


@dataclass(frozen=True)
class FormField:
    """One field of a form.

    `kind`: a whole number, a text, a colour '#5B7A8C', one of `choices`, yes or no, a list of
    texts (`choices` are all that may be chosen, () for any text), days of the week (1 Monday to
    7), a date 'YYYY-MM-DD', a form of its own (`part` is its struct), a list of such forms, a
    list of pairs (text, number), one such pair. `pending`: may be 待定. `optional`: may be None,
    which means that there is no such thing. `fixed` ones are given by the program and only shown.
    """

    path: str
    name: str
    label: str
    kind: Kind
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    part: type[msgspec.Struct] | None = None
    pending: bool = False
    optional: bool = False
    fixed: bool = False


def fields_of(what: type[msgspec.Struct] | msgspec.Struct, path: str = "") -> tuple[FormField, ...]:
    """The fields of a struct (or of its type) that stands at `path`, in the order of a form."""
    struct = what if isinstance(what, type) else type(what)
    words = words_of(struct)
    start = f"{path}." if path else ""
    return tuple(_field(struct, name, start + name, *words[name]) for name in words)


def _field(struct: type[msgspec.Struct], name: str, path: str, label: str, hint: str) -> FormField:
    shape = shape_of(struct, name)
    choices: tuple[tuple[str, str], ...] = ()
    if shape.kind == "choice":
        choices = tuple(choices_of(struct, name).items())
    elif name == "classes":
        choices = tuple((each, each) for each in ITEM_CLASSES)
    elif shape.kind == "days":
        choices = tuple((str(n), tr("星期{day}").format(day=day)) for n, day in _weekdays())
    return FormField(
        path,
        name,
        label,
        shape.kind,
        hint,
        choices,
        shape.part,
        shape.pending,
        shape.optional,
        fixed=name in _FIXED,
    )


def _weekdays() -> list[tuple[int, str]]:
    return list(enumerate(tr("一二三四五六日"), 1))


@dataclass(frozen=True)
class Shape:
    """What the definition allows in a field: `hint` is its type for `msgspec.convert`."""

    kind: Kind
    hint: Any
    part: type[msgspec.Struct] | None = None
    pending: bool = False
    optional: bool = False


@cache
def shape_of(struct: type[msgspec.Struct], name: str) -> Shape:
    """The shape of a field. Raises KeyError for one that the struct does not have."""
    hint = typing.get_type_hints(struct)[name]
    options = list(typing.get_args(hint)) if _is_union(hint) else [hint]
    optional = type(None) in options
    options = [each for each in options if each is not type(None)]
    values = [value for each in options for value in _literals(each)]
    pending = PENDING in values
    if int in options:
        return Shape("number", hint, None, pending, optional)
    (only,) = options
    kind, part = ("choice", None) if values else _plain(only, name)
    return Shape(kind, hint, part, pending, optional)


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _literals(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) is Literal else ()


def _plain(hint: Any, name: str) -> tuple[Kind, type[msgspec.Struct] | None]:
    if hint is bool:
        return "yes_no", None
    if hint is str:
        return _TEXTS.get(name, "text"), None
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return "part", hint
    each = typing.get_args(hint)[0]
    if isinstance(each, type) and issubclass(each, msgspec.Struct):
        return "parts", each
    kinds: dict[Any, Kind] = {str: "texts", int: "days"}
    return kinds.get(each, "pairs"), None


# -- places --------------------------------------------------------------------------------


def steps_of(path: str) -> tuple[Step, ...]:
    """'tiers[2].name' as ('tiers', 2, 'name'). Raises LookupError for what is no place."""
    found = [(name, index) for name, index in _STEP.findall(path)]
    steps: tuple[Step, ...] = tuple(name or int(index) for name, index in found)
    if path_of(steps) != path:
        raise LookupError(path)
    return steps


def path_of(steps: tuple[Step, ...]) -> str:
    """The other way round."""
    words = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return "".join(words).lstrip(".")


def place_words(steps: tuple[Step, ...]) -> str:
    """A place in words, as far as it is known: '等级第 3 项的达到条件第 1 项'; '' for the whole."""
    struct: type[msgspec.Struct] | None = Programme
    words: list[str] = []
    for step in steps:
        if isinstance(step, int):
            words[-1] = tr("{list}第 {n} 项").format(list=words[-1], n=step + 1)
        elif struct is None or step not in words_of(struct):
            break
        else:
            words.append(words_of(struct)[step][0])
            struct = shape_of(struct, step).part
    return tr("的").join(words)
