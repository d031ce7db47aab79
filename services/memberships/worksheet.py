"""What leaving a paid membership gives back: five ways to reckon it, side by side (E59, E60).

The agreed share of the fee; all of it within the days of cooling-off; what is left after the
use at member prices (the leaving is not the member's doing) or at list prices (it is); and the
share of the days left. Pure: facts in, a worksheet out. Amounts are fen, rounded down, between 0
and what was paid less what was given back before. Gifts are shown and never deducted (E50).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from services.clock import days_between, plus_months
from services.i18n import tr
from services.money import yuan

Method = Literal["agreed", "cooling", "discounted", "listed", "remaining"]
Fault = Literal["member", "clinic"]
METHODS: tuple[Method, ...] = ("agreed", "cooling", "discounted", "listed", "remaining")


@dataclass(frozen=True)
class UsedItem:
    """A service that was drawn: its list price each, and the percent a member pays of it."""

    name: str
    quantity: int
    list_fen: int
    pay_percent: int

    @property
    def fen(self) -> int:
        """What it comes to at the list price."""
        return self.quantity * self.list_fen


@dataclass(frozen=True)
class GiftItem:
    """Goods that were handed out, with what each cost the clinic (E50)."""

    name: str
    quantity: int
    cost_fen: int

    @property
    def fen(self) -> int:
        """What they cost."""
        return self.quantity * self.cost_fen


@dataclass(frozen=True)
class FeeFacts:
    """A fee that still runs: what its term is worth, its days, and what was had of it.

    `value_fen` is the money received with what an upgrade took over from lower fees;
    `discounts_fen` are the discounts on receipts of the term; `ends_on` None is for life.
    """

    fee_id: int
    tier_name: str
    paid_on: str
    value_fen: int
    starts_on: str
    ends_on: str | None
    used: tuple[UsedItem, ...] = ()
    gifts: tuple[GiftItem, ...] = ()
    discounts_fen: int = 0

    @property
    def list_fen(self) -> int:
        """The services drawn, at list prices."""
        return sum(item.fen for item in self.used)

    @property
    def gifts_fen(self) -> int:
        """The gifts taken, at cost."""
        return sum(item.fen for item in self.gifts)

    @property
    def untouched(self) -> bool:
        """Whether nothing was had of it yet (E60)."""
        return not (self.used or self.gifts or self.discounts_fen)


@dataclass(frozen=True)
class LeavingFacts:
    """All that the worksheet reckons with. `unlimited`: visits in the term are not counted;
    `by_time`: the fee pays for a time; `fault`: whose doing the leaving is."""

    applied_on: str
    leaves_on: str
    fault: Fault
    by_time: bool
    unlimited: bool
    refund_percent: int | None
    notice_months: int
    cooling_days: int
    fees: tuple[FeeFacts, ...]
    refunded_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """What the running fees are worth in all."""
        return sum(fee.value_fen for fee in self.fees)

    @property
    def most_fen(self) -> int:
        """The most that can be given back."""
        return max(self.paid_fen - self.refunded_fen, 0)

    @property
    def notice_on(self) -> str:
        """The day on which the agreed notice is kept."""
        return plus_months(self.applied_on, self.notice_months)


@dataclass(frozen=True)
class Calculation:
    """One way to reckon it: fen, the reckoning in lines, and if it does not apply, why not."""

    method: Method
    amount_fen: int
    lines: tuple[str, ...]
    why_not: str = ""

    @property
    def applies(self) -> bool:
        """Whether this way may be chosen."""
        return not self.why_not


@dataclass(frozen=True)
class Worksheet:
    """The five ways, the one proposed, and what to think of before signing."""

    facts: LeavingFacts
    calculations: tuple[Calculation, ...]
    proposed: Method
    hints: tuple[str, ...]

    def calculation(self, method: str) -> Calculation | None:
        """The way of that name."""
        return next((each for each in self.calculations if each.method == method), None)


def worksheet(facts: LeavingFacts) -> Worksheet:
    """Reckon all five ways and propose the one that favours the member most.

    What the law gives comes first; the agreed share is proposed only where it gives more.
    """
    ways: tuple[Callable[[LeavingFacts], Calculation], ...] = (
        _agreed, _cooling, _discounted, _listed, _remaining,
    )  # fmt: skip
    found = tuple(way(facts) for way in ways)
    lawful = [each for each in found[1:] if each.applies]
    best = max(lawful, key=lambda each: each.amount_fen)
    agreed = found[0]
    proposed = agreed if agreed.applies and agreed.amount_fen > best.amount_fen else best
    return Worksheet(facts, found, proposed.method, tuple(_hints(facts)))


def method_title(method: str) -> str:
    """A way to reckon it, as the worksheet heads it."""
    return {
        "agreed": tr("按约定比例"),
        "cooling": tr("冷静期全额"),
        "discounted": tr("非会员原因：扣除已用(会员价)"),
        "listed": tr("会员原因：扣除已用(原价)"),
        "remaining": tr("按剩余期限"),
    }[method]


def fault_title(fault: str) -> str:
    """Whose doing the leaving is, as the worksheet says it."""
    return {"member": tr("会员自己的原因"), "clinic": tr("不是会员的原因")}[fault]


def days_left(facts: LeavingFacts, fee: FeeFacts) -> int:
    """The days of a fee's term that are left; the day of leaving is one of them."""
    assert fee.ends_on is not None
    return days_between(max(facts.leaves_on, fee.starts_on), fee.ends_on) + 1


