"""Figures as bars: one series at a time, its values written out, arrows and mouse to walk them.

A reader of the screen gets the same words as the eye: the widget's description says every value
of the series that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from services.i18n import tr
from ui import theme
from ui.theme import GAP

_BAR = 40  # a bar is at most so wide
_SIDE = 2 * GAP
_Key = Qt.Key


@dataclass(frozen=True)
class PlotSeries:
    """A name and one value for each label."""

    name: str
    values: tuple[int, ...]


class Plot(QWidget):
    """Left and right walk the labels, up and down the series; the line above says the value.

    `signed` writes a plus before what is above zero; `unit` stands behind a value.
    """

    series_chosen = Signal(str)

    def __init__(
        self, title: str, *, unit: str = "", signed: bool = False, empty_text: str = ""
    ) -> None:
        super().__init__()
        self.title, self.unit, self.signed = title, unit, signed
        self.empty_text = empty_text or tr("还没有可以画的数字。")
        self.labels: tuple[str, ...] = ()
        self.series: tuple[PlotSeries, ...] = ()
        self._shown = 0
        self._at = -1
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._describe()

    def sizeHint(self) -> QSize:
        return QSize(45 * GAP, 25 * GAP)

    def minimumSizeHint(self) -> QSize:
        return QSize(30 * GAP, 18 * GAP)

    # --- what is shown ---

    def set_data(self, labels: Sequence[str], series: Sequence[PlotSeries]) -> None:
        """Show these; the series stays the one of the same name, the newest label is looked at."""
        name = self.series[self._shown].name if self.series else ""
        self.labels, self.series = tuple(labels), tuple(series)
        self._at = len(self.labels) - 1
        self._shown = 0
        self.show_series(name)
        self._describe()

    def show_series(self, name: str) -> None:
        """Show the series of this name; another name changes nothing."""
        names = [series.name for series in self.series]
        if name in names:
            self._shown = names.index(name)
        self._describe()

    def current(self) -> PlotSeries | None:
        """The series that is shown."""
        return self.series[self._shown] if self.series and self.labels else None

    def words(self) -> str:
        """What is looked at: series, label, value."""
        series = self.current()
        if series is None:
            return self.empty_text
        sentence = tr("{name} · {label}：{value}")
        return sentence.format(
            name=series.name,
            label=self.labels[self._at],
            value=self._value(series.values[self._at]),
        )

    def _value(self, value: int) -> str:
        return f"{value:+,}{self.unit}" if self.signed and value else f"{value:,}{self.unit}"

    def _describe(self) -> None:
        series = self.current()
        text = self.words()
        if series is not None:
            pairs = zip(self.labels, series.values, strict=True)
            every = "，".join(f"{label} {self._value(value)}" for label, value in pairs)
            text = tr("{name}：{values}").format(name=series.name, values=every)
        self.setAccessibleDescription(text)
        self.update()

    # --- hands ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {_Key.Key_Left: (-1, 0), _Key.Key_Right: (1, 0)}
        steps |= {_Key.Key_Up: (0, -1), _Key.Key_Down: (0, 1)}
        step = steps.get(_Key(event.key()))
        if step is None or self.current() is None:
            super().keyPressEvent(event)
            return
        self._at = min(max(self._at + step[0], 0), len(self.labels) - 1)
        before = self._shown
        self._shown = min(max(self._shown + step[1], 0), len(self.series) - 1)
        self._describe()
        if before != self._shown:
            self.series_chosen.emit(self.series[self._shown].name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.current() is None:
            return
        area = self._area()
        column = int((event.position().x() - area.left()) / (area.width() / len(self.labels)))
        if 0 <= column < len(self.labels) and column != self._at:
            self._at = column
            self._describe()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    # --- paint ---

    def _area(self) -> QRectF:
        """Where the bars stand: the words above and the labels below are left out."""
        line = self.fontMetrics().height()
        top, bottom = 2.5 * line + GAP, 1.5 * line + GAP
        return QRectF(_SIDE, top, self.width() - 2 * _SIDE, max(self.height() - top - bottom, 1))

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.shades()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.line), 1))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), GAP, GAP)
        series = self.current()
        if series is None:
            painter.setPen(QColor(colours.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(_SIDE, 0, -_SIDE, 0), int(flags), self.empty_text)
        else:
            self._paint_words(painter)
            self._paint_bars(painter, series)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        line = self.fontMetrics().height()
        left, width = _SIDE, self.width() - 2 * _SIDE
        painter.setPen(QColor(theme.shades().muted))
        painter.drawText(QRectF(left, GAP, width, line), Qt.AlignmentFlag.AlignLeft, self.title)
        painter.setPen(QColor(theme.shades().text))
        words = self.fontMetrics().elidedText(self.words(), Qt.TextElideMode.ElideRight, width)
        painter.drawText(
            QRectF(left, GAP + line, width, line + 4), Qt.AlignmentFlag.AlignLeft, words
        )

    def _paint_bars(self, painter: QPainter, series: PlotSeries) -> None:
        colours = theme.shades()
        area, line = self._area(), self.fontMetrics().height()
        high, low = max(*series.values, 0), min(*series.values, 0)
        # room for the figures at both ends, and a line where all is zero
        scale = (area.height() - 2 * line) / max(high - low, 1)
        zero = area.top() + line + high * scale if high or low else area.center().y()
        step = area.width() / len(self.labels)
        bar = min(step * 0.6, _BAR)
        for number, (label, value) in enumerate(zip(self.labels, series.values, strict=True)):
            middle = area.left() + (number + 0.5) * step
            if number == self._at:
                shade = QRectF(middle - step / 2, area.top(), step, area.height() + 1.5 * line)
                painter.fillRect(shade, QColor(colours.hover))
            tone = (
                colours.error if value < 0 else colours.warning if self.signed else colours.accent
            )
            box = QRectF(middle - bar / 2, zero - max(value, 0) * scale, bar, abs(value) * scale)
            painter.fillRect(box, QColor(tone))
            painter.setPen(QColor(colours.text if value else colours.muted))
            at = box.bottom() if value < 0 else box.top() - line
            figure = self._value(value).removesuffix(self.unit)
            centre = Qt.AlignmentFlag.AlignHCenter
            painter.drawText(QRectF(middle - step / 2, at, step, line), centre, figure)
            painter.setPen(QColor(colours.muted))
            below = QRectF(middle - step / 2, area.bottom() + 4, step, line)
            painter.drawText(below, centre, self._short(label, step))
        painter.setPen(QPen(QColor(colours.strong_line), 1))
        painter.drawLine(int(area.left()), int(zero), int(area.right()), int(zero))

    def _short(self, label: str, width: float) -> str:
        """A day without its year where the room is narrow."""
        if self.fontMetrics().horizontalAdvance(label) <= width:
            return label
        return label[5:] if label[4:5] == "-" else label
