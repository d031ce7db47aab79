"""Who works here: add, role, new PIN, lift a lock-out, leave."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.followups.assigning import tasks_of_staff
from services.i18n import tr
from services.rights import FRONTDESK, ROLES, role_title
from services.staff import StaffRow, add_staff, change_staff, list_staff
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, Form, PinEdit, TextEdit, button, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP


class StaffDialog(Dialog):
    """The list on the left, the chosen person (or a new one) on the right."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("员工"))
        self.resize(840, 480)
        columns = [
            Column(tr("姓名"), _name, width=140, tone=_tone),
            Column(tr("岗位"), _role, width=110, tone=_tone),
            Column(tr("状态"), _state, width=80, tone=_tone),
        ]
        self.table = Table(
            "staff", columns, context.settings, title=tr("员工名单"), empty_text=tr("还没有员工。")
        )
        self.heading = label("", "subheading")
        self.name = TextEdit()
        self.role = ChoiceBox([(role, role_title(role)) for role in ROLES])
        self.pin = PinEdit()
        self.active_button = button("")
        self.unlock_button = button(tr("解除密码锁定"))
        self._chosen: StaffRow | None = None
        self._build()
        self.table.current_row_changed.connect(self.show_person)
        self.active_button.clicked.connect(self.toggle_active)
        self.unlock_button.clicked.connect(self.unlock)
        self.reload()
        self.new_person()

    def _build(self) -> None:
        form = Form()
        self.name_field = form.add(tr("姓名(&N)"), self.name)
        form.add(tr("岗位(&R)"), self.role)
        self.pin_field = form.add(tr("密码(&P)"), self.pin)
        side = QVBoxLayout()
        side.setSpacing(GAP)
        side.addWidget(self.heading)
        side.addWidget(form)
        side.addWidget(self.unlock_button)
        side.addWidget(self.active_button)
        side.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        both.addWidget(self.table, 3)
        both.addLayout(side, 3)
        self.body.addLayout(both, 1)
        fresh = button(tr("新员工(&A)"))
        fresh.clicked.connect(self.new_person)
        self.save_button = self.add_buttons(tr("保存"), tr("关闭"), left=(fresh,))

    def reload(self) -> None:
        """Read the list again."""
        rows = self.context.alerts.run(list_staff, self.context.db, everybody=True)
        self.table.set_rows(rows or [])

    def new_person(self, *_: object) -> None:
        """Empty fields for somebody new."""
        self.table.clearSelection()
        self._show(None)
        self.name.setFocus()

    def show_person(self, row: StaffRow | None) -> None:
        """The row under the cursor."""
        if row is not None:
            self._show(row)

    def _show(self, row: StaffRow | None) -> None:
        self._chosen = row
        new = row is None
        self.heading.setText(tr("添加员工") if row is None else row.name)
        self.name.setText("" if row is None else row.name)
        self.name.setEnabled(new)
        self.role.choose(FRONTDESK if row is None else row.role)
        self.pin.clear()
        self.pin.setPlaceholderText(tr("6 至 12 位数字") if new else tr("不改就空着"))
        self.name_field.clear_error()
        self.pin_field.clear_error()
        self.active_button.setVisible(not new)
        self.unlock_button.setVisible(not new)
        if row is not None:
            self.active_button.setText(tr("办理离职") if row.active else tr("恢复在职"))

    def submit(self) -> None:
        """Save what is shown."""
        session, alerts = self.context.session, self.context.alerts
        if self._chosen is None:
            done = alerts.run_command(
                add_staff,
                session,
                name=self.name.value(),
                role=self.role.value(),
                pin=self.pin.text(),
            )
        else:
            done = alerts.run_command(
                change_staff,
                session,
                staff_id=self._chosen.id,
                role=self.role.value() if self.role.value() != self._chosen.role else None,
                new_pin=self.pin.text() or None,
            )
        if done is not None:
            self._saved(tr("已保存。"))

    def toggle_active(self) -> None:
        """Leaves, or comes back. Nobody is deleted: old entries keep their name."""
        assert self._chosen is not None
        leaving = self._chosen.active
        question = tr("{name}将不能再登录，过去的记录保留。").format(name=self._chosen.name)
        calls = tasks_of_staff(self.context.db, self._chosen.id)
        if calls:
            words = tr("名下还有 {n} 个回访：离职后会列在“未分派”，也可以先在“回访”页移交。")
            question += words.format(n=calls)
        if leaving and not self.context.alerts.ask(tr("办理离职"), question, tr("离职(&Y)")):
            return
        changed = self.context.alerts.run_command(
            change_staff, self.context.session, staff_id=self._chosen.id, active=not leaving
        )
        if changed is not None:
            self._saved(tr("已保存。"))

    def unlock(self) -> None:
        """Let somebody try their PIN again at once."""
        assert self._chosen is not None
        changed = self.context.alerts.run_command(
            change_staff, self.context.session, staff_id=self._chosen.id, unlock=True
        )
        if changed is not None:
            self._saved(tr("已解除，可以马上再试密码。"))

    def _saved(self, sentence: str) -> None:
        self.reload()
        self.new_person()
        self.context.alerts.banner(sentence, "success")


def _name(row: StaffRow) -> str:
    return row.name


def _role(row: StaffRow) -> str:
    return role_title(row.role)


def _state(row: StaffRow) -> str:
    return tr("在职") if row.active else tr("离职")


def _tone(row: StaffRow) -> str:
    return "" if row.active else "muted"
