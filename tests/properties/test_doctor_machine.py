"""Applications for another doctor in any order, over two records that may be merged (R130, E62).

The attending doctor is who was chosen first or whom the last application in force named; an
application never goes back; at most one is open; the history and the record agree.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from models.system import Doctor
from models.vault import FileVault
from services.care.doctor_change import (
    APPROVAL,
    decide,
    doctor_word,
    draft_change,
    put_in_force,
    submit_change,
    withdraw,
)
from services.care.doctor_changes import OPEN, changes_of, open_changes
from services.care.team import attending_of, set_member, team_history, team_of
from services.clinic import open_clinic
from services.clock import ManualClock, plus_days
from services.commands import Approval, head_of_chain
from services.errors import RuleError
from services.people.aliases import group_of
from services.people.merging import merge_people, unmerge_people
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import doctor
from tests.money_world import session_of
from tests.services.people.test_merging import ALL, enrolled

LEADER = Approval(5, "郑管理", "member_admin", APPROVAL)
RANK = {"draft": 0, "waiting": 1, "approved": 2, "refused": 3, "in_force": 3, "withdrawn": 3}
SIDE = st.integers(0, 1)
DOCTOR = st.integers(0, 3)
PICK = st.integers(0, 1_000_000)


class Doctors(RuleBasedStateMachine):
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
        admin = session_of(self.clinic, "member_admin")
        self.admin = admin.confirming("clock_jump", "two_doctors", *ALL)
        self.doctors = [doctor(self.front, f"{name}医生") for name in "陈林赵孙"]
        self.people = [
            enrolled(self.front, phone="13800138000"),
            enrolled(self.front, name="王方", phone="13900139000"),
        ]
        self.attends: dict[int, int | None] = dict.fromkeys(self.people)
        self.states: dict[int, str] = {}
        self.filled = False

    def teardown(self) -> None:
        if hasattr(self, "clinic"):
            self.clinic.close()
            shutil.rmtree(self.root)

    def _try(self, call: Any, session: Any = None, /, **words: Any) -> Any:
        """The desk may try anything; a refusal leaves nothing behind."""
        before = head_of_chain(self.clinic.db)
        try:
            return call(session or self.front, **words)
        except RuleError:
            assert head_of_chain(self.clinic.db) == before
            return None

    def _change(self, pick: int) -> int:
        every = sorted(self.states)
        return every[pick % len(every)] if every else 0

    @rule(side=SIDE, number=DOCTOR, part=st.sampled_from(("attending", "assistant", "consultant")))
    def choose(self, side: int, number: int, part: str) -> None:
        who, chosen = self.people[side], self.doctors[number]
        done = self._try(set_member, person_id=who, part=part, doctor_id=chosen)
        if done is not None and part == "attending":
            assert self.attends[who] is None
            self.attends[who] = chosen

    @rule(side=SIDE, number=DOCTOR)
    def draft(self, side: int, number: int) -> None:
        words = {"person_id": self.people[side], "to_doctor_id": self.doctors[number]}
        self._try(draft_change, **words, reason="离家近")

    @rule(pick=PICK)
    def submit(self, pick: int) -> None:
        self._try(submit_change, change_id=self._change(pick))

    @rule(
        pick=PICK,
        which=st.sampled_from(("from", "to")),
        word=st.sampled_from(("agrees", "objects")),
        note=st.sampled_from(("", "疗程没完")),
    )
    def hear(self, pick: int, which: str, word: str, note: str) -> None:
        self._try(doctor_word, change_id=self._change(pick), which=which, word=word, note=note)

    @rule(pick=PICK, approved=st.booleans(), note=st.sampled_from(("", "已说明")))
    def sign(self, pick: int, approved: bool, note: str) -> None:
        words = {"change_id": self._change(pick), "approved": approved, "note": note}
        self._try(decide, **words, approval=LEADER)

    @rule(pick=PICK)
    def in_force(self, pick: int) -> None:
        self._put_in_force(self._change(pick))

    def _put_in_force(self, change_id: int) -> None:
        done = self._try(put_in_force, change_id=change_id)
        if done is not None:
            row = next(r for r in changes_of(self.clinic.db, done.person_id) if r.id == change_id)
            assert self.attends[done.person_id] == row.from_doctor_id
            self.attends[done.person_id] = row.to_doctor_id

    @rule()
    def the_open_ones_go_through(self) -> None:
        for row in open_changes(self.clinic.db):
            self._try(submit_change, change_id=row.id)
            for which in ("from", "to"):
                self._try(doctor_word, change_id=row.id, which=which, word="agrees")
            self._try(decide, change_id=row.id, approved=True, approval=LEADER)
            self._put_in_force(row.id)

    @rule(pick=PICK)
    def give_up(self, pick: int) -> None:
        self._try(withdraw, change_id=self._change(pick))

    @rule(number=DOCTOR, here=st.booleans())
    def come_or_go(self, number: int, here: bool) -> None:
        self.clinic.db.write(
            Doctor.update(active=int(here)).where(Doctor.id == self.doctors[number])
        )

    @rule(days=st.sampled_from((1, 30)))
    def days_pass(self, days: int) -> None:
        self.clock.day = plus_days(self.clock.day, days)

    @rule()
    def merge(self) -> None:
        mine, theirs = self.people
        done = self._try(merge_people, self.admin, survivor_id=mine, merged_id=theirs)
        if done is not None:
            self.filled = "doctor_id" in done.filled
            if self.filled:
                self.attends[mine] = self.attends[theirs]

    @rule()
    def part(self) -> None:
        mine, theirs = self.people
        done = self._try(unmerge_people, self.admin, merged_id=theirs)
        if done is not None and self.filled and self.attends[mine] == self.attends[theirs]:
            self.attends[mine] = None

    @invariant()
    def whose_patient_it_is(self) -> None:
        if not hasattr(self, "clinic"):
            return
        for who, chosen in self.attends.items():
            own = attending_of(self.clinic.db, who)
            assert (None if own is None else own[0]) == chosen
            now = [each.part for each in team_of(self.clinic.db, who)]
            assert len(now) == len(set(now))

    @invariant()
    def an_application_never_goes_back(self) -> None:
        if not hasattr(self, "clinic"):
            return
        for who in self.people:
            rows = changes_of(self.clinic.db, who)
            assert sum(row.state in OPEN for row in rows) <= 1
            for row in rows:
                before = self.states.get(row.id, "draft")
                assert row.state == before or RANK[row.state] > RANK[before]
                self.states[row.id] = row.state
            if group_of(self.clinic.db, who) == (who,):
                open_rows = [r for r in team_history(self.clinic.db, who) if r.until_on is None]
                assert len(open_rows) == len(team_of(self.clinic.db, who))

    @invariant()
    def the_books_agree(self) -> None:
        if hasattr(self, "clinic"):
            assert verify(self.clinic).faults == ()


def test_doctors_hold_in_any_order(clinic_template: Path) -> None:
    Doctors.template = clinic_template
    run_state_machine_as_test(
        Doctors, settings=settings(max_examples=5, stateful_step_count=25, deadline=None)
    )
