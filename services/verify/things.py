"""Grants against what was drawn, stock against its moves, closed Fridays, the search keys."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, GiftIssue, GrantBefore, ServiceUse, StockLevel, StockMove
from models.people import Card, Person, SearchKey
from services.gifts import period
from services.gifts.hand_outs import direction, first_of_hand_out
from services.people import search
from services.people.aliases import group_of, roots
from services.verify.report import Findings, Watch

_EVERY = 1000  # people between two looks at the cancel button
_FIGURES = ("received", "transferred", "issued", "returned", "scrapped", "adjusted")


def check_grants(db: ClinicDatabase, found: Findings) -> None:
    """used = Σ issues + Σ uses, and the state that follows from it."""
    drawn: dict[int, int] = {}
    given = GiftIssue.select(GiftIssue.grant_id, fn.SUM(direction())).where(
        GiftIssue.grant_id.is_null(False) & first_of_hand_out()
    )
    used = ServiceUse.select(ServiceUse.grant_id, fn.SUM(ServiceUse.quantity))
    for query in (given.group_by(GiftIssue.grant_id), used.group_by(ServiceUse.grant_id)):
        for grant_id, quantity in checks.stream(db, query):
            drawn[grant_id] = drawn.get(grant_id, 0) + quantity
    grants = EntitlementGrant.select(
        EntitlementGrant.id,
        EntitlementGrant.quantity,
        EntitlementGrant.used,
        EntitlementGrant.state,
    )
    checked = 0
    for grant_id, quantity, used, state in checks.stream(db, grants):
        if used != drawn.get(grant_id, 0):
            found.add("grant.used", grant_id)
        if state != "closed" and (state == "used") != (used >= quantity):
            found.add("grant.state", grant_id)
        checked += 1
    _check_before(db, found)
    found.count("grants", checked)


def _check_before(db: ClinicDatabase, found: Findings) -> None:
    """What a grant was before a command changed it had room for what had been drawn by then."""
    draws: tuple[tuple[Any, Any, Any], ...] = (
        (GiftIssue, direction(), first_of_hand_out()),
        (ServiceUse, ServiceUse.quantity, ServiceUse.quantity != 0),
    )
    for table, drawn, wanted in draws:
        query = (
            GrantBefore.select(GrantBefore.grant_id, GrantBefore.seq)
            .join(
                table,
                on=(table.grant_id == GrantBefore.grant_id) & (table.seq < GrantBefore.seq),
            )
            .where(wanted)
            .group_by(GrantBefore.grant_id, GrantBefore.seq)
            .having(fn.SUM(drawn) > GrantBefore.quantity)
        )
        for grant_id, seq in checks.stream(db, query):
            found.add("grant.before", f"#{grant_id} {seq}")


def check_stock(db: ClinicDatabase, found: Findings) -> None:
    """Each level is the sum of its moves and not negative; each issue moved what it says."""
    sums = {
        (gift_id, place): quantity
        for gift_id, place, quantity in checks.stream(
            db,
            StockMove.select(
                StockMove.gift_id, StockMove.place, fn.SUM(StockMove.quantity)
            ).group_by(StockMove.gift_id, StockMove.place),
        )
    }
    levels = {
        (gift_id, place): quantity
        for gift_id, place, quantity in db.rows(
            StockLevel.select(StockLevel.gift_id, StockLevel.place, StockLevel.quantity)
        )
    }
    for key in sorted(sums.keys() | levels.keys()):
        if levels.get(key, 0) != sums.get(key, 0):
            found.add("stock.level", _where(*key))
        if levels.get(key, 0) < 0:
            found.add("stock.negative", _where(*key))
    unmoved = (
        GiftIssue.select(GiftIssue.id)
        .join(StockMove, JOIN.LEFT_OUTER, on=(StockMove.issue_id == GiftIssue.id))
        .where(
            StockMove.id.is_null()
            | (StockMove.quantity + GiftIssue.quantity != 0)
            | (StockMove.gift_id != GiftIssue.gift_id)
            | (StockMove.place != GiftIssue.place)
        )
    )
    for (issue_id,) in checks.stream(db, unmoved):
        found.add("stock.issue", issue_id)
    found.count("stock_moves", db.scalar(StockMove.select(fn.COUNT(StockMove.id))))
    found.count("stock_levels", len(levels))


def _where(gift_id: int, place: str) -> str:
    return f"#{gift_id} {place}"


def check_weeks(db: ClinicDatabase, found: Findings, watch: Watch) -> None:
    """The frozen figures of every Friday, its opening, and its count moves once closed."""
    moved = {
        (row[0], row[1], row[2]): row[3]
        for row in db.rows(
            StockMove.select(
                StockMove.reconciliation_id,
                StockMove.gift_id,
                StockMove.place,
                fn.SUM(StockMove.quantity),
            )
            .where(StockMove.kind == "count")
            .group_by(StockMove.reconciliation_id, StockMove.gift_id, StockMove.place)
        )
    }
    every = period.periods(db, states=("closed", "compared", "counting"), superseded=True)
    for row in every:
        _check_week(db, row, moved, found)
        watch.breathe()


def _check_week(
    db: ClinicDatabase,
    row: period.PeriodRow,
    moved: dict[tuple[int, int, str], int],
    found: Findings,
) -> None:
    due = {(line.gift_id, line.place): line for line in period.computed_lines(
        db, row.from_seq, row.cutoff_seq
    )}  # fmt: skip
    kept = {(line.gift_id, line.place): line for line in _stored(db, row)}
    posted = _differences(db, row.corrects_id)  # a correction posts what it changed about these
    for key in sorted(due.keys() | kept.keys()):
        have, want = kept.get(key), due.get(key)
        where = f"{row.week} {_where(*key)}"
        if any(getattr(have, name, 0) != getattr(want, name, 0) for name in _FIGURES):
            found.add("week.figures", where)
        if getattr(have, "opening", 0) != getattr(want, "opening", 0):
            found.add("week.opening", where)
        if row.state == "closed" and have is not None:
            change = None if have.difference is None else have.difference - posted.get(key, 0)
            if change is None or change != moved.get((row.id, *key), 0):
                found.add("week.counted", where)
    found.count("week_lines", len(kept))


def _stored(db: ClinicDatabase, row: period.PeriodRow) -> list[period.ComparedRow]:
    return period.stored_lines(db, row, moved_since=False)


def _differences(db: ClinicDatabase, corrects_id: int | None) -> dict[tuple[int, str], int]:
    if corrects_id is None:
        return {}
    lines = _stored(db, period.period(db, corrects_id))
    return {(line.gift_id, line.place): line.difference or 0 for line in lines}


def check_search(db: ClinicDatabase, found: Findings, watch: Watch) -> None:
    """Every active person has every key that `services.people.search` would write now, and no
    others; who speaks for merged people has theirs too (E62)."""
    cards: dict[int, list[str]] = {}
    for person_id, number in checks.stream(
        db, Card.select(Card.person_id, Card.number).where(Card.state == "active")
    ):
        cards.setdefault(person_id, []).append(number)
    survivors = set(roots(db).values())
    for checked, (person_id, *person, have) in enumerate(checks.stream(db, _people())):
        if person_id in survivors:
            wanted = search.keys_of_group(db, group_of(db, person_id))
        else:
            wanted = _keys_of(person, cards.get(person_id, []))
        if set((have or "").split("\n")) != {f"{kind} {key}" for kind, key in wanted}:
            found.add("search.missing", person_id)
        if checked % _EVERY == 0:
            watch.breathe()
    found.count("people", db.scalar(Person.select(fn.COUNT(Person.id))))


def _people() -> peewee.BaseQuery:
    """Active people with the search keys they have, one on a line."""
    key = SearchKey.kind.concat(" ").concat(SearchKey.key)
    have = SearchKey.select(fn.GROUP_CONCAT(key, "\n")).where(SearchKey.person_id == Person.id)
    return Person.select(
        Person.id,
        Person.number,
        Person.name,
        Person.pinyin,
        Person.id_number,
        Person.phone,
        Person.phone_alt,
        Person.guardian_phone,
        have,
    ).where(Person.state == "active")


def _keys_of(person: list[object], cards: list[str]) -> list[tuple[int, str]]:
    number, name, pinyin, id_number, *phones = person
    return search.keys_for(
        number=str(number),
        name=str(name),
        pinyin=str(pinyin),
        id_number=str(id_number),
        phones=[str(phone) for phone in phones],
        cards=cards,
    )
