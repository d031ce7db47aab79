"""The clinic itself: name, address, phone and logo as its papers show them, and its few limits."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLabel, QSpinBox, QWidget

from services.commands import read_setting
from services.desk.appointment_list import slot_minutes
from services.desk.visit_board import first_come
from services.errors import RuleError
from services.followups.cooldown import cooldown_days
from services.forms.letterhead import LARGEST_LOGO, change_logo, logo_of
from services.gifts.return_days import return_days
from services.i18n import tr
from services.setup import (
    CLINIC_ADDRESS,
    CLINIC_PHONE,
    IDLE_MINUTES,
    change_settings,
    clinic_name,
)
from ui.context import UiContext
from ui.dialogs.base import Dialog, Scrolled
from ui.forms import Form, TextEdit
from ui.theme import GAP
from ui.widgets.gift_kit import key_button

_SHOWN = QSize(160, 48)
_SHARP = QSize(800, 400)  # dots: as much as a head of 20 mm can show


class SettingsDialog(Dialog):
    """All settings, saved together."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("诊所设置"))
        self.setMinimumWidth(72 * GAP)
        self.name, self.address, self.phone = TextEdit(), TextEdit(), TextEdit()
        self.name.setText(clinic_name(context.clinic))
        self.address.setText(read_setting(context.db, CLINIC_ADDRESS))
        self.phone.setText(read_setting(context.db, CLINIC_PHONE))
        self.minutes = _number(1, 120, tr(" 分钟"))
        self.minutes.setValue(int(read_setting(context.db, IDLE_MINUTES, "5")))
        self.days = _number(0, 365, tr(" 天"))
        self.days.setValue(return_days(context.db))
        self.first_come = QCheckBox(tr("先到先看，不按会员等级"))
        self.first_come.setChecked(first_come(context.db))
        self.slot = _number(5, 240, tr(" 分钟"))
        self.slot.setValue(slot_minutes(context.db))
        self.cooldown = _number(0, 365, tr(" 天"))
        self.cooldown.setValue(cooldown_days(context.db))
        self.logo = self._stored = logo_of(context.db)
        self.picture = QLabel()
        self.picture.setFixedSize(_SHOWN)
        self.choose_button = key_button(tr("选择图片(&G)…"))
        self.remove_button = key_button(tr("去掉(&X)"))
        self._build()
        self.choose_button.clicked.connect(self.choose_logo)
        self.remove_button.clicked.connect(self.remove_logo)
        self._show_logo()
        self.name.setFocus()

    def _build(self) -> None:
        form = Form()
        form.add(tr("诊所名称(&N)"), self.name)
        form.add(tr("地址(&D)"), self.address)
        form.add(tr("电话(&T)"), self.phone, tr("地址和电话印在每张单子的页脚。"))
        row = QWidget()
        beside = QHBoxLayout(row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(GAP)
        for each in (self.picture, self.choose_button, self.remove_button):
            beside.addWidget(each)
        beside.addStretch(1)
        row.setFocusProxy(self.choose_button)
        self.logo_field = form.add(
            tr("标志"), row, tr("PNG 或 JPEG，不超过 512 KB，印在单子左上角。")
        )
        form.add(tr("礼品可退天数(&K)"), self.days, tr("这些天内、没拆封的可以退；0 为不收退回。"))
        form.add(tr("排队(&F)"), self.first_come, tr("急诊总是最先；打开后看板上方会写明。"))
        form.add(tr("每次预约(&Y)"), self.slot, tr("同一位医生的时间重叠时会提醒。"))
        form.add(
            tr("营销冷却期(&I)"),
            self.cooldown,
            tr("两次营销联系至少隔这么多天；0 为不设。"),
        )
        form.add(tr("自动锁定(&L)"), self.minutes, tr("这么久没有操作就锁定，要重新输入密码。"))
        self.body.addWidget(Scrolled(form))
        self.add_buttons(tr("保存"), tr("取消"))

    # --- the logo ---

    def choose_logo(self, *_: object) -> None:
        """Ask for a picture; it is stored with the rest."""
        path, _filter = QFileDialog.getOpenFileName(
            self, tr("选择标志"), "", tr("图片 (*.png *.jpg *.jpeg)")
        )
        if path:
            self.take_logo(Path(path))

    def take_logo(self, path: Path) -> None:
        """Use the picture of a file, or say why it cannot be used."""
        try:
            self.logo = read_logo(path)
        except RuleError as refused:
            self.logo_field.mark_wrong(refused.sentence)
            return
        self.logo_field.clear_error()
        self._show_logo()

    def remove_logo(self, *_: object) -> None:
        """No picture on the papers."""
        self.logo = b""
        self._show_logo()

    def _show_logo(self) -> None:
        self.remove_button.setEnabled(bool(self.logo))
        if not self.logo:
            self.picture.setText(tr("(没有标志)"))
            return
        image = QImage.fromData(self.logo)
        kept, smooth = (
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self.picture.setPixmap(QPixmap.fromImage(image.scaled(_SHOWN, kept, smooth)))
        self.picture.setAccessibleName(tr("标志"))

    # --- saving ---

    def submit(self) -> None:
        """Save."""
        session = self.context.session
        saved: object = self.context.alerts.run_command(
            change_settings,
            session,
            name=self.name.value(),
            idle_minutes=self.minutes.value(),
            address=self.address.value(),
            phone=self.phone.value(),
            gift_return_days=self.days.value(),
            first_come=self.first_come.isChecked(),
            appointment_minutes=self.slot.value(),
            marketing_cooldown_days=self.cooldown.value(),
        )
        if saved is None:
            return
        if self.logo != self._stored:
            saved = self.context.alerts.run_command(change_logo, session, data=self.logo)
        if saved is not None:
            self.accept()


def read_logo(path: Path) -> bytes:
    """The picture of a file, made no larger than a paper can show. Raises RuleError for a file
    that is too large or no PNG or JPEG."""
    if not path.is_file() or path.stat().st_size > LARGEST_LOGO:
        raise RuleError(tr("图片超过 512 KB。请先缩小再选，宽 600 点左右就够清楚。"))
    data = path.read_bytes()
    image = QImage.fromData(data)
    if image.isNull() or not data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        raise RuleError(tr("这个文件不是 PNG 或 JPEG 图片，请另选一个。"))
    if image.width() <= _SHARP.width() and image.height() <= _SHARP.height():
        return data
    kept, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.scaled(_SHARP, kept, smooth).save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _number(least: int, most: int, unit: str) -> QSpinBox:
    made = QSpinBox()
    made.setRange(least, most)
    made.setSuffix(unit)
    made.setFixedWidth(16 * GAP)
    return made
