"""就诊单: what the doctor has to know before a visitor comes in, on a slip or a page (R010).

It lies on the doctor's desk, so it holds no phone and no ID number, and the name with stars.
"""

from __future__ import annotations

from models.database import ClinicDatabase
from models.desk import Visit
from models.people import Person
from models.query import Prepared, slot
from models.system import Doctor
from services.clock import local_text
from services.desk.identity_check import check_words
from services.desk.reception import escort_text, quota_lines, room_text
from services.errors import RuleError
from services.forms.letterhead import clinic_title
from services.forms.paper import Block, Heading, Pairs, Paper, Size, Text
from services.i18n import tr
from services.loyalty.standing import standing_of
from services.people.aliases import root_of
from services.people.birthdays import age_on
from services.people.privacy import mask_name
from services.people.records import alerts_of
from services.programmes.definition import Reception
from services.programmes.registry import main_timeline
from services.vouchers.records import voucher

_VISIT = Prepared(
    lambda: Visit.select(
        Visit.person_id,
        Visit.visit_date,
        Visit.arrived_at,
        Visit.first_visit,
        Visit.emergency,
        Visit.reception_rank,
        Visit.doctor_id,
        Visit.assistant_id,
        Visit.consultant_id,
        Visit.escort,
        Visit.room,
        Visit.room_exception,
        Visit.item,
        Visit.note,
        Visit.checked,
        Visit.voucher_id,
    ).where(Visit.id == slot("id"))
)
_PERSON = Prepared(
    lambda: Person.select(Person.number, Person.name, Person.sex, Person.birthday).where(
        Person.id == slot("id")
    )
)
_DOCTOR = Prepared(lambda: Doctor.select(Doctor.name).where(Doctor.id == slot("id")))


def visit_slip(db: ClinicDatabase, today: str, visit_id: int, size: Size = Size.A4) -> Paper:
    """The slip of a visit: alerts first, then how the visitor is received, who treats them and
    what they may use today. Raises RuleError when there is no such visit."""
    row = _VISIT.row(db, id=visit_id)
    if row is None:
        raise RuleError(tr("没有找到这次到诊，请刷新后重试。"))
    person_id, on, arrived, first, urgent, rank, attends, assists, advises, *kept = row
    escort, room, exception, item, note, checked, voucher_id = kept
    root = root_of(db, person_id)
    programme = main_timeline(db).at(on).programme
    tier = programme.tier(rank)
    care = tier.reception if tier is not None else Reception()
    kind = tr("新诊") if first else tr("复诊")
    rows = (
        *_who(db, root, on),
        (tr("到诊"), _joined(on, local_text(arrived)[11:], kind, tr("急诊") if urgent else "")),
        (tr("核验"), check_words(checked) or tr("未核验")),
        (tr("接待等级"), tier.name if tier is not None else tr("普通")),
        (tr("接待"), _joined(escort_text(care), escort, room or exception or room_text(care))),
        (tr("医生"), _doctor(db, attends) or tr("未指定")),
        (tr("助理"), _doctor(db, assists)),
        (tr("咨询"), _doctor(db, advises)),
        (tr("项目"), item),
        (tr("凭卡"), _voucher(db, voucher_id)),
        (tr("可用权益"), "\n".join(quota_lines(db, today, root))),
        (tr("备注"), note),
    )
    return Paper(
        title=tr("就诊单"),
        name=tr("就诊单_{day}_{n}").format(day=on, n=visit_id),
        clinic=clinic_title(db),
        blocks=(*_alerts(db, root), Pairs(tuple(pair for pair in rows if pair[1]))),
        size=size,
    )


def _alerts(db: ClinicDatabase, person_id: int) -> tuple[Block, ...]:
    lines = tuple(f"⚠ {row.text}" for row in alerts_of(db, person_id))
    return (Heading(tr("请医生注意")), Text(lines)) if lines else ()


def _who(db: ClinicDatabase, person_id: int, on: str) -> tuple[tuple[str, str], ...]:
    number, name, sex, birthday = _PERSON.rows(db, id=person_id)[0]
    timeline = main_timeline(db)
    standing = standing_of(db, person_id, timeline.programme_id)
    own = timeline.at(on).programme.tier_name(standing.rank) if standing.member else ""
    age = tr("{n} 岁").format(n=age_on(birthday, on)) if birthday and birthday <= on else ""
    return (
        (tr("顾客"), _joined(mask_name(name), {"F": tr("女"), "M": tr("男")}.get(sex, ""), age)),
        (tr("会员号"), number),
        (tr("等级"), own or tr("非会员")),
    )


def _voucher(db: ClinicDatabase, voucher_id: int | None) -> str:
    """The service of somebody else's the visitor came to use."""
    if voucher_id is None:
        return ""
    row = voucher(db, voucher_id)
    return _joined(row.service, row.number)


def _doctor(db: ClinicDatabase, doctor_id: int | None) -> str:
    return "" if doctor_id is None else str(_DOCTOR.rows(db, id=doctor_id)[0][0])


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
