"""邀请: whom, by which way; who may not be asked is counted before anybody is (R012, R037)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.activities.invitations import (
    MESSAGE,
    PHONE,
    Invitable,
    Invited,
    channels,
    invitable,
    invite,
    tier_choices,
    whom,
)
from services.activities.records import places, with_place
from services.activities.words import DECLINED, INVITED, OPEN, PLANNED, SIGNED, state_title
from services.clinic import Clinic
from services.commands import Session
from services.errors import RuleError
from services.i18n import tr
from services.outreach.texts import LETTER as ON_PAPER
from services.outreach.texts import NUMBERS
from ui.context import UiContext
from ui.forms import ChoiceBox, DateEdit, Form, label
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.activity_page import ActivityPage
from ui.widgets.activity_words import place_columns
from ui.widgets.gift_kit import RightNote, Switch, key_button
from ui.widgets.group_picker import GroupPicker
from ui.widgets.work import Work

GROUP, TIER, ONE = "group", "tier", "one"


class ActivityInvitePage(ActivityPage):
    """Enter invites those who were counted; letters and numbers open on top for them."""

    chosen = Signal(object)

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self._round = 0
        self.found: Invitable | None = None
        self.note = RightNote(context)
        self.whom = Switch(
            tr("邀请谁"),
            [(GROUP, tr("分组(&F)")), (TIER, tr("等级(&D)")), (ONE, tr("打开的顾客(&W)"))],
        )
        self.whom.choose(TIER)
        self.group = GroupPicker(context, tr("请选择分组"))
        self.tier = ChoiceBox(tier_choices(context.db, context.today()))
        self.channel = ChoiceBox(channels(context.session.actor.role))
        self.call_on = DateEdit()
        self.call_on.setText(context.today())
        self.form = Form()
        self.group_field = self.form.add(tr("分组(&G)"), self.group)
        self.tier_field = self.form.add(tr("等级(&J)"), self.tier)
        self.form.add(tr("方式(&C)"), self.channel)
        self.day_field = self.form.add(tr("哪天打(&T)"), self.call_on)
        self.counted = label("", "subheading")
        self.why = label("", "muted")
        self.work = Work(context.tasks, context.alerts)
        self.table = Table(
            "activities/invited",
            place_columns(),
            context.settings,
            title=tr("已邀请的人"),
            empty_text=tr("还没有邀请过人。邀请以后列在这里，谁答应来，选中按 ⏎ 报名。"),
            key=lambda r: r.person_id,
        )
        self.button = key_button(tr("邀请 ⏎"), "primary")
        self.letters_button = key_button(
            tr("给已报名的写信或发短信(&S)…"), tip=tr("只写给同意联系的人")
        )
        self.again_button = key_button(tr("给已邀请的写信或发短信(&L)…"))
        self._build()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.again_button)
        row.addWidget(self.letters_button)
        row.addStretch(1)
        row.addWidget(self.button)
        answer = QVBoxLayout()
        answer.setSpacing(GAP)
        answer.addWidget(self.counted)
        answer.addWidget(self.why)
        answer.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(4 * GAP)
        both.addWidget(self.form, 1)
        both.addLayout(answer, 1)
        self.body.addWidget(self.note)
        self.body.addWidget(self.whom)
        self.body.addLayout(both)
        self.body.addWidget(self.work)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(row)
        self.whom.chosen.connect(self._look)
        self.table.activated_row.connect(self.chosen)
        for choice in (self.group, self.tier, self.channel):
            choice.currentIndexChanged.connect(self._look)
        self.button.clicked.connect(self.submit)
        self.letters_button.clicked.connect(partial(self._letters, SIGNED))
        self.again_button.clicked.connect(partial(self._letters, INVITED))
        self._show_rows()

    # -- showing ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """How many were invited so far, and who might be."""
        row = self.row
        assert row is not None
        if row.group_id is not None and self.group.value() is None:
            self.whom.choose(GROUP)
            self.group.choose(row.group_id)
        asked = (INVITED, DECLINED)
        self.table.set_rows(self.context.alerts.run(places, self.context.db, row.id, asked) or [])
        allowed = self.note.check("activity.invite")
        self.form.setEnabled(allowed and row.state == OPEN)
        self.whom.setEnabled(allowed and row.state == OPEN)
        self.again_button.setEnabled(allowed and row.state == OPEN and bool(row.invited))
        self.letters_button.setEnabled(allowed and row.state == OPEN and bool(row.signed))
        if self.isVisible():
            self._look()

    def showEvent(self, event: object) -> None:
        """The count is made when somebody looks."""
        super().showEvent(event)  # type: ignore[arg-type]
        if self.row is not None:
            self._look()

    def first_focus(self) -> QWidget:
        chosen = self.whom.value()
        return {GROUP: self.group, TIER: self.tier}.get(chosen, self.channel)

    def _show_rows(self) -> None:
        chosen = self.whom.value()
        self.form.show_row(self.group_field, chosen == GROUP)
        self.form.show_row(self.tier_field, chosen == TIER)
        self.form.show_row(self.day_field, self.channel.value() == PHONE)

    def _look(self, *_: object) -> None:
        """Count on another thread who may be invited; the newest question is answered."""
        self._show_rows()
        self._round += 1
        self.found = None
        self.button.setEnabled(False)
        self.why.setText("")
        if self.work.busy:
            return
        if self.row is None or self.row.state != OPEN:
            self.counted.setText(self._closed_words())
            return
        chosen = self.whom.value()
        if chosen == GROUP and self.group.value() is None:
            self.counted.setText(tr("请选一个分组。分组在 管理 → 客户分组 里建。"))
            return
        if chosen == ONE and self.context.person_id is None:
            self.counted.setText(tr("没有打开的顾客。请关闭本窗口，按 F3 查找，再回来。"))
            return
        self.counted.setText(tr("正在核对…"))
        call = partial(
            _count,
            self.context.clinic,
            self._round,
            self.row.id,
            self.channel.value(),
            group_id=self.group.value() if chosen == GROUP else None,
            from_rank=self.tier.value() if chosen == TIER else None,
            person_id=self.context.person_id if chosen == ONE else None,
        )
        self.context.tasks.start(call, looks=True, on_done=self._seen, on_error=self._not_seen)

    def _closed_words(self) -> str:
        if self.row is None or self.row.state == OPEN:
            return ""
        if self.row.state == PLANNED:
            return tr("还在筹备。资料写好了，按 Alt+K 开放报名，再邀请。")
        return tr("{state}，不再邀请。").format(state=state_title(self.row.state))

    def _seen(self, answer: tuple[int, Invitable]) -> None:
        number, found = answer
        if number != self._round:
            return
        self.found = found
        self.counted.setText(tr("可以邀请 {n} 位。").format(n=f"{len(found.people):,}"))
        parts = [found.why] if found.why else []
        for count, words in (
            (found.already, tr("{n} 位已有邀请或报名")),
            (found.strangers, tr("{n} 位不是会员")),
        ):
            if count:
                parts.append(words.format(n=f"{count:,}"))
        self.why.setText(tr("不邀请：{who}。").format(who="、".join(parts)) if parts else "")
        self.button.setEnabled(bool(found.people) and self.form.isEnabled())

    def _not_seen(self, error: BaseException) -> None:
        self.counted.setText("")
        self.context.alerts.tell(error)

    # -- inviting --------------------------------------------------------------------------------

    def submit(self) -> None:
        """Invite those who were counted."""
        if not self.button.isEnabled() or self.found is None or self.row is None:
            return
        call_on = None
        if self.channel.value() == PHONE:
            try:
                call_on = self.call_on.day()
            except RuleError as refused:
                self.day_field.refuse(refused.sentence)
                return
        call = partial(
            _invite,
            self.context.session.once(self._op),
            activity_id=self.row.id,
            people=self.found.people,
            channel=self.channel.value(),
            call_on=call_on,
        )
        self.button.setEnabled(False)
        self.work.start(tr("正在邀请"), call, self._invited, always=self._look)

    def _invited(self, done: Invited) -> None:
        self._op = uuid.uuid4()
        self.context.alerts.announce(done)
        self.written.emit()
        self.context.alerts.banner(_invited_words(done), "success")
        if done.invited and not done.calls:
            self._letters(INVITED)

    def _letters(self, state: str, *_: object) -> None:
        """A letter, labels or numbers for those with such a place."""
        from ui.dialogs.letters import LettersDialog

        row = self.row
        if row is None:
            return
        people = self.context.alerts.run(with_place, self.context.db, row.id, (state,))
        if people:
            kind = NUMBERS if self.channel.value() == MESSAGE else ON_PAPER
            title = tr("邀请：{name}") if state == INVITED else tr("通知：{name}")
            LettersDialog(
                self.context,
                self.window(),
                people,
                title.format(name=row.name),
                activity_id=row.id,
                kind=kind,
                marketing=state == INVITED,
            ).open()


def _invited_words(done: Invited) -> str:
    parts = [tr("已邀请 {n} 位").format(n=done.invited)]
    if done.calls:
        parts.append(tr("已安排 {n} 个电话，在“回访”里拨打").format(n=done.calls))
    if done.left_out:
        parts.append(tr("另有 {n} 位没有邀请").format(n=done.left_out))
    return tr("{words}。").format(words=tr("，").join(parts))


def _invite(session: Session, **values: Any) -> Invited:
    """The invitations, written over a second connection: there may be thousands."""
    with session.clinic.long_writing() as writer:
        return invite(replace(session, clinic=writer), **values)


def _count(
    clinic: Clinic,
    number: int,
    activity_id: int,
    channel: str,
    *,
    group_id: int | None,
    from_rank: int | None,
    person_id: int | None,
) -> tuple[int, Invitable]:
    """Who may be invited, read over a connection of its own."""
    with clinic.reading() as reading:
        people = (
            [person_id]
            if person_id is not None
            else whom(reading.db, clinic.clock.today(), group_id=group_id, from_rank=from_rank)
        )
        return number, invitable(reading.db, activity_id, people, channel)
