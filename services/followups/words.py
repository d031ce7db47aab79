"""The blanks of scripts and letters, filled with a person's own values (R148, front-desk 4.3).

A sentence whose blank has no value is left out whole: nobody reads a bracket aloud, and nobody is
promised what is not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Person
from models.query import Prepared, slot
from services.care.team import attending_of
from services.clock import days_between, is_date
from services.commands import read_setting
from services.desk.reception import short_name
from services.desk.strip import person_title
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import grants_of
from services.loyalty.points_accounts import balance
from services.loyalty.standing import standing_of
from services.people.contact import may_contact
from services.people.privacy import surname_of
from services.programmes.registry import main_timeline
from services.setup import CLINIC_NAME, CLINIC_PHONE

SURNAME, TITLE, ITEM, DOCTOR, DAYS = "姓氏", "称谓", "项目", "医生", "几天"
CLINIC, PHONE, POINTS, QUOTA = "诊所", "电话", "可用分", "权益余次"
VARIABLES = (SURNAME, TITLE, ITEM, DOCTOR, DAYS, CLINIC, PHONE, POINTS, QUOTA)

_BLANK = re.compile(r"\{([^{}]*)\}")
_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]?")
_DAY = 10  # characters of the day a cycle begins with


@dataclass(frozen=True)
class Callee:
    """Who is spoken to or about: an adult, or a child whose parent answers. `welcome`: offers
    may be made."""

    person_id: int
    name: str
    title: str
    number: str
    guardian: str
    last_visit_on: str | None
    welcome: bool
    tier: str

    @property
    def child(self) -> bool:
        """Whether a parent is spoken to."""
        return self.title == tr("小朋友")

    @property
    def visited(self) -> bool:
        """Whether they have been here."""
        return self.last_visit_on is not None

    @property
    def who(self) -> str:
        """您, or the child."""
        return tr("孩子") if self.child else tr("您")

    @property
    def called(self) -> str:
        """How an adult is addressed."""
        return self.title or tr("女士/先生")


_WHO = Prepared(
    lambda: Person.select(
        Person.name,
        Person.sex,
        Person.birthday,
        Person.number,
        Person.guardian_name,
        Person.last_visit_on,
    ).where(Person.id == slot("id"))
)


def callee_of(db: ClinicDatabase, today: str, person_id: int) -> Callee:
    """Who is called or written to. Raises RuleError for an unknown person."""
    row = _WHO.row(db, id=person_id)
    if row is None:
        raise RuleError(tr("没有找到这位顾客，请刷新后重试。"))
    name, sex, birthday, number, guardian, last_visit_on = row
    timeline = main_timeline(db)
    standing = standing_of(db, person_id, timeline.programme_id)
    return Callee(
        person_id,
        name,
        person_title(sex, birthday, today),
        number,
        guardian,
        last_visit_on,
        may_contact(db, person_id, "no_objection"),
        timeline.at(today).programme.tier_name(standing.rank if standing.member else 0),
    )


def values_of(
    db: ClinicDatabase, today: str, callee: Callee, item: str = "", cycle: str = ""
) -> dict[str, str]:
    """Every variable with this person's value, '' where there is none.

    `item` is what the call is about and `cycle` begins with the day it was done, if it does; else
    the days are counted from the last visit. Points and quotas are offers: who wants none has
    none.
    """
    return own_values(db, today, callee) | about_values(today, callee, item, cycle)


def about_values(today: str, callee: Callee, item: str, cycle: str) -> dict[str, str]:
    """The variables that tell of the matter."""
    since = cycle[:_DAY] if is_date(cycle[:_DAY]) else callee.last_visit_on
    days = days_between(since, today) if since is not None else 0
    return {ITEM: item, DAYS: tr("{n}天").format(n=days) if days > 0 else ""}


def own_values(db: ClinicDatabase, today: str, callee: Callee) -> dict[str, str]:
    """The variables that are the same whatever somebody is called about."""
    doctor = attending_of(db, callee.person_id)
    return {
        SURNAME: surname_of(callee.name),
        TITLE: tr("小朋友家长") if callee.child else callee.called,
        DOCTOR: doctor[1] if doctor else "",
        CLINIC: read_setting(db, CLINIC_NAME),
        PHONE: read_setting(db, CLINIC_PHONE),
        POINTS: _points(db, today, callee.person_id) if callee.welcome else "",
        QUOTA: quota_words(db, today, callee.person_id) if callee.welcome else "",
    }


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its blanks filled; a sentence with a blank that has no value is gone."""
    kept = []
    for sentence in _SENTENCE.findall(template):
        blanks = _BLANK.findall(sentence)
        if all(values.get(blank) for blank in blanks):
            kept.append(_BLANK.sub(lambda found: values[found[1]], sentence))
    return "".join(kept).strip()


def _points(db: ClinicDatabase, today: str, person_id: int) -> str:
    found = balance(db, today, person_id, main_timeline(db))
    return f"{found.available:,}" if found.spends and found.available > 0 else ""


def quota_words(db: ClinicDatabase, today: str, person_id: int) -> str:
    """What of this year's services is left, '' for nothing."""
    return "、".join(
        tr("{name} {n} 次").format(name=short_name(row.name), n=row.left)
        for row in grants_of(db, person_id)
        if row.kind == "service" and row.valid_to is not None and row.left and row.valid_on(today)
    )
