"""A button with the rest: what is done seldom stands in its menu, not in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QPushButton

from services.i18n import tr
from services.rights import holders, may
from ui.context import UiContext
from ui.forms import plain
from ui.theme import role_of
from ui.widgets.enter_key import enter_presses


@dataclass(frozen=True)
class Entry:
    """One line of the menu: what it says, what it does, the right it asks for ('' for none)."""

    text: str
    call: Callable[[], object]
    right: str = ""


class MoreButton(QPushButton):
    """Opens a menu of entries; who lacks the right for one reads there who has it."""

    def __init__(self, context: UiContext, text: str) -> None:
        super().__init__(text)
        self.setAccessibleName(plain(text).rstrip("▾ "))
        self.setAutoDefault(False)
        keys = QKeySequence.mnemonic(text)
        self.setShortcut(QKeySequence())  # Qt's own waits for the look of a pressed button
        QShortcut(keys, self).activated.connect(self.click)
        role_of(self, "link")
        self._context = context
        self._entries: tuple[Entry, ...] = ()
        self.menu_shown: QMenu | None = None
        enter_presses(self)
        self.clicked.connect(self.open)

    def offer(self, entries: Sequence[Entry]) -> None:
        """Put these into the menu; without any the button hides."""
        self._entries = tuple(entries)
        self.setVisible(bool(entries))

    def texts(self) -> list[str]:
        """What the menu says, without the marks of the keys."""
        return [plain(entry.text) for entry in self._entries]

    def open(self, *_: object) -> None:
        """Show the menu with the keyboard on its first entry."""
        menu = QMenu(self)
        menu.setAccessibleName(self.accessibleName())
        for entry in self._entries:
            self._add(menu, entry)
        first = next((action for action in menu.actions() if action.isEnabled()), None)
        if first is not None:
            menu.setActiveAction(first)
        menu.triggered.connect(self._chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.destroyed.connect(self._forget)
        self.menu_shown = menu
        height = menu.sizeHint().height()
        window = self.window()
        below = self.mapTo(window, QPoint(0, self.height())).y() + height <= window.height()
        menu.popup(self.mapToGlobal(QPoint(0, self.height() if below else -height)))

    def _add(self, menu: QMenu, entry: Entry) -> None:
        session = self._context.signed_in.session
        allowed = not entry.right or (session is not None and may(session.actor.role, entry.right))
        words = entry.text
        if not allowed:
            words = tr("{entry}(须由{holders}登录)").format(
                entry=plain(entry.text).rstrip("…"), holders=holders(entry.right)
            )
        action = menu.addAction(words)
        action.setEnabled(allowed)
        action.setData(entry)

    def _chosen(self, action: QAction) -> None:
        action.data().call()

    def _forget(self, *_: object) -> None:
        self.menu_shown = None
