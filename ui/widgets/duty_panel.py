"""One duty: when, who, what is to be ticked, and what somebody says about it."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from services.duties.board import DONE, LATER, OPEN, SKIPPED, DutyRow
from services.duties.cycles import rhythm_words
from services.duties.facts import FACTS
from services.i18n import tr
from services.rights import role_title
from ui.forms import Form, TextEdit, label
from ui.theme import GAP, role_of
from ui.widgets.consequences import scrolling


class DutyPanel(QWidget):
    """Boxes to tick with the space bar, and a line of words."""

    def __init__(self) -> None:
        super().__init__()
        self.row: DutyRow | None = None
        self.boxes: list[QCheckBox] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        self.title = label("", "subheading")
        self.when = label("", "muted")
        self.state = label("")
        self.how = label("", "muted")
        for each in (self.title, self.when, self.state, self.how):
            column.addWidget(each)
        self._holder = QWidget()
        self._points = QVBoxLayout(self._holder)
        self._points.setContentsMargins(0, 0, 0, 0)
        self._points.setSpacing(GAP)
        column.addWidget(scrolling(self._holder), 1)
        self.note = TextEdit()
        self.form = Form()
        self.note_field = self.form.add(tr("备注(&N)"), self.note)
        column.addWidget(self.form)

    def show_row(self, row: DutyRow | None, *, allowed: bool) -> None:
        """Show a turn; what was typed about the same one stays."""
        same = row is not None and self.row is not None and row.id == self.row.id
        kept = {box.text() for box in self.boxes if box.isChecked()} if same else set()
        if not same:
            self.note.clear()
        self.note_field.clear_error()
        self.row = row
        self.setVisible(row is not None)
        self._fill(row, kept, allowed)
        if row is None:
            return
        self.title.setText(row.title)
        self.when.setText(when_words(row))
        words, tone = state_words(row)
        self.state.setText(words)
        role_of(self.state, tone)
        asked = FACTS.get(row.duty.ask)
        self.how.setText(" ".join(each for each in (asked and asked.how(), row.duty.note) if each))
        self.how.setVisible(bool(self.how.text()))
        open_now = row.state == OPEN and allowed
        self.form.setVisible(open_now)
        hint = tr("这次不做的，在这里写原因") if asked else tr("可不填；这次不做的写原因")
        self.note.setPlaceholderText(hint)

    def _fill(self, row: DutyRow | None, kept: set[str], allowed: bool) -> None:
        for box in self.boxes:
            box.deleteLater()
        while self._points.count():
            self._points.takeAt(0)
        self.boxes = []
        for point in row.points if row is not None else ():
            box = QCheckBox(point.text)
            box.setAccessibleName(point.text)
            box.setChecked(point.ticked or point.text in kept)
            box.setEnabled(row is not None and row.state == OPEN and allowed and not point.ticked)
            self._points.addWidget(box)
            self.boxes.append(box)
        self._points.addStretch(1)

    def ticked(self) -> tuple[str, ...]:
        """The points ticked now that were not before."""
        return tuple(box.text() for box in self.boxes if box.isEnabled() and box.isChecked())

    def first_focus(self) -> QWidget:
        """Where the work begins: the first point that is not ticked, else the words."""
        waiting = [box for box in self.boxes if box.isEnabled() and not box.isChecked()]
        return waiting[0] if waiting else self.note


def when_words(row: DutyRow) -> str:
    """Its rhythm, its post and its day."""
    post = role_title(row.duty.post) if row.duty.post else tr("不分岗位")
    words = tr("{rhythm} · {post} · 应办 {day}")
    return words.format(rhythm=rhythm_words(row.duty), post=post, day=row.due_on)


def state_words(row: DutyRow) -> tuple[str, str]:
    """What became of it, and the role of the words."""
    if row.state == LATER:
        return tr("还没到时候，{day} 起办。").format(day=row.from_on), "muted"
    if row.state in (DONE, SKIPPED):
        words = tr("已完成：{who} {day}") if row.state == DONE else tr("这次不做：{who} {day}")
        text = words.format(who=row.done_by, day=row.done_on)
        return (f"{text} · {row.note}" if row.note else text), "success"
    parts = [tr("已过 {n} 天").format(n=row.late) if row.late else tr("现在可办")]
    if row.missed:
        parts.append(tr("之前漏了 {n} 期，只办这一期").format(n=row.missed))
    if row.done_by:
        parts.append(tr("{who} {day} 做了一部分").format(who=row.done_by, day=row.done_on))
        if row.note:
            parts.append(row.note)
    return "；".join(parts) + "。", "warning" if row.late else ""
