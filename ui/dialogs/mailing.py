"""A mailing of the past: what it said, whom it went to, and once more to the same people."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from services.i18n import tr
from services.outreach.mailings import MailingRow, mailing, people_of_mailing
from services.outreach.preview import NAMED, readers_of
from services.outreach.texts import kind_title
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.consequences import scrolling


def purpose_title(*, marketing: bool) -> str:
    """Offer or service, in a word."""
    return tr("营销") if marketing else tr("服务通知")


class MailingDialog(Dialog):
    """Enter sends it once more: the list is gone through anew, as people may have said no since."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: MailingRow) -> None:
        super().__init__(context, parent, tr("信函短信 {number}").format(number=row.number))
        self.take_room(980, 600)
        self._made = mailing(self.context.db, row.id)
        facts = tr("{title}　{kind}，{purpose}　{day} {staff}　寄 {n} 位，没寄 {left} 位")
        words = facts.format(
            title=row.title,
            kind=kind_title(row.kind),
            purpose=purpose_title(marketing=row.marketing),
            day=row.occurred_on,
            staff=row.staff,
            n=f"{row.people:,}",
            left=f"{row.left_out:,}",
        )
        if row.about:
            words += tr("　对象：{about}").format(about=row.about)
        self.body.addWidget(label(words, "subheading"))
        both = QHBoxLayout()
        both.setSpacing(2 * GAP)
        said = QLabel(self._made.text or tr("信封标签没有正文。"))
        said.setWordWrap(True)
        said.setTextFormat(Qt.TextFormat.PlainText)
        said.setAlignment(Qt.AlignmentFlag.AlignTop)
        said.setAccessibleName(tr("正文"))
        self.people = Table(
            "mailing/people",
            [
                Column(tr("会员号"), lambda r: r.number, width=120),
                Column(tr("姓名"), lambda r: r.name, width=160),
            ],
            context.settings,
            title=tr("寄给谁"),
            empty_text=tr("没有人"),
        )
        self.people.set_rows(readers_of(self.context.db, row.id))
        both.addWidget(scrolling(said), 1)
        both.addWidget(self.people, 1)
        self.body.addLayout(both, 1)
        if row.people > NAMED:
            self.body.addWidget(label(tr("只列前 {n} 位。").format(n=NAMED), "muted"))
        self.add_buttons(tr("再寄一次… ⏎"), tr("关闭")).setFocus()

    def submit(self) -> None:
        """Write to the same people anew."""
        from ui.dialogs.letters import LettersDialog

        made = self._made
        people = tuple(people_of_mailing(self.context.db, made.id))
        again = LettersDialog(
            self.context,
            self,
            people,
            made.title,
            made.activity_id,
            made.group_id,
            kind=made.kind,
            text=made.text,
            marketing=made.marketing,
        )
        again.open()
