"""Where a long paper is cut into pages: between lines and rows, never through one.

A paper is laid out as one endless page and cut here, because Qt would cut through a row of a
table. A table that goes on has its header again on the next page. Lengths are dots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock, QTextDocument, QTextTable


@dataclass(frozen=True)
class Piece:
    """Something that stays whole, from `top` to `bottom`. `header` are the top and bottom of the
    table header that comes again above it; `follows` stays on the page of the piece before;
    `fresh` begins a page; a `heading` keeps what comes after it."""

    top: float
    bottom: float
    header: tuple[float, float] | None = None
    follows: bool = False
    fresh: bool = False
    heading: bool = False


@dataclass(frozen=True)
class Page:
    """What a page shows of the document, below the `header` of a table that goes on."""

    top: float
    bottom: float
    header: tuple[float, float] | None = None


def cut_pieces(pieces: Sequence[Piece], height: float) -> list[Page]:
    """Pages of at most `height` that together show every piece in its order; a piece higher than
    a page has one that is cut off at its end."""
    pages: list[Page] = []
    start = 0
    while start < len(pieces):
        first = pieces[start]
        room = height - (first.header[1] - first.header[0] if first.header else 0)
        end = start + 1
        while end < len(pieces) and pieces[end].bottom - first.top <= room:
            if pieces[end].fresh:
                break
            end += 1
        end = _together(pieces, start, end)
        pages.append(Page(first.top, min(pieces[end - 1].bottom, first.top + room), first.header))
        start = end
    return pages


def _together(pieces: Sequence[Piece], start: int, end: int) -> int:
    """The cut moved up so that what belongs together stays together, if anything is left then."""
    moved = end
    while start < moved < len(pieces) and pieces[moved].follows:
        moved -= 1
    return moved if moved > start else end


def text_pieces(document: QTextDocument, scale: float) -> Iterator[Piece]:
    """What stays whole in rich text, from top to bottom; `scale` dots of it are a dot of the
    screen. Empty paragraphs are only distances."""
    frames = document.rootFrame().begin()
    while not frames.atEnd():
        table, block = frames.currentFrame(), frames.currentBlock()
        if isinstance(table, QTextTable):
            yield from _rows(document, table, scale)
        elif block.isValid() and block.text().strip():
            yield from _lines(document, block)
        frames += 1


def _lines(document: QTextDocument, block: QTextBlock) -> Iterator[Piece]:
    begins = document.documentLayout().blockBoundingRect(block).top()
    heading = block.blockFormat().headingLevel() > 1
    for number in range(block.layout().lineCount()):
        line = block.layout().lineAt(number)
        top = begins + line.y()
        yield Piece(top, top + line.height(), heading=heading)


def _rows(document: QTextDocument, table: QTextTable, scale: float) -> Iterator[Piece]:
    layout = document.documentLayout()
    area = layout.frameBoundingRect(table)
    area.translate(0, -area.left())  # Qt answers where the first cell's text begins
    line = table.format().border() * scale  # a row shows the line below it too
    above = table.format().cellPadding() * scale + line
    tops = [
        layout.blockBoundingRect(table.cellAt(row, 0).firstCursorPosition().block()).top() - above
        for row in range(table.rows())
    ]
    edges = [area.top(), *tops[1:], area.bottom()]
    for row in range(table.rows()):
        # lines to sign on stay together: they are the tables without lines
        yield Piece(edges[row], edges[row + 1] + line, follows=row > 0 and not line)
