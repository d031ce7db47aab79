"""Importing an old roster: file → meaning of its columns → what would happen → in.

Reading, judging and posting run beside the window, each over a connection of its own.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from services.clinic import Clinic
from services.commands import Session
from services.errors import Confirmable
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.import_pages import FilePage, MappingPage, PreviewPage
from ui.forms import button, label
from ui.long_work import backed_up
from ui.tasks import Progress
from ui.theme import GAP
from ui.widgets.work import Work

FILE, MAPPING, PREVIEW, DONE = range(4)


class ImportRosterDialog(Dialog):
    """Four pages; nothing is written before the last button."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("导入旧名册"))
        self.take_room(920, 600)
        self._table: Any = None
        self._preview: Any = None
        self._op = uuid.uuid4()
        self.file_page = FilePage(context)
        self.mapping_page = MappingPage()
        self.preview_page = PreviewPage(context)
        self.outcome = label("")
        self.pages = QStackedWidget()
        for page in (self.file_page, self.mapping_page, self.preview_page, self._done_page()):
            self.pages.addWidget(page)
        self.body.addWidget(self.pages, 1)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.back_button = button(tr("上一步"))
        self.back_button.clicked.connect(self.back)
        self.next_button = self.add_buttons(tr("选择文件…"), tr("关闭"), left=(self.back_button,))
        self.finished.connect(self.work.cancel)
        self.file_page.undo_button.clicked.connect(self._undo)
        self.file_page.template_button.clicked.connect(self._template)
        self._show_batches()
        self.show_page(FILE)

    def _done_page(self) -> QWidget:
        page = _column(tr("导入完成"))
        layout = page.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.outcome)
        return page

    # --- pages ---

    def show_page(self, page: int) -> None:
        """Turn to a page and name its button."""
        self.pages.setCurrentIndex(page)
        people = self._preview.totals.people if self._preview is not None else 0
        words = (
            tr("选择文件…"),
            tr("预览"),
            tr("导入 {n} 人").format(n=f"{people:,}"),
            tr("完成"),
        )
        self.next_button.setText(words[page])
        self.next_button.setEnabled(page != PREVIEW or people > 0)
        self.back_button.setVisible(page in (MAPPING, PREVIEW))
        self.next_button.setFocus()

    def back(self) -> None:
        """The page before."""
        self.show_page(self.pages.currentIndex() - 1)

    def submit(self) -> None:
        """The button at the bottom right."""
        page = self.pages.currentIndex()
        if self.work.busy:
            return
        if page == FILE:
            self._choose()
        elif page == MAPPING:
            self._look_ahead()
        elif page == PREVIEW:
            self._post()
        else:
            self.accept()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("选择名册"), "", tr("Excel 工作簿 (*.xlsx *.xlsm)")
        )
        if path:
            self.read(Path(path))

    def _template(self) -> None:
        from services.roster.template import FILE_NAME

        path, _ = QFileDialog.getSaveFileName(
            self, tr("保存空白模板"), FILE_NAME, tr("Excel 工作簿 (*.xlsx)")
        )
        if path:
            self.save_template(Path(path).with_suffix(".xlsx"))

    def save_template(self, path: Path) -> None:
        """Write the empty roster to fill in."""
        if self.context.alerts.run(_written, path):
            words = tr("模板已保存为“{name}”。填好后回到这里选择它。")
            self.context.alerts.banner(words.format(name=path.name), "success")

    def read(self, path: Path) -> None:
        """Read the file and go on to its columns."""
        self._start(tr("正在读取"), partial(read, path), self._read)

    def _read(self, table: Any) -> None:
        self._table = table
        self.mapping_page.show_table(table)
        self.show_page(MAPPING)

    def _look_ahead(self) -> None:
        mapping = self.mapping_page.mapping()
        if mapping.problem:
            self.context.alerts.banner(mapping.problem, "warning")
            return
        call = partial(preview, self.context.clinic, self._table, mapping)
        self._start(tr("正在核对"), call, self._looked)

    def _looked(self, found: Any) -> None:
        self._preview = found
        self._op = uuid.uuid4()
        self.preview_page.show_preview(found)
        self.show_page(PREVIEW)

    def _post(self, *consent: str) -> None:
        session = self.context.session.once(self._op).confirming(*consent)
        settled = self.preview_page.settled.isChecked()
        call = partial(post, session, self._preview, settled)
        self._start(tr("正在导入"), call, self._posted, ask=self._same_file)

    def _same_file(self, question: Confirmable) -> None:
        if self.context.alerts.ask(tr("请确认"), question.sentence, tr("再导一次(&Y)")):
            self._post(question.code)

    def _posted(self, imported: Any) -> None:
        self.context.alerts.announce(imported)
        words = tr(
            "已导入 {n} 人。没有导入的行改好后可再导一次；导错了，到“管理 → 导入旧名册”撤销。"
        )
        self.outcome.setText(words.format(n=f"{imported.people:,}"))
        self.show_page(DONE)

    # --- taking an import back ---

    def _show_batches(self) -> None:
        from services.roster.posting import list_batches

        self.file_page.show_batches(self.context.alerts.run(list_batches, self.context.db) or [])

    def _undo(self) -> None:
        batch = self.file_page.table.current_row()
        if batch is None or self.work.busy:
            self.context.alerts.banner(tr("请先选中要撤销的导入。"), "warning")
            return
        question = tr("导入 #{n} 的 {people} 人和他们的期初账会全部撤下。")
        words = question.format(n=batch.id, people=f"{batch.rows_in:,}")
        if self.context.alerts.ask(tr("撤销导入"), words, tr("撤销(&Y)")):
            call = partial(take_back, self.context.session, batch.id)
            self._start(tr("正在撤销"), call, self._undone)

    def _undone(self, undone: Any) -> None:
        self.context.alerts.announce(undone)
        words = tr("已撤销，{n} 人撤下。").format(n=f"{undone.people:,}")
        self.context.alerts.banner(words, "success")
        self._show_batches()

    def _start(self, words: str, call: Any, done: Any, *, ask: Any = None) -> None:
        self.context.alerts.bar.dismiss()
        self.next_button.setEnabled(False)
        self.back_button.setEnabled(False)
        self.work.start(words, call, done, progress=True, always=self._again, ask=ask)

    def _again(self) -> None:
        self.next_button.setEnabled(True)
        self.back_button.setEnabled(True)
        self.next_button.setFocus()


