"""What a report is asked for: which one, which days, and for a list of people, whom."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from services.errors import RuleError
from services.groups.labels import labels
from services.groups.saved import group_choices
from services.i18n import tr
from services.reports.group import tier_choices
from services.reports.handover import usual_span
from services.reports.registry import find, offered
from services.reports.sheet import Ask, Filters, Report
from services.reports.spans import checked, shifted
from services.rights import may
from ui.context import UiContext
from ui.forms import ChoiceBox, DateEdit, label
from ui.theme import GAP
from ui.widgets.gift_kit import CountEdit, LetterBox, key_button


class ReportFilters(QWidget):
    """`wanted` when another report or other days are to be shown."""

    wanted = Signal()

    def __init__(self, context: UiContext, name: str, filters: Filters | None = None) -> None:
        super().__init__()
        self._context = context
        role = context.session.actor.role
        every = offered(context.db)
        shown = [each for each in every if not each.right or may(role, each.right)]
        self.choice = LetterBox([(each.name, each.title) for each in shown])
        self.choice.choose(name)
        self.about = label("", "muted")
        self.first, self.last = DateEdit(), DateEdit()
        self.back = key_button(tr("上一期(&B)"))
        self.forth = key_button(tr("下一期(&N)"))
        self.error = label("", "error")
        self.error.hide()
        self._build()
        self.choice.currentIndexChanged.connect(self._chosen)
        self.back.clicked.connect(partial(self._shift, -1))
        self.forth.clicked.connect(partial(self._shift, 1))
        self.set_usual()
        if filters is not None:
            self.group.choose(filters.group)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        self.choice.setMinimumWidth(28 * GAP)
        self.first.setFixedWidth(16 * GAP)
        self.last.setFixedWidth(16 * GAP)
        for words, control in (
            (tr("报表(&J)"), self.choice),
            (tr("从(&A)"), self.first),
            (tr("到(&T)"), self.last),
        ):
            row.addWidget(_named(words, control))
            row.addWidget(control)
        row.addWidget(self.back)
        row.addWidget(self.forth)
        row.addStretch(1)
        column.addLayout(row)
        self.people = QWidget()
        column.addWidget(self.people)
        self._build_people()
        column.addWidget(self.error)
        column.addWidget(self.about)

    def _build_people(self) -> None:
        """Whom a list of people is about."""
        tiers = [("", tr("不限")), *((each, each) for each in tier_choices(self._context.db))]
        months = [(0, tr("不限"))]
        months += [(n, tr("{n} 月").format(n=n)) for n in range(1, 13)]
        self.tier, self.month = ChoiceBox(tiers), ChoiceBox(months)
        self.idle = CountEdit(tr("月"))
        self.idle.setFixedWidth(10 * GAP)
        db = self._context.db
        groups = [each.name for each in group_choices(db) if not each.sensitive]
        named = [
            (f"{each.dimension}：{each.name}", each.name)
            for each in labels(db, health=False)
            if not each.sensitive
        ]
        self.group = LetterBox([("", tr("不限")), *((each, each) for each in groups)])
        self.label = LetterBox([("", tr("不限")), *named])
        row = QHBoxLayout(self.people)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for words, control in (
            (tr("分组(&F)"), self.group),
            (tr("标签(&V)"), self.label),
            (tr("等级(&G)"), self.tier),
            (tr("生日月份(&Y)"), self.month),
            (tr("未到诊满几个月(&K)"), self.idle),
        ):
            row.addWidget(_named(words, control))
            row.addWidget(control)
        row.addStretch(1)
        for box in (self.group, self.label, self.tier, self.month):
            box.currentIndexChanged.connect(self.wanted)

    @property
    def report(self) -> Report:
        """The chosen report."""
        return find(str(self.choice.value()))

    def ask(self) -> Ask | None:
        """What is asked; None after saying what is wrong with it."""
        self.error.hide()
        today = self._context.today()
        try:
            span = checked(today, self.first.day(), self.last.day())
            asked = self.report.days(Ask(*span, today))
            idle = self.idle.count() if self.report.filtered and self.idle.value() else 0
        except RuleError as refused:
            self.refuse(refused.sentence)
            return None
        filters = Filters()
        if self.report.filtered:
            filters = Filters(
                str(self.tier.value()),
                int(self.month.value()),
                idle,
                str(self.group.value()),
                str(self.label.value()),
            )
        return replace(asked, filters=filters)

    def refuse(self, sentence: str) -> None:
        """Say what is wrong with the days and put the keyboard there."""
        self.error.setText(sentence)
        self.error.show()
        self.first.setFocus()

    def set_usual(self) -> None:
        """The usual days of the chosen report."""
        report = self.report
        first, last = usual_span(self._context.db, report, self._context.today())
        self.first.setText(first)
        self.last.setText(last)
        self.about.setText(report.about)
        self.people.setVisible(report.filtered)
        for each in (self.first, self.last, self.back, self.forth):
            each.setEnabled(not report.filtered)  # a list of people is of today

    def _chosen(self, *_: object) -> None:
        self.set_usual()
        self.wanted.emit()

    def _shift(self, steps: int, *_: object) -> None:
        ask = self.ask()
        if ask is None:
            return
        try:
            first, last = shifted(self.report.period, (ask.first, ask.last), steps)
        except RuleError as refused:
            self.refuse(refused.sentence)
            return
        if first > ask.today:
            self.refuse(tr("后面还没有可统计的日子。"))
            return
        self.first.setText(first)
        self.last.setText(last)
        self.wanted.emit()


def _named(words: str, control: QWidget) -> QLabel:
    made = QLabel(words)
    made.setBuddy(control)
    control.setAccessibleName(words.split("(")[0])
    return made
