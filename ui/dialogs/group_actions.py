"""What is done with everybody of a group at once: calls, an invitation, a label (R150, R174)."""

from __future__ import annotations

import uuid

from PySide6.QtWidgets import QWidget

from services.activities.invitations import PHONE, channels, invite
from services.activities.records import activities
from services.activities.words import OPEN
from services.errors import RuleError
from services.followups.campaign import plan_many
from services.groups.carried import put_label, take_label
from services.groups.labels import labels
from services.groups.life_cycle import set_spans, spans
from services.groups.saved import SEES, SavedGroup
from services.i18n import tr
from services.rights import may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, DateEdit, Form, TextEdit, label
from ui.theme import GAP
from ui.widgets.gift_kit import CountEdit, LetterBox

WIDTH = 65 * GAP


class _GroupDialog(Dialog):
    """One form about the people of a group that counts once."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        title: str,
        group: SavedGroup,
        people: tuple[int, ...],
    ) -> None:
        super().__init__(context, parent, title)
        self.setFixedWidth(WIDTH)
        self._group, self._people = group, people
        self._op = uuid.uuid4()
        words = tr("分组“{name}”，现在 {n} 位。").format(name=group.name, n=f"{len(people):,}")
        self.body.addWidget(label(words, "subheading"))
        self.form = Form()


class PlanCallsDialog(_GroupDialog):
    """A call, letter or message for each who may be contacted."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        group: SavedGroup,
        people: tuple[int, ...],
    ) -> None:
        super().__init__(context, parent, tr("给分组安排回访"), group, people)
        self.subject = TextEdit(tr("例如 请来做半年一次的洁牙"))
        self.day = DateEdit()
        self.day.setText(context.today())
        self.channel = ChoiceBox(
            [("phone", tr("电话")), ("sms", tr("短信")), ("letter", tr("信函"))]
        )
        self.marketing = ChoiceBox(
            [(True, tr("营销：拒绝过的不列入")), (False, tr("服务：与本人治疗、权益有关"))]
        )
        self.subject_field = self.form.add(tr("事由(&S)"), self.subject)
        self.day_field = self.form.add(tr("日期(&D)"), self.day)
        self.form.add(tr("方式(&W)"), self.channel)
        self.form.add(tr("性质(&K)"), self.marketing)
        self.body.addWidget(self.form)
        self.add_buttons(tr("安排 ⏎"), tr("取消"))
        self.subject.setFocus()

    def submit(self) -> None:
        """Plan them."""
        if not self.subject.value():
            self.subject_field.refuse(tr("请写明为什么要联系，例如“请来洁牙”。"))
            return
        try:
            day = self.day.day()
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run(
            plan_many,
            self.context.session.once(self._op),
            people=self._people,
            due_on=day,
            subject=self.subject.value(),
            marketing=bool(self.marketing.value()),
            channel=str(self.channel.value()),
            group_id=self._group.id,
        )
        if done is not None:
            words = tr("已安排 {n} 位，{left} 位不便联系没有列入。")
            self.say_done(words.format(n=f"{done.made:,}", left=f"{done.left_out:,}"))


