"""One person recorded twice: merging, working on, parting again (E62)."""

from __future__ import annotations

import msgspec
import pytest

from models.followup import FollowupTask
from models.people import Person, PersonAlias
from models.programmes import Programme as ProgrammeTable
from services.desk.visits import change_visit, check_in, reception_card, today_board
from services.errors import Confirmable, IntegrityAlarm, RuleError
from services.feedback.complaints import complaints_of, open_complaint
from services.followups.attempts import attempts_of, last_outcome
from services.followups.call_list import calls_today
from services.followups.calls import create_task, log_call
from services.gifts.handout import issue_gift, issues_of
from services.gifts.lists import due_gifts
from services.loyalty.grants import grants_of
from services.loyalty.membership import override_tier
from services.loyalty.points import adjust_points, expire_due, points_ledger
from services.loyalty.receipt_list import list_cases, list_receipts
from services.loyalty.receipts import move_receipt, open_case, post_receipt, refund
from services.loyalty.service_use import use_service, uses_of, void_use
from services.loyalty.standing import StandingRow, standing_of
from services.loyalty.starting import start_programme
from services.loyalty.tier_notices import open_notices, tell_tier
from services.people.aliases import group_of, merges_into, root_of, roots
from services.people.cards import cards_of, change_card, issue_card
from services.people.consents import set_consent
from services.people.enrolment import PersonForm, enrol, find_duplicates
from services.people.form import check_form
from services.people.merge_preview import merge_preview
from services.people.merging import merge_people, unmerge_people
from services.people.records import add_alert, alerts_of, consents_of, join_household
from services.people.records import person as record
from services.people.search import find
from services.programmes.activation import activate
from services.programmes.definition import Benefit
from services.programmes.registry import preset, sign_version, timelines
from services.staff import approve
from services.verify import verify
from tests.conftest import PIN, STAFF, TODAY
from tests.desk_world import change, tasks
from tests.gift_world import add_gift, gift_grant, in_command, stocked
from tests.money_world import grant_id, grants, member, pay, person, sign, stand, variant

ALL = ("two_names", "two_sexes", "two_birthdays", "two_memberships", "two_openings", "two_gifts",
       "two_visits", "two_lunar", "own_referral", "two_documents")  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


@pytest.fixture
def two(frontdesk):
    """Two records: one paid 3,000 and joined, the other paid 6,000."""
    first = member(frontdesk, 3000)
    second = person(frontdesk)
    pay(frontdesk, second, 6000)
    return first, second


def merged(session, survivor, other):
    return merge_people(session.confirming(*ALL), survivor_id=survivor, merged_id=other)


# -- what a merge does -----------------------------------------------------------------------


def test_e62_views_sum_and_the_tier_comes_from_both(clinic, frontdesk, member_admin, two):
    first, second = two
    merged(member_admin, first, second)
    standing = stand(clinic, first)
    assert (standing.spend_fen, standing.earned, standing.available) == (900_000, 9000, 9000)
    assert (standing.rank, standing.receipts, standing.max_single_fen) == (2, 2, 600_000)
    other = stand(clinic, second)
    assert (other.spend_fen, other.available, other.rank, other.member, other.next_on) == (
        0, 0, 0, 0, None,
    )  # fmt: skip
    assert group_of(clinic.db, first) == (first, second)
    assert (root_of(clinic.db, second), roots(clinic.db)) == (first, {second: first})
    assert [row.net_fen for row in list_receipts(clinic.db, first)] == [600_000, 300_000]
    assert [row.balance for row in points_ledger(clinic.db, first)] == [9000, 3000]
    assert list_receipts(clinic.db, second)[0].net_fen == 600_000  # rows keep their origin


def test_e62_parting_gives_everybody_their_own_again(clinic, frontdesk, member_admin, two):
    first, second = two
    before = [stand(clinic, each) for each in two], grants(clinic, first)
    merged(member_admin, first, second)
    assert grants(clinic, first) != before[1]
    unmerge_people(member_admin, merged_id=second)
    assert [stand(clinic, each) for each in two] == before[0]
    shown = {
        row.grant_key: (row.quantity, row.used, row.state) for row in grants_of(clinic.db, first)
    }
    assert shown == before[1]
    assert group_of(clinic.db, first) == (first,)
    with pytest.raises(RuleError, match="没有合并"):
        unmerge_people(member_admin, merged_id=second)


def test_e14_e62_a_receipt_moved_over_before_the_merge_counts_once(
    clinic, frontdesk, member_admin, two
):
    first, second = two
    wrong = pay(frontdesk, second, 100)
    move_receipt(frontdesk, receipt_id=wrong.receipt_id, to_person_id=first, reason="录错人")
    merged(member_admin, first, second)
    assert (stand(clinic, first).spend_fen, stand(clinic, first).earned) == (910_000, 9100)


