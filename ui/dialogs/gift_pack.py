"""What is in a gift pack: every single gift with how many of it, Enter goes to the next (R044)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from services.gifts.catalogue import GiftRow, list_gifts
from services.gifts.packs import parts_of, set_parts
from services.i18n import tr
from services.money import yuan
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.widgets.gift_kit import CountEdit, RightNote
from ui.widgets.stock_lines import LineGrid, LineTitle

SIZE = (560, 560)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PackDialog(Dialog):
    """The gifts at the left, their pieces at the right; what is empty is not in the pack."""

    def __init__(self, context: UiContext, parent: QWidget | None, gift: GiftRow) -> None:
        super().__init__(context, parent, tr("礼包内容 · {name}").format(name=gift.name))
        self.take_room(*SIZE)
        self._op = uuid4()
        self._gift = gift
        self.note = RightNote(self.context)
        self.note.check("gift.parts")
        held = {part.gift_id: part.quantity for part in parts_of(context.db, gift.id)}
        others = [row for row in list_gifts(context.db) if not row.pack and row.id != gift.id]
        self._rows = sorted(others, key=lambda row: (row.id not in held, row.code))
        self.grid = LineGrid(tr("礼包内容"), tr("单件成本"), [LineTitle(tr("件数"), 80)])
        self.counts: list[CountEdit] = []
        for row in self._rows:
            count = CountEdit()
            count.setText(str(held[row.id]) if row.id in held else "")
            count.textEdited.connect(self._say_cost)
            self.grid.add_row(f"{row.name} {row.spec}".strip(), f"¥{yuan(row.cost_fen)}", count)
            self.counts.append(count)
        self.grid.close_rows()
        self.cost = label("", "muted")
        words = tr("在礼包里的礼品填件数，其余空着。礼包没有自己的库存，发放时从各件的库存里扣。")
        for widget in (self.note, label(words, "muted")):
            self.body.addWidget(widget)
        self.body.addWidget(self.grid, 1)
        self.body.addWidget(self.cost)
        self.add_buttons(tr("保存(&S)"), tr("取消"))
        self._say_cost()
        self.grid.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.grid.next_row():
            return
        super().keyPressEvent(event)

    def submit(self) -> None:
        """Save; stays open with the reason when refused."""
        result = self.context.alerts.run(self._save)
        if result is None:
            return
        words = tr("“{name}”现在是礼包，有 {n} 种礼品。")
        if not result.parts:
            words = tr("“{name}”现在是单件礼品，请入库后再发放。")
        self.say_done(words.format(name=self._gift.name, n=result.parts))

    def _save(self) -> Any:
        parts = tuple(
            (row.id, count.count())
            for row, count in zip(self._rows, self.counts, strict=True)
            if count.value()
        )
        return set_parts(self.context.session.once(self._op), gift_id=self._gift.id, parts=parts)

    def _say_cost(self, *_: object) -> None:
        pieces = [
            (row.cost_fen, int(count.text()))
            for row, count in zip(self._rows, self.counts, strict=True)
            if count.text().isdecimal()
        ]
        total = sum(cost * count for cost, count in pieces)
        words = tr("共 {n} 件，成本 ¥{cost}。")
        self.cost.setText(words.format(n=sum(count for _, count in pieces), cost=yuan(total)))
