"""What came round, who did what when, and how far everybody is trained (R137, R138, R151)."""

from __future__ import annotations

from collections.abc import Iterator

from models.database import ClinicDatabase
from models.duties import DutyDone
from models.system import Staff
from services.duties.board import DONE, LOOK_BACK, MISSED, OPEN, SKIPPED, DutyBoard, DutyRow
from services.duties.cycles import STAFF_RHYTHM, cycle_words, staff_of
from services.duties.records import DutyRecord, duties, points_of
from services.i18n import tr
from services.reports.names import day, day_or_none
from services.reports.posted import posted
from services.reports.sheet import Ask, Column, Row, Sheet
from services.rights import role_title
from services.staff import staff_names


def duties_report(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """What was done and what was missed in the days, duty by duty, and the training of today."""
    board = DutyBoard(db, ask.today)
    active = duties(db)
    turns = {each.id: board.history(each, LOOK_BACK) for each in active}
    return (
        _done(db, ask, turns),
        _by_duty(ask, [each for each in active if each.rhythm != STAFF_RHYTHM], turns),
        _training(db, [each for each in active if each.rhythm == STAFF_RHYTHM], turns),
    )


def _done(db: ClinicDatabase, ask: Ask, turns: dict[int, list[DutyRow]]) -> Sheet:
    rows = [*_written(db, ask), *_by_facts_or_missed(ask, turns)]
    return Sheet(
        tr("谁做了什么"),
        (
            Column(tr("日期"), 12, "date"),
            Column(tr("事项"), 20, total="count"),
            Column(tr("哪一期"), 20),
            Column(tr("结果"), 10),
            Column(tr("谁"), 22),
            Column(tr("做了哪些"), 44, "note"),
            Column(tr("备注"), 30, "note"),
        ),
        sorted(rows, key=lambda row: (str(row[0]), str(row[1]), str(row[2]))),
        notes=(tr("漏办的列在应办日；周一移交、周五核对等按签字那天列出。"),),
    )


def _written(db: ClinicDatabase, ask: Ask) -> Iterator[Row]:
    """Rows somebody wrote in the days, those that take another back as well."""
    names = staff_names(db)
    known = {each.id: each.name for each in duties(db, everything=True)}
    query = (
        DutyDone.select(
            DutyDone.duty_id,
            DutyDone.cycle,
            DutyDone.ticked,
            DutyDone.complete,
            DutyDone.skipped,
            DutyDone.takes_back_id,
            DutyDone.note,
            DutyDone.occurred_on,
            Staff.name,
        )
        .join(Staff, on=(Staff.id == DutyDone.staff_id))
        .where(posted(db, ask.first, ask.last).rows(DutyDone.seq))
        .order_by(DutyDone.id)
    )
    for duty_id, cycle, ticked, complete, skipped, back, note, on, who in db.rows(query):
        result = tr("做了一部分")
        if back is not None:
            result = tr("收回")
        elif complete:
            result = tr("完成")
        elif skipped:
            result = tr("这次不做")
        about = names.get(staff_of(cycle) or 0) or cycle_words(cycle)
        yield day(on), known[duty_id], about, result, who, "、".join(points_of(ticked)), note


def _by_facts_or_missed(ask: Ask, turns: dict[int, list[DutyRow]]) -> Iterator[Row]:
    """What the program's own facts did in the days, and what nobody did that was due in them."""
    for rows in turns.values():
        for row in rows:
            about = cycle_words(row.cycle)
            by_fact = row.state == DONE and not row.row_id
            if by_fact and ask.first <= row.done_on <= ask.last:
                yield day(row.done_on), row.duty.name, about, tr("完成"), row.done_by, "", ""
            elif row.state == MISSED and ask.first <= row.due_on <= ask.last:
                yield day(row.due_on), row.duty.name, about, tr("漏办"), "", "", row.note


def _by_duty(ask: Ask, wanted: list[DutyRecord], turns: dict[int, list[DutyRow]]) -> Sheet:
    rows: list[Row] = []
    for duty in wanted:
        due = [row for row in turns[duty.id] if ask.first <= row.due_on <= ask.last]
        count = {state: sum(row.state == state for row in due) for state in (DONE, SKIPPED, OPEN)}
        missed = sum(row.state == MISSED for row in due)
        late = sum(row.state == DONE and row.done_on > row.due_on for row in due)
        post = role_title(duty.post) if duty.post else tr("大家")
        numbers = (len(due), count[DONE], late, count[SKIPPED], missed, count[OPEN], None)
        rows.append((duty.name, post, *numbers))
    return Sheet(
        tr("事项完成"),
        (
            Column(tr("事项"), 24),
            Column(tr("岗位"), 12),
            Column(tr("应办期数"), 11, "int", "sum"),
            Column(tr("完成"), 9, "int", "sum"),
            Column(tr("其中迟办"), 11, "int", "sum"),
            Column(tr("这次不做"), 11, "int", "sum"),
            Column(tr("漏办"), 9, "int", "sum"),
            Column(tr("还没办"), 9, "int", "sum"),
            Column(tr("完成率"), 10, "rate", share=(4, 3)),
        ),
        rows,
        notes=(tr("按应办日在这段时间里的期数统计；停用的事项不列。"),),
    )


def _training(
    db: ClinicDatabase, wanted: list[DutyRecord], turns: dict[int, list[DutyRow]]
) -> Sheet:
    """How far everybody is, today: what was gone through and what is still to come."""
    posts = dict(db.rows(Staff.select(Staff.id, Staff.role)))
    rows: list[Row] = []
    for duty in wanted:
        for row in sorted(turns[duty.id], key=lambda each: each.about_id):
            state = {DONE: tr("完成"), SKIPPED: tr("不做")}.get(row.state, tr("没完成"))
            rows.append(
                (
                    row.about,
                    role_title(posts[row.about_id]),
                    duty.name,
                    day(row.due_on),
                    state,
                    day_or_none(row.done_on or None),
                    row.done_by,
                    "、".join(point.text for point in row.points if point.ticked),
                    "、".join(point.text for point in row.points if not point.ticked),
                    row.note,
                )
            )
    return Sheet(
        tr("培训记录"),
        (
            Column(tr("员工"), 11, total="count"),
            Column(tr("岗位"), 11),
            Column(tr("培训"), 13),
            Column(tr("应完成"), 12, "date"),
            Column(tr("状态"), 9),
            Column(tr("最近一次"), 12, "date"),
            Column(tr("培训人"), 11),
            Column(tr("讲过的"), 34, "note"),
            Column(tr("还没讲的"), 34, "note"),
            Column(tr("备注"), 20, "note"),
        ),
        rows,
        signers=(tr("培训人"), tr("院长"), tr("日期")),
    )
