"""What is due, what is in stock, Friday, and the bills of the services: five pages behind Alt+1 …
Alt+5."""

from __future__ import annotations

from functools import partial
from typing import Any

from services.changes import Kind
from services.i18n import tr
from services.loyalty.redemption_list import spending
from ui.context import UiContext
from ui.tabs.paged import PagedTab

HANDOUT, STOCK, FRIDAY, HISTORY = "handout", "stock", "friday", "history"
BILLING = "billing"


class GiftsTab(PagedTab):
    """Hands gifts out, keeps the stock, counts on Friday, bills services."""

    name = "gifts"
    kinds = (
        *(Kind.GRANT, Kind.STOCK, Kind.RECONCILIATION, Kind.FOLLOWUP, Kind.PERSON, Kind.POINTS),
        Kind.SETTING,  # the calendar moves Friday
    )
    keys = "Alt+{n}"
    pages = {
        HANDOUT: ("gift_handout", "HandoutPage"),
        STOCK: ("stock_page", "StockPage"),
        FRIDAY: ("friday_page", "FridayPage"),
        HISTORY: ("friday_history", "HistoryPage"),
        BILLING: ("voucher_billing", "BillingPage"),
    }

    def __init__(self, context: UiContext) -> None:
        words = {
            HANDOUT: tr("1 领取"),
            STOCK: tr("2 库存"),
            FRIDAY: tr("3 周五核对"),
            HISTORY: tr("4 历史"),
            BILLING: tr("5 划价"),
        }
        super().__init__(context, words, tr("礼品的五页"), tr("Alt+1 … Alt+5 换页"))
        context.current_person.changed.connect(self._person_changed)

    def title(self) -> str:
        return tr("礼品")

    # --- pages ---

    def wire(self, name: str, page: Any) -> None:
        if name == HANDOUT:
            page.fetch.connect(self._fetch)
            page.settled.connect(self.settle)
            page.follow_person()
        elif name == HISTORY:
            page.reopened.connect(partial(self.show_page, FRIDAY))

    def begin(self, name: str) -> None:
        if name == FRIDAY:
            self.page(FRIDAY).start()
        else:
            super().begin(name)

    # --- what the window asks ---

    def act_show_due(self) -> None:
        """Gifts that wait: the open person's, or everybody's."""
        self.turn_to(HANDOUT)
        self.page(HANDOUT).show_due()

    def act_show_reconciliation(self) -> None:
        """Friday."""
        self.show_page(FRIDAY)

    def act_redeem(self) -> bool:
        """F7: what the open person's points buy; where none are spent, the gift that waits."""
        self.turn_to(HANDOUT)
        page = self.page(HANDOUT)
        spends = spending(self.context.db, self.context.today())
        if self.context.person_id is None or not spends:
            page.start_issue()
            return True
        from ui.dialogs.redeem import RedeemDialog

        dialog = RedeemDialog(self.context, self.window(), page.waiting())
        dialog.finished.connect(self._dialog_closed)
        dialog.redeemed.connect(page.show_redeemed)
        dialog.gifts_wanted.connect(page.start_issue)
        dialog.open()
        return True

    def _dialog_closed(self, *_: object) -> None:
        focus = self.page(HANDOUT).first_focus()
        if focus is not None:
            focus.setFocus()

    def act_use_service(self) -> bool:
        """F8: use a service that is left, or scan a voucher."""
        self.turn_to(HANDOUT)
        started: bool = self.page(HANDOUT).start_use()
        return started

    def act_print(self) -> bool:
        """Ctrl+P: what the page at hand has of its own, then the registers and slips, or on
        Friday the check."""
        from ui.dialogs.papers import PapersDialog
        from ui.paper_offers import friday_offers, gift_offers

        own = getattr(self.page(self.page_name), "paper_offers", None)
        friday = self.page_name in (FRIDAY, HISTORY)
        usual = friday_offers(self.context) if friday else gift_offers(self.context)
        offers = [*(own() if own is not None else ()), *usual]
        PapersDialog(self.context, self.window(), tr("打印"), offers).open()
        return True

    def act_back(self) -> bool:
        """Esc: one step back inside the page."""
        step = getattr(self.page(self.page_name), "go_back", None)
        return bool(step is not None and step())

    def _fetch(self, gift_id: int) -> None:
        self.context.alerts.bar.dismiss()
        self.turn_to(STOCK)
        self.page(STOCK).start_requisition(gift_id)

    def _person_changed(self, _person_id: object) -> None:
        if self.has_page(HANDOUT):
            self.page(HANDOUT).follow_person()
