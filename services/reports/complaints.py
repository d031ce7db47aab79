"""投诉与意见: every complaint with how long it took and what it cost, the trend, and what people
asked for and suggested (R052, R066, R151)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Set
from typing import NamedTuple

from models.database import ClinicDatabase
from models.followup import Request
from models.people import Complaint
from services.clock import days_between
from services.feedback.complaint_list import ComplaintRow, complaint_rows, late_before
from services.feedback.request_list import RequestRow, request_query, request_rows
from services.feedback.taken_back import mistaken
from services.feedback.words import (
    TOPICS,
    complaint_state_title,
    kind_title,
    priority_title,
    request_state_title,
    source_title,
    topic_title,
)
from services.followups.calls import satisfaction_title
from services.i18n import tr
from services.people.privacy import mask_name
from services.reports.names import day, day_or_none
from services.reports.posted import ids, posted
from services.reports.sheet import Ask, Chart, Column, Row, Sheet

NAME = "complaints"


class _Month(NamedTuple):
    """Complaints of a month: how many, of which closed, late, the days the closed ones took, what
    was given for them in fen; `mistaken` ones were taken back and are in no other figure."""

    received: int
    closed: int
    late: int
    days: int
    cost_fen: int
    mistaken: int


def complaints(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Complaints received in the days, their months and topics; requests and suggestions."""
    span = posted(db, ask.first, ask.last)
    inside = ids(db, Complaint, span).rows(Complaint.id)
    rows = complaint_rows(db, ask.today, inside)
    taken_back = mistaken(db, (row.id for row in rows))
    found = [row for row in rows if row.id not in taken_back]
    late = late_before(db, (row.id for row in rows))
    query = request_query().where(ids(db, Request, span).rows(Request.id)).order_by(Request.id)
    return (
        _list(rows, taken_back),
        _by_month(rows, taken_back, late),
        _by_topic(found),
        _requests(request_rows(db, ask.today, query)),
    )


def _list(found: list[ComplaintRow], taken_back: Set[int]) -> Sheet:
    rows: list[Row] = [
        (
            day(row.received_on),
            row.id,
            row.number,
            mask_name(row.name),
            priority_title(row.urgent, row.high),
            topic_title(row.topic),
            source_title(row.source),
            row.text,
            row.owner,
            tr("登记有误") if row.id in taken_back else _status(row),
            day_or_none(row.due_on),
            day_or_none(row.acknowledged_on),
            day_or_none(row.closed_on),
            None if row.id in taken_back else _days(row),
            row.outcome,
            satisfaction_title(row.satisfied) if row.satisfied else "",
            row.goodwill.points,
            tr("、").join(row.awards),
            row.goodwill.cost_fen,
            tr("是") if row.reported_on else "",
        )
        for row in found
    ]
    return Sheet(
        tr("投诉"),
        (
            Column(tr("受理日"), 12, "date"),
            Column(tr("投诉号"), 9, "int", detail=True),
            Column(tr("会员号"), 12, total="count"),
            Column(tr("姓名(遮蔽)"), 11),
            Column(tr("优先"), 10),
            Column(tr("类别"), 10),
            Column(tr("来源"), 12, detail=True),
            Column(tr("内容"), 27),
            Column(tr("责任人"), 10),
            Column(tr("状态"), 15),
            Column(tr("期限"), 12, "date", detail=True),
            Column(tr("首次回应"), 12, "date", detail=True),
            Column(tr("结案"), 12, "date", detail=True),
            Column(tr("用时(天)"), 10, "int"),
            Column(tr("处理结果"), 22),
            Column(tr("顾客意见"), 10, detail=True),
            Column(tr("补偿积分"), 9, "int", "sum", detail=True),
            Column(tr("补偿物品"), 16, detail=True),
            Column(tr("补偿成本"), 11, "money", "sum"),
            Column(tr("上报院长"), 9, detail=True),
        ),
        rows,
        notes=(
            tr("补偿成本＝积分折算加物品价值，已减去收回的；没有填价值的物品按 0 计。"),
            tr("用时从受理到结案；没结案的不填。"),
            tr("登记有误：那次回访撤回了，不计入按月和按类别的条数。"),
        ),
        signers=(tr("会员管理员(经办)"), tr("院长(审阅)"), tr("日期")),
    )


def _status(row: ComplaintRow) -> str:
    words = complaint_state_title(row.state)
    return tr("{state}(超期)").format(state=words) if row.overdue else words


def _days(row: ComplaintRow) -> int | None:
    return None if row.closed_on is None else days_between(row.received_on, row.closed_on)


