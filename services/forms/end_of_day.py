"""今日收尾单: what the day came to, where the audit chain stands, and how old the backups are.

It is printed when the desk closes and kept away from the PC. With the head of the chain on paper,
whoever changes the record of a past day afterwards is found out (P13). It names nobody and holds
no takings: those belong to the till.
"""

from __future__ import annotations

from typing import Any

import peewee
from peewee import fn

from models.database import ClinicDatabase
from models.desk import Visit
from models.followup import FollowupAttempt
from models.gifts import GiftIssue, ServiceUse
from models.ledgers import MoneyEvent, PointsEntry
from models.people import Membership
from services.backups import schedule
from services.backups.schedule import BackupStatus
from services.clinic import Clinic
from services.clock import local_text
from services.desk.visit_steps import NOT_COME, OVER
from services.forms.letterhead import clinic_title
from services.forms.paper import Heading, Pairs, Paper, Signatures, Size, Text
from services.i18n import tr
from services.reports.posted import Posted, ids, posted
from services.verify.anchors import written


def end_of_day(clinic: Clinic, size: Size = Size.SLIP_80) -> Paper:
    """The slip of today, as it stands now; it may be printed again, each shows its minute."""
    db, clock = clinic.db, clinic.clock
    today = clock.today()
    span = posted(db, today, today)
    head = (
        (tr("链末端"), written(db) or tr("还没有操作")),
        (tr("今日操作"), tr("{n} 步").format(n=f"{span.until - span.after:,}")),
    )
    return Paper(
        title=tr("今日收尾单"),
        name=tr("今日收尾单_{day}").format(day=today),
        clinic=clinic_title(db),
        subject=local_text(clock.now_utc()),
        blocks=(
            Pairs((*_visits(db, today), *_posted(db, span))),
            Heading(tr("操作记录")),
            Pairs(head),
            Heading(tr("备份")),
            Pairs(_backups(schedule.status(clinic))),
            Text((tr("请与电脑分开存放。校验数据时输入“链末端”，可查出事后改动。"),), small=True),
            Signatures((tr("交班"), tr("接班"))),
        ),
        size=size,
    )


def _visits(db: ClinicDatabase, today: str) -> tuple[tuple[str, str], ...]:
    found = Visit.select(Visit.state, fn.COUNT(Visit.id)).where(Visit.visit_date == today)
    states = dict(db.rows(found.group_by(Visit.state)))
    came = sum(n for state, n in states.items() if state not in NOT_COME)
    still = sum(n for state, n in states.items() if state not in (*NOT_COME, *OVER))
    words = tr("{n} 人次").format(n=came)
    if still:
        words += tr("，{n} 人还没结束").format(n=still)
    return ((tr("到诊"), words),)


def _posted(db: ClinicDatabase, span: Posted) -> tuple[tuple[str, str], ...]:
    """What was posted today, for whatever day; what was taken back is named beside it."""
    money = _sums(db, span, MoneyEvent, MoneyEvent.kind, fn.COUNT(MoneyEvent.id))
    points = _sums(db, span, PointsEntry, PointsEntry.points > 0, fn.SUM(PointsEntry.points))
    gifts = _sums(db, span, GiftIssue, GiftIssue.returns_id.is_null(), fn.SUM(GiftIssue.quantity))
    uses = _sums(db, span, ServiceUse, ServiceUse.voids_id.is_null(), fn.SUM(ServiceUse.quantity))
    joined = db.scalar(Membership.select(fn.COUNT(Membership.id)).where(span.rows(Membership.seq)))
    calls = db.scalar(
        FollowupAttempt.select(fn.COUNT(FollowupAttempt.id)).where(
            span.rows(FollowupAttempt.seq) & FollowupAttempt.undone_seq.is_null()
        )
    )
    return (
        (tr("消费单据"), _with(money, "payment", (tr("退款"), "refund"), (tr("作废"), "void"))),
        (
            tr("积分"),
            tr("增 {more}，减 {less}").format(more=points.get(1, 0), less=-points.get(0, 0)),
        ),
        (tr("发放礼品"), _with(gifts, 1, (tr("退回"), 0))),
        (tr("使用服务"), _with(uses, 1, (tr("撤销"), 0))),
        (tr("新入会"), str(joined)),
        (tr("回访"), str(calls)),
    )


def _sums(
    db: ClinicDatabase, span: Posted, table: type[peewee.Model], by: Any, what: Any
) -> dict[Any, int]:
    key: Any = table._meta.fields["id"]
    query = table.select(by, what).where(ids(db, table, span).rows(key)).group_by(by)
    return dict(db.rows(query))


def _with(numbers: dict[Any, int], main: Any, *others: tuple[str, Any]) -> str:
    """'12 (退款 1)'."""
    beside = [f"{words} {abs(numbers[key])}" for words, key in others if numbers.get(key)]
    text = str(numbers.get(main, 0))
    return f"{text} ({tr('，').join(beside)})" if beside else text


def _backups(found: BackupStatus) -> tuple[tuple[str, str], ...]:
    last = found.last[:16] or tr("还没有")
    if found.changed and found.last:
        last += tr("，此后有新登记")
    if found.failed:
        last += tr("，最近一次检查没有通过")
    days = found.off_pc_days
    away = tr("从未复制") if days is None else tr("{n} 天前").format(n=days)
    return (
        (tr("最近备份"), last),
        (tr("U 盘或第二处"), tr("今天") if days == 0 else away),
    )
