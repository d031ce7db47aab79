"""Before posting, the points are explained: tier, items and payment may change their rate."""

from __future__ import annotations

import msgspec
import pytest

from services.loyalty.preview import preview_receipt
from services.programmes.definition import Points, Rate
from services.programmes.items import PAYMENTS
from services.programmes.registry import preset
from tests.conftest import TODAY
from tests.gift_world import add_gift, stocked
from tests.money_world import member, person, sign, variant

RATES = (Rate(percent=200, classes=("洁牙",)), Rate(percent=150, payments=("现金",)))


def points(clinic, who, **more):
    seen = preview_receipt(clinic.db, TODAY, person_id=who, amount_fen=100_00, **more)
    line = next(line for line in seen.consequences if line.kind == "points")
    return line.text, line.why


@pytest.mark.parametrize(
    ("payment", "lines", "text", "share"),
    [
        ("", (), "积分 +100", ""),
        ("微信", (("检查", 100_00),), "积分 +100", ""),
        ("现金", (), "积分 +150", "150%"),
        ("现金", (("洁牙", 100_00),), "积分 +300", "300%"),
        ("", (("洁牙", 50_00), ("检查", 50_00)), "积分 +150", "150%"),
    ],
)
def test_r074_the_rate_of_items_and_payment_is_explained(
    clinic, director, frontdesk, payment, lines, text, share
):
    sign(director, variant(rates=RATES))
    seen = points(clinic, person(frontdesk), payment=payment, lines=lines)
    assert seen[0] == text
    assert seen[1].startswith("实收 ¥100，每元 1 分，不足一元不计")
    assert seen[1].endswith(share)
    assert ("是平常的" in seen[1]) == bool(share)


def test_points_by_larger_steps_say_so(clinic, director, frontdesk):
    sign(director, variant(yuan_step=10, per_yuan=2))
    seen = points(clinic, person(frontdesk))
    assert seen == ("积分 +20", "实收 ¥100，每 10 元 2 分，不足的不计")


def test_another_programmes_points_are_explained_too(clinic, director, frontdesk):
    from tests.services.test_strip_points import enter, second

    timeline = second(director, clinic, variant(rates=RATES))
    who = member(frontdesk)
    enter(frontdesk, who, timeline.programme_id, timeline.versions[0].id)
    seen = preview_receipt(clinic.db, TODAY, person_id=who, amount_fen=100_00, payment=PAYMENTS[0])
    line = next(line for line in seen.consequences if "贵宾卡" in line.text)
    assert line.text == "贵宾卡：积分 +150"
    assert line.why.endswith("是平常的 150%")


def test_a_programme_without_points_says_so(clinic, director, frontdesk):
    sign(director, msgspec.structs.replace(preset("医院方案A"), points=Points("none")))
    assert points(clinic, person(frontdesk)) == ("不积分", "本方案没有积分")


def test_another_programme_is_silent_for_those_who_are_no_members(clinic, director, frontdesk):
    from tests.services.test_strip_points import second

    second(director, clinic, variant(rates=RATES))
    seen = preview_receipt(clinic.db, TODAY, person_id=person(frontdesk), amount_fen=100_00)
    assert not any("贵宾卡" in line.text for line in seen.consequences)


def test_a_gift_that_will_be_due_names_what_the_desk_has(clinic, frontdesk, marketing):
    gift = add_gift(marketing)
    stocked(marketing, gift, warehouse=0, desk=3)
    seen = preview_receipt(clinic.db, TODAY, person_id=person(frontdesk), amount_fen=1000_00)
    assert next(each.why for each in seen.consequences if each.kind == "gift") == (
        "收费室现有：牙膏 3"
    )
