"""What each condition of a rule asks of a person, as a condition of a query.

Every one is true or false of everybody, never unknown, so that 'not' means all the others.
Money, visits, bills and labels are those of the whole person (`whole`); what a record says itself
(birthday, address, doctor …) is read from the record that speaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peewee import fn

from models.desk import Visit
from models.groups import Label, PersonLabel
from models.ledgers import MoneyEvent, Receipt, ReceiptLine, Standing
from models.people import LunarBirthday, LunarDay, Person
from models.reception import CareTeam
from services.care.team import ATTENDING
from services.clock import plus_months
from services.groups import rule as r
from services.groups.life_cycle import Spans
from services.groups.payments import INSURANCE, kinds_of
from services.groups.whole import Rows, Whole
from services.people.form import GUARDIAN_BELOW

LEFT = "no_show"  # a visit that did not take place


@dataclass(frozen=True)
class Facts:
    """What conditions are read with: the day, the programmes in use (the main one first), the
    spans of the life cycle, and the merges."""

    today: str
    programmes: tuple[int, ...]
    spans: Spans
    whole: Whole

    def since(self, months: int) -> str:
        """The day so many months ago."""
        return plus_months(self.today, -months)


def everybody() -> Any:
    """True of everybody."""
    return Person.id.is_null(False)


def nobody() -> Any:
    """True of nobody."""
    return Person.id.is_null()


def condition(facts: Facts, rule: r.Condition) -> Any:
    """The condition of a rule that is neither a junction nor a saved group."""
    return _CONDITIONS[type(rule)](facts, rule)


def born_in(month: int, year: str) -> Any:
    """The birthday, solar or lunar, falls into this month of the year."""
    part = f"-{month:02d}-"
    lunar = LunarDay.select(LunarDay.person_id).where(LunarDay.day.startswith(f"{year}{part}"))
    kept = LunarBirthday.select(LunarBirthday.person_id)
    solar = fn.SUBSTR(fn.COALESCE(Person.birthday, ""), 5, 4) == part
    return (solar & Person.id.not_in(kept)) | Person.id.in_(lunar)


def _between(reaches: Callable[[int], Any], least: int | None, most: int | None) -> Any:
    """Both ends included; what cannot be below 1 need not be asked for."""
    found = everybody()
    if least is not None and least > 0:
        found &= reaches(least)
    if most is not None:
        found &= ~reaches(most + 1)
    return found


def _born_by(day: str) -> Any:
    return Person.birthday.is_null(False) & (Person.birthday <= day)


def _years_ago(today: str, years: int) -> str:
    return f"{max(int(today[:4]) - years, 0):04d}{today[4:]}"


def _label(facts: Facts, rule: r.HasLabel) -> Any:
    now = PersonLabel.until_on.is_null()
    rows = PersonLabel.select().where((PersonLabel.label_id == rule.label_id) & now)
    chosen = Label.alias()
    dimension = chosen.select(chosen.dimension).where(chosen.id == rule.label_id)
    single = Label.select(Label.id).where((Label.dimension == dimension) & (Label.exclusive == 1))
    own = PersonLabel.select(PersonLabel.person_id).where(PersonLabel.label_id.in_(single) & now)
    return _own_first(facts, rows, PersonLabel.person_id, own)


def _own_first(facts: Facts, rows: Any, person: Any, own: Any) -> Any:
    """A row of the record that speaks, or of a merged one where the speaking one is not among
    `own`, who have a row of their own."""
    mine = Person.id.in_(rows.select(person))
    return mine | (Person.id.not_in(own) & facts.whole.has(rows, person))


def _age(facts: Facts, rule: r.Age) -> Any:
    found = Person.birthday.is_null(False)
    if rule.least is not None:
        found &= _born_by(_years_ago(facts.today, rule.least))
    if rule.most is not None:
        found &= ~_born_by(_years_ago(facts.today, rule.most + 1))
    return found


def _minor(facts: Facts, _: r.Minor) -> Any:
    return _age(facts, r.Age(most=GUARDIAN_BELOW - 1))


def _sex(_: Facts, rule: r.Sex) -> Any:
    return Person.sex == rule.sex


def _birthday_month(facts: Facts, rule: r.BirthdayMonth) -> Any:
    return born_in(rule.month, facts.today[:4])


def _lives(_: Facts, rule: r.Lives) -> Any:
    def lives(record: Any) -> Any:
        place = fn.INSTR(record.address, rule.words)
        return place == 1 if rule.begins else place > 0

    return _record(lives)


def _record(says: Callable[[Any], Any]) -> Any:
    """What no index knows is looked up by itself, in the order the records lie in."""
    record = Person.alias()
    return Person.id.in_(record.select(record.id).where(says(record)))


def _spent(facts: Facts, rule: r.Spent) -> Any:
    if not rule.months:
        return _between(lambda fen: _counted(facts, fen), rule.least_fen, rule.most_fen)
    since = facts.since(rule.months)

    def rows(among: Any) -> Rows:
        found = MoneyEvent.select().where(MoneyEvent.occurred_on > since)
        if among is not None:
            found = found.where(MoneyEvent.person_id.in_(among))
        return Rows(found, MoneyEvent.person_id, fn.SUM(MoneyEvent.amount_fen))

    return _between(lambda fen: facts.whole.reaches(rows, fen), rule.least_fen, rule.most_fen)


def _counted(facts: Facts, fen: int) -> Any:
    """What counts in the main programme; that of merged records is settled with the survivor's."""
    query = Standing.select(Standing.person_id).where(
        (Standing.programme_id == facts.programmes[0]) & (Standing.spend_fen >= fen)
    )
    return Person.id.in_(query)


