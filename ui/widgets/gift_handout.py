"""领取: everybody's due gifts, or what the open person may claim, use and give back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from services.gifts.lists import ClaimedGift, DueGift
from services.i18n import tr
from services.loyalty.redemption import Redeemed
from services.loyalty.redemption_list import spending
from services.people.privacy import mask_name
from services.people.records import person
from services.programmes.registry import main_timeline
from services.vouchers.records import vouchers_of
from ui.context import UiContext
from ui.forms import label
from ui.theme import GAP
from ui.widgets.gift_back import BackCard
from ui.widgets.gift_cards import IssueCard
from ui.widgets.gift_everybody import EverybodyList
from ui.widgets.gift_kit import key_button
from ui.widgets.gift_lists import (
    ClaimRow,
    PastRow,
    claims,
    claims_table,
    past,
    past_table,
)
from ui.widgets.gift_use import CouponCard, UseCard
from ui.widgets.voucher_bar import VoucherBar

if TYPE_CHECKING:
    from ui.dialogs.papers import Offer

CARD_WIDTH = 400


class HandoutPage(QWidget):
    """Lists at the left, one card at the right; Enter goes from a line into its card."""

    fetch = Signal(int)
    settled = Signal()  # it has read itself again after what was handed out

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("领取"))
        self.everybody = True
        self.all = EverybodyList(context)
        self.due = self.all.due
        self.claims = claims_table(context.settings)
        self.past = past_table(context.settings)
        self.person_title = label("", "subheading")
        self.show_all = key_button(tr("全部待领(&L)"), tip=tr("Alt+L，或在列表里按 Esc"))
        self.issue = IssueCard(context)
        self.use = UseCard(context)
        self.coupon = CouponCard()
        self.back = BackCard(context)
        self.vouchers = VoucherBar(context)
        self.hint = label(
            tr("上下键选一行，按 Enter 发放或使用。F7 兑换或发放，F8 使用服务。"), "muted"
        )
        self._build()
        self._wire()

    def _build(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(GAP)
        head = QHBoxLayout()
        head.addWidget(self.person_title, 1)
        head.addWidget(self.show_all)
        left.addLayout(head)
        left.addWidget(self.vouchers)
        left.addWidget(self.claims, 3)
        left.addWidget(label(tr("已领取、已使用和已兑换(Enter 退回或撤销)"), "muted"))
        left.addWidget(self.past, 2)
        self.card = QStackedWidget()
        self.card.setFixedWidth(CARD_WIDTH)
        nothing = QWidget()
        words = QVBoxLayout(nothing)
        words.addWidget(self.hint, 0, Qt.AlignmentFlag.AlignTop)
        for widget in (nothing, self.issue, self.use, self.coupon, self.back):
            self.card.addWidget(widget)
        person_view = QWidget()
        row = QHBoxLayout(person_view)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(self.card)
        self.views = QStackedWidget()
        self.views.addWidget(self.all)
        self.views.addWidget(person_view)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.views)

    def _wire(self) -> None:
        self.all.opened.connect(self._open)
        self.claims.activated_row.connect(self._enter_claim)
        self.claims.current_row_changed.connect(self._show_claim)
        self.past.activated_row.connect(self._enter_past)
        self.show_all.clicked.connect(self.show_everybody)
        self.issue.fetch.connect(self.fetch)
        self.use.picked.connect(self.claims.select_key)
        self.coupon.wanted.connect(self._pay_with_coupon)
        for card in (self.issue, self.use, self.back):
            card.done.connect(self._done)
        self.vouchers.closed.connect(self._done)

    # --- showing ---

    def refresh(self) -> None:
        """Read again what is shown."""
        self._choose_view()
        if self.everybody:
            self.all.refresh()
        else:
            self._refresh_person()

    def follow_person(self) -> None:
        """Somebody else was opened (or nobody)."""
        self.everybody = self.context.person_id is None

    def show_everybody(self, *_: object) -> None:
        """The due list of all, also while somebody is open."""
        self.everybody = True
        self.refresh()
        self.all.table().select_first()
        self.all.table().setFocus()

    def show_due(self) -> None:
        """The open person's gift that waits, or everybody's when there is none."""
        self.show_person()
        if not self.everybody and not any(row.order == 0 for row in self.claims.rows()):
            self.everybody = True
            self.refresh()
        self.first_focus().setFocus()

    def show_person(self) -> None:
        """The open person's list."""
        self.everybody = self.context.person_id is None
        self.refresh()

    def first_focus(self) -> QWidget:
        """The list in which Enter does the obvious next thing."""
        self._choose_view()
        table = self.all.table() if self.everybody else self.claims
        table.select_first()
        return table

    def _choose_view(self) -> None:
        if self.context.person_id is None:
            self.everybody = True
        self.views.setCurrentIndex(0 if self.everybody else 1)

    def _refresh_person(self) -> None:
        context, person_id = self.context, self.context.person_id
        assert person_id is not None
        who = person(context.db, person_id)
        self.person_title.setText(
            tr("{name} {number} 的礼品和服务").format(name=mask_name(who.name), number=who.number)
        )
        with QSignalBlocker(self.claims):  # the card is loaded once, when all is there
            self.claims.set_rows(claims(context.db, context.today(), person_id))
            row = self.claims.current_row()
            if row is None or (
                not row.usable and not self.card.isAncestorOf(self.focusWidget() or self)
            ):
                self.claims.clearSelection()
                self.claims.setCurrentIndex(self.claims.model().index(0, 0))
        self.past.set_rows(past(context.db, person_id))
        self.vouchers.load(person_id)
        self._show_claim(self.claims.current_row())

    # --- from a line into its card ---

    def _open(self, row: object) -> None:
        self.everybody = False
        self.context.current_person.select(row.person_id)  # type: ignore[attr-defined]
        self.everybody = False
        self.refresh()
        self._find(row)

    def _find(self, row: object) -> None:
        """The line the keyboard came for: a gift that waits, or one that was handed out."""
        if isinstance(row, DueGift):
            self.claims.select_key(row.grant_id)
            self.claims.setFocus()
        elif isinstance(row, ClaimedGift):
            self.past.select_key(f"issue{row.issue_id}")
            self.past.setFocus()

    def _show_claim(self, row: ClaimRow | None) -> None:
        if row is None:
            self.card.setCurrentIndex(0)
        elif row.grant.kind == "gift":
            self.issue.load(row.grant, self._cost(row))
            self.card.setCurrentWidget(self.issue)
        elif row.coupon:
            self.coupon.load(row.grant)
            self.card.setCurrentWidget(self.coupon)
        else:
            self.use.load(row.grant, [each.grant for each in self._usable("service")])
            self.card.setCurrentWidget(self.use)

    def _cost(self, row: ClaimRow) -> str:
        """Whether handing a gift out takes points: it never does, and the desk is told why."""
        if row.grant.reason == "points":
            return tr("兑换时已扣积分，发放不再扣。")
        if spending(self.context.db, self.context.today()):
            return tr("这是应领的礼品，发放不扣积分。")
        name = main_timeline(self.context.db).name
        return tr("“{name}”的积分不用来兑换，发放不扣积分。").format(name=name)

    def _usable(self, kind: str) -> list[ClaimRow]:
        """Gifts that wait, or services that are left; coupons are used on a receipt."""
        rows = [row for row in self.claims.rows() if row.usable and not row.coupon]
        return [row for row in rows if row.grant.kind == kind]

    def _enter_claim(self, row: ClaimRow) -> None:
        self._show_claim(row)
        card = self.card.currentWidget()
        assert isinstance(card, IssueCard | UseCard | CouponCard)
        card.start()

    def _pay_with_coupon(self) -> None:
        self.context.navigator.go("points", "coupon")

    def _enter_past(self, row: PastRow) -> None:
        self.back.load(row)
        self.card.setCurrentWidget(self.back)
        self.back.start()

    def _done(self) -> None:
        self.settled.emit()
        self.refresh()
        self.first_focus().setFocus()

    # --- keys of the window ---

    def waiting(self) -> int:
        """How many gifts the open person may collect."""
        self.show_person()
        return 0 if self.everybody else len(self._usable("gift"))

    def show_redeemed(self, done: Redeemed) -> None:
        """What was just redeemed: F8 or Enter goes on with it."""
        self.show_person()
        self.claims.select_key(done.grant_id)
        self.claims.setFocus()

    def start_issue(self) -> bool:
        """F7 where points are not spent: into the card of the first gift that waits."""
        return self._start("gift")

    def start_use(self) -> bool:
        """F8: into the card of a service that is left; again for the next one. With nobody open, or
        nothing left to use, a voucher is scanned."""
        self.show_person()
        if self.everybody or not self._usable("service"):
            self.vouchers.show_all()
            return True
        return self._start("service")

    def paper_offers(self) -> list[Offer]:
        """Ctrl+P: the open person's vouchers that may still be used."""
        from ui.dialogs.vouchers import card_offers

        if self.everybody or self.context.person_id is None:
            return []
        rows = vouchers_of(self.context.db, self.context.person_id)
        return card_offers(self.context, [row for row in rows if row.open])

    def _start(self, kind: str) -> bool:
        self.show_person()
        if self.everybody:
            self.first_focus().setFocus()
            sentence = tr("先按 F3 打开一位会员，再按这个键。下面是全部待领礼品。")
            self.context.alerts.banner(sentence, "info")
            return True
        rows = self._usable(kind)
        if not rows:
            self.context.alerts.banner(self._nothing(), "info")
            self.first_focus().setFocus()
            return True
        card = self.issue if kind == "gift" else self.use
        inside = self.card.currentWidget() is card and card.isAncestorOf(self.focusWidget() or self)
        ids = [row.id for row in rows]
        now = self.claims.current_row()
        at = ids.index(now.id) + inside if now is not None and now.id in ids else 0
        at %= len(ids)
        if self.context.alerts.bar.kind == "info":
            self.context.alerts.bar.dismiss()  # it said that there was nothing
        self.claims.select_key(ids[at])
        self._enter_claim(rows[at])
        return True

    def _nothing(self) -> str:
        words = tr("这位顾客现在没有待领的礼品。")
        if spending(self.context.db, self.context.today()):
            return words
        name = main_timeline(self.context.db).name
        return words + tr("“{name}”的积分不用来兑换。").format(name=name)

    def go_back(self) -> bool:
        """Esc: from the card to the list, from the list to everybody's list."""
        focus = self.focusWidget()
        if not self.everybody and focus is not None and self.card.isAncestorOf(focus):
            self._show_claim(self.claims.current_row())
            self.claims.setFocus()
            return True
        return False
