"""A birthday in the lunar calendar: month, day, leap month."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from services.i18n import tr
from services.people.lunar import LunarDate
from services.people.lunar_words import day_title, month_title
from ui.forms import ChoiceBox
from ui.theme import GAP


class LunarEdit(QWidget):
    """`value()` is None until both a month and a day are chosen."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        months = [(n, month_title(n)) for n in range(1, 13)]
        days = [(n, day_title(n)) for n in range(1, 31)]
        self.month = ChoiceBox([(0, tr("不用农历")), *months])
        self.month.setAccessibleName(tr("农历月"))
        self.day = ChoiceBox([(0, tr("日")), *days])
        self.day.setAccessibleName(tr("农历日"))
        self.leap = QCheckBox(tr("闰月"))
        self.leap.setAccessibleName(tr("农历闰月"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.month, 1)
        row.addWidget(self.day, 1)
        row.addWidget(self.leap)
        self.setFocusProxy(self.month)
        self.month.currentIndexChanged.connect(self._show_parts)
        for choice in (self.month, self.day):
            choice.activated.connect(self.edited)
        self.leap.clicked.connect(self.edited)
        self._show_parts()

    def value(self) -> LunarDate | None:
        """The day as chosen."""
        if not (self.month.value() and self.day.value()):
            return None
        return LunarDate(self.month.value(), self.day.value(), self.leap.isChecked())

    @property
    def half(self) -> bool:
        """Whether a month is chosen but no day."""
        return bool(self.month.value()) and not self.day.value()

    def set_value(self, lunar: LunarDate | None) -> None:
        """Show a day, or none."""
        self.month.choose(lunar.month if lunar else 0)
        self.day.choose(lunar.day if lunar else 0)
        self.leap.setChecked(lunar.leap if lunar else False)

    def _show_parts(self, *_: object) -> None:
        chosen = bool(self.month.value())
        self.day.setVisible(chosen)
        self.leap.setVisible(chosen)
