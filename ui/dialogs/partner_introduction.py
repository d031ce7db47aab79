"""A patient introduced by an institution or to one: recorded with their consent, arrived, what
they spent there, ended (R180, 个保法 23)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from services.errors import RuleError
from services.i18n import tr
from services.partners.agreements import agreements_on
from services.partners.institutions import partners
from services.partners.introduction_list import IntroductionRow
from services.partners.introduction_words import HANDED, handed_title
from services.partners.introductions import (
    DONE,
    ENDED,
    GUARDIAN,
    MISTAKE,
    NO_AGREEMENT,
    NO_LONGER,
    SELF,
    IntroductionForm,
    arrive,
    end_introduction,
    introduce,
    report_value,
)
from services.partners.terms import IN, OUT, direction_title
from services.people.records import person
from services.programmes.items import ITEM_CLASSES
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import DateEdit, Form, MoneyEdit, TextEdit, label
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox
from ui.widgets.person_picker import PersonPicker

WIDTH = 104 * GAP
_ACROSS = 4


class IntroductionDialog(DeskDialog):
    """Which way, which institution, who, on what terms, and what the patient agreed to."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("登记介绍"))
        self.setFixedWidth(WIDTH)
        self.direction = LetterBox([(each, direction_title(each)) for each in (IN, OUT)])
        rows = [row for row in partners(context.db) if row.active]
        self.partner = LetterBox([(row.id, row.name) for row in rows])
        self.who = PersonPicker(self.context)
        self.agreement = LetterBox()
        classes = [("", tr("全部项目")), *((name, name) for name in ITEM_CLASSES)]
        self.item = LetterBox(classes)
        self.purpose = TextEdit(tr("例如 缺牙，想做种植"))
        self.agreed = QCheckBox(tr("患者已单独同意：知道对方是谁、交哪些资料、做什么用"))
        self.consent_on = DateEdit()
        self.consent_by = LetterBox([(SELF, tr("本人")), (GUARDIAN, tr("监护人"))])
        self.consent_note = TextEdit(tr("例如 签书面同意书"))
        self.handed = {code: QCheckBox(handed_title(code)) for code in HANDED}
        self._build()
        self.direction.currentIndexChanged.connect(self._fill)
        self.partner.currentIndexChanged.connect(self._fill)
        self.add_buttons(tr("登记 ⏎"), tr("取消"))
        self._fill()
        (self.direction if self.who.person_id else self.who).setFocus()

    def _build(self) -> None:
        self.consent_on.setText(self.context.today())
        if self.person_id:
            record = person(self.context.db, self.person_id)
            self.who.set_person(record.id, f"{record.name} {record.number}")
        ticks = QWidget()
        grid = QGridLayout(ticks)
        grid.setContentsMargins(0, 0, 0, 0)
        for number, box in enumerate(self.handed.values()):
            grid.addWidget(box, number // _ACROSS, number % _ACROSS)
        ticks.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that its letter leads there
        ticks.setFocusProxy(self.handed["name"])
        form = self.form = Form()
        form.add(tr("方向(&D)"), self.direction)
        self.partner_field = form.add(tr("机构(&J)"), self.partner)
        self.who_field = form.add(tr("顾客(&W)"), self.who)
        form.add(tr("协议(&K)"), self.agreement)
        hint = tr("只算这一类的收款；“全部项目”什么都算。")
        form.add(tr("项目(&X)"), self.item, hint)
        form.add(tr("目的(&Q)"), self.purpose)
        self.agreed_field = form.add(tr("同意(&C)"), self.agreed)
        self.on_field = form.add(tr("同意日期(&O)"), self.consent_on)
        form.add(tr("谁同意(&G)"), self.consent_by, tr("不满 14 岁须监护人。"))
        self.note_field = form.add(tr("怎样同意(&Z)"), self.consent_note)
        self.handed_field = form.add(tr("交给对方(&F)"), ticks)
        self.body.setSpacing(GAP)
        words = tr("介绍要从病情出发，由患者自己决定去哪里；不得以介绍换取个人好处。")
        self.body.addWidget(label(words, "muted"))
        self.body.addWidget(form)

    def _fill(self, *_: object) -> None:
        """The agreements that fit the institution and the way."""
        chosen = self.partner.value()
        found = (
            agreements_on(self.context.db, self.context.today(), chosen, self.direction.value())
            if chosen is not None
            else []
        )
        offered = [(row.id, f"{row.form.contract} · {row.words}") for row in found]
        self.agreement.set_choices([*offered, (NO_AGREEMENT, tr("不按协议(没有费用)"))])
        self.agreement.setCurrentIndex(0)

    def submit(self) -> None:
        """Record it."""
        self.form.clear_errors()
        if self.partner.value() is None:
            self.partner_field.refuse(tr("还没有在用的机构，请先在“机构”里登记。"))
            return
        if self.who.person_id is None:
            self.who_field.refuse(tr("请输入并选中顾客；还没建档的先按 F2 新建。"))
            return
        if not self.agreed.isChecked():
            self.agreed_field.refuse(tr("没有患者的单独同意不能登记。取得同意以后再勾选。"))
            return
        if not self.consent_note.value():
            self.note_field.refuse(tr("请写明患者怎样同意的。"))
            return
        handed = tuple(code for code, box in self.handed.items() if box.isChecked())
        if self.direction.value() == OUT and not handed:
            self.handed_field.refuse(tr("请勾选交给对方的资料。"))
            return
        try:
            on = self.consent_on.day()
        except RuleError as refused:
            self.on_field.refuse(refused.sentence)
            return
        form = IntroductionForm(
            partner_id=self.partner.value(),
            person_id=self.who.person_id,
            direction=self.direction.value(),
            consent_on=on,
            consent_note=self.consent_note.value(),
            consent_by=self.consent_by.value(),
            handed=handed,
            item_class=self.item.value(),
            purpose=self.purpose.value(),
            agreement_id=self.agreement.value(),
        )
        done = self.context.alerts.run_command(introduce, self.once, form=form)
        if done is not None:
            self.say_done(tr("介绍已登记。顾客到院以后，选中它按 Enter 登记到院。"))


class ArriveDialog(DeskDialog):
    """The day on which they came."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: IntroductionRow) -> None:
        super().__init__(context, parent, tr("到院 · {number}").format(number=row.number))
        self.row = row
        words = (
            tr("从到院那天起，{name}的收款计入这条介绍。")
            if row.direction == IN
            else tr("{name}到了{partner}，按对方告知的日期登记。")
        )
        text = words.format(name=row.person_name, partner=row.partner_name)
        self.body.addWidget(label(text, "muted"))
        self.day = DateEdit()
        self.day.setText(context.today())
        form = Form()
        self.field = form.add(tr("到院日期(&D)"), self.day)
        self.body.addWidget(form)
        self.add_buttons(tr("登记到院 ⏎"), tr("取消"))
        self.day.setFocus()
        self.day.selectAll()

    def submit(self) -> None:
        """They came."""
        try:
            day = self.day.day()
        except RuleError as refused:
            self.field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            arrive, self.once, introduction_id=self.row.id, on=day
        )
        if done is not None:
            self.say_done(tr("已登记到院。"))


class ValueDialog(DeskDialog):
    """What the institution says they spent there."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: IntroductionRow) -> None:
        super().__init__(context, parent, tr("对方报的金额 · {number}").format(number=row.number))
        self.row = row
        words = tr("{partner}告知的{name}的累计金额；有变再填一次，差额在下一张结算单里更正。")
        text = words.format(partner=row.partner_name, name=row.person_name)
        self.body.addWidget(label(text, "muted"))
        self.value = MoneyEdit()
        form = Form()
        self.field = form.add(tr("累计金额(&M)"), self.value)
        if row.value_fen is not None:
            self.value.set_fen(row.value_fen)
            self.value.selectAll()
        self.body.addWidget(form)
        self.add_buttons(tr("保存 ⏎"), tr("取消"))
        self.value.setFocus()

    def submit(self) -> None:
        """Keep it."""
        try:
            fen = self.value.fen()
        except RuleError as refused:
            self.field.refuse(refused.sentence)
            return
        done = self.context.alerts.run_command(
            report_value, self.once, introduction_id=self.row.id, value_fen=fen
        )
        if done is not None:
            self.say_done(tr("已保存对方报的金额。"))


class EndIntroductionDialog(DeskDialog):
    """How it ends, and why."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: IntroductionRow) -> None:
        super().__init__(context, parent, tr("结束介绍 · {number}").format(number=row.number))
        self.row = row
        choices = [
            (DONE, tr("到此为止，今天以后的收款不再计入")),
            (NO_LONGER, tr("患者撤回同意")),
            (MISTAKE, tr("登记有误，不算费用")),
        ]
        self.how = LetterBox(choices if row.state != ENDED else choices[2:])
        self.reason = TextEdit(tr("登记有误必填"))
        form = Form()
        form.add(tr("怎样结束(&H)"), self.how)
        self.reason_field = form.add(tr("说明(&Y)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("结束 ⏎"), tr("返回"))
        self.how.setFocus()

    def submit(self) -> None:
        """End it."""
        how = self.how.value()
        if how == MISTAKE and not self.reason.value():
            self.reason_field.refuse(tr("请写明哪里登记错了。"))
            return
        done = self.context.alerts.run_command(
            end_introduction,
            self.once,
            introduction_id=self.row.id,
            how=how,
            reason=self.reason.value(),
        )
        if done is None:
            return
        tell = how != DONE and self.row.direction == OUT
        words = tr("已结束。请通知{partner}停止使用并删除患者的资料。")
        self.say_done(
            words.format(partner=self.row.partner_name) if tell else tr("这条介绍已结束。")
        )
