"""Points by hand, points by the calendar, and the explanation of every point."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import JOIN

from models.database import ClinicDatabase
from models.ledgers import PointsEntry, Receipt
from models.system import Audit, Staff
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.feedback.complaints import check_complaint
from services.i18n import tr
from services.loyalty.ledger import Source, credit, debit, expire_lots, expiry_of, give_back
from services.loyalty.receipt_checks import check_person
from services.loyalty.standing import account_of, open_accounts, settle
from services.people.aliases import group_of, root_of
from services.programmes.active import active_timeline
from services.programmes.registry import Timeline, main_timeline, timelines

ADJUST_ALONE = 500

GOODWILL = "goodwill"
REASONS = ("mistake", GOODWILL, "opening", "other")


@dataclass(frozen=True)
class PointsPosted:
    """Points were posted by hand or by the calendar."""

    entry_id: int
    person_id: int
    points: int
    changes: Changes


@dataclass(frozen=True)
class PointsRow:
    """One ledger entry and why it is there."""

    id: int
    occurred_on: str
    kind: str
    points: int
    balance: int
    receipt_number: str
    reason: str
    staff: str
    expires_on: str | None
    reversed: bool


def kind_title(kind: str) -> str:
    """A ledger kind as the desk says it."""
    return {
        "earn": tr("消费得分"),
        "reversal": tr("退款冲回"),
        "opening": tr("期初积分"),
        "adjust": tr("人工调整"),
        "expire": tr("到期"),
        "redeem": tr("兑换"),
        "return": tr("退回"),
        "grace": tr("退回(宽限)"),
        "bonus": tr("活动积分"),
    }[kind]


def reason_title(code: str) -> str:
    """An adjustment's reason code as the desk says it."""
    return {
        "mistake": tr("录入差错"),
        "goodwill": tr("补偿"),
        "opening": tr("期初差异"),
        "other": tr("其他"),
    }[code]


def adjustable(db: ClinicDatabase, today: str) -> tuple[Timeline, ...]:
    """The active programmes that keep points, the main one first (E63)."""
    return tuple(t for t in timelines(db) if _has_points(t, today))


def _has_points(timeline: Timeline, today: str) -> bool:
    return timeline.at(today).programme.points.mode != "none"


@command("points.adjust", entity="points_entry")
def adjust_points(
    tx: Tx,
    *,
    person_id: int,
    points: int,
    reason_code: str,
    text: str,
    complaint_id: int | None = None,
    approval: Approval | None = None,
    programme_id: int | None = None,
) -> PointsPosted:
    """Add or take points by hand (E63); above 500 a second person approves. Goodwill is given
    for an open complaint and keeps its number (E67). `programme_id` None is the main one.

    Never counts for tiers. Raises RuleError: zero, no reason, too few points, no complaint, a
    programme without points.
    """
    if points == 0:
        raise RuleError(tr("调整的积分不能是 0。"))
    if reason_code not in REASONS or not text.strip():
        raise RuleError(tr("请选择调整原因并写明情况。"))
    if abs(points) > ADJUST_ALONE:
        sentence = tr("调整超过 {n} 分，须由院长另行批准。").format(n=ADJUST_ALONE)
        approved = tx.require(approval, "approve.adjustment", sentence)
        if approved.staff_id == tx.actor.id:
            raise RuleError(tr("调整人和批准人须是两个人。"))
    check_person(tx, person_id)
    if reason_code == GOODWILL or complaint_id is not None:
        check_complaint(tx, person_id, complaint_id)
    timeline = active_timeline(tx.db, programme_id)
    if not _has_points(timeline, tx.today):
        sentence = tr("“{name}”不记积分，不能调整。请选一个有积分的方案。")
        raise RuleError(sentence.format(name=timeline.name))
    account = account_of(tx, person_id, timeline.programme_id)
    reason = f"{reason_title(reason_code)}：{text.strip()}"
    source = Source("adjust", tx.today, reason, complaint_id=complaint_id)
    if points > 0:
        lasting = source._replace(expires_on=expiry_of(account.timeline, tx.today))
        entry_id = credit(account, points, lasting)
    else:
        entry_id = debit(account, -points, source)
    settle(tx, account)
    tx.about(
        entry_id,
        points=points,
        code=reason_code,
        complaint=complaint_id,
        approved_by=approval.staff_id if approval else None,
    )
    return PointsPosted(entry_id, person_id, points, Changes((Kind.POINTS,), person_id))


