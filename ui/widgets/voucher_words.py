"""Vouchers in the desk's words, and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from services.forms.service_card import service_card
from services.i18n import tr
from services.people.privacy import mask_name
from services.vouchers.records import VoucherRow

if TYPE_CHECKING:
    from ui.context import UiContext


def friend_words(row: VoucherRow) -> str:
    """Who a voucher was passed on to, masked; '' for nobody."""
    return f"{mask_name(row.friend_name)} {row.friend_number}" if row.friend_id is not None else ""


def held_words(row: VoucherRow) -> str:
    """A voucher in a choice: its number first, because a scanner types it."""
    if row.friend_id is None:
        return f"{row.number} · " + tr("本人")
    return f"{row.number} · " + tr("给 {friend}").format(friend=mask_name(row.friend_name))


def end_words(row: VoucherRow) -> str:
    """How long a voucher can be used."""
    return tr("有效期至 {day}").format(day=row.valid_to) if row.valid_to else tr("长期有效")


def show_paper(context: UiContext, parent: QWidget, voucher_id: int) -> None:
    """The voucher as it will be printed."""
    from ui.dialogs.paper import PaperDialog

    paper = context.alerts.run(service_card, context.db, voucher_id)
    if paper is not None:
        PaperDialog(context, parent, paper).open()
