"""What was given to somebody outside the clinic: to whom, what, what for, and on what ground
(对外提供, 个保法 23, 55 条; R135). Kept for good; a mistake is taken back by a row of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.people import Person
from models.privacy import Disclosure
from models.system import Staff
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import group_of, root_of
from services.people.closed import refuse_closed
from services.people.privacy import mask_name
from services.privacy.words import BASES

LONGEST = 120
_SAID = ("receiver", "what", "purpose", "basis", "basis_note", "occurred_on", "staff")


@dataclass(frozen=True)
class DisclosureForm:
    """`receiver` is an institution or office, `what` the kinds of data, never the data; `basis`
    'consent' or 'law'; `basis_note` when and how they agreed, or which law."""

    receiver: str
    what: str
    purpose: str
    basis: str
    basis_note: str


@dataclass(frozen=True)
class Disclosed:
    """Data was given away, or the row was taken back."""

    disclosure_id: int
    person_id: int
    changes: Changes


@dataclass(frozen=True)
class DisclosureRow:
    """Something that was given away; `taken_back` when it was written by mistake."""

    id: int
    person_id: int
    number: str
    name_masked: str
    receiver: str
    what: str
    purpose: str
    basis: str
    basis_note: str
    occurred_on: str
    staff: str
    taken_back: bool


@command("privacy.disclose", entity="disclosure")
def disclose(tx: Tx, *, person_id: int, form: DisclosureForm) -> Disclosed:
    """Write down what is given to somebody else, before it is given. Raises RuleError for a gap,
    an unknown ground, too many words, or a closed record where no law demands it."""
    if form.basis not in BASES:
        raise RuleError(tr("请选择依据：本人单独同意，或法律规定。"))
    said = {
        tr("接收方"): form.receiver,
        tr("提供什么"): form.what,
        tr("用途"): form.purpose,
        tr("依据说明"): form.basis_note,
    }
    for title, text in said.items():
        if not text.strip():
            raise RuleError(tr("请填写“{title}”，对外提供须留全记录。").format(title=title))
        if len(text) > LONGEST:
            sentence = tr("“{title}”最多 {n} 个字，请写短一些。")
            raise RuleError(sentence.format(title=title, n=LONGEST))
    person_id = root_of(tx.db, person_id)
    if tx.db.row(Person.select(Person.id).where(Person.id == person_id)) is None:
        raise RuleError(tr("没有找到这个人，请刷新后重试。"))
    if form.basis == "consent":
        refuse_closed(tx.db, person_id)
    disclosure_id = tx.db.insert(
        Disclosure,
        person_id=person_id,
        receiver=form.receiver.strip(),
        what=form.what.strip(),
        purpose=form.purpose.strip(),
        basis=form.basis,
        basis_note=form.basis_note.strip(),
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(disclosure_id, person=person_id, basis=form.basis)
    return Disclosed(disclosure_id, person_id, Changes((Kind.PERSON,), person_id))


@command("privacy.take_back", entity="disclosure")
def take_back(tx: Tx, *, disclosure_id: int) -> Disclosed:
    """Say that something was never given after all; both rows stay. Raises RuleError."""
    row = tx.db.row(
        Disclosure.select(
            Disclosure.person_id,
            Disclosure.receiver,
            Disclosure.what,
            Disclosure.purpose,
            Disclosure.basis,
            Disclosure.basis_note,
            Disclosure.takes_back_id,
        ).where(Disclosure.id == disclosure_id)
    )
    again = Disclosure.select(Disclosure.id).where(Disclosure.takes_back_id == disclosure_id)
    if row is None or row[6] is not None or tx.db.row(again) is not None:
        raise RuleError(tr("这条登记已经撤回，请刷新。"))
    tx.db.insert(
        Disclosure,
        person_id=row[0],
        receiver=row[1],
        what=row[2],
        purpose=row[3],
        basis=row[4],
        basis_note=row[5],
        takes_back_id=disclosure_id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(disclosure_id, person=row[0])
    return Disclosed(disclosure_id, row[0], Changes((Kind.PERSON,), row[0]))


def disclosures_of(db: ClinicDatabase, person_id: int) -> list[DisclosureRow]:
    """What was given away about a person under any of their records, the newest first."""
    return _rows(db, Disclosure.person_id.in_(group_of(db, root_of(db, person_id))))


def disclosures_between(db: ClinicDatabase, first: str, last: str) -> list[DisclosureRow]:
    """What was given away in the days, the newest first."""
    return _rows(db, (Disclosure.occurred_on >= first) & (Disclosure.occurred_on <= last))


def _rows(db: ClinicDatabase, wanted: Any) -> list[DisclosureRow]:
    back = Disclosure.alias()
    query = (
        Disclosure.select(
            Disclosure.id,
            Disclosure.person_id,
            Person.number,
            Person.name,
            Disclosure.receiver,
            Disclosure.what,
            Disclosure.purpose,
            Disclosure.basis,
            Disclosure.basis_note,
            Disclosure.occurred_on,
            Staff.name,
            fn.COALESCE(back.id, 0) > 0,
        )
        .join(Person, on=(Person.id == Disclosure.person_id))
        .switch(Disclosure)
        .join(Staff, on=(Staff.id == Disclosure.staff_id))
        .switch(Disclosure)
        .join(back, JOIN.LEFT_OUTER, on=(back.takes_back_id == Disclosure.id))
        .where(wanted & Disclosure.takes_back_id.is_null())
        .order_by(Disclosure.id.desc())
    )
    return [
        DisclosureRow(
            id=row[0],
            person_id=row[1],
            number=row[2],
            name_masked=mask_name(row[3]),
            **dict(zip(_SAID, row[4:11], strict=True)),
            taken_back=bool(row[11]),
        )
        for row in db.rows(query)
    ]
