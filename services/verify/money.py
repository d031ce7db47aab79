"""Receipts against their money events, and the sums of a person against the standing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee
from peewee import JOIN, fn

from models import checks
from models.database import ClinicDatabase
from models.ledgers import MoneyEvent, OpeningBalance, Receipt, Standing, TierEvent
from models.people import Membership
from services.commands import LAST_BUSINESS_DATE, read_setting
from services.loyalty.standing import rebuild
from services.people.aliases import group_of, roots
from services.programmes.evaluate import supported
from services.programmes.registry import Timeline, timelines
from services.verify.report import Findings, Watch


def check_receipts(db: ClinicDatabase, found: Findings) -> None:
    """net, credited and void of every receipt are what its money events say."""
    sums = (
        MoneyEvent.select(
            MoneyEvent.receipt_id.alias("receipt_id"),
            fn.SUM(MoneyEvent.amount_fen).alias("net"),
            fn.MAX(MoneyEvent.id).alias("newest"),
            fn.MAX(MoneyEvent.kind == "void").alias("void"),
        )
        .group_by(MoneyEvent.receipt_id)
        .alias("sums")
    )
    newest = MoneyEvent.alias()
    wrong = (
        Receipt.select(
            Receipt.id,
            Receipt.net_fen != sums.c.net,
            Receipt.credited_id != newest.person_id,
            Receipt.void != sums.c.void,
        )
        .join(sums, on=(sums.c.receipt_id == Receipt.id))
        .join(newest, on=(newest.id == sums.c.newest))
        .where(
            (Receipt.net_fen != sums.c.net)
            | (Receipt.credited_id != newest.person_id)
            | (Receipt.void != sums.c.void)
        )
    )
    for receipt_id, net, owner, void in checks.stream(db, wrong):
        for code, is_wrong in (("net", net), ("owner", owner), ("void", void)):
            if is_wrong:
                found.add(f"receipt.{code}", receipt_id)
    bare = (
        Receipt.select(Receipt.id)
        .join(MoneyEvent, JOIN.LEFT_OUTER, on=(MoneyEvent.receipt_id == Receipt.id))
        .where(MoneyEvent.id.is_null())
    )
    for (receipt_id,) in checks.stream(db, bare):
        found.add("receipt.no_money", receipt_id)
    found.count("receipts", db.scalar(Receipt.select(fn.COUNT(Receipt.id))))
    found.count("money_events", db.scalar(MoneyEvent.select(fn.COUNT(MoneyEvent.id))))


@dataclass
class _Sums:
    """What a person's ledgers add up to, under one programme."""

    spend_fen: int = 0
    receipts: int = 0
    max_single_fen: int = 0
    last_seq: int = 0


def check_standings(db: ClinicDatabase, found: Findings, watch: Watch) -> None:
    """Spend, largest single, receipts, supported rank, rank and member of every standing; what
    was written for merged people counts for who speaks for them (E62)."""
    merged = roots(db)
    money = _money_sums(db, merged)
    watch.breathe()
    for timeline in timelines(db):
        _check_programme(db, timeline, money, merged, found)
        watch.breathe()


def _check_programme(
    db: ClinicDatabase,
    timeline: Timeline,
    money: dict[int, _Sums],
    merged: dict[int, int],
    found: Findings,
) -> None:
    programme_id = timeline.programme_id
    openings = _openings(db, programme_id, merged)
    ranks = _newest_ranks(db, programme_id)
    members = {
        merged.get(person_id, person_id)
        for (person_id,) in db.rows(
            Membership.select(Membership.person_id).where(
                (Membership.programme_id == programme_id) & (Membership.state == "active")
            )
        )
    }
    definitions = [version.programme for version in timeline.versions]
    by_receipt = all(each.single_basis == "receipt" for each in definitions)
    day = read_setting(db, LAST_BUSINESS_DATE)
    missing = (money.keys() | openings.keys() | members) - _standing_people(db, programme_id)
    for person_id in sorted(missing):
        found.add("standing.missing", person_id)
    none = _Sums()
    checked = 0
    for row in checks.stream(db, _standings(programme_id)):
        person_id, spend, single, sup, rank, member, receipts, next_on = row
        sums = money.get(person_id, none)
        if spend != sums.spend_fen + openings.get(person_id, 0):
            found.add("standing.spend", person_id)
        if by_receipt and single != sums.max_single_fen:
            found.add("standing.single", person_id)
        if receipts != sums.receipts:
            found.add("standing.receipts", person_id)
        doubtful = all(sup != supported(each, single, spend)[0] for each in definitions)
        caught_up = next_on is None or next_on > day
        if doubtful and caught_up and not _folds_to(db, timeline, person_id, day, sup):
            found.add("standing.supported", person_id)
        if member != (person_id in members):
            found.add("standing.member", person_id)
        if member and rank != ranks.get(person_id, 0):
            found.add("standing.rank", person_id)
        checked += 1
    found.count("standings", checked)


def _folds_to(
    db: ClinicDatabase, timeline: Timeline, person_id: int, day: str, supported_rank: int
) -> bool:
    """Whether the whole history leads to this rank: asked where two sums alone do not, because
    visits, dates, terms or a health grade have their say."""
    return rebuild(db, timeline, person_id, day).supported_rank == supported_rank


