"""欠领: promised with a manager's word, served first come first served (E32)."""

from __future__ import annotations

import msgspec
import pytest

from models.followup import FollowupTask
from models.paperwork import GiftPromise
from services.clock import plus_days
from services.commands import Approval
from services.desk.daily import catch_up
from services.errors import RuleError
from services.followups.calls import calls_today
from services.followups.script import script
from services.followups.tasks import make_tasks
from services.gifts import stock
from services.gifts.bands import band_stock
from services.gifts.handout import issue_gift, return_gift
from services.gifts.lists import due_gifts
from services.gifts.packs import set_parts
from services.gifts.promises import call_arrived, goes_now, open_promises, promise_gift
from services.loyalty.awards import give_award
from services.loyalty.grants import grant, grants_of
from services.loyalty.membership import join
from services.loyalty.redemption import redeem, return_redemption
from services.people.merging import merge_people as merge
from services.people.merging import unmerge_people as unmerge
from services.programmes.definition import Benefit
from services.programmes.registry import preset
from services.verify import verify
from tests.conftest import TODAY
from tests.desk_world import change
from tests.gift_world import (
    add_gift,
    add_member,
    add_pack,
    gift_grant,
    give,
    in_command,
    levels,
    owed_word,
    stocked,
    to_desk,
)
from tests.money_world import member, pay, person, sign, variant


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


@pytest.fixture
def word(clinic):
    return owed_word(clinic)


@pytest.fixture
def paste(marketing):
    return add_gift(marketing)


@pytest.fixture
def first(clinic, frontdesk):
    return add_member(frontdesk, "M0000001")


@pytest.fixture
def second(clinic, frontdesk):
    return add_member(frontdesk, "M0000002", name="李小红")


def due(clinic, who):
    return gift_grant(clinic, who)


def tasks(clinic):
    rows = clinic.db.rows(
        FollowupTask.select(
            FollowupTask.person_id, FollowupTask.cycle, FollowupTask.state, FollowupTask.subject
        ).order_by(FollowupTask.id)
    )
    return rows


# -- promising -----------------------------------------------------------------------------------


def test_e32_a_gift_that_is_not_there_is_promised_with_a_managers_word(
    clinic, billing, paste, first, second, word
):
    mine = due(clinic, first)
    with pytest.raises(RuleError, match="须由会员管理员或院长批准"):
        promise_gift(billing, grant_id=mine)
    done = promise_gift(billing, grant_id=mine, note=" 顾客同意等 ", approval=word)
    assert (done.grant_id, done.ahead) == (mine, 0)
    assert promise_gift(billing, grant_id=due(clinic, second), approval=word).ahead == 1
    columns = (
        GiftPromise.person_id,
        GiftPromise.band_fen,
        GiftPromise.note,
        GiftPromise.approved_by,
    )
    assert clinic.db.rows(GiftPromise.select(*columns))[0] == (first, 1000, "顾客同意等", 5)
    one, two = open_promises(clinic.db, TODAY)
    assert (one.grant_id, one.person_id, one.left, one.ahead, one.promised_on, one.staff) == (
        mine, first, 1, 0, TODAY, "周收费",
    )  # fmt: skip
    assert (two.ahead, two.servable) == (1, False)
    assert band_stock(clinic.db, TODAY, 1000).waiting == 2
    with pytest.raises(RuleError, match="已登记欠领：2026-11-20，经手 周收费"):
        promise_gift(billing, grant_id=mine, approval=word)


def test_e32_what_lies_at_the_desk_is_handed_out_and_not_promised(
    clinic, billing, marketing, paste, first, second, word
):
    stocked(marketing, paste, 0, 1)
    with pytest.raises(RuleError, match="收费室现在有货可发，请直接发放"):
        promise_gift(billing, grant_id=due(clinic, first), approval=word)


def test_e32_what_is_kept_for_others_may_be_promised_too(
    clinic, billing, marketing, frontdesk, paste, first, second, word
):
    third = due(clinic, add_member(frontdesk, "M0000003", name="赵三"))
    promise_gift(billing, grant_id=due(clinic, first), approval=word)
    stocked(marketing, paste, 0, 1)
    assert promise_gift(billing, grant_id=due(clinic, second), approval=word).ahead == 1
    stocked(marketing, paste, 2, 0)
    with pytest.raises(RuleError, match="请直接发放"):
        promise_gift(billing, grant_id=third, approval=word)


