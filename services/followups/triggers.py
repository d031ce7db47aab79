"""What a plan asks for about one person, from the facts as they are now: one function a trigger.

Pure reading. A task that stands here and is not there yet is made; one that is open and does not
stand here any more is settled; one that was settled and stands again waits again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.gifts import EntitlementGrant
from models.ledgers import Standing, TierEvent
from models.people import Person
from models.query import Prepared, slot
from models.schemes import Referral
from services.clock import is_date, plus_days, plus_months
from services.followups.facts import Fact, FactBook, meant
from services.followups.plans import Plan
from services.followups.tasks import SETTLED
from services.groups.carried import labels_of
from services.i18n import tr
from services.loyalty.ledger import open_lots
from services.people.referral_states import PAID, RECORDED, REWARDED
from services.programmes.registry import timelines, version

_BEGINNING = "1900-01-01"
_DAY = 10  # characters of the day a cycle begins with
_NAMED = 2  # items of a day that a subject names
_HELD = Prepared(
    lambda: Standing.select(Standing.programme_id, Standing.rank).where(
        (Standing.person_id == slot("person_id")) & (Standing.member == 1)
    )
)
_STEPS = Prepared(
    lambda: TierEvent.select(
        TierEvent.id,
        TierEvent.programme_id,
        TierEvent.to_rank,
        TierEvent.occurred_on,
        TierEvent.version_id,
    ).where(
        (TierEvent.person_id == slot("person_id"))
        & (TierEvent.to_rank > TierEvent.from_rank)
        & (TierEvent.to_rank >= slot("rank"))
        & (TierEvent.route != "opening")
    )
)
_TASKS = Prepared(
    lambda: FollowupTask.select(
        FollowupTask.rule, FollowupTask.state, FollowupTask.closed_as, FollowupTask.due_on
    ).where(FollowupTask.person_id == slot("person_id"))
)


class Wanted(NamedTuple):
    """A task that should be: `fresh` when it is new enough for the plan to make it today."""

    cycle: str
    due_on: str
    subject: str
    fresh: bool

    @property
    def fact(self) -> str:
        """What it follows from; its tasks differ in the offset only."""
        return self.cycle.rpartition(".")[0]


class About(NamedTuple):
    """Whom and when a plan is asked about: a person with the records merged into theirs, and the
    cycles of the tasks there are: open, worked off, settled by themselves. What is made when it is
    due is made as far as `until`."""

    book: FactBook
    today: str
    until: str
    plan: Plan
    group: tuple[int, ...]
    open: frozenset[str] = frozenset()
    worked: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()

    @property
    def db(self) -> ClinicDatabase:
        """What is read."""
        return self.book.db

    def since(self, day: str) -> str:
        """`day`, or the earliest day a task that may still change follows from."""
        known = self.open | self.settled
        if not known:
            return day
        days = (cycle[:_DAY] for cycle in known)
        return min([day, *(each for each in days if is_date(each))])


def wanted(about: About) -> list[Wanted]:
    """What the plan asks for about the person."""
    return list(_TRIGGERS[about.plan.trigger](about))


def looks_back(plan: Plan) -> str:
    """The first day of which a plan asks what was done; '' for one that asks for nothing done."""
    if plan.trigger == "first_visit":
        return _BEGINNING
    if plan.trigger == "recall":
        return plus_days(plus_months(plan.from_on, -plan.months), -max(plan.offsets) - 3)
    return plan.from_on if plan.trigger in ("item", "survey") else ""


def _item(about: About) -> Iterator[Wanted]:
    """Every offset after every day it was done; once it is done again, what of the older series
    would come later belongs to the newer one."""
    plan = about.plan
    days = _days(about, about.book.facts(about.group, about.since(plan.from_on)))
    done = sorted(days)
    for at, day in enumerate(done):
        newer = done[at + 1] if at + 1 < len(done) else None
        for offset in plan.offsets:
            due_on = plus_days(day, offset)
            if newer is None or newer >= due_on:
                yield Wanted(f"{day}.{offset}", due_on, days[day], day >= plan.from_on)


def _recall(about: About) -> Iterator[Wanted]:
    """The interval after the newest day it was done, until a visit on that day or later."""
    plan = about.plan
    days = _days(about, about.book.facts(about.group, about.since(looks_back(plan))))
    if not days:
        return
    day = max(days)
    visited = _last_visit(about)
    for offset in plan.offsets:
        due_on = plus_days(plus_months(day, plan.months), offset)
        if visited < due_on:
            yield Wanted(f"{day}.{offset}", due_on, days[day], due_on >= plan.from_on)


def _days(about: About, facts: Iterable[Fact]) -> dict[str, str]:
    """The days on which what the plan means was done, with the names of it."""
    names: dict[str, list[str]] = defaultdict(list)
    for fact in meant(about.plan.matching, facts):
        names[fact.day].append(fact.item or fact.item_class)
    return {day: "、".join(list(dict.fromkeys(each))[:_NAMED]) for day, each in names.items()}


def _first_visit(about: About) -> Iterator[Wanted]:
    first = next(
        (seen for seen in sorted(about.book.visits(about.group, _BEGINNING)) if seen.first), None
    )
    if first is not None:
        yield from _after(about, first.day, first.item)


def _survey(about: About) -> Iterator[Wanted]:
    """After a visit, and then nobody asks again for so many months."""
    plan = about.plan
    since = about.since(plan.from_on)
    visits = {seen.day for seen in about.book.visits(about.group, since)}
    days = sorted(visits | {fact.day for fact in about.book.facts(about.group, since)})
    asked = {cycle[:_DAY] for cycle in about.worked}
    kept = {cycle[:_DAY] for cycle in about.open} & set(days)
    for day in sorted(kept) + [each for each in days if each not in kept]:
        if not any(_near(day, other, plan.months) for other in asked):
            asked.add(day)
            yield from _after(about, day, "")


def _near(day: str, other: str, months: int) -> bool:
    earlier, later = sorted((day, other))
    return day != other and later < plus_months(earlier, months)


def _tier(about: About) -> Iterator[Wanted]:
    """The tier a person holds, reached by something they did and not by what a roster said."""
    held = dict(_HELD.rows(about.db, person_id=about.group[0]))
    steps = [
        row
        for each in about.group
        for row in _STEPS.rows(about.db, person_id=each, rank=about.plan.min_rank)
    ]
    newest = {}
    for _, programme_id, rank, day, version_id in sorted(steps):
        if held.get(programme_id) == rank:
            newest[programme_id] = (rank, day, version_id)
    for programme_id, (rank, day, version_id) in newest.items():
        name = version(about.db, version_id).tier_name(rank)
        for offset in about.plan.offsets:
            cycle = f"{programme_id}:{rank}.{offset}"
            yield Wanted(cycle, plus_days(day, offset), name, day >= about.plan.from_on)


def _quota(about: About) -> Iterator[Wanted]:
    """Services left over, by the day on which they end."""
    query = EntitlementGrant.select(
        EntitlementGrant.valid_to,
        EntitlementGrant.name,
        EntitlementGrant.quantity - EntitlementGrant.used,
    ).where(
        EntitlementGrant.person_id.in_(about.group)
        & (EntitlementGrant.kind == "service")
        & (EntitlementGrant.state == "open")
        & (EntitlementGrant.valid_to >= about.today)
    )
    ends: dict[str, list[str]] = defaultdict(list)
    for day, name, left in about.db.rows(query.order_by(EntitlementGrant.id)):
        ends[day].append(tr("{name} {n} 次").format(name=name, n=left))
    for day, left in ends.items():
        subject = tr("{what}，{day} 到期").format(what="、".join(left), day=day)
        yield from _before(about, day, subject)


def _points(about: About) -> Iterator[Wanted]:
    """Points left over, by the last day on which they can be used."""
    ends: dict[str, int] = defaultdict(int)
    for timeline in timelines(about.db):
        for lot in open_lots(about.db, about.group, timeline.programme_id):
            if lot.expires_on is not None and lot.expires_on >= about.today:
                ends[lot.expires_on] += lot.remaining
    for day, left in ends.items():
        subject = tr("{n} 分，{day} 到期").format(n=f"{left:,}", day=day)
        yield from _before(about, day, subject)


def _idle(about: About) -> Iterator[Wanted]:
    """So long after somebody was here, unless a recall asks them back already."""
    day = _last_visit(about)
    if day:
        for each in _later(about, day, tr("上次到诊 {day}").format(day=day)):
            if not _recalled(about, each.due_on):
                yield each


def _recalled(about: About, day: str) -> bool:
    """Whether a recall of the person still waits, or was worked off within its months before or
    at any time after `day`."""
    months = about.book.recalls
    return any(
        rule in months
        and how != SETTLED
        and (state == "open" or due_on > plus_months(day, -months[rule]))
        for person_id in about.group
        for rule, state, how, due_on in _TASKS.rows(about.db, person_id=person_id)
    )


def _review(about: About) -> Iterator[Wanted]:
    """So long after somebody last went through the record, or after it was made."""
    created, reviewed = about.db.rows(
        Person.select(fn.MIN(Person.created_on), fn.MAX(Person.reviewed_on)).where(
            Person.id.in_(about.group)
        )
    )[0]
    words = tr("上次核对 {day}") if reviewed else tr("建档 {day}")
    day = reviewed or created
    yield from _later(about, day, words.format(day=day))


def _label(about: About) -> Iterator[Wanted]:
    """A label the whole person carries; one that tells of health or of a child is no reason."""
    for each in labels_of(about.db, about.group[0], health=False):
        if each.label_id == int(about.plan.matching or 0) and not each.sensitive:
            yield from _after(about, each.from_on, each.name)


def _referral(about: About) -> Iterator[Wanted]:
    """Somebody new they brought; who that is and why they came is not said on the phone."""
    query = Referral.select(Referral.newcomer_id, Referral.recorded_on).where(
        Referral.referrer_id.in_(about.group) & Referral.state.in_((RECORDED, PAID, REWARDED))
    )
    for newcomer_id, day in about.db.rows(query.order_by(Referral.id)):
        for offset in about.plan.offsets:
            cycle = f"{newcomer_id}.{offset}"
            yield Wanted(cycle, plus_days(day, offset), "", day >= about.plan.from_on)


def _after(about: About, day: str, subject: str) -> Iterator[Wanted]:
    """Every offset after a day; the day itself must not be older than the plan."""
    for offset in about.plan.offsets:
        cycle = f"{day}.{offset}"
        yield Wanted(cycle, plus_days(day, offset), subject, day >= about.plan.from_on)


def _before(about: About, day: str, subject: str) -> Iterator[Wanted]:
    """Every offset before a day to come, made when it is due."""
    for offset in about.plan.offsets:
        due_on = plus_days(day, offset)
        fresh = about.plan.from_on <= due_on <= about.until
        yield Wanted(f"{day}.{offset}", due_on, subject, fresh)


def _later(about: About, day: str, subject: str) -> Iterator[Wanted]:
    """So many months after a day, made when it is due."""
    for offset in about.plan.offsets:
        due_on = plus_days(plus_months(day, about.plan.months), offset)
        fresh = about.plan.from_on <= due_on <= about.until
        yield Wanted(f"{day}.{offset}", due_on, subject, fresh)


def _last_visit(about: About) -> str:
    """The newest day on which the person was here; '' for never."""
    return max(about.book.record(each).last_visit_on for each in about.group)


_TRIGGERS: dict[str, Callable[[About], Iterator[Wanted]]] = {
    "item": _item,
    "recall": _recall,
    "first_visit": _first_visit,
    "survey": _survey,
    "tier": _tier,
    "quota": _quota,
    "points": _points,
    "idle": _idle,
    "review": _review,
    "label": _label,
    "referral": _referral,
}
MADE_HERE = tuple(_TRIGGERS)  # gifts, birthdays and terms are made by pages of their own
