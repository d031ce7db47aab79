"""Programmes made up by hypothesis: any value of any field, as far as a draft may hold it."""

from __future__ import annotations

import types
import typing
from typing import Any, Literal

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from services.programmes.definition import Benefit, Programme

DAYS = st.dates().map(str)
NUMBERS = st.integers(0, 10**9)
_NAMED: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("start", "end", "seen_from", "seen_before"), st.none() | DAYS),
    "yuan_step": st.integers(1, 1000),
    "quantity": st.integers(1, 9) | st.just("待定"),
    "monthly_day": st.none() | st.integers(1, 31),
    "weekdays": st.lists(st.integers(1, 7), max_size=3).map(tuple),
}


def _of(hint: Any) -> st.SearchStrategy[Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(_of, args))
    if origin is tuple:
        if args[-1] is not Ellipsis:
            return st.tuples(*map(_of, args))
        return st.lists(_of(args[0]), max_size=2).map(tuple)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return struct(hint)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(), int: NUMBERS, str: st.text(max_size=8), type(None): st.none(),
    }  # fmt: skip
    return plain[hint]


def struct(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    fields = {name: _NAMED[name] if name in _NAMED else _of(hint) for name, hint in hints.items()}
    return st.builds(kind, **fields)


def _numbered(programme: Programme) -> Programme:
    """Ranks in order, names and keys each their own; what is for points is not given by hand."""
    count = iter(range(10**6))

    def sound(benefit: Benefit) -> Benefit:
        given = "auto" if benefit.reason == "points" else benefit.given
        return replace(benefit, key=f"k{next(count)}", given=given)

    tiers = tuple(
        replace(
            tier,
            rank=rank,
            name=f"{tier.name}{rank}",
            benefits=tuple(map(sound, tier.benefits)),
        )
        for rank, tier in enumerate(programme.tiers, 1)
    )
    bought = tuple(replace(each, key=f"k{next(count)}") for each in programme.points.catalogue)
    return replace(programme, tiers=tiers, points=replace(programme.points, catalogue=bought))


PROGRAMMES = struct(Programme).map(_numbered)
