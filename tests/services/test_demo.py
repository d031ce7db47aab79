"""The made-up clinic: believable, sound, the same for the same seed, and nobody's real data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.database import ClinicDatabase
from models.desk import Visit
from models.followup import FollowupAttempt, FollowupTask, Mailing, Request
from models.gifts import GiftIssue, Reconciliation
from models.groups import PersonLabel
from models.ledgers import MoneyEvent, Receipt, Standing
from models.paperwork import Handover, Voucher
from models.partners import Introduction
from models.people import Complaint, Person
from models.vault import FileVault
from services.activities.records import activities
from services.bulk import Memory
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock
from services.commands import Session, read_setting
from services.demo import ROOM, DemoCancelled, DemoMade, build, crew, money, story, wishes
from services.demo.story import StoryClock
from services.desk import daily
from services.duties.board import duty_board
from services.errors import RuleError
from services.followups.plans import plans
from services.gifts.documents import PURCHASE, documents, state_words
from services.gifts.friday_lists import history
from services.gifts.lists import count_due
from services.gifts.promises import open_promises
from services.groups.saved import group_choices
from services.partners.switch import is_on
from services.people.search import find
from services.setup import DEMO
from services.staff import sign_in
from services.verify import verify
from services.vouchers.billing import billed, unbilled
from services.vouchers.records import status, voucher
from tests.services.test_bulk import RANDOM, everything

TODAY = "2026-11-20"
MEMBERS = 60
DAYS = 240


def made_in(folder: Path, seed: int = 3) -> DemoMade:
    return build(
        folder / "data",
        MEMBERS,
        seed,
        days=DAYS,
        clock=ManualClock(TODAY),
        vault=FileVault(folder / "vault"),
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoMade]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, made_in(folder)


@pytest.fixture
def opened(demo: tuple[Path, DemoMade]) -> Iterator[Clinic]:
    folder, _ = demo
    clinic = open_clinic(
        folder / "data",
        ManualClock(TODAY),
        holder="test",
        vault=FileVault(folder / "vault"),
        read_only=True,
    )
    yield clinic
    clinic.close()


def count(clinic: Clinic, query: object) -> int:
    return int(query.count(clinic.db))  # type: ignore[attr-defined]


def test_everything_in_it_agrees(opened: Clinic) -> None:
    assert verify(opened).faults == ()


def test_it_says_that_it_is_a_demo(opened: Clinic) -> None:
    assert read_setting(opened.db, DEMO) == "1"


def test_there_is_something_of_everything(opened: Clinic, demo: tuple[Path, DemoMade]) -> None:
    counts = demo[1].counts
    assert counts["people"] == MEMBERS == count(opened, Person.select())
    assert counts["receipts"] == count(opened, Receipt.select())
    assert counts["receipts"] > 3 * MEMBERS
    assert count(opened, Standing.select().where(Standing.member == 1)) == counts["members"] > 10
    assert count(opened, GiftIssue.select()) > 5
    assert count(opened, MoneyEvent.select().where(MoneyEvent.kind == "refund")) > 0
    closed = Reconciliation.select().where(Reconciliation.state == "closed")
    assert count(opened, closed) == counts["fridays"] >= 9
    assert count(opened, Visit.select().where(Visit.visit_date == TODAY)) == counts["visits"] > 10
    assert count(opened, FollowupTask.select().where(FollowupTask.state == "open")) > 0
    assert count_due(opened.db, TODAY) > 0
    assert count(opened, Person.select().where(Person.household_id.is_null(False))) > 4
    assert count(opened, Person.select().where(Person.guardian_name != "")) > 2


def test_the_pages_of_gifts_and_services_are_not_empty(opened: Clinic) -> None:
    db = opened.db
    papers = documents(db)
    states = [state_words(row) for row in papers]
    carried = "已签收"  # what the desk needed from week to week
    assert carried in states
    assert [state for state in states if state != carried] == [
        "待送货", "部分到货", "短少签收", "已到齐",
    ]  # fmt: skip
    short = [line for row in papers if row.kind != PURCHASE for line in row.lines if line.short]
    assert [line.short for line in short] == [1]
    explained = [row for week in history(db)[:2] for row in week.shrinkage]
    assert [row.gift_id for row in explained if row.gift_id == short[0].gift_id]
    assert [row.servable for row in open_promises(db, TODAY)] == [False]
    cards = [voucher(db, row[0]) for row in db.rows(Voucher.select(Voucher.id))]
    assert [status(db, card, TODAY) for card in cards] == ["owned", "pledged", "billed"]
    assert unbilled(db)
    assert billed(db, "2026-10-01", TODAY)
    assert db.scalar(Handover.select(Handover.last_day).order_by(Handover.id.desc())) == (
        "2026-11-15"
    )


def test_the_rooms_of_the_follow_up_are_not_empty(
    opened: Clinic, demo: tuple[Path, DemoMade]
) -> None:
    """Plans, what people said, letters, activities, labels, groups, duties; a partner as data."""
    db, counts = opened.db, demo[1].counts
    assert {each.key for each in plans(db) if each.active} >= {"care.extraction", "tier_reached"}
    assert count(opened, FollowupAttempt.select().where(FollowupAttempt.satisfaction > 0)) > 10
    assert sorted(row[0] for row in db.rows(Complaint.select(Complaint.state))) == [
        "closed", "received",
    ]  # fmt: skip
    asked = {row[0] for row in db.rows(Request.select(Request.state))}
    assert asked == {"open", "done"}
    assert count(opened, Mailing.select()) == 1
    assert [row.state for row in activities(db)] == ["closed", "open", "planned"]
    assert counts["activities"] == 3
    outing = activities(db)[1]
    assert outing.waiting > 0
    assert outing.taken <= 12
    assert count(opened, PersonLabel.select()) > 20
    assert len(group_choices(db)) == counts["groups"] == 4
    assert not is_on(db)
    assert count(opened, Introduction.select()) == 2
    waiting = [row for row in duty_board(db, TODAY, "member_admin") if row.state == "open"]
    assert {row.duty.key for row in waiting} >= {"friday", "promotion", "inspection"}
    assert counts["duties"] > 20
    assert max(row.missed for row in waiting if not row.duty.ask) <= 1


def test_nobody_real_can_be_meant(opened: Clinic) -> None:
    people = opened.db.rows(
        Person.select(Person.phone, Person.guardian_phone, Person.id_number, Person.name)
    )
    for phone, guardian, document, name in people:
        assert not phone or phone.startswith("140")
        assert not guardian or guardian.startswith("140")
        assert not document or document.startswith("990101")
        assert 2 <= len(name) <= 4
    assert len({row[3] for row in people}) > MEMBERS // 2


def test_people_are_found(opened: Clinic) -> None:
    name = opened.db.scalar(Person.select(Person.name).where(Person.id == 1))
    assert any(hit.person_id == 1 for hit in find(opened.db, name))


def test_its_staff_can_sign_in(demo: tuple[Path, DemoMade]) -> None:
    folder, made = demo
    clinic = open_clinic(
        folder / "data", ManualClock(TODAY), holder="test", vault=FileVault(folder / "vault")
    )
    try:
        assert {each.role for each in made.staff} >= {"director", "frontdesk", "billing"}
        for each in made.staff[:2]:
            assert sign_in(clinic, each.name, each.pin).actor.role == each.role
    finally:
        clinic.close()


SECRET = {"staff": {"pin_hash"}, "audit": {*RANDOM["audit"], "detail"}}


def everything_in(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    clinic = open_clinic(
        folder / "data",
        ManualClock(TODAY),
        holder="test",
        vault=FileVault(folder / "vault"),
        read_only=True,
    )
    try:
        return everything(clinic, SECRET)
    finally:
        clinic.close()


def test_the_same_seed_makes_the_same_clinic(
    demo: tuple[Path, DemoMade], opened: Clinic, tmp_path: Path
) -> None:
    again = made_in(tmp_path)
    assert again.counts == demo[1].counts
    its = everything_in(tmp_path)
    for table, rows in everything(opened, SECRET).items():
        assert rows == its[table], table


def test_told_in_batches_it_is_the_clinic_posted_one_by_one(
    demo: tuple[Path, DemoMade], opened: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def one_by_one(*sessions: Session, memory: object) -> Iterator[tuple[Session, ...]]:
        yield sessions

    monkeypatch.setattr(story, "bulk", one_by_one)
    again = made_in(tmp_path)
    assert again.counts == demo[1].counts
    its = everything_in(tmp_path)
    for table, rows in everything(opened, SECRET).items():
        assert rows == its[table], table


def test_it_takes_no_more_memory_than_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[int] = []
    monkeypatch.setattr(ClinicDatabase, "keep_pages", lambda _, mib: pages.append(mib))
    memories: list[Memory] = []

    @contextmanager
    def watched(*sessions: Session, memory: Memory) -> Iterator[tuple[Session, ...]]:
        memories.append(memory)
        yield sessions

    monkeypatch.setattr(story, "bulk", watched)
    build(tmp_path, 1, days=1, clock=ManualClock(TODAY), vault=FileVault(tmp_path / "vault"))
    assert pages == [ROOM // 2]
    for number in range(40_000):
        memories[0][number] = None
    assert len(memories[0]) == ROOM // 2 * 128


def test_it_stays_away_from_a_clinic(demo: tuple[Path, DemoMade]) -> None:
    with pytest.raises(RuleError, match="已有诊所"):
        made_in(demo[0])


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(DemoCancelled):
        build(
            tmp_path / "data",
            5,
            days=60,
            clock=ManualClock(TODAY),
            vault=FileVault(tmp_path / "vault"),
            cancelled=cancelled,
        )
    assert not (tmp_path / "data").exists()


def test_a_story_of_a_few_days_is_sound_as_well(tmp_path: Path) -> None:
    vault, clock = FileVault(tmp_path / "vault"), ManualClock(TODAY)
    made = build(tmp_path / "data", 2, days=8, clock=clock, vault=vault)
    assert made.counts["papers"] == 1  # this morning's
    clinic = open_clinic(tmp_path / "data", clock, holder="test", vault=vault, read_only=True)
    try:
        assert verify(clinic).faults == ()
    finally:
        clinic.close()


@pytest.mark.parametrize(("seed", "gatherings"), [(19, 3), (2, 0)])
def test_a_clinic_of_one_who_wants_no_letters_is_sound_as_well(
    tmp_path: Path, seed: int, gatherings: int
) -> None:
    """There from the second day, and only in the last weeks."""
    vault, clock = FileVault(tmp_path / "vault"), ManualClock(TODAY)
    build(tmp_path / "data", 1, seed, days=70, clock=clock, vault=vault)
    clinic = open_clinic(tmp_path / "data", clock, holder="test", vault=vault, read_only=True)
    try:
        assert verify(clinic).faults == ()
        assert count(clinic, Mailing.select()) == 0
        assert len(activities(clinic.db)) == gatherings
    finally:
        clinic.close()


@pytest.mark.parametrize("members", [0, 200_001])
def test_so_many_people_it_cannot_make(tmp_path: Path, members: int) -> None:
    with pytest.raises(RuleError, match="请填 1 至 200000"):
        build(tmp_path / "data", members, clock=ManualClock(TODAY))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("before", [True, False])
def test_other_peoples_files_stay_when_it_is_cancelled(tmp_path: Path, before: bool) -> None:
    """Whether the folder was there before, or something came into it meanwhile."""
    folder = tmp_path / "data"
    if before:
        folder.mkdir()

    def cancelled() -> bool:
        (folder / "notes.txt").write_text("x", encoding="utf-8")
        return True

    vault = FileVault(tmp_path / "vault")
    with pytest.raises(DemoCancelled):
        build(folder, 5, days=60, clock=ManualClock(TODAY), vault=vault, cancelled=cancelled)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_a_pin_that_the_program_would_refuse_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter((123456, 111111, 274159))
    monkeypatch.setattr(crew.secrets, "randbelow", lambda _: next(drawn))
    assert crew.new_pin() == "274159"


def test_the_clock_of_the_story_opens_at_half_past_eight() -> None:
    clock = StoryClock(TODAY)
    clock.open_day("2026-11-19")
    assert (clock.today(), clock.now_local()) == ("2026-11-19", "2026-11-19 00:30:00")


def test_in_a_clinic_where_much_goes_wrong_the_books_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receipts moved and refunded, gifts brought back, services used as often as can be."""
    monkeypatch.setattr(money, "_MOVE", 0.3)
    monkeypatch.setattr(money, "_REFUND", 0.7)
    monkeypatch.setattr(wishes, "_AT_ONCE", 0.1)
    monkeypatch.setattr(wishes, "_LATER", 0.9)
    monkeypatch.setattr(wishes, "_RETURNED", 0.5)
    monkeypatch.setattr(wishes, "_USES", 1.0)
    seen: list[tuple[int, int]] = []
    vault, clock = FileVault(tmp_path / "vault"), ManualClock(TODAY)
    made = build(
        tmp_path / "data", 25, 2, receipts_each=9.0, days=100, clock=clock, vault=vault,
        progress=lambda done, of: seen.append((done, of)),
    )  # fmt: skip
    assert seen[-1][0] == seen[-1][1]
    assert min(made.counts[what] for what in ("moves", "returns", "uses")) > 0
    clinic = open_clinic(tmp_path / "data", clock, holder="test", vault=vault, read_only=True)
    try:
        assert verify(clinic).faults == ()
    finally:
        clinic.close()


def test_a_large_clinic_is_caught_up_monthly_and_once_more_in_its_last_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch_up, days = daily.catch_up, []

    def noted(session: Session) -> daily.CaughtUp:
        days.append(session.clinic.clock.today())
        return catch_up(session)

    monkeypatch.setattr(story, "_MODEST", 0)
    monkeypatch.setattr(daily, "catch_up", noted)
    build(
        tmp_path / "data",
        10,
        days=60,
        clock=ManualClock(TODAY),
        vault=FileVault(tmp_path / "vault"),
    )
    assert days == ["2026-09-21", "2026-10-19", "2026-11-13", TODAY]
