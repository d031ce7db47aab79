"""What is to be written: by which way, offer or service, its name and its text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from services.i18n import tr
from services.outreach.texts import KINDS, LABELS, LONGEST_TITLE, Preset, kind_title, variables
from ui.forms import TextEdit, label
from ui.theme import GAP
from ui.widgets.gift_kit import LetterBox, RowForm, Switch

WIDTH = 66 * GAP


class LetterForm(QWidget):
    """`changed(True)` when who is written to may be others, `changed(False)` for the text alone."""

    changed = Signal(bool)

    def __init__(self, texts: Sequence[Preset], activity_id: int | None) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self._texts = {each.key: each for each in texts}
        letters = dict(zip(KINDS, "XQD", strict=True))
        kinds = [(kind, f"{kind_title(kind)}(&{letters[kind]})") for kind in KINDS]
        self.kind = Switch(tr("怎么寄"), kinds)
        self.purpose = Switch(tr("性质"), [(True, tr("营销(&Y)")), (False, tr("服务通知(&F)"))])
        self.purpose_note = label("", "muted")
        self.title = TextEdit(tr("例如：十二月会员日邀请"))
        self.title.setMaxLength(LONGEST_TITLE)
        self.texts = LetterBox([("", tr("自己写")), *((t.key, t.title) for t in texts)])
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("正文"))
        self.blanks = label("", "muted")
        names = " ".join("{" + name + "}" for name in variables(activity_id))
        self.blanks.setText(
            tr("每个人自己的内容：{names}。没有这项内容的人，那一句不出现。").format(names=names)
        )
        self._build()
        self.kind.chosen.connect(self._kind_chosen)
        self.purpose.chosen.connect(self._purpose_chosen)
        self.texts.currentIndexChanged.connect(self._text_chosen)
        self.text.textChanged.connect(partial(self.changed.emit, False))

    def _build(self) -> None:
        form = RowForm()
        form.add(tr("怎么寄"), self.kind)
        form.add(tr("性质"), self.purpose)
        form.add_wide(self.purpose_note)
        self.title_field = form.add(tr("名称(&N)"), self.title)
        self.texts_field = form.add(tr("常用文字(&U)"), self.texts)
        self.sheet = Switch(tr("标签纸"), [(3, tr("3 列 × 8 行(&3)")), (2, tr("2 列 × 7 行(&2)"))])
        self.sheet.choose(3)
        self.sheet_field = form.add(tr("标签纸"), self.sheet)
        self.form = form
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(form)
        self.text_title = QLabel(tr("正文(&T)"))
        self.text_title.setBuddy(self.text)
        column.addWidget(self.text_title)
        column.addWidget(self.text, 1)
        column.addWidget(self.blanks)
        self.rest = QWidget()
        column.addWidget(self.rest, 1)
        self.refusal = label("", "error")
        self.refusal.hide()
        column.addWidget(self.refusal)

    def begin(self, kind: str, title: str, text: str, *, marketing: bool) -> None:
        """What the window opens with; without a text that of the plan or activity that asked."""
        first = next(iter(self._texts.values()))
        asked = first.key if first.of_plan or first.for_activity else None
        self.kind.choose(kind)
        self.purpose.choose(marketing)
        self.title.setText(title[:LONGEST_TITLE])
        if text:
            self.text.setPlainText(text)
        elif asked is not None:
            self.texts.choose(asked)
        self._say_purpose()
        self._show_text()

    def refuse(self, sentence: str) -> None:
        """Say what is wrong with the text."""
        self.refusal.setText(sentence)
        self.refusal.setVisible(bool(sentence))

    def lock_purpose(self, sentence: str) -> None:
        """The tasks this answers are offers: it cannot be called a service."""
        self.purpose.buttons[False].setEnabled(False)
        self.purpose.buttons[False].setToolTip(sentence)

    def set_open(self, is_open: bool) -> None:
        """Whether anything may still be changed."""
        for each in (self.kind, self.purpose, self.title, self.texts, self.text, self.sheet):
            each.setEnabled(is_open)

    def written(self) -> str:
        """The text."""
        return self.text.toPlainText().strip()

    def _kind_chosen(self, _kind: object) -> None:
        self._show_text()
        self.changed.emit(True)

    def _purpose_chosen(self, _marketing: object) -> None:
        self._say_purpose()
        self.changed.emit(True)

    def _say_purpose(self) -> None:
        words = (
            tr("只寄给同意营销联系的人；文字里没写怎么拒收，程序会补上。")
            if self.purpose.value()
            else tr("只限顾客自己的治疗、礼品、积分、会籍和已报名的活动，不得夹带优惠。")
        )
        self.purpose_note.setText(words)

    def _show_text(self) -> None:
        shown = self.kind.value() != LABELS
        self.form.show_row(self.texts_field, shown)
        self.form.show_row(self.sheet_field, not shown)
        for each in (self.text_title, self.text, self.blanks):
            each.setVisible(shown)
        self.rest.setVisible(not shown)

    def _text_chosen(self, *_: object) -> None:
        chosen = self._texts.get(str(self.texts.value()))
        if chosen is None or chosen.text == self.written():
            return
        self.text.setPlainText(chosen.text)
        if chosen.marketing and not self.purpose.value():
            self.purpose.choose(True)  # an offer is no service, whoever begins with its words
            self._purpose_chosen(True)
