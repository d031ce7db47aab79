"""Gift packs: defined of parts, handed out and taken back as one (R044, R106)."""

from __future__ import annotations

import msgspec
import pytest

from models.gifts import Gift, GiftIssue
from models.paperwork import GiftPart
from services.errors import RuleError
from services.gifts import packs, stock
from services.gifts.bands import band_stock
from services.gifts.handout import issue_gift, issues_of, return_gift, suitable_gifts
from services.gifts.lists import claimed_gifts, due_gifts
from services.gifts.period import computed_lines
from services.gifts.promises import goes_now, open_promises, promise_gift
from services.gifts.reconciliation import open_week
from services.gifts.stock_ledger import is_pack
from services.loyalty.grants import grant
from services.loyalty.membership import join
from services.loyalty.redemption import redeem
from services.loyalty.redemption_list import redemptions_of
from services.loyalty.standing import settle_person
from services.programmes.definition import Benefit
from services.programmes.registry import preset
from services.verify import verify
from tests.conftest import TODAY
from tests.gift_world import (
    add_gift,
    add_pack,
    count_all,
    friday,
    give,
    in_command,
    levels,
    owed_word,
    return_word,
    stocked,
)
from tests.gift_world import sign as close_friday
from tests.money_world import member, pay, person, sign, variant


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


@pytest.fixture
def brush(marketing):
    gift_id = add_gift(marketing, code="B1", name="软毛牙刷", band_yuan=0)
    stocked(marketing, gift_id, 3, 5)
    return gift_id


@pytest.fixture
def paste(marketing):
    gift_id = add_gift(marketing, code="B2", name="牙膏", band_yuan=0)
    stocked(marketing, gift_id, 1, 4)
    return gift_id


@pytest.fixture
def pack(marketing, brush, paste):
    return add_pack(marketing, (brush, 1), (paste, 2))


@pytest.fixture
def who(frontdesk):
    return person(frontdesk)


@pytest.fixture
def due(member_admin, who):
    return give(member_admin, who, "入会礼包", 50)


def rows(clinic):
    return clinic.db.rows(
        GiftIssue.select(
            GiftIssue.gift_id, GiftIssue.quantity, GiftIssue.pack_id, GiftIssue.grant_id
        ).order_by(GiftIssue.id)
    )


def offered(clinic):
    return {row.gift_id: row for row in packs.offered(clinic.db, TODAY)}


# -- what a pack is ------------------------------------------------------------------------------


def test_r044_a_pack_costs_what_its_parts_cost_and_counts_as_often_as_the_scarcest(
    clinic, marketing, pack, brush, paste
):
    (row,) = [each for each in stock.list_gifts(clinic.db) if each.pack]
    assert (row.id, row.cost_fen) == (pack, 3 * 600)
    assert is_pack(clinic.db, pack)
    assert [(p.gift_id, p.code, p.name, p.unit, p.quantity) for p in packs.parts_of(
        clinic.db, pack
    )] == [(brush, "B1", "软毛牙刷", "份", 1), (paste, "B2", "牙膏", "份", 2)]  # fmt: skip
    assert (offered(clinic)[pack].desk, offered(clinic)[pack].warehouse) == (2, 0)
    assert offered(clinic)[brush].desk == 5
    have = band_stock(clinic.db, TODAY, 5000)
    assert (have.desk, have.warehouse, have.pieces) == (2, 0, 2)


def test_r044_a_pack_has_no_stock_of_its_own_and_no_friday_line(clinic, marketing, pack, brush):
    with pytest.raises(RuleError, match="是礼包，没有自己的库存"):
        stock.receive(marketing, gift_id=pack, quantity=1)
    lines = {line.gift_id for line in computed_lines(clinic.db, 0, 10_000)}
    assert pack not in lines
    assert brush in lines


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (((1, 0),), "件数请填 1 至 99"),
        (((1, 100),), "件数请填 1 至 99"),
        (((1, 1), (1, 2)), "只写一行"),
        (((99, 1),), "没有找到这种礼品"),
        (((4, 1),), "礼包里不能再放礼包"),
        (((3, 1),), "礼包里不能再放礼包"),
        (((5, 1),), "“旧牙刷”已停用"),
        (tuple((n, 1) for n in range(100, 121)), "最多放 20 种"),
    ],
)
def test_r044_what_cannot_be_in_a_pack(clinic, marketing, pack, parts, sentence):
    new = add_gift(marketing, code="N", name="新礼包", band_yuan=50)  # gift 4
    old = add_gift(marketing, code="O", name="旧牙刷", band_yuan=0)  # gift 5
    assert (pack, new, old) == (3, 4, 5)
    stock.change_gift(marketing, gift_id=old, active=False)
    with pytest.raises(RuleError, match=sentence):
        packs.set_parts(marketing, gift_id=new, parts=parts)


