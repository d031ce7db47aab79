"""What one programme says otherwise than another, in the sentences both are read in."""

from __future__ import annotations

from dataclasses import dataclass

from services.i18n import tr
from services.programmes.definition import Programme
from services.programmes.sentences import Section, describe


@dataclass(frozen=True)
class Difference:
    """A section in which something changes: what is said no more, and what is said instead."""

    title: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def differences(old: Programme, new: Programme) -> tuple[Difference, ...]:
    """The sections that differ, in the order of the new programme; what it drops whole comes
    last. Tiers are compared rank by rank."""
    before = {section.part: section for section in describe(old)}
    after = {section.part: section for section in describe(new)}
    parts = [*after, *(part for part in before if part not in after)]
    compared = (_compare(before.get(part), after.get(part)) for part in parts)
    return tuple(each for each in compared if each.gone or each.new)


def _compare(old: Section | None, new: Section | None) -> Difference:
    before, after = _lines(old), _lines(new)
    title = new.title if new is not None else old.title if old is not None else ""
    gone = tuple(line for line in before if line not in after)
    added = tuple(line for line in after if line not in before)
    if old is not None and new is not None and old.title != new.title:
        named = tr("名称：{name}。")
        gone = (named.format(name=old.title), *gone)
        added = (named.format(name=new.title), *added)
    return Difference(title, gone, added)


def _lines(section: Section | None) -> tuple[str, ...]:
    return () if section is None else section.lines
