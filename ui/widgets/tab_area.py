"""Five tabs, each built the first time it is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from services.i18n import tr
from ui.context import UiContext
from ui.tabs.base import Tab
from ui.tabs.paged import PagedTab

CLASSES = {
    "enrollment": "EnrollmentTab",
    "checkin": "CheckinTab",
    "points": "PointsTab",
    "gifts": "GiftsTab",
    "followups": "FollowupsTab",
}
NAMES = tuple(CLASSES)


def titles() -> dict[str, str]:
    """The words on the tabs, known before a tab is built."""
    return {
        "enrollment": tr("入会"),
        "checkin": tr("到诊"),
        "points": tr("积分"),
        "gifts": tr("礼品"),
        "followups": tr("回访"),
    }


class TabArea(QTabWidget):
    """Holds the tabs by name."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._built: dict[str, Tab] = {}
        self._pages: dict[str, QVBoxLayout] = {}
        self.setDocumentMode(True)
        self.setAccessibleName(tr("五个工作页"))
        self.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for number, (name, title) in enumerate(titles().items(), 1):
            page = QWidget()
            self._pages[name] = QVBoxLayout(page)
            self._pages[name].setContentsMargins(0, 0, 0, 0)
            self.addTab(page, title)
            self.setTabToolTip(number - 1, f"Ctrl+{number}")
            page.setObjectName(name)
        self.currentChanged.connect(self._build_page)

    def tab(self, name: str) -> Tab:
        """The tab of this name, built when it was not."""
        if name not in self._built:
            made: Tab = getattr(import_module(f"ui.tabs.{name}"), CLASSES[name])(self._context)
            self._built[name] = made
            self._pages[name].addWidget(made)
        return self._built[name]

    def current(self) -> Tab:
        """The tab that is shown."""
        return self.tab(NAMES[self.currentIndex()])

    def show_tab(self, name: str) -> Tab:
        """Show a tab and put the keyboard into it."""
        self.setCurrentIndex(NAMES.index(name))
        tab = self.tab(name)
        focus = tab.first_focus()
        if focus is not None:
            focus.setFocus()
        return tab

    def prepare(self) -> None:
        """Build the tab that will be shown first; it reads when somebody signs in."""
        self.tab(NAMES[self.currentIndex()])

    def build_rest(self) -> Iterator[object]:
        """Build what nobody has looked at yet, a tab or a page at each step."""
        for name in NAMES:
            if name not in self._built:
                yield self.tab(name)
        for tab in self._built.values():
            if isinstance(tab, PagedTab):
                for page in tab.pages:
                    if not tab.has_page(page):
                        yield tab.page(page)

    def wake(self) -> None:
        """Build the current tab (after signing in)."""
        self._build_page(self.currentIndex())

    def _build_page(self, index: int) -> None:
        if self._context.signed_in.session is not None:
            self.tab(NAMES[index]).refresh_if_seen()
