"""A paper as plain data: blocks from top to bottom, laid out and printed by `ui.papers`.

Nothing here knows of Qt, so every form can be tested by what it says. All texts are what the
reader sees, masked where a form is not the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Size(Enum):
    """What a paper is printed on."""

    A4 = "a4"
    A4_LANDSCAPE = "a4_landscape"
    SLIP_80 = "slip_80"
    SLIP_58 = "slip_58"
    CARD = "card"
    LABELS = "labels"


@dataclass(frozen=True)
class Heading:
    """A heading inside the paper."""

    text: str


@dataclass(frozen=True)
class Text:
    """Paragraphs; `small` for notes at the foot."""

    paragraphs: tuple[str, ...]
    small: bool = False


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
    """Small areas side by side, each with its lines: labels of envelopes, faces of a card."""

    cells: tuple[tuple[str, ...], ...]
    across: int = 2


@dataclass(frozen=True)
class Break:
    """What follows begins on a new page."""


Block = Heading | Text | Pairs | Grid | Ticks | Signatures | Cells | Break


@dataclass(frozen=True)
class Paper:
    """A form ready to be laid out. `name` is the PDF's file name without its ending and holds
    nothing of the person; `number` is the document's own number, '' when it has none."""

    title: str
    name: str
    clinic: str
    blocks: tuple[Block, ...]
    size: Size = Size.A4
    number: str = ""
