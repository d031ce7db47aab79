"""院内服务项目卡 and 转赠单: a voucher on paper, with what was filled in once it was used (R132,
R133, R145)."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.gifts import ServiceUse
from models.query import Prepared, slot
from services.forms.letterhead import clinic_title
from services.forms.paper import SLIPS, Pairs, Paper, Signatures, Size, Text
from services.i18n import tr
from services.loyalty.beneficiary import passes_on
from services.loyalty.grants import benefit_of, grant
from services.people.privacy import mask_name
from services.people.records import list_doctors
from services.programmes.definition import Benefit
from services.vouchers.bills import bearer_title, bill_of
from services.vouchers.records import VoucherRow, voucher

_USE = Prepared(
    lambda: ServiceUse.select(
        ServiceUse.occurred_on, ServiceUse.doctor_id, ServiceUse.borne_by
    ).where(ServiceUse.id == slot("id"))
)


def service_card(db: ClinicDatabase, voucher_id: int, size: Size = Size.A4) -> Paper:
    """The card of a voucher; a 转赠单 once it was passed on. Names are masked: it leaves the house
    in other hands than the member's. Raises RuleError when there is no such voucher."""
    row = voucher(db, voucher_id)
    benefit = benefit_of(db, grant(db, row.grant_id))
    return Paper(
        title=_title(row, size in SLIPS),
        name=tr("项目卡_{number}").format(number=row.number),
        clinic=clinic_title(db),
        blocks=(
            Pairs((*_who(row), *_used(db, row, benefit))),
            Text(_conditions(row, benefit), small=True),
            Signatures((tr("领取人"), tr("经手人"))),
        ),
        size=size,
        number=row.number,
    )


def _title(row: VoucherRow, narrow: bool) -> str:
    if row.friend_id is not None:
        return tr("转赠单") if narrow else tr("院内服务转赠单")
    return tr("项目卡") if narrow else tr("院内服务项目卡")


def _who(row: VoucherRow) -> tuple[tuple[str, str], ...]:
    """Labels and texts above the line: what, until when, whose, for whom."""
    person = tr("{name}({number})")
    owner = person.format(name=mask_name(row.owner_name), number=row.owner_number)
    friend = ""
    if row.friend_id is not None:
        friend = person.format(name=mask_name(row.friend_name), number=row.friend_number)
    return (
        (tr("项目"), row.service),
        (tr("有效期至"), row.valid_to or tr("长期有效")),
        (tr("权益人"), owner),
        (tr("受益人"), friend),
        (tr("领取日期"), row.claimed_on),
    )


def _used(db: ClinicDatabase, row: VoucherRow, benefit: Benefit) -> tuple[tuple[str, str], ...]:
    """What the doctor and the billing desk fill in; lines to write on until then."""
    day = doctor = number = ""
    bearer: str = benefit.borne_by
    use = None if row.use_id is None else _USE.row(db, id=row.use_id)
    if row.use_id is not None and use is not None:
        day, doctor_id, bearer = use
        bill = bill_of(db, row.use_id)
        if bill is not None:
            number, bearer = bill.number, bill.borne_by
            doctor_id = doctor_id or bill.doctor_id
        names = {each.id: each.name for each in list_doctors(db, everybody=True)}
        doctor = names.get(doctor_id, "")
    return (
        (tr("医生"), doctor),
        (tr("使用日期"), day),
        (tr("划价单号"), number),
        (tr("成本承担"), bearer_title(bearer)),
    )


def _conditions(row: VoucherRow, benefit: Benefit) -> tuple[str, ...]:
    lines = [tr("请在有效期内来院，在前台出示本卡或报卡号。本卡用一次，不兑现金。")]
    if row.friend_id is not None:
        lines.append(tr("本卡只供上面的受益人使用；使用以前，权益人可以收回。"))
        if benefit.waives_registration:
            lines.append(tr("受益人第一次来院的，免挂号费。"))
    elif passes_on(benefit):
        lines.append(tr("要送给朋友，请先到前台登记朋友的姓名和电话。"))
    else:
        lines.append(tr("本卡不能转赠。"))
    lines.append(tr("是否适合做这个项目，由医生检查后决定。"))
    return tuple(lines)
