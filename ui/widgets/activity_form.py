"""资料: what an activity is, for whom, what it gives (R012, R013, R050)."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from services.activities.planning import (
    ActivityChanged,
    ActivityForm,
    change_activity,
    form_of,
    plan_activity,
)
from services.activities.records import ActivityRow
from services.activities.words import KINDS, OPEN, PLANNED, kind_title
from services.desk.appointment_times import parse_day
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.points import ADJUST_ALONE
from services.rights import may
from services.staff import list_staff
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.forms import ChoiceBox, Field, Form, MoneyEdit, TextEdit, label
from ui.theme import GAP
from ui.widgets.activity_page import ActivityPage
from ui.widgets.gift_kit import CountEdit, LetterBox, RightNote, key_button
from ui.widgets.group_picker import GroupPicker

APPROVAL = "approve.adjustment"


class ActivityFormPage(ActivityPage):
    """Two columns of fields; Enter saves. `planned` is the id of a new activity."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.planned = 0
        self.note = RightNote(context)
        self.left, self.right = Form(), Form()
        self._make_left()
        self._make_right()
        both = QHBoxLayout()
        both.setSpacing(4 * GAP)
        both.addWidget(self.left, 1)
        both.addWidget(self.right, 1)
        self.gives = label("", "muted")
        self.save_button = key_button(tr("保存 ⏎"), "primary")
        self.save_button.clicked.connect(self.submit)
        foot = QHBoxLayout()
        foot.addWidget(self.gives, 1)
        foot.addWidget(self.save_button)
        self.body.addWidget(self.note)
        self.body.addLayout(both)
        self.body.addStretch(1)
        self.body.addLayout(foot)

    def _make_left(self) -> None:
        self.name = TextEdit(tr("例如 儿童护牙讲座"))
        self.kind = LetterBox([(kind, kind_title(kind)) for kind in KINDS])
        self.day = TextEdit(tr("11-28、下周六 或 20261128"))
        self.at = TextEdit(tr("930、14:00 或 下午2点，可不填"))
        self.place = TextEdit(tr("例如 二楼会议室"))
        staff = [(None, tr("未定")), *((r.id, r.name) for r in list_staff(self.context.db))]
        self.owner = ChoiceBox(staff)
        self.remark = TextEdit(tr("要准备什么、谁来讲"))
        form = self.left
        self.name_field = form.add(tr("名称(&N)"), self.name)
        form.add(tr("种类(&Z)"), self.kind)
        self.day_field = form.add(tr("日期(&D)"), self.day)
        self.at_field = form.add(tr("时间(&T)"), self.at)
        form.add(tr("地点(&L)"), self.place)
        form.add(tr("负责人(&W)"), self.owner)
        form.add(tr("备注(&B)"), self.remark)

    def _make_right(self) -> None:
        self.capacity = CountEdit(tr("留空不限"))
        self.companions = CountEdit(tr("0 为不带"))
        self.members_only = QCheckBox(tr("只限会员(&V)"))
        self.group = GroupPicker(self.context)
        self.points = CountEdit(tr("0 为不给"))
        self.gift = TextEdit(tr("例如 口腔护理小套装"))
        self.gift_yuan = MoneyEdit(tr("每件，整元"))
        form = self.right
        self.capacity_field = form.add(tr("名额(&E)"), self.capacity, tr("按人数算，含同行"))
        self.companions_field = form.add(tr("每位可带(&C)"), self.companions)
        form.add("", self.members_only)
        form.add(tr("面向分组(&F)"), self.group)
        self.points_field = form.add(tr("到场积分(&J)"), self.points)
        self.gift_field = form.add(tr("到场礼(&G)"), self.gift)
        self.gift_yuan_field = form.add(tr("礼品价值(&Y)"), self.gift_yuan)

    # -- showing ---------------------------------------------------------------------------------

    def begin(self) -> None:
        """An empty form for a new activity."""
        self._show_allowed(None)

    def show_row(self, row: ActivityRow) -> None:
        """Show the activity; what is being typed stays unless somebody saved it otherwise."""
        known = None if self.row is None else form_of(self.row)
        self.row = row
        if form_of(row) == known:
            self._show_allowed(row)
        else:
            self.refresh()

    def refresh(self) -> None:
        """Fill the form from the activity."""
        row = self.row
        assert row is not None
        self.name.setText(row.name)
        self.kind.choose(row.kind)
        self.day.setText(row.day)
        self.at.setText(row.at)
        self.place.setText(row.place)
        self.owner.choose(row.owner_id)
        self.remark.setText(row.note)
        self.capacity.setText("" if row.capacity is None else str(row.capacity))
        self.companions.setText(str(row.companions))
        self.members_only.setChecked(row.members_only)
        self.group.choose(row.group_id)
        self.points.setText(str(row.points))
        self.gift.setText(row.gift_name)
        self.gift_yuan.setText("")
        if row.gift_fen:
            self.gift_yuan.set_fen(row.gift_fen)
        self._show_allowed(row)

    def _show_allowed(self, row: ActivityRow | None) -> None:
        allowed = self.note.check("activity.plan")
        changeable = allowed and (row is None or row.state in (PLANNED, OPEN))
        for form in (self.left, self.right):
            form.setEnabled(changeable)
        self.save_button.setEnabled(changeable)
        role = self.context.session.actor.role
        fixed = row is not None and bool(row.taken or row.waiting)
        manager = may(role, "points.adjust")
        for control in (self.points, self.gift, self.gift_yuan):
            control.setEnabled(manager and not fixed)
        self.gives.setText(self._gives_words(manager=manager, fixed=fixed))

    def _gives_words(self, *, manager: bool, fixed: bool) -> str:
        if fixed:
            return tr("已有人报名，到场积分和礼品不能再改。")
        if not manager:
            return tr("到场积分和礼品由会员管理员或院长设定。")
        words = tr("积分只给会员，签到时自动记入，不影响等级；每人超过 {n} 分须院长批准。")
        return words.format(n=ADJUST_ALONE)

    def first_focus(self) -> QWidget:
        return self.name

    # -- saving ----------------------------------------------------------------------------------

    def submit(self) -> None:
        """Save: a new one is planned, a known one changed."""
        if not self.save_button.isEnabled():
            return
        form = self._read()
        if form is None:
            return
        approval = None
        was = self.row.points if self.row else 0
        if form.points > ADJUST_ALONE and form.points != was:
            what = tr("“{name}”到场积分每人 {n} 分").format(name=form.name, n=form.points)
            me = self.context.session.actor.id
            approval = ask_approval(self.context, self.window(), APPROVAL, what, me)
            if approval is None:
                return
        if self.row is None:
            done = self.write_new(form, approval)
        else:
            done = self.write(
                change_activity, activity_id=self.row.id, form=form, approval=approval
            )
        if done is not None:
            self.context.alerts.banner(self._saved_words(done), "success")

    def write_new(self, form: ActivityForm, approval: object) -> ActivityChanged | None:
        """Plan it; its id is known before the pages are read."""
        session = self.context.session.once(self._op)
        done = self.context.alerts.run_command(plan_activity, session, form=form, approval=approval)
        if done is not None:
            self.planned = done.activity_id
            self.written.emit()
        return done

    def _saved_words(self, done: ActivityChanged) -> str:
        if self.row is not None and self.row.state == PLANNED:
            return tr("已保存。准备好了按 Alt+K 开放报名，再邀请。")
        parts = [tr("已保存")]
        if done.calls:
            parts.append(tr("已安排 {n} 个电话告知改动").format(n=done.calls))
        if done.moved_up:
            parts.append(tr("候补 {n} 位转正").format(n=done.moved_up))
        return tr("{words}。").format(words=tr("，").join(parts))

    def _read(self) -> ActivityForm | None:
        """The form as typed, None after saying what is wrong."""
        for form in (self.left, self.right):
            form.clear_errors()
        if not self.name.value():
            self.name_field.refuse(tr("请写活动名称。"))
            return None
        day = self._day()
        if day is None:
            return None
        counts = [
            self._count(field)
            for field in (self.capacity_field, self.companions_field, self.points_field)
        ]
        fen = self._gift_fen()
        if fen is None or None in counts[1:] or (self.capacity.value() and counts[0] is None):
            return None
        return ActivityForm(
            name=self.name.value(),
            kind=self.kind.value(),
            day=day,
            at=self.at.value(),
            place=self.place.value(),
            capacity=counts[0] if self.capacity.value() else None,
            companions=counts[1] or 0,
            members_only=self.members_only.isChecked(),
            points=counts[2] or 0,
            gift_name=self.gift.value(),
            gift_fen=fen,
            group_id=self.group.value(),
            owner_id=self.owner.value(),
            note=self.remark.value(),
        )

    def _day(self) -> str | None:
        if self.row is not None and self.day.value() == self.row.day:
            return self.row.day  # also when it is past
        try:
            day = parse_day(self.day.value(), self.context.today())
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return None
        self.day.setText(day)
        return day

    def _count(self, field: Field) -> int | None:
        """The number in a field, 0 for an empty one; None after saying it is none."""
        control = field.control
        assert isinstance(control, CountEdit)
        if not control.value():
            return 0
        try:
            return control.count()
        except RuleError as refused:
            field.refuse(refused.sentence)
            return None

    def _gift_fen(self) -> int | None:
        if not self.gift_yuan.value():
            return 0
        try:
            return self.gift_yuan.fen()
        except RuleError as refused:
            self.gift_yuan_field.refuse(refused.sentence)
            return None
