"""The member strip: in one line who this is and what matters now."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Alert, Person
from models.query import Prepared, slot
from services.groups.carried import alert_labels
from services.i18n import tr
from services.loyalty.grants import GrantRow, grants_of
from services.loyalty.own_timeline import own_timeline
from services.loyalty.points_trace import SOON, Schedule, schedule
from services.loyalty.preview import road
from services.loyalty.standing import StandingRow, joined_on, standing_of
from services.money import yuan
from services.people.aliases import group_of
from services.people.birthdays import age_on, nearest
from services.people.consents import wishes_of
from services.people.form import GUARDIAN_BELOW
from services.people.lunar import solar_days
from services.people.lunar_words import lunar_line
from services.people.privacy import mask_name
from services.privacy.minors import asks_anew
from services.programmes.definition import Programme
from services.programmes.registry import Timeline, timelines

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
    held = [_held(db, today, person_id, timeline) for timeline in timelines(db)]
    programme, standing, member = held[0].programme, held[0].standing, held[0].member
    tier = programme.tier(standing.rank) if member else None
    grants = _claimable(db, person_id, held)
    return MemberStrip(
        person_id=person_id,
        name_masked=mask_name(name),
        title=person_title(sex, birthday, today),
        number=number,
        member=member,
        rank=standing.rank if member else 0,
        tier_name=tier.name if tier else (tr("会员") if member else tr("非会员")),
        tier_colour=tier.colour if tier else "",
        points_text=_points(held[0]),
        facts=(
            *_gifts(grants, today),
            *_birthday(nearest(birthday, today, solar_days(db, person_id))),
            *_quota(grants, today),
            *_others(held[1:]),
            *filter(None, (lunar_line(db, today, person_id),)),
        ),
        alerts=(
            *_quiet(db, person_id),
            *_grown_up(db, today, person_id),
            *_alerts(db, person_id),
            *alert_labels(db, person_id),
            *_reception(programme, standing, member),
        ),
        road=road(programme, standing.rank, standing.spend_fen),
        invite=_invite(programme, standing, member),
    )


@dataclass(frozen=True)
class _Held:
    """What somebody holds in one programme; `ending` their points by their end, None where none
    are spent."""

    programme_id: int
    programme: Programme
    standing: StandingRow
    member: bool
    ending: Schedule | None


def _held(db: ClinicDatabase, today: str, person_id: int, timeline: Timeline) -> _Held:
    programme = own_timeline(db, person_id, timeline).at(today).programme
    standing = standing_of(db, person_id, timeline.programme_id)
    spends = programme.points.mode == "spend" and standing.available > 0
    return _Held(
        timeline.programme_id,
        programme,
        standing,
        joined_on(db, person_id, timeline.programme_id) is not None,
        schedule(db, today, person_id, timeline) if spends else None,
    )


def _claimable(db: ClinicDatabase, person_id: int, held: list[_Held]) -> list[GrantRow]:
    """What a tier brought is for members only; what was redeemed or awarded is for anybody."""
    member = {each.programme_id: each.member for each in held}
    grants = grants_of(db, person_id)
    for grant in grants:  # those of a retired programme run to their end (E42)
        if grant.programme_id not in member:
            joined = joined_on(db, person_id, grant.programme_id)
            member[grant.programme_id] = joined is not None
    return [grant for grant in grants if grant.rank == 0 or member[grant.programme_id]]


def _quiet(db: ClinicDatabase, person_id: int) -> list[str]:
    return [tr("免打扰")] if wishes_of(db, person_id).quiet else []


def _grown_up(db: ClinicDatabase, today: str, person_id: int) -> list[str]:
    """A child no more, whose guardian agreed for them (个保法 31 条)."""
    return [tr("已满 14 岁，请本人重新同意")] if asks_anew(db, today, person_id) else []


def _alerts(db: ClinicDatabase, person_id: int) -> list[str]:
    return [text for each in group_of(db, person_id) for (text,) in _ALERTS.rows(db, id=each)]


def person_title(sex: str, birthday: str | None, today: str) -> str:
    """How the person is addressed: 小朋友 under 14, 女士, 先生, or nothing."""
    if birthday is not None and age_on(birthday, today) < GUARDIAN_BELOW:
        return tr("小朋友")
    return {"F": tr("女士"), "M": tr("先生")}.get(sex, "")


def _points(held: _Held) -> str:
    """'可用 1,240 分(30 天内到期 120)'; what ended is no longer there to spend (E22)."""
    standing = held.standing
    if held.programme.points.mode == "threshold":
        text = tr("累计 {points} 分 · 累计消费 ¥{yuan}").format(
            points=f"{standing.earned:,}", yuan=yuan(standing.spend_fen)
        )
    elif held.programme.points.mode == "none":
        text = tr("累计消费 ¥{yuan}").format(yuan=yuan(standing.spend_fen))
    else:
        text = tr("可用 {points} 分").format(points=f"{_spendable(held):,}") + _soon(held)
    if standing.deficit:
        text += tr(" · 欠 {n} 分").format(n=standing.deficit)
    return text


def _spendable(held: _Held) -> int:
    return 0 if held.ending is None else held.ending.total


def _soon(held: _Held) -> str:
    """What ends within a month, and that spending is not open yet (R165)."""
    notes = []
    soon = 0 if held.ending is None else dict(held.ending.within)[SOON]
    if soon:
        notes.append(tr("{days} 天内到期 {n}").format(days=SOON, n=f"{soon:,}"))
    if held.member and not held.standing.redeemable:
        notes.append(tr("还没到兑换点"))
    return f"({tr('，').join(notes)})" if notes else ""


def _others(held: list[_Held]) -> list[str]:
    """Memberships beside the main one: '另有 缴费会员·金卡 至 2027-03-09'."""
    words = [_other(each) for each in held if each.member]
    return [tr("另有 {list}").format(list="、".join(words))] if words else []


def _other(held: _Held) -> str:
    tier = held.programme.tier_name(held.standing.rank)
    words = f"{held.programme.name}·{tier}" if tier else held.programme.name
    points = _spendable(held)
    if points:
        words += tr(" 可用 {n} 分").format(n=f"{points:,}")
    until = held.standing.paid_until or held.standing.tier_ends_on
    return words + (tr(" 至 {day}").format(day=until) if until else "")


def _quota(grants: list[GrantRow], today: str) -> list[str]:
    """What is left of each period's services, what waits to be used, and coupons."""
    current = [
        g for g in grants if g.kind == "service" and g.valid_on(today) and g.state != "closed"
    ]
    coupons = [g for g in current if g.form == "coupon" and g.value_fen and g.left]
    services = [g for g in current if g.form != "coupon" or not g.value_fen]
    each: dict[str, tuple[int, int]] = {}
    for g in services:
        if g.valid_to is not None and g.rank and g.quantity:
            left, quantity = each.get(_short(g.name), (0, 0))
            each[_short(g.name)] = left + g.left, quantity + g.quantity
    yearly = [f"{name} {left}/{quantity}" for name, (left, quantity) in each.items()]
    once: dict[str, int] = {}
    for g in services:
        if g.left and (g.valid_to is None or not g.rank):  # redeemed and awarded ones end too
            once[_short(g.name)] = once.get(_short(g.name), 0) + g.left
    waiting = [name if n == 1 else f"{name}×{n}" for name, n in once.items()]
    facts = [tr("今年剩 {list}").format(list="、".join(yearly))] if yearly else []
    facts += [tr("待用 {list}").format(list="、".join(waiting))] if waiting else []
    if coupons:
        worth = sum(g.value_fen * g.left for g in coupons)
        words = tr("券 {n} 张(¥{yuan})")
        facts.append(words.format(n=sum(g.left for g in coupons), yuan=yuan(worth)))
    return facts


def _short(name: str) -> str:
    return name.partition("(")[0].partition("(")[0]


def _gifts(grants: list[GrantRow], today: str) -> list[str]:
    due = [g for g in grants if g.kind == "gift" and g.left and g.valid_on(today)]
    if not due:
        return []
    return [tr("礼品未领 {n} 份").format(n=len(due))]


def _birthday(found: tuple[str, int] | None) -> list[str]:
    if found is None:
        return []
    days = found[1]
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
