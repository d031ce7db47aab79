"""What the cells of an event may look like, and the one sentence for each that cannot be read."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from services.errors import RuleError
from services.simulation.rows import Parser, Row, count_of, fen_of, quantity_of
from tests.services.simulation.trials import row, run


def read(*cells: object) -> Row:
    return Parser("2026-11-20").row(2, cells)


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-05", "2026/1/5", "2026.1.5", "20260105", "2026年1月5日", " 2026-01-05 ",
        "2026-01-05 14:30", "46027", 46027, 46027.0, 46027.604, 20260105,
        datetime.fromisoformat("2026-01-05T14:30"), date(2026, 1, 5), "２０２６-０１-０５",
    ],
)  # fmt: skip
def test_dates_in_every_manner(written: object) -> None:
    assert read(*row("消费", 1, on=written)).on == "2026-01-05"


@pytest.mark.parametrize(
    "written", ["", None, "昨天", "2026-02-30", "2026-13-01", "2026年1月", 1.5]
)
def test_a_date_that_cannot_be_read(written: object) -> None:
    with pytest.raises(RuleError, match="日期看不懂"):
        read(*row("消费", 1, on=written))


def test_e13_a_date_after_the_last_day_is_future() -> None:
    assert read(*row("消费", 1, on="2026-11-20")).on == "2026-11-20"
    with pytest.raises(RuleError, match="截止日之后"):
        read(*row("消费", 1, on="2026-11-21"))


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("860", 86_000), ("860.5", 86_050), ("860.05", 86_005), ("0", 0), ("0.01", 1),
        ("1,000.50", 100_050), ("¥1,000", 100_000), ("￥ 1000", 100_000), ("1000元", 100_000),
        ("12.3400", 1_234), ("８６０.５", 86_050), (860, 86_000), (1000.1, 100_010),
        (300.29999999999995, 30_030), (0.1 + 0.2, 30), ("999999999.99", 99_999_999_999),
        ("-0", 0), ("860.", 86_000),
    ],
)  # fmt: skip
def test_e1_amounts_are_exact_to_the_fen(written: object, fen: int) -> None:
    assert fen_of(written) == fen


@pytest.mark.parametrize("written", [None, "", " ", "-", "无", True])
def test_a_blank_amount_is_no_amount(written: object) -> None:
    assert fen_of(written) is None
    assert quantity_of(written) is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("十元", "金额看不懂"), ("1.2.3", "金额看不懂"), ("1000000000", "金额看不懂"),
        (1e16, "金额看不懂"), ("12.345", "最多两位小数"), (12.345, "最多两位小数"),
        ("-5", "不能是负数"), (-5, "不能是负数"), ("¥-5.50", "不能是负数"), ("-¥5", "不能是负数"),
    ],
)  # fmt: skip
def test_an_amount_that_is_refused(written: object, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        fen_of(written)


@pytest.mark.parametrize(
    ("written", "count"),
    [("2", 2), (2.0, 2), (2, 2), ("2.0", 2), ("2颗", 2), ("1,000分", 1000), ("0", 0), ("-0", 0)],
)
def test_quantities_are_whole(written: object, count: int) -> None:
    assert quantity_of(written) == count


@pytest.mark.parametrize(
    ("written", "reason"),
    [("半口", "数量看不懂"), (1.5, "数量看不懂"), ("-1", "不能是负数"), (-1.0, "不能是负数")],
)
def test_a_quantity_that_is_refused(written: object, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        quantity_of(written)


def test_a_quantity_left_out_is_one_and_none_at_all_is_refused() -> None:
    assert count_of(read(*row("兑换"))) == 1
    assert count_of(read(*row("兑换", quantity=3))) == 3
    with pytest.raises(RuleError, match="1 或更大"):
        count_of(read(*row("兑换", quantity="0")))


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("消费", "purchase"), ("purchase", "purchase"), (" Purchase ", "purchase"),
        ("退款", "refund"), ("refund", "refund"), ("兑换", "redeem"), ("redeem", "redeem"),
        ("使用权益", "use"), ("use", "use"), ("缴费", "fee"), ("fee", "fee"),
        ("退会", "leave"), ("leave", "leave"), ("手动等级", "tier"), ("grant-tier", "tier"),
        ("GRANT-TIER", "tier"), ("活动积分", "bonus"), ("bonus", "bonus"),
    ],
)  # fmt: skip
def test_kinds_in_both_languages(written: str, kind: str) -> None:
    assert read(*row(written, 1)).kind == kind


@pytest.mark.parametrize("written", ["吃饭", "", None, "消费退款", 5])
def test_a_kind_nobody_knows_is_answered_with_the_choices(written: object) -> None:
    with pytest.raises(RuleError, match="只能是：消费、退款、兑换、使用权益、缴费、退会、"):
        read(*row(written, 1))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["消费", "退款"])
def test_money_needs_an_amount(kind: str) -> None:
    with pytest.raises(RuleError, match="没有写金额"):
        read(*row(kind))


@pytest.mark.parametrize(
    ("written", "member"),
    [("A1", "A1"), (" A1 ", "A1"), (123.0, "123"), (123, "123"), ("00123", "00123"), ("'01", "01")],
)
def test_a_member_number_is_text(written: object, member: str) -> None:
    assert [each.member for each in run("空白", row("消费", 1, member=written)).members] == [member]


@pytest.mark.parametrize("written", ["", None, "  ", "无"])
def test_a_row_without_a_member_is_refused(written: object) -> None:
    found = run("空白", row("消费", 1, member=written), row("消费", 1))
    assert found.rejected == ((2, "没有写会员号。"),)
    assert [each.member for each in found.members] == ["M1"]


def test_a_member_number_that_cannot_be_read_is_refused() -> None:
    found = run("空白", row("消费", 1, member="A\ufffd1"), row("消费", 1))
    assert found.rejected == ((2, "会员号里有读不出来的字符，请改正后再试算。"),)
    assert [each.member for each in found.members] == ["M1"]


@pytest.mark.parametrize("at", [0, 2, 3, 5])
def test_a_needed_cell_that_cannot_be_read_is_refused(at: int) -> None:
    cells = ["2026-01-05", "M1", "消费", "860", "洁牙", "1", "R1"]
    cells[at] += "\ufffd"
    assert [number for number, _ in run("空白", tuple(cells)).rejected] == [2]


def test_a_remark_that_cannot_be_read_costs_nothing() -> None:
    assert run("空白", row("消费", 1, "洁\ufffd", note="R\ufffd")).rejected == ()


def test_a_row_of_blanks_is_no_row() -> None:
    assert run("空白", (" ", "", None, "", "-", "", "")).rejected == ()


def test_the_same_text_is_read_once_and_means_the_same_again() -> None:
    parser = Parser("2026-11-20")
    first = parser.row(2, row(" 消费 ", 1, " 洁 牙 ", on="2026/1/5"))
    assert parser.row(2, row(" 消费 ", 1, " 洁 牙 ", on="2026/1/5")) == first
    assert (first.kind, first.item, first.on) == ("purchase", "洁 牙", "2026-01-05")
