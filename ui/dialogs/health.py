"""How healthy the mouth is, judged by hand, 0 to 9 (R027)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.errors import RuleError
from services.i18n import tr
from services.people.health import HIGHEST, GradeRow, grade_health, grades_of
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.widgets.gift_kit import CountEdit


class HealthDialog(DeskDialog):
    """A number, Enter; the earlier ones stand above it."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("口腔健康评级"))
        words = tr(
            "由医生检查后评定，0 至 {n}，数字越大越健康。方案按评级定等级时，以最近一次为准。"
        )
        self.body.addWidget(label(words.format(n=HIGHEST), "muted"))
        self.table = Table(
            "people/health",
            columns(),
            context.settings,
            title=tr("历次评级"),
            empty_text=tr("还没有评过。在下面填数字，回车保存。"),
            key=_key,
        )
        self.table.setMinimumHeight(5 * ROW_HEIGHT)
        rows = self.context.alerts.run(grades_of, self.context.db, self.person_id)
        self.table.set_rows(rows or [])
        self.grade = CountEdit(tr("0 至 {n}").format(n=HIGHEST))
        self.note = TextEdit(tr("选填，例如 定期复查"))
        form = Form()
        self.grade_field = form.add(tr("评级(&N)"), self.grade)
        form.add(tr("备注(&K)"), self.note)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(form)
        self.add_buttons(tr("保存"), tr("取消"))
        self.grade.setFocus()

    def submit(self) -> None:
        """Keep the grade."""
        try:
            grade = self.grade.count()
        except RuleError:
            self.grade_field.refuse(tr("请填 0 至 {n} 的数字。").format(n=HIGHEST))
            return
        if grade > HIGHEST:
            self.grade_field.refuse(tr("请填 0 至 {n} 的数字。").format(n=HIGHEST))
            return
        done = self.context.alerts.run_command(
            grade_health, self.once, person_id=self.person_id, grade=grade, note=self.note.value()
        )
        if done is not None:
            self.say_done(tr("已评为 {n} 级。").format(n=grade))


def columns() -> list[Column]:
    """A grade in one line."""
    return [
        Column(tr("日期"), lambda r: r.occurred_on, width=96),
        Column(tr("评级"), lambda r: str(r.grade), sort=lambda r: r.grade, width=56),
        Column(tr("备注"), lambda r: r.note, width=200),
        Column(tr("评定人"), lambda r: r.staff, width=80),
    ]


def _key(row: GradeRow) -> object:
    return row
