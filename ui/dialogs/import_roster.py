"""Importing an old roster: file → meaning of its columns → what would happen → in.

Reading, judging and posting run beside the window, each over a connection of its own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from services.clinic import Clinic
from services.commands import Session
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.import_pages import MappingPage, PreviewPage
from ui.forms import button, label
from ui.tasks import Progress
from ui.theme import GAP
from ui.widgets.work import Work

FILE, MAPPING, PREVIEW, DONE = range(4)


class ImportRosterDialog(Dialog):
    """Four pages; nothing is written before the last button."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("导入旧名册"))
        self.resize(920, 600)
        self._path = Path()
        self._table: Any = None
        self._preview: Any = None
        self.mapping_page = MappingPage()
        self.preview_page = PreviewPage(context)
        self.outcome = label("")
        self.pages = QStackedWidget()
        for page in (self._file_page(), self.mapping_page, self.preview_page, self._done_page()):
            self.pages.addWidget(page)
        self.body.addWidget(self.pages, 1)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.back_button = button(tr("上一步"))
        self.back_button.clicked.connect(self.back)
        self.next_button = self.add_buttons(tr("选择文件…"), tr("关闭"), left=(self.back_button,))
        self.finished.connect(self.work.cancel)
        self.show_page(FILE)

    def _file_page(self) -> QWidget:
        lines = (
            tr("选择一份 Excel 名册(.xlsx)。表头叫什么、列怎么排都可以,下一步再核对。"),
            tr("能认的内容:姓名、手机、性别、出生日期、身份证号、住址、会员号、积分、累计消费、"),
            tr("会员等级、入会日期、最近到诊、主治医师、来源、推荐人、备注、监护人。"),
            tr("看过预览、按下“导入”之前,什么都不会写进数据。"),
        )
        return _column(tr("把旧名册搬进来"), *lines)

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

    def read(self, path: Path) -> None:
        """Read the file and go on to its columns."""
        self._path = path
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
        self.preview_page.show_preview(found)
        self.show_page(PREVIEW)

    def _post(self) -> None:
        call = partial(post, self.context.session, self._preview, self._path.name)
        self._start(tr("正在导入"), call, self._posted)

    def _posted(self, imported: Any) -> None:
        self.context.alerts.announce(imported)
        words = tr("已导入 {n} 人。名册里没有导入的行,可以改好以后再导一次,不会重复。")
        self.outcome.setText(words.format(n=f"{self._preview.totals.people:,}"))
        self.show_page(DONE)

    def _start(self, words: str, call: Any, done: Any) -> None:
        self.context.alerts.bar.dismiss()
        self.next_button.setEnabled(False)
        self.back_button.setEnabled(False)
        self.work.start(words, call, done, progress=True, always=self._again)

    def _again(self) -> None:
        self.next_button.setEnabled(True)
        self.back_button.setEnabled(True)


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


def post(session: Session, found: Any, name: str, progress: Progress) -> Any:
    """Write it, all or nothing, over a second writing connection."""
    from services.roster.posting import import_roster

    with session.clinic.long_writing() as writer:
        return import_roster(
            replace(session, clinic=writer),
            preview=found,
            file_name=name,
            progress=progress.show,
            cancelled=progress.stopped,
        )
