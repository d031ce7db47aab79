"""标签: the words the clinic sorts its people by (R169–R173)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCompleter, QPushButton, QWidget

from services.changes import Changes, Kind
from services.groups.delicate import HEALTH, MINOR, OWN, kind_title
from services.groups.labels import (
    LabelRow,
    change_label,
    define_label,
    labels,
    retire_label,
    take_presets,
)
from services.groups.saved import SEES
from services.i18n import tr
from services.rights import holders, may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button, rename


class LabelsDialog(Dialog):
    """Enter changes the chosen label, Alt+N makes one."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("标签"))
        self.take_room(110 * GAP, 76 * GAP)
        words = tr(
            "标签打在顾客身上，用来分组、提醒和筛选名单。健康标签只有接待岗位看得到；"
            "不要按族裔、财产、信仰、性别经历给人贴标签。"
        )
        self.body.addWidget(label(words, "muted"))
        self.table = Table(
            "labels/list",
            columns(),
            context.settings,
            title=tr("标签"),
            empty_text=tr(
                "还没有标签。\n\n按 Alt+Z 载入口腔诊所常用的，或按 Alt+N 自己建；\n"
                "在人员资料的“更多 → 标签”里给顾客打上。"
            ),
        )
        self.body.addWidget(self.table, 1)
        self.new_button = self._button(tr("新标签(&N)…"), self.add)
        self.retire_button = self._button(tr("停用(&T)"), self.retire)
        self.presets_button = self._button(tr("载入常用标签(&Z)"), self.presets)
        left = (self.new_button, self.retire_button, self.presets_button)
        self.edit_button = self.add_buttons(tr("修改 ⏎"), tr("关闭"), left=left)
        self.table.activated_row.connect(self._activated)
        self.table.current_row_changed.connect(self._enable)
        context.bus.changed.connect(self._something_changed)
        self.reload()
        self.table.select_first()
        (self.table if self.table.rows() else self.presets_button).setFocus()

    def _button(self, words: str, call: Callable[..., None]) -> QPushButton:
        made = key_button(words)
        made.clicked.connect(call)
        return made

    def reload(self) -> None:
        """Read the labels again."""
        sees = may(self.context.session.actor.role, SEES)
        self.table.set_rows(labels(self.context.db, health=sees, everything=True))
        self._enable()

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(Kind.GROUP):
            self.reload()

    def _enable(self, *_: object) -> None:
        row: LabelRow | None = self.table.current_row()
        retired = row is not None and not row.active
        rename(self.retire_button, tr("重新启用(&T)") if retired else tr("停用(&T)"))
        for made, ready, right in (
            (self.new_button, True, "label.define"),
            (self.presets_button, True, "label.presets"),
            (self.edit_button, row is not None, "label.change"),
            (self.retire_button, row is not None, "label.retire"),
        ):
            allowed = may(self.context.session.actor.role, right)
            made.setEnabled(ready and allowed)
            words = tr("须由{holders}登录后操作。").format(holders=holders(right))
            made.setToolTip("" if allowed else words)

    def submit(self) -> None:
        """Change the chosen one."""
        row = self.table.current_row()
        if row is not None and self.edit_button.isEnabled():
            LabelEditDialog(self.context, self, self.table.rows(), row).open()

    def _activated(self, _row: object) -> None:
        self.submit()

    def add(self, *_: object) -> None:
        """A new label, in the dimension of the chosen one."""
        LabelEditDialog(self.context, self, self.table.rows()).open()

    def retire(self, *_: object) -> None:
        """Offer the chosen one no longer, or again."""
        row = self.table.current_row()
        if row is None:
            return
        session = self.context.session.once(uuid.uuid4())
        done = self.context.alerts.run(retire_label, session, label_id=row.id, retired=row.active)
        if done is not None:
            words = tr("已停用“{name}”；已经打上的照旧保留，取下才消失。")
            if not row.active:
                words = tr("已重新启用“{name}”。")
            self.context.alerts.banner(words.format(name=row.name), "success")

    def presets(self, *_: object) -> None:
        """Take in the labels that come with the program."""
        done = self.context.alerts.run(take_presets, self.context.session.once(uuid.uuid4()))
        if done is not None:
            words = tr("载入了 {n} 个常用标签。") if done.made else tr("常用标签都已经在了。")
            self.context.alerts.banner(words.format(n=done.made), "success")
            self.table.select_first()
            self.table.setFocus()


