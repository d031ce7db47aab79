"""An activity from the plan to its summary: planned, opened, changed, held, closed, or cancelled
(R012, R013, R022, R069, R095)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

from peewee import fn

from models.activities import Activity, ActivityPlace
from models.groups import CustomerGroup
from models.system import Staff
from services.activities.records import ActivityRow, activity, with_place
from services.activities.seats import (
    activity_words,
    in_state,
    move_up,
    never_told,
    reword_invitations,
    seats_taken,
    set_state,
    settle_calls,
    tell,
)
from services.activities.words import (
    ATTENDED,
    CANCELLED,
    CLOSED,
    HELD,
    KINDS,
    MISSED,
    OPEN,
    PLANNED,
    SIGNED,
    WAITING,
)
from services.changes import Changes, Kind
from services.clock import days_between, is_date
from services.commands import Approval, Tx, command
from services.desk.appointment_times import parse_time
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.points import ADJUST_ALONE, adjustable
from services.rights import holders, may

PREFIX = "HD"
AHEAD = 730  # days
MOST_SEATS = 9999
MOST_COMPANIONS = 20
MOST_POINTS = 10_000
MOST_GIFT_FEN = 10_000_00
_LONGEST_NAME = 40
_LONGEST_TEXT = 1000
_CHANGED = Changes((Kind.ACTIVITY, Kind.FOLLOWUP))


@dataclass(frozen=True)
class ActivityForm:
    """What is planned. `capacity` None: no limit; `companions`: the most anybody may bring;
    `points` and the gift (`gift_fen` a piece, whole yuan) are for everybody who is there."""

    name: str
    kind: str
    day: str
    at: str = ""
    place: str = ""
    capacity: int | None = None
    companions: int = 0
    members_only: bool = False
    points: int = 0
    gift_name: str = ""
    gift_fen: int = 0
    group_id: int | None = None
    owner_id: int | None = None
    note: str = ""


@dataclass(frozen=True)
class ActivityChanged:
    """An activity stands otherwise. `moved_up` came off the waiting list; `calls` were planned;
    `missed` did not come."""

    activity_id: int
    moved_up: int
    calls: int
    missed: int
    changes: Changes


def form_of(row: ActivityRow) -> ActivityForm:
    """An activity as a form, to be changed."""
    return ActivityForm(**{field.name: getattr(row, field.name) for field in fields(ActivityForm)})


@command("activity.plan", entity="activity")
def plan_activity(
    tx: Tx, *, form: ActivityForm, approval: Approval | None = None
) -> ActivityChanged:
    """Plan an activity; nobody is asked to it before it is opened. Points and a gift are set by a
    manager; more than 500 points take a director's word (E63). Raises RuleError."""
    form = _checked(tx, form, None, approval)
    start = f"{PREFIX}-{tx.today.replace('-', '')}-"
    today = Activity.select(Activity.id).where(
        (Activity.number >= start) & (Activity.number < start + "~")
    )
    activity_id = tx.db.insert(
        Activity,
        number=f"{start}{today.count(tx.db) + 1:02d}",
        state=PLANNED,
        staff_id=tx.actor.id,
        seq=tx.seq,
        **_values(form),
    )
    tx.about(activity_id, **_audited(form, approval))
    return ActivityChanged(activity_id, 0, 0, 0, _CHANGED)


@command("activity.change", entity="activity")
def change_activity(
    tx: Tx, *, activity_id: int, form: ActivityForm, approval: Approval | None = None
) -> ActivityChanged:
    """Change what is planned. Whoever signed up is called about another day, time or place, and
    who is still to be invited hears the new ones; more seats let those up who wait. What it gives
    stays once somebody has signed up (反不正当竞争法 11 条). Raises RuleError."""
    before = in_state(tx, activity_id, PLANNED, OPEN)
    form = _checked(tx, form, before, approval)
    _check_room(tx, before, form)
    tx.db.write(Activity.update(**_values(form), seq=tx.seq).where(Activity.id == activity_id))
    row = activity(tx.db, activity_id)
    calls = 0
    if (before.day, before.at, before.place) != (row.day, row.at, row.place):
        people = list(with_place(tx.db, activity_id, (SIGNED, WAITING)))
        if people:
            never_told(tx, activity_id)
        words = tr("活动改期或换地方：{what}").format(what=activity_words(row))
        calls = tell(tx, row, people, "moved", words)
    if activity_words(before) != activity_words(row):
        reword_invitations(tx, row)
    moved = move_up(tx, row)
    tx.about(activity_id, **_audited(form, approval))
    return ActivityChanged(activity_id, moved, calls, 0, _CHANGED)


