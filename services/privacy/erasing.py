"""Erasing somebody: their record becomes anonymous, the clinic's books stay whole (个保法 47 条).

Who they were goes – name, numbers, address, cards, whatever anybody wrote about them in words.
What happened stays – amounts, points, days, what was handed out – about nobody any more. The
audit trail never held more than masked values and keyed fingerprints, so its chain stays too.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.groups import PersonLabel
from models.people import Alert, Card, Person
from models.reception import Appointment
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.history import asks_birthday
from services.loyalty.standing import resettle_person
from services.people.aliases import group_of
from services.people.lunar import write_lunar
from services.people.search import reindex
from services.privacy.freezing import end_waiting
from services.privacy.open_matters import open_matters
from services.privacy.requests import open_request, write_answer
from services.privacy.words import DONE, ERASE
from services.privacy.written import NOBODY, empty_names, empty_words

APPROVAL = "approve.erase"
_PHONES = (Person.phone, Person.phone_alt, Person.guardian_phone)


@dataclass(frozen=True)
class Erased:
    """A record is anonymous. `records` is how many stood for the person."""

    person_id: int
    records: int
    changes: Changes


@command("privacy.erase", entity="person")
def erase(tx: Tx, *, request_id: int, approval: Approval | None) -> Erased:
    """Make whoever asked for it anonymous, in every record that stood for them (R135).

    The director says the word. It cannot be undone. Raises RuleError: no word, another kind of
    request, and the first of what is still open with what to do about it.
    """
    second = tx.require(approval, APPROVAL, tr("删除个人信息须由院长批准。"))
    row = open_request(tx, request_id, (ERASE,))
    for sentence in open_matters(tx.db, tx.today, row.person_id):
        raise RuleError(sentence)
    group = group_of(tx.db, row.person_id)
    end_waiting(tx, group)
    known_by = _names(tx, group)
    _forget_bookings(tx, group)
    for person_id in group:
        _forget(tx, person_id)
    tx.db.write(Person.update(state="erased").where(Person.id == row.person_id))
    reindex(tx.db, row.person_id)
    empty_names(tx, group, known_by)
    empty_words(tx, group)
    resettle_person(tx, row.person_id, asks_birthday)
    write_answer(tx, row, DONE, tr("已匿名化"), approved_by=second.staff_id)
    tx.about(row.person_id, request=request_id, records=len(group), approved_by=second.staff_id)
    kinds = (Kind.PERSON, Kind.VISIT, Kind.FOLLOWUP, Kind.GRANT, Kind.ACTIVITY, Kind.GROUP)
    return Erased(row.person_id, len(group), Changes(kinds))


def anonymous_number(person_id: int) -> str:
    """What stands instead of a member number, which may be printed on a card at home."""
    return f"X{person_id:07d}"


def left_behind(db: ClinicDatabase) -> list[int]:
    """Anonymous records that still say who somebody was; there are none (for `verify`)."""
    told = (
        (Person.name != NOBODY)
        | (Person.pinyin != "")
        | Person.birthday.is_null(False)
        | (Person.id_number != "")
        | (Person.address != "")
        | (Person.guardian_name != "")
        | (Person.note != "")
        | (Person.contact_note != "")
    )
    for phone in _PHONES:
        told |= phone != ""
    query = Person.select(Person.id).where(Person.erased_on.is_null(False) & told)
    return [person_id for (person_id,) in db.rows(query)]


def _names(tx: Tx, group: tuple[int, ...]) -> frozenset[str]:
    """What they and whoever speaks for them are called."""
    names = Person.select(Person.name, Person.guardian_name).where(Person.id.in_(group))
    return frozenset(each for row in tx.db.rows(names) for each in row if each)


def _forget(tx: Tx, person_id: int) -> None:
    """One record: who they were, what they could be found and recognised by."""
    tx.db.write(
        Person.update(
            number=anonymous_number(person_id),
            name=NOBODY,
            pinyin="",
            birthday=None,
            id_type="resident",
            id_number="",
            id_absent_reason="",
            phone="",
            phone_alt="",
            address="",
            guardian_name="",
            guardian_relation="",
            guardian_phone="",
            household_id=None,
            source="",
            note="",
            contact_by="",
            contact_note="",
            quiet=1,
            erased_on=tx.today,
        ).where(Person.id == person_id)
    )
    write_lunar(tx, person_id, None)
    tx.db.write(Alert.update(text="", active=0).where(Alert.person_id == person_id))
    tx.db.write(
        PersonLabel.update(until_on=tx.today).where(
            (PersonLabel.person_id == person_id) & PersonLabel.until_on.is_null()
        )
    )
    cards = tx.db.rows(Card.select(Card.id).where(Card.person_id == person_id))
    for (card_id,) in cards:
        tx.db.write(Card.update(number=f"X{card_id:07d}", state="void").where(Card.id == card_id))


def _forget_bookings(tx: Tx, group: tuple[int, ...]) -> None:
    """What was said on the telephone, also before there was a record with the same number."""
    numbers = {
        number
        for phones in tx.db.rows(Person.select(*_PHONES).where(Person.id.in_(group)))
        for number in phones
        if number
    }
    tx.db.write(
        Appointment.update(name="", phone="", note="").where(Appointment.person_id.in_(group))
    )
    tx.db.write(
        Appointment.update(name=NOBODY, phone="", note="").where(
            Appointment.person_id.is_null() & Appointment.phone.in_(numbers)
        )
    )
