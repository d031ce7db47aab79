"""The preview: which rows go in, which stay out and why, and the totals to sign (E46)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.programmes.registry import Timeline, Version, preset
from services.roster.known import Known
from services.roster.mapping import guess
from services.roster.preview import RosterPreview, preview_roster, read_and_preview
from services.roster.reading import ImportCancelled, RawTable
from services.roster.rows import RosterRow
from tests.services.roster.rosters import messy_roster

TODAY = "2026-11-20"
TIMELINE = Timeline(1, (Version(1, "2000-01-01", preset("医院方案A")),))
ID = "11010519491231002X"
PHONE = "13800138000"
OTHER = {"姓名": "王方", "电话": "13700137000"}


def look(*rows: dict[str, Any], known: Known | None = None) -> RosterPreview:
    headers = tuple(dict.fromkeys(header for row in rows for header in row))
    values = [(n, tuple(row.get(h) for h in headers)) for n, row in enumerate(rows, 2)]
    table = RawTable("a", ("a",), 1, headers, values, "digest")
    return preview_roster(table, guess(headers), TIMELINE, TODAY, known or Known())


def one(**cells: Any) -> RosterRow:
    (row,) = look({"姓名": "王芳", "电话": PHONE, **cells}).good
    return row


def said(preview: RosterPreview) -> str:
    """All doubts about rows that go in."""
    doubts = [repeat.reason for repeat in preview.duplicates if not repeat.rejected]
    return " ".join([warning.sentence for warning in preview.warnings] + doubts)


def test_a_whole_row() -> None:
    row = one(
        性别="女",
        身份证号="110105491231002",
        住址="某某市某某区",
        会员号="V1",
        主治医师="陈医生",
        来源="网络",
        推荐人="李强",
        备注="怕疼",
        监护人="王强",
        监护人关系="父亲",
        监护人电话="13900139000",
        备用电话="13700137000",
        最近就诊="2024-05-01",
        入会日期="2019.5.1",
    )
    assert row._asdict() == {
        "row_number": 2,
        "name": "王芳",
        "pinyin": "wang fang",
        "sex": "F",
        "birthday": "1949-12-31",
        "id_number": ID,
        "phone": PHONE,
        "phone_alt": "13700137000",
        "address": "某某市某某区",
        "number": "V1",
        "guardian_name": "王强",
        "guardian_relation": "父亲",
        "guardian_phone": "13900139000",
        "source": "网络",
        "referrer": "李强",
        "doctor": "陈医生",
        "note": "怕疼",
        "last_visit_on": "2024-05-01",
        "joined_on": "2019-05-01",
        "member": True,
        "claimed_rank": 0,
        "supported_rank": 0,
        "spend_fen": 0,
        "points": 0,
    }


# -- opening balances ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "spend_fen", "points"),
    [
        ({"累计消费": 2500}, 250_000, 2500),
        ({"累计消费": 2500.99}, 250_099, 2500),
        ({"积分": 2500}, 250_000, 2500),
        ({"累计消费": 2500, "积分": 100}, 250_000, 100),
        ({"累计积分": 2500}, 250_000, 2500),
        ({"累计积分": 2500, "可用积分": 100}, 250_000, 100),
        ({"累计消费": 3000, "累计积分": 2500}, 300_000, 2500),
        ({"累计消费(万元)": 1.5}, 1_500_000, 15_000),
        ({}, 0, 0),
        ({"累计消费": 0, "积分": 0}, 0, 0),
    ],
)
def test_e46_opening_spend_and_points_follow_from_each_other(
    cells: dict[str, Any], spend_fen: int, points: int
) -> None:
    row = one(**cells)
    assert (row.spend_fen, row.points) == (spend_fen, points)


@pytest.mark.parametrize(("spend", "rank"), [(1999.99, 0), (2000, 1), (8000, 2), (25000, 4)])
def test_r120_a_reached_threshold_makes_a_member(spend: float, rank: int) -> None:
    row = one(累计消费=spend)
    assert (row.supported_rank, row.member) == (rank, rank > 0)


@pytest.mark.parametrize("cells", [{"会员号": "V1"}, {"等级": "VIP"}, {"入会日期": "2019.5.1"}])
def test_e46_who_the_register_calls_a_member_is_one(cells: dict[str, str]) -> None:
    assert one(**cells).member
    assert not one(病历号="B1").member
    assert one(病历号="B1").number == "B1"


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        *(("VIP", 3), ("VIP会员", 3), ("vip卡", 3), ("钻石", 4)),
        *(("钻石VIP会员", 4), ("普通", 1), ("高级会员", 2)),
    ],
)
def test_a_tier_is_known_by_any_of_its_names(text: str, rank: int) -> None:
    preview = look({"姓名": "王芳", "电话": PHONE, "等级": text})
    assert preview.good[0].claimed_rank == rank
    assert "高于期初消费" in said(preview)
    assert preview.totals.members == 1


def test_an_unknown_tier_is_said_and_reckoned_anew() -> None:
    preview = look({"姓名": "王芳", "电话": PHONE, "等级": "金卡", "累计消费": 8000})
    assert "不在方案里" in said(preview)
    assert preview.totals.by_tier == {"高级会员": 1}


def test_e46_the_totals_are_of_the_good_rows() -> None:
    preview = look(
        {"姓名": "甲", "电话": "13800138001", "累计消费": 2500},
        {"姓名": "乙", "电话": "13800138002", "积分": 100},
        {"姓名": "丙", "电话": "13800138003", "累计消费": "约三千"},
    )
    totals = preview.totals
    assert (totals.people, totals.members, totals.points) == (2, 1, 2600)
    assert (totals.spend_fen, totals.by_tier) == (260_000, {"普通会员": 1, "": 1})


# -- rejected ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"姓名": None, "性别": "女"}, "没有姓名"),
        ({"电话": "1.38E+10"}, "手机/电话成了科学计数法"),
        ({"备用电话": "1.38E+10"}, "备用电话成了科学计数法"),
        ({"身份证号": 1.1010519491231e17}, "身份证号成了科学计数法"),
        ({"累计消费": "约三千"}, "累计消费不是数字"),
        ({"累计消费": -5}, "累计消费是负数"),
        ({"积分": "很多"}, "可用积分不是数字"),
    ],
)
def test_what_would_be_kept_wrong_stays_out(cells: dict[str, Any], reason: str) -> None:
    preview = look({"姓名": "王芳", "电话": PHONE, **cells})
    assert preview.good == []
    assert [row.row_number for row in preview.rejected] == [2]
    assert reason in preview.rejected[0].reason
    assert preview.warnings == []


def test_totals_and_remarks_at_the_foot_are_no_people() -> None:
    preview = look(
        {"姓名": "王芳", "电话": PHONE, "累计消费": 1},
        {"姓名": "合 计", "电话": None, "累计消费": 1},
        {"姓名": None, "电话": "合计：", "累计消费": 1},
        {"姓名": None, "电话": "以上名单由前台提供", "累计消费": None},
    )
    assert (len(preview.good), preview.rejected) == (1, [])


def test_without_a_name_column_every_row_says_so() -> None:
    preview = look({"电话": PHONE}, {"电话": PHONE})
    assert preview.good == []
    assert all("姓名" in row.reason for row in preview.rejected)


# -- doubts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"电话": "87654321"}, "手机/电话的样子不对"),
        ({"备用电话": "没有电话"}, "没有数字"),
        ({"身份证号": "110105194912310021"}, "校验不符"),
        ({"身份证号": ID, "性别": "男"}, "性别与身份证号里的不一致"),
        ({"身份证号": ID, "生日": "1950-01-01"}, "出生日期与身份证号里的不一致"),
        ({"生日": "5/6/1990"}, "看不懂"),
        ({"生日": "1990年5月"}, "只有年月"),
        ({"入会日期": "2027-01-01"}, "入会日期看不懂或在今天之后"),
        ({"积分": 10.5}, "小数"),
        ({"电话": None}, "没有任何电话"),
        ({"生日": "2020-01-01"}, "未满 14 岁"),
    ],
)
def test_what_is_odd_goes_in_and_is_said(cells: dict[str, Any], sentence: str) -> None:
    preview = look({"姓名": "王芳", "电话": PHONE, **cells})
    assert len(preview.good) == 1
    assert sentence in said(preview)


def test_a_whole_row_has_nothing_to_say() -> None:
    child = {"姓名": "小宝", "生日": "2020-01-01", "监护人": "王强", "监护人电话": PHONE}
    assert look(child).warnings == []
    month = {"姓名": "王芳", "电话": PHONE, "生日": "1949年12月", "身份证号": ID}
    assert look(month).warnings == []
    assert look(month).good[0].birthday == "1949-12-31"


def test_a_half_known_birthday_is_remembered_as_such() -> None:
    row = one(生日="1990年5月", 备注="怕疼")
    assert (row.birthday, row.note) == ("1990-05-01", "怕疼 (生日仅知年月)")


def test_a_birthday_that_cannot_be_read_is_taken_from_the_document() -> None:
    assert one(生日="5/6/1990", 身份证号=ID).birthday == "1949-12-31"


def test_a_second_number_in_the_cell_is_kept() -> None:
    row = one(电话="13800138000/13900139000")
    assert (row.phone, row.phone_alt) == (PHONE, "13900139000")


def test_columns_of_no_use_are_named() -> None:
    preview = look({"姓名": "王芳", "电话": PHONE, "鞋码": 38})
    assert preview.unmapped == ("鞋码",)
    assert preview.warnings[0].row_number == 0
    assert "鞋码" in preview.warnings[0].sentence


# -- repeats -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ({"身份证号": ID}, {**OTHER, "身份证号": ID.lower()}, "证件号"),
        ({}, {}, "姓名和电话"),
        ({"会员号": "V1"}, {"姓名": "李强", "会员号": "V1"}, "会员号"),
    ],
)
def test_r121_a_repeat_in_the_file_stays_out(
    first: dict[str, str], second: dict[str, str], what: str
) -> None:
    base = {"姓名": "王芳", "电话": PHONE}
    preview = look({**base, **first}, {**base, **second})
    assert [row.row_number for row in preview.good] == [2]
    assert preview.rejected[0].reason == f"{what}与第 2 行相同，这一行没有导入。"
    assert preview.duplicates[0].rejected


def test_r121_somebody_of_the_clinic_stays_out() -> None:
    known = Known(
        ids={ID: "M1"},
        phones={("王芳", PHONE): "M2"},
        numbers={"V1": "V1"},
        birthdays={("赵敏", "1980-01-01"): "M3"},
    )
    preview = look(
        {"姓名": "甲", "身份证号": ID},
        {"姓名": "王芳", "电话": PHONE},
        {"姓名": "乙", "会员号": "V1"},
        {"姓名": "赵敏", "生日": "1980-01-01"},
        known=known,
    )
    assert [row.reason for row in preview.rejected] == [
        "证件号与诊所已有的 M1 相同，这一行没有导入。",
        "姓名和电话与诊所已有的 M2 相同，这一行没有导入。",
        "会员号与诊所已有的 V1 相同，这一行没有导入。",
    ]
    assert [row.name for row in preview.good] == ["赵敏"]
    assert "M3 相同，可能是同一个人" in said(preview)


def test_r121_families_share_phones_and_documents_tell_people_apart() -> None:
    preview = look(
        {"姓名": "王芳", "电话": PHONE, "身份证号": ID},
        {"姓名": "王强", "电话": PHONE},
        {"姓名": "王芳", "电话": PHONE, "身份证号": "110105194912310011"},
    )
    assert len(preview.good) == 3
    again = look({"姓名": "王芳", "生日": "1980-01-01"}, {"姓名": "王芳", "生日": "1980.1.1"})
    assert len(again.good) == 2
    reason = "姓名和出生日期与第 2 行相同，可能是同一个人，请核对。"
    assert again.duplicates == [(3, 2, "", reason, False)]


# -- a whole file --------------------------------------------------------------------------


def test_progress_and_cancel() -> None:
    rows = [(n, ("王芳", str(n))) for n in range(2, 5002)]
    table = RawTable("a", ("a",), 1, ("姓名", "会员号"), rows, "")
    seen: list[tuple[int, int]] = []
    mapping = guess(table.headers)
    preview_roster(
        table, mapping, TIMELINE, TODAY, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(0, 5000), (2000, 5000), (4000, 5000)]
    with pytest.raises(ImportCancelled):
        preview_roster(table, mapping, TIMELINE, TODAY, cancelled=lambda: True)


def test_a_roster_nobody_tuned_for(tmp_path: Path) -> None:
    """5,000 rows: other headers, merged titles, every date style, lost digits, repeats."""
    bad = messy_roster(tmp_path / "old.xlsx")
    table, preview = read_and_preview(tmp_path / "old.xlsx", TIMELINE, TODAY)
    assert (table.header_row, len(table.rows)) == (3, 5001)
    assert preview.unmapped == ("序",)
    rejected = {row.row_number: row.reason for row in preview.rejected}
    expected = sorted(row for rows in bad.values() for row in rows)
    assert sorted(rejected) == expected
    assert len(preview.good) == 5000 - len(expected)
    for kind, word in {
        "phone": "科学计数法",
        "amount": "不是数字",
        "id": "身份证号",
        "name": "没有姓名",
        "repeat": "姓名和电话与第",
    }.items():
        assert bad[kind]
        assert all(word in rejected[row] for row in bad[kind])
    assert all(row.phone.startswith("139") and len(row.phone) == 11 for row in preview.good)
    assert preview.totals.people == len(preview.good) == sum(preview.totals.by_tier.values())


def test_the_mapping_is_corrected_while_reading(tmp_path: Path) -> None:
    messy_roster(tmp_path / "old.xlsx", count=3)
    _, preview = read_and_preview(
        tmp_path / "old.xlsx", TIMELINE, TODAY, sheet="2024会员", chosen={"note": 0, "tier": None}
    )
    assert [row.note[:1] for row in preview.good] == ["1", "2", "3"]
    assert {row.claimed_rank for row in preview.good} == {0}
