"""Which of today's calls are shown: whose, of which kind, overdue only."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QWidget

from services.followups.call_order import Wanted
from services.followups.plans import plan_titles
from services.followups.tasks import MANUAL
from services.i18n import tr
from services.rights import ROLES, role_title
from ui.context import UiContext
from ui.forms import ChoiceBox, plain
from ui.theme import GAP

EVERYBODY, MINE, NOBODY = "", "mine", "nobody"


class CallFilter(QWidget):
    """Two choices and a box in one row; `changed` when another list is wanted."""

    changed = Signal()

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        self.whose = ChoiceBox(
            [
                (EVERYBODY, tr("全部")),
                (MINE, tr("我的")),
                (NOBODY, tr("未分派")),
                *((role, tr("{post}的").format(post=role_title(role))) for role in ROLES),
            ]
        )
        self.kind = ChoiceBox([("", tr("全部类型"))])
        self.overdue = QCheckBox(tr("只看过期(&V)"))
        self.overdue.setShortcut(QKeySequence())  # a key of its own acts at once, as `key_button`
        QShortcut(QKeySequence("Alt+V"), self.overdue).activated.connect(self.overdue.toggle)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for words, control in ((tr("谁的(&O)"), self.whose), (tr("类型(&Y)"), self.kind)):
            word = QLabel(words)
            word.setBuddy(control)
            control.setAccessibleName(plain(words))
            row.addWidget(word)
            row.addWidget(control, 1)
        row.addWidget(self.overdue)
        for box in (self.whose, self.kind):
            box.activated.connect(self._chosen)
        self.overdue.toggled.connect(self._chosen)

    def offer_kinds(self, due: Iterable[str]) -> None:
        """These rules have a call due today; the chosen one stays, due or not."""
        titles = plan_titles(self._context.db) | {MANUAL: tr("约定的事")}
        rules = dict.fromkeys((*due, *filter(None, (self.kind.value(),))))
        self.kind.set_choices(
            [("", tr("全部类型")), *((rule, titles.get(rule, rule)) for rule in rules)]
        )

    def wanted(self) -> Wanted:
        """What is chosen."""
        whose = self.whose.value()
        session = self._context.signed_in.session
        own = session.actor.id if session is not None else None
        return Wanted(
            staff_id=own if whose == MINE else None,
            unassigned=whose == NOBODY,
            rule=self.kind.value(),
            post=whose if whose in ROLES else "",
            overdue=self.overdue.isChecked(),
        )

    @property
    def narrowed(self) -> bool:
        """Whether some calls are left out."""
        return self.wanted() != Wanted()

    def _chosen(self, *_: object) -> None:
        self.changed.emit()
