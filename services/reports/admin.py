"""会员管理员报表: the week or the month in one paper (R150)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from peewee import JOIN, Case, fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, Request
from models.gifts import EntitlementGrant, GiftIssue
from models.people import Complaint, Person
from models.system import Staff
from services.feedback.words import OPEN, kind_title, request_state_title
from services.gifts.lists import reason_name
from services.i18n import tr
from services.reports.call_rates import made_calls
from services.reports.followups import by_reason
from services.reports.movements import members_sheet
from services.reports.names import Who, day
from services.reports.points import sums_sheet
from services.reports.posted import Posted, posted
from services.reports.sheet import Ask, Column, Row, Sheet

REASONS = (
    *("tier", "points", "birthday", "enrol", "event", "referral", "scholarship", "compensation"),
)


def admin_report(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Members by tier, points, gifts, calls, complaints and suggestions, and who signs."""
    span = posted(db, ask.first, ask.last)
    return (
        members_sheet(db, span),
        sums_sheet(db, span),
        _gifts(db, ask, span),
        by_reason(db, ask, span),
        _voices(db, ask, span),
    )


def _gifts(db: ClinicDatabase, ask: Ask, span: Posted) -> Sheet:
    """Due in the days, handed out and taken back in them, and still waiting."""
    due, waiting = _due(db, ask), _waiting(db, ask)
    out, back = _issued(db, span)
    rows: list[Row] = [
        (reason_name(each), due[each], out[each], back[each], waiting[each]) for each in REASONS
    ]
    return Sheet(
        tr("礼品"),
        (
            Column(tr("依据"), 14),
            Column(tr("本期应领"), 11, "int", "sum"),
            Column(tr("本期发放"), 11, "int", "sum"),
            Column(tr("本期退回"), 11, "int", "sum"),
            Column(tr("至今未领"), 11, "int", "sum"),
        ),
        rows,
        notes=(tr("本期应领按应领日期；至今未领是应领日期不晚于期末、制表时还没领的件数。"),),
    )


def _due(db: ClinicDatabase, ask: Ask) -> dict[str, int]:
    """A closed grant was due as far as it was drawn."""
    wanted = Case(None, [(EntitlementGrant.state == "closed", EntitlementGrant.used)],
                  EntitlementGrant.quantity)  # fmt: skip
    query = (
        EntitlementGrant.select(EntitlementGrant.reason, fn.SUM(wanted))
        .where(
            (EntitlementGrant.kind == "gift")
            & (EntitlementGrant.due_on >= ask.first)
            & (EntitlementGrant.due_on <= ask.last)
        )
        .group_by(EntitlementGrant.reason)
    )
    return defaultdict(int, db.rows(query))


def _waiting(db: ClinicDatabase, ask: Ask) -> dict[str, int]:
    left = fn.SUM(EntitlementGrant.quantity - EntitlementGrant.used)
    query = (
        EntitlementGrant.select(EntitlementGrant.reason, left)
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
        .where(
            (EntitlementGrant.state == "open")
            & (EntitlementGrant.kind == "gift")
            & (EntitlementGrant.due_on <= min(ask.last, ask.today))
            & (EntitlementGrant.valid_to.is_null() | (EntitlementGrant.valid_to >= ask.today))
            & (Person.state == "active")
        )
        .group_by(EntitlementGrant.reason)
    )
    return defaultdict(int, db.rows(query))


def _issued(db: ClinicDatabase, span: Posted) -> tuple[dict[str, int], dict[str, int]]:
    out: dict[str, int] = defaultdict(int)
    back: dict[str, int] = defaultdict(int)
    query = (
        GiftIssue.select(GiftIssue.reason, GiftIssue.quantity > 0, fn.SUM(GiftIssue.quantity))
        .where(span.rows(GiftIssue.seq))
        .group_by(GiftIssue.reason, GiftIssue.quantity > 0)
    )
    for reason, issued, quantity in db.rows(query):
        (out if issued else back)[reason] += abs(quantity)
    return out, back


