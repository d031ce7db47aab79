"""Fee income by month: received, recognised, deferred; to read and to save (R059)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from services.clinic import Clinic
from services.i18n import tr
from services.loyalty.admission import takes_fees
from services.memberships.deferred import FeeMonth, fee_income
from services.money import yuan
from services.programmes.registry import every_timeline
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, Form, TextEdit, label
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.friday_export import WorkbookSaver
from ui.widgets.work import Work

_MONTH = re.compile(r"(\d{4})\D?(0?[1-9]|1[0-2])\D?")
LONGEST = 120  # months


class FeeIncomeDialog(Dialog):
    """Enter reckons the months again."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("会费递延表"))
        self.resize(92 * GAP, 66 * GAP)
        today = self.context.today()
        paid = [
            (each.programme_id, each.name)
            for each in every_timeline(context.db)
            if takes_fees(each.at(today).programme)
        ]
        words = tr("会费按会籍天数逐月确认为收入，还没到期的部分是递延。收到已扣除作废和退费。")
        self.body.addWidget(label(words, "muted"))
        self.programme = ChoiceBox(paid)
        self.first = TextEdit(tr("例如 2026-01"))
        self.last = TextEdit(tr("例如 2026-12"))
        self.first.setText(f"{today[:4]}-01")
        self.last.setText(today[:7])
        self.form = form = Form()
        form.add(tr("方案(&G)"), self.programme)
        self.first_field = form.add(tr("从(&A)"), self.first)
        self.last_field = form.add(tr("到(&T)"), self.last)
        self.body.addWidget(form)
        self.table = Table(
            "memberships/fee_income",
            columns(),
            context.settings,
            title=tr("会费递延表"),
            empty_text=tr("填好月份按回车，这里按月列出。") if paid else _no_fees(),
            key=_month_of,
        )
        self.table.setMinimumHeight(8 * ROW_HEIGHT)
        self.body.addWidget(self.table, 1)
        self.total = label("", "subheading")
        self.body.addWidget(self.total)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.saver = FeeIncomeExport(self.context)
        self.saver.save.setEnabled(False)
        self.show_button = self.add_buttons(tr("计算 ⏎"), tr("关闭"), left=(self.saver,))
        self.show_button.setEnabled(bool(paid))
        self.programme.currentIndexChanged.connect(self.submit)
        if paid:
            self.submit()
        self.first.setFocus()

    def submit(self, *_: object) -> None:
        """Reckon the months on another thread."""
        first, last = _month(self.first.value()), _month(self.last.value())
        for month, field in ((first, self.first_field), (last, self.last_field)):
            if not month:
                field.refuse(tr("月份写成 2026-01。"))
                return
        if first > last:
            self.last_field.refuse(tr("结束月份须在开始月份以后。"))
            return
        if self.work.busy:
            return
        self.form.clear_errors()
        self.saver.take(self.programme.value(), first, last)
        call = partial(months_of, self.context.clinic, self.programme.value(), first, last)
        self.work.start(tr("正在计算"), call, self._done)

    def _done(self, months: list[FeeMonth]) -> None:
        self.table.set_rows(months)
        self.saver.save.setEnabled(bool(months))
        words = tr("合计收到 ¥{received}，确认 ¥{earned}，期末递延 ¥{deferred}")
        self.total.setText(
            words.format(
                received=yuan(sum(each.received_fen for each in months)),
                earned=yuan(sum(each.earned_fen for each in months)),
                deferred=yuan(months[-1].deferred_fen),
            )
        )


class FeeIncomeExport(WorkbookSaver):
    """The months that are shown, as a workbook."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context, tr("导出(&X)…"))
        self._programme_id, self._first, self._last = 0, "", ""

    def take(self, programme_id: int, first: str, last: str) -> None:
        """Which months are saved."""
        self._programme_id, self._first, self._last = programme_id, first, last
        self.show_file.hide()

    def file_name(self) -> str:
        from services.workbooks.fee_income import file_name

        return file_name(self._first, self._last)

    def job(self, path: Path) -> Callable[[], Any]:
        name = self._context.session.actor.name
        months = (self._programme_id, self._first, self._last)
        return partial(write, self._context.clinic, path, *months, name)


def months_of(clinic: Clinic, programme_id: int, first: str, last: str) -> list[FeeMonth]:
    """The work itself, over a reading connection of its own."""
    with clinic.reading() as reader:
        return fee_income(reader.db, programme_id, first, last)


def write(
    clinic: Clinic, path: Path, programme_id: int, first: str, last: str, exported_by: str
) -> Any:
    """The workbook, over a reading connection of its own."""
    from services.workbooks.fee_income import write_fee_income

    with clinic.reading() as reader:
        return write_fee_income(
            reader,
            path,
            programme_id=programme_id,
            first=first,
            last=last,
            exported_by=exported_by,
        )


def columns() -> list[Column]:
    """A month in one line."""
    return [
        Column(tr("月份"), lambda r: r.month, width=104),
        _money(tr("收到(元)"), "received_fen"),
        _money(tr("本月确认(元)"), "earned_fen"),
        _money(tr("月末递延(元)"), "deferred_fen"),
    ]


def _money(title: str, name: str) -> Column:
    return Column(
        title, partial(_yuan_of, name), sort=partial(_fen_of, name), align="right", width=144
    )


def _fen_of(name: str, row: FeeMonth) -> int:
    return int(getattr(row, name))


def _yuan_of(name: str, row: FeeMonth) -> str:
    return yuan(_fen_of(name, row))


def _month(text: str) -> str:
    """'2026-03' of 2026-3, 202603 or 2026年3月; '' for anything else."""
    found = _MONTH.fullmatch(text)
    return f"{found.group(1)}-{int(found.group(2)):02d}" if found else ""


def _month_of(row: FeeMonth) -> object:
    return row.month


def _no_fees() -> str:
    return tr("现行方案都不收会费，这里没有可算的。")
