"""The roster import from the file to the people, by its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook
from PySide6.QtWidgets import QWidget

from services.commands import Session
from services.people.search import find
from ui.context import UiContext
from ui.dialogs.import_roster import DONE, FILE, MAPPING, PREVIEW, ImportRosterDialog


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["客户姓名", "联系方式", "累计消费(元)", "说明"])
    sheet.append(["赵一鸣", "13800138001", 2600, ""])
    sheet.append(["钱多多", "13800138002", 12000, "怕疼"])
    sheet.append(["", "13800138003", 100, "没有名字"])
    path = tmp_path / "旧名册.xlsx"
    book.save(path)
    return path


@pytest.fixture
def dialog(context: UiContext, director: Session, qtbot) -> Iterator[ImportRosterDialog]:
    context.signed_in.set(director)
    host = QWidget()
    qtbot.addWidget(host)
    made = ImportRosterDialog(context, host)
    made.show()
    yield made  # noqa: PT022 - the dialog lives as long as the test


def go(dialog: ImportRosterDialog, qtbot, page: int) -> None:
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == page, timeout=20_000)
    qtbot.waitUntil(lambda: not dialog.work.busy)


def test_a_roster_goes_in_and_comes_out_again(
    dialog: ImportRosterDialog, roster: Path, context: UiContext, qtbot, monkeypatch
) -> None:
    assert dialog.pages.currentIndex() == FILE
    dialog.read(roster)
    go(dialog, qtbot, MAPPING)
    assert [box.value() for box in dialog.mapping_page.boxes] == ["name", "phone", "spend", "note"]
    dialog.submit()
    go(dialog, qtbot, PREVIEW)
    assert "2 人" in dialog.preview_page.totals.text()
    rejected = [row for row in dialog.preview_page.table.rows() if row[1] == "rejected"]
    assert [row[0] for row in rejected] == [4]
    assert "2 人" in dialog.next_button.text()
    assert find(context.db, "8001") == []
    dialog.submit()
    go(dialog, qtbot, DONE)
    assert "2" in dialog.outcome.text()
    assert [hit.name for hit in find(context.db, "8001")] == ["赵一鸣"]

    monkeypatch.setattr(dialog.context.alerts, "ask", lambda *_: True)
    dialog._show_batches()
    dialog.show_page(FILE)
    dialog.file_page.table.selectRow(0)
    dialog.file_page.undo_button.click()
    qtbot.waitUntil(lambda: not dialog.work.busy, timeout=20_000)
    assert find(context.db, "8001") == []
    assert "撤销" in dialog.context.alerts.bar.sentence


def test_a_meaning_belongs_to_one_column(dialog: ImportRosterDialog, roster: Path, qtbot) -> None:
    dialog.read(roster)
    go(dialog, qtbot, MAPPING)
    dialog.mapping_page.boxes[3].choose("name")
    assert dialog.mapping_page.boxes[0].value() == ""
    assert dialog.mapping_page.mapping().columns["name"] == 3


def test_what_is_no_roster_is_refused_in_words(
    dialog: ImportRosterDialog, tmp_path: Path, qtbot
) -> None:
    path = tmp_path / "图片.xlsx"
    path.write_bytes(b"\x89PNG" + bytes(100))
    dialog.read(path)
    qtbot.waitUntil(lambda: bool(dialog.context.alerts.bar.sentence), timeout=20_000)
    assert dialog.pages.currentIndex() == FILE
    assert dialog.context.alerts.bar.kind == "warning"


def test_closing_while_it_reads_leaves_nothing_behind(
    dialog: ImportRosterDialog, roster: Path, context: UiContext, qtbot
) -> None:
    dialog.read(roster)
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()
    qtbot.waitUntil(lambda: not context.tasks.busy, timeout=20_000)


def test_the_empty_template_is_saved_and_said(dialog, tmp_path):
    dialog.save_template(tmp_path / "t.xlsx")
    assert (tmp_path / "t.xlsx").stat().st_size > 0
    assert "模板已保存" in dialog.context.alerts.bar.sentence