def test_e62_a_survivor_with_a_guardian_keeps_them(clinic, frontdesk, member_admin, two):
    first, second = two
    names = {"guardian_relation": "母亲", "guardian_phone": "13800138009"}
    change(frontdesk, first, guardian_name="单妈妈", **names)
    change(frontdesk, second, guardian_name="单爸爸", **names)
    filled = merged(member_admin, first, second).filled
    assert not [name for name in filled if name.startswith("guardian")]
    assert record(clinic.db, first).form.guardian_name == "单妈妈"


def test_e62_quotas_are_the_larger_one_less_what_both_used(
    clinic, frontdesk, member_admin, director
):
    first, second = member(frontdesk, 12_000), member(frontdesk, 6000)  # VIP 2, 高级 1 cleaning
    use_service(frontdesk, grant_id=grant_id(clinic, second, "advanced.ultrasonic@2026"))
    merged(member_admin, first, second)
    cleanings = [row for row in grants_of(clinic.db, first) if "ultrasonic" in row.grant_key]
    assert [(row.grant_key, row.quantity, row.used, row.left) for row in cleanings] == [
        ("advanced.ultrasonic@2026", 1, 1, 0),
        ("vip.ultrasonic@2026", 1, 0, 1),
    ]
    # taking the other record's use back gives the common quota back
    (use,) = uses_of(clinic.db, first)
    void_use(frontdesk, use_id=use.id, reason="点错")
    assert grants(clinic, first)["vip.ultrasonic@2026"] == (2, 0, "open")
    use_service(frontdesk, grant_id=grant_id(clinic, first, "vip.ultrasonic@2026"), quantity=2)
    unmerge_people(member_admin, merged_id=second)
    assert grants(clinic, first)["vip.ultrasonic@2026"] == (2, 2, "used")
    assert grants(clinic, second)["advanced.ultrasonic@2026"] == (1, 0, "open")


def test_e49_e62_a_one_time_gift_is_not_given_again(
    clinic, frontdesk, billing, member_admin, marketing
):
    toothpaste = add_gift(marketing, band_yuan=50)
    stocked(marketing, toothpaste, 0, 5)
    first, second = member(frontdesk, 6000), member(frontdesk, 6000)
    issue_gift(billing, grant_id=gift_grant(clinic, second), gift_id=toothpaste)
    merged(member_admin, first, second)
    assert due_gifts(clinic.db, TODAY) == []
    assert [row.gift_name for row in issues_of(clinic.db, first)] == ["牙膏"]
    shown = [(row.person_id, row.used) for row in grants_of(clinic.db, first) if row.kind == "gift"]
    assert shown == [(second, 1)]
    unmerge_people(member_admin, merged_id=second)
    assert [row.person_id for row in due_gifts(clinic.db, TODAY)] == [first]


def test_e62_two_handed_out_gifts_are_asked_about(
    clinic, frontdesk, billing, member_admin, marketing
):
    toothpaste = add_gift(marketing, band_yuan=50)
    stocked(marketing, toothpaste, 0, 5)
    first, second = member(frontdesk, 6000), member(frontdesk, 6000)
    for who in (first, second):
        issue_gift(billing, grant_id=gift_grant(clinic, who), gift_id=toothpaste)
    with pytest.raises(Confirmable, match="都已领过") as asked:
        merge_people(
            member_admin.confirming("two_memberships"), survivor_id=first, merged_id=second
        )
    assert asked.value.code == "two_gifts"
    merged(member_admin, first, second)
    assert due_gifts(clinic.db, TODAY) == []
    unmerge_people(member_admin, merged_id=second)


def test_e62_a_jump_gives_no_gift_of_a_tier_that_both_had_passed(clinic, frontdesk, member_admin):
    first = member(frontdesk, 1000)  # 普通, its gift is due
    second = person(frontdesk)
    in_the_past = pay(frontdesk, second, 25_000, occurred_on="2026-11-19")
    assert in_the_past.rank_after == 4
    merged(member_admin, second, first)  # 25,000 came second in the ledger: 普通 stands
    assert {row.grant_key for row in grants_of(clinic.db, second) if row.left} >= {
        "regular.gift", "diamond.gift",
    }  # fmt: skip
    assert stand(clinic, second).member == 1


def test_e62_grants_that_only_one_path_gave_close_and_come_back(clinic, frontdesk, member_admin):
    first = person(frontdesk)
    pay(frontdesk, first, 25_000)
    second = member(frontdesk, 1000)
    assert grants(clinic, second)["regular.gift"][2] == "open"
    merged(member_admin, first, second)  # together 25,000 came first: 普通 was never entered
    assert grants(clinic, second)["regular.gift"] == (1, 0, "closed")
    assert "regular.gift" not in grants(clinic, first)
    assert [row.name for row in due_gifts(clinic.db, TODAY)] == [record(clinic.db, first).name]
    unmerge_people(member_admin, merged_id=second)
    assert grants(clinic, second)["regular.gift"] == (1, 0, "open")
    assert [row.quantity for row in grants_of(clinic.db, first)] == []


