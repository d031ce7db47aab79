"""What a Friday period holds: the frozen lines, and the same figures live before it is opened.

A period is a span of audit sequence numbers, `from_seq < seq <= cutoff_seq`; it begins where the
last closed one was cut off. Its count moves are written at closing and so carry a later number;
they belong to the period they close, which is why no period ever reads moves of kind 'count':
the opening of a period is simply what was counted at the end of the one before.

    opening(n + 1) = counted(n) = book(n) + its count moves
    level = opening + every move after from_seq that is not a count   (nothing open)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import peewee
from peewee import fn

from models.database import ClinicDatabase
from models.gifts import CountLine, Gift, Reconciliation, StockMove
from models.system import Audit, Staff
from services.clock import is_date, local_text, plus_days
from services.commands import head_of_chain
from services.errors import RuleError
from services.gifts.stock import PLACES
from services.i18n import tr

FRIDAY = 4
SATURDAY = 5


@dataclass(frozen=True)
class PeriodRow:
    """A reconciliation as stored; the signers by name, None while unsigned."""

    id: int
    week: str
    state: str
    opened_on: str
    opened_by: str
    from_seq: int
    cutoff_seq: int
    marketing_signer: str | None
    billing_signer: str | None
    closed_on: str | None
    closed_seq: int | None
    seq: int


@dataclass(frozen=True)
class ComparedRow:
    """One gift at one place. Issued and scrapped are shown positive; transfers are signed.

    `since` is what moved after the cut-off: whoever counts later sees why the shelf differs.
    """

    gift_id: int
    code: str
    name: str
    spec: str
    unit: str
    place: str
    opening: int
    received: int
    transferred: int
    issued: int
    returned: int
    scrapped: int
    adjusted: int
    counted: int | None = None
    reason: str = ""
    since: int = 0

    @property
    def book(self) -> int:
        """账面: what ought to lie there at the cut-off."""
        return (
            self.opening
            + self.received
            + self.transferred
            - self.issued
            + self.returned
            - self.scrapped
            + self.adjusted
        )

    @property
    def difference(self) -> int | None:
        """差异: counted minus book; None while not counted."""
        return None if self.counted is None else self.counted - self.book


@dataclass(frozen=True)
class PeriodView:
    """A week for the workbook. `state`: closed, compared, counting, or live (not opened yet).

    `since` and `until` are the local instants of the two cut-offs; None before the first.
    """

    week: str
    state: str
    from_seq: int
    cutoff_seq: int
    since: str | None
    until: str | None
    ended_on: str
    row: PeriodRow | None
    lines: tuple[ComparedRow, ...]

    @property
    def signed(self) -> bool:
        """Whether both signatures are there."""
        return self.state == "closed"


# -- which week ------------------------------------------------------------------------------


def friday_of(day: str) -> str:
    """The Friday that ends the week of `day` (Saturday to Friday)."""
    return plus_days(day, (FRIDAY - date.fromisoformat(day).weekday()) % 7)


def default_week(db: ClinicDatabase, today: str) -> str:
    """The Friday to open for: this week's; at the weekend the one just missed, if it was."""
    ending = friday_of(today)
    if date.fromisoformat(today).weekday() < SATURDAY:
        return ending
    missed = plus_days(ending, -7)
    last = last_close(db)
    began = last.opened_on if last else _first_day(db)
    return missed if began <= missed and (last is None or last.week < missed) else ending


def check_week(week: str) -> None:
    """A week is named by its Friday. Raises RuleError naming the right one."""
    if not is_date(week):
        raise RuleError(tr("日期请写成 年-月-日，例如 2026-11-20。"))
    if friday_of(week) != week:
        sentence = tr("{day} 不是星期五。这一周的核对日是 {friday}。")
        raise RuleError(sentence.format(day=week, friday=friday_of(week)))


def _first_day(db: ClinicDatabase) -> str:
    return str(db.scalar(Audit.select(Audit.business_date).where(Audit.seq == 1)))


# -- stored periods --------------------------------------------------------------------------


def periods(
    db: ClinicDatabase,
    *,
    states: tuple[str, ...] = ("closed",),
    limit: int | None = None,
) -> list[PeriodRow]:
    """Reconciliations in these states, newest first."""
    query = _periods().where(Reconciliation.state.in_(states))
    return _rows(db, query.order_by(Reconciliation.id.desc()).limit(limit))


