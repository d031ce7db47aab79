"""Made-up people: who they are, whom they belong to, how often they come. Pure and seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from services.demo import words
from services.people.form import PersonForm

_REGION = "990101"  # no such region: such a number can belong to nobody
_PHONE_SERIES = "140"  # for machines, never for people
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"

_SURNAMES = tuple(name for name, _ in words.SURNAMES)
_SHARES = tuple(accumulate(share for _, share in words.SURNAMES))


@dataclass(frozen=True)
class Character:
    """One made-up person. `parent` is the index of the one whose household they share."""

    form: PersonForm
    child: bool
    parent: int | None
    alerts: tuple[str, ...]
    consents: tuple[str, ...]
    visits: float  # relative to the average


def characters(count: int, rng: random.Random, today: str) -> Iterator[Character]:
    """`count` people in the order they are enrolled; families come together."""
    last_adult: tuple[int, PersonForm] | None = None
    for index in range(count):
        kind = rng.random()
        if last_adult is not None and kind < 0.12:
            yield _child(rng, today, *last_adult)
            continue
        partner = last_adult if last_adult is not None and kind < 0.22 else None
        made = _adult(rng, index, today, partner)
        if partner is None:
            last_adult = (index, made.form)
        yield made


def _adult(
    rng: random.Random, index: int, today: str, partner: tuple[int, PersonForm] | None
) -> Character:
    if partner is None:
        sex = "F" if rng.random() < 0.56 else "M"
        age = min(max(int(rng.gauss(42, 15)), 17), 88)
    else:
        sex = "M" if partner[1].sex == "F" else "F"
        born = partner[1].birthday or today
        age = min(max(int(today[:4]) - int(born[:4]) + rng.randint(-4, 4), 20), 88)
    birthday = _birthday(rng, today, age)
    has_id = rng.random() < 0.2
    form = PersonForm(
        name=rng.choices(_SURNAMES, cum_weights=_SHARES)[0] + _given(rng, sex, age),
        sex=sex,
        birthday=birthday,
        id_number=_document(rng, birthday, sex) if has_id else "",
        id_absent_reason="" if has_id else "未带证件",
        phone=f"{_PHONE_SERIES}{rng.randrange(10**8):08}" if rng.random() < 0.97 else "",
        address=_address(rng) if rng.random() < 0.35 else "",
        source=rng.choice(words.SOURCES),
        note=rng.choice(words.NOTES) if rng.random() < 0.05 else "",
    )
    return Character(
        form,
        False,
        None if partner is None else partner[0],
        (rng.choice(words.ALERTS),) if rng.random() < 0.08 else (),
        _consents(rng),
        rng.lognormvariate(-0.35, 0.85),
    )


def _child(rng: random.Random, today: str, parent_index: int, parent: PersonForm) -> Character:
    sex = rng.choice("FM")
    age = rng.randint(3, 13)
    surname = parent.name[:2] if parent.name[:2] in _SURNAMES else parent.name[:1]
    form = PersonForm(
        name=surname + _given(rng, sex, age),
        sex=sex,
        birthday=_birthday(rng, today, age),
        id_absent_reason="儿童",
        guardian_name=parent.name,
        guardian_relation=words.RELATIONS[parent.sex or "F"],
        guardian_phone=parent.phone or f"{_PHONE_SERIES}{rng.randrange(10**8):08}",
        address=parent.address,
        source="老顾客",
    )
    alerts = ("怕黑，请家长陪同",) if rng.random() < 0.04 else ()
    return Character(form, True, parent_index, alerts, ("record", "health"), 0.6)


def _given(rng: random.Random, sex: str, age: int) -> str:
    generation = "old" if age >= 58 else "mid" if age >= 33 else "new"
    return rng.choice(words.GIVEN[generation, sex])


def _birthday(rng: random.Random, today: str, age: int) -> str:
    whole = date.fromisoformat(today) - timedelta(days=age * 365 + age // 4)
    return (whole - timedelta(days=rng.randrange(1, 364))).isoformat()


def _document(rng: random.Random, birthday: str, sex: str) -> str:
    """18 digits with a right check digit, of a region that does not exist."""
    order = rng.randrange(0, 499) * 2 + (1 if sex == "M" else 2)
    body = f"{_REGION}{birthday.replace('-', '')}{order:03}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + _CHECK[total % 11]


def _address(rng: random.Random) -> str:
    return f"{rng.choice(words.STREETS)}{rng.randint(1, 200)}号{rng.randint(1, 30)}室"


def _consents(rng: random.Random) -> tuple[str, ...]:
    given = ["record"]
    if rng.random() < 0.9:
        given.append("health")
    if rng.random() < 0.55:
        given.append("marketing")
    return tuple(given)