def test_e62_what_only_both_together_hold_can_be_drawn_and_then_they_stay_one(
    clinic, frontdesk, member_admin, two
):
    first, second = two
    merged(member_admin, first, second)
    use = use_service(frontdesk, grant_id=grant_id(clinic, first, "advanced.ultrasonic@2026"))
    with pytest.raises(RuleError, match="合起来才有的权益"):
        unmerge_people(member_admin, merged_id=second)
    void_use(frontdesk, use_id=use.use_id, reason="点错")
    unmerge_people(member_admin, merged_id=second)
    assert grants(clinic, first)["advanced.ultrasonic@2026"] == (0, 0, "closed")
    assert [r for r in grants_of(clinic.db, first) if r.grant_key.startswith("advanced")] == []


# -- money and points on the survivor ----------------------------------------------------------


def test_e62_a_receipt_of_the_merged_record_is_refunded_on_the_survivor(
    clinic, frontdesk, member_admin, two
):
    first, second = two
    (receipt,) = list_receipts(clinic.db, second)
    merged(member_admin, first, second)
    done = refund(frontdesk, receipt_id=receipt.id, amount_fen=100_000, reason="退")
    assert (done.person_id, done.points) == (first, -1000)
    assert stand(clinic, first).spend_fen == 800_000
    with pytest.raises(RuleError, match="已记在这位名下"):
        move_receipt(frontdesk, receipt_id=receipt.id, to_person_id=first, reason="x")
    pay(frontdesk, first, 10)
    unmerge_people(member_admin, merged_id=second)  # nothing of it stands on both
    assert stand(clinic, second).spend_fen == 500_000
    assert stand(clinic, first).spend_fen == 301_000


def test_e17_e62_points_of_one_pay_what_the_other_owes(clinic, frontdesk, member_admin, two):
    first, second = two
    adjust_points(
        member_admin, person_id=first, points=-3000, reason_code="other", text="兑换",
        approval=approve(clinic, STAFF["director"], PIN, "approve.adjustment"),
    )  # fmt: skip
    (receipt,) = list_receipts(clinic.db, first)
    refund(frontdesk, receipt_id=receipt.id, amount_fen=2000_00, reason="退")
    before = [stand(clinic, each) for each in two]
    assert before[0].deficit == 2000
    merged(member_admin, first, second)
    standing = stand(clinic, first)
    assert (standing.available, standing.deficit) == (4000, 0)
    unmerge_people(member_admin, merged_id=second)
    assert [stand(clinic, each) for each in two] == before


def test_e62_points_of_one_spent_from_the_other_hold_them_together(
    clinic, frontdesk, member_admin, two
):
    first, second = two
    merged(member_admin, first, second)
    adjust_points(
        member_admin, person_id=first, points=-4000, reason_code="other", text="兑换",
        approval=approve(clinic, STAFF["director"], PIN, "approve.adjustment"),
    )  # fmt: skip
    assert stand(clinic, first).available == 5000
    with pytest.raises(RuleError, match="不能再拆开"):
        unmerge_people(member_admin, merged_id=second)


def test_e22_e62_lots_of_both_expire_and_stay_their_own(
    clinic, frontdesk, member_admin, director, clock
):
    sign(director, variant(expiry_months=2))
    first, second = person(frontdesk), person(frontdesk)
    pay(frontdesk, first, 30)
    pay(frontdesk, second, 60)
    merged(member_admin, first, second)
    clock.day = "2027-01-21"
    session = frontdesk.confirming("clock_jump")
    assert expire_due(session, person_id=second).points == -90
    assert stand(clinic, first).available == 0
    unmerge_people(member_admin.confirming("clock_jump"), merged_id=second)
    assert [stand(clinic, each).available for each in (first, second)] == [0, 0]


def test_e62_a_debt_paid_by_a_lot_that_ran_out_since_cannot_be_parted(
    clinic, frontdesk, member_admin, director, clock
):
    sign(director, variant(expiry_months=2))
    first, second = person(frontdesk), person(frontdesk)
    receipt = pay(frontdesk, first, 30)
    adjust_points(member_admin, person_id=first, points=-30, reason_code="other", text="兑换")
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=2000, reason="退")
    pay(frontdesk, second, 60)
    merged(member_admin, first, second)
    clock.day = "2027-01-21"
    expire_due(frontdesk.confirming("clock_jump"), person_id=first)
    with pytest.raises(RuleError, match="已到期"):
        unmerge_people(member_admin.confirming("clock_jump"), merged_id=second)


def tiered(percents):
    programme = variant()
    tiers = tuple(
        msgspec.structs.replace(tier, points_percent=percent)
        for tier, percent in zip(programme.tiers, percents, strict=True)
    )
    return msgspec.structs.replace(programme, tiers=tiers)


def test_e39_e62_points_given_at_another_tier_stay_as_given(
    clinic, frontdesk, member_admin, director
):
    sign(director, tiered((100, 200, 300, 400)))
    first = member(frontdesk, 6000)  # 高级 from here on: double points
    second = person(frontdesk)
    receipt = pay(frontdesk, second, 100)
    pay(frontdesk, first, 100)
    merged(member_admin, first, second)
    assert stand(clinic, first).earned == 6000 + 100 + 200
    done = refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=5000, reason="退")
    assert done.points == -50  # as it was rated: 100 %
    unmerge_people(member_admin, merged_id=second)
    assert [stand(clinic, each).earned for each in (first, second)] == [6200, 50]


