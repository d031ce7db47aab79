"""A doctor who can be chosen from now on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.people.records import add_doctor
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import Form, TextEdit


class DoctorDialog(DeskDialog):
    """Name, Enter. Emits the new doctor's id."""

    added = Signal(int)

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("添加医生"))
        self.name, self.department = TextEdit(), TextEdit(tr("选填"))
        form = Form()
        self.name_field = form.add(tr("姓名(&N)"), self.name)
        form.add(tr("科室(&K)"), self.department)
        self.body.addWidget(form)
        self.add_buttons(tr("添加"), tr("取消"))
        self.name.setFocus()

    def submit(self) -> None:
        """Add."""
        if not self.name.value():
            self.name_field.refuse(tr("请填写医生姓名。"))
            return
        done = self.context.alerts.run_command(
            add_doctor, self.once, name=self.name.value(), department=self.department.value()
        )
        if done is not None:
            self.added.emit(done.doctor_id)
            self.accept()
