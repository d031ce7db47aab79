"""How well people are called: completion, reach and satisfaction, by week and by person (R149)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt, FollowupTask
from models.system import Staff
from services.clock import plus_days
from services.followups.outcomes import REACHED, TRIED, UNREACHED, standing
from services.followups.tasks import is_call
from services.i18n import tr
from services.reports.names import day
from services.reports.posted import Posted, ids, posted
from services.reports.sheet import Ask, Chart, Column, Row, Sheet, share
from services.reports.spans import around

CONTENT = (3, 4)  # steps of satisfaction


@dataclass
class Rates:
    """Figures of some days: calls and letters that were due and those done; calls made, those
    that reached somebody, and of how many people said how satisfied they are, how many are."""

    due: int = 0
    done: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    rated: int = 0
    content: int = 0

    @property
    def made(self) -> int:
        """Calls somebody dialled."""
        return sum(self.outcomes[each] for each in TRIED)

    @property
    def reached(self) -> int:
        """Calls that reached somebody."""
        return sum(self.outcomes[each] for each in REACHED)

    @property
    def unreached(self) -> int:
        """Calls nobody answered."""
        return sum(self.outcomes[each] for each in UNREACHED)

    def add(self, outcome: str, satisfaction: int | None) -> None:
        """Count a call."""
        self.outcomes[outcome] += 1
        self.rated += satisfaction is not None
        self.content += satisfaction in CONTENT

    def percents(self) -> tuple[int, int, int]:
        """Completion, reach and satisfaction in per cent; 0 of nothing."""
        pairs = ((self.done, self.due), (self.reached, self.made), (self.content, self.rated))
        first, second, third = (((share(*pair) or 0) + 5) // 10 for pair in pairs)
        return first, second, third


def counted() -> Any:
    """Condition: a task somebody had to do. What settled itself was no work."""
    return is_call() & (FollowupTask.closed_as != "settled")


def made_calls(db: ClinicDatabase, span: Posted) -> Any:
    """Condition: a call was written down in the days, and not taken back."""
    return ids(db, FollowupAttempt, span).rows(FollowupAttempt.id) & standing()


def weekly(db: ClinicDatabase, ask: Ask) -> dict[str, Rates]:
    """The rates of each week the days lie in, by its first day, cut to the days asked for."""
    weeks = list(_weeks(ask))
    found = {first: Rates() for first, _ in weeks}

    def week_of(when: str) -> Rates:
        return found[max(first for first in found if first <= when)]

    due = (FollowupTask.due_on >= ask.first) & (FollowupTask.due_on <= ask.last) & counted()
    query = FollowupTask.select(
        FollowupTask.due_on, FollowupTask.state == "done", fn.COUNT(FollowupTask.id)
    ).where(due)
    for when, done, count in db.rows(query.group_by(FollowupTask.due_on, FollowupTask.state)):
        week_of(when).due += count
        week_of(when).done += count * done
    span = posted(db, ask.first, ask.last)
    calls = FollowupAttempt.select(
        FollowupAttempt.seq,
        FollowupAttempt.occurred_on,
        FollowupAttempt.outcome,
        FollowupAttempt.satisfaction,
    ).where(made_calls(db, span))
    for _, when, outcome, satisfaction in db.rows(calls.distinct()):
        week_of(when).add(outcome, satisfaction)
    return found


def _weeks(ask: Ask) -> Iterable[tuple[str, str]]:
    first = ask.first
    while first <= ask.last:
        last = min(around("week", first)[1], ask.last)
        yield first, last
        first = plus_days(last, 1)


def rates_chart(labels: Iterable[str], rates: Iterable[Rates]) -> Chart:
    """Three series of per cents over the labels."""
    values = [each.percents() for each in rates]
    names = (tr("完成率"), tr("接通率"), tr("满意率"))
    return Chart(
        tr("完成率、接通率、满意率(%)"),
        tuple(labels),
        tuple((name, tuple(value[at] for value in values)) for at, name in enumerate(names)),
    )


def weeks_sheet(db: ClinicDatabase, ask: Ask) -> Sheet:
    """按周: the weeks side by side."""
    found = weekly(db, ask)
    rows: list[Row] = [(day(first), *_figures(each)) for first, each in found.items()]
    return Sheet(
        tr("按周"),
        (Column(tr("周一"), 12, "date"), *_columns()),
        rows,
        chart=rates_chart((first[5:] for first in found), found.values()),
    )


def _figures(each: Rates) -> tuple[int | None, ...]:
    return (
        *(each.due, each.done, None),
        *(each.made, each.reached, each.unreached, None),
        *(each.rated, each.content, None),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("应做"), 9, "int", "sum"),
        Column(tr("完成"), 9, "int", "sum"),
        Column(tr("完成率"), 10, "rate", share=(3, 2)),
        Column(tr("联系次数"), 10, "int", "sum"),
        Column(tr("接通"), 9, "int", "sum"),
        Column(tr("未接通"), 9, "int", "sum"),
        Column(tr("接通率"), 10, "rate", share=(6, 5)),
        Column(tr("已评"), 9, "int", "sum"),
        Column(tr("满意"), 9, "int", "sum"),
        Column(tr("满意率"), 10, "rate", share=(10, 9)),
    )


def staff_sheet(db: ClinicDatabase, ask: Ask) -> Sheet:
    """回访人: who called, how it went, and what was given to them to do. A call with several
    reasons is one call here."""
    found: dict[str, Rates] = defaultdict(Rates)
    calls = (
        FollowupAttempt.select(
            FollowupAttempt.seq, Staff.name, FollowupAttempt.outcome, FollowupAttempt.satisfaction
        )
        .join(Staff, on=(Staff.id == FollowupAttempt.staff_id))
        .where(made_calls(db, posted(db, ask.first, ask.last)))
        .distinct()
    )
    for _, name, outcome, satisfaction in db.rows(calls):
        found[name].add(outcome, satisfaction)
    given = (
        FollowupTask.select(Staff.name, FollowupTask.state == "done", fn.COUNT(FollowupTask.id))
        .join(Staff, on=(Staff.id == FollowupTask.assigned_to))
        .where((FollowupTask.due_on >= ask.first) & (FollowupTask.due_on <= ask.last) & counted())
        .group_by(Staff.name, FollowupTask.state)
    )
    for name, done, count in db.rows(given):
        found[name].due += count
        found[name].done += count * done
    who = sorted(found)
    rows: list[Row] = [
        (
            name,
            *(found[name].made, found[name].reached, found[name].outcomes["request"]),
            *(found[name].unreached, found[name].outcomes["refused"], None),
            *(found[name].rated, found[name].content, None),
            *(found[name].due, found[name].done, None),
        )
        for name in who
    ]
    return Sheet(
        tr("回访人"),
        (
            Column(tr("回访人"), 12),
            Column(tr("联系次数"), 10, "int", "sum"),
            Column(tr("接通"), 8, "int", "sum"),
            Column(tr("其中有要求"), 11, "int", "sum"),
            Column(tr("未接通"), 8, "int", "sum"),
            Column(tr("拒绝"), 8, "int", "sum"),
            Column(tr("接通率"), 9, "rate", share=(3, 2)),
            Column(tr("已评"), 8, "int", "sum"),
            Column(tr("满意"), 8, "int", "sum"),
            Column(tr("满意率"), 9, "rate", share=(9, 8)),
            Column(tr("分派应做"), 10, "int", "sum"),
            Column(tr("其中完成"), 10, "int", "sum"),
            Column(tr("完成率"), 9, "rate", share=(12, 11)),
        ),
        rows,
        notes=(tr("一次联系说了几件事，算一次。分派应做只数指定给本人的，按计划日期统计。"),),
        chart=rates_chart(who, (found[name] for name in who)),
    )
