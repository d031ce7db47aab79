"""Signing up with companions, the waiting list, the door, and taking it back (R012, R013, R050)."""

from __future__ import annotations

import pytest

from models.activities import ActivityPlace
from models.schemes import Award
from services.activities.door import attend, give_prize, untick
from services.activities.invitations import invite
from services.activities.planning import cancel_activity, hold_activity
from services.activities.records import activity, activity_lines, door_hits, places, with_place
from services.activities.sign_up import decline, sign_up, withdraw
from services.clock import plus_days
from services.errors import Confirmable, RuleError
from services.gifts.handout import issue_gift, return_gift
from services.gifts.lists import due_gifts
from services.loyalty.awards import awards_of
from services.loyalty.points import adjust_points, points_ledger
from services.people.merging import merge_people, unmerge_people
from tests.activity_world import DAY, altered, faults, guest, opened, stands
from tests.conftest import TODAY
from tests.desk_world import change, member, person
from tests.gift_world import add_gift, in_command, stocked
from tests.money_world import sign, stand, variant

ASKED = ("two_names", "two_sexes", "two_birthdays", "two_memberships", "two_openings", "two_gifts")


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert faults(clinic) == []


@pytest.fixture
def people(frontdesk):
    return [guest(frontdesk, f"M{n}", f"顾客{n}") for n in range(1, 6)]


def taken(clinic, activity_id):
    return activity(clinic.db, activity_id).taken


# -- signing up ------------------------------------------------------------------------------------


def test_r013_companions_take_seats(clinic, frontdesk, marketing, people):
    first = opened(marketing, capacity=4, companions=2)
    assert sign_up(frontdesk, activity_id=first, person_id=people[0], companions=2).state == (
        "signed_up"
    )
    assert (taken(clinic, first), activity(clinic.db, first).free) == (3, 1)
    for companions, sentence in ((3, "最多带 2 位"), (-1, "最多带 2 位")):
        with pytest.raises(RuleError, match=sentence):
            sign_up(frontdesk, activity_id=first, person_id=people[1], companions=companions)
    sign_up(frontdesk, activity_id=first, person_id=people[1])
    with pytest.raises(RuleError, match="只剩 0 个名额，不够再带 1 位"):
        sign_up(frontdesk, activity_id=first, person_id=people[1], companions=1)
    sign_up(frontdesk, activity_id=first, person_id=people[0], companions=0)  # one brings less
    sign_up(frontdesk, activity_id=first, person_id=people[1], companions=1)
    assert taken(clinic, first) == 3
    assert activity_lines(clinic.db, TODAY, people[1]) == ("已报名 11-28 护牙讲座，同行 1 位",)


def test_r013_nobody_brings_anybody_where_that_is_not_meant(frontdesk, marketing, people):
    first = opened(marketing)
    with pytest.raises(RuleError, match="不带同行"):
        sign_up(frontdesk, activity_id=first, person_id=people[0], companions=1)


def test_r012_the_waiting_list_moves_up_in_order(clinic, frontdesk, marketing, people):
    first = opened(marketing, capacity=2, companions=1)
    sign_up(frontdesk, activity_id=first, person_id=people[0], companions=1)
    for each, companions in ((people[1], 1), (people[2], 0), (people[3], 0)):
        done = sign_up(frontdesk, activity_id=first, person_id=each, companions=companions)
        assert (done.state, done.moved_up) == ("waiting", 0)
    assert [row.turn for row in places(clinic.db, first)] == [0, 1, 2, 3]
    sign_up(frontdesk, activity_id=first, person_id=people[0])  # comes alone: one seat is free
    with pytest.raises(RuleError, match="只剩 0 个名额"):  # it is not theirs any more
        sign_up(frontdesk, activity_id=first, person_id=people[0], companions=1)
    assert stands(clinic, first)[people[2]] == "waiting"  # nobody passes the party of two
    done = sign_up(frontdesk, activity_id=first, person_id=people[1])  # who comes alone now
    assert (done.state, done.moved_up) == ("signed_up", 1)
    assert withdraw(frontdesk, activity_id=first, person_id=people[0]).moved_up == 1
    states = stands(clinic, first)
    assert [states[each] for each in people[:4]] == [
        "withdrawn",
        "signed_up",
        "signed_up",
        "waiting",
    ]
    assert with_place(clinic.db, first, ("signed_up",)) == (people[1], people[2])
    assert activity_lines(clinic.db, TODAY, people[3]) == ("候补 11-28 护牙讲座",)
    withdraw(frontdesk, activity_id=first, person_id=people[3])
    again = sign_up(frontdesk, activity_id=first, person_id=people[0])
    assert again.state == "waiting"


