"""What is done about a complaint between its receipt and its end, each step with who and when
(R025, R151).

The order is received, acknowledged, handled, closed; a step may be left out where the next one
says more, and none is taken back: what was wrong is opened again with its reason.
"""

from __future__ import annotations

from models.people import Complaint
from services.clock import plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.feedback.checks import check_day, owner_of, said
from services.feedback.complaints import ComplaintChanged, Open, changed, keep_step, open_row
from services.feedback.deadlines import deadlines
from services.feedback.words import CLOSED, RECEIVED, TOPICS, topic_title
from services.i18n import tr


@command("complaint.acknowledge", entity="complaint")
def acknowledge(tx: Tx, *, complaint_id: int, text: str) -> ComplaintChanged:
    """Somebody told whoever complained that it is being looked into. Raises RuleError: no words,
    not open, answered before."""
    words = said(text, tr("请写明怎样回应了顾客，例如“已致电说明，三天内答复”。"))
    row = open_row(tx, complaint_id)
    if row.acknowledged_on is not None:
        sentence = tr("{day} 已经回应过。有新的情况，请用“记录”补上。")
        raise RuleError(sentence.format(day=row.acknowledged_on))
    tx.db.write(Complaint.update(acknowledged_on=tx.today).where(Complaint.id == complaint_id))
    keep_step(tx, complaint_id, "acknowledge", words)
    return changed(tx, row)


@command("complaint.note", entity="complaint")
def note_complaint(tx: Tx, *, complaint_id: int, text: str) -> ComplaintChanged:
    """What was found or said meanwhile. Raises RuleError: no words, not open."""
    words = said(text, tr("请写下要记录的情况。"))
    row = open_row(tx, complaint_id)
    keep_step(tx, complaint_id, "note", words)
    return changed(tx, row)


@command("complaint.assign", entity="complaint")
def assign_complaint(
    tx: Tx, *, complaint_id: int, owner_id: int, reason: str = ""
) -> ComplaintChanged:
    """Somebody else looks after it from now on. Raises RuleError: not open, the same one, nobody
    who works here."""
    row = open_row(tx, complaint_id)
    owner, name = owner_of(tx, owner_id)
    if owner == row.owner_id:
        raise RuleError(tr("已经由{name}负责，不用再转交。").format(name=name))
    words = tr("交给{name}").format(name=name)
    if reason.strip():
        reason = said(reason, "")
        words = tr("{words}：{reason}").format(words=words, reason=reason)
    tx.db.write(Complaint.update(owner_id=owner).where(Complaint.id == complaint_id))
    keep_step(tx, complaint_id, "assign", words)
    return changed(tx, row, owner=owner)


@command("complaint.report", entity="complaint")
def report_complaint(tx: Tx, *, complaint_id: int, text: str) -> ComplaintChanged:
    """The director was told (R151). Raises RuleError: no words, not open, told before."""
    words = said(text, tr("请写明向院长报告了什么，请院长定什么。"))
    row = open_row(tx, complaint_id)
    if row.reported_on is not None:
        sentence = tr("{day} 已经上报过。有新的情况，请用“记录”补上。")
        raise RuleError(sentence.format(day=row.reported_on))
    tx.db.write(Complaint.update(reported_on=tx.today).where(Complaint.id == complaint_id))
    keep_step(tx, complaint_id, "report", words)
    return changed(tx, row)


@command("complaint.handle", entity="complaint")
def handle_complaint(tx: Tx, *, complaint_id: int, text: str) -> ComplaintChanged:
    """What was done about it; whoever was not answered before is with this. Raises RuleError: no
    words, not open, handled before."""
    words = said(text, tr("请写明怎样处理的，例如“退还差价并致歉”。"))
    row = open_row(tx, complaint_id)
    if row.handled_on is not None:
        sentence = tr("{day} 已经处理，等结案。处理得不对，请先重新打开。")
        raise RuleError(sentence.format(day=row.handled_on))
    tx.db.write(
        Complaint.update(
            handled_on=tx.today, acknowledged_on=row.acknowledged_on or tx.today
        ).where(Complaint.id == complaint_id)
    )
    keep_step(tx, complaint_id, "handle", words)
    return changed(tx, row)


