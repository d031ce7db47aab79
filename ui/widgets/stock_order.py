"""该订什么: safety stock, what is due and promised, what is on order, and how many to buy."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.clinic import Clinic
from services.gifts.documents import PURCHASE
from services.gifts.reorder import OrderRow, lines_to_order, what_to_order
from services.i18n import tr
from services.money import yuan
from ui.context import UiContext
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import RightNote, key_button


class StockOrder(QWidget):
    """One list; Enter makes the 申购单 of all that is missing. `ordered` tells the document."""

    ordered = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("该订什么"))
        self.title = label("", "subheading")
        self.note = RightNote(context)
        self.table = order_table(context.settings)
        self.order = key_button(tr("按建议开申购单…  Enter"), "primary")
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.title, 1)
        head.addWidget(self.order)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self.table, 1)
        column.addWidget(
            label(
                tr(
                    "建议 = 安全库存 + 本档 30 天内应领 − 未过期的现有 − 已申购未到。"
                    "同一价值档的礼品可以互相代替，多出的份数算在其中一种上。"
                ),
                "muted",
            )
        )
        self.order.clicked.connect(self.make_order)
        self.table.activated_row.connect(self.make_order)

    def refresh(self) -> None:
        """Reckon again, beside the window."""
        self.title.setText(tr("正在计算…"))
        self.order.setEnabled(False)
        clinic = self.context.clinic
        self.context.tasks.start(
            lambda: _reckon(clinic),
            looks=True,
            on_done=self._show,
            on_error=self.context.alerts.tell,
        )

    def first_focus(self) -> QWidget:
        """The list."""
        return self.table

    def go_back(self) -> bool:
        """There is nothing to go back from."""
        return False

    def make_order(self, *_: object) -> None:
        """The 申购单 with every suggestion in it, to be looked over."""
        from ui.dialogs.stock_order import OrderDialog

        if not self.order.isEnabled():
            return
        lines = lines_to_order(self.table.rows())
        dialog = OrderDialog(self.context, self.window(), PURCHASE, lines)
        dialog.made.connect(self.ordered)
        dialog.open()

    def _show(self, rows: list[OrderRow]) -> None:
        self.table.set_rows(sorted(rows, key=lambda row: not row.suggestion))
        self.table.select_first()
        missing = [row for row in rows if row.suggestion]
        fen = sum(row.suggestion * row.cost_fen for row in missing)
        words = tr("{n} 种礼品该订，预计 ¥{yuan}") if missing else tr("都够用，现在不用订货")
        self.title.setText(words.format(n=len(missing), yuan=yuan(fen)))
        self.order.setEnabled(self.note.check("purchase.request") and bool(missing))


def _reckon(clinic: Clinic) -> list[OrderRow]:
    with clinic.reading() as reader:
        return what_to_order(reader.db, clinic.clock.today())


def order_table(settings: QSettings) -> Table:
    """Every gift that can be ordered."""
    columns = [
        Column(tr("编号"), lambda r: r.code, width=72),
        Column(tr("礼品"), lambda r: f"{r.name} {r.spec}".strip(), width=184),
        _figure(tr("价值档"), lambda r: r.band_fen, 72, yuan),
        _figure(tr("仓库"), lambda r: r.warehouse, 64),
        _figure(tr("收费室"), lambda r: r.desk, 72),
        _figure(tr("其中过期"), lambda r: r.expired, 80, tone="error"),
        _figure(tr("已申购未到"), lambda r: r.on_order, 96),
        _figure(tr("安全库存"), lambda r: r.safety_stock, 80),
        _figure(tr("本档应领"), lambda r: r.due, 80),
        _figure(tr("其中欠领"), lambda r: r.promised, 80, tone="warning"),
        _figure(tr("建议申购"), lambda r: r.suggestion, 88, tone="accent"),
        Column(tr("为什么"), _why, width=240),
    ]
    return Table(
        "stock_order",
        columns,
        settings,
        title=tr("该订什么"),
        empty_text=tr("礼品目录还是空的。先在“库存”里新建礼品(Alt+S，再 Alt+N)。"),
        key=lambda r: r.gift_id,
    )


def _why(row: OrderRow) -> str:
    """What the suggestion is for."""
    there = row.warehouse + row.desk - row.expired + row.on_order
    below = max(row.safety_stock - there, 0)
    reasons = []
    if below:
        reasons.append(tr("低于安全库存，差 {n}").format(n=below))
    if row.suggestion > below:
        reasons.append(tr("本档应领还差 {n}").format(n=row.suggestion - below))
    return "；".join(reasons)


def _figure(title: str, read: Any, width: int, text: Any = str, tone: str = "") -> Column:
    """A number; 0 stays empty, so that what matters stands out."""
    return Column(
        title,
        lambda r: text(read(r)) if read(r) else "",
        sort=read,
        align="right",
        width=width,
        tone=(lambda r: tone) if tone else None,
    )
