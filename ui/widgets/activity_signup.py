"""报名: one field for the person, one for companions, Enter; everybody with a place below
(R012, R013)."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.activities.records import PlaceRow, places
from services.activities.sign_up import decline, sign_up, withdraw
from services.activities.words import INVITED, OPEN, PLANNED, SIGNED, WAITING, state_title
from services.errors import RuleError
from services.i18n import tr
from ui.context import UiContext
from ui.forms import Form, TextEdit, label
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.activity_page import ActivityPage
from ui.widgets.activity_words import changed_words, place_columns
from ui.widgets.gift_kit import CountEdit, key_button
from ui.widgets.person_picker import PersonPicker


class ActivitySignUpPage(ActivityPage):
    """Enter on a row of the list takes that person into the field."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.hint = label("", "muted")
        self.who = PersonPicker(context)
        self.companions = CountEdit(tr("不带留空"))
        self.remark = TextEdit(tr("可不填，例如 素食"))
        self.button = key_button(tr("报名 ⏎"), "primary")
        self.withdraw_button = key_button(tr("退出(&T)"), tip=tr("选中的人不参加了，名额让给候补"))
        self.decline_button = key_button(tr("不来(&X)"), tip=tr("邀请过、说不来的人"))
        self.table = Table(
            "activities/places",
            place_columns(),
            context.settings,
            title=tr("报名名单"),
            empty_text=tr(
                "还没有人报名。\n\n上面填手机后四位、姓名或拼音，⏎ 选中，再按 ⏎ 报名；\n"
                "整组邀请请到“邀请”页(Alt+2)。"
            ),
            key=lambda r: r.person_id,
        )
        person, with_them, remark = Form(), Form(), Form()
        self.who_field = person.add(tr("顾客(&W)"), self.who)
        self.companions_field = with_them.add(tr("同行(&C)"), self.companions)
        remark.add(tr("备注(&B)"), self.remark)
        top = QHBoxLayout()
        top.setSpacing(2 * GAP)
        top.addWidget(person, 4)
        top.addWidget(with_them, 2)
        top.addWidget(remark, 3)
        top.addWidget(self.button)
        below = QHBoxLayout()
        below.addWidget(self.hint, 1)
        below.addWidget(self.decline_button)
        below.addWidget(self.withdraw_button)
        self.body.addLayout(top)
        self.body.addLayout(below)
        self.body.addWidget(self.table, 1)
        self.button.clicked.connect(self.submit)
        self.withdraw_button.clicked.connect(self.withdraw)
        self.decline_button.clicked.connect(self.decline)
        self.table.activated_row.connect(self.take)
        self.table.current_row_changed.connect(self._show_allowed)

    def refresh(self) -> None:
        """Read who has a place."""
        row = self.row
        assert row is not None
        rows = self.context.alerts.run(places, self.context.db, row.id) or []
        self.table.set_rows(rows)
        words = tr("名单里选中一位按 ⏎，可以替他报名，或改同行人数。")
        if row.state == PLANNED:
            words = tr("还在筹备。资料写好了，按 Alt+K 开放报名。")
        elif row.state != OPEN:
            words = tr("{state}，不再报名。").format(state=state_title(row.state))
        self.hint.setText(words)
        for made in (self.button, self.who, self.companions, self.remark):
            made.setEnabled(row.state == OPEN)
        self._show_allowed(self.table.current_row())

    def first_focus(self) -> QWidget:
        return self.who if self.who.isEnabled() else self.table

    def _show_allowed(self, place: PlaceRow | None) -> None:
        open_ = self.row is not None and self.row.state == OPEN and place is not None
        state = place.state if place is not None else ""
        self.withdraw_button.setEnabled(open_ and state in (SIGNED, WAITING))
        self.decline_button.setEnabled(open_ and state == INVITED)

    def take(self, place: PlaceRow) -> None:
        """Take a row of the list into the fields."""
        if not self.who.isEnabled():
            return
        self.who.set_person(place.person_id, f"{place.name} {place.number}")
        self.companions.setText(str(place.companions or ""))
        self.remark.setText(place.note if place.state in (SIGNED, WAITING) else "")
        self.companions.setFocus()

    def submit(self) -> None:
        """Sign the chosen person up."""
        if not self.button.isEnabled() or self.row is None:
            return
        if self.who.person_id is None:
            self.who_field.refuse(tr("先填手机后四位、姓名或拼音，按 ⏎ 选中顾客，再报名。"))
            return
        try:
            companions = self.companions.count() if self.companions.value() else 0
        except RuleError as refused:
            self.companions_field.refuse(refused.sentence)
            return
        name = self.who.value()
        done = self.write(
            sign_up,
            activity_id=self.row.id,
            person_id=self.who.person_id,
            companions=companions,
            note=self.remark.value() or None,
        )
        if done is not None:
            kind = "warning" if done.state == WAITING else "success"
            self.context.alerts.banner(changed_words(name, done), kind)  # type: ignore[arg-type]
            self.who.set_person(None)
            self.companions.clear()
            self.remark.clear()
            self.table.select_key(done.person_id)
            self.who.setFocus()

    def withdraw(self, *_: object) -> None:
        """The chosen person steps back."""
        self._answer(withdraw)

    def decline(self, *_: object) -> None:
        """The chosen person does not come."""
        self._answer(decline)

    def _answer(self, call: object) -> None:
        place = self.table.current_row()
        if place is None or self.row is None:
            return
        done = self.write(
            call,  # type: ignore[arg-type]
            activity_id=self.row.id,
            person_id=place.person_id,
        )
        if done is not None:
            self.context.alerts.banner(changed_words(place.name, done), "success")
            self.table.setFocus()
