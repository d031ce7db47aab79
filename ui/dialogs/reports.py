"""The clinic's reports: choose one and its days, look, print, keep, sign, call."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QPushButton, QTabWidget, QWidget

from services.clinic import Clinic
from services.commands import Session
from services.forms.paper import Paper
from services.i18n import tr
from services.reports.calls import CallsMade, make_calls
from services.reports.group import NAME as GROUP_LIST
from services.reports.group import filters_words
from services.reports.handed import MONDAY, signed_words
from services.reports.handover import SIGNATURE, hand_over
from services.reports.reading import PREVIEW, ReadReport, read
from services.reports.registry import MONTH, find
from services.reports.sheet import Ask, Filters, Report
from services.rights import holders, may
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.base import Dialog
from ui.dialogs.clear_export import ClearExportDialog
from ui.forms import label
from ui.tasks import Progress
from ui.theme import GAP
from ui.widgets.friday_export import WorkbookSaver
from ui.widgets.gift_kit import key_button, shortcut
from ui.widgets.report_filters import ReportFilters
from ui.widgets.report_sheet import SheetView
from ui.widgets.work import Work


@dataclass(frozen=True)
class Laid:
    """A report laid out as a paper, and how many rows are on it."""

    paper: Paper
    rows: int


class ReportsDialog(Dialog):
    """Enter shows the report; everything is read on another thread."""

    starts_with = MONDAY

    def __init__(
        self, context: UiContext, parent: QWidget | None, filters: Filters | None = None
    ) -> None:
        super().__init__(context, parent, tr("报表"))
        self.take_room(1280, 680)
        self.shown: ReadReport | None = None
        self._again = False
        self._refused = False  # what is on the screen is not what the days say
        self._op = uuid.uuid4()
        self.filters = ReportFilters(self.context, self.starts_with, filters)
        self.body.addWidget(self.filters)
        self.pages = QTabWidget()
        self.pages.setObjectName("listPages")
        self.body.addWidget(self.pages, 1)
        self.state = label("", "subheading")
        self.body.addWidget(self.state)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.saver = ReportSaver(self.context)
        self.print_button = self._button(tr("打印预览(&D)"), self.preview_print)
        self.sign_button = self._button(tr("移交签收(&S)…"), self.sign)
        self.calls_button = self._button(tr("生成回访(&C)"), self.call_all)
        self.clear_button = self._button(tr("明文导出(&L)…"), self.ask_clear)
        left = (self.saver, self.print_button, self.sign_button, self.calls_button)
        self.show_button = self.add_buttons(
            tr("查看 ⏎"), tr("关闭"), left=(*left, self.clear_button)
        )
        shortcut(self, QKeySequence(QKeySequence.StandardKey.Print).toString(), self.preview_print)
        self.filters.wanted.connect(self.submit)
        self.submit()
        self.filters.choice.setFocus()

    def _button(self, words: str, call: Callable[..., None]) -> QPushButton:
        made = key_button(words)
        made.clicked.connect(call)
        return made

    # -- reading -----------------------------------------------------------------------------

    def submit(self, *_: object) -> None:
        """Read the report of these days."""
        if self.work.busy:
            self._again = True
            return
        ask = self.filters.ask()
        self._refused = ask is None
        if ask is None:
            self._enable()
            return
        report = self.filters.report
        call = partial(show, self.context.clinic, report, ask)
        self.work.start(tr("正在统计"), call, self._read, progress=True, always=self._ended)
        self._enable()

    def _read(self, found: ReadReport) -> None:
        if self.work.busy:
            return  # something else was asked meanwhile
        self.shown = found
        self.saver.take(found.report, found.ask)
        room = max(self.width() - 8 * GAP, 100)
        old = [self.pages.widget(number) for number in range(self.pages.count())]
        self.pages.clear()
        for page in old:
            if page is not None:
                page.deleteLater()
        for number, each in enumerate(found.sheets):
            name = f"reports/{found.report.name}/{number}"
            view = SheetView(name, each, self.context.settings, room)
            self.pages.addTab(view, f"{each.sheet.name} {each.count:,}")
        self._tell_signed()
        self._enable()

    def _tell_signed(self) -> None:
        """Whether somebody signed for these days, and whether they still read the same."""
        assert self.shown is not None
        self.state.setVisible(self.shown.report.handed_over)
        self.state.setText(signed_words(self.shown.signed, self.shown.digest))

    def _ended(self) -> None:
        if self._again:
            self._again = False
            self.submit()
            return
        self._enable()

    def _enable(self) -> None:
        """What can be done with the report on the screen, and by whom."""
        ready = self.shown is not None and not self.work.busy and not self._refused
        report = self.shown.report if self.shown is not None else self.filters.report
        self.saver.save.setEnabled(ready)
        self.print_button.setEnabled(ready)
        for made, offered, right in (
            (self.sign_button, report.handed_over, "report.hand_over"),
            (self.calls_button, report.makes_calls, "report.make_calls"),
            (self.clear_button, report.filtered, "export.clear"),
        ):
            allowed = may(self.context.session.actor.role, right)
            made.setVisible(offered)
            made.setEnabled(ready and offered and allowed)
            words = tr("须由{holders}登录后操作。").format(holders=holders(right))
            made.setToolTip("" if allowed else words)

    # -- what is done with it ----------------------------------------------------------------

    def preview_print(self, *_: object) -> None:
        """The report as it comes out of the printer, whole."""
        if self.shown is None or self.work.busy or self._refused:
            return
        found = self.shown
        call = partial(lay_out, self.context.clinic, found.report, found.ask)
        self.work.start(tr("正在排版"), call, self._print, progress=True, always=self._enable)
        self._enable()

    def _print(self, laid: Laid) -> None:
        from ui.dialogs.paper import PaperDialog

        PaperDialog(self.context, self, laid.paper, export_rows=laid.rows).open()

    def sign(self, *_: object) -> None:
        """Marketing signs for what is on the screen (R137)."""
        if self.shown is None:
            return
        found, session = self.shown, self.context.session
        what = tr("签收{title}，{first} 至 {last}，共 {n} 人。").format(
            title=found.report.title,
            first=found.ask.first,
            last=found.ask.last,
            n=found.sheets[0].count,
        )
        approval = ask_approval(self.context, self, SIGNATURE, what, without=session.actor.id)
        if approval is None:
            return
        done = self.context.alerts.run(
            hand_over,
            session.once(self._op),
            report=found.report.name,
            first=found.ask.first,
            last=found.ask.last,
            seen=found.digest,
            approval=approval,
        )
        if done is not None:
            self._op = uuid.uuid4()
            self.context.alerts.banner(tr("已移交签收。"), "success")
            self.submit()

    def call_all(self, *_: object) -> None:
        """Plan a call about every gift of the list that has none yet (R138)."""
        if self.shown is None or self.work.busy:
            return
        ask = self.shown.ask
        call = partial(plan_calls, self.context.session.once(self._op), ask)
        self.work.start(tr("正在生成回访"), call, self._called, always=self._enable)
        self._enable()

    def _called(self, made: CallsMade) -> None:
        self._op = uuid.uuid4()
        self.context.alerts.announce(made)
        words = tr("列出 {listed} 件未领礼品，新生成 {made} 个回访，今天可以打。")
        self.context.alerts.banner(words.format(listed=made.listed, made=made.made), "success")

    def ask_clear(self, *_: object) -> None:
        """Names and phones in full: the reason and a second person first."""
        if self.shown is None:
            return
        found = self.shown
        who = filters_words(found.ask.filters)
        who += tr("，共 {n} 人。").format(n=found.count)
        dialog = ClearExportDialog(self.context, self, found.report, found.ask.filters, who)
        dialog.released.connect(self._released)
        dialog.open()

    def _released(self, number: int) -> None:
        if self.shown is not None:
            found = self.shown
            self.saver.take(found.report, replace(found.ask, clear=number))
            self.saver.ask()
            self.saver.take(found.report, found.ask)


class MonthReports(ReportsDialog):
    """Opens with the month's tiers and unclaimed gifts."""

    starts_with = MONTH


