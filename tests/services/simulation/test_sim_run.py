"""A whole simulation: members in order, rows left out, totals, progress, and one member's alarm."""

from __future__ import annotations

import gc
from pathlib import Path

import msgspec
import pytest

from services.errors import IntegrityAlarm, RuleError
from services.programmes.definition import PENDING, Referral, Reward
from services.programmes.gaps import missing
from services.programmes.registry import preset, preset_names
from services.simulation import member
from services.simulation.result import ServiceTotal
from services.simulation.run import SimulationCancelled, simulate_file
from services.simulation.source import Trial, named
from tests.services.simulation.trials import AS_OF, A, B, one, row, with_points
from tests.services.simulation.trials import run as tried

TRIAL = Trial(preset(A), "preset")


def events(folder: Path, count: int) -> Path:
    lines = [f"2026-01-05,M{n % 700},消费,{n}" for n in range(count)]
    path = folder / "e.csv"
    path.write_text("日期,会员号,类型,金额\n" + "\n".join(lines), encoding="utf-8")
    return path


def test_p15_a_row_that_cannot_be_read_is_answered_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text('日期,会员号,类型,金额\n2026-01-05,A,吃,1\n2026-01-05,"A"B,消费,1\n'
                    "2026-01-05,A,消费,2\n", encoding="utf-8")  # fmt: skip
    found = simulate_file(TRIAL, path, AS_OF)
    assert [number for number, _ in found.rejected] == [2, 3]
    assert found.members[0].spend_fen == 200
    assert len(found.digest) == 64


# -- members, tiers, rows left out -----------------------------------------------------------------


def test_members_stand_in_order_of_first_appearance() -> None:
    found = tried(
        A, row("退款", 1, member="C"), row("消费", 1, member="B"), row("消费", 1, member="C"),
        row("消费", 1, member="A"), row("消费", 1, member="B"),
    )  # fmt: skip
    assert [each.member for each in found.members] == ["C", "B", "A"]


def test_somebody_of_whom_no_row_was_taken_is_no_member() -> None:
    found = tried(A, row("退款", 1, member="C"), row("消费", -1, member="D"))
    assert found.members == ()
    assert [number for number, _ in found.rejected] == [2, 3]


def test_rejected_rows_stand_by_row_whatever_refused_them() -> None:
    found = tried(
        A,
        row("退款", 1),
        row("消费", -1),
        row("兑换", 1),
        row("吃饭"),
        row("消费", 1, on="2030-1-1"),
    )
    assert [number for number, _ in found.rejected] == [2, 3, 4, 5, 6]


def test_tiers_are_counted_by_name_and_none_too() -> None:
    found = tried(A, row("消费", 1000), row("消费", 1, member="M2"), row("消费", 5000, member="M3"))
    assert found.tiers == {
        "普通会员": 1, "高级会员": 1, "VIP会员": 0, "钻石VIP会员": 0, "": 1,
    }  # fmt: skip
    assert [each.tier for each in found.members] == ["普通会员", None, "高级会员"]


def test_no_rows_at_all() -> None:
    found = tried(A)
    assert (found.members, found.rejected, found.totals.members) == ((), (), 0)


@pytest.mark.parametrize("as_of", ["", "2026-11-31", "20261120", "2026/11/20", "9999-12-31"])
def test_the_last_day_must_be_a_date(as_of: str) -> None:
    with pytest.raises(RuleError, match="截止日期请写成"):
        tried(A, as_of=as_of)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_can_be_tried_whatever_it_lacks(name: str) -> None:
    kinds = ("消费", "退款", "兑换", "使用权益", "缴费", "退会", "手动等级", "活动积分")
    rows = [
        row(kind, 1500 if kind != "退款" else 300, item)
        for kind in kinds
        for item in ("", "会员", "面部护理", "洁牙")
    ]
    found = tried(name, *rows, as_of="2030-01-01")
    assert found.missing == missing(preset(name))
    assert [each.member for each in found.members] == ["M1"]
    assert found.members[0].spend_fen == 480_000


def test_e64_an_alarm_stops_its_member_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    credit = member.credit

    def broken(account: object, points: int, source: object) -> int:
        if points == 666:
            raise IntegrityAlarm("对不上。")
        return credit(account, points, source)  # type: ignore[arg-type]

    monkeypatch.setattr(member, "credit", broken)
    rows = [row("消费", 5), row("消费", 7, member="M2"), row("消费", 666), row("消费", 8)]
    found = tried(A, *rows)
    assert found.rejected == ((2, "对不上。"), (4, "对不上。"), (5, "对不上。"))
    assert [each.member for each in found.members] == ["M2"]


# -- totals ----------------------------------------------------------------------------------------