def test_r012_only_members_come_where_it_is_for_members(frontdesk, marketing, people):
    first = opened(marketing, members_only=True)
    with pytest.raises(RuleError, match="不是会员"):
        sign_up(frontdesk, activity_id=first, person_id=people[0])
    sign_up(frontdesk, activity_id=first, person_id=member(frontdesk, "M9", "会员"))


def test_r012_what_has_no_sense_is_refused(clinic, frontdesk, marketing, people, clock):
    first = opened(marketing)
    one, two, three = people[:3]
    with pytest.raises(RuleError, match="有效档案"):
        sign_up(frontdesk, activity_id=first, person_id=999)
    with pytest.raises(RuleError, match="没有报名"):
        withdraw(frontdesk, activity_id=first, person_id=one)
    with pytest.raises(RuleError, match="没有邀请过"):
        decline(frontdesk, activity_id=first, person_id=one)
    invite(marketing, activity_id=first, people=(one, two))
    with pytest.raises(RuleError, match="没有报名"):
        withdraw(frontdesk, activity_id=first, person_id=one)
    assert decline(frontdesk, activity_id=first, person_id=one).state == "declined"
    with pytest.raises(RuleError, match="没有邀请过"):
        decline(frontdesk, activity_id=first, person_id=one)
    sign_up(frontdesk, activity_id=first, person_id=two)
    with pytest.raises(RuleError, match="请按“退出”"):
        decline(frontdesk, activity_id=first, person_id=two)
    with pytest.raises(RuleError, match="到那天才能签到"):
        attend(frontdesk, activity_id=first, person_id=two)
    clock.day = DAY
    attend(frontdesk, activity_id=first, person_id=two)
    with pytest.raises(RuleError, match="已经签到"):
        withdraw(frontdesk, activity_id=first, person_id=two)
    with pytest.raises(RuleError, match="已经签到了"):
        sign_up(frontdesk, activity_id=first, person_id=two)
    clock.day = plus_days(DAY, 1)
    with pytest.raises(RuleError, match="请在“签到”里补签"):
        sign_up(frontdesk, activity_id=first, person_id=three)
    attend(frontdesk, activity_id=first, person_id=three)


# -- the door --------------------------------------------------------------------------------------


def test_r050_who_is_there_gets_points_and_a_gift_once(clinic, frontdesk, member_admin, clock):
    first = opened(member_admin, points=50, gift_name="口腔护理小套装", gift_fen=2000, companions=2)
    who = member(frontdesk, "M1", "王小明")
    before = stand(frontdesk, who).available
    sign_up(frontdesk, activity_id=first, person_id=who, companions=2)
    clock.day = DAY
    done = attend(frontdesk, activity_id=first, person_id=who, companions=1)
    assert (done.companions, done.points, done.gifts) == (1, 50, 1)
    entry = points_ledger(clinic.db, who)[0]
    assert (entry.kind, entry.points, entry.reason) == (
        "bonus", 50, "参加活动：护牙讲座(HD-20261120-01)",
    )  # fmt: skip
    assert stand(frontdesk, who).available == before + 50
    assert "口腔护理小套装" in [row.gift_name for row in due_gifts(clinic.db, DAY)]
    with pytest.raises(RuleError, match="已签到，不重复"):
        attend(frontdesk, activity_id=first, person_id=who)
    (row,) = places(clinic.db, first)
    assert (row.state, row.companions, row.points, row.walk_in) == ("attended", 1, 50, False)
    back = untick(frontdesk, activity_id=first, person_id=who)
    assert (back.state, back.points, back.gifts) == ("signed_up", -50, -1)
    assert stand(frontdesk, who).available == before
    assert awards_of(clinic.db, who)[0].voided
    attend(frontdesk, activity_id=first, person_id=who)
    assert stand(frontdesk, who).available == before + 50


