"""The clinic's name and the minutes until the desk locks itself."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

from services.commands import read_setting
from services.i18n import tr
from services.setup import IDLE_MINUTES, change_settings, clinic_name
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Form, TextEdit


class SettingsDialog(Dialog):
    """Two settings, saved together."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("诊所设置"))
        self.setMinimumWidth(460)
        self.name = TextEdit()
        self.name.setText(clinic_name(context.clinic))
        self.minutes = QSpinBox()
        self.minutes.setRange(1, 120)
        self.minutes.setSuffix(tr(" 分钟"))
        self.minutes.setValue(int(read_setting(context.db, IDLE_MINUTES, "5")))
        form = Form()
        form.add(tr("诊所名称(&N)"), self.name)
        form.add(tr("自动锁定(&L)"), self.minutes, tr("这么久没有操作就锁定，要重新输入密码。"))
        self.body.addWidget(form)
        self.add_buttons(tr("保存"), tr("取消"))

    def submit(self) -> None:
        """Save."""
        saved = self.context.alerts.run_command(
            change_settings,
            self.context.session,
            name=self.name.value(),
            idle_minutes=self.minutes.value(),
        )
        if saved is not None:
            self.accept()
