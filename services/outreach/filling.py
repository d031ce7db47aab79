"""What each person reads: the text of a mailing with their own values (R148)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Person
from services.commands import read_setting
from services.desk.strip import person_title
from services.followups.words import (
    CLINIC,
    PHONE,
    SURNAME,
    TITLE,
    callee_of,
    fill,
    values_of,
)
from services.i18n import tr
from services.outreach.audience import PHONES, chunks, number_of
from services.outreach.texts import NAME, SOMETIMES, activity_values
from services.people.privacy import surname_of
from services.setup import CLINIC_NAME, CLINIC_PHONE

_BLANK = re.compile(r"\{([^{}]*)\}")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Recipient:
    """Somebody written to, in full: name, title (小朋友, 女士, 先生 or ''), address, number, and
    the text as they read it."""

    person_id: int
    member_number: str
    name: str
    title: str
    address: str
    phone: str
    text: str

    @property
    def addressee(self) -> str:
        """Whom the envelope is for; a child's post goes to the parents."""
        child = self.title == tr("小朋友")
        title = tr("小朋友家长") if child else self.title
        return tr("　").join(part for part in (self.name, title, tr("收")) if part)


def recipients(
    db: ClinicDatabase,
    today: str,
    people: Sequence[int],
    text: str,
    *,
    subjects: Mapping[int, tuple[str, str]] | None = None,
    activity_id: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Recipient]:
    """The people in their order with what each reads. `subjects`: what the task of a person is
    about, and its cycle. `progress(done, of)` is told now and then and may raise to stop."""
    rich = not SOMETIMES.isdisjoint(_BLANK.findall(text))
    common = {
        CLINIC: read_setting(db, CLINIC_NAME),
        PHONE: read_setting(db, CLINIC_PHONE),
        **activity_values(db, activity_id),
    }
    done = 0
    for some in chunks(people):
        known = _known(db, some)
        for person_id in some:
            number, name, sex, birthday, address, *phones = known[person_id]
            title = person_title(sex, birthday, today)
            values = {SURNAME: surname_of(name), TITLE: title or tr("女士/先生"), NAME: name}
            if rich:
                item, cycle = (subjects or {}).get(person_id, ("", ""))
                values |= values_of(db, today, callee_of(db, today, person_id), item, cycle)
            said = fill(text, {**common, **values})
            yield Recipient(person_id, number, name, title, address, number_of(phones), said)
        done += len(some)
        if progress is not None:
            progress(done, len(people))


def _known(db: ClinicDatabase, people: list[int]) -> dict[int, tuple[str, ...]]:
    columns = (Person.number, Person.name, Person.sex, Person.birthday, Person.address)
    query = Person.select(Person.id, *columns, *(getattr(Person, each) for each in PHONES))
    return {row[0]: row[1:] for row in db.rows(query.where(Person.id.in_(people)))}
