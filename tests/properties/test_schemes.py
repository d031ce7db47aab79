"""Everything a mixed programme can do, in any order: points spent and returned, fees, terms,
renewals, quotas by quarter, merges. The properties at the end of rules.md hold throughout."""

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
from services.desk.daily import catch_up
from services.errors import RuleError
from services.loyalty.grants import grants_of
from services.loyalty.membership import join, override_tier
from services.loyalty.receipts import post_receipt, refund, void_receipt
from services.loyalty.redemption import redeem, return_redemption
from services.loyalty.redemption_list import redemptions_of
from services.loyalty.service_use import use_service, uses_of, void_use
from services.loyalty.standing import rebuild, standing_of
from services.memberships.ending import leave_membership
from services.memberships.fees import pay_fee, void_fee
from services.people.merging import merge_people, unmerge_people
from services.programmes.definition import (
    Benefit,
    Fee,
    Points,
    Programme,
    Reach,
    Redeemable,
    Tier,
)
from services.programmes.registry import main_timeline
from services.verify import verify
from tests.conftest import TODAY
from tests.money_world import dump, person, session_of, sign
from tests.services.people.test_merging import ALL

WHO = st.integers(0, 2)
AMOUNTS = st.sampled_from([99, 10_000, 99_999, 100_000, 250_000, 500_000])
ANY = {
    right: Approval(1, "孙院长", "director", right)
    for right in ("approve.late_void", "approve.return", "approve.fee", "approve.owed_gift")
}


def care(key: str, **more: object) -> Benefit:
    return Benefit(key=key, kind="service", name=key, **more)  # type: ignore[arg-type]


MIXED = Programme(
    name="医院方案A",  # the clinic's own, so that it is the main one
    kind="mixed",
    points=Points(
        "spend",
        expiry_months=2,
        opens=(Reach(single_spend_yuan=1000), Reach(cumulative_spend_yuan=2000)),
        per_yuan_off=100,
        catalogue=(
            Redeemable("wash", "service", "洁牙", 500),
            Redeemable("note", "coupon", "券", 300, value_yuan=5, valid_days=40),
        ),
    ),
    tiers=(
        Tier(1, "普", "#000000", (Reach(cumulative_spend_yuan=1000),), (care("q", per="quarter"),)),
        Tier(
            2,
            "银",
            "#000000",
            (Reach(cumulative_spend_yuan=5000), Reach(purchase_points=900)),
            (care("w", per="term", quantity=2), care("m", per="month", carry_over=True)),
            valid_months=6,
        ),
        Tier(
            3,
            "金",
            "#000000",
            (Reach(fee=True),),
            (care("s", per="term", quantity=2), care("k")),
            inherits=True,
            fees=(Fee(100, "month"), Fee(900, "year")),
            points_percent=200,
        ),
    ),
)


