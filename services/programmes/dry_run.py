"""What signing a programme would do to this clinic, before it is signed (E41).

Everybody's past is folded twice, as it is and with the candidate in force, up to the first day of
the candidate and on to the end of that year. Nothing is written: a query-only connection will do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.ledgers import Standing
from models.people import Person
from services.clock import plus_days
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.everybody import Cancelled, Progress, everybody
from services.loyalty.history import history, profile_of
from services.loyalty.own_timeline import own_timeline
from services.loyalty.standing import joined_on
from services.people.privacy import mask_name
from services.programmes.definition import Programme
from services.programmes.evaluate import Fold
from services.programmes.events import Evaluation, Event, GrantState, Profile
from services.programmes.registry import Timeline, Version, timelines
from services.programmes.worth import liability_fen, value_fen

_CANDIDATE = 0  # no signed version has this id
# of the past of another programme only these mean anything under new rules
_ANYWHERE = frozenset({"money", "opening", "visit", "grade"})


@dataclass(frozen=True)
class Move:
    """A member who would change tier; the name is masked.

    A member who moves up does so on the first day. Down: `waits` until the member's own period
    ends, the day before `on`; without a period nothing ever takes the tier away (`on` None).
    """

    person_id: int
    number: str
    name: str
    from_rank: int
    from_tier: str
    to_rank: int
    to_tier: str
    on: str | None
    waits: bool


@dataclass(frozen=True)
class TierCount:
    """How many members hold a tier; rank 0 is none."""

    rank: int
    name: str
    members: int


@dataclass(frozen=True)
class Given:
    """How many of a benefit fall due from the first day to the year's end, as it is and with the
    candidate, and what they are worth in fen."""

    kind: str
    name: str
    before: int
    after: int
    before_fen: int
    after_fen: int


@dataclass(frozen=True)
class DryRun:
    """What signing would do. `until` is the last day looked at. `same`: it is another version of
    the programme it was compared with, not another programme. `invited_*`: people who are no
    members and have reached a tier; `alarms`: whose books disagree and who were left out (E64);
    `points` outstanding now, and what they are worth before and after in fen."""

    valid_from: str
    until: str
    same: bool
    people: int
    alarms: int
    ups: tuple[Move, ...]
    downs: tuple[Move, ...]
    tiers_before: tuple[TierCount, ...]
    tiers_after: tuple[TierCount, ...]
    invited_before: int
    invited_after: int
    given: tuple[Given, ...]
    points: int
    liability_before_fen: int
    liability_after_fen: int

    @property
    def extra_fen(self) -> int:
        """What the year's gifts and services would cost more (negative: less)."""
        return sum(row.after_fen - row.before_fen for row in self.given)


