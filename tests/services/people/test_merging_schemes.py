"""Merging and parting where fees are paid and points are spent (E62 with E18, E30, E57)."""

import msgspec
import pytest

from services.errors import RuleError
from services.gifts.handout import issue_gift, return_gift
from services.gifts.lists import due_gifts
from services.loyalty.awards import give_award
from services.loyalty.grants import grants_of
from services.loyalty.redemption import redeem, return_redemption
from services.loyalty.redemption_list import redemptions_of
from services.loyalty.service_use import use_service, void_use
from services.loyalty.standing import standing_of
from services.loyalty.starting import start_programme
from services.memberships.fees import pay_fee
from services.memberships.records import fee_rows
from services.people.merging import merge_people, unmerge_people
from services.programmes.activation import retire
from services.programmes.registry import preset, timelines
from services.verify import verify
from tests.conftest import TODAY
from tests.gift_world import add_gift, in_command, stocked
from tests.money_world import pay, person, sign
from tests.services.memberships.world import clinic_fee, payer, with_programme
from tests.services.people.test_merging import ALL


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


def merged(session, survivor, other):
    return merge_people(session.confirming(*ALL), survivor_id=survivor, merged_id=other)


# -- fees ------------------------------------------------------------------------------------------


def test_e57_e62_terms_of_both_follow_each_other(clinic, frontdesk, member_admin, director):
    scheme = with_programme(director, clinic_fee())
    first, second = (payer(frontdesk, scheme, rank=2).person_id for _ in range(2))
    before = [standing_of(clinic.db, each, scheme) for each in (first, second)]
    merged(member_admin, first, second)
    assert standing_of(clinic.db, first, scheme).paid_until == "2028-11-19"
    assert len(fee_rows(clinic.db, first)) == 2
    unmerge_people(member_admin, merged_id=second)
    assert [standing_of(clinic.db, each, scheme) for each in (first, second)] == before


def test_e57_e62_the_membership_of_the_merged_record_is_renewed(
    clinic, frontdesk, member_admin, director
):
    scheme = with_programme(director, clinic_fee())
    first, second = person(frontdesk), payer(frontdesk, scheme, rank=3).person_id
    merged(member_admin, first, second)
    standing = standing_of(clinic.db, first, scheme)
    assert (standing.rank, standing.member, standing.paid_until) == (3, 1, "2027-11-19")
    unmerge_people(member_admin, merged_id=second)
    merged(member_admin, first, second)
    pay_fee(frontdesk, person_id=first, programme_id=scheme, rank=3, every="year")
    assert standing_of(clinic.db, first, scheme).paid_until == "2028-11-19"
    with pytest.raises(RuleError, match="不能再拆开"):  # paid on the other's membership
        unmerge_people(member_admin, merged_id=second)


# -- redemptions ---------------------------------------------------------------------------------


@pytest.fixture
def spender(clinic, frontdesk, director):
    """The second programme, in which points are spent."""
    sign(director, preset("医院方案B"))
    timeline = timelines(clinic.db)[1]
    in_command(director, lambda tx: start_programme(tx, timeline))
    return timeline.programme_id


def joined(session, programme_id, yuan):
    from services.loyalty.membership import join

    who = person(session)
    pay(session, who, yuan)
    join(session, person_id=who, benefits_explained=True, programme_id=programme_id)
    return who


def test_e30_e62_what_one_redeemed_the_other_collects(
    clinic, frontdesk, billing, marketing, member_admin, spender
):
    gift = add_gift(marketing, name="保健品", band_yuan=10)
    stocked(marketing, gift, 0, 9)
    first, second = person(frontdesk), joined(frontdesk, spender, 8000)
    bought = redeem(frontdesk, person_id=second, item_key="b.gift10", programme_id=spender)
    before = [standing_of(clinic.db, each, spender) for each in (first, second)]
    merged(member_admin, first, second)
    assert [row.id for row in redemptions_of(clinic.db, first)] == [bought.redemption_id]
    (due,) = [row for row in grants_of(clinic.db, first) if row.grant_key.startswith("redeem.")]
    assert (due.person_id, due.left) == (first, 1)
    issued = issue_gift(billing, grant_id=due.id, gift_id=gift)
    with pytest.raises(RuleError, match="合起来才有的权益"):
        unmerge_people(member_admin, merged_id=second)
    return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="退", points_back=False)
    unmerge_people(member_admin, merged_id=second)
    assert [standing_of(clinic.db, each, spender) for each in (first, second)] == before


