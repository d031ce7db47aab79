"""Vouchers under any order of claiming, passing on, using, taking back, rising, falling, days and
leaving (E37, E44, E45).

What was used and what is on a card never exceed what was promised; a card is used once; nothing
comes back to life.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock, plus_days
from services.commands import Approval
from services.desk.daily import catch_up, needed
from services.errors import RuleError
from services.loyalty.grants import grants_of
from services.loyalty.membership import drop_tier, join
from services.loyalty.receipts import void_receipt
from services.loyalty.service_use import use_service, uses_of, void_use
from services.memberships.ending import leave_membership
from services.verify import verify
from services.vouchers.billing import bill_use, take_back_bill
from services.vouchers.bills import bill_of
from services.vouchers.claim import claim_voucher, return_voucher
from services.vouchers.pledge import pledge_voucher, recall_voucher
from services.vouchers.records import OPEN, by_number, held, status, voucher, vouchers_of
from tests.conftest import TODAY
from tests.money_world import member, pay, person, session_of

LATE = Approval(5, "郑管理", "member_admin", "approve.late_void")
ENDED = ("used", "returned", "expired")
PICK = st.integers(0, 1_000_000)


class Vouchers(RuleBasedStateMachine):
    template: Path

    @initialize()
    def start(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.root / "clinic")
        self.clock = ManualClock(TODAY)
        self.clinic = open_clinic(
            self.root / "clinic" / "data",
            self.clock,
            holder="test",
            vault=FileVault(self.root / "clinic" / "vault"),
        )
        self.front = session_of(self.clinic, "frontdesk").confirming("clock_jump")
        self.boss = session_of(self.clinic, "director").confirming("clock_jump")
        self.owner = member(self.front, 5_000)
        self.paid: list[int] = []
        self.friends = [person(self.front) for _ in range(2)]
        self.gone: set[int] = set()

    def teardown(self) -> None:
        if hasattr(self, "clinic"):
            self.clinic.close()
            shutil.rmtree(self.root)

    def _cards(self):
        return vouchers_of(self.clinic.db, self.owner)

    def _card(self, pick: int) -> int:
        cards = self._cards()
        return cards[pick % len(cards)].id if cards else 0

    def _grants(self):
        return [row for row in grants_of(self.clinic.db, self.owner) if row.kind == "service"]

    def _try(self, call, /, *, session=None, **words) -> None:
        """The desk may try anything; a refusal leaves nothing behind."""
        seq = self.clinic.db.execute_sql("SELECT MAX(seq) FROM audit").fetchone()
        try:
            call(session or self.front, **words)
        except RuleError:
            assert seq == self.clinic.db.execute_sql("SELECT MAX(seq) FROM audit").fetchone()

    @rule(pick=PICK, mode=st.sampled_from(("card", "electronic")))
    def claim(self, pick: int, mode: str) -> None:
        rows = self._grants()
        self._try(claim_voucher, grant_id=rows[pick % len(rows)].id, mode=mode)

    @rule(pick=PICK, friend=st.integers(0, 1))
    def pledge(self, pick: int, friend: int) -> None:
        self._try(pledge_voucher, voucher_id=self._card(pick), friend_id=self.friends[friend])

    @rule(pick=PICK)
    def recall(self, pick: int) -> None:
        self._try(recall_voucher, voucher_id=self._card(pick))

    @rule(pick=PICK)
    def give_back(self, pick: int) -> None:
        self._try(return_voucher, voucher_id=self._card(pick))

    @rule(pick=PICK, bill=st.sampled_from(("", "HJ-1")))
    def use_card(self, pick: int, bill: str) -> None:
        self._try(use_service, voucher_id=self._card(pick), bill_number=bill)

    @rule(pick=PICK, times=st.integers(1, 2), friend=st.booleans())
    def use(self, pick: int, times: int, friend: bool) -> None:
        rows = self._grants()
        chosen = rows[pick % len(rows)].id
        whom = self.friends[0] if friend else None
        self._try(use_service, grant_id=chosen, quantity=times, beneficiary_id=whom)

    @rule(pick=PICK)
    def void(self, pick: int) -> None:
        made = [row.id for row in uses_of(self.clinic.db, self.owner)]
        if made:
            use = made[pick % len(made)]
            self._try(void_use, use_id=use, reason="点错", approval=LATE)

    @rule(pick=PICK)
    def bill_or_not(self, pick: int) -> None:
        made = [row.id for row in uses_of(self.clinic.db, self.owner)]
        if made:
            use = made[pick % len(made)]
            if bill_of(self.clinic.db, use) is None:
                self._try(bill_use, use_id=use, bill_number="HJ-2", amount_fen=100)
            else:
                self._try(take_back_bill, use_id=use, note="划错")

    @rule(days=st.sampled_from((1, 30)))
    def days_pass(self, days: int) -> None:
        self.clock.day = plus_days(self.clock.day, days)

    @rule()
    def the_day_begins(self) -> None:
        runs = needed(self.clinic.db, self.clock.day)
        catch_up(self.front)
        for row in self._cards() if runs else ():  # what cannot be used any more is written off
            if row.open:
                assert status(self.clinic.db, row, self.clock.day) in ("owned", "pledged")

    @rule()
    def leave(self) -> None:
        self._try(leave_membership, person_id=self.owner, reason="搬家")

    @rule()
    def come_back(self) -> None:
        self._try(join, person_id=self.owner, benefits_explained=True)

    @rule(yuan=st.sampled_from((100, 5_000, 20_000)))
    def spend(self, yuan: int) -> None:
        self.paid.append(pay(self.front, self.owner, yuan).receipt_id)

    @rule()
    def fall(self) -> None:
        if self.paid:
            self._try(void_receipt, receipt_id=self.paid.pop(), reason="重复", approval=LATE)
        self._try(drop_tier, session=self.boss, person_id=self.owner, reason="金额有误")

    @invariant()
    def no_piece_is_promised_twice(self) -> None:
        if not hasattr(self, "clinic"):
            return
        db, today = self.clinic.db, self.clock.day
        for row in self._grants():
            usable = [
                each
                for each in held(db, row, today)
                if status(db, voucher(db, each.voucher_id), today) in OPEN
            ]
            if row.state != "closed":
                assert row.used + len(usable) <= row.quantity
        used = [row.use_id for row in self._cards() if row.use_id is not None]
        assert len(used) == len(set(used))

    @invariant()
    def a_card_is_seen_by_both(self) -> None:
        if not hasattr(self, "clinic"):
            return
        for row in self._cards():
            assert by_number(self.clinic.db, row.number) == row
            if row.friend_id is not None:
                assert row in vouchers_of(self.clinic.db, row.friend_id)
            if row.state in ("returned", "expired"):
                self.gone.add(row.id)
            assert row.id not in self.gone or row.state in ENDED

    @invariant()
    def the_books_agree(self) -> None:
        if hasattr(self, "clinic"):
            faults = [f.code for f in verify(self.clinic).faults if f.code != "search.missing"]
            assert faults == []


def test_vouchers_hold_in_any_order(clinic_template: Path) -> None:
    Vouchers.template = clinic_template
    run_state_machine_as_test(
        Vouchers, settings=settings(max_examples=5, stateful_step_count=25, deadline=None)
    )
