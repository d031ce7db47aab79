"""A paper as plain data: blocks from top to bottom, laid out and printed by `ui.papers`.

Nothing here knows of Qt, so every form can be tested by what it says. All texts are what the
reader sees, masked where a form is not the person's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Size(Enum):
    """What a paper is printed on. LABELS are stickers on A4: three across are 3 × 8, two 2 × 7."""

    A4 = "a4"
    A4_LANDSCAPE = "a4_landscape"
    SLIP_80 = "slip_80"
    SLIP_58 = "slip_58"
    CARD = "card"
    LABELS = "labels"


SLIPS = (Size.SLIP_80, Size.SLIP_58)


@dataclass(frozen=True)
class Heading:
    """A heading inside the paper."""

    text: str


@dataclass(frozen=True)
class Text:
    """Paragraphs; `small` for notes at the foot, `right` for who signs a letter."""

    paragraphs: tuple[str, ...]
    small: bool = False
    right: bool = False


@dataclass(frozen=True)
class Pairs:
    """Labels with what was filled in; an empty text leaves a line to write on."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table. `widths` are relative; the columns numbered in `figures` stand to the right; `blank`
    more empty rows to write in follow."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    figures: tuple[int, ...] = ()
    blank: int = 0


@dataclass(frozen=True)
class Ticks:
    """Boxes with their texts, ticked or not."""

    items: tuple[tuple[bool, str], ...]


@dataclass(frozen=True)
class Signatures:
    """A line to sign on for each name."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """Small areas side by side, each with its lines: labels of envelopes."""

    cells: tuple[tuple[str, ...], ...]
    across: int = 2


@dataclass(frozen=True)
class Face:
    """One side of a card: a band in `colour` ('#rrggbb') with the heading, below it what is read
    first, `large`, the lines, and a line at the foot."""

    colour: str
    heading: str
    large: str
    lines: tuple[str, ...]
    foot: str = ""


@dataclass(frozen=True)
class Break:
    """What follows begins on a new page."""


Block = Heading | Text | Pairs | Grid | Ticks | Signatures | Cells | Face | Break


@dataclass(frozen=True)
class Paper:
    """A form ready to be laid out. `name` is the PDF's file name without its ending and holds
    nothing of the person; `number` is the document's own number, '' when it has none; `subject`
    says below the title what it is about. `letters`: every page after a break is somebody else's,
    under the clinic's name alone and with nothing about the other pages.

    What stands on every paper of the clinic is put on by `services.forms.letterhead`: `contact`
    (address and phone), `printed` (when and by whom) and the `logo`, the bytes of a picture.
    """

    title: str
    name: str
    clinic: str
    blocks: tuple[Block, ...]
    size: Size = Size.A4
    number: str = ""
    subject: str = ""
    contact: str = ""
    printed: str = ""
    logo: bytes = b""
    letters: bool = False


def texts(paper: Paper) -> Iterator[str]:
    """Every text of a paper from top to bottom, as a reader meets it."""
    yield from (paper.clinic, paper.title, paper.number, paper.subject)
    for block in paper.blocks:
        yield from _texts(block)
    yield from (paper.contact, paper.printed)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading(text):
            yield text
        case Text(paragraphs):
            yield from paragraphs
        case Pairs(rows):
            yield from (text for row in rows for text in row)
        case Grid(headers, rows):
            yield from headers
            yield from (text for row in rows for text in row)
        case Ticks(items):
            yield from (text for _, text in items)
        case Signatures(names):
            yield from names
        case Cells(cells):
            yield from (line for cell in cells for line in cell)
        case Face(_, heading, large, lines, foot):
            yield from (heading, large, *lines, foot)
        case _:
            return  # a break has nothing to read
