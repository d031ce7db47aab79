"""What leaves in writing is put on record first, with everybody it goes to (R146, 个保法 55 条).

The paper or the file is then made of exactly these people, by whoever sent it, on the same day.
A list of masked numbers is a look at what a mailing would be: nobody is reached by it, and no task
is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.activities import Activity
from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask, Mailing, MailingPerson
from models.groups import CustomerGroup
from models.system import Staff
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.outreach.audience import Audience, audience_of, chunks, left_out_lines
from services.outreach.texts import (
    LONGEST_TITLE,
    NUMBERS,
    activity_values,
    channel_of,
    check_text,
    completed,
    sounds_like_offer,
)
from services.outreach.waiting import are_offers, still_open, tasks_answered
from services.people.aliases import root_of
from services.reports.clear_text import APPROVAL, COMMAND, EXPORTED
from services.rights import holders, may

SEND = "outreach.send"
PRINTED = "paper.personal"  # the right to see addresses on paper
OFFER_QUESTION = "is_no_offer"


@dataclass(frozen=True)
class MailingSent:
    """A mailing is on record: how many it goes to, how many of those asked about were left out,
    and how many tasks it answered."""

    mailing_id: int
    number: str
    people: int
    left_out: int
    answered: int
    changes: Changes


@dataclass(frozen=True)
class MailingRow:
    """A mailing of the past. `about` is its group or activity by name."""

    id: int
    number: str
    kind: str
    title: str
    marketing: bool
    clear: bool
    people: int
    left_out: int
    occurred_on: str
    staff: str
    about: str


@dataclass(frozen=True)
class MailingText:
    """What a mailing says, as it was written down."""

    id: int
    number: str
    kind: str
    title: str
    text: str
    marketing: bool
    clear: bool
    activity_id: int | None
    group_id: int | None
    occurred_on: str
    staff_id: int
    seq: int


@command(SEND, entity="mailing")
def send(
    tx: Tx,
    *,
    kind: str,
    title: str,
    text: str,
    marketing: bool,
    people: tuple[int, ...],
    task_ids: tuple[int, ...] = (),
    clear: bool = False,
    reason: str = "",
    approval: Approval | None = None,
    group_id: int | None = None,
    activity_id: int | None = None,
) -> MailingSent:
    """Put a mailing on record and answer the tasks it is made for (R037, R095, R146).

    The text is completed with the sender and, for an offer, with how to refuse. `clear` is asked
    for numbers only: letters and labels carry names in full by nature. Raises RuleError: no
    right, no title or text, tasks that are done already, nobody left, too many people, clear
    numbers without a reason or a second person; Confirmable `is_no_offer` when what is called a
    service sounds like an offer.
    """
    _check_rights(tx, kind, clear=clear)
    title = _checked_title(title)
    check_text(kind, text, activity_id)
    _check_links(tx, group_id, activity_id, marketing=marketing)
    second = _second_word(tx, reason, approval) if kind == NUMBERS and clear else None
    if not marketing:
        _check_service(tx, title + text, task_ids)
    found = audience_of(tx.db, _unanswered(tx, people, task_ids), kind, marketing=marketing)
    if not found.people:
        raise _nobody(found, kind)
    mailing_id, number = _insert(
        tx,
        found.people,
        kind=kind,
        title=title,
        text=completed(tx.db, kind, text, marketing=marketing),
        marketing=int(marketing),
        clear=int(clear or kind != NUMBERS),
        reason=reason.strip() if second is not None else "",
        approved_by=second,
        group_id=group_id,
        activity_id=activity_id,
        left_out=found.left_out,
    )
    count, answered = len(found.people), 0
    if clear or kind != NUMBERS:
        answered = _answer(tx, kind, found.people, task_ids, group_id, activity_id)
    tx.about(
        mailing_id,
        kind=kind,
        marketing=marketing,
        clear=bool(clear),
        people=count,
        left_out=found.left_out,
        **({"approved_by": second, "reason": reason.strip()} if second is not None else {}),
    )
    changes = Changes((Kind.FOLLOWUP, Kind.REPORT))
    return MailingSent(mailing_id, number, count, found.left_out, answered, changes)


def _insert(tx: Tx, people: tuple[int, ...], **values: Any) -> tuple[int, str]:
    """The mailing with everybody on it; answers its id and number."""
    number = _next_number(tx)
    mailing_id = tx.db.insert(
        Mailing,
        number=number,
        **values,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    rows = ((mailing_id, person_id) for person_id in sorted(people))
    tx.db.insert_many(MailingPerson, ("mailing_id", "person_id"), rows)
    return mailing_id, number


def _check_rights(tx: Tx, kind: str, *, clear: bool) -> None:
    right = (COMMAND if clear else EXPORTED) if kind == NUMBERS else PRINTED
    if not may(tx.actor.role, right):
        sentence = tr("您没有这项权限。请由{holders}登录后操作。")
        raise RuleError(sentence.format(holders=holders(right)))


def _checked_title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise RuleError(tr("请写这批信函的名称，例如“十二月会员日邀请”。"))
    if len(title) > LONGEST_TITLE:
        raise RuleError(tr("名称最多 {n} 个字，请写短一些。").format(n=LONGEST_TITLE))
    return title


def _check_links(tx: Tx, group_id: int | None, activity_id: int | None, *, marketing: bool) -> None:
    """The group is there, and an activity that people are invited to is still to come."""
    group = CustomerGroup.select(CustomerGroup.id).where(CustomerGroup.id == group_id)
    if group_id is not None and tx.db.scalar(group) is None:
        raise RuleError(tr("没有找到这个分组，请刷新后重选。"))
    activity_values(tx.db, activity_id)
    state = Activity.select(Activity.state).where(Activity.id == activity_id)
    if activity_id is not None and marketing and tx.db.scalar(state) not in ("planned", "open"):
        raise RuleError(
            tr("这次活动已经办过或取消，不能再发邀请。通知已报名的人，请选“服务通知”。")
        )


def _check_service(tx: Tx, words: str, task_ids: tuple[int, ...]) -> None:
    """What is called a service offers nothing (消法 29 条)."""
    if are_offers(tx.db, task_ids):
        raise RuleError(tr("这些是营销类的任务，只能发给同意的人。请改选“营销”。"))
    offer = sounds_like_offer(words)
    if offer and OFFER_QUESTION not in tx.confirmed:
        sentence = tr(
            "文字里有“{word}”，像是营销；营销只能发给同意的人，请改选“营销”。确实只是服务通知吗？"
        )
        raise Confirmable(OFFER_QUESTION, sentence.format(word=offer))


def _second_word(tx: Tx, reason: str, approval: Approval | None) -> int:
    """The second person who lets numbers leave in full, with the reason they were told."""
    if not reason.strip():
        raise RuleError(tr("请写明为什么要导出明文，例如“寄会员日请柬”。"))
    second = tx.require(approval, APPROVAL, tr("明文导出须由会员管理员或院长另行批准。"))
    if second.staff_id == tx.actor.id:
        raise RuleError(tr("导出人和批准人须是两个人，请另一位会员管理员或院长批准。"))
    return second.staff_id


def _unanswered(tx: Tx, people: tuple[int, ...], task_ids: tuple[int, ...]) -> tuple[int, ...]:
    """The people whose tasks still wait: another window may have written to them already."""
    if not task_ids:
        return people
    waiting = still_open(tx.db, task_ids)
    kept = tuple(who for who in people if root_of(tx.db, who) in waiting)
    if people and not kept:
        raise RuleError(tr("这些任务已经办过，可能是在另一个窗口。请按 F5 刷新名单。"))
    return kept


def _nobody(found: Audience, kind: str) -> RuleError:
    why = left_out_lines(found, kind)
    if not why:
        return RuleError(tr("还没有选人。请先在名单里选，或从客户分组打开。"))
    sentence = tr("没有可以寄的人：{why}。请先补上资料或征得同意。")
    return RuleError(sentence.format(why=why))


def _next_number(tx: Tx) -> str:
    start = f"XH-{tx.today.replace('-', '')}-"
    today = Mailing.select(Mailing.id).where(
        (Mailing.number >= start) & (Mailing.number < start + "~")
    )
    return f"{start}{today.count(tx.db) + 1:02d}"


def _answer(
    tx: Tx,
    kind: str,
    people: tuple[int, ...],
    task_ids: tuple[int, ...],
    group_id: int | None,
    activity_id: int | None,
) -> int:
    """Mark what the mailing was made for as sent; answers how many tasks that were."""
    channel, wanted, answered = channel_of(kind), frozenset(task_ids), 0
    for some in chunks(people):
        rows = tasks_answered(tx.db, some, channel, wanted, group_id, activity_id)
        for task_id, person_id, attempts, due_on, meant in rows:
            tx.db.insert(
                FollowupAttempt,
                task_id=task_id,
                person_id=person_id,
                outcome="sent",
                occurred_on=tx.today,
                staff_id=tx.actor.id,
                seq=tx.seq,
                channel=channel,
                was_due_on=due_on,
                was_channel=meant,
            )
            done = {"state": "done", "closed_as": "sent", "attempts": attempts + 1}
            tx.db.write(FollowupTask.update(**done).where(FollowupTask.id == task_id))
        answered += len(rows)
    return answered


# -- reading -----------------------------------------------------------------------------------


def mailing(db: ClinicDatabase, mailing_id: int) -> MailingText:
    """One mailing. Raises RuleError when there is none."""
    row = db.row(
        Mailing.select(
            Mailing.id,
            Mailing.number,
            Mailing.kind,
            Mailing.title,
            Mailing.text,
            Mailing.marketing,
            Mailing.clear,
            Mailing.activity_id,
            Mailing.group_id,
            Mailing.occurred_on,
            Mailing.staff_id,
            Mailing.seq,
        ).where(Mailing.id == mailing_id)
    )
    if row is None:
        raise RuleError(tr("没有找到这批信函，请刷新后重试。"))
    found, number, kind, title, text, marketing, clear, *rest = row
    return MailingText(found, number, kind, title, text, bool(marketing), bool(clear), *rest)


def mailing_to_make(db: ClinicDatabase, mailing_id: int, today: str, staff_id: int) -> MailingText:
    """A mailing whose paper or file may be made now: of today, by whoever sent it. Raises
    RuleError."""
    found = mailing(db, mailing_id)
    if (found.occurred_on, found.staff_id) != (today, staff_id):
        raise RuleError(tr("这批信函不是您今天寄的。请按“再寄一次”，重新核对名单。"))
    return found


def people_of_mailing(db: ClinicDatabase, mailing_id: int) -> list[int]:
    """Who stands on a mailing."""
    query = MailingPerson.select(MailingPerson.person_id)
    wanted = query.where(MailingPerson.mailing_id == mailing_id)
    return [row[0] for row in db.rows(wanted.order_by(MailingPerson.person_id))]


def mailings(db: ClinicDatabase, limit: int = 200) -> list[MailingRow]:
    """What left, the newest first."""
    return _listed(db, Mailing.id > 0, limit)


def mailings_to(db: ClinicDatabase, people: Sequence[int], limit: int = 20) -> list[MailingRow]:
    """What somebody was sent, under any of these records, the newest first."""
    mine = MailingPerson.select(MailingPerson.mailing_id).where(
        MailingPerson.person_id.in_(list(people))
    )
    return _listed(db, Mailing.id.in_(mine), limit)


def _listed(db: ClinicDatabase, wanted: Any, limit: int) -> list[MailingRow]:
    count = MailingPerson.select(fn.COUNT(MailingPerson.person_id)).where(
        MailingPerson.mailing_id == Mailing.id
    )
    group = CustomerGroup.select(CustomerGroup.name).where(CustomerGroup.id == Mailing.group_id)
    activity = Activity.select(Activity.name).where(Activity.id == Mailing.activity_id)
    query = (
        Mailing.select(
            Mailing.id,
            Mailing.number,
            Mailing.kind,
            Mailing.title,
            Mailing.marketing,
            Mailing.clear,
            count,
            Mailing.left_out,
            Mailing.occurred_on,
            Staff.name,
            fn.COALESCE(activity, group, ""),
        )
        .join(Staff, on=(Staff.id == Mailing.staff_id))
        .where(wanted)
        .order_by(Mailing.id.desc())
        .limit(limit)
    )
    return [
        MailingRow(row_id, number, kind, title, bool(marketing), bool(clear), *rest)
        for row_id, number, kind, title, marketing, clear, *rest in db.rows(query)
    ]
