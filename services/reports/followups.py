"""How the calls went: done, reached, satisfied, by reason and by who called (R045, R149)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask
from models.system import Staff
from services.followups.calls import REACHED, satisfaction_title
from services.followups.tasks import BIRTHDAY, CALLS, MANUAL, UNCLAIMED
from services.i18n import tr
from services.reports.posted import Posted, ids, posted
from services.reports.sheet import Ask, Column, Row, Sheet

NOT_REACHED = ("no_answer", "busy", "wrong_number")
STEPS = (1, 2, 3, 4)


def followups(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Completion by reason, calls by who made them, and how satisfied people were."""
    span = posted(db, ask.first, ask.last)
    return by_reason(db, ask, span), _by_staff(db, span), _satisfaction(db, span)


def by_reason(db: ClinicDatabase, ask: Ask, span: Posted) -> Sheet:
    """回访完成: what was due in the days and what came of it; the calls made in them."""
    due = _due(db, ask)
    calls, once = _calls_by_rule(db, span)
    rows: list[Row] = []
    for rule, title in _rules().items():
        states, made = due[rule], calls[rule]
        rows.append(
            (
                title,
                sum(states.values()),
                states["done"],
                states["given_up"],
                states["open"],
                None,
                sum(made.values()),
                sum(made[each] for each in REACHED),
                sum(made[each] for each in NOT_REACHED),
                made["refused"],
            )
        )
    return Sheet(
        tr("回访完成"),
        (
            Column(tr("类型"), 16),
            Column(tr("应做"), 9, "int", "sum"),
            Column(tr("完成"), 9, "int", "sum"),
            Column(tr("放弃"), 9, "int", "sum"),
            Column(tr("未完成"), 9, "int", "sum"),
            Column(tr("完成率"), 10, "rate", share=(3, 2)),
            Column(tr("联系次数"), 10, "int", "sum", once=sum(once.values())),
            Column(tr("接通"), 9, "int", "sum", once=sum(once[each] for each in REACHED)),
            Column(tr("未接通"), 9, "int", "sum", once=sum(once[each] for each in NOT_REACHED)),
            Column(tr("拒绝"), 9, "int", "sum", once=once["refused"]),
        ),
        rows,
        notes=_notes(sum(sum(made.values()) for made in calls.values()) > sum(once.values())),
    )


def _notes(several: bool) -> tuple[str, ...]:
    """What the figures count; `several` when one call was about more than one kind of thing."""
    notes: tuple[str, ...] = (
        tr("应做按计划日期统计；改期的回访算在新的日期。联系次数按实际联系的日期统计。"),
    )
    if several:
        notes += (tr("一次联系说了几类事的，每类各算一次，合计只算一次。"),)
    return notes


def _rules() -> dict[str, str]:
    return {
        UNCLAIMED: tr("礼品未领"),
        BIRTHDAY: tr("生日"),
        MANUAL: tr("约定和到期"),
    }


def _due(db: ClinicDatabase, ask: Ask) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    query = (
        FollowupTask.select(FollowupTask.rule, FollowupTask.state, fn.COUNT(FollowupTask.id))
        .where(
            (FollowupTask.due_on >= ask.first)
            & (FollowupTask.due_on <= ask.last)
            & FollowupTask.rule.in_(CALLS)
        )
        .group_by(FollowupTask.rule, FollowupTask.state)
    )
    for rule, state, count in db.rows(query):
        found[rule][state] = count
    return found


def _calls_by_rule(
    db: ClinicDatabase, span: Posted
) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Outcomes of the calls by what they were about, and of all of them, each call once."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    once: Counter[str] = Counter()
    query = (
        FollowupAttempt.select(FollowupAttempt.seq, FollowupTask.rule, FollowupAttempt.outcome)
        .join(FollowupTask, on=(FollowupTask.id == FollowupAttempt.task_id))
        .where(_made(db, span) & FollowupTask.rule.in_(CALLS))
        .distinct()
        .order_by(FollowupAttempt.seq)
    )
    last = 0
    for seq, rule, outcome in db.rows(query):
        found[rule][outcome] += 1
        once[outcome] += seq != last
        last = seq
    return found, once


def _made(db: ClinicDatabase, span: Posted) -> Any:
    return ids(db, FollowupAttempt, span).rows(FollowupAttempt.id)


def _by_staff(db: ClinicDatabase, span: Posted) -> Sheet:
    """A call with several reasons is one call here."""
    query = (
        FollowupAttempt.select(Staff.name, FollowupAttempt.outcome, FollowupAttempt.seq)
        .join(Staff, on=(Staff.id == FollowupAttempt.staff_id))
        .where(_made(db, span))
        .distinct()
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, outcome, _ in db.rows(query):
        found[name][outcome] += 1
    rows: list[Row] = [
        (
            name,
            sum(made.values()),
            sum(made[each] for each in REACHED),
            made["request"],
            sum(made[each] for each in NOT_REACHED),
            made["refused"],
            None,
        )
        for name, made in sorted(found.items())
    ]
    return Sheet(
        tr("回访人"),
        (
            Column(tr("回访人"), 14),
            Column(tr("联系次数"), 10, "int", "sum"),
            Column(tr("接通"), 9, "int", "sum"),
            Column(tr("其中有要求"), 11, "int", "sum"),
            Column(tr("未接通"), 9, "int", "sum"),
            Column(tr("拒绝"), 9, "int", "sum"),
            Column(tr("接通率"), 10, "rate", share=(3, 2)),
        ),
        rows,
        notes=(tr("一次联系说了几件事，算一次。"),),
    )


def _satisfaction(db: ClinicDatabase, span: Posted) -> Sheet:
    query = (
        FollowupAttempt.select(FollowupAttempt.satisfaction, FollowupAttempt.seq)
        .where(_made(db, span) & FollowupAttempt.satisfaction.is_null(False))
        .distinct()
    )
    found = Counter(step for step, _ in db.rows(query))
    whole = sum(found.values())
    rows: list[Row] = [
        (satisfaction_title(step), found[step], whole, None) for step in reversed(STEPS)
    ]
    return Sheet(
        tr("满意度"),
        (
            Column(tr("满意度"), 16),
            Column(tr("次数"), 10, "int", "sum"),
            Column(tr("已评次数"), 10, "int"),
            Column(tr("占比"), 10, "rate", share=(2, 3)),
        ),
        rows,
    )
