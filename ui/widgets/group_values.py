"""What a condition of a group is filled in with: a choice, a span, months, days, a doctor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from services.errors import RuleError
from services.groups import rule as r
from services.groups.offers import Offer
from services.groups.reading import part_title
from services.i18n import tr
from ui.forms import ChoiceBox, DateEdit, MoneyEdit, TextEdit
from ui.theme import GAP
from ui.widgets.gift_kit import CountEdit, LetterBox

_NARROW = 8 * GAP


class ValueEdit(QWidget):
    """`condition()` answers what was chosen; `fill` shows one."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP // 2)

    def condition(self) -> r.Condition:
        """What was chosen. Raises RuleError for what is not filled in."""
        raise NotImplementedError

    def fill(self, condition: Any) -> None:
        """Show a condition of this kind."""
        raise NotImplementedError

    def _put(self, control: QWidget, name: str, width: int = 0, stretch: int = 0) -> None:
        control.setAccessibleName(name)
        if width:
            control.setFixedWidth(width)
        self._row.addWidget(control, stretch)
        if isinstance(control, ChoiceBox):
            control.currentIndexChanged.connect(self._tell)
        elif isinstance(control, TextEdit):
            control.textChanged.connect(self._tell)

    def _say(self, words: str) -> None:
        self._row.addWidget(QLabel(words))

    def _tell(self, *_: object) -> None:
        self.changed.emit()

    def _months(self) -> CountEdit:
        """In the last so many months; left empty it means ever."""
        months = CountEdit(tr("不限"))
        self._say(tr("最近"))
        self._put(months, tr("最近几个月"), _NARROW)
        self._say(tr("个月"))
        return months


def _count(edit: CountEdit) -> int | None:
    return edit.count() if edit.value() else None


class PickEdit(ValueEdit):
    """One of several conditions; `months`: it may be asked of the last months only."""

    def __init__(
        self, offers: Sequence[Offer], words: Callable[[r.Rule], str], *, months: bool = False
    ) -> None:
        super().__init__()
        self._words = words
        self.box = LetterBox([(r.to_json(each), title) for each, title in offers])
        self._put(self.box, tr("选哪一个"), stretch=1)
        self.months = self._months() if months else None

    def condition(self) -> r.Condition:
        chosen = self.box.value()
        if chosen is None:
            raise RuleError(tr("这一项还没有可选的，请先去掉这个条件。"))
        picked: Any = r.from_json(chosen)
        months = _count(self.months) if self.months is not None else None
        return msgspec.structs.replace(picked, months=months) if months else picked

    def fill(self, condition: Any) -> None:
        if self.months is not None:
            self.months.setText(str(condition.months) if condition.months else "")
            condition = msgspec.structs.replace(condition, months=0)
        text = r.to_json(condition)
        if self.box.findData(text) < 0:  # no longer offered, but still asked for
            self.box.addItem(self._words(condition), text)
        self.box.choose(text)


class SpanEdit(ValueEdit):
    """From and to, either may stay open."""

    def __init__(self, kind: type[Any], unit: str, *, months: bool = False) -> None:
        super().__init__()
        self._kind = kind
        self.months = self._months() if months else None
        self.least, self.most = CountEdit(tr("不限")), CountEdit(tr("不限"))
        self._put(self.least, tr("从多少"), _NARROW)
        self._say(tr("到"))
        self._put(self.most, tr("到多少"), _NARROW)
        self._say(unit)
        self._row.addStretch(1)

    def condition(self) -> r.Condition:
        values: dict[str, int | None] = {"least": _count(self.least), "most": _count(self.most)}
        if self.months is not None:
            values["months"] = _count(self.months) or 0
        made: r.Condition = self._kind(**values)
        return made

    def fill(self, condition: Any) -> None:
        for edit, value in ((self.least, condition.least), (self.most, condition.most)):
            edit.setText("" if value is None else str(value))
        if self.months is not None:
            self.months.setText(str(condition.months) if condition.months else "")


class SpentEdit(ValueEdit):
    """From and to in yuan, in the last months or in all."""

    def __init__(self) -> None:
        super().__init__()
        self.months = self._months()
        self.least, self.most = MoneyEdit(tr("不限")), MoneyEdit(tr("不限"))
        self._put(self.least, tr("从多少元"), 11 * GAP)
        self._say(tr("到"))
        self._put(self.most, tr("到多少元"), 11 * GAP)
        self._say(tr("元"))
        self._row.addStretch(1)

    def condition(self) -> r.Condition:
        least, most = (each.fen() if each.value() else None for each in (self.least, self.most))
        return r.Spent(least, most, _count(self.months) or 0)

    def fill(self, condition: Any) -> None:
        ends = ((self.least, condition.least_fen), (self.most, condition.most_fen))
        for edit, fen in ends:
            if fen is None:
                edit.clear()
            else:
                edit.set_fen(fen)
        self.months.setText(str(condition.months) if condition.months else "")


class LivesEdit(ValueEdit):
    """Words of an address."""

    def __init__(self) -> None:
        super().__init__()
        self.how = ChoiceBox([(False, tr("包含")), (True, tr("开头是"))])
        self.words = TextEdit(tr("例如 朝阳区"))
        self._put(self.how, tr("怎么比"), 11 * GAP)
        self._put(self.words, tr("住址里的字"), stretch=1)

    def condition(self) -> r.Condition:
        return r.Lives(self.words.value(), bool(self.how.value()))

    def fill(self, condition: Any) -> None:
        self.how.choose(condition.begins)
        self.words.setText(condition.words)


class AwayEdit(ValueEdit):
    """So many months."""

    def __init__(self) -> None:
        super().__init__()
        self.months = CountEdit(tr("例如 6"))
        self._put(self.months, tr("几个月"), _NARROW)
        self._say(tr("个月没有到诊"))
        self._row.addStretch(1)

    def condition(self) -> r.Condition:
        return r.Away(_count(self.months) or 0)

    def fill(self, condition: Any) -> None:
        self.months.setText(str(condition.months))


class DaysEdit(ValueEdit):
    """Two days, either may stay open."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = DateEdit(tr("不限")), DateEdit(tr("不限"))
        self._put(self.first, tr("从哪天"), 15 * GAP)
        self._say(tr("到"))
        self._put(self.last, tr("到哪天"), 15 * GAP)
        self._row.addStretch(1)

    def condition(self) -> r.Condition:
        return r.LastVisit(self.first.day_or_none() or "", self.last.day_or_none() or "")

    def fill(self, condition: Any) -> None:
        self.first.setText(condition.first)
        self.last.setText(condition.last)


class DoctorEdit(ValueEdit):
    """Which doctor, and as what."""

    def __init__(self, doctors: Sequence[tuple[int, str]]) -> None:
        super().__init__()
        parts: tuple[r.Part, ...] = ("attending", "assistant", "consultant", "seen")
        self.part = ChoiceBox([(part, part_title(part)) for part in parts])
        self.doctor = LetterBox(doctors)
        self._put(self.part, tr("哪一种医生"), 16 * GAP)
        self._put(self.doctor, tr("哪位医生"), stretch=1)

    def condition(self) -> r.Condition:
        if self.doctor.value() is None:
            raise RuleError(tr("还没有登记医生，请先去掉这个条件。"))
        return r.Doctor(self.doctor.value(), self.part.value())

    def fill(self, condition: Any) -> None:
        self.part.choose(condition.part)
        self.doctor.choose(condition.doctor_id)
