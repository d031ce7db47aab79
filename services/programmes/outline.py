"""A programme as an outline: its parts in the order in which a person would go through them.

What an editor shows beside its forms: every part with its form, every list with its items, and
how many answers each of them still lacks. Places are those of `services.programmes.fields`; the
programme's own fields are gathered into groups, which have names instead of places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from services.i18n import tr
from services.programmes.definition import (
    Benefit,
    Discount,
    Enrol,
    Fee,
    MemberDay,
    Programme,
    Rate,
    Reach,
    Reception,
    Redeemable,
    Referral,
    Reward,
    Tier,
)
from services.programmes.field_rules import applies
from services.programmes.fields import FormField, fields_of
from services.programmes.gaps import Gap, missing
from services.programmes.sentences import Section
from services.programmes.words import (
    bonus_words,
    count_words,
    discount_words,
    enrol_words,
    fee_words,
    member_day_words,
    number_words,
    rate_words,
    reach_words,
    reception_words,
    reward_words,
)

TIERS = "tiers"


@dataclass(frozen=True)
class Node:
    """A part of a programme. `place`: where it stands, or the name of a group.

    `grows`: the list that gets another item from here ('' for none). `item`: it stands in that
    list. `absent`: an optional part that the programme does not have.
    """

    place: str
    label: str
    hint: str = ""
    fields: tuple[FormField, ...] = ()
    children: tuple[Node, ...] = ()
    grows: str = ""
    item: bool = False
    absent: bool = False

    def walk(self) -> Iterator[Node]:
        """Itself and everything in it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Outline:
    """All parts, and what is missing in them; `owners[n]` is the place that gap n belongs to."""

    nodes: tuple[Node, ...]
    gaps: tuple[Gap, ...]
    owners: tuple[str, ...]

    def walk(self) -> Iterator[Node]:
        """Every part in reading order."""
        for node in self.nodes:
            yield from node.walk()

    def node(self, place: str) -> Node | None:
        """The part at a place."""
        return next((node for node in self.walk() if node.place == place), None)

    def trail(self, place: str) -> tuple[Node, ...]:
        """The parts around a place, from the outside; () for an unknown one."""
        return next((found for node in self.nodes if (found := _trail(node, place))), ())

    def lacking(self, node: Node) -> int:
        """How many answers are missing in a part and in everything in it."""
        inside = {each.place for each in node.walk()}
        return sum(owner in inside for owner in self.owners)


def outline(programme: Programme) -> Outline:
    """The parts of a programme and what is missing in each."""
    nodes = tuple(_groups(programme))
    gaps = missing(programme)
    return Outline(nodes, gaps, tuple(_owner(nodes, gap.path) for gap in gaps))


def read_part(sections: tuple[Section, ...], trail: tuple[Node, ...]) -> tuple[Section, ...]:
    """The sections of `sentences.describe` that speak of the part at the end of a trail."""
    part = trail[1] if len(trail) > 1 and trail[0].place == TIERS else trail[0]
    inside = f"{part.place}["
    return tuple(
        each for each in sections if each.part == part.place or each.part.startswith(inside)
    )


def _trail(node: Node, place: str) -> tuple[Node, ...]:
    if node.place == place:
        return (node,)
    for child in node.children:
        found = _trail(child, place)
        if found:
            return (node, *found)
    return ()


def _owner(nodes: tuple[Node, ...], path: str) -> str:
    """The part whose form asks for what stands at a place."""
    every = [node for top in nodes for node in top.walk()]
    if any(node.place == path for node in every):
        return path
    return next(node.place for node in every if any(each.path == path for each in node.fields))


# -- the programme's own fields, in groups -----------------------------------------------------


