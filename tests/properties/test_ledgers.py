"""The properties at the end of rules.md, over any sequence of what the desk can do."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
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
from services.errors import RuleError
from services.loyalty.grants import grants_of
from services.loyalty.membership import drop_tier, join, override_tier
from services.loyalty.points import (
    adjust_points,
    expire_due,
    reverse_adjustment,
)
from services.loyalty.receipts import (
    move_receipt,
    open_case,
    pay_arrears,
    post_receipt,
    refund,
    void_receipt,
)
from services.loyalty.service_use import use_service, uses_of, void_use
from services.verify import verify
from tests.conftest import TODAY
from tests.money_world import (
    check_books,
    dump,
    people_with_expired_lots,
    person,
    session_of,
    sign,
    stand,
    variant,
)

WHO = st.integers(0, 2)
AMOUNTS = st.one_of(
    st.sampled_from([99, 100, 99_999, 100_000, 199_950, 500_000, 800_000, 1_000_000, 2_000_000]),
    st.integers(1, 3_000_000),
)
LATE = Approval(5, "郑管理", "member_admin", "approve.late_void")
BACK = Approval(5, "郑管理", "member_admin", "approve.backdated")
BIG = Approval(1, "孙院长", "director", "approve.adjustment")


class Desk(RuleBasedStateMachine):
    """Two years of everything at one desk; a lot lives for two months."""

    template: Path

    @initialize()
    def open(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.root / "c")
        self.clock = ManualClock(TODAY)
        self.clinic = open_clinic(
            self.root / "c" / "data", self.clock, holder="t", vault=FileVault(self.root / "c/vault")
        )
        self.clinic.db.execute_sql("PRAGMA synchronous=OFF")
        self.front = session_of(self.clinic, "frontdesk").confirming("clock_jump")
        self.admin = session_of(self.clinic, "member_admin").confirming("clock_jump")
        self.director = session_of(self.clinic, "director").confirming("clock_jump")
        sign(self.director, variant(expiry_months=2, mode="spend"))
        self.ids = [person(self.front) for _ in range(3)]
        for who, fen in zip(self.ids, (1_000_000, 300_000), strict=False):
            post_receipt(self.front, person_id=who, amount_fen=fen)
        join(self.front, person_id=self.ids[0], benefits_explained=True)

    def teardown(self) -> None:
        if hasattr(self, "clinic"):
            self.clinic.close()
            shutil.rmtree(self.root)

    def pick(self, data: st.DataObject, table: str, where: str) -> int | None:
        found = self.clinic.db.execute_sql(f"SELECT id FROM {table} WHERE {where}").fetchall()
        return data.draw(st.sampled_from([row[0] for row in found])) if found else None

    # -- what the desk does --------------------------------------------------------------------

    @rule(who=WHO, fen=AMOUNTS, owed=st.sampled_from([0, 0, 30_000]), back=st.integers(0, 12),
          earns=st.sampled_from([True, True, True, False]))  # fmt: skip
    def pays(self, who: int, fen: int, owed: int, back: int, earns: bool) -> None:
        who = self.ids[who]
        post_receipt(
            self.front, person_id=who, amount_fen=fen, billed_fen=fen + owed, earns=earns,
            occurred_on=plus_days(self.clock.day, -back), reason="补登", approval=BACK,
        )  # fmt: skip

    @rule(who=WHO, parts=st.lists(AMOUNTS, min_size=1, max_size=3))
    def pays_a_case(self, who: int, parts: list[int]) -> None:
        who = self.ids[who]
        case = open_case(self.front, person_id=who, name="种植").case_id
        for fen in parts:
            post_receipt(self.front, person_id=who, amount_fen=fen, case_id=case)

    @rule(data=st.data(), share=st.sampled_from([1, 2, 3]))
    def pays_arrears(self, data: st.DataObject, share: int) -> None:
        receipt = self.pick(data, "receipt", "void = 0 AND billed_fen > net_fen")
        if receipt is None:
            return
        with suppress(RuleError):
            pay_arrears(self.front, receipt_id=receipt, amount_fen=10_000 * share)

    @rule(data=st.data(), share=st.integers(1, 4))
    def gets_back(self, data: st.DataObject, share: int) -> None:
        receipt = self.pick(data, "receipt", "void = 0 AND net_fen >= 4")
        if receipt is None:
            return
        net = self.clinic.db.execute_sql(
            "SELECT net_fen FROM receipt WHERE id = ?", (receipt,)
        ).fetchone()[0]
        refund(self.front, receipt_id=receipt, amount_fen=net * share // 4, reason="退费")

    @rule(data=st.data())
    def voids(self, data: st.DataObject) -> None:
        receipt = self.pick(data, "receipt", "void = 0")
        if receipt is None:
            return
        void_receipt(self.front, receipt_id=receipt, reason="录错", approval=LATE)

    @rule(data=st.data(), to=WHO)
    def moves(self, data: st.DataObject, to: int) -> None:
        to = self.ids[to]
        receipt = self.pick(data, "receipt", f"void = 0 AND credited_id <> {to}")
        if receipt is None:
            return
        move_receipt(self.front, receipt_id=receipt, to_person_id=to, reason="录错人")

    @rule(who=WHO, points=st.sampled_from([500, 100, 7]))
    def is_given(self, who: int, points: int) -> None:
        who = self.ids[who]
        adjust_points(
            self.admin, person_id=who, points=points, reason_code="other", text="补偿",
        )  # fmt: skip

    @rule(who=WHO, share=st.sampled_from([1, 2, 3]))
    def spends(self, who: int, share: int) -> None:
        """An adjustment takes points the way a redemption will."""
        who = self.ids[who]
        expire_due(self.front, person_id=who)
        points = stand(self.clinic, who).available * share // 3
        if not points:
            return
        adjust_points(
            self.admin, person_id=who, points=-points, reason_code="other", text="x", approval=BIG
        )

    @rule(data=st.data())
    def is_reversed(self, data: st.DataObject) -> None:
        entry = self.pick(
            data, "points_entry",
            "kind = 'adjust' AND id NOT IN"
            " (SELECT reverses_id FROM points_entry WHERE reverses_id IS NOT NULL)",
        )  # fmt: skip
        if entry is None:
            return
        reverse_adjustment(self.admin, entry_id=entry, text="冲销")

    @rule(who=WHO)
    def joins(self, who: int) -> None:
        who = self.ids[who]
        with suppress(RuleError):
            join(self.front, person_id=who, benefits_explained=True)

    @rule(who=WHO, rank=st.integers(1, 4), days=st.sampled_from([None, 0, 5, 60]))
    def is_raised(self, who: int, rank: int, days: int | None) -> None:
        who = self.ids[who]
        until = None if days is None else plus_days(self.clock.day, days)
        override_tier(self.director, person_id=who, rank=rank, reason="批准", until=until)

    @rule(who=WHO)
    def is_dropped(self, who: int) -> None:
        who = self.ids[who]
        expire_due(self.front, person_id=who)
        with suppress(RuleError):
            drop_tier(self.director, person_id=who, reason="下调")

    @rule(data=st.data(), who=WHO)
    def uses(self, data: st.DataObject, who: int) -> None:
        who = self.ids[who]
        expire_due(self.front, person_id=who)
        open_ones = [
            row.id
            for row in grants_of(self.clinic.db, who)
            if row.kind == "service" and row.left > 0 and row.valid_on(self.clock.day)
            and not row.grant_key.startswith("diamond.child")
        ]  # fmt: skip
        if not open_ones:
            return
        use_service(self.front, grant_id=data.draw(st.sampled_from(open_ones)))

    @rule(data=st.data(), who=WHO)
    def uses_back(self, data: st.DataObject, who: int) -> None:
        who = self.ids[who]
        made = [row.id for row in uses_of(self.clinic.db, who) if not row.voided]
        if not made:
            return
        used = data.draw(st.sampled_from(made))
        void_use(self.front, use_id=used, reason="点错", approval=LATE)

    @rule(days=st.sampled_from([1, 3, 9, 45, 70, 200]))
    def days_pass(self, days: int) -> None:
        self.clock.day = plus_days(self.clock.day, days)

    # -- what must hold ------------------------------------------------------------------------

    @invariant()
    def the_books_agree(self) -> None:
        if not hasattr(self, "ids"):
            return
        for who in self.ids:
            expire_due(self.front, person_id=who)
        assert people_with_expired_lots(self.clinic, self.clock.day) == []
        check_books(self.clinic)

    @rule()
    def verify_finds_nothing(self) -> None:
        faults = [f.code for f in verify(self.clinic).faults if not f.code.startswith("search")]
        assert faults == []

    @rule()
    def starting_up_twice_changes_nothing(self) -> None:
        before = dump(self.clinic)
        for who in self.ids:
            expire_due(self.front, person_id=who)
        assert dump(self.clinic) == before


def test_e20_e21_the_books_agree_whatever_the_desk_does(clinic_template: Path) -> None:
    machine = type("DeskHere", (Desk,), {"template": clinic_template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