class InviteGroupDialog(_GroupDialog):
    """Invite them to an activity that takes people."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        group: SavedGroup,
        people: tuple[int, ...],
    ) -> None:
        super().__init__(context, parent, tr("邀请分组参加活动"), group, people)
        today = self.context.today()
        rows = [
            each
            for each in activities(self.context.db, today)
            if each.state == OPEN and each.day >= today
        ]
        self.activity = LetterBox([(each.id, f"{each.day} {each.name}") for each in rows])
        self.channel = ChoiceBox(channels(context.session.actor.role))
        self.day = DateEdit()
        self.day.setText(today)
        self.form.add(tr("活动(&H)"), self.activity)
        self.form.add(tr("方式(&W)"), self.channel, tr("信函和短信只给同意过营销联系的人"))
        self.day_field = self.form.add(tr("打电话的日期(&D)"), self.day)
        self.none = label(
            tr("现在没有开放报名的活动。请先在“管理 → 活动”里建一个并开放报名。"), "warning"
        )
        self.none.setVisible(not rows)
        self.form.setVisible(bool(rows))
        self.body.addWidget(self.none)
        self.body.addWidget(self.form)
        self.add_buttons(tr("邀请 ⏎"), tr("取消")).setEnabled(bool(rows))
        self.channel.currentIndexChanged.connect(self._turn)
        self.activity.setFocus()

    def _turn(self, *_: object) -> None:
        self.form.show_row(self.day_field, self.channel.value() == PHONE)

    def submit(self) -> None:
        """Invite them."""
        if self.activity.value() is None:
            return
        try:
            day = self.day.day() if self.channel.value() == PHONE else None
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        done = self.context.alerts.run(
            invite,
            self.context.session.once(self._op),
            activity_id=int(self.activity.value()),
            people=self._people,
            channel=str(self.channel.value()),
            call_on=day,
        )
        if done is not None:
            words = tr("已邀请 {n} 位，安排了 {calls} 个电话；{left} 位没有列入。")
            self.say_done(
                words.format(
                    n=f"{done.invited:,}", calls=f"{done.calls:,}", left=f"{done.left_out:,}"
                )
            )


class LabelGroupDialog(_GroupDialog):
    """Put a label on each of them, or take one off."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        group: SavedGroup,
        people: tuple[int, ...],
    ) -> None:
        super().__init__(context, parent, tr("给分组打标签"), group, people)
        sees = may(self.context.session.actor.role, SEES)
        rows = labels(self.context.db, health=sees)
        self.what = ChoiceBox([("put", tr("打上")), ("take", tr("取下"))])
        self.label = LetterBox([(each.id, f"{each.dimension}：{each.name}") for each in rows])
        self.form.add(tr("做什么(&W)"), self.what)
        self.form.add(tr("标签(&K)"), self.label)
        self.none = label(tr("还没有标签。请先在“管理 → 标签”里建立。"), "warning")
        self.none.setVisible(not rows)
        self.body.addWidget(self.none)
        self.body.addWidget(self.form)
        self.add_buttons(tr("登记 ⏎"), tr("取消")).setEnabled(bool(rows))
        self.label.setFocus()

    def submit(self) -> None:
        """Put it on, or take it off."""
        if self.label.value() is None:
            return
        session = self.context.session.once(self._op)
        values = {"people": self._people, "label_id": int(self.label.value())}
        if self.what.value() == "take":
            taken = self.context.alerts.run(take_label, session, **values)
            if taken is not None:
                self.say_done(tr("已从 {n} 位取下标签。").format(n=f"{taken.done:,}"))
            return
        done = self.context.alerts.run(put_label, session, **values)
        if done is None:
            return
        words = tr("已给 {n} 位打上标签，{already} 位原来就有。")
        if done.no_consent:
            words += tr("{none} 位没有同意“健康提示”，没有打。")
        self.say_done(
            words.format(
                n=f"{done.done:,}", already=f"{done.already:,}", none=f"{done.no_consent:,}"
            )
        )


class SpansDialog(Dialog):
    """After how many months somebody is to be woken, asleep, lost (R171)."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("生命周期"))
        self.setFixedWidth(WIDTH)
        self._op = uuid.uuid4()
        words = tr(
            "从未到诊是“潜在”；到诊不多是“新客”，常来是“活跃”；"
            "超过下面的月数没来，依次是“待唤醒”“沉睡”“流失”。名单里的人随之重新划分。"
        )
        self.body.addWidget(label(words, "muted"))
        now = spans(self.context.db)
        form = Form()
        self.edits: dict[str, CountEdit] = {}
        for name, title, value in (
            ("new_days", tr("新客：到诊不超过几次(&N)"), now.new_days),
            ("wake", tr("待唤醒：几个月没来(&W)"), now.wake),
            ("asleep", tr("沉睡：几个月没来(&S)"), now.asleep),
            ("lost", tr("流失：几个月没来(&L)"), now.lost),
        ):
            edit = CountEdit()
            edit.setText(str(value))
            form.add(title, edit)
            self.edits[name] = edit
        self.body.addWidget(form)
        self.add_buttons(tr("保存 ⏎"), tr("取消"))
        layout = self.layout()
        assert layout is not None
        self.setMinimumHeight(layout.totalHeightForWidth(WIDTH))  # the sentence takes its lines
        self.edits["new_days"].setFocus()

    def submit(self) -> None:
        """Keep the spans."""
        try:
            values = {name: edit.count() for name, edit in self.edits.items()}
        except RuleError as refused:
            self.context.alerts.banner(refused.sentence, "warning")
            return
        session = self.context.session.once(self._op)
        if self.context.alerts.run(set_spans, session, **values) is not None:
            self.say_done(tr("已保存生命周期的划分。"))
