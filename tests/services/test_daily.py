"""What a new business day brings, however many days the computer was off."""

import msgspec
import pytest

from models.followup import FollowupTask
from models.gifts import EntitlementGrant
from models.ledgers import PointsEntry, Standing
from models.system import Audit, Setting
from services.changes import Kind
from services.clock import plus_days
from services.desk import daily
from services.desk.daily import catch_up, catch_up_some, needed
from services.errors import Confirmable, RuleError
from services.loyalty.grants import grants_of
from services.loyalty.membership import join, override_tier
from services.loyalty.receipts import post_receipt
from services.loyalty.standing import standing_of
from services.programmes.registry import main_timeline, sign_version
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.desk_world import change, member, person, tasks
from tests.gift_world import in_command

NEW_YEAR = "2027-01-01"


def everything(clinic):
    """Every row the catch-up might write."""
    tables = (EntitlementGrant, FollowupTask, PointsEntry, Standing, Setting, Audit)
    return [clinic.db.rows(table.select()) for table in tables]


def yearly(clinic, person_id):
    return {g.grant_key for g in grants_of(clinic.db, person_id) if g.valid_to is not None}


def new_day(session, clock, day, **how):
    clock.day = day
    return catch_up(session.confirming("clock_jump"), **how)


def expiring(director, months=12):
    """From today on, points of the programme expire."""
    programme = main_timeline(director.db).versions[-1].programme
    points = msgspec.structs.replace(programme.points, expiry_months=months)
    changed = msgspec.structs.replace(programme, points=points)
    in_command(director, lambda tx: sign_version(tx, changed, TODAY))


# -- once a day ------------------------------------------------------------------------------


def test_a_day_is_caught_up_once_and_a_second_start_changes_nothing(clinic, frontdesk, clock):
    member(frontdesk, "M1", birthday="1990-12-22")
    clock.day = plus_days(TODAY, 30)
    assert needed(clinic.db, clock.day)
    done = catch_up(frontdesk)
    assert (done.tasks, done.expired_people, done.grants_rolled, done.alarms) == (2, 0, 0, 0)
    assert done.changes.kinds == (Kind.FOLLOWUP,)
    assert not needed(clinic.db, clock.day)
    before = everything(clinic)
    assert catch_up(frontdesk) == daily.CaughtUp(0, 0, 0, 0, 0, daily.NOTHING)
    assert everything(clinic) == before


def test_the_step_itself_run_again_finds_nothing(clinic, frontdesk, clock):
    vip = member(frontdesk, "M1", rank=3, birthday="1990-01-02")
    new_day(frontdesk, clock, NEW_YEAR)
    rows = [tasks(frontdesk, vip), grants_of(clinic.db, vip)]
    again = catch_up_some(frontdesk)
    assert (again.tasks, again.grants_rolled, again.changes.kinds) == (0, 0, ())
    assert [tasks(frontdesk, vip), grants_of(clinic.db, vip)] == rows


def test_every_role_may_open_the_day(marketing, clock):
    clock.day = plus_days(TODAY, 1)
    catch_up(marketing)
    assert not needed(marketing.db, clock.day)


def test_the_same_command_id_does_not_run_in_a_circle(frontdesk, clock):
    import uuid

    catch_up(frontdesk.once(uuid.uuid4()))
    assert not needed(frontdesk.db, TODAY)


def test_e25_a_jump_of_the_clock_is_asked_before_anything(clinic, frontdesk, clock):
    member(frontdesk, "M1")
    catch_up(frontdesk)
    before = everything(clinic)
    clock.day = plus_days(TODAY, 31)
    with pytest.raises(Confirmable) as asked:
        catch_up(frontdesk)
    assert asked.value.code == "clock_jump"
    assert everything(clinic) == before
    assert catch_up(frontdesk.confirming("clock_jump"), batch=1).tasks == 1


def test_e25_a_clock_set_back_is_refused(frontdesk, clock):
    catch_up(frontdesk)
    clock.day = "2026-11-19"
    assert not needed(frontdesk.db, clock.day)
    with pytest.raises(RuleError, match="早于上次营业日"):
        catch_up_some(frontdesk)


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_small_steps_and_large_ones_end_the_same(clinic, frontdesk, clock, batch):
    for n in range(5):
        member(frontdesk, f"M{n}", rank=2 + n % 2, birthday=f"1990-01-{n + 1:02d}")
    catch_up(frontdesk)
    done = new_day(frontdesk, clock, NEW_YEAR, batch=batch)
    assert (done.tasks, done.grants_rolled) == (10, 5)
    assert set(done.changes.kinds) == {Kind.FOLLOWUP, Kind.POINTS, Kind.TIER, Kind.GRANT}


def test_a_day_left_unfinished_begins_anew_the_next_morning(clinic, frontdesk, clock):
    for n in range(3):
        member(frontdesk, f"M{n}", rank=2)
    catch_up(frontdesk)
    clock.day = NEW_YEAR
    first = catch_up_some(frontdesk.confirming("clock_jump"), batch=2)
    assert first.grants_rolled + first.tasks < 6
    assert needed(clinic.db, clock.day)
    second = new_day(frontdesk, clock, "2027-01-02")
    assert first.grants_rolled + second.grants_rolled == 3
    assert first.tasks + second.tasks == 3


