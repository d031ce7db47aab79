"""One word on the tier of many: find people or paste their numbers, one approval (R153)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.errors import RuleError
from services.i18n import tr
from services.loyalty.membership import override_many
from services.memberships.group import GroupRow, group_row, people_of_numbers
from services.programmes.registry import Timeline, timelines
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, DateEdit, Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button, shortcut
from ui.widgets.person_picker import PersonPicker

WIDTH = 112 * GAP


class BatchTierDialog(DeskDialog):
    """Enter on somebody found adds them; the button grants all of them, or nobody."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("批量授予等级"))
        self.setFixedWidth(WIDTH)
        self._timelines: dict[int, Timeline] = {
            each.programme_id: each for each in timelines(context.db)
        }
        self._people: dict[int, GroupRow] = {}
        words = tr("经院长批准，一次给多人授予同一等级；不看消费，还不是会员的同时入会。")
        self.body.addWidget(label(words, "muted"))
        choices = [(key, each.name) for key, each in self._timelines.items()]
        self.programme = ChoiceBox(choices)
        self.rank = ChoiceBox()
        self.reason = TextEdit(tr("例如 院长批准，合作单位职工"))
        self.until = DateEdit(tr("不填为长期"))
        self.who = PersonPicker(self.context, tr("卡号 / 手机后四位 / 姓名，回车加入"))
        self.numbers = TextEdit(tr("粘贴会员号，用空格或逗号隔开，回车加入"))
        self._build(len(choices) > 1)
        self.programme.currentIndexChanged.connect(self._programme_changed)
        self.who.chosen.connect(self._add_chosen)
        self.numbers.returnPressed.connect(self.add_numbers)
        self.remove_button.clicked.connect(self.remove)
        self._programme_changed()
        self.who.setFocus()

    def _build(self, several: bool) -> None:
        self.table = Table(
            "memberships/group",
            columns(),
            self.context.settings,
            title=tr("要授予的人"),
            empty_text=tr("在左边找人，回车加入；或粘贴一列会员号。"),
            key=_person_of,
        )
        self.table.setMinimumHeight(9 * ROW_HEIGHT)
        shortcut(self.table, "Del", self.remove)
        self.remove_button = key_button(tr("移出名单(&V)"), "", tr("名单里选中的人，Del"))
        self.form = form = Form()
        programme_field = form.add(tr("方案(&G)"), self.programme)
        form.show_row(programme_field, several)
        self.who_field = form.add(tr("找人(&W)"), self.who)
        self.numbers_field = form.add(tr("会员号(&N)"), self.numbers)
        form.add(tr("授予等级(&T)"), self.rank)
        self.reason_field = form.add(tr("依据(&Y)"), self.reason)
        self.until_field = form.add(tr("截止(&U)"), self.until)
        form.setFixedWidth(52 * GAP)
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        both.addWidget(form, 0, Qt.AlignmentFlag.AlignTop)
        both.addWidget(self.table, 1)
        self.body.addLayout(both, 1)
        self.grant_button = self.add_buttons("", tr("取消"), left=(self.remove_button,))

    @property
    def timeline(self) -> Timeline:
        """The programme in which tiers are granted."""
        return self._timelines[self.programme.value()]

    # --- the list ---

    def _programme_changed(self, *_: object) -> None:
        programme = self.timeline.at(self.context.today()).programme
        self.rank.set_choices([(tier.rank, tier.name) for tier in programme.tiers])
        known = [self._row(person_id) for person_id in self._people]
        self._people = {row.person_id: row for row in known if row is not None}
        self._show()

    def _row(self, person_id: int) -> GroupRow | None:
        return self.context.alerts.run(
            group_row, self.context.db, self.context.today(), self.timeline, person_id
        )

    def _add_chosen(self, *_: object) -> None:
        row = None if self.who.person_id is None else self._row(self.who.person_id)
        if row is not None:
            self._people[row.person_id] = row
            self._show()
            self.who.set_person(None)

    def add_numbers(self) -> None:
        """Everybody whose number was pasted; numbers nobody has stay in the line, and are said."""
        found = self.context.alerts.run(
            people_of_numbers,
            self.context.db,
            self.context.today(),
            self.timeline,
            self.numbers.value(),
        )
        if found is None or not self.numbers.value():
            return
        rows, unknown = found
        self._people |= {row.person_id: row for row in rows}
        self._show()
        self.numbers.setText(" ".join(unknown))
        if unknown:
            words = tr("没有找到这 {n} 个会员号，其余 {found} 人已加入。")
            self.numbers_field.refuse(words.format(n=len(unknown), found=len(rows)))
        else:
            self.numbers_field.clear_error()

    def remove(self, *_: object) -> None:
        """Take the selected ones off the list."""
        for row in self.table.selected_rows():
            self._people.pop(row.person_id, None)
        self._show()

    def _show(self) -> None:
        self.table.set_rows(list(self._people.values()))
        count = len(self._people)
        self.grant_button.setText(tr("授予 {n} 人 ⏎").format(n=count))
        self.grant_button.setAccessibleName(tr("授予 {n} 人").format(n=count))
        self.grant_button.setEnabled(count > 0)
        self.remove_button.setEnabled(count > 0)

    # --- granting ---

    def submit(self) -> None:
        """To what is missing, to the button, then grant."""
        here = self.focusWidget()
        if here is self.numbers:
            return  # Enter there adds people
        if not self._people:
            self.who_field.refuse(tr("请先找到要授予等级的人，或粘贴会员号。"))
            return
        if not self.reason.value():
            if here is self.reason or here is self.grant_button:
                self.reason_field.refuse(tr("请填写授予等级的依据。"))
            self.reason.setFocus()
            return
        try:
            until = self.until.day_or_none()
        except RuleError as refused:
            self.until_field.refuse(refused.sentence)
            return
        if here is not self.grant_button:
            self.grant_button.setFocus()
            return
        done = self.context.alerts.run_command(
            override_many,
            self.once,
            person_ids=tuple(self._people),
            rank=self.rank.value(),
            reason=self.reason.value(),
            until=until,
            programme_id=self.timeline.programme_id,
        )
        if done is not None:
            words = tr("已给 {n} 人授予{tier}。")
            self.say_done(words.format(n=len(done.person_ids), tier=self.rank.currentText()))


def columns() -> list[Column]:
    """Somebody in the group in one line."""
    return [
        Column(tr("会员号"), lambda r: r.number, width=104),
        Column(tr("姓名"), lambda r: r.name, width=88),
        Column(tr("现在"), _tier_words, width=120),
    ]


def _tier_words(row: GroupRow) -> str:
    if not row.member:
        return tr("非会员")
    return row.tier_name or tr("会员")


def _person_of(row: GroupRow) -> object:
    return row.person_id
