"""计划: what asks for calls and letters, switched on and off, and read aloud before it is."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.followups.plan_checks import form_of
from services.followups.plan_words import PlanRow, plan_rows, sentence
from services.followups.plans import channel_title
from services.i18n import tr
from services.rights import role_title
from ui.context import UiContext
from ui.forms import label
from ui.looking import Looking
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import RightNote, key_button


class PlansPage(QWidget):
    """One list. Enter changes a plan, Space switches it, A adds one of the clinic's own."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("回访计划"))
        self.title = label("", "subheading")
        self.note = RightNote(context)
        self.table = plans_table(context.settings)
        self._beside = Looking(context, self._show, self)
        self.edit = key_button(tr("修改…  Enter"))
        self.switch = key_button(tr("启用…  空格"), "primary")
        self.add = key_button(tr("新增…  A"))
        self.all_on = key_button(tr("全部启用(&Q)…"))
        self.aloud = label("")
        self.sample = label("", "muted")
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.title, 1)
        for each in (self.all_on, self.add, self.edit, self.switch):
            head.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self.table, 1)
        column.addWidget(self.aloud)
        column.addWidget(self.sample)
        self._connect()

    def _connect(self) -> None:
        for made, call in (
            (self.edit, self.change_plan),
            (self.switch, self.switch_plan),
            (self.add, self.add_plan),
            (self.all_on, self.switch_all),
        ):
            made.clicked.connect(call)
        self.table.activated_row.connect(self.change_plan)
        self.table.current_row_changed.connect(self._row_changed)
        for keys, call in ((Qt.Key.Key_Space, self.switch_plan), (Qt.Key.Key_A, self.add_plan)):
            key = QShortcut(keys, self.table)
            key.setContext(Qt.ShortcutContext.WidgetShortcut)  # not while the filter is typed
            key.activated.connect(call)

    def refresh(self) -> None:
        """Read the plans again, beside the window: what they made so far is counted."""
        self._beside.look(plan_rows)

    def _show(self, rows: list[PlanRow]) -> None:
        self.table.set_rows(rows)
        if self.table.current_row() is None:
            self.table.select_first()
        on = sum(row.plan.active for row in rows)
        words = tr("启用 {on} 个，共 {n} 个 · 待联系 {open}")
        total = sum(row.open for row in rows)
        self.title.setText(words.format(on=on, n=len(rows), open=total))
        may = self.note.check("plan.switch")
        for each in (self.edit, self.switch, self.add, self.all_on):
            each.setEnabled(may)
        self.all_on.setEnabled(may and on < len(rows))
        self._row_changed(self.table.current_row())

    def first_focus(self) -> QWidget:
        """The list."""
        return self.table

    def change_plan(self, *_: object) -> None:
        """Change the plan under the cursor."""
        from ui.dialogs.plan_edit import PlanDialog

        row = self.table.current_row()
        if row is not None and self.edit.isEnabled():
            PlanDialog(self.context, self.window(), row.plan).open()

    def add_plan(self) -> None:
        """A plan of the clinic's own."""
        from ui.dialogs.plan_edit import PlanDialog

        if self.add.isEnabled():
            PlanDialog(self.context, self.window(), None).open()

    def switch_plan(self) -> None:
        """On or off, after seeing what would come or what waits."""
        row = self.table.current_row()
        if row is not None and self.switch.isEnabled():
            self._switch([row], on=not row.plan.active)

    def switch_all(self) -> None:
        """Every plan that is off and says what it looks for."""
        off = [row for row in self.table.rows() if not row.plan.active]
        ready = [row for row in off if row.plan.trigger != "label" or row.plan.matching]
        if ready and self.all_on.isEnabled():
            self._switch(ready, on=True)

    def _switch(self, rows: list[PlanRow], *, on: bool) -> None:
        from ui.dialogs.plan_switch import SwitchOffDialog, SwitchOnDialog

        dialog = SwitchOnDialog if on else SwitchOffDialog
        dialog(self.context, self.window(), rows).open()

    def _row_changed(self, row: PlanRow | None) -> None:
        if row is None:
            self.aloud.setText("")
            self.sample.setText("")
            return
        plan = row.plan
        self.switch.setText(tr("停用…  空格") if plan.active else tr("启用…  空格"))
        words = sentence(self.context.db, plan.trigger, form_of(plan))
        if plan.medical:
            words += tr("天数是各家门诊的习惯，可改预置，非医嘱。")
        self.aloud.setText(words)
        self.sample.setText(tr("话术：{script}").format(script=plan.scripts[0]))


def plans_table(settings: QSettings) -> Table:
    """The plans, the shipped ones first."""
    columns = [
        Column(
            tr("状态"), _state, width=80, tone=lambda r: "success" if r.plan.active else "muted"
        ),
        Column(tr("计划"), lambda r: r.plan.name, width=112),
        Column(tr("什么时候想起"), lambda r: r.looks_at, width=224),
        Column(tr("哪天联系"), lambda r: r.days, width=200),
        Column(tr("方式"), lambda r: channel_title(r.plan.channel), width=56),
        Column(
            tr("性质"),
            lambda r: tr("营销") if r.plan.marketing else tr("服务"),
            width=56,
            tone=lambda r: "warning" if r.plan.marketing else "",
        ),
        Column(tr("岗位"), _post, width=96),
        Column(
            tr("已产生"), lambda r: f"{r.made:,}", sort=lambda r: r.made, align="right", width=68
        ),
        Column(
            tr("待联系"), lambda r: f"{r.open:,}", sort=lambda r: r.open, align="right", width=68
        ),
        Column(tr("下一个"), lambda r: r.next_on or "", width=88),
    ]
    return Table(
        "followup_plans",
        columns,
        settings,
        title=tr("回访计划"),
        empty_text=tr("还没有回访计划。\n按 A 新增一个。"),
        key=lambda r: r.key,
    )


def _post(row: PlanRow) -> str:
    return role_title(row.plan.post) if row.plan.post else tr("不限")


def _state(row: PlanRow) -> str:
    return tr("● 启用") if row.plan.active else tr("○ 停用")
