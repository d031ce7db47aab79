"""Any rule finds the people a plain reading of everybody's records finds, merged ones included."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.desk import Visit
from models.groups import CustomerGroup, Label, PersonLabel
from models.ledgers import MoneyEvent, Receipt, ReceiptLine, Standing
from models.people import ImportBatch, LunarBirthday, LunarDay, Person, PersonAlias
from models.reception import CareTeam
from models.system import Doctor
from models.vault import FileVault
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock, plus_days, plus_months
from services.commands import Session, Tx
from services.groups import rule as r
from services.groups.members import count_members, look, members_of_rule
from services.groups.payments import GATHERED, WAYS
from services.people.birthdays import age_on
from services.programmes.registry import main_timeline
from services.staff import sign_in
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import in_command

PEOPLE = 36
CLASSES = ("种植", "洁牙", "正畸")
SOURCES = ("", "路过", "朋友介绍")
STREETS = ("", "朝阳区一街", "海淀区二街", "在朝阳区外")
CAME = ("waiting", "done")


@dataclass
class Record:
    """One record as it was written down."""

    id: int
    values: dict[str, Any]
    root: int
    labels: set[int] = field(default_factory=set)
    visits: list[tuple[str, str, int | None]] = field(default_factory=list)
    bills: list[dict[str, Any]] = field(default_factory=list)
    team: dict[str, int] = field(default_factory=dict)
    spend: int = 0
    rank: int = 0
    member: bool = False
    lunar: str = ""


@dataclass
class World:
    clinic: Clinic
    records: dict[int, Record]
    programme: int
    groups: dict[int, r.Rule]


@pytest.fixture(scope="module")
def world(clinic_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("groups") / "clinic"
    shutil.copytree(clinic_template, place)
    clinic = open_clinic(
        place / "data", ManualClock(TODAY), holder="test", vault=FileVault(place / "vault")
    )
    try:
        yield made(sign_in(clinic, STAFF["director"], PIN), random.Random(7))
    finally:
        clinic.close()


def made(session: Session, dice: random.Random) -> World:
    programme = main_timeline(session.db).programme_id
    found = World(session.clinic, {}, programme, {})

    def build(tx: Tx) -> None:
        for name in ("陈医生", "林医生"):
            tx.db.insert(Doctor, name=name)
        for dimension, exclusive in (("阶段", 1), ("兴趣", 0)):
            for name in ("甲", "乙"):
                tx.db.insert(Label, dimension=dimension, name=name, exclusive=exclusive, seq=tx.seq)
        batch = tx.db.insert(
            ImportBatch, file_digest="x", rows_in=1, rows_rejected=0, state="posted", seq=tx.seq
        )
        for _ in range(PEOPLE):
            person(tx, dice, found, batch)
        merge(tx, found, ((2, 1), (3, 2), (5, 4), (7, 4)))
        rule: r.Rule = r.Any((r.Sex("F"), r.Visits(least=2)))
        for number in range(2):
            group_id = tx.db.insert(
                CustomerGroup,
                name=f"组{number}",
                rule=r.to_json(rule),
                staff_id=tx.actor.id,
                seq=tx.seq,
            )
            found.groups[group_id] = rule
            rule = r.Not(r.All((r.InGroup(group_id), r.Age(least=30))))

    in_command(session, build)
    return found


def person(tx: Tx, dice: random.Random, world: World, batch: int) -> None:
    number = len(world.records) + 1
    birthdays = (None, day(dice, 70 * 12), f"{dice.randint(2008, 2016)}-11-{dice.randint(19, 21)}")
    last = dice.choice(("", day(dice, 30), day(dice, 8)))
    values: dict[str, Any] = {
        "number": f"M{number:04d}",
        "name": "王小明",
        "state": "active" if number < 8 or dice.random() < 0.9 else "withdrawn",
        "sex": dice.choice(("", "F", "M")),
        "birthday": dice.choice(birthdays),
        "address": dice.choice(STREETS),
        "source": dice.choice(SOURCES),
        "doctor_id": dice.choice((None, 1, 2)),
        "last_visit_on": last or None,
        "import_batch_id": batch if dice.random() < 0.15 else None,
        "created_on": day(dice, 30),
    }
    record = Record(tx.db.insert(Person, **values, seq=tx.seq), values, 0)
    record.root = record.id
    world.records[record.id] = record
    for label_id in (dice.choice((0, 1, 2)), *dice.sample((3, 4), dice.randint(0, 2))):
        if label_id:
            ended = TODAY if dice.random() < 0.2 else None
            tx.db.insert(
                PersonLabel,
                person_id=record.id,
                label_id=label_id,
                from_on=TODAY,
                until_on=ended,
                staff_id=1,
                seq=tx.seq,
            )
            record.labels |= set() if ended else {label_id}
    for part in ("assistant", "consultant"):
        doctor = dice.choice((0, 1, 2))
        if doctor:
            record.team[part] = doctor
            tx.db.insert(
                CareTeam,
                person_id=record.id,
                part=part,
                doctor_id=doctor,
                from_on=TODAY,
                staff_id=1,
                seq=tx.seq,
            )
    if dice.random() < 0.2:
        record.lunar = f"2026-{dice.randint(10, 12)}-05"
        tx.db.insert(LunarBirthday, person_id=record.id, month=9, day=9, leap=0, seq=tx.seq)
        tx.db.insert(LunarDay, person_id=record.id, year=2026, day=record.lunar)
    past(tx, dice, world, record)


def past(tx: Tx, dice: random.Random, world: World, record: Record) -> None:
    for _ in range(dice.choice((0, 0, 1, 2))):
        when, state = day(dice, 30), dice.choice((*CAME, "no_show"))
        doctor = dice.choice((None, 1, 2))
        record.visits.append((when, state, doctor))
        tx.db.insert(
            Visit,
            person_id=record.id,
            visit_date=when,
            arrived_at="09:00",
            state=state,
            first_visit=0,
            reception_rank=0,
            doctor_id=doctor,
            staff_id=1,
            seq=tx.seq,
        )
    for _ in range(dice.choice((0, 0, 1, 3))):
        bill(tx, dice, record)
    if dice.random() < 0.7:
        record.spend = dice.randint(0, 8) * 100_000
        record.rank, record.member = dice.randint(0, 3), dice.random() < 0.6
        tx.db.insert(
            Standing,
            person_id=record.id,
            programme_id=world.programme,
            spend_fen=record.spend,
            max_single_fen=0,
            earned=0,
            available=0,
            deficit=0,
            supported_rank=0,
            rank=record.rank,
            member=int(record.member),
            seq=tx.seq,
        )


def bill(tx: Tx, dice: random.Random, record: Record) -> None:
    values: dict[str, Any] = {
        "occurred_on": day(dice, 30),
        "void": int(dice.random() < 0.2),
        "payment": dice.choice(("", "现金", "微信", "分期", "医保个账")),
        "insured_fen": dice.choice((0, 0, 5000)),
        "doctor_id": dice.choice((None, 1, 2)),
    }
    amount = dice.randint(1, 30) * 10_000
    number = tx.db.scalar(Receipt.select(Receipt.id).order_by(Receipt.id.desc())) or 0
    receipt_id = tx.db.insert(
        Receipt,
        **values,
        number=f"R{number:05d}",
        patient_id=record.id,
        credited_id=record.id,
        recorded_on=TODAY,
        billed_fen=amount,
        net_fen=amount - values["insured_fen"],
        staff_id=1,
        seq=tx.seq,
    )
    item = dice.choice(CLASSES)
    tx.db.insert(
        ReceiptLine,
        receipt_id=receipt_id,
        item_class=item,
        item=item,
        quantity=1,
        amount_fen=amount,
    )
    tx.db.insert(
        MoneyEvent,
        receipt_id=receipt_id,
        person_id=record.id,
        kind="payment",
        amount_fen=amount,
        occurred_on=values["occurred_on"],
        recorded_on=TODAY,
        seq=tx.seq,
    )
    record.bills.append({**values, "amount": amount, "item": item})


def merge(tx: Tx, world: World, pairs: tuple[tuple[int, int], ...]) -> None:
    above = dict(pairs)
    for merged, survivor in pairs:
        tx.db.insert(
            PersonAlias,
            merged_id=merged,
            survivor_id=survivor,
            merged_on=TODAY,
            staff_id=1,
            seq=tx.seq,
        )
        tx.db.write(Person.update(state="merged").where(Person.id == merged))
        world.records[merged].values["state"] = "merged"
    for record in world.records.values():
        while record.root in above:
            record.root = above[record.root]


def day(dice: random.Random, months: int) -> str:
    return plus_days(TODAY, -dice.randint(0, months * 30))


# -- a plain reading ---------------------------------------------------------------------------


def expected(world: World, rule: r.Rule) -> list[int]:
    return [
        record.id
        for record in world.records.values()
        if record.values["state"] == "active" and holds(world, record, rule)
    ]


def holds(world: World, who: Record, rule: r.Rule) -> bool:
    match rule:
        case r.All(of):
            return all(holds(world, who, part) for part in of)
        case r.Any(of):
            return any(holds(world, who, part) for part in of)
        case r.Not(of):
            return not holds(world, who, of)
        case r.InGroup(group_id):
            return holds(world, who, world.groups[group_id])
    whole = [each for each in world.records.values() if each.root == who.id]
    return of_record(world, who, rule) if alone(rule) else of_whole(who, whole, rule)


def alone(rule: r.Rule) -> bool:
    told = (r.HasLabel, r.Visits, r.Doctor, r.Paid, r.Treated, r.LifeCycle)
    return not isinstance(rule, told) and not (isinstance(rule, r.Spent) and rule.months)


def within(value: int, least: int | None, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def of_record(world: World, who: Record, rule: r.Rule) -> bool:
    say = who.values
    match rule:
        case r.Age(least, most):
            return bool(say["birthday"]) and within(age_on(say["birthday"], TODAY), least, most)
        case r.Minor():
            return bool(say["birthday"]) and age_on(say["birthday"], TODAY) < 14
        case r.Sex(sex):
            return bool(say["sex"] == sex)
        case r.BirthdayMonth(month):
            kept = who.lunar or say["birthday"] or ""
            return bool(kept[5:7] == f"{month:02d}")
        case r.Lives(words, begins):
            return say["address"].startswith(words) if begins else words in say["address"]
        case r.Spent(least, most):
            return within(who.spend, least, most)
        case r.Away(months):
            seen = say["last_visit_on"] or say["created_on"]
            return bool(seen < plus_months(TODAY, -months))
        case r.LastVisit(first, last):
            seen = say["last_visit_on"]
            return bool(seen) and (not first or seen >= first) and (not last or seen <= last)
        case r.Tier(programme, rank):
            return who.member and programme == world.programme and who.rank == rank
        case r.MemberOf(programme):
            return who.member and programme == world.programme
        case r.Member():
            return who.member
        case r.Source(source):
            return bool(say["source"] == source)
    raise AssertionError(rule)


def of_whole(who: Record, whole: list[Record], rule: r.Rule) -> bool:
    since = plus_months(TODAY, -rule.months) if getattr(rule, "months", 0) else ""
    bills = [each for record in whole for each in record.bills if not each["void"]]
    recent = [each for each in bills if each["occurred_on"] > since]
    match rule:
        case r.HasLabel(label_id):
            own = label_id in who.labels
            free = label_id not in (1, 2) or not who.labels & {1, 2}
            return own or (free and any(label_id in each.labels for each in whole))
        case r.Spent(least, most):
            paid = sum(
                each["amount"]
                for record in whole
                for each in record.bills
                if each["occurred_on"] > since
            )
            return within(paid, least, most)
        case r.Visits(least, most):
            return within(len(days_of(whole, since)), least, most)
        case r.Doctor(doctor, "attending"):
            return bool(who.values["doctor_id"] == doctor)
        case r.Doctor(doctor, "seen"):
            seen = [d for each in whole for _, state, d in each.visits if state in CAME]
            return doctor in [*seen, *(each["doctor_id"] for each in bills)]
        case r.Doctor(doctor, part):
            if part in who.team:
                return who.team[part] == doctor
            return any(each.team.get(part) == doctor for each in whole)
        case r.Paid(way):
            kinds = GATHERED.get(way, (way,))
            return any(
                each["payment"] in kinds or (way == "保险" and each["insured_fen"] > 0)
                for each in recent
            )
        case r.Treated(item):
            return any(each["item"] == item for each in recent)
        case r.LifeCycle(stage):
            return stage == stage_of(who, whole)
    raise AssertionError(rule)


def days_of(whole: list[Record], since: str) -> set[str]:
    visits = {on for each in whole for on, state, _ in each.visits if state in CAME}
    bills = {b["occurred_on"] for each in whole for b in each.bills if not b["void"]}
    return {on for on in visits | bills if on > since}


def stage_of(who: Record, whole: list[Record]) -> str:
    seen = who.values["last_visit_on"]
    if not seen:
        return "potential"
    for stage, months in (("lost", 24), ("asleep", 12), ("to_wake", 6)):
        if seen < plus_months(TODAY, -months):
            return stage
    known = who.values["import_batch_id"] is not None or len(days_of(whole, "")) > 1
    return "active" if known else "new"


# -- any rule ----------------------------------------------------------------------------------

ENDS = st.one_of(st.none(), st.integers(0, 4))
MONTHS = st.sampled_from((0, 3, 12))
CONDITIONS = st.one_of(
    st.builds(r.HasLabel, st.integers(1, 4)),
    st.builds(r.Age, st.sampled_from((None, 10, 13, 14, 40)), st.sampled_from((None, 12, 13, 60))),
    st.builds(r.Sex, st.sampled_from("FM")),
    st.builds(r.BirthdayMonth, st.integers(1, 12)),
    st.builds(r.Lives, st.sampled_from(("朝阳区", "街", "%", "_")), st.booleans()),
    st.builds(
        lambda least, most, months: r.Spent(
            None if least is None else least * 100_000,
            None if most is None else most * 150_000,
            months,
        ),
        ENDS,
        ENDS,
        MONTHS,
    ),
    st.builds(r.Visits, ENDS, ENDS, MONTHS),
    st.builds(r.Away, st.integers(1, 25)),
    st.builds(
        r.LastVisit,
        st.sampled_from(("", "2025-03-01")),
        st.sampled_from(("", "2026-06-01", TODAY)),
    ),
    st.builds(
        r.Doctor,
        st.integers(1, 2),
        st.sampled_from(("attending", "assistant", "consultant", "seen")),
    ),
    st.builds(r.Paid, st.sampled_from(WAYS), MONTHS),
    st.builds(r.Treated, st.sampled_from(CLASSES), MONTHS),
    st.builds(
        r.LifeCycle,
        st.sampled_from(("potential", "new", "active", "to_wake", "asleep", "lost")),
    ),
    st.builds(r.Tier, st.just(1), st.integers(1, 3)),
    st.builds(r.MemberOf, st.just(1)),
    st.just(r.Member()),
    st.builds(r.Source, st.sampled_from(SOURCES[1:])),
    st.just(r.Minor()),
    st.builds(r.InGroup, st.integers(1, 2)),
)
RULES = st.recursive(
    CONDITIONS,
    lambda parts: st.one_of(
        st.builds(r.All, st.lists(parts, max_size=3).map(tuple)),
        st.builds(r.Any, st.lists(parts, max_size=3).map(tuple)),
        st.builds(r.Not, parts),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(rule=RULES)
def test_r174_a_rule_finds_whom_a_plain_reading_finds(world: World, rule: r.Rule) -> None:
    db = world.clinic.db
    wanted = expected(world, rule)
    assert r.from_json(r.to_json(rule)) == rule
    assert members_of_rule(db, TODAY, rule) == wanted
    assert count_members(db, TODAY, rule) == len(wanted)
    seen = look(db, TODAY, rule, shown=5)
    assert (seen.count, [row.id for row in seen.rows]) == (len(wanted), wanted[:5])


def test_r171_the_stages_of_the_life_cycle_share_everybody_out(world: World) -> None:
    db = world.clinic.db
    stages = ("potential", "new", "active", "to_wake", "asleep", "lost")
    found = [each for stage in stages for each in members_of_rule(db, TODAY, r.LifeCycle(stage))]
    assert sorted(found) == members_of_rule(db, TODAY, r.All())


EVERY: tuple[r.Rule, ...] = (
    *(r.HasLabel(n) for n in range(1, 5)),
    *(r.Age(*ends) for ends in ((14, None), (None, 13), (30, 60))),
    r.Minor(),
    *(r.Sex(sex) for sex in ("F", "M")),
    *(r.BirthdayMonth(n) for n in (10, 11, 12)),
    r.Lives("朝阳区"),
    r.Lives("朝阳区", begins=True),
    *(r.Spent(n * 100_000, None, months) for n in (1, 4) for months in (0, 12)),
    *(r.Spent(None, n * 100_000, months) for n in (0, 4) for months in (0, 12)),
    *(r.Visits(n, None, months) for n in (1, 3) for months in (0, 12)),
    *(r.Visits(None, n, months) for n in (0, 2) for months in (0, 12)),
    r.Away(6),
    r.LastVisit(first="2025-03-01"),
    r.LastVisit(last="2025-03-01"),
    *(r.Doctor(n, part) for n in (1, 2) for part in ("attending", "assistant", "seen")),
    *(r.Paid(way, months) for way in WAYS for months in (0, 12)),
    *(r.Treated(item, months) for item in CLASSES for months in (0, 12)),
    *(r.LifeCycle(stage) for stage in ("potential", "new", "active", "to_wake", "asleep", "lost")),
    *(r.Tier(1, n) for n in (1, 2, 3)),
    r.MemberOf(1),
    r.Member(),
    r.Source("路过"),
    *(r.InGroup(n) for n in (1, 2)),
)


@pytest.mark.parametrize("rule", EVERY, ids=str)
def test_r174_each_condition_and_its_opposite(world: World, rule: r.Rule) -> None:
    for each in (rule, r.Not(rule)):
        assert members_of_rule(world.clinic.db, TODAY, each) == expected(world, each)
