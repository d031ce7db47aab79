"""满意度与 NPS: what people said when they were called, by month, doctor and plan; and what became
of those who were not happy (R045)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from models.database import ClinicDatabase
from models.people import Complaint
from services.feedback.complaint_list import state_of
from services.feedback.surveys import Answer, Score, answers, doctor_names, score
from services.feedback.words import complaint_state_title
from services.followups.calls import satisfaction_title
from services.followups.plans import plan_titles
from services.i18n import tr
from services.people.privacy import mask_name
from services.reports.names import day
from services.reports.posted import posted
from services.reports.sheet import Ask, Chart, Column, Row, Sheet

NAME = "satisfaction"
_CHUNK = 500


def satisfaction(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Satisfaction and NPS by month, by attending doctor, by plan; low scores one by one."""
    found = answers(db, posted(db, ask.first, ask.last))
    return (
        _by_month(found),
        _by_doctor(db, found),
        _by_plan(db, found),
        _low(db, found),
    )


def _columns(first: Column, once: Score | None = None) -> tuple[Column, ...]:
    """What stands behind the month, the doctor or the plan; `once` where an answer is in more
    than one row."""

    def total(value: int | None) -> int | None:
        return None if once is None else value

    steps = once.steps if once is not None else (0, 0, 0, 0)
    return (
        first,
        *(
            Column(satisfaction_title(step), 10, "int", "sum", once=total(steps[step - 1]))
            for step in (4, 3, 2, 1)
        ),
        Column(tr("评价数"), 9, "int", "sum", once=total(once.rated if once else 0)),
        Column(tr("满意人次"), 10, "int", "sum", once=total(once.content if once else 0)),
        Column(tr("满意率"), 10, "rate", share=(7, 6)),
        Column(tr("推荐者"), 9, "int", "sum", once=total(once.promoters if once else 0)),
        Column(tr("中立者"), 9, "int", "sum", once=total(once.passives if once else 0)),
        Column(tr("贬损者"), 9, "int", "sum", once=total(once.detractors if once else 0)),
        Column(tr("NPS(分)"), 9, "signed"),
    )


def _row(label: str, found: Score) -> Row:
    return (
        label,
        *reversed(found.steps),
        found.rated,
        found.content,
        None,
        found.promoters,
        found.passives,
        found.detractors,
        found.nps,
    )


def _notes(found: Iterable[Answer]) -> tuple[str, ...]:
    whole = score(found)
    notes = [tr("满意率＝(满意＋非常满意)÷评价数。一次回访算一次评价，撤回的回访不算。")]
    if whole.nps is None:
        notes.append(tr("这段时间没有人回答推荐意愿(0 至 10 分)。"))
    else:
        words = tr("NPS＝推荐者(9–10 分)占比减贬损者(0–6 分)占比，全部 {n} 人合计 {nps} 分。")
        notes.append(words.format(n=whole.asked, nps=f"{whole.nps:+d}" if whole.nps else "0"))
    return tuple(notes)


def _by_month(found: list[Answer]) -> Sheet:
    months: dict[str, list[Answer]] = defaultdict(list)
    for each in found:
        months[each.occurred_on[:7]].append(each)
    scores = {month: score(months[month]) for month in sorted(months)}
    chart = Chart(
        tr("每月满意度人次"),
        tuple(scores),
        (
            (tr("满意"), tuple(each.content for each in scores.values())),
            (tr("一般和不满意"), tuple(each.rated - each.content for each in scores.values())),
        ),
    )
    return Sheet(
        tr("按月"),
        _columns(Column(tr("月份"), 12)),
        [_row(month, each) for month, each in scores.items()],
        notes=_notes(found),
        chart=chart if scores else None,
    )


def _by_doctor(db: ClinicDatabase, found: list[Answer]) -> Sheet:
    names = doctor_names(db)
    doctors: dict[int | None, list[Answer]] = defaultdict(list)
    for each in found:
        doctors[each.doctor_id].append(each)
    order = sorted(doctors, key=lambda each: (each is None, names.get(each or 0, ""), each or 0))
    return Sheet(
        tr("按主治医师"),
        _columns(Column(tr("主治医师"), 14)),
        [_row(names.get(each or 0, tr("(未定)")), score(doctors[each])) for each in order],
        notes=(tr("按回访那天的主治医师统计；换过医生的，以前的评价仍算以前的医生。"),),
    )


def _by_plan(db: ClinicDatabase, found: list[Answer]) -> Sheet:
    titles = plan_titles(db)
    plans: dict[str, list[Answer]] = defaultdict(list)
    for each in found:
        for title in dict.fromkeys(titles.get(rule, tr("约定和其他")) for rule in each.rules):
            plans[title].append(each)
    several = sum(map(len, plans.values())) > len(found)
    note = tr("一次回访说了几类事的，每类各算一次，合计只算一次。")
    return Sheet(
        tr("按回访事由"),
        _columns(Column(tr("回访事由"), 20), score(found) if several else None),
        [_row(title, score(plans[title])) for title in sorted(plans)],
        notes=(note,) if several else (),
    )


def _low(db: ClinicDatabase, found: list[Answer]) -> Sheet:
    """Who was not happy, and the complaint that came of it."""
    low = [each for each in found if each.low]
    states = _states(db, [each.complaint_id for each in low if each.complaint_id is not None])
    rows: list[Row] = [
        (
            day(each.occurred_on),
            each.number,
            mask_name(each.name),
            satisfaction_title(each.satisfaction) if each.satisfaction else "",
            each.nps,
            each.note,
            states.get(each.complaint_id or 0, tr("没有登记投诉")),
        )
        for each in low
    ]
    return Sheet(
        tr("低分"),
        (
            Column(tr("日期"), 12, "date"),
            Column(tr("会员号"), 12, total="count"),
            Column(tr("姓名(遮蔽)"), 11),
            Column(tr("满意度"), 10),
            Column(tr("推荐意愿"), 10, "int"),
            Column(tr("顾客说"), 36),
            Column(tr("投诉"), 22),
        ),
        rows,
        notes=(tr("不满意，或推荐意愿在 6 分以下。不满意的都应登记投诉并跟进。"),),
    )


def _states(db: ClinicDatabase, complaints: list[int]) -> dict[int, str]:
    words = tr("投诉 {n} 号，{state}")
    found = {}
    for start in range(0, len(complaints), _CHUNK):
        query = Complaint.select(
            Complaint.id, Complaint.acknowledged_on, Complaint.handled_on, Complaint.closed_on
        ).where(Complaint.id.in_(complaints[start : start + _CHUNK]))
        for complaint_id, *days in db.rows(query):
            state = complaint_state_title(state_of(*days))
            found[complaint_id] = words.format(n=complaint_id, state=state)
    return found
