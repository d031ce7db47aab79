"""Where the points of one ledger entry came from, or what they went to (E20)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.loyalty.points import kind_title
from services.loyalty.points_trace import Piece, Trace, trace
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table

SIZE = (720, 400)


def _what(piece: Piece) -> str:
    number = tr("单据 {number}").format(number=piece.receipt_number) if piece.receipt_number else ""
    return " · ".join(part for part in (number, piece.reason) if part) or kind_title(piece.kind)


def columns() -> list[Column]:
    """One entry on the other side."""
    return [
        Column(tr("日期"), lambda r: r.occurred_on, width=104),
        Column(tr("类型"), lambda r: kind_title(r.kind), width=88),
        Column(
            tr("积分"), lambda r: f"{r.points:,}", sort=lambda r: r.points, align="right", width=88
        ),
        Column(tr("说明"), _what, width=256),
        Column(tr("有效期至"), lambda r: r.expires_on or "", width=104),
    ]


def direction(found: Trace, kind: str) -> str:
    """What the list below shows."""
    if kind == "return":
        return tr("退回到这些批次，有效期不变：")
    if found.points < 0:
        return tr("用的是这些积分：")
    return tr("这些积分用到了这里：") if found.pieces else tr("这些积分还没有用过。")


def rest(found: Trace, kind: str) -> str:
    """What is left of a credit, or still owed of a debit (E17)."""
    n = f"{found.open_points:,}"
    if found.points < 0:
        owed = tr("还欠 {n} 分，以后得到的积分先还清。").format(n=n)
        return owed if found.open_points else tr("全部有来处，不欠分。")
    if kind == "return":
        return ""
    left = tr("还剩 {n} 分没有用。").format(n=n)
    return left if found.open_points else tr("已经全部用掉。")


class TraceDialog(Dialog):
    """Enter or Esc closes."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, entry_id: int, title: str, kind: str
    ) -> None:
        super().__init__(context, parent, tr("积分来历"))
        self.resize(*SIZE)
        self.what = label(title, "subheading")
        self.direction = label("", "muted")
        self.rest = label("")
        self.table = Table(
            "points/trace",
            columns(),
            context.settings,
            title=tr("来历"),
            empty_text=tr("用掉、退款或到期以后，这里写明去了哪里。"),
            key=lambda row: row.entry_id,
        )
        for widget in (self.what, self.direction):
            self.body.addWidget(widget)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.rest)
        self.add_buttons(tr("关闭"))
        found = self.context.alerts.run(trace, context.db, entry_id)
        if found is not None:
            self.direction.setText(direction(found, kind))
            self.rest.setText(rest(found, kind))
            self.table.set_rows(found.pieces)
        self.table.select_first()
        self.table.setFocus()
