"""候诊屏: a window for the waiting room, in large letters, names with stars (front-desk.md 4.2).

Optional and closed until somebody opens it. It keeps nothing but its place on the screens, and
stays when the desk is locked: nothing is on it that the room may not read.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QColor, QFont, QGuiApplication, QKeyEvent, QPainter, QPen
from PySide6.QtGui import QPaintEvent as PaintEvent
from PySide6.QtWidgets import QWidget

from services.changes import Changes, Kind
from services.desk.visit_board import today_board
from services.desk.waiting_list import WaitingList, waiting_list
from services.i18n import tr
from services.setup import clinic_name
from ui import theme
from ui.context import UiContext

PLACE = "waiting_room/geometry"
MINUTE = 60_000
LINES, COLUMNS = 19, 30  # what fits, in letters of the plain size
CALLED, PLACES = 4, 12  # at most so many are shown of each
_Align = Qt.AlignmentFlag


class WaitingRoom(QWidget):
    """Who is called where, and who comes next. F11 fills the screen, Esc closes."""

    def __init__(self, context: UiContext, host: QWidget) -> None:
        super().__init__(host, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("候诊屏"))
        self.setAccessibleName(tr("候诊屏"))
        self.setMinimumSize(640, 400)
        self._context = context
        self._clinic = clinic_name(context.clinic)
        self.found = WaitingList((), ())
        context.bus.changed.connect(self._something_changed)
        closed = getattr(host, "closed", None)
        if closed is not None:
            closed.connect(self.close)  # the desk's window is gone, and this one with it
        self._minute = QTimer(self, interval=MINUTE)
        self._minute.timeout.connect(self.refresh)
        self._minute.start()
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(1024, 640)

    def open(self) -> None:
        """Where it was last; else all over the second screen, where there is one."""
        place = self._context.settings.value(PLACE)
        if isinstance(place, QByteArray) and self.restoreGeometry(place):
            self.show()
            return
        host = self.parentWidget()
        here = None if host is None else host.screen()
        other = next((each for each in QGuiApplication.screens() if each is not here), None)
        self.resize(self.sizeHint())
        if other is None:
            self.show()
        else:
            self.move(other.geometry().topLeft())
            self.showFullScreen()

    # --- what is shown ---

    def refresh(self) -> None:
        """Read the board again."""
        clock = self._context.clinic.clock
        board = self._context.alerts.run(
            today_board, self._context.db, clock.today(), clock.now_utc()
        )
        if board is not None:
            self.found = waiting_list(board)
            self.setAccessibleDescription(self.words())
            self.update()

    def words(self) -> str:
        """Everything on it, for a reader of the screen."""
        called = [f"{each.name} {each.where}" for each in self.found.called]
        waiting = [f"{each.place} {each.name}" for each in self.found.waiting]
        return tr("请进：{called}；候诊：{waiting}").format(
            called=tr("、").join(called) or tr("无"), waiting=tr("、").join(waiting) or tr("无")
        )

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(Kind.VISIT, Kind.PERSON):
            self.refresh()

    # --- hands ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_F11:
            self.showNormal() if self.isFullScreen() else self.showFullScreen()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._context.settings.setValue(PLACE, self.saveGeometry())
        super().closeEvent(event)

    # --- paint ---

    def paintEvent(self, _event: PaintEvent) -> None:
        letter = min(self.height() / LINES, self.width() / COLUMNS)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.shades().surface))
        page = _Page(painter, letter, self.width())
        page.head(self._clinic)
        if not self.found.called and not self.found.waiting:
            page.middle(tr("现在没有人候诊"), self.height())
        called = self.found.called
        for each in called[:CALLED]:
            page.called(each.name, each.where)
        if len(called) > CALLED:
            page.note(tr("另有 {n} 位已叫号").format(n=len(called) - CALLED))
        waiting = self.found.waiting
        if waiting:
            page.waiting([(str(each.place), each.name) for each in waiting[:PLACES]])
        if len(waiting) > PLACES:
            page.note(tr("另有 {n} 位候诊").format(n=len(waiting) - PLACES))
        painter.end()


class _Page:
    """Lines from top to bottom; `letter` is the height of a plain letter in dots."""

    def __init__(self, painter: QPainter, letter: float, width: int) -> None:
        self._painter, self._letter = painter, letter
        self._left, self._width = letter, width - 2 * letter
        self._top = letter * 0.6

    def _text(
        self, text: str, area: QRectF, size: float, colour: str, *, bold: bool = False,
        align: Qt.AlignmentFlag = _Align.AlignLeft,
    ) -> None:  # fmt: skip
        font = QFont(self._painter.font())
        font.setPixelSize(max(int(self._letter * size), 1))
        font.setBold(bold)
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        shown = self._painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, int(area.width())
        )
        self._painter.drawText(area, align | _Align.AlignVCenter, shown)

    def _line(self, height: float) -> QRectF:
        area = QRectF(self._left, self._top, self._width, height * self._letter)
        self._top += height * self._letter
        return area

    def head(self, clinic: str) -> None:
        """The clinic's name and a line."""
        self._text(clinic, self._line(1.4), 0.9, theme.shades().muted)
        self._painter.setPen(QPen(QColor(theme.shades().strong_line), 2))
        rule = self._line(0.4)
        self._painter.drawLine(rule.topLeft(), rule.topRight())

    def called(self, name: str, where: str) -> None:
        """Somebody who is asked in: the largest letters of the screen."""
        shades, area = theme.shades(), self._line(2.2)
        ground = area.adjusted(-self._letter / 2, 0, self._letter / 2, -self._letter * 0.2)
        self._painter.fillRect(ground, QColor(shades.accent_soft))
        half = area.width() * 0.4
        left = QRectF(area.left(), area.top(), half, ground.height())
        right = QRectF(area.left() + half, area.top(), area.width() - half, ground.height())
        self._text(name, left, 1.5, shades.accent, bold=True)
        self._text(where, right, 1.3, shades.text, bold=True, align=_Align.AlignRight)

    def waiting(self, rows: list[tuple[str, str]]) -> None:
        """Places and names, in two columns."""
        shades = theme.shades()
        self._text(tr("候诊"), self._line(1.4), 0.9, shades.muted)
        tall = (len(rows) + 1) // 2
        top, half = self._top, self._width / 2
        for number, (place, name) in enumerate(rows):
            column, line = divmod(number, tall)
            left, at = self._left + column * half, top + line * self._letter * 1.3
            height = self._letter * 1.3
            mark = QRectF(left, at, self._letter * 1.4, height)
            self._text(place, mark, 1.0, shades.muted, align=_Align.AlignRight)
            area = QRectF(left + self._letter * 2, at, half - self._letter * 2, height)
            self._text(name, area, 1.1, shades.text)
        self._top = top + tall * self._letter * 1.3

    def note(self, text: str) -> None:
        """A quiet line."""
        self._text(text, self._line(1.4), 0.8, theme.shades().muted)

    def middle(self, text: str, height: int) -> None:
        """The only thing there is to say."""
        area = QRectF(self._left, self._top, self._width, height - self._top)
        self._text(text, area, 1.2, theme.shades().muted, align=_Align.AlignHCenter)


def open_waiting_room(context: UiContext, host: QWidget) -> WaitingRoom:
    """The one waiting-room window of `host`, opened or brought to the front."""
    made = host.findChild(WaitingRoom)
    if made is None:
        made = WaitingRoom(context, host)
        made.open()
    else:
        made.raise_()
        made.activateWindow()
    return made
