"""How a person is received: the card the desk reads when somebody arrives (R126–R128, R147)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.desk import Visit
from models.ledgers import Receipt
from models.people import Person
from models.query import Prepared, slot
from models.system import Doctor
from services.activities.records import activity_lines
from services.care.doctor_changes import care_lines
from services.desk.reception_level import reception_level, vouchers_for
from services.desk.strip import person_title
from services.errors import RuleError
from services.feedback.complaints import complaints_of
from services.followups.attempts import last_outcome
from services.followups.open_tasks import open_tasks_of
from services.followups.tasks import BIRTHDAY, UNCLAIMED
from services.groups.carried import alert_labels
from services.i18n import tr
from services.loyalty.grants import GrantRow, grants_of
from services.loyalty.standing import StandingRow, standing_of
from services.loyalty.tier_notices import open_notices
from services.people.aliases import group_of, root_of
from services.people.birthdays import nearest
from services.people.cards import is_lost
from services.people.lunar import solar_days
from services.people.privacy import mask_name
from services.people.records import alerts_of
from services.programmes.definition import Programme, Reception
from services.programmes.registry import main_timeline
from services.rights import role_title
from services.vouchers.records import VoucherRow

BIRTHDAY_NEAR = 7
LEFT = "no_show"

_PERSON = Prepared(
    lambda: Person.select(
        Person.number,
        Person.name,
        Person.sex,
        Person.birthday,
        Person.state,
        Person.last_visit_on,
        Person.doctor_id,
        Person.note,
    ).where(Person.id == slot("id"))
)
_VISITS = Prepared(
    lambda: (
        Visit.select(Visit.id, Visit.state, Visit.first_visit)
        .where((Visit.person_id == slot("id")) & (Visit.visit_date == slot("day")))
        .order_by(Visit.id)
    )
)
# the patient's receipts, each half through its own index
_TREATED = Prepared(
    lambda: (
        Receipt.select(Receipt.id)
        .where(
            (Receipt.credited_id == slot("id"))
            & (Receipt.occurred_on < slot("day"))
            & (Receipt.patient_id == Receipt.credited_id)
        )
        .limit(1)
    )
)
_TREATED_FOR_OTHERS = Prepared(
    lambda: (
        Receipt.select(Receipt.id)
        .where(
            (Receipt.patient_id == slot("id"))
            & (Receipt.patient_id != Receipt.credited_id)
            & (Receipt.occurred_on < slot("day"))
        )
        .limit(1)
    )
)


@dataclass(frozen=True)
class PassedOn:
    """A voucher of somebody else's that a person may come to use: what for, and whose."""

    voucher_id: int
    text: str


@dataclass(frozen=True)
class ReceptionCard:
    """Everything the desk needs to receive a person.

    `tier_name` and `tier_colour` are the person's own ('' for non-members); `rank`, `escort`,
    `tell_doctor`, `room` and `queue` are of the level the person is received at for this visit,
    whose tier is `received_as` in `received_colour`; `passed_from` names who lent that level and
    `passed_how` in which way (both '' when it is the person's own, R128). `vouchers` are those of
    others that the person may use today; `complaints` wait for an answer; `card_lost`: the member
    card was reported lost (R124). `open_followups` are those that no other line tells.
    `visit_id`: on today's board already.
    """

    person_id: int
    number: str
    name: str
    title: str
    tier_name: str
    tier_colour: str
    rank: int
    received_as: str
    received_colour: str
    passed_from: str
    passed_how: str
    escort: str
    tell_doctor: bool
    room: str
    room_required: bool
    queue: int
    alerts: tuple[str, ...]
    gifts_due: tuple[str, ...]
    birthday_note: str
    quota_left: tuple[str, ...]
    notices: tuple[str, ...]
    open_followups: tuple[str, ...]
    complaints: tuple[str, ...]
    vouchers: tuple[PassedOn, ...]
    card_lost: bool
    first_visit: bool
    last_visit_on: str | None
    doctor_id: int | None
    doctor_name: str
    care_team: tuple[str, ...]
    visit_id: int | None


