"""What is copied out of the window is on record when it says who somebody is (4.4.15).

The text itself is never kept: only from which window, and how many names and numbers it held.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Person
from services.changes import NOTHING, Changes
from services.commands import Tx, command

_NUMBER = re.compile(r"(?<!\d)(?:1\d{10}|\d{17}[\dXx]|\d{15}|0\d{2,3}-?\d{7,8})(?!\d)")
_BETWEEN = re.compile(r"[\s,，;；、|()（）]+")
_MOST_WORDS = 500  # a name is looked up per word; a longer text is on record for its length
_LONGEST_NAME = 20


@dataclass(frozen=True)
class CopyLogged:
    """The copy is on record."""

    values: int
    changes: Changes


def clear_values(db: ClinicDatabase, text: str) -> int:
    """How many phones, document numbers and whole names a text says."""
    words = [word for word in _BETWEEN.split(text) if 1 < len(word) <= _LONGEST_NAME]
    if len(words) > _MOST_WORDS:
        return len(words)
    names = db.rows(Person.select(Person.name).where(Person.name.in_(set(words)))) if words else []
    known = {name for (name,) in names}
    return len(_NUMBER.findall(text)) + sum(word in known for word in words)


@command("privacy.copied", entity="person")
def log_copy(tx: Tx, *, place: str, values: int, person_id: int | None = None) -> CopyLogged:
    """Record that names or numbers in clear were copied from `place`, the title of a list or a
    window; `person_id` is whoever was open."""
    tx.about(person_id or 0, place=place, values=values)
    return CopyLogged(values, NOTHING)
