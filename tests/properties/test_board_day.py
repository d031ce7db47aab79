"""Days at the desk at random: two people at the keyboard in turn, appointments and walk-ins, steps
forward and back.

After every key the board stands in the promised order, every visit is where its standing steps
say, and what was taken back is as before (R008, R015, R087, R096). One day of 300 visits is gone
through as a whole.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models.desk import Visit
from models.reception import Appointment, VisitStep
from models.system import Staff
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock
from services.commands import Actor, Session
from services.desk.appointments import arrive, book, no_show, reopen
from services.desk.visit_board import VisitRow, day_board, today_board
from services.desk.visit_steps import OVER, QUEUE, STATES, TRANSITIONS, steps_of
from services.desk.visits import change_visit, check_in, undo_step
from services.errors import RuleError
from services.setup import change_settings
from services.verify.report import Findings
from services.verify.visits import check_appointments, check_visits
from tests.conftest import TODAY
from tests.desk_world import member, person

TEMPLATE: list[Path] = []
SEED = 20261120


@pytest.fixture(scope="module", autouse=True)
def _template(clinic_template: Path) -> None:
    TEMPLATE[:] = [clinic_template]


class Board(RuleBasedStateMachine):
    """A morning; `turn` is whose hand is on the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="haochi-"))
        shutil.copytree(TEMPLATE[0], self.folder / "clinic")
        self.clock = ManualClock(TODAY, "00:00:00")
        vault = FileVault(self.folder / "clinic" / "vault")
        self.clinic = open_clinic(self.folder / "clinic" / "data", self.clock, holder="test",
                                  vault=vault)  # fmt: skip
        query = Staff.select(Staff.id, Staff.name, Staff.role)
        hands = [Actor(*row) for row in self.clinic.db.rows(query)]
        self.crew = {actor.role: Session(self.clinic, actor) for actor in hands}
        self.turn, self.minute, self.people = 0, 0, 0

    def hand(self) -> Session:
        """The next one at the keyboard, a minute later."""
        self.turn += 1
        self.minute += 1
        self.clock.time = f"{self.minute // 60 % 24:02d}:{self.minute % 60:02d}:00"
        return self.crew[("frontdesk", "billing")[self.turn % 2]]

    def somebody(self, rank: int) -> int:
        self.people += 1
        made = member if rank else person
        desk = self.crew["frontdesk"]
        return made(desk, f"M{self.people}", f"客{self.people}", **({"rank": rank} if rank else {}))

    def visits(self) -> list[VisitRow]:
        return today_board(self.clinic.db, TODAY, self.clock.now_utc())

    def appointments(self, *states: str) -> list[int]:
        query = Appointment.select(Appointment.id).where(Appointment.state.in_(states))
        return [row[0] for row in self.clinic.db.rows(query)]

    # -- what may happen -----------------------------------------------------------------------

    @initialize(first_come=st.booleans())
    def open(self, first_come: bool) -> None:
        self.first_come = first_come
        change_settings(self.crew["director"], first_come=first_come)

    @rule(rank=st.sampled_from((0, 0, 1, 3, 4)), emergency=st.booleans())
    def walks_in(self, rank: int, emergency: bool) -> None:
        who = self.somebody(rank)
        check_in(self.hand(), person_id=who, room="VIP诊室", emergency=emergency)

    @rule(rank=st.sampled_from((0, 3)), hour=st.integers(8, 18))
    def is_booked(self, rank: int, hour: int) -> None:
        book(self.hand(), day=TODAY, at=f"{hour}:00", person_id=self.somebody(rank))

    @precondition(lambda self: self.appointments("booked", "no_show"))
    @rule(data=st.data())
    def comes(self, data: st.DataObject) -> None:
        wanted = data.draw(st.sampled_from(self.appointments("booked", "no_show")))
        arrive(self.hand(), appointment_id=wanted, room="VIP诊室")

    @precondition(lambda self: self.appointments("booked"))
    @rule(data=st.data())
    def does_not_come(self, data: st.DataObject) -> None:
        wanted = data.draw(st.sampled_from(self.appointments("booked")))
        no_show(self.hand(), appointment_id=wanted)
        if data.draw(st.booleans()):
            reopen(self.hand(), appointment_id=wanted)

    @precondition(lambda self: self.visits())
    @rule(data=st.data(), to_state=st.sampled_from(STATES))
    def moves(self, data: st.DataObject, to_state: str) -> None:
        row = data.draw(st.sampled_from(self.visits()))
        if (row.state, to_state) in TRANSITIONS:
            change_visit(self.hand(), visit_id=row.visit_id, to_state=to_state)
        else:
            with pytest.raises(RuleError):
                change_visit(self.hand(), visit_id=row.visit_id, to_state=to_state)

    @precondition(lambda self: self.visits())
    @rule(data=st.data())
    def is_taken_back(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.visits()))
        assert row.last_step is not None
        undo_step(self.hand(), visit_id=row.visit_id, seen=row.last_step.id)
        after = {each.visit_id: each for each in self.visits()}
        if row.last_step.was:
            assert after[row.visit_id].state == row.last_step.was
        else:
            assert row.visit_id not in after

    @precondition(lambda self: self.visits())
    @rule(data=st.data())
    def goes_on_and_back(self, data: st.DataObject) -> None:
        """A key and Backspace: everything is as before but for the time."""
        row = data.draw(st.sampled_from(self.visits()))
        ways = sorted(now for was, now in TRANSITIONS if was == row.state)
        hand = self.hand()
        before = self.visits()
        change_visit(hand, visit_id=row.visit_id, to_state=data.draw(st.sampled_from(ways)))
        undo_step(hand, visit_id=row.visit_id)
        assert self.visits() == before

    # -- what always holds ---------------------------------------------------------------------

    @invariant()
    def the_order_is_the_promised_one(self) -> None:
        if hasattr(self, "first_come"):
            in_order(self.visits(), self.first_come)

    @invariant()
    def no_step_is_lost(self) -> None:
        every_step_stands(self.clinic)

    @invariant()
    def everybody_of_today_is_on_the_list_once(self) -> None:
        rows = day_board(self.clinic.db, TODAY, self.clock.now_utc())
        keys = [
            ("visit", row.visit_id) if isinstance(row, VisitRow) else ("booked", row.appointment_id)
            for row in rows
        ]
        assert len(keys) == len(set(keys))
        assert len([key for key in keys if key[0] == "booked"]) == len(
            self.appointments("booked", "no_show")
        )

    def teardown(self) -> None:
        self.clinic.close()
        shutil.rmtree(self.folder)