def escort_text(care: Reception) -> str:
    """Who leads the person: '带领至二楼', '全程专人引导' or ''."""
    if care.escort == "full":
        return tr("全程专人引导")
    return tr("带领至{floor}").format(floor=care.floor) if care.escort == "to_floor" else ""


def room_text(care: Reception) -> str:
    """'必须 VIP 诊室', '可预约 VIP 诊室' or ''."""
    return {
        "required": tr("必须 VIP 诊室"),
        "bookable": tr("可预约 VIP 诊室"),
        "none": "",
    }[care.room]


def _standing(db: ClinicDatabase, person_id: int) -> StandingRow:
    return standing_of(db, person_id, main_timeline(db).programme_id)


def is_first_visit(db: ClinicDatabase, today: str, person_id: int) -> bool:
    """Nobody saw this person before today (R125): no earlier visit, no receipt as a patient."""
    row = _PERSON.row(db, id=person_id)
    treated = (_TREATED, _TREATED_FOR_OTHERS)
    group = group_of(db, person_id)
    if row is None or any(query.row(db, id=each, day=today) for query in treated for each in group):
        return False
    visits = _visits(db, group, today)
    return bool(visits[0][2]) if visits else row[5] is None or row[5] >= today


def visit_of_today(db: ClinicDatabase, today: str, person_id: int) -> int | None:
    """The person's newest visit of today that was not taken back."""
    visits = _visits(db, group_of(db, person_id), today)
    return next((visit for visit, state, _ in reversed(visits) if state != LEFT), None)


def _visits(db: ClinicDatabase, group: tuple[int, ...], day: str) -> list[tuple[Any, ...]]:
    return sorted(row for each in group for row in _VISITS.rows(db, id=each, day=day))


def reception_card(
    db: ClinicDatabase,
    today: str,
    person_id: int,
    brought_by: int | None = None,
    voucher_id: int | None = None,
) -> ReceptionCard:
    """How to receive a person today. Raises RuleError for an unknown person, bringer or voucher."""
    row = _PERSON.row(db, id=person_id)
    if row is None:
        raise RuleError(tr("没有找到这位顾客，请刷新后重试。"))
    number, name, sex, birthday, _, last_visit_on, doctor_id, _ = row
    programme = main_timeline(db).at(today).programme
    standing = _standing(db, person_id)
    own = programme.tier(standing.rank) if standing.member else None
    level = reception_level(db, today, person_id, brought_by, voucher_id)
    care = level.care
    grants = grants_of(db, person_id) if standing.member else []
    return ReceptionCard(
        person_id=person_id,
        number=number,
        name=name,
        title=person_title(sex, birthday, today),
        tier_name=own.name if own else "",
        tier_colour=own.colour if own else "",
        rank=level.rank,
        received_as=level.tier.name if level.tier else "",
        received_colour=level.tier.colour if level.tier else "",
        passed_from=_name(db, level.lender_id),
        passed_how=level.how,
        escort=escort_text(care),
        tell_doctor=care.tell_doctor,
        room=room_text(care),
        room_required=care.room == "required",
        queue=care.queue,
        alerts=(
            *(row.text for row in alerts_of(db, person_id)),
            *alert_labels(db, person_id),
        ),
        gifts_due=tuple(g.name for g in grants if g.kind == "gift" and _drawable(g, today)),
        birthday_note=_birthday_note(nearest(birthday, today, solar_days(db, person_id))),
        quota_left=_quota(grants, today),
        notices=(
            *_notices(db, person_id, standing, programme),
            *activity_lines(db, today, person_id),
        ),
        open_followups=tuple(
            task.reason
            for task in open_tasks_of(db, person_id)
            if task.rule not in (UNCLAIMED, BIRTHDAY)
        ),
        complaints=tuple(
            tr("{day} 投诉未结：{text}").format(day=row.received_on, text=row.text)
            for row in complaints_of(db, today, person_id)
            if row.open
        ),
        vouchers=tuple(
            PassedOn(row.id, _voucher_words(row)) for row in vouchers_for(db, today, person_id)
        ),
        card_lost=is_lost(db, person_id),
        first_visit=is_first_visit(db, today, person_id),
        last_visit_on=last_visit_on,
        doctor_id=doctor_id,
        doctor_name=_doctor(db, doctor_id),
        care_team=care_lines(db, person_id),
        visit_id=visit_of_today(db, today, person_id),
    )


