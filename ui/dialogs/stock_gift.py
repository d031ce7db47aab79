"""A gift of the catalogue: new, or changed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from services.errors import RuleError
from services.gifts.catalogue import GiftRow, change_gift, define_gift, list_gifts
from services.i18n import tr
from services.programmes.plan import gift_bands
from services.programmes.registry import main_timeline
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import ChoiceBox, Form, MoneyEdit, TextEdit, button
from ui.widgets.gift_kit import CountEdit, RightNote


class GiftDialog(Dialog):
    """Name, price band and cost; `saved` tells the gift's id."""

    saved = Signal(int)

    def __init__(self, context: UiContext, parent: QWidget | None, gift_id: int | None) -> None:
        super().__init__(context, parent, tr("新礼品") if gift_id is None else tr("修改礼品"))
        self.setMinimumWidth(520)
        self._op = uuid4()
        self._gift = self._load(gift_id)
        self.note = RightNote(self.context)
        self.code, self.name, self.spec = TextEdit(), TextEdit(), TextEdit()
        self.unit = TextEdit()
        self.source = ChoiceBox([("purchased", tr("外购")), ("inhouse", tr("院内产品"))])
        self.band, self.cost = MoneyEdit(), MoneyEdit()
        self.safety = CountEdit()
        self.active = QCheckBox(tr("在用(取消勾选 = 停用)"))
        self._build()
        self._fill()
        self.note.check("gift.define" if gift_id is None else "gift.change")
        self.name.setFocus()

    def _load(self, gift_id: int | None) -> GiftRow | None:
        gifts = list_gifts(self.context.db, everything=True)
        self._count = len(gifts)
        return next((row for row in gifts if row.id == gift_id), None)

    def _build(self) -> None:
        form = Form()
        form.add(tr("名称(&N)"), self.name)
        form.add(tr("价值档(&V)"), self.band, _bands(self.context))
        form.add(tr("成本(&C)"), self.cost, tr("进货价，用于盘亏和成本核算"))
        form.add(tr("安全库存(&S)"), self.safety, tr("两处合计低于这个数就提醒"))
        form.add(tr("编号(&D)"), self.code)
        form.add(tr("规格(&G)"), self.spec)
        form.add(tr("单位(&U)"), self.unit)
        form.add(tr("来源(&O)"), self.source)
        if self._gift is not None:
            form.add(tr("状态"), self.active)
        self.body.addWidget(self.note)
        self.body.addWidget(form)
        self.pack = button(tr("礼包内容(&K)…"))
        self.pack.setVisible(self._gift is not None)
        self.pack.clicked.connect(self._open_pack)
        self.add_buttons(tr("保存"), tr("取消"), left=(self.pack,))

    def _open_pack(self) -> None:
        """What a pack is made of, in a window over this one."""
        from ui.dialogs.gift_pack import PackDialog

        assert self._gift is not None
        PackDialog(self.context, self, self._gift).open()

    def _fill(self) -> None:
        gift = self._gift
        self.active.setChecked(gift is None or gift.active)
        if gift is None:
            self.code.setText(f"G{self._count + 1:02d}")
            self.unit.setText(tr("份"))
            return
        self.code.setText(gift.code)
        self.name.setText(gift.name)
        self.spec.setText(gift.spec)
        self.unit.setText(gift.unit)
        self.source.choose(gift.source)
        self.band.set_fen(gift.band_fen)
        self.cost.set_fen(gift.cost_fen)
        self.safety.setText(str(gift.safety_stock))

    def submit(self) -> None:
        """Save; stays open with the reason when refused."""
        result = self.context.alerts.run(self._save)
        if result is not None:
            self.saved.emit(result.gift_id)
            self.accept()

    def _save(self) -> Any:
        if not self.band.value():
            raise RuleError(tr("请填写价值档(元)，例如 10、50、100、200。"))
        facts: dict[str, Any] = {
            "code": self.code.value(),
            "name": self.name.value(),
            "spec": self.spec.value(),
            "unit": self.unit.value(),
            "source": self.source.value(),
            "band_fen": self.band.fen(),
            "cost_fen": self.cost.fen() if self.cost.value() else 0,
            "safety_stock": self.safety.count() if self.safety.value() else 0,
        }
        session = self.context.session.once(self._op)
        if self._gift is None:
            return define_gift(session, **facts)
        return change_gift(session, gift_id=self._gift.id, active=self.active.isChecked(), **facts)


def _bands(context: UiContext) -> str:
    """The values that the programme promises, so that the gift fits one."""
    programme = main_timeline(context.db).versions[-1].programme
    words = "、".join(str(value) for value in gift_bands(programme))
    return tr("元；现行方案的价值档：{values}").format(values=words) if words else ""
