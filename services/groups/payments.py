"""Ways to pay as groups ask for them (R177): each kind of payment, and two that gather several."""

from __future__ import annotations

from services.programmes.items import PAYMENTS

CASH = "现金类"
INSURANCE = "保险"
GATHERED: dict[str, tuple[str, ...]] = {
    CASH: ("现金", "微信", "支付宝", "银行卡"),
    INSURANCE: ("医保个账",),  # and every bill an insurer paid a part of
}
WAYS: tuple[str, ...] = (*GATHERED, *PAYMENTS)


def kinds_of(way: str) -> tuple[str, ...]:
    """The kinds of payment a way stands for."""
    return GATHERED.get(way, (way,))