class Schemes(RuleBasedStateMachine):
    """Two years at one desk."""

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
        every = ("clock_jump", *ALL)
        self.front, self.admin, self.director = (
            session_of(self.clinic, role).confirming(*every)
            for role in ("frontdesk", "member_admin", "director")
        )
        sign(self.director, MIXED)
        self.ids = [person(self.front) for _ in range(3)]
        for who in self.ids[:2]:
            post_receipt(self.front, person_id=who, amount_fen=200_000)
            join(self.front, person_id=who, benefits_explained=True)

    def teardown(self) -> None:
        if hasattr(self, "clinic"):
            self.clinic.close()
            shutil.rmtree(self.root)

    def pick(self, data: st.DataObject, table: str, where: str) -> int | None:
        found = self.clinic.db.execute_sql(f"SELECT id FROM {table} WHERE {where}").fetchall()
        return data.draw(st.sampled_from([row[0] for row in found])) if found else None

    # -- what the desk does --------------------------------------------------------------------

    @rule(who=WHO, fen=AMOUNTS, points=st.sampled_from([0, 0, 100, 700]))
    def pays(self, who: int, fen: int, points: int) -> None:
        with suppress(RuleError):
            post_receipt(self.front, person_id=self.ids[who], amount_fen=fen, points_used=points)

    @rule(data=st.data(), share=st.integers(1, 4))
    def gets_back(self, data: st.DataObject, share: int) -> None:
        receipt = self.pick(data, "receipt", "void = 0 AND net_fen >= 4")
        if receipt is not None:
            net = self.clinic.db.execute_sql(
                "SELECT net_fen FROM receipt WHERE id = ?", (receipt,)
            ).fetchone()[0]
            refund(self.front, receipt_id=receipt, amount_fen=net * share // 4, reason="退费")

    @rule(data=st.data())
    def voids(self, data: st.DataObject) -> None:
        receipt = self.pick(data, "receipt", "void = 0")
        if receipt is not None:
            word = ANY["approve.late_void"]
            void_receipt(self.front, receipt_id=receipt, reason="录错", approval=word)

    @rule(who=WHO, item=st.sampled_from(["wash", "note", "tier.2"]))
    def redeems(self, who: int, item: str) -> None:
        with suppress(RuleError):
            redeem(self.front, person_id=self.ids[who], item_key=item)

    @rule(data=st.data(), who=WHO)
    def returns(self, data: st.DataObject, who: int) -> None:
        rows = [r.id for r in redemptions_of(self.clinic.db, self.ids[who]) if not r.returned]
        if rows:
            with suppress(RuleError):
                return_redemption(
                    self.front,
                    redemption_id=data.draw(st.sampled_from(rows)),
                    reason="不要了",
                    approval=ANY["approve.return"],
                )

    @rule(who=WHO, every=st.sampled_from(["month", "year"]))
    def pays_a_fee(self, who: int, every: str) -> None:
        with suppress(RuleError):
            pay_fee(
                self.front, person_id=self.ids[who], rank=3, every=every, benefits_explained=True
            )

    @rule(data=st.data())
    def a_fee_was_a_mistake(self, data: st.DataObject) -> None:
        fee = self.pick(data, "fee_payment", "kind = 'payment'")
        if fee is not None:
            with suppress(RuleError):
                void_fee(self.admin, fee_id=fee, reason="收错", approval=ANY["approve.late_void"])

    @rule(who=WHO)
    def joins(self, who: int) -> None:
        with suppress(RuleError):
            join(self.front, person_id=self.ids[who], benefits_explained=True)

    @rule(who=WHO)
    def leaves(self, who: int) -> None:
        with suppress(RuleError):
            leave_membership(self.admin, person_id=self.ids[who], reason="搬家")

    @rule(who=WHO, rank=st.integers(1, 3), days=st.sampled_from([0, 20, 200]))
    def is_raised(self, who: int, rank: int, days: int) -> None:
        with suppress(RuleError):
            override_tier(
                self.director,
                person_id=self.ids[who],
                rank=rank,
                reason="批准",
                until=plus_days(self.clock.day, days),
            )

    @rule(data=st.data(), who=WHO)
    def uses(self, data: st.DataObject, who: int) -> None:
        rows = [
            row.id
            for row in grants_of(self.clinic.db, self.ids[who])
            if row.left > 0 and row.valid_on(self.clock.day) and row.form != "coupon"
        ]
        if rows:
            with suppress(RuleError):
                use_service(self.front, grant_id=data.draw(st.sampled_from(rows)))

    @rule(data=st.data(), who=WHO)
    def uses_back(self, data: st.DataObject, who: int) -> None:
        made = [row.id for row in uses_of(self.clinic.db, self.ids[who]) if not row.voided]
        if made:
            with suppress(RuleError):
                void_use(
                    self.front,
                    use_id=data.draw(st.sampled_from(made)),
                    reason="点错",
                    approval=ANY["approve.late_void"],
                )

    @rule(first=WHO, second=WHO)
    def are_one(self, first: int, second: int) -> None:
        with suppress(RuleError):
            merge_people(self.admin, survivor_id=self.ids[first], merged_id=self.ids[second])

    @rule(who=WHO)
    def are_two(self, who: int) -> None:
        with suppress(RuleError):
            unmerge_people(self.admin, merged_id=self.ids[who])

    @rule(days=st.sampled_from([1, 20, 45, 100, 200]))
    def days_pass(self, days: int) -> None:
        self.clock.day = plus_days(self.clock.day, days)

    # -- what must hold ------------------------------------------------------------------------

    @invariant()
    def the_standing_is_what_the_ledgers_say(self) -> None:
        if not hasattr(self, "ids"):
            return
        catch_up(self.front)
        timeline = main_timeline(self.clinic.db)
        states = dict(self.clinic.db.execute_sql("SELECT id, state FROM person").fetchall())
        for who in self.ids:
            if states[who] != "active":
                continue
            stored = standing_of(self.clinic.db, who, timeline.programme_id)
            again = rebuild(self.clinic.db, timeline, who, self.clock.day)
            assert (
                again.spend_fen, again.max_single_fen, again.earned, again.supported_rank,
                again.rank, again.reached_on, again.route, again.tier_ends_on,
                again.paid_until(self.clock.day), int(again.redeemable),
            ) == (
                stored.spend_fen, stored.max_single_fen, stored.earned, stored.supported_rank,
                stored.rank, stored.reached_on, stored.route, stored.tier_ends_on,
                stored.paid_until, stored.redeemable,
            )  # fmt: skip
            for row in grants_of(self.clinic.db, who):
                assert 0 <= row.used <= row.quantity

    @rule()
    def verify_finds_nothing(self) -> None:
        catch_up(self.front)
        faults = [f.sentence for f in verify(self.clinic).faults if "search" not in f.code]
        assert faults == []

    @rule()
    def starting_up_twice_changes_nothing(self) -> None:
        seen = []
        for _ in range(2):
            self.clinic.db.execute_sql("DELETE FROM setting WHERE key LIKE 'daily%'")
            catch_up(self.front)
            seen.append(dump(self.clinic))
            seen[-1].pop("setting")
        assert seen[0] == seen[1]


def test_e20_e38_e57_e62_the_books_agree_whatever_a_mixed_programme_does(
    clinic_template: Path,
) -> None:
    machine = type("SchemesHere", (Schemes,), {"template": clinic_template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
