"""A written agreement with an institution: put on record, extended, ended (R181, R183)."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QWidget

from services.errors import RuleError
from services.i18n import tr
from services.money import yuan
from services.partners.agreements import (
    SIGNATURE,
    AgreementForm,
    AgreementRow,
    agree,
    end_agreement,
    extend,
)
from services.partners.fee import fee
from services.partners.institutions import PartnerRow
from services.partners.terms import (
    ALLIANCE,
    BOTH,
    FIXED,
    IN,
    MIXED,
    MODELS,
    ONCE,
    OUT,
    RHYTHMS,
    STEPPED,
    Step,
    Terms,
    check_terms,
    direction_title,
    model_title,
    parse_rate,
    rhythm_title,
    terms_words,
)
from services.programmes.items import ITEM_CLASSES
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.forms import DateEdit, Field, Form, MoneyEdit, TextEdit, label
from ui.theme import GAP
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import CountEdit, LetterBox, RowForm, key_button

WIDTH = 112 * GAP
HEIGHT = 82 * GAP
LEAST = 32 * GAP
EXAMPLE_FEN = 10_000_00
_FIRST_STEPS = 2


class StepRows(QWidget):
    """Steps of a rate: class, from how much, how much of a hundred; empty rows say nothing."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP // 2)
        self.rows: list[tuple[LetterBox, MoneyEdit, TextEdit]] = []
        self.more = key_button(tr("再加一档(&J)"), "link")
        self.more.clicked.connect(self.add_row)
        for _ in range(_FIRST_STEPS):
            self.add_row()
        self.rows[0][1].setText("0")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that its letter leads there
        self.setFocusProxy(self.rows[0][0])

    def add_row(self, *_: object) -> None:
        """One more, empty."""
        classes = [("", tr("其他各类")), *((name, name) for name in ITEM_CLASSES)]
        number = len(self.rows)
        name, start = LetterBox(classes), MoneyEdit(tr("满多少元起"))
        rate = TextEdit(tr("% 例如 5"))
        for column, (part, words) in enumerate(
            ((name, tr("项目类别")), (start, tr("起点")), (rate, tr("比例")))
        ):
            part.setAccessibleName(tr("第 {n} 档{what}").format(n=number + 1, what=words))
            self._grid.addWidget(part, number, column)
        rate.setFixedWidth(14 * GAP)
        name.currentIndexChanged.connect(self.changed)
        start.textEdited.connect(self.changed)
        rate.textEdited.connect(self.changed)
        self._grid.addWidget(self.more, number, 3)
        before = self.rows[-1][2] if self.rows else name
        self.rows.append((name, start, rate))
        for one, two in pairwise((before, name, start, rate, self.more)):
            self.setTabOrder(one, two)
        if number >= _FIRST_STEPS:
            name.setFocus()

    def steps(self) -> tuple[Step, ...]:
        """The steps typed. Raises RuleError."""
        return tuple(
            Step(start.fen(), parse_rate(rate.text()), name.value())
            for name, start, rate in self.rows
            if rate.value() or (start.value() and start is not self.rows[0][1])
        )


