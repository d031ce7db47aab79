"""A simulation of what the desk posted comes to what is stored, field by field.

Random histories go through the real commands into a clinic, day by day, and the same events as
rows into `simulate`. Fees are not among them, and points are spent by an adjustment.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.vault import FileVault
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock, plus_days
from services.commands import Approval
from services.errors import RuleError
from services.loyalty.grants import GrantRow, grants_of
from services.loyalty.membership import join, override_tier
from services.loyalty.points import adjust_points, expire_due
from services.loyalty.receipts import Line, post_receipt, refund
from services.loyalty.service_use import use_service
from services.programmes.definition import Programme, Rate
from services.simulation.result import MemberResult, Simulation
from services.simulation.run import simulate
from services.simulation.source import Trial
from tests.conftest import TODAY
from tests.money_world import person, session_of, sign, stand, variant

WHO = st.integers(0, 2)
FEN = st.one_of(
    st.sampled_from([0, 99, 99_999, 100_000, 199_950, 500_000, 800_000, 1_000_000, 2_000_000]),
    st.integers(1, 3_000_000),
)
OPS = st.one_of(
    st.tuples(st.just("days"), st.sampled_from([1, 3, 9, 45, 70, 200])),
    st.tuples(st.just("pays"), WHO, FEN, st.sampled_from(["种植牙", "洁牙", ""])),
    st.tuples(st.just("pays"), WHO, FEN, st.just("")),
    st.tuples(st.just("refund"), WHO, st.integers(0, 9), st.integers(1, 5)),
    st.tuples(st.just("bonus"), WHO, st.integers(1, 500)),
    st.tuples(st.just("spends"), WHO, st.integers(1, 5)),
    st.tuples(st.just("tier"), WHO, st.integers(1, 4), st.sampled_from([None, 0, 5, 60])),
    st.tuples(st.just("use"), WHO, st.integers(0, 9)),
)
BIG = Approval(1, "孙院长", "director", "approve.adjustment")


@dataclass
class Desk:
    """A clinic in use, and the same events as rows of a file."""

    clinic: Clinic
    clock: ManualClock
    programme: Programme
    rows: list[tuple[object, ...]] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    receipts: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.front, self.admin, self.director = (
            session_of(self.clinic, role).confirming("clock_jump")
            for role in ("frontdesk", "member_admin", "director")
        )
        sign(self.director, self.programme)
        self.ids = [person(self.front) for _ in range(3)]
        self.joined: set[int] = set()

    def write(self, who: int, kind: str, amount: object = "", **cells: object) -> None:
        self.rows.append(
            (
                self.clock.day, f"M{who}", kind, amount,
                cells.get("item", ""), cells.get("quantity", ""), cells.get("note", ""),
            )
        )  # fmt: skip

    def do(self, name: str, *values: object) -> None:
        """One thing at the desk; expired lots are caught up as on every morning (E22)."""
        if name == "days":
            self.clock.day = plus_days(self.clock.day, int(str(values[0])))
            for each in self.ids:
                expire_due(self.front, person_id=each)
            return
        who, *rest = (None if value is None else value for value in values)
        getattr(self, name)(who, *rest)
        self._join(int(str(who)))

    def _join(self, who: int) -> None:
        """Whoever reaches a tier joins the same day: a file knows no day of joining."""
        if who not in self.joined and stand(self.clinic, self.ids[who]).rank:
            self.joined.add(who)
            if not stand(self.clinic, self.ids[who]).member:
                join(self.front, person_id=self.ids[who], benefits_explained=True)

    def pays(self, who: int, fen: int, item: str) -> None:
        lines = (Line(item[:2], item, fen),) if item and fen else ()
        more = {} if lines else {"billed_fen": fen or 100}
        posted = post_receipt(
            self.front, person_id=self.ids[who], amount_fen=fen, lines=lines, **more
        )
        self.receipts.setdefault(who, []).append((posted.receipt_id, fen))
        self.write(who, "消费", yuan(fen), item=item if lines else "", note=posted.receipt_id)

    def refund(self, who: int, index: int, fifths: int) -> None:
        if not self.receipts.get(who):
            return
        at = index % len(self.receipts[who])
        receipt_id, net = self.receipts[who][at]
        fen = max(net * fifths // 4, 1)  # the fifth share is more than there is
        self.write(who, "退款", yuan(fen), note=receipt_id)
        try:
            refund(self.front, receipt_id=receipt_id, amount_fen=fen, reason="退费")
        except RuleError:
            self.refused.add(len(self.rows) + 1)
        else:
            self.receipts[who][at] = (receipt_id, net - fen)

    def bonus(self, who: int, points: int) -> None:
        adjust_points(
            self.admin, person_id=self.ids[who], points=points, reason_code="other", text="活动"
        )
        self.write(who, "活动积分", quantity=points)

    def spends(self, who: int, quarters: int) -> None:
        """An adjustment takes points the way a redemption does; five quarters are too many."""
        points = max(stand(self.clinic, self.ids[who]).available * quarters // 4, 1)
        if self.programme.points.mode != "spend":
            return
        self.write(who, "兑换", item="抵现", quantity=points)
        try:
            adjust_points(
                self.admin,
                person_id=self.ids[who],
                points=-points,
                reason_code="other",
                text="抵现",
                approval=BIG,
            )
        except RuleError:
            self.refused.add(len(self.rows) + 1)

    def tier(self, who: int, rank: int, days: int | None) -> None:
        until = None if days is None else plus_days(self.clock.day, days)
        override_tier(self.director, person_id=self.ids[who], rank=rank, reason="批准", until=until)
        self.write(who, "手动等级", item=rank, note=f"至 {until}" if until else "")

    def use(self, who: int, index: int) -> None:
        """One draw of an open service; it is named by the grant's key, which means no other."""
        open_ones = [
            row
            for row in grants_of(self.clinic.db, self.ids[who])
            if row.kind == "service" and row.left > 0 and row.valid_on(self.clock.day)
            and not row.grant_key.startswith("diamond.child")
        ]  # fmt: skip
        if open_ones:
            chosen = open_ones[index % len(open_ones)]
            use_service(self.front, grant_id=chosen.id)
            self.write(who, "使用权益", item=chosen.grant_key)

    # -- what is stored, in the shape of a simulation ------------------------------------------

    def stored(self, who: int) -> tuple[object, ...]:
        for each in self.ids:
            expire_due(self.front, person_id=each)
        found = stand(self.clinic, self.ids[who])
        (expired,) = self.clinic.db.execute_sql(
            "SELECT COALESCE(-SUM(points), 0) FROM points_entry"
            " WHERE person_id = ? AND kind = 'expire'", (self.ids[who],),
        ).fetchone()  # fmt: skip
        valid = [
            row
            for row in grants_of(self.clinic.db, self.ids[who])
            if row.state != "closed" and row.valid_on(self.clock.day)
        ]
        return (
            self.programme.tier_name(found.rank) or None, found.reached_on, found.route,
            found.spend_fen, found.earned, found.available, found.deficit, expired,
            sorted(
                (row.name, row.reason, row.value_fen)
                for row in valid if row.kind == "gift" for _ in range(row.left)
            ),
            sorted(
                (row.name, row.valid_from, row.valid_to or "", row.quantity, row.used, row.left)
                for row in valid if row.kind == "service" and not _replaced(row, found.rank, valid)
            ),
        )  # fmt: skip

    def simulated(self) -> Simulation:
        return simulate(Trial(self.programme, 2), list(enumerate(self.rows, 2)), self.clock.day)


