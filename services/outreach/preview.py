"""A mailing before it is sent: who it goes to, who not and why, and what one of them reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.followup import MailingPerson
from models.people import Person
from services.followups.plans import plan_of
from services.i18n import tr
from services.outreach.audience import audience_of, left_out_lines
from services.outreach.filling import recipients
from services.outreach.mailings import MailingRow, mailings_to
from services.outreach.texts import (
    LABELS,
    NUMBERS,
    Preset,
    characters,
    check_text,
    completed,
    parts,
    presets,
    sounds_like_promise,
)
from services.people.aliases import group_of
from services.people.privacy import mask_address, mask_phone

NAMED = 1000  # people of a mailing that are listed


@dataclass(frozen=True)
class Foreseen:
    """Who a mailing goes to, and in words who is left out and why."""

    people: tuple[int, ...]
    left_out: int
    why: str


@dataclass(frozen=True)
class Sample:
    """What one person reads: where it goes (masked), the text, its measure in words, and what is
    doubtful about it, '' for nothing."""

    where: str
    text: str
    measure: str
    doubt: str


@dataclass(frozen=True)
class NamedReader:
    """Somebody a mailing went to."""

    id: int
    number: str
    name: str


def foresee(db: ClinicDatabase, people: Sequence[int], kind: str, *, marketing: bool) -> Foreseen:
    """Who of `people` is written to. Raises RuleError as `audience_of`."""
    found = audience_of(db, people, kind, marketing=marketing)
    return Foreseen(found.people, found.left_out, left_out_lines(found, kind))


def sample(
    db: ClinicDatabase,
    today: str,
    person_id: int,
    kind: str,
    text: str,
    *,
    marketing: bool,
    subjects: Mapping[int, tuple[str, str]] | None = None,
    activity_id: int | None = None,
) -> Sample:
    """What a person reads. Raises RuleError for a text that cannot be sent."""
    check_text(kind, text, activity_id)
    whole = completed(db, kind, text, marketing=marketing)
    (reader,) = recipients(
        db, today, (person_id,), whole, subjects=subjects, activity_id=activity_id
    )
    if kind == NUMBERS:
        words = tr("{n} 个字，按 {parts} 条短信计费").format(
            n=characters(reader.text), parts=parts(reader.text)
        )
        where = tr("{name}　{phone}").format(name=reader.name, phone=mask_phone(reader.phone))
        return Sample(where, reader.text, words, _doubt(text))
    where = tr("{address}　{addressee}").format(
        address=mask_address(reader.address), addressee=reader.addressee
    )
    words = "" if kind == LABELS else tr("{n} 个字").format(n=len(reader.text))
    return Sample(where, reader.text, words, _doubt(text))


def _doubt(text: str) -> str:
    word = sounds_like_promise(text)
    if not word:
        return ""
    sentence = tr("“{word}”像是保证疗效或最高级的说法，医疗广告不允许，请换个说法。")
    return sentence.format(word=word)


def texts_for(db: ClinicDatabase, rule: str, *, activity: bool = False) -> tuple[Preset, ...]:
    """Texts to begin with: those of the plan that asked, then the usual ones."""
    plan = plan_of(db, rule) if rule else None
    own = [
        Preset(f"plan.{n}", f"{plan.name} {n}", text, plan.marketing, of_plan=True)
        for n, text in enumerate(plan.scripts if plan is not None else (), 1)
        if plan is not None
    ]
    return (*own, *presets(activity=activity))


def readers_of(db: ClinicDatabase, mailing_id: int) -> list[NamedReader]:
    """The people a mailing went to, by member number; at most a thousand are named."""
    query = (
        MailingPerson.select(Person.id, Person.number, Person.name)
        .join(Person, on=(Person.id == MailingPerson.person_id))
        .where(MailingPerson.mailing_id == mailing_id)
        .order_by(Person.number)
        .limit(NAMED)
    )
    return [NamedReader(*row) for row in db.rows(query)]


def sent_to(db: ClinicDatabase, person_id: int) -> list[MailingRow]:
    """What somebody was sent under any of their records, the newest first."""
    return mailings_to(db, group_of(db, person_id))
