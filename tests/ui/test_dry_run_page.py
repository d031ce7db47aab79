"""Trying a draft on the clinic in the editor (试行): the answer, the lists, the workbook."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from services.commands import Session
from services.desk.daily import catch_up
from services.programmes.drafts import versions
from services.programmes.registry import preset
from tests.conftest import TODAY
from tests.money_world import dump, member
from tests.services.programmes.signing_world import sign_draft
from tests.ui.gift_hands import press, write
from tests.ui.programme_hands import ALT, CTRL, ENTER, ESC, drafting, wait
from ui.context import UiContext
from ui.dialogs.programme_editor import EDIT, SIGN, TRIAL
from ui.widgets.programme_trial_page import GIVEN, MOVES, TIERS

KEY = Qt.Key


@pytest.fixture
def office(context: UiContext, director: Session) -> UiContext:
    """The director at the desk; one member of 4,500 yuan and one of the highest tier."""
    context.signed_in.set(director)
    for yuan in (4_500, 30_000):
        member(director, yuan)
    catch_up(director)
    context.clinic.clock.day = "2026-11-21"
    return context


def changed(office: UiContext, qtbot):
    """A draft with a lower threshold at 高级 and a higher one at the top."""
    dialog = drafting(office, qtbot, "version 1")
    dialog.draft.set("tiers[1].reach[0].single_spend_yuan", 4000)
    for path in ("reach[0].single_spend_yuan", "reach[1].cumulative_spend_yuan"):
        dialog.draft.set(f"tiers[3].{path}", 90_000)
    return dialog


def test_e41_who_moves_what_it_costs_and_what_points_are_worth(office: UiContext, qtbot) -> None:
    dialog = changed(office, qtbot)
    press(dialog, KEY.Key_T, modifier=ALT)
    assert dialog.pages.currentIndex() == TRIAL
    page = dialog.trial_page
    assert page.day.text() == "2026-11-21"
    assert not page.lists.isVisible()
    before = dump(office.clinic)
    press(dialog, ENTER)
    wait(dialog.work, qtbot)
    assert dump(office.clinic) == before
    words = page.words.text()
    assert "1 位会员从 2026-11-21 起升级" in words
    assert "1 位会员达不到新条件；已有的等级不会当天取消" in words
    assert "到 2026-12-31 为止，礼品和服务要多花约 ¥50" in words
    assert "没写每份价值的项目只数了次数" in words
    assert "34,500 分，折合 ¥0，不变" in words
    up, down = page.moves.rows()
    assert (up.from_tier, up.to_tier, up.waits) == ("普通会员", "高级会员", False)
    assert (down.from_tier, down.to_tier, down.waits) == ("钻石VIP会员", "VIP会员", True)

    press(dialog, KEY.Key_K, modifier=ALT)
    assert page.pages.currentIndex() == TIERS
    assert ("高级会员", 0, 1) in page.tiers.rows()
    press(dialog, KEY.Key_G, modifier=ALT)
    assert page.pages.currentIndex() == GIVEN
    assert {(row.name, row.after) for row in page.given.rows()} == {
        ("口腔保健礼品(50元档)", 1), ("超声波洁牙(带抛光脱敏)", 1), ("面部护理", 1),
    }  # fmt: skip
    press(dialog, KEY.Key_M, modifier=ALT)
    assert page.pages.currentIndex() == MOVES
    page.moves.setFocus()
    press(dialog, KEY.Key_C, modifier=CTRL)
    copied = QGuiApplication.clipboard().text()
    assert "普通会员\t高级会员\t2026-11-21 起" in copied
    press(dialog, KEY.Key_Q, modifier=ALT)
    assert dialog.pages.currentIndex() == SIGN
    assert len(versions(office.db, TODAY)) == 1


def test_a_result_that_is_too_old_for_the_draft_goes_away(office: UiContext, qtbot) -> None:
    dialog = changed(office, qtbot)
    dialog.try_out()
    dialog.trial_page.run()
    wait(dialog.work, qtbot)
    press(dialog, ESC)
    assert dialog.pages.currentIndex() == EDIT
    dialog.try_out()
    assert dialog.trial_page.found is not None, "nothing changed"
    press(dialog, ESC)
    dialog.draft.set("tiers[1].reach[0].single_spend_yuan", 4100)
    dialog.try_out()
    assert dialog.trial_page.found is None
    assert dialog.trial_page.moves.rows() == []


def test_e41_only_new_members_moves_nobody(office: UiContext, qtbot) -> None:
    dialog = changed(office, qtbot)
    dialog.try_out()
    press(dialog, KEY.Key_N, modifier=ALT)
    press(dialog, KEY.Key_T, modifier=ALT)
    wait(dialog.work, qtbot)
    assert "没有会员的等级会变。" in dialog.trial_page.words.text()


def test_a_day_that_is_none_or_over_is_refused_at_its_field(office: UiContext, qtbot) -> None:
    dialog = changed(office, qtbot)
    dialog.try_out()
    page = dialog.trial_page
    for text in ("x", "2026-11-20"):
        page.day.setText(text)
        page.run()
        assert page.day_field.error
        assert not dialog.work.busy
    page.day.selectAll()
    write(dialog, "20261201")
    press(dialog, ENTER)
    wait(dialog.work, qtbot)
    assert "从 2026-12-01 起升级" in page.words.text()


def test_e42_another_programme_is_tried_on_the_members_of_one(
    office: UiContext, director: Session, qtbot
) -> None:
    sign_draft(director, preset("医院方案B"), valid_from="2026-11-21")
    dialog = drafting(office, qtbot, "preset 空白")
    dialog.draft.set("points.mode", "spend")
    dialog.try_out()
    page = dialog.trial_page
    assert not page.scope.isVisible()
    assert page.instead.isVisible()
    page.instead.choose(1)
    page.run()
    wait(dialog.work, qtbot)
    assert "现有会员 2 位，转到这个方案后 0 位有等级，2 位没有。" in page.words.text()
    assert "现在折合 ¥0，以后折合 ¥345" in page.words.text()


def test_e41_the_result_as_a_workbook_is_on_record(
    office: UiContext, tmp_path: Path, qtbot
) -> None:
    dialog = changed(office, qtbot)
    dialog.try_out()
    dialog.trial_page.save(tmp_path / "nothing.xlsx")
    assert not (tmp_path / "nothing.xlsx").exists()
    dialog.trial_page.run()
    wait(dialog.work, qtbot)
    dialog.trial_page.save(tmp_path / "试行.xlsx")
    wait(dialog.work, qtbot)
    book = openpyxl.load_workbook(tmp_path / "试行.xlsx")
    assert book.sheetnames == ["升降", "等级", "礼品和服务", "说明"]
    assert "已保存为“试行.xlsx”" in dialog.context.alerts.bar.sentence
    logged = office.db.execute_sql(
        "SELECT detail FROM audit WHERE action = 'export.workbook'"
    ).fetchall()
    assert len(logged) == 1
    assert '"rows":2' in logged[0][0]


def test_trying_can_be_cancelled(office: UiContext, qtbot) -> None:
    dialog = changed(office, qtbot)
    dialog.try_out()
    dialog.trial_page.run()
    press(dialog, ESC)
    wait(dialog.work, qtbot)
    assert dialog.pages.currentIndex() == TRIAL
    assert "已取消" in dialog.context.alerts.bar.sentence or dialog.trial_page.found is not None
