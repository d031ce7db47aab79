"""Whether partner institutions are used at all: off until the director has read the law and typed
that nobody will be paid in person (反不正当竞争法 8 条, 九项准则, 个保法 23 条).

While it is off nothing new is written; what there is can be read, and what runs can be ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.partners import Partner
from services.changes import Changes, Kind
from services.commands import Tx, command, read_setting, write_setting
from services.errors import RuleError
from services.i18n import tr

SETTING = "partners.on"
NOTICE_VERSION = "1"  # of `notice`, kept with every switch


@dataclass(frozen=True)
class PartnersSwitched:
    """The use of partner institutions begins or ends."""

    on: bool
    changes: Changes


def notice() -> tuple[str, ...]:
    """What the law says about it, for the director to read before switching it on."""
    return (
        tr(
            "介绍病人必须从病情出发，由患者自己决定去哪里。《医疗机构工作人员廉洁从业九项准则》"
            "禁止医务人员收取提成，禁止为个人利益介绍患者。本程序没有员工或个人提成，也不登记个人。"
        ),
        tr(
            "《反不正当竞争法》第八条：不得以财物贿赂交易对方或能影响交易的人；给中间人佣金须明示并"
            "如实入账。所以协议须有合同号和院长签字，每次结算须有财务凭证号，由另一人批准。"
        ),
        tr(
            "《个人信息保护法》第二十三条：把患者资料交给别的机构，须先取得患者的单独同意，"
            "并告知对方是谁、交哪些资料、做什么用。没有同意就不能登记介绍。"
        ),
        tr(
            "能不能收付介绍费、怎样开票，请先问律师和当地卫生健康、市场监管部门。"
            "这里只作登记和测算，不代替合同和账本。"
        ),
    )


def phrase() -> str:
    """What the director types to switch it on."""
    return tr("不付给个人")


def is_on(db: ClinicDatabase) -> bool:
    """Whether partner institutions are used here."""
    return read_setting(db, SETTING) == "1"


def has_records(db: ClinicDatabase) -> bool:
    """Whether there is anything to be read, switched on or off."""
    return db.row(Partner.select(Partner.id).limit(1)) is not None


def check_on(db: ClinicDatabase) -> None:
    """Raises RuleError while it is switched off."""
    if not is_on(db):
        raise RuleError(
            tr("合作机构没有启用，不能登记。请院长在“管理 → 合作机构”里看过提示再启用。")
        )


@command("partner.switch", entity="clinic")
def switch_partners(tx: Tx, *, on: bool, typed: str = "") -> PartnersSwitched:
    """Switch it on, past the notice, or off again. Raises RuleError: switched so already, `typed`
    is not the sentence that the notice asks for."""
    if on == is_on(tx.db):
        raise RuleError(tr("合作机构已经启用。") if on else tr("合作机构没有启用，不用停用。"))
    if on and typed.strip().strip("“”。") != phrase():
        sentence = tr("请看完提示，再逐字输入“{phrase}”。")
        raise RuleError(sentence.format(phrase=phrase()))
    write_setting(tx, SETTING, str(int(on)))
    tx.about(1, on=on, notice=NOTICE_VERSION)
    return PartnersSwitched(on, Changes((Kind.SETTING, Kind.PARTNER)))
