"""What is due, what is in stock, Friday, and the bills of the services: five pages behind Alt+1 …
Alt+5."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from services.changes import Kind
from services.i18n import tr
from services.loyalty.redemption_list import spending
from ui.context import UiContext
from ui.forms import label
from ui.tabs.base import Tab
from ui.theme import GAP
from ui.widgets.gift_handout import HandoutPage
from ui.widgets.gift_kit import Switch, shortcut

HANDOUT, STOCK, FRIDAY, HISTORY = "handout", "stock", "friday", "history"
BILLING = "billing"
PAGES = (HANDOUT, STOCK, FRIDAY, HISTORY, BILLING)


class GiftsTab(Tab):
    """Hands gifts out, keeps the stock, counts on Friday, bills services."""

    name = "gifts"
    kinds = (Kind.GRANT, Kind.STOCK, Kind.RECONCILIATION, Kind.FOLLOWUP, Kind.PERSON, Kind.POINTS)

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.page_name = HANDOUT
        self._pages: dict[str, Any] = {}
        self.switch = Switch(
            tr("礼品的五页"),
            [
                (HANDOUT, tr("1 领取")),
                (STOCK, tr("2 库存")),
                (FRIDAY, tr("3 周五核对")),
                (HISTORY, tr("4 历史")),
                (BILLING, tr("5 划价")),
            ],
        )
        self.stack = QStackedWidget()
        top = QHBoxLayout()
        top.addWidget(self.switch)
        top.addWidget(label(tr("Alt+1 … Alt+5 换页"), "muted"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self.stack, 1)
        for number, name in enumerate(PAGES, 1):
            shortcut(self, f"Alt+{number}", partial(self.show_page, name))
            self.switch.buttons[name].setToolTip(f"Alt+{number}")
        self.switch.choose(HANDOUT)
        self.switch.chosen.connect(self.show_page)
        context.current_person.changed.connect(self._person_changed)

    def title(self) -> str:
        return tr("礼品")

    # --- pages ---

    def page(self, name: str) -> Any:
        """The page of this name, built when it was not."""
        if name not in self._pages:
            self._pages[name] = made = self._make(name)
            self.stack.addWidget(made)
        return self._pages[name]

    def _make(self, name: str) -> QWidget:
        if name == HANDOUT:
            page = HandoutPage(self.context)
            page.fetch.connect(self._fetch)
            page.follow_person()
            return page
        if name == STOCK:
            from ui.widgets.stock_page import StockPage

            return StockPage(self.context)
        if name == FRIDAY:
            from ui.widgets.friday_page import FridayPage

            return FridayPage(self.context)
        if name == BILLING:
            from ui.widgets.voucher_billing import BillingPage

            return BillingPage(self.context)
        from ui.widgets.friday_history import HistoryPage

        past = HistoryPage(self.context)
        past.reopened.connect(partial(self.show_page, FRIDAY))
        return past

    def show_page(self, name: str, *_: object) -> None:
        """Show a page and put the keyboard where its work begins."""
        self.context.alerts.bar.dismiss()  # what was said belongs to the page that is left
        self._turn_to(name)
        page = self.page(name)
        if name == FRIDAY:
            page.start()
        else:
            page.first_focus().setFocus()

    def _turn_to(self, name: str) -> None:
        self.page_name = name
        self.switch.choose(name)
        self.stack.setCurrentWidget(self.page(name))
        self.context.alerts.run(self.refresh)

    def refresh(self) -> None:
        self.dirty = False
        page = self.page(self.page_name)
        self.stack.setCurrentWidget(page)
        page.refresh()

    def first_focus(self) -> QWidget | None:
        self.refresh_if_seen()
        focus: QWidget = self.page(self.page_name).first_focus()
        return focus

    # --- what the window asks ---

    def act_show_due(self) -> None:
        """Gifts that wait: the open person's, or everybody's."""
        self._turn_to(HANDOUT)
        self.page(HANDOUT).show_due()

    def act_show_reconciliation(self) -> None:
        """Friday."""
        self.show_page(FRIDAY)

    def act_redeem(self) -> bool:
        """F7: what the open person's points buy; where none are spent, the gift that waits."""
        self._turn_to(HANDOUT)
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
        self._turn_to(HANDOUT)
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
        self._turn_to(STOCK)
        self.page(STOCK).start_requisition(gift_id)

    def _person_changed(self, _person_id: object) -> None:
        if HANDOUT in self._pages:
            self.page(HANDOUT).follow_person()
