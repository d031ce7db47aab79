"""Whom to call today."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.tabs.base import Tab


class FollowupsTab(Tab):
    """Whom to call today."""

    name = "followups"
    kinds = (
        Kind.FOLLOWUP,
        Kind.PERSON,
        Kind.GRANT,
    )

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        hint = QLabel(tr("这里是今天要打的电话。按 F9 打开下一个。"))
        hint.setObjectName("emptyState")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setWordWrap(True)
        QVBoxLayout(self).addWidget(hint)

    def title(self) -> str:
        return tr("回访")
