"""A PC without a Chinese font: said in a way that can be read there, with the way out.

Without such a font every Chinese letter is an empty box, so these words are English first.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QFontDatabase, QGuiApplication

from services.i18n import tr
from ui.alerts import Alerts

INSTALL = "sudo apt install fonts-noto-cjk"


def has_chinese() -> bool:
    """Whether some font here draws simplified Chinese."""
    return bool(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))


def offer_font(alerts: Alerts) -> None:
    """Say that there is none, with a button that copies what installs one. Nothing is installed
    from here: that takes the password of whoever looks after the PC."""
    alerts.offer(
        "No Chinese font on this PC. Install fonts-noto-cjk, then start again. "
        + tr("这台电脑没有中文字体，请安装 fonts-noto-cjk 后重启程序。"),
        "Copy the command " + tr("复制命令"),
        partial(_copy, alerts),
    )


def _copy(alerts: Alerts) -> None:
    QGuiApplication.clipboard().setText(INSTALL)
    alerts.banner(
        f"Copied: {INSTALL} (paste it into a terminal, then start again). "
        + tr("已复制：{command}。请粘贴到终端里运行，再重启程序。").format(command=INSTALL),
        "error",
    )