def dry_run(
    db: ClinicDatabase,
    today: str,
    candidate: Programme,
    valid_from: str,
    *,
    scope: str = "all",
    instead_of: int | None = None,
    among: Collection[int] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> DryRun:
    """Try a candidate that would be in force from a day on.

    Under the name of an active programme it is that one's next version, in the place of any that
    is signed for the same day or later. Under a new name it is tried on the members of the
    programme `instead_of` (the main one by default), as if they had joined it that day. What is
    still 待定 holds for nobody. `among`: it is tried on these people only. Raises RuleError for an
    unknown programme, WorkCancelled.
    """
    trial = _trial(db, candidate, valid_from, scope, instead_of)
    first = max(today, valid_from)
    sums = _Sums(db, trial, first, f"{first[:4]}-12-31", among)
    for person_id in everybody(db, progress, cancelled, among):
        sums.person(person_id)
    return sums.result(valid_from)


@dataclass(frozen=True)
class _Trial:
    """The rules as they are and as they would be; `same`: it is one programme."""

    before: Timeline
    after: Timeline
    same: bool
    scope: str

    def timelines(self, db: ClinicDatabase, person_id: int) -> tuple[Timeline, Timeline]:
        """What applies to a person (E41)."""
        after = own_timeline(db, person_id, self.after) if self.same else self.after
        return own_timeline(db, person_id, self.before), after


def _trial(
    db: ClinicDatabase, candidate: Programme, valid_from: str, scope: str, instead_of: int | None
) -> _Trial:
    active = timelines(db)
    added = Version(_CANDIDATE, valid_from, candidate, scope)
    for known in active:
        if known.name == candidate.name:
            kept = tuple(each for each in known.versions if each.valid_from < valid_from)
            return _Trial(known, Timeline(known.programme_id, (*kept, added)), True, scope)
    wanted = active[0].programme_id if instead_of is None else instead_of
    before = next((each for each in active if each.programme_id == wanted), None)
    if before is None:
        raise RuleError(tr("这个方案没有在使用，请刷新后重新选择。"))
    return _Trial(before, Timeline(before.programme_id, (added,)), False, scope)


@dataclass(frozen=True)
class _Outlook:
    """Where a history leads: on the first day, and at the end of the year."""

    first: Evaluation
    last: Evaluation


class _Sums:
    """What all people together come to."""

    def __init__(
        self,
        db: ClinicDatabase,
        trial: _Trial,
        first: str,
        last: str,
        among: Collection[int] | None,
    ) -> None:
        self._db, self._trial, self._first, self._last = db, trial, first, last
        self._among = None if among is None else set(among)
        self._names = {row[0]: row[1:] for row in db.rows(
            Person.select(Person.id, Person.number, Person.name)
        )}  # fmt: skip
        self._people = self._alarms = 0
        self._ups: list[Move] = []
        self._downs: list[Move] = []
        self._tiers: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        self._invited = [0, 0]
        self._given: dict[tuple[str, str], list[int]] = {}

    def person(self, person_id: int) -> None:
        """Fold one person twice."""
        joined = joined_on(self._db, person_id, self._trial.before.programme_id)
        rules_before, rules_after = self._trial.timelines(self._db, person_id)
        try:
            before = self._outlook(person_id, rules_before, same=True)
            unchanged = rules_before.spans == rules_after.spans
            after = before if unchanged else self._outlook(person_id, rules_after)
        except KeyError:
            self._alarms += 1
            return
        self._people += 1
        if joined is None:
            self._invited[0] += before.first.rank > 0
            self._invited[1] += after.first.rank > 0
            return
        for index, each in enumerate((before, after)):
            self._tiers[index][each.first.rank] += 1
            self._count_given(index, each.last.grants)
        self._move(person_id, before, after)

    def _outlook(self, person_id: int, rules: Timeline, *, same: bool = False) -> _Outlook:
        events: list[Event] = history(self._db, person_id, rules)
        if not (same or self._trial.same):
            events = [event for event in events if event.kind in _ANYWHERE]
        programmes = [version.programme for version in rules.versions]
        person: Profile = profile_of(self._db, person_id, programmes)
        fold = Fold(rules, person)
        for event in events:
            fold.take(event)
        fold.advance(self._first)
        if not (same or self._trial.same):  # as `cutover` would leave it (E42)
            fold.take(Event("cut_over", self._first))
        first = fold.result()
        fold.advance(self._last)
        return _Outlook(first, fold.result())

    # -- gifts and services --------------------------------------------------------------------

    def _count_given(self, index: int, grants: tuple[GrantState, ...]) -> None:
        own = index == 0 or self._trial.same
        for grant in grants:
            due = grant.due_on if own else max(grant.due_on, self._first)
            over = grant.valid_to is not None and grant.valid_to < self._first
            if grant.rank and not over and self._first <= due <= self._last:
                quantity = grant.used if grant.closed else grant.quantity
                key = (grant.benefit.kind, grant.benefit.name)
                sums = self._given.setdefault(key, [0, 0, 0, 0])
                sums[index] += quantity
                sums[2 + index] += quantity * value_fen(grant.benefit)

    # -- tiers -------------------------------------------------------------------------------

    def _move(self, person_id: int, before: _Outlook, after: _Outlook) -> None:
        held, rank = before.first.rank, after.first.rank
        if not self._trial.same:
            if rank > 0 and held == 0:
                self._ups.append(self._row(person_id, held, rank, self._first, waits=False))
            elif rank == 0 and held > 0:
                self._downs.append(self._row(person_id, held, rank, self._first, waits=False))
        elif rank > held:
            self._ups.append(self._row(person_id, held, rank, self._first, waits=False))
        elif before.first.by_money >= held > after.first.by_money:
            ends = after.first.tier_ends_on
            on = None if ends is None else plus_days(ends, 1)
            to = after.first.by_money
            self._downs.append(self._row(person_id, held, to, on, waits=True))
        elif after.last.rank < min(held, before.last.rank):  # a renewal that fails now
            on, to = after.last.steps[-1].on, after.last.rank
            self._downs.append(self._row(person_id, held, to, on, waits=True))

    def _row(self, person_id: int, held: int, to: int, on: str | None, *, waits: bool) -> Move:
        number, name = self._names[person_id]
        old = self._trial.before.at(self._first).programme
        new = self._trial.after.versions[-1].programme
        tiers = (held, old.tier_name(held), to, new.tier_name(to))
        return Move(person_id, number, mask_name(name), *tiers, on, waits)

    # -- the answer --------------------------------------------------------------------------

    def result(self, valid_from: str) -> DryRun:
        """Everything added up."""
        old = self._trial.before.at(self._first).programme
        new = self._trial.after.versions[-1].programme
        points = self._outstanding()
        keeps = self._trial.same and self._trial.scope == "new"
        return DryRun(
            valid_from=valid_from,
            until=self._last,
            same=self._trial.same,
            people=self._people,
            alarms=self._alarms,
            ups=tuple(self._ups),
            downs=tuple(self._downs),
            tiers_before=tuple(_counts(self._tiers[0], old)),
            tiers_after=tuple(_counts(self._tiers[1], new)),
            invited_before=self._invited[0],
            invited_after=self._invited[1],
            given=tuple(Given(*key, *sums) for key, sums in sorted(self._given.items())),
            points=points,
            liability_before_fen=liability_fen(old, points),
            liability_after_fen=liability_fen(old if keeps else new, points),
        )

    def _outstanding(self) -> int:
        query = Standing.select(Standing.person_id, Standing.available).where(
            (Standing.programme_id == self._trial.before.programme_id) & (Standing.available > 0)
        )
        among = self._among
        return sum(
            points
            for person_id, points in self._db.rows(query)
            if among is None or person_id in among
        )


def _counts(members: Counter[int], programme: Programme) -> Iterator[TierCount]:
    for rank in range(max(len(programme.tiers), *members, 0) + 1):
        yield TierCount(rank, programme.tier_name(rank), members[rank])
