"""Masking, fingerprints, and the logged look at what is masked.

Lists, audit rows and logs show masked values only; the whole value is read by `reveal`, which
leaves an audit row naming who looked at which field of whom (个保法 51 条, storage.md).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from models.people import Person
from services.changes import NOTHING, Changes
from services.clinic import Clinic
from services.commands import Session, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.people.closed import refuse_unreadable

COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "太史",
        "端木",
        "上官",
        "司马",
        "东方",
        "独孤",
        "南宫",
        "万俟",
        "闻人",
        "夏侯",
        "诸葛",
        "尉迟",
        "公羊",
        "赫连",
        "澹台",
        "皇甫",
        "宗政",
        "濮阳",
        "公冶",
        "太叔",
        "申屠",
        "公孙",
        "慕容",
        "仲孙",
        "钟离",
        "长孙",
        "宇文",
        "司徒",
        "鲜于",
        "司空",
        "闾丘",
        "子车",
        "亓官",
        "司寇",
        "巫马",
        "公西",
        "颛孙",
        "壤驷",
        "公良",
        "漆雕",
        "乐正",
        "宰父",
        "谷梁",
        "拓跋",
        "夹谷",
        "轩辕",
        "令狐",
        "段干",
        "百里",
        "呼延",
        "东郭",
        "南门",
        "羊舌",
        "微生",
        "公户",
        "公玉",
        "公仪",
        "梁丘",
        "公仲",
        "公上",
        "公门",
        "公山",
        "公坚",
        "左丘",
        "公伯",
        "西门",
        "公祖",
        "第五",
        "公乘",
        "贯丘",
        "公皙",
        "南荣",
        "东里",
        "东宫",
        "仲长",
        "子书",
        "子桑",
        "即墨",
        "达奚",
        "褚师",
        "纳兰",
        "完颜",
        "叶赫",
        "那拉",
    ]
)

_FIRST_CJK = "\u2e80"

REVEAL_SECONDS = 10  # so long a masked value stands in clear on the screen
REVEALABLE = frozenset(
    {"name", "phone", "phone_alt", "id_number", "address", "guardian_name", "guardian_phone"}
)


@dataclass(frozen=True)
class Revealed:
    """Somebody looked; the value itself is never stored with the command."""

    person_id: int
    changes: Changes


def surname_of(name: str) -> str:
    """The surname of a Chinese name: two characters for compound ones, else the first."""
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return name[:2]
    return name[:1]


def mask_name(name: str) -> str:
    """Surname and stars: '王**' for 王小明, '欧阳*' for 欧阳锋; a Latin name is 'J***'."""
    if not name:
        return ""
    if name[0] < _FIRST_CJK:
        return name[0] + "***"
    surname = surname_of(name)
    return surname + "*" * max(len(name) - len(surname), 1)


def mask_phone(phone: str) -> str:
    """'138****8000'; shorter numbers keep at most three digits in front and two behind."""
    if len(phone) >= 11:
        return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
    if len(phone) >= 7:
        return phone[:3] + "*" * (len(phone) - 5) + phone[-2:]
    return "*" * len(phone)


def mask_id(number: str) -> str:
    """First six and last four; a short document number keeps one and one."""
    if len(number) >= 15:
        return number[:6] + "*" * (len(number) - 10) + number[-4:]
    if len(number) >= 4:
        return number[0] + "*" * (len(number) - 2) + number[-1]
    return "*" * len(number)


def mask_address(address: str) -> str:
    """To the district: the first six characters."""
    return address if len(address) <= 6 else address[:6] + "…"


def mask(field: str, value: str) -> str:
    """The masked form of a person's field, as lists and audit rows show it."""
    if field in {"name", "guardian_name"}:
        return mask_name(value)
    if field in {"phone", "phone_alt", "guardian_phone"}:
        return mask_phone(value)
    if field == "id_number":
        return mask_id(value)
    if field == "address":
        return mask_address(value)
    return value


def fingerprint(clinic: Clinic, field: str, value: str) -> str:
    """A keyed digest (16 hex) that tells whether two values are the same, and nothing else."""
    text = f"{field}\0{value}".encode()
    return hmac.new(clinic.fingerprint_key, text, hashlib.sha256).hexdigest()[:16]


@command("person.reveal", entity="person")
def _log_reveal(tx: Tx, *, person_id: int, field: str) -> Revealed:
    if field not in REVEALABLE:
        raise RuleError(tr("这一项不需要查看完整内容。"))
    if tx.db.row(Person.select(Person.id).where(Person.id == person_id)) is None:
        raise RuleError(tr("没有找到这个人，请刷新后重试。"))
    refuse_unreadable(tx.db, tx.actor.role, person_id)
    tx.about(person_id, field=field)
    return Revealed(person_id, NOTHING)


def reveal(session: Session, *, person_id: int, field: str) -> str:
    """The whole value of a masked field, after the look is on record (4.4.15).

    Raises RuleError for an unknown person, a field that is not masked, or a missing right.
    """
    _log_reveal(session, person_id=person_id, field=field)
    column = getattr(Person, field)
    return str(session.db.scalar(Person.select(column).where(Person.id == person_id)))
