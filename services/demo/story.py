"""Two years of a made-up clinic, day by day, through the same verbs the desk uses.

A week of working days is one batch (`services.bulk`): the same rows as posting one by one, with
one commit. Everything random comes from one seeded generator: the same seed, the same story.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from services.bulk import Memory, bulk
from services.care.team import attending_of
from services.clock import plus_days
from services.demo import words
from services.demo.chores import do_chores
from services.demo.circles import draw_circles, keep_partner
from services.demo.crew import Crew, Signatures
from services.demo.gatherings import Gatherings
from services.demo.money import Till
from services.demo.papers import Papers
from services.demo.people import Character, characters
from services.demo.shelf import Shelf
from services.demo.voices import Voices
from services.demo.week import close_week
from services.demo.wishes import Wishes
from services.desk import daily
from services.desk.visits import change_visit, check_in
from services.followups.calls import calls_today, create_task, log_call
from services.people.enrolment import enrol

_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_SUNDAY = 6
_FRIDAY = 4
_FOUNDERS = 0.35  # of the people were there in the first weeks
_LAST_WEEKS = 56  # days at the end in which the calendar is caught up daily
# With more people than this it is caught up monthly until the last week, then as that begins and
# on the last day: a catch-up brings everything since the one before, so that the list of calls ends
# as daily ones would leave it, but for who was called meanwhile (a few a day, of thousands).
_MODEST = 5_000
_WEEK = 7
_MONTH = 28  # before that: shorter than the jump that would be asked about
_WEEKLY = 182  # days at the end in which every Friday is closed; before that every fourth
_CALLS_A_DAY = 12
_CALLS_LEFT = 7  # days at the end whose calls nobody made yet
_UNBILLED = 9  # days at the end whose services wait for their bill
_CIRCLES = 44  # working days before the last, on which labels and groups are begun
_PARTNER = 28  # and on which an agreement with an institution is kept
_PLANNED = 6  # calls planned by hand for today
_BOARD = 26  # people on today's board


@dataclass
class StoryClock:
    """A clock that the story sets: the business date, and an instant that runs on."""

    day: str
    instant: datetime = field(default_factory=lambda: datetime(2000, 1, 1, tzinfo=UTC))

    def today(self) -> str:
        return self.day

    def now_utc(self) -> str:
        self.instant += timedelta(seconds=7)
        return f"{self.instant.isoformat()[:19]}Z"

    def now_local(self) -> str:
        return self.instant.strftime("%Y-%m-%d %H:%M:%S")

    def open_day(self, day: str) -> None:
        """Half past eight in China."""
        self.day = day
        self.instant = datetime.fromisoformat(f"{day}T00:30:00+00:00")


@dataclass(frozen=True)
class Size:
    """How big the clinic is to be."""

    people: int
    receipts_each: float
    days: int = 730


class Story:
    """The running story; `tell` it, then look at `counts`."""

    def __init__(
        self,
        crew: Crew,
        signatures: Signatures,
        clock: StoryClock,
        size: Size,
        seed: int,
        today: str,
        memory: Memory,
    ) -> None:
        self._crew, self._signatures, self._clock, self._size = crew, signatures, clock, size
        self._rng = random.Random(f"story {seed}")
        self._ear = random.Random(f"calls {seed}")  # how many there are changes nothing else
        self._today = today
        first = date.fromisoformat(self.first_day(today, size.days))
        self.days = [
            (first + timedelta(days=n)).isoformat()
            for n in range(size.days + 1)
            if (first + timedelta(days=n)).weekday() != _SUNDAY or n == size.days
        ]
        self._cast = list(characters(size.people, random.Random(f"people {seed}"), self._today))
        self._doctors: list[int] = []
        self._arrivals = self._plan_arrivals()
        self._coming = self._plan_receipts()
        self._caught_up = ""
        self._memory = memory
        self.counts: Counter[str] = Counter()

    @staticmethod
    def first_day(today: str, days: int) -> str:
        """The day on which the story begins."""
        return plus_days(today, -days)

    # -- the plan ------------------------------------------------------------------------------

    def _plan_arrivals(self) -> list[int]:
        """For each person the index of the day they are enrolled, ascending."""
        founders = int(self._size.people * _FOUNDERS)
        early = min(24, len(self.days) - 1)
        days = [self._rng.randrange(early) for _ in range(founders)]
        later = self._size.people - founders
        days += [self._rng.randrange(len(self.days)) for _ in range(later)]
        return sorted(days)

    def _plan_receipts(self) -> dict[int, list[int]]:
        """Day index → people (by index) who pay that day."""
        planned: dict[int, list[int]] = {}
        last = len(self.days) - 1
        total = sum(person.visits for person in self._cast)
        scale = self._size.receipts_each * len(self._cast) / max(total, 1)
        for index, person in enumerate(self._cast):
            wanted = person.visits * scale
            count = int(wanted) + (self._rng.random() < wanted % 1)
            start = self._arrivals[index]
            for turn in range(count):
                on = start if turn == 0 else self._rng.randint(start, last)
                planned.setdefault(on, []).append(index)
        return planned

    # -- telling -------------------------------------------------------------------------------

    def begin(self, doctors: list[int], shelf: Shelf) -> None:
        """What the clinic has before its first day."""
        self._doctors = doctors
        self._shelf = shelf
        billed_until = plus_days(self._today, -_UNBILLED)
        self._wishes = Wishes(self._rng, shelf, billed_until, self._signatures.opened)
        self._papers = Papers(shelf, self._signatures, doctors, self.counts, len(self.days))
        self._gatherings = Gatherings(self.days, self.counts)
        self._voices = Voices()
        self._till = Till(self._rng, self._cast, doctors, self._wishes, self.counts, self._today)
        self._next = 0

    def tell(self, start: int, stop: int) -> None:
        """The days from index `start` to before `stop`, in one transaction."""
        with bulk(*self._crew.sessions, memory=self._memory) as sessions:
            crew = self._crew.together(sessions)
            for index in range(start, min(stop, len(self.days))):
                self._tell_day(crew, index)

    def _tell_day(self, crew: Crew, index: int) -> None:
        day = self.days[index]
        self._clock.open_day(day)
        self._catch_up(crew, day)
        self._enrol(crew, index)
        self._till.enrolled = self._next
        self._till.work_off(crew, day)
        for person in self._coming.pop(index, ()):
            self._till.serve(crew, person, day)
        self._wishes.work_off(crew, day, self.counts)
        if self._near_the_end(day) and day < plus_days(self._today, -_CALLS_LEFT):
            self._call(crew, day)
        left = len(self.days) - 1 - index
        self._papers.tell(crew, day, left, self._next)
        self._gatherings.tell(crew, day, left, self._next)
        self._voices.tell(crew, day, left, self._next)
        self._circle(crew, day, left)
        if self._is_closing(day):
            close_week(crew, self._signatures, self._shelf, self._rng, day)
            self.counts["fridays"] += 1
        self.counts["duties"] += do_chores(crew, day, self._today)

    def _circle(self, crew: Crew, day: str, left: int) -> None:
        """Labels, groups and a partner, in a story that is long enough."""
        if left == _CIRCLES and self._next:
            self.counts["groups"] = draw_circles(crew, self._next)
        elif left == _PARTNER and self.counts["groups"]:
            cast = enumerate(self._cast[: self._next], 1)
            grown = [person_id for person_id, each in cast if not each.child]
            keep_partner(crew, self._signatures, day, grown[:2])

    def tell_now(self, now_utc: str) -> None:
        """This very morning: people on the board, some treated, some waiting."""
        instant = datetime.strptime(now_utc, _STAMP).replace(tzinfo=UTC)
        self._clock.instant = instant - timedelta(minutes=70)
        known = range(1, self._next + 1)
        coming = self._rng.sample(known, min(_BOARD, self._next // 2))
        with bulk(*self._crew.sessions, memory=self._memory) as sessions:
            crew = self._crew.together(sessions)
            self._papers.ask(crew.billing)
            for order, person_id in enumerate(coming):
                self._clock.instant += timedelta(minutes=2)
                self._arrive(crew, person_id, order, len(coming))
            for person_id in self._rng.sample(known, min(_PLANNED, self._next)):
                subject = self._rng.choice(words.PLANNED_CALLS)
                create_task(crew.desk[0], person_id=person_id, due_on=self._today, subject=subject)

    def _arrive(self, crew: Crew, person_id: int, order: int, of: int) -> None:
        anybody = self._rng.choice(self._doctors)
        own = attending_of(crew.desk[0].db, person_id)
        visit = check_in(
            crew.desk[order % 2],
            person_id=person_id,
            doctor_id=anybody if own is None else None,
            room=f"{order % 6 + 1} 号诊室",
            emergency=self._rng.random() < 0.05,
        )
        self.counts["visits"] += 1
        share = order / max(of, 1)
        states = ("in_treatment", "done") if share < 0.5 else ("in_treatment",)
        for state in states if share < 0.65 else ():
            change_visit(crew.desk[order % 2], visit_id=visit.visit_id, to_state=state)

    def _near_the_end(self, day: str) -> bool:
        return day >= plus_days(self._today, -_LAST_WEEKS)

    def _is_closing(self, day: str) -> bool:
        """A Friday that is counted; today's is left to whoever tries the demo."""
        friday = date.fromisoformat(day)
        if friday.weekday() != _FRIDAY or day == self._today:
            return False
        return day >= plus_days(self._today, -_WEEKLY) or friday.toordinal() // 7 % 4 == 0

    def _catch_up(self, crew: Crew, day: str) -> None:
        due = plus_days(self._caught_up, self._pause(day)) if self._caught_up else day
        if day >= due or day[:4] != self._caught_up[:4]:
            daily.catch_up(crew.desk[0])
            self._caught_up = day

    def _pause(self, day: str) -> int:
        """How many days after the last catch-up the next one is done, as `day` has it."""
        if self._size.people <= _MODEST:
            return 1 if self._near_the_end(day) else _MONTH
        if day == self._today:
            return 1
        return _WEEK if day >= plus_days(self._today, -_WEEK) else _MONTH

    def _enrol(self, crew: Crew, index: int) -> None:
        while self._next < len(self._cast) and self._arrivals[self._next] <= index:
            person: Character = self._cast[self._next]
            doctor = self._rng.choice(self._doctors) if self._rng.random() < 0.7 else None
            enrol(
                crew.desk[self._next % 2],
                form=replace(person.form, doctor_id=doctor),
                consents=person.consents,
                alerts=person.alerts,
                household_with=None if person.parent is None else person.parent + 1,
            )
            self._next += 1
            self.counts["people"] += 1

    def _call(self, crew: Crew, day: str) -> None:
        """A few of the calls that are due; the rest stay for whoever tries the demo."""
        for order, row in enumerate(calls_today(crew.desk[0].db, day, _CALLS_A_DAY)):
            roll = self._ear.random()
            outcome = "fine" if roll < 0.6 else "no_answer" if roll < 0.85 else "request"
            reached = outcome != "no_answer"
            log_call(
                crew.desk[order % 2],
                person_id=row.person_id,
                task_ids=row.task_ids,
                outcome=outcome,
                satisfaction=self._ear.choice((2, 3, 3, 4, 4)) if reached else None,
                recovery=self._ear.choice(("well", "well", "slow")) if reached else "",
                note=self._ear.choice(words.CALL_NOTES) if outcome == "request" else "",
            )
            self.counts["calls"] += 1
