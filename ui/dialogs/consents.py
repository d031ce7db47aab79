"""What a person agreed to and what the doctor must know: given, withdrawn, added, put away."""

from __future__ import annotations

import uuid

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from services.i18n import tr
from services.people.consent_words import item_title
from services.people.records import (
    add_alert,
    alerts_of,
    close_alert,
    consents_of,
    set_consent,
)
from ui.context import UiContext
from ui.dialogs.desk import WIDTH, DeskDialog
from ui.forms import TextEdit, button, label
from ui.theme import GAP
from ui.widgets.consents import ConsentBoxes
from ui.widgets.enter_key import enter_presses


class ConsentsDialog(DeskDialog):
    """Every click is kept at once; withdrawing never costs the service."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("同意项和健康提示"))
        self.consents = ConsentBoxes(WIDTH - 6 * GAP)
        self.body.addWidget(self.consents)
        self.body.addWidget(label(tr("健康提示(到诊时提醒医生)"), "subheading"))
        self.alerts = QListWidget()
        self.alerts.setAccessibleName(tr("健康提示"))
        self.alerts.setMaximumHeight(104)
        self.body.addWidget(self.alerts)
        self.text = TextEdit(tr("例如 青霉素过敏，回车添加"))
        self.text.setAccessibleName(tr("新的健康提示"))
        self.body.addWidget(self.text)
        self.close_button = button(tr("撤下选中的提示(&D)"))
        self.add_buttons(tr("完成"), left=(self.close_button,))
        self.consents.toggled.connect(self._consent)
        self.close_button.clicked.connect(self._close_alert)
        enter_presses(self.close_button)
        self.reload()
        self.consents.boxes["record"].setFocus()

    def reload(self) -> None:
        """Read both again."""
        given = self.context.alerts.run(consents_of, self.context.db, self.person_id) or {}
        self.consents.set_granted({item for item, row in given.items() if row.granted})
        self.alerts.clear()
        for row in self.context.alerts.run(alerts_of, self.context.db, self.person_id) or []:
            item = QListWidgetItem(f"⚠ {row.text}")
            item.setData(Qt.ItemDataRole.UserRole, row.id)
            self.alerts.addItem(item)
        self.close_button.setEnabled(self.alerts.count() > 0)

    def _consent(self, item: str, granted: bool) -> None:
        done = self.context.alerts.run_command(
            set_consent,
            self.context.session.once(uuid.uuid4()),
            person_id=self.person_id,
            item=item,
            granted=granted,
        )
        if done is not None:
            words = tr("已登记同意：{item}。") if granted else tr("已撤回：{item}，不影响就诊。")
            self.context.alerts.banner(words.format(item=item_title(item)), "success")
        self.reload()

    def _close_alert(self, *_: object) -> None:
        item = self.alerts.currentItem() or self.alerts.item(0)
        if item is not None:
            self.context.alerts.run_command(
                close_alert,
                self.context.session.once(uuid.uuid4()),
                alert_id=item.data(Qt.ItemDataRole.UserRole),
            )
            self.reload()

    def submit(self) -> None:
        """Enter adds what is typed, or closes when nothing is."""
        if not self.text.value():
            self.accept()
            return
        done = self.context.alerts.run_command(
            add_alert, self.once, person_id=self.person_id, text=self.text.value()
        )
        if done is not None:
            self._op = uuid.uuid4()
            self.text.clear()
            self.reload()
