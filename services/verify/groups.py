"""Labels and groups: nobody carries two where one is allowed, and every group can be asked for."""

from __future__ import annotations

from peewee import fn

from models import checks
from models.database import ClinicDatabase
from models.groups import CustomerGroup, Label, PersonLabel
from services.errors import RuleError
from services.groups.checks import sensitive
from services.groups.filters import people
from services.groups.saved import saved_groups
from services.verify.report import Findings


def check_groups(db: ClinicDatabase, today: str, found: Findings) -> None:
    """A record carries one label of an exclusive dimension at most, and none until before it
    began; the rule of every group can be read, leads to people, and is marked as sensitive when
    it asks for what is."""
    twice = (
        PersonLabel.select(PersonLabel.person_id)
        .join(Label, on=(Label.id == PersonLabel.label_id))
        .where((Label.exclusive == 1) & PersonLabel.until_on.is_null())
        .group_by(PersonLabel.person_id, Label.dimension)
        .having(fn.COUNT(PersonLabel.id) > 1)
    )
    for (person_id,) in checks.stream(db, twice):
        found.add("labels.twice", person_id)
    backwards = PersonLabel.select(PersonLabel.id).where(PersonLabel.until_on < PersonLabel.from_on)
    for (row_id,) in checks.stream(db, backwards):
        found.add("labels.backwards", row_id)
    mixed = (
        Label.select(fn.MIN(Label.id))
        .group_by(Label.dimension)
        .having(fn.COUNT(Label.exclusive.distinct()) > 1)
    )
    for (label_id,) in checks.stream(db, mixed):
        found.add("labels.mixed", label_id)
    _check_rules(db, today, found)
    found.count("labels", db.scalar(PersonLabel.select(fn.COUNT(PersonLabel.id))))
    found.count("groups", db.scalar(CustomerGroup.select(fn.COUNT(CustomerGroup.id))))


def _check_rules(db: ClinicDatabase, today: str, found: Findings) -> None:
    for each in saved_groups(db, everything=True):
        if each.rule is None:
            found.add("groups.unreadable", each.id)
            continue
        if each.sensitive != sensitive(db, each.rule):
            found.add("groups.sensitive", each.id)
        if not each.active:
            continue
        try:
            people(db, today, each.rule, each.id)
        except RuleError:
            found.add("groups.stuck", each.id)
