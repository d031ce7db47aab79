"""merge∘unmerge = identity, over any two pasts; the books agree meanwhile (E62)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.vault import FileVault
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock, plus_days
from services.commands import Approval
from services.desk.daily import catch_up
from services.desk.reception import reception_card
from services.desk.strip import member_strip
from services.errors import RuleError
from services.followups.attempts import attempts_of
from services.followups.call_list import calls_today
from services.followups.open_tasks import open_tasks_of
from services.gifts.handout import issue_gift, issues_of, return_gift
from services.gifts.lists import due_gifts, suitable_gifts
from services.loyalty.grants import grant, grants_of
from services.loyalty.membership import drop_tier, join, override_tier
from services.loyalty.points import adjust_points, points_ledger
from services.loyalty.receipt_list import list_cases, list_receipts
from services.loyalty.receipts import move_receipt, open_case, post_receipt, refund, void_receipt
from services.loyalty.redemption_list import spendable
from services.loyalty.service_use import use_service, uses_of, void_use
from services.loyalty.standing import standing_of
from services.loyalty.tier_notices import open_notices
from services.people.aliases import group_of
from services.people.merge_preview import merge_preview
from services.people.merging import merge_people, unmerge_people
from services.people.records import alerts_of, consents_of
from services.people.records import person as record
from services.people.search import find
from services.programmes.definition import Benefit, Programme
from services.programmes.registry import timelines
from services.verify import verify
from tests.conftest import TODAY
from tests.gift_world import add_gift, stocked
from tests.money_world import session_of, sign, variant
from tests.services.people.test_merging import ALL, enrolled

LATE = Approval(5, "郑管理", "member_admin", "approve.late_void")
BACK = Approval(5, "郑管理", "member_admin", "approve.backdated")
RETURN = Approval(5, "郑管理", "member_admin", "approve.return")
BIG = Approval(1, "孙院长", "director", "approve.adjustment")

AMOUNTS = st.sampled_from([99_00, 1000_00, 1999_00, 5000_00, 8000_00, 15_000_00, 20_000_00])
STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 1), AMOUNTS, st.integers(0, 40)), max_size=12
)


def _rated(programme: Programme) -> Programme:
    """Points by tier, so that the tier held before a bill matters; quotas by anniversary; a gift
    in the month of the birthday."""
    gift = Benefit(
        key="cake", kind="gift", name="生日礼", per="birthday", value_yuan=10, reason="birthday"
    )
    tiers = tuple(
        msgspec.structs.replace(
            tier,
            points_percent=100 * tier.rank,
            benefits=(*tier.benefits, msgspec.structs.replace(gift, key=f"cake{tier.rank}")),
        )
        for tier in programme.tiers
    )
    return msgspec.structs.replace(programme, tiers=tiers, year_basis="anniversary")


PROGRAMMES: dict[str, Callable[[], Programme]] = {
    "lifetime": variant,
    "spent and expiring": lambda: variant(mode="spend", expiry_months=1),
    "rated by tier": lambda: _rated(variant()),
}


class World:
    """A clinic with two people and everything that may happen to them."""

    def __init__(self, template: Path, programme: Programme) -> None:
        self.root = Path(tempfile.mkdtemp())
        shutil.copytree(template, self.root / "c")
        self.clock = ManualClock(TODAY)
        self.clinic: Clinic = open_clinic(
            self.root / "c" / "data", self.clock, holder="t", vault=FileVault(self.root / "c/vault")
        )
        self.clinic.db.execute_sql("PRAGMA synchronous=OFF")
        front, admin, director, market = (
            session_of(self.clinic, role)
            for role in ("frontdesk", "member_admin", "director", "marketing")
        )
        self.front, self.admin = (
            front.confirming("clock_jump"),
            admin.confirming("clock_jump", *ALL),
        )
        self.director = director.confirming("clock_jump")
        sign(director, programme)
        for band in (10, 50, 100, 200):
            gift = add_gift(market, code=f"G{band}", name=f"礼品{band}", band_yuan=band)
            stocked(market, gift, 0, 20)
        self.people = [
            enrolled(front, phone="13800138000", birthday="1990-11-25"),
            enrolled(front, name="王方", phone="13900139000", birthday="1990-12-05"),
        ]
        self.stranger = enrolled(front, name="钱明", phone="13700137000")

    def close(self) -> None:
        self.clinic.close()
        shutil.rmtree(self.root)

    def do(self, step: tuple[int, int, int, int]) -> None:
        """One thing the desk does; what the rules refuse does not happen."""
        what, index, fen, days = step
        who = self.people[index]
        deeds = (
            self._pays, self._pays, self._joins, self._uses, self._gets_a_gift, self._is_raised,
            self._gets_back, self._spends, self._moves, self._waits,
        )  # fmt: skip
        with suppress(RuleError):
            deeds[what](who, fen, days)

    def _pays(self, who: int, fen: int, days: int) -> None:
        case = None
        if days % 5 == 0:
            cases = list_cases(self.clinic.db, who)
            case = (
                cases[0].id if cases else open_case(self.front, person_id=who, name="种植").case_id
            )
        post_receipt(
            self.front, person_id=who, amount_fen=fen, case_id=case, reason="补登", approval=BACK,
            occurred_on=plus_days(self.clock.day, -(days % 8)),
        )  # fmt: skip

    def _joins(self, who: int, fen: int, days: int) -> None:
        join(self.front, person_id=who, benefits_explained=True)

    def _uses(self, who: int, fen: int, days: int) -> None:
        used = [row for row in uses_of(self.clinic.db, who) if not row.voided]
        if used and days % 3 == 0:
            void_use(self.front, use_id=used[0].id, reason="点错", approval=LATE)
            return
        for row in grants_of(self.clinic.db, who):
            if row.kind == "service" and row.left and row.valid_on(self.clock.day):
                with suppress(RuleError):  # the one for children
                    use_service(self.front, grant_id=row.id)
                    return

    def _gets_a_gift(self, who: int, fen: int, days: int) -> None:
        given = [row for row in issues_of(self.clinic.db, who) if row.returned_on is None]
        if given and days % 3 == 0:
            return_gift(
                self.front, issue_id=given[0].id, sellable=True, reason="退", approval=RETURN
            )
            return
        for due in due_gifts(self.clinic.db, self.clock.day):
            if due.person_id == who:
                gift = suitable_gifts(
                    self.clinic.db, grant(self.clinic.db, due.grant_id), self.clock.day
                )[0]
                issue_gift(self.front, grant_id=due.grant_id, gift_id=gift.gift_id)
                return

    def _is_raised(self, who: int, fen: int, days: int) -> None:
        if days % 4 == 0:
            drop_tier(self.director, person_id=who, reason="下调")
            return
        until = plus_days(self.clock.day, days) if days % 2 else None
        override_tier(self.director, person_id=who, rank=1 + days % 4, reason="批准", until=until)

    def _gets_back(self, who: int, fen: int, days: int) -> None:
        rows = [row for row in list_receipts(self.clinic.db, who) if row.net_fen]
        if rows and days % 3 == 0:
            void_receipt(self.front, receipt_id=rows[-1].id, reason="录错", approval=LATE)
        elif rows:
            part = rows[0].net_fen // (1 + days % 3) or 1
            refund(self.front, receipt_id=rows[0].id, amount_fen=part, reason="退")

    def _spends(self, who: int, fen: int, days: int) -> None:
        programme_id = timelines(self.clinic.db)[0].programme_id
        left = standing_of(self.clinic.db, who, programme_id).available
        adjust_points(
            self.admin, person_id=who, points=-(left // (1 + days % 2)), reason_code="other",
            text="兑换", approval=BIG,
        )  # fmt: skip

    def _moves(self, who: int, fen: int, days: int) -> None:
        other = next((each for each in self.people if each != who), self.stranger)
        rows = [row for row in list_receipts(self.clinic.db, who) if not row.void]
        if rows:
            move_receipt(self.front, receipt_id=rows[0].id, to_person_id=other, reason="录错人")

    def _waits(self, who: int, fen: int, days: int) -> None:
        self.clock.day = plus_days(self.clock.day, days)
        catch_up(self.front)

    def seen(self) -> dict[str, Any]:
        """Everything a desk can see of the two."""
        db, today = self.clinic.db, self.clock.day
        shown: dict[str, Any] = {
            "due": due_gifts(db, today),
            "calls": calls_today(db, today),
            "notices": open_notices(db),
            "found": [find(db, text) for text in ("1380", "1390", "王", "wang")],
        }
        for who in self.people:
            shown[str(who)] = [
                [standing_of(db, who, t.programme_id) for t in timelines(db)],
                grants_of(db, who), uses_of(db, who), issues_of(db, who), list_receipts(db, who),
                list_cases(db, who), points_ledger(db, who), alerts_of(db, who),
                consents_of(db, who), open_tasks_of(db, who), attempts_of(db, who),
                record(db, who), member_strip(db, today, who), reception_card(db, today, who),
            ]  # fmt: skip
        return shown

    def check(self) -> None:
        assert [fault.code for fault in verify(self.clinic).faults] == []


@pytest.fixture(params=PROGRAMMES)
def programme(request: pytest.FixtureRequest) -> Programme:
    return PROGRAMMES[request.param]()


def _run(template: Path, programme: Programme, past: list[Any], after: list[Any]) -> None:
    world = World(template, programme)
    try:
        for step in past:
            world.do(step)
        catch_up(world.front)
        first, second = world.people
        before = world.seen()
        foreseen = merge_preview(world.clinic.db, world.clock.day, first, second)
        merge_people(world.admin, survivor_id=first, merged_id=second)
        world.check()
        for row, timeline in zip(foreseen.programmes, timelines(world.clinic.db), strict=False):
            standing = standing_of(world.clinic.db, first, timeline.programme_id)
            assert (row.spend_after_fen, row.points_after, row.owed_after) == (
                standing.spend_fen,
                spendable(world.clinic.db, world.clock.day, first, timeline),
                standing.deficit,
            )
        unmerge_people(world.admin, merged_id=second)
        world.check()
        assert world.seen() == before
        merge_people(world.admin, survivor_id=second, merged_id=first)
        world.people = [second]
        for what, _, fen, days in after:
            world.do((what, 0, fen, days))
        world.check()
        with suppress(RuleError):
            unmerge_people(world.admin, merged_id=first)
            assert group_of(world.clinic.db, second) == (second,)
        world.check()
    finally:
        world.close()


def test_e62_merging_and_parting_leaves_everything_as_it_was(
    clinic_template: Path, programme: Programme
) -> None:
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(past=STEPS, after=STEPS)
    def holds(past: list[Any], after: list[Any]) -> None:
        _run(clinic_template, programme, past, after)

    holds()
