"""The one search box: everything a person can be found by, as rows of one clustered table.

Every lookup is a range read on (kind, key, person_id) that stops at the limit, so the answer
takes as long in a clinic of 200,000 people as in one of 200. A name, its pinyin and its
initials are kept from every syllable on, which is what makes "part of the name" a prefix.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import peewee

from models.database import ClinicDatabase
from models.ledgers import Standing
from models.people import Card, Person, SearchKey
from models.query import Prepared, slot
from services.people.aliases import group_of, root_of
from services.people.pinyin import full_pinyin, is_han, plain_latin
from services.people.privacy import mask_phone

LIMIT = 30
_PHONE_PREFIX = 5
_END = "\U0010ffff"


class KeyKind(IntEnum):
    """What a search key is; the numbers are stored."""

    CARD = 1
    PHONE = 2
    PHONE_TAIL = 3
    ID = 4
    ID_TAIL = 5
    NUMBER = 6
    NAME = 7
    NAME_PART = 8
    PINYIN = 9
    PINYIN_PART = 10
    INITIALS = 11
    INITIALS_PART = 12


_MATCHED = {
    KeyKind.NAME_PART: "name",
    KeyKind.PINYIN_PART: "pinyin",
    KeyKind.INITIALS_PART: "initials",
}

_RANGE = Prepared(
    lambda: (
        SearchKey.select(SearchKey.person_id)
        .where(
            (SearchKey.kind == slot("kind"))
            & (SearchKey.key >= slot("low"))
            & (SearchKey.key < slot("high"))
        )
        .order_by(SearchKey.kind, SearchKey.key, SearchKey.person_id)
        .limit(slot("limit"))
    )
)
_EXACT = Prepared(
    lambda: (
        SearchKey.select(SearchKey.person_id)
        .where((SearchKey.kind == slot("kind")) & (SearchKey.key == slot("key")))
        .order_by(SearchKey.person_id)
        .limit(slot("limit"))
    )
)
_HITS: dict[int, Prepared] = {}


@dataclass(frozen=True)
class Hit:
    """A person in the result list. `matched` names what was found: card, phone, phone_tail, id,
    id_tail, number, name, pinyin, initials. `tier_name` is '' for somebody without a tier."""

    person_id: int
    number: str
    name: str
    phone_masked: str
    birth_year: str
    last_visit_on: str | None
    tier_name: str
    member: bool
    matched: str


# -- keys ----------------------------------------------------------------------------------


def keys_for(
    *,
    number: str,
    name: str,
    pinyin: str,
    id_number: str = "",
    phones: Iterable[str] = (),
    cards: Iterable[str] = (),
) -> list[tuple[int, str]]:
    """Every key a person can be found by, without repeats."""
    keys: list[tuple[int, str]] = []
    folded = number.casefold()
    keys.append((6, folded))
    short = folded.lstrip("abcdefghijklmnopqrstuvwxyz-").lstrip("0")
    if short and short != folded:
        keys.append((6, short))  # M0000123 is also found as 123
    for phone in phones:
        if phone:
            _phone_keys(phone, keys)
    if id_number:
        folded = id_number.casefold()
        keys.append((4, folded))
        keys.append((5, folded[-4:]))
    keys += [(1, fold(card)) for card in cards]
    _name_keys(fold(name), pinyin.split(), keys)
    return list(dict.fromkeys(keys))


def _phone_keys(phone: str, keys: list[tuple[int, str]]) -> None:
    main = phone.partition("转")[0]
    if main.isdigit():
        keys.append((2, main))
    else:
        area, dash, local = main.partition("-")
        main = re.sub(r"\D", "", main)
        keys.append((2, main))
        if dash and area:
            keys.append((2, local))  # a landline is also known without its area code
    keys.append((3, main[-4:]))


def _name_keys(name: str, words: list[str], keys: list[tuple[int, str]]) -> None:
    keys.append((7, name))
    keys += [(8, name[start:]) for start in range(1, len(name))]
    if words:
        keys.append((9, "".join(words)))
        keys += [(10, "".join(words[start:])) for start in range(1, len(words))]
        short = "".join([word[0] for word in words])
        keys.append((11, short))
        # a single last initial would find a third of the town
        keys += [(12, short[start:]) for start in range(1, len(short) - 1)]


def fold(text: str) -> str:
    """What is compared: full-width and case folded, blanks and middle dots gone."""
    if text.isalnum() and not text.isascii() and is_han(text[0]) and is_han(text[-1]):
        return text  # the common Chinese name, spared the table look-ups
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum() or char == "*")


def reindex(db: ClinicDatabase, person_id: int) -> None:
    """Write a person's keys anew, inside the caller's transaction; none unless active. What a
    merged person was known by leads to the survivor (E62)."""
    person_id = root_of(db, person_id)
    group = group_of(db, person_id)
    db.write(SearchKey.delete().where(SearchKey.person_id.in_(group)))
    if db.scalar(Person.select(Person.state).where(Person.id == person_id)) == "active":
        insert_keys(db, [(kind, key, person_id) for kind, key in keys_of_group(db, group)])


def keys_of_group(db: ClinicDatabase, group: tuple[int, ...]) -> list[tuple[int, str]]:
    """Every key that people who are one can be found by, without repeats."""
    cards: dict[int, list[str]] = {}
    known = Card.select(Card.person_id, Card.number).where(
        Card.person_id.in_(group) & (Card.state == "active")
    )
    for person_id, number in db.rows(known):
        cards.setdefault(person_id, []).append(number)
    people = Person.select(
        Person.id,
        Person.number,
        Person.name,
        Person.pinyin,
        Person.id_number,
        Person.phone,
        Person.phone_alt,
        Person.guardian_phone,
    ).where(Person.id.in_(group))
    keys: list[tuple[int, str]] = []
    for person_id, number, name, pinyin, id_number, *phones in db.rows(people):
        keys += keys_for(
            number=number,
            name=name,
            pinyin=pinyin,
            id_number=id_number,
            phones=phones,
            cards=cards.get(person_id, ()),
        )
    return list(dict.fromkeys(keys))


def insert_keys(db: ClinicDatabase, rows: list[tuple[int, str, int]]) -> None:
    """Write (kind, key, person id) rows in the table's own order, which is what makes it fast."""
    rows.sort()
    db.insert_many(SearchKey, ("kind", "key", "person_id"), rows)


# -- finding -------------------------------------------------------------------------------


def find(db: ClinicDatabase, text: str, limit: int = LIMIT) -> list[Hit]:
    """Active persons for what stands in the search box, best first (front-desk.md 4.1).

    Card exactly, phone (from five digits), last four, ID tail, member number, name part, pinyin
    and initials; full-width, case and blanks do not matter. Empty text finds nobody.
    """
    found: dict[int, KeyKind] = {}
    for kind, key, exact in _lookups(text):
        query = _EXACT if exact else _RANGE
        values = {"key": key} if exact else {"low": key, "high": key + _END}
        # twice the limit: one person may stand in a range more than once
        for (person_id,) in query.rows(db, kind=int(kind), limit=2 * limit, **values):
            found.setdefault(person_id, kind)
        if len(found) >= limit:
            break
    return _hits(db, dict(list(found.items())[:limit]))


def _lookups(text: str) -> list[tuple[KeyKind, str, bool]]:
    """The reads to make, in the order of priority: kind, key, whether it must be the whole key."""
    key = fold(text)
    if not key:
        return []
    reads: list[tuple[KeyKind, str, bool]] = [(KeyKind.CARD, key, True)]
    if key.isascii() and key.isdigit():
        return reads + _digit_lookups(key)
    if re.fullmatch(r"\d{3}x", key):
        reads.append((KeyKind.ID_TAIL, key, True))
    if re.fullmatch(r"\d{5,17}x", key):
        reads.append((KeyKind.ID, key, True))
    if any(is_han(char) for char in key):
        reads += [(KeyKind.NAME, key, False), (KeyKind.NAME_PART, key, False)]
        if any("a" <= char <= "z" for char in key):  # 张san: the input method was off half-way
            latin = full_pinyin(key).replace(" ", "")
            reads += [(KeyKind.PINYIN, latin, False), (KeyKind.PINYIN_PART, latin, False)]
        return reads
    latin = plain_latin(key).replace("lyu", "lv").replace("nyu", "nv")
    if any(char.isdigit() for char in key):  # a lone letter is a name, not half the numbers
        reads.append((KeyKind.NUMBER, key, False))
    reads += [(KeyKind.INITIALS, latin, True), (KeyKind.PINYIN, latin, True)]
    reads += [(KeyKind.PINYIN, latin, False), (KeyKind.INITIALS, latin, False)]
    reads += [(KeyKind.PINYIN_PART, latin, False), (KeyKind.INITIALS_PART, latin, False)]
    reads += [(KeyKind.NAME, key, False), (KeyKind.NAME_PART, key, False)]
    return reads


def _digit_lookups(key: str) -> list[tuple[KeyKind, str, bool]]:
    reads: list[tuple[KeyKind, str, bool]] = []
    phone = key
    if len(key) > 11:
        phone = re.sub(r"^(0086|86)(?=1[3-9]\d)", "", key)
    if len(phone) >= _PHONE_PREFIX:
        reads.append((KeyKind.PHONE, phone, False))
    if len(key) == 4:
        reads += [(KeyKind.PHONE_TAIL, key, True), (KeyKind.ID_TAIL, key, True)]
    if len(key) == 15:
        from services.people.identity import check_id

        reads.append((KeyKind.ID, check_id(key).number.casefold(), True))
    if len(key) >= 6:
        reads.append((KeyKind.ID, key, False))
    reads += [(KeyKind.NUMBER, key, True), (KeyKind.NUMBER, key, False)]
    reads += [(KeyKind.NAME, key, False), (KeyKind.NAME_PART, key, False)]
    return reads


def _hits(db: ClinicDatabase, found: dict[int, KeyKind]) -> list[Hit]:
    from services.programmes.registry import main_timeline

    if not found:
        return []
    query = _HITS.get(len(found))
    if query is None:
        query = _HITS[len(found)] = _hits_query(len(found))
    timeline = main_timeline(db)
    programme = timeline.versions[-1].programme
    ids = {f"id_{index}": person_id for index, person_id in enumerate(found)}
    rows = {row[0]: row for row in query.rows(db, programme_id=timeline.programme_id, **ids)}
    hits = []
    for person_id, kind in found.items():
        if person_id in rows:
            _, number, name, phone, birthday, visited, rank, member = rows[person_id]
            matched = _MATCHED.get(kind, kind.name.lower())
            tier = programme.tier_name(rank or 0)
            year = (birthday or "")[:4]
            hits.append(
                Hit(
                    person_id,
                    number,
                    name,
                    mask_phone(phone),
                    year,
                    visited,
                    tier,
                    bool(member),
                    matched,
                )
            )
    return hits


def _hits_query(count: int) -> Prepared:
    ids = [slot(f"id_{index}") for index in range(count)]
    return Prepared(
        lambda: (
            Person.select(
                Person.id,
                Person.number,
                Person.name,
                Person.phone,
                Person.birthday,
                Person.last_visit_on,
                Standing.rank,
                Standing.member,
            )
            .join(
                Standing,
                peewee.JOIN.LEFT_OUTER,
                on=(
                    (Standing.person_id == Person.id)
                    & (Standing.programme_id == slot("programme_id"))
                ),
            )
            .where(Person.id.in_(ids) & (Person.state == "active"))
        )
    )
