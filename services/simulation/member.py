"""One member's events in order: the fold and the points account, moved as posting moves them.

Every verb applies its row whole or raises RuleError with nothing applied. Rows come in the order
of `refunds.in_order`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from services.clock import plus_days
from services.errors import RuleError
from services.i18n import tr
from services.memberships.feebook import FeeEntry
from services.programmes.definition import Benefit, Redeemable, Tier
from services.programmes.evaluate import Fold
from services.programmes.events import Event, GrantState
from services.programmes.lots import Source, credit, debit
from services.programmes.periods import NEVER
from services.roster import cells
from services.simulation.account import MemoryAccount
from services.simulation.fees import paid_for
from services.simulation.names import Names
from services.simulation.redeeming import wish
from services.simulation.refunds import Purchases
from services.simulation.rows import LAST_DAY, Row, count_of
from services.simulation.scheme import Scheme

_UNTIL = re.compile(r"(?:至|到|until)\s*:?\s*(\d{4}\D?\d{1,2}\D?\d{1,2})(?!\d)", re.IGNORECASE)


class Member:
    """A member under the scheme, so far; `rows` are all of the member's events, in order."""

    __slots__ = ("_fees", "_purchases", "_scheme", "account", "fold", "taken")

    def __init__(self, scheme: Scheme, rows: list[Row]) -> None:
        self._scheme = scheme
        self.fold = Fold(scheme.timeline)
        self.account = MemoryAccount(scheme.timeline)
        self.taken = 0
        self._purchases = Purchases(rows)
        self._fees: list[FeeEntry] = []

    def take(self, row: Row) -> None:
        """Apply one event. Raises RuleError with nothing applied."""
        self.account.come_to(row.on)
        _VERBS[row.kind](self, row)
        self.taken += 1

    def come_to(self, day: str) -> None:
        """Let the days pass up to and including `day`."""
        self.account.come_to(day)
        self.fold.advance(day)

    # -- money -----------------------------------------------------------------------------

    def _purchase(self, row: Row) -> None:
        """A new receipt; its row number is its id (E1, E4)."""
        scheme, fen, number = self._scheme, row.fen or 0, row.number
        lines = ((scheme.class_of(row.item), fen),) if row.item else ()
        self.fold.take(Event("money", row.on, number, amount_fen=fen, lines=lines))
        self._purchases.add(row)
        points = self.fold.counters.receipts[number].points
        if points:
            ends = scheme.expires(row.on)
            source = Source("earn", row.on, receipt_id=number, expires_on=ends, tier_counting=True)
            credit(self.account, points, source)

    def _refund(self, row: Row) -> None:
        """Money back on a receipt: points follow what remains of it (E15–E17). Points that were
        spent as money off stay spent: no row ties them to a receipt."""
        if not row.fen:
            raise RuleError(tr("退款金额须大于 0。"))
        receipts = self.fold.counters.receipts
        ref = self._purchases.refunded(row, lambda each: receipts[each.number].net).number
        found = receipts[ref]
        if row.fen > found.net:
            raise RuleError(tr("退款超过了这笔消费剩余的金额，没有采用。"))
        gave = found.points
        self.fold.take(Event("money", row.on, ref, amount_fen=-row.fen))
        lost = gave - found.points
        if lost:
            source = Source("reversal", row.on, receipt_id=ref, tier_counting=True)
            debit(self.account, lost, source, may_owe=True)

    def _bonus(self, row: Row) -> None:
        """Points for an event; they never count for tiers (R050, E36)."""
        points = row.quantity
        if points is None and row.fen is not None:
            if row.fen % 100:
                raise RuleError(tr("活动积分须是整数。"))
            points = row.fen // 100
        if not points:
            raise RuleError(tr("活动积分要在数量里写多少分。"))
        if self._scheme.programme.points.mode == "none":
            raise RuleError(tr("这个方案没有积分。"))
        ends = self._scheme.expires(row.on)
        credit(self.account, points, Source("bonus", row.on, expires_on=ends))

    # -- what points buy -------------------------------------------------------------------

    def _redeem(self, row: Row) -> None:
        """Points for a gift, a service, money off or a tier (R102, R165–R167)."""
        if self._scheme.programme.points.mode != "spend":
            raise RuleError(tr("这个方案的积分不用于兑换。"))
        self.fold.advance(row.on)
        if not self.fold.redeemable():
            raise RuleError(tr("还没有达到可以使用积分的起点。"))
        wanted = wish(self._scheme, row)
        thing = wanted.thing
        if isinstance(thing, Tier) and thing.rank <= self.fold.rank:
            raise RuleError(tr("当天已有这个等级或更高的等级，不需要再换。"))
        debit(self.account, wanted.points, Source("redeem", row.on))
        if isinstance(thing, Tier):
            self.fold.take(Event("purchase", row.on, row.number, rank=thing.rank))
        elif thing is not None:
            self._award(row, thing, wanted.quantity)

    def _award(self, row: Row, thing: Redeemable, quantity: int) -> None:
        key = f"redeem.{row.number}"
        benefit = Benefit(
            key=key,
            kind=thing.kind,
            name=thing.name,
            reason="points",
            value_yuan=thing.value_yuan,
        )
        until = None
        if thing.valid_days is not None:
            until = plus_days(row.on, thing.valid_days - 1)
        self.fold.take(
            Event("award", row.on, points=quantity, key=key, until=until, benefit=benefit)
        )
        if thing.kind == "gift":  # handed over the counter at once
            self.fold.take(Event("use", row.on, key=key, points=quantity))

    # -- grants and tiers ------------------------------------------------------------------

    def _use(self, row: Row) -> None:
        """A service drawn or a gift handed out, from the grant that ends first (E43, R145)."""
        count = count_of(row)
        if not row.item:
            raise RuleError(tr("使用权益要在项目里写权益的名称。"))
        self.fold.advance(row.on)
        meant: list[GrantState] = []
        for level in self._meant(row.item):
            fits = [each for each in level if each.valid_on(row.on) and each.left >= count]
            if fits:
                first = min(fits, key=lambda each: each.valid_to or NEVER)
                self.fold.take(Event("use", row.on, key=first.key, points=count))
                return
            meant += level
        if not meant:
            raise RuleError(tr("这位会员当天没有这项权益。"))
        left = max((each.left for each in meant if each.valid_on(row.on)), default=0)
        if not left:
            raise RuleError(tr("这项权益当天没有可用的次数：已用完、已到期或已作废。"))
        raise RuleError(tr("这项权益当天只剩 {n} 次，不够用。").format(n=left))

    def _meant(self, item: str) -> Iterable[list[GrantState]]:
        """The grants that a name or a key may mean, the surest first."""
        grants = list(self.fold.book.grants.values())
        yield [each for each in grants if item in (each.key, each.benefit.key)]
        yield from Names([(each.benefit.name, each) for each in grants]).matches(item)

    def _fee(self, row: Row) -> None:
        """A membership fee; it earns nothing (E7, E57)."""
        paid = paid_for(self._scheme, row, self._fees)
        if paid is not None:
            if any((term.end or "") > LAST_DAY for term in self.fold.terms.all()):
                raise RuleError(tr("会费已经缴到一百多年以后，没有采用。"))
            rank, months = paid.rank, paid.months
            self.fold.take(Event("fee", row.on, row.number, rank=rank, months=months))
            self._fees.append(FeeEntry("payment", row.on, row.number, rank, months, paid.fen))

    def _leave(self, row: Row) -> None:
        """Leaving ends what was paid for; what receipts carry stays (E61)."""
        self.fold.take(Event("leave", row.on))
        self._fees.append(FeeEntry("leave", row.on))

    def _tier(self, row: Row) -> None:
        """A tier by a leader's word, for life or until a day (R153, E40)."""
        note = cells.text(row.note)
        found = _UNTIL.search(note)
        until = None
        if found is not None:
            until, code = cells.day(found.group(1), NEVER)
            if until is None or code:
                raise RuleError(tr("截止日期看不懂，请在备注里写成“至 2027-12-31”。"))
            if until < row.on:
                raise RuleError(tr("截止日期早于授予的日期。"))
            note = note[: found.start()].strip()
            until = None if until > LAST_DAY else until
        tier = self._scheme.tier(row.item or note)
        if tier is None:
            raise RuleError(tr("手动等级要在项目里写等级的名称或级别号。"))
        self.fold.take(Event("override", row.on, rank=tier.rank, until=until))


_VERBS: dict[str, Callable[[Member, Row], None]] = {
    "purchase": Member._purchase,
    "refund": Member._refund,
    "bonus": Member._bonus,
    "redeem": Member._redeem,
    "use": Member._use,
    "fee": Member._fee,
    "leave": Member._leave,
    "tier": Member._tier,
}
