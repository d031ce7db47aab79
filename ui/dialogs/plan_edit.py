"""A follow-up plan as a form, read aloud while it is typed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from services.errors import RuleError
from services.followups.facts import matching_of, matching_parts
from services.followups.plan_changes import add_plan, change_plan
from services.followups.plan_checks import (
    ALWAYS_OFFERS,
    PlanForm,
    check_matching,
    check_months,
    check_name,
    check_offsets,
    check_scripts,
    form_of,
    label_choices,
    offset_words,
    read_offsets,
)
from services.followups.plan_words import sample, sentence, tier_choices
from services.followups.plans import (
    BEFORE,
    CHANNELS,
    MONTHLY,
    OF_ITEMS,
    ONCE,
    TRIGGERS,
    Plan,
    channel_title,
    purposes,
    trigger_title,
)
from services.followups.words import VARIABLES
from services.i18n import tr
from services.programmes.items import ITEM_CLASSES
from services.rights import ROLES, role_title
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, Field, Form, TextEdit, label
from ui.theme import GAP, role_of
from ui.widgets.gift_kit import CountEdit, LetterBox
from ui.widgets.group_picker import GroupPicker

_NEW = PlanForm(name="", offsets=(1,), scripts=("",), marketing=False)


class PlanDialog(Dialog):
    """Change a plan, or add one (`plan` None). Ctrl+Enter saves from anywhere."""

    def __init__(self, context: UiContext, parent: QWidget | None, plan: Plan | None) -> None:
        title = (
            tr("新增回访计划") if plan is None else tr("回访计划“{name}”").format(name=plan.name)
        )
        super().__init__(context, parent, title)
        self.take_room(124 * GAP, 88 * GAP)
        self.plan = plan
        self._op_id = uuid.uuid4()
        self._form = _NEW if plan is None else form_of(plan)
        if plan is not None and plan.medical:
            words = tr("天数是各家门诊的习惯，可改预置，非医嘱；以医生的交代为准。")
            self.body.addWidget(label(words, "muted"))
        columns = QHBoxLayout()
        columns.setSpacing(4 * GAP)
        columns.addWidget(self._when(), 1)
        columns.addWidget(self._whom(), 1)
        self.body.addLayout(columns)
        self.scripts = QPlainTextEdit()
        self.scripts.setTabChangesFocus(True)
        self.scripts.setFixedHeight(13 * GAP)
        known = "".join(f"{{{each}}}" for each in VARIABLES)
        hint = tr("一行一条，2 到 3 条轮着说。可用 {known}；不谈诊断，不承诺疗效。")
        words_form = Form()
        self.scripts_field = words_form.add(tr("话术(&T)"), self.scripts, hint.format(known=known))
        self.body.addWidget(words_form)
        self.aloud = label("")
        self.sample = label("", "muted")
        self.body.addWidget(self.aloud)
        self.body.addWidget(self.sample)
        self.body.addStretch(1)
        self.main = self.add_buttons(tr("保存  Ctrl+Enter"), tr("取消"))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.submit)
        self._fill()
        self._connect()
        self._trigger_changed()
        (self.name if plan is None else self.offsets).setFocus()

    # --- the form ---

    def _when(self) -> QWidget:
        form = self.left = Form()
        self.name = TextEdit(tr("例如 种植二期后"))
        offered = TRIGGERS if self.plan else [each for each in TRIGGERS if each not in ONCE]
        self.trigger = ChoiceBox([(each, trigger_title(each)) for each in offered])
        self.kind = LetterBox([("", tr("不限")), *((each, each) for each in ITEM_CLASSES)])
        self.words = TextEdit(tr("例如 补牙、充填"))
        self.label = LetterBox(
            [("", tr("请选择")), *((str(i), n) for i, n in label_choices(self.context.db))]
        )
        self.months = CountEdit(tr("例如 6"))
        self.offsets = TextEdit(tr("例如 0、1、90"))
        self.name_field = form.add(tr("名称(&C)"), self.name)
        self.trigger_field = form.add(tr("看什么(&K)"), self.trigger)
        self.kind_field = form.add(tr("项目类别(&I)"), self.kind)
        self.words_field = form.add(tr("项目名里有(&W)"), self.words, tr("有其中一个词就算"))
        self.label_field = form.add(tr("标签(&B)"), self.label)
        self.months_field = form.add(tr("几个月(&J)"), self.months)
        self.offsets_field = form.add(tr("第几天(&D)"), self.offsets)
        return form

    def _whom(self) -> QWidget:
        form = self.right = Form()
        self.channel = ChoiceBox([(each, channel_title(each)) for each in CHANNELS])
        self.purpose = ChoiceBox(list(purposes().items()))
        self.marketing = ChoiceBox([(False, tr("服务提醒")), (True, tr("营销联系，避开拒绝的人"))])
        self.post = ChoiceBox([("", tr("不限")), *((each, role_title(each)) for each in ROLES)])
        self.tries = CountEdit()
        self.most = CountEdit(tr("不限"))
        self.rank = ChoiceBox(tier_choices(self.context.db))
        self.group = GroupPicker(self.context)
        form.add(tr("方式(&F)"), self.channel)
        form.add(tr("目的(&G)"), self.purpose)
        self.marketing_field = form.add(tr("性质(&X)"), self.marketing)
        form.add(tr("岗位(&O)"), self.post)
        self.tries_field = form.add(tr("最多拨几次(&L)"), self.tries)
        self.most_field = form.add(tr("补以前的每天最多(&N)"), self.most)
        self.rank_field = form.add(tr("最低等级(&V)"), self.rank)
        self.group_field = form.add(tr("分组(&Z)"), self.group)
        return form

    def _fill(self) -> None:
        form = self._form
        trigger = self.plan.trigger if self.plan else TRIGGERS[0]
        kind, words = matching_parts(form.matching)
        self.trigger.choose(trigger)
        self.trigger.setEnabled(self.plan is None)
        self.name.setText(form.name)
        self.kind.choose(kind)
        self.words.setText(words)
        self.label.choose(form.matching)
        self.months.setText(str(form.months or ""))
        self.offsets.setText(offset_words(trigger, form.offsets))
        self.channel.choose(form.channel)
        self.purpose.choose(form.purpose)
        self.marketing.choose(form.marketing)
        self.post.choose(form.post)
        self.tries.setText(str(form.most_tries))
        self.most.setText(str(form.daily_most or ""))
        self.rank.choose(form.min_rank)
        self.group.choose(form.group_id)
        self.scripts.setPlainText("\n".join(form.scripts))

    def _connect(self) -> None:
        for line in (self.name, self.words, self.months, self.offsets, self.tries, self.most):
            line.textChanged.connect(self._read)
            line.returnPressed.connect(self.submit)
        choices = (self.kind, self.label, self.channel, self.purpose, self.marketing, self.post)
        for box in (*choices, self.rank, self.group):
            box.currentIndexChanged.connect(self._read)
        self.scripts.textChanged.connect(self._read)
        self.trigger.currentIndexChanged.connect(self._trigger_changed)

    def _trigger_changed(self, *_: object) -> None:
        trigger = self.trigger.value()
        for field in (self.kind_field, self.words_field):
            self.left.show_row(field, trigger in OF_ITEMS)
        self.left.show_row(self.label_field, trigger == "label")
        self.left.show_row(self.months_field, trigger in MONTHLY)
        self.left.show_row(self.offsets_field, trigger != "gift")
        for field in (self.rank_field, self.group_field):
            self.right.show_row(field, trigger not in ONCE)
        self.right.show_row(self.most_field, trigger not in ONCE)
        self.marketing.setEnabled(trigger not in ALWAYS_OFFERS)
        if trigger in ALWAYS_OFFERS:
            self.marketing.choose(True)
        self.offsets_field.set_hint(_offset_hint(trigger))
        self._read()

    # --- reading it ---

    def values(self) -> PlanForm:
        """What stands in the form. Raises RuleError for days or numbers that are none."""
        trigger = self.trigger.value()
        matching = ""
        if trigger in OF_ITEMS:
            matching = matching_of(self.kind.value(), self.words.value())
            matching = "" if matching == ":" else matching
        elif trigger == "label":
            matching = self.label.value()
        scripts = (each.strip() for each in self.scripts.toPlainText().splitlines())
        return PlanForm(
            name=self.name.value(),
            offsets=read_offsets(trigger, self.offsets.text()),
            scripts=tuple(each for each in scripts if each),
            matching=matching,
            months=_number(self.months) if trigger in MONTHLY else 0,
            channel=self.channel.value(),
            purpose=self.purpose.value(),
            marketing=self.marketing.value(),
            post=self.post.value(),
            most_tries=_number(self.tries),
            daily_most=_number(self.most),
            min_rank=self.rank.value(),
            group_id=self.group.value(),
        )

    def _read(self, *_: object) -> None:
        """The plan in a sentence and its first script with values, or what is wrong."""
        try:
            form = self.values()
            check_months(self.trigger.value(), form.months)
            check_offsets(self.trigger.value(), form.offsets)
            if form.scripts:
                check_scripts(form.scripts)
        except RuleError as refused:
            self.sample.setText("")
            self.aloud.setText("⚠ " + refused.sentence)
            role_of(self.aloud, "error")
            return
        self.aloud.setText(sentence(self.context.db, self.trigger.value(), form))
        role_of(self.aloud, "")
        person_id = self.context.current_person.person_id
        said = sample(self.context.db, self.context.today(), form, person_id)
        self.sample.setText(tr("例：{said}").format(said=said) if said else "")

    def submit(self) -> None:
        """Save, or say in the field what is wrong."""
        for each in (self.left, self.right):
            each.clear_errors()
        self.scripts_field.clear_error()
        form = self._checked()
        if form is None:
            return
        session = self.context.session.once(self._op_id)
        run = self.context.alerts.run_command
        if self.plan is None:
            done = run(add_plan, session, trigger=self.trigger.value(), form=form)
            words = tr("已新增“{name}”，按空格启用。")
        else:
            done = run(change_plan, session, key=self.plan.key, form=form)
            words = tr("“{name}”已保存。")
        if done is not None:
            self.say_done(words.format(name=form.name))

    def _checked(self) -> PlanForm | None:
        trigger, db = self.trigger.value(), self.context.db
        key = self.plan.key if self.plan else ""
        needed = self.plan is None or self.plan.active
        where = {"label": self.label_field}.get(trigger, self.kind_field)
        try:
            form = self.values()
        except RuleError as refused:
            self.offsets_field.refuse(refused.sentence)
            return None
        checks: tuple[tuple[Field, Callable[..., None], tuple[Any, ...]], ...] = (
            (self.name_field, check_name, (db, form.name, key)),
            (where, check_matching, (db, trigger, form.matching, needed)),
            (self.months_field, check_months, (trigger, form.months)),
            (self.offsets_field, check_offsets, (trigger, form.offsets)),
            (self.scripts_field, check_scripts, (form.scripts,)),
        )
        for field, check, values in checks:
            try:
                check(*values)
            except RuleError as refused:
                field.refuse(refused.sentence)
                return None
        return form


def _number(field: CountEdit) -> int:
    return field.count() if field.value() else 0


def _offset_hint(trigger: str) -> str:
    if trigger == "birthday":
        return tr("提前几天，用顿号隔开，例如 7、3、0")
    if trigger in BEFORE:
        return tr("提前几天，用顿号隔开，例如 30、7")
    if trigger in ("recall", "idle", "review"):
        return tr("满月数以后再过几天，0 为当天")
    return tr("之后第几天，0 为当天，用顿号隔开")
