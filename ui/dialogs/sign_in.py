"""Who is at the desk? The first screen of the day and the lock screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from services.clinic import Clinic
from services.errors import RuleError
from services.i18n import tr
from services.rights import role_title
from services.setup import clinic_name
from services.staff import list_staff, sign_in
from ui.alerts import Alerts
from ui.forms import Field, PinEdit, button, label
from ui.theme import GAP

LAST = "sign_in/last_staff_id"
NAME_HEIGHT = 36
MOST_NAMES = 8


class SignIn(QWidget):
    """Choose a name, type the PIN, Enter. Emits the `Session`."""

    signed_in = Signal(object)

    def __init__(self, clinic: Clinic, alerts: Alerts, settings: QSettings) -> None:
        super().__init__()
        self._clinic = clinic
        self._alerts = alerts
        self.notices = Alerts(alerts.bus, self)  # what is to be said before anybody signs in
        self._settings = settings
        self.setAccessibleName(tr("登录"))
        self.title = label(clinic_name(clinic), "heading")
        self.why = label(tr("选择姓名，输入密码后按回车。"), "muted")
        self.names = QListWidget()
        self.names.setObjectName("names")
        self.names.setAccessibleName(tr("员工名单"))
        self.names.setUniformItemSizes(True)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.pin = PinEdit(tr("密码"))
        self.pin.setAccessibleName(tr("密码"))
        self.field = Field(self.pin)
        self.enter = button(tr("登录"), "primary")
        self.forgotten = button(tr("院长忘记密码…"), "link")
        self._build()
        self.names.itemActivated.connect(self._to_pin)
        self.names.itemClicked.connect(self._to_pin)
        self.names.currentRowChanged.connect(self.field.clear_error)
        self.pin.returnPressed.connect(self.submit)
        self.pin.installEventFilter(self)
        self.names.installEventFilter(self)
        self.enter.clicked.connect(self.submit)
        self.forgotten.clicked.connect(self.ask_code)

    def _build(self) -> None:
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(400)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(4 * GAP, 3 * GAP, 4 * GAP, 4 * GAP)
        inside.setSpacing(GAP)
        inside.addWidget(self.title)
        inside.addWidget(self.why)
        inside.addSpacing(GAP)
        inside.addWidget(self.names)
        inside.addWidget(self.field)
        inside.addSpacing(GAP)
        inside.addWidget(self.enter)
        inside.addWidget(self.forgotten, 0, Qt.AlignmentFlag.AlignHCenter)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self.notices.bar)
        outside.addStretch(2)
        outside.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outside.addStretch(3)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()

    def reload(self, reason: str = "") -> None:
        """Read the staff again and put the keyboard where the hand goes next."""
        self.title.setText(clinic_name(self._clinic))
        if reason:
            self.why.setText(reason)
        self.pin.clear()
        self.field.clear_error()
        self.names.clear()
        last = str(self._settings.value(LAST, ""))
        for row in self._alerts.run(list_staff, self._clinic.db) or []:
            item = QListWidgetItem(f"{row.name}    {role_title(row.role)}")
            item.setData(Qt.ItemDataRole.UserRole, (row.id, row.name))
            self.names.addItem(item)
            if str(row.id) == last:
                self.names.setCurrentItem(item)
        self.names.setFixedHeight(min(max(self.names.count(), 1), MOST_NAMES) * NAME_HEIGHT + 4)
        known = self.names.currentItem() is not None
        if not known and self.names.count():
            self.names.setCurrentRow(0)
        (self.pin if known or self.names.count() == 1 else self.names).setFocus()

    def submit(self) -> None:
        """Try the PIN."""
        item = self.names.currentItem()
        if item is None:
            return
        staff_id, name = item.data(Qt.ItemDataRole.UserRole)
        try:
            session = sign_in(self._clinic, name, self.pin.text())
        except RuleError as refused:
            self.pin.clear()
            self.field.refuse(refused.sentence)
            return
        self.pin.clear()
        self._settings.setValue(LAST, staff_id)
        self.signed_in.emit(session)

    def ask_code(self, *_: object) -> None:
        """A new PIN for a director, by the recovery code."""
        from ui.dialogs.forgotten_pin import ForgottenPin

        item = self.names.currentItem()
        chosen = item.data(Qt.ItemDataRole.UserRole)[0] if item is not None else 0
        dialog = ForgottenPin(self._clinic, self, chosen)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(self._new_pin_set)
        dialog.open()

    def _new_pin_set(self) -> None:
        self.reload(tr("密码已重设。请用新密码登录。"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows choose a name from the PIN; digits on the names go into the PIN."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.names:
                return self._type_pin(event.text())
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
            row = self.names.currentRow() + step
            if step and 0 <= row < self.names.count():
                self.names.setCurrentRow(row)
                return True
        return super().eventFilter(watched, event)

    def _type_pin(self, text: str) -> bool:
        if not (text.isascii() and text.isdigit()):
            return False
        self.pin.setFocus()
        self.pin.insert(text)
        return True

    def _to_pin(self, *_: object) -> None:
        self.pin.setFocus()
