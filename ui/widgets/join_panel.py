"""Is this person a member, how so, what do they get, and what is next: read, explain, Enter."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.awards import awaiting
from services.loyalty.grants import grant, grants_of
from services.loyalty.hand_given import hand_benefits
from services.loyalty.membership import join
from services.memberships.explain import tier_lines
from services.memberships.overview import (
    MembershipView,
    held_by_title,
    memberships_of,
    most_urgent,
)
from ui.context import UiContext
from ui.forms import Form, TextEdit, button, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP, role_of
from ui.widgets.chip import Chip
from ui.widgets.consequences import ConsequenceList, scrolling
from ui.widgets.enter_key import enter_presses
from ui.widgets.gift_kit import key_button, rename
from ui.widgets.membership_words import (
    benefits_title,
    fee_button_words,
    heading_words,
    how_words,
    until_words,
)
from ui.widgets.more import Entry, MoreButton

PROGRAMMES = 3  # so many are seen without scrolling


class JoinPanel(QFrame):
    """One programme at a time, the one in which something is to be done first; with several the
    list above chooses. Enter joins once 已讲解待遇 is ticked (Space)."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(tr("入会"))
        self.context = context
        self.views: list[MembershipView] = []
        self.case: MembershipView | None = None
        self._person_id: int | None = None
        self._op = uuid.uuid4()
        self.programmes = Table(
            "enrollment/programmes",
            programme_columns(),
            context.settings,
            title=tr("会员方案"),
            empty_text="",
            key=_programme_of,
        )
        self.heading = label("", "subheading")
        self.tier, self.badge = Chip(), Chip()
        self.how = label("")
        self.note = label("", "warning")
        self.lines = ConsequenceList(tr("待遇"))
        self.lines_title = label("", "muted")
        self.agreement = TextEdit(tr("纸质协议上的编号"))
        self.agreement_form = Form()
        self.agreement_field = self.agreement_form.add(tr("协议编号(&N)"), self.agreement)
        self.explained = QCheckBox(tr("已讲解待遇(空格勾选)"))
        self.explained.setAccessibleName(tr("已讲解待遇"))
        self.join_button = button(tr("入会 ⏎"), "primary")
        self.pay_button = key_button(tr("缴费(&J)…"))
        self.sign_button = key_button(tr("看退费单(&Z)…"), "primary")
        self.gifts_button = button(tr("去发礼品(&G)"))
        self.receipt_button = button(tr("登记消费 F6"), "primary")
        self.word_button = key_button(tr("待确认(&V)…"), "", tr("员工确认后才给的权益"))
        self.more = MoreButton(context, tr("会籍办理(&W) ▾"))
        self._build()
        self._wire()

    def _build(self) -> None:
        self.programmes.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.heading, 1)
        head.addWidget(self.badge, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.tier, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.setSpacing(GAP)
        foot.addWidget(self.explained)
        foot.addStretch(1)
        for each in self._actions():
            foot.addWidget(each)
        above = QHBoxLayout()
        above.addWidget(self.lines_title, 1)
        above.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP + 4, 2 * GAP, GAP + 4)
        column.setSpacing(GAP)
        column.addWidget(self.programmes)
        column.addLayout(head)
        column.addWidget(self.how)
        column.addWidget(self.note)
        column.addLayout(above)
        column.addWidget(scrolling(self.lines), 1)
        column.addWidget(self.agreement_form)
        column.addLayout(foot)

    def _actions(self) -> tuple[QPushButton, ...]:
        return (
            self.word_button,
            self.receipt_button,
            self.gifts_button,
            self.pay_button,
            self.sign_button,
            self.join_button,
        )

    def _wire(self) -> None:
        go = self.context.navigator.go
        self.programmes.current_row_changed.connect(self._programme_chosen)
        self.programmes.activated_row.connect(self._programme_taken)
        self.join_button.clicked.connect(self.join)
        self.pay_button.clicked.connect(self.open_fee)
        self.sign_button.clicked.connect(self.open_case)
        self.word_button.clicked.connect(self.open_benefits)
        self.gifts_button.clicked.connect(partial(go, "gifts", "show_due"))
        self.receipt_button.clicked.connect(partial(go, "points", "receipt"))
        enter_presses(*self._actions())

    # --- showing ---

    def refresh(self) -> None:
        """Read the open person's memberships again."""
        person_id = self.context.person_id
        fresh = person_id != self._person_id
        if fresh:
            self._person_id = person_id
            self._op = uuid.uuid4()
            self.explained.setChecked(False)
            self.agreement.clear()
            self.case = None
        if person_id is None:
            return
        self.views = memberships_of(self.context.db, self.context.today(), person_id)
        chosen = None if self.case is None else self.case.programme_id
        self._show_programmes(chosen)

    def _show_programmes(self, chosen: int | None) -> None:
        shown = next((v for v in self.views if v.programme_id == chosen), most_urgent(self.views))
        self.programmes.setVisible(len(self.views) > 1)
        rows = min(len(self.views), PROGRAMMES) + 1  # and the header
        self.programmes.setFixedHeight(rows * ROW_HEIGHT + 6)
        self.programmes.blockSignals(True)
        self.programmes.set_rows(self.views)
        self.programmes.select_key(shown.programme_id)
        self.programmes.blockSignals(False)
        self._show_case(shown)

    def choose(self, programme_id: int) -> None:
        """Show this programme instead."""
        self._show_programmes(programme_id)

    def _programme_chosen(self, view: MembershipView | None) -> None:
        if view is not None and view is not self.case:
            self.explained.setChecked(False)
            self.agreement.clear()
            self._show_case(view)

    def _programme_taken(self, view: MembershipView) -> None:
        self._programme_chosen(view)
        self.start()

    def _show_case(self, view: MembershipView) -> None:
        self.case = view
        tier = view.tier
        self.tier.setVisible(tier is not None)
        if tier is not None:
            self.tier.show_tier(tier.name, tier.colour)
        badge = held_by_title(view.held_by)  # spending is told in the line below
        self.badge.setText(badge)
        self.badge.setVisible(bool(badge) and view.held_by not in ("single", "cumulative"))
        self.heading.setText(heading_words(view))
        self.how.setText(how_words(view))
        self.how.setVisible(bool(self.how.text()))
        self.note.setText(until_words(view))
        self.note.setVisible(bool(self.note.text()))
        self.lines_title.setText(benefits_title(view))
        self.lines.show_lines(tier_lines(view.programme, view.standing.rank if tier else 1))
        self._show_actions(view)

    def _show_actions(self, view: MembershipView) -> None:
        member, joining = view.membership is not None, view.step == "join" and not view.obstacle
        self.explained.setVisible(joining)
        self.agreement_form.setVisible(joining and view.programme.agreement)
        self.join_button.setVisible(joining)
        self.sign_button.setVisible(view.step == "sign")
        words = fee_button_words(view)
        rename(self.pay_button, words)
        self.pay_button.setVisible(bool(words) and not joining)
        role_of(self.pay_button, "primary" if view.step in ("pay", "renew") else "")
        self.receipt_button.setVisible(view.step == "spend")
        rows = grants_of(self.context.db, self._person_id or 0)
        due = any(row.kind == "gift" and row.left for row in rows)
        waiting = awaiting(self.context.db, self.context.today(), self._person_id or 0)
        rename(self.word_button, tr("待确认 {n}(&V)…").format(n=len(waiting)))
        self.word_button.setVisible(bool(waiting))
        self.gifts_button.setVisible(member and due and not waiting and view.step != "sign")
        self.more.offer(self._entries(view))

    def _entries(self, view: MembershipView) -> list[Entry]:
        """What is done seldom; every entry says who may when it is not everybody."""
        found = []
        if view.step == "join" and view.takes_fees:
            found.append(Entry(tr("缴费入会(&F)…"), self.open_fee))
        if view.standing.rank < len(view.programme.tiers):
            found.append(Entry(tr("经批准授予等级(&A)…"), self.open_grant, "tier.override"))
        drops = view.held_by != "paid" and view.standing.rank > view.standing.supported_rank
        if view.membership is not None and drops:
            found.append(Entry(tr("下调等级(&B)…"), self.open_drop, "tier.drop"))
        today, person_id = self.context.today(), self._person_id or 0
        if hand_benefits(self.context.db, today, person_id):
            found.append(Entry(tr("发放手工权益(&V)…"), self.open_benefits, "benefit.give"))
        if view.membership is not None and view.case_id is None:
            right = "refund.prepare" if view.refundable else "membership.leave"
            found.append(Entry(tr("退会(&T)…"), self.open_leaving, right))
            found.append(Entry(tr("取消会员资格(&C)…"), self.open_cancel, "membership.cancel"))
        if view.takes_fees:
            found.append(Entry(tr("会费和退费记录(&L)…"), self.open_records))
        return found

    def next_stop(self) -> QWidget | None:
        """What is to be done next here, if anything."""
        if not self.agreement_form.isHidden() and not self.agreement.value():
            return self.agreement
        stops: list[QWidget] = [self.sign_button]
        if self.case is not None and self.case.step in ("renew", "pay"):
            stops.append(self.pay_button)
        stops += [self.explained, self.word_button, self.gifts_button, self.receipt_button]
        return next((stop for stop in stops if not stop.isHidden()), None)

    def start(self) -> bool:
        """Put the keyboard on what is next here."""
        stop = self.next_stop()
        if stop is not None:
            stop.setFocus()
        return stop is not None

    # --- doing ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not enter or event.isAutoRepeat() or not self.join_button.isVisible():
            super().keyPressEvent(event)
        elif self.agreement.hasFocus() and not self.explained.isChecked():
            self.explained.setFocus()
        else:
            self.join()

    def join(self, *_: object) -> None:
        """Make them a member without a fee."""
        if self.case is None:
            return
        if self.case.programme.agreement and not self.agreement.value():
            self.agreement_field.refuse(tr("请先签协议，填写协议编号。"))
            return
        done = self.context.alerts.run_command(
            join,
            self.context.session.once(self._op),
            person_id=self._person_id or 0,
            programme_id=self.case.programme_id,
            benefits_explained=self.explained.isChecked(),
            agreement=self.agreement.value(),
        )
        if done is None:
            self.explained.setFocus()
            return
        self._op = uuid.uuid4()
        sentence = self.context.alerts.run(self._joined_sentence, done)
        if sentence:
            self.context.alerts.banner(sentence, "success")
        self.refresh()
        self.start()

    def _joined_sentence(self, done: Any) -> str:
        assert self.case is not None
        due = [grant(self.context.db, grant_id) for grant_id in done.grant_ids]
        names = "、".join(row.name for row in due)
        tier = self.case.programme.tier_name(done.rank) or self.case.programme.name
        if not names:
            return tr("已入会：{tier}。").format(tier=tier)
        words = tr("已入会：{tier}。待领 {names}；下一步到“礼品”页(Ctrl+4)。")
        return words.format(tier=tier, names=names)

    def _open(self, dialog: Any) -> None:
        dialog.finished.connect(self.again)
        dialog.open()

    def again(self, *_: object) -> None:
        """After a dialog: read again and go to what is next."""
        if self.context.person_id is not None and self.context.alerts.run(self.refresh) is None:
            self.start()

    def open_fee(self, *_: object) -> None:
        """Pay a fee: join, renew or upgrade."""
        from ui.dialogs.fee import FeeDialog

        if self.case is not None:
            self._open(FeeDialog(self.context, self.window(), self.case))

    def open_records(self, *_: object) -> None:
        """What was paid and given back."""
        from ui.dialogs.fee_records import FeeRecordsDialog

        self._open(FeeRecordsDialog(self.context, self.window()))

    def open_leaving(self, *_: object) -> None:
        """Leave the membership."""
        from ui.dialogs.leaving import leaving_dialog

        if self.case is not None:
            self._open(leaving_dialog(self.context, self.window(), self.case))

    def open_cancel(self, *_: object) -> None:
        """The director ends the membership for misconduct."""
        from ui.dialogs.leaving import CancelMembershipDialog

        if self.case is not None:
            self._open(CancelMembershipDialog(self.context, self.window(), self.case))

    def open_case(self, *_: object) -> None:
        """The refund that waits for its signature."""
        from ui.dialogs.refund_case import RefundCaseDialog

        if self.case is not None and self.case.case_id is not None:
            self._open(RefundCaseDialog(self.context, self.window(), self.case.case_id))

    def open_benefits(self, *_: object) -> None:
        """Benefits that wait for a word, or are given by hand."""
        from ui.dialogs.benefits import BenefitsDialog

        self._open(BenefitsDialog(self.context, self.window()))

    def open_grant(self, *_: object) -> None:
        """A tier by the leader's word."""
        from ui.dialogs.tier import GrantTierDialog

        if self.case is not None:
            self._open(GrantTierDialog(self.context, self.window(), self.case))

    def open_drop(self, *_: object) -> None:
        """Let an unsupported tier go."""
        from ui.dialogs.tier import DropTierDialog

        if self.case is not None:
            self._open(DropTierDialog(self.context, self.window(), self.case))


def programme_columns() -> list[Column]:
    """A person's place in a programme in one line."""
    return [
        Column(tr("方案"), lambda r: r.programme.name, width=88),
        Column(tr("等级"), _tier_words, width=88),
        Column(tr("状态"), _state_words, width=112, tone=_state_tone),
    ]


def _programme_of(view: MembershipView) -> object:
    return view.programme_id


def _tier_words(view: MembershipView) -> str:
    return view.tier.name if view.tier is not None and view.membership is not None else tr("—")


def _state_words(view: MembershipView) -> str:
    if view.step == "sign":
        return tr("退会待签字")
    if view.lapsed_on:
        return tr("已到期")
    if view.paid_until:
        return tr("至 {day}").format(day=view.paid_until)
    if view.membership is not None:
        return tr("{day} 起").format(day=view.joined)
    pays = tr("可申请入会") if view.free else tr("可缴费入会")
    return {"join": tr("可以入会"), "pay": pays}.get(view.step, tr("非会员"))


def _state_tone(view: MembershipView) -> str:
    if view.step in ("sign", "renew"):
        return "warning"
    return "accent" if view.step == "join" else ""
