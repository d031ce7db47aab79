"""Introductions as lists, papers and the person's page show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.partners import Introduction, Partner, PartnerAgreement
from models.people import Person
from services.errors import RuleError
from services.i18n import tr
from services.partners.agreement_days import OPEN_END, last_day
from services.partners.introduction_words import state_title
from services.partners.introductions import RUNNING
from services.partners.switch import is_on
from services.partners.terms import ALLIANCE, IN, Terms, decode
from services.people.aliases import group_of, roots
from services.people.privacy import mask_name


@dataclass(frozen=True)
class IntroductionRow:
    """An introduction. `person_name` is masked; `value_fen` is what an institution reported;
    `model` is '' without an agreement; `agreed_until` the last day of the agreement."""

    id: int
    number: str
    partner_id: int
    partner_name: str
    agreement_id: int | None
    contract: str
    model: str
    terms: Terms
    agreed_from: str
    agreed_until: str
    person_id: int
    person_number: str
    person_name: str
    direction: str
    item_class: str
    purpose: str
    before_id: int | None
    before_number: str
    consent_on: str
    consent_by: str
    consent_note: str
    handed: tuple[str, ...]
    state: str
    value_fen: int | None
    reported_on: str | None
    occurred_on: str
    arrived_on: str | None
    ended_on: str | None
    ended_why: str
    note: str

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.state in RUNNING

    @property
    def paid(self) -> bool:
        """Whether money is due for it at all."""
        return self.model not in ("", ALLIANCE)


def introductions(
    db: ClinicDatabase, first: str = "", last: str = OPEN_END, partner_id: int | None = None
) -> list[IntroductionRow]:
    """Introductions of some days, the newest first."""
    wanted = (Introduction.occurred_on >= first) & (Introduction.occurred_on <= last)
    if partner_id is not None:
        wanted &= Introduction.partner_id == partner_id
    return _rows(db, wanted)


def introduction(db: ClinicDatabase, introduction_id: int) -> IntroductionRow:
    """One introduction. Raises RuleError when there is none."""
    found = _rows(db, Introduction.id == introduction_id)
    if not found:
        raise RuleError(tr("没有找到这条介绍，请刷新后重试。"))
    return found[0]


def introductions_under(
    db: ClinicDatabase, agreement_id: int, direction: str
) -> list[IntroductionRow]:
    """What went by an agreement one way, the newest first."""
    return _rows(
        db, (Introduction.agreement_id == agreement_id) & (Introduction.direction == direction)
    )


def introduction_line(db: ClinicDatabase, person_id: int) -> str:
    """The person's newest introductions in one line for their page; '' while the module is off or
    there are none."""
    if not is_on(db):
        return ""
    rows = _rows(db, Introduction.person_id.in_(group_of(db, person_id)))
    words = {True: tr("{day} 由{name}介绍来，{state}"), False: tr("{day} 介绍到{name}，{state}")}
    return "；".join(
        words[row.direction == IN].format(
            day=row.occurred_on, name=row.partner_name, state=state_title(row.state)
        )
        for row in rows[:2]
    )


def _rows(db: ClinicDatabase, wanted: Any) -> list[IntroductionRow]:
    before = Introduction.alias()
    query = (
        Introduction.select(
            Introduction.id,
            Introduction.number,
            Introduction.partner_id,
            Partner.name,
            Introduction.agreement_id,
            PartnerAgreement.contract,
            PartnerAgreement.model,
            PartnerAgreement.terms,
            PartnerAgreement.from_on,
            PartnerAgreement.until_on,
            PartnerAgreement.ended_on,
            Introduction.person_id,
            Introduction.direction,
            Introduction.item_class,
            Introduction.purpose,
            Introduction.before_id,
            before.number,
            Introduction.consent_on,
            Introduction.consent_by,
            Introduction.consent_note,
            Introduction.handed,
            Introduction.state,
            Introduction.value_fen,
            Introduction.reported_on,
            Introduction.occurred_on,
            Introduction.arrived_on,
            Introduction.ended_on,
            Introduction.ended_why,
            Introduction.note,
        )
        .join(Partner, on=(Partner.id == Introduction.partner_id))
        .switch(Introduction)
        .join(
            PartnerAgreement,
            JOIN.LEFT_OUTER,
            on=(PartnerAgreement.id == Introduction.agreement_id),
        )
        .switch(Introduction)
        .join(before, JOIN.LEFT_OUTER, on=(before.id == Introduction.before_id))
        .where(wanted)
        .order_by(Introduction.occurred_on.desc(), Introduction.id.desc())
    )
    found = db.rows(query)
    speaks = roots(db)
    ids = {speaks.get(row[11], row[11]) for row in found}
    people = _people(db, ids)
    return [_row(row, speaks.get(row[11], row[11]), people) for row in found]


def _row(
    values: tuple[Any, ...], person_id: int, people: dict[int, tuple[str, str]]
) -> IntroductionRow:
    (
        row_id, number, partner_id, partner_name, agreement_id, contract, model, terms,
        agreed_from, until_on, agreement_ended, _person, direction, item_class, purpose, before_id,
        before_number, consent_on, consent_by, consent_note, handed, state, value_fen, reported_on,
        occurred_on, arrived_on, ended_on, ended_why, note,
    ) = values  # fmt: skip
    person_number, name = people[person_id]
    return IntroductionRow(
        id=row_id,
        number=number,
        partner_id=partner_id,
        partner_name=partner_name,
        agreement_id=agreement_id,
        contract=contract or "",
        model=model or "",
        terms=decode(terms) if terms else Terms(),
        agreed_from=agreed_from or "",
        agreed_until=last_day(until_on, agreement_ended),
        person_id=person_id,
        person_number=person_number,
        person_name=mask_name(name),
        direction=direction,
        item_class=item_class,
        purpose=purpose,
        before_id=before_id,
        before_number=before_number or "",
        consent_on=consent_on,
        consent_by=consent_by,
        consent_note=consent_note,
        handed=tuple(code for code in handed.split(",") if code),
        state=state,
        value_fen=value_fen,
        reported_on=reported_on,
        occurred_on=occurred_on,
        arrived_on=arrived_on,
        ended_on=ended_on,
        ended_why=ended_why,
        note=note,
    )


_CHUNK = 500


def _people(db: ClinicDatabase, ids: set[int]) -> dict[int, tuple[str, str]]:
    """Number and whole name by id."""
    wanted, found = sorted(ids), {}
    for start in range(0, len(wanted), _CHUNK):
        query = Person.select(Person.id, Person.number, Person.name).where(
            Person.id.in_(wanted[start : start + _CHUNK])
        )
        for person_id, number, name in db.rows(query):
            found[person_id] = (number, name)
    return found
