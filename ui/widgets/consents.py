"""The consent items and what the person is told before agreeing (个保法 17, 29 条)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from services.i18n import tr
from services.people.consent_words import item_title, item_words
from services.people.records import CONSENT_ITEMS, NOTICE_VERSION
from ui.forms import label
from ui.theme import GAP, role_of


def notice_summary() -> str:
    """The notice in short; the whole one is printed."""
    words = tr(
        "请先告知：由本诊所处理，只用于下列各项，会籍结束后按规定期限保存；"
        "可随时查阅、更正、撤回，撤回不影响就诊。(告知书第 {version} 版)"
    )
    return words.format(version=NOTICE_VERSION)


class ConsentBoxes(QWidget):
    """One box per item, none of them hidden in another."""

    toggled = Signal(str, bool)

    def __init__(self, width: int) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        notice = label(notice_summary(), "muted")
        notice.setMinimumHeight(notice.heightForWidth(width))
        column.addWidget(notice)
        self.boxes: dict[str, QCheckBox] = {}
        for item in CONSENT_ITEMS:
            box = QCheckBox(item_title(item))
            box.setAccessibleName(item_title(item))
            box.setAccessibleDescription(item_words(item))
            words = QLabel(item_words(item))
            words.setIndent(3 * GAP)
            role_of(words, "muted")
            column.addSpacing(GAP // 2)
            column.addWidget(box)
            column.addWidget(words)
            self.boxes[item] = box
        for box in self.boxes.values():
            box.clicked.connect(self._clicked)

    def set_granted(self, items: set[str]) -> None:
        """Tick these and no others."""
        for item, box in self.boxes.items():
            box.setChecked(item in items)

    def granted(self) -> tuple[str, ...]:
        """The ticked items."""
        return tuple(item for item, box in self.boxes.items() if box.isChecked())

    def _clicked(self, checked: bool) -> None:
        sender = self.sender()
        item = next(item for item, box in self.boxes.items() if box is sender)
        self.toggled.emit(item, checked)
