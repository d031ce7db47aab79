"""员工培训记录: what somebody was taught, by whom and when, signed by both (R151)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.duties.board import DONE, SKIPPED, DutyBoard, DutyRow
from services.duties.cycles import STAFF_RHYTHM
from services.duties.records import duties
from services.errors import RuleError
from services.forms.letterhead import clinic_title
from services.forms.paper import Block, Heading, Pairs, Paper, Signatures, Ticks
from services.i18n import tr
from services.rights import role_title
from services.staff import list_staff

NAME = "员工培训记录"


def training_record(db: ClinicDatabase, today: str, staff_id: int) -> Paper:
    """The training of a member of staff so far, with room for what was not done yet. Raises
    RuleError for somebody unknown."""
    who = next((each for each in list_staff(db, everybody=True) if each.id == staff_id), None)
    if who is None:
        raise RuleError(tr("没有这位员工，请从名单中选择。"))
    board = DutyBoard(db, today)
    turns = [
        row
        for each in duties(db)
        if each.rhythm == STAFF_RHYTHM
        for row in board.history(each)
        if row.about_id == staff_id
    ]
    blocks: list[Block] = [
        Pairs(((tr("员工"), who.name), (tr("岗位"), role_title(who.role)), (tr("制表"), today)))
    ]
    for row in turns:
        blocks += [
            Heading(row.duty.name),
            Ticks(tuple((point.ticked, point.text) for point in row.points)),
            Pairs(((tr("情况"), _words(row)), (tr("备注"), row.note))),
        ]
    blocks.append(Signatures((tr("员工"), tr("培训人"), tr("院长"), tr("日期"))))
    return Paper(title=tr("员工培训记录"), name=NAME, clinic=clinic_title(db), blocks=tuple(blocks))


def _words(row: DutyRow) -> str:
    if row.state in (DONE, SKIPPED):
        words = tr("完成，{who} {day}") if row.state == DONE else tr("不做，{who} {day}")
        return words.format(who=row.done_by, day=row.done_on)
    if row.done_by:
        words = tr("做了一部分，{who} {day}；应于 {due} 前完成")
        return words.format(who=row.done_by, day=row.done_on, due=row.due_on)
    return tr("应于 {due} 前完成").format(due=row.due_on)
