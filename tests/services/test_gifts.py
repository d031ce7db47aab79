"""Handing gifts out and taking them back, with grant and stock in one step."""

import uuid

import pytest

from models.followup import FollowupAttempt, FollowupTask
from models.gifts import EntitlementGrant, GiftIssue
from models.ledgers import Standing
from models.people import Membership, Person
from services.clock import plus_days
from services.errors import RuleError
from services.gifts import handout as gifts
from services.gifts import stock
from services.loyalty.grants import grant, grants_of
from services.loyalty.standing import settle_person
from services.programmes import registry
from services.programmes.activation import retire
from services.programmes.registry import preset
from services.staff import approve
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import (
    add_gift,
    add_member,
    add_person,
    gift_grant,
    in_command,
    levels,
    stocked,
)
from tests.money_world import sign


@pytest.fixture
def toothpaste(marketing):
    gift_id = add_gift(marketing)
    stocked(marketing, gift_id, warehouse=5, desk=3)
    return gift_id


@pytest.fixture
def member(frontdesk):
    return add_member(frontdesk, "M0000001")


@pytest.fixture
def due(clinic, member):
    return gift_grant(clinic, member)


def manager(clinic):
    return approve(clinic, STAFF["member_admin"], PIN, "approve.return")


def test_r131_a_gift_due_is_listed_with_tier_value_and_days(clinic, frontdesk, member, clock):
    later = add_member(frontdesk, "M0000002", name="李小红", spend_yuan=8000)
    (first, second) = gifts.due_gifts(clinic.db, plus_days(TODAY, 40))
    assert (first.person_id, first.number, first.name, first.tier_name) == (
        member, "M0000001", "王小明", "普通会员",
    )  # fmt: skip
    assert (first.gift_name, first.value_fen, first.due_on) == (
        "口腔保健礼品(10元档)", 1000, TODAY,
    )  # fmt: skip
    assert (first.days, first.overdue_days) == (40, 10)
    assert (first.last_followup, first.last_outcome) == (None, None)
    assert (second.person_id, second.value_fen) == (later, 5000)
    assert len(gifts.due_gifts(clinic.db, TODAY, limit=1)) == 1
    assert gifts.due_gifts(clinic.db, TODAY)[0].overdue_days == 0
    assert gifts.count_due(clinic.db, TODAY) == 2
    assert gifts.count_due(clinic.db, plus_days(TODAY, -1)) == 0


def test_r138_the_newest_call_stands_beside_the_gift(clinic, frontdesk, member):
    def call(tx):
        task = tx.db.insert(
            FollowupTask, person_id=member, rule="unclaimed_gift", cycle="1", due_on=TODAY,
            state="open", seq=tx.seq,
        )  # fmt: skip
        for day, outcome in (("2026-11-18", "no_answer"), ("2026-11-19", "fine")):
            tx.db.insert(
                FollowupAttempt, task_id=task, person_id=member, outcome=outcome,
                occurred_on=day, staff_id=tx.actor.id, seq=tx.seq,
            )  # fmt: skip

    in_command(frontdesk, call)
    (row,) = gifts.due_gifts(clinic.db, TODAY)
    assert (row.last_followup, row.last_outcome) == ("2026-11-19", "fine")


def test_r131_people_who_left_or_withdrew_are_not_due(clinic, frontdesk, member, due, toothpaste):
    def leave(tx):
        tx.db.write(Membership.update(state="left"))
        settle_person(tx, member)

    in_command(frontdesk, leave)
    assert gifts.due_gifts(clinic.db, TODAY) == []
    with pytest.raises(RuleError, match=r"现在不是会员"):
        gifts.issue_gift(frontdesk, grant_id=due, gift_id=toothpaste)


