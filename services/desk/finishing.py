"""收尾: what the receipt of a visit is filled in with, so that F6 begins where the doctor ended.

The visit says who, which doctor and what for; the memberships say what that costs today, what is
free (first examination, re-check) and what was waived (R017, R021, R097, R133). `post_receipt`
takes the visit along and notes on it the receipt it ended with.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from models.database import ClinicDatabase
from models.desk import Visit
from models.ledgers import Receipt
from models.query import Prepared, slot
from models.system import Doctor
from services.clock import local_text
from services.followups.open_tasks import open_tasks_of
from services.i18n import tr
from services.loyalty.preview import Consequence
from services.loyalty.quotes import PriceRow, member_prices
from services.people.aliases import group_of, root_of
from services.programmes.items import item_class
from services.programmes.pricing import WHOLE, share_words

CALLS_SHOWN = 3

_VISITS = Prepared(
    lambda: Visit.select(
        Visit.id,
        Visit.arrived_at,
        Visit.first_visit,
        Visit.doctor_id,
        Visit.item,
        Visit.receipt_id,
    ).where(
        (Visit.person_id == slot("person_id"))
        & (Visit.visit_date == slot("day"))
        & Visit.state.in_(["in_treatment", "done"])
    )
)
_DOCTOR = Prepared(lambda: Doctor.select(Doctor.name, Doctor.active).where(Doctor.id == slot("id")))
_VOID = Prepared(lambda: Receipt.select(Receipt.void).where(Receipt.id == slot("id")))


@dataclass(frozen=True)
class Finishing:
    """A visit of today that has no receipt yet. `doctor_id` is None when nobody treated or the
    doctor has left; `item_class` is '' when the item tells none; `lines` are the prices that
    matter, each with its why."""

    visit_id: int
    person_id: int
    arrived: str
    first_visit: bool
    doctor_id: int | None
    doctor_name: str
    item: str
    item_class: str
    lines: tuple[Consequence, ...]

    @property
    def words(self) -> str:
        """The visit in one line."""
        kind = tr("新诊") if self.first_visit else tr("复诊")
        parts = (tr("{at} 到诊").format(at=self.arrived), kind, self.doctor_name, self.item)
        return " · ".join(part for part in parts if part)


def finishing(db: ClinicDatabase, today: str, person_id: int) -> Finishing | None:
    """The person's newest visit of today in treatment or done that no receipt belongs to; None
    when there is none, and then a receipt is typed as ever."""
    root = root_of(db, person_id)
    rows = sorted(
        row for each in group_of(db, root) for row in _VISITS.rows(db, person_id=each, day=today)
    )
    for visit_id, arrived_at, first, doctor_id, item, receipt_id in reversed(rows):
        if receipt_id is None or _VOID.rows(db, id=receipt_id)[0][0]:
            doctor: Any = None if doctor_id is None else _DOCTOR.row(db, id=doctor_id)
            name, works = doctor or ("", False)
            kind = item_class(item)
            return Finishing(
                visit_id=visit_id,
                person_id=root,
                arrived=local_text(arrived_at)[11:],
                first_visit=bool(first),
                doctor_id=doctor_id if works else None,
                doctor_name=name,
                item=item,
                item_class=kind,
                lines=_prices(db, today, root, kind),
            )
    return None


def _prices(db: ClinicDatabase, today: str, person_id: int, kind: str) -> tuple[Consequence, ...]:
    """What the visit's own class costs, and whatever is free today."""
    free, full = _free(), share_words(WHOLE)
    rows = [
        row
        for row in member_prices(db, today, person_id)
        if row.price == free or (row.item_class == kind and row.price != full)
    ]
    rows.sort(key=lambda row: row.item_class != kind)
    return tuple(_line(row) for row in rows)


def _line(row: PriceRow) -> Consequence:
    text = tr("{item}：{price}").format(item=row.item_class, price=row.price)
    return Consequence("waiver" if row.price == _free() else "price", text, row.why)


def _free() -> str:
    return share_words(Fraction(0))


def calls_left(db: ClinicDatabase, person_id: int) -> tuple[Consequence, ...]:
    """The calls that wait for the person when the receipt is posted, the earliest first."""
    return tuple(
        Consequence("call", task.reason, tr("计划 {day}").format(day=task.due_on))
        for task in open_tasks_of(db, person_id)[:CALLS_SHOWN]
    )
