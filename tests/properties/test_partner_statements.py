"""Whatever is received, given back, ended, drawn, voided and settled in any order: what settled
statements and the next one bear is what all introductions come to, each of them once (R181)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.vault import FileVault
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock, plus_days
from services.errors import RuleError
from services.loyalty.receipts import refund
from services.partners.drafts import draft
from services.partners.introductions import arrive, end_introduction, introduce
from services.partners.statements import draw, void_statement
from services.partners.terms import Step, Terms
from services.verify import verify
from tests.conftest import TODAY
from tests.gift_world import add_person
from tests.money_world import pay, session_of
from tests.services.partners.partner_world import agreed, form, partner, settled, switched_on

STEPS = (Step(0, 50), Step(500_00, 111))
TERMS = {
    "fixed": Terms(per_mille=77),
    "stepped": Terms(steps=STEPS),
    "once": Terms(sum_fen=33_33),
    "mixed": Terms(per_mille=55, sum_fen=10_01),
}
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["pay", "pay", "refund", "arrive", "end", "again", "mistake", "draw", "draw", "void",
             "settle", "settle", "days"]
        ),
        st.integers(0, 2),
        st.integers(1, 90_000),
    ),
    min_size=5, max_size=30,
)  # fmt: skip


def expected(model: str, fen: int) -> int:
    """The fee by hand."""
    if model == "once":
        return 33_33
    if model == "mixed":
        return 10_01 + (fen * 55 + 500) // 1000
    if model == "fixed":
        return (fen * 77 + 500) // 1000
    return (min(fen, 500_00) * 50 + max(fen - 500_00, 0) * 111 + 500) // 1000


class World:
    """Three people of one institution, and by hand what each of their introductions came to."""

    def __init__(self, clinic: Clinic, clock: ManualClock, model: str, rhythm: str) -> None:
        self.clinic, self.clock, self.model = clinic, clock, model
        switched_on(session_of(clinic, "director"))
        self.admin = session_of(clinic, "member_admin").confirming("clock_jump")
        self.where = partner(self.admin)
        self.made = agreed(self.admin, self.where, model=model, terms=TERMS[model], rhythm=rhythm)
        self.people = [add_person(self.admin, f"N{n}") for n in range(3)]
        self.rows: list[list[int]] = [[self._introduce(each)] for each in self.people]
        self.came: set[int] = set()
        self.ended: set[int] = set()
        self.value: dict[int, int] = {}
        self.receipts: list[tuple[int, int, int]] = []  # receipt, its introduction, what is left
        self.open = 0
        self.settled_fen = 0

    def _introduce(self, person_id: int) -> int:
        values = form(self.where, person_id, consent_on=TODAY)
        return introduce(self.admin, form=values).introduction_id

    def do(self, action: str, which: int, fen: int) -> None:
        """One step; what the rules refuse changes nothing."""
        person_id, row = self.people[which], self.rows[which][-1]
        if action == "pay":
            made = pay(self.admin, person_id, fen / 100).receipt_id
            owner = row if row in self.came and row not in self.ended else 0
            self.receipts.append((made, owner, fen))
            self.value[owner] = self.value.get(owner, 0) + fen
        elif action == "refund" and self.receipts:
            at = fen % len(self.receipts)
            made, owner, left = self.receipts[at]
            back = min(fen, left)
            if back:
                refund(self.admin, receipt_id=made, amount_fen=back, reason="x")
                self.receipts[at] = (made, owner, left - back)
                self.value[owner] -= back
        elif action == "arrive":
            self._next_day()
            arrive(self.admin, introduction_id=row)
            self.came.add(row)
            self._next_day()
        elif action in ("end", "mistake"):
            how = "done" if action == "end" else "mistake"
            end_introduction(self.admin, introduction_id=row, how=how, reason="x")
            self.ended.add(row)
            if action == "mistake":
                self.came.discard(row)
            self._next_day()
        elif action == "again":
            self.rows[which].append(self._introduce(person_id))
        elif action == "draw":
            self.open = draw(self.admin, agreement_id=self.made, direction="in").statement_id
        elif action == "void":
            void_statement(self.admin, statement_id=self.open, reason="x")
            self.open = 0
        elif action == "settle":
            self.settled_fen += settled(self.admin, self.open, f"记-{self.open}")
            self.open = 0
        elif action == "days":
            self.clock.day = plus_days(self.clock.day, 1 + fen % 40)

    def _next_day(self) -> None:
        """Days of an introduction are whole ones: money of its first and last day belongs to it,
        so that by hand only later days are told apart."""
        self.clock.day = plus_days(self.clock.day, 1)

    def fees(self) -> int:
        """What all introductions come to now, by hand."""
        return sum(expected(self.model, self.value.get(row, 0)) for row in self.came)


@pytest.fixture(scope="module")
def template(clinic_template: Path) -> Path:
    return clinic_template


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(TERMS)), st.sampled_from(["month", "each"]), ACTIONS)
def test_r181_settled_and_due_are_all_fees_once(
    template: Path, model: str, rhythm: str, actions: list[tuple[str, int, int]]
) -> None:
    root = Path(tempfile.mkdtemp())
    shutil.copytree(template, root / "clinic")
    clock = ManualClock(TODAY)
    vault = FileVault(root / "clinic" / "vault")
    clinic = open_clinic(root / "clinic" / "data", clock, holder="test", vault=vault)
    try:
        world = World(clinic, clock, model, rhythm)
        for action in actions:
            try:
                world.do(*action)
            except RuleError:
                continue
        clock.day = plus_days(clock.day, 62)  # every period of today is over
        if world.open:
            world.do("void", 0, 1)
        assert world.settled_fen + draft(clinic.db, clock.day, world.made, "in").amount_fen == (
            world.fees()
        )
        codes = [fault.code for fault in verify(clinic).faults]
        assert [code for code in codes if code != "search.missing"] == []
    finally:
        clinic.close()
        shutil.rmtree(root)
