"""A list of 合作机构 with a line of buttons: what its four pages share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from services.i18n import tr
from services.partners.terms import IN, OUT
from ui.context import UiContext
from ui.forms import button_row
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button


class PartnerPage(QWidget):
    """A list, a line of buttons; `writable` is false while the module is off."""

    def __init__(self, context: UiContext, host: QDialog) -> None:
        super().__init__()
        self.context = context
        self.host = host
        self.writable = True
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(GAP)

    def table_of(
        self, name: str, columns: list[Column], title: str, empty: str, enter: Callable[[Any], None]
    ) -> Table:
        """A list whose Enter does something."""
        made = Table(
            f"partners/{name}", columns, self.context.settings, title=title, empty_text=empty
        )
        made.setMinimumHeight(4 * ROW_HEIGHT)
        made.activated_row.connect(enter)
        made.current_row_changed.connect(self._enable)
        return made

    def buttons(self, *made: QPushButton) -> None:
        """The line below the list."""
        self.column.addLayout(button_row(left=made))

    def act(self, words: str, call: Callable[..., None]) -> QPushButton:
        """A button of that line."""
        made = key_button(words)
        made.clicked.connect(call)
        return made

    def refresh(self) -> None:
        """Read the list again."""
        raise NotImplementedError

    def take_focus(self) -> None:
        """The keyboard to the list."""
        raise NotImplementedError

    def _enable(self, *_: object) -> None:
        """What can be done with the chosen row."""
        raise NotImplementedError

    def show_rows(self, table: Table, call: Callable[..., Sequence[Any]], *args: Any) -> None:
        """Read rows into a list."""
        table.set_rows(self.context.alerts.run(call, self.context.db, *args) or [])
        table.select_first()
        self._enable()

    def over(self, dialog: QDialog, table: Table) -> None:
        """Open a dialog; the keyboard comes back to the list."""
        dialog.finished.connect(table.setFocus)
        dialog.open()


def way(direction: str) -> str:
    """A direction where there is little room."""
    return {IN: tr("进来"), OUT: tr("出去")}.get(direction, tr("双向"))
