"""A rule as one query for people: nothing is read before it is asked, nothing is kept (R174)."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import Any

from models.database import ClinicDatabase
from models.groups import CustomerGroup
from models.people import Person
from services.errors import RuleError
from services.groups import rule as r
from services.groups.conditions import Facts, condition, everybody, nobody
from services.groups.life_cycle import spans
from services.groups.whole import Whole
from services.i18n import tr
from services.programmes.registry import timelines

MOST_PARTS = 300  # of a rule with all the groups in it written out
Path = tuple[tuple[int, str], ...]


def people(db: ClinicDatabase, today: str, rule: r.Rule, group_id: int | None = None) -> Any:
    """The ids of the active people a rule is true of, as a query in no order. Other queries may
    take it in (`Person.id.in_(people(…))`). `group_id` is the saved group the rule is written
    for. Raises RuleError for groups that go round in a circle or are not there any more, and for
    a rule that is too large."""
    facts = Facts(today, tuple(each.programme_id for each in timelines(db)), spans(db), Whole(db))
    path: Path = () if group_id is None else ((group_id, ""),)
    wanted = (Person.state == "active") & _Written(db, facts).out(rule, path)
    return facts.whole.around(Person.select(Person.id).where(wanted))


def group_rule(db: ClinicDatabase, group_id: int) -> tuple[str, r.Rule]:
    """Name and rule of a saved group. Raises RuleError when it is not there any more."""
    row = db.row(
        CustomerGroup.select(CustomerGroup.name, CustomerGroup.rule).where(
            (CustomerGroup.id == group_id) & (CustomerGroup.active == 1)
        )
    )
    if row is None:
        raise RuleError(tr("用到的分组已经停用或没有了，请改选别的分组，或先重新启用它。"))
    return str(row[0]), r.from_json(row[1])


class _Written:
    """Writes a rule out, with the saved groups in it."""

    def __init__(self, db: ClinicDatabase, facts: Facts) -> None:
        self._db, self._facts = db, facts
        self._parts = 0

    def out(self, rule: r.Rule, path: Path) -> Any:
        """The condition of a rule; `path` are the groups it is written in, the outermost first."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise RuleError(tr("这个分组连同它用到的分组条件太多，请拆成几个小的分组再试。"))
        if isinstance(rule, r.All):
            return reduce(and_, (self.out(part, path) for part in rule.of), everybody())
        if isinstance(rule, r.Any):
            return reduce(or_, (self.out(part, path) for part in rule.of), nobody())
        if isinstance(rule, r.Not):
            return ~self.out(rule.of, path)
        if isinstance(rule, r.InGroup):
            return self._group(rule.group_id, path)
        return condition(self._facts, rule)

    def _group(self, group_id: int, path: Path) -> Any:
        if group_id in (known for known, _ in path):
            raise RuleError(self._circle(group_id, path))
        name, rule = group_rule(self._db, group_id)
        return self.out(rule, (*path, (group_id, name)))

    def _circle(self, group_id: int, path: Path) -> str:
        names = [name or tr("这个分组") for _, name in path]
        start = [known for known, _ in path].index(group_id)
        words = tr("分组绕成了圈：{path}。请去掉其中一个对别的分组的引用。")
        return words.format(path=" → ".join([*names[start:], names[start]]))
