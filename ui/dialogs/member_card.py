"""The member card: hand it out, report it lost, replace it, take it out of use (R124)."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QWidget

from services.i18n import tr
from services.people.cards import ALLOWED, CardRow, cards_of, change_card, issue_card
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import ChoiceBox, Form, TextEdit, label


def state_title(state: str) -> str:
    """A card's state as the desk says it."""
    return {
        "active": tr("正常"),
        "lost": tr("已挂失"),
        "replaced": tr("已补办新卡"),
        "void": tr("已作废"),
    }[state]


def _step_title(state: str) -> str:
    return {
        "active": tr("找回，恢复使用"),
        "lost": tr("挂失"),
        "replaced": tr("补办新卡"),
        "void": tr("作废"),
    }[state]


class MemberCardDialog(DeskDialog):
    """One choice, one number where one is needed, one look at the document."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("会员卡"))
        cards = self.context.alerts.run(cards_of, context.db, self.person_id) or []
        self.card: CardRow | None = next(
            (card for card in cards if card.state in ("active", "lost")), None
        )
        self.body.addWidget(label(self._words(cards), "muted"))
        order = ("lost", "replaced", "active", "void")
        steps: list[tuple[str, str]] = [("issue", tr("发卡"))]
        if self.card is not None:
            state = self.card.state
            steps = [(to, _step_title(to)) for to in order if (state, to) in ALLOWED]
        self.step = ChoiceBox(steps)
        if self.card is not None and self.card.state == "lost":
            self.step.choose("replaced")
        self.number = TextEdit(tr("刷卡或输入卡号"))
        self.document = QCheckBox(tr("已核对本人证件"))
        self.document.setAccessibleName(tr("已核对本人证件"))
        self.form = Form()
        self.form.add(tr("办理(&D)"), self.step)
        self.number_field = self.form.add(tr("新卡号(&N)"), self.number)
        self.body.addWidget(self.form)
        self.body.addWidget(self.document)
        self.body.addStretch(1)
        self.add_buttons(tr("办理"), tr("取消"))
        self.step.currentIndexChanged.connect(self._show_needed)
        self._show_needed()
        (self.number if self.card is None else self.step).setFocus()

    def _words(self, cards: list[CardRow]) -> str:
        if not cards:
            return tr("还没有发过卡。方案为电子会员时不必发卡。")
        parts = [f"{card.number} {state_title(card.state)}" for card in cards[:4]]
        return tr("卡片：{cards}").format(cards=tr("，").join(parts))

    def _show_needed(self, *_: object) -> None:
        step = self.step.value()
        self.form.show_row(self.number_field, step in ("issue", "replaced"))
        self.document.setVisible(step != "issue")

    def take_scan(self, code: str) -> bool:
        """The card that is handed out is scanned."""
        if not self.number_field.isVisible():
            return False
        self.number.setText(code)
        self.number_field.clear_error()
        self.number.setFocus()
        return True

    def submit(self) -> None:
        """Do it."""
        step = self.step.value()
        if step in ("issue", "replaced") and not self.number.value():
            self.number_field.refuse(tr("请刷卡或填写卡号。"))
            return
        if self.card is None:
            done = self.context.alerts.run_command(
                issue_card, self.once, person_id=self.person_id, number=self.number.value()
            )
        else:
            done = self.context.alerts.run_command(
                change_card,
                self.once,
                card_id=self.card.id,
                to_state=step,
                document_checked=self.document.isChecked(),
                new_number=self.number.value() if step == "replaced" else "",
            )
        if done is not None:
            self.say_done(tr("会员卡：{step}，已登记。").format(step=self.step.currentText()))