def test_what_gifts_and_services_would_have_cost() -> None:
    found = tried(
        A,
        row("消费", 5000),
        row("使用权益", item="口腔保健礼品(50元档)"),
        row("使用权益", item="洁牙"),
        row("消费", 10_000, member="M2", on="2025-12-01"),
    )
    totals = found.totals
    assert (totals.gifts_due_fen, totals.gifts_granted_fen) == (10_000, 15_000)
    assert totals.services == (
        ServiceTotal("面部护理", 2, 0),
        ServiceTotal("超声波洁牙(带抛光脱敏)", 5, 1),
        ServiceTotal("中草药热疗", 1, 0),
    )


def test_a_grant_that_was_replaced_counts_with_what_was_drawn() -> None:
    found = tried(A, row("消费", 5000), row("使用权益", item="洁牙"), row("消费", 10_000))
    services = {each.name: (each.granted, each.used) for each in found.totals.services}
    assert services["超声波洁牙(带抛光脱敏)"] == (2, 1)


def test_outstanding_points_are_worth_their_rate_or_one_percent() -> None:
    assert tried(A, row("消费", 900)).totals.liability_fen == 0  # never spent (R163)
    assert tried(B, row("消费", 900)).totals.liability_fen == 900
    assert tried(with_points(per_yuan_off=30), row("消费", 100)).totals.liability_fen == 334
    assert tried(with_points(per_yuan_off=PENDING), row("消费", 9)).totals.liability_fen == 9
    assert tried(B, row("消费", 900), row("消费", 7, member="M2")).totals.points_available == 907


def test_what_a_file_cannot_tell_is_said() -> None:
    assert tried(A).left_out == ()
    assert [each[:4] for each in tried("VIP四级").left_out] == ["生日礼品", "按口腔健"]
    assert [each[:4] for each in tried("入会礼").left_out] == ["要人工确"]
    programme = msgspec.structs.replace(preset(A), referral=Referral(referrer=Reward(points=5)))
    assert [each[:4] for each in tried(programme).left_out] == ["推荐奖励"]


def test_a_confirmed_benefit_waits_and_is_not_given() -> None:
    assert [gift.name for gift in one("入会礼", row("缴费", item="会员")).gifts_due] == ["入会礼品"]


# -- files, progress, cancelling -------------------------------------------------------------------


def test_a_file_is_run_with_its_digest(tmp_path: Path) -> None:
    found = simulate_file(TRIAL, events(tmp_path, 10), AS_OF)
    assert len(found.digest) == 64
    assert (found.programme, found.version, found.as_of) == (A, "preset", AS_OF)
    assert [each.spend_fen for each in found.members] == [n * 100 for n in range(10)]


def test_progress_grows_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate_file(
        TRIAL, events(tmp_path, 9000), AS_OF, progress=lambda done, of: told.append((done, of))
    )
    assert told == sorted(told)
    assert {of for _, of in told} == {100}
    assert told[-1] == (100, 100)
    assert {done < 30 for done, _ in told} == {True, False}


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
@pytest.mark.usefixtures("collector")
def test_cancelling_stops_anywhere(tmp_path: Path, after: int) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    with pytest.raises(SimulationCancelled, match="已取消试算"):
        simulate_file(TRIAL, events(tmp_path, 9000), AS_OF, cancelled=cancelled)
    assert asked == after + 1
    assert gc.isenabled()


@pytest.mark.usefixtures("collector")
def test_the_collector_is_left_as_it_was() -> None:
    gc.disable()
    tried(A, row("消费", 1))
    assert not gc.isenabled()


# -- which programme -------------------------------------------------------------------------------


def test_a_preset_or_a_file(tmp_path: Path) -> None:
    assert named("医院方案B") == Trial(preset(B), "preset")
    path = tmp_path / "方案.toml"
    path.write_text(
        'name = "试"\nkind = "mixed"\ntiers = []\n[points]\nmode = "none"\n', encoding="utf-8-sig"
    )
    assert (named(str(path)).programme.name, named(str(path)).version) == ("试", "file")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'name = "x"', "缺少“方案类型”"),
        (b"name = ", "方案文本到结尾还没写完"),
        (b"\xff\xfe\x00", "UTF-8"),
        (None, "没有找到方案文件"),
    ],
)
def test_a_file_that_is_no_programme(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "p.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RuleError, match=reason):
        named(str(path))


def test_a_folder_is_no_programme(tmp_path: Path) -> None:
    (tmp_path / "p.toml").mkdir()
    with pytest.raises(RuleError, match="方案文件读不了"):
        named(str(tmp_path / "p.toml"))


def test_an_unknown_name_is_answered_with_the_choices() -> None:
    with pytest.raises(RuleError, match="没有“方案Z”这个方案"):
        named("方案Z")
