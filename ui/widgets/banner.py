"""A bar over the work: one sentence, one colour with an icon, gone with Esc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QTabWidget, QToolButton, QWidget

from services.i18n import tr
from ui.forms import button
from ui.theme import GAP, mark

BannerKind = Literal["info", "success", "warning", "error"]
SIGNS = {"info": "ⓘ", "success": "✓", "warning": "⚠", "error": "✕"}
SECONDS = {"info": 8, "success": 5, "warning": 20}
_SAID_ANEW = (QEvent.Type.Show, QEvent.Type.LayoutRequest)
_TABS_ANEW = (QEvent.Type.Resize, QEvent.Type.LayoutRequest)


class Banner(QFrame):
    """Shows the newest sentence. Good news leaves by itself; errors stay until closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAccessibleName(tr("提示"))
        self._sign = QLabel()
        self._sign.setObjectName("bannerSign")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = button("", "link")
        self._action.hide()
        self._action.clicked.connect(self._act)
        self._call: Callable[[], Any] | None = None
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.setAccessibleName(tr("关闭提示"))
        close.setToolTip(tr("关闭提示 Esc"))
        close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 8, 4)
        row.addWidget(self._sign)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(close)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        self.kind: BannerKind = "info"
        self.hide()

    @property
    def sentence(self) -> str:
        """What is shown now; '' when nothing is."""
        return self._text.text() if not self.isHidden() else ""

    def say(self, sentence: str, kind: BannerKind) -> None:
        """Show a sentence instead of the one before."""
        self.kind = kind
        self._action.hide()
        self._sign.setText(SIGNS[kind])
        self._text.setText(sentence)
        self.setAccessibleDescription(sentence)
        mark(self, "kind", kind, self._sign, self._text)
        self._timer.stop()
        if kind in SECONDS:
            self._timer.start(SECONDS[kind] * 1000)
        self.show()

    def offer(self, words: str, call: Callable[[], Any]) -> None:
        """Put a button beside the sentence that is shown; it stays until it is answered."""
        self._timer.stop()
        self._call = call
        self._action.setText(words)
        self._action.setAccessibleName(words)
        self._action.show()

    def _act(self) -> None:
        self.dismiss()
        if self._call is not None:
            self._call()

    def dismiss(self) -> bool:
        """Hide; answers whether there was something to hide."""
        shown = not self.isHidden()
        self._timer.stop()
        self.hide()
        return shown


class AtTabs(QObject):
    """Keeps a banner in the empty end of a row of tabs, over what is below when its sentence takes
    two lines: nothing else moves or is laid out anew when one comes and goes."""

    def __init__(self, banner: Banner, tabs: QTabWidget) -> None:
        super().__init__(banner)
        self._banner, self._tabs = banner, tabs
        banner.setParent(tabs)
        banner.installEventFilter(self)
        tabs.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # not when the banner itself is resized: while it is being shown that would not reach what
        # it holds
        anew = _SAID_ANEW if watched is self._banner else _TABS_ANEW
        if event.type() in anew and not self._banner.isHidden():
            self._place()
        return False

    def _place(self) -> None:
        bar = self._tabs.tabBar()
        left = bar.x() + bar.tabRect(bar.count() - 1).right() + 2 * GAP
        width = self._tabs.width() - left
        height = max(bar.height(), self._banner.heightForWidth(width))
        self._banner.setGeometry(left, bar.y(), width, height)
        self._banner.raise_()