def test_e39_e62_a_receipt_rated_by_the_common_tier_holds_them_together(
    clinic, frontdesk, member_admin, director
):
    sign(director, tiered((100, 200, 300, 400)))
    first, second = member(frontdesk, 3000), person(frontdesk)
    pay(frontdesk, second, 6000)
    merged(member_admin, first, second)
    receipt = pay(frontdesk, first, 100)
    assert receipt.points == 200
    with pytest.raises(RuleError, match="合起来的等级"):
        unmerge_people(member_admin, merged_id=second)
    refund(frontdesk, receipt_id=receipt.receipt_id, amount_fen=10_000, reason="退")
    unmerge_people(member_admin, merged_id=second)


def test_e14_e62_a_receipt_moved_between_the_two_before(clinic, frontdesk, member_admin, director):
    sign(director, tiered((100, 200, 300, 400)))
    first, second = member(frontdesk, 6000), person(frontdesk)
    receipt = pay(frontdesk, second, 100)
    move_receipt(frontdesk, receipt_id=receipt.receipt_id, to_person_id=first, reason="录错人")
    merged(member_admin, second, first)
    standing = stand(clinic, second)
    assert (standing.earned, standing.receipts) == (6000 + 200, 2)
    unmerge_people(member_admin, merged_id=first)


def test_e10_e62_a_case_of_the_merged_record_goes_on(clinic, frontdesk, member_admin, two):
    first, second = two
    case = open_case(frontdesk, person_id=second, name="种植").case_id
    post_receipt(frontdesk, person_id=second, amount_fen=400_000, case_id=case)
    merged(member_admin, first, second)
    post_receipt(frontdesk, person_id=first, amount_fen=700_000, case_id=case)
    assert [(row.name, row.paid_fen) for row in list_cases(clinic.db, first)] == [
        ("种植", 1_100_000)
    ]
    assert stand(clinic, first).max_single_fen == 1_100_000
    with pytest.raises(RuleError, match="不能再拆开"):
        unmerge_people(member_admin, merged_id=second)


def test_e62_three_records_become_one_and_part_one_by_one(clinic, frontdesk, member_admin, two):
    first, second = two
    third = person(frontdesk)
    pay(frontdesk, third, 500)
    merged(member_admin, second, third)
    merged(member_admin, first, second)
    assert group_of(clinic.db, first) == (first, second, third)
    assert [merge[1:] for merge in merges_into(clinic.db, first)] == [
        (first, second), (second, third),
    ]  # fmt: skip
    assert stand(clinic, first).spend_fen == 950_000
    pay(frontdesk, first, 1)
    unmerge_people(member_admin, merged_id=third)  # the inner one first
    assert [stand(clinic, each).spend_fen for each in (first, second, third)] == [
        900_100, 0, 50_000,
    ]  # fmt: skip
    unmerge_people(member_admin, merged_id=second)
    assert stand(clinic, second).spend_fen == 600_000


# -- the record ------------------------------------------------------------------------------


def enrolled(session, **fields):
    form = check_form(PersonForm(**{"name": "王芳", **fields}), TODAY).form
    return enrol(session.confirming("no_phone", "possible_duplicate"), form=form).person_id


def numbers(clinic, text):
    return [hit.person_id for hit in find(clinic.db, text)]


def test_e62_old_cards_phones_and_numbers_still_find_the_person(clinic, frontdesk, member_admin):
    first = enrolled(frontdesk, phone="13800138000")
    second = enrolled(frontdesk, phone="13900139000", name="王方")
    issue_card(frontdesk, person_id=second, number="C77")
    merged(member_admin, first, second)
    for text in (
        "13900139000",
        "9000",
        "王方",
        "wangfang",
        "C77",
        record(clinic.db, second).number,
    ):
        assert numbers(clinic, text) == [first], text
    (card,) = cards_of(clinic.db, first)
    with pytest.raises(RuleError, match="已有会员卡"):
        issue_card(frontdesk, person_id=first, number="C78")
    changed = change_card(frontdesk, card_id=card.id, to_state="lost", document_checked=True)
    assert changed.person_id == first
    assert numbers(clinic, "C77") == []
    assert find_duplicates(clinic.db, PersonForm(name="王方", phone="13900139000"))[
        0
    ].person_id == (first)
    assert [fault.code for fault in verify(clinic).faults] == []
    unmerge_people(member_admin, merged_id=second)
    assert numbers(clinic, "13900139000") == [second]
    assert numbers(clinic, "13800138000") == [first]
    assert [fault.code for fault in verify(clinic).faults] == []


