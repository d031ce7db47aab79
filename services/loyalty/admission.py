"""Who may join a programme: a tier reached or a visit made, agreement, age, places, doctor.

Thresholds are the fold's; a leader's word on a tier asks for none of this (R153).
"""

from __future__ import annotations

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.ledgers import Standing
from models.people import Membership, Person
from models.query import Prepared, slot
from models.schemes import FeePayment
from models.system import Audit
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.standing import StandingRow
from services.people.aliases import group_of, roots
from services.people.birthdays import age_on
from services.programmes.definition import Enrol, Programme
from services.programmes.evaluate import supported
from services.programmes.plan import number
from services.programmes.registry import Timeline
from services.rights import DIRECTOR

ADULT = 18

_RECORD = Prepared(
    lambda: Person.select(Person.birthday, Person.doctor_id).where(Person.id == slot("id"))
)
_ENDED = Prepared(
    lambda: (
        Membership.select(Membership.seq, Membership.state, fn.COALESCE(Audit.action, ""))
        .join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == Membership.end_seq))
        .where(
            (Membership.person_id == slot("person_id"))
            & (Membership.programme_id == slot("programme_id"))
        )
    )
)


def takes_fees(programme: Programme) -> bool:
    """Whether any tier of the programme is paid for."""
    return any(tier.fees for tier in programme.tiers)


def check_eligible(tx: Tx, programme: Programme, standing: StandingRow, person_id: int) -> None:
    """Without a fee one joins by a tier reached, or by a visit where that is enough (R114, R120).

    Raises RuleError with the conditions.
    """
    if not is_eligible(tx.db, programme, standing, person_id):
        raise RuleError(_not_yet(programme))


def is_eligible(
    db: ClinicDatabase, programme: Programme, standing: StandingRow, person_id: int
) -> bool:
    """Whether somebody may join without a fee (R114, R120)."""
    return standing.rank > 0 or _welcome(db, programme, person_id)


def _welcome(db: ClinicDatabase, programme: Programme, person_id: int) -> bool:
    """Whether having been here is enough to join (R114)."""
    ways = [way for way in programme.enrol if way.any_visit]
    if not ways:
        return False
    seen = db.scalar(Person.select(Person.last_visit_on).where(Person.id == person_id))
    return any(_seen_enough(way, seen) for way in ways)


def _seen_enough(way: Enrol, seen: str | None) -> bool:
    """Whether a visit alone fulfils the way, the last one having been on `seen`."""
    only_visit = Enrol(any_visit=True, seen_from=way.seen_from)
    return way == only_visit and seen is not None and seen >= (way.seen_from or "")


def basis_of(programme: Programme, standing: StandingRow) -> str:
    """What somebody joins by: the route to the tier, or a visit where no money decided (C8)."""
    if standing.rank == 0:
        return "any_visit"
    by_money = supported(programme, standing.max_single_fen, standing.spend_fen)[0] > 0
    if standing.route in ("single", "cumulative") and not by_money:
        return "any_visit"
    return standing.route or "cumulative"


def _not_yet(programme: Programme) -> str:
    if takes_fees(programme) and not any(way.any_visit for way in programme.enrol):
        return tr("还没达到入会条件。这个方案可以缴会费入会，请用“缴费入会”。")
    ways = []
    for way in programme.tiers[0].reach if programme.tiers else ():
        if way.single_spend_yuan is not None:
            ways.append(tr("单笔满 {yuan} 元").format(yuan=way.single_spend_yuan))
        elif way.cumulative_spend_yuan is not None:
            ways.append(tr("累计满 {yuan} 元").format(yuan=way.cumulative_spend_yuan))
    if not ways:
        return tr("还没达到入会条件。请先登记到诊或消费，或由院长直接授予等级。")
    return tr("还没达到入会条件({ways})。经领导批准可由院长直接授予等级。").format(
        ways=tr("或").join(ways)
    )


def check_admission(
    tx: Tx, programme: Programme, person_id: int, *, agreement: str, benefits_explained: bool
) -> None:
    """What joining asks for beside the thresholds (R024, R056, R072, R077, R107, R122).

    Raises RuleError: benefits not explained, no agreement number, too young or no birthday, no
    doctor chosen.
    """
    if not benefits_explained:
        raise RuleError(tr("请先向顾客讲解会员待遇，再勾选“已讲解待遇”。"))
    if programme.agreement and not agreement.strip():
        raise RuleError(tr("这个方案要签会员协议，请填写协议编号。"))
    obstacle = record_obstacle(tx.db, tx.today, programme, person_id)
    if obstacle:
        raise RuleError(obstacle)