def test_r050_somebody_who_is_no_member_gets_the_gift_and_no_points(
    clinic, frontdesk, member_admin, people
):
    first = opened(member_admin, day=TODAY, points=50, gift_name="牙刷")
    done = attend(frontdesk, activity_id=first, person_id=people[0])
    assert (done.points, done.gifts) == (0, 1)
    (row,) = places(clinic.db, first)
    assert row.walk_in
    assert row.time
    back = untick(frontdesk, activity_id=first, person_id=people[0])
    assert (back.state, back.gifts) == ("withdrawn", -1)
    with pytest.raises(RuleError, match="没有签到"):
        untick(frontdesk, activity_id=first, person_id=people[0])
    with pytest.raises(RuleError, match="没有签到"):
        untick(frontdesk, activity_id=first, person_id=people[1])


def test_r012_the_door_lets_in_as_many_as_there_are_seats(clinic, frontdesk, marketing, people):
    first = opened(marketing, day=TODAY, capacity=3, companions=1)
    one, two, three, four, _ = people
    sign_up(frontdesk, activity_id=first, person_id=one, companions=1)
    sign_up(frontdesk, activity_id=first, person_id=two)
    sign_up(frontdesk, activity_id=first, person_id=three)  # waits
    with pytest.raises(RuleError, match="名额 3 人，只剩 0 个，坐不下 1 人"):
        attend(frontdesk, activity_id=first, person_id=three)
    assert attend(frontdesk, activity_id=first, person_id=one, companions=0).moved_up == 1
    attend(frontdesk, activity_id=first, person_id=three)
    with pytest.raises(RuleError, match="坐不下 2 人"):
        attend(frontdesk, activity_id=first, person_id=two, companions=1)
    attend(frontdesk, activity_id=first, person_id=two)
    with pytest.raises(RuleError, match="坐不下"):
        attend(frontdesk, activity_id=first, person_id=four)
    assert untick(frontdesk, activity_id=first, person_id=two).state == "signed_up"
    withdraw(frontdesk, activity_id=first, person_id=two)
    attend(frontdesk, activity_id=first, person_id=four)
    assert activity(clinic.db, first).full


def test_r012_the_door_asks_for_membership_too(frontdesk, marketing, people):
    first = opened(marketing, day=TODAY, members_only=True)
    with pytest.raises(RuleError, match="不是会员"):
        attend(frontdesk, activity_id=first, person_id=people[0])


def test_r050_points_spent_keep_the_tick(clinic, frontdesk, member_admin):
    first = opened(member_admin, day=TODAY, points=50)
    who = member(frontdesk, "M1", "王小明")
    attend(frontdesk, activity_id=first, person_id=who)
    everything = stand(frontdesk, who).available
    words = {"person_id": who, "reason_code": "other", "text": "试"}
    adjust_points(member_admin, points=-500, **words)
    while stand(frontdesk, who).available > 20:
        adjust_points(member_admin, points=-min(500, stand(frontdesk, who).available - 20), **words)
    assert everything > 50
    with pytest.raises(RuleError, match="50 分已用掉 30 分，不能撤销签到"):
        untick(frontdesk, activity_id=first, person_id=who)
    assert stands(clinic, first)[who] == "attended"


