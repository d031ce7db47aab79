"""Who gets a letter, who not and why, and what one of them reads."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel

from services.i18n import tr
from services.outreach.preview import Foreseen, Sample
from ui.forms import label
from ui.theme import GAP
from ui.widgets.consequences import scrolling
from ui.widgets.gift_kit import Card, key_button


class LetterPreview(Card):
    """`wanted(person_id)` when another person's letter is to be read."""

    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.heading.hide()
        self.setAccessibleName(tr("寄给谁"))
        self._people: tuple[int, ...] = ()
        self._at = 0
        self.count = label("")
        self.count.setStyleSheet("font-size: 15pt; font-weight: 600;")
        self.why = label("", "muted")
        self.where = label("", "subheading")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said.setAccessibleName(tr("这一位读到的"))
        self.measure = label("", "muted")
        self.doubt = label("", "warning")
        self.place = label("", "muted")
        self.place.setWordWrap(False)
        self.back = key_button(tr("上一位(&B)"))
        self.forth = key_button(tr("下一位(&J)"))
        self.back.clicked.connect(partial(self.turn, -1))
        self.forth.clicked.connect(partial(self.turn, 1))
        for widget in (self.count, self.why):
            self.body.addWidget(widget)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.where, 1)
        row.addWidget(self.place)
        row.addWidget(self.back)
        row.addWidget(self.forth)
        self.body.addLayout(row)
        self.body.addWidget(scrolling(self.said), 1)
        self.body.addWidget(self.measure)
        self.body.addWidget(self.doubt)
        self.show_sample(None)

    @property
    def person_id(self) -> int | None:
        """Whose letter is shown."""
        return self._people[self._at] if self._people else None

    def say_reading(self) -> None:
        """The list is being gone through."""
        self.count.setText(tr("正在核对名单…"))
        self.why.setText("")

    def show_people(self, found: Foreseen) -> None:
        """Who it goes to; the person whose letter is shown stays when still there."""
        shown = self.person_id
        self._people = found.people
        self._at = found.people.index(shown) if shown in found.people else 0
        self.count.setText(tr("寄给 {n} 位").format(n=f"{len(found.people):,}"))
        left = tr("不寄 {n} 位：{why}。").format(n=f"{found.left_out:,}", why=found.why)
        self.why.setText(left if found.left_out else tr("名单里的人都可以寄。"))
        self._tell()

    def turn(self, step: int, *_: object) -> None:
        """The next or the one before."""
        if self._people:
            self._at = (self._at + step) % len(self._people)
            self._tell()

    def show_sample(self, found: Sample | None) -> None:
        """What that person reads; nothing while the text cannot be sent."""
        shown = found or Sample("", "", "", "")
        self.where.setText(shown.where)
        self.said.setText(shown.text)
        self.measure.setText(shown.measure)
        self.doubt.setText(shown.doubt)
        self.doubt.setVisible(bool(shown.doubt))

    def _tell(self) -> None:
        several = len(self._people) > 1
        for each in (self.back, self.forth, self.place):
            each.setVisible(several)
        words = tr("第 {n} 位 / {count}").format(n=self._at + 1, count=f"{len(self._people):,}")
        self.place.setText(words)
        if self.person_id is not None:
            self.wanted.emit(self.person_id)
        else:
            self.show_sample(None)
