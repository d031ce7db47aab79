"""客户分组: saved groups of people with their counts, and what is done with one (R174)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from services.changes import Changes, Kind
from services.clinic import Clinic
from services.errors import RuleError
from services.groups.members import count_members, group_members
from services.groups.saved import SEES, SavedGroup, retire_group, saved_groups
from services.i18n import tr
from services.reports.sheet import Filters
from services.rights import holders, may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.group_edit import GroupEditDialog
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button, rename
from ui.widgets.group_look import GroupLook
from ui.widgets.work import Work

CHANGE = "group.change"


@dataclass(frozen=True)
class _Row:
    """A group and how many belong to it; None while it is being counted."""

    group: SavedGroup
    count: int | None

    @property
    def id(self) -> int:
        return self.group.id


class GroupsDialog(Dialog):
    """Enter changes the chosen group; what is done with its people has an Alt+letter each."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("客户分组"))
        self.take_room(1280, 680)
        self._counts: dict[int, int] = {}
        self._round = 0
        self._looked: SavedGroup | None = None
        self.table = Table(
            "groups/list",
            columns(),
            context.settings,
            title=tr("客户分组"),
            empty_text=tr(
                "还没有分组。\n\n按 Alt+N 建一个：选几个条件，例如“做过种植”并且“6 个月没来”；\n"
                "名单每次重新数，不会过时。建好后可以安排回访、发信、邀请参加活动。"
            ),
        )
        self.look = GroupLook(self.context, "groups/members")
        self.work = Work(context.tasks, self.context.alerts)
        self.new_button = self._button(tr("新分组(&N)…"), self.add)
        self.retire_button = self._button(tr("停用(&T)"), self.retire)
        self.spans_button = self._button(tr("生命周期(&Y)…"), self.open_spans)
        self.deeds = {
            "calls": self._button(tr("安排回访(&C)…"), self.plan_calls),
            "letters": self._button(tr("信函短信(&L)…"), self.write_letters),
            "invite": self._button(tr("邀请活动(&I)…"), self.invite),
            "labels": self._button(tr("打标签(&B)…"), self.put_labels),
            "trial": self._button(tr("试算(&S)…"), self.try_programme),
            "list": self._button(tr("导出名单(&X)…"), self.export),
        }
        self._lay_out()
        self.table.current_row_changed.connect(self._chosen)
        self.table.activated_row.connect(self._activated)
        context.bus.changed.connect(self._something_changed)
        self.finished.connect(self.look.give_up)
        self.reload()
        self.table.select_first()
        (self.table if self.table.rows() else self.new_button).setFocus()

    def _button(self, words: str, call: Callable[..., None]) -> QPushButton:
        made = key_button(words)
        made.clicked.connect(call)
        return made

    def _lay_out(self) -> None:
        both = QHBoxLayout()
        both.setSpacing(2 * GAP)
        both.addWidget(self.table, 5)
        both.addWidget(self.look, 6)
        self.body.addLayout(both, 1)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for each in self.deeds.values():
            row.addWidget(each)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self.work)
        left = (self.new_button, self.retire_button, self.spans_button)
        self.edit_button = self.add_buttons(tr("修改 ⏎"), tr("关闭"), left=left)

    # -- reading -----------------------------------------------------------------------------

    @property
    def group(self) -> SavedGroup | None:
        """The chosen group."""
        row = self.table.current_row()
        return row.group if row is not None else None

    @property
    def role(self) -> str:
        """The post of who is signed in."""
        return self.context.session.actor.role

    def reload(self) -> None:
        """Read the groups again and count them beside the window."""
        found = self.context.alerts.run(saved_groups, self.context.db, everything=True) or []
        sees = may(self.role, SEES)
        self._shown = [each for each in found if sees or not each.sensitive]
        self._show()
        self._round += 1
        wanted = [each for each in self._shown if each.active and each.rule is not None]
        if wanted:
            counting = _Counting(self, self._round)
            counting.start(self.context, wanted)

    def _show(self) -> None:
        self.table.set_rows([_Row(each, self._counts.get(each.id)) for each in self._shown])

    def counted(self, round_: int, counts: dict[int, int]) -> None:
        """The counts of a reading; of an earlier one they are too late."""
        if round_ == self._round:
            self._counts = counts
            self._show()

    def _chosen(self, *_: object) -> None:
        group = self.group
        self._enable()
        if group is not None and group == self._looked:
            return  # the same one, as it was
        self._looked = group
        if group is None:
            self.look.say("")
        elif group.rule is None:
            self.look.say(tr("这个分组的条件读不出来，请按回车重新设置。"))
        elif not group.active:
            self.look.say(tr("已停用。要再用它，请按 Alt+T 重新启用。"))
        else:
            self.look.ask(group.rule, group.id, at_once=True)

    def _enable(self) -> None:
        group = self.group
        usable = group is not None and group.active and group.rule is not None
        rename(
            self.retire_button,
            tr("重新启用(&T)") if group is not None and not group.active else tr("停用(&T)"),
        )
        for made, ready, right in (
            (self.new_button, True, "group.save"),
            (self.edit_button, group is not None and group.active, CHANGE),
            (self.retire_button, group is not None, "group.retire"),
            (self.spans_button, True, "group.life_cycle"),
            (self.deeds["calls"], usable, "followup.plan_many"),
            (self.deeds["letters"], usable, ""),
            (self.deeds["invite"], usable, "activity.invite"),
            (self.deeds["labels"], usable, "label.put"),
            (self.deeds["trial"], usable, "programme.draft"),
            (self.deeds["list"], usable, "export.clear"),
        ):
            allowed = not right or may(self.role, right)
            made.setEnabled(bool(ready) and allowed)
            words = tr("须由{holders}登录后操作。")
            made.setToolTip("" if allowed else words.format(holders=holders(right)))

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(Kind.GROUP, Kind.SETTING):
            current, self._looked = self.group, None
            self.reload()
            if current is not None:
                self.table.select_key(current.id)
            self.table.select_first()

    # -- the groups ----------------------------------------------------------------------------

    def submit(self) -> None:
        """Change the chosen one."""
        group = self.group
        if group is not None and self.edit_button.isEnabled():
            GroupEditDialog(self.context, self, group).open()

    def _activated(self, _row: object) -> None:
        self.submit()

    def add(self, *_: object) -> None:
        """A new group."""
        GroupEditDialog(self.context, self).open()

    def retire(self, *_: object) -> None:
        """Put the chosen one aside, or take it up again."""
        group = self.group
        if group is None:
            return
        done = self.context.alerts.run(
            retire_group,
            self.context.session.once(uuid.uuid4()),
            group_id=group.id,
            retired=group.active,
        )
        if done is not None:
            words = tr("已停用“{name}”。") if group.active else tr("已重新启用“{name}”。")
            self.context.alerts.banner(words.format(name=group.name), "success")

    def open_spans(self, *_: object) -> None:
        """After how many months somebody is asleep."""
        from ui.dialogs.group_actions import SpansDialog

        SpansDialog(self.context, self).open()

    # -- what is done with the people ------------------------------------------------------------

    def plan_calls(self, *_: object) -> None:
        """A call for each."""
        from ui.dialogs.group_actions import PlanCallsDialog

        self._with_people(partial(self._open, PlanCallsDialog))

    def invite(self, *_: object) -> None:
        """Invite them to an activity."""
        from ui.dialogs.group_actions import InviteGroupDialog

        self._with_people(partial(self._open, InviteGroupDialog))

    def put_labels(self, *_: object) -> None:
        """Put a label on each of them, or take one off."""
        from ui.dialogs.group_actions import LabelGroupDialog

        self._with_people(partial(self._open, LabelGroupDialog))

    def try_programme(self, *_: object) -> None:
        """How they would stand under another programme."""
        from ui.dialogs.group_trial import GroupTrialDialog

        self._with_people(partial(self._open, GroupTrialDialog))

    def write_letters(self, *_: object) -> None:
        """Letters, labels or a number list."""
        self._with_people(self._write_letters)

    def _write_letters(self, group: SavedGroup, people: tuple[int, ...]) -> None:
        from ui.dialogs.letters import LettersDialog

        LettersDialog(self.context, self, people, title=group.name, group_id=group.id).open()

    def export(self, *_: object) -> None:
        """The list of those who agreed to be contacted; of what is sensitive by a manager only."""
        from ui.dialogs.reports import GroupReports, SensitiveList

        group = self.group
        if group is not None:
            dialog = SensitiveList if group.sensitive else GroupReports
            dialog(self.context, self, Filters(group=group.name)).open()

    def _open(self, dialog: Any, group: SavedGroup, people: tuple[int, ...]) -> None:
        dialog(self.context, self, group, people).open()

    def _with_people(self, then: Callable[[SavedGroup, tuple[int, ...]], None]) -> None:
        """List who belongs to the chosen group at this moment, then go on with them."""
        group = self.group
        if group is None or self.work.busy:
            return
        call = partial(list_members, self.context.clinic, group.id)
        self.work.start(tr("正在列出名单"), call, partial(self._listed, group, then))

    def _listed(
        self,
        group: SavedGroup,
        then: Callable[[SavedGroup, tuple[int, ...]], None],
        people: tuple[int, ...],
    ) -> None:
        if not people:
            self.context.alerts.banner(tr("这个分组现在没有顾客，请先改条件。"), "warning")
            return
        then(group, people)