@command("complaint.reopen", entity="complaint")
def reopen_complaint(tx: Tx, *, complaint_id: int, reason: str) -> ComplaintChanged:
    """It was not settled after all: it is being handled again, with a day of its own. Raises
    RuleError: no reason, unknown, not handled yet."""
    words = said(reason, tr("请写明为什么重新打开，例如“顾客不接受处理结果”。"))
    row = tx.db.row(
        Complaint.select(
            Complaint.id,
            Complaint.person_id,
            Complaint.owner_id,
            Complaint.due_on,
            Complaint.acknowledged_on,
            Complaint.handled_on,
            Complaint.reported_on,
            Complaint.state,
            Complaint.closed_on,
        ).where(Complaint.id == complaint_id)
    )
    if row is None:
        raise RuleError(tr("没有找到这条投诉，请刷新后重试。"))
    *known, state, closed_on = row
    before = Open(*known)
    if state != CLOSED and before.handled_on is None:
        raise RuleError(tr("这条投诉还在处理中，不用重新打开。"))
    day = plus_days(tx.today, deadlines(tx.db).days)
    tx.db.write(
        Complaint.update(
            state=RECEIVED,
            closed_on=None,
            handled_on=None,
            outcome="",
            satisfied=None,
            acknowledged_on=before.acknowledged_on or tx.today,
            due_on=max(day, before.due_on or day),
        ).where(Complaint.id == complaint_id)
    )
    keep_step(tx, complaint_id, "reopen", words)
    return changed(tx, before, late=_is_late(before.due_on, closed_on or tx.today))


@command("complaint.change", entity="complaint")
def change_complaint(
    tx: Tx, *, complaint_id: int, topic: str, urgent: bool, due_on: str
) -> ComplaintChanged:
    """What it is about, whether it is urgent, until when: as the manager sees it, with a step that
    says what was changed. Raises RuleError: not open, nothing that changes, unknown topic, a new
    day that is past."""
    row = open_row(tx, complaint_id)
    if topic not in ("", *TOPICS):
        raise RuleError(tr("请从名单中选择投诉的类别。"))
    if due_on != row.due_on:
        check_day(tx, due_on)
    topic_now, urgent_now, reply_now = tx.db.rows(
        Complaint.select(Complaint.topic, Complaint.urgent, Complaint.reply_by).where(
            Complaint.id == complaint_id
        )
    )[0]
    parts = []
    if topic != topic_now:
        parts.append(tr("类别改为{topic}").format(topic=topic_title(topic) or tr("未分类")))
    if urgent != bool(urgent_now):
        parts.append(tr("改为紧急") if urgent else tr("不再紧急"))
    if due_on != row.due_on:
        parts.append(tr("期限改为 {day}").format(day=due_on))
    if not parts:
        raise RuleError(tr("没有改动。要改类别、紧急或期限，改好再保存。"))
    sooner = urgent and not urgent_now and row.acknowledged_on is None
    values = {
        "topic": topic,
        "urgent": int(urgent),
        "due_on": due_on,
        "reply_by": min(reply_now or tx.today, tx.today) if sooner else reply_now,
    }
    tx.db.write(Complaint.update(**values).where(Complaint.id == complaint_id))
    keep_step(tx, complaint_id, "note", tr("，").join(parts))
    late = due_on != row.due_on and _is_late(row.due_on, tx.today)
    return changed(tx, row, topic=topic, urgent=urgent, due_on=due_on, late=late)


def _is_late(due_on: str | None, day: str) -> bool:
    """Whether a last day that is about to be replaced had passed: what was late stays late."""
    return due_on is not None and day > due_on
