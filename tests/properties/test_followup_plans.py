"""Two years of a clinic that closes whenever it likes: no call is lost, none is made twice.

What happens on which day is the same for both: a clinic whose daily run happens on arbitrary days,
and a model that lives every day and keeps nothing but facts (R146–R148, E66).
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.followup import FollowupTask
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock, plus_days, plus_months
from services.commands import Approval
from services.desk.daily import catch_up
from services.followups.looking import STALE
from services.followups.making import catch_up_plans
from services.loyalty.receipts import Line, post_receipt, void_receipt
from services.people.contact import refuse
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import consent, person
from tests.gift_world import in_command
from tests.money_world import session_of
from tests.services.followups.plan_world import change, close, switch

DAYS = 730
MOST = 2  # a day of what was due before a plan was on
PLANS = {
    "care.extraction": ("拔牙", "智齿拔除", (0, 1, 90), 0, False),
    "care.cleaning": ("洁牙", "超声波洁牙", (1,), 0, False),
    "recall.cleaning": ("洁牙", "超声波洁牙", (0,), 6, True),
}
ITEMS = {"拔牙": "智齿拔除", "洁牙": "超声波洁牙"}
WORD = (
    Approval(5, "郑管理", "member_admin", "approve.backdated"),
    Approval(5, "郑管理", "member_admin", "approve.late_void"),
)


@dataclass
class Event:
    """Something happens so many days after what happened before; 'run' is the daily run."""

    gap: int
    kind: str
    who: int = 0
    which: int = 0
    back: int = 0


WHAT = ["treat"] * 6 + ["run"] * 6 + ["void", "again"] * 2 + ["look", "done"] * 2
EVENTS = st.lists(
    st.builds(
        Event,
        st.integers(0, 40) | st.integers(0, 2),
        st.sampled_from([*WHAT, "no", "yes", "off", "on", "offsets"]),
        st.integers(0, 2),
        st.integers(0, 7),
        st.integers(0, 7),
    ),
    min_size=25,
    max_size=60,
)
# voided by mistake, seen by the daily run, and written once more
UNDONE = [(0, "treat"), (0, "run"), (1, "void"), (0, "run"), (2, "again"), (1, "run"), (89, "run")]

# three people treated while the plan is off, which then begins so many days back
BACKLOG = [
    Event(0, "off"),
    *(Event(0, "treat", who) for who in (0, 1, 2)),
    Event(5, "on", back=1),
    Event(0, "run"),
    *(Event(0, "treat", who) for who in (0, 1, 2)),
    Event(1, "run"),
    Event(3, "run"),
]

# a plan that is off gets other days while a call of the old ones waits today
CHANGED_WHILE_OFF = [
    Event(0, "treat"),
    Event(0, "run"),
    Event(0, "off"),
    Event(0, "offsets", back=1),
]


@dataclass
class Receipt:
    id: int
    who: int
    kind: str
    day: str


@dataclass
class Plan:
    """A plan as the model knows it."""

    kind: str
    offsets: tuple[int, ...]
    months: int
    marketing: bool
    on: bool = False
    begun: str = ""
    set_on: str = ""
    most: int = 0


@dataclass
class Model:
    """Facts only: what stands, who said no, which plans are on since when."""

    receipts: list[Receipt] = field(default_factory=list)
    visited: dict[int, str] = field(default_factory=dict)
    plans: dict[str, Plan] = field(
        default_factory=lambda: {
            key: Plan(kind, offsets, months, marketing)
            for key, (kind, _, offsets, months, marketing) in PLANS.items()
        }
    )

    def wanted(self, key: str, who: int) -> dict[str, str]:
        """Cycle → due day of everything that should have been told or still should."""
        plan = self.plans[key]
        days = sorted({r.day for r in self.receipts if r.who == who and r.kind == plan.kind})
        found = {}
        if plan.months:
            for day in days[-1:]:
                due_on = plus_months(day, plan.months)
                if self.visited.get(who, "") < due_on:
                    found[f"{day}.0"] = due_on
            return found
        for at, day in enumerate(days):
            for offset in plan.offsets:
                due_on = plus_days(day, offset)
                if not any(day < newer < due_on for newer in days[at + 1 :]):
                    found[f"{day}.{offset}"] = due_on
        return found


class Clinic:
    """The real one, beside its model."""

    def __init__(self, template: Path, root: Path) -> None:
        shutil.copytree(template, root / "clinic")
        self.clock = ManualClock(TODAY)
        self.clinic = open_clinic(
            root / "clinic" / "data",
            self.clock,
            holder="test",
            vault=FileVault(root / "clinic" / "vault"),
        )
        self.desk = session_of(self.clinic, "frontdesk").confirming("clock_jump")
        self.admin = session_of(self.clinic, "member_admin").confirming("clock_jump")
        self.people = [person(self.desk, f"P{n}") for n in range(3)]
        self.model = Model()
        self.no: set[int] = set()
        self.voided: list[Receipt] = []

    def live(self, event: Event) -> None:
        last = plus_days(TODAY, DAYS)
        self.clock.day = min(last, plus_days(self.clock.day, event.gap))
        getattr(self, f"_{event.kind}")(event)

    def _run(self, event: Event) -> None:
        catch_up(self.desk)  # once a day; what is written later that day the call page looks at
        catch_up_plans(self.desk)
        check(self)

    def _treat(self, event: Event) -> None:
        day = max(TODAY, plus_days(self.clock.day, -event.back))
        self._post(event.who, list(ITEMS)[event.which % 2], day)

    def _again(self, event: Event) -> None:
        """What was voided by mistake is written once more, for its own day."""
        if self.voided:
            gone = self.voided.pop()
            self._post(gone.who, gone.kind, gone.day)

    def _post(self, who: int, kind: str, day: str) -> None:
        today = self.clock.day
        more = {"occurred_on": day, "reason": "补", "approval": WORD[0]} if day < today else {}
        posted = post_receipt(
            self.desk,
            person_id=self.people[who],
            amount_fen=100,
            lines=(Line(kind, ITEMS[kind], 100),),
            **more,
        )
        self.model.receipts.append(Receipt(posted.receipt_id, who, kind, day))
        self.model.visited[who] = max(day, self.model.visited.get(who, ""))

    def _void(self, event: Event) -> None:
        if self.model.receipts:
            gone = self.model.receipts.pop(event.which % len(self.model.receipts))
            void_receipt(self.desk, receipt_id=gone.id, reason="错", approval=WORD[1])
            self.voided.append(gone)

    def _done(self, event: Event) -> None:
        key = list(PLANS)[event.which % 3]
        close(self.desk, self.people[event.who], key)

    def _no(self, event: Event) -> None:
        in_command(self.desk, lambda tx: refuse(tx, self.people[event.who]))
        self.no.add(event.who)

    def _yes(self, event: Event) -> None:
        consent(self.desk, self.people[event.who], granted=True)
        self.no.discard(event.who)

    def _on(self, event: Event) -> None:
        key = list(PLANS)[event.which % 3]
        plan = self.model.plans[key]
        if not plan.on:
            begun = max(TODAY, plus_days(self.clock.day, -20 * event.back))
            plan.most = MOST if event.back else plan.most
            switch(self.admin, key, from_on=begun, daily_most=plan.most)
            plan.on, plan.begun, plan.set_on = True, begun, self.clock.day

    def _off(self, event: Event) -> None:
        key = list(PLANS)[event.which % 3]
        plan = self.model.plans[key]
        if plan.on:
            switch(self.admin, key, on=False)
            plan.on = False

    def _offsets(self, event: Event) -> None:
        key = list(PLANS)[event.which % 2]
        plan = self.model.plans[key]
        offsets = ((0, 1, 90), (1, 180), (0, 7, 30), (3,))[event.back % 4]
        if offsets != plan.offsets:
            change(self.admin, key, offsets=offsets)
            plan.offsets, plan.set_on = offsets, self.clock.day

    def _look(self, event: Event) -> None:
        catch_up_plans(self.desk)

    def rows(self) -> list[tuple[int, str, str, str, str, str]]:
        query = FollowupTask.select(
            FollowupTask.person_id,
            FollowupTask.rule,
            FollowupTask.cycle,
            FollowupTask.due_on,
            FollowupTask.state,
            FollowupTask.closed_as,
        ).where(FollowupTask.rule.in_(list(PLANS)))
        return self.clinic.db.rows(query)


def check(real: Clinic) -> None:
    """What the daily run of today must have left behind."""
    today, model = real.clock.day, real.model
    rows = real.rows()
    moved: Counter[tuple[str, str]] = Counter()
    keys = [(person_id, rule, cycle) for person_id, rule, cycle, *_ in rows]
    assert len(keys) == len(set(keys))
    for who, person_id in enumerate(real.people):
        for key, plan in model.plans.items():
            mine = {r[2]: r[3:] for r in rows if r[:2] == (person_id, key)}
            wanted = model.wanted(key, who)
            for cycle, (due_on, state, _) in mine.items():
                settled_today = plan.on or plan.set_on < today  # else by the next day's run
                if state == "open" and due_on <= today and settled_today:
                    assert cycle in wanted, f"{key} {cycle} is over"
            if not plan.on or (plan.marketing and who in real.no):
                continue
            for cycle, due_on in wanted.items():
                day = cycle.partition(".")[0]
                first = due_on if plan.months else day
                fresh = first >= plan.begun
                told = any(known.startswith(day + ".") for known in mine)
                late = due_on < plus_days(today, -STALE)
                if fresh and not (late and told) and not (plan.marketing and cycle not in mine):
                    assert cycle in mine, f"{key} {cycle} is lost"
                    assert mine[cycle][2] != "settled", f"{key} {cycle} does not wait again"
                    if mine[cycle][1] == "open" and mine[cycle][0] != due_on:
                        assert plan.most
                        assert due_on < min(plan.set_on, mine[cycle][0]), (
                            f"{key} {cycle} is put off"
                        )
                        moved[key, mine[cycle][0]] += 1
                if not late and cycle in mine and mine[cycle][2] == "settled":
                    assert not fresh
    assert max(moved.values(), default=0) <= MOST


def test_e66_nothing_is_lost_and_nothing_is_told_twice(clinic_template: Path) -> None:
    @settings(max_examples=12, deadline=None)
    @given(EVENTS)
    @example([Event(gap, kind) for gap, kind in UNDONE])
    @example(BACKLOG)
    @example(CHANGED_WHILE_OFF)
    def two_years(events: list[Event]) -> None:
        root = Path(tempfile.mkdtemp())
        real = Clinic(clinic_template, root)
        try:
            for which in (0, 2):
                real.live(Event(0, "on", which=which))
            for event in events:
                real.live(event)
            real.live(Event(0, "run"))
            real.live(Event(DAYS, "run"))
            before = {row[:4] for row in real.rows()}
            real.live(Event(0, "look"))
            real.live(Event(0, "run"))
            assert before == {row[:4] for row in real.rows()}
            assert {fault.code for fault in verify(real.clinic).faults} <= {"search.missing"}
        finally:
            real.clinic.close()
            shutil.rmtree(root)

    two_years()