@command("activity.open", entity="activity")
def open_activity(tx: Tx, *, activity_id: int) -> ActivityChanged:
    """Open it for invitations and for signing up. Raises RuleError for one whose day is past."""
    row = in_state(tx, activity_id, PLANNED)
    if row.day < tx.today:
        raise RuleError(
            tr("活动日期 {day} 已过。请先在“资料”里改日期，再开放报名。").format(day=row.day)
        )
    set_state(tx, activity_id, OPEN)
    tx.about(activity_id)
    return ActivityChanged(activity_id, 0, 0, 0, _CHANGED)


@command("activity.cancel", entity="activity")
def cancel_activity(tx: Tx, *, activity_id: int, reason: str) -> ActivityChanged:
    """Give it up: whoever signed up or waits is called back today, nobody is invited any more.
    Raises RuleError without a reason, or once somebody was there."""
    row = in_state(tx, activity_id, PLANNED, OPEN)
    reason = reason.strip()
    if not reason:
        raise RuleError(tr("请写明取消的原因，打电话的人要用。"))
    if row.attended:
        raise RuleError(tr("已有人签到，不能取消。请按“活动结束”，再写总结。"))
    people = list(with_place(tx.db, activity_id, (SIGNED, WAITING)))
    set_state(tx, activity_id, CANCELLED, summary=reason[:_LONGEST_TEXT])
    settle_calls(tx, activity_id)
    never_told(tx, activity_id)
    words = tr("活动取消：{what}。原因：{reason}")
    calls = tell(
        tx, row, people, "cancelled", words.format(what=activity_words(row), reason=reason[:60])
    )
    tx.about(activity_id, calls=calls)
    return ActivityChanged(activity_id, 0, calls, 0, _CHANGED)


@command("activity.hold", entity="activity")
def hold_activity(tx: Tx, *, activity_id: int) -> ActivityChanged:
    """It is over: who signed up and was not there counts as missed. Somebody on the paper list may
    still be ticked until it is closed. Raises RuleError before its day."""
    row = in_state(tx, activity_id, OPEN)
    if row.day > tx.today:
        raise RuleError(
            tr("活动日期是 {day}，还没有到。要改日期请在“资料”里改。").format(day=row.day)
        )
    missed = tx.db.write(
        ActivityPlace.update(state=MISSED, seq=tx.seq).where(
            (ActivityPlace.activity_id == activity_id) & (ActivityPlace.state == SIGNED)
        )
    )
    set_state(tx, activity_id, HELD)
    settle_calls(tx, activity_id)
    never_told(tx, activity_id)
    tx.about(activity_id, missed=missed)
    return ActivityChanged(activity_id, 0, 0, missed, _CHANGED)


@command("activity.close", entity="activity")
def close_activity(tx: Tx, *, activity_id: int, summary: str) -> ActivityChanged:
    """Close it with a summary; only costs may follow. Raises RuleError without a summary."""
    in_state(tx, activity_id, HELD)
    if not summary.strip():
        raise RuleError(tr("请写几句总结：来了谁、讲了什么、下次改什么，再关闭。"))
    if len(summary.strip()) > _LONGEST_TEXT:
        raise RuleError(tr("总结最多 {n} 字，请写短一些。").format(n=_LONGEST_TEXT))
    set_state(tx, activity_id, CLOSED, summary=summary.strip())
    tx.about(activity_id)
    return ActivityChanged(activity_id, 0, 0, 0, _CHANGED)


# -- checking ------------------------------------------------------------------------------------


def _values(form: ActivityForm) -> dict[str, object]:
    return {**asdict(form), "members_only": int(form.members_only)}


def _audited(form: ActivityForm, approval: Approval | None) -> dict[str, object]:
    return {
        "kind": form.kind,
        "day": form.day,
        "capacity": form.capacity,
        "points": form.points,
        "gift_fen": form.gift_fen,
        "approved_by": approval.staff_id if approval else None,
    }


def _checked(
    tx: Tx, form: ActivityForm, before: ActivityRow | None, approval: Approval | None
) -> ActivityForm:
    """The form with its texts trimmed. Raises RuleError for what cannot be."""
    form = replace(
        form,
        name=form.name.strip(),
        at=parse_time(form.at) if form.at.strip() else "",
        place=form.place.strip(),
        gift_name=form.gift_name.strip(),
        note=form.note.strip(),
    )
    if not form.name or form.kind not in KINDS:
        raise RuleError(tr("请写活动名称，并选一个种类。"))
    if len(form.name) > _LONGEST_NAME or len(form.place) > _LONGEST_NAME:
        raise RuleError(tr("名称和地点最多各 {n} 字，请写短一些。").format(n=_LONGEST_NAME))
    if len(form.note) > _LONGEST_TEXT:
        raise RuleError(tr("备注最多 {n} 字，请写短一些。").format(n=_LONGEST_TEXT))
    _check_day(tx, form, before)
    _check_counts(form)
    _check_gives(tx, form, before, approval)
    _check_links(tx, form)
    return form


