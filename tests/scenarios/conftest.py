"""The whole window with a hand on its keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QWidget

from services.clinic import Clinic
from tests.conftest import PIN, STAFF
from tests.ui.conftest import context, theme  # noqa: F401 - the same surroundings
from ui.context import UiContext
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.tabs.base import Tab

NONE = Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
KEYS = {
    "Enter": Qt.Key.Key_Return,
    "Esc": Qt.Key.Key_Escape,
    "Tab": Qt.Key.Key_Tab,
    "Down": Qt.Key.Key_Down,
    "Space": Qt.Key.Key_Space,
}


class Desk:
    """The window as somebody sees and touches it: keys in, sentences out."""

    def __init__(self, window: MainWindow, qtbot: object) -> None:
        self.window = window
        self.qtbot = qtbot

    # --- the hand ---

    def press(self, *names: str) -> Desk:
        """'F6', 'Enter', 'Alt+3', 'Ctrl+4' …, wherever the keyboard is."""
        for name in names:
            *modifiers, last = name.split("+")
            held = NONE
            for modifier in modifiers:
                held |= {"Alt": ALT, "Ctrl": CTRL, "Shift": Qt.KeyboardModifier.ShiftModifier}[
                    modifier
                ]
            key = KEYS.get(last) or getattr(Qt.Key, f"Key_{last}")
            self.come_forward()
            QTest.keyClick(self.focus(), key, held)
            self.settle()
        return self

    def come_forward(self) -> None:
        """After a dialog has closed, the window manager's part: there is none on no screen."""
        window = QApplication.activeModalWidget() or self.window
        if QApplication.activePopupWidget() is None and not window.isActiveWindow():
            window.activateWindow()
            self.qtbot.waitUntil(window.isActiveWindow)  # type: ignore[attr-defined]

    def type(self, text: str) -> Desk:
        """Letters and digits key by key; Chinese as an input method commits it."""
        if text.isascii():
            for char in text:
                QTest.keyClick(self.focus(), char)
        else:
            line = self.focus()
            assert isinstance(line, QLineEdit), line
            line.insert(text)
            line.textEdited.emit(line.text())
        self.settle()
        return self

    def tab_to(self, widget: QWidget) -> Desk:
        """Tab until the keyboard is there: whatever is used can be reached."""
        for _ in range(60):
            if self.focus() is widget:
                return self
            self.press("Tab")
        raise AssertionError(f"Tab never reaches {widget.accessibleName() or widget}")

    def settle(self) -> None:
        """What the key set going has happened: queued signals and timers of no length."""
        self.qtbot.wait(5)  # type: ignore[attr-defined]

    def focus(self) -> QWidget:
        """Where the keyboard is: an open menu, a dialog, the window."""
        popup = QApplication.activePopupWidget()
        if popup is not None:
            return popup
        modal = QApplication.activeModalWidget()
        top = modal or self.window
        return top.focusWidget() or top

    # --- the eye ---

    @property
    def told(self) -> str:
        """The banner."""
        return self.window.context.alerts.bar.sentence

    @property
    def strip(self) -> str:
        """What the member strip says about the open person."""
        return self.window.strip.accessibleDescription()

    def tab(self, name: str) -> Tab:
        """A tab that was looked at."""
        return self.window.tabs.tab(name)

    def shown_tab(self) -> str:
        """The name of the tab on top."""
        return self.window.tabs.current().name

    # --- everyday ---

    def sign_in(self, role: str, pin: str = PIN) -> Desk:
        """Choose the name with the arrows, type the PIN, Enter."""
        names = self.window.sign_in.names
        wanted = next(n for n in range(names.count()) if STAFF[role] in names.item(n).text())
        self.tab_to(names).press("Home", *["Down"] * wanted, "Enter")
        return self.type(pin).press("Enter")

    def change_staff(self, role: str) -> Desk:
        """Ctrl+L and somebody else's PIN."""
        return self.press("Ctrl+L").sign_in(role)

    def find(self, text: str) -> Desk:
        """F3, what one knows of the person, Enter."""
        return self.press("F3").type(text).press("Enter")


@pytest.fixture
def window(context: UiContext, qapp: QApplication, qtbot) -> Iterator[MainWindow]:  # noqa: F811
    context.signed_in.set(None)
    made = MainWindow(context, IdleWatch(qapp))
    qtbot.addWidget(made)
    made.resize(1366, 768)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    yield made
    made.close()


@pytest.fixture
def desk(window: MainWindow, qtbot, clinic: Clinic) -> Desk:
    """李前台 at the desk."""
    return Desk(window, qtbot).sign_in("frontdesk")


class _Flashes(QObject):
    """Notes every widget that comes up as a window of its own though it should lie in another."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.Show
            and isinstance(watched, QWidget)
            and watched.isWindow()
            and watched.windowType() == Qt.WindowType.Window
            and not isinstance(watched, QMainWindow)
        ):
            self.seen.append(repr(watched))
        return False


@pytest.fixture(autouse=True)
def nothing_flashes(qapp: QApplication) -> Iterator[None]:
    """A widget shown before it has a parent takes the keyboard away from the window."""
    eyes = _Flashes()
    qapp.installEventFilter(eyes)
    yield
    qapp.removeEventFilter(eyes)
    assert eyes.seen == []