def in_order(rows: list[VisitRow], first_come: bool) -> None:
    """Those here before those done; the emergency, the tier unless arrival counts, arrival."""
    keys = [
        (
            row.state in OVER,
            not row.emergency,
            0 if first_come else -row.queue,
            row.visit_id,
        )
        for row in rows
    ]
    assert keys == sorted(keys)


def every_step_stands(clinic) -> None:
    """Each visit is where its standing steps led, and the books of steps agree."""
    for visit_id, state in clinic.db.rows(Visit.select(Visit.id, Visit.state)):
        steps = steps_of(clinic.db, visit_id)
        assert state == (steps[-1].now if steps else "no_show")
    found = Findings()
    check_visits(clinic.db, found)
    check_appointments(clinic.db, found)
    assert found.report(clinic.db).faults == ()


TestBoard = Board.TestCase
TestBoard.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_a_day_of_300_visits_with_two_at_the_keyboard() -> None:
    """300 people come, each in turn with one of the two; one step in six is a slip, taken back."""
    chance = random.Random(SEED)
    day = Board()
    day.open(first_come=False)
    crowd = [day.somebody(chance.choice((0, 0, 0, 1, 3, 4))) for _ in range(300)]
    pressed = 0
    try:
        while True:
            rows = day.visits()
            in_order(rows, first_come=False)
            here = [row for row in rows if row.state not in OVER]
            if crowd and (len(here) < 12 or chance.random() < 0.2):
                urgent = chance.random() < 0.05
                check_in(day.hand(), person_id=crowd.pop(), room="VIP诊室", emergency=urgent)
                pressed += 1
                continue
            if not here:
                break
            row = here[0]
            following = "in_treatment" if row.state in QUEUE else "done"
            change_visit(day.hand(), visit_id=row.visit_id, to_state=following)
            pressed += 1
            if chance.random() < 1 / 6:
                undo_step(day.hand(), visit_id=row.visit_id)
                change_visit(day.hand(), visit_id=row.visit_id, to_state=following)
                pressed += 2
        assert [row.state for row in rows] == ["done"] * 300
        assert all(row.waiting_minutes is not None for row in rows)
        kept = day.clinic.db.rows(VisitStep.select(VisitStep.staff_id))
        assert len(kept) == pressed
        assert len(set(kept)) == 2  # both were at the keyboard
        every_step_stands(day.clinic)
    finally:
        day.teardown()
