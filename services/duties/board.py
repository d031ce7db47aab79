"""What is to be done now, by whom, and what became of it: the list of duties on a day.

Days off lose nothing: the newest turn of a duty is to be done, those before it that nobody did are
counted as missed and stay in the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from models.database import ClinicDatabase
from models.system import Staff
from services.clock import days_between, local_text, plus_days
from services.duties.cycles import (
    ONCE,
    SINGLE,
    Cycle,
    after,
    before,
    cycle_at,
    cycle_of,
    cycle_words,
    single,
)
from services.duties.facts import FACTS, Fact, done_by_fact
from services.duties.records import DoneRow, DutyRecord, done_rows, duties
from services.errors import RuleError
from services.i18n import tr

MOST_MISSED = 99
LOOK_BACK = 400  # turns; more than a year of days
STAYS = 7  # days for which something that comes once is still shown after it was done

OPEN, DONE, SKIPPED, LATER, MISSED = "open", "done", "skipped", "later", "missed"


@dataclass(frozen=True)
class Point:
    """A point of a list, and whether it is ticked."""

    text: str
    ticked: bool


@dataclass(frozen=True)
class DutyRow:
    """A turn of a duty. `state`: open (to be done now), done, skipped, later (its time has not
    come), missed. `late`: days past the due day while open; `missed`: turns before this one that
    nobody did; `about`: the member of staff it is about; `row_id`: what a taking back would undo,
    0 where nothing can be."""

    duty: DutyRecord
    cycle: str
    due_on: str
    from_on: str
    state: str
    points: tuple[Point, ...] = ()
    late: int = 0
    missed: int = 0
    about_id: int = 0
    about: str = ""
    done_on: str = ""
    done_by: str = ""
    note: str = ""
    row_id: int = 0

    @property
    def id(self) -> tuple[int, str]:
        """What tells rows of a list apart."""
        return self.duty.id, self.cycle

    @property
    def title(self) -> str:
        """What is to be done, about whom or for which days."""
        about = self.about or cycle_words(self.cycle)
        return f"{self.duty.name} · {about}" if about else self.duty.name


@dataclass(frozen=True)
class DutyCount:
    """How many duties wait: for this post, for anybody, and how many of this post are late."""

    mine: int
    everybody: int
    late: int


class DutyBoard:
    """Everything that was read of the duties at one instant."""

    def __init__(self, db: ClinicDatabase, today: str) -> None:
        self._db = db
        self._today = today
        self._rows = done_rows(db)
        self._facts: dict[str, list[Fact]] = {}
        self._begins: dict[str, Callable[[Cycle], bool]] = {}

    # -- one duty ----------------------------------------------------------------------------

    def rows_of(self, duty: DutyRecord) -> list[DutyRow]:
        """What a duty has to show today."""
        if duty.rhythm in SINGLE:
            return self._single_rows(duty)
        now = self._current(duty)
        if now is None:
            return [self._later(duty)]
        row = self._row(duty, now)
        if row.state == OPEN:
            missed = 0
            for earlier in self._before(duty, now):
                if self._row(duty, earlier, past=True).state != MISSED or missed == MOST_MISSED:
                    break
                missed += 1
            row = replace(row, missed=missed)
        return [row]

    def current(self, duty: DutyRecord, cycle: str) -> DutyRow:
        """The turn `cycle` if it is the one to be done now. Raises RuleError otherwise."""
        for row in self.rows_of(duty):
            if row.cycle == cycle and row.state != LATER:
                return row
            if row.state == LATER:
                sentence = tr("“{name}”要到 {day} 才办，到时再来登记。")
                raise RuleError(sentence.format(name=duty.name, day=row.from_on))
        raise RuleError(tr("这一期已经过去，现在只办最新的一期。请刷新后重看。"))

    def history(self, duty: DutyRecord, most: int = 60) -> list[DutyRow]:
        """Turns of a duty that are due or done, newest first; of those from before it was switched
        on again only what was done or left out."""
        if duty.rhythm in SINGLE:
            return [self._about(duty, *one) for one in self._singles(duty, left=True)]
        now = self._current(duty)
        told = [] if now is None else [self._row(duty, now)]
        if now is not None:
            earlier = islice(self._before(duty, now), most - 1)
            told += [self._row(duty, each, past=True) for each in earlier]
        told += self._closed_besides(duty, {row.cycle for row in told})
        return sorted(told, key=lambda row: row.due_on, reverse=True)[:most]

    def _closed_besides(self, duty: DutyRecord, told: set[str]) -> Iterator[DutyRow]:
        """Turns somebody did or left out besides those `told`."""
        keys = [key for duty_id, key in self._rows if duty_id == duty.id and key not in told]
        for key in keys:
            row = self._row(duty, cycle_of(self._db, duty, key), past=True)
            if row.state != MISSED:
                yield row

    # -- turns -------------------------------------------------------------------------------

    def _current(self, duty: DutyRecord) -> Cycle | None:
        """The newest turn whose time has come; None before the first."""
        ahead = plus_days(self._today, duty.ahead)
        cycle = cycle_at(self._db, duty, ahead)
        if cycle.due > ahead or not cycle.counts:
            cycle = self._counting_before(duty, cycle)
        return cycle if self._begun(duty, cycle) else None

    def _counting_before(self, duty: DutyRecord, cycle: Cycle) -> Cycle:
        cycle = before(self._db, duty, cycle)
        while not cycle.counts and cycle.due >= duty.from_on:
            cycle = before(self._db, duty, cycle)
        return cycle

    def _begun(self, duty: DutyRecord, cycle: Cycle) -> bool:
        """Whether a turn counts: the duty was there, and so was something to do."""
        if cycle.due < duty.from_on:
            return False
        asked = FACTS.get(duty.ask)
        if asked is None:
            return True
        if duty.ask not in self._begins:
            self._begins[duty.ask] = asked.begins(self._db)
        return self._begins[duty.ask](cycle)

    def _before(self, duty: DutyRecord, cycle: Cycle) -> Iterator[Cycle]:
        """Turns before one, newest first, back to the first that counts."""
        for _ in range(LOOK_BACK):
            cycle = self._counting_before(duty, cycle)
            if not self._begun(duty, cycle):
                return
            yield cycle

    def _later(self, duty: DutyRecord) -> DutyRow:
        """The first turn, which is still to come."""
        ahead = plus_days(self._today, duty.ahead)
        cycle = cycle_at(self._db, duty, self._today)
        while cycle.due <= ahead or cycle.due < duty.from_on or not cycle.counts:
            cycle = after(self._db, duty, cycle)
        points = tuple(Point(text, ticked=False) for text in duty.points)
        return DutyRow(duty, cycle.key, cycle.due, _notice(duty, cycle), LATER, points)

    def _single_rows(self, duty: DutyRecord) -> list[DutyRow]:
        rows = [self._about(duty, *one) for one in self._singles(duty, left=False)]
        recent = plus_days(self._today, -STAYS)
        return [row for row in rows if row.state == OPEN or row.done_on >= recent]

    def _singles(self, duty: DutyRecord, *, left: bool) -> Iterator[tuple[Cycle, int, str]]:
        """(turn, member of staff, name): of everybody who works here, with `left` of those who
        do not any more as well if something was done about them."""
        if duty.rhythm == ONCE:
            yield single(duty), 0, ""
            return
        query = Staff.select(Staff.id, Staff.name, Staff.active, Staff.created_at)
        for staff_id, name, active, created_at in self._db.rows(query.order_by(Staff.id.desc())):
            cycle = single(duty, local_text(created_at)[:10], staff_id)
            if active or (left and (duty.id, cycle.key) in self._rows):
                yield cycle, staff_id, name

    # -- what became of it -------------------------------------------------------------------

    def _about(self, duty: DutyRecord, cycle: Cycle, staff_id: int, name: str) -> DutyRow:
        return replace(self._row(duty, cycle), about_id=staff_id, about=name)

    def _row(self, duty: DutyRecord, cycle: Cycle, *, past: bool = False) -> DutyRow:
        rows = [row for row in self._rows.get((duty.id, cycle.key), ()) if row.stands]
        closing = next((row for row in reversed(rows) if row.closes), None)
        points = _points(duty, rows, closing)
        made = DutyRow(duty, cycle.key, cycle.due, _notice(duty, cycle), OPEN, points)
        fact = self._fact(duty, cycle)
        if fact is not None:
            return replace(made, state=DONE, done_on=fact.on, done_by=fact.by)
        last = closing or (rows[-1] if rows else None)
        if last is not None:
            made = replace(made, done_on=last.on, done_by=last.by, note=last.note, row_id=last.id)
        if closing is not None:
            return replace(made, state=SKIPPED if closing.skipped else DONE)
        if past:
            return replace(made, state=MISSED)
        return replace(made, late=max(days_between(cycle.due, self._today), 0))

    def _fact(self, duty: DutyRecord, cycle: Cycle) -> Fact | None:
        asked = FACTS.get(duty.ask)
        if asked is None:
            return None
        if duty.ask not in self._facts:
            self._facts[duty.ask] = asked.read(self._db)
        return done_by_fact(self._facts[duty.ask], asked, cycle)


def _notice(duty: DutyRecord, cycle: Cycle) -> str:
    """From when on a turn may be done."""
    return cycle.first if duty.rhythm in SINGLE else plus_days(cycle.due, -duty.ahead)


def _points(duty: DutyRecord, rows: list[DoneRow], closing: DoneRow | None) -> tuple[Point, ...]:
    """The list as it is now, and of a turn that is done with as it was then."""
    ticked = dict.fromkeys(text for row in rows for text in row.ticked)
    if closing is not None and not closing.skipped:
        return tuple(Point(text, ticked=True) for text in ticked)
    return tuple(Point(text, text in ticked) for text in duty.points)


def duty_board(db: ClinicDatabase, today: str, role: str) -> list[DutyRow]:
    """Every duty that is switched on: what is to be done now first and of it what is of this post,
    then what is to come, then what is done (R137, R138, R144, R151)."""
    board = DutyBoard(db, today)
    rows = [row for each in duties(db) for row in board.rows_of(each)]
    order = {OPEN: 0, LATER: 1, DONE: 2, SKIPPED: 2}
    return sorted(
        rows, key=lambda row: (order[row.state], not is_mine(row.duty, role), row.due_on, row.id)
    )


def is_mine(duty: DutyRecord, role: str) -> bool:
    """Whether a duty is of this post; one without a post is everybody's."""
    return duty.post in ("", role)


def count_duties(db: ClinicDatabase, today: str, role: str) -> DutyCount:
    """How many duties wait on a day."""
    board = DutyBoard(db, today)
    rows = [row for each in duties(db) for row in board.rows_of(each) if row.state == OPEN]
    mine = [row for row in rows if is_mine(row.duty, role)]
    return DutyCount(len(mine), len(rows), sum(row.late > 0 for row in mine))


def duty_history(db: ClinicDatabase, today: str, duty: DutyRecord) -> list[DutyRow]:
    """What became of a duty turn by turn, newest first; what nobody did stands there as missed."""
    return DutyBoard(db, today).history(duty)