def list_members(clinic: Clinic, group_id: int) -> tuple[int, ...]:
    """The people of a group over a reading connection of its own."""
    with clinic.reading() as reader:
        return tuple(group_members(reader.db, reader.clock.today(), group_id))


class _Counting(QWidget):
    """Counts the groups one after the other on another thread."""

    def __init__(self, owner: GroupsDialog, round_: int) -> None:
        super().__init__(owner)
        self._owner, self._round = owner, round_

    def start(self, context: UiContext, groups: list[SavedGroup]) -> None:
        context.tasks.start(
            _Count(context.clinic, groups),
            looks=True,
            on_done=self._done,
            on_error=self._failed,
        )

    def _done(self, counts: Any) -> None:
        self._owner.counted(self._round, counts)
        self.deleteLater()

    def _failed(self, error: BaseException) -> None:
        self._owner.context.alerts.tell(error)
        self.deleteLater()


class _Count:
    """How many belong to each group; one that cannot be asked for is left out."""

    def __init__(self, clinic: Clinic, groups: list[SavedGroup]) -> None:
        self._clinic, self._groups = clinic, groups

    def __call__(self) -> dict[int, int]:
        found = {}
        with self._clinic.reading() as reader:
            for each in self._groups:
                assert each.rule is not None
                try:
                    found[each.id] = count_members(
                        reader.db, reader.clock.today(), each.rule, each.id
                    )
                except RuleError:
                    continue
        return found


def columns() -> list[Column]:
    """A group in one line."""
    return [
        Column(tr("分组"), lambda row: row.group.name, width=216, tone=_tone),
        Column(tr("人数"), _count_words, lambda row: row.count or 0, "right", 80),
        Column(
            tr("标记"),
            lambda row: tr("敏感") if row.group.sensitive else "",
            width=56,
            tone=_marked,
        ),
        Column(tr("状态"), _state, width=64, tone=_tone),
        Column(tr("最近修改"), lambda row: row.group.staff, width=80),
    ]


def _count_words(row: _Row) -> str:
    if not row.group.active or row.group.rule is None:
        return ""
    return "…" if row.count is None else f"{row.count:,}"


def _state(row: _Row) -> str:
    if row.group.rule is None:
        return tr("读不出")
    return tr("在用") if row.group.active else tr("已停用")


def _tone(row: _Row) -> str:
    return "" if row.group.active else "muted"


def _marked(row: _Row) -> str:
    return "warning" if row.group.sensitive else ""
