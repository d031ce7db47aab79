"""Groups over a large clinic: a rule answers at once, whatever it asks.

The clinic is written straight into its tables, as nothing but the number of rows matters here.
"""

from __future__ import annotations

import random
import shutil
from functools import partial
from pathlib import Path

from bench import world
from bench.measure import Row, Spread, limit_row, percentile, timed
from bench.world import Size
from models.database import ClinicDatabase
from models.desk import Visit
from models.groups import Label, PersonLabel
from models.ledgers import MoneyEvent, Receipt, ReceiptLine, Standing
from models.people import Person
from models.schema import latest_version
from models.vault import FileVault
from services.clock import SystemClock, plus_days
from services.groups import rule as r
from services.groups.members import count_members
from services.programmes.items import ITEM_CLASSES, PAYMENTS
from services.programmes.registry import main_timeline
from services.setup import create_clinic

EACH = 5  # visits and receipts of a person
AT_ONCE, BESIDE = 100, 10_000  # ms; what takes longer than the first shows that it is at work
QUICK: dict[str, r.Rule] = {
    "age and sex": r.All((r.Age(60, None), r.Sex("F"))),
    "address": r.Lives("朝阳"),
    "label": r.HasLabel(1),
    "tier": r.Tier(1, 2),
    "asleep": r.LifeCycle("asleep"),
    "away, tier, no label": r.All((r.Away(12), r.Tier(1, 2), r.Not(r.HasLabel(1)))),
}
LONG: dict[str, r.Rule] = {
    "spent in all": r.Spent(least_fen=1_000_000),
    "spent in a year": r.Spent(least_fen=100_000, months=12),
    "implants": r.Treated("种植"),
    "instalments": r.Paid("分期"),
    "visits ever": r.Visits(least=3),
    "visits in a year": r.Visits(least=2, months=12),
    "active": r.LifeCycle("active"),
}


def groups(size: Size) -> list[Row]:
    """The count of each rule: what lies in one index or table at once, what adds up the past of
    everybody beside the window."""
    rows = []
    with world.opened(_home(size)) as clinic:
        today = clinic.clock.today()
        for rules, most in ((QUICK, AT_ONCE), (LONG, BESIDE)):
            for name, rule in rules.items():
                call = partial(count_members, clinic.db, today, rule)
                call()
                times = [timed(call) for _ in range(7)]
                value = percentile(times, 0.5) * 1e3
                what = f"group: {name} ({size.name})"
                rows.append(limit_row(what, Spread.of(times), value, most, "ms"))
    return rows


def _home(size: Size) -> Path:
    place = world.cache() / f"groups-{size.name}-schema{latest_version()}"
    if (place / "finished").exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    world.say(f"making the {size.name} clinic for groups: {size.people:,} people, once …")
    vault = FileVault(place / "vault")
    clinic, _ = create_clinic(
        place / "data",
        SystemClock(),
        name="bench",
        programme="医院方案A",
        director="bench",
        pin="274159",
        vault=vault,
    )
    with clinic.db.immediate():
        _fill(clinic.db, clinic.clock.today(), size.people)
    clinic.close()
    (place / "finished").write_text("\n", encoding="utf-8")
    return place


def _fill(db: ClinicDatabase, today: str, people: int) -> None:
    dice = random.Random(1)
    ids = range(1, people + 1)
    days = {each: sorted(_ago(dice, today, 1000) for _ in range(EACH)) for each in ids}
    _people(db, dice, today, days)
    pairs = [(each, on) for each in ids for on in days[each]]
    _visits_and_bills(db, dice, pairs)


def _ago(dice: random.Random, today: str, days: int) -> str:
    return plus_days(today, -dice.randint(0, days))


def _people(
    db: ClinicDatabase, dice: random.Random, today: str, days: dict[int, list[str]]
) -> None:
    programme = main_timeline(db).programme_id
    places = ("北京市朝阳区建国路", "北京市海淀区中关村大街", "上海市徐汇区漕溪路", "")
    db.insert(Label, dimension="阶段", name="术前", exclusive=1, seq=1)
    db.insert_many(
        Person,
        ("id", "number", "name", "sex", "birthday", "phone", "address", "source", "last_visit_on",
         "created_on", "seq"),
        ((each, f"M{each:07d}", "王小明", dice.choice("FM"), _ago(dice, today, 30_000),
          f"138{each:08d}", f"{dice.choice(places)}{each}号", "路过", seen[-1], seen[0], 1)
         for each, seen in days.items()),
    )  # fmt: skip
    db.insert_many(
        Standing,
        ("person_id", "programme_id", "spend_fen", "max_single_fen", "earned", "available",
         "deficit", "supported_rank", "rank", "member", "seq"),
        ((each, programme, dice.randint(0, 3_000_000), 0, 0, 0, 0, 0, dice.randint(0, 4),
          dice.randint(0, 1), 1) for each in days),
    )  # fmt: skip
    db.insert_many(
        PersonLabel,
        ("person_id", "label_id", "from_on", "staff_id", "seq"),
        ((each, 1, today, 1, 1) for each in days if each % 9 == 0),
    )


def _visits_and_bills(
    db: ClinicDatabase, dice: random.Random, pairs: list[tuple[int, str]]
) -> None:
    db.insert_many(
        Visit,
        ("person_id", "visit_date", "arrived_at", "state", "first_visit", "reception_rank",
         "staff_id", "seq"),
        ((each, on, "09:00", "done", 0, 0, 1, 1) for each, on in pairs),
    )  # fmt: skip
    db.insert_many(
        Receipt,
        ("id", "number", "patient_id", "credited_id", "occurred_on", "recorded_on", "billed_fen",
         "net_fen", "payment", "staff_id", "seq"),
        ((n, f"R{n:08d}", each, each, on, on, 50_000, 50_000, dice.choice(PAYMENTS), 1, 1)
         for n, (each, on) in enumerate(pairs, 1)),
    )  # fmt: skip
    db.insert_many(
        ReceiptLine,
        ("receipt_id", "item_class", "item", "quantity", "amount_fen"),
        ((n, dice.choice(ITEM_CLASSES), "项目", 1, 50_000) for n in range(1, len(pairs) + 1)),
    )
    db.insert_many(
        MoneyEvent,
        ("receipt_id", "person_id", "kind", "amount_fen", "occurred_on", "recorded_on", "seq"),
        ((n, each, "payment", 50_000, on, on, 1) for n, (each, on) in enumerate(pairs, 1)),
    )


CASES = {"groups": groups}
