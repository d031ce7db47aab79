"""Orders and requisitions at random: asked, sent, corrected, signed short, finished, cancelled.

After every step the book is the sum of the moves, what the two places hold is what arrived less
what left, nothing on the way is given twice, the lots add up to the shelf, and a whole
verification finds nothing (R143, E32).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from peewee import fn

from models.gifts import StockLevel, StockMove
from models.system import Staff
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock, plus_days
from services.commands import CLOCK_JUMP, Actor, Session
from services.errors import RuleError
from services.gifts import stock
from services.gifts.document_steps import cancel_document
from services.gifts.documents import DocumentRow, Wanted, documents
from services.gifts.lots import expired_pieces, lots_left
from services.gifts.purchasing import (
    Arrival,
    finish_purchase,
    receive_purchase,
    request_purchase,
)
from services.gifts.requisitions import (
    SAME_HANDS,
    Handed,
    hand_over,
    receive_requisition,
    request_requisition,
    send_requisition,
    unreceived,
)
from services.gifts.stock_ledger import on_the_way, spare
from services.verify import verify
from tests.conftest import TODAY
from tests.gift_world import add_gift

TEMPLATE: list[Path] = []
NUMBERS = st.lists(st.integers(0, 6), min_size=2, max_size=2)
PICK = st.integers(0, 9)


@pytest.fixture(scope="module", autouse=True)
def _template(clinic_template: Path) -> None:
    TEMPLATE[:] = [clinic_template]


class Papers(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="haochi-"))
        shutil.copytree(TEMPLATE[0], self.folder / "clinic")
        self.clock = ManualClock(TODAY)
        self.clinic = open_clinic(
            self.folder / "clinic" / "data",
            self.clock,
            holder="test",
            vault=FileVault(self.folder / "clinic" / "vault"),
        )
        self.staff = {
            role: Actor(staff_id, name, role)
            for staff_id, name, role in self.clinic.db.rows(
                Staff.select(Staff.id, Staff.name, Staff.role)
            )
        }
        self.expected: dict[tuple[int, str], int] = {}

    def session(self, role: str) -> Session:
        return Session(self.clinic, self.staff[role]).confirming(CLOCK_JUMP, SAME_HANDS)

    @initialize()
    def furnish(self) -> None:
        marketing = self.session("marketing")
        self.gifts = [
            add_gift(marketing, code=f"G{i}", name=name) for i, name in enumerate(("牙膏", "牙线"))
        ]
        self.expected = {(gift, place): 0 for gift in self.gifts for place in stock.PLACES}

    def wanted(self, numbers: list[int]) -> list[Wanted]:
        return [Wanted(gift, n) for gift, n in zip(self.gifts, numbers, strict=True) if n]

    def pick(self, kind: str, states: tuple[str, ...], which: int) -> DocumentRow | None:
        rows = documents(self.clinic.db, kind=kind, states=states)
        return rows[which % len(rows)] if rows else None

    # -- buying ------------------------------------------------------------------------------

    @rule(numbers=NUMBERS)
    def order(self, numbers: list[int]) -> None:
        lines = self.wanted(numbers)
        if lines:
            request_purchase(self.session("marketing"), lines=lines)

    @rule(which=PICK, numbers=NUMBERS, days=st.integers(0, 60))
    def arrive(self, which: int, numbers: list[int], days: int) -> None:
        row = self.pick("purchase", ("requested",), which)
        if row is None:
            return
        until = plus_days(self.clock.day, days) if days else None
        goods = [
            Arrival(line.gift_id, n, expires_on=until)
            for line, n in zip(row.lines, numbers, strict=False)
            if n
        ]
        if goods:
            receive_purchase(
                self.session("marketing"), document_id=row.id, arrivals=goods, reason="多送"
            )
            for each in goods:
                self.expected[each.gift_id, "warehouse"] += each.quantity

    @rule(which=PICK)
    def end(self, which: int) -> None:
        row = self.pick("purchase", ("requested",), which)
        if row is not None:
            arrived = any(line.received for line in row.lines)
            verb = finish_purchase if arrived else cancel_document
            verb(self.session("marketing"), document_id=row.id, reason="缺货")

    # -- to the desk -------------------------------------------------------------------------

    @rule(numbers=NUMBERS)
    def ask(self, numbers: list[int]) -> None:
        lines = self.wanted(numbers)
        if lines:
            request_requisition(self.session("frontdesk"), lines=lines)

    @rule(which=PICK, numbers=NUMBERS)
    def send(self, which: int, numbers: list[int]) -> None:
        """The first time, or again to correct it."""
        row = self.pick("requisition", ("requested", "sent"), which)
        if row is None:
            return
        lines = [
            Handed(line.gift_id, n, "缺货") for line, n in zip(row.lines, numbers, strict=False)
        ]
        free = {
            line.gift_id: spare(self.clinic.db, line.gift_id) + (line.sent or 0)
            for line in row.lines
        }
        fits = any(each.quantity for each in lines) and all(
            each.quantity <= min(line.wanted, free[line.gift_id])
            for line, each in zip(row.lines, lines, strict=True)
        )
        self.done_when(
            fits,
            send_requisition,
            self.session("member_admin"),
            document_id=row.id,
            lines=lines,
        )

    @rule(which=PICK, lost=NUMBERS, role=st.sampled_from(["billing", "member_admin"]))
    def sign(self, which: int, lost: list[int], role: str) -> None:
        row = self.pick("requisition", ("sent",), which)
        if row is None:
            return
        sent = [line for line in row.lines if line.sent]
        lines = [
            Handed(line.gift_id, max((line.sent or 0) - n, 0), "少了")
            for line, n in zip(sent, lost, strict=False)
        ]
        receive_requisition(self.session(role), document_id=row.id, lines=lines)
        self.carried([(each.gift_id, each.quantity) for each in lines])

    @rule(which=PICK)
    def cancel(self, which: int) -> None:
        row = self.pick("requisition", ("requested", "sent"), which)
        if row is not None:
            cancel_document(self.session("billing"), document_id=row.id, reason="不要了")

    @rule(numbers=NUMBERS)
    def at_once(self, numbers: list[int]) -> None:
        lines = self.wanted(numbers)
        if not lines:
            return
        fits = all(spare(self.clinic.db, line.gift_id) >= line.quantity for line in lines)
        if self.done_when(fits, hand_over, self.session("director"), lines=lines):
            self.carried([(line.gift_id, line.quantity) for line in lines])

    # -- around it ---------------------------------------------------------------------------

    @rule(gift=st.integers(0, 1), place=st.sampled_from(stock.PLACES), n=st.integers(1, 4))
    def scrap(self, gift: int, place: str, n: int) -> None:
        key = (self.gifts[gift], place)
        bound = on_the_way(self.clinic.db, key[0]) if place == "warehouse" else 0
        values = {"gift_id": key[0], "quantity": n, "place": place, "reason": "受潮"}
        fits = self.expected[key] - bound >= n
        if self.done_when(fits, stock.scrap, self.session("marketing"), **values):
            self.expected[key] -= n

    @rule(gift=st.integers(0, 1), n=st.integers(1, 4))
    def bring_back(self, gift: int, n: int) -> None:
        key = (self.gifts[gift], "desk")
        values = {"gift_id": key[0], "quantity": n}
        fits = self.expected[key] >= n
        if self.done_when(fits, stock.transfer, self.session("billing"), **values):
            self.carried([(key[0], -n)])

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.clock.day = plus_days(self.clock.day, days)

    # -- what is always true -----------------------------------------------------------------

    @invariant()
    def both_places_hold_what_came_less_what_left(self) -> None:
        columns = (StockLevel.gift_id, StockLevel.place, StockLevel.quantity)
        levels = {(g, p): n for g, p, n in self.clinic.db.rows(StockLevel.select(*columns))}
        assert levels == self.expected
        sums = StockMove.select(
            StockMove.gift_id, StockMove.place, fn.SUM(StockMove.quantity)
        ).group_by(StockMove.gift_id, StockMove.place)
        moved = {(g, p): n for g, p, n in self.clinic.db.rows(sums)}
        assert levels == {key: moved.get(key, 0) for key in levels}

    @invariant()
    def what_is_on_the_way_lies_in_the_warehouse(self) -> None:
        for gift in self.expected and self.gifts:
            sent = sum(
                line.sent or 0
                for row in unreceived(self.clinic.db)
                for line in row.lines
                if line.gift_id == gift
            )
            assert on_the_way(self.clinic.db, gift) == sent
            assert sent <= self.expected[gift, "warehouse"]

    @invariant()
    def the_lots_add_up_to_the_shelf(self) -> None:
        for gift in self.expected and self.gifts:
            held = sum(self.expected[gift, place] for place in stock.PLACES)
            lots = lots_left(self.clinic.db, gift)
            assert sum(lot.left for lot in lots) == held
            over = [lot.left for lot in lots if lot.expires_on and lot.expires_on < self.clock.day]
            assert expired_pieces(self.clinic.db, gift, self.clock.day) == sum(over)

    def carried(self, goods: list[tuple[int, int]]) -> None:
        for gift_id, n in goods:
            self.expected[gift_id, "warehouse"] -= n
            self.expected[gift_id, "desk"] += n

    def done_when(self, fits: bool, verb, *args, **values) -> bool:  # type: ignore[no-untyped-def]
        if fits:
            verb(*args, **values)
        else:
            with pytest.raises(RuleError):
                verb(*args, **values)
        return fits

    def teardown(self) -> None:
        assert verify(self.clinic).faults == ()
        self.clinic.close()
        shutil.rmtree(self.folder)


TestPapers = Papers.TestCase
TestPapers.settings = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