def _standings(programme_id: int) -> peewee.BaseQuery:
    return Standing.select(
        Standing.person_id,
        Standing.spend_fen,
        Standing.max_single_fen,
        Standing.supported_rank,
        Standing.rank,
        Standing.member,
        Standing.receipts,
        Standing.next_on,
    ).where(Standing.programme_id == programme_id)


def _standing_people(db: ClinicDatabase, programme_id: int) -> set[int]:
    query = Standing.select(Standing.person_id).where(Standing.programme_id == programme_id)
    return {person_id for (person_id,) in checks.stream(db, query)}


def _money_sums(db: ClinicDatabase, merged: dict[int, int]) -> dict[int, _Sums]:
    """Sums over the money events of receipts that earn, per person who speaks for themselves.

    `+ 0` keeps SQLite from walking the person's index: a sort of what was read in file order is
    several times faster than a jump per event.
    """
    person = MoneyEvent.person_id + 0
    sums: dict[int, _Sums] = {}
    totals = (
        MoneyEvent.select(
            person,
            fn.SUM(MoneyEvent.amount_fen),
            fn.COUNT(MoneyEvent.receipt_id),
        )
        .where(_earning())
        .group_by(person)
    )
    again = _again(db)
    for person_id, spend, count in checks.stream(db, totals):
        one = sums.setdefault(merged.get(person_id, person_id), _Sums())
        one.spend_fen += spend
        one.receipts += count - again.get(person_id, 0)
    singles = (
        Receipt.select(Receipt.credited_id + 0, fn.MAX(Receipt.net_fen))
        .where((Receipt.earns == 1) & Receipt.case_id.is_null())
        .group_by(Receipt.credited_id + 0)
    )
    cases = (
        Receipt.select(Receipt.credited_id, Receipt.case_id, fn.SUM(Receipt.net_fen))
        .where((Receipt.earns == 1) & Receipt.case_id.is_null(False))
        .group_by(Receipt.case_id, Receipt.credited_id)
    )
    by_case: dict[tuple[int, int], int] = {}
    for person_id, case_id, amount in checks.stream(db, cases):
        key = (merged.get(person_id, person_id), case_id)
        by_case[key] = by_case.get(key, 0) + amount
    largest = [(merged.get(who, who), amount) for who, amount in checks.stream(db, singles)]
    largest += [(person_id, amount) for (person_id, _), amount in by_case.items()]
    for person_id, amount in largest:
        one = sums.setdefault(person_id, _Sums())
        one.max_single_fen = max(one.max_single_fen, amount)
    for root in set(merged.values()):
        if root in sums:
            sums[root].receipts = _distinct_receipts(db, group_of(db, root))
    return sums


def _distinct_receipts(db: ClinicDatabase, group: tuple[int, ...]) -> int:
    """Receipts of people who are one: a receipt moved from one to the other is one receipt."""
    query = (
        MoneyEvent.select(fn.COUNT(MoneyEvent.receipt_id.distinct()))
        .join(Receipt, on=(Receipt.id == MoneyEvent.receipt_id))
        .where((Receipt.earns == 1) & MoneyEvent.person_id.in_(group))
    )
    return int(db.scalar(query))


def _earning() -> Any:
    """Condition: an event of a receipt that earns. Few do not, and they are looked up once."""
    return MoneyEvent.receipt_id.not_in(Receipt.select(Receipt.id).where(Receipt.earns == 0))


def _again(db: ClinicDatabase) -> dict[int, int]:
    """By person, how many events they have beyond the first of a receipt (refunds, arrears, moves
    there and back)."""
    several = (
        MoneyEvent.select(MoneyEvent.receipt_id)
        .group_by(MoneyEvent.receipt_id)
        .having(fn.COUNT(MoneyEvent.id) > 1)
    )
    query = (
        MoneyEvent.select(MoneyEvent.person_id, fn.COUNT(MoneyEvent.id) - 1)
        .where(MoneyEvent.receipt_id.in_(several) & _earning())
        .group_by(MoneyEvent.receipt_id, MoneyEvent.person_id)
        .having(fn.COUNT(MoneyEvent.id) > 1)
    )
    again: dict[int, int] = {}
    for person_id, more in checks.stream(db, query):
        again[person_id] = again.get(person_id, 0) + more
    return again


def _openings(db: ClinicDatabase, programme_id: int, merged: dict[int, int]) -> dict[int, int]:
    query: Any = (
        OpeningBalance.select(OpeningBalance.person_id, fn.SUM(OpeningBalance.spend_fen))
        .where(OpeningBalance.programme_id == programme_id)
        .group_by(OpeningBalance.person_id)
    )
    found: dict[int, int] = {}
    for person_id, fen in checks.stream(db, query):
        root = merged.get(person_id, person_id)
        found[root] = found.get(root, 0) + fen
    return found


def _newest_ranks(db: ClinicDatabase, programme_id: int) -> dict[int, int]:
    """The tier each person's history of steps ends at (later rows overwrite earlier ones)."""
    query = (
        TierEvent.select(TierEvent.person_id, TierEvent.to_rank)
        .where(TierEvent.programme_id == programme_id)
        .order_by(TierEvent.id)
    )
    return dict(checks.stream(db, query))