def test_e18_e62_a_redemption_of_the_merged_record_is_given_back(
    clinic, frontdesk, member_admin, spender
):
    first, second = person(frontdesk), joined(frontdesk, spender, 8000)
    before = standing_of(clinic.db, second, spender)
    bought = redeem(frontdesk, person_id=second, item_key="b.ultrasonic", programme_id=spender)
    merged(member_admin, first, second)
    return_redemption(frontdesk, redemption_id=bought.redemption_id, reason="不要了")
    assert standing_of(clinic.db, first, spender).available == before.available
    unmerge_people(member_admin, merged_id=second)
    assert standing_of(clinic.db, second, spender) == before


def test_e21_e62_points_of_both_are_spent_and_they_stay_one(
    clinic, frontdesk, member_admin, spender
):
    first, second = joined(frontdesk, spender, 3000), joined(frontdesk, spender, 3000)
    merged(member_admin, first, second)
    bought = redeem(frontdesk, person_id=first, item_key="b.ultrasonic", programme_id=spender)
    assert bought.left == 1000
    use_service(frontdesk, grant_id=bought.grant_id)
    with pytest.raises(RuleError, match="不能再拆开"):
        unmerge_people(member_admin, merged_id=second)


def test_e62_a_merged_records_service_of_a_retired_programme_is_the_survivors(
    clinic, frontdesk, director, member_admin, spender
):
    """Nothing is settled under a retired programme: the grant stays on the merged record, and the
    survivor uses it without being a stranger to it."""
    first, second = person(frontdesk), joined(frontdesk, spender, 8000)
    bought = redeem(frontdesk, person_id=second, item_key="b.ultrasonic", programme_id=spender)
    retire(director, programme_id=spender)
    merged(member_admin, first, second)
    used = use_service(frontdesk, grant_id=bought.grant_id)
    assert (used.beneficiary_id, used.registration_waived) == (first, False)
    rows = clinic.db.execute_sql("SELECT person_id, beneficiary_id FROM service_use").fetchall()
    assert rows == [(second, first)]
    void_use(frontdesk, use_id=used.use_id, reason="点错")
    with pytest.raises(RuleError, match="凭会员卡"):
        use_service(frontdesk, grant_id=bought.grant_id, beneficiary_id=person(frontdesk))


def test_e30_e62_what_was_redeemed_of_an_older_catalogue_is_used_after_a_merge(
    clinic, frontdesk, member_admin, director, spender
):
    """The version of today does not sell it any more, and the past is read under that version."""
    first, second = joined(frontdesk, spender, 9000), person(frontdesk)
    bought = redeem(
        frontdesk, person_id=first, item_key="b.facial", programme_id=spender, checked="card"
    )
    plain = preset("医院方案B")
    catalogue = tuple(each for each in plain.points.catalogue if each.key != "b.facial")
    points = msgspec.structs.replace(plain.points, catalogue=catalogue)
    sign(director, msgspec.structs.replace(plain, points=points), TODAY)
    merged(member_admin, first, second)
    assert use_service(frontdesk, grant_id=bought.grant_id).left == 0


def test_e62_what_was_given_to_somebody_who_never_paid_waits_for_the_survivor(
    clinic, frontdesk, member_admin
):
    first, second = person(frontdesk), person(frontdesk)
    give_award(member_admin, person_id=second, kind="gift", name="讲座纪念", reason="event")
    merged(member_admin, first, second)
    assert [row.person_id for row in due_gifts(clinic.db, TODAY)] == [first]
    unmerge_people(member_admin, merged_id=second)
    assert [row.person_id for row in due_gifts(clinic.db, TODAY)] == [second]
