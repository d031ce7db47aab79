"""The list of what points buy: letters narrow it, the arrows move in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from services.gifts.stock import stock_levels
from services.i18n import tr
from services.loyalty.redemption_list import Offer, offers
from services.programmes.registry import Timeline
from ui.forms import Field, TextEdit
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import letter_keys


@dataclass(frozen=True)
class OfferRow:
    """An offer with what the desk reads beside it."""

    offer: Offer
    note: str
    keys: tuple[str, ...]

    @property
    def id(self) -> str:
        """The key in the catalogue."""
        return self.offer.key

    def fits(self, typed: str) -> bool:
        """Whether letters, pinyin or a part of the name mean this one."""
        typed = typed.lower()
        return typed in self.offer.name.lower() or any(key.startswith(typed) for key in self.keys)


def offer_rows(db: Any, today: str, person_id: int, timeline: Timeline) -> list[OfferRow]:
    """What can be afforded first; gifts say what the billing desk has."""
    desk: dict[int, int] = {}
    for row in stock_levels(db):
        desk[row.band_fen] = desk.get(row.band_fen, 0) + row.desk
    return [
        OfferRow(each, each.why_not or _stock_note(each, desk), letter_keys(each.name))
        for each in offers(db, today, person_id, timeline)
    ]


def _stock_note(offer: Offer, desk: dict[int, int]) -> str:
    if offer.kind == "tier":
        return tr("换等级")
    if offer.kind == "coupon":
        return tr("券，收费时使用")
    if offer.kind == "service":
        return tr("院内服务")
    have = desk.get(offer.value_fen, 0)
    return tr("收费室 {n}").format(n=have) if have else tr("⚠ 收费室没有货")


def _tone(row: OfferRow) -> str:
    return "muted" if row.offer.why_not else ""


def _most(row: OfferRow) -> str:
    return f"{row.offer.most:,} {row.offer.unit}".strip() if row.offer.most else ""


def columns() -> list[Column]:
    """An offer in one line."""
    return [
        Column(tr("兑换项目"), lambda r: r.offer.name, width=232, tone=_tone),
        Column(
            tr("积分"),
            lambda r: f"{r.offer.points:,}",
            sort=lambda r: r.offer.points,
            align="right",
            width=80,
            tone=_tone,
        ),
        Column(tr("最多换"), _most, sort=lambda r: r.offer.most, align="right", width=80),
        Column(tr("说明"), lambda r: r.note, width=128, tone=_tone),
    ]


class SearchLine(TextEdit):
    """Letters narrow the list, the arrows move in it."""

    moved = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(step)


class OfferList(QWidget):
    """The keyboard stays in the search line; `chosen` tells the offer under the cursor."""

    chosen = Signal(object)

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self._rows: Sequence[OfferRow] = ()
        self.search = SearchLine(tr("拼音首字母或名称，例如 csb；↑↓ 选，回车核对"))
        self.search.setAccessibleName(tr("兑换项目"))
        self.field = Field(self.search)
        self.table = Table(
            "redeem/offers",
            columns(),
            settings,
            title=tr("可兑换的项目"),
            empty_text=tr("没有这样的兑换项目。换几个字母，或按 Esc 看全部。"),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.field)
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.search)
        self.search.textEdited.connect(self._filter)
        self.search.moved.connect(self._move)
        self.table.current_row_changed.connect(self.chosen)

    @property
    def row(self) -> OfferRow | None:
        """The offer under the cursor."""
        found: OfferRow | None = self.table.current_row()
        return found

    def load(self, rows: Sequence[OfferRow]) -> None:
        """Show these, narrowed by what is typed."""
        self._rows = rows
        self._filter()

    def clear(self) -> bool:
        """Forget the letters and show everything; answers whether there were any."""
        typed = bool(self.search.text())
        self.search.setText("")
        if typed:
            self._filter()
        return typed

    def _filter(self, *_: object) -> None:
        typed = self.search.value()
        rows = [row for row in self._rows if not typed or row.fits(typed)]
        self.table.set_rows(rows)
        self.table.clearSelection()
        self.table.setCurrentIndex(self.table.model().index(0, 0))
        if rows:
            self.table.selectRow(0)
        self.chosen.emit(self.row)

    def _move(self, step: int) -> None:
        count = self.table.model().rowCount()
        if count:
            now = self.table.currentIndex().row()
            self.table.selectRow(min(max(now + step, 0), count - 1))
