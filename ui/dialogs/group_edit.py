"""A customer group: its name and its conditions, read aloud and counted while they change."""

from __future__ import annotations

import uuid

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from services.errors import RuleError
from services.groups.checks import check_rule
from services.groups.draft import as_draft, as_rule
from services.groups.rule import Rule
from services.groups.saved import SavedGroup, change_group, save_group
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import Field, TextEdit, label
from ui.theme import GAP
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import shortcut
from ui.widgets.group_kinds import Kinds
from ui.widgets.group_lines import ConditionsEdit
from ui.widgets.group_look import GroupLook


class GroupEditDialog(Dialog):
    """Enter in the name, or Ctrl+Enter anywhere, keeps the group."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, group: SavedGroup | None = None
    ) -> None:
        super().__init__(context, parent, tr("新分组") if group is None else tr("修改分组"))
        self.take_room(1280, 680)
        self._group = group
        self._op = uuid.uuid4()
        self._rule: Rule | None = None
        self.name = TextEdit(tr("例如：半年没来的种植顾客"))
        self.name.setAccessibleName(tr("分组名称"))
        self.name_field = Field(self.name)
        self.conditions = ConditionsEdit(Kinds(self.context, group.id if group else None))
        self.deep = label("", "warning")
        self.look = GroupLook(self.context, "groups/look")
        self._lay_out()
        self.save_button = self.add_buttons(tr("保存分组 (Ctrl+⏎)"), tr("取消"))
        shortcut(self, "Ctrl+Return", self.submit)
        shortcut(self, "Ctrl+Enter", self.submit)
        self._show()
        self.conditions.changed.connect(self.recount)
        self.finished.connect(self.look.give_up)
        self.recount()
        self.name.setFocus()

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        row = QHBoxLayout()
        words = label(tr("名称(&N)"))
        words.setTextFormat(Qt.TextFormat.AutoText)
        words.setWordWrap(False)
        words.setBuddy(self.name)
        words.setMinimumHeight(4 * GAP)
        row.addWidget(words, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.name_field, 1)
        column.addLayout(row)
        column.addWidget(self.deep)
        self.area: QScrollArea = scrolling(self.conditions)
        column.addWidget(self.area, 1)
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        both.addWidget(left, 6)
        both.addWidget(self.look, 5)
        self.body.addLayout(both, 1)

    def _show(self) -> None:
        group = self._group
        self.name.setText(group.name if group is not None else "")
        draft = None
        if group is not None and group.rule is not None:
            draft = as_draft(group.rule)
            if draft is None:
                self._rule = group.rule
                self.deep.setText(
                    tr("这个分组的括号套了几层，这里只能改名称；重新设置条件会替换原来的条件。")
                )
        elif group is not None:
            self.deep.setText(tr("这个分组的条件读不出来，请重新设置。"))
        self.deep.setVisible(bool(self.deep.text()))
        self.conditions.show_draft(draft)

    def rule(self) -> Rule:
        """The conditions that stand here. Raises RuleError for what is missing."""
        if self._rule is not None:
            return self._rule
        rule = as_rule(self.conditions.draft())
        group_id = self._group.id if self._group else None
        check_rule(self.context.db, self.context.today(), rule, group_id)
        return rule

    def recount(self) -> None:
        """Say and count what stands here now."""
        if self.sender() is self.conditions:
            self._rule = None  # somebody set the conditions anew
        try:
            rule = self.rule()
        except RuleError as refused:
            self.look.say(refused.sentence)
            return
        self.look.ask(rule, self._group.id if self._group else None)

    def submit(self) -> None:
        """Keep it."""
        self.name_field.clear_error()
        try:
            rule = self.rule()
        except RuleError as refused:
            self.context.alerts.banner(refused.sentence, "warning")
            return
        session, group = self.context.session.once(self._op), self._group
        name = self.name.value()
        if not name:
            self.name_field.refuse(tr("请给分组起个名字，例如“半年没来的种植顾客”。"))
            return
        if group is None:
            done = self.context.alerts.run(save_group, session, name=name, rule=rule)
        else:
            done = self.context.alerts.run(
                change_group, session, group_id=group.id, seen_seq=group.seq, name=name, rule=rule
            )
        if done is not None:
            words = tr("已保存分组“{name}”。")
            if done.sensitive:
                words = tr("已保存分组“{name}”，它涉及敏感信息，导出须由管理员写明理由。")
            self.say_done(words.format(name=name))
