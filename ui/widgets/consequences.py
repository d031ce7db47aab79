"""What a posting does, line by line: a sign, a word, the fact, and its why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.preview import Consequence
from ui.forms import label
from ui.theme import GAP, role_of


def _manner(kind: str) -> tuple[str, str, str]:
    """(sign, word, role) of a kind; the colour never speaks alone."""
    return {
        "points": ("✚", tr("积分"), ""),
        "tier_up": ("▲", tr("升级"), "success"),
        "invite": ("★", tr("可入会"), "success"),
        "tier_down": ("▼", tr("降级"), "warning"),
        "tier_kept": ("⚠", tr("待处理"), "warning"),
        "gift": ("◆", tr("礼品"), "success"),
        "service": ("●", tr("服务"), "success"),
        "grant_closed": ("✕", tr("作废"), "warning"),
        "deficit": ("⚠", tr("欠分"), "warning"),
        "refused": ("✕", tr("不能换"), "warning"),
        "owed": ("⚠", tr("欠领"), "warning"),
        "coupon": ("◇", tr("券"), ""),
        "expiry": ("○", tr("到期"), "muted"),
        "price": ("↓", tr("会员价"), "success"),
        "points_off": ("−", tr("抵现"), ""),
        "arrears": ("⚠", tr("欠款"), "warning"),
        "advice": ("●", tr("服务"), "success"),
        "waiver": ("○", tr("免收"), "success"),
        "promise": ("·", tr("优待"), ""),
        "doubt": ("⚠", tr("请核对"), "warning"),
        "blocked": ("✕", tr("不能合并"), "error"),
        "fee": ("¥", tr("会费"), ""),
        "term": ("→", tr("期限"), ""),
        "call": ("○", tr("回访"), ""),
        "road": ("→", tr("下一级"), "muted"),
    }.get(kind, ("·", tr("提示"), ""))


class _Line(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.sign, self.word = QLabel(), QLabel()
        self.fact, self.why = label(""), label("", "muted")
        self.sign.setFixedWidth(2 * GAP)
        self.word.setFixedWidth(7 * GAP)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(0)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self.sign, 0, 0, top)
        grid.addWidget(self.word, 0, 1, top)
        grid.addWidget(self.fact, 0, 2)
        grid.addWidget(self.why, 1, 2)
        grid.setColumnStretch(2, 1)

    def show_line(self, line: Consequence) -> None:
        sign, word, role = _manner(line.kind)
        self.sign.setText("−" if line.kind == "points" and "-" in line.text else sign)
        self.word.setText(word)
        self.fact.setText(line.text)
        self.why.setText(line.why)
        self.why.setVisible(bool(line.why))
        for part in (self.sign, self.word):
            role_of(part, role)
        plain = role in ("warning", "muted", "error")
        role_of(self.fact, role if plain else "subheading")
        self.setAccessibleName(f"{word} {line.text}")
        self.setAccessibleDescription(line.why)


class ConsequenceList(QWidget):
    """Consequences below each other; lines are reused, so typing does not flicker."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name or tr("登记后的变化"))
        self._lines: list[_Line] = []
        self._shown: tuple[Consequence, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP // 2)

    def show_lines(self, lines: Sequence[Consequence]) -> None:
        """Show these instead."""
        self._shown = tuple(lines)
        while len(self._lines) < len(lines):
            made = _Line()
            self._lines.append(made)
            self._column.addWidget(made)
        for number, widget in enumerate(self._lines):
            widget.setVisible(number < len(lines))
            if number < len(lines):
                widget.show_line(lines[number])
        self.setAccessibleDescription(self.text())

    def text(self) -> str:
        """Everything that is shown, one line each."""
        return "\n".join(f"{_manner(line.kind)[1]} {line.text} {line.why}" for line in self._shown)


def scrolling(*content: QWidget, height: int = 0) -> QScrollArea:
    """Widgets below each other in an area that scrolls instead of squeezing them."""
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, GAP, 0)
    column.setSpacing(GAP)
    for widget in content:
        column.addWidget(widget)
    column.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    area.setMinimumHeight(height)
    for part in (area.viewport(), inside):
        part.setAutoFillBackground(False)
    return area
