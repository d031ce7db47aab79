"""What a bill costs a member, with the reason for every line (R005, R018, R104–R106, C12).

Pure: programmes, ranks and facts in, a quote out. Amounts are fen and shares of the list price are
exact fractions; the one rounding is half up to the fen on each line, and the bill is the sum of
its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import prod

from services.i18n import tr
from services.money import yuan
from services.programmes.definition import Discount, Programme
from services.programmes.offers import (
    Facts,
    label,
    offers,
    pending,
    percent,
    rule_words,
    why_closed,
)
from services.programmes.words import price_words

WHOLE = Fraction(1)


@dataclass(frozen=True)
class BillLine:
    """A line of a bill before any discount; `list_fen` is for the whole line, not for a piece."""

    item_class: str
    item: str
    list_fen: int
    quantity: int = 1


@dataclass(frozen=True)
class PriceRules:
    """A programme as in force on the day, and the rank held in it before the bill (E39). Only
    for a `member` do its prices hold (E61)."""

    programme: Programme
    rank: int
    member: bool = True


@dataclass(frozen=True)
class Price:
    """What a class of items costs: the `share` of the list price that is paid, `why`, and the
    prices left `unused`, each with its reason."""

    share: Fraction
    why: str
    unused: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuotedLine:
    """A line with what is paid for it. `rounding` tells of parts of a fen, '' when there were
    none; `unused` names other prices and why they were not taken."""

    line: BillLine
    pay_fen: int
    why: str
    unused: tuple[str, ...] = ()
    rounding: str = ""

    @property
    def discount_fen(self) -> int:
        """What the member saves on this line."""
        return self.line.list_fen - self.pay_fen


@dataclass(frozen=True)
class Quote:
    """A whole bill: the sums of its lines."""

    list_fen: int
    pay_fen: int
    discount_fen: int
    lines: tuple[QuotedLine, ...]


def price(rules: Sequence[PriceRules], lines: Sequence[BillLine], facts: Facts) -> Quote:
    """Price a bill under the memberships somebody has; of several the best for each line.

    Amounts are fen and not negative. The result does not depend on the order of the lines, and no
    line ever costs more than its list price (E11).
    """
    prices = {
        item_class: price_of(rules, item_class, facts)
        for item_class in {line.item_class for line in lines}
    }
    quoted = tuple(_quoted(line, prices[line.item_class]) for line in lines)
    listed = sum(line.list_fen for line in lines)
    paid = sum(each.pay_fen for each in quoted)
    return Quote(listed, paid, listed - paid, quoted)


def price_of(rules: Sequence[PriceRules], item_class: str, facts: Facts) -> Price:
    """What a class costs. What is waived for the patient is free whatever the memberships say
    (R133); of equal prices the one of the first programme is taken."""
    waived = next((each for each in facts.waived if each.item_class == item_class), None)
    if waived is not None:
        return Price(Fraction(0), waived.why)
    found = [(each, _under(each, item_class, facts)) for each in rules if each.member]
    if not found:
        return Price(WHOLE, tr("原价，没有会员价"))
    best, taken = min(found, key=lambda pair: pair[1].share)
    unused = list(taken.unused)
    for each, other in found:
        if each is not best:
            if other.share < WHOLE:
                reason = tr("{programme}的价更低") if taken.share < other.share else tr("价钱一样")
                unused.append(_not_used(other.why, reason.format(programme=best.programme.name)))
            unused += other.unused
    return Price(taken.share, taken.why, tuple(unused))


def _under(rules: PriceRules, item_class: str, facts: Facts) -> Price:
    """The price under one membership."""
    programme = rules.programme
    held: list[Discount] = []
    unused = []
    for given in offers(programme, rules.rank, item_class).values():
        reason = why_closed(programme, given[0], facts)
        if reason:
            unused += [_not_used(rule_words(each, item_class), reason) for each in given]
        else:
            held += given
    for each in pending(programme, rules.rank, item_class):
        unused.append(_not_used(rule_words(each, item_class), tr("还没有定价")))
    if not held:
        return Price(WHOLE, tr("原价，没有会员价"), tuple(unused))
    taken = stacked(programme, held)
    beaten = [
        _not_used(rule_words(each, item_class), _why_beaten(programme, each, taken))
        for each in held
        if each not in taken
    ]
    why = tr("{tier}({programme})，{rules}").format(
        tier=programme.tier_name(rules.rank),
        programme=programme.name,
        rules=tr("；").join(rule_words(each, item_class) for each in taken),
    )
    share = share_of(taken)
    if len(taken) > 1:
        why = tr("{rules}；折上折，{price}").format(rules=why, price=share_words(share))
    return Price(share, why, (*beaten, *unused))


def stacked(programme: Programme, held: Sequence[Discount]) -> tuple[Discount, ...]:
    """Which of the prices that hold are taken together, by the programme's policy (C12).

    best: the lowest alone. multiply: all of them. exclusive (不叠加): the price of an occasion,
    such as a birthday or an event, stands in for the tier's everyday price even where it is
    dearer, as a price that may not be combined with a member's discount does; of several
    occasions the lowest. What is free stays free under each of them.
    """
    lowest = min(held, key=percent)
    if percent(lowest) == 0 or programme.stacking == "best":
        return (lowest,)
    if programme.stacking == "multiply":
        return tuple(held)
    special = [each for each in held if each.window != "always"]
    return (min(special or held, key=percent),)


def share_of(taken: Sequence[Discount]) -> Fraction:
    """The share of the list price that prices taken together leave to pay."""
    return prod((Fraction(percent(each), 100) for each in taken), start=WHOLE)


def _why_beaten(programme: Programme, discount: Discount, taken: Sequence[Discount]) -> str:
    winner = label(taken[0])
    if percent(discount) < percent(taken[0]):
        return tr("优惠不叠加，按{winner}算").format(winner=winner)
    if percent(discount) == percent(taken[0]):
        return tr("和{winner}一样，只用一种").format(winner=winner)
    return tr("{winner}更低").format(winner=winner)


def _not_used(rule: str, reason: str) -> str:
    return tr("{rule}，没有用：{reason}").format(rule=rule, reason=reason)


def _quoted(line: BillLine, found: Price) -> QuotedLine:
    exact = line.list_fen * found.share
    pay_fen = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    rounding = ""
    if exact.denominator != 1:
        words = tr("¥{exact} 四舍五入到分，是 ¥{paid}")
        rounding = words.format(exact=_decimal(exact / 100), paid=yuan(pay_fen))
    return QuotedLine(line, pay_fen, found.why, found.unused, rounding)


def share_words(share: Fraction) -> str:
    """A share as the trade says it: '7 折(付原价的 70%)', '付原价的 59.5%', '免费'."""
    hundred = share * 100
    if hundred.denominator == 1:
        return price_words(hundred.numerator)
    return tr("付原价的 {n}%").format(n=_decimal(hundred))


def _decimal(value: Fraction) -> str:
    """A fraction of tenths, hundredths and so on, written out exactly."""
    return f"{Decimal(value.numerator) / Decimal(value.denominator):,f}"