def _column(title: str, *lines: str) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(GAP)
    column.addWidget(label(title, "heading"))
    for line in lines:
        column.addWidget(label(line))
    column.addStretch(1)
    return page


# --- the work itself, on other threads ---


def _written(path: Path) -> bool:
    from services.roster.template import write_template

    write_template(path)
    return True


def read(path: Path, progress: Progress) -> Any:
    """The file's table, read in a process of its own."""
    from services.roster.reading import read_roster

    return read_roster(path, cancelled=progress.stopped)


def preview(clinic: Clinic, table: Any, mapping: Any, progress: Progress) -> Any:
    """What an import would do."""
    from services.programmes.registry import main_timeline
    from services.roster.known import known_people
    from services.roster.preview import preview_roster

    with clinic.reading() as reader:
        return preview_roster(
            table,
            mapping,
            main_timeline(reader.db),
            clinic.clock.today(),
            known_people(reader.db),
            progress=progress.show,
            cancelled=progress.stopped,
        )


def post(session: Session, found: Any, settled: bool, progress: Progress) -> Any:
    """Write it, all or nothing, over a second writing connection."""
    from services.roster.posting import import_roster

    backed_up(session.clinic, "import", progress)
    with session.clinic.long_writing() as writer:
        return import_roster(
            replace(session, clinic=writer),
            rows=found.good,
            file_digest=found.digest,
            rejected_count=len(found.rejected),
            gifts_settled=settled,
            progress=progress.show,
            cancelled=progress.stopped,
        )


def take_back(session: Session, batch_id: int, progress: Progress) -> Any:
    """Undo an import, all or nothing, over a second writing connection."""
    from services.roster.undo import undo_import

    backed_up(session.clinic, "import", progress)
    with session.clinic.long_writing() as writer:
        return undo_import(
            replace(session, clinic=writer),
            batch_id=batch_id,
            progress=progress.show,
            cancelled=progress.stopped,
        )
