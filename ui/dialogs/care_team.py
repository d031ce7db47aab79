"""The doctors of the open person: who treats in which part, and since when (R016, R175)."""

from __future__ import annotations

import uuid

from PySide6.QtWidgets import QWidget

from services.care.team import (
    ATTENDING,
    PARTS,
    TeamRow,
    part_title,
    set_member,
    team_history,
    team_of,
)
from services.i18n import tr
from services.people.records import list_doctors
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.dialogs.doctor_change import DoctorChangeDialog
from ui.forms import Form
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox, RightNote, key_button


class CareTeamDialog(DeskDialog):
    """Assistant and consultant by their letters, Enter keeps them; another attending doctor takes
    an application."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("医生团队"))
        self.setFixedWidth(84 * GAP)
        self.boxes = {part: LetterBox() for part in PARTS}
        self.form = Form()
        self.right = RightNote(context)
        titles = (tr("主治(&Z)"), tr("助理(&A)"), tr("咨询(&C)"))
        self.fields = {
            part: self.form.add(title, self.boxes[part])
            for part, title in zip(PARTS, titles, strict=True)
        }
        self.table = Table(
            "people/care_team",
            columns(),
            context.settings,
            title=tr("医生变更记录"),
            empty_text=tr("还没有变更记录。\n\n从第一次变更起，每次都记在这里。"),
        )
        self.table.setMinimumHeight(6 * ROW_HEIGHT)
        self.change_button = key_button(tr("更换主治医师(&G)…"))
        for part in (self.right, self.form):
            self.body.addWidget(part)
        self.body.addWidget(self.table, 1)
        self.save_button = self.add_buttons(tr("保存 ⏎"), tr("关闭"), left=(self.change_button,))
        self.change_button.clicked.connect(self.open_change)
        self.reload()

    def reload(self, *_: object) -> None:
        """Read the team again."""
        rows = self.context.alerts.run(team_history, self.context.db, self.person_id)
        self.table.set_rows(rows or [])
        self._before = {
            each.part: each
            for each in self.context.alerts.run(team_of, self.context.db, self.person_id) or ()
        }
        working = [(row.id, row.name) for row in list_doctors(self.context.db)]
        for part, box in self.boxes.items():
            now = self._before.get(part)
            known = now is None or now.doctor_id in dict(working)
            left = [] if known or now is None else [(now.doctor_id, now.doctor_name)]
            box.set_choices([(None, tr("未定")), *working, *left])
            box.setCurrentIndex(0)
            box.choose(None if now is None else now.doctor_id)
        attended = ATTENDING in self._before
        self.boxes[ATTENDING].setEnabled(not attended)
        self.change_button.setVisible(attended)
        self.save_button.setEnabled(self.right.check("care.team"))
        (self.boxes[PARTS[1]] if attended else self.boxes[ATTENDING]).setFocus()

    def submit(self) -> None:
        """Keep what was chosen differently."""
        changed = [part for part, box in self.boxes.items() if box.value() != self._doctor(part)]
        for part in changed:
            done = self.context.alerts.run_command(
                set_member,
                self.context.session.once(uuid.uuid5(self._op, part)),
                person_id=self.person_id,
                part=part,
                doctor_id=self.boxes[part].value(),
            )
            if done is None:
                return
        if changed:
            parts = "、".join(part_title(part) for part in changed)
            self.say_done(tr("医生团队已保存：{parts}。").format(parts=parts))
        else:
            self.accept()

    def _doctor(self, part: str) -> int | None:
        now = self._before.get(part)
        return None if now is None else now.doctor_id

    def open_change(self, *_: object) -> None:
        """The application for another attending doctor."""
        dialog = DoctorChangeDialog(self.context, self, self.person_id)
        dialog.finished.connect(self.reload)
        dialog.open()


def columns() -> list[Column]:
    """A line of the history."""
    return [
        Column(tr("分工"), lambda r: part_title(r.part), width=64),
        Column(tr("医生"), lambda r: r.doctor_name, width=104),
        Column(tr("从"), lambda r: r.from_on, width=96),
        Column(tr("到"), _until, width=96),
        Column(tr("依据"), _why, width=200),
    ]


def _until(row: TeamRow) -> str:
    return row.until_on or tr("现在")


def _why(row: TeamRow) -> str:
    parts = [tr("申请 {number}").format(number=row.change_number)] if row.change_number else []
    parts += [tr("并入的档案 {number}").format(number=row.record)] if row.record else []
    return tr("，").join(parts)
