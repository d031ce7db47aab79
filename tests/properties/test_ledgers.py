"""The properties at the end of rules.md, over any sequence of what the desk can do."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock, plus_days
from services.commands import Approval
from services.errors import RuleError
from services.grants import grants_of, use_service, uses_of, void_use
from services.membership import drop_tier, join, override_tier
from services.points import adjust_points, expire_due, people_with_expired_lots, reverse_adjustment
from services.receipts import (
    move_receipt,
    open_case,
    pay_arrears,
    post_receipt,
    refund,
    void_receipt,
)
from tests.conftest import TODAY
from tests.money_world import (
    check_books,
    dump,
    person,
    session_of,
    sign,
    stand,
    variant,
)

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
    people = Bundle("people")

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
        self.ids: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "clinic"):
            self.clinic.close()
            shutil.rmtree(self.root)

    def pick(self, data: st.DataObject, table: str, where: str) -> int:
        found = self.clinic.db.execute_sql(f"SELECT id FROM {table} WHERE {where}").fetchall()
        assume(found)
        return data.draw(st.sampled_from([row[0] for row in found]))

    # -- what the desk does --------------------------------------------------------------------

    @rule(target=people)
    @precondition(lambda self: len(self.ids) < 3)
    def comes(self) -> int:
        self.ids.append(person(self.front))
        return self.ids[-1]

    @rule(who=people, fen=AMOUNTS, owed=st.sampled_from([0, 0, 30_000]), back=st.integers(0, 12),
          earns=st.sampled_from([True, True, True, False]))  # fmt: skip
    def pays(self, who: int, fen: int, owed: int, back: int, earns: bool) -> None:
        post_receipt(
            self.front, person_id=who, amount_fen=fen, billed_fen=fen + owed, earns=earns,
            occurred_on=plus_days(self.clock.day, -back), reason="补登", approval=BACK,
        )  # fmt: skip

    @rule(who=people, parts=st.lists(AMOUNTS, min_size=1, max_size=3))
    def pays_a_case(self, who: int, parts: list[int]) -> None:
        case = open_case(self.front, person_id=who, name="种植").case_id
        for fen in parts:
            post_receipt(self.front, person_id=who, amount_fen=fen, case_id=case)

    @rule(data=st.data(), share=st.sampled_from([1, 2, 3]))
    def pays_arrears(self, data: st.DataObject, share: int) -> None:
        receipt = self.pick(data, "receipt", "void = 0 AND billed_fen > net_fen")
        try:
            pay_arrears(self.front, receipt_id=receipt, amount_fen=10_000 * share)
        except RuleError:
            assume(False)

    @rule(data=st.data(), share=st.integers(1, 4))
    def gets_back(self, data: st.DataObject, share: int) -> None:
        receipt = self.pick(data, "receipt", "void = 0 AND net_fen >= 4")
        net = self.clinic.db.execute_sql(
            "SELECT net_fen FROM receipt WHERE id = ?", (receipt,)
        ).fetchone()[0]
        refund(self.front, receipt_id=receipt, amount_fen=net * share // 4, reason="退费")

    @rule(data=st.data())
    def voids(self, data: st.DataObject) -> None:
        receipt = self.pick(data, "receipt", "void = 0")
        void_receipt(self.front, receipt_id=receipt, reason="录错", approval=LATE)

    @rule(data=st.data(), to=people)
    def moves(self, data: st.DataObject, to: int) -> None:
        receipt = self.pick(data, "receipt", f"void = 0 AND credited_id <> {to}")
        move_receipt(self.front, receipt_id=receipt, to_person_id=to, reason="录错人")

    @rule(who=people, points=st.sampled_from([500, 100, 7]))
    def is_given(self, who: int, points: int) -> None:
        adjust_points(
            self.admin, person_id=who, points=points, reason_code="goodwill", text="补偿",
        )  # fmt: skip

    @rule(who=people, share=st.sampled_from([1, 2, 3]))
    def spends(self, who: int, share: int) -> None:
        """An adjustment takes points the way a redemption will."""
        expire_due(self.front, person_id=who)
        points = stand(self.clinic, who).available * share // 3
        assume(points)
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
        reverse_adjustment(self.admin, entry_id=entry, text="冲销")

    @rule(who=people)
    def joins(self, who: int) -> None:
        try:
            join(self.front, person_id=who, benefits_explained=True)
        except RuleError:
            assume(False)

    @rule(who=people, rank=st.integers(1, 4), days=st.sampled_from([None, 0, 5, 60]))
    def is_raised(self, who: int, rank: int, days: int | None) -> None:
        until = None if days is None else plus_days(self.clock.day, days)
        override_tier(self.director, person_id=who, rank=rank, reason="批准", until=until)

    @rule(who=people)
    def is_dropped(self, who: int) -> None:
        expire_due(self.front, person_id=who)
        try:
            drop_tier(self.director, person_id=who, reason="下调")
        except RuleError:
            assume(False)

    @rule(data=st.data(), who=people)
    def uses(self, data: st.DataObject, who: int) -> None:
        expire_due(self.front, person_id=who)
        open_ones = [
            row.id
            for row in grants_of(self.clinic.db, who)
            if row.kind == "service" and row.left > 0 and row.valid_on(self.clock.day)
            and not row.grant_key.startswith("diamond.child")
        ]  # fmt: skip
        assume(open_ones)
        use_service(self.front, grant_id=data.draw(st.sampled_from(open_ones)))

    @rule(data=st.data(), who=people)
    def uses_back(self, data: st.DataObject, who: int) -> None:
        made = [row.id for row in uses_of(self.clinic.db, who) if not row.voided]
        assume(made)
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
        assert people_with_expired_lots(self.clinic.db, self.clock.day) == []
        check_books(self.clinic)

    @rule()
    def starting_up_twice_changes_nothing(self) -> None:
        before = dump(self.clinic)
        for who in self.ids:
            expire_due(self.front, person_id=who)
        assert dump(self.clinic) == before


def test_e20_e21_the_books_agree_whatever_the_desk_does(clinic_template: Path) -> None:
    machine = type("DeskHere", (Desk,), {"template": clinic_template})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
