"""What only some programmes know of a person's past: fees, visits, grades, words, redemptions and
awards, as the events `evaluate` folds. Each is read only where the programme asks for it.
"""

from __future__ import annotations

from collections.abc import Callable

from models.database import ClinicDatabase
from models.desk import Visit
from models.people import HealthGrade, Membership
from models.programmes import ProgrammeChange
from models.query import Prepared, slot
from models.schemes import Award, BenefitConfirmation, FeePayment, Redemption, RedemptionReturn
from services.loyalty.merged_past import Ordered
from services.programmes.definition import Benefit, Programme, Reason, Redeemable
from services.programmes.events import Event
from services.programmes.plan import plan_of

_FEES = Prepared(
    lambda: FeePayment.select(
        FeePayment.seq,
        FeePayment.id,
        FeePayment.occurred_on,
        FeePayment.kind,
        FeePayment.rank,
        FeePayment.months,
        FeePayment.voids_id,
    ).where(
        (FeePayment.person_id == slot("person_id"))
        & (FeePayment.programme_id == slot("programme_id"))
        & (FeePayment.kind != "refund")
    )
)
_LEAVINGS = Prepared(
    lambda: Membership.select(Membership.end_seq, Membership.id, Membership.ended_on).where(
        (Membership.person_id == slot("person_id"))
        & (Membership.programme_id == slot("programme_id"))
        & Membership.end_seq.is_null(False)
    )
)
_REDEMPTIONS = Prepared(
    lambda: Redemption.select(
        Redemption.seq,
        Redemption.id,
        Redemption.occurred_on,
        Redemption.kind,
        Redemption.name,
        Redemption.quantity,
        Redemption.value_fen,
        Redemption.rank,
        Redemption.valid_to,
    ).where(
        (Redemption.person_id == slot("person_id"))
        & (Redemption.programme_id == slot("programme_id"))
        & (Redemption.kind != "cash")
    )
)
_RETURNS = Prepared(
    lambda: (
        RedemptionReturn.select(
            RedemptionReturn.seq,
            RedemptionReturn.id,
            RedemptionReturn.occurred_on,
            RedemptionReturn.whole,
            RedemptionReturn.points * Redemption.quantity / Redemption.points,
            Redemption.id,
            Redemption.kind,
        )
        .join(Redemption, on=(Redemption.id == RedemptionReturn.redemption_id))
        .where(
            (RedemptionReturn.person_id == slot("person_id"))
            & (Redemption.programme_id == slot("programme_id"))
            & (Redemption.kind != "cash")
        )
    )
)
_AWARDS = Prepared(
    lambda: Award.select(
        Award.seq,
        Award.id,
        Award.occurred_on,
        Award.kind,
        Award.name,
        Award.reason,
        Award.quantity,
        Award.value_fen,
        Award.valid_to,
        Award.voids_id,
    ).where((Award.person_id == slot("person_id")) & (Award.programme_id == slot("programme_id"))),
    steady=(Award,),
)
_CONFIRMATIONS = Prepared(
    lambda: BenefitConfirmation.select(
        BenefitConfirmation.seq,
        BenefitConfirmation.id,
        BenefitConfirmation.occurred_on,
        BenefitConfirmation.grant_key,
    ).where(
        (BenefitConfirmation.person_id == slot("person_id"))
        & (BenefitConfirmation.programme_id == slot("programme_id"))
    )
)
_GRADES = Prepared(
    lambda: HealthGrade.select(
        HealthGrade.seq, HealthGrade.id, HealthGrade.occurred_on, HealthGrade.grade
    ).where(HealthGrade.person_id == slot("person_id"))
)
_CUT_OVERS = Prepared(
    lambda: (
        ProgrammeChange.select(ProgrammeChange.seq, ProgrammeChange.id, ProgrammeChange.occurred_on)
        .join(
            Membership,
            on=(Membership.seq == ProgrammeChange.seq)
            & (Membership.programme_id == ProgrammeChange.to_programme_id),
        )
        .where(
            (Membership.person_id == slot("person_id"))
            & (Membership.programme_id == slot("programme_id"))
            & ProgrammeChange.reversed_seq.is_null()
        )
    ),
    steady=(ProgrammeChange, Membership),
)
_VISITS = Prepared(
    lambda: Visit.select(Visit.seq, Visit.id, Visit.visit_date).where(
        (Visit.person_id == slot("person_id")) & Visit.state.not_in(("expected", "no_show"))
    )
)


def scheme_events(
    db: ClinicDatabase, ids: dict[str, int], programmes: list[Programme]
) -> list[Ordered]:
    """The events of one person (`person_id` and `programme_id` in `ids`) beside money and draws."""
    found = [*_awards(db, ids), *_cut_overs(db, ids)]
    for reader, wanted in _SOME:
        if any(map(wanted, programmes)):
            found += reader(db, ids)
    return found


