"""The editor's main page: the outline, the form of a part, its sentences, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from services.i18n import tr
from services.programmes.fields import path_of, steps_of
from services.programmes.outline import Node, Outline, outline, read_part
from services.programmes.sentences import describe
from ui.context import UiContext
from ui.forms import label
from ui.theme import GAP, role_of
from ui.widgets.gift_kit import key_button, shortcut
from ui.widgets.programme_draft import EditedDraft
from ui.widgets.programme_form import PartForm
from ui.widgets.programme_outline import GapList, OutlineTree
from ui.widgets.programme_text import WARNING, Sentences

_LEFT, _RIGHT = 33 * GAP, 39 * GAP


class EditPage(QWidget):
    """Alt+O outline, Alt+F form, Alt+G the next missing answer; Esc goes one step back."""

    changed = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.draft: EditedDraft | None = None
        self._outline = Outline((), (), ())
        self._node = Node("", "")
        self.tree = OutlineTree()
        self.trail = label("", "subheading")
        self.hint = label("", "muted")
        self.form = PartForm()
        self.sentences = Sentences(tr("这一部分念出来"))
        self.gap_title = label("", "subheading")
        self.gaps = GapList()
        self.next_gap = key_button(tr("下一处待填(&G)"))
        self.add_button = key_button(tr("添加(&A)"))
        self.copy_button = key_button(tr("复制(&C)"))
        self.up_button = key_button(tr("上移(&U)"))
        self.down_button = key_button(tr("下移(&J)"))
        self.remove_button = key_button(tr("删除(&D)"), "danger")
        self._lay_out()
        self._wire()

    def _lay_out(self) -> None:
        parts = QLabel(tr("各部分(&O)"))
        parts.setBuddy(self.tree)
        self.tree.setFixedWidth(_LEFT)
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(parts)
        left.addWidget(self.tree, 1)
        middle = QVBoxLayout()
        middle.setSpacing(GAP)
        for widget in (self.trail, self.hint):
            middle.addWidget(widget)
        acts = QHBoxLayout()
        acts.setSpacing(GAP // 2)
        for made in self._acts():
            acts.addWidget(made)
        acts.addStretch(1)
        middle.addLayout(acts)
        middle.addWidget(self.form, 1)
        side = QWidget()
        side.setFixedWidth(_RIGHT)
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(GAP)
        right.addWidget(self.sentences, 3)
        head = QHBoxLayout()
        head.addWidget(self.gap_title, 1)
        head.addWidget(self.next_gap)
        right.addLayout(head)
        right.addWidget(self.gaps, 2)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left)
        row.addLayout(middle, 1)
        row.addWidget(side)

    def _acts(self) -> tuple[QPushButton, ...]:
        return (
            self.add_button,
            self.copy_button,
            self.up_button,
            self.down_button,
            self.remove_button,
        )

    def _wire(self) -> None:
        self.tree.chosen.connect(self.go)
        self.tree.entered.connect(self.form.start)
        self.form.wanted.connect(self._into)
        self.gaps.wanted.connect(self.fill_in)
        self.next_gap.clicked.connect(self._to_next_gap)
        self.add_button.clicked.connect(self.add)
        self.copy_button.clicked.connect(self.duplicate)
        self.up_button.clicked.connect(partial(self.shift, -1))
        self.down_button.clicked.connect(partial(self.shift, 1))
        self.remove_button.clicked.connect(self.remove)
        shortcut(self.tree, "Ins", self.add)
        shortcut(self.tree, "Del", self.remove)
        shortcut(self, "Alt+F", self.form.start)
        shortcut(self, "Ctrl+Z", self.undo)

    # --- showing ---

    def open(self, draft: EditedDraft) -> None:
        """Another draft, from its beginning."""
        self.draft = draft
        draft.changed.connect(self.refresh)
        self._outline = outline(draft.programme)
        self._node = self._outline.nodes[0]
        self.tree.close_all()
        self.tree.show_outline(self._outline)
        self.tree.go(self._node.place)
        self._show_part()
        self.refresh()
        self.tree.setFocus()

    def refresh(self) -> None:
        """Everything beside the form follows what is typed into it."""
        assert self.draft is not None
        self._outline = outline(self.draft.programme)
        self.tree.show_outline(self._outline)
        node = self._outline.node(self._node.place)
        if node is not None:
            self._node = node
            self.form.refresh(node, self._outline)
            self._read_aloud()
        self._show_gaps()
        self.changed.emit()

    def _show_part(self) -> None:
        assert self.draft is not None
        node = self._node
        trail = self._outline.trail(node.place)
        self.trail.setText(tr(" › ").join(each.label for each in trail))
        absent = tr("这个方案没有这一部分。") if node.absent else ""
        self.hint.setText(node.hint + absent)
        self.hint.setVisible(bool(self.hint.text()))
        self.form.show_part(self.draft, node, self._outline)
        removable = node.item or self._is_optional(node)
        self.add_button.setVisible(bool(node.grows) or node.absent)
        self.remove_button.setVisible(removable and not node.absent)
        for made in (self.copy_button, self.up_button, self.down_button):
            made.setVisible(node.item)
        self.sentences.to_top()

    @staticmethod
    def _is_optional(node: Node) -> bool:
        return node.place == "referral"

    def _read_aloud(self) -> None:
        assert self.draft is not None
        trail = self._outline.trail(self._node.place)
        self.trail.setText(tr(" › ").join(each.label for each in trail))
        found = read_part(describe(self.draft.programme), trail)
        self.sentences.show_sections(found, tr("这一部分没有要说的。"))

    def _show_gaps(self) -> None:
        gaps = self._outline.gaps
        self.gaps.show_gaps(gaps)
        self.gaps.setVisible(bool(gaps))
        if gaps:
            words = tr("{sign} 还缺 {n} 项").format(sign=WARNING, n=len(gaps))
        else:
            words = tr("✓ 没有缺的，可以签署")
        self.gap_title.setText(words)
        role_of(self.gap_title, "warning" if gaps else "success")

    # --- moving about ---

    def go(self, place: str) -> None:
        """Show a part; not before what was typed could be taken."""
        if not self.form.settle():
            self.tree.go(self._node.place)
            return
        node = self._outline.node(place)
        if node is None:
            return
        self._node = node
        self.tree.go(place)
        self._show_part()
        self._read_aloud()

    def fill_in(self, path: str) -> None:
        """Put the keyboard where an answer is missing."""
        found = (
            owner
            for gap, owner in zip(self._outline.gaps, self._outline.owners, strict=True)
            if gap.path == path
        )
        place = next(found, path)
        if not self.form.settle():
            return
        if place != self._node.place:
            self.go(place)
        self.form.start(path)

    def back(self) -> bool:
        """Esc: take back what may not stand, then to the outline; answers whether it did."""
        if self.form.restore():
            return True
        if not self.tree.hasFocus():
            self.tree.setFocus()
            return True
        return False

    def to_gaps(self) -> None:
        """Where the list of what is missing begins."""
        self.gaps.setFocus()

    def _to_next_gap(self) -> None:
        """The missing answer under the cursor of the list, or the one after the field in hand."""
        if not self._outline.gaps:
            self._context.alerts.banner(tr("没有缺的了。按“签署”就可以签。"), "success")
            return
        row = max(self.gaps.currentRow(), 0)
        if self.form.current_path() == self.gaps.path(row):
            row = (row + 1) % max(self.gaps.count(), 1)
            self.gaps.setCurrentRow(row)
        if row < self.gaps.count():
            self.fill_in(self.gaps.path(row))

    def _into(self, place: str) -> None:
        self.go(place)
        self.form.start()

    # --- changing the outline ---

    def add(self) -> None:
        """Another item of the list, or the part that was left out; ready to be filled in."""
        node = self._node
        if node.absent:
            self._change(lambda draft: draft.include(node.place))
        elif node.grows:
            self._change(lambda draft: draft.add(node.grows))
        self.form.start()

    def duplicate(self) -> None:
        """A copy of the item behind it."""
        if self._node.item:
            self._change(lambda draft: draft.duplicate(self._node.place))

    def shift(self, by: int, *_: object) -> None:
        """The item one place up or down."""
        if self._node.item:
            self._change(lambda draft: draft.move(self._node.place, by))

    def remove(self) -> None:
        """The item away; it can be taken back."""
        node = self._node
        if node.item:
            done = self._change(lambda draft: draft.remove(node.place))
        elif self._is_optional(node) and not node.absent:
            done = self._change(lambda draft: draft.leave_out(node.place))
        else:
            return
        if done:
            self.tree.setFocus()
            words = tr("已删除“{what}”。按 Ctrl+Z 取回来。").format(what=node.label)
            self._context.alerts.banner(words, "info")

    def undo(self) -> None:
        """Take the last change back and show where it was."""
        if self.draft is None:
            return
        self.form.restore()
        place = self.draft.undo()
        if place is None:
            self._context.alerts.banner(tr("没有可以撤回的改动。"), "info")
            return
        self.go(self._nearest(place))

    def _change(self, call: Callable[[EditedDraft], str]) -> bool:
        """Change what the outline shows and go there; answers whether it was possible."""
        if self.draft is None or not self.form.settle():
            return False
        place = self._context.alerts.run(call, self.draft)
        if place is None:
            return False
        self.go(place)
        return True

    def _nearest(self, place: str) -> str:
        """The part that a place stands in, as far as there still is one."""
        for node in self._outline.walk():
            if any(field.path == place for field in node.fields):
                return node.place
        steps = steps_of(place)
        while steps:
            if self._outline.node(path_of(steps)) is not None:
                return path_of(steps)
            steps = steps[:-1]
        return self._outline.nodes[0].place
