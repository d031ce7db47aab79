"""What somebody agrees to, and how they want to be reached: said once, kept at once (4.4.5).

A no is written together with what it ends: nothing that was waiting to be offered waits any more
(`contact.stop`). How somebody wants to be reached is said by any of their records (E62).
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Consent, Person
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import group_of
from services.people.contact import MARKETING, stop
from services.people.records import CONSENT_ITEMS, NOTICE_VERSION, existing

_WISHES = Prepared(
    lambda: Person.select(
        Person.contact_by, Person.contact_note, Person.quiet, Person.reviewed_on
    ).where(Person.id == slot("id"))
)

CONTACT_BY = ("", "phone", "sms", "letter")
LONGEST_NOTE = 60


@dataclass(frozen=True)
class ConsentSet:
    """A consent was given or taken back."""

    consent_id: int
    person_id: int
    changes: Changes


@dataclass(frozen=True)
class ContactChanged:
    """How somebody wants to be reached is on record."""

    person_id: int
    changes: Changes


@dataclass(frozen=True)
class Reviewed:
    """A person's record was gone through."""

    person_id: int
    changes: Changes


@dataclass(frozen=True)
class Wishes:
    """How somebody wants to be reached: by 'phone', 'sms', 'letter' or '' for no matter, a note
    for whoever calls, not at all (`quiet`); and when their record was last gone through."""

    by: str = ""
    note: str = ""
    quiet: bool = False
    reviewed_on: str | None = None


def channel_title(channel: str) -> str:
    """A way to reach somebody as the desk says it."""
    return {
        "": tr("方式不限"),
        "phone": tr("电话"),
        "sms": tr("短信"),
        "letter": tr("信函"),
    }[channel]


def wishes_of(db: ClinicDatabase, person_id: int) -> Wishes:
    """What was said under any of a person's records, their own word first."""
    said = [row for each in group_of(db, person_id) for row in _WISHES.rows(db, id=each)]
    return Wishes(
        by=next((row[0] for row in said if row[0]), ""),
        note=next((row[1] for row in said if row[1]), ""),
        quiet=any(row[2] for row in said),
        reviewed_on=max((row[3] for row in said if row[3]), default=None),
    )


def wishes_words(wishes: Wishes) -> str:
    """The wishes in one line, '' when nothing was said."""
    parts = []
    if wishes.quiet:
        parts.append(tr("免打扰"))
    if wishes.by:
        parts.append(tr("希望用{channel}联系").format(channel=channel_title(wishes.by)))
    if wishes.note:
        parts.append(wishes.note)
    return tr("，").join(parts)


@command("person.consent", entity="person")
def set_consent(tx: Tx, *, person_id: int, item: str, granted: bool) -> ConsentSet:
    """Note that a person agrees, or no longer does, to one item (4.4.3, 4.4.5).

    Append-only: the latest row counts. Taking back the consent to marketing ends at once what was
    waiting to be offered. Raises RuleError for an unknown item or person.
    """
    if item not in CONSENT_ITEMS:
        raise RuleError(tr("没有这个同意项，请重新打开表单。"))
    existing(tx, person_id)
    consent_id = tx.db.insert(
        Consent,
        person_id=person_id,
        item=item,
        granted=int(granted),
        notice_version=NOTICE_VERSION,
        seq=tx.seq,
    )
    kinds: tuple[Kind, ...] = (Kind.PERSON,)
    if item == MARKETING and not granted:
        stop(tx, person_id)
        kinds = (*kinds, Kind.FOLLOWUP)
    tx.about(person_id, item=item, granted=granted, notice=NOTICE_VERSION)
    return ConsentSet(consent_id, person_id, Changes(kinds, person_id))


@command("person.contact", entity="person")
def set_contact(tx: Tx, *, person_id: int, by: str, note: str, quiet: bool) -> ContactChanged:
    """Keep how somebody wants to be reached. `quiet`: no offers, whatever was agreed to before.

    What any of their records said is replaced. Raises RuleError: unknown way or person, a note
    that is too long.
    """
    note = " ".join(note.split())
    if by not in CONTACT_BY:
        raise RuleError(tr("联系方式请选电话、短信、信函或不限。"))
    if len(note) > LONGEST_NOTE:
        raise RuleError(tr("联系备注最多 {n} 个字，请写短一些。").format(n=LONGEST_NOTE))
    existing(tx, person_id)
    group = group_of(tx.db, person_id)
    tx.db.write(
        Person.update(contact_by=by, contact_note=note, quiet=int(quiet)).where(
            Person.id.in_(group)
        )
    )
    kinds: tuple[Kind, ...] = (Kind.PERSON,)
    if quiet:
        stop(tx, person_id)
        kinds = (*kinds, Kind.FOLLOWUP)
    tx.about(person_id, by=by, note=bool(note), quiet=quiet)
    return ContactChanged(person_id, Changes(kinds, person_id))


@command("person.review", entity="person")
def mark_reviewed(tx: Tx, *, person_id: int) -> Reviewed:
    """Somebody's record was gone through with them today (R151). Raises RuleError for an unknown
    person."""
    existing(tx, person_id)
    tx.db.write(Person.update(reviewed_on=tx.today).where(Person.id == person_id))
    tx.about(person_id, reviewed_on=tx.today)
    return Reviewed(person_id, Changes((Kind.PERSON, Kind.FOLLOWUP), person_id))
