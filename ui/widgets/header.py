"""The top of the window: whose desk this is, the menus, the search box, who is signed in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QMenuBar, QToolButton, QWidget

from services.commands import Session, read_setting
from services.i18n import tr
from services.rights import role_title
from services.setup import DEMO, clinic_name
from ui.context import UiContext
from ui.forms import button
from ui.theme import GAP, role_of
from ui.widgets.chip import Chip
from ui.widgets.search_box import SearchBox


class Header(QFrame):
    """Clinic name, menus, search, staff menu, lock."""

    def __init__(self, context: UiContext, popup_parent: QWidget) -> None:
        super().__init__()
        self.setObjectName("header")
        self._context = context
        self.clinic = QLabel()
        self.clinic.setObjectName("clinicName")
        self.demo = Chip(tr("演示数据"), "alert")
        self.menus = QMenuBar()
        self.menus.setNativeMenuBar(False)
        self.menus.setFixedHeight(30)
        self.search = SearchBox(context, popup_parent)
        self.search.setMinimumWidth(280)
        self.search.setMaximumWidth(560)
        self.staff = QToolButton()
        self.staff.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.staff.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.staff.setAccessibleName(tr("当前员工"))
        role_of(self.staff, "flat")
        self.staff_menu = QMenu(self)
        self.staff.setMenu(self.staff_menu)
        self.lock = button(tr("锁定"), "flat", "Ctrl+L")
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GAP, 6, 2 * GAP, 6)
        row.setSpacing(GAP)
        row.addWidget(self.clinic)
        row.addWidget(self.demo)
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self.search, 4)
        row.addStretch(1)
        row.addWidget(self.staff)
        row.addWidget(self.lock)
        self.setFixedHeight(48)

    def show_session(self, session: Session | None) -> None:
        """Who is at the desk."""
        if session is None:
            return
        self.clinic.setText(tr("皓齿前台 · {name}").format(name=clinic_name(self._context.clinic)))
        self.demo.setVisible(read_setting(self._context.db, DEMO) == "1")
        words = f"{role_title(session.actor.role)} {session.actor.name} ▾"
        self.staff.setText(words)
        self.staff.setAccessibleName(tr("当前员工：{who}").format(who=words.rstrip(" ▾")))