def test_e32_only_a_gift_that_is_due_to_a_member_is_promised(
    clinic, billing, frontdesk, member_admin, first, word
):
    vip = add_member(frontdesk, "M0000003", spend_yuan=8000)
    service = next(row for row in grants_of(clinic.db, vip) if row.kind == "service")
    with pytest.raises(RuleError, match="是院内服务"):
        promise_gift(billing, grant_id=service.id, approval=word)
    with pytest.raises(RuleError, match="没有找到这项权益"):
        promise_gift(billing, grant_id=999, approval=word)
    wrong = Approval(1, "x", "frontdesk", "approve.owed_gift")
    with pytest.raises(RuleError, match="须由会员管理员或院长批准"):
        promise_gift(billing, grant_id=due(clinic, first), approval=wrong)
    mine = due(clinic, first)
    change(frontdesk, first, state="withdrawn")
    with pytest.raises(RuleError, match="现在不是会员"):
        promise_gift(billing, grant_id=mine, approval=word)


def test_e32_what_was_handed_out_is_not_promised(clinic, billing, marketing, paste, first, word):
    stocked(marketing, paste, 0, 1)
    mine = due(clinic, first)
    issue_gift(billing, grant_id=mine, gift_id=paste)
    with pytest.raises(RuleError, match="已领取：2026-11-20"):
        promise_gift(billing, grant_id=mine, approval=word)


# -- first come, first served ------------------------------------------------------------------


def test_e32_who_was_promised_first_is_served_first(
    clinic, billing, marketing, frontdesk, paste, first, second, word
):
    third = add_member(frontdesk, "M0000003", name="赵三")
    ids = {who: due(clinic, who) for who in (first, second, third)}
    for who in (first, second):
        promise_gift(billing, grant_id=ids[who], approval=word)
    stocked(marketing, paste, 0, 1)
    for who, ahead in ((second, 1), (third, 2)):
        with pytest.raises(RuleError, match=f"前面还有 {ahead} 份 .*现有 1 份要先留给他们"):
            issue_gift(billing, grant_id=ids[who], gift_id=paste)
    stocked(marketing, paste, 1, 0)  # in the warehouse is there, too
    with pytest.raises(RuleError, match="前面还有 2 份"):
        issue_gift(billing, grant_id=ids[third], gift_id=paste)
    assert [each.servable for each in open_promises(clinic.db, TODAY)] == [True, True]
    issue_gift(billing, grant_id=ids[first], gift_id=paste)
    to_desk(marketing, paste, 1)
    issue_gift(billing, grant_id=ids[second], gift_id=paste)
    assert open_promises(clinic.db, TODAY) == []
    stocked(marketing, paste, 0, 1)
    issue_gift(billing, grant_id=ids[third], gift_id=paste)


def test_e32_more_pieces_than_promises_serve_the_next_one_too(
    clinic, billing, marketing, paste, first, second, word
):
    mine, other = due(clinic, first), due(clinic, second)
    promise_gift(billing, grant_id=mine, approval=word)
    stocked(marketing, paste, 0, 2)
    issue_gift(billing, grant_id=other, gift_id=paste)
    assert levels(clinic, paste) == (0, 1)
    issue_gift(billing, grant_id=mine, gift_id=paste)


def test_e32_what_is_not_there_at_all_says_so_and_not_who_waits(
    clinic, billing, marketing, paste, first, second, word
):
    promise_gift(billing, grant_id=due(clinic, first), approval=word)
    floss = add_gift(marketing, code="G11", name="牙线")
    stocked(marketing, paste, 0, 1)
    with pytest.raises(RuleError, match=r"收费室只剩 0 份“牙线”.*请市场部先申购入库"):
        issue_gift(billing, grant_id=due(clinic, second), gift_id=floss)


def test_e32_another_band_waits_for_nobody(
    clinic, billing, marketing, member_admin, paste, first, second, word
):
    promise_gift(billing, grant_id=due(clinic, first), approval=word)
    brush = add_gift(marketing, code="G50", name="电动牙刷", band_yuan=50)
    stocked(marketing, brush, 0, 1)
    issue_gift(billing, grant_id=give(member_admin, second, yuan=50), gift_id=brush)


def test_e32_a_pack_does_not_take_the_parts_that_were_promised(
    clinic, billing, marketing, member_admin, paste, first, second, word
):
    mine = due(clinic, first)
    promise_gift(billing, grant_id=mine, approval=word)
    pack = add_pack(marketing, (paste, 1))
    stocked(marketing, paste, 0, 1)
    with pytest.raises(RuleError, match="前面还有 1 份 10 元档"):
        issue_gift(billing, grant_id=give(member_admin, second, yuan=50), gift_id=pack)
    issue_gift(billing, grant_id=mine, gift_id=paste)