def period(db: ClinicDatabase, reconciliation_id: int) -> PeriodRow:
    """One reconciliation. Raises RuleError when there is none."""
    found = _rows(db, _periods().where(Reconciliation.id == reconciliation_id))
    if not found:
        raise RuleError(tr("没有找到这次核对，请刷新后重试。"))
    return found[0]


def last_close(db: ClinicDatabase) -> PeriodRow | None:
    """The newest closed period."""
    return next(iter(periods(db, limit=1)), None)


def current(db: ClinicDatabase) -> PeriodRow | None:
    """The period that is open now (counting or compared), if one is."""
    return next(iter(periods(db, states=("counting", "compared"), limit=1)), None)


def _periods() -> Any:
    opener, marketing, billing = Staff.alias(), Staff.alias(), Staff.alias()
    outer = peewee.JOIN.LEFT_OUTER
    return (
        Reconciliation.select(
            Reconciliation.id,
            Reconciliation.week,
            Reconciliation.state,
            Reconciliation.opened_on,
            opener.name,
            Reconciliation.from_seq,
            Reconciliation.cutoff_seq,
            marketing.name,
            billing.name,
            Reconciliation.closed_on,
            Reconciliation.closed_seq,
            Reconciliation.seq,
        )
        .join(opener, on=(opener.id == Reconciliation.opened_by))
        .switch(Reconciliation)
        .join(marketing, outer, on=(marketing.id == Reconciliation.marketing_signer))
        .switch(Reconciliation)
        .join(billing, outer, on=(billing.id == Reconciliation.billing_signer))
    )


def _rows(db: ClinicDatabase, query: Any) -> list[PeriodRow]:
    return [PeriodRow(*row) for row in db.rows(query)]


# -- lines -----------------------------------------------------------------------------------


def computed_lines(db: ClinicDatabase, from_seq: int, cutoff_seq: int) -> list[ComparedRow]:
    """The lines of a period from the ledger: every gift in use at both places, and whatever
    else lay or moved there. By gift code, the warehouse first."""
    openings = _openings(db, from_seq)
    sums = _sums(db, from_seq, cutoff_seq)
    rows = []
    for gift_id, code, name, spec, unit, active in _gifts(db, cutoff_seq):
        for place in PLACES:
            key = (gift_id, place)
            if not (active or openings.get(key) or key in sums):
                continue
            moved = sums.get(key, {})
            rows.append(
                ComparedRow(
                    gift_id,
                    code,
                    name,
                    spec,
                    unit,
                    place,
                    opening=openings.get(key, 0),
                    received=moved.get("receive", 0),
                    transferred=moved.get("transfer", 0),
                    issued=-moved.get("issue", 0),
                    returned=moved.get("return", 0),
                    scrapped=-moved.get("scrap", 0),
                    adjusted=moved.get("adjust", 0),
                )
            )
    return rows


def stored_lines(db: ClinicDatabase, row: PeriodRow) -> list[ComparedRow]:
    """The lines frozen when the period was opened, with what was counted so far."""
    since = _sums(db, row.cutoff_seq, None)
    query = (
        CountLine.select(
            CountLine.gift_id,
            Gift.code,
            Gift.name,
            Gift.spec,
            Gift.unit,
            CountLine.place,
            CountLine.opening,
            CountLine.received,
            CountLine.transferred,
            CountLine.issued,
            CountLine.returned,
            CountLine.scrapped,
            CountLine.adjusted,
            CountLine.counted,
            CountLine.reason,
        )
        .join(Gift, on=(Gift.id == CountLine.gift_id))
        .where(CountLine.reconciliation_id == row.id)
        .order_by(Gift.code, CountLine.place.desc())
    )
    return [
        ComparedRow(*(*line, sum(since.get((line[0], line[5]), {}).values())))
        for line in db.rows(query)
    ]


def _gifts(db: ClinicDatabase, cutoff_seq: int) -> list[tuple[Any, ...]]:
    return db.rows(
        Gift.select(Gift.id, Gift.code, Gift.name, Gift.spec, Gift.unit, Gift.active)
        .where(Gift.seq <= cutoff_seq)
        .order_by(Gift.code)
    )


