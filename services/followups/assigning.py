"""Who is to call: tasks given to a member of staff, handed on, or moved to another channel."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.people import Person
from models.system import Staff
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.followups.tasks import is_call
from services.i18n import tr
from services.people.aliases import group_of, root_of
from services.people.consents import channel_title, wishes_of
from services.people.contact import contactable
from services.rights import holders, may
from services.staff import StaffRow, list_staff

MOST = 5000
_CHUNK = 500
CHANNELS = ("phone", "sms", "letter")


@dataclass(frozen=True)
class TasksAssigned:
    """So many tasks are somebody else's now."""

    tasks: int
    changes: Changes


@dataclass(frozen=True)
class ChannelChanged:
    """So many tasks are done in another way now; the others asked about stay as they are."""

    tasks: int
    changes: Changes


def callers(db: ClinicDatabase) -> list[StaffRow]:
    """The staff who may write down calls, and so may be given some."""
    return [row for row in list_staff(db) if may(row.role, "followup.log")]


def tasks_of_staff(db: ClinicDatabase, staff_id: int) -> int:
    """How many open calls and letters are a member of staff's own."""
    query = FollowupTask.select(fn.COUNT(FollowupTask.id)).where(_open_of(staff_id))
    return int(db.scalar(query) or 0)


@command("followup.assign", entity="followup_task")
def assign(tx: Tx, *, task_ids: tuple[int, ...], staff_id: int | None) -> TasksAssigned:
    """Give open tasks to a member of staff, or to nobody (R063).

    Raises RuleError: nothing chosen or too much at once, a task that is not open any more, nobody
    who calls.
    """
    wanted = _open_ids(tx, task_ids)
    _check_caller(tx, staff_id)
    changed = 0
    for start in range(0, len(wanted), _CHUNK):
        some = FollowupTask.id.in_(wanted[start : start + _CHUNK])
        changed += tx.db.write(FollowupTask.update(assigned_to=staff_id).where(some))
    tx.about(wanted[0], staff=staff_id, tasks=len(wanted))
    return TasksAssigned(changed, Changes((Kind.FOLLOWUP,)))


@command("followup.hand_over", entity="followup_task")
def hand_over(tx: Tx, *, from_staff: int, to_staff: int | None) -> TasksAssigned:
    """All open tasks of somebody who leaves or is away become another's, or nobody's.

    Raises RuleError: none to hand over, to the same person, to nobody who calls.
    """
    if from_staff == to_staff:
        raise RuleError(tr("移交人和接手人是同一位，请另选一位接手。"))
    _check_caller(tx, to_staff)
    changed = tx.db.write(FollowupTask.update(assigned_to=to_staff).where(_open_of(from_staff)))
    if not changed:
        raise RuleError(tr("这位员工名下没有待办的回访，不用移交。"))
    tx.about(from_staff, to=to_staff, tasks=changed)
    return TasksAssigned(changed, Changes((Kind.FOLLOWUP,)))


@command("followup.channel", entity="followup_task")
def change_channel(tx: Tx, *, task_ids: tuple[int, ...], channel: str) -> ChannelChanged:
    """Reach somebody in another way, as by letter after three calls nobody answered; it is due
    today (front-desk 4.3). Tasks that cannot be done that way stay as they are.

    An offer is written only to somebody who agreed to offers and wants none by other means.
    Raises RuleError: unknown way, a task that is not open any more, or when all would stay, why
    the first one does.
    """
    if channel not in CHANNELS:
        raise RuleError(tr("请选择联系方式：电话、短信或信函。"))
    wanted = _open_ids(tx, task_ids)
    changed, why = 0, ""
    for start in range(0, len(wanted), _CHUNK):
        some, refusal = _reachable(tx.db, wanted[start : start + _CHUNK], channel)
        why = why or refusal
        changed += tx.db.write(
            FollowupTask.update(
                channel=channel,
                planned_on=fn.COALESCE(FollowupTask.planned_on, FollowupTask.due_on),
                due_on=tx.today,
            ).where(FollowupTask.id.in_(some))
        )
    if not changed:
        raise RuleError(why)
    tx.about(wanted[0], channel=channel, tasks=changed)
    return ChannelChanged(changed, Changes((Kind.FOLLOWUP,)))


