"""The card that takes something back: a gift, a use clicked by mistake, points that were spent."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal

from services.clock import days_between
from services.gifts.handout import return_gift
from services.gifts.return_days import return_days
from services.i18n import tr
from services.loyalty.redemption import return_redemption
from services.loyalty.service_use import void_use
from ui.context import UiContext
from ui.forms import ChoiceBox, TextEdit, button, button_row, label
from ui.widgets.gift_kit import Card, RowForm
from ui.widgets.gift_lists import PastRow
from ui.widgets.gift_signature import Signature


class BackCard(Card):
    """A reason, Enter; a late one asks a manager for a PIN first."""

    done = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.row: PastRow | None = None
        self._op = uuid4()
        self.reason = TextEdit(tr("为什么"))
        self.state = ChoiceBox(
            [(True, tr("未拆封，放回收费室")), (False, tr("已拆封或损坏，报损"))]
        )
        self.after = ChoiceBox([(True, tr("退回积分")), (False, tr("换一件"))])
        form = RowForm()
        self._reason_field = form.add(tr("原因(&K)"), self.reason)
        self._state_field = form.add(tr("礼品状态(&W)"), self.state)
        self._after_field = form.add(tr("退回后(&E)"), self.after)
        self._form = form
        self.facts = label("", "muted")
        self.take = button("", "primary")
        self.approvers = {
            right: Signature(context, right, tr("会员管理员或院长批准"), tr("批准"))
            for right in ("approve.return", "approve.late_void")
        }
        for widget in (form, self.facts, *self.approvers.values()):
            self.body.addWidget(widget)
        self.body.addLayout(button_row(self.take))
        self.body.addStretch(1)
        self.submitted.connect(self.submit)
        self.state.currentIndexChanged.connect(self._ask)
        self.take.clicked.connect(self.submit)
        for approver in self.approvers.values():
            approver.signed.connect(self.submit)

    def load(self, row: PastRow) -> None:
        """Ask for the reason and, when it is late, for a manager's word."""
        if self.row is None or self.row.id != row.id:
            self._op = uuid4()
            self.reason.clear()
            self.state.setCurrentIndex(0)
            self.after.setCurrentIndex(0)
        self.row = row
        gift = row.issue is not None
        verb = tr("撤销") if row.use is not None else tr("退回")
        title = tr("退回兑换 · {what}") if row.spent is not None else tr("{verb} · {what}")
        self.heading.setText(title.format(verb=verb, what=row.what))
        self.take.setText(f"{verb}  Enter")
        self.take.setAccessibleName(verb)
        never = _never(row)
        self._form.show_row(self._reason_field, not never)
        self._form.show_row(self._state_field, gift)
        self._form.show_row(
            self._after_field, row.issue is not None and row.issue.reason == "points"
        )
        self.take.setEnabled(not never)
        self._ask()

    def _ask(self, *_: object) -> None:
        """Say what stands in the way, and whose PIN it takes."""
        if self.row is None:
            return
        right = self._needs()
        for name, approver in self.approvers.items():
            approver.setVisible(name == right)
            approver.reset()
            approver.offer()
        self.facts.setText(self.row.undone or _never(self.row) or self._facts(right))

    def start(self) -> None:
        """The keyboard goes to the reason."""
        self.reason.setFocus()

    def submit(self, *_: object) -> None:
        """Take it back; a late one first asks the manager for a PIN."""
        if self.row is None or _never(self.row):
            return
        right = self._needs()
        if right and self.reason.value() and self.approvers[right].approval is None:
            self.approvers[right].start()
            return
        result = self._context.alerts.run(self._take)
        if result is None:
            return
        self._op = uuid4()
        self._context.alerts.banner(self._sentence(self.row), "success")
        self.done.emit()

    def _sentence(self, row: PastRow) -> str:
        if row.use is not None:
            return tr("已撤销：{what}。").format(what=row.what)
        words = tr("已退回：{what}。").format(what=row.what)
        if row.spent is not None:
            points = row.spent.points - row.spent.returned
            return words + tr("积分 +{n}。").format(n=f"{points:,}")
        issue = row.issue
        if issue is None or issue.reason != "points" or not self.after.value():
            return words + tr("可以重新发放。")
        return words + tr("积分已退回：+{n}。").format(n=f"{issue.points:,}")

    def _take(self) -> Any:
        assert self.row is not None
        session = self._context.session.once(self._op)
        right = self._needs()
        approval = self.approvers[right].approval if right else None
        reason = self.reason.value()
        if self.row.issue is not None:
            return return_gift(
                session,
                issue_id=self.row.issue.id,
                sellable=self.state.value(),
                reason=reason,
                points_back=self.after.value(),
                approval=approval,
            )
        if self.row.spent is not None:
            return return_redemption(
                session, redemption_id=self.row.spent.id, reason=reason, approval=approval
            )
        assert self.row.use is not None
        return void_use(session, use_id=self.row.use.id, reason=reason, approval=approval)

    def _needs(self) -> str:
        """The right a manager has to lend; '' when none is needed."""
        assert self.row is not None
        if self.row.undone or _never(self.row):
            return ""
        days = days_between(self.row.day, self._context.today())
        opened = self.row.issue is not None and not self.state.value()
        if self.row.issue is not None or self.row.spent is not None:
            return "approve.return" if opened or days > return_days(self._context.db) else ""
        session = self._context.signed_in.session
        mine = session is not None and self.row.staff == session.actor.name
        return "" if mine and self.row.day == self._context.today() else "approve.late_void"

    def _facts(self, right: str) -> str:
        assert self.row is not None
        if right == "approve.return" and self.row.spent is not None:
            sentence = tr("兑换已超过 {n} 天，须由会员管理员或院长批准。")
            return sentence.format(n=return_days(self._context.db))
        days = days_between(self.row.day, self._context.today())
        if right == "approve.return" and days > return_days(self._context.db):
            sentence = tr("发出已超过 {n} 天，须由会员管理员或院长批准。")
            return sentence.format(n=return_days(self._context.db))
        if right == "approve.return":
            return tr("已拆封或损坏的，须由会员管理员或院长批准。")
        if right:
            return tr("隔日或他人登记的使用，须由会员管理员或院长批准撤销。")
        if self.row.spent is not None:
            return tr("积分退回原来的批次，有效期不变；已过期的给 30 天宽限。")
        return tr("{day} 由 {staff} 登记。").format(day=self.row.day, staff=self.row.staff)


def _never(row: PastRow) -> str:
    """Why a redemption cannot be given back from here, and what to do instead; '' when it can."""
    spent = row.spent
    if spent is None:
        return ""
    if spent.kind == "cash":
        return tr("积分抵现随单据一起退：到“积分”页对那张单据退款或作废，积分按比例退回。")
    if spent.returned == spent.points:
        return tr("这次兑换已退回。")
    if spent.used:
        gift = tr("礼品已经发出。请在下面选那份礼品退回，选“退回积分”，它的积分就一起退了。")
        service = tr("服务已经使用。请先在下面撤销那次使用，再退回兑换。")
        return gift if spent.kind == "gift" else service
    return ""
