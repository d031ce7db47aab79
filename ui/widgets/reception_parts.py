"""The parts a reception card is put together from: the coloured band, rows of words, facts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from services.desk.visits import ReceptionCard
from services.i18n import tr
from ui import theme
from ui.forms import label
from ui.theme import GAP, chip_colours, role_of, wear
from ui.widgets.reception_words import visit_kind

WIDTH = 70 * GAP
ROOM = WIDTH - 4 * GAP


class Band(QFrame):
    """Who it is, on the colour of the level they are received at."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("receptionBand")
        self.name, self.level, self.left, self.why = QLabel(), QLabel(), QLabel(), QLabel()
        grid = QGridLayout(self)
        grid.setContentsMargins(2 * GAP, GAP + 2, 2 * GAP, GAP + 2)
        grid.setVerticalSpacing(2)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.level, 0, 1, right)
        grid.addWidget(self.left, 1, 0)
        grid.addWidget(self.why, 1, 1, right)
        grid.setColumnStretch(0, 1)
        for text in (self.name, self.level, self.left, self.why):
            text.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setStyleSheet("font-size: 17pt; font-weight: 600;")
        self.level.setStyleSheet("font-size: 13pt; font-weight: 600;")

    def show_card(self, card: ReceptionCard, today: str) -> None:
        """Name, number, how new; the level and from whom it comes."""
        colour = card.received_colour or theme.shades().muted
        ground, text = chip_colours(colour)
        wear(
            self,
            f"#receptionBand {{ background: {ground}; border-top-left-radius: 7px;"
            f" border-top-right-radius: 7px; }} #receptionBand QLabel {{ color: {text}; }}",
        )
        self.name.setText(f"{card.name} {card.title}".strip())
        seen = (
            tr("上次 {day}").format(day=card.last_visit_on)
            if card.last_visit_on and card.last_visit_on < today
            else ""
        )
        self.left.setText(" · ".join(p for p in (card.number, visit_kind(card), seen) if p))
        self.level.setText(card.received_as or tr("非会员"))
        self.why.setText(self._why(card))

    def _why(self, card: ReceptionCard) -> str:
        first = tr("优先候诊") if card.queue else ""
        if not card.passed_from:
            return first
        own = card.tier_name or tr("非会员")
        lent = {
            "brought": tr("{who} 带来，本次同等接待(本人{own})"),
            "voucher": tr("{who} 转赠服务，本次同等接待(本人{own})"),
            "introduced": tr("{who} 介绍，本次同等接待(本人{own})"),
        }[card.passed_how].format(who=card.passed_from, own=own)
        return lent  # the queue follows from it, and there is room for one of the two


class Flow(QWidget):
    """A row of words on soft grounds; it wraps to a second row when it has to."""

    def __init__(self, width: int = ROOM) -> None:
        super().__init__()
        self._width = width
        self._grid = QVBoxLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        self.words: list[QLabel] = []
        self._shown: tuple[list[tuple[str, str]], theme.Shades] | None = None

    def show_words(self, words: list[tuple[str, str]]) -> None:
        """Show (text, tone) pairs."""
        if self._shown == (words, theme.shades()):
            return
        self._shown = (list(words), theme.shades())
        clear(self._grid)
        self.words = [pill_label(text, tone) for text, tone in words]
        row, used = None, 0
        for pill in self.words:
            width = pill.sizeHint().width() + 6
            if row is None or used + width > self._width:
                row, used = QHBoxLayout(), 0
                row.setSpacing(6)
                row.setAlignment(Qt.AlignmentFlag.AlignLeft)
                self._grid.addLayout(row)
            row.addWidget(pill)
            used += width
        self.setVisible(bool(words))

    def texts(self) -> list[str]:
        """The words, for tests and readers."""
        return [pill.text() for pill in self.words]


def pill_label(text: str, tone: str) -> QLabel:
    shades = theme.shades()
    ground = {
        "success": shades.success_soft,
        "warning": shades.warning_soft,
        "error": shades.error_soft,
        "accent": shades.accent_soft,
    }.get(tone, shades.ground)
    pill = QLabel(text)
    pill.setTextFormat(Qt.TextFormat.PlainText)
    pill.setToolTip(text)
    pill.setMaximumWidth(ROOM)
    pill.setStyleSheet(
        f"background: {ground}; color: {theme.tone_colour(tone)}; border-radius: 6px;"
        " padding: 4px 10px; font-weight: 600;"
    )
    pill.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return pill


class Facts(QWidget):
    """Label and lines, one under the other."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP + 4)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []  # made once, shown as far as they are needed
        self._used = 0

    def show_rows(self, rows: list[tuple[str, tuple[str, ...], str]]) -> None:
        """Show what there is; nothing for what there is not."""
        top = Qt.AlignmentFlag.AlignTop
        while len(self._rows) < len(rows):
            made = label("", "muted"), label("")
            self._grid.setRowStretch(len(self._rows) + 1, 1)  # what is below the last one
            self._grid.setRowStretch(len(self._rows), 0)
            for place, text in enumerate(made):
                self._grid.addWidget(text, len(self._rows), place, top)
            self._rows.append(made)
        for (title, lines), row in zip(self._rows, rows, strict=False):
            title.setText(row[0])
            lines.setText("\n".join(row[1]))
            role_of(lines, row[2])
        self._used = len(rows)
        for number, pair in enumerate(self._rows):
            for text in pair:
                text.setVisible(number < self._used)

    def text(self) -> str:
        """Everything said, for tests."""
        used = self._rows[: self._used]
        return "\n".join(text.text() for pair in used for text in pair)


def clear(layout: QLayout) -> None:
    while item := layout.takeAt(0):
        inner: Any = item.layout()
        if inner is not None:
            clear(inner)
        found = item.widget()
        if found is not None:
            found.hide()
            found.setParent(None)
            found.deleteLater()


def scrolling(inner: QWidget) -> QScrollArea:
    """`inner` as it is, scrolling only where a small window leaves it no room."""
    area = _Area()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    area.viewport().setAutoFillBackground(False)
    inner.setAutoFillBackground(False)  # setWidget switches it on
    return area


class _Area(QScrollArea):
    """As tall as what is in it wants to be, also when that changes."""

    def sizeHint(self) -> QSize:
        inner = self.widget()
        return super().sizeHint() if inner is None else inner.sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
