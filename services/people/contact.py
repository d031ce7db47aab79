"""Who may be called, written to or texted: one answer for every list and every exit.

A no to marketing counts at once and everywhere (消法 29 条, 广告法 43 条): in call lists, letters,
labels, number lists, invitations. What a person is told about their own treatment, gift or
membership is a service, which only a record that is no longer in use ends. Where two records were
merged, the newest word of either counts (E62).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from peewee import fn

from models.activities import ActivityPlace
from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.people import Consent, Person
from models.query import Prepared, slot
from services.commands import Tx
from services.i18n import tr
from services.people.aliases import group_of, root_of, roots
from services.people.records import NOTICE_VERSION, consents_of

MARKETING = "marketing"
Needs = Literal["service", "no_objection", "consent"]
"""service: nothing; no_objection: has not said no; consent: has said yes, as the law asks for
before commercial letters and messages."""

_CHUNK = 500


@dataclass(frozen=True)
class Contactable:
    """Of people asked about: who may be contacted, in their order, each once and by the record
    that speaks for them; and why the others may not."""

    people: tuple[int, ...]
    gone: int
    quiet: int
    refused: int
    unasked: int

    @property
    def left_out(self) -> int:
        """How many may not be contacted."""
        return self.gone + self.quiet + self.refused + self.unasked


def left_out_words(found: Contactable) -> str:
    """Why people are not on a list, '' when nobody was left out."""
    parts = (
        (found.refused, tr("{n} 位拒绝营销联系")),
        (found.unasked, tr("{n} 位没有同意过")),
        (found.quiet, tr("{n} 位设了免打扰")),
        (found.gone, tr("{n} 位资料已停用")),
    )
    return "、".join(words.format(n=count) for count, words in parts if count)


def contactable(db: ClinicDatabase, people: Iterable[int], needs: Needs) -> Contactable:
    """Who of `people` may be contacted. The one gate of every list that leaves this program."""
    merged = roots(db)
    wanted = list(dict.fromkeys(merged.get(person_id, person_id) for person_id in people))
    survivors = set(merged.values())
    kept: list[int] = []
    gone = quiet = refused = unasked = 0
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        known = _words(db, some)
        for person_id in some:
            if person_id not in known:
                gone += 1
                continue
            silent, word = known[person_id]
            if person_id in survivors:
                silent, word = _of_group(db, person_id)
            if needs == "service":
                kept.append(person_id)
            elif silent:
                quiet += 1
            elif word == 0:
                refused += 1
            elif word is None and needs == "consent":
                unasked += 1
            else:
                kept.append(person_id)
    return Contactable(tuple(kept), gone, quiet, refused, unasked)


def may_contact(db: ClinicDatabase, person_id: int, needs: Needs) -> bool:
    """Whether one person may be contacted."""
    return bool(contactable(db, (person_id,), needs).people)


def welcomes(person: Any, needs: Needs = "no_objection") -> Any:
    """Condition on a person's id for long queries: not quiet, and the record's own last word
    about marketing fits. Whoever lists merged people asks `may_contact` for them too."""
    last = (
        Consent.select(Consent.granted)
        .where((Consent.person_id == person) & (Consent.item == MARKETING))
        .order_by(Consent.id.desc())
        .limit(1)
    )
    silent = Person.alias()
    return (fn.COALESCE(last, 0 if needs == "consent" else 1) == 1) & ~fn.EXISTS(
        silent.select(silent.id).where((silent.id == person) & (silent.quiet == 1))
    )


def refuse(tx: Tx, person_id: int) -> None:
    """Somebody said no to marketing: on record, and nothing of that kind waits any more."""
    tx.db.insert(
        Consent,
        person_id=person_id,
        item=MARKETING,
        granted=0,
        notice_version=NOTICE_VERSION,
        seq=tx.seq,
    )
    stop(tx, person_id)


def stop(tx: Tx, person_id: int) -> None:
    """Close what waits to be offered to somebody who wants no offers, in all their records: calls
    and letters, and invitations they have not answered."""
    group = group_of(tx.db, root_of(tx.db, person_id))
    tx.db.write(
        FollowupTask.update(state="given_up", closed_as="refused").where(
            FollowupTask.person_id.in_(group)
            & (FollowupTask.marketing == 1)
            & (FollowupTask.state == "open")
        )
    )
    tx.db.write(
        ActivityPlace.update(state="withdrawn").where(
            ActivityPlace.person_id.in_(group) & (ActivityPlace.state == "invited")
        )
    )


def _words(db: ClinicDatabase, people: list[int]) -> dict[int, tuple[bool, int | None]]:
    """Quiet, and the last word about marketing, of those whose record is in use."""
    if len(people) == 1:
        rows = _WORDS_OF.rows(db, id=people[0])
    else:
        rows = db.rows(_spoken().where(Person.id.in_(people)))
    return {person_id: (bool(quiet), word) for person_id, quiet, word in rows}


def _spoken() -> Any:
    last = (
        Consent.select(Consent.granted)
        .where((Consent.person_id == Person.id) & (Consent.item == MARKETING))
        .order_by(Consent.id.desc())
        .limit(1)
    )
    return Person.select(Person.id, Person.quiet, last.alias("word")).where(
        Person.state == "active"
    )


_WORDS_OF = Prepared(lambda: _spoken().where(Person.id == slot("id")))


def _of_group(db: ClinicDatabase, person_id: int) -> tuple[bool, int | None]:
    """The same for somebody who speaks for more than one record."""
    group = group_of(db, person_id)
    quiet = db.scalar(Person.select(fn.MAX(Person.quiet)).where(Person.id.in_(group)))
    word = consents_of(db, person_id).get(MARKETING)
    return bool(quiet), None if word is None else int(word.granted)