def test_r131_r143_issuing_draws_the_grant_and_the_desks_stock(
    clinic, billing, member, due, toothpaste
):
    done = gifts.issue_gift(billing, grant_id=due, gift_id=toothpaste, note=" 已签名 ")
    assert (done.grant_id, done.gift_id, done.left_in_stock) == (due, toothpaste, 2)
    assert done.changes.person_id == member
    assert levels(clinic, toothpaste) == (5, 2)
    assert (grant(clinic.db, due).state, grant(clinic.db, due).used) == ("used", 1)
    (row,) = gifts.issues_of(clinic.db, member)
    assert (row.gift_name, row.quantity, row.reason, row.staff, row.note) == (
        "牙膏", 1, "tier", "周收费", "已签名",
    )  # fmt: skip
    assert row.returned_on is None
    (moved,) = stock.moves(clinic.db, limit=1)
    assert (moved.kind, moved.quantity, moved.issue_id) == ("issue", -1, done.issue_id)
    assert gifts.due_gifts(clinic.db, TODAY) == []


def test_e29_the_second_window_learns_who_handed_it_out(
    clinic, billing, frontdesk, due, toothpaste
):
    gifts.issue_gift(billing, grant_id=due, gift_id=toothpaste)
    with pytest.raises(RuleError, match=r"已领取：2026-11-20，经手 周收费。不能重复发放"):
        gifts.issue_gift(frontdesk, grant_id=due, gift_id=toothpaste)
    assert levels(clinic, toothpaste) == (5, 2)


def test_e29_pressing_twice_issues_once(clinic, billing, due, toothpaste):
    form = billing.once(uuid.uuid4())
    first = gifts.issue_gift(form, grant_id=due, gift_id=toothpaste)
    assert gifts.issue_gift(form, grant_id=due, gift_id=toothpaste) == first
    assert levels(clinic, toothpaste) == (5, 2)


def test_r140_any_gift_of_the_same_band_will_do(clinic, marketing, billing, due, toothpaste):
    floss = add_gift(marketing, code="G11", name="牙线", source="inhouse")
    brush = add_gift(marketing, code="G50", name="电动牙刷", band_yuan=50)
    empty = add_gift(marketing, code="G12", name="漱口水")
    stocked(marketing, floss, warehouse=0, desk=1)
    stocked(marketing, brush, warehouse=0, desk=1)
    fitting = gifts.suitable_gifts(clinic.db, grant(clinic.db, due), TODAY)
    assert [row.name for row in fitting] == ["牙膏", "牙线"]
    assert empty not in {row.gift_id for row in fitting}
    with pytest.raises(
        RuleError, match=r"“电动牙刷”是 50 元档，这份权益是 10 元档。请换一种 10 元档"
    ):
        gifts.issue_gift(billing, grant_id=due, gift_id=brush)
    gifts.issue_gift(billing, grant_id=due, gift_id=floss)
    assert levels(clinic, floss) == (0, 0)


def test_e32_out_of_stock_blocks_with_both_places(clinic, marketing, billing, due, toothpaste):
    stock.scrap(billing, gift_id=toothpaste, quantity=3, place="desk", reason="受潮")
    with pytest.raises(RuleError, match=r"收费室只剩 0 份“牙膏”.*请先从仓库申领.仓库有 5 份"):
        gifts.issue_gift(billing, grant_id=due, gift_id=toothpaste)
    assert grant(clinic.db, due).used == 0
    assert gifts.issues_of(clinic.db, 1) == []
    with pytest.raises(RuleError, match=r"由收费室统一发放。请先把货申领到收费室"):
        gifts.issue_gift(billing, grant_id=due, gift_id=toothpaste, place="warehouse")
    assert levels(clinic, toothpaste) == (5, 0)


def test_a_gift_out_of_use_or_unknown_cannot_be_issued(clinic, marketing, billing, due):
    old = add_gift(marketing, code="G9", name="旧牙膏")
    stock.change_gift(marketing, gift_id=old, active=False)
    with pytest.raises(RuleError, match=r"“旧牙膏”已停用"):
        gifts.issue_gift(billing, grant_id=due, gift_id=old)
    with pytest.raises(RuleError, match=r"没有找到这种礼品"):
        gifts.issue_gift(billing, grant_id=due, gift_id=99)
    with pytest.raises(RuleError, match=r"没有找到这项权益"):
        gifts.issue_gift(billing, grant_id=99, gift_id=old)


