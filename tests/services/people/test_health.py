"""The health grade: judged by hand, one of the ways to a tier (R027)."""

import msgspec
import pytest

from services.errors import RuleError
from services.loyalty.membership import join
from services.people.health import grade_health, grades_of
from services.people.merging import merge_people, unmerge_people
from services.programmes.definition import Reach
from services.verify import verify
from tests.conftest import TODAY
from tests.money_world import pay, person, sign, stand, variant


@pytest.fixture
def by_grade(director):
    """VIP for a healthy mouth and some spending."""
    programme = variant()
    vip = msgspec.structs.replace(
        programme.tiers[2], reach=(Reach(health_grade=7, cumulative_spend_yuan=1000),)
    )
    tiers = (*programme.tiers[:2], vip, programme.tiers[3])
    sign(director, msgspec.structs.replace(programme, tiers=tiers))


def test_r027_a_grade_carries_a_tier_and_lets_it_go(clinic, frontdesk, member_admin, by_grade):
    who = person(frontdesk)
    assert grade_health(member_admin, person_id=who, grade=8, note=" 牙周好 ").rank == 0
    pay(frontdesk, who, 1000)
    join(frontdesk, person_id=who, benefits_explained=True)
    assert stand(clinic, who).rank == 3
    graded = grade_health(member_admin, person_id=who, grade=2)
    assert graded.rank == 3  # a lower grade takes nothing away (C22)
    rows = grades_of(clinic.db, who)
    assert [(row.grade, row.note, row.occurred_on) for row in rows] == [
        (2, "", TODAY), (8, "牙周好", TODAY),
    ]  # fmt: skip
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


@pytest.mark.parametrize("grade", [-1, 10])
def test_r027_a_grade_is_0_to_9(frontdesk, member_admin, grade):
    who = person(frontdesk)
    with pytest.raises(RuleError, match="0 至 9"):
        grade_health(member_admin, person_id=who, grade=grade)
    with pytest.raises(RuleError, match="没有这项权限"):
        grade_health(frontdesk, person_id=who, grade=5)
    with pytest.raises(RuleError, match="有效档案"):
        grade_health(member_admin, person_id=99, grade=5)


def test_r027_e62_a_grade_of_the_merged_record_counts(clinic, frontdesk, member_admin, by_grade):
    first, second = person(frontdesk), person(frontdesk)
    pay(frontdesk, first, 1000)
    grade_health(member_admin, person_id=second, grade=9)
    merge_people(member_admin, survivor_id=first, merged_id=second)
    assert stand(clinic, first).rank == 3
    assert [row.grade for row in grades_of(clinic.db, first)] == [9]
    unmerge_people(member_admin, merged_id=second)
    assert stand(clinic, first).rank == 1
