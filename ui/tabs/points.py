"""Money in, points out: the receipt on the left, what it made of the person on the right."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QTabWidget, QWidget

from services.changes import Kind
from services.i18n import tr
from ui.context import UiContext
from ui.tabs.base import Tab
from ui.theme import GAP
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
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.pages.setAccessibleName(tr("单据和积分明细"))
        self.pages.addTab(self.receipts, tr("单据(&D)"))
        self.pages.addTab(self.ledger, tr("积分明细(&L)"))
        self.pages.currentChanged.connect(self._page_turned)
        self.pages.tabBar().installEventFilter(self)
        self._person_id: int | None = None
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self._nobody())
        self.stack.addWidget(self._desk())
        column = QHBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        context.current_person.changed.connect(self._person_changed)

    def _page_turned(self, page: int) -> None:
        """Alt+D and Alt+L go to the list; arrows on the tabs stay on the tabs."""
        if self.isVisible() and not self.pages.tabBar().hasFocus():
            (self.receipts.table if page == 0 else self.ledger.table).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Alt+D goes to the receipts also when their page is the one that is shown."""
        if event.type() == QEvent.Type.Shortcut:
            QTimer.singleShot(0, lambda: self._page_turned(self.pages.currentIndex()))
        return super().eventFilter(watched, event)

    def _nobody(self) -> QWidget:
        words = QLabel(
            tr(
                "这里登记消费，查看积分的来历。\n\n"
                "先按 F3 找到顾客(卡号、手机后四位、姓名、拼音)，回车打开；\n"
                "再按 F6，输入实收金额，回车核对，再回车登记。"
            )
        )
        words.setObjectName("emptyState")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return words

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
        return self.form.amount if self.context.person_id is not None else None

    def refresh(self) -> None:
        person_id = self.context.person_id
        self.stack.setCurrentIndex(0 if person_id is None else 1)
        self.receipts.refresh()
        self.ledger.refresh()
        self.form.forget_result(self.receipts.voided())

    def _person_changed(self, person_id: int | None) -> None:
        """A form belongs to one person: what was typed for another is gone."""
        self.stack.setCurrentIndex(0 if person_id is None else 1)
        if person_id != self._person_id:
            self._person_id = person_id
            self.form.reset()
            if person_id is None:
                self.receipts.refresh()
                self.ledger.refresh()

    # --- keys ---

    def act_receipt(self) -> bool:
        """F6."""
        if self.context.person_id is None:
            self.context.alerts.banner(tr("先按 F3 找到顾客，回车打开，再按 F6 登记消费。"), "info")
        else:
            self.form.start()
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
        return False
