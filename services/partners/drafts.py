"""What is due under each agreement: the whole fee up to a day, less what settled statements bore.

So whatever comes in or goes back later, also for days that are settled, stands as a difference on
the next statement, and an introduction is never paid twice (E15, E17 in spirit).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.partners import PartnerStatement, PartnerStatementLine
from services.clock import plus_days
from services.partners.agreements import AgreementRow, agreement, agreements
from services.partners.introduction_list import (
    IntroductionRow,
    introductions,
    introductions_under,
)
from services.partners.reckoning import Books, Reckoned
from services.partners.spans import period_of
from services.partners.terms import ALLIANCE, EACH

DRAWN, SETTLED, VOID = "drawn", "settled", "void"


@dataclass(frozen=True)
class DraftLine:
    """An introduction whose fee differs from what was settled for it."""

    introduction: IntroductionRow
    reckoned: Reckoned
    before_fen: int

    @property
    def amount_fen(self) -> int:
        """What this statement bears, below zero for what comes back."""
        return self.reckoned.fee.fen - self.before_fen


@dataclass(frozen=True)
class Draft:
    """The next statement of an agreement one way: its days, whether they are over, its lines (up
    to today while they are not), and the statement that waits to be settled, 0 for none."""

    agreement: AgreementRow
    direction: str
    first: str
    last: str
    over: bool
    lines: tuple[DraftLine, ...]
    waiting_id: int

    @property
    def amount_fen(self) -> int:
        """Its sum."""
        return sum(line.amount_fen for line in self.lines)


def draft(db: ClinicDatabase, today: str, agreement_id: int, direction: str) -> Draft:
    """The next statement of one agreement. Raises RuleError for an unknown one."""
    rows = introductions_under(db, agreement_id, direction)
    past = _past(db)
    return _draft(today, agreement(db, agreement_id), direction, rows, Books(db, rows), past)


def drafts(db: ClinicDatabase, today: str) -> list[Draft]:
    """The next statement of every agreement that costs anything, each way."""
    rows: dict[tuple[int | None, str], list[IntroductionRow]] = defaultdict(list)
    every = introductions(db)
    for row in every:
        rows[row.agreement_id, row.direction].append(row)
    books, past = Books(db, every), _past(db)
    return [
        _draft(today, each, direction, rows[each.id, direction], books, past)
        for each in agreements(db)
        if each.form.model != ALLIANCE
        for direction in each.directions
    ]


@dataclass(frozen=True)
class _Past:
    """What was drawn: the last days by agreement and direction, who waits, and what settled
    statements bore by introduction."""

    until: dict[tuple[int, str], str]
    waiting: dict[tuple[int, str], int]
    settled: dict[int, int]


def _past(db: ClinicDatabase) -> _Past:
    key = (PartnerStatement.agreement_id, PartnerStatement.direction)
    last = (
        PartnerStatement.select(*key, fn.MAX(PartnerStatement.until_on))
        .where(PartnerStatement.state != VOID)
        .group_by(*key)
    )
    open_ones = PartnerStatement.select(*key, PartnerStatement.id).where(
        PartnerStatement.state == DRAWN
    )
    borne = (
        PartnerStatementLine.select(
            PartnerStatementLine.introduction_id,
            fn.SUM(PartnerStatementLine.fee_fen - PartnerStatementLine.before_fen),
        )
        .join(PartnerStatement, on=(PartnerStatement.id == PartnerStatementLine.statement_id))
        .where(PartnerStatement.state == SETTLED)
        .group_by(PartnerStatementLine.introduction_id)
    )
    return _Past(
        {(agreement_id, way): until for agreement_id, way, until in db.rows(last)},
        {(agreement_id, way): row_id for agreement_id, way, row_id in db.rows(open_ones)},
        dict(db.rows(borne)),
    )


def _draft(
    today: str,
    row: AgreementRow,
    direction: str,
    mine: list[IntroductionRow],
    books: Books,
    past: _Past,
) -> Draft:
    key = (row.id, direction)
    waiting = past.waiting.get(key, 0)
    until = past.until.get(key)
    first = row.form.from_on if until is None else plus_days(until, 1)
    while True:
        last = today if row.form.rhythm == EACH else period_of(row.form.rhythm, first)[1]
        over = first <= last and (last < today or row.form.rhythm == EACH)
        lines = _lines(mine, books, past, min(last, today))
        if lines or not over or row.form.rhythm == EACH:
            return Draft(row, direction, first, max(first, last), over, lines, waiting)
        first = plus_days(last, 1)


def _lines(
    mine: list[IntroductionRow], books: Books, past: _Past, until: str
) -> tuple[DraftLine, ...]:
    """What differs from what was settled, in the order of the introductions."""
    found = (
        DraftLine(row, books.at(row, until), past.settled.get(row.id, 0)) for row in reversed(mine)
    )
    return tuple(line for line in found if line.amount_fen)
