"""The conditions of a group as lines, and brackets of lines that are judged together (R174)."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from services.errors import RuleError
from services.groups.draft import Bracket, Draft, Line
from services.i18n import tr
from ui.forms import ChoiceBox, button, label
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox, key_button, shortcut
from ui.widgets.group_kinds import Kinds
from ui.widgets.group_values import ValueEdit

_YES_NO = 10 * GAP
_KIND = 17 * GAP


def _yes_no() -> ChoiceBox:
    made = ChoiceBox([(False, tr("是")), (True, tr("不是"))])
    made.setFixedWidth(_YES_NO)
    made.setAccessibleName(tr("是或不是"))
    return made


class LineEdit(QWidget):
    """One condition: is or is not, of which kind, which value."""

    changed = Signal()
    removed = Signal(object)

    def __init__(self, kinds: Kinds, line: Line | None = None) -> None:
        super().__init__()
        self._kinds = kinds
        self.negated = _yes_no()
        self.kind = LetterBox(kinds.choices())
        self.kind.setFixedWidth(_KIND)
        self.kind.setAccessibleName(tr("条件"))
        self.error = label("", "error")
        self.error.hide()
        self.value: ValueEdit | None = None
        self._row = QHBoxLayout()
        self._row.setSpacing(GAP // 2)
        for each in (self.negated, self.kind):
            self._row.addWidget(each)
        self._remove = button(tr("去掉"), "link", tr("去掉这个条件 (Ctrl+Delete)"))
        self._remove.setAccessibleName(tr("去掉这个条件"))
        self._row.addWidget(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._row)
        column.addWidget(self.error)
        if line is not None:
            self.negated.choose(line.negated)
            self.kind.choose(kinds.name_of(line.condition))
        self._turn()
        if line is not None and self.value is not None:
            self.value.fill(line.condition)
        self.negated.currentIndexChanged.connect(self._tell)
        self.kind.currentIndexChanged.connect(self._turn)
        self._remove.clicked.connect(self._gone)
        shortcut(self, "Ctrl+Del", self._gone)

    def line(self) -> Line:
        """What stands there. Raises RuleError for what is not filled in."""
        assert self.value is not None
        return Line(self.value.condition(), bool(self.negated.value()))

    def say(self, sentence: str) -> None:
        """What is wrong with it; '' when nothing is."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def _turn(self, *_: object) -> None:
        """Another kind has another value."""
        old, self.value = self.value, self._kinds.edit(str(self.kind.value()))
        self._row.insertWidget(2, self.value, 1)
        self.setTabOrder(self.kind, self.value)
        if old is not None:
            old.hide()
            old.deleteLater()
        self.value.changed.connect(self._tell)
        self._tell()

    def _tell(self, *_: object) -> None:
        self.changed.emit()

    def _gone(self, *_: object) -> None:
        self.removed.emit(self)


class _Block(QWidget):
    """Lines below each other, with a way to add one."""

    changed = Signal()

    def __init__(self, kinds: Kinds) -> None:
        super().__init__()
        self._kinds = kinds
        self.items: list[QWidget] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(GAP)

    def add_line(self, line: Line | None = None) -> LineEdit:
        """One more condition."""
        made = LineEdit(self._kinds, line)
        made.changed.connect(self.changed)
        self.put(made, made.removed)
        return made

    def put(self, item: QWidget, removed: object) -> None:
        """Show an item at the end."""
        removed.connect(self.remove)  # type: ignore[attr-defined]
        self.column.insertWidget(len(self.items), item)
        self.items.append(item)
        self.changed.emit()

    def remove(self, item: QWidget) -> None:
        """Take an item away; the keyboard goes to the one that takes its place."""
        number = self.items.index(item)
        self.items.remove(item)
        item.hide()
        item.deleteLater()
        if self.items:
            _first(self.items[min(number, len(self.items) - 1)]).setFocus()
        self.changed.emit()

    def clear(self) -> None:
        """No item."""
        for item in self.items:
            item.hide()
            item.deleteLater()
        self.items.clear()

    def lines(self) -> tuple[Line, ...]:
        """The lines that stand here. Raises RuleError."""
        return tuple(each for each in self.read() if isinstance(each, Line))

    def read(self) -> tuple[Line | Bracket, ...]:
        """Everything that stands here; what is wrong is said where it stands. Raises RuleError."""
        found: list[Line | Bracket] = []
        wrong = ""
        for item in self.items:
            try:
                found.append(_read(item))
            except RuleError as refused:
                wrong = wrong or refused.sentence
        if wrong:
            raise RuleError(wrong)
        return tuple(found)


