"""What a simulation found: sentences, every member, the totals, and the rows left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from services.i18n import tr
from services.money import yuan
from services.simulation.result import MemberResult, Simulation
from services.simulation.words import in_words
from services.simulation.workbook import entitlement_words, gift_words, route_name, total_rows
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import Switch

MEMBERS, TOTALS, REJECTED = range(3)
SHOWN = 1000  # rows a list sorts in the blink of an eye; the workbook has all of them


class SimulationResult(QWidget):
    """Three lists of which one is seen."""

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self.words = label("")
        self.lists = Switch(
            tr("看什么"),
            [
                (MEMBERS, tr("会员(&M)")),
                (TOTALS, tr("合计(&S)")),
                (REJECTED, tr("没有采用的行(&R)")),
            ],
        )
        wait = tr("选好方案、事件表和日期，按“试算”。")
        self.members = Table(
            "simulate/members", _members(), settings, title=tr("会员"), empty_text=wait,
            key=lambda row: row.member,
        )  # fmt: skip
        self.totals = Table(
            "simulate/totals", _totals(), settings, title=tr("合计"), empty_text=wait,
            key=lambda row: row[:2],
        )  # fmt: skip
        self.rejected = Table(
            "simulate/rejected", _rejected(), settings, title=tr("没有采用的行"), empty_text=wait,
            key=lambda row: row[0],
        )  # fmt: skip
        self.pages = QStackedWidget()
        for table in (self.members, self.totals, self.rejected):
            self.pages.addWidget(table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        for widget in (self.words, self.lists):
            column.addWidget(widget)
            widget.hide()
        column.addWidget(self.pages, 1)
        self.lists.chosen.connect(self.pages.setCurrentIndex)

    def show_result(self, found: Simulation) -> None:
        """Another result."""
        lines = list(in_words(found))
        if len(found.members) > SHOWN or len(found.rejected) > SHOWN:
            sentence = tr("这里只列前 {n} 行，全部在工作簿里。")
            lines.append(sentence.format(n=f"{SHOWN:,}"))
        self.words.setText("\n".join(lines))
        self.members.empty_text = tr("没有一位会员的事件可以采用。")
        self.rejected.empty_text = tr("每一行都采用了。")
        self.members.set_rows(found.members[:SHOWN])
        self.totals.set_rows(list(total_rows(found)))
        self.rejected.set_rows(found.rejected[:SHOWN])
        for widget in (self.words, self.lists):
            widget.show()

    def start(self) -> None:
        """The members first."""
        self.lists.choose(MEMBERS)
        self.pages.setCurrentIndex(MEMBERS)
        self.members.select_first()
        self.members.setFocus()


def _members() -> list[Column]:
    return [
        Column(tr("会员号"), lambda row: row.member, width=96),
        Column(tr("等级"), lambda row: row.tier or tr("没有等级"), width=104),
        Column(tr("达成日期"), lambda row: row.reached_on or "", width=100),
        Column(tr("方式"), _route, width=56),
        Column(tr("累计消费"), lambda row: yuan(row.spend_fen), _spend, "right", 96),
        _number(tr("累计积分"), lambda row: row.points_earned),
        _number(tr("可用积分"), lambda row: row.points_available),
        _number(tr("欠分"), lambda row: row.points_deficit, 56),
        _number(tr("过期"), lambda row: row.points_expired, 64),
        Column(tr("应领礼品"), gift_words, width=256),
        Column(tr("权益剩余"), entitlement_words, width=120),
    ]


def _route(row: MemberResult) -> str:
    return "" if row.route is None else route_name(row.route)


def _spend(row: MemberResult) -> int:
    return row.spend_fen


def _number(title: str, of: Callable[[Any], int], width: int = 80) -> Column:
    return Column(title, lambda row: f"{of(row):,}", of, "right", width)


def _totals() -> list[Column]:
    return [
        Column(tr("项目"), lambda row: row[0], width=136),
        Column(tr("名称"), lambda row: row[1], width=280),
        Column(tr("数量"), _amount, lambda row: row[2], "right", 128),
        Column(tr("已用"), _drawn, lambda row: row[3] or 0, "right", 88),
    ]


def _amount(row: tuple[Any, ...]) -> str:
    return f"{row[2]:,}" if isinstance(row[2], int) else str(row[2])


def _drawn(row: tuple[Any, ...]) -> str:
    return "" if row[3] is None else f"{row[3]:,}"


def _rejected() -> list[Column]:
    return [
        Column(tr("第几行"), lambda row: str(row[0]), lambda row: row[0], "right", 88),
        Column(tr("原因"), lambda row: row[1], width=600),
    ]