def _voices(db: ClinicDatabase, ask: Ask, span: Posted) -> Sheet:
    """Complaints received in the days, and what people asked for when they were called."""
    columns = (
        Column(tr("日期"), 12, "date"),
        Column(tr("会员号"), 12, total="count"),
        Column(tr("姓名(遮蔽)"), 11),
        Column(tr("类别"), 10),
        Column(tr("内容"), 34),
        Column(tr("处理人"), 11),
        Column(tr("状态"), 10),
        Column(tr("处理结果"), 28),
    )
    return Sheet(
        tr("投诉与建议"),
        columns,
        (*_complaints(db, ask, span), *_requests(db, ask, span)),
        signers=(tr("会员管理员(经办)"), tr("市场部(接收)"), tr("日期")),
    )


def _complaints(db: ClinicDatabase, ask: Ask, span: Posted) -> Iterator[Row]:
    who = Who(db)
    query = (
        Complaint.select(
            Complaint.person_id,
            Person.number,
            Person.name,
            Complaint.received_on,
            Complaint.text,
            Staff.name,
            Complaint.state,
            Complaint.due_on,
            Complaint.outcome,
        )
        .join(Person, on=(Person.id == Complaint.person_id))
        .switch(Complaint)
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Complaint.owner_id))
        .where(span.rows(Complaint.seq))
        .order_by(Complaint.id)
    )
    for person_id, number, name, on, text, owner, state, due_on, outcome in db.rows(query):
        late = state != "closed" and due_on is not None and due_on < ask.today
        status = tr("已结案") if state == "closed" else tr("已逾期") if late else tr("处理中")
        number, masked = who(person_id, number, name)
        yield day(on), number, masked, tr("投诉"), text, owner or "", status, outcome


def _requests(db: ClinicDatabase, ask: Ask, span: Posted) -> Iterator[Row]:
    """Requests and suggestions of the days; and those of calls of an older file, which kept them
    with the call only."""
    who = Who(db)
    query = (
        Request.select(
            Request.person_id,
            Person.number,
            Person.name,
            Request.received_on,
            Request.kind,
            Request.text,
            Staff.name,
            Request.state,
            Request.due_on,
            Request.answer,
        )
        .join(Person, JOIN.LEFT_OUTER, on=(Person.id == Request.person_id))
        .switch(Request)
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Request.owner_id))
        .where(span.rows(Request.seq))
        .order_by(Request.id)
    )
    for person_id, number, name, on, kind, text, owner, state, due_on, answer in db.rows(query):
        late = state == OPEN and due_on is not None and due_on < ask.today
        status = tr("已逾期") if late else request_state_title(state)
        said_by = ("", "") if person_id is None else who(person_id, number, name)
        yield day(on), *said_by, kind_title(kind), text, owner or "", status, answer
    yield from _of_older_calls(db, span, who)


def _of_older_calls(db: ClinicDatabase, span: Posted, who: Who) -> Iterator[Row]:
    known = Request.select(Request.id).where(Request.call_seq == FollowupAttempt.seq)
    query = (
        FollowupAttempt.select(
            FollowupAttempt.person_id,
            Person.number,
            Person.name,
            FollowupAttempt.occurred_on,
            FollowupAttempt.note,
            Staff.name,
            FollowupAttempt.next_on,
            fn.MIN(FollowupAttempt.id),
        )
        .join(Person, on=(Person.id == FollowupAttempt.person_id))
        .switch(FollowupAttempt)
        .join(Staff, on=(Staff.id == FollowupAttempt.staff_id))
        .where(made_calls(db, span) & (FollowupAttempt.outcome == "request") & ~fn.EXISTS(known))
        .group_by(FollowupAttempt.seq)
        .order_by(FollowupAttempt.seq)
    )
    again = tr("约 {day} 再联系")
    for person_id, number, name, on, note, staff, next_on, _ in db.rows(query):
        number, masked = who(person_id, number, name)
        then = again.format(day=next_on) if next_on else ""
        yield day(on), number, masked, tr("要求建议"), note, staff, tr("已登记"), then
