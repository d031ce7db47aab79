"""What a scan does: it fills the form that asks for it, or opens whoever or whatever it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from services.i18n import tr
from ui.scanner import Scanner

if TYPE_CHECKING:
    from services.desk.identity_check import Code
    from ui.main_window import MainWindow


class ScanDesk(QObject):
    """Brings scans to where the keyboard is, else to the window (R039, R132).

    A widget that can use a code has `take_scan(code)`, which answers whether it did; the nearest
    one around the focus is asked first, then those around it.
    """

    def __init__(self, window: MainWindow, scanner: Scanner) -> None:
        super().__init__(window)
        self._window = window
        self._context = window.context
        scanner.scanned.connect(self.scanned)
        scanner.unreadable.connect(self.unreadable)

    def scanned(self, code: str) -> None:
        """A card, a member number, a voucher, or something nobody knows. Nothing happens behind
        the lock screen."""
        if self._context.signed_in.session is None:
            return
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        top = QApplication.activeModalWidget() or self._window
        if _taken(top.focusWidget() or top, code):
            return
        if top is not self._window:
            sentence = tr("这里用不到刚才扫的号码。请先完成，或按 Esc 关闭“{title}”后再扫。")
            self._say(sentence.format(title=top.windowTitle()))
            return
        from services.desk.identity_check import read_code

        found = self._context.alerts.run(read_code, self._context.db, code)
        if found is not None:
            self._open(found)

    def unreadable(self) -> None:
        """An input method turned part of the number into words."""
        if self._context.signed_in.session is not None:
            self._say(tr("刚才的号码没有读全，没有录入。请把输入法切换到英文，再扫一次。"))

    def _say(self, sentence: str) -> None:
        """In the dialog that is in front, where it has a banner; else in the window."""
        top: Any = QApplication.activeModalWidget()
        alerts = top.context.alerts if hasattr(top, "context") else self._context.alerts
        alerts.banner(sentence, "warning")

    def _open(self, found: Code) -> None:
        window = self._window
        window.header.search.dismiss()
        if found.found == "voucher":
            from ui.dialogs.vouchers import VouchersDialog

            dialog = VouchersDialog(self._context, window, self._context.person_id, found.voucher)
            dialog.open()
            dialog.look_up()
            return
        if found.person_id is None:
            self._say(found.sentence)
            return
        self._open_person(found)
        if found.sentence:
            self._say(found.sentence)

    def _open_person(self, found: Code) -> None:
        """Open them, unless they are open: what is being typed for them stays."""
        selection = self._context.current_person
        self._context.alerts.bar.dismiss()
        if selection.person_id == found.person_id:
            selection.identify(found.by)
        else:
            selection.select(found.person_id, found.by)
        if self._window.tabs.current().name == "checkin":
            self._window.go("checkin", "check_in")


def _taken(widget: QWidget | None, code: str) -> bool:
    """Whether the widget or one around it used the code."""
    while widget is not None:
        take = getattr(widget, "take_scan", None)
        if take is not None and take(code):
            return True
        widget = None if widget.isWindow() else widget.parentWidget()
    return False
