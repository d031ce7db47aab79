"""Where every point came from and went."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.tabs.base import Tab


class PointsTab(Tab):
    """Where every point came from and went."""

    name = "points"
    kinds = (
        Kind.MONEY,
        Kind.POINTS,
        Kind.TIER,
    )

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        hint = QLabel(tr("这里记收费和积分。按 F3 查找人员,再按 F6 录入收费。"))
        hint.setObjectName("emptyState")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setWordWrap(True)
        QVBoxLayout(self).addWidget(hint)

    def title(self) -> str:
        return tr("积分")
