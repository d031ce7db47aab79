"""Whether somebody is new to the clinic: what first-visit prices go by (R017, R048, R097)."""

from __future__ import annotations

from peewee import JOIN, Expression

from models.database import ClinicDatabase
from models.desk import Visit
from models.gifts import ServiceUse
from models.ledgers import OpeningBalance, Receipt
from models.people import Person
from models.query import Prepared, slot
from services.people.aliases import group_of

_PERSON, _DAY = slot("person_id"), slot("day")
_UNDO = ServiceUse.alias()


def _treated(whose: Expression) -> Prepared:
    """An earlier receipt for treating the person; a void one was a mistake and no visit."""
    return Prepared(
        lambda: (
            Receipt.select(Receipt.id)
            .where(whose & (Receipt.occurred_on < _DAY) & (Receipt.void == 0))
            .limit(1)
        )
    )


def _served(whose: Expression) -> Prepared:
    """An earlier service that the person enjoyed and that nobody took back."""
    return Prepared(
        lambda: (
            ServiceUse.select(ServiceUse.id)
            .join(_UNDO, JOIN.LEFT_OUTER, on=(_UNDO.voids_id == ServiceUse.id))
            .where(
                whose
                & (ServiceUse.occurred_on < _DAY)
                & (ServiceUse.state == "used")
                & _UNDO.id.is_null()
            )
            .limit(1)
        )
    )


# each half of "patient or payer" has an index of its own; one condition would read them all
_TRACES = (
    Prepared(
        lambda: Person.select(Person.id).where(
            (Person.id == _PERSON) & (Person.last_visit_on < _DAY)
        )
    ),
    # checking in tells whether anybody had been seen before, also when the day has come since
    Prepared(
        lambda: (
            Visit.select(Visit.id)
            .where(
                (Visit.person_id == _PERSON)
                & (
                    ((Visit.visit_date <= _DAY) & (Visit.first_visit == 0))
                    | ((Visit.visit_date < _DAY) & Visit.state.not_in(("expected", "no_show")))
                )
            )
            .limit(1)
        )
    ),
    _treated((Receipt.credited_id == _PERSON) & (Receipt.patient_id == Receipt.credited_id)),
    _treated((Receipt.patient_id == _PERSON) & (Receipt.patient_id != Receipt.credited_id)),
    _served(
        (ServiceUse.person_id == _PERSON) & (ServiceUse.beneficiary_id == ServiceUse.person_id)
    ),
    _served(
        (ServiceUse.beneficiary_id == _PERSON) & (ServiceUse.beneficiary_id != ServiceUse.person_id)
    ),
    # what the old register had received in money was for earlier visits
    Prepared(
        lambda: (
            OpeningBalance.select(OpeningBalance.id)
            .where(
                (OpeningBalance.person_id == _PERSON)
                & (OpeningBalance.spend_fen > 0)
                & (OpeningBalance.occurred_on <= _DAY)
            )
            .limit(1)
        )
    ),
)


def is_first_visit(db: ClinicDatabase, person_id: int, day: str) -> bool:
    """Whether nobody treated this person before `day`: no earlier visit, receipt or service, and
    nothing from the old register. Whoever was merged into them counts as well (E62)."""
    return not any(
        trace.row(db, person_id=each, day=day)
        for each in group_of(db, person_id)
        for trace in _TRACES
    )