def _open_of(staff_id: int) -> object:
    return (FollowupTask.assigned_to == staff_id) & (FollowupTask.state == "open")


def _check_caller(tx: Tx, staff_id: int | None) -> None:
    if staff_id is None:
        return
    row = tx.db.row(Staff.select(Staff.active, Staff.role).where(Staff.id == staff_id))
    if row is None or not row[0]:
        raise RuleError(tr("没有找到这位在职员工，请重新选择。"))
    if not may(row[1], "followup.log"):
        sentence = tr("这位员工的岗位不登记回访，请选{holders}。")
        raise RuleError(sentence.format(holders=holders("followup.log")))


def _open_ids(tx: Tx, task_ids: tuple[int, ...]) -> list[int]:
    """The tasks, each once. Raises RuleError: none, too many, one that is not open."""
    wanted = sorted(set(task_ids))
    if not wanted:
        raise RuleError(tr("请先在名单里选中要处理的回访。"))
    if len(wanted) > MOST:
        raise RuleError(tr("一次最多处理 {n} 个回访，请分几次选。").format(n=MOST))
    found = 0
    for start in range(0, len(wanted), _CHUNK):
        some = FollowupTask.id.in_(wanted[start : start + _CHUNK])
        query = FollowupTask.select(fn.COUNT(FollowupTask.id))
        found += int(tx.db.scalar(query.where(some & is_call() & (FollowupTask.state == "open"))))
    if found != len(wanted):
        raise RuleError(tr("有的回访已经登记过了。请按 F5 刷新名单，再选一次。"))
    return wanted


def _reachable(db: ClinicDatabase, task_ids: list[int], channel: str) -> tuple[list[int], str]:
    """Which of the tasks can be done that way, and why the first of the others cannot."""
    query = FollowupTask.select(FollowupTask.id, FollowupTask.person_id, FollowupTask.marketing)
    tasks = db.rows(query.where(FollowupTask.id.in_(task_ids)).order_by(FollowupTask.id))
    offered = {person_id for _, person_id, marketing in tasks if marketing}
    agreed = set(contactable(db, offered, "consent").people)
    fit, why = [], ""
    for task_id, person_id, marketing in tasks:
        refusal = _no_reach(db, person_id, channel)
        if not refusal and marketing and channel != "phone":
            refusal = _no_offer(db, person_id, channel, agreed)
        if not refusal:
            fit.append(task_id)
        why = why or refusal
    return fit, why


def _no_reach(db: ClinicDatabase, person_id: int, channel: str) -> str:
    """Somebody without an address gets no letter, without a number no message or call; ''."""
    address, *numbers = _reach(db, person_id)
    if channel == "letter" and not address:
        return tr("档案里没有地址，不能寄信函。请先补填地址，或改天再打。")
    if channel != "letter" and not any(numbers):
        return tr("档案里没有电话，不能打电话或发短信。请先补填手机号。")
    return ""


def _no_offer(db: ClinicDatabase, person_id: int, channel: str, agreed: set[int]) -> str:
    """Why somebody gets no offer in writing: they never said yes, or want to be called; ''."""
    if root_of(db, person_id) not in agreed:
        return tr(
            "这是营销，顾客没有同意过，不能寄信函或发短信。请在电话里问明，"
            "在“同意项”登记后再改；或按 7 改天再打。"
        )
    by = wishes_of(db, person_id).by
    if by in ("", channel):
        return ""
    words = tr("顾客希望用{way}联系，营销不能改用{channel}。请按 7 改天再联系。")
    return words.format(way=channel_title(by), channel=channel_title(channel))


def _reach(db: ClinicDatabase, person_id: int) -> tuple[str, ...]:
    """Address and numbers, the first of each that any of the person's records has."""
    columns = (Person.address, Person.phone, Person.guardian_phone, Person.phone_alt)
    group = Person.id.in_(group_of(db, person_id))
    rows = db.rows(Person.select(*(fn.MAX(each) for each in columns)).where(group))
    return tuple(rows[0])
