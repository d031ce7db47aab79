"""A paper with somebody's own data in clear: who printed which form of whom is on record, as a
look at a masked field is (个保法 51 条, front-desk.md 4.4.15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.people import Person
from services.changes import NOTHING, Changes
from services.commands import Session, Tx, command
from services.errors import RuleError
from services.forms.paper import Paper
from services.i18n import tr
from services.people.closed import refuse_unreadable


@dataclass(frozen=True)
class PaperLogged:
    """The paper is on record; what stands on it never is."""

    people: int
    changes: Changes


@command("paper.personal", entity="person")
def log_personal_paper(tx: Tx, *, person_id: int, form: str) -> PaperLogged:
    """Record that a form with a person's data in clear was made. Raises RuleError."""
    found = tx.db.row(Person.select(Person.id).where(Person.id == person_id))
    if found is None:
        raise RuleError(tr("没有找到这个人，请刷新后重试。"))
    refuse_unreadable(tx.db, tx.actor.role, person_id)
    tx.about(person_id, form=form)
    return PaperLogged(1, NOTHING)


def personal_paper(session: Session, person_id: int, make: Callable[[], Paper]) -> Paper:
    """The paper that `make` makes about a person, their name in full on it, once it is on record.

    Raises RuleError for a missing right, an unknown person, and as `make`.
    """
    paper = make()
    log_personal_paper(session, person_id=person_id, form=paper.title)
    return paper
