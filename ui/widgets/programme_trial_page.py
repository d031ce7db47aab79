"""Trying a draft on this clinic before it is signed (试行): who moves, what it costs (E41)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from services.errors import RuleError
from services.i18n import tr
from services.money import yuan
from services.programmes.definition import Programme
from services.programmes.dry_run import DryRun, Move, dry_run
from services.programmes.dry_run_words import (
    in_words,
    kind_name,
    move_words,
    tier_rows,
    write_workbook,
)
from services.programmes.registry import timelines
from services.setup import clinic_name
from services.workbooks.export_log import log_export
from ui.context import UiContext
from ui.forms import ChoiceBox, DateEdit, Field, label
from ui.long_work import read_beside
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import Switch, key_button
from ui.widgets.work import Work

MOVES, TIERS, GIVEN = range(3)


class TrialPage(QWidget):
    """A day and for whom; Enter tries it."""

    tried = Signal()

    def __init__(self, context: UiContext, work: Work) -> None:
        super().__init__()
        self._context, self._work = context, work
        self._programme: Programme | None = None
        self.found: DryRun | None = None
        self.among: tuple[int, ...] | None = None  # it is tried on these people only
        self.day = DateEdit()
        self.day_field = Field(self.day)
        self.scope = Switch(
            tr("给谁用"), [("all", tr("全部会员(&L)")), ("new", tr("只给新会员(&N)"))]
        )
        self.instead = ChoiceBox()
        self.instead_words = QLabel(tr("和哪个方案比(&W)"))
        self.run_button = key_button(tr("试行(&T)"), "primary")
        self.words = label("")
        self.lists = Switch(
            tr("看什么"),
            [
                (MOVES, tr("谁升谁降(&M)")),
                (TIERS, tr("各等级人数(&K)")),
                (GIVEN, tr("礼品和服务(&G)")),
            ],
        )
        self.save_button = key_button(tr("保存为工作簿(&E)…"))
        self._tables()
        self._lay_out()
        self.run_button.clicked.connect(self.run)
        self.day.returnPressed.connect(self.run)
        self.lists.chosen.connect(self.show_list)
        self.save_button.clicked.connect(self._choose_file)

    def _tables(self) -> None:
        settings = self._context.settings
        wait = tr("选好日期，按“试行”。只看，不改任何会员。")
        self.moves = Table(
            "programme/moves", _move_columns(), settings, title=tr("谁升谁降"), empty_text=wait,
            key=lambda row: row.person_id,
        )  # fmt: skip
        self.tiers = Table(
            "programme/tiers", _tier_columns(), settings, title=tr("各等级人数"), empty_text=wait,
            key=lambda row: row[0],
        )  # fmt: skip
        self.given = Table(
            "programme/given", _given_columns(), settings, title=tr("礼品和服务"), empty_text=wait,
            key=lambda row: (row.kind, row.name),
        )  # fmt: skip

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(2 * GAP)
        words = QLabel(tr("从哪天起(&D)"))
        words.setBuddy(self.day)
        self.day.setAccessibleName(tr("从哪天起"))
        self.day_field.setFixedWidth(18 * GAP)
        self.instead_words.setBuddy(self.instead)
        self.instead.setAccessibleName(tr("和哪个方案比"))
        for widget in (words, self.day_field, self.scope, self.instead_words, self.instead):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.run_button)
        self.pages = QStackedWidget()
        for table in (self.moves, self.tiers, self.given):
            self.pages.addWidget(table)
        middle = QHBoxLayout()
        middle.addWidget(self.lists, 1)
        middle.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self.words)
        column.addLayout(middle)
        column.addWidget(self.pages, 1)

    def open(self, programme: Programme) -> None:
        """A programme to try, from today on."""
        if programme != self._programme:
            self.found = None
            self._show()
        self._programme = programme
        self.day.setText(self._context.today())
        self.scope.choose("all")
        active = timelines(self._context.db)
        known = any(each.name == programme.name for each in active)
        self.scope.setVisible(known)
        self.instead.set_choices([(each.programme_id, each.name) for each in active])
        for widget in (self.instead, self.instead_words):
            widget.setVisible(not known and len(active) > 1)
        self.lists.choose(MOVES)
        self.show_list(MOVES)
        self.day.setFocus()
        self.day.selectAll()

    def show_list(self, which: int) -> None:
        """One of the three lists."""
        self.pages.setCurrentIndex(which)

    # --- trying ---

    def run(self) -> None:
        """Try it on everybody, on another thread."""
        if self._programme is None or self._work.busy:
            return
        try:
            day = self.day.day()
        except RuleError as refused:
            self.day_field.refuse(refused.sentence)
            return
        if day < self._context.today():
            self.day_field.refuse(tr("不能早于今天。"))
            return
        call = partial(
            read_beside,
            self._context.clinic,
            dry_run,
            candidate=self._programme,
            valid_from=day,
            scope=self.scope.value(),
            instead_of=self.instead.value(),
            among=self.among,
        )
        self.run_button.setEnabled(False)
        self._work.start(tr("正在试行"), call, self._done, progress=True, always=self._again)

    def _done(self, found: Any) -> None:
        self.found = found
        self._show()
        self.tried.emit()
        self.moves.select_first()
        self.lists.buttons[MOVES].setFocus()

    def _again(self) -> None:
        self.run_button.setEnabled(True)

    def _show(self) -> None:
        found = self.found
        self.words.setVisible(found is not None)
        self.lists.setVisible(found is not None)
        self.save_button.setVisible(found is not None)
        if found is None:
            for table in (self.moves, self.tiers, self.given):
                table.set_rows([])
            return
        self.words.setText("\n".join(in_words(found)))
        self.moves.empty_text = tr("没有要列出的会员。")
        self.given.empty_text = tr("到年底没有要发的礼品和服务。")
        self.moves.set_rows([*found.ups, *found.downs])
        self.tiers.set_rows(tier_rows(found))
        self.given.set_rows(found.given)

    # --- keeping the result ---

    def _choose_file(self) -> None:
        name = tr("试行结果.xlsx")
        path, _ = QFileDialog.getSaveFileName(
            self, tr("保存为工作簿"), name, tr("Excel 工作簿 (*.xlsx)")
        )
        if path:
            self.save(Path(path).with_suffix(".xlsx"))

    def save(self, path: Path) -> None:
        """Write the result as a workbook, on another thread."""
        if self.found is None or self._programme is None or self._work.busy:
            return
        call = partial(
            write_workbook,
            self.found,
            path,
            clinic=clinic_name(self._context.clinic),
            programme=self._programme.name,
        )
        self._work.start(tr("正在保存"), call, partial(self._saved, path.name))

    def _saved(self, name: str, rows: int) -> None:
        session, alerts = self._context.session, self._context.alerts
        if alerts.run(log_export, session, name=name, rows=rows) is not None:
            alerts.banner(tr("已保存为“{name}”。").format(name=name), "success")


# --- columns ---


def _move_columns() -> list[Column]:
    return [
        Column(tr("变化"), _direction, width=72, tone=_tone),
        Column(tr("会员号"), lambda move: move.number, width=112),
        Column(tr("姓名"), lambda move: move.name, width=104),
        Column(tr("现在"), lambda move: move.from_tier or tr("没有等级"), width=136),
        Column(tr("以后"), lambda move: move.to_tier or tr("没有等级"), width=136),
        Column(tr("什么时候"), move_words, width=280),
    ]


def _rises(move: Move) -> bool:
    return move.to_rank > move.from_rank


def _direction(move: Move) -> str:
    return tr("▲ 升") if _rises(move) else tr("▼ 降")


def _tone(move: Move) -> str:
    return "success" if _rises(move) else "warning"


def _tier_columns() -> list[Column]:
    return [
        Column(tr("等级"), lambda row: row[0] or tr("没有等级"), width=200),
        _count(tr("现在"), lambda row: row[1]),
        _count(tr("以后"), lambda row: row[2]),
        Column(tr("相差"), lambda row: f"{row[2] - row[1]:+,}", width=104),
    ]


def _given_columns() -> list[Column]:
    return [
        Column(tr("种类"), lambda row: kind_name(row.kind), width=96),
        _count(tr("现在"), lambda row: row.before),
        _count(tr("以后"), lambda row: row.after),
        _money(tr("现在(元)"), lambda row: row.before_fen),
        _money(tr("以后(元)"), lambda row: row.after_fen),
        _money(tr("多花(元)"), lambda row: row.after_fen - row.before_fen),
        Column(tr("名称"), lambda row: row.name, width=280),
    ]


def _count(title: str, of: Callable[[Any], int]) -> Column:
    return Column(title, lambda row: f"{of(row):,}", of, "right", 96)


def _money(title: str, of: Callable[[Any], int]) -> Column:
    return Column(title, lambda row: yuan(of(row)), of, "right", 112)