def check_not_expelled(tx: Tx, person_id: int, programme_id: int) -> None:
    """Whoever was last shut out of the programme for misconduct is admitted again by the
    director only (R109). Raises RuleError for everybody else."""
    ended = [
        row
        for each in group_of(tx.db, person_id)
        for row in _ENDED.rows(tx.db, person_id=each, programme_id=programme_id)
    ]
    last = max(ended, default=(0, "", ""))
    if last[1:] == ("cancelled", "membership.cancel") and tx.actor.role != DIRECTOR:
        raise RuleError(tr("这位顾客曾因违规被取消会员资格，只能由院长登录后重新办理入会。"))


def check_fee_age(tx: Tx, programme: Programme, person_id: int, amount_fen: int) -> None:
    """A minor pays no fee, unless the programme has an age of its own (front-desk 4.5).

    `amount_fen` 0 and an unknown birthday pass. Raises RuleError.
    """
    born = tx.db.scalar(Person.select(Person.birthday).where(Person.id == person_id))
    if programme.min_age is not None or amount_fen == 0 or not born:
        return
    age = age_on(born, tx.today)
    if age < ADULT:
        sentence = tr(
            "未满 {n} 周岁不能自己缴会费(预付式消费司法解释第 10 条)，这位顾客今年 {age} 周岁。"
            "请改由家长本人缴费入会；这个方案若收未成年人，请先在方案里写明入会年龄。"
        )
        raise RuleError(sentence.format(n=ADULT, age=age))


def record_obstacle(db: ClinicDatabase, today: str, programme: Programme, person_id: int) -> str:
    """What the person's record lacks for joining or paying, as a sentence; '' for nothing (R072,
    R077, R107)."""
    born, doctor_id = _RECORD.row(db, id=person_id) or (None, None)
    if programme.min_age is not None and not born:
        sentence = tr("这个方案限年满 {n} 周岁，请先补登出生日期。")
        return sentence.format(n=programme.min_age)
    if programme.min_age is not None and age_on(born, today) < programme.min_age:
        sentence = tr("这个方案限年满 {n} 周岁，这位顾客今年 {age} 周岁，暂不能入会。")
        return sentence.format(n=programme.min_age, age=age_on(born, today))
    if programme.needs_doctor and doctor_id is None:
        return tr("这个方案要安排专属医生，请先在档案里选好责任医生。")
    return ""


def check_places(tx: Tx, timeline: Timeline) -> None:
    """A programme with a limited number of places has one left (R083). Raises RuleError."""
    obstacle = places_obstacle(tx.db, tx.today, timeline)
    if obstacle:
        raise RuleError(obstacle)


def places_obstacle(db: ClinicDatabase, today: str, timeline: Timeline) -> str:
    """That every place of the programme is taken, as a sentence; '' while one is left (R083)."""
    left = places_left(db, timeline, today)
    if left is None or left > 0:
        return ""
    return tr("名额已满，请等有人退会或到期后再办，或由院长调整名额。")


def places_left(db: ClinicDatabase, timeline: Timeline, today: str) -> int | None:
    """How many more people the programme takes (R083); None when it is not limited.

    Whoever is paid for today holds a place; where nobody pays a fee, every member does. Below
    zero when the limit was lowered later.
    """
    programme = timeline.at(today).programme
    places = number(programme.places)
    if places is None:
        return None
    programme_id = timeline.programme_id
    if not takes_fees(programme):
        members = Membership.select(fn.COUNT(Membership.id)).where(
            (Membership.programme_id == programme_id) & (Membership.state == "active")
        )
        return places - int(db.scalar(members))
    paid = Standing.select(Standing.person_id).where(
        (Standing.programme_id == programme_id)
        & (Standing.member == 1)
        & (Standing.paid_until >= today)
    )
    return places - len({row[0] for row in db.rows(paid)} | _for_life(db, programme_id))


def _for_life(db: ClinicDatabase, programme_id: int) -> set[int]:
    """Members who paid once for ever."""
    undo = FeePayment.alias()
    query = (
        FeePayment.select(Membership.person_id)
        .join(Membership, on=(Membership.id == FeePayment.membership_id))
        .where(
            (FeePayment.programme_id == programme_id)
            & (FeePayment.kind == "payment")
            & (FeePayment.months == 0)
            & (Membership.state == "active")
            & FeePayment.id.not_in(undo.select(undo.voids_id).where(undo.voids_id.is_null(False)))
        )
    )
    survivors = roots(db)
    return {survivors.get(row[0], row[0]) for row in db.rows(query)}
