"""Who gets a letter or a message, and why somebody does not: said before anything is sent.

The gate is `contact.contactable`; here only what a piece of paper or a telephone number needs
besides is looked at. A number belongs to whoever holds it: when that person said no, no offer goes
to it under another name either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Person
from services.errors import RuleError
from services.i18n import tr
from services.outreach.texts import NUMBERS, channel_of
from services.people.aliases import roots
from services.people.consents import wishes_of
from services.people.contact import Contactable, contactable, left_out_words

MOST = {"letter": 500, "labels": 500, "numbers": 20_000}
PHONES = ("phone", "guardian_phone", "phone_alt")  # in the order they are tried
_CHUNK = 500


@dataclass(frozen=True)
class Audience:
    """Of people asked about: who is written to, in their order; who is not, by the gate
    (`gate`), for want of an address or number, for a wish to be reached in another way, or
    because the number is somebody's who said no."""

    people: tuple[int, ...]
    gate: Contactable
    unreachable: int
    elsewhere: int
    others_no: int

    @property
    def left_out(self) -> int:
        """How many are not written to."""
        return self.gate.left_out + self.unreachable + self.elsewhere + self.others_no


def audience_of(
    db: ClinicDatabase, people: Sequence[int], kind: str, *, marketing: bool
) -> Audience:
    """Who of `people` is written to. Raises RuleError for too many people."""
    gate = contactable(db, people, "consent" if marketing else "service")
    if len(gate.people) > MOST[kind]:
        sentence = tr("一次最多 {n} 位，现在有 {now} 位。请分几批，或先缩小分组。")
        raise RuleError(sentence.format(n=f"{MOST[kind]:,}", now=f"{len(gate.people):,}"))
    return reachable(db, gate, kind, marketing=marketing)


def reachable(db: ClinicDatabase, gate: Contactable, kind: str, *, marketing: bool) -> Audience:
    """Who of those who may be contacted can be written to."""
    channel, survivors = channel_of(kind), set(roots(db).values())
    kept: list[int] = []
    unreachable = elsewhere = others_no = 0
    for some in chunks(gate.people):
        reach = _reach(db, some, kind)
        refused = _refused_numbers(db, reach) if marketing and kind == NUMBERS else set()
        for person_id in some:
            where, by = reach[person_id]
            if person_id in survivors:
                by = wishes_of(db, person_id).by
            if not where:
                unreachable += 1
            elif marketing and by not in ("", channel):
                elsewhere += 1
            elif where in refused:
                others_no += 1
            else:
                kept.append(person_id)
    return Audience(tuple(kept), gate, unreachable, elsewhere, others_no)


def left_out_lines(found: Audience, kind: str) -> str:
    """Why people are not written to, '' when nobody is left out."""
    nowhere = tr("{n} 位没有电话") if kind == NUMBERS else tr("{n} 位没有住址")
    elsewhere = tr("{n} 位希望用别的方式联系")
    more = (
        (found.unreachable, nowhere),
        (found.elsewhere, elsewhere),
        (found.others_no, tr("{n} 位的号码属于拒绝营销联系的人")),
    )
    parts = [left_out_words(found.gate), *(w.format(n=n) for n, w in more if n)]
    return "、".join(part for part in parts if part)


def chunks(people: Sequence[int]) -> Iterator[list[int]]:
    """The people in portions that one question to the database can name."""
    for start in range(0, len(people), _CHUNK):
        yield list(people[start : start + _CHUNK])


def number_of(phones: Sequence[str]) -> str:
    """The number somebody is reached at, '' without any."""
    return next((phone for phone in phones if phone), "")


def _reach(db: ClinicDatabase, people: list[int], kind: str) -> dict[int, tuple[str, str]]:
    """Where each can be reached, and the way they want to be."""
    columns = (Person.id, *(getattr(Person, name) for name in PHONES), Person.address)
    query = Person.select(*columns, Person.contact_by).where(Person.id.in_(people))
    return {
        person_id: (number_of(phones) if kind == NUMBERS else address, by)
        for person_id, *phones, address, by in db.rows(query)
    }


def _refused_numbers(db: ClinicDatabase, reach: dict[int, tuple[str, str]]) -> set[str]:
    """Those of the numbers whose holder wants no offers."""
    numbers = {where for where, _ in reach.values() if where}
    query = Person.select(Person.id, Person.phone).where(
        Person.phone.in_(numbers) & (Person.phone != "") & (Person.state == "active")
    )
    holders = dict(db.rows(query))
    others = [person_id for person_id in holders if person_id not in reach]
    welcome = set(contactable(db, others, "no_objection").people)
    return {holders[person_id] for person_id in others if person_id not in welcome}