def _by_month(found: list[ComplaintRow], taken_back: Set[int], late: Set[int]) -> Sheet:
    months: dict[str, list[ComplaintRow]] = defaultdict(list)
    for row in found:
        months[row.received_on[:7]].append(row)
    figures = {month: _month(months[month], taken_back, late) for month in sorted(months)}
    rows: list[Row] = [
        (
            month,
            each.received,
            each.closed,
            each.received - each.closed,
            each.late,
            None,
            _average(each),
            each.cost_fen,
            each.mistaken,
        )
        for month, each in figures.items()
    ]
    chart = Chart(
        tr("每月投诉"),
        tuple(figures),
        (
            (tr("受理"), tuple(each.received for each in figures.values())),
            (tr("已结案"), tuple(each.closed for each in figures.values())),
        ),
    )
    return Sheet(
        tr("按月"),
        (
            Column(tr("月份"), 12),
            Column(tr("受理"), 9, "int", "sum"),
            Column(tr("已结案"), 9, "int", "sum"),
            Column(tr("未结"), 9, "int", "sum"),
            Column(tr("超期过"), 9, "int", "sum"),
            Column(tr("结案率"), 10, "rate", share=(3, 2)),
            Column(tr("平均用时(天)"), 13, "int"),
            Column(tr("补偿成本"), 12, "money", "sum"),
            Column(tr("登记有误"), 10, "int", "sum"),
        ),
        rows,
        notes=(
            tr("按受理的月份统计。超期过：没有按时首次回应，或没有在期限内结案；后来改期也算。"),
            tr("登记有误的投诉不计入其他各栏。"),
        ),
        chart=chart if rows else None,
    )


def _month(found: list[ComplaintRow], taken_back: Set[int], late: Set[int]) -> _Month:
    rows = [row for row in found if row.id not in taken_back]
    done = [row for row in rows if row.closed_on is not None]
    return _Month(
        len(rows),
        len(done),
        sum(row.overdue or row.id in late or _was_late(row) for row in rows),
        sum(_days(row) or 0 for row in done),
        sum(row.goodwill.cost_fen for row in rows),
        len(found) - len(rows),
    )


def _was_late(row: ComplaintRow) -> bool:
    """Whether the first answer or the end came after its day."""
    answered = row.acknowledged_on or row.received_on
    ended = row.closed_on or row.received_on
    return answered > (row.reply_by or answered) or ended > (row.due_on or ended)


def _average(each: _Month) -> int | None:
    """Whole days, halves rounded up."""
    return None if not each.closed else (each.days * 2 + each.closed) // (2 * each.closed)


def _by_topic(found: list[ComplaintRow]) -> Sheet:
    counts: Counter[str] = Counter(row.topic for row in found)
    costs: Counter[str] = Counter()
    for row in found:
        costs[row.topic] += row.goodwill.cost_fen
    topics = [topic for topic in (*TOPICS, "") if counts[topic]]
    titles = [topic_title(topic) or tr("(未分类)") for topic in topics]
    rows: list[Row] = [
        (title, counts[topic], len(found), None, costs[topic])
        for topic, title in zip(topics, titles, strict=True)
    ]
    chart = Chart(
        tr("投诉类别"), tuple(titles), ((tr("条数"), tuple(counts[each] for each in topics)),)
    )
    return Sheet(
        tr("按类别"),
        (
            Column(tr("类别"), 14),
            Column(tr("条数"), 9, "int", "sum"),
            Column(tr("全部"), 9, "int"),
            Column(tr("占比"), 10, "rate", share=(2, 3)),
            Column(tr("补偿成本"), 12, "money", "sum"),
        ),
        rows,
        chart=chart if rows else None,
    )


def _requests(found: list[RequestRow]) -> Sheet:
    rows: list[Row] = [
        (
            day(row.received_on),
            kind_title(row.kind),
            row.number,
            mask_name(row.name) if row.person_id is not None else row.name,
            source_title(row.source),
            row.text,
            row.owner,
            tr("超期") if row.overdue else request_state_title(row.state),
            day_or_none(row.due_on),
            day_or_none(row.closed_on),
            row.answer,
        )
        for row in found
    ]
    return Sheet(
        tr("要求与建议"),
        (
            Column(tr("日期"), 12, "date"),
            Column(tr("类别"), 8),
            Column(tr("会员号"), 12),
            Column(tr("姓名(遮蔽)"), 11),
            Column(tr("来源"), 12),
            Column(tr("内容"), 34),
            Column(tr("责任人"), 10),
            Column(tr("状态"), 9),
            Column(tr("期限"), 12, "date", detail=True),
            Column(tr("办结"), 12, "date"),
            Column(tr("答复"), 30),
        ),
        rows,
    )