class AdminReports(ReportsDialog):
    """Opens with the member administrator's week."""

    starts_with = "admin-weekly"


class DailyReports(ReportsDialog):
    """Opens with the day's visits."""

    starts_with = "visits-day"


class PointReports(ReportsDialog):
    """Opens with the points."""

    starts_with = "points"


class Analysis(ReportsDialog):
    """Opens with how people were called; the weeks side by side for who may see them."""

    starts_with = "followups"


class GroupReports(ReportsDialog):
    """Opens with whom the clinic may contact of a saved group."""

    starts_with = GROUP_LIST


class SensitiveList(ClearExportDialog):
    """A list of what is sensitive about people is not shown before it was released: the reason
    and the second person's word first, then where the file goes."""

    def __init__(self, context: UiContext, parent: QWidget | None, filters: Filters) -> None:
        report = find(GROUP_LIST)
        words = tr("{who}。只含同意营销联系的顾客。").format(who=filters_words(filters))
        super().__init__(context, parent, report, filters, words)
        today = context.today()
        self._ask = Ask(today, today, today, filters)
        self.saver = ReportSaver(context)
        self.saver.setParent(parent)
        self.saver.hide()
        self.released.connect(self._save)

    def _save(self, number: int) -> None:
        self.saver.take(find(GROUP_LIST), replace(self._ask, clear=number))
        self.saver.ask()


