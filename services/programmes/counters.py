"""What a person's receipts add up to: sums, the largest single purchase, points, visits.

Every receipt keeps what it is worth, so that each payment or refund changes its points by the
difference only (E1, E16). Amounts are fen.
"""

from __future__ import annotations

from services.clock import plus_days, plus_months
from services.programmes.definition import Programme
from services.programmes.events import Event
from services.programmes.plan import Needs, Plan, Way, number, rate_of

_NOTHING = Needs()


def points_for(programme: Programme, net_fen: int, rate: tuple[int, int] = (1, 1)) -> int:
    """Points a receipt is worth in all: whole yuan of money received × rate (E1)."""
    points = programme.points
    per_yuan = number(points.per_yuan)
    if points.mode == "none" or per_yuan is None:
        return 0
    step = 100 * points.yuan_step
    whole = net_fen // step if points.rounding == "floor" else (net_fen + step // 2) // step
    return whole * per_yuan * rate[0] // rate[1]


class ReceiptSoFar:
    """A receipt so far: the programme and rate it was opened under (E12), net fen, points."""

    __slots__ = (
        "drugs",
        "lines",
        "net",
        "on",
        "paid_on",
        "points",
        "programme",
        "rate",
        "unit",
        "visit",
    )

    def __init__(self, programme: Programme, event: Event, rate: tuple[int, int]) -> None:
        self.programme = programme
        self.rate = rate
        self.on = self.paid_on = event.on
        self.lines = event.lines
        self.unit: int | str = event.ref
        self.net = self.points = self.drugs = 0
        self.visit = False  # not counted as a visit yet


DRUGS = "药品"


class Counters:
    """The running sums of one person."""

    __slots__ = (
        "_dated",
        "_needs",
        "_plain",
        "_units",
        "_visits",
        "before",
        "drugs",
        "earned",
        "first_on",
        "last_on",
        "max_single",
        "receipts",
        "spend",
    )

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._plain = needs == _NOTHING
        self.receipts: dict[int, ReceiptSoFar] = {}
        self._units: dict[int | str, int] = {}  # receipt, −case, or day → fen (E10, C21)
        self.spend = self.max_single = self.earned = self.drugs = 0
        self.before = 0  # fen received before the programme's cut-off day (R154)
        self._dated: list[tuple[str, int]] = []
        self._visits: dict[str, int] = {}
        self.first_on = self.last_on = ""

    def money(self, event: Event, plan: Plan, rank: int) -> None:
        """A payment or refund of a receipt; `rank` is the tier held before it (E39)."""
        found = self.receipts.get(event.ref)
        amount = event.amount_fen
        if found is None:
            programme, rate = plan.programme, (1, 1)
            if event.opened is not None:
                programme, rate = event.opened
            elif not plan.flat:
                rate = rate_of(plan, event.on, rank, event.lines, event.payment)
            found = self.receipts[event.ref] = ReceiptSoFar(programme, event, rate)
        net = found.net + amount
        worth = points_for(found.programme, net, found.rate)
        self.earned += worth - found.points
        found.net, found.points = net, worth
        self.spend += amount
        if amount >= 0:
            found.paid_on = event.on
            self._seen(event.on)
        self._single(event, plan, found)
        if not self._plain:
            self._extras(event, found)

    def _single(self, event: Event, plan: Plan, found: ReceiptSoFar) -> None:
        amount = event.amount_fen
        if event.case:
            found.unit = -event.case
        elif not plan.single_only:
            found.unit = found.on
        unit = found.unit
        total = self._units.get(unit, 0) + amount
        self._units[unit] = total
        if amount >= 0:
            if total > self.max_single:
                self.max_single = total
        else:
            self.max_single = max(self._units.values(), default=0)

    def _extras(self, event: Event, found: ReceiptSoFar) -> None:
        """What only some programmes ask for."""
        amount, needs = event.amount_fen, self._needs
        if found.paid_on < needs.cutoff:
            self.before += amount
        if needs.dated:
            self._dated.append((found.paid_on, amount))
        if needs.visits:
            if event.flag:  # the receipt was a mistake
                self._visit(found, counts=False)
            elif amount >= 0:
                self._visit(found, counts=True)
        if needs.drugs:
            total = sum(fen for _, fen in found.lines)
            part = sum(fen for name, fen in found.lines if name == DRUGS)
            drugs = found.net * part // total if total else 0
            self.drugs += drugs - found.drugs
            found.drugs = drugs

    def _visit(self, found: ReceiptSoFar, *, counts: bool) -> None:
        if found.visit == counts:
            return
        found.visit = counts
        left = self._visits.get(found.on, 0) + (1 if counts else -1)
        if left:
            self._visits[found.on] = left
        else:
            del self._visits[found.on]

    def visit(self, on: str) -> None:
        """Somebody was received without a receipt."""
        self._visits[on] = self._visits.get(on, 0) + 1
        self._seen(on)

    def opening(self, event: Event) -> None:
        """What the paper register had (E46): a sum, never a single purchase."""
        self.spend += event.amount_fen
        self.earned += event.points
        self._seen(event.on)
        if event.amount_fen > 0 or event.points > 0:
            self._visits[event.on] = self._visits.get(event.on, 0) + 1
        if event.on < self._needs.cutoff:
            self.before += event.amount_fen
        if self._needs.dated:
            self._dated.append((event.on, event.amount_fen))

    def _seen(self, on: str) -> None:
        if not self.first_on or on < self.first_on:
            self.first_on = on
        if on > self.last_on:
            self.last_on = on

    def holds(self, way: Way, day: str, grade: int, since: str = "") -> bool:
        """Whether the way's conditions hold on `day`, counting from `since` ('' for ever)."""
        if way.grade is not None and grade < way.grade:
            return False
        if way.drugs_fen is not None and self.drugs < way.drugs_fen:
            return False
        if way.points is not None and self.earned < way.points:
            return False
        if since or way.within_months:
            start = since
            if way.within_months:
                start = max(start, _window_start(day, way.within_months))
            return self._holds_between(way, start, day)
        if way.visits is not None and len(self._visits) < way.visits:
            return False
        if way.single_fen is not None and self.max_single < way.single_fen:
            return False
        return way.total_fen is None or self.spend >= way.total_fen

    def _holds_between(self, way: Way, start: str, day: str) -> bool:
        """Spend and visits of a window; the largest single is looked for among its receipts."""
        if way.visits is not None:
            visits = sum(1 for on in self._visits if start <= on <= day)
            if visits < way.visits:
                return False
        if way.total_fen is not None:
            total = sum(fen for on, fen in self._dated if start <= on <= day)
            if total < way.total_fen:
                return False
        if way.single_fen is None:
            return True
        units: dict[int | str, int] = {}
        for found in self.receipts.values():
            if start <= found.paid_on <= day:
                units[found.unit] = units.get(found.unit, 0) + found.net
        return max(units.values(), default=0) >= way.single_fen

    def days_after(self, day: str) -> list[str]:
        """The days after `day` with a payment or a visit, for windows that end with them."""
        return sorted(
            {on for on, _ in self._dated if on > day} | {v for v in self._visits if v > day}
        )


def _window_start(day: str, months: int) -> str:
    """The first day of the window of so many months that ends with `day`."""
    return plus_days(plus_months(day, -months), 1)
