"""The answer as JSON and as a workbook: the fields and columns of programmes.md, whole or not."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from services.errors import RuleError
from services.programmes.registry import preset
from services.simulation.report import as_json, write_json
from services.simulation.run import simulate_file
from services.simulation.source import Trial
from services.simulation.workbook import version_name, write_workbook
from services.version import VERSION
from tests.services.simulation.trials import A, B, row, run, with_tier

ROWS = (
    row("消费", "5000.50", "种植", note="R1"),
    row("使用权益", item="洁牙"),
    row("消费", 12, member="=1+1"),
    row("吃饭"),
)


def test_the_json_has_the_fields_of_the_specification() -> None:
    found = json.loads(as_json(run(A, *ROWS)))
    assert list(found) == [
        "programme", "version", "as_of", "members", "tiers", "rejected", "missing", "totals",
    ]  # fmt: skip
    assert (found["programme"], found["version"], found["as_of"]) == (A, "preset", "2026-11-20")
    assert found["members"][0] == {
        "member": "M1",
        "tier": "高级会员",
        "reached_on": "2026-03-01",
        "route": "single",
        "spend_fen": 500_050,
        "points_earned": 5000,
        "points_available": 5000,
        "points_deficit": 0,
        "points_expired": 0,
        "gifts_due": [{"name": "口腔保健礼品(50元档)", "reason": "tier", "value_fen": 5000}],
        "entitlements": [
            {
                "name": "面部护理", "from": "2026-03-01", "to": None,
                "granted": 1, "used": 0, "left": 1,
            },
            {
                "name": "超声波洁牙(带抛光脱敏)", "from": "2026-03-01", "to": "2026-12-31",
                "granted": 1, "used": 1, "left": 0,
            },
        ],
    }  # fmt: skip
    assert [found["members"][1][key] for key in ("tier", "reached_on", "route")] == [None] * 3
    assert found["tiers"]["高级会员"] == 1
    assert [(each["row"], each["reason"][:5]) for each in found["rejected"]] == [(5, "类型看不懂")]
    assert found["missing"] == []
    assert found["totals"]["gifts_due_fen"] == 5000


def test_the_json_says_what_is_missing() -> None:
    found = json.loads(as_json(run("付费期限", row("缴费", 5, "会员"))))
    assert {"path": "tiers[0].fees[0].yuan", "sentence": "会员的会费：多少元"} in found["missing"]


def test_a_version_in_words() -> None:
    assert (version_name(3), version_name("preset"), version_name("file")) == (
        "第 3 版", "预设方案", "方案文件",
    )  # fmt: skip


def test_the_json_file_is_whole_or_not_there(tmp_path: Path) -> None:
    found = run(A, *ROWS)
    write_json(found, tmp_path / "o.json")
    assert (tmp_path / "o.json").read_bytes() == as_json(found) + b"\n"
    with pytest.raises(RuleError, match="没有找到文件夹"):
        write_json(found, tmp_path / "none" / "o.json")
    assert [each.name for each in tmp_path.iterdir()] == ["o.json"]


def cells(path: Path, name: str) -> list[tuple[object, ...]]:
    """The rows under the header."""
    sheet = openpyxl.load_workbook(path)[name]
    return list(sheet.iter_rows(min_row=3, values_only=True))


def test_the_workbook_has_the_columns_of_the_specification(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    write_workbook(run(A, *ROWS), path)
    header, first, second, *_ = cells(path, "会员")
    assert header == (
        "会员号", "等级", "达成日期", "达成方式", "累计消费", "累计积分", "可用积分", "欠分",
        "过期积分", "应领礼品", "权益剩余",
    )  # fmt: skip
    assert first == (
        "M1", "高级会员", "2026-03-01", "单笔", 5000.5, 5000, 5000, 0, 0,
        "口腔保健礼品(50元档)×1（等级）",
        "面部护理 剩 1/1，2026-03-01 起长期；"
        "超声波洁牙(带抛光脱敏) 剩 0/1，2026-03-01 至 2026-12-31",
    )  # fmt: skip
    assert second[:5] == ("=1+1", None, None, None, 12)
    assert openpyxl.load_workbook(path)["会员"]["A5"].data_type == "s"


@pytest.mark.parametrize(
    ("programme", "cell", "route"),
    [
        (A, row("消费", 1000), "单笔"),
        (A, row("手动等级", item="VIP"), "手动"),
        ("年费三档", row("缴费", 100), "缴费"),
        (with_tier(B, 1, reach=preset(B).tiers[0].reach[1:]), row("消费", 2000), "累计"),
    ],
)
def test_the_route_in_words(
    tmp_path: Path, programme: object, cell: tuple[object, ...], route: str
) -> None:
    write_workbook(run(programme, cell), tmp_path / "o.xlsx")  # type: ignore[arg-type]
    assert cells(tmp_path / "o.xlsx", "会员")[1][3] == route


def test_totals_and_rows_left_out(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    write_workbook(run(A, *ROWS), path)
    assert [each for each in cells(path, "合计")[1:] if each[0]] == [
        ("会员", "全部", 2, None),
        ("会员", "普通会员", 0, None),
        ("会员", "高级会员", 1, None),
        ("会员", "VIP会员", 0, None),
        ("会员", "钻石VIP会员", 0, None),
        ("会员", "没有等级", 1, None),
        ("礼品价值(元)", "应领未领", "50", None),
        ("礼品价值(元)", "全部应发", "50", None),
        ("积分", "全部可用积分", 5012, None),
        ("积分", "可用积分折合(元)", "0", None),
        ("权益", "面部护理", 1, 0),
        ("权益", "超声波洁牙(带抛光脱敏)", 1, 1),
    ]
    ((number, reason),) = cells(path, "未采用")[1:]
    assert (number, str(reason)[:5]) == (5, "类型看不懂")


def test_what_was_tried_stands_in_the_notes(tmp_path: Path) -> None:
    source = tmp_path / "王小明的消费.csv"
    source.write_text("日期,会员号,类型,金额\n2026-01-05,M1,消费,5", encoding="utf-8")
    found = simulate_file(Trial(preset("VIP四级"), 2), source, "2026-11-20")
    write_workbook(found, tmp_path / "o.xlsx")
    notes = [each for each in cells(tmp_path / "o.xlsx", "说明")[1:] if each[0]]
    assert notes[:5] == [
        ("方案", "VIP四级"),
        ("方案版本", "第 2 版"),
        ("截止日", "2026-11-20"),
        ("事件文件指纹", found.digest),
        ("软件版本", VERSION),
    ]
    assert len([each for each in notes if each[0] == "待定，未计入"]) == len(found.missing) > 0
    assert len([each for each in notes if each[0] == "未计入"]) == 2
    assert not any("王小明" in str(part) for each in notes for part in each)


def test_an_empty_answer_is_a_workbook_too(tmp_path: Path) -> None:
    write_workbook(run("空白"), tmp_path / "o.xlsx")
    assert openpyxl.load_workbook(tmp_path / "o.xlsx").sheetnames == [
        "会员",
        "合计",
        "未采用",
        "说明",
    ]