@command("points.reverse", entity="points_entry")
def reverse_adjustment(tx: Tx, *, entry_id: int, text: str) -> PointsPosted:
    """Take back a manual adjustment by a reversing row (E63, E18)."""
    row = tx.db.row(
        PointsEntry.select(
            PointsEntry.person_id, PointsEntry.points, PointsEntry.kind, PointsEntry.programme_id
        ).where(PointsEntry.id == entry_id)
    )
    if row is None or row[2] != "adjust":
        raise RuleError(tr("只能冲销人工调整的积分；单据的积分请用退款或作废。"))
    if tx.db.row(PointsEntry.select(PointsEntry.id).where(PointsEntry.reverses_id == entry_id)):
        raise RuleError(tr("这次调整已冲销过。"))
    if not text.strip():
        raise RuleError(tr("请填写冲销原因。"))
    person_id, points = row[0], row[1]
    account = account_of(tx, root_of(tx.db, person_id), row[3])
    if points > 0:
        source = Source("reversal", tx.today, text.strip(), reverses_id=entry_id)
        reversal = debit(account, points, source, may_owe=True)
    else:
        source = Source("return", tx.today, text.strip(), reverses_id=entry_id)
        reversal = give_back(account, entry_id, source)
    settle(tx, account)
    tx.about(reversal, reverses=entry_id, points=-points)
    return PointsPosted(reversal, person_id, -points, Changes((Kind.POINTS,), person_id))


@command("points.expire", entity="points_entry")
def expire_due(tx: Tx, *, person_id: int) -> PointsPosted:
    """Catch up a person's expired lots (E22); idempotent."""
    gone = 0
    for account in open_accounts(tx, person_id):
        gone += expire_lots(account)
        settle(tx, account)
    tx.about(person_id, expired=gone)
    return PointsPosted(0, person_id, -gone, Changes((Kind.POINTS,), person_id))


def points_ledger(
    db: ClinicDatabase, person_id: int, programme_id: int | None = None
) -> list[PointsRow]:
    """Every points entry of a person under a programme (default the main one) with the balance
    after it, newest first."""
    undo = PointsEntry.alias()
    rows = db.rows(
        PointsEntry.select(
            PointsEntry.id,
            PointsEntry.occurred_on,
            PointsEntry.kind,
            PointsEntry.points,
            Receipt.number,
            PointsEntry.reason,
            Staff.name,
            PointsEntry.expires_on,
            undo.id,
        )
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.id == PointsEntry.receipt_id))
        .join(Audit, on=(Audit.seq == PointsEntry.seq))
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Audit.actor_id))
        .join(undo, JOIN.LEFT_OUTER, on=(undo.reverses_id == PointsEntry.id))
        .where(
            PointsEntry.person_id.in_(group_of(db, person_id))
            & (PointsEntry.programme_id == (programme_id or main_timeline(db).programme_id))
        )
        .order_by(PointsEntry.seq, PointsEntry.id)
    )
    balance = 0
    entries = []
    for entry_id, on, kind, points, number, reason, staff, expires, undone in rows:
        balance += points
        entries.append(
            PointsRow(
                entry_id,
                on,
                kind,
                points,
                balance,
                number or "",
                reason,
                staff or "",
                expires,
                undone is not None,
            )
        )
    return entries[::-1]
