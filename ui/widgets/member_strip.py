"""Who is open and what matters now, in two lines that belong to all five tabs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from services.changes import Changes, Kind
from services.i18n import tr
from services.people.privacy import REVEAL_SECONDS
from ui.context import UiContext
from ui.forms import button
from ui.theme import GAP, role_of
from ui.widgets.chip import Chip

HEIGHT = 80
SHOWN = (Kind.PERSON, Kind.MONEY, Kind.POINTS, Kind.TIER, Kind.GRANT, Kind.VISIT, Kind.SETTING)


class MemberStrip(QFrame):
    """王*女士 · tier · number │ points · quota · gifts / alerts … the road to the next tier."""

    invite_clicked = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.setObjectName("memberStrip")
        self.setAccessibleName(tr("当前人员"))
        self.setFixedHeight(HEIGHT)
        self._context = context
        self._masked = ""
        self.name = QLabel()
        self.name.setObjectName("memberName")
        self.tier = Chip()
        self.number = QLabel()
        role_of(self.number, "muted")
        self.points = QLabel()
        self.points.setObjectName("memberPoints")
        self.facts = _elastic()
        self.reveal_button = button(tr("查看完整"), "link", tr("显示 10 秒并记入日志"))
        self.road = _elastic(Qt.AlignmentFlag.AlignRight)
        self.invite = button("", "link")
        self._alerts = QHBoxLayout()
        self._alerts.setSpacing(GAP)
        self._empty = role_of(
            QLabel(tr("还没有打开人员。按 F3 查找(卡号、手机后四位、姓名、拼音)，按 F2 新建。")),
            "muted",
        )
        self._build()
        self._hide_again = QTimer(self, singleShot=True)
        self._hide_again.timeout.connect(self.hide_full)
        self.reveal_button.clicked.connect(self.reveal)
        self.invite.clicked.connect(self.invite_clicked)
        context.current_person.changed.connect(self.refresh)
        context.bus.changed.connect(self._something_changed)
        self.refresh()

    def _build(self) -> None:
        self._top, self._bottom = QWidget(), QWidget()
        top = QHBoxLayout(self._top)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.VLine)
        line.setFixedHeight(20)
        for widget in (self.name, self.tier, self.number, self.reveal_button):
            top.addWidget(widget)
        top.addWidget(line)
        top.addWidget(self.points)
        top.addWidget(self.facts, 1)
        bottom = QHBoxLayout(self._bottom)
        bottom.addLayout(self._alerts)
        bottom.addWidget(self.road, 1)
        bottom.addWidget(self.invite)
        for row in (top, bottom):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(GAP + 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, 4, 2 * GAP, 4)
        column.setSpacing(0)
        for part in (self._empty, self._top, self._bottom):
            column.addWidget(part)

    def refresh(self, *_: object) -> None:
        """Read the open person again."""
        self.hide_full()
        shown = self._read()
        self._empty.setVisible(shown is None)
        self._top.setVisible(shown is not None)
        self._bottom.setVisible(shown is not None)
        if shown is None:
            return
        self._masked = f"{shown.name_masked}{shown.title}"
        self.name.setText(self._masked)
        self.tier.show_tier(shown.tier_name, shown.tier_colour)
        self.number.setText(shown.number)
        self.points.setText(shown.points_text)
        _say(self.facts, " · ".join(shown.facts))
        _say(self.road, shown.road)
        self.invite.setText(shown.invite)
        self.invite.setVisible(bool(shown.invite))
        self._show_alerts(shown.alerts)
        spoken = [self._masked, shown.tier_name, shown.points_text, *shown.facts, *shown.alerts]
        self.setAccessibleDescription("、".join([*spoken, shown.road]))

    def _read(self) -> Any | None:
        person_id = self._context.person_id
        if person_id is None:
            return None
        from services.desk.strip import member_strip

        return self._context.alerts.run(
            member_strip, self._context.db, self._context.today(), person_id
        )

    def _show_alerts(self, alerts: tuple[str, ...]) -> None:
        while item := self._alerts.takeAt(0):
            chip = item.widget()
            if chip is not None:
                chip.deleteLater()
        for text in alerts:
            made = Chip(f"⚠ {text}", "alert")
            made.setToolTip(text)
            self._alerts.addWidget(made)

    # --- revealing ---

    def reveal(self) -> None:
        """Show name and phone in full for ten seconds; the service checks the right and logs."""
        from services.people.privacy import reveal

        person_id, session = self._context.person_id, self._context.signed_in.session
        if person_id is None or session is None:
            return
        found = []
        for field in ("name", "phone"):
            value = self._context.alerts.run(reveal, session, person_id=person_id, field=field)
            if value is None:
                return
            found.append(value)
        self.name.setText("  ".join(part for part in found if part and part != "None"))
        self.reveal_button.setEnabled(False)
        self._hide_again.start(REVEAL_SECONDS * 1000)

    def hide_full(self) -> None:
        """Back to the masked name."""
        self._hide_again.stop()
        self.name.setText(self._masked)
        self.reveal_button.setEnabled(True)

    def _something_changed(self, changes: Changes) -> None:
        mine = changes.person_id in (None, self._context.person_id)
        if mine and changes.touch(*SHOWN):
            self.refresh()


class _Elastic(QLabel):
    """Ends in … where there is no room, not in half a letter."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        right = Qt.TextElideMode.ElideRight
        words = self.fontMetrics().elidedText(self.text(), right, self.width())
        painter = QPainter(self)
        painter.drawText(self.rect(), int(self.alignment()), words)
        painter.end()


def _elastic(align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> QLabel:
    """A text that gives way instead of making the window wider; whole in its tooltip."""
    made = _Elastic()
    made.setAlignment(align | Qt.AlignmentFlag.AlignVCenter)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return made


def _say(where: QLabel, text: str) -> None:
    where.setText(text)
    where.setToolTip(text)