def test_a_service_is_not_a_gift(clinic, frontdesk, toothpaste):
    vip = add_member(frontdesk, "M0000003", spend_yuan=8000)
    service = next(row for row in grants_of(clinic.db, vip) if row.kind == "service")
    with pytest.raises(RuleError, match=r"是院内服务"):
        gifts.issue_gift(frontdesk, grant_id=service.id, gift_id=toothpaste)


def test_who_collects_is_written_down(clinic, frontdesk, member, due, toothpaste):
    friend = add_person(frontdesk, "P0000009", name="李朋友")
    issue = {"grant_id": due, "gift_id": toothpaste}
    with pytest.raises(RuleError, match=r"领取方式请选"):
        gifts.issue_gift(frontdesk, **issue, collected="drone")
    with pytest.raises(RuleError, match=r"没有找到受益人"):
        gifts.issue_gift(frontdesk, **issue, beneficiary_id=99)
    with pytest.raises(RuleError, match=r"不能转赠。家人代取请选“代领”"):
        gifts.issue_gift(frontdesk, **issue, beneficiary_id=friend)
    gifts.issue_gift(frontdesk, **issue, beneficiary_id=member, collected="proxy")
    assert gifts.issues_of(clinic.db, member)[0].collected == "proxy"


def test_a_transferable_gift_may_go_to_somebody_else(
    clinic, frontdesk, member, due, toothpaste, monkeypatch
):
    import msgspec

    programme = registry.main_timeline(clinic.db).at(TODAY).programme
    tiers = tuple(
        msgspec.structs.replace(
            tier,
            benefits=tuple(msgspec.structs.replace(b, transferable=True) for b in tier.benefits),
        )
        for tier in programme.tiers
    )
    kind = msgspec.structs.replace(programme, tiers=tiers)
    monkeypatch.setattr("services.loyalty.grants.version", lambda db, version_id: kind)
    friend = add_person(frontdesk, "P0000009", name="李朋友")
    gifts.issue_gift(frontdesk, grant_id=due, gift_id=toothpaste, beneficiary_id=friend)
    assert gifts.issues_of(clinic.db, member)[0].beneficiary_id == friend


@pytest.mark.parametrize(("sellable", "desk"), [(True, 3), (False, 2)])
def test_e31_a_gift_comes_back_within_seven_days(
    clinic, frontdesk, clock, member, due, toothpaste, sellable, desk
):
    issued = gifts.issue_gift(frontdesk, grant_id=due, gift_id=toothpaste)
    clock.day = plus_days(TODAY, 7)
    done = gifts.return_gift(
        frontdesk,
        issue_id=issued.issue_id,
        sellable=sellable,
        reason="不喜欢",
        approval=None if sellable else manager(clinic),
    )
    assert done.left_in_stock == desk
    assert levels(clinic, toothpaste) == (5, desk)
    assert (grant(clinic.db, due).state, grant(clinic.db, due).used) == ("open", 0)
    assert gifts.issues_of(clinic.db, member)[0].returned_on == clock.day
    rows = clinic.db.rows(
        GiftIssue.select(GiftIssue.quantity, GiftIssue.returns_id).order_by(GiftIssue.id)
    )
    assert rows == [(1, None), (-1, issued.issue_id)]
    kinds = [row.kind for row in stock.moves(clinic.db)]
    assert kinds[: 1 if sellable else 2] == (["return"] if sellable else ["scrap", "return"])
    with pytest.raises(RuleError, match=r"已退回：2026-11-27，经手 李前台"):
        gifts.return_gift(frontdesk, issue_id=issued.issue_id, sellable=True, reason="x")


def test_e31_later_only_with_the_managers_word(clinic, frontdesk, clock, due, toothpaste):
    issued = gifts.issue_gift(frontdesk, grant_id=due, gift_id=toothpaste)
    clock.day = plus_days(TODAY, 8)
    back = {"issue_id": issued.issue_id, "sellable": True, "reason": "迟到的退回"}
    with pytest.raises(RuleError, match=r"超过 7 天，须由会员管理员或院长批准"):
        gifts.return_gift(frontdesk, **back)
    gifts.return_gift(frontdesk, **back, approval=manager(clinic))
    assert levels(clinic, toothpaste) == (5, 3)


