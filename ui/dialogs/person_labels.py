"""What the clinic's labels say about the open person (R169–R178)."""

from __future__ import annotations

import uuid

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from services.groups.carried import labels_of, put_label, take_label
from services.groups.labels import labels
from services.groups.saved import SEES
from services.i18n import tr
from services.rights import may
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import label
from ui.theme import GAP
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import RightNote
from ui.widgets.label_chips import LabelChips


class PersonLabelsDialog(DeskDialog):
    """Each chip is kept as it is pressed; there is nothing to save."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("标签"))
        self.setFixedWidth(90 * GAP)
        words = tr("空格或回车打上、取下，马上生效；治疗阶段这样的一行只能有一个。")
        self.body.addWidget(label(words, "muted"))
        self.note = RightNote(self.context)
        self.body.addWidget(self.note)
        self.chips = LabelChips()
        self.empty = label(
            tr("还没有标签。请会员管理员在“管理 → 标签”里载入常用标签，或自己建立。"), "muted"
        )
        self.body.addWidget(self.empty)
        self.body.addWidget(scrolling(self.chips, height=40 * GAP), 1)
        self.close_button = self.add_buttons(tr("完成"))
        self.chips.setEnabled(self.note.check("label.put"))
        self.chips.wanted.connect(self._set)
        self.reload()
        first = self.chips.first()
        (self.close_button if first is None else first).setFocus(Qt.FocusReason.TabFocusReason)

    def reload(self) -> None:
        """Read what is offered and what the person carries."""
        db, sees = self.context.db, may(self.context.session.actor.role, SEES)
        carried = {each.label_id for each in labels_of(db, self.person_id, health=sees)}
        every = labels(db, health=sees, everything=True)
        offered = [each for each in every if each.active or each.id in carried]
        self.empty.setVisible(not offered)
        self.chips.show_labels(offered, carried)

    def _set(self, label_id: int, on: bool) -> None:
        session = self.context.session.once(uuid.uuid4())
        call = put_label if on else take_label
        self.context.alerts.run(call, session, people=(self.person_id,), label_id=label_id)
        self.reload()
