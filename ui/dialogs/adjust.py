"""Points by hand, with a reason; many points with a second person's word. And taking it back.

Goodwill is given for a complaint: an open one of the person, or one written down here (E67).
"""

from __future__ import annotations

import re
import uuid

from PySide6.QtWidgets import QWidget

from services.feedback.complaints import complaints_of, open_complaint
from services.i18n import tr
from services.loyalty.points import (
    ADJUST_ALONE,
    GOODWILL,
    REASONS,
    PointsRow,
    adjust_points,
    adjustable,
    reason_title,
    reverse_adjustment,
)
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, Form, TextEdit, label

_POINTS = re.compile(r"([+\-]?)(\d{1,7})")


class AdjustDialog(DeskDialog):
    """Add or take points; `complaint_id` begins with goodwill for that complaint, `programme_id`
    with the points of that programme."""

    def __init__(
        self,
        context: UiContext,
        parent: QWidget | None,
        complaint_id: int | None = None,
        programme_id: int | None = None,
    ) -> None:
        super().__init__(context, parent, tr("人工调整积分"))
        words = tr("调整不影响等级，会记下原因和经手人。超过 {n} 分须由院长批准。")
        self.body.addWidget(label(words.format(n=ADJUST_ALONE), "muted"))
        accounts = adjustable(context.db, context.today())
        self.programme = ChoiceBox([(t.programme_id, t.name) for t in accounts])
        self.programme.choose(programme_id)
        self.points = TextEdit(tr("例如 100 或 -100"))
        self.code = ChoiceBox([(code, reason_title(code)) for code in REASONS])
        self.text = TextEdit(tr("写明情况"))
        self.complaint = ChoiceBox(self._complaints())
        self.complaint_text = TextEdit(tr("例如 等候太久"))
        self._complaint_op = uuid.uuid4()
        self.form = form = Form()
        programme_field = form.add(tr("方案(&Y)"), self.programme)
        form.show_row(programme_field, len(accounts) > 1)
        self.points_field = form.add(tr("积分(&N)"), self.points)
        form.add(tr("原因(&R)"), self.code)
        self.complaint_field = form.add(tr("投诉(&C)"), self.complaint)
        self.complaint_text_field = form.add(tr("投诉内容(&O)"), self.complaint_text)
        self.text_field = form.add(tr("情况(&T)"), self.text)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.add_buttons(tr("调整"), tr("取消"))
        for choice in (self.code, self.complaint):
            choice.currentIndexChanged.connect(self._show_complaint)
        if complaint_id is not None:
            self.code.choose(GOODWILL)
            self.complaint.choose(complaint_id)
        self._show_complaint()
        self.points.setFocus()

    def _complaints(self) -> list[tuple[int | None, str]]:
        """The open complaints of the person, and writing down a new one."""
        rows = complaints_of(self.context.db, self.context.today(), self.person_id)
        words = tr("{day} {text}")
        known = [
            (row.id, words.format(day=row.received_on, text=row.text)) for row in rows if row.open
        ]
        return [*known, (None, tr("新登记一条投诉"))]

    def _show_complaint(self) -> None:
        goodwill = self.code.value() == GOODWILL
        new = goodwill and self.complaint.value() is None
        self.form.show_row(self.complaint_field, goodwill)
        self.form.show_row(self.complaint_text_field, new)

    def _complaint_id(self) -> int | None:
        """The complaint goodwill is given for, written down first when it is new; None when it
        could not be."""
        chosen = self.complaint.value()
        if chosen is not None:
            return int(chosen)
        done = self.context.alerts.run_command(
            open_complaint,
            self.context.session.once(self._complaint_op),
            person_id=self.person_id,
            text=self.complaint_text.value(),
        )
        return None if done is None else done.complaint_id

    def submit(self) -> None:
        """Adjust."""
        found = _POINTS.fullmatch(self.points.value())
        points = int(found.group(1) + found.group(2)) if found else 0
        if points == 0:
            self.points_field.refuse(tr("写一个不为 0 的整数，扣分前面加减号，例如 -100。"))
            return
        if not self.text.value():
            if self.focusWidget() is self.points:
                self.text.setFocus()
            else:
                self.text_field.refuse(tr("请写明为什么调整。"))
            return
        complaint_id = None
        if self.code.value() == GOODWILL:
            if self.complaint.value() is None and not self.complaint_text.value():
                self.complaint_text_field.refuse(tr("请写明投诉内容。"))
                return
            complaint_id = self._complaint_id()
            if complaint_id is None:
                return
        self._adjust(points, complaint_id)

    def _adjust(self, points: int, complaint_id: int | None) -> None:
        approval = None
        if abs(points) > ADJUST_ALONE:
            what = tr("人工调整积分 {points}：{text}").format(
                points=f"{points:+,}", text=self.text.value()
            )
            approval = ask_approval(self.context, self, "approve.adjustment", what)
            if approval is None:
                return
        done = self.context.alerts.run_command(
            adjust_points,
            self.once,
            person_id=self.person_id,
            points=points,
            reason_code=self.code.value(),
            text=self.text.value(),
            complaint_id=complaint_id,
            programme_id=self.programme.value(),
            approval=approval,
        )
        if done is not None:
            self.say_done(tr("已调整积分 {points}。").format(points=f"{points:+,}"))


class ReverseDialog(DeskDialog):
    """Take back an adjustment by a reversing row."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: PointsRow) -> None:
        super().__init__(context, parent, tr("冲销调整"))
        self._row = row
        words = tr("{day} {staff} 调整 {points} 分：{reason}")
        self.body.addWidget(
            label(
                words.format(
                    day=row.occurred_on,
                    staff=row.staff,
                    points=f"{row.points:+,}",
                    reason=row.reason,
                ),
                "muted",
            )
        )
        self.text = TextEdit(tr("例如 调整错人"))
        form = Form()
        self.text_field = form.add(tr("冲销原因(&R)"), self.text)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.add_buttons(tr("冲销"), tr("取消"))
        self.text.setFocus()

    def submit(self) -> None:
        """Reverse."""
        if not self.text.value():
            self.text_field.refuse(tr("请填写冲销原因。"))
            return
        done = self.context.alerts.run_command(
            reverse_adjustment, self.once, entry_id=self._row.id, text=self.text.value()
        )
        if done is not None:
            self.say_done(tr("已冲销，积分 {points}。").format(points=f"{done.points:+,}"))
