"""意见投诉: the list of what people said, and the one at hand with its next step (R025, R052, R066,
R151)."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.feedback.complaint_list import ComplaintRow
from services.feedback.voices import MOST, Voice, voices
from services.feedback.words import KINDS, kind_title
from services.forms.complaint_sheet import blank_complaint_sheet, complaint_sheet
from services.forms.printed import personal_paper
from services.i18n import tr
from services.rights import may
from ui.context import UiContext
from ui.dialogs.adjust import AdjustDialog
from ui.dialogs.awards import GiveAwardDialog
from ui.dialogs.base import Dialog
from ui.dialogs.complaint_days import DeadlinesDialog
from ui.dialogs.complaint_request import NewRequestDialog
from ui.dialogs.complaint_step import AssignDialog, ChangeComplaintDialog, SayDialog
from ui.dialogs.complaints import NewComplaintDialog, step_dialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.papers import Offer, PapersDialog
from ui.forms import ChoiceBox, label
from ui.theme import GAP
from ui.widgets.feedback_card import VoiceCard
from ui.widgets.feedback_list import (
    AWARD_KEY,
    COMPLAINT_KEY,
    POINTS_KEY,
    PRINT_KEY,
    REQUEST_KEY,
    VoiceList,
)
from ui.widgets.gift_kit import Switch, key_button

OPEN, MINE, LATE, ALL = "open", "mine", "late", "all"
_PERSONAL = "paper.personal"


class FeedbackPage(QWidget):
    """Enter does the next step of the chosen one; one key begins a new one."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("意见投诉"))
        self.which = Switch(
            tr("哪些"),
            [
                (OPEN, tr("未结(&U)")),
                (MINE, tr("我的(&I)")),
                (LATE, tr("过期(&O)")),
                (ALL, tr("全部(&V)")),
            ],
        )
        self.kinds = ChoiceBox(
            [("", tr("全部类别")), *((kind, kind_title(kind)) for kind in KINDS)]
        )
        self.summary = label("", "muted")
        self.list = VoiceList(context.settings)
        self.card = VoiceCard(context)
        self.new_complaint_button = key_button(tr("登记投诉(&N)…"))
        self.new_request_button = key_button(tr("登记要求、建议(&Q)…"))
        self.days_button = key_button(tr("期限规定(&F)…"))
        self._build()
        self._wire()

    def _build(self) -> None:
        self.which.choose(OPEN)
        self.kinds.setFixedWidth(14 * GAP)
        self.kinds.setAccessibleName(tr("类别"))
        kinds = label(tr("类别(&E)"))
        kinds.setBuddy(self.kinds)
        self.new_complaint_button.setToolTip(tr("列表里按 {key}").format(key=COMPLAINT_KEY))
        self.new_request_button.setToolTip(tr("列表里按 {key}").format(key=REQUEST_KEY))
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self.which)
        top.addStretch(1)
        top.addWidget(kinds)
        top.addWidget(self.kinds)
        below = QHBoxLayout()
        below.setSpacing(GAP)
        below.addWidget(self.new_complaint_button)
        below.addWidget(self.new_request_button)
        below.addWidget(self.days_button)
        below.addStretch(1)
        below.addWidget(self.summary)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addLayout(top)
        left.addWidget(self.list, 1)
        left.addLayout(below)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 5)
        row.addWidget(self.card, 4)

    def _wire(self) -> None:
        self.which.chosen.connect(self._filter)
        self.kinds.currentIndexChanged.connect(self._filter)
        self.list.current_row_changed.connect(self._row_changed)
        self.list.activated_row.connect(self._enter)
        self.list.key_pressed.connect(self._key)
        self.card.wanted.connect(self._take)
        self.new_complaint_button.clicked.connect(self.new_complaint)
        self.new_request_button.clicked.connect(self.new_request)
        self.days_button.clicked.connect(self.open_days)

    # --- showing ---

    def refresh(self) -> None:
        """Read the list again; the chosen one stays when it is still there."""
        context = self.context
        self.list.today = context.today()
        actor = context.session.actor
        which = self.which.value()
        rows = voices(
            context.db,
            context.today(),
            which,
            kinds=(self.kinds.value(),) if self.kinds.value() else KINDS,
            staff_id=actor.id,
        )
        self.list.set_rows(rows)
        self.list.select_first()
        self._show(self.list.current_row())
        self._say(rows)
        self.days_button.setVisible(may(actor.role, "feedback.deadlines"))
        self.new_complaint_button.setEnabled(may(actor.role, "complaint.open"))

    def _say(self, rows: list[Voice]) -> None:
        waiting = sum(row.open for row in rows)
        late = sum(row.overdue for row in rows)
        words = tr("未结 {n} 条").format(n=waiting)
        if late:
            words += tr(" · 过期 {n} 条").format(n=late)
        if len(rows) == MOST:
            words += tr(" · 只列最近 {n} 条，更早的看报表").format(n=MOST)
        self.summary.setText(words if rows else "")

    def first_focus(self) -> QWidget:
        """The list: Enter does the next step."""
        return self.list

    def show_waiting(self) -> None:
        """The today strip: what waits, of every kind; what waits too long comes first."""
        self.which.choose(OPEN)
        self.kinds.choose("")
        self._filter()
        if self.list.rows():
            self.list.selectRow(0)

    def _filter(self, *_: object) -> None:
        self.context.alerts.run(self.refresh)
        self.list.setFocus()

    def _row_changed(self, row: Voice | None) -> None:
        self._show(row)

    def _show(self, row: Voice | None) -> None:
        self.context.alerts.run(self.card.show_voice, row)

    # --- keys ---

    def _enter(self, _row: Voice) -> None:
        self.card.take_next()

    def _key(self, key: str) -> None:
        calls: dict[str, Any] = {
            COMPLAINT_KEY: self.new_complaint,
            REQUEST_KEY: self.new_request,
            POINTS_KEY: partial(self.card.take, "points"),
            AWARD_KEY: partial(self.card.take, "award"),
            PRINT_KEY: partial(self.card.take, "print"),
        }
        calls[key]()

    def act_print(self) -> bool:
        """Ctrl+P: the sheet of the chosen complaint, an empty one."""
        row = self.card.row
        offers = []
        if isinstance(row, ComplaintRow):
            words = tr("投诉与纠纷处理单 · {n} 号 {name}").format(n=row.id, name=row.name)
            offers.append(Offer(words, partial(self._sheet, row), _PERSONAL))
        blank = partial(blank_complaint_sheet, self.context.db)
        offers.append(Offer(tr("空白投诉与纠纷处理单"), blank))
        PapersDialog(self.context, self.window(), tr("打印"), offers).open()
        return True

    def act_back(self) -> bool:
        """Esc: from the card to the list."""
        if self.card.isAncestorOf(self.focusWidget() or self):
            self.list.setFocus()
            return True
        return False

    # --- doing ---

    def new_complaint(self, *_: object) -> None:
        """N: a complaint of the open person."""
        if not may(self.context.session.actor.role, "complaint.open"):
            return
        if self.context.person_id is None:
            self.context.alerts.banner(
                tr("先按 F3 找到顾客再登记投诉；没有建档的先按 F2 建档。不记姓名的意见按 R。"),
                "info",
            )
            return
        self._open(NewComplaintDialog(self.context, self.window()))

    def new_request(self, *_: object) -> None:
        """R: a request or a suggestion, of the open person or of nobody by name."""
        self._open(NewRequestDialog(self.context, self.window()))

    def open_days(self, *_: object) -> None:
        """The clinic's deadlines."""
        self._open(DeadlinesDialog(self.context, self.window()))

    def _take(self, step: str) -> None:
        row: Any = self.card.row
        if row.person_id is not None and row.person_id != self.context.person_id:
            self.context.current_person.select(row.person_id)
        dialog = self.context.alerts.run(self._dialog, row, step)
        if dialog is not None:
            self._open(dialog)

    def _dialog(self, row: Any, step: str) -> Dialog:
        context, window = self.context, self.window()
        if step == "points":
            return AdjustDialog(context, window, complaint_id=row.id)
        if step == "award":
            return GiveAwardDialog(context, window, complaint_id=row.id)
        if step == "print":
            return PaperDialog(context, window, self._sheet(row))
        if step == "change":
            return ChangeComplaintDialog(context, window, row)
        if step in ("assign", "assign_request"):
            return AssignDialog(context, window, row)
        if isinstance(row, ComplaintRow):
            return step_dialog(context, window, row, step)
        return SayDialog(context, window, row, step)

    def _sheet(self, row: ComplaintRow) -> Any:
        """The person's own paper, in clear: who made it is on record."""
        db, today = self.context.db, self.context.today()
        return personal_paper(
            self.context.session, row.person_id, partial(complaint_sheet, db, today, row.id)
        )

    def _open(self, dialog: Dialog) -> None:
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self, *_: object) -> None:
        self.context.alerts.run(self.refresh)
        self.list.setFocus()
