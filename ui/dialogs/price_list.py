"""What the open person pays for each class of items today, and why (R071)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.desk.strip import member_strip
from services.i18n import tr
from services.loyalty.quotes import PriceRow, member_prices
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP

SIZE = (800, 520)


def columns() -> list[Column]:
    """A class in one line."""
    return [
        Column(tr("类别"), lambda r: r.item_class, width=88),
        Column(tr("这位顾客付"), lambda r: r.price, width=168),
        Column(tr("为什么"), lambda r: r.why, width=400),
    ]


class PriceListDialog(Dialog):
    """A table to read from, and below it the prices that a line did not take; Enter closes."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("会员价"))
        self.resize(*SIZE)
        self.who = label("", "subheading")
        self.table = Table(
            "prices/member",
            columns(),
            context.settings,
            title=tr("会员价"),
            empty_text=tr("打开一位顾客后，这里列出各类项目的会员价。"),
            key=lambda row: row.item_class,
        )
        self.more = label("", "muted")
        self.more.setMinimumHeight(8 * GAP)
        self.body.addWidget(self.who)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.more)
        self.add_buttons(tr("关闭"))
        self.table.current_row_changed.connect(self._explain)
        self.context.alerts.run(self._read)
        self.table.select_first()
        self.table.setFocus()

    def _read(self) -> None:
        person_id = self.context.person_id or 0
        db, today = self.context.db, self.context.today()
        strip = member_strip(db, today, person_id)
        words = f"{strip.name_masked}{strip.title}  {strip.number}  {strip.tier_name}"
        self.who.setText(words)
        self.table.set_rows(member_prices(db, today, person_id))

    def _explain(self, row: PriceRow | None) -> None:
        """Everything about the line under the cursor, also what was not used and why."""
        self.more.setText("" if row is None else "\n".join((row.why, *row.unused)))