def test_e32_who_left_or_whose_gift_ended_keeps_nobody_waiting(
    clinic, billing, marketing, frontdesk, member_admin, paste, first, second, word, clock
):
    promise_gift(billing, grant_id=due(clinic, first), approval=word)
    ending = add_gift(marketing, code="G20", name="牙线", band_yuan=20)
    short = give_award(
        member_admin, person_id=second, kind="gift", name="限时", reason="event",
        value_fen=2000, valid_to=TODAY,
    ).grant_id  # fmt: skip
    promise_gift(billing, grant_id=short, approval=word)
    change(frontdesk, first, state="withdrawn")
    assert [each.grant_id for each in open_promises(clinic.db, TODAY)] == [short]
    assert open_promises(clinic.db, plus_days(TODAY, 1)) == []
    stocked(marketing, ending, 0, 1)
    stocked(marketing, paste, 0, 1)
    issue_gift(billing, grant_id=due(clinic, second), gift_id=paste)


def test_e32_expired_pieces_serve_nobody(
    clinic, billing, marketing, paste, first, second, word, clock
):
    stock.receive(marketing, gift_id=paste, quantity=2, place="desk", expires_on="2026-11-30")
    mine = due(clinic, first)
    clock.day = "2026-12-01"
    assert band_stock(clinic.db, clock.day, 1000).pieces == 0
    with pytest.raises(RuleError, match="没过有效期的只有 0 份。过期的不能发"):
        issue_gift(billing, grant_id=mine, gift_id=paste)
    promise_gift(billing, grant_id=mine, approval=word)
    stocked(marketing, paste, 1, 0)
    have = band_stock(clinic.db, clock.day, 1000)
    assert (have.pieces, have.desk, have.warehouse) == (1, 1, 0)
    assert open_promises(clinic.db, clock.day)[0].servable


# -- people recorded twice, gifts that come back -----------------------------------------------


def test_e62_a_promise_goes_with_the_person_it_is_merged_into(
    clinic, billing, marketing, frontdesk, member_admin, paste, word
):
    keeper, double = person(frontdesk), person(frontdesk)
    pay(frontdesk, keeper, 100)
    pay(frontdesk, double, 100)
    theirs = give(member_admin, double)
    promise_gift(billing, grant_id=theirs, approval=word)
    sure = member_admin.confirming("openings", "two_gifts", "names")
    merge(sure, survivor_id=keeper, merged_id=double)
    (waits,) = open_promises(clinic.db, TODAY)
    assert waits.person_id == keeper
    assert waits.grant_id != theirs
    with pytest.raises(RuleError, match="已登记欠领"):
        promise_gift(billing, grant_id=waits.grant_id, approval=word)
    (row,) = due_gifts(clinic.db, TODAY, promised=True)
    assert row.promised == waits
    unmerge(member_admin, merged_id=double)
    assert [each.grant_id for each in open_promises(clinic.db, TODAY)] == [theirs]
    merge(member_admin, survivor_id=keeper, merged_id=double)
    stocked(marketing, paste, 0, 1)
    issue_gift(billing, grant_id=waits.grant_id, gift_id=paste)
    assert open_promises(clinic.db, TODAY) == []


def test_e62_two_promises_of_one_person_are_one_at_the_earlier_place(
    clinic, billing, marketing, member_admin, frontdesk, paste, first, second, word
):
    third = add_member(frontdesk, "M0000003", name="赵三")
    kept, gone, last = (due(clinic, who) for who in (first, second, third))
    promise_gift(billing, grant_id=gone, approval=word)
    promise_gift(billing, grant_id=kept, approval=word)
    sure = member_admin.confirming("two_names", "two_memberships", "two_openings")
    merge(sure, survivor_id=first, merged_id=second)
    (waits,) = open_promises(clinic.db, TODAY)
    assert (waits.grant_id, waits.ahead, waits.left) == (kept, 0, 1)
    assert band_stock(clinic.db, TODAY, 1000).waiting == 1
    stocked(marketing, paste, 0, 2)
    issue_gift(billing, grant_id=last, gift_id=paste)
    issue_gift(billing, grant_id=kept, gift_id=paste)


def test_e31_a_promised_gift_that_comes_back_keeps_its_turn(
    clinic, billing, marketing, paste, first, second, word
):
    mine = due(clinic, first)
    promise_gift(billing, grant_id=mine, approval=word)
    stocked(marketing, paste, 0, 1)
    issued = issue_gift(billing, grant_id=mine, gift_id=paste)
    assert open_promises(clinic.db, TODAY) == []
    return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="破了")
    assert [each.grant_id for each in open_promises(clinic.db, TODAY)] == [mine]
    with pytest.raises(RuleError, match="前面还有 1 份"):
        issue_gift(billing, grant_id=due(clinic, second), gift_id=paste)


# -- bought with points --------------------------------------------------------------------------


