"""效期: what has expired and what will, the earliest first."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.gifts.lots import WARNING_DAYS, ExpiringLot, expiring
from services.i18n import tr
from ui.context import UiContext
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP, role_of
from ui.widgets.gift_kit import key_button


class StockExpiry(QWidget):
    """One list; Enter on a lot that has expired goes to 报损. `scrap_wanted`: gift and pieces."""

    scrap_wanted = Signal(int, int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.setAccessibleName(tr("效期"))
        self.title = label("", "subheading")
        self.table = expiry_table(context.settings)
        self.scrap = key_button(tr("去报损  Enter"), "primary")
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.title, 1)
        head.addWidget(self.scrap)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        words = tr("剩余按“先到期的先发”推算，两个库位合在一起；发放时请也先拿先到期的。")
        column.addWidget(label(words, "muted"))
        self.scrap.clicked.connect(self._scrap)
        self.table.activated_row.connect(self._scrap)
        self.table.current_row_changed.connect(self._row_changed)

    def refresh(self) -> None:
        """Read the lots again."""
        rows = expiring(self.context.db, self.context.today())
        self.table.set_rows(rows)
        self.table.select_first()
        over = sum(row.left for row in rows if row.days_left < 0)
        near = sum(row.left for row in rows if row.days_left >= 0)
        words = tr("{days} 天内到期 {near} 件")
        if over:
            words = tr("⚠ 已过期 {over} 件，请报损 · {days} 天内到期 {near} 件")
        self.title.setText(words.format(over=over, near=near, days=WARNING_DAYS))
        role_of(self.title, "warning" if over else "subheading")
        self._row_changed(self.table.current_row())

    def first_focus(self) -> QWidget:
        """The list."""
        return self.table

    def go_back(self) -> bool:
        """There is nothing to go back from."""
        return False

    def _row_changed(self, row: ExpiringLot | None) -> None:
        self.scrap.setEnabled(row is not None and row.days_left < 0)

    def _scrap(self, *_: object) -> None:
        row = self.table.current_row()
        if row is not None and row.days_left < 0:
            self.scrap_wanted.emit(row.gift_id, row.left)


def expiry_table(settings: QSettings) -> Table:
    """Lots that have expired or soon will."""
    columns = [
        Column(tr("有效期至"), lambda r: r.expires_on, width=112, tone=_tone),
        Column(tr("还有"), _days, sort=lambda r: r.days_left, width=144, tone=_tone),
        Column(
            tr("剩余"),
            lambda r: f"{r.left} {r.unit}",
            sort=lambda r: r.left,
            align="right",
            width=96,
        ),
        Column(tr("编号"), lambda r: r.code, width=80),
        Column(tr("礼品"), lambda r: r.name, width=240),
        Column(tr("批号"), lambda r: r.lot, width=160),
    ]
    return Table(
        "stock_expiry",
        columns,
        settings,
        title=tr("效期"),
        empty_text=tr(
            "{days} 天内没有到期的礼品。\n入库时写下批号和有效期，快到期的会按先后列在这里。"
        ).format(days=WARNING_DAYS),
        key=lambda r: (r.gift_id, r.expires_on, r.lot),
    )


def _days(row: ExpiringLot) -> str:
    if row.days_left < 0:
        return tr("已过期 请报损")
    return tr("今天最后一天") if row.days_left == 0 else tr("{n} 天").format(n=row.days_left)


def _tone(row: ExpiringLot) -> str:
    return "error" if row.days_left < 0 else "warning" if row.days_left <= 30 else ""