def test_r012_a_gift_that_was_handed_out_keeps_the_tick(
    clinic, frontdesk, billing, marketing, member_admin, people
):
    kit = add_gift(marketing, name="口腔护理小套装")
    stocked(marketing, kit, 0, 5)
    first = opened(member_admin, day=TODAY)
    attend(frontdesk, activity_id=first, person_id=people[0])
    for words, sentence in (
        ({"name": " ", "value_fen": 0}, "写明奖品"),
        ({"name": "奖", "value_fen": 150}, "整元"),
        ({"name": "奖", "value_fen": 0, "quantity": 0}, "1 至 99"),
    ):
        with pytest.raises(RuleError, match=sentence):
            give_prize(member_admin, activity_id=first, person_id=people[0], **words)
    with pytest.raises(RuleError, match="只发给到场的人"):
        give_prize(member_admin, activity_id=first, person_id=people[1], name="奖", value_fen=0)
    prize = {"name": "口腔护理小套装", "value_fen": 1000}
    assert give_prize(member_admin, activity_id=first, person_id=people[0], **prize).gifts == 1
    (due,) = due_gifts(clinic.db, TODAY)
    issued = issue_gift(billing, grant_id=due.grant_id, gift_id=kit)
    with pytest.raises(RuleError, match="已领走，不能撤销签到"):
        untick(frontdesk, activity_id=first, person_id=people[0])
    return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="签错")
    assert untick(frontdesk, activity_id=first, person_id=people[0]).gifts == -1


def test_r012_later_a_manager_takes_a_tick_back(clinic, frontdesk, member_admin, people, clock):
    first = opened(member_admin, day=TODAY)
    one, two, three = people[:3]
    sign_up(frontdesk, activity_id=first, person_id=one)
    invite(member_admin, activity_id=first, people=(two, three))
    for each in (one, two, three):
        attend(frontdesk, activity_id=first, person_id=each)
    assert untick(frontdesk, activity_id=first, person_id=two).state == "invited"
    clock.day = plus_days(TODAY, 1)
    hold_activity(member_admin, activity_id=first)
    with pytest.raises(RuleError, match="当天才能撤销；现在须由会员管理员、院长"):
        untick(frontdesk, activity_id=first, person_id=one)
    assert untick(member_admin, activity_id=first, person_id=one).state == "missed"
    assert untick(member_admin, activity_id=first, person_id=three).state == "withdrawn"


def test_r012_the_same_prize_twice_is_asked_about(clinic, frontdesk, member_admin, people):
    first = opened(member_admin, day=TODAY)
    for each in people[:2]:
        attend(frontdesk, activity_id=first, person_id=each)
    prize = {"activity_id": first, "name": "牙刷", "value_fen": 1000}
    give_prize(member_admin, person_id=people[0], **prize)
    with pytest.raises(Confirmable, match="已有“牙刷”") as asked:
        give_prize(member_admin, person_id=people[0], **prize | {"name": " 牙刷 "})
    give_prize(member_admin, person_id=people[1], **prize)
    give_prize(member_admin, person_id=people[0], **prize | {"name": "牙膏"})
    give_prize(member_admin.confirming(asked.value.code), person_id=people[0], **prize)
    assert sorted(row.name for row in awards_of(clinic.db, people[0])) == ["牙刷", "牙刷", "牙膏"]


def test_r012_nobody_moves_up_once_the_day_is_past(clinic, frontdesk, marketing, people, clock):
    first = opened(marketing, capacity=1)
    for each in people[:2]:
        sign_up(frontdesk, activity_id=first, person_id=each)
    clock.day = plus_days(DAY, 1)
    assert withdraw(frontdesk, activity_id=first, person_id=people[0]).moved_up == 0
    assert stands(clinic, first)[people[1]] == "waiting"
    assert altered(marketing, first, day=plus_days(DAY, 7)).moved_up == 1


def test_r012_a_wrong_tick_does_not_jump_the_queue(clinic, frontdesk, marketing, people):
    first = opened(marketing, day=TODAY, capacity=3, companions=2)
    one, two, three, four, five = people
    sign_up(frontdesk, activity_id=first, person_id=one, companions=1)
    for each, companions in ((two, 2), (three, 1), (four, 0)):  # they wait
        sign_up(frontdesk, activity_id=first, person_id=each, companions=companions)
    attend(frontdesk, activity_id=first, person_id=three, companions=0)
    back = untick(frontdesk, activity_id=first, person_id=three)
    assert (back.state, back.companions) == ("waiting", 1)
    line = [(row.person_id, row.turn) for row in places(clinic.db, first, ("waiting",))]
    assert line == [(two, 1), (three, 2), (four, 3)]
    invite(marketing, activity_id=first, people=(five,))
    decline(frontdesk, activity_id=first, person_id=five)
    attend(frontdesk, activity_id=first, person_id=five)
    assert untick(frontdesk, activity_id=first, person_id=five).state == "declined"


