"""No means no: whoever says it, in whatever way, is left out at every exit at once (消法 29 条).

A new way out of the program has to be named here: commands and reports are counted.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from models.activities import ActivityPlace
from models.followup import FollowupTask
from models.people import Person
from services.activities.invitations import invite
from services.clinic import Clinic
from services.clock import plus_days
from services.commands import COMMANDS, Session
from services.desk.daily import catch_up
from services.followups.calls import calls_today, log_call
from services.followups.campaign import plan_many
from services.outreach.mailings import people_of_mailing, send
from services.outreach.number_list import write_numbers
from services.outreach.texts import KINDS, LABELS
from services.outreach.waiting import waiting
from services.people.aliases import root_of
from services.people.consents import set_consent, set_contact
from services.people.merging import merge_people
from services.reports.clear_text import APPROVAL, release_clear
from services.reports.registry import reports
from services.reports.sheet import Ask, Report
from services.staff import approve
from services.verify.run import verify
from tests.activity_world import opened
from tests.conftest import PIN, STAFF, TODAY
from tests.desk_world import consent
from tests.money_world import session_of
from tests.services.outreach.letter_world import TEXT, reader, task

LISTS = "report "
MAILED = "outreach.send "
BIRTHDAY = f"1980-{TODAY[5:8]}23"  # within the days that are congratulated


@dataclass
class World:
    """Two who agreed to everything; one of them says no."""

    clinic: Clinic
    front: Session
    admin: Session
    market: Session
    folder: Path
    yes: int = 0
    no: int = 0

    @property
    def both(self) -> tuple[int, int]:
        return (self.yes, self.no)

    def known(self, number: object) -> set[int]:
        """The person of a member number, if it is one."""
        found = self.clinic.db.scalar(Person.select(Person.id).where(Person.number == str(number)))
        return set() if found is None else {found}


@pytest.fixture
def world(
    clinic: Clinic,
    frontdesk: Session,
    member_admin: Session,
    marketing: Session,
    tmp_path: Path,
) -> World:
    made = World(clinic, frontdesk, member_admin, marketing, tmp_path)
    made.yes, made.no = (
        reader(frontdesk, f"M{n}", birthday=BIRTHDAY, phone=f"1380013800{n}", joined=True)
        for n in (1, 2)
    )
    for who in made.both:
        for channel in ("phone", "letter", "sms"):
            task(frontdesk, who, channel=channel, marketing=1)
    return made


# -- the ways to say it ------------------------------------------------------------------------


def _other(world: World) -> int:
    """A second record of the same person, which said no."""
    other = reader(world.front, "M9", phone="13800138002", birthday=BIRTHDAY)
    consent(world.front, other, False)
    return other


def _withdraws(world: World) -> None:
    set_consent(world.front, person_id=world.no, item="marketing", granted=False)


def _refuses_a_call(world: World) -> None:
    call = task(world.front, world.no, channel="phone")
    log_call(world.front, person_id=world.no, task_ids=(call,), outcome="refused")


def _wants_quiet(world: World) -> None:
    set_contact(world.front, person_id=world.no, by="", note="", quiet=True)


def _takes_over(world: World) -> None:
    merge_people(world.admin, survivor_id=world.no, merged_id=_other(world))


def _is_taken_over(world: World) -> None:
    other = _other(world)
    admin = world.admin.confirming("two_numbers", "two_memberships")
    merge_people(admin, survivor_id=other, merged_id=world.no)


WAYS: dict[str, Callable[[World], None]] = {
    each.__name__: each
    for each in (_withdraws, _refuses_a_call, _wants_quiet, _takes_over, _is_taken_over)
}


# -- the exits -----------------------------------------------------------------------------------


def _mailed(world: World, kind: str, *, clear: bool = False) -> set[int]:
    release = {}
    if clear:
        approval = approve(world.clinic, STAFF["director"], PIN, APPROVAL)
        release = {"clear": True, "reason": "发会员日通知", "approval": approval}
    by = world.market if kind == "numbers" else world.front
    sent = send(
        by,
        kind=kind,
        title="会员日",
        text="" if kind == LABELS else TEXT,
        marketing=True,
        people=world.both,
        **release,
    )
    if kind == "numbers":
        path = world.folder / f"{clear}.xlsx"
        write_numbers(world.clinic, path, sent.mailing_id, by.actor)
        cells = openpyxl.load_workbook(path)["名单"].iter_rows(min_row=4, max_col=1)
        listed = {who for (cell,) in cells for who in world.known(cell.value)}
        assert listed == set(people_of_mailing(world.clinic.db, sent.mailing_id))
    return set(people_of_mailing(world.clinic.db, sent.mailing_id))


def _listed(world: World, report: Report, *, clear: bool) -> set[int]:
    ask = Ask(TODAY, TODAY, TODAY)
    if clear:
        approval = approve(world.clinic, STAFF["director"], PIN, APPROVAL)
        released = release_clear(
            world.market, report=report.name, reason="发通知", approval=approval
        )
        ask = Ask(TODAY, TODAY, TODAY, clear=released.number)
    sheets = report.sheets(world.clinic.db, ask)
    return {
        who for sheet in sheets for row in sheet.rows for cell in row for who in world.known(cell)
    }


def _planned(world: World) -> set[int]:
    """The daily run and a campaign: who has an offer waiting."""
    catch_up(world.front)
    day = plus_days(TODAY, 3)
    plan_many(world.front, people=world.both, due_on=day, subject="讲座", marketing=True)
    query = FollowupTask.select(FollowupTask.person_id)
    offers = query.where((FollowupTask.state == "open") & (FollowupTask.marketing == 1))
    rules = {row[0] for row in world.clinic.db.rows(FollowupTask.select(FollowupTask.rule))}
    assert "birthday" in rules
    return {row[0] for row in world.clinic.db.rows(offers)}


def _invited(world: World, channel: str) -> set[int]:
    activity_id = opened(world.admin, name=channel)
    invite(world.admin, activity_id=activity_id, people=world.both, channel=channel)
    query = ActivityPlace.select(ActivityPlace.person_id)
    wanted = query.where(
        (ActivityPlace.activity_id == activity_id) & (ActivityPlace.state == "invited")
    )
    return {row[0] for row in world.clinic.db.rows(wanted)}


def _exits(world: World) -> Iterator[tuple[str, set[int]]]:
    db = world.clinic.db
    yield "call list", {row.person_id for row in calls_today(db, TODAY)}
    yield "letters waiting", {who for row in waiting(db, TODAY) for who in row.people}
    yield "followup.plan_many", _planned(world)
    for channel in ("phone", "letter", "sms"):
        yield "activity.invite", _invited(world, channel)
    for kind in KINDS:
        yield MAILED + kind, _mailed(world, kind)
    yield MAILED + "numbers in full", _mailed(world, "numbers", clear=True)
    for report in reports():
        if report.filtered:
            for clear in (False, True):
                yield LISTS + report.name, _listed(world, report, clear=clear)


COVERED = {"followup.plan_many", "activity.invite", "outreach.send"}


@pytest.mark.parametrize("way", WAYS)
def test_whoever_says_no_is_left_out_everywhere_at_once(world: World, way: str) -> None:
    WAYS[way](world)
    root = root_of(world.clinic.db, world.no)
    for name, reached in _exits(world):
        assert world.yes in reached, f"{name} reaches nobody"
        assert reached.isdisjoint({world.no, root}), f"{name} after {way}"
    assert [fault.code for fault in verify(world.clinic).faults if "mailing" in fault.code] == []


def test_before_anybody_says_no_every_exit_reaches_both(world: World) -> None:
    for name, reached in _exits(world):
        assert set(world.both) <= reached, name


def test_no_exit_is_forgotten() -> None:
    """A command that is given people and reaches out to them, and a list of whom to contact."""
    reaching = {
        action
        for action, run in COMMANDS.items()
        if {"people", "channel"} <= set(inspect.signature(run).parameters)
        or {"people", "marketing"} <= set(inspect.signature(run).parameters)
    }
    assert reaching == COVERED
    assert {action for action in COMMANDS if action.startswith("outreach.")} == {"outreach.send"}
    assert {report.name for report in reports() if report.filtered} == {"group-list"}


def test_a_service_is_still_said_to_whoever_wants_no_offers(world: World) -> None:
    call = task(world.front, world.no, channel="phone", subject="复查")
    _withdraws(world)
    (row,) = [row for row in calls_today(world.clinic.db, TODAY) if row.person_id == world.no]
    assert row.task_ids == (call,)
    sent = send(
        session_of(world.clinic, "billing"),
        kind="letter",
        title="复查",
        text=TEXT,
        marketing=False,
        people=world.both,
    )
    assert sent.people == 2
