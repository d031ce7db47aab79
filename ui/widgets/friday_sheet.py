"""The count sheet comes back: read it, say row by row what is wrong, take the numbers over."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from services.clinic import Clinic
from services.gifts.period import PeriodRow
from services.i18n import tr
from ui.context import UiContext
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.friday_export import FOLDER
from ui.widgets.gift_kit import key_button, rename
from ui.widgets.work import Work


class CountSheetBack(QWidget):
    """One button; a sheet without problems is taken over at once, any other is shown."""

    taken = Signal(str)
    problems = Signal(object)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.period: PeriodRow | None = None
        self._op = uuid4()
        self.open = key_button(tr("读回清点表(&B)…"))
        self.work = Work(context.tasks, context.alerts)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.open)
        row.addWidget(self.work, 1)
        self.open.clicked.connect(self.ask)

    def ask(self, *_: object) -> None:
        """Ask which file."""
        if self.work.busy or self.period is None:
            return
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        path = ask_sheet(self, Path(str(self._context.settings.value(FOLDER, documents))))
        if path is not None:
            self.read(path)

    def read(self, path: Path) -> None:
        """Read a filled-in sheet on another thread."""
        assert self.period is not None
        self.open.setEnabled(False)
        self._op = uuid4()
        call = partial(read_sheet, self._context.clinic, path, self.period.id)
        self.work.start(tr("正在读清点表"), call, self._done, always=self._again)

    def take(self, read: Any, *, despite_problems: bool) -> bool:
        """Take the numbers over; answers whether they were."""
        from services.workbooks.count_sheet_reading import take_counts

        session = self._context.session.once(self._op)
        done = self._context.alerts.run(
            take_counts, session, read, despite_problems=despite_problems
        )
        if done is None:
            return False
        sentence = tr("已采用清点表上的 {n} 个数，{m} 项不变，还有 {left} 项没有清点。")
        self.taken.emit(sentence.format(n=len(read.entries), m=read.unchanged, left=done.missing))
        return True

    def _done(self, read: Any) -> None:
        if read.problems or not read.entries:
            self.problems.emit(read)
        else:
            self.take(read, despite_problems=False)

    def _again(self) -> None:
        self.open.setEnabled(True)


class SheetProblems(QWidget):
    """What has to be mended in a sheet; nothing is taken over unless somebody says so."""

    take_good = Signal(object)
    back = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._read: Any = None
        self.title = label("", "warning")
        self.list = Table(
            "friday_sheet_problems",
            [
                Column(tr("行"), lambda r: str(r.row) if r.row else tr("整张表"), width=72),
                Column(tr("哪里不对，怎么办"), lambda r: r.sentence, width=760),
            ],
            context.settings,
            title=tr("清点表的问题"),
            empty_text=tr("清点表没有问题。"),
            key=lambda r: (r.row, r.sentence),
        )
        self.good = key_button(
            tr("只采用没问题的行(&T)"), tip=tr("其余的行仍然没有清点，要在窗口里点完才能比对。")
        )
        self.leave = key_button(tr("返回清点  Esc"))
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.good)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.title)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        self.good.clicked.connect(self._take)
        self.leave.clicked.connect(self.back)

    def show_read(self, read: Any) -> None:
        """What a sheet said."""
        self._read = read
        self.list.set_rows(read.problems)
        self.list.select_first()
        if read.problems:
            words = tr("清点表有 {n} 处问题，一个数也没有采用。请在表里改好、保存，再读回一次。")
            self.title.setText(words.format(n=len(read.problems)))
        else:
            self.title.setText(tr("清点表上的数字和已经填的一样，没有要改的。"))
        self.good.setVisible(bool(read.problems and read.entries))
        rename(self.good, tr("只采用没问题的 {n} 行(&T)").format(n=len(read.entries)))

    def start(self) -> None:
        """The keyboard goes to the way back: nothing happens by a hasty Enter."""
        self.leave.setFocus()

    def _take(self) -> None:
        self.take_good.emit(self._read)


def ask_sheet(parent: QWidget, folder: Path) -> Path | None:
    """Which filled-in sheet; None when the person went back."""
    path, _ = QFileDialog.getOpenFileName(
        parent, tr("读回清点表"), str(folder), tr("Excel 工作簿 (*.xlsx)")
    )
    return Path(path) if path else None


def read_sheet(clinic: Clinic, path: Path, reconciliation_id: int) -> Any:
    """The work itself, over a reading connection of its own."""
    from services.workbooks.count_sheet_reading import read_count_sheet

    with clinic.reading() as reader:
        return read_count_sheet(reader, path, reconciliation_id)
