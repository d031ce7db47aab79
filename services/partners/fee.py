"""What an introduction costs, and why: pure arithmetic in fen, rounded half up once at the end.

The fee is always that of everything so far, so money that goes back lowers it by itself, and it is
never below zero (R181, R182).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.i18n import tr
from services.money import yuan
from services.partners.terms import (
    ALLIANCE,
    STEPPED,
    WHOLE,
    Step,
    Terms,
    rate_words,
)


@dataclass(frozen=True)
class Fee:
    """Fen, and how they came about in one sentence."""

    fen: int
    why: str


@dataclass(frozen=True)
class _Part:
    """So much value at a rate."""

    fen: int
    per_mille: int
    item_class: str = ""


def fee(model: str, terms: Terms, amounts: Mapping[str, int], arrived: bool) -> Fee:
    """The fee of one introduction: `amounts` is the value by item class ('' where no class is
    known), in fen; `arrived` whether the person came while the agreement was in force."""
    if model == ALLIANCE:
        return Fee(0, tr("联盟互介，不收不付"))
    if not arrived:
        return Fee(0, tr("协议期内没有到院，不算费用"))
    parts = _parts(model, terms, {name: fen for name, fen in amounts.items() if fen > 0})
    thousandths = sum(part.fen * part.per_mille for part in parts)
    fen = terms.sum_fen + _half_up(thousandths)
    words = [_words(part) for part in parts if part.fen]
    if terms.sum_fen:
        words.insert(0, tr("每位 ¥{fen}").format(fen=yuan(terms.sum_fen)))
    if not words:
        return Fee(fen, tr("还没有金额"))
    return Fee(fen, tr("{sum} = ¥{fen}").format(sum=" + ".join(words), fen=yuan(fen)))


def _half_up(thousandths: int) -> int:
    return (2 * thousandths + WHOLE) // (2 * WHOLE)


def _parts(model: str, terms: Terms, amounts: dict[str, int]) -> list[_Part]:
    if model != STEPPED:
        return [_Part(sum(amounts.values()), terms.per_mille)] if terms.per_mille else []
    own = {step.item_class for step in terms.steps}
    grouped: dict[str, int] = {}
    for name, fen in amounts.items():
        key = name if name in own else ""
        grouped[key] = grouped.get(key, 0) + fen
    found: list[_Part] = []
    for name in sorted(own):
        steps = [step for step in terms.steps if step.item_class == name]
        found += _stepped(steps, grouped.get(name, 0), terms.whole)
    return found


def _stepped(steps: list[Step], fen: int, whole: bool) -> list[_Part]:
    """The value of one class cut at its steps; what lies below the first one costs nothing."""
    reached = [step for step in steps if step.from_fen <= fen]
    if not reached:
        return []
    if whole:
        return [_Part(fen, reached[-1].per_mille, reached[-1].item_class)]
    ends = [step.from_fen for step in reached[1:]] + [fen]
    return [
        _Part(end - step.from_fen, step.per_mille, step.item_class)
        for step, end in zip(reached, ends, strict=True)
    ]


def _words(part: _Part) -> str:
    words = tr("{name}¥{fen} × {rate}")
    name = f"{part.item_class} " if part.item_class else ""
    return words.format(name=name, fen=yuan(part.fen), rate=rate_words(part.per_mille))
