"""What a membership fee would do, before it is posted: the term, the credit, what is due.

The window previews with it and the command posts by it, so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.errors import RuleError
from services.i18n import tr
from services.memberships.feebook import FeeBook, FeeEntry, Move
from services.programmes.definition import MONTHS, Fee, Programme, Tier
from services.programmes.plan import effective, number
from services.programmes.registry import Timeline
from services.programmes.words import benefit_words, discount_words

_NEW = -1  # the id of a fee that is not posted yet


@dataclass(frozen=True)
class FeeQuote:
    """A fee before it is posted. Fen and days; `months` 0 and `ends_on` None are for life.

    `covered`: a paid term runs today already. `benefits` are what the tier brings, in words.
    """

    rank: int
    tier_name: str
    every: str
    months: int
    move: Move
    starts_on: str
    ends_on: str | None
    listed_fen: int
    credit_fen: int
    covered: bool
    benefits: tuple[str, ...]

    @property
    def due_fen(self) -> int:
        """What is to be paid: the listed fee less the credit."""
        return self.listed_fen - self.credit_fen


def quote_fee(
    timeline: Timeline, entries: Sequence[FeeEntry], *, rank: int, every: str, on: str
) -> FeeQuote:
    """What paying for `rank` on `on` would do after the fees so far (R023, R057, E57, E58).

    Raises RuleError: no such tier or no such fee, paid for life already.
    """
    programme = timeline.at(on).programme
    tier, fee = _fee(programme, rank, every)
    months = MONTHS[fee.every]
    before = FeeBook(timeline, entries)
    if any(paid.end is None and paid.rank >= rank for paid in before.running(on)):
        raise RuleError(tr("这位会员已缴过这一级或更高等级的终身会费，不必再缴。"))
    entry = FeeEntry("payment", on, _NEW, rank, months)
    paid = FeeBook(timeline, [*entries, entry]).fees[-1]
    listed = (number(fee.yuan) or 0) * 100
    return FeeQuote(
        rank=rank,
        tier_name=tier.name,
        every=fee.every,
        months=months,
        move=paid.move,
        starts_on=paid.start,
        ends_on=paid.end,
        listed_fen=listed,
        credit_fen=min(paid.offered_fen, listed),
        covered=before.current(on) is not None,
        benefits=_brought(programme, tier),
    )


def fee_offers(programme: Programme) -> tuple[tuple[Tier, tuple[Fee, ...]], ...]:
    """The tiers that can be paid for, each with its fees; what is still 待定 is not offered."""
    found = [(tier, tuple(fee for fee in tier.fees if _known(fee))) for tier in programme.tiers]
    return tuple((tier, fees) for tier, fees in found if fees)


def _known(fee: Fee) -> bool:
    return number(fee.yuan) is not None and fee.every in MONTHS


def _fee(programme: Programme, rank: int, every: str) -> tuple[Tier, Fee]:
    tier = programme.tier(rank)
    if tier is None:
        raise RuleError(tr("没有这个等级，请重新选择。"))
    for fee in tier.fees:
        if fee.every == every and _known(fee):
            return tier, fee
    sentence = tr("“{tier}”没有这种缴费周期，请重新选择。")
    raise RuleError(sentence.format(tier=tier.name))


def _brought(programme: Programme, tier: Tier) -> tuple[str, ...]:
    """The tier's prices, benefits and promises in words, for explaining them (R122)."""
    return (
        *(discount_words(discount) for discount in tier.discounts),
        *(benefit_words(benefit) for benefit in effective(programme, tier.rank)),
        *tier.promises,
    )


def move_title(move: Move) -> str:
    """What a payment does to the term, as the desk says it (E57)."""
    return {
        "first": tr("新缴费，从今天起算"),
        "early": tr("提前续费，接在原期限之后"),
        "grace": tr("宽限期内续费，接在原期限之后"),
        "lapsed": tr("已过宽限期，从今天重新起算"),
        "upgrade": tr("升级，从今天起算"),
        "after": tr("高一级的期限结束后再起算"),
    }[move]


def period_title(months: int) -> str:
    """How long a fee pays for, as the desk says it (R023)."""
    return {0: tr("终身"), 1: tr("月"), 3: tr("季"), 6: tr("半年"), 12: tr("年")}[months]
