"""The member prices of a whole programme, tier by tier: for posters and sheets (R014, R071).

Classes that cost the same in every tier share a row, and every occasion has rows of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.i18n import tr
from services.programmes.definition import PENDING, Discount, Programme
from services.programmes.items import ITEM_CLASSES
from services.programmes.offers import Occasion, covers, label, occasion, offers, tiers_of
from services.programmes.plan import number
from services.programmes.pricing import share_of, share_words, stacked
from services.programmes.sentences import Section
from services.programmes.words import class_words, price_words

_UNNAMED = ""  # stands for every class that no price of an occasion names


@dataclass(frozen=True)
class PriceTableRow:
    """`what` is the occasion's name ('会员价', '生日价'), `scope` the classes in words, `classes`
    their names, () for all or for the rest; `cells` has one price for each tier, the lowest tier
    first, '' where a tier has none."""

    what: str
    scope: str
    classes: tuple[str, ...]
    cells: tuple[str, ...]


def price_table(programme: Programme) -> tuple[PriceTableRow, ...]:
    """Everyday prices first, then the occasions as the programme names them. What no tier has a
    price for is left out; a price that is missing is read as 待定."""
    every = [each for tier in programme.tiers for each in tier.discounts]
    occasions: dict[Occasion, list[Discount]] = {}
    for each in sorted(every, key=lambda each: each.window != "always"):
        occasions.setdefault(occasion(each), []).append(each)
    return tuple(row for when, given in occasions.items() for row in _rows(programme, when, given))


def price_section(programme: Programme) -> tuple[Section, ...]:
    """The table in sentences, below those of `describe`; () where no tier has a price."""
    lines = tuple(_line(programme, row) for row in price_table(programme))
    return (Section(tr("会员价目对照"), lines, "prices"),) if lines else ()


def _line(programme: Programme, row: PriceTableRow) -> str:
    named = zip(programme.tiers, row.cells, strict=True)
    cells = [
        tr("{tier} {price}").format(tier=tier.name, price=cell or tr("无")) for tier, cell in named
    ]
    words = tr("{what} · {scope}：{cells}。")
    return words.format(what=row.what, scope=row.scope, cells=tr("，").join(cells))


def _rows(programme: Programme, when: Occasion, given: Sequence[Discount]) -> list[PriceTableRow]:
    named = {name for each in given for name in each.classes}
    known = [name for name in ITEM_CLASSES if name in named]
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in (*known, *sorted(named.difference(ITEM_CLASSES)), _UNNAMED):
        cells = tuple(_cell(programme, tier.rank, name, when) for tier in programme.tiers)
        if any(cells):
            groups.setdefault(cells, []).append(name)
    rows = []
    for cells, group in sorted(groups.items(), key=lambda found: _UNNAMED in found[1]):
        classes = () if _UNNAMED in group else tuple(group)
        rest = not classes and len(groups) > 1
        scope = tr("其余项目") if rest else class_words(classes)
        rows.append(PriceTableRow(label(given[0]), scope, classes, cells))
    return rows


def _cell(programme: Programme, rank: int, item_class: str, when: Occasion) -> str:
    held = offers(programme, rank, item_class).get(when, ())
    share = share_of(stacked(programme, held)) if held else None
    if share != 0 and _asked(programme, rank, item_class, when):
        return price_words(PENDING)
    return "" if share is None else share_words(share)


def _asked(programme: Programme, rank: int, item_class: str, when: Occasion) -> bool:
    """Whether the highest tier that prices the class on the occasion leaves it 待定."""
    for tier in tiers_of(programme, rank):
        own = [e for e in tier.discounts if occasion(e) == when and covers(e, item_class)]
        if own:
            return any(number(each.pay_percent) is None for each in own)
    return False
