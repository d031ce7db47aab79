"""会员回访登记表: the calls of a day, made and to be made, or one person's (R149, R152)."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.followup import FollowupAttempt
from services.clock import plus_days
from services.followups.call_list import calls_today
from services.followups.outcomes import outcome_title, satisfaction_title
from services.followups.register import RegisterLine, register_of, register_of_person
from services.forms.days import first_of_day
from services.forms.letterhead import clinic_title
from services.forms.paper import Grid, Pairs, Paper, Signatures, Size, Text
from services.i18n import tr
from services.people.privacy import mask_name, mask_phone
from services.people.records import person

NAME = "会员回访登记表"
MOST = 200  # calls on one register
BLANK_ROWS = 12
LEFT_FREE = 8  # columns of a call to be made that are filled in by hand


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
                *("",) * LEFT_FREE,
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
    lines = tuple(_written(line) for line in register_of_person(db, person_id))
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
        tr("话术"),
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
            Pairs(((tr("渠道"), tr("☐ 电话　☐ 短信　☐ 信函")),)),
            Grid(
                headers,
                lines[:MOST],
                widths=(8, 8, 10, 9, 11, 7, 8, 7, 7, 13, 11, 8, 7),
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


def _made(db: ClinicDatabase, day: str) -> list[tuple[str, ...]]:
    """The calls of a day in their order, one with several reasons in one line."""
    begin = first_of_day(db, FollowupAttempt, day)
    end = first_of_day(db, FollowupAttempt, plus_days(day, 1))
    inside = (FollowupAttempt.id >= begin) & (FollowupAttempt.id < end)
    return [_written(line) for line in register_of(db, inside)]


def _written(line: RegisterLine) -> tuple[str, ...]:
    return (
        line.planned_on,
        line.occurred_on,
        f"{mask_name(line.name)} {line.number}",
        mask_phone(line.phone),
        tr("；").join(line.reasons),
        "、".join(line.scripts),
        outcome_title(line.outcome),
        line.recovery_words,
        "" if line.satisfaction is None else satisfaction_title(line.satisfaction),
        line.note,
        tr("；").join(line.handled),
        line.next_on or "",
        line.staff,
    )
