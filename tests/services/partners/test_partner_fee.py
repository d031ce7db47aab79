"""Fees by model, to the fen around every step (R181, R182)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import RuleError
from services.partners.fee import fee
from services.partners.terms import (
    MODELS,
    Step,
    Terms,
    check_terms,
    decode,
    encode,
    parse_rate,
    rate_words,
    terms_words,
)
from services.partners.value import PaidReceipt, Window, amounts, shared

BANDS = (Step(0, 50), Step(10_000_00, 80), Step(50_000_00, 100))


def fen(model, terms, value, arrived=True):
    given_values = value if isinstance(value, dict) else {"种植": value}
    return fee(model, check_terms(model, terms), given_values, arrived).fen


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (9, 0), (10, 1), (29, 1), (30, 2), (100_00, 5_00), (-5, 0)],
)
def test_r181_a_fixed_share_rounds_half_up(value, expected):
    assert fen("fixed", Terms(per_mille=50), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (9_999_99, 500_00),  # 499.9995
        (10_000_00, 500_00),
        (10_000_01, 500_00),
        (10_000_06, 500_00),
        (10_000_07, 500_01),  # 0.56 fen more
        (49_999_99, 3_700_00),
        (50_000_00, 3_700_00),
        (50_000_01, 3_700_00),
        (50_000_05, 3_700_01),  # half a fen goes up
        (60_000_00, 4_700_00),
    ],
)
def test_r181_each_step_takes_what_lies_beyond_it(value, expected):
    assert fen("stepped", Terms(steps=BANDS), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (9_999_99, 500_00),
        (10_000_00, 800_00),
        (10_000_01, 800_00),
        (49_999_99, 4_000_00),
        (50_000_00, 5_000_00),
        (50_000_01, 5_000_00),
    ],
)
def test_r181_or_the_step_reached_takes_all(value, expected):
    assert fen("stepped", Terms(steps=BANDS, whole=True), value) == expected


def test_r182_classes_with_steps_of_their_own():
    steps = (Step(0, 30), Step(0, 100, "种植"), Step(1_000_00, 200, "正畸"))
    value = {"种植": 10_000_00, "正畸": 1_500_00, "洁牙": 200_00, "": 100_00}
    terms = check_terms("stepped", Terms(steps=steps))
    found = fee("stepped", terms, value, True)
    assert found.fen == 300_00 * 30 // 1000 + 1_000_00 + 500_00 * 200 // 1000
    assert found.why == "¥300 × 3% + 正畸 ¥500 × 20% + 种植 ¥10,000 × 10% = ¥1,109"
    only = check_terms("stepped", Terms(steps=(Step(0, 100, "种植"),)))
    assert fee("stepped", only, {"洁牙": 900_00}, True).fen == 0  # no rate was agreed for it
    below = check_terms("stepped", Terms(steps=(Step(100, 100),), whole=True))
    assert [fee("stepped", below, {"": n}, True).fen for n in (99, 100, 101)] == [0, 10, 10]


def test_r181_a_sum_is_due_with_the_arrival_whether_treated_or_not():
    once = Terms(sum_fen=200_00)
    assert fen("once", once, {}) == 200_00
    assert fen("once", once, 99_999_00) == 200_00
    assert fen("once", once, {}, arrived=False) == 0
    mixed = Terms(sum_fen=200_00, per_mille=55)
    assert [fen("mixed", mixed, n) for n in (0, 9, 10, 100_00)] == [200_00, 200_00, 200_01, 205_50]
    assert fen("alliance", Terms(sum_fen=5), 100_00) == 0


def test_r181_every_fee_says_why():
    def why(model, terms, value, arrived=True):
        return fee(model, check_terms(model, terms), value, arrived).why

    assert why("once", Terms(sum_fen=200_00), {}) == "每位 ¥200 = ¥200"
    mixed = Terms(sum_fen=200_00, per_mille=55)
    assert why("mixed", mixed, {"": 100_00}) == "每位 ¥200 + ¥100 × 5.5% = ¥205.50"
    assert why("fixed", Terms(per_mille=50), {}) == "还没有金额"
    assert "没有到院" in why("fixed", Terms(per_mille=50), {}, arrived=False)
    assert "不收不付" in why("alliance", Terms(), {})


@pytest.mark.parametrize(
    ("model", "terms", "sentence"),
    [
        ("fixed", Terms(), "比例"),
        ("fixed", Terms(per_mille=1001), "比例"),
        ("mixed", Terms(per_mille=-1, sum_fen=5), "比例"),
        ("mixed", Terms(per_mille=5), "每位"),
        ("once", Terms(sum_fen=-5), "每位"),
        ("once", Terms(sum_fen=10**12), "每位"),
        ("stepped", Terms(), "1 至 30 档"),
        ("stepped", Terms(steps=(Step(0, 5),) * 31), "1 至 30 档"),
        ("stepped", Terms(steps=(Step(-1, 5),)), "起点"),
        ("stepped", Terms(steps=(Step(10**12, 5),)), "起点"),
        ("stepped", Terms(steps=(Step(0, 1001),)), "比例"),
        ("stepped", Terms(steps=(Step(0, 5, "整形"),)), "没有“整形”"),
        ("stepped", Terms(steps=(Step(5, 5), Step(5, 6))), "两档都从"),
        ("stepped", Terms(steps=(Step(0, 0),)), "都是 0"),
        ("pyramid", Terms(), "没有这种"),
    ],
)
def test_r181_terms_that_cannot_be(model, terms, sentence):
    with pytest.raises(RuleError, match=sentence):
        check_terms(model, terms)


def test_r181_terms_are_read_aloud_and_kept():
    stepped = check_terms(
        "stepped", Terms(steps=(Step(10_000_00, 80), Step(0, 55), Step(0, 9, "种植")))
    )
    assert [step.from_fen for step in stepped.steps] == [0, 10_000_00, 0]
    words = terms_words("stepped", stepped)
    assert words == "其他各类起步 5.5%，其他各类满 ¥10,000 起 8%，种植起步 0.9%，每档只算超过的部分"
    whole = Terms(steps=(Step(0, 50),), whole=True)
    assert "整笔" in terms_words("stepped", whole)
    assert decode(encode(stepped)) == stepped
    assert terms_words("mixed", Terms(50, 200_00)) == (
        "每位 ¥200(到院即算，不论是否治疗)，金额的 5%"
    )
    assert terms_words("alliance", Terms()) == "互相介绍，不收不付"
    assert check_terms("alliance", Terms(5, 5)) == Terms()
    assert check_terms("once", Terms(5, 5)) == Terms(sum_fen=5)
    assert rate_words(1000) == "100%"


def test_r181_a_rate_as_it_is_typed():
    typed = {"5": 50, "5.5": 55, " 12.5% ": 125, "５．５％": 55, "100": 1000, "0.1": 1}
    assert {text: parse_rate(text) for text in typed} == typed
    for wrong in ("", "5.55", "-5", "5,5", "x", "1000"):
        with pytest.raises(RuleError, match="比例"):
            parse_rate(wrong)


VALUES = st.integers(0, 100_000_00)
STEPS = st.lists(
    st.builds(Step, st.integers(0, 90_000_00), st.integers(1, 1000)),
    min_size=1, max_size=4, unique_by=lambda step: step.from_fen,
).map(tuple)  # fmt: skip


@settings(max_examples=60)
@given(
    st.sampled_from(MODELS), st.integers(1, 1000), st.integers(1, 5_000_00), STEPS, st.booleans(),
    VALUES, VALUES,
)  # fmt: skip
def test_r181_never_below_zero_and_never_less_for_more(model, rate, once, steps, whole, one, two):
    if whole:  # a contract whose higher step pays less is the parties' own
        rates = sorted(step.per_mille for step in steps)
        places = sorted(step.from_fen for step in steps)
        steps = tuple(Step(place, each) for place, each in zip(places, rates, strict=True))
    terms = Terms(rate, once, steps, whole)
    low, high = sorted((one, two))
    assert 0 <= fen(model, terms, low) <= fen(model, terms, high)


@settings(max_examples=60)
@given(
    st.integers(0, 10**9),
    st.lists(st.tuples(st.sampled_from(["种植", "洁牙", ""]), st.integers(0, 10**7)), max_size=5),
)
def test_r182_shares_by_class_add_up(net, weights):
    found = shared(net, tuple(weights))
    assert sum(part for _, part in found) == net
    assert all(part >= 0 for _, part in found)


def test_r182_value_counts_money_up_to_the_day():
    receipt = PaidReceipt(
        1, "2026-11-02", (("洁牙", 100), ("种植", 200)), (("2026-11-02", 300), ("2026-11-09", -100))
    )
    assert amounts([receipt], "2026-11-01") == {}
    assert amounts([receipt], "2026-11-08") == {"洁牙": 100, "种植": 200}
    assert amounts([receipt], "2026-11-09") == {"洁牙": 66, "种植": 134}
    assert amounts([receipt], "2026-11-09", "种植") == {"种植": 134}
    bare = PaidReceipt(2, "2026-11-02", (), (("2026-11-02", -5), ("2026-11-03", 7)))
    assert amounts([bare], "2026-11-02") == {}
    assert amounts([bare], "2026-11-03") == {"": 2}
    assert Window("2026-11-01", "2026-11-30").holds("2026-11-30")
