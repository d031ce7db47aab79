"""The member strip: in one line who this is and what matters now."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Alert, Person
from models.query import Prepared, slot
from services.i18n import tr
from services.loyalty.grants import GrantRow, grants_of
from services.loyalty.preview import road
from services.loyalty.standing import StandingRow, joined_on, standing_of
from services.money import yuan
from services.people.birthdays import age_on, nearest
from services.people.form import GUARDIAN_BELOW
from services.people.privacy import mask_name
from services.programmes.definition import Programme
from services.programmes.registry import main_timeline

BIRTHDAY_WINDOW = 7

_PERSON = Prepared(
    lambda: Person.select(Person.number, Person.name, Person.sex, Person.birthday).where(
        Person.id == slot("id")
    )
)
_ALERTS = Prepared(
    lambda: (
        Alert.select(Alert.text)
        .where((Alert.person_id == slot("id")) & (Alert.active == 1))
        .order_by(Alert.id)
    )
)


@dataclass(frozen=True)
class MemberStrip:
    """What the strip shows. `rank` 0 and `member` False: not (yet) a member."""

    person_id: int
    name_masked: str
    title: str
    number: str
    member: bool
    rank: int
    tier_name: str
    tier_colour: str
    points_text: str
    facts: tuple[str, ...]
    alerts: tuple[str, ...]
    road: str
    invite: str


def member_strip(db: ClinicDatabase, today: str, person_id: int) -> MemberStrip:
    """The strip of one person. Raises LookupError for an unknown id."""
    row = _PERSON.row(db, id=person_id)
    if row is None:
        raise LookupError(person_id)
    number, name, sex, birthday = row
    timeline = main_timeline(db)
    programme = timeline.at(today).programme
    standing = standing_of(db, person_id, timeline.programme_id)
    member = joined_on(db, person_id, timeline.programme_id) is not None
    tier = programme.tier(standing.rank) if member else None
    grants = grants_of(db, person_id) if member else []
    return MemberStrip(
        person_id=person_id,
        name_masked=mask_name(name),
        title=person_title(sex, birthday, today),
        number=number,
        member=member,
        rank=standing.rank if member else 0,
        tier_name=tier.name if tier else (tr("会员") if member else tr("非会员")),
        tier_colour=tier.colour if tier else "",
        points_text=_points(programme, standing),
        facts=(*_gifts(grants), *_birthday(birthday, today), *_quota(grants, today)),
        alerts=(*_alerts(db, person_id), *_reception(programme, standing, member)),
        road=road(programme, standing.rank, standing.spend_fen),
        invite=_invite(programme, standing, member),
    )


def _alerts(db: ClinicDatabase, person_id: int) -> list[str]:
    return [text for (text,) in _ALERTS.rows(db, id=person_id)]


def person_title(sex: str, birthday: str | None, today: str) -> str:
    """How the person is addressed: 小朋友 under 14, 女士, 先生, or nothing."""
    if birthday is not None and age_on(birthday, today) < GUARDIAN_BELOW:
        return tr("小朋友")
    return {"F": tr("女士"), "M": tr("先生")}.get(sex, "")


def _points(programme: Programme, standing: StandingRow) -> str:
    if programme.points.mode == "threshold":
        text = tr("累计 {points} 分 · 累计消费 ¥{yuan}").format(
            points=f"{standing.earned:,}", yuan=yuan(standing.spend_fen)
        )
    else:
        text = tr("可用 {points} 分").format(points=f"{standing.available:,}")
    if standing.deficit:
        text += tr(" · 欠 {n} 分").format(n=standing.deficit)
    return text


def _quota(grants: list[GrantRow], today: str) -> list[str]:
    current = [
        g for g in grants if g.kind == "service" and g.valid_on(today) and g.state != "closed"
    ]
    yearly = [
        f"{_short(g.name)} {g.left}/{g.quantity}"
        for g in current
        if g.valid_to is not None and g.quantity
    ]
    once = [_short(g.name) for g in current if g.valid_to is None and g.left]
    facts = [tr("今年剩 {list}").format(list="、".join(yearly))] if yearly else []
    return facts + ([tr("待用 {list}").format(list="、".join(once))] if once else [])


def _short(name: str) -> str:
    return name.partition("(")[0].partition("(")[0]


def _gifts(grants: list[GrantRow]) -> list[str]:
    due = [g for g in grants if g.kind == "gift" and g.left]
    if not due:
        return []
    return [tr("礼品未领 {n} 份").format(n=len(due))]


def _birthday(birthday: str | None, today: str) -> list[str]:
    if birthday is None:
        return []
    days = nearest(birthday, today)[1]
    if days == 0:
        return [tr("今天生日")]
    return [tr("{n} 天后生日").format(n=days)] if 0 < days <= BIRTHDAY_WINDOW else []


def _reception(programme: Programme, standing: StandingRow, member: bool) -> list[str]:
    tier = programme.tier(standing.rank) if member else None
    if tier is None:
        return []
    care = tier.reception
    parts = []
    if care.escort == "full":
        parts.append(tr("全程专人引导"))
    elif care.escort == "to_floor":
        parts.append(tr("带领至{floor}").format(floor=care.floor))
    if care.tell_doctor:
        parts.append(tr("告知医生"))
    if care.room == "required":
        parts.append(tr("安排VIP诊室"))
    return ["、".join(parts)] if parts else []


def _invite(programme: Programme, standing: StandingRow, member: bool) -> str:
    if member or standing.rank == 0:
        return ""
    return tr("已达{tier}条件，可邀请入会").format(tier=programme.tier_name(standing.rank))
