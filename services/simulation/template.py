"""An empty events file to fill in: the columns, and what may stand in each of them."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from services.i18n import tr
from services.simulation.reading import headers
from services.simulation.rows import kind_names
from services.workbooks.files import write_whole

FILE_NAME = "试算事件表.xlsx"
_ROWS = 1000
_TEXT = ("会员号", "备注")


def write_template(path: Path) -> None:
    """Write the template; member numbers are text, so that no zero in front of them is lost.

    Raises what `services.workbooks.files.write_whole` raises.
    """
    write_whole(path, _fill)


def _fill(file: IO[bytes]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet: Any = book.active
    sheet.title = tr("事件")
    sheet.freeze_panes = "A2"
    for column, name in enumerate(headers(), 1):
        cell = sheet.cell(row=1, column=column, value=name)
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 16
        if name in _TEXT:
            for row in range(2, _ROWS + 2):
                sheet.cell(row=row, column=column).number_format = "@"
    notes: Any = book.create_sheet(tr("填写说明"))
    notes.column_dimensions["A"].width = 14
    notes.column_dimensions["B"].width = 90
    for line in _notes():
        notes.append(line)
    book.save(file)


def _notes() -> list[tuple[str, str]]:
    """Column → what to write there."""
    return [
        (tr("日期"), tr("哪天发生的，写成 2026-11-20。")),
        (tr("会员号"), tr("同一位会员每行都写同一个号。")),
        (tr("类型"), tr("只能是：{names}。").format(names=tr("、").join(kind_names()))),
        (
            tr("金额"),
            tr(
                "元，最多两位小数。消费、退款要写；缴费写了等级，而这个等级只有一种会费时可以不写。"
            ),
        ),
        (
            tr("项目"),
            tr("消费写项目名；兑换、使用权益写礼品或服务名；缴费、手动等级写等级名。"),
        ),
        (tr("数量"), tr("几份、几次、缴几期；活动积分写多少分。不写就是 1。")),
        (
            tr("备注"),
            tr("消费写单据号；退款写所退的单据号，不写就退最近一笔；手动等级可写“至 2027-12-31”。"),
        ),
    ]
