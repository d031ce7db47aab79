"""The clinic could not be opened: what is wrong, where the data is, what can be done.

There is no way to start afresh from here: a clinic that cannot be opened is still a clinic.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout, QWidget

from services.errors import Fault, fault_sentence
from services.holders import holder_words
from services.i18n import tr
from ui.forms import Field, TextEdit, button, button_row, label
from ui.theme import GAP
from ui.widgets.gift_kit import key_button


def heading_of(fault: Fault) -> str:
    """The screen's title."""
    return {
        Fault.MISSING: tr("没有找到诊所数据"),
        Fault.LOCKED: tr("数据正被使用"),
        Fault.WRONG_KEY: tr("请输入恢复码"),
        Fault.NEWER: tr("程序版本太旧"),
        Fault.READ_ONLY: tr("数据文件夹不能写入"),
    }.get(fault, tr("诊所数据打不开"))


RESCUED = (
    Fault.MISSING,
    Fault.EMPTY,
    Fault.FOREIGN,
    Fault.DAMAGED,
    Fault.UNREADABLE,
    Fault.KEYS_DAMAGED,
    Fault.WRONG_KEY,
)

_NO_RETRY = (Fault.EMPTY, Fault.DAMAGED, Fault.KEYS_DAMAGED)  # waiting mends nothing


class CannotOpen(QWidget):
    """One screen per fault. Touches no file."""

    retry = Signal(str)  # the recovery code, or ''
    choose = Signal(object)  # another folder
    report = Signal()
    rescue = Signal()  # backups, keys and what can still be read
    quit = Signal()

    def __init__(self, folder: Path, fault: Fault, detail: str = "") -> None:
        super().__init__()
        self.fault = fault
        self._folder = folder
        self.setWindowTitle(tr("皓齿前台"))
        self.sentence = label(fault_sentence(fault))
        self.place = label(str(folder))
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.place.setAccessibleName(tr("数据位置"))
        self.code = TextEdit(tr("恢复码 5 组、每组 5 个字符；或备用口令"))
        self.code.setAccessibleName(tr("恢复码或备用口令"))
        self.code_field = Field(self.code)
        self.retry_button = button(
            tr("打开") if fault is Fault.WRONG_KEY else tr("重试"),
            "" if fault in _NO_RETRY else "primary",
        )
        self._build(heading_of(fault), detail)

    def _build(self, heading: str, detail: str) -> None:
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(560)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(4 * GAP, 3 * GAP, 4 * GAP, 3 * GAP)
        inside.setSpacing(GAP)
        inside.addWidget(label(heading, "heading"))
        inside.addWidget(self.sentence)
        if self.fault is Fault.LOCKED and detail:
            words = tr("正在使用：{who}").format(who=holder_words(detail))
            inside.addWidget(label(words, "muted"))
        inside.addSpacing(GAP)
        if self.fault is Fault.WRONG_KEY:
            inside.addWidget(label(tr("恢复码或备用口令"), "subheading"))
            inside.addWidget(self.code_field)
            inside.addSpacing(GAP)
            self.code.returnPressed.connect(self.try_again)
        inside.addWidget(label(tr("数据位置"), "subheading"))
        inside.addWidget(self.place)
        inside.addSpacing(2 * GAP)
        look, other = button(tr("打开文件夹"), "link"), button(tr("选择其他位置…"))
        leave, trouble = button(tr("退出")), button(tr("错误报告…"), "link")
        look.clicked.connect(self._look)
        other.clicked.connect(self._choose)
        trouble.clicked.connect(self.report)
        leave.clicked.connect(self.quit)
        self.retry_button.clicked.connect(self.try_again)
        if self.fault in RESCUED:
            words = tr("取回钥匙或恢复备份(&B)…") if self.fault is Fault.KEYS_DAMAGED else ""
            first = "primary" if self.fault in _NO_RETRY else ""
            self.rescue_button = key_button(words or tr("从备份恢复(&B)…"), first)
            self.rescue_button.clicked.connect(self.rescue)
            inside.addWidget(self.rescue_button)
            inside.addSpacing(GAP)
        inside.addLayout(button_row(leave, other, self.retry_button, left=[look, trouble]))
        outside = QVBoxLayout(self)
        outside.addStretch(2)
        outside.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outside.addStretch(3)
        if self.fault in _NO_RETRY:
            self.rescue_button.setFocus()
        else:
            (self.code if self.fault is Fault.WRONG_KEY else self.retry_button).setFocus()

    def try_again(self) -> None:
        """Open once more, with the recovery code when that is what is missing."""
        code = self.code.value()
        if self.fault is Fault.WRONG_KEY and not code:
            self.code_field.refuse(tr("请输入建立诊所时打印的恢复码。"))
            return
        self.retry.emit(code)

    def refuse_code(self) -> None:
        """The typed code did not fit."""
        self.code_field.refuse(tr("恢复码不对，数据没有改动。请核对打印件后再输入。"))
        self.code.selectAll()

    def _look(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))

    def _choose(self) -> None:
        picked = QFileDialog.getExistingDirectory(self, tr("选择数据位置"), str(self._folder))
        if picked:
            self.choose.emit(Path(picked))