def _visits(facts: Facts, rule: r.Visits) -> Any:
    since = facts.since(rule.months) if rule.months else ""
    return _between(lambda days: _came(facts, days, since), rule.least, rule.most)


def _came(facts: Facts, least: int, since: str, only: Any = None) -> Any:
    """Came on so many days after `since`: was received, or is the patient of a receipt; `only`
    these people matter."""

    def rows(among: Any) -> Rows:
        received = Visit.select(Visit.person_id.alias("who"), Visit.visit_date.alias("day")).where(
            (Visit.state != LEFT) & (Visit.visit_date > since)
        )
        treated = Receipt.select(Receipt.patient_id, Receipt.occurred_on).where(
            (Receipt.void == 0) & (Receipt.occurred_on > since)
        )
        if among is not None:
            received = received.where(Visit.person_id.in_(among))
            treated = treated.where(Receipt.patient_id.in_(among))
        days = received.union(treated).alias("days")
        return Rows(Visit.select().from_(days), days.c.who, fn.COUNT(days.c.day))

    return facts.whole.reaches(rows, least, only)


def _away(facts: Facts, rule: r.Away) -> Any:
    since = facts.since(rule.months)
    return _record(lambda each: fn.COALESCE(each.last_visit_on, each.created_on) < since)


def _last_visit(_: Facts, rule: r.LastVisit) -> Any:
    found = Person.last_visit_on.is_null(False)
    if rule.first:
        found &= Person.last_visit_on >= rule.first
    if rule.last:
        found &= Person.last_visit_on <= rule.last
    return found


def _doctor(facts: Facts, rule: r.Doctor) -> Any:
    if rule.part == ATTENDING:
        return _record(lambda each: each.doctor_id == rule.doctor_id)
    if rule.part == "seen":
        return _seen_by(facts, rule.doctor_id)
    now = CareTeam.until_on.is_null() & (CareTeam.part == rule.part)
    own = CareTeam.select(CareTeam.person_id).where(now)
    rows = CareTeam.select().where(now & (CareTeam.doctor_id == rule.doctor_id))
    return _own_first(facts, rows, CareTeam.person_id, own)


