"""Guessing what a column means (front-desk.md 4.2: any header order, any usual name)."""

from __future__ import annotations

import pytest

from services.roster.mapping import (
    FIELDS,
    SYNONYMS,
    field_title,
    guess,
    header_score,
    override,
    plain,
    recognise,
)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("姓名", "name"),
        (" 客户 姓名* ", "name"),
        ("姓 名：", "name"),
        ("患者姓名(必填)", "name"),
        ("病友姓名", "name"),
        ("联系方式", "phone"),
        ("手机号码【必填】", "phone"),
        ("本人手机1", "phone"),
        ("家庭电话", "phone_alt"),
        ("出生年月", "birthday"),
        ("生日(公历)", "birthday"),
        ("身份证号码", "id_number"),
        ("有效身份证件", "id_number"),
        ("现住址", "address"),
        ("会员卡号", "number"),
        ("编号", "number"),
        ("病历号", "file_number"),
        ("累计消费(元)", "spend"),
        ("累计消费(万元)", "spend"),
        ("消费金额/元", "spend"),
        ("2024年累计消费合计", "spend"),
        ("可用积分", "points"),
        ("累计积分", "points_total"),
        ("会员积分数量", "points"),
        ("会员级别", "tier"),
        ("客户等级名称", "tier"),
        ("办卡日期", "joined_on"),
        ("最后一次就诊日期", "last_visit_on"),
        ("主治医师", "doctor"),
        ("首诊医生", "doctor"),
        ("推荐人", "referrer"),
        ("推荐人电话", ""),
        ("医生电话", ""),
        ("来源", "source"),
        ("备 注", "note"),
        ("家长姓名", "guardian_name"),
        ("监护人手机号", "guardian_phone"),
        ("与监护人关系", "guardian_relation"),
        ("序号", ""),
        ("", ""),
        ("请前台如实填写以下所有顾客的姓名和电话", ""),
    ],
)
def test_headers_are_recognised_however_they_are_written(header: str, name: str) -> None:
    assert recognise(header)[0] == name


def test_every_synonym_names_its_field() -> None:
    for name, texts in SYNONYMS.items():
        for text in texts:
            assert recognise(text)[0] == name, text


def test_every_field_has_a_title_that_names_it() -> None:
    assert len({field_title(name) for name in FIELDS}) == len(FIELDS)


def test_the_better_name_wins_and_the_leftmost_of_equals() -> None:
    assert guess(["卡号", "会员号", "姓名", "姓名"]).columns == {"number": 1, "name": 2}


def test_ten_thousands_are_noticed() -> None:
    assert guess(["姓名", "累计消费(万元)"]).ten_thousand == {"spend"}
    assert guess(["姓名", "累计消费(元)"]).ten_thousand == frozenset()


def test_a_roster_without_names_cannot_be_imported() -> None:
    assert "姓名" in guess(["电话"]).problem
    assert guess(["姓名"]).problem == ""


def test_the_guess_is_corrected_by_hand() -> None:
    headers = ["谁", "姓名", "电话", "积分"]
    mapping = override(headers, {"name": 0, "points": None, "note": 2})
    assert mapping.columns == {"name": 0, "note": 2}
    with pytest.raises(ValueError, match="shoe_size"):
        override(headers, {"shoe_size": 1})


def test_headers_score_by_what_they_name() -> None:
    assert header_score(["姓名", "电话", "", "随便"]) == 4
    assert header_score(["某某口腔会员名册"]) == 0


def test_plain_drops_decoration() -> None:
    assert plain(" 累计 消费 (元) * ") == "累计消费"
