"""The clinic's list of duties: change, add, switch off and on (R151)."""

from __future__ import annotations

import uuid

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from services.duties.cycles import MONTHS, RHYTHMS, rhythm_title, rhythm_words, weekday_words
from services.duties.editing import DutyWish, add_duty, change_duty, switch_duty
from services.duties.records import DutyRecord, duties
from services.errors import RuleError
from services.i18n import tr
from services.rights import MEMBER_ADMIN, ROLES, role_title
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import CountEdit, RowForm, key_button, rename

_POINTS = 14 * GAP
_CHOSEN = ("day", "week")  # rhythms whose day is chosen from words
_COUNTED = ("staff", "once")  # rhythms that wait for some days


class DutySettingsDialog(Dialog):
    """The list on the left, the chosen one (or a new one) on the right; Ctrl+Enter saves."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("设置事项"))
        self.take_room(152 * GAP, 78 * GAP)
        self._op = uuid.uuid4()
        self._chosen: DutyRecord | None = None
        self.table = Table(
            "duties/settings",
            columns(),
            context.settings,
            title=tr("事项名单"),
            empty_text=tr("还没有事项，在右边填写第一项。"),
        )
        self.heading = label("", "subheading")
        self.name = TextEdit(tr("例如 检查急救箱"))
        self.rhythm = ChoiceBox([(each, rhythm_title(each)) for each in RHYTHMS])
        self.weekday = ChoiceBox()
        self.day = CountEdit()
        self.month = CountEdit()
        self.ahead = CountEdit()
        posts = [("", tr("不分岗位")), *((role, role_title(role)) for role in ROLES)]
        self.post = ChoiceBox(posts)
        self.points = QPlainTextEdit()
        self.note = TextEdit()
        self.switch_button = key_button(tr("停用(&W)"))
        self._build()
        self.rhythm.currentIndexChanged.connect(self._rhythm_chosen)
        self.table.current_row_changed.connect(self.show_duty)
        self.switch_button.clicked.connect(self.switch)
        self.reload()
        self.table.setFocus()
        self.table.select_first()

    def _build(self) -> None:
        self.form = RowForm()
        self.name_field = self.form.add(tr("事项(&N)"), self.name)
        self.form.add(tr("多久一次(&F)"), self.rhythm)
        self.weekday_field = self.form.add(tr("哪一天(&D)"), self.weekday)
        self.month_field = self.form.add(tr("第几个月(&Y)"), self.month)
        self.day_field = self.form.add(tr("日子(&D)"), self.day)
        self.ahead_field = self.form.add(tr("提前几天(&T)"), self.ahead)
        self.form.add(tr("岗位(&G)"), self.post)
        self.points.setTabChangesFocus(True)
        self.points.setFixedHeight(_POINTS)
        self.points_field = self.form.add(
            tr("清单(&L)"), self.points, tr("一行一条；不用清单就空着")
        )
        self.form.add(tr("说明(&X)"), self.note)
        side = QVBoxLayout()
        side.setSpacing(GAP)
        side.addWidget(self.heading)
        side.addWidget(self.form)
        side.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        both.addWidget(self.table, 5)
        both.addLayout(side, 4)
        self.body.addLayout(both, 1)
        self.new_button = key_button(tr("新事项(&A)"))
        self.new_button.clicked.connect(self.new_duty)
        left = (self.new_button, self.switch_button)
        self.save_button = self.add_buttons(tr("保存  Ctrl+Enter"), tr("关闭"), left=left)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.submit)

    # -- showing -----------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the list again."""
        rows = self.context.alerts.run(duties, self.context.db, everything=True)
        self.table.set_rows(rows or [])

    def new_duty(self, *_: object) -> None:
        """Empty fields for one of the clinic's own."""
        self.table.clearSelection()
        self._show(None)
        self.name.setFocus()

    def show_duty(self, row: DutyRecord | None) -> None:
        """The one under the cursor."""
        if row is not None:
            self._show(row)

    def _show(self, row: DutyRecord | None) -> None:
        self._chosen = row
        self.form.clear_errors()
        self.heading.setText(tr("添加事项") if row is None else row.name)
        self.name.setText("" if row is None else row.name)
        self.rhythm.choose("week" if row is None else row.rhythm)
        self.rhythm.setEnabled(row is None)
        self._rhythm_chosen()
        self.weekday.choose(1 if row is None else row.day)
        self.day.setText("1" if row is None else str(row.day))
        self.month.setText("1" if row is None else str(max(row.month, 1)))
        self.ahead.setText("0" if row is None else str(row.ahead))
        self.post.choose(MEMBER_ADMIN if row is None else row.post)
        self.points.setPlainText("" if row is None else "\n".join(row.points))
        self.note.setText("" if row is None else row.note)
        fixed = row is not None and bool(row.ask)
        self.form.show_row(self.points_field, not fixed)
        self.weekday.setEnabled(not fixed)
        self.switch_button.setVisible(row is not None)
        if row is not None:
            rename(self.switch_button, tr("停用(&W)") if row.active else tr("启用(&W)"))

    def _rhythm_chosen(self, *_: object) -> None:
        """Only the fields this rhythm knows."""
        rhythm = self.rhythm.value()
        if rhythm == "day":
            words = (tr("周一至周五"), tr("周一至周六"), tr("每天"))
            self.weekday.set_choices(list(zip((5, 6, 7), words, strict=True)))
        else:
            self.weekday.set_choices([(day, tr("周") + weekday_words(day)) for day in range(1, 8)])
        self.form.show_row(self.weekday_field, rhythm in _CHOSEN)
        self.form.show_row(self.day_field, rhythm not in _CHOSEN)
        self.form.show_row(self.month_field, MONTHS.get(rhythm, 1) > 1)
        self.form.show_row(self.ahead_field, rhythm not in ("day", *_COUNTED))
        hint = tr("1 至 31；没有这一天的月份按最后一天")
        if rhythm in _COUNTED:
            hint = tr("到岗后几天内办完") if rhythm == "staff" else tr("从今天起几天内办完")
        self.day.setPlaceholderText(hint)
        self.day.setToolTip(hint)

    # -- doing -------------------------------------------------------------------------------

    def submit(self) -> None:
        """Save what is shown."""
        wish = self._wish()
        if wish is None:
            return
        session, alerts = self.context.session.once(self._op), self.context.alerts
        if self._chosen is None:
            done = alerts.run_command(add_duty, session, wish=wish)
        else:
            done = alerts.run_command(change_duty, session, duty_id=self._chosen.id, wish=wish)
        if done is not None:
            self._saved(done.duty_id, tr("“{name}”已保存。").format(name=wish.name))

    def _wish(self) -> DutyWish | None:
        """What the form says; None after saying which number is missing."""
        rhythm = self.rhythm.value()
        numbers: dict[str, int] = {"day": int(self.weekday.value() or 0), "month": 0, "ahead": 0}
        for name, field, edit in (
            ("day", self.day_field, self.day),
            ("month", self.month_field, self.month),
            ("ahead", self.ahead_field, self.ahead),
        ):
            if field.isHidden() or (name == "day" and rhythm in _CHOSEN):
                continue
            try:
                numbers[name] = edit.count()
            except RuleError as refused:
                field.refuse(refused.sentence)
                return None
        return DutyWish(
            name=self.name.value(),
            rhythm=rhythm,
            day=numbers["day"],
            month=numbers["month"],
            ahead=numbers["ahead"],
            post=self.post.value(),
            points=tuple(self.points.toPlainText().splitlines()),
            note=self.note.value(),
        )

    def switch(self, *_: object) -> None:
        """Off, or on again from today."""
        chosen = self._chosen
        if chosen is None:
            return
        done = self.context.alerts.run_command(
            switch_duty,
            self.context.session.once(self._op),
            duty_id=chosen.id,
            active=not chosen.active,
        )
        if done is not None:
            words = tr("“{name}”已停用，过去的记录保留。")
            if not chosen.active:
                words = tr("“{name}”已启用，从今天起算。")
            self._saved(done.duty_id, words.format(name=chosen.name))

    def _saved(self, duty_id: int, sentence: str) -> None:
        self._op = uuid.uuid4()
        self.reload()
        self.table.select_key(duty_id)
        row = self.table.current_row()
        if row is not None:
            self._show(row)
        self.context.alerts.banner(sentence, "success")


def columns() -> list[Column]:
    """A duty in one line."""
    return [
        Column(tr("事项"), lambda r: r.name, width=170, tone=_tone),
        Column(tr("什么时候"), rhythm_words, width=170, tone=_tone),
        Column(tr("岗位"), _post, width=92, tone=_tone),
        Column(tr("状态"), _state, width=60, tone=_tone),
    ]


def _post(row: DutyRecord) -> str:
    return role_title(row.post) if row.post else tr("不分岗位")


def _state(row: DutyRecord) -> str:
    return tr("启用") if row.active else tr("停用")


def _tone(row: DutyRecord) -> str:
    return "" if row.active else "muted"
