"""活动: the calendar of activities, the next one first (R012, R022, R069)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.activities.records import ActivityRow, activities
from services.activities.words import CANCELLED, CLOSED
from services.changes import Changes, Kind
from services.i18n import tr
from services.rights import holders, may
from ui.context import UiContext
from ui.dialogs.activity import ActivityDialog
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.activity_words import activity_columns
from ui.widgets.gift_kit import key_button

PLAN = "activity.plan"


class ActivitiesDialog(Dialog):
    """Enter opens the chosen activity, Alt+N plans a new one."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("活动"))
        self.take_room(140 * GAP, 76 * GAP)
        self.count = label("", "muted")
        self.table = Table(
            "activities/calendar",
            activity_columns(),
            context.settings,
            title=tr("活动日程"),
            empty_text=tr(
                "还没有活动。\n\n按 Alt+N 新建：讲座、亲子户外、会员日、议事会都可以；\n"
                "写好资料、开放报名，再按分组邀请。"
            ),
        )
        self.new_button = key_button(tr("新建活动(&N)…"))
        self.body.addWidget(self.count)
        self.body.addWidget(self.table, 1)
        self.open_button = self.add_buttons(tr("打开 ⏎"), tr("关闭"), left=(self.new_button,))
        allowed = may(context.session.actor.role, PLAN)
        self.new_button.setEnabled(allowed)
        if not allowed:
            words = tr("须由{holders}登录后新建。").format(holders=holders(PLAN))
            self.new_button.setToolTip(words)
        self.table.activated_row.connect(self._open)
        self.new_button.clicked.connect(self.plan)
        context.bus.changed.connect(self._something_changed)
        self.reload()
        if self.table.rows():
            self.table.setFocus()
            self.table.select_first()
        else:
            self.new_button.setFocus()

    def reload(self, *_: object) -> None:
        """Read the activities: what is to come in its order, then what was, the newest first."""
        today = self.context.today()
        rows = self.context.alerts.run(activities, self.context.db) or []
        ended = (CLOSED, CANCELLED)
        coming = [row for row in rows if row.state not in ended]
        over = [row for row in reversed(rows) if row.state in ended]
        self.table.set_rows([*coming, *over])
        ahead = [row for row in coming if row.day >= today]
        words = tr("没有安排中的活动。")
        if ahead:
            first = ahead[0]
            words = tr("安排中 {n} 个；最近的是 {day} {name}。").format(
                n=len(ahead), day=first.day, name=first.name
            )
        self.count.setText(words)
        self.open_button.setEnabled(bool(rows))

    def submit(self) -> None:
        """Open the chosen one."""
        row = self.table.current_row()
        if row is not None:
            self._open(row)

    def plan(self, *_: object) -> None:
        """A new activity."""
        ActivityDialog(self.context, self).open()

    def _open(self, row: ActivityRow) -> None:
        ActivityDialog(self.context, self, row.id).open()

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(Kind.ACTIVITY):
            self.reload()
