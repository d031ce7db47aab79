"""One line about a person's vouchers, their own and those they were given, and the way to them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from services.i18n import tr
from services.people.aliases import root_of
from services.vouchers.records import VoucherRow, status, vouchers_of
from ui.context import UiContext
from ui.forms import label
from ui.theme import GAP
from ui.widgets.gift_kit import key_button
from ui.widgets.voucher_words import friend_words

LIVE = ("owned", "pledged")


class VoucherBar(QWidget):
    """Hidden where there are no vouchers; `closed` tells that the list of them was left."""

    closed = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.words = label("")
        self.open = key_button(tr("项目卡(&J)…"), tip=tr("扫卡、使用、转赠、收回、打印"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.words, 1)
        row.addWidget(self.open)
        self.open.clicked.connect(self.show_all)
        self.hide()

    def load(self, person_id: int) -> None:
        """Say what is on vouchers now."""
        context = self._context
        db, today = context.db, context.today()
        rows = vouchers_of(db, person_id)
        live = [row for row in rows if row.open and status(db, row, today) in LIVE]
        self.setVisible(bool(rows))
        mine = root_of(db, person_id)
        parts = [_words(row, row.friend_id and root_of(db, row.friend_id) == mine) for row in live]
        words = tr("项目卡 {n} 张可用：{cards}")
        none = tr("没有可用的项目卡，用过和过期的有 {n} 张。")
        text = words.format(n=len(live), cards="；".join(parts)) if live else ""
        self.words.setText(text or none.format(n=len(rows)))

    def show_all(self, *_: object) -> None:
        """The list of the open person's vouchers; with nobody open, the field to scan one."""
        from ui.dialogs.vouchers import VouchersDialog

        dialog = VouchersDialog(self._context, self.window(), self._context.person_id)
        dialog.finished.connect(self._left)
        dialog.open()

    def _left(self, *_: object) -> None:
        self.closed.emit()


def _words(row: VoucherRow, given: object) -> str:
    if given:
        return tr("{service}(好友送的)").format(service=row.service)
    if row.friend_id is not None:
        words = tr("{service}(已转赠 {friend})")
        return words.format(service=row.service, friend=friend_words(row))
    return row.service
