"""Who is here today."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.tabs.base import Tab


class CheckinTab(Tab):
    """Who is here today."""

    name = "checkin"
    kinds = (
        Kind.VISIT,
        Kind.PERSON,
    )

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        hint = QLabel(tr("这里登记到诊。按 F3 查找人员,再按 F4 登记到诊。"))
        hint.setObjectName("emptyState")
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setWordWrap(True)
        QVBoxLayout(self).addWidget(hint)

    def title(self) -> str:
        return tr("到诊")