def _replaced(row: GrantRow, rank: int, valid: list[GrantRow]) -> bool:
    """The year's quota of another tier, used up: the one of the tier now held stands for it."""
    if row.left or "@" not in row.grant_key or row.rank == rank:
        return False
    return row.rank < rank or any(
        each.rank == rank and _quota(each) == _quota(row) and "@" in each.grant_key
        for each in valid
    )


def _quota(row: GrantRow) -> str:
    """All cleanings are one quota in this programme (C23)."""
    return "洁牙" if "洁牙" in row.name else row.name


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def shape(found: MemberResult) -> tuple[object, ...]:
    """The same shape as `Desk.stored`."""
    return (
        found.tier, found.reached_on, found.route, found.spend_fen, found.points_earned,
        found.points_available, found.points_deficit, found.points_expired,
        sorted((gift.name, gift.reason, gift.value_fen) for gift in found.gifts_due),
        sorted(
            (e.name, e.start, e.end or "", e.granted, e.used, e.left) for e in found.entitlements
        ),
    )  # fmt: skip


@contextmanager
def opened(template: Path, programme: Programme) -> Iterator[Desk]:
    root = Path(tempfile.mkdtemp())
    shutil.copytree(template, root / "c")
    clock = ManualClock(TODAY)
    clinic = open_clinic(root / "c/data", clock, holder="t", vault=FileVault(root / "c/vault"))
    try:
        clinic.db.execute_sql("PRAGMA synchronous=OFF")
        yield Desk(clinic, clock, programme)
    finally:
        clinic.close()
        shutil.rmtree(root)


VARIANTS = {
    "as shipped": variant(),
    "points that end": variant(mode="spend", expiry_months=2, per_yuan_off=100),
    "by year and class": variant(
        mode="spend",
        expiry_year_ends=1,
        per_yuan_off=100,
        rates=(Rate(percent=150, classes=("种植",)),),
    ),
}


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_simulate_equals_posting(clinic_template: Path, name: str) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(OPS, min_size=12, max_size=40))
    def check(ops: list[tuple[object, ...]]) -> None:
        with opened(clinic_template, VARIANTS[name]) as desk:
            for op in ops:
                desk.do(*op)  # type: ignore[arg-type]
            found = desk.simulated()
            assert {number for number, _ in found.rejected} == desk.refused
            members = {each.member: each for each in found.members}
            for who in range(3):
                if f"M{who}" in members:
                    assert shape(members[f"M{who}"]) == desk.stored(who), desk.rows
                else:
                    assert stand(desk.clinic, desk.ids[who]).spend_fen == 0

    check()
