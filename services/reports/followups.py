"""How the calls went: done, reached, satisfied, by reason, week and who called (R045, R149)."""

from __future__ import annotations

from collections import Counter, defaultdict

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask
from services.followups.outcomes import REACHED, TRIED, UNREACHED, satisfaction_title
from services.followups.plans import plan_titles
from services.followups.tasks import BIRTHDAY, MANUAL, UNCLAIMED, is_call
from services.i18n import tr
from services.reports.call_rates import counted, made_calls, staff_sheet, weeks_sheet
from services.reports.posted import Posted, posted
from services.reports.sheet import Ask, Column, Row, Sheet

STEPS = (1, 2, 3, 4)


def followups(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Completion by reason, by week and by who called, and how satisfied people were."""
    span = posted(db, ask.first, ask.last)
    return (
        by_reason(db, ask, span),
        weeks_sheet(db, ask),
        staff_sheet(db, ask),
        _satisfaction(db, span),
    )


def by_reason(db: ClinicDatabase, ask: Ask, span: Posted) -> Sheet:
    """回访完成: what was due in the days and what came of it; the calls made in them."""
    due = _due(db, ask)
    calls, once = _calls_by_rule(db, span)
    rows: list[Row] = []
    for rule, title in _rules(db, {*due, *calls}).items():
        states, made = due[rule], calls[rule]
        rows.append(
            (
                title,
                sum(states.values()),
                states["done"],
                states["given_up"],
                states["open"],
                None,
                sum(made[each] for each in TRIED),
                sum(made[each] for each in REACHED),
                sum(made[each] for each in UNREACHED),
                made["refused"],
                made["sent"],
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
            Column(tr("联系次数"), 10, "int", "sum", once=sum(once[each] for each in TRIED)),
            Column(tr("接通"), 9, "int", "sum", once=sum(once[each] for each in REACHED)),
            Column(tr("未接通"), 9, "int", "sum", once=sum(once[each] for each in UNREACHED)),
            Column(tr("拒绝"), 9, "int", "sum", once=once["refused"]),
            Column(tr("信函短信"), 10, "int", "sum", once=once["sent"]),
        ),
        rows,
        notes=_notes(sum(sum(made.values()) for made in calls.values()) > sum(once.values())),
    )


def _notes(several: bool) -> tuple[str, ...]:
    """What the figures count; `several` when one call was about more than one kind of thing."""
    notes: tuple[str, ...] = (
        tr(
            "应做按计划日期统计；改期的回访算在新的日期；不用再联系的(例如礼品已领)不算。"
            "联系次数按实际联系的日期统计，撤销的不算。"
        ),
    )
    if several:
        notes += (tr("一次联系说了几类事的，每类各算一次，合计只算一次。"),)
    return notes


def _rules(db: ClinicDatabase, used: set[str]) -> dict[str, str]:
    """What calls are about by rule: the three that always are, then the plans that were used."""
    titles = plan_titles(db)
    always = {
        UNCLAIMED: tr("礼品未领"),
        BIRTHDAY: tr("生日"),
        MANUAL: tr("约定和到期"),
    }
    others = sorted(used - set(always), key=lambda rule: (rule not in titles, titles.get(rule, "")))
    return always | {rule: titles.get(rule, rule) for rule in others}


def _due(db: ClinicDatabase, ask: Ask) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    query = (
        FollowupTask.select(FollowupTask.rule, FollowupTask.state, fn.COUNT(FollowupTask.id))
        .where((FollowupTask.due_on >= ask.first) & (FollowupTask.due_on <= ask.last) & counted())
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
        .where(made_calls(db, span) & is_call())
        .distinct()
        .order_by(FollowupAttempt.seq)
    )
    last = 0
    for seq, rule, outcome in db.rows(query):
        found[rule][outcome] += 1
        once[outcome] += seq != last
        last = seq
    return found, once


def _satisfaction(db: ClinicDatabase, span: Posted) -> Sheet:
    query = (
        FollowupAttempt.select(FollowupAttempt.satisfaction, FollowupAttempt.seq)
        .where(made_calls(db, span) & FollowupAttempt.satisfaction.is_null(False))
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
