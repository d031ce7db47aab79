"""Who belongs together: children use what a parent was granted."""

from __future__ import annotations

import uuid

from PySide6.QtWidgets import QListWidget, QWidget

from services.i18n import tr
from services.people.records import household_of, join_household
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import Form, label
from ui.widgets.person_picker import PersonPicker


class FamilyDialog(DeskDialog):
    """Find somebody, Enter, Enter: they are of this household now."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("家人"))
        self.body.addWidget(
            label(tr("登记为一家人后，儿童防龋等家人权益才能给孩子用。先给家人建档(F2)。"), "muted")
        )
        self.members = QListWidget()
        self.members.setAccessibleName(tr("已登记的家人"))
        self.members.setMinimumHeight(120)
        self.body.addWidget(self.members)
        self.who = PersonPicker(self.context, exclude=self.person_id)
        form = Form()
        self.who_field = form.add(tr("添加家人(&W)"), self.who)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.add_buttons(tr("添加"), tr("关闭"))
        self.reload()
        self.who.setFocus()

    def reload(self) -> None:
        """Read the household again."""
        self.members.clear()
        for row in self.context.alerts.run(household_of, self.context.db, self.person_id) or []:
            born = tr("{day} 出生").format(day=row.birthday) if row.birthday else ""
            parts = (row.name, row.number, born, row.phone_masked)
            self.members.addItem("   ".join(part for part in parts if part))
        if not self.members.count():
            self.members.addItem(tr("还没有登记家人。"))

    def submit(self) -> None:
        """Add the one who was found."""
        if self.who.person_id is None:
            self.who_field.refuse(tr("请输入并选中一位家人；还没建档的先按 F2 新建。"))
            return
        done = self.context.alerts.run_command(
            join_household,
            self.once,
            person_id=self.who.person_id,
            with_person_id=self.person_id,
        )
        if done is not None:
            self._op = uuid.uuid4()
            self.who.set_person(None)
            self.reload()
            self.context.alerts.banner(tr("已登记为一家人。"), "success")
