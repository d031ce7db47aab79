"""What a receipt is for: class and list price, a row each, with the member price and its why."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.i18n import tr
from services.money import yuan
from services.programmes.items import ITEM_CLASSES
from services.programmes.pricing import BillLine, Quote, QuotedLine
from ui.forms import Field, MoneyEdit, label
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox

MOST = 8
_NONE = ""


class LineRow(QWidget):
    """One class and its list price; the price and the why appear below once both are there."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, number: int) -> None:
        super().__init__()
        self.kind = LetterBox([(_NONE, tr("类别")), *((name, name) for name in ITEM_CLASSES)])
        self.kind.setAccessibleName(tr("第 {n} 项的类别").format(n=number))
        self.kind.setMinimumWidth(80)
        self.listed = MoneyEdit(tr("原价"))
        self.listed.setAccessibleName(tr("第 {n} 项的原价").format(n=number))
        self.listed.setMinimumWidth(80)
        self.kind_field, self.field = Field(self.kind), Field(self.listed)
        self.pays = label("", "subheading")
        self.pays.setWordWrap(False)
        self.pays.setMinimumWidth(9 * GAP)
        self.why = label("", "muted")
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self.kind_field, 3)
        top.addWidget(self.field, 3)
        top.addWidget(self.pays, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self.why)
        self.kind.currentIndexChanged.connect(self._edited)
        self.listed.textEdited.connect(self._edited)
        self.listed.returnPressed.connect(self.submitted)
        self.show_price(None)

    def line(self) -> BillLine | None:
        """The line of the bill; None while class or price are missing."""
        fen = self.listed.fen_or_none()
        if not fen or not self.kind.value():
            return None
        return BillLine(self.kind.value(), "", fen)

    def is_empty(self) -> bool:
        """Whether nothing was chosen or typed here."""
        return not self.kind.value() and not self.listed.value()

    def refuse_half(self) -> bool:
        """Say what a line that was begun lacks; answers whether it lacks something."""
        self.clear_error()
        if self.is_empty() or self.line() is not None:
            return False
        if self.listed.fen_or_none():
            self.kind_field.refuse(tr("选类别"))
        else:
            self.field.refuse(tr("填写原价"))
        return True

    def clear(self) -> None:
        """An empty row, without telling."""
        self.kind.blockSignals(True)
        self.kind.setCurrentIndex(0)
        self.kind.blockSignals(False)
        self.listed.setText("")
        self.clear_error()
        self.show_price(None)

    def clear_error(self) -> None:
        """Forget the refusal."""
        self.kind_field.clear_error()
        self.field.clear_error()

    def show_price(self, found: QuotedLine | None) -> None:
        """What the member pays, and why; what was not used is in the tooltip."""
        self.pays.setText("" if found is None else f"→ ¥{yuan(found.pay_fen)}")
        parts = () if found is None else (found.why, found.rounding)
        self.why.setText(tr("；").join(part for part in parts if part))
        self.why.setVisible(found is not None)
        self.why.setToolTip("\n".join(found.unused) if found else "")

    def _edited(self, *_: object) -> None:
        self.clear_error()
        self.changed.emit()


class LineRows(QWidget):
    """Always one empty row more than was filled."""

    changed = Signal()
    submitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[LineRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP // 2)
        self._grow()
        self.setFocusProxy(self.rows[0].kind)

    def lines(self) -> tuple[BillLine, ...]:
        """The lines that are whole."""
        found = (row.line() for row in self.rows)
        return tuple(line for line in found if line is not None)

    def refuse_half(self) -> bool:
        """Whether a line was begun and not ended; says which."""
        return any(row.refuse_half() for row in self.rows)

    def clear(self) -> None:
        """No lines."""
        for row in self.rows:
            row.clear()
        for row in self.rows[1:]:
            row.hide()

    def begin(self, item_class: str) -> None:
        """An item is known: its price is typed next."""
        self.rows[0].kind.choose(item_class)
        self.rows[0].listed.setFocus()

    def show_quote(self, quote: Quote | None) -> None:
        """The price of each whole line."""
        whole = [row for row in self.rows if row.line() is not None]
        priced: dict[LineRow, Any] = {}
        if quote is not None:
            priced = dict(zip(whole, quote.lines, strict=True))
        for row in self.rows:
            row.show_price(priced.get(row))

    def _grow(self) -> None:
        row = LineRow(len(self.rows) + 1)
        row.changed.connect(self._edited)
        row.submitted.connect(self.submitted)
        self.rows.append(row)
        self._column.addWidget(row)
        if len(self.rows) > 1:
            self.setTabOrder(self.rows[-2].listed, row.kind)
        self.setTabOrder(row.kind, row.listed)

    def _edited(self) -> None:
        filled = max((n for n, row in enumerate(self.rows) if not row.is_empty()), default=-1)
        if filled == len(self.rows) - 1 < MOST - 1:
            self._grow()
        for number, row in enumerate(self.rows):
            row.setVisible(number <= filled + 1)
        self.changed.emit()