class ReportSaver(WorkbookSaver):
    """The report on the screen, whole, as a workbook."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context, tr("存成 Excel(&X)…"))
        self.report: Report | None = None
        self.wanted: Ask | None = None

    def take(self, report: Report, ask: Ask) -> None:
        """What is saved."""
        if (report, ask) != (self.report, self.wanted) and not self.work.busy:
            self.show_file.hide()
        self.report, self.wanted = report, ask

    def file_name(self) -> str:
        from services.reports.workbook import file_name

        assert self.report is not None
        assert self.wanted is not None
        clear = tr("(明文)") if self.wanted.clear else ""
        return f"{file_name(self.report, self.wanted)}{clear}.xlsx"

    def on_record(self, written: Any) -> dict[str, int]:
        return {**super().on_record(written), "clear": written.clear}

    def job(self, path: Path) -> Callable[[], Any]:
        assert self.report is not None
        assert self.wanted is not None
        name = self._context.session.actor.name
        return partial(write, self._context.clinic, path, self.report, self.wanted, name)


def show(clinic: Clinic, report: Report, ask: Ask, progress: Progress) -> ReadReport:
    """The first rows of a report, over a reading connection of its own."""
    with clinic.reading() as reader:
        return read(reader.db, report, ask, limit=PREVIEW, progress=progress.report)


def lay_out(clinic: Clinic, report: Report, ask: Ask, progress: Progress) -> Laid:
    """The whole report as a paper, over a reading connection of its own."""
    from services.reports.paper import as_paper

    with clinic.reading() as reader:
        found = read(reader.db, report, ask, progress=progress.report)
        return Laid(as_paper(reader.db, found), found.count)


def write(clinic: Clinic, path: Path, report: Report, ask: Ask, exported_by: str) -> Any:
    """The workbook, over a reading connection of its own."""
    from services.reports.workbook import write_workbook

    with clinic.reading() as reader:
        return write_workbook(reader, path, report, ask, exported_by=exported_by)


def plan_calls(session: Session, ask: Ask) -> CallsMade:
    """The month's calls, over a second writing connection."""
    with session.clinic.long_writing() as writer:
        return make_calls(replace(session, clinic=writer), first=ask.first, last=ask.last)
