"""What still stands between the clinic and somebody who wants to be erased: money, points, gifts,
complaints, keeping that the law asks for. Each with what to do first."""

from __future__ import annotations

from typing import Any

from models.database import ClinicDatabase
from models.followup import Request
from models.gifts import EntitlementGrant
from models.ledgers import Standing
from models.paperwork import Voucher
from models.partners import Introduction, PartnerStatement, PartnerStatementLine
from models.people import Complaint, Membership
from models.reception import DoctorChange
from models.schemes import RefundCase
from services.i18n import tr
from services.loyalty.receipt_list import list_receipts
from services.money import yuan
from services.people.aliases import group_of, root_of
from services.privacy.freezing import under_way
from services.privacy.retention import last_seen, legal_until


def open_matters(db: ClinicDatabase, today: str, person_id: int) -> tuple[str, ...]:
    """Sentences, the most important first; none when the record may be made anonymous."""
    root_id = root_of(db, person_id)
    group = group_of(db, root_id)
    return (
        *_law(db, today, group),
        *_money(db, root_id),
        *_standing(db, group),
        *_promised(db, today, group),
        *_said(db, group),
        *_papers(db, group),
        *under_way(db, today, group),
    )


def _any(db: ClinicDatabase, table: Any, condition: Any) -> bool:
    return db.row(table.select(table.id).where(condition).limit(1)) is not None


def _law(db: ClinicDatabase, today: str, group: tuple[int, ...]) -> list[str]:
    until = legal_until(db, last_seen(db, group))
    if until is None or until <= today:
        return []
    sentence = tr("法定保存期到 {day} 才满，现在不能删除。请改为冻结。")
    return [sentence.format(day=until)]


def _money(db: ClinicDatabase, root_id: int) -> list[str]:
    owed = sum(row.arrears_fen for row in list_receipts(db, root_id, limit=1_000_000))
    if not owed:
        return []
    sentence = tr("还欠 ¥{yuan}。请先在“到诊”里补交，或由有权的人改单。")
    return [sentence.format(yuan=yuan(owed))]


def _standing(db: ClinicDatabase, group: tuple[int, ...]) -> list[str]:
    found = []
    if _any(db, Membership, Membership.person_id.in_(group) & (Membership.state == "active")):
        found.append(tr("还是会员。请先办理退会。"))
    if _any(db, RefundCase, RefundCase.person_id.in_(group) & (RefundCase.state == "prepared")):
        found.append(tr("有一份退费单还没签字。请先签字办完，或取消它。"))
    points = Standing.select(Standing.person_id).where(
        Standing.person_id.in_(group) & ((Standing.available > 0) | (Standing.deficit > 0))
    )
    if db.row(points.limit(1)) is not None:
        found.append(tr("积分还没清零。请先兑换，或由院长批准调整为 0。"))
    return found


def _promised(db: ClinicDatabase, today: str, group: tuple[int, ...]) -> list[str]:
    found = []
    grants = (
        EntitlementGrant.person_id.in_(group)
        & (EntitlementGrant.state == "open")
        & (EntitlementGrant.valid_to.is_null() | (EntitlementGrant.valid_to >= today))
    )
    if _any(db, EntitlementGrant, grants):
        found.append(tr("还有没领的礼品或没用的项目。请先领用，或退会后关闭。"))
    if _any(db, Voucher, Voucher.person_id.in_(group) & Voucher.state.in_(("owned", "pledged"))):
        found.append(tr("还有没用的项目卡。请先使用或退回。"))
    return found


def _said(db: ClinicDatabase, group: tuple[int, ...]) -> list[str]:
    found = []
    if _any(db, Complaint, Complaint.person_id.in_(group) & (Complaint.state != "closed")):
        found.append(tr("还有没结案的投诉。请先处理并结案。"))
    if _any(db, Request, Request.person_id.in_(group) & (Request.state == "open")):
        found.append(tr("还有没答复的要求或建议。请先答复。"))
    return found


def _papers(db: ClinicDatabase, group: tuple[int, ...]) -> list[str]:
    found = []
    applied = DoctorChange.person_id.in_(group) & DoctorChange.state.in_(
        ("draft", "waiting", "approved")
    )
    if _any(db, DoctorChange, applied):
        found.append(tr("有一份更换医生申请还没办完。请先办完，或撤回。"))
    running = Introduction.person_id.in_(group) & Introduction.state.in_(("recorded", "arrived"))
    drawn = (
        PartnerStatementLine.select(PartnerStatementLine.id)
        .join(Introduction, on=(Introduction.id == PartnerStatementLine.introduction_id))
        .switch(PartnerStatementLine)
        .join(PartnerStatement, on=(PartnerStatement.id == PartnerStatementLine.statement_id))
        .where(Introduction.person_id.in_(group) & (PartnerStatement.state == "drawn"))
    )
    if _any(db, Introduction, running) or db.row(drawn.limit(1)) is not None:
        found.append(tr("与合作机构的介绍还没结束或没结算。请先在“合作机构”里办完。"))
    return found
