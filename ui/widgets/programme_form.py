"""The form of one part of a programme, made from its fields; a list shows what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import Programme
from services.programmes.editing import value_at
from services.programmes.field_rules import shown
from services.programmes.fields import FormField, path_of, steps_of
from services.programmes.outline import Node, Outline, summary
from ui.forms import Field, Form, label
from ui.theme import GAP, role_of
from ui.widgets.enter_key import enter_presses
from ui.widgets.gift_kit import key_button
from ui.widgets.programme_draft import EditedDraft
from ui.widgets.programme_fields import Control, LinesEdit, PairEdit, control_for
from ui.widgets.programme_text import WARNING

_INNER = ("part", "parts", "pairs")
_LEAST = 12 * GAP
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Link(QPushButton):
    """A way into another part; a text too long for its room ends in dots and stands in the tip."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._whole = ""
        self.setAutoDefault(False)
        enter_presses(self)
        role_of(self, "link")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.say(text)

    def sizeHint(self) -> QSize:
        return QSize(_LEAST, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def say(self, text: str) -> None:
        """Another text."""
        self._whole = text
        self.setToolTip(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 4 * GAP
        line = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setText(line.replace("&", "&&") + " ›")


class _Rows(Form):
    def mark(self, field: Field, words: str, missing: bool) -> None:
        """A missing answer is marked at its label, by a sign."""
        found = self._layout.labelForField(field).findChild(QLabel)
        assert isinstance(found, QLabel)
        marked = f"{WARNING} {words}" if missing else words
        if found.text() != marked:
            found.setText(marked)
            role_of(found, "warning" if missing else "")


@dataclass
class _Row:
    field: FormField
    place: Field
    control: Control | Link | QLabel
    wrong: str = ""


class PartForm(QWidget):
    """Shows a part of the draft and writes into it while somebody types.

    What may not stand in a field stays in it, with the reason, until it is mended or taken back
    (Esc); `settle` says whether there is any such field.
    """

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._draft: EditedDraft | None = None
        self._node = Node("", "")
        self._rows: dict[str, _Row] = {}
        self._form = _Rows()
        self._everything = False
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.viewport().setAutoFillBackground(False)
        self.more = key_button(tr("显示不常用的(&M)"))
        self.more.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.more.clicked.connect(self._toggle)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._area, 1)
        column.addWidget(self.more)

    # --- showing ---

    def show_part(self, draft: EditedDraft, node: Node, found: Outline) -> None:
        """Another part of a draft."""
        self._draft, self._node = draft, node
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(2, 2, GAP, 2)
        column.setSpacing(GAP)
        self._rows, self._form = {}, _Rows()
        if node.fields:
            column.addWidget(self._form)
            for field in node.fields:
                self._add(field)
        elif node.grows:
            self._add_items(column, node)
        column.addStretch(1)
        old = self._area.takeWidget()
        if old is not None:  # this may be its own button's doing: it goes a little later
            old.setParent(self)
            old.hide()
            old.deleteLater()
        self._area.setWidget(inside)
        inside.setAutoFillBackground(False)
        self.refresh(node, found)

    def refresh(self, node: Node, found: Outline) -> None:
        """The same part after a change: values, what is missing, which rows matter."""
        assert self._draft is not None
        if list(self._rows) != [field.path for field in node.fields]:
            return  # the part became another one; it is shown anew
        self._node = node
        programme = self._draft.programme
        gaps = {gap.path for gap in found.gaps}
        hidden = 0
        for path, row in self._rows.items():
            self._fill(row, programme)
            self._form.mark(row.place, row.field.label, path in gaps)
            visible = self._visible(row.field, programme, everything=self._everything)
            hidden += self._visible(row.field, programme, everything=True) and not visible
            self._form.show_row(row.place, visible)
        self.more.setVisible(bool(hidden) or (self._everything and bool(self._rows)))
        words = tr("显示不常用的 {n} 项(&M)").format(n=hidden)
        self._name_more(words if not self._everything else tr("只显示常用的(&M)"))

    def _name_more(self, words: str) -> None:
        shortcut = self.more.shortcut()
        self.more.setText(words)
        self.more.setShortcut(shortcut)  # the letter is answered by `key_button`

    def _visible(self, field: FormField, programme: Programme, *, everything: bool) -> bool:
        if field.kind == "pair":
            return True
        if field.fixed:
            return everything and field.name != "rank"
        owner = value_at(programme, path_of(steps_of(field.path)[:-1]))
        return shown(owner, field.name, everything=everything)

    def _add(self, field: FormField) -> None:
        control: Control | Link | QLabel
        if field.kind in _INNER:
            control = Link("")
            control.clicked.connect(partial(self.wanted.emit, field.path))
        elif field.fixed:
            control = label("", "muted")
        else:
            control = control_for(field)
        below = field.kind in ("choice", "yes_no", "days", "colour") or bool(field.choices)
        place = self._form.add(field.label, control, field.help if below else "")
        control.setAccessibleDescription(field.help)
        row = self._rows[field.path] = _Row(field, place, control)
        if not isinstance(control, (Link, QLabel)):
            control.typed.connect(partial(self._typed, row))
            if isinstance(control, (QLineEdit, PairEdit)):
                control.editingFinished.connect(partial(self._left, row))

    def _add_items(self, column: QVBoxLayout, node: Node) -> None:
        for child in node.children:
            link = Link(child.label)
            link.setAccessibleName(child.label)
            link.clicked.connect(partial(self.wanted.emit, child.place))
            column.addWidget(link)
        if not node.children:
            column.addWidget(label(tr("还没有。按“添加”加一条。"), "muted"))

    def _fill(self, row: _Row, programme: Programme) -> None:
        value = value_at(programme, row.field.path)
        if isinstance(row.control, Link):
            row.control.say(summary(value))
            row.control.setAccessibleName(f"{row.field.label} {summary(value)}")
        elif isinstance(row.control, QLabel):
            row.control.setText(str(value))
        elif not row.wrong and self._differs(row.control, value):
            row.control.show_value(value)

    @staticmethod
    def _differs(control: Control, value: Any) -> bool:
        """A field that says the value already keeps its cursor."""
        try:
            return bool(control.value() != value)
        except RuleError:
            return True

    # --- typing ---

    def _typed(self, row: _Row, *_: object) -> None:
        assert self._draft is not None
        assert not isinstance(row.control, (Link, QLabel))
        row.place.clear_error()
        try:
            value = row.control.value()
            row.wrong = ""
            self._draft.set(row.field.path, value)
        except RuleError as refused:
            row.wrong = refused.sentence

    def _left(self, row: _Row) -> None:
        """A number half typed is no mistake; one that is left behind is."""
        if row.wrong:
            row.place.mark_wrong(row.wrong)

    def settle(self) -> bool:
        """Whether all that was typed could be taken; the first field that could not gets the
        keyboard."""
        for row in self._rows.values():
            if row.wrong:
                row.place.refuse(row.wrong)
                self._area.ensureWidgetVisible(row.place)
                return False
        return True

    def restore(self) -> bool:
        """Take back what could not be taken; answers whether there was anything."""
        assert self._draft is not None
        wrong = [row for row in self._rows.values() if row.wrong]
        for row in wrong:
            row.wrong = ""
            row.place.clear_error()
            self._fill(row, self._draft.programme)
        return bool(wrong)

    # --- the keyboard ---

    def start(self, path: str = "") -> None:
        """Put the keyboard into a field; into the first one without a path."""
        row = self._rows.get(path)
        if row is not None and not row.place.isVisibleTo(self):
            self._everything = True
            self._form.show_row(row.place, True)
        if row is None:
            first = (each for each in self._rows.values() if each.place.isVisibleTo(self))
            row = next(first, None)
        target: QWidget | None = row.control if row is not None else self._first_link()
        if target is None:
            return
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if hasattr(target, "selectAll") and not isinstance(target, LinesEdit):
            target.selectAll()
        self._area.ensureWidgetVisible(row.place if row is not None else target)

    def _first_link(self) -> QWidget | None:
        inside = self._area.widget()
        return inside.findChild(Link) if inside is not None else None

    def current_path(self) -> str:
        """The field that has the keyboard; '' for none."""
        focus = QApplication.focusWidget()
        for path, row in self._rows.items():
            if focus is not None and (row.control is focus or row.control.isAncestorOf(focus)):
                return path
        return ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            if self.settle():
                self.focusNextChild()  # Enter goes on to the next field
        else:
            super().keyPressEvent(event)

    def _toggle(self) -> None:
        self._everything = not self._everything
        assert self._draft is not None
        self.wanted.emit(self._node.place)
