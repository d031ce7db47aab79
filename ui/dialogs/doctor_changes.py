"""Applications for another doctor that are not done with: what the leader has to sign (R130)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.care.doctor_changes import ChangeRow, open_changes, state_title
from services.changes import Changes, Kind
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.doctor_change import DoctorChangeDialog
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.doctor_change_words import waits_for


class DoctorChangesDialog(Dialog):
    """Enter opens the chosen one; it stays for the next."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("更换医生申请"))
        self.take_room(112 * GAP, 60 * GAP)
        self.count = label("", "muted")
        self.table = Table(
            "care/changes",
            columns(),
            context.settings,
            title=tr("没办完的更换医生申请"),
            empty_text=tr(
                "没有待办的申请。\n\n"
                "顾客要换主治医师：在“到诊”打开顾客，按 Alt+G 填写申请；\n"
                "两位医师表态、领导签字以后生效。"
            ),
        )
        self.table.setMinimumHeight(6 * ROW_HEIGHT)
        self.body.addWidget(self.count)
        self.body.addWidget(self.table, 1)
        self.open_button = self.add_buttons(tr("打开 ⏎"), tr("关闭"))
        self.table.activated_row.connect(self._open)
        context.bus.changed.connect(self._something_changed)
        self.reload()
        self.table.setFocus()
        self.table.select_first()

    def reload(self) -> None:
        """Read the list again."""
        rows = self.context.alerts.run(open_changes, self.context.db) or []
        self.table.set_rows(rows)
        signing = sum(waits_for(row) == tr("领导签字") for row in rows)
        words = tr("没办完 {n} 张，其中等领导签字 {signing} 张。")
        self.count.setText(words.format(n=len(rows), signing=signing))
        self.count.setVisible(bool(rows))
        self.open_button.setEnabled(bool(rows))

    def submit(self) -> None:
        """Open the chosen one."""
        row = self.table.current_row()
        if row is not None:
            self._open(row)

    def _open(self, row: ChangeRow) -> None:
        dialog = DoctorChangeDialog(self.context, self, row.person_id, row.id)
        dialog.finished.connect(self.table.setFocus)
        dialog.open()

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(Kind.PERSON):
            self.reload()


def columns() -> list[Column]:
    """An application in one line."""
    return [
        Column(tr("申请"), lambda r: r.number, width=136),
        Column(tr("顾客"), lambda r: f"{r.person_name} {r.person_number}", width=160),
        Column(tr("更换"), _doctors, width=168),
        Column(tr("状态"), lambda r: state_title(r.state), width=56),
        Column(tr("等什么"), waits_for, width=184, tone=_tone),
        Column(tr("原因"), lambda r: r.reason, width=120),
    ]


def _doctors(row: ChangeRow) -> str:
    return tr("{old} → {new}").format(old=row.from_doctor, new=row.to_doctor)


def _tone(row: ChangeRow) -> str:
    return "error" if row.objected else "warning"