def _first(item: QWidget) -> QWidget:
    return item.kind if isinstance(item, LineEdit) else item


class BracketEdit(QFrame):
    """Lines that are judged together."""

    changed = Signal()
    removed = Signal(object)

    def __init__(self, kinds: Kinds, bracket: Bracket | None = None) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(tr("括号"))
        self.negated = _yes_no()
        self.joint = ChoiceBox([("any", tr("满足下面任一条")), ("all", tr("下面全部满足"))])
        self.joint.setAccessibleName(tr("括号里怎么算"))
        self.joint.setFixedWidth(21 * GAP)
        self.block = _Block(kinds)
        add = button(tr("+ 括号里加条件"), "link")
        remove = button(tr("去掉括号"), "link")
        head = QHBoxLayout()
        head.setSpacing(GAP // 2)
        for each in (self.negated, self.joint):
            head.addWidget(each)
        head.addStretch(1)
        head.addWidget(add)
        head.addWidget(remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self.block)
        if bracket is not None:
            self.negated.choose(bracket.negated)
            self.joint.choose(bracket.joint)
        for line in bracket.lines if bracket is not None else (None, None):
            self.block.add_line(line)
        for box in (self.negated, self.joint):
            box.currentIndexChanged.connect(self._tell)
        self.block.changed.connect(self._tell)
        add.clicked.connect(self._add)
        remove.clicked.connect(self._gone)

    def bracket(self) -> Bracket:
        """What stands in it. Raises RuleError."""
        return Bracket(self.joint.value(), self.block.lines(), bool(self.negated.value()))

    def _add(self, *_: object) -> None:
        self.block.add_line().kind.setFocus()

    def _tell(self, *_: object) -> None:
        self.changed.emit()

    def _gone(self, *_: object) -> None:
        self.removed.emit(self)


class ConditionsEdit(QWidget):
    """Alt+A adds a condition, Alt+B a bracket, Ctrl+Delete takes the one under the keyboard away.

    `changed` comes after everything that may change who is found.
    """

    changed = Signal()

    def __init__(self, kinds: Kinds) -> None:
        super().__init__()
        self._kinds = kinds
        self.joint = ChoiceBox([("all", tr("全部满足(并且)")), ("any", tr("满足任一条(或者)"))])
        self.joint.setAccessibleName(tr("这些条件怎么算"))
        self.joint.setFixedWidth(22 * GAP)
        self.block = _Block(kinds)
        self.add_button = key_button(tr("加条件(&A)"))
        self.bracket_button = key_button(tr("加括号(&B)"), tip=tr("括号里的条件先合在一起算"))
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(label(tr("这些条件")))
        head.addWidget(self.joint)
        head.addStretch(1)
        head.addWidget(self.add_button)
        head.addWidget(self.bracket_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(self.block)
        column.addStretch(1)
        self.joint.currentIndexChanged.connect(self._tell)
        self.block.changed.connect(self._tell)
        self.add_button.clicked.connect(self._add)
        self.bracket_button.clicked.connect(self._bracket)

    def show_draft(self, draft: Draft | None) -> None:
        """Show these conditions; None is one empty line."""
        self.block.clear()
        self.joint.choose(draft.joint if draft is not None else "all")
        for item in draft.items if draft is not None else (None,):
            if isinstance(item, Bracket):
                self._put_bracket(item)
            else:
                self.block.add_line(item)

    def draft(self) -> Draft:
        """What stands there; what is wrong is said where it stands. Raises RuleError."""
        return Draft(self.joint.value(), self.block.read())

    def _add(self, *_: object) -> None:
        made = self.block.add_line()
        QTimer.singleShot(0, made.kind.setFocus)

    def _bracket(self, *_: object) -> None:
        made = self._put_bracket(None)
        QTimer.singleShot(0, made.joint.setFocus)

    def _put_bracket(self, bracket: Bracket | None) -> BracketEdit:
        made = BracketEdit(self._kinds, bracket)
        made.changed.connect(self.block.changed)
        self.block.put(made, made.removed)
        return made

    def _tell(self, *_: object) -> None:
        self.changed.emit()


def _read(item: QWidget) -> Line | Bracket:
    if isinstance(item, BracketEdit):
        return item.bracket()
    assert isinstance(item, LineEdit)
    try:
        line = item.line()
    except RuleError as refused:
        item.say(refused.sentence)
        raise
    item.say("")
    return line
