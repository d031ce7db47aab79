"""An activity under any order of signing up, stepping back, ticking, taking back, changing and
merging (R012, R013, E62): nobody sits where there is no seat, points come once."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
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
from services.activities.door import attend, untick
from services.activities.invitations import invite
from services.activities.planning import change_activity, form_of, hold_activity
from services.activities.records import activity, places
from services.activities.sign_up import decline, sign_up, withdraw
from services.clinic import open_clinic
from services.clock import ManualClock
from services.errors import RuleError
from services.loyalty.points import points_ledger
from services.people.aliases import root_of
from services.people.merging import merge_people, unmerge_people
from tests.activity_world import faults, opened
from tests.conftest import TODAY
from tests.money_world import member, person, session_of

PEOPLE = 5
WHO = st.integers(0, PEOPLE - 1)
MANY = st.integers(0, 3)
ASKED = (
    "two_names", "two_sexes", "two_birthdays", "two_memberships", "two_openings", "two_gifts",
    "two_visits",
)  # fmt: skip


class Door(RuleBasedStateMachine):
    template: Path

    @initialize(capacity=st.sampled_from((None, 3, 4)))
    def start(self, capacity: int | None) -> None:
        self.root = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.root / "clinic")
        self.clinic = open_clinic(
            self.root / "clinic" / "data",
            ManualClock(TODAY),
            holder="test",
            vault=FileVault(self.root / "clinic" / "vault"),
        )
        self.admin = session_of(self.clinic, "member_admin").confirming(*ASKED)
        self.people = [member(self.admin, 2_000), member(self.admin, 2_000)]
        self.people += [person(self.admin) for _ in range(PEOPLE - 2)]
        self.id = opened(
            self.admin, day=TODAY, capacity=capacity, companions=2, points=10, gift_name="牙刷"
        )

    def teardown(self) -> None:
        if hasattr(self, "clinic"):
            self.clinic.close()
            shutil.rmtree(self.root)

    def _try(self, call, **words) -> None:
        """The desk may try anything; a refusal leaves nothing behind."""
        try:
            call(self.admin, **words)
        except RuleError:
            return

    def _for(self, call, who: int, **words) -> None:
        self._try(call, activity_id=self.id, person_id=self.people[who], **words)

    @rule(who=WHO, companions=MANY)
    def sign_up(self, who: int, companions: int) -> None:
        self._for(sign_up, who, companions=companions)

    @rule(who=WHO)
    def withdraw(self, who: int) -> None:
        self._for(withdraw, who)

    @rule(who=WHO)
    def decline(self, who: int) -> None:
        self._for(decline, who)

    @rule(who=WHO)
    def invite(self, who: int) -> None:
        self._try(invite, activity_id=self.id, people=(self.people[who],))

    @rule(who=WHO, companions=st.one_of(st.none(), MANY))
    def attend(self, who: int, companions: int | None) -> None:
        self._for(attend, who, companions=companions)

    @rule(who=WHO)
    def untick(self, who: int) -> None:
        self._for(untick, who)

    @rule(capacity=st.sampled_from((None, 3, 4, 6)))
    def change(self, capacity: int | None) -> None:
        form = replace(form_of(activity(self.clinic.db, self.id)), capacity=capacity)
        self._try(change_activity, activity_id=self.id, form=form)

    @rule(one=WHO, other=WHO)
    def merge(self, one: int, other: int) -> None:
        self._try(merge_people, survivor_id=self.people[one], merged_id=self.people[other])

    @rule(who=WHO)
    def part(self, who: int) -> None:
        self._try(unmerge_people, merged_id=self.people[who])

    @rule()
    def hold(self) -> None:
        self._try(hold_activity, activity_id=self.id)

    @invariant()
    def the_books_agree(self) -> None:
        if not hasattr(self, "clinic"):
            return
        assert faults(self.clinic) == []
        row = activity(self.clinic.db, self.id)
        listed = places(self.clinic.db, self.id)
        assert row.capacity is None or row.taken <= row.capacity
        assert len({place.person_id for place in listed}) == len(listed)
        waiting = [place.companions + 1 for place in listed if place.state == "waiting"]
        if row.state == "open" and waiting and row.free is not None:
            assert row.free < waiting[0]  # the first in the queue does not fit, or sat down
        for person_id in {root_of(self.clinic.db, each) for each in self.people}:
            got = sum(
                entry.points
                for entry in points_ledger(self.clinic.db, person_id)
                if "护牙讲座" in entry.reason
            )
            assert got in (0, 10, 20)  # 20 only of two who were merged after both came


def test_r012_r013_e62_seats_points_and_gifts_hold_in_any_order(clinic_template) -> None:
    Door.template = clinic_template
    run_state_machine_as_test(
        Door, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )
