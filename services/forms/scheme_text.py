"""A programme's own sentences as blocks of a paper: what the desk explains and what is agreed."""

from __future__ import annotations

from collections.abc import Iterator

from services.forms.paper import Block, Heading, Text
from services.programmes.definition import Programme
from services.programmes.sentences import Section, describe

ENDING = "ending"


def part_of_tier(rank: int) -> str:
    """How `describe` names the part that reads a tier aloud."""
    return f"tiers[{rank - 1}]"


def sections(programme: Programme) -> dict[str, Section]:
    """The programme read aloud, by part."""
    return {section.part: section for section in describe(programme)}


def tier_ranks(programme: Programme, rank: int) -> tuple[int, ...]:
    """The tiers whose benefits belong to a rank, the rank itself first: those below that it
    inherits. No rank: every tier from the lowest up."""
    if not rank:
        return tuple(tier.rank for tier in programme.tiers)
    found = [rank]
    for lower in range(rank, 1, -1):
        tier = programme.tier(lower)
        if tier is None or not tier.inherits:
            break
        found.append(lower - 1)
    return tuple(found)


def blocks(programme: Programme, *parts: str) -> Iterator[Block]:
    """These parts of a programme under their headings; a part that says nothing is left out."""
    known = sections(programme)
    for part in parts:
        if part in known:
            yield Heading(known[part].title)
            yield Text(numbered(known[part].lines))


def numbered(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Lines with their numbers, so that a signature can be about one of them."""
    return tuple(f"{number}. {line}" for number, line in enumerate(lines, 1))
