"""What pays a part of a receipt beside money: points, and coupons by their number."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from services.errors import RuleError
from services.i18n import tr
from services.loyalty.bill import ALL_POINTS, Bill
from services.loyalty.quotes import Coupon, coupons_of
from services.loyalty.redemption_list import PointsOff, points_off
from services.money import yuan
from ui.context import UiContext
from ui.forms import ChoiceBox, Field, TextEdit, label
from ui.theme import GAP, role_of
from ui.widgets.gift_kit import CountEdit, parse_count

_ALL = ("全部", "全", "all", "qb")


class PointsPart(QWidget):
    """So many points, or 全部; below it what they pay and what is left."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._found: tuple[PointsOff, ...] = ()
        self.points = TextEdit(tr("分数，或“全部”"))
        self.points.setAccessibleName(tr("积分抵现"))
        self.account = ChoiceBox()
        self.account.setAccessibleName(tr("用哪个方案的积分"))
        self.field = Field(self.points)
        self.note = label("", "muted")
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.field, 1)
        row.addWidget(self.account, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.note)
        self.setFocusProxy(self.points)
        self.points.textEdited.connect(self.changed)
        self.points.returnPressed.connect(self.submitted)
        self.account.activated.connect(self.changed)

    def load(self) -> bool:
        """Read the open person's points; answers whether any programme takes points for money."""
        context, person_id = self._context, self._context.person_id
        self._found = ()
        if person_id is not None:
            found = context.alerts.run(points_off, context.db, context.today(), person_id)
            self._found = found or ()
        self.points.setText("")
        self.field.clear_error()
        self.account.set_choices([(each.programme_id, each.name) for each in self._found])
        usable = (each.programme_id for each in self._found if not each.why_not)
        self.account.choose(next(usable, None))
        self.account.setVisible(len(self._found) > 1)
        self.show_bill(None)
        return bool(self._found)

    def programme_id(self) -> int | None:
        """The programme whose points are used."""
        value: int | None = self.account.value()
        return value

    def count(self) -> int:
        """The points typed, `ALL_POINTS` for all, 0 for none. Raises RuleError."""
        text = self.points.value()
        if text.lower() in _ALL:
            return ALL_POINTS
        return parse_count(text) if text else 0

    def count_or_none(self) -> int:
        """The points while typing; 0 while they are no number."""
        try:
            return self.count()
        except RuleError:
            return 0

    def show_bill(self, bill: Bill | None) -> None:
        """What the points pay and what is left of them."""
        wanted = self.programme_id()
        off = next((each for each in self._found if each.programme_id == wanted), None)
        if off is None:
            self.note.setText("")
            return
        if bill is not None and bill.points_problem:
            text, role = bill.points_problem, "warning"
        elif bill is not None and bill.points:
            text = tr("{n} 分抵 ¥{yuan}，还剩 {left} 分").format(
                n=f"{bill.points:,}",
                yuan=yuan(bill.points_fen),
                left=f"{off.available - bill.points:,}",
            )
            role = "muted"
        elif off.why_not:
            text, role = off.why_not, "muted"
        else:
            text = tr("可用 {n} 分，{rate} 分抵 1 元")
            text, role = text.format(n=f"{off.available:,}", rate=off.per_yuan), "muted"
        self.note.setText(text)
        role_of(self.note, role)


@dataclass(frozen=True)
class _Kind:
    """Coupons that are the same to the desk: name, worth and last day."""

    name: str
    value_fen: int
    valid_to: str | None
    pieces: tuple[int, ...]  # the grant of each


def _kinds(coupons: tuple[Coupon, ...]) -> tuple[_Kind, ...]:
    found: dict[tuple[str, int, str | None], list[int]] = {}
    for each in coupons:
        pieces = found.setdefault((each.name, each.value_fen, each.valid_to), [])
        pieces += [each.grant_id] * each.left
    return tuple(_Kind(*what, tuple(pieces)) for what, pieces in found.items())


class CouponPart(QWidget):
    """A line for each kind of coupon: how many of it, its worth, what is left of it."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self._kinds: tuple[_Kind, ...] = ()
        self.counts: list[CountEdit] = []
        self._lines: list[QWidget] = []
        self.note = label("", "warning")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP // 2)
        self._column.addWidget(self.note)

    def load(self) -> bool:
        """Offer the open person's coupons; answers whether there are any."""
        context, person_id = self._context, self._context.person_id
        found: tuple[Coupon, ...] = ()
        if person_id is not None:
            read = context.alerts.run(coupons_of, context.db, context.today(), person_id)
            found = read or ()
        for old in self._lines:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._lines, self.counts = [], []
        self._kinds = _kinds(found)
        for kind in self._kinds:
            self._add(kind)
        self.show_bill(None)
        return bool(found)

    def _add(self, kind: _Kind) -> None:
        count = CountEdit("0")
        count.setFixedWidth(7 * GAP)
        count.setAccessibleName(tr("用几张“{name}”").format(name=kind.name))
        count.textEdited.connect(self.changed)
        count.returnPressed.connect(self.submitted)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(count)
        row.addWidget(label(_kind_words(kind)), 1)
        self._column.insertWidget(len(self._lines), line)
        self._lines.append(line)
        self.counts.append(count)

    def ids(self) -> tuple[int, ...]:
        """The grants to draw from, each as often as it was typed. Raises RuleError."""
        found: list[int] = []
        for kind, edit in zip(self._kinds, self.counts, strict=True):
            wanted = edit.count() if edit.value() else 0
            if wanted > len(kind.pieces):
                sentence = tr("“{name}”只剩 {n} 张。")
                raise RuleError(sentence.format(name=kind.name, n=len(kind.pieces)))
            found += kind.pieces[:wanted]
        return tuple(found)

    def ids_or_none(self) -> tuple[int, ...]:
        """The same while typing; nothing while a number is wrong."""
        try:
            return self.ids()
        except RuleError:
            return ()

    def show_bill(self, bill: Bill | None) -> None:
        """What is wrong with the coupons chosen."""
        self.say("" if bill is None else bill.coupon_problem)

    def say(self, sentence: str) -> None:
        """A sentence below the coupons."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))

    def clear(self) -> None:
        """None is used."""
        for edit in self.counts:
            edit.setText("")

    def is_empty(self) -> bool:
        """Whether no number was typed."""
        return not any(edit.value() for edit in self.counts)

    def start(self) -> None:
        """The keyboard goes to the first coupon."""
        if self.counts:
            self.counts[0].setFocus()


def _kind_words(kind: _Kind) -> str:
    words = tr("{name} ¥{yuan}，剩 {n} 张")
    text = words.format(name=kind.name, yuan=yuan(kind.value_fen), n=len(kind.pieces))
    return text + (tr("，至 {day}").format(day=kind.valid_to) if kind.valid_to else "")