def _openings(db: ClinicDatabase, from_seq: int) -> dict[tuple[int, str], int]:
    """What was counted at the end of the period that was cut off at `from_seq`."""
    rows = db.rows(
        CountLine.select(CountLine.gift_id, CountLine.place, CountLine.counted)
        .join(Reconciliation, on=(Reconciliation.id == CountLine.reconciliation_id))
        .where((Reconciliation.cutoff_seq == from_seq) & (Reconciliation.state == "closed"))
    )
    return {(gift_id, place): counted for gift_id, place, counted in rows}


def _sums(
    db: ClinicDatabase, after_seq: int, until_seq: int | None
) -> dict[tuple[int, str], dict[str, int]]:
    """Signed sums by gift, place and kind; count moves are no movement of any period."""
    wanted = (StockMove.seq > after_seq) & (StockMove.kind != "count")
    if until_seq is not None:
        wanted &= StockMove.seq <= until_seq
    rows = db.rows(
        StockMove.select(
            StockMove.gift_id, StockMove.place, StockMove.kind, fn.SUM(StockMove.quantity)
        )
        .where(wanted)
        .group_by(StockMove.gift_id, StockMove.place, StockMove.kind)
    )
    found: dict[tuple[int, str], dict[str, int]] = {}
    for gift_id, place, kind, quantity in rows:
        found.setdefault((gift_id, place), {})[kind] = quantity
    return found


# -- a week as a whole -----------------------------------------------------------------------


def week_view(db: ClinicDatabase, week: str, *, today: str) -> PeriodView:
    """The period of a week, closed or open; live up to now when it was not opened. Writes nothing.

    Before the comparison the counts stay hidden (counting is blind). Raises RuleError: not a
    Friday, a week to come, or one that was missed and is part of a later period.
    """
    check_week(week)
    known = periods(db, states=("closed", "counting", "compared"))
    row = next((row for row in known if row.week == week), None)
    if row is not None:
        return _stored_view(db, row)
    later = min((row.week for row in known if row.week > week), default=None)
    if later is not None:
        sentence = tr("{week} 没有单独核对，它并入了 {later} 的核对。请改用 {later}。")
        raise RuleError(sentence.format(week=week, later=later))
    still_open = next((row for row in known if row.state != "closed"), None)
    if still_open is not None:
        sentence = tr("{week} 的核对还没有结账。请先完成它，再看下一周。")
        raise RuleError(sentence.format(week=still_open.week))
    last = known[0] if known else None
    ending = friday_of(today)
    running = plus_days(ending, 7) if last is not None and last.week == ending else ending
    if week > running:
        raise RuleError(tr("{week} 这一周还没有到。").format(week=week))
    return _live_view(db, week, last, today)


def _stored_view(db: ClinicDatabase, row: PeriodRow) -> PeriodView:
    lines = stored_lines(db, row)
    if row.state == "counting":
        lines = [_blind(line) for line in lines]
    earlier = db.row(
        Reconciliation.select(Reconciliation.seq).where(
            (Reconciliation.cutoff_seq == row.from_seq) & (Reconciliation.state == "closed")
        )
    )
    return PeriodView(
        row.week,
        row.state,
        row.from_seq,
        row.cutoff_seq,
        instant_of(db, earlier[0]) if earlier else None,
        instant_of(db, row.seq),
        row.opened_on,
        row,
        tuple(lines),
    )


def _live_view(db: ClinicDatabase, week: str, last: PeriodRow | None, today: str) -> PeriodView:
    from_seq = last.cutoff_seq if last else 0
    cutoff_seq = head_of_chain(db)[0]
    return PeriodView(
        week,
        "live",
        from_seq,
        cutoff_seq,
        instant_of(db, last.seq) if last else None,
        instant_of(db, cutoff_seq),
        today,
        None,
        tuple(computed_lines(db, from_seq, cutoff_seq)),
    )


def _blind(line: ComparedRow) -> ComparedRow:
    return replace(line, counted=None, reason="")


def instant_of(db: ClinicDatabase, seq: int) -> str | None:
    """The clinic-local minute of a command; None when there is no such number."""
    at_utc = db.scalar(Audit.select(Audit.at_utc).where(Audit.seq == seq))
    return None if at_utc is None else local_text(at_utc)
