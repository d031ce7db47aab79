"""What a tier brings, line by line, as the desk explains it before anybody joins or pays (R122)."""

from __future__ import annotations

from services.i18n import tr
from services.loyalty.preview import Consequence
from services.memberships.quote import FeeQuote, move_title
from services.money import yuan
from services.programmes.definition import Programme
from services.programmes.plan import effective
from services.programmes.words import benefit_parts, discount_words


def tier_lines(programme: Programme, rank: int) -> tuple[Consequence, ...]:
    """The prices, benefits and promises of a tier; none for no tier.

    What a higher tier takes over from the ones below it is told with it.
    """
    tier = programme.tier(rank)
    if tier is None:
        return ()
    prices = [Consequence("price", discount_words(each), "") for each in tier.discounts]
    benefits = [Consequence(each.kind, *benefit_parts(each)) for each in effective(programme, rank)]
    promises = [Consequence("promise", words, "") for words in tier.promises]
    return (*prices, *benefits, *promises)


def fee_lines(quote: FeeQuote) -> tuple[Consequence, ...]:
    """What a fee costs, which days it pays for, and why so (E57, E58)."""
    due = tr("应收 ¥{fen}").format(fen=yuan(quote.due_fen))
    why = ""
    if quote.credit_fen:
        words = tr("会费 ¥{listed}，减去原会籍未用天数 ¥{credit}")
        why = words.format(listed=yuan(quote.listed_fen), credit=yuan(quote.credit_fen))
    return (
        Consequence("fee", due, why),
        Consequence("term", term_words(quote.starts_on, quote.ends_on), move_title(quote.move)),
    )


def term_words(starts_on: str, ends_on: str | None) -> str:
    """The days a fee pays for: '2026-11-20 至 2027-11-19'."""
    if ends_on is None:
        return tr("{start} 起，终身有效").format(start=starts_on)
    return tr("{start} 至 {end}").format(start=starts_on, end=ends_on)
