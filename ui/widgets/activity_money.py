"""费用: what was spent on an activity, a line each with its document (R012)."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.activities.costs import CostRow, add_cost, cost_fen, costs, per_head, take_cost_back
from services.errors import RuleError
from services.i18n import tr
from services.money import yuan
from services.rights import may
from ui.context import UiContext
from ui.forms import DateEdit, Form, MoneyEdit, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.activity_page import ActivityPage
from ui.widgets.gift_kit import RightNote, key_button

RIGHT = "activity.cost"


class ActivityMoneyPage(ActivityPage):
    """What, how much, the document, Enter; a wrong line is taken back by one of its own."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.note = RightNote(context)
        self.what = TextEdit(tr("例如 场地、茶点、讲课费"))
        self.amount = MoneyEdit(tr("元"))
        self.document = TextEdit(tr("发票或收据号"))
        self.day = DateEdit()
        self.button = key_button(tr("记一笔 ⏎"), "primary")
        self.back_button = key_button(tr("冲销(&Z)"), tip=tr("记错了：选中那一行，再记一笔正确的"))
        self.total = label("", "subheading")
        self.table = Table(
            "activities/costs",
            columns(),
            context.settings,
            title=tr("费用"),
            empty_text=tr(
                "还没有费用。\n\n写明是什么、多少钱、票据号，按 ⏎ 记下；\n活动总结以后也能补记。"
            ),
        )
        self._build()

    def _build(self) -> None:
        what, amount, document, day = Form(), Form(), Form(), Form()
        self.what_field = what.add(tr("费用(&W)"), self.what)
        self.amount_field = amount.add(tr("金额(&J)"), self.amount)
        document.add(tr("票据号(&D)"), self.document)
        self.day_field = day.add(tr("日期(&T)"), self.day)
        self.day.setText(self.context.today())
        top = QHBoxLayout()
        top.setSpacing(2 * GAP)
        for part, stretch in ((what, 4), (amount, 3), (document, 3), (day, 3)):
            top.addWidget(part, stretch)
        top.addWidget(self.button)
        below = QHBoxLayout()
        below.addWidget(self.total, 1)
        below.addWidget(self.back_button)
        self.body.addWidget(self.note)
        self.body.addLayout(top)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(below)
        self.button.clicked.connect(self.submit)
        self.back_button.clicked.connect(self.take_back)
        self.table.current_row_changed.connect(self._show_allowed)

    def refresh(self) -> None:
        """Read the lines and their sum."""
        row = self.row
        assert row is not None
        db = self.context.db
        self.table.set_rows(self.context.alerts.run(costs, db, row.id) or [])
        fen = cost_fen(db, row.id)
        words = tr("合计 ¥{all}").format(all=yuan(fen))
        head = per_head(fen, row.present)
        if head is not None:
            words += tr("，到场人均 ¥{n}").format(n=yuan(head))
        self.total.setText(words)
        allowed = self.note.check(RIGHT)
        for made in (self.what, self.amount, self.document, self.day, self.button):
            made.setEnabled(allowed)
        self._show_allowed(self.table.current_row())

    def first_focus(self) -> QWidget:
        return self.what if self.what.isEnabled() else self.table

    def _show_allowed(self, cost: CostRow | None) -> None:
        stands = cost is not None and not cost.taken_back and not cost.takes_back
        self.back_button.setEnabled(stands and may(self.context.session.actor.role, RIGHT))

    def submit(self) -> None:
        """Write the line down."""
        if self.row is None or not self.button.isEnabled():
            return
        if not self.what.value():
            self.what_field.refuse(tr("请写明是什么费用。"))
            return
        try:
            fen = self.amount.fen()
        except RuleError as refused:
            self.amount_field.refuse(refused.sentence)
            return
        try:
            on = self.day.day()
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        done = self.write(
            add_cost,
            activity_id=self.row.id,
            what=self.what.value(),
            amount_fen=fen,
            document=self.document.value(),
            occurred_on=on,
        )
        if done is not None:
            words = tr("已记 {what} ¥{n}。").format(what=self.what.value(), n=yuan(fen))
            self.context.alerts.banner(words, "success")
            for line in (self.what, self.amount, self.document):
                line.clear()
            self.what.setFocus()

    def take_back(self, *_: object) -> None:
        """Take the chosen line back."""
        cost = self.table.current_row()
        if cost is None:
            return
        if self.write(take_cost_back, cost_id=cost.id) is not None:
            self.context.alerts.banner(tr("已冲销。请再记一笔正确的。"), "success")
            self.what.setFocus()


def columns() -> list[Column]:
    """An amount in one line."""
    return [
        Column(tr("日期"), lambda r: r.occurred_on, width=104),
        Column(tr("费用"), lambda r: r.what, width=280, tone=_tone),
        Column(tr("金额"), lambda r: yuan(r.amount_fen), lambda r: r.amount_fen, "right", 112),
        Column(tr("票据号"), lambda r: r.document, width=176),
        Column(tr("说明"), _state, width=88, tone=_tone),
        Column(tr("经手"), lambda r: r.staff, width=88),
    ]


def _state(row: CostRow) -> str:
    if row.taken_back:
        return tr("已冲销")
    return tr("冲销") if row.takes_back else ""


def _tone(row: CostRow) -> str:
    return "muted" if row.taken_back or row.takes_back else ""