def test_e62_what_the_survivor_lacks_is_taken_over_and_given_back(clinic, frontdesk, member_admin):
    first = enrolled(frontdesk, phone="13800138000")
    second = enrolled(
        frontdesk, name="王芳", phone="13900139000", birthday="1990-05-15", address="中山路1号",
        id_number="11010519491231002X",
    )  # fmt: skip
    before = record(clinic.db, first)
    done = merged(member_admin, first, second)
    assert set(done.filled) == {"birthday", "address", "id_number", "sex", "phone_alt<phone"}
    form = record(clinic.db, first).form
    assert (form.phone, form.phone_alt, form.birthday) == (
        "13800138000", "13900139000", "1990-05-15",
    )  # fmt: skip
    unmerge_people(member_admin, merged_id=second)
    assert record(clinic.db, first) == before


def test_e62_what_was_corrected_since_stays(clinic, frontdesk, member_admin):
    first = enrolled(frontdesk, phone="13800138000")
    second = enrolled(frontdesk, phone="13800138000", address="中山路1号")
    merged(member_admin, first, second)
    change(frontdesk, first, address="中山路2号")
    unmerge_people(member_admin, merged_id=second)
    assert record(clinic.db, first).form.address == "中山路2号"


def test_e62_different_id_numbers_forbid_it(clinic, frontdesk, member_admin):
    first = enrolled(frontdesk, id_number="11010519491231002X", phone="1")
    second = enrolled(frontdesk, id_number="110105194912310038", phone="1")
    found = merge_preview(clinic.db, TODAY, first, second)
    assert not found.possible
    with pytest.raises(RuleError, match="身份证号不同"):
        merged(member_admin, first, second)
    change(frontdesk, first, id_type="passport")
    merged(member_admin, first, second)  # another kind of document is only asked about


@pytest.mark.parametrize(
    ("mine", "theirs", "code"),
    [
        ({"name": "王芳"}, {"name": "李芳"}, "two_names"),
        ({"sex": "F"}, {"sex": "M"}, "two_sexes"),
        ({"birthday": "1990-05-15"}, {"birthday": "1990-05-16"}, "two_birthdays"),
    ],
)
def test_e62_contradictions_are_asked_about(clinic, frontdesk, member_admin, mine, theirs, code):
    first, second = enrolled(frontdesk, phone="1", **mine), enrolled(frontdesk, phone="1", **theirs)
    with pytest.raises(Confirmable) as asked:
        merge_people(member_admin, survivor_id=first, merged_id=second)
    assert asked.value.code == code
    assert [c.code for c in merge_preview(clinic.db, TODAY, first, second).conflicts] == [code]
    merge_people(member_admin.confirming(code), survivor_id=first, merged_id=second)


def test_e62_only_two_active_records_can_be_merged(clinic, frontdesk, member_admin, director, two):
    first, second = two
    with pytest.raises(RuleError, match="另一份"):
        merge_people(member_admin, survivor_id=first, merged_id=first)
    with pytest.raises(RuleError, match="没有这项权限"):
        merge_people(frontdesk, survivor_id=first, merged_id=second)
    merged(director, first, second)
    third = person(frontdesk)
    for pair in ((third, second), (second, third), (third, 999)):
        with pytest.raises(RuleError, match="已停用或已合并"):
            merged(member_admin, *pair)
    with pytest.raises(RuleError, match="有效档案"):
        pay(frontdesk, second, 10)


def test_e62_the_preview_says_what_the_merge_does(clinic, frontdesk, member_admin, two):
    first, second = two
    change(frontdesk, second, phone="13900139000")
    found = merge_preview(clinic.db, TODAY, first, second)
    assert found.possible
    (row,) = found.programmes
    assert (row.tier_survivor, row.tier_merged, row.tier_after) == ("普通会员", "", "高级会员")
    assert (row.spend_after_fen, row.points_after, row.owed_after) == (900_000, 9000, 0)
    assert row.member_after
    phone = next(fact for fact in found.facts if fact.field == "phone")
    assert (phone.survivor, phone.merged, phone.taken) == ("", "139****9000", True)
    merged(member_admin, first, second)
    left = sorted((g.name, g.left) for g in grants_of(clinic.db, first) if g.left)
    assert sorted(row.grants_after) == left
    standing = stand(clinic, first)
    assert (standing.spend_fen, standing.available) == (row.spend_after_fen, row.points_after)


def test_e62_a_merge_is_replayed_and_logged_without_names(clinic, frontdesk, member_admin, two):
    import uuid

    first, second = two
    change(frontdesk, second, phone="13900139000")
    once = member_admin.confirming(*ALL).once(uuid.uuid4())
    done = merge_people(once, survivor_id=first, merged_id=second)
    assert merge_people(once, survivor_id=first, merged_id=second) == done
    rows = clinic.db.execute_sql("SELECT detail, result FROM audit").fetchall()
    assert not any("13900139000" in text for row in rows for text in row)
    assert len(clinic.db.rows(PersonAlias.select())) == 1


# -- the desk --------------------------------------------------------------------------------


