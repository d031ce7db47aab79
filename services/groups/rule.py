"""What a group of people is: conditions joined by and, or, not, as data and as JSON (R169–R178).

A rule is read anew each time the group is asked for, so it says what to look for, never who was
found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from services.errors import RuleError
from services.i18n import tr

DEEPEST = 5  # brackets within brackets
MOST_CONDITIONS = 40

Stage = Literal["potential", "new", "active", "to_wake", "asleep", "lost"]
Part = Literal["attending", "assistant", "consultant", "seen"]


class _Base(msgspec.Struct, frozen=True, tag_field="is", forbid_unknown_fields=True):
    """What all parts of a rule share."""


class All(_Base, frozen=True, tag="all"):
    """Whoever all the parts are true of; everybody without any part."""

    of: tuple[Rule, ...] = ()


class Any(_Base, frozen=True, tag="any"):
    """Whoever one of the parts is true of; nobody without any part."""

    of: tuple[Rule, ...] = ()


class Not(_Base, frozen=True, tag="not"):
    """Whoever the part is not true of."""

    of: Rule


class HasLabel(_Base, frozen=True, tag="label"):
    """Carries a label."""

    label_id: int


class Age(_Base, frozen=True, tag="age"):
    """Years of age, both ends included; without a birthday on record nobody has an age."""

    least: int | None = None
    most: int | None = None


class Sex(_Base, frozen=True, tag="sex"):
    """'F' or 'M'."""

    sex: Literal["F", "M"]


class BirthdayMonth(_Base, frozen=True, tag="birthday_month"):
    """Born in this month of the year, or keeping a lunar birthday that falls into it."""

    month: int


class Lives(_Base, frozen=True, tag="lives"):
    """The address contains, or begins with, these words."""

    words: str
    begins: bool = False


class Spent(_Base, frozen=True, tag="spent"):
    """Fen paid, both ends included: in the last `months`, or with 0 all that counts in the main
    programme, with what came from the paper register."""

    least_fen: int | None = None
    most_fen: int | None = None
    months: int = 0


class Visits(_Base, frozen=True, tag="visits"):
    """Days on which they came, both ends included: in the last `months`, or with 0 ever."""

    least: int | None = None
    most: int | None = None
    months: int = 0


class Away(_Base, frozen=True, tag="away"):
    """Did not come for so many months; whoever never came counts from the day of the record."""

    months: int


class LastVisit(_Base, frozen=True, tag="last_visit"):
    """Came last between two days, both included; either may be open."""

    first: str = ""
    last: str = ""


class Doctor(_Base, frozen=True, tag="doctor"):
    """Has this doctor as attending doctor, assistant or consultant, or was seen by them."""

    doctor_id: int
    part: Part = "attending"


class Paid(_Base, frozen=True, tag="paid"):
    """Paid a bill in this way; in the last `months`, or with 0 ever."""

    payment: str
    months: int = 0


class Treated(_Base, frozen=True, tag="treated"):
    """A bill has lines of this class of items; in the last `months`, or with 0 ever."""

    item_class: str
    months: int = 0


class LifeCycle(_Base, frozen=True, tag="life_cycle"):
    """Where somebody stands with the clinic (front-desk 4.3)."""

    stage: Stage


class Tier(_Base, frozen=True, tag="tier"):
    """A member of a programme, in the tier of this rank."""

    programme_id: int
    rank: int


class MemberOf(_Base, frozen=True, tag="member_of"):
    """A member of this programme."""

    programme_id: int


class Member(_Base, frozen=True, tag="member"):
    """A member of any programme."""


class Source(_Base, frozen=True, tag="source"):
    """Came to the clinic this way."""

    source: str


class Minor(_Base, frozen=True, tag="minor"):
    """Younger than fourteen, whose data is sensitive (个保法 28)."""


class InGroup(_Base, frozen=True, tag="group"):
    """Belongs to a saved group."""

    group_id: int


Condition = (
    HasLabel
    | Age
    | Sex
    | BirthdayMonth
    | Lives
    | Spent
    | Visits
    | Away
    | LastVisit
    | Doctor
    | Paid
    | Treated
    | LifeCycle
    | Tier
    | MemberOf
    | Member
    | Source
    | Minor
    | InGroup
)
Rule = All | Any | Not | Condition

_DECODER = msgspec.json.Decoder(Rule)


def to_json(rule: Rule) -> str:
    """A rule as it is stored."""
    return msgspec.json.encode(rule).decode()


def from_json(text: str) -> Rule:
    """A stored rule. Raises RuleError for a text that is none."""
    try:
        rule: Rule = _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError):
        sentence = tr("这个分组的条件读不出来，请打开“客户分组”重新设置它的条件。")
        raise RuleError(sentence) from None
    return rule


def parts_of(rule: Rule) -> Iterator[Rule]:
    """A rule and everything in it, outermost first."""
    yield rule
    if isinstance(rule, All | Any):
        for part in rule.of:
            yield from parts_of(part)
    elif isinstance(rule, Not):
        yield from parts_of(rule.of)


def depth_of(rule: Rule) -> int:
    """How many brackets stand within brackets; a single condition has none."""
    if isinstance(rule, All | Any):
        return 1 + max((depth_of(part) for part in rule.of), default=0)
    return depth_of(rule.of) if isinstance(rule, Not) else 0
