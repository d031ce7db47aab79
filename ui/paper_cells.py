"""Papers whose parts stand at places of their own: labels of envelopes and the faces of a card.

Lengths are millimetres; a painter that counts in them is handed in by `ui.printing`.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QTextOption

from services.forms.paper import Cells, Face, Paper
from ui.theme import chip_colours, paper_font

A4 = QSizeF(210, 297)
CARD = QSizeF(85.6, 54)
ROWS = {2: 7, 3: 8}  # labels across → labels down
_PAD = 4.0
_POINT = 25.4 / 72  # mm
_SMALLEST = 5.0  # pt, below which nobody reads
_BAND = 13.0


def label_pages(paper: Paper) -> list[tuple[int, tuple[tuple[str, ...], ...]]]:
    """What stands on each sheet of labels: how many across, and their lines."""
    pages = []
    for block in paper.blocks:
        if isinstance(block, Cells):
            each = block.across * ROWS[block.across]
            pages += [
                (block.across, block.cells[at : at + each])
                for at in range(0, len(block.cells), each)
            ]
    return pages


def label_areas(across: int) -> Iterator[QRectF]:
    """The places of a sheet's labels, row by row."""
    width, height = A4.width() / across, A4.height() / ROWS[across]
    for row in range(ROWS[across]):
        for column in range(across):
            yield QRectF(column * width, row * height, width, height)


def paint_labels(painter: QPainter, across: int, cells: tuple[tuple[str, ...], ...]) -> None:
    """A sheet of labels, each text in the middle of its own and never beyond it."""
    inside = _PAD + 2
    for area, lines in zip(label_areas(across), cells, strict=False):
        room = area.adjusted(inside, _PAD, -_PAD, -_PAD)
        _fitted(painter, "\n".join(lines), room, 11, Qt.AlignmentFlag.AlignVCenter)


def faces(paper: Paper) -> list[Face]:
    """The sides of a card, each a page of its own."""
    return [block for block in paper.blocks if isinstance(block, Face)]


def paint_face(painter: QPainter, face: Face, logo: bytes) -> None:
    """One side of a card: the band, the lines, the foot."""
    ground, ink = chip_colours(face.colour)
    band = QRectF(0, 0, CARD.width(), _BAND)
    painter.fillRect(band, QColor(ground))
    left = _PAD
    picture = QImage.fromData(logo) if logo else QImage()
    if not picture.isNull():
        height = _BAND - 4
        width = min(height * picture.width() / picture.height(), 20.0)
        painter.fillRect(QRectF(left, 2, width, height), QColor("#FFFFFF"))
        painter.drawImage(QRectF(left, 2, width, height), picture)
        left += width + 2
    painter.setPen(QColor(ink))
    middle = Qt.AlignmentFlag.AlignVCenter
    _fitted(painter, face.heading, band.adjusted(left, 1, -_PAD, -1), 12, middle, bold=True)
    painter.setPen(QColor("#000000"))
    foot = 6.0 if face.foot else 0.0
    top = _BAND + 2
    width = CARD.width() - 2 * _PAD
    if face.large:
        _fitted(painter, face.large, QRectF(_PAD, top, width, 9), 15, middle, bold=True)
        top += 10
    rest = QRectF(_PAD, top, width, CARD.height() - top - foot - 3)
    _fitted(painter, "\n".join(face.lines), rest, 9.5, Qt.AlignmentFlag.AlignTop)
    if face.foot:
        area = QRectF(_PAD, CARD.height() - foot - 1.5, CARD.width() - 2 * _PAD, foot)
        _fitted(painter, face.foot, area, 7.5, middle)


def _fitted(
    painter: QPainter,
    text: str,
    room: QRectF,
    points: float,
    vertical: Qt.AlignmentFlag,
    *,
    bold: bool = False,
) -> None:
    """Write into a place, smaller when there is more text than room."""
    option = QTextOption(Qt.AlignmentFlag.AlignLeft | vertical)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    flags = int(Qt.TextFlag.TextWrapAnywhere) | int(Qt.AlignmentFlag.AlignLeft)
    font = _font(points, bold)
    while points > _SMALLEST:
        needed = QFontMetricsF(font).boundingRect(_scaled(room), flags, text)
        if needed.height() <= room.height() * _DETAIL and needed.width() <= room.width() * _DETAIL:
            break
        points -= 0.5
        font = _font(points, bold)
    painter.save()
    painter.setClipRect(room)
    painter.scale(1 / _DETAIL, 1 / _DETAIL)
    painter.setFont(font)
    painter.drawText(_scaled(room), text, option)
    painter.restore()


_DETAIL = 100  # letters are measured in hundredths of a millimetre: sizes of fonts are whole pixels


def _scaled(room: QRectF) -> QRectF:
    return QRectF(
        room.x() * _DETAIL, room.y() * _DETAIL, room.width() * _DETAIL, room.height() * _DETAIL
    )


def _font(points: float, bold: bool) -> QFont:
    font = paper_font()
    font.setPixelSize(round(points * _POINT * _DETAIL))
    font.setBold(bold)
    return font
