"""Referrals from the record to the reward and back (E55, E56, R051, R074)."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from models.ledgers import PointsEntry, Standing
from models.people import Person
from models.programmes import Programme as ProgrammeTable
from models.schemes import Award
from models.schemes import Referral as ReferralTable
from services.clock import plus_days
from services.desk.daily import catch_up
from services.desk.visits import check_in
from services.errors import Confirmable, IntegrityAlarm, RuleError
from services.gifts.handout import issue_gift
from services.gifts.lists import due_gifts
from services.loyalty.points import adjust_points
from services.loyalty.receipts import move_receipt, pay_arrears, refund, void_receipt
from services.loyalty.standing import standing_of
from services.loyalty.starting import start_programme
from services.people.enrolment import PersonForm, change_person, enrol
from services.people.form import check_form
from services.people.merging import merge_people, unmerge_people
from services.people.records import join_household
from services.people.records import person as record
from services.people.referral_checks import kinship
from services.people.referral_list import referrals_of
from services.people.referral_states import (
    STATES,
    TRANSITIONS,
    ReferralHead,
    change,
    state_title,
)
from services.people.referrals import refuse_referral
from services.programmes.definition import Referral, Reward
from services.programmes.registry import main_timeline, preset, timelines
from services.staff import approve
from services.verify import verify
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_gift, in_command, stocked
from tests.money_world import pay, person, sign, stand, variant

POINTS = Referral(
    referrer=Reward(points=200), newcomer=Reward(points=50), first_payment_yuan=500, yearly_cap=2
)
GIFT = Referral(
    referrer=Reward(kind="gift", name="推荐礼品", value_yuan=10),
    newcomer=Reward(kind="coupon", name="抵用券", value_yuan=50),
    first_payment_yuan=500,
)


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


@pytest.fixture
def old(frontdesk):
    return enrolled(frontdesk, "赵老", "13800138000")


@pytest.fixture
def thanks(director):
    """Points for both sides once 500 yuan were paid and a week has passed."""
    sign(director, msgspec.structs.replace(variant(expiry_months=12), referral=POINTS))


def enrolled(session, name="钱新", phone="13900139000", referrer=None, **more):
    form = check_form(PersonForm(name=name, phone=phone, referrer_id=referrer), TODAY).form
    return enrol(session, form=form, **more).person_id


def refer(session, person_id, referrer):
    form = record(session.db, person_id).form
    return change_person(
        session, person_id=person_id, document_checked=False,
        form=msgspec.convert({**form.__dict__, "referrer_id": referrer}, PersonForm),
    )  # fmt: skip


def state(clinic, newcomer):
    query = ReferralTable.select(ReferralTable.state, ReferralTable.reason)
    row = clinic.db.row(query.where(ReferralTable.newcomer_id == newcomer))
    return None if row is None else row[0]


def reason(clinic, newcomer):
    (row,) = [row for row in referrals_of(clinic.db, newcomer) if row.newcomer_id == newcomer]
    return row.reason


def days_later(session, clock, days):
    clock.day = plus_days(TODAY, days)
    return catch_up(session.confirming("clock_jump"))


# -- the way ---------------------------------------------------------------------------------


def test_e55_recorded_paid_rewarded(clinic, frontdesk, thanks, old, clock):
    new = enrolled(frontdesk, referrer=old)
    assert state(clinic, new) == "recorded"
    pay(frontdesk, new, 499)
    assert state(clinic, new) == "recorded"  # not enough yet
    receipt = pay(frontdesk, new, 500)
    (row,) = referrals_of(clinic.db, old)
    assert (row.state, row.paid_on, row.due_on) == ("paid", TODAY, plus_days(TODAY, 7))
    assert days_later(frontdesk, clock, 6).rewarded == 0
    assert days_later(frontdesk, clock, 7).rewarded == 1
    (row,) = referrals_of(clinic.db, new)
    assert (row.state, row.rewarded_on) == ("rewarded", clock.day)
    assert [stand(clinic, each).available for each in (old, new)] == [200, 1049]
    entry = clinic.db.row(
        PointsEntry.select(
            PointsEntry.kind, PointsEntry.tier_counting, PointsEntry.expires_on
        ).where(PointsEntry.person_id == old)
    )
    assert entry == ("bonus", 0, "2027-11-27")  # never counts for a tier (E36)
    assert days_later(frontdesk, clock, 8).rewarded == 0
    assert receipt.points == 500


def test_e55_arrears_bring_the_first_payment_up_to_the_mark(clinic, frontdesk, thanks, old):
    new = enrolled(frontdesk, referrer=old)
    receipt = pay(frontdesk, new, 400, billed_fen=600_00)
    assert state(clinic, new) == "recorded"
    pay_arrears(frontdesk, receipt_id=receipt.receipt_id, amount_fen=200_00)
    assert state(clinic, new) == "paid"


def test_e7_e55_a_receipt_that_earns_nothing_is_no_first_payment(clinic, frontdesk, thanks, old):
    new = enrolled(frontdesk, referrer=old)
    pay(frontdesk, new, 600, earns=False)
    assert state(clinic, new) == "recorded"


def test_e56_what_the_newcomer_pays_for_the_referrer_is_no_first_payment(
    clinic, frontdesk, thanks, old
):
    new = enrolled(frontdesk, referrer=old)
    pay(frontdesk, new, 600, patient_id=old)
    assert state(clinic, new) == "recorded"
    assert [words for _, words in kinship(clinic.db, new, old)] == [
        "推荐人和这位顾客替对方付过款。"
    ]


def test_r051_without_a_promise_a_referral_is_only_noted(clinic, frontdesk, old):
    new = enrolled(frontdesk, referrer=old)
    receipt = pay(frontdesk, new, 600)
    assert state(clinic, new) == "recorded"
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=600_00, reason="退")
    assert state(clinic, new) == "recorded"


# -- money goes back ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "expected"), [(0, "reversed"), (30, "reversed"), (31, "rewarded")]
)
def test_e55_a_refund_below_the_mark_inside_30_days_reverses(
    clinic, frontdesk, thanks, old, clock, days, expected
):
    new = enrolled(frontdesk, referrer=old)
    receipt = pay(frontdesk, new, 600)
    if days:
        days_later(frontdesk, clock, 7)
        days_later(frontdesk, clock, days)
    session = frontdesk.confirming("clock_jump")
    refund(session, receipt_id=receipt.receipt_id, amount_fen=100_00, reason="退")
    assert state(clinic, new) == ("rewarded" if days else "paid")  # 500 are left: enough
    refund(session, receipt_id=receipt.receipt_id, amount_fen=1, reason="退")
    assert state(clinic, new) == expected
    rewarded = expected == "rewarded"
    assert stand(clinic, old).available == (200 if rewarded else 0)


def test_e17_e55_reversed_points_that_were_spent_are_owed(
    clinic, frontdesk, member_admin, thanks, old, clock
):
    new = enrolled(frontdesk, referrer=old)
    receipt = pay(frontdesk, new, 600)
    days_later(frontdesk, clock, 7)
    adjust_points(member_admin, person_id=old, points=-150, reason_code="other", text="兑换")
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=600_00, reason="退")
    assert (stand(clinic, old).available, stand(clinic, old).deficit) == (0, 150)
    assert (stand(clinic, new).available, stand(clinic, new).deficit) == (0, 0)


def test_e3_e55_a_mistaken_receipt_gives_way_to_the_next(clinic, frontdesk, thanks, old):
    new = enrolled(frontdesk, referrer=old)
    pay(frontdesk, new, 10)
    wrong = pay(frontdesk, new, 600)
    right = pay(frontdesk, new, 700)
    void_receipt(frontdesk, receipt_id=wrong.receipt_id, reason="录错")
    query = ReferralTable.select(ReferralTable.state, ReferralTable.receipt_id)
    assert clinic.db.row(query) == ("paid", right.receipt_id)
    void_receipt(frontdesk, receipt_id=right.receipt_id, reason="录错")
    assert clinic.db.row(query) == ("recorded", None)
    pay(frontdesk, new, 500)
    assert state(clinic, new) == "paid"


def test_e14_e55_a_receipt_moved_away_takes_the_reward_along(clinic, frontdesk, thanks, old, clock):
    new = enrolled(frontdesk, referrer=old)
    other = person(frontdesk)
    receipt = pay(frontdesk, new, 600)
    move_receipt(frontdesk, receipt_id=receipt.receipt_id, to_person_id=other, reason="录错人")
    assert state(clinic, new) == "recorded"
    move_receipt(frontdesk, receipt_id=receipt.receipt_id, to_person_id=new, reason="没录错")
    assert state(clinic, new) == "paid"
    days_later(frontdesk, clock, 7)
    assert stand(clinic, old).available == 200
    move_receipt(frontdesk, receipt_id=receipt.receipt_id, to_person_id=other, reason="录错人")
    assert state(clinic, new) == "reversed"
    assert [stand(clinic, each).available for each in (old, new, other)] == [0, 0, 600]


def test_e55_a_gift_is_taken_back_until_it_is_handed_out(
    clinic, frontdesk, billing, marketing, director, old, clock
):
    sign(director, msgspec.structs.replace(variant(), referral=GIFT))
    toothpaste = add_gift(marketing, band_yuan=10)
    stocked(marketing, toothpaste, 0, 5)
    first, second = enrolled(frontdesk, "甲", "1", old), enrolled(frontdesk, "乙", "2", old)
    receipts = [pay(frontdesk, each, 600) for each in (first, second)]
    assert days_later(frontdesk, clock, 7).rewarded == 2
    due = due_gifts(clinic.db, clock.day)
    assert [(row.person_id, row.gift_name, row.tier_name) for row in due] == [
        (old, "推荐礼品", ""), (old, "推荐礼品", ""),
    ]  # fmt: skip
    issue_gift(billing, grant_id=due[0].grant_id, gift_id=toothpaste)
    for receipt in receipts:
        void_receipt(
            frontdesk, receipt_id=receipt.receipt_id, reason="录错",
            approval=approve(clinic, STAFF["director"], PIN, "approve.late_void"),
        )  # fmt: skip
    assert due_gifts(clinic.db, clock.day) == []
    assert reason(clinic, first) == "首次付款已退；奖励的礼品或券已领取，未收回"
    assert reason(clinic, second) == "首次付款已退"
    void = clinic.db.rows(Award.select(Award.id).where(Award.voids_id.is_null(False)))
    assert len(void) == 3  # one gift of two, both coupons


# -- who may refer whom --------------------------------------------------------------------------


def test_e56_new_means_no_earlier_receipt_or_visit(clinic, frontdesk, member_admin, thanks, old):
    seen = enrolled(frontdesk, "甲", "13500135000")
    in_command(
        frontdesk,
        lambda tx: tx.db.write(Person.update(last_visit_on="2026-01-05").where(Person.id == seen)),
    )
    refer(frontdesk, seen, old)
    assert (state(clinic, seen), reason(clinic, seen)) == ("refused", "以前来过，不算新顾客")
    paid = enrolled(frontdesk, "乙", "13500135001")
    pay(frontdesk, paid, 600)
    with pytest.raises(RuleError, match="不能再改"):
        refer(frontdesk, paid, old)
    here = enrolled(frontdesk, "丙", "13500135002")
    check_in(frontdesk, person_id=here)  # checked in today, before anybody asked
    refer(frontdesk, here, old)
    assert state(clinic, here) == "recorded"


def test_e56_the_referrer_is_fixed_with_the_first_payment(clinic, frontdesk, thanks, old):
    other = person(frontdesk)
    new = enrolled(frontdesk, referrer=old)
    refer(frontdesk, new, other)
    (row,) = referrals_of(clinic.db, new)
    assert (row.referrer_id, row.state) == (other, "recorded")
    refer(frontdesk, new, None)
    assert (state(clinic, new), reason(clinic, new)) == ("refused", "登记表上的推荐人已清除")
    refer(frontdesk, new, old)
    assert state(clinic, new) == "recorded"
    pay(frontdesk, new, 600)
    with pytest.raises(RuleError, match="不能再改"):
        refer(frontdesk, new, other)


def test_e56_a_refusal_by_hand_is_final(clinic, frontdesk, member_admin, thanks, old):
    new = enrolled(frontdesk, referrer=old)
    (waits,) = referrals_of(clinic.db, new)
    with pytest.raises(RuleError, match="原因"):
        refuse_referral(member_admin, referral_id=waits.id, reason=" ")
    refuse_referral(member_admin, referral_id=waits.id, reason="员工家属")
    with pytest.raises(RuleError, match="不能再改为不奖励"):
        refuse_referral(member_admin, referral_id=waits.id, reason="x")
    with pytest.raises(RuleError, match="不能再改为不奖励"):
        refuse_referral(member_admin, referral_id=99, reason="x")
    assert (state(clinic, new), reason(clinic, new)) == ("refused", "员工家属")
    refer(frontdesk, new, person(frontdesk))
    pay(frontdesk, new, 600)
    assert state(clinic, new) == "refused"


def test_e56_nobody_refers_oneself_or_in_a_circle(clinic, frontdesk, thanks, old):
    with pytest.raises(RuleError, match="不能是本人"):
        refer(frontdesk, old, old)
    second = enrolled(frontdesk, referrer=old)
    with pytest.raises(RuleError, match="互相推荐"):
        refer(frontdesk, old, second)
    third = enrolled(frontdesk, "孙三", "13700137000", second)
    with pytest.raises(RuleError, match="互相推荐"):
        refer(frontdesk, old, third)
    in_command(
        frontdesk, lambda tx: tx.db.write(Person.update(state="withdrawn").where(Person.id == old))
    )
    with pytest.raises(RuleError, match="有效档案"):
        enrolled(frontdesk, "李四", "13700137001", old)


def test_e56_a_circle_that_stands_in_the_file_ends(clinic, frontdesk, thanks, old):
    second = person(frontdesk)

    def circle(tx):
        for who, by in ((old, second), (second, old)):
            tx.db.write(Person.update(referrer_id=by).where(Person.id == who))

    in_command(frontdesk, circle)
    assert state(clinic, enrolled(frontdesk, referrer=old)) == "recorded"


def test_e56_the_same_phone_or_household_is_asked_about(clinic, frontdesk, thanks, old):
    with pytest.raises(Confirmable) as asked:
        enrolled(frontdesk, phone="138 0013 8000", referrer=old)
    assert asked.value.code == "referrer_phone"
    with pytest.raises(Confirmable) as asked:
        enrolled(frontdesk, referrer=old, household_with=old)
    assert asked.value.code == "referrer_family"
    new = enrolled(
        frontdesk.confirming("referrer_phone", "referrer_family"),
        phone="13800138000", referrer=old, household_with=old,
    )  # fmt: skip
    assert len(kinship(clinic.db, new, old)) == 2
    join_household(frontdesk, person_id=new, with_person_id=person(frontdesk))
    assert len(kinship(clinic.db, new, old)) == 1


def test_e56_a_yearly_cap_ends_the_rewards(clinic, frontdesk, thanks, old, clock):
    people = [enrolled(frontdesk, f"新{n}", f"1390013900{n}", old) for n in range(3)]
    for each in people:
        pay(frontdesk, each, 600)
    assert days_later(frontdesk, clock, 7).rewarded == 2
    assert [state(clinic, each) for each in people] == ["rewarded", "rewarded", "refused"]
    assert reason(clinic, people[2]) == "推荐人今年的推荐奖励已满 2 次"
    assert stand(clinic, old).available == 400
    clock.day = "2027-01-05"
    session = frontdesk.confirming("clock_jump")
    later = enrolled(session, "新九", "13900139009", old)
    pay(session, later, 600)
    clock.day = "2027-01-20"
    assert catch_up(session).rewarded == 1  # another year
    assert state(clinic, later) == "rewarded"


def test_e55_a_referrer_who_is_gone_gets_nothing(clinic, frontdesk, thanks, old, clock):
    new = enrolled(frontdesk, referrer=old)
    pay(frontdesk, new, 600)
    in_command(
        frontdesk, lambda tx: tx.db.write(Person.update(state="withdrawn").where(Person.id == old))
    )
    assert days_later(frontdesk, clock, 7).rewarded == 0
    assert reason(clinic, new) == "推荐人的档案已停用"


def test_e64_books_that_disagree_leave_a_referral_for_later(clinic, frontdesk, thanks, old, clock):
    new = enrolled(frontdesk, referrer=old)
    pay(frontdesk, new, 600)
    where = Standing.person_id == new

    def shift(tx, fen):
        tx.db.write(Standing.update(spend_fen=Standing.spend_fen + fen).where(where))

    in_command(frontdesk, lambda tx: shift(tx, 100))
    assert days_later(frontdesk, clock, 7).alarms >= 1
    assert state(clinic, new) == "paid"
    assert stand(clinic, old).available == 0
    in_command(frontdesk, lambda tx: shift(tx, -100))
    assert days_later(frontdesk, clock, 8).rewarded == 1


# -- merges ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("steps", "expected"), [(0, "refused"), (1, "refused"), (2, "reversed")])
def test_e62_a_referrer_who_is_the_newcomer_gets_nothing(
    clinic, frontdesk, member_admin, thanks, old, clock, steps, expected
):
    new = enrolled(frontdesk, referrer=old)
    if steps:
        pay(frontdesk, new, 600)
    if steps == 2:
        days_later(frontdesk, clock, 7)
    with pytest.raises(Confirmable, match="推荐关系"):
        merge_people(member_admin.confirming("two_names"), survivor_id=old, merged_id=new)
    admin = member_admin.confirming("two_names", "own_referral")
    merge_people(admin, survivor_id=old, merged_id=new)
    assert (state(clinic, new), reason(clinic, new)) == (expected, "推荐人与被推荐人是同一人")
    assert stand(clinic, old).available == (600 if steps else 0)
    unmerge_people(member_admin, merged_id=new)
    assert state(clinic, new) == expected  # what ended stays ended


def test_e56_e62_somebody_who_was_here_before_was_not_new(
    clinic, frontdesk, member_admin, thanks, old, clock
):
    regular = person(frontdesk)
    pay(frontdesk, regular, 10)
    clock.day = plus_days(TODAY, 3)
    new = enrolled(frontdesk, referrer=old)
    pay(frontdesk, new, 600)
    merge_people(member_admin.confirming("two_names"), survivor_id=regular, merged_id=new)
    assert (state(clinic, new), reason(clinic, new)) == ("refused", "合并档案后发现不是新顾客")


def test_e62_the_survivor_pays_for_the_merged_newcomer(
    clinic, frontdesk, member_admin, thanks, old, clock
):
    new, again = enrolled(frontdesk, referrer=old), enrolled(frontdesk, "钱新", "13900139001")
    merge_people(member_admin.confirming("two_names"), survivor_id=again, merged_id=new)
    pay(frontdesk, again, 600)
    assert state(clinic, new) == "paid"
    days_later(frontdesk, clock, 7)
    assert [stand(clinic, each).available for each in (old, again)] == [200, 650]


def test_e62_two_rewards_of_one_newcomer_stand(clinic, frontdesk, member_admin, thanks, old, clock):
    new, again = (enrolled(frontdesk, "钱新", f"1390013900{n}", old) for n in range(2))
    for each in (new, again):
        pay(frontdesk, each, 600)
    days_later(frontdesk, clock, 7)
    merge_people(member_admin, survivor_id=new, merged_id=again)
    assert [state(clinic, each) for each in (new, again)] == ["rewarded", "rewarded"]


def test_r051_a_programme_out_of_use_neither_rewards_nor_takes_back(
    clinic, frontdesk, member_admin, director, thanks, old, clock
):
    people = [enrolled(frontdesk, "钱新", f"1390013900{n}", old) for n in range(3)]
    receipts = [pay(frontdesk, each, 600) for each in people]
    refuse_referral(member_admin, referral_id=1, reason="x")
    days_later(frontdesk, clock, 7)
    clinic.db.execute_sql("UPDATE referral SET state = 'paid' WHERE id = 3")
    sign(director, preset("医院方案B"))

    def change_programme(tx):
        start_programme(tx, timelines(tx.db)[1])
        named = ProgrammeTable.name == "医院方案A"
        tx.db.write(ProgrammeTable.update(state="retired").where(named))

    in_command(director, change_programme)
    assert days_later(frontdesk, clock, 8).rewarded == 0
    refund(frontdesk, receipt_id=receipts[1].receipt_id, amount_fen=600_00, reason="退")
    merge_people(
        member_admin.confirming("two_names", "own_referral"), survivor_id=old, merged_id=people[1]
    )
    assert [state(clinic, each) for each in people] == ["refused", "rewarded", "paid"]


def test_r051_points_in_a_programme_out_of_use_stay_when_the_reward_is_taken_back(
    clinic, frontdesk, director, thanks, old, clock
):
    new = enrolled(frontdesk, referrer=old)
    paid = pay(frontdesk, new, 600)
    days_later(frontdesk, clock, 7)
    sign(director, msgspec.structs.replace(preset("医院方案B"), referral=POINTS))

    def change_programme(tx):
        start_programme(tx, timelines(tx.db)[1])
        named = ProgrammeTable.name == "医院方案A"
        tx.db.write(ProgrammeTable.update(state="retired").where(named))

    in_command(director, change_programme)
    refund(frontdesk, receipt_id=paid.receipt_id, amount_fen=600_00, reason="退")
    assert state(clinic, new) == "reversed"
    assert standing_of(clinic.db, old, 1).available == 200


def test_r051_a_referrer_noted_before_may_be_cleared(clinic, frontdesk, old):
    new = person(frontdesk)
    in_command(
        frontdesk,
        lambda tx: tx.db.write(Person.update(referrer_id=old).where(Person.id == new)),
    )
    refer(frontdesk, new, None)
    assert state(clinic, new) is None


# -- lists and states ----------------------------------------------------------------------------


def test_r074_the_list_names_both_people(clinic, frontdesk, thanks, old):
    new = enrolled(frontdesk, referrer=old)
    (row,) = referrals_of(clinic.db, old)
    assert (row.referrer_name, row.newcomer_name, row.newcomer_id) == ("赵老", "钱新", new)


@pytest.mark.parametrize("pair", list(itertools.product(STATES, STATES)))
def test_e55_only_these_steps_are_possible(clinic, frontdesk, old, pair):
    new = enrolled(frontdesk, referrer=old)
    before, after = pair
    head = ReferralHead(1, old, new, before, TODAY, None, None, 1)

    def walk(tx):
        tx.db.write(ReferralTable.update(state=before))
        change(tx, head, after)

    if pair in TRANSITIONS:
        in_command(frontdesk, walk)
        assert state(clinic, new) == after
    else:
        with pytest.raises(IntegrityAlarm, match="推荐"):
            in_command(frontdesk, walk)
    assert len({state_title(each) for each in STATES}) == len(STATES)


def test_r051_a_programme_without_points_gives_none(clinic, frontdesk, director, old, clock):
    programme = variant(mode="none")
    sign(director, msgspec.structs.replace(programme, referral=POINTS))
    new = enrolled(frontdesk, referrer=old)
    receipt = pay(frontdesk, new, 600)
    assert days_later(frontdesk, clock, 7).rewarded == 1
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=600_00, reason="退")
    assert state(clinic, new) == "reversed"
    programme_id = main_timeline(clinic.db).programme_id
    assert standing_of(clinic.db, old, programme_id).available == 0
