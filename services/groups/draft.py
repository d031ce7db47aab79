"""A rule as a form shows it: lines of conditions, and brackets of lines (R174).

A rule that is nested deeper than one bracket, as a file may bring it, has no such form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.groups import rule as r

Joint = Literal["all", "any"]


@dataclass(frozen=True)
class Line:
    """A condition, or its opposite."""

    condition: r.Condition
    negated: bool = False


@dataclass(frozen=True)
class Bracket:
    """Lines that are judged together, or the opposite of what they come to."""

    joint: Joint
    lines: tuple[Line, ...]
    negated: bool = False


@dataclass(frozen=True)
class Draft:
    """Lines and brackets, all of which must be true, or one of them."""

    joint: Joint
    items: tuple[Line | Bracket, ...]


def as_rule(draft: Draft) -> r.Rule:
    """The rule of a form; a form of one line is that line's condition."""
    parts = tuple(_item(each) for each in draft.items)
    return parts[0] if len(parts) == 1 else _joined(draft.joint, parts)


def as_draft(rule: r.Rule) -> Draft | None:
    """The form of a rule; None when it is nested too deeply for one."""
    line = _line(rule)
    if line is not None:
        return Draft("all", (line,))
    if not isinstance(rule, r.All | r.Any):
        bracket = _bracket(rule)
        return None if bracket is None else Draft("all", (bracket,))
    items = [_line(part) or _bracket(part) for part in rule.of]
    found = tuple(each for each in items if each is not None)
    return Draft(_joint(rule), found) if len(found) == len(items) else None


def _joint(rule: r.All | r.Any) -> Joint:
    return "all" if isinstance(rule, r.All) else "any"


def _joined(joint: Joint, parts: tuple[r.Rule, ...]) -> r.Rule:
    return r.All(parts) if joint == "all" else r.Any(parts)


def _item(item: Line | Bracket) -> r.Rule:
    if isinstance(item, Line):
        rule: r.Rule = item.condition
    else:
        rule = _joined(item.joint, tuple(_item(each) for each in item.lines))
    return r.Not(rule) if item.negated else rule


def _line(rule: r.Rule) -> Line | None:
    inside = rule.of if isinstance(rule, r.Not) else rule
    if isinstance(inside, r.All | r.Any | r.Not):
        return None
    return Line(inside, isinstance(rule, r.Not))


def _bracket(rule: r.Rule) -> Bracket | None:
    inside = rule.of if isinstance(rule, r.Not) else rule
    if not isinstance(inside, r.All | r.Any):
        return None
    lines = [_line(part) for part in inside.of]
    found = tuple(each for each in lines if each is not None)
    if len(found) < len(lines):
        return None
    return Bracket(_joint(inside), found, isinstance(rule, r.Not))
