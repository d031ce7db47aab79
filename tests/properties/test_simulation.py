"""What holds for every file of events (rules.md, property tests)."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.programmes.registry import preset_names
from services.simulation.result import MemberResult
from tests.services.simulation.trials import A, B, row, run, with_points

YUAN = st.one_of(
    st.sampled_from([999.99, 1000, 2000, 4999.99, 5000, 8000, 10_000, 20_000]),
    st.decimals(0, 30_000, places=2).map(float),
)
SPENDING = with_points(expiry_months=2, per_yuan_off=100)


def days(offset: int) -> str:
    return (date.fromisoformat("2026-01-01") + timedelta(days=offset)).isoformat()


def standing(found: MemberResult) -> tuple[object, ...]:
    """Everything of a member but the day-to-day path of single grants."""
    return (
        found.tier, found.reached_on, found.spend_fen, found.points_earned,
        found.points_available, found.points_deficit, found.points_expired,
    )  # fmt: skip


@given(st.lists(YUAN, min_size=1, max_size=8), st.data())
def test_e33_any_order_of_a_days_rows_gives_the_same_tier(
    amounts: list[float], data: st.DataObject
) -> None:
    rows = [row("消费", yuan) for yuan in amounts] + [row("活动积分", quantity=50)]
    shuffled = data.draw(st.permutations(rows))
    for programme in (A, B):
        ours, theirs = run(programme, *rows), run(programme, *shuffled)
        assert standing(ours.members[0]) == standing(theirs.members[0])


BOUGHT = st.lists(
    st.tuples(st.integers(1, 2_500_000), st.lists(st.integers(1, 4), max_size=2)),
    min_size=1,
    max_size=5,
)  # fen, and quarters given back


@settings(deadline=None)
@given(BOUGHT, st.sampled_from(["", "普通", "VIP", "会员"]), st.data())
def test_e33_any_order_of_a_days_purchases_refunds_and_words_gives_the_same(
    bought: list[tuple[int, list[int]]], word: str, data: st.DataObject
) -> None:
    rows = [row("活动积分", quantity=50)]
    for number, (fen, quarters) in enumerate(bought):
        rows.append(row("消费", f"{fen / 100:.2f}", note=f"R{number}"))
        left = fen
        for part in quarters:
            back = min(fen * part // 4, left)
            left -= back
            if back:
                rows.append(row("退款", f"{back / 100:.2f}", note=f"R{number}"))
    shuffled = data.draw(st.permutations(rows))
    for programme, known in ((A, word != "会员"), (SPENDING, word in ("", "会员"))):
        words = [row("手动等级", item=word)] if word and known else []
        at = data.draw(st.integers(0, len(shuffled)))
        ours = run(programme, *rows, *words)
        theirs = run(programme, *shuffled[:at], *words, *shuffled[at:])
        assert (ours.rejected, theirs.rejected) == ((), ())
        assert standing(ours.members[0]) == standing(theirs.members[0])


@given(
    st.integers(1, 3_000_000),
    st.lists(st.integers(1, 999_999), min_size=1, max_size=6),
    st.integers(0, 25_000),
)
def test_e16_a_refund_in_any_split_ends_the_same(bought: int, parts: list[int], spent: int) -> None:
    total = min(sum(parts), bought)
    split = []
    for part in parts:
        split.append(min(part, total - sum(split)))
    before = [
        row("消费", 1500, note="R0"),
        row("消费", bought / 100, note="R1"),
        row("兑换", item="抵现", quantity=spent),
        row("使用权益", item="洁牙"),
    ]
    once = run(SPENDING, *before, row("退款", total / 100, note="R1", on="2026-03-02"))
    often = run(
        SPENDING,
        *before,
        *(row("退款", part / 100, note="R1", on="2026-03-02") for part in split if part),
    )
    assert standing(once.members[0]) == standing(often.members[0])
    assert once.members[0].spend_fen == 150_000 + bought - total


CELLS = st.tuples(
    st.integers(0, 400).map(days),
    st.sampled_from(["M1", "M2", "M3", ""]),
    st.sampled_from(
        [
            "消费",
            "消费",
            "消费",
            "退款",
            "兑换",
            "使用权益",
            "缴费",
            "退会",
            "手动等级",
            "活动积分",
            "吃",
        ]
    ),
    st.sampled_from(["", "-1", "0", "0.005", "99.99", "500", "1000", "5000", "800"]),
    st.sampled_from(["", "洁牙", "面部护理", "VIP", "会员", "抵现", "高级", "2", "护理套餐"]),
    st.sampled_from(["", "0", "1", "2", "-1", "600"]),
    st.sampled_from(["", "R1", "R2", "至 2026-06-30", "至 2025-01-01"]),
)


@settings(deadline=None)
@given(st.lists(CELLS, max_size=40), st.sampled_from([*preset_names(), "试"]))
def test_rows_left_out_are_as_if_they_were_not_there(
    rows: list[tuple[object, ...]], name: str
) -> None:
    programme = SPENDING if name == "试" else name
    found = run(programme, *rows, as_of="2026-12-01")
    out = {number for number, _ in found.rejected}
    kept = [each for number, each in enumerate(rows, 2) if number not in out]
    again = run(programme, *kept, as_of="2026-12-01")
    assert again.rejected == ()
    assert again.totals == found.totals
    assert sorted(again.members, key=lambda each: each.member) == sorted(
        found.members, key=lambda each: each.member
    )


@settings(deadline=None)
@given(st.lists(CELLS, max_size=40))
def test_a_member_does_not_depend_on_the_others(rows: list[tuple[object, ...]]) -> None:
    found = run(SPENDING, *rows)
    for who in found.members:
        alone = run(SPENDING, *(each for each in rows if each[1] == who.member))
        assert alone.members == (who,)
    assert sum(found.tiers.values()) == len(found.members)


@settings(deadline=None)
@given(st.lists(CELLS, max_size=40))
def test_e20_points_are_where_they_came_from_and_went(rows: list[tuple[object, ...]]) -> None:
    """Balance − deficit = earned + bonus − redeemed − expired, whatever was refunded."""
    only = [each for each in rows if each[2] != "兑换"]
    only += [row("兑换", "", "抵现", 7, on="2026-06-01", member=f"M{n}") for n in (1, 2, 3)]
    found = run(SPENDING, *only)
    out = {number for number, _ in found.rejected}
    kept = [each for number, each in enumerate(only, 2) if number not in out]
    for who in found.members:
        mine = [each for each in kept if each[1] == who.member]
        bonus = sum(
            int(str(quantity or amount)) for _, _, kind, amount, _, quantity, _ in mine
            if kind == "活动积分"
        )  # fmt: skip
        spent = sum(7 for each in mine if each[2] == "兑换")
        balance = who.points_available - who.points_deficit
        assert balance == who.points_earned + bonus - spent - who.points_expired
        assert min(who.points_available, who.points_deficit) == 0
