"""会员回访登记表: the calls of a day, made and to be made, or one person's (R149, R152)."""

from __future__ import annotations

from typing import Any

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask
from models.people import Person
from models.system import Staff
from services.clock import plus_days
from services.followups.calls import (
    REACHED,
    attempts_of,
    calls_today,
    outcome_title,
    satisfaction_title,
)
from services.followups.tasks import reason_text
from services.forms.days import first_of_day
from services.forms.letterhead import clinic_title
from services.forms.paper import Grid, Pairs, Paper, Signatures, Size, Text
from services.i18n import tr
from services.people.privacy import mask_name, mask_phone
from services.people.records import person

NAME = "会员回访登记表"
MOST = 200  # calls on one register
BLANK_ROWS = 12


def followup_register(db: ClinicDatabase, today: str, day: str) -> Paper:
    """The calls made on a day; today's register goes on with those still to be made."""
    lines = _made(db, day)
    if day == today:
        lines += [
            (
                call.due_on,
                "",
                f"{mask_name(call.name)} {call.number}",
                call.phone_masked,
                tr("；").join(call.reasons),
                *("",) * 7,
            )
            for call in calls_today(db, today, MOST + 1)
        ]
    return _paper(db, day, tuple(lines), blank=0 if lines else BLANK_ROWS)


def blank_followup_register(db: ClinicDatabase) -> Paper:
    """The register to be filled in by hand."""
    return _paper(db, tr("日期：________"), (), blank=BLANK_ROWS)


def person_followups(db: ClinicDatabase, person_id: int) -> Paper:
    """Every call to one person, newest first. Raises RuleError for an unknown one."""
    record = person(db, person_id)
    who = f"{mask_name(record.name)} {record.number}"
    phone = mask_phone(record.form.phone or record.form.guardian_phone)
    lines = tuple(
        (
            "",
            row.occurred_on,
            who,
            phone,
            tr("；").join(row.reasons),
            *_outcome(row.outcome, row.satisfaction, row.note, row.next_on),
            row.staff,
        )
        for row in attempts_of(db, person_id)
    )
    return _paper(db, who, lines, blank=0 if lines else BLANK_ROWS)


def _paper(
    db: ClinicDatabase, subject: str, lines: tuple[tuple[str, ...], ...], blank: int
) -> Paper:
    headers = (
        tr("计划日"),
        tr("实际日"),
        tr("会员"),
        tr("电话(遮蔽)"),
        tr("类型/目的"),
        tr("接通结果"),
        tr("恢复情况"),
        tr("满意度"),
        tr("要求/建议"),
        tr("处理人与结果"),
        tr("下次回访"),
        tr("回访人"),
    )
    return Paper(
        title=tr("会员回访登记表"),
        name=NAME,
        clinic=clinic_title(db),
        subject=subject,
        size=Size.A4_LANDSCAPE,
        blocks=(
            Pairs(((tr("渠道"), tr("☐ 电话　☐ 短信　☐ 信函")), (tr("话术"), tr("按回访手册")))),
            Grid(
                headers,
                lines[:MOST],
                widths=(9, 9, 11, 10, 13, 8, 9, 7, 15, 11, 9, 7),
                blank=blank,
            ),
            *_cut(len(lines)),
            Signatures((tr("回访人签字"), tr("会员管理员签字"))),
        ),
    )


def _cut(count: int) -> tuple[Text, ...]:
    """That there are more lines than one register holds."""
    if count <= MOST:
        return ()
    words = tr("一张登记表最多印 {n} 行，这里还有没印出来的，请在“回访”页查看。")
    return (Text((words.format(n=MOST),), small=True),)


def _outcome(
    outcome: str, satisfaction: int | None, note: str, next_on: str | None
) -> tuple[str, ...]:
    """Result, recovery, satisfaction, wish, who handles it, the next call."""
    fine = tr("良好") if outcome == "fine" else ""
    return (
        outcome_title(outcome),
        fine if outcome in REACHED else "",
        "" if satisfaction is None else satisfaction_title(satisfaction),
        note,
        "",
        next_on or "",
    )


def _made(db: ClinicDatabase, day: str) -> list[tuple[str, ...]]:
    """The calls of a day in their order, one with several reasons in one line."""
    begin = first_of_day(db, FollowupAttempt, day)
    end = first_of_day(db, FollowupAttempt, plus_days(day, 1))
    query = (
        FollowupAttempt.select(
            FollowupAttempt.seq,
            FollowupAttempt.occurred_on,
            FollowupTask.due_on,
            Person.name,
            Person.number,
            Person.phone,
            FollowupTask.rule,
            FollowupTask.subject,
            FollowupAttempt.outcome,
            FollowupAttempt.satisfaction,
            FollowupAttempt.note,
            FollowupAttempt.next_on,
            Staff.name,
        )
        .join(Person, on=(Person.id == FollowupAttempt.person_id))
        .switch(FollowupAttempt)
        .join(FollowupTask, on=(FollowupTask.id == FollowupAttempt.task_id))
        .switch(FollowupAttempt)
        .join(Staff, on=(Staff.id == FollowupAttempt.staff_id))
        .where((FollowupAttempt.id >= begin) & (FollowupAttempt.id < end))
        .order_by(FollowupAttempt.id)
    )
    calls: dict[int, list[Any]] = {}
    for seq, on, due, name, number, phone, rule, subject, *outcome, staff in db.rows(query):
        reason = reason_text(rule, subject)
        if seq in calls:
            calls[seq][4] = tr("；").join((calls[seq][4], reason))
            continue
        who = f"{mask_name(name)} {number}"
        calls[seq] = [due, on, who, mask_phone(phone), reason, *_outcome(*outcome), staff]
    return [tuple(line) for line in calls.values()]
