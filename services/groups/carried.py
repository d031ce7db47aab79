"""Which labels hang on whom, from when until when (R169–R178).

Each record keeps its own rows; they are read for the whole person and written for the record
that speaks. In a dimension of which only one may be carried the survivor's counts, and what a
record merged into them carried only where the survivor has none, as with doctors (E62).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.groups import Label, PersonLabel
from models.people import Consent, Person
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.groups.labels import LabelRow, label
from services.i18n import tr
from services.people.aliases import group_of, roots
from services.people.records import consents_of

NO_CONSENT = "health_consent"  # the question before a health label without the word on health
_CHUNK = 500
_COLUMNS = ("person_id", "label_id", "from_on", "staff_id", "seq")

_OF = Prepared(
    lambda: (
        PersonLabel.select(
            PersonLabel.label_id,
            Label.dimension,
            Label.name,
            Label.sensitive,
            Label.alert,
            Label.exclusive,
            PersonLabel.from_on,
        )
        .join(Label, on=(Label.id == PersonLabel.label_id))
        .where((PersonLabel.person_id == slot("person_id")) & PersonLabel.until_on.is_null())
        .order_by(PersonLabel.label_id)
    )
)


@dataclass(frozen=True)
class Carried:
    """A label somebody carries, since when."""

    label_id: int
    dimension: str
    name: str
    sensitive: str
    alert: bool
    from_on: str


@dataclass(frozen=True)
class LabelsPut:
    """A label was put on `done` people; `already` carried it, `replaced` gave up another one of
    its dimension for it, `no_consent` did not agree to what health labels take."""

    label_id: int
    done: int
    already: int
    replaced: int
    no_consent: int
    changes: Changes


@dataclass(frozen=True)
class LabelsTaken:
    """A label was taken off `done` people."""

    label_id: int
    done: int
    changes: Changes


def labels_of(db: ClinicDatabase, person_id: int, *, health: bool) -> list[Carried]:
    """What somebody carries now, in all their records; without `health` nothing about it."""
    found: dict[int, Carried] = {}
    single: set[str] = set()
    for each in group_of(db, person_id):
        rows = _OF.rows(db, person_id=each)
        for label_id, dimension, name, sensitive, alert, exclusive, from_on in rows:
            if exclusive and dimension in single:
                continue
            carried = Carried(label_id, dimension, name, sensitive, bool(alert), from_on)
            found.setdefault(label_id, carried)
        single |= {row[1] for row in rows}
    return [each for each in found.values() if health or each.sensitive != "health"]


def alert_labels(db: ClinicDatabase, person_id: int) -> list[str]:
    """The names of the labels that whoever receives somebody must know of (R178)."""
    return [each.name for each in labels_of(db, person_id, health=True) if each.alert]


@command("label.put", entity="label")
def put_label(tx: Tx, *, people: tuple[int, ...], label_id: int) -> LabelsPut:
    """Put a label on people, each once; in a dimension of one it takes the place of the other.

    Asks `health_consent` before a health label for one person who did not agree to health
    notes; of several those are left out. Raises RuleError for a retired label, nobody, or
    somebody whose record is not in use.
    """
    chosen = _offered(tx, label_id)
    above = roots(tx.db)
    wanted = _wanted(tx.db, people, above)
    have = _having(tx.db, PersonLabel.label_id == label_id, above)
    put = [each for each in wanted if each not in have]
    without = _without_consent(tx.db, put, above) if chosen.sensitive == "health" else set()
    if without and len(wanted) == 1 and NO_CONSENT not in tx.confirmed:
        sentence = tr(
            "这位顾客还没有同意“健康提示”。健康标签是敏感个人信息，请先当面说明并取得同意，"
            "在“同意项”里记下来。已经同意、稍后补记的，可以继续。"
        )
        raise Confirmable(NO_CONSENT, sentence)
    if NO_CONSENT not in tx.confirmed:
        put = [each for each in put if each not in without]
    else:
        without = set()
    replaced = _end_others(tx, chosen, put, above)
    rows = ((each, label_id, tx.today, tx.actor.id, tx.seq) for each in put)
    tx.db.insert_many(PersonLabel, _COLUMNS, rows)
    tx.about(label_id, people=len(put), replaced=replaced, **_whom(wanted))
    return LabelsPut(
        label_id,
        len(put),
        len(wanted) - len(put) - len(without),
        replaced,
        len(without),
        _changes(wanted),
    )


@command("label.take", entity="label")
def take_label(tx: Tx, *, people: tuple[int, ...], label_id: int) -> LabelsTaken:
    """Take a label off people, in all their records. Raises RuleError when none of them has it."""
    label(tx.db, label_id)
    above = roots(tx.db)
    wanted = _wanted(tx.db, people, above)
    have = _having(tx.db, PersonLabel.label_id == label_id, above)
    ended = [row for each in wanted for row in have.get(each, ())]
    if not ended:
        raise RuleError(tr("选中的顾客没有这个标签，请刷新。"))
    _end(tx, ended)
    done = sum(each in have for each in wanted)
    tx.about(label_id, people=done, **_whom(wanted))
    return LabelsTaken(label_id, done, _changes(wanted))


def _offered(tx: Tx, label_id: int) -> LabelRow:
    chosen = label(tx.db, label_id)
    if not chosen.active:
        raise RuleError(tr("这个标签已经停用，请改选别的，或请会员管理员重新启用它。"))
    return chosen


def _wanted(db: ClinicDatabase, people: Iterable[int], above: dict[int, int]) -> list[int]:
    """Who is meant: each once, by the record that speaks."""
    wanted = list(dict.fromkeys(above.get(each, each) for each in people))
    if not wanted:
        raise RuleError(tr("请先选择顾客。"))
    active: set[int] = set()
    for some in _chunks(wanted):
        query = Person.select(Person.id).where(Person.id.in_(some) & (Person.state == "active"))
        active |= {row[0] for row in db.rows(query)}
    if len(active) < len(wanted):
        raise RuleError(tr("有顾客的档案已停用或不存在，请刷新名单后再试。"))
    return wanted


def _having(db: ClinicDatabase, which: Any, above: dict[int, int]) -> dict[int, list[int]]:
    """The rows of now, by who speaks for the record they hang on."""
    found: dict[int, list[int]] = {}
    query = PersonLabel.select(PersonLabel.person_id, PersonLabel.id)
    for person_id, row_id in db.rows(query.where(which & PersonLabel.until_on.is_null())):
        found.setdefault(above.get(person_id, person_id), []).append(row_id)
    return found


def _without_consent(db: ClinicDatabase, people: list[int], above: dict[int, int]) -> set[int]:
    """Whose newest word on health notes is not yes."""
    survivors = set(above.values())
    agreed: set[int] = set()
    for some in _chunks(people):
        query = (
            Consent.select(Consent.person_id, Consent.granted)
            .where(Consent.person_id.in_(some) & (Consent.item == "health"))
            .order_by(Consent.id)
        )
        words = dict(db.rows(query))
        agreed |= {person_id for person_id, granted in words.items() if granted}
    for person_id in survivors.intersection(people):
        word = consents_of(db, person_id).get("health")
        agreed.discard(person_id)
        if word is not None and word.granted:
            agreed.add(person_id)
    return set(people) - agreed


def _end_others(tx: Tx, chosen: LabelRow, people: list[int], above: dict[int, int]) -> int:
    """End what takes the place of the label; answers of how many people."""
    if not chosen.exclusive:
        return 0
    siblings = Label.select(Label.id).where(
        (Label.dimension == chosen.dimension) & (Label.id != chosen.id)
    )
    have = _having(tx.db, PersonLabel.label_id.in_(siblings), above)
    giving_up = [each for each in people if each in have]
    _end(tx, [row for each in giving_up for row in have[each]])
    return len(giving_up)


def _end(tx: Tx, rows: list[int]) -> None:
    for some in _chunks(rows):
        tx.db.write(PersonLabel.update(until_on=tx.today).where(PersonLabel.id.in_(some)))


def _chunks(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def _whom(wanted: list[int]) -> dict[str, int]:
    return {"person": wanted[0]} if len(wanted) == 1 else {}


def _changes(wanted: list[int]) -> Changes:
    return Changes((Kind.PERSON, Kind.GROUP), wanted[0] if len(wanted) == 1 else None)
