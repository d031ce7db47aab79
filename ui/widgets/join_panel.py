"""May this person join, how so, what do they get: read, explain, tick, Enter."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from services.i18n import tr
from services.loyalty.grants import grant, grants_of
from services.loyalty.membership import join
from services.loyalty.preview import Consequence, road
from services.loyalty.standing import StandingRow, joined_on, standing_of
from services.money import yuan
from services.programmes.definition import Benefit, Programme
from services.programmes.registry import main_timeline
from services.rights import may
from ui.context import UiContext
from ui.dialogs.tier import DropTierDialog, GrantTierDialog
from ui.forms import button, label
from ui.theme import GAP
from ui.widgets.chip import Chip
from ui.widgets.consequences import ConsequenceList, scrolling
from ui.widgets.enter_key import enter_presses


@dataclass(frozen=True)
class Case:
    """Where somebody stands on the way into the programme."""

    programme: Programme
    standing: StandingRow
    joined: str | None
    gifts_due: int

    @property
    def eligible(self) -> bool:
        return self.joined is None and self.standing.rank > 0


def case_of(context: UiContext, person_id: int) -> Case:
    """Read a person's case."""
    timeline = main_timeline(context.db)
    due = [row for row in grants_of(context.db, person_id) if row.kind == "gift" and row.left]
    return Case(
        timeline.at(context.today()).programme,
        standing_of(context.db, person_id, timeline.programme_id),
        joined_on(context.db, person_id, timeline.programme_id),
        len(due),
    )


def benefit_line(benefit: Benefit) -> Consequence:
    """A benefit as it is explained to the person."""
    if benefit.kind == "gift":
        return Consequence("gift", benefit.name, tr("一次，到收费室领取"))
    if benefit.per == "year":
        text = tr("{name} 每年 {n} 次").format(name=benefit.name, n=benefit.quantity)
        why = tr("当年有效，不累积到次年")
    else:
        text = tr("{name} {n} 次").format(name=benefit.name, n=benefit.quantity)
        why = tr("一次性")
    if benefit.beneficiary == "family":
        age = benefit.beneficiary_age_below
        why += tr("；家人{age}享用").format(age=tr("({n} 岁以下)").format(n=age) if age else "")
    elif benefit.transferable:
        why += tr("；可以转赠")
    return Consequence("service", text, why)