class AgreementDialog(DeskDialog):
    """What stands in the contract; its terms are read aloud with an example while typed."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: PartnerRow) -> None:
        title = tr("登记协议 · {name}").format(name=row.name)
        super().__init__(context, parent, title)
        self.setFixedWidth(WIDTH)
        self.row = row
        self.contract = TextEdit(tr("书面合同的编号"))
        self.direction = LetterBox([(each, direction_title(each)) for each in (IN, OUT, BOTH)])
        self.model = LetterBox([(each, model_title(each)) for each in MODELS])
        self.rate = TextEdit(tr("百分之几，例如 5 或 5.5"))
        self.sum = MoneyEdit()
        self.steps = StepRows()
        self.whole = QCheckBox(tr("达到哪档，整笔都按哪档(不勾：每档只算超过的部分)"))
        self.rhythm = LetterBox([(each, rhythm_title(each)) for each in RHYTHMS])
        self.first, self.last = DateEdit(), DateEdit(tr("不定期就空着"))
        self.exclusive = QCheckBox(tr("排他：同方向、同时间只和这一家合作"))
        self.notice = CountEdit(tr("天"))
        self.place = TextEdit(tr("例如 档案柜 3 号盒，扫描件编号"))
        self.words = label("", "subheading")
        self._build()
        self.add_buttons(tr("院长签字登记 ⏎"), tr("取消"))
        self._show_terms()
        self.take_room(WIDTH, HEIGHT)
        self.contract.setFocus()

    def _build(self) -> None:
        self.first.setText(self.context.today())
        self.notice.setText("30")
        form = self.form = RowForm()
        self.contract_field = form.add(tr("合同号(&N)"), self.contract)
        form.add(tr("方向(&D)"), self.direction)
        form.add(tr("分成方式(&F)"), self.model)
        self.rate_field = form.add(tr("比例(&B)"), self.rate)
        hint = tr("到院就算一次，不论是否治疗。")
        self.sum_field = form.add(tr("每位费用(&M)"), self.sum, hint)
        self.steps_field = form.add(tr("阶梯(&T)"), self.steps)
        self.whole_field = form.add(tr("算法(&W)"), self.whole)
        self.rhythm_field = form.add(tr("结算(&K)"), self.rhythm)
        self.span_field = form.add(tr("期限(&Q)"), _beside(self.first, self.last))
        form.add(tr("排他(&X)"), self.exclusive)
        self.notice_field = form.add(tr("终止提前(&Z)"), self.notice, tr("通知对方的天数。"))
        form.add(tr("合同存放(&C)"), self.place)
        self.first.setAccessibleName(tr("开始日期"))
        self.last.setAccessibleName(tr("到期日期"))
        self.body.setSpacing(GAP)
        words = tr("佣金须在合同里写明、如实入账，只付到机构对公账户。没有员工和个人提成。")
        self.body.addWidget(label(words, "muted"))
        self.body.addWidget(scrolling(form, height=LEAST), 1)
        self.body.addWidget(self.words)
        self.model.currentIndexChanged.connect(self._show_terms)
        self.rate.textEdited.connect(self._show_terms)
        self.sum.textEdited.connect(self._show_terms)
        self.steps.changed.connect(self._show_terms)
        self.whole.toggled.connect(self._show_terms)

    def _show_terms(self, *_: object) -> None:
        """The rows that the model needs, and the terms read aloud."""
        model = self.model.value()
        self.form.show_row(self.rate_field, model in (FIXED, MIXED))
        self.form.show_row(self.sum_field, model in (ONCE, MIXED))
        self.form.show_row(self.steps_field, model == STEPPED)
        self.form.show_row(self.whole_field, model == STEPPED)
        self.form.show_row(self.rhythm_field, model != ALLIANCE)
        try:
            terms = self._terms()
        except RuleError:
            self.words.setText(tr("填完条款，这里会读出来并举例。"))
            return
        words = terms_words(model, terms)
        if model != ALLIANCE:
            example = fee(model, terms, {"": EXAMPLE_FEN}, True)
            words += tr("\n例：到院并花费 ¥{fen}，费用：{why}").format(
                fen=yuan(EXAMPLE_FEN), why=example.why
            )
        self.words.setText(words)

    def _terms(self) -> Terms:
        """The terms typed. Raises RuleError."""
        model = self.model.value()
        rate = parse_rate(self.rate.text()) if model in (FIXED, MIXED) else 0
        fen = self.sum.fen() if model in (ONCE, MIXED) else 0
        steps = self.steps.steps() if model == STEPPED else ()
        return check_terms(model, Terms(rate, fen, steps, self.whole.isChecked()))

    def submit(self) -> None:
        """Check, then the director's signature."""
        self.form.clear_errors()
        made = self._typed()
        if made is None:
            return
        what = tr("登记和{name}的合同“{no}”：{words}。").format(
            name=self.row.name, no=made.contract, words=terms_words(made.model, made.terms)
        )
        approval = ask_approval(self.context, self, SIGNATURE, what)
        if approval is None:
            return
        done = self.context.alerts.run_command(
            agree, self.once, partner_id=self.row.id, form=made, approval=approval
        )
        if done is not None:
            self.say_done(tr("协议已登记。顾客由这家介绍来或介绍去，在“介绍”里登记。"))

    def _typed(self) -> AgreementForm | None:
        """The form, or None after saying where it is wrong."""
        if not self.contract.value():
            self.contract_field.refuse(tr("请填写书面合同的编号。"))
            return None
        field: Field = {FIXED: self.rate_field, STEPPED: self.steps_field}.get(
            self.model.value(), self.sum_field
        )
        try:
            terms = self._terms()
            field = self.span_field
            first, last = self.first.day(), self.last.day_or_none()
            field = self.notice_field
            notice = self.notice.count() if self.notice.value() else 0
        except RuleError as refused:
            field.refuse(refused.sentence)
            return None
        return AgreementForm(
            contract=self.contract.value(),
            direction=self.direction.value(),
            model=self.model.value(),
            terms=terms,
            rhythm=self.rhythm.value(),
            from_on=first,
            until_on=last,
            exclusive=self.exclusive.isChecked(),
            notice_days=notice,
            file_note=self.place.value(),
        )


