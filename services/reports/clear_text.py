"""Names and phones in full leave the clinic with a reason, a second person's word and a mark.

The command comes first and is the file's number: whatever carries the mark is on record, also
when writing the file failed afterwards (个保法 55 条, front-desk.md 4.4).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import msgspec

from models.database import ClinicDatabase
from models.system import Audit, Staff
from services.changes import NOTHING, Changes
from services.clock import local_text
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.reports.group import is_sensitive
from services.reports.sheet import Ask, Filters, Report
from services.rights import holders, may

COMMAND = "export.clear"
APPROVAL = "approve.clear_export"
EXPORTED = "export.workbook"


@dataclass(frozen=True)
class ClearReleased:
    """A list may leave in clear text once, by whoever asked; `number` is the file's number."""

    number: int
    changes: Changes


@command(COMMAND, entity="export")
def release_clear(
    tx: Tx,
    *,
    report: str,
    reason: str,
    approval: Approval | None,
    tier: str = "",
    birthday_month: int = 0,
    idle_months: int = 0,
    group: str = "",
    label: str = "",
) -> ClearReleased:
    """Release a filtered list in clear text (workbooks.md). Raises RuleError: no reason, no second
    person who may, the second person is the first; and for what is sensitive about people whoever
    is no manager."""
    if not reason.strip():
        raise RuleError(tr("请写明为什么要导出明文，例如“寄会员日请柬”。"))
    sentence = tr("明文导出须由会员管理员或院长另行批准。")
    second = tx.require(approval, APPROVAL, sentence)
    if second.staff_id == tx.actor.id:
        raise RuleError(tr("导出人和批准人须是两个人，请另一位会员管理员或院长批准。"))
    wanted = Filters(tier, birthday_month, idle_months, group, label)
    if is_sensitive(tx.db, wanted) and not may(tx.actor.role, APPROVAL):
        sentence = tr("健康、未成年人和敏感的名单只能由{holders}自己导出，请他们登录后操作。")
        raise RuleError(sentence.format(holders=holders(APPROVAL)))
    filters = asdict(wanted)
    tx.about(
        tx.seq, report=report, reason=reason.strip(), approved_by=second.staff_id, filters=filters
    )
    return ClearReleased(tx.seq, NOTHING)


def check_released(db: ClinicDatabase, report: Report, ask: Ask, exported_by: str) -> None:
    """Refuse clear text that no command of today released for just this list, to just this person,
    for one file. Raises RuleError."""
    row = db.row(
        Audit.select(Audit.action, Audit.business_date, Audit.detail, Staff.name)
        .join(Staff, on=(Staff.id == Audit.actor_id))
        .where(Audit.seq == ask.clear)
    )
    detail = msgspec.json.decode(row[2]) if row is not None and row[0] == COMMAND else {}
    if (
        row is None
        or row[1] != ask.today
        or detail.get("report") != report.name
        or detail.get("filters") != asdict(ask.filters)
        or row[3] != exported_by
    ):
        raise RuleError(tr("这份名单没有批准明文导出。请重新写明理由，由另一位批准。"))
    if left_already(db, ask.clear):
        sentence = tr("文件号 {number} 已经导出过一份。再要一份，请重新写明理由，由另一位批准。")
        raise RuleError(sentence.format(number=ask.clear))


def left_already(db: ClinicDatabase, number: int) -> bool:
    """Whether a file carries the number already; a release is of today, so few rows follow it."""
    query = Audit.select(Audit.detail).where((Audit.seq > number) & (Audit.action == EXPORTED))
    return any(msgspec.json.decode(detail).get("clear") == number for (detail,) in db.rows(query))


def watermark(db: ClinicDatabase, number: int) -> str:
    """Who took the list and when, who approved, and the file's number: on every page."""
    approver = Staff.alias()
    row = db.row(
        Audit.select(Staff.name, Audit.at_utc, Audit.detail)
        .join(Staff, on=(Staff.id == Audit.actor_id))
        .where(Audit.seq == number)
    )
    assert row is not None  # checked before
    approved_by = msgspec.json.decode(row[2])["approved_by"]
    name = db.scalar(approver.select(approver.name).where(approver.id == approved_by))
    words = tr("明文名单，不得外传　导出人 {who}　批准人 {second}　{at}　文件号 {number}")
    return words.format(who=row[0], second=name, at=local_text(row[1]), number=number)