def _name(db: ClinicDatabase, person_id: int | None) -> str:
    row = None if person_id is None else _PERSON.row(db, id=root_of(db, person_id))
    return "" if row is None else str(row[1])


def _voucher_words(row: VoucherRow) -> str:
    words = tr("{service} · {owner} 转赠({number})")
    return words.format(service=row.service, owner=mask_name(row.owner_name), number=row.number)


def _doctor(db: ClinicDatabase, doctor_id: int | None) -> str:
    if doctor_id is None:
        return ""
    return str(db.scalar(Doctor.select(Doctor.name).where(Doctor.id == doctor_id)))


def _drawable(grant: GrantRow, today: str) -> bool:
    return grant.left > 0 and grant.due_on <= today and grant.valid_on(today)


def _birthday_note(found: tuple[str, int] | None) -> str:
    if found is None:
        return ""
    days = found[1]
    if days == 0:
        return tr("今天生日，请祝生日快乐")
    if 0 < days <= BIRTHDAY_NEAR:
        return tr("{n} 天后生日").format(n=days)
    return tr("{n} 天前刚过生日").format(n=-days) if -BIRTHDAY_NEAR <= days < 0 else ""


def quota_lines(db: ClinicDatabase, today: str, person_id: int) -> tuple[str, ...]:
    """What services a member may still use today, a line each; () for somebody who is none."""
    return _quota(grants_of(db, person_id), today) if _standing(db, person_id).member else ()


def _quota(grants: list[GrantRow], today: str) -> tuple[str, ...]:
    """Services to draw: the year's first, shown when used up too, then those given once."""
    running = [
        grant
        for grant in grants
        if grant.kind == "service" and grant.state != "closed" and grant.valid_on(today)
    ]
    yearly = [
        tr("今年{name} 剩 {left}/{all}").format(
            name=short_name(g.name), left=g.left, all=g.quantity
        )
        for g in running
        if g.valid_to is not None and g.quantity
    ]
    once = [
        tr("{name} 剩 {left} 次").format(name=short_name(g.name), left=g.left)
        for g in running
        if g.valid_to is None and g.left
    ]
    return (*yearly, *once)


def short_name(name: str) -> str:
    """A service without what its name explains in brackets."""
    return name.partition("(")[0].partition("(")[0]


def _notices(
    db: ClinicDatabase, person_id: int, standing: StandingRow, programme: Programme
) -> tuple[str, ...]:
    """What this desk owes the person in words, and what to check with them."""
    posts: dict[str, list[str]] = {}
    for notice in open_notices(db, person_id=person_id):
        posts.setdefault(notice.tier_name, []).append(role_title(notice.post))
    lines = [
        tr("已升为{tier}，{posts}还没有告知").format(tier=tier, posts="、".join(who))
        for tier, who in posts.items()
    ]
    if not standing.member and standing.rank:
        reached = programme.tier_name(standing.rank)
        lines.append(tr("已达{tier}条件，请邀请入会").format(tier=reached))
    if standing.deficit:
        lines.append(tr("欠 {n} 分").format(n=standing.deficit))
    if last_outcome(db, person_id) == "wrong_number":
        lines.append(tr("上次回访号码不对，请当面核对电话"))
    return tuple(lines)
