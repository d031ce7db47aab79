"""试算: a programme tried on a file of past events, without touching the clinic."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QWidget,
)

from services.errors import RuleError
from services.i18n import tr
from services.programmes.drafts import drafts, versions
from services.programmes.registry import preset_names
from services.simulation.files import SUFFIXES
from services.simulation.result import Simulation
from services.simulation.run import SimulationCancelled, simulate_file
from services.simulation.source import Trial, named, of_draft, of_version
from services.simulation.template import FILE_NAME, write_template
from services.simulation.workbook import write_workbook
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import DateEdit, Field, button_row, label
from ui.tasks import Cancelled, Progress
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox, key_button
from ui.widgets.programme_drafts_page import version_words
from ui.widgets.programme_files import files_filter
from ui.widgets.simulation_result import SimulationResult
from ui.widgets.work import Work

SIZE = (1320, 688)
_DRAFT, _VERSION, _PRESET, _FILE = "draft", "version", "preset", "file"


class SimulateDialog(Dialog):
    """A programme, an events file, a day; Enter goes on to what is missing, then tries."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("试算"))
        self.take_room(*SIZE)
        self.events: Path | None = None
        self.found: Simulation | None = None
        self.programme = LetterBox(self._programmes())
        self.day = DateEdit()
        self.day.setText(context.today())
        self.day_field = Field(self.day)
        self.events_name = label(tr("还没有选择"), "muted")
        self.programme_button = key_button(tr("方案文件(&L)…"))
        self.events_button = key_button(tr("选择事件表(&F)…"))
        self.template_button = key_button(tr("空白事件表(&K)…"))
        self.work = Work(context.tasks, self.context.alerts)
        self.outcome = SimulationResult(context.settings)
        self.save_button = key_button(tr("保存为工作簿(&E)…"))
        self.close_button = key_button(tr("关闭(&Z)"))
        self.run_button = key_button(tr("试算(&T)"), "primary")
        self._lay_out()
        self._wire()
        self.save_button.hide()
        self.events_button.setFocus()

    def _lay_out(self) -> None:
        self.body.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, GAP)
        self.body.setSpacing(GAP)
        intro = tr(
            "拿一份过去的消费记录试一个方案：谁到哪一级，要发多少礼品，会有多少积分。诊所的数据不动。"
        )
        self.body.addWidget(label(intro, "muted"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP)
        rows: tuple[tuple[str, QWidget, QWidget], ...] = (
            (tr("方案(&P)"), self.programme, self.programme_button),
            (tr("事件表"), self.events_name, self._files()),
            (tr("截至哪天(&D)"), self.day_field, self.run_button),
        )
        for number, (words, control, beside) in enumerate(rows):
            asked = QLabel(words)
            asked.setBuddy(self.day if control is self.day_field else control)
            grid.addWidget(asked, number, 0)
            grid.addWidget(control, number, 1)
            grid.addWidget(beside, number, 2)
        grid.setColumnStretch(1, 1)
        self.programme.setAccessibleName(tr("方案"))
        self.day.setAccessibleName(tr("截至哪天"))
        self.day_field.setMaximumWidth(20 * GAP)
        self.body.addLayout(grid)
        self.body.addWidget(self.work)
        self.body.addWidget(self.outcome, 1)
        self.body.addLayout(button_row(self.close_button, left=(self.save_button,)))

    def _files(self) -> QWidget:
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.events_button)
        row.addWidget(self.template_button)
        return both

    def _wire(self) -> None:
        self.programme_button.clicked.connect(self._choose_programme)
        self.events_button.clicked.connect(self._choose_events)
        self.template_button.clicked.connect(self._choose_template)
        self.run_button.clicked.connect(self.submit)
        self.day.returnPressed.connect(self.submit)
        self.save_button.clicked.connect(self._choose_workbook)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self.work.cancel)

    # --- what is tried ---

    def _programmes(self) -> list[tuple[str, str]]:
        """What can be tried: 'draft 3', 'version 2', 'preset 空白'."""
        db, alerts = self.context.db, self.context.alerts
        signed = alerts.run(versions, db, self.context.today()) or []
        signed.sort(key=lambda row: (row.state != "active", row.tense != "current"))
        mine, shipped = tr("{name} · 草稿"), tr("{name} · 预设")
        return [
            *((f"{_DRAFT} {row.id}", mine.format(name=row.name)) for row in drafts(db)),
            *((f"{_VERSION} {row.id}", version_words(row)) for row in signed),
            *((f"{_PRESET} {name}", shipped.format(name=name)) for name in preset_names()),
        ]

    def trial(self) -> Trial:
        """The programme chosen. Raises RuleError for one that cannot be read."""
        kind, _, key = str(self.programme.value() or "").partition(" ")
        if kind == _DRAFT:
            return of_draft(self.context.db, int(key))
        if kind == _VERSION:
            return of_version(self.context.db, self.context.today(), int(key))
        return named(key)

    def take_programme(self, path: Path) -> None:
        """Offer a programme of a TOML file, and choose it."""
        if self.context.alerts.run(named, str(path)) is None:
            return
        value = f"{_FILE} {path}"
        words = tr("{name} · 文件").format(name=path.name)
        self.programme.addItem(words, value)
        self.programme.choose(value)

    def take_events(self, path: Path) -> None:
        """The file of events."""
        self.events = path
        self.events_name.setText(path.name)
        self.day.setFocus()
        self.day.selectAll()

    def _choose_programme(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("方案文件"), "", files_filter())
        if path:
            self.take_programme(Path(path))

    def _choose_events(self) -> None:
        words = tr("事件表 ({suffixes})").format(suffixes=" ".join(f"*{x}" for x in SUFFIXES))
        path, _ = QFileDialog.getOpenFileName(self, tr("选择事件表"), "", words)
        if path:
            self.take_events(Path(path))

    # --- trying ---

    def submit(self) -> None:
        """Try it, on another thread."""
        if self.work.busy:
            return
        try:
            day = self.day.day()
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        if self.events is None:
            self.context.alerts.banner(
                tr("请先选择事件表；没有的话，先存一份空白的来填。"), "warning"
            )
            self.events_button.setFocus()
            return
        trial = self.context.alerts.run(self.trial)
        if trial is not None:
            self.context.alerts.bar.dismiss()
            call = partial(run, trial, self.events, day)
            self._start(tr("正在试算"), call, self._done, progress=True)

    def _done(self, found: Simulation) -> None:
        self.found = found
        self.outcome.show_result(found)
        self.save_button.show()
        self.outcome.start()

    # --- files ---

    def _choose_workbook(self) -> None:
        path = self._ask_where(tr("保存为工作簿"), tr("试算结果.xlsx"))
        if path is not None:
            self.save(path)

    def save(self, path: Path) -> None:
        """Write the result as a workbook, on another thread."""
        if self.found is None or self.work.busy:
            return
        if self.events is not None and path.absolute() == self.events.absolute():
            words = tr("结果不能写到事件表自己上面，请另取一个文件名。")
            self.context.alerts.banner(words, "warning")
            return
        call = partial(write_workbook, self.found, path)
        words = tr("已保存为“{name}”。").format(name=path.name)
        self._start(tr("正在保存"), call, partial(self._written, words))

    def _choose_template(self) -> None:
        path = self._ask_where(tr("空白事件表"), FILE_NAME)
        if path is not None:
            self.save_template(path)

    def save_template(self, path: Path) -> None:
        """Write the empty events file, on another thread."""
        if self.work.busy:
            return
        words = tr("空白事件表已保存为“{name}”。照第二张表的说明填好，再回来选择它。")
        call = partial(write_template, path)
        done = partial(self._written, words.format(name=path.name))
        self._start(tr("正在保存"), call, done)

    def _ask_where(self, title: str, name: str) -> Path | None:
        path, _ = QFileDialog.getSaveFileName(self, title, name, tr("Excel 工作簿 (*.xlsx)"))
        return Path(path).with_suffix(".xlsx") if path else None

    def _written(self, sentence: str, _result: object) -> None:
        self.context.alerts.banner(sentence, "success")

    def _start(self, words: str, call: Any, done: Any, *, progress: bool = False) -> None:
        self.run_button.setEnabled(False)
        self.work.start(words, call, done, progress=progress, always=self._again)

    def _again(self) -> None:
        self.run_button.setEnabled(True)


def run(trial: Trial, path: Path, day: str, progress: Progress) -> Simulation:
    """The work itself; it opens no clinic."""
    try:
        return simulate_file(trial, path, day, progress=progress.show, cancelled=progress.stopped)
    except SimulationCancelled as stopped:
        raise Cancelled from stopped
