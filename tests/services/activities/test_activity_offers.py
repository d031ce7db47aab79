"""Whom an activity is offered to, what it cost and brought, and what may be wrong with its books
(R012, R037, R095, 消法 29 条)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from models.activities import Activity, ActivityCost, ActivityPlace
from models.followup import FollowupTask
from services.activities.costs import add_cost, cost_fen, costs, per_head, take_cost_back
from services.activities.door import attend, untick
from services.activities.invitations import channels, invitable, invite, tier_choices, whom
from services.activities.planning import cancel_activity, hold_activity
from services.activities.records import activity
from services.activities.results import results
from services.activities.sign_up import decline, sign_up
from services.clock import plus_days
from services.desk.reception import reception_card
from services.desk.visits import check_in
from services.errors import RuleError
from services.followups.calls import log_call, open_tasks_of, script
from services.followups.campaign import plan_many
from services.groups.rule import All, Sex
from services.groups.saved import save_group
from services.people.contact import stop
from services.people.merging import merge_people
from tests.activity_world import DAY, altered, faults, guest, opened, planned, stands
from tests.conftest import TODAY
from tests.desk_world import change, consent, member, person
from tests.gift_world import in_command


def calls(session, activity_id):
    query = FollowupTask.select(
        FollowupTask.person_id, FollowupTask.due_on, FollowupTask.state, FollowupTask.closed_as
    ).where((FollowupTask.activity_id == activity_id) & (FollowupTask.marketing == 1))
    return session.db.rows(query.order_by(FollowupTask.id))


# -- offers ----------------------------------------------------------------------------------------


def test_r012_who_said_no_is_not_invited_by_phone(clinic, frontdesk, marketing):
    first = opened(marketing)
    one, no, quiet, gone = (guest(frontdesk, f"M{n}", f"顾客{n}") for n in range(4))
    consent(frontdesk, no, granted=False)
    change(frontdesk, quiet, quiet=1)
    change(frontdesk, gone, state="erased")
    found = invitable(clinic.db, first, (one, no, quiet, gone, one), "phone")
    assert (found.people, found.refused) == ((one,), 3)
    assert found.why == "1 位拒绝营销联系、1 位设了免打扰、1 位资料已停用"
    day = plus_days(TODAY, 2)
    done = invite(marketing, activity_id=first, people=(one, no, quiet, gone), call_on=day)
    assert (done.invited, done.calls, done.left_out) == (1, 1, 3)
    assert calls(frontdesk, first) == [(one, day, "open", "")]
    assert stands(clinic, first) == {one: "invited"}
    again = invite(marketing, activity_id=first, people=(one, no))
    assert (again.invited, again.left_out, again.changes.kinds) == (0, 2, ())


@pytest.mark.parametrize("channel", ["letter", "sms"])
def test_r037_letters_and_messages_take_a_yes(clinic, frontdesk, member_admin, channel):
    first = opened(member_admin)
    yes, silent = guest(frontdesk, "M1", "王小明"), guest(frontdesk, "M2", "李四")
    consent(frontdesk, yes, granted=True)
    done = invite(member_admin, activity_id=first, people=(yes, silent), channel=channel)
    assert (done.invited, done.calls, done.left_out) == (1, 0, 1)
    assert calls(frontdesk, first) == []


def test_r095_only_members_are_invited_to_what_is_theirs(clinic, frontdesk, marketing):
    first = opened(marketing, members_only=True)
    one = member(frontdesk, "M1", "王小明", phone="13800000001")
    two = guest(frontdesk, "M2", "李四")
    found = invitable(clinic.db, first, (one, two), "phone")
    assert (found.people, found.strangers) == ((one,), 1)


def test_r012_whole_tiers_and_groups_are_invited(clinic, frontdesk, director):
    low, high = member(frontdesk, "M1", "王小明"), member(frontdesk, "M2", "李四", rank=3)
    other = person(frontdesk, "M3", "赵五", sex="F")
    assert whom(clinic.db, TODAY) == [low, high]
    assert whom(clinic.db, TODAY, from_rank=2) == [high]
    group = save_group(director, name="女士", rule=All((Sex("F"),))).group_id
    assert whom(clinic.db, TODAY, group_id=group) == [other]


def test_r012_an_offer_that_cannot_be_is_refused(clinic, frontdesk, marketing, clock):
    one = person(frontdesk, "M1", "王小明")
    with pytest.raises(RuleError, match="先按“开放报名”"):
        invite(marketing, activity_id=planned(marketing), people=(one,))
    first = opened(marketing)
    for words, sentence in (
        ({"people": ()}, "名单是空的"),
        ({"people": tuple(range(5001))}, "一次最多邀请 5000 位"),
        ({"people": (one,), "channel": "fax"}, "请选择怎么邀请"),
        ({"people": (one,), "call_on": plus_days(TODAY, -1)}, "今天到活动当天"),
        ({"people": (one,), "call_on": plus_days(DAY, 1)}, "今天到活动当天"),
        ({"people": (one,), "call_on": "明天"}, "今天到活动当天"),
    ):
        with pytest.raises(RuleError, match=sentence):
            invite(marketing, activity_id=first, **words)
    clock.day = plus_days(DAY, 1)
    with pytest.raises(RuleError, match="不能再邀请"):
        invite(marketing, activity_id=first, people=(one,))


def test_r012_an_answer_or_the_end_settles_the_call(clinic, frontdesk, marketing, clock):
    first, second = opened(marketing), opened(marketing)
    people = tuple(guest(frontdesk, f"M{n}", f"顾客{n}") for n in range(3))
    invite(marketing, activity_id=first, people=people)
    invite(marketing, activity_id=second, people=people[:1])
    sign_up(frontdesk, activity_id=first, person_id=people[0])
    decline(frontdesk, activity_id=first, person_id=people[1])
    cancel_activity(marketing, activity_id=second, reason="下雨")
    clock.day = DAY
    hold_activity(marketing, activity_id=first)
    assert [row[2:] for row in calls(frontdesk, first)] == [
        ("done", "settled"), ("done", "settled"), ("given_up", "stopped"),
    ]  # fmt: skip
    assert [row[2:] for row in calls(frontdesk, second)] == [("given_up", "stopped")]


def test_r012_a_change_reaches_the_calls_that_invite(clinic, frontdesk, marketing):
    first = opened(marketing, at="14:00")
    asked, comes = guest(frontdesk, "M1", "王小明"), guest(frontdesk, "M2", "李四")
    invite(marketing, activity_id=first, people=(asked, comes), call_on=DAY)
    sign_up(frontdesk, activity_id=first, person_id=comes)
    sooner = plus_days(DAY, -2)
    altered(marketing, first, day=sooner, place="三楼")
    assert calls(frontdesk, first) == [
        (asked, sooner, "open", ""), (comes, DAY, "done", "settled"),
    ]  # fmt: skip
    (task,) = open_tasks_of(clinic.db, asked)
    assert task.reason == "邀请参加：11-26 14:00 护牙讲座，三楼"
    altered(marketing, first, name="换牙讲座")
    assert open_tasks_of(clinic.db, asked)[0].reason == "邀请参加：11-26 14:00 换牙讲座，三楼"
    (told,) = open_tasks_of(clinic.db, comes)
    assert told.reason == "活动改期或换地方：11-26 14:00 护牙讲座，三楼"
    for person_id, each in ((asked, task), (comes, told)):
        words = script(clinic.db, TODAY, person_id, (each.id,))
        assert "有件事告诉您：" in words
        assert "上次说好" not in words
        assert "请告知" not in words


def test_r150_what_the_clinic_has_to_tell_was_not_agreed_before(clinic, frontdesk):
    who = guest(frontdesk, "M1", "王小明")
    plan_many(frontdesk, people=(who,), due_on=TODAY, subject="搬到新址", marketing=False)
    (task,) = open_tasks_of(clinic.db, who)
    assert "有件事告诉您：搬到新址。" in script(clinic.db, TODAY, who, (task.id,))
    log_call(frontdesk, person_id=who, task_ids=(task.id,), outcome="fine", next_on=DAY)
    (agreed,) = open_tasks_of(clinic.db, who)
    assert "上次说好再联系您" in script(clinic.db, DAY, who, (agreed.id,))


def test_r037_whom_a_way_does_not_reach_is_not_invited_by_it(clinic, frontdesk, member_admin):
    first = opened(member_admin)
    one = guest(frontdesk, "M1", "王小明")
    homeless = guest(frontdesk, "M2", "李四", address="")
    silent = guest(frontdesk, "M3", "赵五", phone="")
    choosy = guest(frontdesk, "M4", "周六", contact_by="sms")
    people = (one, homeless, silent, choosy)
    for each in people:
        consent(frontdesk, each, granted=True)
    letter = invitable(clinic.db, first, people, "letter")
    assert letter.people == (one, silent)
    assert letter.why == "1 位没有住址、1 位希望用别的方式联系"
    message = invitable(clinic.db, first, people, "sms")
    assert (message.people, message.why) == ((one, homeless, choosy), "1 位没有电话")
    phone = invitable(clinic.db, first, people, "phone")
    assert (phone.people, phone.refused, phone.why) == ((one, homeless, choosy), 1, "1 位没有电话")
    done = invite(member_admin, activity_id=first, people=people, channel="letter")
    assert (done.invited, done.left_out) == (2, 2)
    assert stands(clinic, first) == {one: "invited", silent: "invited"}


def test_r012_who_stepped_back_may_be_invited_again(clinic, frontdesk, marketing):
    first = opened(marketing)
    who, other = guest(frontdesk, "M1", "王小明"), guest(frontdesk, "M2", "李四")
    invite(marketing, activity_id=first, people=(who,))
    consent(frontdesk, who, granted=False)
    in_command(frontdesk, lambda tx: stop(tx, who))
    consent(frontdesk, who, granted=True)
    found = invitable(clinic.db, first, (who, other), "phone")
    assert (found.people, found.already) == ((who, other), 0)
    assert invite(marketing, activity_id=first, people=(who, other)).calls == 2
    assert stands(clinic, first) == {who: "invited", other: "invited"}
    assert invitable(clinic.db, first, (who,), "phone").already == 1


def test_r037_a_post_that_sends_no_letters_invites_by_none(frontdesk, marketing):
    first = opened(marketing)
    who = guest(frontdesk, "M1", "王小明")
    with pytest.raises(RuleError, match="信函须由"):
        invite(marketing, activity_id=first, people=(who,), channel="letter")
    assert [way for way, _ in channels("marketing")] == ["phone", "sms"]
    assert [way for way, _ in channels("member_admin")] == ["phone", "letter", "sms"]


# -- costs and what came of it ---------------------------------------------------------------------


def test_r012_costs_are_written_down_and_taken_back_by_a_row(clinic, billing, marketing):
    first = planned(marketing)
    add_cost(billing, activity_id=first, what="场地", amount_fen=80_000, document="FP-1")
    wrong = add_cost(billing, activity_id=first, what="水果", amount_fen=99_900).cost_id
    back = take_cost_back(billing, cost_id=wrong)
    assert (back.amount_fen, cost_fen(clinic.db, first)) == (-99_900, 80_000)
    assert [(row.what, row.taken_back, row.takes_back) for row in costs(clinic.db, first)] == [
        ("水果", False, True), ("水果", True, False), ("场地", False, False),
    ]  # fmt: skip
    for cost_id in (wrong, back.cost_id, 99):
        with pytest.raises(RuleError, match="已冲销过"):
            take_cost_back(billing, cost_id=cost_id)
    for words, sentence in (
        ({"what": " ", "amount_fen": 1}, "什么费用"),
        ({"what": "长" * 61, "amount_fen": 1}, "什么费用"),
        ({"what": "水", "amount_fen": 0}, "大于 0"),
        ({"what": "水", "amount_fen": -5}, "大于 0"),
        ({"what": "水", "amount_fen": 10**12}, "大于 0"),
        ({"what": "水", "amount_fen": 5, "occurred_on": plus_days(TODAY, 1)}, "今天或以前"),
        ({"what": "水", "amount_fen": 5, "occurred_on": "昨天"}, "今天或以前"),
    ):
        with pytest.raises(RuleError, match=sentence):
            add_cost(billing, activity_id=first, **words)
    assert (per_head(100, 3), per_head(5, 2), per_head(1, 0)) == (33, 3, None)
    assert faults(clinic) == []


def test_r012_what_an_activity_brought(clinic, frontdesk, billing, member_admin, clock):
    first = opened(member_admin, points=50, gift_name="牙刷", gift_fen=1000, companions=2)
    old, new, away = member(frontdesk, "M1", "王小明"), person(frontdesk, "M2", "李四"), person(
        frontdesk, "M3", "赵五"
    )  # fmt: skip
    twin = person(frontdesk, "M4", "李四")
    sign_up(frontdesk, activity_id=first, person_id=old, companions=2)
    sign_up(frontdesk, activity_id=first, person_id=away)
    nothing = results(clinic.db, first)
    assert (nothing.total_fen, nothing.per_head_fen, nothing.new_people) == (0, None, 0)
    clock.day = DAY
    attend(frontdesk, activity_id=first, person_id=old)
    attend(frontdesk, activity_id=first, person_id=new)
    attend(frontdesk, activity_id=first, person_id=away)
    untick(frontdesk, activity_id=first, person_id=away)
    hold_activity(member_admin, activity_id=first)
    add_cost(billing, activity_id=first, what="场地", amount_fen=10_000)
    check_in(frontdesk, person_id=new)  # that day: a first visit, not one afterwards
    clock.day = plus_days(DAY, 3)
    for each in (old, new, away):
        check_in(frontdesk, person_id=each)
    merge_people(
        member_admin.confirming("two_visits", "two_names"), survivor_id=new, merged_id=twin
    )
    clock.day = plus_days(DAY, 40)
    session = frontdesk.confirming("clock_jump")
    check_in(session, person_id=new)
    found = results(clinic.db, first)
    assert (found.row.attended, found.row.present, found.row.missed, found.walk_ins) == (2, 4, 1, 1)
    assert (found.points, found.points_fen, found.gifts, found.gifts_fen) == (50, 0, 2, 2000)
    assert (found.cost_fen, found.total_fen, found.per_head_fen) == (10_000, 12_000, 3000)
    assert (found.new_people, found.came_after, found.visits) == (2, 2, 2)
    assert faults(clinic) == []


# -- verification ----------------------------------------------------------------------------------


def test_verify_finds_what_does_not_fit(clinic, frontdesk, billing, member_admin):
    first = opened(member_admin, day=TODAY, points=50, gift_name="牙刷", capacity=5, companions=1)
    one, two = member(frontdesk, "M1", "王小明"), member(frontdesk, "M2", "李四")
    attend(frontdesk, activity_id=first, person_id=one, companions=1)
    attend(frontdesk, activity_id=first, person_id=two)
    cost = add_cost(billing, activity_id=first, what="水", amount_fen=500).cost_id
    assert faults(clinic) == []

    def broken(*writes):
        """The faults after these writes, which are then forgotten."""
        found = []
        with suppress(KeyboardInterrupt), clinic.db.savepoint():
            for write in writes:
                clinic.db.write(write)
            found = faults(clinic)
            raise KeyboardInterrupt
        return found

    place = ActivityPlace.person_id == one
    with clinic.db.immediate():
        assert broken(Activity.update(capacity=2)) == ["activity.seats"]
        assert broken(ActivityPlace.update(companions=2).where(place)) == ["activity.place"]
        assert broken(ActivityPlace.update(attended_at=None).where(place)) == ["activity.place"]
        assert broken(ActivityPlace.update(state="missed").where(place)) == [
            "activity.place", "activity.award",
        ]  # fmt: skip
        assert broken(Activity.update(points=60)) == ["activity.points"]
        other = ActivityPlace.select(ActivityPlace.points_entry_id)
        entry = clinic.db.scalar(other.where(ActivityPlace.person_id == two))
        assert broken(ActivityPlace.update(points_entry_id=entry).where(place)) == [
            "activity.points"
        ]
    in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            ActivityCost, activity_id=first, what="水", amount_fen=-400, takes_back_id=cost,
            occurred_on=TODAY, staff_id=1, seq=tx.seq,
        ),
    )  # fmt: skip
    assert faults(clinic) == ["activity.cost"]
    assert activity(clinic.db, first).present == 3


def test_r012_the_reception_card_tells_what_somebody_signed_up_for(clinic, frontdesk, marketing):
    first, second = opened(marketing, at="14:00"), opened(marketing, name="会员日", companions=1)
    who = guest(frontdesk, "M1", "王小明")
    invite(marketing, activity_id=first, people=(who,))
    sign_up(frontdesk, activity_id=second, person_id=who, companions=1)
    assert reception_card(clinic.db, TODAY, who).notices == (
        "已报名 11-28 会员日，同行 1 位",
        "可邀请 11-28 14:00 护牙讲座",
    )
    consent(frontdesk, who, granted=False)  # said no since
    assert reception_card(clinic.db, TODAY, who).notices == ("已报名 11-28 会员日，同行 1 位",)
    assert tier_choices(clinic.db, TODAY)[:2] == [(0, "全部会员"), (1, "普通会员及以上")]
