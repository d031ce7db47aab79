"""What signing would do, in sentences and as a workbook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl

from services.programmes.dry_run import DryRun, Given, Move, TierCount
from services.programmes.dry_run_words import (
    in_words,
    kind_name,
    move_words,
    tier_rows,
    write_workbook,
)

UP = Move(7, "M7", "王**", 1, "普通会员", 2, "高级会员", "2026-12-01", False)
WAITS = Move(8, "M8", "李*", 2, "高级会员", 1, "普通会员", "2027-03-01", True)
STAYS = Move(9, "M9", "赵*", 2, "高级会员", 0, "", None, True)
NOTHING = DryRun(
    valid_from="2026-12-01",
    until="2026-12-31",
    same=True,
    people=3,
    alarms=0,
    ups=(),
    downs=(),
    tiers_before=(TierCount(0, "", 1), TierCount(1, "普通会员", 2)),
    tiers_after=(TierCount(0, "", 1), TierCount(1, "普通会员", 2)),
    invited_before=1,
    invited_after=1,
    given=(),
    points=100,
    liability_before_fen=0,
    liability_after_fen=0,
)
MUCH = replace(
    NOTHING,
    alarms=2,
    ups=(UP,),
    downs=(WAITS, STAYS),
    tiers_after=(TierCount(0, "", 1), TierCount(1, "普通会员", 1), TierCount(2, "高级会员", 1)),
    invited_after=4,
    given=(
        Given("gift", "牙膏", 0, 2, 0, 2000),
        Given("service", "洁牙", 1, 3, 0, 0),
    ),
    liability_after_fen=100,
)


def test_e41_nothing_changes() -> None:
    assert in_words(NOTHING) == (
        "没有会员的等级会变。",
        "到 2026-12-31 为止，礼品和服务的花费不变。",
        "会员手里的 100 分，折合 ¥0，不变。",
    )


def test_e41_who_moves_what_it_costs_and_what_was_left_out() -> None:
    assert in_words(MUCH) == (
        "1 位会员从 2026-12-01 起升级。",
        "2 位会员达不到新条件；已有的等级不会当天取消，各自到期再看。",
        "还没入会、但够条件的人，从 1 人变成 4 人。",
        "到 2026-12-31 为止，礼品和服务要多花约 ¥20。",
        "没写每份价值的项目只数了次数，没有算钱。",
        "会员手里的 100 分，现在折合 ¥0，以后折合 ¥1。",
        "2 人的账目对不上，没有算在内。请到“管理 → 校验数据”查看。",
    )
    cheaper = replace(NOTHING, given=(Given("gift", "牙膏", 2, 1, 2000, 1000),))
    assert "到 2026-12-31 为止，礼品和服务能少花约 ¥10。" in in_words(cheaper)


def test_e42_members_of_another_programme() -> None:
    other = replace(MUCH, same=False)
    assert in_words(other)[0] == "现有会员 3 位，转到这个方案后 2 位有等级，1 位没有。"


def test_e41_when_a_member_moves() -> None:
    assert move_words(UP) == "2026-12-01 起"
    assert move_words(WAITS) == "达不到新条件，保留到期，2027-03-01 起降级"
    assert move_words(STAYS) == "达不到新条件，等级长期保留"
    assert kind_name("coupon") == "券"


def test_tiers_beside_each_other() -> None:
    assert tier_rows(MUCH) == [("", 1, 1), ("普通会员", 2, 1), ("高级会员", 0, 1)]
    fewer = replace(NOTHING, tiers_before=MUCH.tiers_after)
    assert tier_rows(fewer)[-1] == ("高级会员", 1, 0)


def test_the_workbook_lists_everybody_masked(tmp_path: Path) -> None:
    path = tmp_path / "试行.xlsx"
    assert write_workbook(MUCH, path, clinic="试验口腔", programme="医院方案A") == 3
    book = openpyxl.load_workbook(path)

    def rows(sheet: str) -> list[tuple[Any, ...]]:
        return list(book[sheet].iter_rows(min_row=4, values_only=True))

    assert rows("升降") == [
        ("升", "M7", "王**", "普通会员", "高级会员", "2026-12-01 起"),
        ("降", "M8", "李*", "高级会员", "普通会员", move_words(WAITS)),
        ("降", "M9", "赵*", "高级会员", "没有等级", move_words(STAYS)),
    ]
    assert rows("等级")[0] == ("没有等级", 1, 1)
    assert rows("礼品和服务")[0] == ("礼品", "牙膏", 0, 2, 0, 20)
    assert rows("说明")[0] == ("1 位会员从 2026-12-01 起升级。",)