def test_r012_the_door_finds_those_who_signed_up_first(clinic, frontdesk, marketing):
    first = opened(marketing, day=TODAY)
    names = [person(frontdesk, f"A{n}", f"张三{n}") for n in range(4)]
    in_search(frontdesk, names)
    sign_up(frontdesk, activity_id=first, person_id=names[3])
    attend(frontdesk, activity_id=first, person_id=names[0])
    found = [(row.person_id, row.state) for row in door_hits(clinic.db, first, "张三")]
    assert found == [
        (names[3], "signed_up"), (names[1], ""), (names[2], ""), (names[0], "attended"),
    ]  # fmt: skip
    assert door_hits(clinic.db, first, "") == []
    assert activity_lines(clinic.db, TODAY, names[0]) == ("已签到 11-20 护牙讲座",)


def in_search(session, ids):
    from models.people import Person
    from services.people.search import insert_keys, keys_for

    rows = session.db.rows(Person.select(Person.id, Person.number, Person.name).where(
        Person.id.in_(ids)
    ))  # fmt: skip
    keys = [
        (kind, key, person_id)
        for person_id, number, name in rows
        for kind, key in keys_for(number=number, name=name, pinyin="")
    ]
    in_command(session, lambda tx: insert_keys(tx.db, keys))


# -- two records of one person ---------------------------------------------------------------------


def test_e62_somebody_with_two_records_has_one_place(clinic, frontdesk, member_admin):
    first = opened(member_admin, day=TODAY, points=50, companions=1, capacity=9)
    one = change(frontdesk, member(frontdesk, "M1", "王小明"), phone="13800000001")
    two = change(frontdesk, person(frontdesk, "M2", "王小明"), phone="13800000001")
    invite(member_admin, activity_id=first, people=(one,))
    sign_up(frontdesk, activity_id=first, person_id=two, companions=1)
    merge_people(member_admin.confirming(*ASKED), survivor_id=one, merged_id=two)
    assert stands(clinic, first) == {one: "signed_up"}
    assert activity_lines(clinic.db, TODAY, one) == ("已报名 11-20 护牙讲座，同行 1 位",)
    assert attend(frontdesk, activity_id=first, person_id=two).points == 50
    assert (taken(clinic, first), stands(clinic, first)) == (2, {one: "attended"})
    with pytest.raises(RuleError, match="已签到"):
        attend(frontdesk, activity_id=first, person_id=one)
    unmerge_people(member_admin, merged_id=two)
    assert stands(clinic, first) == {one: "attended", two: "withdrawn"}
    merge_people(member_admin.confirming(*ASKED), survivor_id=one, merged_id=two)
    assert faults(clinic) == []
    assert untick(frontdesk, activity_id=first, person_id=one).state == "signed_up"


def test_e62_the_place_of_a_record_becomes_the_survivors(
    clinic, frontdesk, marketing, member_admin
):
    first = opened(marketing, day=TODAY)
    one = change(frontdesk, member(frontdesk, "M1", "王小明"), phone="13800000001")
    two = change(frontdesk, person(frontdesk, "M2", "王小明"), phone="13800000001")
    sign_up(frontdesk, activity_id=first, person_id=two)
    merge_people(member_admin.confirming(*ASKED), survivor_id=one, merged_id=two)
    sign_up(frontdesk, activity_id=first, person_id=one, note="素食")
    assert [(row.number, row.note) for row in places(clinic.db, first)] == [("M1", "素食")]


