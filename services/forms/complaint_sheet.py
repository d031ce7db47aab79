"""投诉与纠纷处理单: what happened, what is wanted, every step, how it ended, who signed (R151, S19
第三部分). It is the person's own paper and bears their name in full."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.people import Person
from services.feedback.complaint_list import ComplaintRow, StepRow, complaint, steps_of
from services.feedback.words import priority_title, source_title, step_title, topic_title
from services.followups.calls import satisfaction_title
from services.forms.letterhead import clinic_title
from services.forms.paper import Block, Grid, Heading, Pairs, Paper, Signatures, Text
from services.i18n import tr
from services.money import yuan
from services.programmes.registry import main_timeline

NAME = "投诉与纠纷处理单"
_ROOM = "\n\n"  # to write in
_BLANK_STEPS = 5


def complaint_sheet(db: ClinicDatabase, today: str, complaint_id: int) -> Paper:
    """The sheet of a complaint as far as it has come. Raises RuleError when there is none."""
    row = complaint(db, today, complaint_id)
    phone = db.scalar(Person.select(Person.phone).where(Person.id == row.person_id))
    head = (
        (tr("顾客"), row.name),
        (tr("会员号"), row.number),
        (tr("联系电话"), phone or ""),
        (tr("投诉时等级"), _tier(db, row)),
        (tr("受理日期"), row.received_on),
        (tr("受理人"), row.staff),
        (tr("来源"), source_title(row.source)),
        (tr("类别"), topic_title(row.topic)),
        (tr("优先"), priority_title(row.urgent, row.high) or tr("一般")),
        (tr("责任人"), row.owner),
        (tr("首次回应期限"), row.reply_by or ""),
        (tr("处理期限"), row.due_on or ""),
        (tr("上报院长"), row.reported_on or tr("未上报")),
    )
    end = (
        (tr("处理结果"), row.outcome or _ROOM),
        (tr("补偿"), goodwill_words(row) or (_ROOM if row.open else tr("无"))),
        (tr("结案日期"), row.closed_on or ""),
        (tr("顾客意见"), satisfaction_title(row.satisfied) if row.satisfied else ""),
    )
    return _paper(db, str(row.id), head, row.text, _steps(db, row), end)


def blank_complaint_sheet(db: ClinicDatabase) -> Paper:
    """An empty sheet to fill in by hand."""
    labels = (
        tr("顾客"),
        tr("会员号"),
        tr("联系电话"),
        tr("受理日期"),
        tr("受理人"),
        tr("来源"),
        tr("类别"),
        tr("责任人"),
        tr("处理期限"),
    )
    end = (
        (tr("处理结果"), _ROOM),
        (tr("补偿"), ""),
        (tr("结案日期"), ""),
        (tr("顾客意见"), ""),
    )
    return _paper(db, "", tuple((each, "") for each in labels), "", (), end)


def goodwill_words(row: ComplaintRow) -> str:
    """What was given for a complaint and what it comes to; '' for nothing."""
    parts = [tr("{n} 积分").format(n=f"{row.points:,}")] if row.points else []
    parts += row.awards
    if not parts:
        return ""
    words = tr("、").join(parts)
    return tr("{what}(合 ¥{yuan})").format(what=words, yuan=yuan(row.goodwill.cost_fen))


def _tier(db: ClinicDatabase, row: ComplaintRow) -> str:
    """The tier as it was called on the day."""
    programme = main_timeline(db).at(row.received_on).programme
    return programme.tier_name(row.rank) or tr("非会员")


def _steps(db: ClinicDatabase, row: ComplaintRow) -> tuple[tuple[str, ...], ...]:
    return tuple(_step(each) for each in steps_of(db, row.id) if each.step != "receive")


def _step(each: StepRow) -> tuple[str, ...]:
    return each.occurred_on, step_title(each.step), each.text, each.staff


def _paper(
    db: ClinicDatabase,
    number: str,
    head: tuple[tuple[str, str], ...],
    said: str,
    steps: tuple[tuple[str, ...], ...],
    end: tuple[tuple[str, str], ...],
) -> Paper:
    facts: tuple[Block, ...] = (Pairs(((tr("经过"), said or _ROOM), (tr("诉求"), _ROOM))),)
    return Paper(
        title=tr("投诉与纠纷处理单"),
        name=NAME,
        clinic=clinic_title(db),
        number=number,
        blocks=(
            Pairs(head),
            Heading(tr("事实与诉求")),
            *facts,
            Heading(tr("处理经过")),
            Grid(
                (tr("日期"), tr("步骤"), tr("内容"), tr("经手")),
                steps,
                widths=(3, 3, 12, 3),
                blank=0 if len(steps) >= _BLANK_STEPS else _BLANK_STEPS - len(steps),
            ),
            Heading(tr("结果")),
            Pairs(end),
            Text(
                (
                    tr("顾客对处理结果有异议，可以要求重新处理，也可以依法申请调解或提起诉讼。"),
                    tr("病历和检查资料按规定封存、复制，不在本单上修改。"),
                ),
                small=True,
            ),
            Signatures((tr("责任人"), tr("会员管理员"), tr("院长"), tr("顾客签字"), tr("日期"))),
        ),
    )