def _check_day(tx: Tx, form: ActivityForm, before: ActivityRow | None) -> None:
    if not is_date(form.day):
        raise RuleError(tr("活动日期写成 2026-11-28 这样。"))
    if form.day < tx.today and (before is None or before.day != form.day):
        raise RuleError(tr("活动日期须在今天或以后，请改日期。"))
    if days_between(tx.today, form.day) > AHEAD:
        raise RuleError(tr("活动日期离今天超过两年，请核对年份。"))


def _check_counts(form: ActivityForm) -> None:
    if form.capacity is not None and not 1 <= form.capacity <= MOST_SEATS:
        raise RuleError(tr("名额填 1 至 {n}；不限名额就留空。").format(n=MOST_SEATS))
    if not 0 <= form.companions <= MOST_COMPANIONS:
        raise RuleError(tr("每位同行人数填 0 至 {n}。").format(n=MOST_COMPANIONS))
    if form.capacity is not None and form.companions >= form.capacity:
        raise RuleError(tr("每位同行人数须少于名额，请改其中一个。"))
    if not 0 <= form.points <= MOST_POINTS:
        raise RuleError(tr("到场积分填 0 至 {n}。").format(n=f"{MOST_POINTS:,}"))
    if not 0 <= form.gift_fen <= MOST_GIFT_FEN or form.gift_fen % 100:
        raise RuleError(tr("礼品价值填整元，最多 10,000 元。"))
    if form.gift_fen and not form.gift_name:
        raise RuleError(tr("请写明到场送什么礼品，或把价值清空。"))


def _check_gives(
    tx: Tx, form: ActivityForm, before: ActivityRow | None, approval: Approval | None
) -> None:
    """Points and gifts are a manager's to promise, and a promise once somebody signed up."""
    gives = (form.points, form.gift_name, form.gift_fen)
    was = (before.points, before.gift_name, before.gift_fen) if before else (0, "", 0)
    if gives == was:
        return
    for value, old, right in (
        (form.points, was[0], "points.adjust"),
        (gives[1:], was[1:], "award.give"),
    ):
        if value != old and not may(tx.actor.role, right):
            sentence = tr("到场积分和礼品须由{holders}登录后设定。请先不填，再请他们补上。")
            raise RuleError(sentence.format(holders=holders(right)))
    if before is not None and (before.taken or before.waiting):
        raise RuleError(tr("已有人报名，到场积分和礼品不能再改。要改请取消后新建一个活动。"))
    if form.points and not adjustable(tx.db, tx.today):
        raise RuleError(tr("现行方案不记积分，到场积分请填 0。"))
    if form.points > ADJUST_ALONE and form.points != was[0]:
        sentence = tr("到场积分每人超过 {n} 分，须由院长另行批准。").format(n=ADJUST_ALONE)
        approved = tx.require(approval, "approve.adjustment", sentence)
        if approved.staff_id == tx.actor.id:
            raise RuleError(tr("设定人和批准人须是两个人。"))


def _check_links(tx: Tx, form: ActivityForm) -> None:
    if form.group_id is not None:
        group = CustomerGroup.select(CustomerGroup.active).where(CustomerGroup.id == form.group_id)
        if tx.db.scalar(group) != 1:
            raise RuleError(tr("没有找到这个客户分组，或已停用。请重新选择。"))
    if form.owner_id is not None:
        staff = Staff.select(Staff.active).where(Staff.id == form.owner_id)
        if tx.db.scalar(staff) != 1:
            raise RuleError(tr("没有找到这位负责人，或已离职。请重新选择。"))


def _check_room(tx: Tx, before: ActivityRow, form: ActivityForm) -> None:
    """Nobody who has a seat loses it. Raises RuleError."""
    taken = seats_taken(tx, before.id)
    if form.capacity is not None and form.capacity < taken:
        sentence = tr("已报名 {n} 人(含同行)，名额不能少于 {n}。请先办退出，或把名额改大。")
        raise RuleError(sentence.format(n=taken))
    most = tx.db.scalar(
        ActivityPlace.select(fn.MAX(ActivityPlace.companions)).where(
            (ActivityPlace.activity_id == before.id)
            & ActivityPlace.state.in_((SIGNED, WAITING, ATTENDED))
        )
    )
    if form.companions < (most or 0):
        sentence = tr("有人报名带 {n} 位同行，每位同行人数不能少于 {n}。")
        raise RuleError(sentence.format(n=most))
    if form.members_only and not before.members_only and (taken or before.waiting):
        raise RuleError(tr("已有人报名，不能再改成“只限会员”。"))
    if before.attended and form.day != before.day:
        raise RuleError(tr("已有人签到，活动日期不能再改。"))
