"""Which tables of a damaged file are worth entering again, and how their sheets look."""

from __future__ import annotations

from dataclasses import dataclass

from models.base import Table
from models.desk import Visit
from models.followup import FollowupAttempt, Request
from models.gifts import GiftIssue, ServiceUse, StockMove
from models.ledgers import MoneyEvent, PointsEntry, Receipt, TierOverride
from models.paperwork import VoucherStep
from models.people import Complaint, Consent, Membership, Person
from models.reception import Appointment
from models.schemes import Award, FeePayment, Redemption
from models.system import Audit
from services.workbooks.writer import Kind

# what a value is → the kind of its column
_KINDS: dict[str, Kind] = {"yuan": "money", "int": "int"}


@dataclass(frozen=True)
class SalvageColumn:
    """A column: its header, the field it shows, what the field is ('text' 'int' 'yuan' 'person'
    'staff' 'moment')."""

    header: str
    field: str
    what: str = "text"
    width: int = 14

    @property
    def kind(self) -> Kind:
        """How the workbook holds it."""
        return _KINDS.get(self.what, "text")


@dataclass(frozen=True)
class Sheet:
    """A sheet of the workbook."""

    title: str
    columns: tuple[SalvageColumn, ...]


def _c(header: str, field: str, what: str = "text", width: int = 14) -> SalvageColumn:
    return SalvageColumn(header, field, what, width)


_WHO = _c("顾客", "person_id", "person", 12)
_DAY = _c("日期", "occurred_on", width=12)
_STAFF = _c("登记人", "staff_id", "staff", 12)
_NOTE = _c("备注", "note", width=30)
_REASON = _c("原因", "reason", width=30)

SHEETS: dict[type[Table], Sheet] = {
    Audit: Sheet(
        "操作记录",
        (
            _c("序号", "seq", "int", 8),
            _c("时间", "at_utc", "moment", 18),
            _c("操作人", "actor_id", "staff", 12),
            _c("操作", "action", width=26),
            _c("对象", "entity", width=14),
            _c("对象编号", "entity_id", "int", 10),
            _c("内容", "detail", width=60),
        ),
    ),
    Person: Sheet(
        "顾客",
        (
            _c("编号", "number", width=12),
            _c("姓名", "name", width=12),
            _c("性别", "sex", width=6),
            _c("生日", "birthday", width=12),
            _c("电话", "phone", width=14),
            _c("备用电话", "phone_alt", width=14),
            _c("证件号", "id_number", width=22),
            _c("住址", "address", width=30),
            _c("监护人", "guardian_name", width=12),
            _c("监护人电话", "guardian_phone", width=14),
            _c("备注", "note", width=24),
        ),
    ),
    Receipt: Sheet(
        "单据",
        (
            _c("单据号", "number", width=16),
            _c("就诊人", "patient_id", "person", 12),
            _c("记给", "credited_id", "person", 12),
            _DAY,
            _c("应收", "billed_fen", "yuan", 12),
            _c("优惠", "discount_fen", "yuan", 12),
            _c("医保", "insured_fen", "yuan", 12),
            _c("实收", "net_fen", "yuan", 12),
            _c("已作废", "void", "int", 8),
            _c("备注", "note", width=24),
            _STAFF,
        ),
    ),
    MoneyEvent: Sheet(
        "收款和退款",
        (
            _WHO,
            _DAY,
            _c("种类", "kind"),
            _c("金额", "amount_fen", "yuan", 12),
            _REASON,
        ),
    ),
    PointsEntry: Sheet(
        "积分",
        (_WHO, _DAY, _c("种类", "kind"), _c("积分", "points", "int", 10), _REASON),
    ),
    Redemption: Sheet(
        "积分兑换",
        (
            _WHO,
            _DAY,
            _c("兑换", "name", width=24),
            _c("数量", "quantity", "int", 8),
            _c("积分", "points", "int", 10),
            _STAFF,
        ),
    ),
    Membership: Sheet(
        "入会",
        (
            _WHO,
            _c("入会日", "joined_on", width=12),
            _c("状态", "state"),
            _c("协议", "agreement", width=18),
            _STAFF,
        ),
    ),
    FeePayment: Sheet(
        "会费",
        (
            _WHO,
            _DAY,
            _c("种类", "kind"),
            _c("月数", "months", "int", 8),
            _c("金额", "amount_fen", "yuan", 12),
            _c("协议", "agreement", width=18),
            _REASON,
            _STAFF,
        ),
    ),
    TierOverride: Sheet(
        "等级调整",
        (
            _WHO,
            _DAY,
            _c("种类", "kind"),
            _c("级别", "rank", "int", 8),
            _c("到", "until", width=12),
            _REASON,
        ),
    ),
    Award: Sheet(
        "另给的权益",
        (
            _WHO,
            _DAY,
            _c("名称", "name", width=24),
            _c("数量", "quantity", "int", 8),
            _REASON,
            _STAFF,
        ),
    ),
    GiftIssue: Sheet(
        "礼品发放",
        (
            _WHO,
            _DAY,
            _c("礼品号", "gift_id", "int", 8),
            _c("数量", "quantity", "int", 8),
            _c("原因", "reason"),
            _NOTE,
            _STAFF,
        ),
    ),
    ServiceUse: Sheet(
        "服务使用",
        (
            _WHO,
            _DAY,
            _c("数量", "quantity", "int", 8),
            _c("划价单", "bill_number", width=16),
            _REASON,
            _STAFF,
        ),
    ),
    VoucherStep: Sheet("服务券", (_DAY, _c("步骤", "step"), _NOTE, _STAFF)),
    StockMove: Sheet(
        "库存变动",
        (
            _DAY,
            _c("礼品号", "gift_id", "int", 8),
            _c("地点", "place"),
            _c("种类", "kind"),
            _c("数量", "quantity", "int", 8),
            _REASON,
            _STAFF,
        ),
    ),
    Visit: Sheet(
        "到诊",
        (
            _WHO,
            _c("日期", "visit_date", width=12),
            _c("到达", "arrived_at", width=18),
            _c("状态", "state"),
            _c("项目", "item", width=18),
            _NOTE,
            _STAFF,
        ),
    ),
    Appointment: Sheet(
        "预约",
        (
            _c("日期", "day", width=12),
            _c("时间", "at", width=8),
            _WHO,
            _c("姓名", "name", width=12),
            _c("电话", "phone", width=14),
            _c("项目", "item", width=18),
            _c("状态", "state"),
            _NOTE,
        ),
    ),
    FollowupAttempt: Sheet(
        "回访",
        (
            _WHO,
            _DAY,
            _c("结果", "outcome"),
            _c("满意度", "satisfaction"),
            _c("下次", "next_on", width=12),
            _NOTE,
            _STAFF,
        ),
    ),
    Complaint: Sheet(
        "投诉",
        (
            _WHO,
            _c("收到", "received_on", width=12),
            _c("内容", "text", width=40),
            _c("状态", "state"),
            _c("结果", "outcome", width=30),
        ),
    ),
    Request: Sheet(
        "诉求",
        (
            _WHO,
            _c("收到", "received_on", width=12),
            _c("内容", "text", width=40),
            _c("答复", "answer", width=40),
        ),
    ),
    Consent: Sheet(
        "同意书",
        (_WHO, _c("项目", "item"), _c("同意", "granted", "int", 8)),
    ),
}
COUNTED = tuple(SHEETS)
