"""A refund form as it was prepared: read it, sign it, print it, or give it up (E59, R108)."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.forms.leave_paper import leave_paper
from services.i18n import tr
from services.memberships.leave_form import leave_form
from services.memberships.leaving import (
    RefundCaseRow,
    cancel_refund,
    refund_case,
    sign_refund,
    signing_day,
    state_title,
)
from services.memberships.worksheet import method_title
from services.money import yuan
from services.people.privacy import mask_name
from services.programmes.items import PAYMENTS
from services.rights import holders, may
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.desk import DeskDialog
from ui.dialogs.paper import PaperDialog
from ui.forms import Form, label
from ui.theme import GAP
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import LetterBox, key_button
from ui.widgets.worksheet import FactRows, WorksheetView

WIDTH = 132 * GAP
FACTS = 20 * GAP


class RefundCaseDialog(DeskDialog):
    """Enter signs what waits, and prints what is signed."""

    def __init__(self, context: UiContext, parent: QWidget | None, case_id: int) -> None:
        super().__init__(context, parent, tr("退会申请与退费单 {n}").format(n=case_id))
        self.setFixedWidth(WIDTH)
        self.case_id = case_id
        self.case: RefundCaseRow | None = None
        self.heading = label("", "subheading")
        self.head, self.facts = FactRows(tr("申请")), FactRows(tr("会费和使用情况"))
        self.ways = WorksheetView()
        self.note = label("", "warning")
        self.payment = LetterBox([("", tr("未填")), *((name, name) for name in PAYMENTS)])
        self.form = Form()
        self.form.add(tr("退款方式(&W)"), self.payment)
        self.form.setFixedWidth(40 * GAP)
        self.cancel_button = key_button(tr("撤销退费单(&X)…"))
        self.print_button = key_button(tr("打印(&D)…"))
        self.body.setSpacing(GAP)
        self.body.addWidget(self.heading)
        both = QHBoxLayout()
        both.setSpacing(3 * GAP)
        both.addWidget(scrolling(self.head, height=FACTS), 1)
        both.addWidget(scrolling(self.facts, height=FACTS), 1)
        self.body.addLayout(both)
        self.body.addWidget(self.ways, 1)
        self.body.addWidget(self.note)
        self.body.addWidget(self.form)
        left = (self.print_button, self.cancel_button)
        self.sign_button = self.add_buttons(tr("签字退费 ⏎"), tr("关闭"), left=left)
        self.cancel_button.clicked.connect(self.give_up)
        self.print_button.clicked.connect(self.open_paper)
        self.reload()

    def reload(self) -> None:
        """Read the case again and put the keyboard on what is next."""
        case = self.context.alerts.run(refund_case, self.context.db, self.case_id)
        form = self.context.alerts.run(leave_form, self.context.clinic, self.case_id)
        if case is None or form is None:
            return
        self.case = case
        words = tr("{name} {number} · {method} · 应退 ¥{fen} · {state}")
        self.heading.setText(
            words.format(
                name=mask_name(case.name),
                number=case.number,
                method=method_title(case.method),
                fen=yuan(case.amount_fen),
                state=state_title(case.state),
            )
        )
        self.head.show_rows((*form.head[4:], *form.result[3:]))
        self.facts.show_rows(form.facts)
        self.ways.show_sheet(case.worksheet, case.method, locked=True)
        waits = case.state == "prepared"
        obstacle = self._obstacle(case)
        self.note.setText(obstacle or "\n".join(form.hints))
        self.note.setVisible(bool(self.note.text()))
        self.form.setVisible(waits and not obstacle and case.amount_fen > 0)
        self.sign_button.setVisible(waits)
        self.sign_button.setEnabled(not obstacle)
        self.cancel_button.setVisible(waits and self._may("refund.cancel"))
        if not waits or obstacle:
            self.print_button.setFocus()
        else:
            (self.payment if self.form.isVisibleTo(self) else self.sign_button).setFocus()

    def _may(self, right: str) -> bool:
        return may(self.context.session.actor.role, right)

    def _obstacle(self, case: RefundCaseRow) -> str:
        """Why nobody can sign now."""
        if case.state != "prepared":
            return ""
        if not self._may("refund.sign"):
            sentence = tr("您没有签退费单的权限，须由{holders}登录后办理。")
            return sentence.format(holders=holders("refund.sign"))
        return signing_day(case, self.context.today())

    # --- doing ---

    def submit(self) -> None:
        """Sign with another person's PIN; the money is given back."""
        case = self.case
        if case is None or case.state != "prepared" or self._obstacle(case):
            return
        what = tr("退费 ¥{fen}，会籍今天结束：{reason}").format(
            fen=yuan(case.amount_fen), reason=case.reason
        )
        approval = ask_approval(self.context, self, "sign.refund", what, without=case.prepared_by)
        if approval is None:
            return
        done = self.context.alerts.run_command(
            sign_refund,
            self.once,
            case_id=case.id,
            approval=approval,
            payment=self.payment.value(),
        )
        if done is not None:
            words = tr("已签字，退还 ¥{fen}，会籍今天结束。请打印退费单，由会员签字。")
            for alerts in (self._window_alerts, self.context.alerts):
                alerts.banner(words.format(fen=yuan(done.amount_fen)), "success")
            self.reload()

    def give_up(self, *_: object) -> None:
        """The member stays, or it is prepared anew."""
        sentence = tr("撤销后会员照旧，要退会须重新准备。撤销这张退费单吗？")
        if not self.context.alerts.ask(tr("撤销退费单"), sentence, tr("撤销(&Y)")):
            return
        done = self.context.alerts.run_command(cancel_refund, self.once, case_id=self.case_id)
        if done is not None:
            self.say_done(tr("退费单已撤销。"))

    def open_paper(self, *_: object) -> None:
        """The form as it is printed."""
        form = self.context.alerts.run(leave_form, self.context.clinic, self.case_id)
        if form is not None:
            PaperDialog(self.context, self, leave_paper(form)).open()