def _groups(programme: Programme) -> Iterator[Node]:
    own = {field.name: field for field in fields_of(programme)}

    def group(place: str, label: str, *names: str) -> Node:
        fields = tuple(own[name] for name in names)
        return Node(place, label, fields=fields, children=tuple(_inner(programme, fields)))

    yield group("about", tr("总则"), "name", "kind", "summary", "source")
    yield group(
        "joining",
        tr("入会"),
        *("enrol", "agreement", "real_name", "min_age", "places", "needs_doctor", "card", "term"),
        "review_months",
    )
    for name in ("points", TIERS, "birthday", "member_days", "referral"):
        yield from _inner(programme, (own[name],))
    yield group(
        "rules",
        tr("优惠和升级"),
        *("single_basis", "stacking", "year_basis", "on_upgrade", "grant_skipped_tiers"),
        "overdue_days",
    )
    leaving = fields_of(programme.leaving, "leaving")
    fields = (own["grace_days"], own["upgrade_fee"], *leaving)
    yield Node("ending", tr("到期和退会"), fields=fields)


# -- structs and lists -------------------------------------------------------------------------


def _inner(owner: msgspec.Struct, fields: tuple[FormField, ...]) -> Iterator[Node]:
    """The parts that stand in fields: forms of their own, and lists."""
    for field in fields:
        value = getattr(owner, field.name)
        if field.kind == "part":
            yield _part(field, value)
        elif field.kind in ("parts", "pairs") and (value or applies(owner, field.name)):
            yield _list(field, value)


def _part(field: FormField, value: msgspec.Struct | None) -> Node:
    if value is None:
        return Node(field.path, field.label, field.help, absent=True)
    fields = fields_of(value, field.path)
    children = tuple(_inner(value, fields))
    return Node(field.path, field.label, fields=fields, children=children)


def _list(field: FormField, value: tuple[Any, ...]) -> Node:
    items = (_item(field, index, each) for index, each in enumerate(value))
    return Node(field.path, field.label, field.help, children=tuple(items), grows=field.path)


def _item(field: FormField, index: int, value: Any) -> Node:
    place = f"{field.path}[{index}]"
    label = label_of(value)
    if not isinstance(value, msgspec.Struct):
        pair = FormField(place, "", tr("活动和积分"), "pair", pending=True)
        return Node(place, label, fields=(pair,), grows=field.path, item=True)
    fields = fields_of(value, place)
    children = tuple(_inner(value, fields))
    hint = tr("填了的每一项都要满足；几种条件任选一种，就各加一条。")
    hint = hint if isinstance(value, (Reach, Enrol)) else ""
    return Node(place, label, hint, fields, children, grows=field.path, item=True)


def label_of(value: Any) -> str:
    """What an item of a list is called in the outline."""
    if not isinstance(value, msgspec.Struct):
        return bonus_words(*value)
    words: dict[type[msgspec.Struct], Callable[[Any], str]] = {
        Tier: lambda tier: tr("{n} {name}").format(n=tier.rank, name=tier.name),
        Reach: reach_words,
        Enrol: enrol_words,
        Benefit: _benefit,
        Discount: discount_words,
        Fee: fee_words,
        Rate: rate_words,
        Redeemable: _redeemable,
        MemberDay: member_day_words,
    }
    return words[type(value)](value)


def summary(value: Any) -> str:
    """What stands in a field that is a form of its own or a list, in one line."""
    if isinstance(value, tuple):
        return tr("；").join(map(label_of, value)) or tr("没有")
    if isinstance(value, Reception):
        return reception_words(value) or tr("和平常一样")
    if isinstance(value, Reward):
        return reward_words(value) or tr("没有")
    return tr("有") if isinstance(value, Referral) else tr("没有")


def _benefit(benefit: Benefit) -> str:
    count = count_words(benefit, number_words(benefit.quantity))
    return tr("{name}：{count}").format(name=benefit.name or tr("没有名称"), count=count)


def _redeemable(item: Redeemable) -> str:
    points = number_words(item.points)
    return tr("{name}：{n} 分").format(name=item.name or tr("没有名称"), n=points)
