"""What the doctor must know, as chips that are switched on, and a line for anything else."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from services.i18n import tr
from ui.forms import TextEdit, button
from ui.theme import GAP
from ui.widgets.enter_key import enter_presses


def usual_alerts() -> list[str]:
    """What is said most often."""
    return [tr("牙齿敏感"), tr("药物过敏"), tr("高血压"), tr("糖尿病"), tr("心脏病"), tr("孕期")]


class AlertChips(QWidget):
    """Space or Enter switches a chip."""

    changed = Signal()
    submitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("健康提示"))
        self.chips: list[QPushButton] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        for text in usual_alerts():
            chip = button(text, "chip")
            chip.setCheckable(True)
            chip.setProperty("word", text)
            chip.toggled.connect(self._toggled)
            row.addWidget(chip)
            self.chips.append(chip)
        enter_presses(*self.chips)
        self.more = TextEdit(tr("其他，用顿号分开"))
        self.more.setAccessibleName(tr("其他健康提示"))
        self.more.returnPressed.connect(self.submitted)
        self.more.textEdited.connect(self._toggled)
        row.addSpacing(GAP // 2)
        row.addWidget(self.more, 1)

    def clear(self) -> None:
        """None."""
        for chip in self.chips:
            chip.setChecked(False)
        self.more.clear()

    def alerts(self) -> tuple[str, ...]:
        """The chosen ones and the typed ones."""
        typed = re.split(r"[、,,;;]", self.more.value())
        chosen = [str(chip.property("word")) for chip in self.chips if chip.isChecked()]
        return tuple(dict.fromkeys([*chosen, *(word.strip() for word in typed if word.strip())]))

    def _toggled(self, *_: object) -> None:
        for chip in self.chips:
            word = chip.property("word")
            chip.setText(f"✓ {word}" if chip.isChecked() else word)
        self.changed.emit()
