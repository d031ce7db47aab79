"""Which tier and how long a fee row pays for (R023, R088–R090, R104–R106)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.errors import RuleError
from services.i18n import tr
from services.memberships.feebook import FeeEntry
from services.memberships.quote import quote_fee
from services.programmes.definition import MONTHS, Fee, Tier
from services.programmes.plan import number
from services.simulation.rows import Row, count_of
from services.simulation.scheme import Scheme, only

_MOST = 100  # periods at once


class Paid(NamedTuple):
    """What a row pays for: a rank, so many months (0 for ever), and with how many fen."""

    rank: int
    months: int
    fen: int


def paid_for(scheme: Scheme, row: Row, before: Sequence[FeeEntry]) -> Paid | None:
    """What a fee pays for; None in a programme that has no fees (E7).

    The item names the tier, or else the amount is the fee of exactly one. A tier that has one
    fee needs no amount: the listed one is paid. `quantity` periods may be paid at once. A period
    that is 待定 counts as for ever. An upgrade may cost less by what the unused days of the fees
    `before` are worth (E57). Raises RuleError.
    """
    tiers = [tier for tier in scheme.programme.tiers if tier.fees]
    if not tiers:
        return None
    periods = count_of(row)
    if periods > _MOST:
        raise RuleError(tr("一次缴的期数太多，请核对数量。"))
    tier = only(scheme.tiers.meant(row.item)) if row.item else None
    if tier is None:
        tier, fee = _by_amount(tiers, row.fen, periods)
    else:
        fee = _upgrade(scheme, tier, row, before) or _of_tier(tier, row.fen, periods)
    fen = (number(fee.yuan) or 0) * 100 * periods if row.fen is None else row.fen
    return Paid(tier.rank, MONTHS.get(fee.every, 0) * periods, fen)


def _by_amount(tiers: list[Tier], fen: int | None, periods: int) -> tuple[Tier, Fee]:
    if fen is None:
        raise RuleError(tr("缴费要在项目里写等级，或者写金额。"))
    fits = [(tier, fee) for tier in tiers for fee in tier.fees if _is(fee, fen, periods)]
    if not fits:
        raise RuleError(tr("没有哪个等级的会费是这个金额，请在项目里写等级并核对金额。"))
    if len({tier.rank for tier, _ in fits}) > 1:
        raise RuleError(tr("不止一个等级的会费是这个金额，请在项目里写等级。"))
    return fits[0]


def _of_tier(tier: Tier, fen: int | None, periods: int) -> Fee:
    """The fee of a tier that was paid. One that is still 待定 is taken with any amount."""
    if not tier.fees:
        raise RuleError(tr("“{tier}”不收会费。").format(tier=tier.name))
    if fen is None:
        if len(tier.fees) > 1:
            raise RuleError(tr("“{tier}”的会费不止一种，请写金额。").format(tier=tier.name))
        return tier.fees[0]
    for fee in tier.fees:
        if _is(fee, fen, periods):
            return fee
    for fee in tier.fees:
        if number(fee.yuan) is None:
            return fee
    raise RuleError(tr("金额不是“{tier}”的会费，请核对。").format(tier=tier.name))


def _upgrade(scheme: Scheme, tier: Tier, row: Row, before: Sequence[FeeEntry]) -> Fee | None:
    """The fee that was paid less the credit for the unused days of a lower tier."""
    lower = any(each.kind == "payment" and each.rank < tier.rank for each in before)
    if not lower or row.fen is None or scheme.programme.upgrade_fee != "credit":
        return None
    for fee in tier.fees:
        if number(fee.yuan) is not None and MONTHS.get(fee.every):
            quote = quote_fee(scheme.timeline, before, rank=tier.rank, every=fee.every, on=row.on)
            if quote.credit_fen and quote.due_fen == row.fen:
                return fee
    return None


def _is(fee: Fee, fen: int, periods: int) -> bool:
    yuan = number(fee.yuan)
    return yuan is not None and yuan * 100 * periods == fen
