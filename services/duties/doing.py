"""Doing a duty, saying why not this time, and taking either back (R137, R138, R151)."""

from __future__ import annotations

from dataclasses import dataclass

from models.duties import DutyDone
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.duties.board import DONE, SKIPPED, DutyBoard, DutyRow
from services.duties.cycles import staff_of
from services.duties.facts import FACTS
from services.duties.records import DutyRecord, done_rows, duty, points_text
from services.errors import RuleError
from services.i18n import tr
from services.rights import DIRECTOR, MEMBER_ADMIN, role_title

LONGEST_NOTE = 500
OVERSEERS = (MEMBER_ADMIN, DIRECTOR)


@dataclass(frozen=True)
class DutyDoneResult:
    """A row about a duty was written; `complete`: the duty is done with it."""

    row_id: int
    complete: bool
    changes: Changes


_CHANGED = Changes((Kind.DUTY,))


@command("duty.done", entity="duty")
def do_duty(
    tx: Tx, *, duty_id: int, cycle: str, ticked: tuple[str, ...] = (), note: str = ""
) -> DutyDoneResult:
    """Tick points of the turn that is to be done now; with the last one the duty is done. A list
    without points is done at once. `ticked` names points in their own words.

    Raises RuleError: somebody else's post, done already (says by whom), a fact of the program has
    to do it, a turn of another time, a point that is not on the list, nothing ticked.
    """
    one, row = _to_do(tx, duty_id, cycle)
    if one.ask in FACTS:
        sentence = tr("“{name}”不用勾选：{how}")
        raise RuleError(sentence.format(name=one.name, how=FACTS[one.ask].how()))
    if row.about_id == tx.actor.id:
        sentence = tr("自己的“{name}”不能自己勾，请由会员管理员或院长里的另一位来勾。")
        raise RuleError(sentence.format(name=one.name))
    if not set(ticked) <= set(one.points):
        raise RuleError(tr("清单已经改过，请刷新后重新勾选。"))
    before = [point.text for point in row.points if point.ticked]
    fresh = tuple(text for text in dict.fromkeys(ticked) if text not in before)
    if one.points and not fresh:
        raise RuleError(tr("请至少勾一项做过的；都没有做，请写明原因后按“这次不做”。"))
    complete = set(one.points) <= {*before, *fresh}
    row_id = _write(tx, one, row, ticked=fresh, complete=complete, note=_note(note))
    return DutyDoneResult(row_id, complete, _CHANGED)


@command("duty.skip", entity="duty")
def skip_duty(tx: Tx, *, duty_id: int, cycle: str, reason: str) -> DutyDoneResult:
    """Say why a turn is not done this time. Raises RuleError as `do_duty`, and without a reason."""
    one, row = _to_do(tx, duty_id, cycle)
    reason = _note(reason)
    if not reason:
        raise RuleError(tr("请写明这次为什么不做，例如“本月没有会籍到期”。"))
    row_id = _write(tx, one, row, skipped=True, note=reason)
    return DutyDoneResult(row_id, False, _CHANGED)


@command("duty.take_back", entity="duty")
def take_back(tx: Tx, *, row_id: int, note: str = "") -> DutyDoneResult:
    """Take back what was ticked or skipped by mistake: whoever did it on the same day, the member
    administrator or the director later. The row stays, a row of its own takes it back.

    Raises RuleError: no such row, taken back already, not the last one of its turn, not theirs.
    """
    about = tx.db.row(
        DutyDone.select(DutyDone.duty_id, DutyDone.cycle).where(
            (DutyDone.id == row_id) & DutyDone.takes_back_id.is_null()
        )
    )
    if about is None:
        raise RuleError(tr("没有这条记录，请刷新后重看。"))
    rows = done_rows(tx.db, duty_id=about[0], cycle=about[1])[about]
    row = next(each for each in rows if each.id == row_id)
    if not row.stands:
        sentence = tr("这条记录已由{who}于 {day} 收回。")
        raise RuleError(sentence.format(who=row.back_by, day=row.back_on))
    if row.id != [each.id for each in rows if each.stands][-1]:
        raise RuleError(tr("这一期后面还有记录，请先收回最后一条。"))
    own = row.staff_id == tx.actor.id and row.on == tx.today
    if not own and tx.actor.role not in OVERSEERS:
        raise RuleError(tr("只能收回自己当天的记录，请会员管理员或院长登录后收回。"))
    new_id = tx.db.insert(
        DutyDone,
        duty_id=row.duty_id,
        cycle=row.cycle,
        about_id=staff_of(row.cycle),
        note=_note(note),
        takes_back_id=row.id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(row.duty_id, row=new_id, cycle=row.cycle, takes_back=row.id)
    return DutyDoneResult(new_id, False, _CHANGED)


def may_do(one: DutyRecord, role: str) -> bool:
    """Whether somebody of this post may tick or skip a duty: its own post, or who oversees."""
    return one.post in ("", role) or role in OVERSEERS


def _to_do(tx: Tx, duty_id: int, cycle: str) -> tuple[DutyRecord, DutyRow]:
    """The duty and its turn, if it is this person's to do now. Raises RuleError."""
    one = duty(tx.db, duty_id)
    if not one.active:
        raise RuleError(tr("“{name}”已停用，请先在“设置事项”里启用。").format(name=one.name))
    if not may_do(one, tx.actor.role):
        sentence = tr("“{name}”由{post}办理，请由{post}、会员管理员或院长登录。")
        raise RuleError(sentence.format(name=one.name, post=role_title(one.post)))
    row = DutyBoard(tx.db, tx.today).current(one, cycle)
    if row.state == DONE:
        sentence = tr("“{name}”已由{who}于 {day} 完成，不用再做。")
        raise RuleError(sentence.format(name=row.title, who=row.done_by, day=row.done_on))
    if row.state == SKIPPED:
        sentence = tr("“{name}”已由{who}记为这次不做。要做，请先收回那条记录。")
        raise RuleError(sentence.format(name=row.title, who=row.done_by))
    return one, row


def _write(
    tx: Tx,
    one: DutyRecord,
    row: DutyRow,
    *,
    ticked: tuple[str, ...] = (),
    complete: bool = False,
    skipped: bool = False,
    note: str,
) -> int:
    row_id = tx.db.insert(
        DutyDone,
        duty_id=one.id,
        cycle=row.cycle,
        about_id=staff_of(row.cycle),
        ticked=points_text(ticked),
        complete=int(complete),
        skipped=int(skipped),
        note=note,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(
        one.id, row=row_id, cycle=row.cycle, ticked=len(ticked), complete=complete, skipped=skipped
    )
    return row_id


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_NOTE:
        raise RuleError(tr("备注最多 {n} 个字，请写短一些。").format(n=LONGEST_NOTE))
    return text
