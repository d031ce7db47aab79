"""What a redemption would do is shown first: points, what is given, stock, what ends next."""

from __future__ import annotations

import msgspec
import pytest

from services.clock import plus_days
from services.loyalty.redemption import redeem
from services.loyalty.redemption_list import offers, points_off, spending
from services.loyalty.redemption_preview import preview_redemption, short_of
from services.programmes.definition import Benefit, Reach, Redeemable, Tier
from services.programmes.registry import main_timeline
from tests.conftest import TODAY
from tests.gift_world import add_gift, stocked
from tests.money_world import pay, person, sign
from tests.services.test_redemption import B, member, under

MORE = (
    Redeemable("x.coupon", "coupon", "抵用券", 300, unit="张", value_yuan=50, valid_days=30),
    Redeemable("x.check", "service", "全景片", 800, valid_days=1),
)


@pytest.fixture
def who(director, frontdesk, clock):
    sign(director, under(B, expiry_months=1, catalogue=(*B.points.catalogue, *MORE)))
    who = member(frontdesk, 2000)
    clock.day = plus_days(TODAY, 5)
    pay(frontdesk, who, 6000)
    return who


def seen(clinic, who, key, **more):
    db, today, timeline = clinic.db, clinic.clock.today(), main_timeline(clinic.db)
    offer = next(each for each in offers(db, today, who, timeline) if each.key == key)
    lines = preview_redemption(db, today, person_id=who, timeline=timeline, offer=offer, **more)
    return {line.kind: (line.text, line.why) for line in lines}


def test_points_before_and_after_and_what_ends_next_e21(clinic, who):
    first = seen(clinic, who, "b.sealant", quantity=2)
    assert first["points"] == ("积分 -4,000", "可用 8,000 → 4,000 分")
    assert first["expiry"][0] == "之后最先到期：2026-12-25，4,000 分"
    assert seen(clinic, who, "x.coupon")["expiry"][0] == "之后最先到期：2026-12-20，1,700 分"
    assert "expiry" not in seen(clinic, who, "b.sealant", quantity=4)


def test_a_service_says_until_when_and_the_key_to_use_it(clinic, who):
    text, why = seen(clinic, who, "b.ultrasonic")["service"]
    assert text == "得到 超声波洁牙(带抛光脱敏) 1 次"
    assert why == "长期有效；兑换后按 F8 就可使用"
    assert seen(clinic, who, "x.check")["service"][1].startswith("2026-11-25 前有效")


def test_a_coupon_says_its_worth_and_where_it_is_used(clinic, who):
    assert seen(clinic, who, "x.coupon", quantity=2)["coupon"] == (
        "得到 抵用券 2 张",
        "每张抵 ¥50，2026-12-24 前有效；收费时在“更多项目”里使用",
    )


def test_a_gift_says_the_stock_left_e32(clinic, who, marketing):
    gift = add_gift(marketing)
    stocked(marketing, gift, warehouse=4, desk=2)
    lines = seen(clinic, who, "b.gift10", quantity=2, gift_id=gift)
    assert lines["gift"] == ("现在发 牙膏 2 份", "收费室 2 → 0，仓库 4")
    assert "owed" not in lines
    short = seen(clinic, who, "b.gift10", quantity=3, gift_id=gift)
    assert short["owed"][0] == "欠领 口腔保健礼品(10元档) 1 份"
    assert "仓库有 4 份。须由会员管理员或院长批准" in short["owed"][1]
    other = add_gift(marketing, code="G11", name="牙刷")
    stocked(marketing, other, warehouse=0, desk=1)
    lines = seen(clinic, who, "b.gift10", quantity=3, gift_id=gift)
    assert lines["owed"][1] == "这一种不够，留在待领名单，再换一种发"
    nothing = seen(clinic, who, "b.gift50")
    assert "gift" not in nothing
    assert "仓库有 0 份" in nothing["owed"][1]


def test_short_of_counts_every_gift_of_the_band_r140(clinic, who, marketing):
    gift = add_gift(marketing)
    stocked(marketing, gift, warehouse=4, desk=2)
    found = offers(clinic.db, clinic.clock.today(), who, main_timeline(clinic.db))
    by_key = {each.key: each for each in found}
    assert short_of(clinic.db, TODAY, by_key["b.gift10"], 2) == 0
    assert short_of(clinic.db, TODAY, by_key["b.gift10"], 5) == 3
    assert short_of(clinic.db, TODAY, by_key["b.facial"], 5) == 0


def test_too_many_and_not_affordable_are_said(clinic, who):
    text, why = seen(clinic, who, "b.sealant", quantity=5)["refused"]
    assert (text, why) == ("要 10,000 分，还差 2,000 分", "可用 8,000 分")
    assert seen(clinic, who, "b.gift100") == {"refused": ("还差 2,000 分", "")}


def test_r102_a_tier_shows_what_it_brings(clinic, director, frontdesk):
    wash = Benefit("gold.wash", "service", "喷砂洁牙", quantity=2, per="year")
    gold = Tier(2, "金卡", "#B7791F", (Reach(purchase_points=3000),), benefits=(wash,))
    programme = under(B)
    sign(director, msgspec.structs.replace(programme, tiers=(*programme.tiers, gold)))
    who = member(frontdesk, 4000)
    lines = seen(clinic, who, "tier.2")
    assert lines["points"][0] == "积分 -3,000"
    assert lines["tier_up"] == ("升为 金卡", "用积分换取")
    assert lines["service"][0] == "喷砂洁牙 今年 2 次"
    assert redeem(frontdesk, person_id=who, item_key="tier.2").rank == 2


def test_c2_which_programmes_are_spent_and_which_pay_money(clinic, director, frontdesk):
    assert spending(clinic.db, TODAY) == ()
    second = msgspec.structs.replace(under(B, per_yuan_off=100), name="第二方案")
    sign(director, second)
    assert [t.name for t in spending(clinic.db, TODAY)] == ["第二方案"]
    who = person(frontdesk)
    (off,) = points_off(clinic.db, TODAY, who)
    assert (off.name, off.available, off.per_yuan, off.why_not) == (
        "第二方案", 0, 100, "还不是会员",
    )  # fmt: skip


def test_c3_points_without_a_rate_pay_no_money(clinic, director, frontdesk):
    sign(director, under(B))
    assert points_off(clinic.db, TODAY, member(frontdesk, 2000)) == ()


def test_r033_members_without_points_are_told(clinic, director, frontdesk):
    sign(director, under(B, per_yuan_off=100))
    who = member(frontdesk, 2000)
    assert points_off(clinic.db, TODAY, who)[0].why_not == ""
    redeem(frontdesk, person_id=who, item_key="b.sealant")
    assert points_off(clinic.db, TODAY, who)[0].why_not == "没有可用积分"


def test_e32_a_gift_others_wait_for_is_owed(clinic, frontdesk, marketing, who):
    gift = add_gift(marketing)
    stocked(marketing, gift, warehouse=4, desk=2)
    redeem(frontdesk, person_id=who, item_key="b.gift10")
    lines = seen(clinic, who, "b.gift10", quantity=2, gift_id=gift)
    assert lines["gift"] == ("现在发 牙膏 1 份", "收费室 2 → 1，仓库 4")
    assert lines["owed"][0] == "欠领 口腔保健礼品(10元档) 1 份"
    assert lines["owed"][1].startswith("收费室的货已兑换、待领，仓库有 4 份。")
