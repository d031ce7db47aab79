"""Money in, points out: the receipt on the left, what it made of the person on the right.

Nobody open: whose points end soon.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabWidget, QWidget

from services.changes import Kind
from services.desk.finishing import finishing
from services.i18n import tr
from services.loyalty.points_accounts import accounts_of
from services.programmes.registry import Timeline, main_timeline
from ui.context import UiContext
from ui.forms import ChoiceBox
from ui.tables.view import Table
from ui.tabs.base import Tab
from ui.theme import GAP
from ui.widgets.expiry_page import ExpiringPeople, ExpiryPage
from ui.widgets.ledger_table import LedgerTable
from ui.widgets.receipt_form import ReceiptForm
from ui.widgets.receipt_list import ReceiptList

FORM_WIDTH = 464


class PointsTab(Tab):
    """F6, an amount, Enter to see, Enter to post."""

    name = "points"
    kinds = (Kind.MONEY, Kind.POINTS, Kind.TIER, Kind.GRANT, Kind.PERSON)

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.form = ReceiptForm(context)
        self.form.setFixedWidth(FORM_WIDTH)
        self.receipts = ReceiptList(context)
        self.ledger = LedgerTable(context)
        self.expiry = ExpiryPage(context)
        self.people = ExpiringPeople(context)
        self.programme = ChoiceBox()
        self.programme.setAccessibleName(tr("哪个方案的积分"))
        self.programme.setToolTip(tr("Alt+Y 换方案"))
        corner = QWidget()  # a bare box would be given the width it had while empty
        beside = QHBoxLayout(corner)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.programme)
        self.programme.setFixedWidth(22 * GAP)
        self._accounts: tuple[Timeline, ...] = ()
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.pages.setAccessibleName(tr("单据、积分明细和到期"))
        self.pages.setCornerWidget(corner, Qt.Corner.TopRightCorner)
        self.pages.addTab(self.receipts, tr("单据(&D)"))
        self.pages.addTab(self.ledger, tr("积分明细(&L)"))
        self.pages.addTab(self.expiry, tr("到期(&E)"))
        self.pages.currentChanged.connect(self._page_turned)
        self.pages.tabBar().installEventFilter(self)
        self._person_id: int | None = None
        self._from_board = False  # a visit was ended there, and Esc leads back
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.people)
        self.stack.addWidget(self._desk())
        column = QHBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.programme.activated.connect(self._programme_chosen)
        self.people.chosen.connect(self._open)
        QShortcut("Alt+E", self.people).activated.connect(self.people.start)
        QShortcut("Alt+Y", self.programme).activated.connect(self.programme.setFocus)
        context.current_person.changed.connect(self._person_changed)

    def _page_turned(self, page: int) -> None:
        """Alt+D and Alt+L go to the list; arrows on the tabs stay on the tabs."""
        if self.isVisible() and not self.pages.tabBar().hasFocus():
            self._table(page).setFocus()

    def _table(self, page: int) -> Table:
        return (self.receipts.table, self.ledger.table, self.expiry.table)[page]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Alt+D goes to the receipts also when their page is the one that is shown."""
        if event.type() == QEvent.Type.Shortcut:
            QTimer.singleShot(0, lambda: self._page_turned(self.pages.currentIndex()))
        return super().eventFilter(watched, event)

    def _desk(self) -> QWidget:
        desk = QWidget()
        row = QHBoxLayout(desk)
        row.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        row.setSpacing(2 * GAP)
        row.addWidget(self.form)
        row.addWidget(self.pages, 1)
        return desk

    def title(self) -> str:
        return tr("积分")

    def first_focus(self) -> QWidget | None:
        if self.context.person_id is not None:
            return self.form.amount
        return self.people.table if self.people.table.isVisible() else None

    def refresh(self) -> None:
        person_id = self.context.person_id
        self.stack.setCurrentIndex(0 if person_id is None else 1)
        self.receipts.refresh()
        self._refresh_points()
        if person_id is None:
            self.people.refresh()
        self.form.forget_result(self.receipts.voided())
        self.form.refresh()

    def _refresh_points(self) -> None:
        """The account that is looked at; a choice only where there are several."""
        db, person_id = self.context.db, self.context.person_id
        self._accounts = () if person_id is None else accounts_of(db, person_id)
        if person_id is not None and not self._accounts:
            self._accounts = (main_timeline(db),)
        self.programme.set_choices([(t.programme_id, t.name) for t in self._accounts])
        self.programme.setVisible(len(self._accounts) > 1)
        self._programme_chosen()

    def _programme_chosen(self, *_: object) -> None:
        wanted = self.programme.value()
        chosen = next((t for t in self._accounts if t.programme_id == wanted), None)
        self.ledger.refresh(chosen)
        self.expiry.refresh(chosen)

    def _open(self, person_id: int) -> None:
        """Enter in the list of points that end soon."""
        self.context.current_person.select(person_id)
        self.refresh()
        self.pages.setCurrentWidget(self.expiry)
        self.expiry.table.select_first()
        self.expiry.table.setFocus()

    def _person_changed(self, person_id: int | None) -> None:
        """A form belongs to one person: what was typed for another is gone."""
        self.stack.setCurrentIndex(0 if person_id is None else 1)
        if person_id != self._person_id:
            self._person_id = person_id
            self._from_board = False
            self.programme.clear()  # the main account first
            self.form.reset()
            if person_id is None:
                self.receipts.refresh()
                self._refresh_points()

    # --- keys ---

    def act_receipt(self) -> bool:
        """F6."""
        if self.context.person_id is None:
            self.context.alerts.banner(tr("先按 F3 找到顾客，回车打开，再按 F6 登记消费。"), "info")
        else:
            self.form.start()
            self._begin_visit()
        return True

    def act_finish(self) -> bool:
        """4 on the board: the receipt of the visit that ends; Esc goes back to the board."""
        if self.act_receipt() and self.context.person_id is not None:
            self._from_board = True
        return True

    def _begin_visit(self) -> None:
        """Fill in what the person's visit of today knows, if it has no receipt yet."""
        context = self.context
        visit = context.alerts.run(finishing, context.db, context.today(), context.person_id)
        if visit is not None:
            self.form.begin(visit)

    def act_coupon(self) -> bool:
        """A coupon is to pay part of a receipt."""
        if self.context.person_id is not None:
            self.form.start_coupons()
        return True

    def act_print(self) -> bool:
        """Ctrl+P: the statement."""
        if self.context.person_id is None:
            return False
        self.ledger.open_statement()
        return True

    def act_back(self) -> bool:
        """Esc: one step back inside the form, then from the lists to the amount."""
        if self.context.person_id is None:
            return False
        if self.form.back():
            return True
        if self.pages.isAncestorOf(self.focusWidget() or self):
            self.form.start()
            return True
        if self._from_board:
            self._from_board = False
            self.context.navigator.go("checkin", "show_today")
            return True
        return False