# -- the turn of the year --------------------------------------------------------------------


def test_e43_e48_a_new_year_brings_the_years_services_and_no_leftovers(clinic, frontdesk, clock):
    vip = member(frontdesk, "M1", rank=3)
    plain = member(frontdesk, "M2", rank=1)
    catch_up(frontdesk)
    assert yearly(clinic, vip) == {"vip.ultrasonic@2026"}
    done = new_day(frontdesk, clock, NEW_YEAR)
    assert done.grants_rolled == 1
    assert yearly(clinic, vip) == {"vip.ultrasonic@2026", "vip.ultrasonic@2027"}
    assert yearly(clinic, plain) == set()


def test_e43_a_new_year_is_found_weeks_later_and_looked_for_once(clinic, frontdesk, clock):
    vip = member(frontdesk, "M1", rank=2)
    catch_up(frontdesk)
    assert new_day(frontdesk, clock, "2027-02-20").grants_rolled == 1
    assert yearly(clinic, vip) == {"advanced.ultrasonic@2026", "advanced.ultrasonic@2027"}
    assert new_day(frontdesk, clock, "2027-02-21").grants_rolled == 0


def test_two_years_off_bring_both_years(clinic, frontdesk, clock):
    vip = member(frontdesk, "M1", rank=2)
    catch_up(frontdesk)
    new_day(frontdesk, clock, "2028-03-01")
    assert {key[-4:] for key in yearly(clinic, vip)} == {"2026", "2027", "2028"}


def test_an_empty_clinic_has_a_new_year_too(clinic, frontdesk, clock):
    assert catch_up(frontdesk).grants_rolled == 0
    assert new_day(frontdesk, clock, NEW_YEAR).changes.kinds == ()


# -- tiers that were granted until a day -----------------------------------------------------


def test_e40_a_granted_tier_ends_by_itself_on_the_day_after(clinic, frontdesk, director, clock):
    patient = member(frontdesk, "M1", rank=1)
    override_tier(director, person_id=patient, rank=3, reason="院长批准", until="2026-11-25")
    catch_up(frontdesk)
    programme_id = main_timeline(clinic.db).programme_id
    new_day(frontdesk, clock, "2026-11-25")
    assert standing_of(clinic.db, patient, programme_id).rank == 3
    new_day(frontdesk, clock, "2026-11-29")
    assert standing_of(clinic.db, patient, programme_id).rank == 1


# -- points that expire ----------------------------------------------------------------------


def test_e22_points_expire_when_their_last_day_is_past(clinic, frontdesk, director, clock):
    expiring(director)
    patient = person(frontdesk, "M1")
    post_receipt(frontdesk, person_id=patient, amount_fen=2_000_00)
    join(frontdesk, person_id=patient, benefits_explained=True)
    catch_up(frontdesk)
    assert new_day(frontdesk, clock, "2027-11-20").expired_people == 0
    done = new_day(frontdesk, clock, "2027-11-21")
    assert done.expired_people == 1
    row = clinic.db.row(
        PointsEntry.select(PointsEntry.points, PointsEntry.occurred_on).where(
            PointsEntry.kind == "expire"
        )
    )
    assert row == (-2000, "2027-11-21")
    assert new_day(frontdesk, clock, "2027-11-21").expired_people == 0


def test_e22_days_off_lose_no_expiry(clinic, frontdesk, director, clock):
    expiring(director, months=1)
    patient = person(frontdesk, "M1")
    for _ in range(3):
        post_receipt(frontdesk, person_id=patient, amount_fen=100_00)
    other = person(frontdesk, "M2")
    post_receipt(frontdesk, person_id=other, amount_fen=100_00)
    catch_up(frontdesk)
    assert new_day(frontdesk, clock, "2027-03-01", batch=1).expired_people == 2
    expired = PointsEntry.select(PointsEntry.id).where(PointsEntry.kind == "expire")
    assert len(clinic.db.rows(expired)) == 4


def test_e22_a_late_receipt_whose_points_are_past_expires_the_next_day(
    clinic, frontdesk, director, clock
):
    expiring(director, months=1)
    patient = person(frontdesk, "M1")
    new_day(frontdesk, clock, "2027-03-01")
    word = approve(clinic, STAFF["director"], PIN, "approve.backdated")
    post_receipt(
        frontdesk, person_id=patient, amount_fen=100_00, occurred_on="2026-12-01",
        reason="补录", approval=word,
    )  # fmt: skip
    assert new_day(frontdesk, clock, "2027-03-02").expired_people == 1


# -- books that disagree ---------------------------------------------------------------------


def test_e64_a_member_whose_books_disagree_is_left_alone_and_the_others_go_on(
    clinic, frontdesk, clock
):
    broken, sound = member(frontdesk, "M1", rank=2), member(frontdesk, "M2", rank=2)
    catch_up(frontdesk)
    in_command(
        frontdesk,
        lambda tx: tx.db.write(Standing.update(spend_fen=1).where(Standing.person_id == broken)),
    )
    done = new_day(frontdesk, clock, NEW_YEAR)
    assert (done.alarms, done.grants_rolled) == (1, 1)
    assert len(yearly(clinic, sound)) == 2
    assert len(yearly(clinic, broken)) == 1
    assert not needed(clinic.db, NEW_YEAR)
    assert change(frontdesk, broken) == broken