class JoinPanel(QFrame):
    """Enter joins once 已讲解待遇 is ticked (Space)."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(tr("入会"))
        self.context = context
        self.case: Case | None = None
        self._person_id: int | None = None
        self._op = uuid.uuid4()
        self.heading = label("", "subheading")
        self.tier = Chip()
        self.how = label("")
        self.lines = ConsequenceList(tr("待遇"))
        self.lines_title = label("", "muted")
        self.explained = QCheckBox(tr("已讲解待遇(空格勾选)"))
        self.explained.setAccessibleName(tr("已讲解待遇"))
        self.join_button = button(tr("入会 ⏎"), "primary")
        self.gifts_button = button(tr("去发礼品(&G)"))
        self.receipt_button = button(tr("登记消费 F6"), "primary")
        self.grant_button = button(tr("授予等级(&A)…"), "link", tr("经领导批准，院长可用"))
        self.drop_button = button(tr("下调等级(&B)…"), "link", tr("消费已不支持现等级"))
        self._build()
        self.join_button.clicked.connect(self.join)
        self.gifts_button.clicked.connect(partial(context.navigator.go, "gifts", "show_due"))
        self.receipt_button.clicked.connect(partial(context.navigator.go, "points", "receipt"))
        self.grant_button.clicked.connect(self.open_grant)
        self.drop_button.clicked.connect(self.open_drop)
        buttons = (self.join_button, self.gifts_button, self.receipt_button)
        enter_presses(*buttons, self.grant_button, self.drop_button)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.tier)
        foot = QHBoxLayout()
        foot.setSpacing(GAP)
        foot.addWidget(self.explained)
        foot.addStretch(1)
        foot.addWidget(self.receipt_button)
        foot.addWidget(self.gifts_button)
        foot.addWidget(self.join_button)
        manage = QHBoxLayout()
        manage.addWidget(self.grant_button)
        manage.addWidget(self.drop_button)
        manage.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP + 4, 2 * GAP, GAP + 4)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self.how)
        column.addWidget(self.lines_title)
        column.addWidget(scrolling(self.lines), 1)
        column.addLayout(manage)
        column.addLayout(foot)

    # --- showing ---

    def refresh(self) -> None:
        """Read the open person's case again."""
        person_id = self.context.person_id
        if person_id != self._person_id:
            self._person_id = person_id
            self._op = uuid.uuid4()
            self.explained.setChecked(False)
        if person_id is None:
            return
        self.case = case_of(self.context, person_id)
        self._show_case(self.case)

    def _show_case(self, case: Case) -> None:
        tier = case.programme.tier(case.standing.rank)
        member = case.joined is not None
        self.tier.setVisible(tier is not None)
        if tier is not None:
            self.tier.show_tier(tier.name, tier.colour)
        if member:
            self.heading.setText(tr("会员，{day} 入会").format(day=case.joined))
        elif case.eligible:
            self.heading.setText(tr("可以入会"))
        else:
            self.heading.setText(tr("还没达到入会条件"))
        self.how.setText(_how(case))
        self.lines_title.setText(tr("待遇：") if tier else tr("达到“{tier}”后的待遇：").format(
            tier=case.programme.tiers[0].name
        ))  # fmt: skip
        shown = tier or case.programme.tiers[0]
        self.lines.show_lines([benefit_line(benefit) for benefit in shown.benefits])
        self.explained.setVisible(case.eligible)
        self.join_button.setVisible(case.eligible)
        self.gifts_button.setVisible(member and case.gifts_due > 0)
        self.receipt_button.setVisible(not member and not case.eligible)
        self._show_rights(case)

    def _show_rights(self, case: Case) -> None:
        session = self.context.signed_in.session
        role = session.actor.role if session is not None else ""
        top = case.standing.rank >= len(case.programme.tiers)
        self.grant_button.setVisible(may(role, "tier.override") and not top)
        unsupported = case.standing.rank > case.standing.supported_rank
        self.drop_button.setVisible(may(role, "tier.drop") and unsupported)

    def next_stop(self) -> QWidget | None:
        """What is to be done next here, if anything."""
        for stop in (self.explained, self.gifts_button, self.receipt_button):
            if not stop.isHidden():
                return stop
        return None

    def start(self) -> bool:
        """Put the keyboard on what is next here."""
        stop = self.next_stop()
        if stop is not None:
            stop.setFocus()
        return stop is not None

    # --- doing ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.isAutoRepeat() and self.join_button.isVisible():
            self.join()
        else:
            super().keyPressEvent(event)

    def join(self, *_: object) -> None:
        """Make them a member."""
        done = self.context.alerts.run_command(
            join,
            self.context.session.once(self._op),
            person_id=self.context.person_id or 0,
            benefits_explained=self.explained.isChecked(),
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
        programme = main_timeline(self.context.db).at(self.context.today()).programme
        due = [grant(self.context.db, grant_id) for grant_id in done.grant_ids]
        names = "、".join(row.name for row in due)
        tier = programme.tier_name(done.rank)
        if not names:
            return tr("已入会：{tier}。").format(tier=tier)
        words = tr("已入会：{tier}。待领 {names}；下一步到“礼品”页(Ctrl+4)。")
        return words.format(tier=tier, names=names)

    def open_grant(self, *_: object) -> None:
        """A tier by the leader's word."""
        GrantTierDialog(self.context, self.window()).open()

    def open_drop(self, *_: object) -> None:
        """Let an unsupported tier go."""
        DropTierDialog(self.context, self.window()).open()


def _how(case: Case) -> str:
    row = case.standing
    figures = tr("累计消费 ¥{total}，最高单笔 ¥{single}").format(
        total=yuan(row.spend_fen), single=yuan(row.max_single_fen)
    )
    if row.rank == 0:
        return figures + tr("。") + road(case.programme, 0, row.spend_fen) + tr("。")
    route = {
        "single": tr("按单笔达到"),
        "cumulative": tr("按累计达到"),
    }.get(row.route or "", tr("经批准授予"))
    day = tr("({day})").format(day=row.reached_on) if row.reached_on else ""
    return f"{figures}；{route}{day}"