def test_r044_a_gift_that_moved_or_stands_in_a_pack_becomes_no_pack(
    clinic, marketing, pack, brush, paste
):
    with pytest.raises(RuleError, match="有过出入库，不能改成礼包"):
        packs.set_parts(marketing, gift_id=brush, parts=[(paste, 1)])
    floss = add_gift(marketing, code="F", name="牙线", band_yuan=0)
    packs.set_parts(marketing, gift_id=pack, parts=[(floss, 1)])
    with pytest.raises(RuleError, match="“牙线”已在礼包“口腔护理套装”里"):
        packs.set_parts(marketing, gift_id=floss, parts=[(paste, 1)])


def test_r044_parts_change_and_a_pack_may_become_a_gift_again(clinic, marketing, pack, brush):
    packs.set_parts(marketing, gift_id=pack, parts=[(brush, 2)])
    assert offered(clinic)[pack].desk == 2
    done = packs.set_parts(marketing, gift_id=pack, parts=[])
    assert (done.gift_id, done.parts) == (pack, 0)
    stock.receive(marketing, gift_id=pack, quantity=1)
    assert clinic.db.rows(GiftPart.select()) == []


def test_r044_a_part_stays_in_use_as_long_as_its_pack(clinic, marketing, frontdesk, pack):
    floss = add_gift(marketing, code="F", name="牙线", band_yuan=0)
    packs.set_parts(marketing, gift_id=pack, parts=[(floss, 1)])
    with pytest.raises(RuleError, match="礼包“口腔护理套装”里有这种礼品"):
        stock.change_gift(marketing, gift_id=floss, active=False)
    stock.change_gift(marketing, gift_id=pack, active=False)
    stock.change_gift(marketing, gift_id=floss, active=False)
    with pytest.raises(RuleError, match="礼包里的“牙线”已停用。请先启用它"):
        stock.change_gift(marketing, gift_id=pack, active=True)
    stock.change_gift(marketing, gift_id=floss, active=True)
    stock.change_gift(marketing, gift_id=pack, active=True)
    assert (offered(clinic)[pack].desk, offered(clinic)[pack].warehouse) == (0, 0)
    # a clinic of an earlier version may hold a pack in use with a part that is not
    retire = Gift.update(active=0).where(Gift.id == floss)
    in_command(marketing, lambda tx: tx.db.write(retire))
    assert (offered(clinic)[pack].desk, offered(clinic)[pack].warehouse) == (0, 0)
    assert band_stock(clinic.db, TODAY, 5000).pieces == 0
    with pytest.raises(RuleError, match="没有这项权限"):
        packs.set_parts(frontdesk, gift_id=pack, parts=[])


def test_e51_a_gift_on_an_open_count_sheet_becomes_no_pack(clinic, marketing, brush):
    floss = add_gift(marketing, code="F", name="牙线", band_yuan=0)
    week = open_week(marketing).reconciliation_id
    with pytest.raises(RuleError, match="“牙线”在这次周五核对的盘点表上"):
        packs.set_parts(marketing, gift_id=floss, parts=[(brush, 1)])
    count_all(marketing, week)
    with pytest.raises(RuleError, match="盘点表上"):
        packs.set_parts(marketing, gift_id=floss, parts=[(brush, 1)])
    close_friday(marketing, week)
    packs.set_parts(marketing, gift_id=floss, parts=[(brush, 1)])


# -- what can be handed out together ---------------------------------------------------------------


def test_e32_packs_that_share_a_part_are_counted_once(clinic, marketing):
    shared = add_gift(marketing, code="S", name="漱口水", band_yuan=3)
    for name in ("包一", "包二"):
        add_pack(marketing, (shared, 1), name=name)
    stocked(marketing, shared, 1, 1)
    have = band_stock(clinic.db, TODAY, 5000)
    assert (have.desk, have.warehouse, have.pieces) == (1, 1, 2)
    assert have.short(2) == 1


