"""试算 in the window: what is tried, the answer, the rows left out, the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt

from services.commands import Session
from services.programmes.definition import to_json
from services.programmes.drafts import save_draft
from services.programmes.editing import rename
from services.programmes.registry import preset
from services.programmes.toml_files import write_file
from services.simulation.run import SimulationCancelled
from tests.money_world import dump
from tests.ui.gift_hands import press, write
from tests.ui.programme_hands import ALT, ENTER, desk, on_top, wait
from ui.context import UiContext
from ui.dialogs import simulate
from ui.dialogs.simulate import SimulateDialog
from ui.tasks import Cancelled, Progress, Task
from ui.widgets.simulation_result import MEMBERS, REJECTED, TOTALS

KEY = Qt.Key
EVENTS = """日期,会员号,类型,金额,项目,数量,备注
2026-03-01,0007,消费,5200,种植,,R1
2026-04-01,0008,消费,900,,,R2
2026-04-02,0008,吃饭,100,,,
2026-12-01,0008,消费,100,,,
"""


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "过去.csv"
    path.write_text(EVENTS, encoding="utf-8")
    return path


@pytest.fixture
def dialog(context: UiContext, director: Session, qtbot) -> Iterator[SimulateDialog]:
    context.signed_in.set(director)
    save_draft(director, definition=to_json(rename(preset("VIP四级"), "想法")))
    host = desk(qtbot)
    yield on_top(SimulateDialog(context, host), qtbot)  # noqa: PT022 - the host has to live on


def tried(dialog: SimulateDialog, qtbot) -> None:
    dialog.submit()
    wait(dialog.work, qtbot)


def test_a_file_is_tried_by_keys_and_the_clinic_stays_as_it_is(
    dialog: SimulateDialog, events: Path, context: UiContext, qtbot
) -> None:
    before = dump(context.clinic)
    assert dialog.events_button.hasFocus()
    dialog.programme.choose("version 1")
    dialog.take_events(events)
    assert dialog.events_name.text() == "过去.csv"
    press(dialog, ENTER)
    wait(dialog.work, qtbot)
    assert dialog.outcome.words.text().startswith(
        "医院方案A，截至 2026-11-20：2 人，其中有等级 1 人；2 行没有采用。"
    )
    first, second = dialog.outcome.members.rows()
    assert (first.member, first.tier, first.route) == ("0007", "高级会员", "single")
    assert second.tier is None
    assert dialog.outcome.members.hasFocus()
    press(dialog, KEY.Key_S, modifier=ALT)
    assert dialog.outcome.pages.currentIndex() == TOTALS
    assert ("会员", "高级会员", 1, None) in dialog.outcome.totals.rows()
    press(dialog, KEY.Key_R, modifier=ALT)
    assert dialog.outcome.pages.currentIndex() == REJECTED
    assert [row[0] for row in dialog.outcome.rejected.rows()] == [4, 5]
    press(dialog, KEY.Key_M, modifier=ALT)
    assert dialog.outcome.pages.currentIndex() == MEMBERS
    assert dump(context.clinic) == before


def test_drafts_versions_presets_and_files_can_be_tried(
    dialog: SimulateDialog, events: Path, tmp_path: Path, qtbot
) -> None:
    words = [dialog.programme.itemText(n) for n in range(dialog.programme.count())]
    assert words[:2] == ["想法 · 草稿", "医院方案A · 第 1 版，2000-01-01 起，现行"]
    assert len(words) == 2 + 20
    dialog.take_events(events)
    path = tmp_path / "自己的.toml"
    write_file(rename(preset("医院方案B"), "自己的"), path)
    for value, name, version in (
        ("draft 1", "想法", "draft"),
        ("version 1", "医院方案A", 1),
        ("preset 卡通三级", "卡通三级", "preset"),
        (None, "自己的", "file"),
    ):
        if value is None:
            dialog.take_programme(path)
        else:
            dialog.programme.choose(value)
        tried(dialog, qtbot)
        assert dialog.found is not None
        assert (dialog.found.programme, dialog.found.version) == (name, version)
    assert dialog.programme.currentText() == "自己的.toml · 文件"


def test_what_is_pending_is_said(dialog: SimulateDialog, events: Path, qtbot) -> None:
    dialog.programme.choose("draft 1")
    dialog.take_events(events)
    tried(dialog, qtbot)
    words = dialog.outcome.words.text()
    assert "方案里还有 18 项待定，凡是待定的都没有算。" in words
    assert "生日礼品和生日服务没有计入" in words


def test_without_a_file_or_a_day_nothing_is_tried(dialog: SimulateDialog, events, qtbot) -> None:
    press(dialog, KEY.Key_T, modifier=ALT)
    assert "请先选择事件表" in dialog.context.alerts.bar.sentence
    assert dialog.events_button.hasFocus()
    dialog.take_events(events)
    write(dialog, "x")
    press(dialog, ENTER)
    assert dialog.day_field.error
    assert dialog.found is None


def test_a_file_that_is_no_programme_or_no_list_is_refused(
    dialog: SimulateDialog, tmp_path: Path, qtbot
) -> None:
    bad = tmp_path / "x.toml"
    bad.write_text("name = ", encoding="utf-8")
    before = dialog.programme.count()
    dialog.take_programme(bad)
    assert "还没写完" in dialog.context.alerts.bar.sentence
    assert dialog.programme.count() == before
    dialog.take_events(tmp_path / "没有.csv")
    tried(dialog, qtbot)
    assert "没有找到事件文件" in dialog.context.alerts.bar.sentence
    assert not dialog.save_button.isVisible()


def test_the_workbook_and_the_empty_file(
    dialog: SimulateDialog, events: Path, tmp_path: Path, qtbot
) -> None:
    dialog.save(tmp_path / "nothing.xlsx")
    assert not (tmp_path / "nothing.xlsx").exists()
    dialog.take_events(events)
    tried(dialog, qtbot)
    assert dialog.save_button.isVisible()
    dialog.save(events)
    assert "不能写到事件表自己上面" in dialog.context.alerts.bar.sentence
    dialog.save(tmp_path / "结果.xlsx")
    wait(dialog.work, qtbot)
    assert openpyxl.load_workbook(tmp_path / "结果.xlsx").sheetnames[0] == "会员"
    dialog.save_template(tmp_path / "空白.xlsx")
    wait(dialog.work, qtbot)
    assert "空白事件表已保存" in dialog.context.alerts.bar.sentence
    dialog.take_events(tmp_path / "空白.xlsx")
    tried(dialog, qtbot)
    assert dialog.found is not None
    assert dialog.found.members == ()


def test_a_long_result_says_that_the_workbook_has_all(
    dialog: SimulateDialog, tmp_path: Path, qtbot
) -> None:
    path = tmp_path / "多.csv"
    rows = "".join(f"2026-03-01,{n},消费,10,,,\n" for n in range(1_100))
    path.write_text(EVENTS.splitlines()[0] + "\n" + rows, encoding="utf-8")
    dialog.take_events(path)
    tried(dialog, qtbot)
    assert len(dialog.outcome.members.rows()) == 1_000
    assert "只列前 1,000 行" in dialog.outcome.words.text()


def test_trying_stops_when_asked_to(events: Path, monkeypatch) -> None:
    def stop(*_args, **_more):
        raise SimulationCancelled

    monkeypatch.setattr(simulate, "simulate_file", stop)
    with pytest.raises(Cancelled):
        simulate.run(None, events, "2026-11-20", Progress(Task()))  # type: ignore[arg-type]