@pytest.fixture
def twice(frontdesk):
    """王小明 under two records."""
    return tuple(guest(frontdesk, number, "王小明", phone="13800000001") for number in ("M8", "M9"))


def test_e62_who_was_entered_twice_gives_one_seat_back(
    clinic, frontdesk, member_admin, people, twice
):
    first = opened(member_admin, capacity=2)
    one, two = twice
    for each in (one, two, people[0], people[1]):
        sign_up(frontdesk, activity_id=first, person_id=each)
    merge_people(member_admin.confirming(*ASKED), survivor_id=two, merged_id=one)
    assert stands(clinic, first) == {
        two: "signed_up", people[0]: "signed_up", people[1]: "waiting",
    }  # fmt: skip
    assert taken(clinic, first) == 2
    unmerge_people(member_admin, merged_id=one)  # the seat is somebody else's by now
    assert stands(clinic, first) == {
        one: "signed_up", people[0]: "signed_up", two: "waiting", people[1]: "waiting",
    }  # fmt: skip
    assert [row.person_id for row in places(clinic.db, first, ("waiting",))] == [two, people[1]]


def test_e62_parting_gives_the_seat_back_while_there_is_one(
    clinic, frontdesk, member_admin, people, twice
):
    first, over = opened(member_admin, capacity=4, companions=1), opened(member_admin)
    one, two = twice
    for activity_id in (first, over):
        for each in twice:
            sign_up(frontdesk, activity_id=activity_id, person_id=each)
    sign_up(frontdesk, activity_id=first, person_id=two, companions=1)
    merge_people(member_admin.confirming(*ASKED), survivor_id=one, merged_id=two)
    assert taken(clinic, first) == 1
    cancel_activity(member_admin, activity_id=over, reason="下雨")
    unmerge_people(member_admin, merged_id=two)
    assert stands(clinic, first) == {one: "signed_up", two: "signed_up"}
    assert taken(clinic, first) == 3
    assert stands(clinic, over)[two] == "withdrawn"


def test_e62_two_who_both_came_are_one_after_a_tick_is_taken_back(
    clinic, frontdesk, member_admin, twice
):
    first = opened(member_admin, day=TODAY)
    for each in twice:
        sign_up(frontdesk, activity_id=first, person_id=each)
        attend(frontdesk, activity_id=first, person_id=each)
    merge_people(member_admin.confirming(*ASKED), survivor_id=twice[0], merged_id=twice[1])
    untick(frontdesk, activity_id=first, person_id=twice[0])
    assert stands(clinic, first) == {twice[0]: "attended"}
    assert taken(clinic, first) == 1


def test_verify_finds_two_places_of_one_person(clinic, frontdesk, member_admin, twice):
    first = opened(member_admin)
    sign_up(frontdesk, activity_id=first, person_id=twice[0])
    sign_up(frontdesk, activity_id=first, person_id=twice[1])
    merge_people(member_admin.confirming(*ASKED), survivor_id=twice[0], merged_id=twice[1])
    assert faults(clinic) == []
    with pytest.raises(KeyboardInterrupt), clinic.db.immediate():
        signed = {"state": "signed_up", "signed_on": TODAY}
        clinic.db.write(ActivityPlace.update(**signed))
        assert faults(clinic) == ["activity.twice"]
        raise KeyboardInterrupt  # nothing of it is kept


def test_r050_points_go_to_the_programme_that_keeps_them(clinic, frontdesk, member_admin, director):
    first = opened(member_admin, day=TODAY, points=50)
    who = member(frontdesk, "M1", "王小明")
    sign(director, variant(mode="none"))
    assert attend(frontdesk, activity_id=first, person_id=who).points == 0


def test_awards_of_an_activity_carry_its_id(clinic, frontdesk, member_admin, people):
    first = opened(member_admin, day=TODAY, gift_name="牙刷", gift_fen=500)
    attend(frontdesk, activity_id=first, person_id=people[0])
    assert clinic.db.rows(Award.select(Award.activity_id, Award.value_fen)) == [(first, 500)]
    altered(member_admin, first, name="改名")