def test_e32_a_pack_and_its_own_part_in_one_band_are_counted_once(clinic, marketing):
    part = add_gift(marketing, code="S", name="漱口水", band_yuan=50)
    add_pack(marketing, (part, 2))
    stocked(marketing, part, 0, 5)
    assert band_stock(clinic.db, TODAY, 5000).pieces == 5


def test_e32_parts_at_two_places_are_a_pack_once_they_are_together(clinic, marketing):
    one = add_gift(marketing, code="S", name="漱口水", band_yuan=0)
    two = add_gift(marketing, code="T", name="牙线", band_yuan=0)
    add_pack(marketing, (one, 1), (two, 1))
    stocked(marketing, one, 1, 0)
    stocked(marketing, two, 0, 1)
    have = band_stock(clinic.db, TODAY, 5000)
    assert (have.desk, have.warehouse, have.pieces) == (0, 0, 1)


def test_e32_nobody_jumps_the_queue_through_a_pack_of_the_same_parts(
    clinic, marketing, member_admin, frontdesk
):
    shared = add_gift(marketing, code="S", name="漱口水", band_yuan=3)
    pack = add_pack(marketing, (shared, 1), name="包一")
    other = add_pack(marketing, (shared, 1), name="包二")
    waits, jumps = (give(member_admin, person(frontdesk), "礼", 50) for _ in range(2))
    promise_gift(member_admin, grant_id=waits, approval=owed_word(clinic))
    stocked(marketing, shared, 0, 1)
    with pytest.raises(RuleError, match="前面还有 1 份 50 元档的欠领在等，现有 1 份"):
        issue_gift(frontdesk, grant_id=jumps, gift_id=other)
    assert not goes_now(clinic.db, TODAY, grant(clinic.db, jumps))
    plain = give(member_admin, person(frontdesk), "小礼", 3)
    with pytest.raises(RuleError, match="前面还有 1 份 50 元档"):  # nor by taking the part alone
        issue_gift(frontdesk, grant_id=plain, gift_id=shared)
    assert goes_now(clinic.db, TODAY, grant(clinic.db, waits))
    issue_gift(frontdesk, grant_id=waits, gift_id=pack)


def test_e23_a_pack_of_expired_parts_is_no_pack(clinic, clock, marketing, member_admin, frontdesk):
    part = add_gift(marketing, code="S", name="漱口水", band_yuan=0)
    pack = add_pack(marketing, (part, 1))
    stock.receive(marketing, gift_id=part, quantity=5, expires_on="2026-11-25", place="desk")
    due = give(member_admin, person(frontdesk), "礼包", 50)
    clock.day = "2026-12-01"
    assert band_stock(clinic.db, clock.day, 5000).pieces == 0
    rows = {row.gift_id: row for row in packs.offered(clinic.db, clock.day)}
    assert (rows[pack].desk, rows[part].desk) == (0, 0)
    assert suitable_gifts(clinic.db, grant(clinic.db, due), clock.day) == []
    assert promise_gift(member_admin, grant_id=due, approval=owed_word(clinic)).ahead == 0
    assert not open_promises(clinic.db, clock.day)[0].servable


def test_e23_a_gift_for_points_is_owed_while_its_pack_has_expired_parts(
    clinic, clock, director, frontdesk, marketing
):
    sign(director, msgspec.structs.replace(preset("医院方案B"), name="医院方案A"))
    part = add_gift(marketing, code="S", name="漱口水", band_yuan=0)
    add_pack(marketing, (part, 1), band_yuan=10)
    stock.receive(marketing, gift_id=part, quantity=5, expires_on="2026-11-25", place="desk")
    buyer = person(frontdesk)
    pay(frontdesk, buyer, 8000)
    join(frontdesk, person_id=buyer, benefits_explained=True)
    clock.day = "2026-12-01"
    with pytest.raises(RuleError, match="收费室现有 0 份"):
        redeem(frontdesk, person_id=buyer, item_key="b.gift10")


# -- out and back --------------------------------------------------------------------------------


def test_r044_a_pack_goes_out_as_one_and_every_part_leaves_the_stock(
    clinic, billing, who, due, pack, brush, paste
):
    fitting = suitable_gifts(clinic.db, grant(clinic.db, due), TODAY)
    assert [row.gift_id for row in fitting] == [pack]
    done = issue_gift(billing, grant_id=due, gift_id=pack)
    assert (done.gift_id, done.left_in_stock) == (pack, 1)
    assert rows(clinic) == [(brush, 1, pack, due), (paste, 2, pack, due)]
    assert (levels(clinic, brush), levels(clinic, paste)) == ((3, 4), (1, 2))
    assert (grant(clinic.db, due).used, grant(clinic.db, due).state) == (1, "used")
    (row,) = issues_of(clinic.db, who)
    assert (row.gift_name, row.quantity, row.parts) == (
        "口腔护理套装", 1, "软毛牙刷、牙膏 × 2",
    )  # fmt: skip
    (claimed,) = claimed_gifts(clinic.db)
    assert (claimed.issue_id, claimed.gift_name) == (done.issue_id, "口腔护理套装")


