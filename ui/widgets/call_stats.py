"""How the last weeks of calls went, as a plot (R149)."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from services.clinic import Clinic
from services.clock import plus_days
from services.i18n import tr
from services.reports.call_rates import rates_chart, weekly
from services.reports.sheet import Ask, Chart
from services.reports.spans import around
from ui.context import UiContext
from ui.forms import label
from ui.widgets.gift_kit import Card
from ui.widgets.plot import Plot, PlotSeries
from ui.widgets.work import Work

WEEKS = 8


class CallStats(Card):
    """Completion, reach and satisfaction of the last weeks; read on another thread."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(tr("最近 {n} 周的回访").format(n=WEEKS))
        self._context = context
        self.plot = Plot(tr("每周完成率、接通率、满意率"), unit="%")
        self.work = Work(context.tasks, context.alerts)
        column = QVBoxLayout()
        column.addWidget(self.plot, 1)
        column.addWidget(self.work)
        column.addWidget(
            label(
                tr(
                    "左右键换周，上下键换完成率、接通率、满意率。"
                    "按人统计和明细在“报表 → 分析和名单 → 回访完成率与满意度”，可存 Excel。"
                ),
                "muted",
            )
        )
        self.body.addLayout(column, 1)

    def read(self) -> None:
        """Read the weeks again."""
        if not self.work.busy:
            clinic, today = self._context.clinic, self._context.today()
            self.work.start(tr("正在统计"), lambda: read_weeks(clinic, today), self._show)

    def _show(self, chart: Chart) -> None:
        series = [PlotSeries(name, values) for name, values in chart.series]
        self.plot.set_data(chart.labels, series)


def read_weeks(clinic: Clinic, today: str) -> Chart:
    """The chart of the last weeks, over a reading connection of its own."""
    last = around("week", today)[1]
    ask = Ask(plus_days(last, 1 - 7 * WEEKS), min(last, today), today)
    with clinic.reading() as reader:
        found = weekly(reader.db, ask)
    return rates_chart((first[5:] for first in found), found.values())