def _fees(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    found: list[Ordered] = [
        (
            (seq, 5, i),
            Event("fee", on, i, rank=rank, months=months)
            if kind == "payment"
            else Event("fee_void", on, voids),
        )
        for seq, i, on, kind, rank, months, voids in _FEES.rows(db, **ids)
    ]
    return found


def _leavings(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    return [((seq, 6, i), Event("leave", on)) for seq, i, on in _LEAVINGS.rows(db, **ids)]


def _cut_overs(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    """The change of programme that made the person a member: the programme before had given what
    this one's past comes to (E42)."""
    return [((seq, 9, i), Event("cut_over", on)) for seq, i, on in _CUT_OVERS.rows(db, **ids)]


def _visits(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    rows = _VISITS.rows(db, person_id=ids["person_id"])
    return [((seq, 7, i), Event("visit", on)) for seq, i, on in rows]


def _grades(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    rows = _GRADES.rows(db, person_id=ids["person_id"])
    return [((seq, 8, i), Event("grade", on, rank=grade)) for seq, i, on, grade in rows]


def _confirmations(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    rows = _CONFIRMATIONS.rows(db, **ids)
    return [((seq, 9, i), Event("confirm", on, key=key)) for seq, i, on, key in rows]


def _redemptions(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    found: list[Ordered] = []
    for seq, i, on, kind, name, quantity, fen, rank, until in _REDEMPTIONS.rows(db, **ids):
        if kind == "tier":
            found.append(((seq, 10, i), Event("purchase", on, i, rank=rank)))
        else:
            benefit = award_benefit(redemption_key(i), kind, name, "points", fen)
            found.append(
                (
                    (seq, 10, i),
                    Event(
                        "award",
                        on,
                        points=quantity,
                        key=benefit.key,
                        until=until,
                        benefit=benefit,
                    ),
                )
            )
    for seq, i, on, whole, pieces, redemption, kind in _RETURNS.rows(db, **ids):
        back = (
            Event("purchase_void", on, redemption)
            if kind == "tier"
            else Event(
                "award_void", on, key=redemption_key(redemption), points=0 if whole else pieces
            )
        )
        found.append(((seq, 30, i), back))
    return found


def _awards(db: ClinicDatabase, ids: dict[str, int]) -> list[Ordered]:
    found: list[Ordered] = []
    for seq, i, on, kind, name, reason, quantity, fen, until, voids in _AWARDS.rows(db, **ids):
        if voids is not None:
            found.append(((seq, 30, i), Event("award_void", on, key=award_key(voids))))
            continue
        benefit = award_benefit(award_key(i), kind, name, reason, fen)
        event = Event("award", on, points=quantity, key=benefit.key, until=until, benefit=benefit)
        found.append(((seq, 12, i), event))
    return found


def redemption_key(redemption_id: int) -> str:
    """The grant key of a redemption."""
    return f"redeem.{redemption_id}"


def award_key(award_id: int) -> str:
    """The grant key of an award."""
    return f"award.{award_id}"


def award_benefit(key: str, kind: str, name: str, reason: Reason, value_fen: int) -> Benefit:
    """What an award or a redemption entitles to, as a benefit."""
    return Benefit(key=key, kind=kind, name=name, reason=reason, value_yuan=value_fen // 100)  # type: ignore[arg-type]


def redeemed_benefit(key: str, item: Redeemable) -> Benefit:
    """What a redeemed item of the catalogue entitles to, with the item's own conditions."""
    return Benefit(
        key=key,
        kind=item.kind,
        name=item.name,
        value_yuan=item.value_yuan,
        unit=item.unit,
        beneficiary=item.beneficiary,
        transferable=item.transferable,
        card_required=item.card_required,
        waives_registration=item.waives_registration,
        valid_days=item.valid_days,
        borne_by=item.borne_by,
        reason="points",
    )


_Reader = Callable[[ClinicDatabase, dict[str, int]], list[Ordered]]


def _paid(programme: Programme) -> bool:
    return any(tier.fees for tier in programme.tiers)


def _spends(programme: Programme) -> bool:
    return programme.points.mode == "spend"


def _confirms(programme: Programme) -> bool:
    return any(b.given == "confirm" for tier in programme.tiers for b in tier.benefits)


def asks_visits(programme: Programme) -> bool:
    """Whether some tier goes by visits."""
    return plan_of(programme).needs.visits


def _asks_grade(programme: Programme) -> bool:
    ways = [way for tier in programme.tiers for way in (*tier.reach, *tier.renew)]
    return any(way.health_grade is not None for way in (*ways, *programme.points.opens))


# what is read only when some version of the programme can have it
_SOME: tuple[tuple[_Reader, Callable[[Programme], bool]], ...] = (
    (_fees, _paid),
    (_leavings, _paid),
    (_visits, asks_visits),
    (_grades, _asks_grade),
    (_confirmations, _confirms),
    (_redemptions, _spends),
)
