"""What can go wrong, in three kinds a person can act on; anything else is a bug.

RuleError: the rules say no, the sentence says what to do next. Confirmable: asked once, then
repeated with consent. EnvironmentFault: disk, file, lock. Sentences carry no personal data
beyond what the desk already sees.
"""

from __future__ import annotations

from models.errors import ConstraintFault, Fault, StoreFault
from services.i18n import tr

__all__ = [
    "AppError",
    "Confirmable",
    "ConstraintFault",
    "EnvironmentFault",
    "Fault",
    "IntegrityAlarm",
    "RuleError",
    "StoreFault",
    "fault_sentence",
]

# faults are raised by `models`; services and ui know them by this name
EnvironmentFault = StoreFault


class AppError(Exception):
    """A sentence for the desk."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class RuleError(AppError):
    """The rule says no."""


class Confirmable(AppError):
    """The rule asks once; repeat with `session.confirming(error.code)` to go on."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class IntegrityAlarm(AppError):
    """A number that cannot be: posting stops for this member, nothing is mended (E64)."""


def fault_sentence(fault: Fault) -> str:
    """What the desk reads for an environment fault, with what to do next."""
    return {
        Fault.MISSING: tr("没有找到诊所数据文件。请检查数据位置，或从备份恢复。"),
        Fault.EMPTY: tr("诊所数据文件是空的(0 字节)，没有改动它。请从备份恢复。"),
        Fault.FOREIGN: tr("这不是皓齿前台的诊所数据文件，没有改动它。请选择正确的数据位置。"),
        Fault.NEWER: tr("这份数据由更新版本的皓齿前台写成。请先升级程序再打开。"),
        Fault.DAMAGED: tr("诊所数据文件已损坏，没有改动它。请从备份恢复，或联系技术人员。"),
        Fault.READ_ONLY: tr("数据文件夹不能写入。请检查文件夹权限，或换到可以写入的位置。"),
        Fault.LOCKED: tr("诊所数据正被另一个窗口或程序使用。请先关闭它再试。"),
        Fault.DISK_FULL: tr("磁盘已满，刚才的操作没有保存。请腾出空间后重试。"),
        Fault.UNREADABLE: tr("读写文件失败。请检查磁盘或 U 盘是否还连接着，接好后重新打开程序。"),
        Fault.NO_WAL: tr("这个位置(可能是网络盘)不能安全保存数据。请把数据放在本机硬盘。"),
        Fault.WRONG_KEY: tr("这台电脑没有打开数据的钥匙。请输入恢复码。"),
        Fault.KEYS_DAMAGED: tr("钥匙文件 keys.json 缺失或损坏。请从备份取回它，不要重新建立诊所。"),
        Fault.LIBRARY: tr("数据库组件版本不对。请重新安装皓齿前台。"),
    }[fault]
