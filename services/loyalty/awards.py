"""Things given outside the tiers: for an event, as a scholarship, for a complaint, for a referral;
benefits a tier gives by hand only, and benefits that wait for somebody's word (R012, R081, R092).

An award is a grant of its own: `issue_gift` hands it out, `use_service` uses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant
from models.schemes import Award, BenefitConfirmation
from models.system import Staff
from services.changes import Changes, Kind
from services.clock import is_date
from services.commands import Tx, command
from services.errors import RuleError
from services.feedback.complaints import check_complaint
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.loyalty.scheme_past import award_key
from services.loyalty.standing import rebuild, settle_person, standing_of
from services.people.aliases import group_of, root_of
from services.programmes.active import active_timeline
from services.programmes.registry import Timeline, timelines

KINDS = ("gift", "service", "coupon")
REASONS = ("event", "scholarship", "compensation")
_CHANGED = (Kind.GRANT, Kind.FOLLOWUP)
_COPIED = (
    "person_id",
    "programme_id",
    "version_id",
    "kind",
    "name",
    "reason",
    "quantity",
    "value_fen",
    "benefit_key",
    "valid_to",
    "referral_id",
    "complaint_id",
)


@dataclass(frozen=True)
class AwardGiven:
    """Something was given; `grant_id` is what may be drawn now, 0 when it was taken back."""

    award_id: int
    person_id: int
    grant_id: int
    changes: Changes


@dataclass(frozen=True)
class AwardRow:
    """An award, for lists. `drawn` of `quantity` were handed out or used."""

    id: int
    kind: str
    name: str
    reason: str
    quantity: int
    drawn: int
    value_fen: int
    occurred_on: str
    valid_to: str | None
    note: str
    staff: str
    voided: bool


@dataclass(frozen=True)
class Confirmed:
    """A benefit that waited was agreed to."""

    confirmation_id: int
    person_id: int
    grant_id: int
    changes: Changes


@dataclass(frozen=True)
class AwaitingBenefit:
    """A benefit of the person's tier that waits for somebody's word (R081)."""

    programme_id: int
    programme: str
    grant_key: str
    kind: str
    name: str


@command("award.give", entity="award")
def give_award(
    tx: Tx,
    *,
    person_id: int,
    kind: str,
    name: str,
    reason: str,
    quantity: int = 1,
    value_fen: int = 0,
    valid_to: str | None = None,
    complaint_id: int | None = None,
    note: str = "",
    programme_id: int | None = None,
) -> AwardGiven:
    """Give a gift, service or coupon for an event, as a scholarship or for a complaint (R012,
    R092, E67); `value_fen` is that of one piece, whole yuan.

    Raises RuleError: unknown kind or reason, no name, a day that is past, a compensation without
    an open complaint of the person.
    """
    check_person(tx, person_id)
    if kind not in KINDS or reason not in REASONS:
        raise RuleError(tr("请选择赠送的种类(礼品、服务、券)和原因(活动、奖学金、补偿)。"))
    if not name.strip():
        raise RuleError(tr("请写明送的是什么，例如“口腔护理小套装”。"))
    if not 1 <= quantity <= 99 or value_fen < 0 or value_fen % 100:
        raise RuleError(tr("数量请填 1 至 99，价值请填整元。"))
    if valid_to is not None and (not is_date(valid_to) or valid_to < tx.today):
        raise RuleError(tr("有效期须在今天或以后，写成 2027-12-31 这样。"))
    if reason == "compensation" or complaint_id is not None:
        check_complaint(tx, person_id, complaint_id)
    award_id = insert_award(
        tx,
        active_timeline(tx.db, programme_id),
        person_id=person_id,
        kind=kind,
        name=name.strip(),
        reason=reason,
        quantity=quantity,
        value_fen=value_fen,
        valid_to=valid_to,
        complaint_id=complaint_id,
        note=note.strip(),
    )
    return given(tx, award_id, person_id)


def insert_award(tx: Tx, timeline: Timeline, **values: object) -> int:
    """Write an award under the version in force; the caller settles the person."""
    return tx.db.insert(
        Award,
        programme_id=timeline.programme_id,
        version_id=timeline.at(tx.today).id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
        **values,
    )


def given(tx: Tx, award_id: int, person_id: int) -> AwardGiven:
    """Settle the person after an award and say what may be drawn now."""
    settle_person(tx, person_id)
    tx.about(award_id, person=person_id)
    grant_id = _grant_id(tx.db, person_id, award_key(award_id))
    return AwardGiven(award_id, person_id, grant_id, Changes(_CHANGED, root_of(tx.db, person_id)))


def _grant_id(db: ClinicDatabase, person_id: int, key: str) -> int:
    query = EntitlementGrant.select(EntitlementGrant.id).where(
        EntitlementGrant.person_id.in_(group_of(db, root_of(db, person_id)))
        & (EntitlementGrant.grant_key == key)
    )
    return int(db.scalar(query) or 0)


# -- taking back -----------------------------------------------------------------------------


@command("award.void", entity="award")
def void_award(tx: Tx, *, award_id: int, reason: str) -> AwardGiven:
    """Take an award back while nothing of it was handed out or used.

    Raises RuleError: no such award, taken back already, no reason, drawn.
    """
    if not reason.strip():
        raise RuleError(tr("请填写收回的原因。"))
    row = tx.db.row(
        Award.select(Award.person_id).where((Award.id == award_id) & Award.voids_id.is_null())
    )
    if row is None or tx.db.row(Award.select(Award.id).where(Award.voids_id == award_id)):
        raise RuleError(tr("没有找到这份赠送，或已收回过。请刷新后重试。"))
    void_id = void_undrawn(tx, award_id, reason.strip())
    if void_id is None:
        raise RuleError(tr("这份赠送已领取或使用过，不能收回。请先退回礼品或撤销使用。"))
    return given(tx, void_id, row[0])


def void_undrawn(tx: Tx, award_id: int, reason: str) -> int | None:
    """Write the row that takes an award back, None when something of it was drawn; the caller
    settles the person."""
    columns = [getattr(Award, name) for name in _COPIED]
    row = tx.db.row(Award.select(*columns).where(Award.id == award_id))
    assert row is not None  # the caller has just read it
    drawn = EntitlementGrant.select(EntitlementGrant.id).where(
        EntitlementGrant.person_id.in_(group_of(tx.db, root_of(tx.db, row[0])))
        & (EntitlementGrant.grant_key == award_key(award_id))
        & (EntitlementGrant.used > 0)
    )
    if tx.db.row(drawn) is not None:
        return None
    return tx.db.insert(
        Award,
        **dict(zip(_COPIED, row, strict=True)),
        note=reason,
        voids_id=award_id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def awards_of(db: ClinicDatabase, person_id: int) -> list[AwardRow]:
    """What a person was given, the newest first."""
    group = group_of(db, person_id)
    mine = Award.person_id.in_(group)
    gone = {row[0] for row in db.rows(Award.select(Award.voids_id).where(mine))}
    used: dict[str, int] = {}
    grants = EntitlementGrant.select(EntitlementGrant.grant_key, EntitlementGrant.used)
    for key, count in db.rows(grants.where(EntitlementGrant.person_id.in_(group))):
        used[key] = used.get(key, 0) + count
    query = (
        Award.select(
            Award.id,
            Award.kind,
            Award.name,
            Award.reason,
            Award.quantity,
            Award.value_fen,
            Award.occurred_on,
            Award.valid_to,
            Award.note,
            Staff.name,
        )
        .join(Staff, on=(Staff.id == Award.staff_id))
        .where(mine & Award.voids_id.is_null())
        .order_by(Award.id.desc())
    )
    found = []
    for award_id, kind, name, reason, quantity, fen, on, until, note, staff in db.rows(query):
        drawn = used.get(award_key(award_id), 0)
        voided = award_id in gone
        found.append(
            AwardRow(
                award_id, kind, name, reason, quantity, drawn, fen, on, until, note, staff, voided
            )
        )
    return found


# -- benefits that wait for a word -------------------------------------------------------------


def awaiting(db: ClinicDatabase, today: str, person_id: int) -> list[AwaitingBenefit]:
    """Benefits of a member that somebody has to agree to (R081)."""
    found = []
    for timeline in timelines(db):
        tiers = (tier for signed in timeline.versions for tier in signed.programme.tiers)
        # else nobody's past has to be gone through
        asks = any(benefit.given == "confirm" for tier in tiers for benefit in tier.benefits)
        if asks and standing_of(db, person_id, timeline.programme_id).member:
            waits = rebuild(db, timeline, person_id, today).awaiting
            found += [
                AwaitingBenefit(timeline.programme_id, timeline.name, key, b.kind, b.name)
                for key, b in waits
            ]
    return found


@command("benefit.confirm", entity="benefit_confirmation")
def confirm_benefit(tx: Tx, *, person_id: int, programme_id: int, grant_key: str) -> Confirmed:
    """Agree to a benefit that waits; it may be drawn from today on (R081).

    Raises RuleError when it does not wait (any more).
    """
    waits = awaiting(tx.db, tx.today, person_id)
    if not any((each.programme_id, each.grant_key) == (programme_id, grant_key) for each in waits):
        raise RuleError(tr("这项权益不在待确认之列，请刷新后查看。"))
    confirmation_id = tx.db.insert(
        BenefitConfirmation,
        person_id=person_id,
        programme_id=programme_id,
        grant_key=grant_key,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    settle_person(tx, person_id)
    tx.about(confirmation_id, person=person_id, key=grant_key)
    grant_id = _grant_id(tx.db, person_id, grant_key)
    return Confirmed(confirmation_id, person_id, grant_id, Changes(_CHANGED, person_id))
