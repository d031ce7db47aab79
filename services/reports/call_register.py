"""会员回访登记表 as a report: every call of the days, one a row (R149, R152)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.followups.outcomes import outcome_title, satisfaction_title
from services.followups.plans import channel_title
from services.followups.register import register_of
from services.i18n import tr
from services.people.privacy import mask_phone
from services.reports.call_rates import made_calls
from services.reports.names import Who, day, day_or_none
from services.reports.posted import posted
from services.reports.sheet import Ask, Column, Row, Sheet


def call_register(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """The calls, letters and messages of the days, what was said and who answers it."""
    who = Who(db)
    rows: list[Row] = []
    for line in register_of(db, made_calls(db, posted(db, ask.first, ask.last))):
        number, masked = who(line.person_id, line.number, line.name)
        felt = "" if line.satisfaction is None else satisfaction_title(line.satisfaction)
        rows.append(
            (
                day(line.planned_on),
                day(line.occurred_on),
                number,
                masked,
                mask_phone(line.phone),
                tr("；").join(line.reasons),
                "、".join(line.scripts),
                channel_title(line.channel),
                outcome_title(line.outcome),
                line.recovery_words,
                felt,
                line.nps,
                line.note,
                tr("；").join(line.handled),
                day_or_none(line.next_on),
                line.staff,
            )
        )
    return (Sheet(tr("会员回访登记表"), _columns(), rows, signers=_signers()),)


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("计划日"), 12, "date", detail=True),
        Column(tr("实际日"), 12, "date"),
        Column(tr("会员号"), 11, total="count"),
        Column(tr("姓名(遮蔽)"), 11),
        Column(tr("电话(遮蔽)"), 13, detail=True),
        Column(tr("类型/目的"), 22),
        Column(tr("话术"), 12, detail=True),
        Column(tr("渠道"), 7, detail=True),
        Column(tr("接通结果"), 12),
        Column(tr("恢复情况"), 10),
        Column(tr("满意度"), 10),
        Column(tr("推荐意愿"), 10, "int", detail=True),
        Column(tr("要求/建议"), 24),
        Column(tr("处理人与结果"), 24),
        Column(tr("下次回访"), 12, "date"),
        Column(tr("回访人"), 10),
    )


def _signers() -> tuple[str, ...]:
    return (tr("回访人"), tr("会员管理员"), tr("日期"))
