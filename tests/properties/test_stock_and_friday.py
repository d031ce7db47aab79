"""Weeks of receiving, requisitions, issuing, returning, scrapping, adjusting, counting, counting
anew, closing and opening again, at random.

After every step the level is the sum of the moves and never below zero; a closed week's book is
what was counted minus the explained difference; the next week opens with the count, the corrected
one where there is one; starting up twice changes nothing (rules.md, property tests).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from peewee import fn

from models.gifts import CountLine, GiftIssue, StockLevel, StockMove
from models.system import Staff
from models.vault import FileVault
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock, plus_days
from services.commands import CLOCK_JUMP, Actor, Approval, Session, head_of_chain
from services.errors import RuleError
from services.gifts import reconciliation as friday
from services.gifts import stock
from services.gifts.documents import Wanted
from services.gifts.handout import due_gifts, issue_gift, return_gift
from services.gifts.period import period, stored_lines
from services.gifts.requisitions import (
    Handed,
    hand_over,
    receive_requisition,
    request_requisition,
    send_requisition,
    unreceived,
)
from services.gifts.stock_ledger import on_the_way
from services.verify.counts import check_counts
from services.verify.report import Findings, Watch
from services.verify.things import check_weeks
from tests.conftest import TODAY
from tests.gift_world import add_gift, add_member

TEMPLATE: list[Path] = []
PLACES = st.sampled_from(stock.PLACES)
QUANTITY = st.integers(1, 6)


@pytest.fixture(scope="module", autouse=True)
def _template(clinic_template: Path) -> None:
    TEMPLATE[:] = [clinic_template]


class Friday(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="haochi-"))
        shutil.copytree(TEMPLATE[0], self.folder / "clinic")
        self.clock = ManualClock(TODAY)
        self.clinic = self.start()
        self.staff = {
            role: (staff_id, name)
            for staff_id, name, role in self.clinic.db.rows(
                Staff.select(Staff.id, Staff.name, Staff.role)
            )
        }
        self.expected: dict[tuple[int, str], int] = {}

    def start(self) -> Clinic:
        return open_clinic(
            self.folder / "clinic" / "data",
            self.clock,
            holder="test",
            vault=FileVault(self.folder / "clinic" / "vault"),
        )

    def session(self, role: str) -> Session:
        staff_id, name = self.staff[role]
        # random days may add up to a jump that the desk would be asked about (E25)
        return Session(self.clinic, Actor(staff_id, name, role)).confirming(CLOCK_JUMP)

    @initialize()
    def furnish(self) -> None:
        marketing = self.session("marketing")
        self.gifts = [
            add_gift(marketing, code=f"G{i}", name=name) for i, name in enumerate(("牙膏", "牙线"))
        ]
        self.members = [add_member(self.session("frontdesk"), f"M000000{i}") for i in range(3)]
        self.expected = {(gift, place): 0 for gift in self.gifts for place in stock.PLACES}

    # -- what may happen on any day ------------------------------------------------------------

    @rule(gift=st.integers(0, 1), place=PLACES, quantity=QUANTITY)
    def receive(self, gift: int, place: str, quantity: int) -> None:
        key = (self.gifts[gift], place)
        stock.receive(self.session("marketing"), gift_id=key[0], quantity=quantity, place=place)
        self.expected[key] += quantity

    @rule(gift=st.integers(0, 1), quantity=QUANTITY)
    def bring_back(self, gift: int, quantity: int) -> None:
        key = (self.gifts[gift], "desk")
        short = self.expected[key] < quantity
        move = {"gift_id": key[0], "quantity": quantity}
        if self.refused_when(short, stock.transfer, self.session("billing"), **move):
            return
        self.expected[key] -= quantity
        self.expected[key[0], "warehouse"] += quantity

    @rule(gift=st.integers(0, 1), quantity=QUANTITY)
    def hand_over(self, gift: int, quantity: int) -> None:
        key = (self.gifts[gift], "warehouse")
        short = self.spare(key) < quantity
        lines = [Wanted(key[0], quantity)]
        if self.refused_when(short, hand_over, self.session("member_admin"), lines=lines):
            return
        self.expected[key] -= quantity
        self.expected[key[0], "desk"] += quantity

    @rule(gift=st.integers(0, 1), place=PLACES, quantity=QUANTITY)
    def scrap(self, gift: int, place: str, quantity: int) -> None:
        key = (self.gifts[gift], place)
        values = {"gift_id": key[0], "quantity": quantity, "place": place, "reason": "受潮"}
        short = self.spare(key) < quantity
        if not self.refused_when(short, stock.scrap, self.session("billing"), **values):
            self.expected[key] -= quantity

    @rule(gift=st.integers(0, 1), place=PLACES, quantity=st.integers(-3, 3).filter(bool))
    def adjust(self, gift: int, place: str, quantity: int) -> None:
        key = (self.gifts[gift], place)
        values = {"gift_id": key[0], "quantity": quantity, "place": place, "reason": "错登"}
        short = self.expected[key] + quantity < 0
        if not self.refused_when(short, stock.adjust, self.session("director"), **values):
            self.expected[key] += quantity

    def spare(self, key: tuple[int, str]) -> int:
        """What may still be taken: goods on the way are promised to the desk."""
        sent = on_the_way(self.clinic.db, key[0]) if key[1] == stock.WAREHOUSE else 0
        return self.expected[key] - sent

    @precondition(lambda self: not unreceived(self.clinic.db))
    @rule(gift=st.integers(0, 1), quantity=QUANTITY)
    def send(self, gift: int, quantity: int) -> None:
        """Goods leave for the desk; the books do not move until they are signed for."""
        key = (self.gifts[gift], "warehouse")
        if self.expected[key] < quantity:
            return
        lines = (Wanted(key[0], quantity),)
        asked = request_requisition(self.session("billing"), lines=lines).document_id
        sent = (Handed(key[0], quantity),)
        send_requisition(self.session("marketing"), document_id=asked, lines=sent)

    @precondition(lambda self: unreceived(self.clinic.db))
    @rule(lost=st.integers(0, 2))
    def sign_for(self, lost: int) -> None:
        """The desk finds fewer than were sent; the rest stays in the book of the warehouse."""
        (paper,) = unreceived(self.clinic.db)
        (line,) = paper.lines
        found = max((line.sent or 0) - lost, 0)
        got = (Handed(line.gift_id, found, "短少" if found < (line.sent or 0) else ""),)
        receive_requisition(self.session("billing"), document_id=paper.id, lines=got)
        self.expected[line.gift_id, "warehouse"] -= found
        self.expected[line.gift_id, "desk"] += found

    @rule(gift=st.integers(0, 1), place=PLACES)
    def issue(self, gift: int, place: str) -> None:
        due = due_gifts(self.clinic.db, self.clock.day, limit=1)
        if not due:
            return
        key = (self.gifts[gift], place)
        values = {"grant_id": due[0].grant_id, "gift_id": key[0], "place": place}
        empty = place != "desk" or self.expected[key] == 0
        if not self.refused_when(empty, issue_gift, self.session("billing"), **values):
            self.expected[key] -= 1

    @rule(sellable=st.booleans())
    def give_back(self, sellable: bool) -> None:
        back = GiftIssue.alias()
        row = self.clinic.db.row(
            GiftIssue.select(GiftIssue.id, GiftIssue.gift_id, GiftIssue.place).where(
                (GiftIssue.quantity > 0)
                & GiftIssue.id.not_in(
                    back.select(back.returns_id).where(back.returns_id.is_null(False))
                )
            )
        )
        if row is None:
            return
        staff_id, name = self.staff["director"]
        return_gift(
            self.session("frontdesk"),
            issue_id=row[0],
            sellable=sellable,
            reason="不要了",
            approval=Approval(staff_id, name, "director", "approve.return"),
        )
        self.expected[row[1], row[2]] += int(sellable)

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.clock.day = plus_days(self.clock.day, days)

    # -- Friday ------------------------------------------------------------------------------

    @precondition(lambda self: friday.current(self.clinic.db) is None)
    @rule()
    def open(self) -> None:
        last = friday.last_close(self.clinic.db)
        done = last is not None and friday.default_week(self.clinic.db, self.clock.day) <= last.week
        waits = bool(unreceived(self.clinic.db))
        self.refused_when(done or waits, friday.open_week, self.session("marketing"))

    @precondition(lambda self: friday.current(self.clinic.db) is not None)
    @rule(errors=st.lists(st.integers(-2, 2), min_size=4, max_size=4))
    def count(self, errors: list[int]) -> None:
        running = friday.current(self.clinic.db)
        assert running is not None
        session = self.session("billing")
        lines = stored_lines(self.clinic.db, running)
        entries = tuple(
            friday.CountEntry(line.gift_id, line.place, max(line.book + error, 0))
            for line, error in zip(lines, errors, strict=True)
        )
        friday.enter_count(session, reconciliation_id=running.id, counts=entries)
        friday.compare(session, reconciliation_id=running.id)
        self.explain(running.id)

    def explain(self, number: int) -> None:
        for line in friday.comparison(self.clinic.db, number):
            assert line.counted == line.book + (line.difference or 0)
            if line.difference and not line.reason:
                friday.set_reason(
                    self.session("billing"),
                    reconciliation_id=number,
                    gift_id=line.gift_id,
                    place=line.place,
                    reason="盘点差异",
                )

    @precondition(lambda self: getattr(friday.current(self.clinic.db), "state", "") == "compared")
    @rule(which=st.integers(0, 3), counted=st.integers(0, 9))
    def recount(self, which: int, counted: int) -> None:
        running = friday.current(self.clinic.db)
        assert running is not None
        line = friday.comparison(self.clinic.db, running.id)[which]
        entry = friday.CountEntry(line.gift_id, line.place, counted)
        session = self.session("marketing")
        friday.recount(session, reconciliation_id=running.id, entries=(entry,))
        again = friday.comparison(self.clinic.db, running.id)[which]
        assert (again.counted, again.book) == (counted, line.book)
        self.explain(running.id)

    @precondition(lambda self: friday.last_close(self.clinic.db) is not None)
    @precondition(lambda self: friday.current(self.clinic.db) is None)
    @rule(which=st.integers(0, 3), counted=st.integers(0, 9))
    def a_whole_correction(self, which: int, counted: int) -> None:
        self.reopen()
        self.recount(which, counted)
        self.close()

    @precondition(lambda self: friday.last_close(self.clinic.db) is not None)
    @rule()
    def reopen(self) -> None:
        last = friday.last_close(self.clinic.db)
        assert last is not None
        values = {"reconciliation_id": last.id, "reason": "漏点"}
        busy = friday.current(self.clinic.db) is not None
        self.refused_when(busy, friday.reopen, self.session("director"), **values)

    @precondition(lambda self: getattr(friday.current(self.clinic.db), "state", "") == "compared")
    @rule()
    def close(self) -> None:
        running = friday.current(self.clinic.db)
        assert running is not None
        lines = friday.comparison(self.clinic.db, running.id)
        before = dict[tuple[int, str], int]()
        if running.corrects_id is not None:
            before = {
                (line.gift_id, line.place): line.difference or 0
                for line in self.lines(running.corrects_id)
            }
        changes = {
            (line.gift_id, line.place): (line.difference or 0)
            - before.get((line.gift_id, line.place), 0)
            for line in lines
        }
        signed = {
            post: Approval(*self.staff[post], post, f"sign.{post}")
            for post in ("marketing", "billing")
        }
        below = any(
            (line.counted or 0) + line.since < 0 and changes[line.gift_id, line.place]
            for line in lines
        )
        if self.refused_when(
            below,
            friday.close,
            self.session("billing"),
            reconciliation_id=running.id,
            **signed,
        ):
            return
        for key, change in changes.items():
            self.expected[key] += change

    @rule(
        errors=st.lists(st.integers(-2, 2), min_size=4, max_size=4),
        gift=st.integers(0, 1),
        after=st.integers(0, 3),
    )
    def a_whole_friday(self, errors: list[int], gift: int, after: int) -> None:
        """Open what is not open, move something after the cut-off, count, sign."""
        running = friday.current(self.clinic.db)
        while unreceived(self.clinic.db):
            self.sign_for(1)
        if running is None:
            last = friday.last_close(self.clinic.db)
            ends = friday.friday_of(self.clock.day)
            if last is not None and ends <= last.week:
                ends = plus_days(last.week, 7)
            self.clock.day = ends
            self.open()
        if after:
            self.scrap(gift, "warehouse", after)
            self.receive(gift, "desk", after)
        self.count(errors)
        self.close()

    @precondition(lambda self: friday.current(self.clinic.db) is not None)
    @rule()
    def abandon(self) -> None:
        running = friday.current(self.clinic.db)
        assert running is not None
        friday.abandon(self.session("marketing"), reconciliation_id=running.id)

    @rule()
    def start_up_twice(self) -> None:
        before = (head_of_chain(self.clinic.db), self.levels())
        for _ in range(2):
            self.clinic.close()
            self.clinic = self.start()
        assert (head_of_chain(self.clinic.db), self.levels()) == before

    # -- what is always true -----------------------------------------------------------------

    @invariant()
    def the_level_is_the_sum_of_the_moves_and_never_negative(self) -> None:
        levels = self.levels()
        sums = {
            (gift, place): total
            for gift, place, total in self.clinic.db.rows(
                StockMove.select(
                    StockMove.gift_id, StockMove.place, fn.SUM(StockMove.quantity)
                ).group_by(StockMove.gift_id, StockMove.place)
            )
        }
        assert levels == {key: sums.get(key, 0) for key in levels}
        assert levels == self.expected
        assert all(quantity >= 0 for quantity in levels.values())

    @invariant()
    def a_week_opens_with_what_was_counted_in_the_one_before(self) -> None:
        last, running = friday.last_close(self.clinic.db), friday.current(self.clinic.db)
        if last is None:
            return
        counted = {(row.gift_id, row.place): row.counted for row in self.lines(last.id)}
        for row in self.lines(last.id):
            assert row.book == (row.counted or 0) - (row.difference or 0)
        if (
            running is not None
            and running.corrects_id is None
            and self.clinic.db.row(
                CountLine.select(CountLine.gift_id).where(CountLine.reconciliation_id == running.id)
            )
        ):
            opened = {(row.gift_id, row.place): row.opening for row in self.lines(running.id)}
            assert opened == counted
        if running is None:
            week = friday.friday_of(self.clock.day)
            if week == last.week:
                week = plus_days(week, 7)
            if week < last.week:
                return
            view = friday.week_view(self.clinic.db, week, today=self.clock.day)
            assert {(r.gift_id, r.place): r.book for r in view.lines} == self.expected

    @invariant()
    def every_number_on_a_line_was_entered(self) -> None:
        found = Findings()
        check_counts(self.clinic.db, found, Watch(1))
        check_weeks(self.clinic.db, found, Watch(1))
        assert found.report(self.clinic.db).faults == ()

    def lines(self, number: int) -> list[friday.ComparedRow]:
        return stored_lines(self.clinic.db, period(self.clinic.db, number))

    def levels(self) -> dict[tuple[int, str], int]:
        columns = (StockLevel.gift_id, StockLevel.place, StockLevel.quantity)
        return {(g, p): q for g, p, q in self.clinic.db.rows(StockLevel.select(*columns))}

    def refused_when(self, wanted: bool, verb, *args, **values) -> bool:  # type: ignore[no-untyped-def]
        if wanted:
            with pytest.raises(RuleError):
                verb(*args, **values)
        else:
            verb(*args, **values)
        return wanted

    def teardown(self) -> None:
        self.clinic.close()
        shutil.rmtree(self.folder)


TestFriday = Friday.TestCase
TestFriday.settings = settings(
    max_examples=14,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
