"""Finding what a row means by a name that people shorten: 'VIP', '氟保护漆', '面部护理一次'."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from services.roster.mapping import plain

T = TypeVar("T")
_EVERYBODY = "会员"  # what nearly every tier's name ends with


class Names(Generic[T]):
    """Things by their names."""

    def __init__(self, named: Sequence[tuple[str, T]]) -> None:
        self._named = [(_exact(name), _bare(name), thing) for name, thing in named]

    def matches(self, text: str) -> Iterator[list[T]]:
        """What `text` may mean, the surest first: the very name; the name without brackets;
        a part of the name; a longer way to say the name. Only what matches anything."""
        exact, bare = _exact(text), _bare(text)
        levels = [
            [thing for name, _, thing in self._named if name == exact],
            [thing for _, name, thing in self._named if name == bare],
            [thing for _, name, thing in self._named if bare and bare in name],
            self._within(bare),
        ]
        return (level for level in levels if level)

    def _within(self, bare: str) -> list[T]:
        """Those whose name stands in the text; the longest of them says most."""
        found = [(len(name), thing) for _, name, thing in self._named if name and name in bare]
        longest = max((length for length, _ in found), default=0)
        return [thing for length, thing in found if length == longest]

    def meant(self, text: str) -> list[T]:
        """The surest matches: one when the text is clear, several when it is not, or none."""
        return next(self.matches(text), [])


@lru_cache(maxsize=4096)
def _exact(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).lower().split())


@lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    bare = plain(name)
    return bare.removesuffix(_EVERYBODY) or bare