def test_e62_alerts_consents_and_complaints_of_both_are_shown(clinic, frontdesk, member_admin, two):
    first, second = two
    add_alert(frontdesk, person_id=first, text="牙齿敏感")
    add_alert(frontdesk, person_id=second, text="青霉素过敏")
    set_consent(frontdesk, person_id=first, item="marketing", granted=True)
    set_consent(frontdesk, person_id=second, item="marketing", granted=False)
    open_complaint(frontdesk, person_id=second, text="等太久")
    merged(member_admin, first, second)
    assert [row.text for row in alerts_of(clinic.db, first)] == ["牙齿敏感", "青霉素过敏"]
    assert not consents_of(clinic.db, first)["marketing"].granted
    (complaint,) = complaints_of(clinic.db, TODAY, first)
    assert (complaint.person_id, complaint.text) == (first, "等太久")
    adjust_points(
        member_admin, person_id=first, points=10, reason_code="goodwill", text="赔礼",
        complaint_id=complaint.id,
    )  # fmt: skip
    with pytest.raises(RuleError, match="不能再拆开"):
        unmerge_people(member_admin, merged_id=second)


def test_e62_open_calls_become_the_survivors(clinic, frontdesk, member_admin, two):
    first, second = two
    create_task(frontdesk, person_id=second, due_on=TODAY, subject="问复查")
    earlier = create_task(frontdesk, person_id=second, due_on=TODAY, subject="回电")
    log_call(
        frontdesk, person_id=second, task_ids=(earlier.task_id,), outcome="request", note="周末"
    )
    merged(member_admin, first, second)
    (call,) = calls_today(clinic.db, TODAY)
    assert (call.person_id, call.reasons) == (first, ("问复查",))
    assert [row.outcome for row in attempts_of(clinic.db, first)] == ["request"]
    assert last_outcome(clinic.db, first) == "request"
    unmerge_people(member_admin, merged_id=second)
    (call,) = calls_today(clinic.db, TODAY)
    assert call.person_id == second


def test_e62_a_call_made_since_stays_where_it_was_made(clinic, frontdesk, member_admin, two):
    first, second = two
    task = create_task(frontdesk, person_id=second, due_on=TODAY, subject="问复查").task_id
    merged(member_admin, first, second)
    log_call(frontdesk, person_id=first, task_ids=(task,), outcome="fine")
    unmerge_people(member_admin, merged_id=second)
    assert calls_today(clinic.db, TODAY) == []
    assert [row.outcome for row in attempts_of(clinic.db, first)] == ["fine"]


def test_e66_e62_what_both_are_called_about_is_one_call(clinic, frontdesk, member_admin, two):
    first, second = two

    def ask(tx):
        for who in (first, second):
            tx.db.insert(
                FollowupTask, person_id=who, rule="birthday", cycle="2026", due_on=TODAY,
                state="open", subject=TODAY, seq=tx.seq, marketing=1,
            )  # fmt: skip

    in_command(frontdesk, ask)
    merged(member_admin, first, second)
    assert [row[3] for row in tasks(frontdesk, second)] == ["done"]
    unmerge_people(member_admin, merged_id=second)
    assert [row[3] for row in tasks(frontdesk, second)] == ["open"]
    # who refused marketing under one name is greeted under none
    set_consent(frontdesk, person_id=second, item="marketing", granted=False)
    merged(member_admin, first, second)
    assert calls_today(clinic.db, TODAY) == []
    unmerge_people(member_admin, merged_id=second)
    assert [call.person_id for call in calls_today(clinic.db, TODAY)] == [first]


def test_e62_a_visit_of_the_merged_record_shows_the_survivor(clinic, frontdesk, member_admin, two):
    first, second = two
    visit = check_in(frontdesk, person_id=second).visit_id
    merged(member_admin, first, second)
    (row,) = today_board(clinic.db, TODAY, "2026-11-20T09:10:00Z")
    assert (row.person_id, row.number) == (first, record(clinic.db, first).number)
    assert reception_card(clinic.db, TODAY, first).visit_id == visit
    with pytest.raises(Confirmable):
        check_in(frontdesk, person_id=first)
    assert change_visit(frontdesk, visit_id=visit, to_state="called").changes.person_id == first
    with pytest.raises(RuleError, match="没有找到"):
        check_in(frontdesk, person_id=second)
    unmerge_people(member_admin, merged_id=second)
    (row,) = today_board(clinic.db, TODAY, "2026-11-20T09:10:00Z")
    assert row.person_id == second


def test_e62_two_visits_today_are_asked_about(clinic, frontdesk, member_admin, two):
    first, second = two
    for who in two:
        check_in(frontdesk, person_id=who)
    with pytest.raises(Confirmable) as asked:
        merge_people(member_admin, survivor_id=first, merged_id=second)
    assert asked.value.code == "two_visits"


