"""What is due, what is in stock, and Friday."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.tabs.base import Tab


class GiftsTab(Tab):
    """What is due, what is in stock, and Friday."""

    name = "gifts"
    kinds = (
        Kind.GRANT,
        Kind.STOCK,
        Kind.RECONCILIATION,
    )

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        hint = QLabel(tr("这里发放礼品、登记服务和周五核对。按 F3 查找人员。"))
        hint.setObjectName("emptyState")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setWordWrap(True)
        QVBoxLayout(self).addWidget(hint)

    def title(self) -> str:
        return tr("礼品")