class LabelEditDialog(Dialog):
    """A label in five fields."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        rows: list[LabelRow],
        row: LabelRow | None = None,
    ) -> None:
        super().__init__(context, parent, tr("新标签") if row is None else tr("修改标签"))
        self.setFixedWidth(65 * GAP)
        self._row, self._rows = row, rows
        self._op = uuid.uuid4()
        self.dimension = TextEdit(tr("例如 服务线"))
        known = list(dict.fromkeys(each.dimension for each in rows))
        completer = QCompleter(known, self.dimension)
        completer.setCompletionMode(QCompleter.CompletionMode.InlineCompletion)
        self.dimension.setCompleter(completer)
        self.name = TextEdit(tr("例如 种植"))
        self.sensitive = ChoiceBox(
            [
                ("", tr("不敏感")),
                *((kind, kind_title(kind)) for kind in (HEALTH, MINOR, OWN)),
            ]
        )
        self.alert = _yes_no(tr("接待和打电话时提醒"), tr("不提醒"))
        self.exclusive = _yes_no(tr("同一维度只能有一个"), tr("可以同时有几个"))
        form = Form()
        self.dimension_field = form.add(tr("维度(&D)"), self.dimension)
        self.name_field = form.add(tr("名称(&M)"), self.name)
        form.add(tr("敏感(&S)"), self.sensitive, tr("健康标签要顾客同意“健康提示”才能打"))
        form.add(tr("警示(&J)"), self.alert)
        form.add(tr("唯一(&W)"), self.exclusive, tr("对整个维度有效"))
        self.body.addWidget(form)
        self.add_buttons(tr("保存 ⏎"), tr("取消"))
        if row is not None:
            self.dimension.setText(row.dimension)
            self.name.setText(row.name)
            self.sensitive.choose(row.sensitive)
            self.alert.choose(row.alert)
            self.exclusive.choose(row.exclusive)
        else:
            self.alert.choose(False)
            self.exclusive.choose(False)
        self.dimension.textChanged.connect(self._known_dimension)
        (self.dimension if row is None else self.name).setFocus()

    def _known_dimension(self, text: str) -> None:
        """A dimension that is there already has its rule."""
        for each in self._rows:
            if each.dimension == text.strip():
                self.exclusive.choose(each.exclusive)

    def submit(self) -> None:
        """Keep it."""
        for field, edit, words in (
            (self.dimension_field, self.dimension, tr("请填写维度，例如“服务线”。")),
            (self.name_field, self.name, tr("请填写名称，例如“种植”。")),
        ):
            if not edit.value():
                field.refuse(words)
                return
        values: dict[str, Any] = {
            "dimension": self.dimension.value(),
            "name": self.name.value(),
            "sensitive": self.sensitive.value(),
            "alert": bool(self.alert.value()),
            "exclusive": bool(self.exclusive.value()),
        }
        session = self.context.session.once(self._op)
        if self._row is None:
            done = self.context.alerts.run(define_label, session, **values)
        else:
            done = self.context.alerts.run(change_label, session, label_id=self._row.id, **values)
        if done is not None:
            self.say_done(tr("已保存标签“{name}”。").format(name=self.name.value()))


def _yes_no(yes: str, no: str) -> ChoiceBox:
    return ChoiceBox([(False, no), (True, yes)])


def columns() -> list[Column]:
    """A label in one line."""
    return [
        Column(tr("维度"), lambda row: row.dimension, width=112, tone=_tone),
        Column(tr("标签"), lambda row: row.name, width=136, tone=_tone),
        Column(tr("敏感"), lambda row: kind_title(row.sensitive), width=72, tone=_marked),
        Column(tr("警示"), lambda row: tr("提醒") if row.alert else "", width=56),
        Column(tr("唯一"), lambda row: tr("只能一个") if row.exclusive else "", width=80),
        Column(tr("人数"), lambda row: f"{row.people:,}", lambda row: row.people, "right", 72),
        Column(
            tr("状态"), lambda row: tr("在用") if row.active else tr("已停用"), width=64, tone=_tone
        ),
    ]


def _tone(row: LabelRow) -> str:
    return "" if row.active else "muted"


def _marked(row: LabelRow) -> str:
    return "warning" if row.sensitive else ""