def test_e62_the_last_visit_goes_back_unless_somebody_came_since(
    clinic, frontdesk, member_admin, clock
):
    first, second = person(frontdesk), person(frontdesk)
    change(frontdesk, first, last_visit_on="2026-01-05")
    change(frontdesk, second, last_visit_on="2026-03-05")
    merged(member_admin, first, second)
    assert record(clinic.db, first).last_visit_on == "2026-03-05"
    unmerge_people(member_admin, merged_id=second)
    assert record(clinic.db, first).last_visit_on == "2026-01-05"
    merged(member_admin, first, second)
    pay(frontdesk, first, 10, occurred_on="2026-03-05", reason="补登", approval=approve(
        clinic, STAFF["member_admin"], PIN, "approve.backdated"
    ))  # fmt: skip
    unmerge_people(member_admin, merged_id=second)
    assert record(clinic.db, first).last_visit_on == "2026-03-05"


# -- being told ------------------------------------------------------------------------------


def test_s18_04_e62_a_tier_neither_held_is_told(clinic, frontdesk, member_admin, two):
    first, second = two
    for notice in open_notices(clinic.db):
        tell_tier(frontdesk, notice_id=notice.notice_id)
    merged(member_admin, first, second)
    assert {(n.person_id, n.tier_name) for n in open_notices(clinic.db)} == {(first, "高级会员")}
    unmerge_people(member_admin, merged_id=second)
    assert open_notices(clinic.db) == []


def test_s18_04_e62_a_tier_one_was_told_of_is_no_news(clinic, frontdesk, member_admin):
    first, second = person(frontdesk), member(frontdesk, 6000)
    merged(member_admin, first, second)  # not told yet: still to be told, under the survivor
    assert {n.person_id for n in open_notices(clinic.db)} == {first}
    unmerge_people(member_admin, merged_id=second)
    assert {n.person_id for n in open_notices(clinic.db)} == {second}
    for notice in open_notices(clinic.db):
        tell_tier(frontdesk, notice_id=notice.notice_id)
    merged(member_admin, first, second)
    assert open_notices(clinic.db) == []


def test_e62_a_granted_tier_of_the_merged_record_counts(clinic, frontdesk, member_admin, director):
    first, second = person(frontdesk), person(frontdesk)
    override_tier(director, person_id=second, rank=3, reason="批准")
    merged(member_admin, first, second)
    assert (stand(clinic, first).rank, stand(clinic, first).member) == (3, 1)
    unmerge_people(member_admin, merged_id=second)
    assert (stand(clinic, first).rank, stand(clinic, second).rank) == (0, 3)


def test_e37_e62_a_question_about_the_merged_records_tier_is_asked_again_afterwards(
    clinic, frontdesk, member_admin
):
    first, second = person(frontdesk), member(frontdesk, 12_000)
    use_service(frontdesk, grant_id=grant_id(clinic, second, "vip.ultrasonic@2026"))
    (receipt,) = list_receipts(clinic.db, second)
    refund(frontdesk, receipt_id=receipt.id, amount_fen=11_900_00, reason="退")
    open_ones = [row for row in tasks(frontdesk, second) if row[3] == "open"]
    assert [row[0] for row in open_ones] == ["tier_unsupported"]
    merged(member_admin, first, second)
    assert [row[0] for row in tasks(frontdesk, first) if row[3] == "open"] == ["tier_unsupported"]
    unmerge_people(member_admin, merged_id=second)
    assert [row for row in tasks(frontdesk, second) if row[3] == "open"] == open_ones
    assert [row[3] for row in tasks(frontdesk, first)] == ["done"]


# -- confirmed benefits and openings -------------------------------------------------------------


def test_r081_e62_a_word_given_to_both_counts_once(clinic, frontdesk, member_admin, director):
    from services.loyalty.awards import awaiting, confirm_benefit

    programme = variant()
    asks = Benefit(key="ask", kind="coupon", name="入会券", given="confirm")
    first_tier = msgspec.structs.replace(
        programme.tiers[0], benefits=(*programme.tiers[0].benefits, asks)
    )
    sign(director, msgspec.structs.replace(programme, tiers=(first_tier, *programme.tiers[1:])))
    people = [member(frontdesk, 1000), member(frontdesk, 1500)]
    for who in people:
        (waits,) = awaiting(clinic.db, TODAY, who)
        confirm_benefit(
            frontdesk, person_id=who, programme_id=waits.programme_id, grant_key=waits.grant_key
        )
    merged(member_admin, *people)
    assert awaiting(clinic.db, TODAY, people[0]) == []
    assert [g.left for g in grants_of(clinic.db, people[0]) if g.grant_key == "ask"] == [1]
    unmerge_people(member_admin, merged_id=people[1])
    assert [grants(clinic, who)["ask"] for who in people] == [(1, 0, "open")] * 2


def test_e46_e62_two_openings_are_asked_about_and_add_up(clinic, frontdesk, member_admin):
    from tests.gift_world import add_member

    first, second = (
        add_member(frontdesk, "P1", "王芳", 2000),
        add_member(frontdesk, "P2", "王芳", 3000),
    )
    codes = [c.code for c in merge_preview(clinic.db, TODAY, first, second).conflicts]
    assert codes == ["two_memberships", "two_openings"]
    merged(member_admin, first, second)
    assert stand(clinic, first).spend_fen == 500_000