def test_r044_the_fold_counts_a_pack_once(clinic, billing, member_admin, who, pack):
    twice = give(member_admin, who, "入会礼包", 50, n=2)
    issue_gift(billing, grant_id=twice, gift_id=pack)
    in_command(billing, lambda tx: settle_person(tx, who))
    assert (grant(clinic.db, twice).used, grant(clinic.db, twice).left) == (1, 1)
    issue_gift(billing, grant_id=twice, gift_id=pack)
    with pytest.raises(RuleError, match="已领取"):
        issue_gift(billing, grant_id=twice, gift_id=pack)


def test_e31_a_pack_comes_back_whole_by_any_of_its_rows(
    clinic, billing, who, due, pack, brush, paste
):
    issue_gift(billing, grant_id=due, gift_id=pack)
    second = clinic.db.scalar(GiftIssue.select(GiftIssue.id).where(GiftIssue.gift_id == paste))
    word = return_word(clinic)
    return_gift(billing, issue_id=second, sellable=False, reason="破了", approval=word)
    assert (levels(clinic, brush), levels(clinic, paste)) == ((3, 4), (1, 2))
    assert grant(clinic.db, due).left == 1
    assert issues_of(clinic.db, who)[0].returned_on == TODAY
    with pytest.raises(RuleError, match="已退回"):
        return_gift(billing, issue_id=second - 1, sellable=True, reason="x")
    issue_gift(billing, grant_id=due, gift_id=pack)
    third = clinic.db.scalar(GiftIssue.select(GiftIssue.id).order_by(GiftIssue.id.desc()))
    return_gift(billing, issue_id=third, sellable=True, reason="不要")
    assert (levels(clinic, brush), levels(clinic, paste)) == ((3, 4), (1, 2))


def test_e30_a_pack_for_points_costs_them_once_and_gives_them_back_once(
    clinic, director, frontdesk, billing, marketing, brush, paste
):
    sign(director, msgspec.structs.replace(preset("医院方案B"), name="医院方案A"))
    pack = add_pack(marketing, (brush, 1), (paste, 2), band_yuan=10)
    buyer = person(frontdesk)
    pay(frontdesk, buyer, 8000)
    join(frontdesk, person_id=buyer, benefits_explained=True)
    bought = redeem(frontdesk, person_id=buyer, item_key="b.gift10")
    issued = issue_gift(billing, grant_id=bought.grant_id, gift_id=pack)
    points = GiftIssue.select(GiftIssue.points).order_by(GiftIssue.id)
    assert clinic.db.rows(points) == [(1000,), (0,)]
    return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="不要")
    assert clinic.db.rows(points) == [(1000,), (0,), (-1000,), (0,)]
    assert redemptions_of(clinic.db, buyer)[0].returned == 1000


def test_e32_short_of_one_part_nothing_leaves(clinic, billing, due, pack, brush, paste):
    stock.scrap(billing, gift_id=paste, quantity=3, place="desk", reason="过期")
    with pytest.raises(RuleError, match="收费室只剩 1 份“牙膏”，不够 2 份"):
        issue_gift(billing, grant_id=due, gift_id=pack)
    assert rows(clinic) == []
    assert levels(clinic, brush) == (3, 5)
    assert grant(clinic.db, due).used == 0


def test_r144_friday_counts_the_parts_and_never_the_pack(
    clinic, member_admin, billing, due, pack, brush, paste
):
    issue_gift(billing, grant_id=due, gift_id=pack)
    friday(member_admin)
    issued = {
        (line.gift_id, line.place): line.issued for line in computed_lines(clinic.db, 0, 10_000)
    }
    assert issued[paste, "desk"] == 2
    assert issued[brush, "desk"] == 1


# -- the parts a programme names ---------------------------------------------------------------


