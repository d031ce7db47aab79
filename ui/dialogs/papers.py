"""Ctrl+P: what can be printed here, chosen by letters, seen before it is printed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from services.forms.paper import Paper
from services.i18n import tr
from services.rights import holders, may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.paper import PaperDialog
from ui.forms import label
from ui.theme import GAP
from ui.widgets.gift_kit import letter_keys

_PAUSE = 1.2  # seconds after which typed letters begin anew
_ROWS = 12


@dataclass(frozen=True)
class Noted:
    """A paper with a word about how it was made."""

    paper: Paper
    note: str


@dataclass(frozen=True)
class Offer:
    """A paper that can be made here: its name, and the `right` it takes ('' for everybody)."""

    title: str
    make: Callable[[], Paper | Noted]
    right: str = ""


class OfferList(QListWidget):
    """The papers, found by the first letters of their names: `rh` goes to 入会登记表."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("可以打印的单子"))
        self.setSpacing(2)
        self._letters = ""
        self._when = 0.0

    def keyboardSearch(self, search: str) -> None:
        now = time.monotonic()
        fresh = now - self._when > _PAUSE
        self._when = now
        typed = search.lower()
        self._letters = typed if fresh else self._letters + typed
        if not (self._find(self._letters, self.currentRow())) and self._find(typed, -1):
            self._letters = typed

    def _find(self, typed: str, at: int) -> bool:
        """Go to the next paper called so; the one at hand may keep its place while more letters
        come."""
        after = at + 1 if len(typed) == 1 else max(at, 0)
        order = [*range(after, self.count()), *range(after)]
        for number in order:
            keys = letter_keys(self.item(number).text())
            if any(key.startswith(typed) for key in keys):
                self.setCurrentRow(number)
                return True
        return False


class PapersDialog(Dialog):
    """Letters or arrows choose, Enter shows, Esc closes; it stays for the next paper."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, title: str, offers: Sequence[Offer]
    ) -> None:
        super().__init__(context, parent, title)
        self.setMinimumWidth(520)
        self.offers = tuple(offers)
        self.list = OfferList()
        role = context.session.actor.role
        for offer in self.offers:
            allowed = not offer.right or may(role, offer.right)
            words = tr("{entry}(须由{holders}登录)")
            text = (
                offer.title
                if allowed
                else words.format(entry=offer.title, holders=holders(offer.right))
            )
            item = QListWidgetItem(text)
            if not allowed:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        row = self.list.sizeHintForRow(0) + 2 * self.list.spacing()
        self.list.setFixedHeight(row * min(len(self.offers), _ROWS) + 2 * GAP)
        self.body.addWidget(label(tr("按首字母或上下键选择，回车预览。"), "muted"))
        self.body.addWidget(self.list)
        self.show_button = self.add_buttons(tr("预览 ⏎"), tr("关闭"))
        self.list.itemDoubleClicked.connect(self._double_clicked)
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _double_clicked(self, _item: QListWidgetItem) -> None:
        self.submit()

    def submit(self) -> None:
        """Show the chosen paper as it will be printed."""
        item = self.list.currentItem()
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.context.alerts.bar.dismiss()
        made = self.context.alerts.run(self.offers[self.list.currentRow()].make)
        if made is None:
            return
        noted = made if isinstance(made, Noted) else Noted(made, "")
        shown = PaperDialog(self.context, self, noted.paper)
        if noted.note:
            shown.context.alerts.banner(noted.note, "warning")
        shown.finished.connect(self.list.setFocus)
        shown.open()