def days_used(facts: LeavingFacts, fee: FeeFacts) -> int:
    """The days of a fee's term before the day of leaving."""
    return max(days_between(fee.starts_on, facts.leaves_on), 0)


# -- the five ways ---------------------------------------------------------------------------


def _result(
    facts: LeavingFacts, method: Method, parts: Iterable[tuple[int, str]], why_not: str = ""
) -> Calculation:
    """Add up what each fee gives back; no fee gives less than nothing or more than it was."""
    if why_not:
        return Calculation(method, 0, (), why_not)
    kept = list(parts)
    total = min(sum(fen for fen, _ in kept), facts.most_fen)
    return Calculation(method, total, tuple(line for _, line in kept))


def _within(fee: FeeFacts, fen: int) -> int:
    return max(min(fen, fee.value_fen), 0)


def _agreed(facts: LeavingFacts) -> Calculation:
    """The share of the fee that was agreed (R108)."""
    percent = facts.refund_percent
    if percent is None:
        return _result(facts, "agreed", (), tr("方案没有约定退会退多少。"))
    parts = []
    for fee in facts.fees:
        fen = _within(fee, fee.value_fen * percent // 100)
        line = tr("会费 ¥{paid} × {percent}% = ¥{fen}")
        parts.append((fen, line.format(paid=yuan(fee.value_fen), percent=percent, fen=yuan(fen))))
    return _result(facts, "agreed", parts)


def _cooling(facts: LeavingFacts) -> Calculation:
    """All of a fee paid so recently that it may be taken back, if nothing was had of it (E60)."""
    fresh = [
        fee
        for fee in facts.fees
        if 0 <= days_between(fee.paid_on, facts.applied_on) <= facts.cooling_days
    ]
    if not fresh:
        sentence = tr("缴费已超过 {n} 天。").format(n=facts.cooling_days)
        return _result(facts, "cooling", (), sentence)
    untouched = [fee for fee in fresh if fee.untouched]
    if not untouched:
        return _result(facts, "cooling", (), tr("已经使用过权益、领过礼品或享受过优惠。"))
    line = tr("{day} 缴费，没有超过 {n} 天，也没有使用：全退 ¥{fen}")
    parts = []
    for fee in untouched:
        words = line.format(day=fee.paid_on, n=facts.cooling_days, fen=yuan(fee.value_fen))
        parts.append((fee.value_fen, words))
    return _result(facts, "cooling", parts)


def _discounted(facts: LeavingFacts) -> Calculation:
    """The fee less the services at member prices, where the leaving is not the member's doing.

    What gifts came with the fee makes the use cheaper by paid ÷ (paid + gifts).
    """
    if facts.fault != "clinic":
        return _result(facts, "discounted", (), tr("退会是会员自己的原因。"))
    if _only_time(facts):
        return _result(facts, "discounted", (), _unlimited_why())
    parts = []
    for fee in facts.fees:
        spent = sum(item.fen * item.pay_percent for item in fee.used) * fee.value_fen
        whole = 100 * (fee.value_fen + fee.gifts_fen)
        used = -(-spent // whole) if whole else 0
        fen = _within(fee, fee.value_fen - used)
        line = tr("会费 ¥{paid} − 已用(会员价，赠品按比例) ¥{used} = ¥{fen}")
        parts.append((fen, line.format(paid=yuan(fee.value_fen), used=yuan(used), fen=yuan(fen))))
    return _result(facts, "discounted", parts)


def _listed(facts: LeavingFacts) -> Calculation:
    """The fee less the services at list prices and the discounts had, where the leaving is the
    member's own doing; what exceeds the fee is not asked for."""
    if facts.fault != "member":
        return _result(facts, "listed", (), tr("退会不是会员的原因。"))
    if _only_time(facts):
        return _result(facts, "listed", (), _unlimited_why())
    parts = []
    for fee in facts.fees:
        fen = _within(fee, fee.value_fen - fee.list_fen - fee.discounts_fen)
        line = tr("会费 ¥{paid} − 已用(原价) ¥{used} − 已享优惠 ¥{off} = ¥{fen}")
        parts.append(
            (
                fen,
                line.format(
                    paid=yuan(fee.value_fen),
                    used=yuan(fee.list_fen),
                    off=yuan(fee.discounts_fen),
                    fen=yuan(fen),
                ),
            )
        )
    return _result(facts, "listed", parts)


def _remaining(facts: LeavingFacts) -> Calculation:
    """The share of the days left, where the fee pays for a time (R085)."""
    if not facts.by_time:
        return _result(facts, "remaining", (), tr("这个方案不是按期限收费的。"))
    if any(fee.ends_on is None for fee in facts.fees):
        return _result(facts, "remaining", (), tr("会费没有期限，不能按天数算。"))
    parts = []
    for fee in facts.fees:
        left = days_left(facts, fee)
        days = days_between(fee.starts_on, str(fee.ends_on)) + 1
        fen = _within(fee, fee.value_fen * left // days)
        line = tr("会费 ¥{paid} × 剩余 {left} 天 ÷ 共 {days} 天 = ¥{fen}")
        parts.append(
            (fen, line.format(paid=yuan(fee.value_fen), left=left, days=days, fen=yuan(fen)))
        )
    return _result(facts, "remaining", parts)


def _only_time(facts: LeavingFacts) -> bool:
    """Whether use is not counted, so that only the days left can be."""
    return facts.unlimited and all(fee.ends_on is not None for fee in facts.fees)


def _unlimited_why() -> str:
    return tr("不限次数的会籍只按剩余期限算。")


def _hints(facts: LeavingFacts) -> Iterable[str]:
    """What to think of before signing; nothing of it stands in the way."""
    if facts.leaves_on < facts.notice_on:
        sentence = tr("约定提前 {n} 个月提出，按约定可在 {day} 退会；这只是提示，不影响办理。")
        yield sentence.format(n=facts.notice_months, day=facts.notice_on)
    unpriced = sorted({i.name for fee in facts.fees for i in fee.used if i.list_fen == 0})
    if unpriced:
        sentence = tr("方案里没有写原价，按 0 元算：{names}。")
        yield sentence.format(names=tr("、").join(unpriced))
    gifts = sum(fee.gifts_fen for fee in facts.fees)
    if gifts:
        yield tr("已领礼品成本 ¥{fen}，不自动扣除，是否退回请与会员商定。").format(fen=yuan(gifts))
