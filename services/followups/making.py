"""Plans make tasks: every task that stands is there once, every one that is over is settled (E66).

A person's tasks of a plan are brought in line with what the plan asks for from the facts as they
are now, so running it again changes nothing and days or months off lose nothing. Done work is
never made again; a task that only settled by itself waits again when its fact comes back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from peewee import fn

from models.followup import FollowupPlan, FollowupTask
from models.query import Prepared, slot
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import LAST_BUSINESS_DATE, Session, Tx, command, read_setting
from services.followups.facts import FactBook
from services.followups.looking import FAR, Found, Look
from services.followups.plans import Plan, plans
from services.followups.sources import Heads, Looking, complete, in_common, sources
from services.followups.tasks import (
    PLAN_COLUMNS,
    SETTLED,
    TASK_COLUMNS,
    next_place,
    place,
    plan_values,
)
from services.followups.triggers import MADE_HERE, Wanted, looks_back
from services.followups.ways import CALL, offer_ways
from services.people.aliases import root_of
from services.reports.posted import day_of

SPAN = 400  # commands looked at in one go while the desk works
FEW = 8  # rows of them: nobody waits for more
SOME = 1000  # rows that a command may have written by itself
_OTHERS = 10**9  # more than any id

_COLUMNS = (*TASK_COLUMNS, "planned_on", *PLAN_COLUMNS)
_ON_DAY = Prepared(
    lambda: FollowupTask.select(fn.COUNT(FollowupTask.id)).where(
        (FollowupTask.state == "open")
        & (FollowupTask.due_on == slot("day"))
        & (FollowupTask.rule == slot("rule"))
    )
)


@dataclass(frozen=True)
class PlansCaughtUp:
    """So many tasks were made or wait again, so many settled by themselves."""

    made: int
    settled: int
    changes: Changes


class Tally(NamedTuple):
    """Tasks made, or open again; tasks settled."""

    made: int = 0
    settled: int = 0

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(self.made + other.made, self.settled + other.settled)


class Bringing:
    """Brings the tasks of one plan in line, person by person."""

    def __init__(self, tx: Tx, plan: Plan, book: FactBook) -> None:
        self._tx = tx
        self._plan = plan
        self._look = Look(tx.db, tx.today, plan, book=book)
        self._set_on = day_of(tx.db, plan.seq) if plan.daily_most else ""
        self._taken: dict[str, int] = {}

    def people(self, people: Iterable[int], *, make: bool = True) -> Tally:
        """Look at these people, who speak for themselves; without `make` tasks settle only."""
        make = make and self._plan.active
        tally = Tally()
        for person_id in dict.fromkeys(people):
            found = self._look.at(person_id)
            over = found.over
            if found.due and not self._look.chosen(person_id):
                over += found.due
            if over:
                self._change(over, state="done", closed_as=SETTLED)
            missing = self._meant(found) if make and found.missing else ()
            for each, task_id in missing:
                self._make(found, each, task_id)
            if missing or over:
                tally = tally.plus(Tally(len(missing), len(over)))
        return tally

    def _meant(self, found: Found) -> tuple[tuple[Wanted, int | None], ...]:
        """What is missing and for this person. What comes much later waits for whoever is not of
        the tier or the group yet: whether they are is asked again when it is due."""
        if not self._look.welcome(found.person_id):
            return ()
        if self._look.chosen(found.person_id):
            return found.missing
        far = plus_days(self._tx.today, FAR)
        return tuple(each for each in found.missing if each[0].due_on > far)

    def _make(self, found: Found, each: Wanted, task_id: int | None) -> None:
        plan, tx = self._plan, self._tx
        due_on = self._day(each.due_on)
        planned_on = None if due_on == each.due_on else each.due_on
        if task_id is not None:
            moved = {"due_on": due_on, "planned_on": planned_on}
            self._change((task_id,), state="open", closed_as="", **moved)
            return
        task = (found.person_id, plan.key, each.cycle, due_on, "open", each.subject, tx.seq)
        channel = found.contact_by or plan.channel
        if plan.marketing and channel != CALL:
            channel = offer_ways(tx.db, (found.person_id,), channel)[found.person_id]
        values = (*task, planned_on, channel, *plan_values(plan)[1:])
        tx.db.insert(FollowupTask, **dict(zip(_COLUMNS, values, strict=True)))

    def _day(self, due_on: str) -> str:
        """The day a task comes on: its own, or where the plan makes only so many a day of what was
        due before it was set on, the first one from today on that has room."""
        most = self._plan.daily_most
        if due_on >= self._set_on:
            return due_on
        day = self._tx.today
        while self._on(day) >= most:
            day = plus_days(day, 1)
        self._taken[day] += 1
        return day

    def _on(self, day: str) -> int:
        """How many tasks of the plan are open on a day."""
        if day not in self._taken:
            row = _ON_DAY.rows(self._tx.db, day=day, rule=self._plan.key)[0]
            self._taken[day] = int(row[0])
        return self._taken[day]

    def _change(self, task_ids: tuple[int, ...], **values: object) -> None:
        for task_id in task_ids:
            self._tx.db.update(FollowupTask, task_id, **values)


# -- by pages -----------------------------------------------------------------------------------


def review_page(tx: Tx, at: str, limit: int) -> tuple[int, str | None]:
    """Settle, among the next `limit` due tasks of plans after `at`, what is over: a receipt that
    was voided, a record not in use, a tier lost, points used, a visit made, a group left. Offers
    in writing to those who never agreed to them, planned by hand or not, become calls. Answers
    how many were settled and where the next page begins, None after the last."""
    day, after = place(at)
    offered: Any = (FollowupTask.marketing == 1) & (FollowupTask.channel != CALL)
    query = (
        FollowupTask.select(
            FollowupTask.due_on,
            FollowupTask.id,
            FollowupTask.person_id,
            FollowupTask.rule,
            FollowupTask.plan_id,
            FollowupTask.channel,
            offered,
        )
        .where(
            (FollowupTask.state == "open")
            & (FollowupTask.due_on <= tx.today)
            & (FollowupTask.due_on >= day)
            & ((FollowupTask.due_on > day) | (FollowupTask.id > after))
            & (FollowupTask.plan_id.is_null(False) | offered)
        )
        .order_by(FollowupTask.due_on, FollowupTask.id)
        .limit(limit)
    )
    rows = tx.db.rows(query)
    people: dict[str, list[int]] = defaultdict(list)
    offers: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for _, task_id, person_id, rule, plan_id, channel, written in rows:
        if written:
            offers[channel].append((task_id, root_of(tx.db, person_id)))
        if plan_id is not None:
            people[rule].append(person_id)
    for channel, tasks in offers.items():
        _write_if_agreed(tx, channel, tasks)
    asked = [
        (plan, people[plan.key])
        for plan in plans(tx.db)
        if plan.key in people and plan.trigger in MADE_HERE
    ]
    tally = _bring(tx, asked, make=False)
    return tally.settled, next_place(rows, limit)


def _write_if_agreed(tx: Tx, channel: str, tasks: list[tuple[int, int]]) -> None:
    """Offers in writing, tasks with their persons, stay that for whoever agreed to it."""
    ways = offer_ways(tx.db, (person_id for _, person_id in tasks), channel)
    for task_id, person_id in tasks:
        if ways[person_id] != channel:
            tx.db.update(FollowupTask, task_id, channel=ways[person_id])


class _Round(NamedTuple):
    """Where the catch-up of the plans is: at the plans of this turn or a later one, looking as far
    as the command `until`; while some are under way their ids, at which of their sources they are,
    and where its next page begins."""

    turn: int
    until: int
    plan_ids: tuple[int, ...] = ()
    step: int = 0
    after: str = ""

    @classmethod
    def read(cls, at: str) -> _Round | None:
        """A place as it is kept; None at the beginning."""
        parts = at.split("|")
        if len(parts) != len(cls._fields):
            return None
        turn, until, plan_ids, step, after = parts
        ids = tuple(int(each) for each in plan_ids.split(",") if each)
        return cls(int(turn), int(until), ids, int(step), after)

    def kept(self) -> str:
        """The place in text."""
        ids = ",".join(map(str, self.plan_ids))
        return f"{self.turn}|{self.until}|{ids}|{self.step}|{self.after}"


def plans_page(tx: Tx, at: str, limit: int) -> tuple[Tally, int, str | None]:
    """Look at the next `limit` rows that plans have not looked at, after `at`.

    Plans that look at the same rows do it together, so that a person is read once for all of them.
    Answers what came of them, how many people they were of, and where the next page begins, None
    after the last plan. A plan's marks move when it has looked at everything there was.
    """
    here, found = _together(tx, _Round.read(at) or _Round(0, tx.seq - 1))
    if not found:
        return Tally(), 0, None
    where = sources(found[0], days=True)
    if here.step == len(where):
        for plan in found:
            _mark(tx, plan, seen_seq=max(here.until, plan.seen_seq), seen_on=tx.today)
        return Tally(), 0, _Round(here.turn + 1, here.until).kept()
    behind = min(found, key=lambda plan: plan.seen_seq)
    looking = _looking(behind, here.until, tx.today)
    page = where[here.step].page(tx.db, looking, here.after, limit)
    tally = _bring(tx, [(plan, page.people) for plan in found])
    if page.next:
        following = here._replace(after=page.next)
    else:
        following = here._replace(step=here.step + 1, after="")
    return tally, len(page.people), following.kept()


def _bring(tx: Tx, asked: Sequence[tuple[Plan, Sequence[int]]], *, make: bool = True) -> Tally:
    """Look at people for each of some plans, everybody read ahead in a few statements."""
    book = FactBook(tx.db)
    found = {each for _, people in asked for each in people}
    roots = {each: root_of(tx.db, each) for each in found}
    spans: dict[str, set[int]] = defaultdict(set)
    for plan, people in asked:
        spans[looks_back(plan)].update(roots[each] for each in people)
    for since in sorted(filter(None, spans)):
        book.read_ahead(spans[since], since)
    book.read_ahead(spans[""])
    tally = Tally()
    for plan, people in asked:
        mine = (roots[each] for each in people)
        tally = tally.plus(Bringing(tx, plan, book).people(mine, make=make))
    return tally


def _together(tx: Tx, here: _Round) -> tuple[_Round, list[Plan]]:
    """The plans that are under way, or else those of the next turn: the first that is not through,
    and whichever look at the same rows as it does."""
    making = _making(tx)
    going_on = [plan for plan in making if plan.id in here.plan_ids]
    if going_on:
        return here, going_on
    left = [
        plan
        for plan in making
        if _turn(plan) >= here.turn and not (in_common(plan) and plan.seen_seq >= here.until)
    ]
    alike, seen = (in_common(left[0]), left[0].seen_seq) if left else ((), 0)
    if alike:
        left = [plan for plan in left if plan.seen_seq == seen and in_common(plan) == alike]
    else:
        del left[1:]
    ids = tuple(plan.id or 0 for plan in left)
    return _Round(_turn(left[0]) if left else 0, here.until, ids), left


def catch_up_plans(session: Session) -> int:
    """Make the tasks of what was posted since the last look, so that a call of the same day is on
    today's list; answers how many. For the window: one step of a few commands, and nothing while
    no `plans_wait`."""
    return catch_up_written(replace(session, op_id=None)).made if plans_wait(session) else 0


def plans_wait(session: Session) -> bool:
    """Whether there is something new for a plan that the window can wait for; never when the
    clinic is open for reading only, or the business day has not begun (the daily catch-up does it
    then)."""
    db = session.db
    begun = read_setting(db, LAST_BUSINESS_DATE) == session.clinic.clock.today()
    if db.read_only or not begun:
        return False
    heads = Heads(db)
    return any(
        heads.waiting(plan) and not heads.too_large(plan, SOME) for plan in _active(plans(db))
    )


@command("followup.plans", entity="followup_task")
def catch_up_written(tx: Tx) -> PlansCaughtUp:
    """Look at what the next `SPAN` commands wrote that each plan has not looked at, as far as the
    last one of which `FEW` rows say everything, or at one command that wrote more; one that wrote
    `SOME` alone is left to the daily catch-up."""
    heads = Heads(tx.db)
    asked, marks = [], []
    for plan in _making(tx):
        if heads.too_large(plan, SOME):
            continue
        looking = _looking(plan, min(tx.seq - 1, plan.seen_seq + SPAN), tx.today)
        people: list[int] = []
        until = looking.until
        for source in sources(plan, days=False):
            found = source.page(tx.db, looking, "", min(FEW, SOME))
            reached = complete(tx.db, source, found, looking.until)
            if reached <= plan.seen_seq:
                found = source.page(tx.db, looking, "", SOME)
                reached = complete(tx.db, source, found, looking.until)
            people += found.people
            until = min(until, reached)
        asked.append((plan, people))
        marks.append((plan, until))
    tally = _bring(tx, asked)
    for plan, until in marks:
        _mark(tx, plan, seen_seq=until)
    # of no task in particular: many a day, and not in the way of who looks for one
    tx.detail.update(made=tally.made, settled=tally.settled)
    kinds = (Kind.FOLLOWUP,) if any(tally) else ()
    return PlansCaughtUp(tally.made, tally.settled, Changes(kinds))


def _looking(plan: Plan, until: int, today: str) -> Looking:
    seen = plus_days(plan.seen_on, 1) if plan.seen_on else plan.from_on
    return Looking(plan, plan.seen_seq, until, max(seen, plan.from_on), today)


def _making(tx: Tx) -> list[Plan]:
    return sorted(_active(plans(tx.db)), key=_turn)


def _active(found: Iterable[Plan]) -> list[Plan]:
    """The plans that make tasks here; every one of them has a row."""
    return [each for each in found if each.active and each.trigger in MADE_HERE and each.id]


def _turn(plan: Plan) -> int:
    """The order of the plans: recalls first, as who is called back is not missed as well."""
    return (plan.id or 0) + (0 if plan.trigger == "recall" else _OTHERS)


def _mark(tx: Tx, plan: Plan, **seen: object) -> None:
    tx.db.update(FollowupPlan, plan.id or 0, **seen)
