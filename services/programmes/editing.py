"""What a form does to a programme: pure edits, each answering another programme.

Nothing is stored here. Places are written 'tiers[2].reach[0].single_spend_yuan', as
`services.programmes.fields` and `services.programmes.gaps` write them. What an edit answers can
be kept as a draft: it may hold 待定, but it can always be read again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from typing import Any

import msgspec
from msgspec.structs import replace

from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import (
    PENDING,
    Benefit,
    Discount,
    Enrol,
    Fee,
    MemberDay,
    Programme,
    Rate,
    Reach,
    Redeemable,
    Tier,
)
from services.programmes.fields import Step, place_words, shape_of, steps_of
from services.programmes.mistakes import sound

Keys = Collection[str]

COLOURS = ("#5B7A8C", "#2E7D5B", "#B7791F", "#5B4B8A", "#718096", "#4A5568")


def value_at(programme: Programme, path: str) -> Any:
    """What stands at a place. Raises LookupError when there is no such place."""
    return _get(programme, steps_of(path))


def set_value(programme: Programme, path: str, value: Any) -> Programme:
    """Put a value into a field: a whole number, '待定', a text, yes or no, a tuple, or None for
    what may be absent; `Referral()` or None for the referral.

    Raises RuleError for what may not stand there, LookupError for no place.
    """
    steps = steps_of(path)
    try:
        fitting = msgspec.convert(value, _hint(programme, steps))
    except msgspec.ValidationError:
        sentence = tr("“{place}”不能填“{value}”，请重新填写。")
        raise RuleError(sentence.format(place=place_words(steps), value=value)) from None
    return sound(_put(programme, steps, fitting))


def rename(programme: Programme, name: str) -> Programme:
    """Another name; signed under a new one it is another programme."""
    return set_value(programme, "name", name.strip())


def add(programme: Programme, path: str, taken: Keys = ()) -> Programme:
    """Append an empty item to the list at a place: a tier, a way, a benefit, a price, a fee, a
    rate, a redeemable, a bonus, a member day.

    `taken`: keys used by signed versions, which a new benefit must not get (E49).
    """
    steps = steps_of(path)
    items = _list(programme, steps)
    return _tidy(_put(programme, steps, (*items, _new_item(programme, steps, taken))))


def duplicate(programme: Programme, path: str, taken: Keys = ()) -> Programme:
    """Put a copy of an item behind it, with keys and (a tier) a name of its own."""
    owner, index, items = _item(programme, path)
    copy = _with_own_keys(programme, items[index], taken)
    if isinstance(copy, Tier):
        copy = replace(copy, name=_free_name(programme, copy.name))
    return _tidy(_put(programme, owner, (*items[: index + 1], copy, *items[index + 1 :])))


def remove(programme: Programme, path: str) -> Programme:
    """Take the item at a place ('tiers[1]') out of its list."""
    owner, index, items = _item(programme, path)
    return _tidy(_put(programme, owner, items[:index] + items[index + 1 :]))


def move(programme: Programme, path: str, by: int) -> Programme:
    """Move an item so many places on (negative: back) in its list, to an end at most."""
    owner, index, items = _item(programme, path)
    rest = [*items[:index], *items[index + 1 :]]
    rest.insert(min(max(index + by, 0), len(rest)), items[index])
    return _tidy(_put(programme, owner, tuple(rest)))


def keys_of(programme: Programme) -> frozenset[str]:
    """The keys of its benefits and of what its points buy."""
    benefits = (benefit.key for tier in programme.tiers for benefit in tier.benefits)
    return frozenset((*benefits, *(item.key for item in programme.points.catalogue)))


# -- new items -----------------------------------------------------------------------------


def _new_item(programme: Programme, steps: tuple[Step, ...], taken: Keys) -> Any:
    if steps == ("points", "bonuses"):
        return "", PENDING
    made: dict[type[msgspec.Struct], Callable[[], msgspec.Struct]] = {
        Tier: lambda: _new_tier(programme),
        Reach: Reach,
        Enrol: Enrol,
        Benefit: lambda: Benefit(_free_key(programme, taken), "gift", ""),
        Discount: lambda: Discount(PENDING),
        Fee: lambda: Fee(PENDING),
        Rate: lambda: Rate(PENDING),
        Redeemable: lambda: Redeemable(_free_key(programme, taken), "gift", "", PENDING, "份"),
        MemberDay: lambda: MemberDay(""),
    }
    return made[_part(programme, steps)]()


def _new_tier(programme: Programme) -> Tier:
    colour = COLOURS[len(programme.tiers) % len(COLOURS)]
    return Tier(0, _free_name(programme, tr("新等级")), colour, ())


def _free_name(programme: Programme, name: str) -> str:
    names = (name, *(f"{name} {n}" for n in range(2, len(programme.tiers) + 3)))
    return next(each for each in names if programme.tier_named(each) is None)


def _free_key(programme: Programme, taken: Keys) -> str:
    used = keys_of(programme).union(taken)
    return next(key for n in itertools.count(1) if (key := f"item.{n}") not in used)


def _with_own_keys(programme: Programme, item: Any, taken: Keys) -> Any:
    if isinstance(item, (Benefit, Redeemable)):
        return replace(item, key=_free_key(programme, taken))
    if not isinstance(item, Tier):
        return item
    benefits: tuple[Benefit, ...] = ()
    for benefit in item.benefits:
        used = {*taken, *(each.key for each in benefits)}
        benefits += (replace(benefit, key=_free_key(programme, used)),)
    return replace(item, benefits=benefits)


def _tidy(programme: Programme) -> Programme:
    """Ranks follow the order of the tiers."""
    tiers = tuple(replace(tier, rank=n) for n, tier in enumerate(programme.tiers, 1))
    return sound(replace(programme, tiers=tiers))


# -- places --------------------------------------------------------------------------------


def _get(value: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        if isinstance(step, int):
            if not isinstance(value, tuple) or step >= len(value):
                raise LookupError(step)
            value = value[step]
        elif isinstance(value, msgspec.Struct) and step in value.__struct_fields__:
            value = getattr(value, step)
        else:
            raise LookupError(step)
    return value


def _put(value: Any, steps: tuple[Step, ...], new: Any) -> Any:
    if not steps:
        return new
    first, rest = steps[0], steps[1:]
    inner = _put(_get(value, (first,)), rest, new)
    if isinstance(first, int):
        return (*value[:first], inner, *value[first + 1 :])
    return replace(value, **{first: inner})


def _owner(programme: Programme, steps: tuple[Step, ...]) -> tuple[type[msgspec.Struct], str]:
    """The struct and the field that a place is in. Raises LookupError for no place."""
    _get(programme, steps)
    at = max(n for n, step in enumerate(steps) if isinstance(step, str))
    return type(_get(programme, steps[:at])), str(steps[at])


def _hint(programme: Programme, steps: tuple[Step, ...]) -> Any:
    """The type of a field or of an item of a list."""
    if not steps:
        raise LookupError(steps)
    shape = shape_of(*_owner(programme, steps))
    if isinstance(steps[-1], str):
        return shape.hint
    return shape.part or shape.hint.__args__[0]


def _part(programme: Programme, steps: tuple[Step, ...]) -> type[msgspec.Struct]:
    part = shape_of(*_owner(programme, steps)).part
    if part is None:
        raise LookupError(steps)
    return part


def _list(programme: Programme, steps: tuple[Step, ...]) -> tuple[Any, ...]:
    items = _get(programme, steps)
    if not isinstance(items, tuple):
        raise LookupError(steps)
    return items


def _item(programme: Programme, path: str) -> tuple[tuple[Step, ...], int, tuple[Any, ...]]:
    """(the list's place, the index, the list) of an item."""
    steps = steps_of(path)
    _get(programme, steps)
    if not steps or not isinstance(steps[-1], int):
        raise LookupError(path)
    return steps[:-1], steps[-1], _list(programme, steps[:-1])
