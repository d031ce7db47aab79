"""How long records are kept: so many years after somebody was last seen (个保法 19 条).

Nothing goes by itself: the list says who is past it, somebody decides each one.
"""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.ledgers import Receipt
from models.people import Membership, Person
from services.changes import Changes, Kind
from services.clock import plus_months
from services.commands import Tx, command, read_setting, write_setting
from services.errors import RuleError
from services.i18n import tr
from services.people.privacy import mask_name
from services.setup import SettingChanged

_KEEP, _LEGAL = "privacy.keep_years", "privacy.legal_years"
DEFAULT_KEEP, DEFAULT_LEGAL = 3, 0
MOST_YEARS = 30


@dataclass(frozen=True)
class Retention:
    """`keep_years` after leaving or the last visit a record is looked at again; for `legal_years`
    nothing is erased (15 where the clinic takes its records for outpatient records), 0 for none.
    """

    keep_years: int
    legal_years: int


@dataclass(frozen=True)
class PastKeeping:
    """Somebody whose record has been kept long enough."""

    person_id: int
    number: str
    name_masked: str
    last_on: str
    until: str


def retention(db: ClinicDatabase) -> Retention:
    """The clinic's years."""
    return Retention(
        int(read_setting(db, _KEEP, str(DEFAULT_KEEP))),
        int(read_setting(db, _LEGAL, str(DEFAULT_LEGAL))),
    )


@command("privacy.retention", entity="clinic")
def set_retention(tx: Tx, *, keep_years: int, legal_years: int) -> SettingChanged:
    """Set the years. Raises RuleError out of bounds."""
    if not (1 <= keep_years <= MOST_YEARS and 0 <= legal_years <= MOST_YEARS):
        sentence = tr("保存年限请填 1 至 {n} 年；法定年限请填 0 至 {n} 年，0 表示没有。")
        raise RuleError(sentence.format(n=MOST_YEARS))
    write_setting(tx, _KEEP, str(keep_years))
    write_setting(tx, _LEGAL, str(legal_years))
    tx.about(1, keep_years=keep_years, legal_years=legal_years)
    return SettingChanged(Changes((Kind.SETTING, Kind.PERSON)))


def last_seen(db: ClinicDatabase, group: tuple[int, ...]) -> str:
    """The last day something tied somebody to the clinic: a visit, a bill, leaving, enrolling."""
    seen = Person.select(fn.MAX(Person.last_visit_on), fn.MAX(Person.created_on)).where(
        Person.id.in_(group)
    )
    left = Membership.select(fn.MAX(Membership.ended_on)).where(Membership.person_id.in_(group))
    billed = Receipt.select(fn.MAX(Receipt.occurred_on)).where(Receipt.credited_id.in_(group))
    days = [*(db.row(seen) or ()), db.scalar(left), db.scalar(billed)]
    return max(day for day in days if day is not None)


def legal_until(db: ClinicDatabase, last_on: str) -> str | None:
    """The first day a record may be erased; None where the clinic names no years."""
    years = retention(db).legal_years
    return plus_months(last_on, 12 * years) if years else None


def past_keeping(db: ClinicDatabase, today: str, limit: int = 500) -> list[PastKeeping]:
    """Records in use or frozen, of nobody who is a member, last seen longer ago than the clinic
    keeps them; the oldest first."""
    months = 12 * max(retention(db).keep_years, retention(db).legal_years)
    before = plus_months(today, -months)
    left = Membership.select(fn.MAX(Membership.ended_on)).where(Membership.person_id == Person.id)
    active = Membership.select(Membership.id).where(
        (Membership.person_id == Person.id) & (Membership.state == "active")
    )
    billed = Receipt.select(fn.MAX(Receipt.occurred_on)).where(Receipt.credited_id == Person.id)
    seen = fn.COALESCE(Person.last_visit_on, Person.created_on)
    last = fn.MAX(seen, fn.COALESCE(left, ""), fn.COALESCE(billed, ""))
    query = (
        Person.select(Person.id, Person.number, Person.name, last)
        .where(
            (
                (Person.state == "active")
                | ((Person.state == "withdrawn") & Person.frozen_on.is_null(False))
            )
            & (seen <= before)
            & (last <= before)
            & ~fn.EXISTS(active)
        )
        .order_by(last, Person.id)
        .limit(limit)
    )
    return [
        PastKeeping(i, number, mask_name(name), on, plus_months(on, months))
        for i, number, name, on in db.rows(query)
    ]
