"""What the desk hears in the morning: failed, cut off, never ran, or of another folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.scheduled import morning
from services.scheduled.morning import about, news
from services.scheduled.outcomes import Outcome, begun, note
from services.scheduled.plan import BACKUP, FRIDAY, Plan

HERE = Path("/clinic/data")
NIGHT = Plan(BACKUP, "21:00", str(HERE), since="2026-11-20 10:00:00")
NOW = "2026-11-26 08:30:00"  # a Thursday
GOOD = Outcome("2026-11-25 21:00:40", True)


def said(
    plan: Plan | None, outcome: Outcome | None, now: str = NOW, duty: str = BACKUP
) -> tuple[str, bool]:
    """The sentence about a duty, and whether it may still be made up for."""
    found = about(duty, plan, outcome, HERE, now)
    return ("", False) if found is None else (found[0].sentence, found[1])


@pytest.mark.parametrize(
    ("plan", "outcome"),
    [
        (NIGHT, GOOD),
        (None, None),
        (None, GOOD),  # taken out
        (replace(NIGHT, since="2026-11-25 22:00:00"), None),  # put in after the hour
        (replace(NIGHT, since=""), None),  # nobody knows since when
        (NIGHT, begun("2026-11-26 08:29:00")),  # at work
    ],
)
def test_nothing_is_said_of_what_went_well(plan: Plan | None, outcome: Outcome | None) -> None:
    assert said(plan, outcome) == ("", False)


@pytest.mark.parametrize("outcome", [None, Outcome("2026-11-24 21:00:40", True)])
def test_a_night_on_which_nothing_ran_is_told_though_the_one_before_was_good(
    outcome: Outcome | None,
) -> None:
    words, may_come = said(NIGHT, outcome)
    assert words.startswith("2026-11-25 21:00 的夜间备份没有运行")
    assert may_come


def test_a_run_that_began_and_did_not_end_is_told() -> None:
    words, may_come = said(NIGHT, begun("2026-11-25 21:00:02"))
    assert words.startswith("2026-11-25 21:00 的夜间备份没有成功：开始了，还没有做完")
    assert not may_come


def test_a_failed_run_is_told_with_or_without_a_plan() -> None:
    bad = Outcome("2026-11-25 21:00:03", False, "磁盘已满。")
    for plan in (NIGHT, None):
        assert said(plan, bad) == ("2026-11-25 21:00 的夜间备份没有成功：磁盘已满。", False)


def test_a_week_without_its_workbook_is_told() -> None:
    week = Plan(FRIDAY, "18:30", str(HERE), 4, "/out", "2026-11-10 09:00:00")
    assert said(week, Outcome("2026-11-20 18:31:00", True), duty=FRIDAY) == ("", False)
    words, _ = said(week, Outcome("2026-11-13 18:31:00", True), duty=FRIDAY)
    assert words.startswith("2026-11-20 18:30 的每周核对表没有运行")


def test_a_moved_folder_is_told_and_another_clinic_s_duties_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = replace(NIGHT, data="/elsewhere")
    assert "另一个位置" in said(other, GOOD)[0]  # it ran here once
    assert "另一个位置" in said(other, None)[0]  # there is nothing there
    monkeypatch.setattr(morning, "clinic_exists", lambda folder: True)
    assert said(other, None) == ("", False)


def test_what_may_still_be_made_up_for_is_said_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = replace(NIGHT, data=str(tmp_path))
    monkeypatch.setattr(morning, "what_is_installed", lambda: (None, {BACKUP: plan, FRIDAY: None}))
    assert news(tmp_path, NOW, caught_up=False) == []
    assert [each.duty for each in news(tmp_path, NOW, caught_up=True)] == [BACKUP]
    note(tmp_path, BACKUP, Outcome("2026-11-25 21:00:03", False, "磁盘已满。"))
    assert len(news(tmp_path, NOW, caught_up=False)) == 1