def test_e32_what_points_bought_and_is_not_there_is_promised(
    clinic, frontdesk, billing, marketing, director, word
):
    sign(director, msgspec.structs.replace(preset("医院方案B"), name="医院方案A"))
    who, later = person(frontdesk), person(frontdesk)
    for each in (who, later):
        pay(frontdesk, each, 8000)
        join(frontdesk, person_id=each, benefits_explained=True)
    goods = add_gift(marketing, name="保健牙膏", band_yuan=10)
    bought = redeem(frontdesk, person_id=who, item_key="b.gift10", approval=word)
    (waits,) = open_promises(clinic.db, TODAY)
    assert (waits.grant_id, waits.person_id, waits.left) == (bought.grant_id, who, 1)
    stocked(marketing, goods, 0, 1)
    other = redeem(frontdesk, person_id=later, item_key="b.gift10", approval=word)
    with pytest.raises(RuleError, match="前面还有 1 份"):
        issue_gift(billing, grant_id=other.grant_id, gift_id=goods)
    return_redemption(frontdesk, redemption_id=bought.redemption_id, reason="不要了")
    issue_gift(billing, grant_id=other.grant_id, gift_id=goods)
    assert open_promises(clinic.db, TODAY) == []


# -- telling that it is there --------------------------------------------------------------------


def test_e32_one_call_is_made_when_the_goods_are_there(
    clinic, billing, marketing, frontdesk, paste, first, second, word, clock
):
    for who in (first, second):
        promise_gift(billing, grant_id=due(clinic, who), approval=word)
    catch_up(frontdesk)
    assert tasks(clinic) == []
    stocked(marketing, paste, 1, 0)
    clock.day = plus_days(TODAY, 1)
    catch_up(frontdesk)
    (made,) = tasks(clinic)
    assert made[0] == first
    assert made[1].startswith("arrived.")
    assert made[3] == "口腔保健礼品(10元档)(欠领，已到货)"
    (call,) = calls_today(clinic.db, clock.day)
    assert call.reasons == ("礼品未领：口腔保健礼品(10元档)(欠领，已到货)",)
    assert "已到货" in script(clinic.db, clock.day, first, call.task_ids)
    assert in_command(frontdesk, call_arrived) == 0
    to_desk(marketing, paste, 1)
    issue_gift(billing, grant_id=due(clinic, first), gift_id=paste)
    assert calls_today(clinic.db, clock.day) == []
    in_command(frontdesk, make_tasks)
    assert [row[2] for row in tasks(clinic)] == ["done"]


def test_r138_nobody_is_called_about_a_gift_that_is_not_there(
    clinic, frontdesk, billing, paste, first, word, clock
):
    mine = due(clinic, first)
    clock.day = plus_days(TODAY, 30)
    assert in_command(frontdesk, make_tasks) == 1
    promise_gift(billing, grant_id=mine, approval=word)
    assert [row[2] for row in tasks(clinic)] == ["done"]
    assert calls_today(clinic.db, clock.day) == []
    clock.day = plus_days(TODAY, 60)
    assert in_command(frontdesk, make_tasks) == 0


def test_e32_a_set_is_there_when_each_of_its_parts_is(
    clinic, director, frontdesk, billing, marketing, word
):
    programme = variant()
    benefit = Benefit("kit", "gift", "护理套装", contents=("牙刷", "牙膏"), reason="enrol")
    tier = msgspec.structs.replace(
        programme.tiers[0], benefits=(*programme.tiers[0].benefits, benefit)
    )
    sign(director, msgspec.structs.replace(programme, tiers=(tier, *programme.tiers[1:])))
    who = member(frontdesk)
    kit = next(row.grant_id for row in due_gifts(clinic.db, TODAY) if row.reason == "enrol")
    promise_gift(billing, grant_id=kit, approval=word)
    brush = add_gift(marketing, code="B1", name="牙刷", band_yuan=10)
    paste = add_gift(marketing, code="B2", name="儿童牙膏", band_yuan=10)
    stocked(marketing, brush, 1, 0)
    assert not open_promises(clinic.db, TODAY)[0].servable
    stocked(marketing, paste, 1, 0)
    assert open_promises(clinic.db, TODAY)[0].servable
    to_desk(marketing, brush, 1)
    to_desk(marketing, paste, 1)
    assert goes_now(clinic.db, TODAY, grant(clinic.db, kit))
    named = add_gift(marketing, code="K", name="护理套装", band_yuan=30)
    set_parts(marketing, gift_id=named, parts=[(brush, 1), (paste, 1)])
    assert open_promises(clinic.db, TODAY)[0].servable
    assert goes_now(clinic.db, TODAY, grant(clinic.db, kit))
    issue_gift(billing, grant_id=kit, gift_id=named)
    assert grant(clinic.db, kit).person_id == who