def _seen_by(facts: Facts, doctor_id: int) -> Any:
    by = (
        (Visit.doctor_id == doctor_id)
        | (Visit.assistant_id == doctor_id)
        | (Visit.consultant_id == doctor_id)
    )
    visits = Visit.select().where(by & (Visit.state != LEFT))
    bills = Receipt.select().where((Receipt.doctor_id == doctor_id) & (Receipt.void == 0))
    whole = facts.whole
    return whole.has(visits, Visit.person_id) | whole.has(bills, Receipt.patient_id)


def _paid(facts: Facts, rule: r.Paid) -> Any:
    by = Receipt.payment.in_(kinds_of(rule.payment))
    if rule.payment == INSURANCE:
        by |= Receipt.insured_fen > 0
    bills = _bills(facts, rule.months).where(by)
    return facts.whole.has(bills, Receipt.credited_id)


def _treated(facts: Facts, rule: r.Treated) -> Any:
    lines = ReceiptLine.select(ReceiptLine.receipt_id).where(
        (ReceiptLine.item_class == rule.item_class) & (ReceiptLine.void == 0)
    )
    bills = _bills(facts, rule.months).where(Receipt.id.in_(lines))
    return facts.whole.has(bills, Receipt.patient_id)


def _bills(facts: Facts, months: int) -> Any:
    standing = Receipt.void == 0
    if months:
        standing &= Receipt.occurred_on > facts.since(months)
    return Receipt.select().where(standing)


def _life_cycle(facts: Facts, rule: r.LifeCycle) -> Any:
    came = Person.last_visit_on.is_null(False)
    if rule.stage == "potential":
        return ~came
    ends = {
        "to_wake": (facts.spans.asleep, facts.spans.wake),
        "asleep": (facts.spans.lost, facts.spans.asleep),
        "lost": (0, facts.spans.lost),
    }
    if rule.stage in ends:
        longest, shortest = ends[rule.stage]
        found = came & (Person.last_visit_on < facts.since(shortest))
        if longest:
            found &= Person.last_visit_on >= facts.since(longest)
        return found
    late = facts.since(facts.spans.wake)
    other = Person.alias()
    recent = other.select(other.id).where(other.last_visit_on >= late)
    # whoever stands in an old roster was a customer before this program knew them
    known = Person.import_batch_id.is_null(False) | _came(
        facts, facts.spans.new_days + 1, "", recent
    )
    return came & (Person.last_visit_on >= late) & (~known if rule.stage == "new" else known)


def _tier(_: Facts, rule: r.Tier) -> Any:
    return _held((Standing.programme_id == rule.programme_id) & (Standing.rank == rule.rank))


def _member_of(_: Facts, rule: r.MemberOf) -> Any:
    return _held(Standing.programme_id == rule.programme_id)


def _member(facts: Facts, _: r.Member) -> Any:
    return _held(Standing.programme_id.in_(facts.programmes))


def _held(which: Any) -> Any:
    return Person.id.in_(Standing.select(Standing.person_id).where(which & (Standing.member == 1)))


def _source(_: Facts, rule: r.Source) -> Any:
    return _record(lambda each: each.source == rule.source)


_CONDITIONS: dict[type, Callable[[Facts, Any], Any]] = {
    r.HasLabel: _label,
    r.Age: _age,
    r.Sex: _sex,
    r.BirthdayMonth: _birthday_month,
    r.Lives: _lives,
    r.Spent: _spent,
    r.Visits: _visits,
    r.Away: _away,
    r.LastVisit: _last_visit,
    r.Doctor: _doctor,
    r.Paid: _paid,
    r.Treated: _treated,
    r.LifeCycle: _life_cycle,
    r.Tier: _tier,
    r.MemberOf: _member_of,
    r.Member: _member,
    r.Source: _source,
    r.Minor: _minor,
}