def kit(**changes):
    programme = variant()
    benefit = Benefit(
        "kit", "gift", "护理套装", contents=("牙刷", "牙膏"), reason="enrol", **changes
    )
    first = programme.tiers[0]
    first = msgspec.structs.replace(first, benefits=(*first.benefits, benefit))
    return msgspec.structs.replace(programme, tiers=(first, *programme.tiers[1:]))


@pytest.fixture
def kit_due(clinic, director, frontdesk):
    sign(director, kit())
    who = member(frontdesk)
    return who, next(row.grant_id for row in due_gifts(clinic.db, TODAY) if row.reason == "enrol")


def test_r106_one_gift_for_each_part_the_programme_names(clinic, billing, kit_due, brush, paste):
    who, due = kit_due
    found = packs.choices_by_name(packs.offered(clinic.db, TODAY), ("牙刷", "牙膏"))
    assert [[row.gift_id for row in each] for each in found] == [[brush], [paste]]
    assert packs.sets_by_name(packs.offered(clinic.db, TODAY), ("牙刷", "牙膏")) == {
        "desk": 4, "warehouse": 1,
    }  # fmt: skip
    done = issue_gift(billing, grant_id=due, parts=(brush, paste))
    assert (done.gift_id, done.left_in_stock) == (brush, 3)
    assert rows(clinic) == [(brush, 1, None, due), (paste, 1, None, due)]
    assert grant(clinic.db, due).state == "used"
    (row,) = issues_of(clinic.db, who)
    assert (row.gift_name, row.parts) == ("护理套装", "软毛牙刷、牙膏")
    assert claimed_gifts(clinic.db)[0].gift_name == "护理套装"
    return_gift(billing, issue_id=row.id, sellable=True, reason="重选")
    assert (levels(clinic, brush), levels(clinic, paste)) == ((3, 5), (1, 4))


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ((), "有 2 件，请每件选一种礼品：牙刷、牙膏"),
        ((1,), "有 2 件"),
        ((1, 1), "选了两次"),
        ((2, 1), "“牙膏”不是“牙刷”"),
        ((1, 99), "没有找到"),
    ],
)
def test_r106_a_set_is_checked_by_name(billing, kit_due, brush, paste, parts, sentence):
    with pytest.raises(RuleError, match=sentence):
        issue_gift(billing, grant_id=kit_due[1], parts=parts)


def test_r106_a_pack_of_the_name_will_do_whatever_its_band(
    clinic, marketing, billing, kit_due, brush, paste
):
    named = add_pack(marketing, (brush, 1), (paste, 1), name="护理套装", band_yuan=30)
    issue_gift(billing, grant_id=kit_due[1], gift_id=named)
    assert rows(clinic) == [(brush, 1, named, kit_due[1]), (paste, 1, named, kit_due[1])]


def test_r106_a_pack_is_no_part_of_a_set(clinic, marketing, kit_due, brush, paste):
    add_pack(marketing, (brush, 1), name="牙刷两支装", band_yuan=30)
    found = packs.choices_by_name(packs.offered(clinic.db, TODAY), ("牙刷", "牙膏"))
    assert [[row.gift_id for row in each] for each in found] == [[brush], [paste]]


def test_r106_a_set_does_not_take_what_was_promised_before(
    clinic, marketing, billing, member_admin, frontdesk, kit_due
):
    first = give(member_admin, person(frontdesk), "牙刷", 3)
    promise_gift(billing, grant_id=first, approval=owed_word(clinic))
    brush = add_gift(marketing, code="B1", name="牙刷", band_yuan=3)
    paste = add_gift(marketing, code="B2", name="牙膏", band_yuan=3)
    kit = grant(clinic.db, kit_due[1])
    assert not goes_now(clinic.db, TODAY, kit)
    stocked(marketing, brush, 0, 1)
    assert [each.servable for each in open_promises(clinic.db, TODAY)] == [True]
    assert not goes_now(clinic.db, TODAY, kit)
    stocked(marketing, paste, 0, 1)
    assert not goes_now(clinic.db, TODAY, kit)
    with pytest.raises(RuleError, match="前面还有 1 份 3 元档"):
        issue_gift(billing, grant_id=kit.id, parts=(brush, paste))
    stocked(marketing, paste, 0, 1)
    assert goes_now(clinic.db, TODAY, kit)
    issue_gift(billing, grant_id=kit.id, parts=(brush, paste))


def test_r106_a_gift_without_named_parts_is_one_gift(billing, due, brush, paste):
    with pytest.raises(RuleError, match="没有写明内容，请选一种礼品"):
        issue_gift(billing, grant_id=due, parts=(brush, paste))
