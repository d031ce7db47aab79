"""The last page of the day: backing up, with a way to leave at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from services.i18n import tr
from ui.forms import button_row, label
from ui.theme import GAP
from ui.widgets.gift_kit import key_button


class Farewell(QWidget):
    """Emits `leave` when nobody wants to wait."""

    leave = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = label(tr("正在备份…"), "heading")
        self.hint = label(tr("备份完成后自动退出；插着 U 盘时会再复制一份。"), "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(tr("进度"))
        self.leave_button = key_button(tr("马上退出(&Q)"))
        self.leave_button.clicked.connect(self.leave)
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(480)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(4 * GAP, 3 * GAP, 4 * GAP, 3 * GAP)
        inside.setSpacing(GAP)
        for each in (self.words, self.hint, self.bar):
            inside.addWidget(each)
        inside.addSpacing(GAP)
        inside.addLayout(button_row(self.leave_button))
        outside = QVBoxLayout(self)
        outside.addStretch(2)
        outside.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outside.addStretch(3)
        self.setFocusProxy(self.leave_button)

    def moved(self, done: int, total: int) -> None:
        """How far it is."""
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)

    def say(self, problem: str) -> None:
        """It did not work; the data itself is saved all the same."""
        self.words.setText(tr("这次没有备份成"))
        self.hint.setText(problem + tr("登记过的内容都已保存，下次打开程序会再备份。"))
        self.bar.hide()
        self.leave_button.setFocus()
