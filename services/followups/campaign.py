"""One call or letter for many people at once: an invitation, a group, an announcement (R150)."""

from __future__ import annotations

from dataclasses import dataclass

from models.activities import Activity
from models.followup import FollowupTask
from models.groups import CustomerGroup
from models.people import Person
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.followups.plans import CHANNELS
from services.followups.tasks import MANUAL, check_next
from services.followups.ways import CALL, offer_ways
from services.i18n import tr
from services.people.contact import contactable

MOST = 5000
LONGEST = 60
_CHUNK = 500
_COLUMNS = (
    "person_id",
    "rule",
    "cycle",
    "due_on",
    "state",
    "subject",
    "seq",
    "channel",
    "purpose",
    "marketing",
    "group_id",
    "activity_id",
)


@dataclass(frozen=True)
class CallsPlanned:
    """So many got a task; so many may not be contacted and were left out."""

    made: int
    left_out: int
    changes: Changes


@command("followup.plan_many", entity="followup_task")
def plan_many(
    tx: Tx,
    *,
    people: tuple[int, ...],
    due_on: str,
    subject: str,
    marketing: bool,
    channel: str = "phone",
    group_id: int | None = None,
    activity_id: int | None = None,
) -> CallsPlanned:
    """Plan one task for each of `people`, by the record that speaks for them.

    An offer goes only to those who have not said no to marketing, and in writing only to those who
    agreed to it: the others are called. A service goes to everybody whose record is in use. Raises
    RuleError: nobody or more than `MOST`, somebody unknown, a group or an activity that is not
    there, no subject or one too long, a day that is past.
    """
    subject = subject.strip()
    if not subject:
        raise RuleError(tr("请写明为什么要联系，例如“邀请参加会员日”。"))
    if len(subject) > LONGEST:
        raise RuleError(tr("事由最多 {n} 个字，请写短一些。").format(n=LONGEST))
    if channel not in CHANNELS:
        raise RuleError(tr("请选择联系方式：电话、短信或信函。"))
    check_next(tx, due_on)
    _check_people(tx, people)
    _check_links(tx, group_id, activity_id)
    found = contactable(tx.db, people, "no_objection" if marketing else "service")
    offered = marketing and channel != CALL
    ways = offer_ways(tx.db, found.people, channel) if offered else {}
    tx.db.insert_many(
        FollowupTask,
        _COLUMNS,
        (
            (
                person_id,
                MANUAL,
                f"campaign.{tx.seq}",
                due_on,
                "open",
                subject,
                tx.seq,
                ways.get(person_id, channel),
                "service",
                int(marketing),
                group_id,
                activity_id,
            )
            for person_id in found.people
        ),
    )
    tx.about(activity_id or group_id or 0, made=len(found.people), left_out=found.left_out)
    kinds = (Kind.FOLLOWUP,) if found.people else ()
    return CallsPlanned(len(found.people), found.left_out, Changes(kinds))


def _check_people(tx: Tx, people: tuple[int, ...]) -> None:
    wanted = sorted(set(people))
    if not wanted:
        raise RuleError(tr("名单是空的，请先选人。"))
    if len(wanted) > MOST:
        sentence = tr("一次最多安排 {most} 位，现在选了 {n} 位。请用分组缩小范围，分几次安排。")
        raise RuleError(sentence.format(most=MOST, n=len(wanted)))
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        if len(tx.db.rows(Person.select(Person.id).where(Person.id.in_(some)))) < len(some):
            raise RuleError(tr("名单里有找不到的顾客，请刷新名单后再试。"))


def _check_links(tx: Tx, group_id: int | None, activity_id: int | None) -> None:
    group = CustomerGroup.select(CustomerGroup.id).where(CustomerGroup.id == group_id)
    if group_id is not None and tx.db.scalar(group) is None:
        raise RuleError(tr("没有找到这个分组，请刷新后重选。"))
    state = Activity.select(Activity.state).where(Activity.id == activity_id)
    if activity_id is not None and tx.db.scalar(state) not in ("planned", "open"):
        raise RuleError(tr("这个活动已结束或取消，不能再安排联系。请重新选择活动。"))
