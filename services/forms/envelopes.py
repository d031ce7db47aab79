"""信封标签: addresses in full for a list of people (R146). Whoever prints them is on record with
everybody who stands on them, as a look at a masked address is."""

from __future__ import annotations

from dataclasses import dataclass

from models.people import Person
from services.changes import NOTHING, Changes
from services.commands import Session, Tx, command
from services.desk.strip import person_title
from services.errors import RuleError
from services.forms.letterhead import clinic_title
from services.forms.paper import Cells, Paper, Size
from services.i18n import tr
from services.people.aliases import root_of
from services.people.contact import may_contact

NAME = "信封标签"
MOST = 500  # addresses in one go
ACROSS = (2, 3)


@dataclass(frozen=True)
class EnvelopesLogged:
    """Who stands on the labels, in their order, is on record; `skipped` have no address, want
    no letters, or are no longer here."""

    person_ids: tuple[int, ...]
    skipped: int
    changes: Changes


@dataclass(frozen=True)
class Envelopes:
    """The labels, and how many people were left out."""

    paper: Paper
    people: int
    skipped: int


@command("paper.envelopes", entity="person")
def log_envelopes(
    tx: Tx, *, person_ids: tuple[int, ...], marketing: bool = True
) -> EnvelopesLogged:
    """Record whose address is about to be printed. A `marketing` letter goes only to those who
    agreed to it (消法 29 条).

    Raises RuleError when nobody is left, or for too many people.
    """
    if len(person_ids) > MOST:
        raise RuleError(tr("一次最多打印 {n} 个信封，请分几批。").format(n=MOST))
    wanted = tuple(dict.fromkeys(root_of(tx.db, person_id) for person_id in person_ids))
    able = {
        row[0]
        for row in tx.db.rows(
            Person.select(Person.id).where(
                Person.id.in_(wanted) & (Person.state == "active") & (Person.address != "")
            )
        )
    }
    kept = tuple(
        person_id
        for person_id in wanted
        if person_id in able and (not marketing or may_contact(tx.db, person_id, "consent"))
    )
    if not kept:
        sentence = (
            tr("选中的人没有登记住址，或没有同意营销联系，没有可以打印的信封。")
            if marketing
            else tr("选中的人没有登记住址，没有可以打印的信封。请先补上住址。")
        )
        raise RuleError(sentence)
    tx.about(0, people=list(kept), marketing=marketing)
    return EnvelopesLogged(kept, len(wanted) - len(kept), NOTHING)


def envelope_labels(
    session: Session, person_ids: tuple[int, ...], *, marketing: bool = True, across: int = 3
) -> Envelopes:
    """Labels on A4, 3 × 8 or 2 × 7. Raises RuleError as `log_envelopes`, and without the right."""
    assert across in ACROSS
    logged = log_envelopes(session, person_ids=person_ids, marketing=marketing)
    db, today = session.db, session.clinic.clock.today()
    clinic = clinic_title(db)
    columns = (Person.id, Person.name, Person.sex, Person.birthday, Person.address)
    query = Person.select(*columns).where(Person.id.in_(logged.person_ids))
    rows = {row[0]: row[1:] for row in db.rows(query)}
    cells = []
    for person_id in logged.person_ids:
        name, sex, birthday, address = rows[person_id]
        title = person_title(sex, birthday, today)
        addressee = tr("　").join(part for part in (name, title, tr("收")) if part)
        cells.append((address, addressee, tr("{clinic} 寄").format(clinic=clinic)))
    paper = Paper(
        title=tr("信封标签"),
        name=NAME,
        clinic=clinic,
        blocks=(Cells(tuple(cells), across),),
        size=Size.LABELS,
    )
    return Envelopes(paper, len(cells), logged.skipped)
