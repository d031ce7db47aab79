"""What a person agreed to, how they want to be reached, and what the doctor must know."""

from __future__ import annotations

import uuid

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from services.i18n import tr
from services.people.consent_words import item_title
from services.people.consents import (
    CONTACT_BY,
    LONGEST_NOTE,
    channel_title,
    mark_reviewed,
    set_consent,
    set_contact,
    wishes_of,
)
from services.people.records import (
    add_alert,
    alerts_of,
    close_alert,
    consents_of,
)
from ui.context import UiContext
from ui.dialogs.desk import WIDTH, DeskDialog
from ui.forms import ChoiceBox, TextEdit, button, label
from ui.theme import GAP
from ui.widgets.consents import ConsentBoxes
from ui.widgets.enter_key import enter_presses
from ui.widgets.gift_kit import key_button


class ConsentsDialog(DeskDialog):
    """Every click is kept at once; withdrawing never costs the service."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("同意项和健康提示"))
        self.consents = ConsentBoxes(WIDTH - 6 * GAP)
        self.body.addWidget(self.consents)
        self._build_wishes()
        self.body.addWidget(label(tr("健康提示(到诊时提醒医生)"), "subheading"))
        self.alerts = QListWidget()
        self.alerts.setAccessibleName(tr("健康提示"))
        self.alerts.setMaximumHeight(72)
        self.body.addWidget(self.alerts)
        self.text = TextEdit(tr("例如 青霉素过敏，回车添加"))
        self.text.setAccessibleName(tr("新的健康提示"))
        self.body.addWidget(self.text)
        self.close_button = button(tr("撤下选中的提示(&D)"))
        self.review_button = key_button(tr("资料已核对(&V)"), tip=tr("今天和本人核对过资料"))
        self.add_buttons(tr("完成"), left=(self.close_button, self.review_button))
        self.review_button.clicked.connect(self._review)
        self.consents.toggled.connect(self._consent)
        self.close_button.clicked.connect(self._close_alert)
        enter_presses(self.close_button, self.review_button)
        self.reload()
        self.consents.boxes["record"].setFocus()

    def _build_wishes(self) -> None:
        """How they want to be reached: kept at once, the note with Enter."""
        self.body.addWidget(label(tr("联系意愿"), "subheading"))
        self.quiet = QCheckBox(tr("免打扰(&Q)"))
        self.quiet.setAccessibleName(tr("免打扰"))
        self.quiet.setToolTip(tr("不再收到任何营销电话、短信、信函和邀请；治疗和礼品的通知照常"))
        self.by = ChoiceBox([(way, channel_title(way)) for way in CONTACT_BY])
        self.by.setAccessibleName(tr("希望的联系方式"))
        self.by.setFixedWidth(14 * GAP)
        self.note = TextEdit(tr("例如 下午三点后再打，回车保存"))
        self.note.setAccessibleName(tr("联系备注"))
        self.note.setMaxLength(LONGEST_NOTE)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.quiet)
        row.addWidget(self.by)
        row.addWidget(self.note, 1)
        self.body.addLayout(row)
        self.quiet.clicked.connect(self._keep_wishes)
        self.by.activated.connect(self._keep_wishes)

    def reload(self) -> None:
        """Read everything again."""
        wishes = self.context.alerts.run(wishes_of, self.context.db, self.person_id)
        if wishes is not None:
            self.quiet.setChecked(wishes.quiet)
            self.by.choose(wishes.by)
            self.note.setText(wishes.note)
            self._note = wishes.note
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

    def _keep_wishes(self, *_: object) -> bool:
        """Keep what is chosen; answers whether it was kept."""
        done = self.context.alerts.run_command(
            set_contact,
            self.context.session.once(uuid.uuid4()),
            person_id=self.person_id,
            by=str(self.by.value()),
            note=self.note.value(),
            quiet=self.quiet.isChecked(),
        )
        if done is not None:
            words = (
                tr("已登记免打扰：没做完的营销电话、信函和邀请都已撤下。")
                if self.quiet.isChecked()
                else tr("联系意愿已登记。")
            )
            self.context.alerts.banner(words, "success")
        self.reload()
        return done is not None

    def _review(self, *_: object) -> None:
        """The record was gone through."""
        done = self.context.alerts.run_command(
            mark_reviewed, self.context.session.once(uuid.uuid4()), person_id=self.person_id
        )
        if done is not None:
            self.context.alerts.banner(tr("已登记：今天核对过资料。"), "success")

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
        """Enter keeps the note or adds the alert that is typed, or closes when neither is."""
        if self.note.value() != self._note:
            if self._keep_wishes():
                self.text.setFocus()
            return
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