class ExtendDialog(DeskDialog):
    """A later last day, signed by the director."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: AgreementRow) -> None:
        title = tr("续期 · {name}").format(name=row.partner_name)
        super().__init__(context, parent, title)
        self.row = row
        words = tr("合同“{no}”，{words}。条款有变请另签一份，不用续期。")
        self.body.addWidget(label(words.format(no=row.form.contract, words=row.words), "muted"))
        self.last = DateEdit(tr("不定期就空着"))
        form = Form()
        now = tr("现在到 {day}。").format(day=row.last_on)
        self.field = form.add(tr("新的到期日(&D)"), self.last, now)
        self.body.addWidget(form)
        self.add_buttons(tr("院长签字续期 ⏎"), tr("取消"))
        self.last.setFocus()

    def submit(self) -> None:
        """The director's signature."""
        try:
            until = self.last.day_or_none()
        except RuleError as refused:
            self.field.refuse(refused.sentence)
            return
        what = tr("{name}的合同“{no}”续期到 {day}。").format(
            name=self.row.partner_name, no=self.row.form.contract, day=until or tr("不定期")
        )
        approval = ask_approval(self.context, self, SIGNATURE, what)
        if approval is None:
            return
        done = self.context.alerts.run_command(
            extend, self.once, agreement_id=self.row.id, until_on=until, approval=approval
        )
        if done is not None:
            self.say_done(tr("已续期。"))


class EndAgreementDialog(DeskDialog):
    """The last day and why."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: AgreementRow) -> None:
        title = tr("终止协议 · {name}").format(name=row.partner_name)
        super().__init__(context, parent, title)
        self.row = row
        words = tr("最后一天以后的收款不再算费用；以前的照旧结清，退款在下一张结算单里更正。")
        self.body.addWidget(label(words, "muted"))
        self.day = DateEdit()
        self.day.setText(context.today())
        self.reason = TextEdit(tr("例如 挂号信通知，双方同意"))
        form = Form()
        hint = tr("合同约定提前 {n} 天通知。").format(n=row.form.notice_days)
        self.day_field = form.add(
            tr("最后一天(&D)"), self.day, hint if row.form.notice_days else ""
        )
        self.reason_field = form.add(tr("原因(&Y)"), self.reason)
        self.body.addWidget(form)
        self.add_buttons(tr("终止协议"), tr("返回"))
        self.reason.setFocus()

    def submit(self) -> None:
        """End it."""
        try:
            day = self.day.day()
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        if not self.reason.value():
            self.reason_field.refuse(tr("请写明终止的原因和通知方式。"))
            return
        done = self.context.alerts.run_command(
            end_agreement,
            self.once,
            agreement_id=self.row.id,
            on=day,
            reason=self.reason.value(),
        )
        if done is not None:
            self.say_done(tr("协议到 {day} 终止。").format(day=day))


def _beside(first: QWidget, last: QWidget) -> QWidget:
    """Two dates in a row."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP)
    row.addWidget(first, 1)
    row.addWidget(label(tr("至")))
    row.addWidget(last, 1)
    holder.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that its letter leads there
    holder.setFocusProxy(first)
    return holder