def test_e46_e62_an_imported_record_that_was_merged_stays_imported(clinic, frontdesk, member_admin):
    from models.people import ImportBatch
    from services.roster.known import known_people
    from services.roster.undo import undo_import

    first, second = enrolled(frontdesk, phone="1"), enrolled(frontdesk, name="李芳", phone="22")

    def imported(tx):
        batch = tx.db.insert(
            ImportBatch, file_digest="x", rows_in=1, rows_rejected=0, state="posted", seq=tx.seq
        )
        tx.db.write(Person.update(import_batch_id=batch).where(Person.id == second))
        return batch

    batch = in_command(frontdesk, imported)
    merged(member_admin, first, second)
    assert known_people(clinic.db).phones["李芳", "22"] == record(clinic.db, first).number
    with pytest.raises(RuleError, match="合并"):
        undo_import(member_admin, batch_id=batch)


# -- corners -------------------------------------------------------------------------------------


def test_s18_04_e62_a_survivor_without_a_past_hears_nothing_old(clinic, frontdesk, member_admin):
    first, second = person(frontdesk), member(frontdesk, 6000)
    for notice in open_notices(clinic.db):
        tell_tier(frontdesk, notice_id=notice.notice_id)
    merged(member_admin, first, second)
    assert open_notices(clinic.db) == []


def test_e62_a_child_gets_its_guardian_and_household(clinic, frontdesk, member_admin):
    guardian = {
        "guardian_name": "王大", "guardian_relation": "父亲", "guardian_phone": "13600136000",
    }  # fmt: skip
    first = enrolled(frontdesk, phone="1")
    second = enrolled(frontdesk, phone="1", birthday="2020-05-15", **guardian)
    join_household(frontdesk, person_id=second, with_person_id=person(frontdesk))
    done = merged(member_admin, first, second)
    assert set(done.filled) == {*guardian, "birthday", "household_id"}
    unmerge_people(member_admin, merged_id=second)
    assert record(clinic.db, first).household_id is None


def test_e64_e62_books_that_disagree_are_not_merged(clinic, frontdesk, member_admin, two):
    first, second = two

    def shift(points):
        clinic.db.execute_sql(
            "UPDATE standing SET available = available + ? WHERE person_id = ?", (points, second)
        )

    shift(5)
    with pytest.raises(IntegrityAlarm, match="不能合并"):
        merged(member_admin, first, second)
    shift(-5)
    merged(member_admin, first, second)


def retire(director, programme_id):
    def body(tx):
        where = ProgrammeTable.id == programme_id
        tx.db.write(ProgrammeTable.update(state="retired").where(where))

    in_command(director, body)


def second_programme(director):
    sign(director, preset("医院方案B"))
    timeline = timelines(director.db)[1]
    in_command(director, lambda tx: start_programme(tx, timeline))
    return timeline.programme_id


def test_e42_e62_a_programme_retired_before_the_merge_stands_still(
    clinic, frontdesk, member_admin, director, two
):
    first, second = two
    old = timelines(clinic.db)[0].programme_id
    second_programme(director)
    retire(director, old)
    before = [standing_of(clinic.db, each, old) for each in two]
    merged(member_admin, first, second)
    assert [standing_of(clinic.db, each, old) for each in two] == before
    unmerge_people(member_admin, merged_id=second)
    assert [standing_of(clinic.db, each, old) for each in two] == before


def test_e42_e62_a_programme_retired_since_the_merge_parts_too(
    clinic, frontdesk, member_admin, director, two
):
    first, second = two
    old = timelines(clinic.db)[0].programme_id
    second_programme(director)
    before = [standing_of(clinic.db, each, old) for each in two]
    merged(member_admin, first, second)
    retire(director, old)
    unmerge_people(member_admin, merged_id=second)
    assert [standing_of(clinic.db, each, old) for each in two] == before


def test_e42_e62_a_programme_taken_up_again_counts_both(
    clinic, frontdesk, member_admin, director, two
):
    first, second = two
    old = timelines(clinic.db)[0].programme_id
    second_programme(director)
    retire(director, old)
    merged(member_admin, first, second)
    activate(director, programme_id=old)
    assert standing_of(clinic.db, first, old).available == 9000
    assert standing_of(clinic.db, second, old) == StandingRow()


def test_e41_e62_whoever_joined_under_other_rules_keeps_what_they_earned(
    clinic, frontdesk, member_admin, director, clock
):
    first = member(frontdesk, 2000)
    clock.day = "2026-12-01"
    doubled = variant(per_yuan=2)

    def body(tx):
        return sign_version(tx, doubled, "2026-12-01", scope="new")

    in_command(director, body)
    second = member(frontdesk, 3000)  # under the rules for those who join from now on
    assert stand(clinic, second).earned == 6000
    merged(member_admin, first, second)
    assert stand(clinic, first).earned == 8000
    unmerge_people(member_admin, merged_id=second)
    assert [stand(clinic, each).earned for each in (first, second)] == [2000, 6000]
