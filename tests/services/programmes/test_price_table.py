"""The price table of a programme, for posters and benefit sheets."""

from __future__ import annotations

from msgspec.structs import replace

from services.programmes.definition import PENDING, Discount, Reach, Tier
from services.programmes.items import TREATMENT_CLASSES
from services.programmes.price_table import PriceTableRow, price_section, price_table
from tests.services.programmes.presets import ALL


def table(*tiers: tuple[Discount, ...], **more):
    made = tuple(
        Tier(rank, f"{rank}级", "", (Reach(visits=1),), inherits=True, discounts=discounts)
        for rank, discounts in enumerate(tiers, 1)
    )
    return price_table(replace(ALL["空白"], tiers=made, **more))


def test_r014_r104_r111_the_price_table_of_诊所付费():
    assert price_table(ALL["诊所付费"]) == (
        PriceTableRow(
            "会员价",
            "各类诊疗项目",
            TREATMENT_CLASSES,
            ("9 折(付原价的 90%)", "8 折(付原价的 80%)", "7 折(付原价的 70%)"),
        ),
        PriceTableRow("会员价", "保健品", ("保健品",), ("", "会员价待定", "会员价待定")),
        PriceTableRow(
            "生日当天优惠", "各类诊疗项目", TREATMENT_CLASSES, ("5 折(付原价的 50%)",) * 3
        ),
    )


def test_r005_r014_the_price_table_of_卡通三级_shows_what_a_tier_has_not():
    assert price_table(ALL["卡通三级"]) == (
        PriceTableRow(
            "会员价",
            "正畸、种植",
            ("正畸", "种植"),
            ("", "9 折(付原价的 90%)", "9 折(付原价的 90%)"),
        ),
    )


def test_r014_a_programme_without_prices_has_no_table():
    assert price_table(ALL["医院方案A"]) == ()
    assert price_table(ALL["空白"]) == ()


def test_r014_what_is_named_comes_before_the_rest():
    rows = table((Discount(90), Discount(0, classes=("复诊",)), Discount(90, classes=("检查",))))
    assert [(row.scope, row.classes, row.cells) for row in rows] == [
        ("复诊", ("复诊",), ("免费",)),
        ("其余项目", (), ("9 折(付原价的 90%)",)),
    ]


def test_r014_one_price_for_everything_is_one_row():
    (row,) = table((Discount(90),), (Discount(80),))
    assert (row.scope, row.classes) == ("全部项目", ())
    assert row.cells == ("9 折(付原价的 90%)", "8 折(付原价的 80%)")


def test_r014_a_class_of_the_clinics_own_is_listed_too():
    (row,) = table((Discount(90, classes=("口腔SPA", "洁牙")),))
    assert row.classes == ("洁牙", "口腔SPA")


def test_r014_pending_is_shown_unless_the_class_is_free_anyway():
    below = (Discount(0, classes=("检查",)), Discount(90, classes=("洁牙",)))
    rows = table(below, (Discount(PENDING),), (Discount(70, classes=("洁牙",)),))
    assert [(row.scope, row.cells) for row in rows] == [
        ("检查", ("免费", "免费", "免费")),
        ("洁牙", ("9 折(付原价的 90%)", "会员价待定", "7 折(付原价的 70%)")),
        ("其余项目", ("", "会员价待定", "会员价待定")),
    ]


def test_c12_prices_of_one_tier_and_occasion_are_multiplied_where_the_programme_says_so():
    twice = (Discount(90), Discount(80, classes=("洁牙",)))
    named, rest = table(twice, stacking="multiply")
    assert (named.cells, rest.cells) == (("7.2 折(付原价的 72%)",), ("9 折(付原价的 90%)",))


def test_r074_every_occasion_has_rows_of_its_own_after_the_everyday_prices():
    rows = table(
        (
            Discount(80, window="member_day", name="会员日优惠"),
            Discount(85, window="dates", start="2026-06-01", end="2026-06-30"),
            Discount(95, window="dates", start="2026-09-01"),
            Discount(90),
        )
    )
    assert [row.what for row in rows] == [
        "会员价",
        "会员日优惠",
        "2026-06-01 至 2026-06-30 活动价",
        "2026-09-01 起 活动价",
    ]


def test_r014_r071_the_table_is_read_below_the_programme():
    (section,) = price_section(ALL["诊所付费"])
    assert section.title == "会员价目对照"
    assert len(section.lines) == len(price_table(ALL["诊所付费"]))
    assert section.lines[0].startswith("会员价")
    assert price_section(ALL["空白"]) == ()