def test_e31_an_opened_one_only_with_the_managers_word(clinic, frontdesk, due, toothpaste):
    issued = gifts.issue_gift(frontdesk, grant_id=due, gift_id=toothpaste)
    back = {"issue_id": issued.issue_id, "sellable": False, "reason": "拆开了"}
    with pytest.raises(RuleError, match=r"已拆封或损坏的礼品，须由会员管理员或院长批准退回"):
        gifts.return_gift(frontdesk, **back)
    gifts.return_gift(frontdesk, **back, approval=manager(clinic))
    assert levels(clinic, toothpaste) == (5, 2)


def test_r138_a_gift_of_a_retired_programme_stays_due_and_overdue(
    clinic, clock, director, frontdesk, due
):
    sign(director, preset("医院方案B"))
    retire(director, programme_id=1)
    clock.day = plus_days(TODAY, 29)
    day = plus_days(TODAY, 200)
    (row,) = gifts.due_gifts(clinic.db, day)
    assert (row.grant_id, row.overdue_days > 0) == (due, True)
    assert [each.grant_id for each in gifts.due_gifts(clinic.db, day, overdue=True)] == [due]


def test_e31_a_return_needs_a_reason_and_an_issue(frontdesk, due, toothpaste):
    issued = gifts.issue_gift(frontdesk, grant_id=due, gift_id=toothpaste)
    with pytest.raises(RuleError, match=r"退回的原因"):
        gifts.return_gift(frontdesk, issue_id=issued.issue_id, sellable=True, reason=" ")
    with pytest.raises(RuleError, match=r"没有找到这次发放"):
        gifts.return_gift(frontdesk, issue_id=99, sellable=True, reason="x")


def test_e31_a_gift_without_a_grant_comes_back_into_stock_alone(
    clinic, frontdesk, member, toothpaste
):
    def hand_out(tx):
        issue = tx.db.insert(
            GiftIssue, person_id=member, gift_id=toothpaste, place="desk", quantity=1,
            reason="event", points=0, collected="self", occurred_on=TODAY,
            staff_id=tx.actor.id, seq=tx.seq,
        )  # fmt: skip
        stock.move(tx, gift_id=toothpaste, place="desk", kind="issue", quantity=-1, issue_id=issue)
        return issue

    issue = in_command(frontdesk, hand_out)
    before = clinic.db.rows(EntitlementGrant.select(EntitlementGrant.used))
    gifts.return_gift(frontdesk, issue_id=issue, sellable=True, reason="不要了")
    assert levels(clinic, toothpaste) == (5, 3)
    assert clinic.db.rows(EntitlementGrant.select(EntitlementGrant.used)) == before


def test_e50_a_gift_changes_nobodys_points_or_tier(clinic, frontdesk, member, due, toothpaste):
    def standing():
        columns = (Standing.spend_fen, Standing.rank, Standing.earned, Standing.available)
        return clinic.db.rows(Standing.select(*columns))

    before = standing()
    issued = gifts.issue_gift(frontdesk, grant_id=due, gift_id=toothpaste)
    gifts.return_gift(frontdesk, issue_id=issued.issue_id, sellable=True, reason="x")
    assert standing() == before
    assert clinic.db.rows(Person.select(Person.state)) == [("active",)]


def test_every_reason_and_way_has_a_name():
    reasons = (
        "tier", "points", "birthday", "enrol", "event", "referral", "scholarship", "compensation",
    )  # fmt: skip
    assert [gifts.reason_name(reason) for reason in reasons] == [
        "等级", "兑换", "生日", "入会", "活动", "推荐", "奖学金", "补偿",
    ]  # fmt: skip
    assert [gifts.collected_name(way) for way in gifts.COLLECTED] == ["本人", "代领", "邮寄"]
