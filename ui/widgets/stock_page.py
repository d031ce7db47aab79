"""库存: the shelves, the papers, what to order and what expires: four views of one page."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.papers import Offer
from ui.theme import GAP
from ui.widgets.gift_kit import Switch
from ui.widgets.stock_shelf import StockShelf

SHELF, PAPERS, ORDER, EXPIRY = "shelf", "papers", "order", "expiry"


class StockPage(QWidget):
    """The shelves first; each other view is made when it is looked at."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("库存"))
        self.switch = Switch(
            tr("库存的四面"),
            [
                (SHELF, tr("库存(&S)")),
                (PAPERS, tr("单据(&D)")),
                (ORDER, tr("该订什么(&O)")),
                (EXPIRY, tr("效期(&Y)")),
            ],
        )
        self.shelf = StockShelf(context)
        self._views: dict[str, Any] = {SHELF: self.shelf}
        self.stack = QStackedWidget()
        self.stack.addWidget(self.shelf)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.switch)
        column.addWidget(self.stack, 1)
        self.switch.choose(SHELF)
        self.switch.chosen.connect(self.show_view)

    def view(self, name: str) -> Any:
        """The view of this name, made when it was not."""
        if name not in self._views:
            self._views[name] = made = self._make(name)
            self.stack.addWidget(made)
        return self._views[name]

    def _make(self, name: str) -> QWidget:
        if name == PAPERS:
            from ui.widgets.stock_papers import StockPapers

            return StockPapers(self.context)
        if name == ORDER:
            from ui.widgets.stock_order import StockOrder

            order = StockOrder(self.context)
            order.ordered.connect(self.show_paper)
            return order
        from ui.widgets.stock_expiry import StockExpiry

        expiry = StockExpiry(self.context)
        expiry.scrap_wanted.connect(self._scrap)
        return expiry

    def show_view(self, name: str) -> None:
        """Turn to a view and put the keyboard into it."""
        self.context.alerts.bar.dismiss()
        self._turn(name)
        self.first_focus().setFocus()

    def show_paper(self, document_id: int) -> None:
        """A document that was just made."""
        self._turn(PAPERS)
        self.view(PAPERS).show_document(document_id)

    def start_requisition(self, gift_id: int | None) -> None:
        """申领 of this gift: only the number is missing."""
        self._turn(SHELF)
        self.shelf.start_requisition(gift_id)

    def refresh(self) -> None:
        """Read what is shown again."""
        self.view(self.switch.value()).refresh()

    def first_focus(self) -> QWidget:
        """Where the work of this view begins."""
        focus: QWidget = self.view(self.switch.value()).first_focus()
        return focus

    def go_back(self) -> bool:
        """Esc: one step back inside the view, then to the shelves."""
        if self.view(self.switch.value()).go_back():
            return True
        if self.switch.value() == SHELF:
            return False
        self.show_view(SHELF)
        return True

    def paper_offers(self) -> list[Offer]:
        """Ctrl+P: the paper under the cursor."""
        offers: list[Offer] = []
        if self.switch.value() == PAPERS:
            offers = self.view(PAPERS).paper_offers()
        return offers

    def _turn(self, name: str) -> None:
        self.switch.choose(name)
        self.stack.setCurrentWidget(self.view(name))
        self.context.alerts.run(self.view(name).refresh)

    def _scrap(self, gift_id: int, quantity: int) -> None:
        self._turn(SHELF)
        self.shelf.start_scrap(gift_id, quantity, tr("过期"))
