"""What a redemption row asks for and how many points that costs (R033, R102, R141, R166)."""

from __future__ import annotations

from dataclasses import dataclass

from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import Redeemable, Tier
from services.programmes.plan import number, purchase_points
from services.simulation.rows import Row, count_of
from services.simulation.scheme import Scheme, only

_CASH = frozenset({"抵现", "抵扣", "现金", "cash"})


@dataclass(frozen=True)
class Wish:
    """What the points are for: something of the catalogue, a tier, or (None) money off."""

    points: int
    thing: Redeemable | Tier | None = None
    quantity: int = 1


def wish(scheme: Scheme, row: Row) -> Wish:
    """What is wanted, by its name or its key in the catalogue, and its price in points.

    Raises RuleError.
    """
    if row.item.lower() in _CASH or (not row.item and row.fen is not None):
        return Wish(_money_off(scheme, row))
    if not row.item:
        raise RuleError(tr("没有写兑换什么，请在项目里写目录里的名称。"))
    thing = scheme.by_key.get(row.item) or only(scheme.sold.meant(row.item))
    if thing is None:
        raise RuleError(tr("项目不在积分兑换目录里，请写目录里的名称。"))
    price = purchase_points(thing) if isinstance(thing, Tier) else number(thing.points)
    if price is None:
        raise RuleError(tr("“{name}”要多少积分还没有定，不能兑换。").format(name=thing.name))
    quantity = 1 if isinstance(thing, Tier) else count_of(row)
    return Wish(price * quantity, thing, quantity)


def _money_off(scheme: Scheme, row: Row) -> int:
    """Points for money off a bill, rounded up to whole points (R033)."""
    per_yuan = scheme.programme.points.per_yuan_off
    if not per_yuan:
        raise RuleError(tr("这个方案的积分不能抵现金。"))
    rate = number(per_yuan)
    if rate is None:
        raise RuleError(tr("多少积分抵 1 元还没有定，不能抵现金。"))
    points = (row.quantity or 0) if row.fen is None else -(-row.fen * rate // 100)
    if not points:
        raise RuleError(tr("抵现要写金额，或者在数量里写积分。"))
    return points
