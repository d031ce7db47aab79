"""What the keys do, and what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from services.i18n import tr
from services.version import VERSION
from ui.context import UiContext
from ui.dialogs.base import Dialog, Scrolled
from ui.forms import label
from ui.theme import GAP, role_of


def keys() -> list[tuple[str, str]]:
    """Every key of the window and what it does."""
    return [
        ("F2", tr("新建人员、办理入会")),
        ("F3", tr("查找：卡号、手机后四位、姓名、拼音")),
        ("F4", tr("登记到诊")),
        ("F5", tr("刷新")),
        ("F6", tr("登记消费")),
        ("F7", tr("兑换、发放礼品")),
        ("F8", tr("使用服务")),
        ("F9", tr("下一个回访")),
        (tr("刷卡、扫码"), tr("随时：打开会员或项目卡，正在填的不动")),
        ("Ctrl+N", tr("到诊页：新预约")),
        ("Alt+Y / Alt+J", tr("到诊页：预约、回到今天")),
        ("1 … 6 / Space", tr("到诊列表：候诊、叫号、就诊、完成、未到、已告知 / 下一步")),
        ("Backspace", tr("到诊列表：撤销这一位的上一步(Ctrl+Z 也行)")),
        ("Ctrl+1 … Ctrl+5", tr("入会、到诊、积分、礼品、回访")),
        ("Ctrl+Z", tr("撤销自己 30 秒内的最后一笔")),
        ("Ctrl+P", tr("打印这一页的单子")),
        ("Ctrl+F", tr("在列表里筛选")),
        ("Ctrl+C", tr("复制选中的行")),
        ("Ctrl+L", tr("锁定、换人登录")),
        ("Enter", tr("下一步")),
        ("Esc", tr("返回")),
        ("F1", tr("这张表")),
    ]


class KeysDialog(Dialog):
    """The cheat sheet."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("快捷键"))
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(3 * GAP)
        grid.setVerticalSpacing(6)
        for row, (key, what) in enumerate(keys()):
            name = QLabel(key)
            role_of(name, "subheading")
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(QLabel(what), row, 1)
        self.body.addWidget(Scrolled(table))
        self.add_buttons(tr("关闭"))


class AboutDialog(Dialog):
    """Version and where the data is."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("关于皓齿前台"))
        self.setMinimumWidth(480)
        self.body.addWidget(label(tr("皓齿前台 {version}").format(version=VERSION), "heading"))
        self.body.addWidget(label(tr("口腔诊所的会员、积分、礼品与回访。不联网，数据只在本机。")))
        place = label(tr("数据位置：{folder}").format(folder=context.clinic.folder), "muted")
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(place)
        self.add_buttons(tr("关闭"))
