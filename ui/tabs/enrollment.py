"""Who may join, and who just did."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.tabs.base import Tab


class EnrollmentTab(Tab):
    """Who may join, and who just did."""

    name = "enrollment"
    kinds = (
        Kind.PERSON,
        Kind.TIER,
        Kind.MONEY,
    )

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        hint = QLabel(tr("这里办理入会。按 F2 新建人员,或按 F3 查找。"))
        hint.setObjectName("emptyState")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setWordWrap(True)
        QVBoxLayout(self).addWidget(hint)

    def title(self) -> str:
        return tr("入会")
