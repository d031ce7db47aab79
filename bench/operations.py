"""What is done at the desk, each once: timed, grown, and counted by other modules.

An operation makes calls over an open clinic, an endless row of them, so that no two need be
about the same person.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench import world
from services.clinic import Clinic

Call = Callable[[], Any]
KINDS = 250  # people whose keys are looked for
SPREAD = 400  # people who are opened, who pay


@dataclass(frozen=True)
class Operation:
    """`calls` over a clinic. `data` says how much an answer holds, where the time may grow with
    that; without it the operation is to be flat. `often` in a round."""

    what: str
    calls: Callable[[Clinic], Iterator[Call]]
    data: Callable[[Any], float] | None = None
    writes: bool = False
    often: int = 20


def people(clinic: Clinic, count: int, seed: int = 2) -> list[tuple[Any, ...]]:
    """(id, number, name, pinyin, phone, document) of some people, by chance."""
    from models.people import Person

    last = clinic.db.scalar(Person.select(Person.id).order_by(Person.id.desc()).limit(1))
    dice = random.Random(seed)
    wanted = dice.sample(range(1, last + 1), min(count, last))
    query = Person.select(
        *(Person.id, Person.number, Person.name, Person.pinyin, Person.phone, Person.id_number)
    )
    rows = [row for each in wanted for row in clinic.db.rows(query.where(Person.id == each))]
    dice.shuffle(rows)
    return rows


def keys(clinic: Clinic) -> list[tuple[str, str]]:
    """(kind, what is typed) of every kind of key, shuffled."""
    from services.people.pinyin import initials

    found = []
    for _, number, name, pinyin, phone, document in people(clinic, KINDS, seed=1):
        found += [("name", name), ("part", name[1:]), ("number", number), ("one", name[0])]
        found += [("pinyin", pinyin.replace(" ", "")), ("initials", initials(pinyin))]
        if phone:
            found += [("phone", phone), ("tail", phone[-4:])]
        if document:
            found += [("id", document), ("id tail", document[-4:])]
    random.Random(1).shuffle(found)
    return found


def _find(clinic: Clinic) -> Iterator[Call]:
    from services.people.search import find

    return itertools.cycle([partial(find, clinic.db, text, 12) for _, text in keys(clinic)])


def _of_a_person(call: Callable[[Clinic, str, int], Any]) -> Callable[[Clinic], Iterator[Call]]:
    """The same for one person after another."""

    def calls(clinic: Clinic) -> Iterator[Call]:
        today = clinic.clock.today()
        ids = [row[0] for row in people(clinic, SPREAD)]
        return itertools.cycle([partial(call, clinic, today, each) for each in ids])

    return calls


def _of_all(call: Callable[[Clinic, str], Any]) -> Callable[[Clinic], Iterator[Call]]:
    def calls(clinic: Clinic) -> Iterator[Call]:
        return itertools.repeat(partial(call, clinic, clinic.clock.today()))

    return calls


def _strip(clinic: Clinic, today: str, person_id: int) -> Any:
    from services.desk.strip import member_strip

    return member_strip(clinic.db, today, person_id)


def _gifts_of(clinic: Clinic, _today: str, person_id: int) -> Any:
    from services.loyalty.grants import grants_of

    return grants_of(clinic.db, person_id)


def _foresee(clinic: Clinic, today: str, person_id: int) -> Any:
    from services.loyalty.preview import preview_receipt

    return preview_receipt(clinic.db, today, person_id=person_id, amount_fen=88_000)


def _board(clinic: Clinic, today: str) -> Any:
    from services.desk.visits import today_board

    return today_board(clinic.db, today, clinic.clock.now_utc())


def _due(clinic: Clinic, today: str) -> Any:
    from services.gifts.lists import due_gifts

    return due_gifts(clinic.db, today, limit=200)


def _calls(clinic: Clinic, today: str) -> Any:
    from services.followups.call_list import calls_today

    return calls_today(clinic.db, today)


def _today_strip(clinic: Clinic, today: str) -> Any:
    from services.desk.today import today_counts

    return today_counts(clinic.db, today)


def _verify(clinic: Clinic, _today: str) -> Any:
    from services.verify import verify

    return verify(clinic)


def _counted(counts: Any) -> float:
    return float(sum(value for value in vars(counts).values() if isinstance(value, int)))


def _checked(report: Any) -> float:
    return float(sum(report.checked.values()))


def _writing(call: Callable[[Any, int, random.Random], Any]) -> Callable[[Clinic], Iterator[Call]]:
    """A command of the director's about one person after another, the day caught up with."""

    def calls(clinic: Clinic) -> Iterator[Call]:
        from services.desk.daily import catch_up

        session = world.director(clinic).confirming("clock_jump", "already_here")
        catch_up(session)
        dice = random.Random(2)
        ids = [row[0] for row in people(clinic, SPREAD)]
        while True:
            yield partial(call, session, dice.choice(ids), dice)

    return calls


def _post(session: Any, person_id: int, dice: random.Random) -> Any:
    from services.loyalty.receipts import post_receipt

    return post_receipt(session, person_id=person_id, amount_fen=dice.randint(50, 900) * 100)


def _check_in(session: Any, person_id: int, _dice: random.Random) -> Any:
    from services.desk.visits import check_in

    return check_in(session, person_id=person_id, room="1")


def _hand_out(clinic: Clinic) -> Iterator[Call]:
    from services.gifts.handout import issue_gift, stock
    from services.gifts.lists import due_gifts
    from services.gifts.packs import offered

    session, today = world.director(clinic), clinic.clock.today()
    of_band = {row.band_fen: row.gift_id for row in offered(clinic.db, today) if not row.pack}
    for gift_id in of_band.values():
        stock.receive(session, gift_id=gift_id, quantity=1000, place=stock.DESK)
    for due in due_gifts(clinic.db, today, limit=1000):
        if due.value_fen in of_band and not due.promised:
            gift_id = of_band[due.value_fen]
            yield partial(issue_gift, session, grant_id=due.grant_id, gift_id=gift_id)


OPERATIONS = {
    "find": Operation("find people", _find, often=200),
    "strip": Operation("member strip of a person", _of_a_person(_strip)),
    "grants": Operation("gifts and services of a person", _of_a_person(_gifts_of)),
    "foresee": Operation("what a receipt will do", _of_a_person(_foresee)),
    "board": Operation("today board", _of_all(_board), len),
    "due": Operation("due gifts", _of_all(_due), len),
    "calls": Operation("call list", _of_all(_calls), len),
    "today": Operation("today strip", _of_all(_today_strip), _counted),
    "post": Operation("post a receipt", _writing(_post), writes=True, often=40),
    "arrive": Operation("check somebody in", _writing(_check_in), writes=True),
    "hand out": Operation("hand a gift out", _hand_out, writes=True),
    "verify": Operation("verify", _of_all(_verify), _checked, often=1),
}
