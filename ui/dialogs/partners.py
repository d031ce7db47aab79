"""合作机构: the notice of the law and the switch, and behind it institutions, agreements,
introductions and statements (R179–R183)."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from services.changes import Changes, Kind
from services.i18n import tr
from services.partners.switch import has_records, is_on, notice, phrase, switch_partners
from services.rights import may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.partner_contracts import AgreementsPage, InstitutionsPage
from ui.dialogs.partner_flow import IntroductionsPage, StatementsPage
from ui.dialogs.partner_page import PartnerPage
from ui.forms import Form, TextEdit, label
from ui.theme import GAP
from ui.widgets.gift_kit import RightNote, Switch, key_button, rename

INSTITUTIONS, AGREEMENTS, INTRODUCTIONS, STATEMENTS = range(4)
_SWITCH = "partner.switch"


class PartnersDialog(Dialog):
    """Off: the notice. On: four pages; Enter does the next thing with the chosen row."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("合作机构"))
        self.take_room(142 * GAP, 84 * GAP)
        self.reading = False  # what there is, though the module is off
        self.notice = NoticePage(self.context)
        self.pages: list[PartnerPage] = []
        self.views = QStackedWidget()
        self.switch = Switch(
            tr("合作机构的页"),
            [
                (INSTITUTIONS, tr("机构(&A)")),
                (AGREEMENTS, tr("协议(&B)")),
                (INTRODUCTIONS, tr("介绍(&I)")),
                (STATEMENTS, tr("结算(&S)")),
            ],
        )
        self.state = label("", "warning")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.switch)
        column.addWidget(self.state)
        column.addWidget(self.views, 1)
        self.halves = QStackedWidget()
        self.halves.addWidget(self.notice)
        self.halves.addWidget(inside)
        self.body.addWidget(self.halves, 1)
        self.off_button = key_button(tr("停用(&T)…"))
        self.main = self.add_buttons(tr("启用"), tr("关闭"), left=(self.off_button,))
        self.switch.chosen.connect(self.show_page)
        self.off_button.clicked.connect(self.other_way)
        context.bus.changed.connect(self._something_changed)
        self.show_state()

    # --- the switch ---

    def show_state(self) -> None:
        """The notice or the pages."""
        on = is_on(self.context.db)
        shown = on or self.reading
        self.halves.setCurrentIndex(int(shown))
        self.main.setVisible(not shown)
        self.main.setEnabled(self.notice.right.check(_SWITCH))
        self.off_button.setVisible(shown or has_records(self.context.db))
        may_switch = may(self.context.session.actor.role, _SWITCH)
        self.off_button.setEnabled(not on or may_switch)
        words = tr("停用(&T)…") if on else tr("回到说明(&T)")
        rename(self.off_button, words if shown else tr("查看过去的记录(&T)"))
        self.state.setVisible(shown and not on)
        self.state.setText(tr("已停用：只能查看，和结束还在进行的协议、介绍。"))
        if not shown:
            self.notice.typed.setFocus()
            return
        self._build_pages()
        for page in self.pages:
            page.writable = on
        if self.switch.value() is None:
            self.switch.choose(INSTITUTIONS)
        self.show_page(self.switch.value())

    def _build_pages(self) -> None:
        if self.pages:
            return
        for made in (InstitutionsPage, AgreementsPage, IntroductionsPage, StatementsPage):
            page = made(self.context, self)
            self.pages.append(page)
            self.views.addWidget(page)

    def show_page(self, number: int) -> None:
        """Show a page, read anew, with the keyboard in its list."""
        self.views.setCurrentIndex(number)
        self.pages[number].refresh()
        self.pages[number].take_focus()

    def submit(self) -> None:
        """Switch it on, with the sentence typed."""
        if not self.main.isVisible():
            return
        done = self.context.alerts.run_command(
            switch_partners, self.context.session, on=True, typed=self.notice.typed.value()
        )
        if done is not None:
            self.notice.typed.clear()
            self.context.alerts.banner(tr("已启用。先登记机构，再登记协议和介绍。"), "success")

    def other_way(self, *_: object) -> None:
        """Switch it off; or, while it is off, to the old records and back."""
        if not is_on(self.context.db):
            self.reading = not self.reading
            self.show_state()
            return
        question = tr("停用以后不能登记新的机构、协议、介绍和结算；已有的可以查看。")
        if self.context.alerts.ask(tr("停用合作机构"), question, tr("停用(&Y)")):
            self.reading = False
            self.context.alerts.run_command(switch_partners, self.context.session, on=False)

    def _something_changed(self, changes: Changes) -> None:
        if changes.touch(Kind.SETTING):
            self.show_state()
        elif changes.touch(Kind.PARTNER, Kind.MONEY) and self.pages:
            self.pages[self.views.currentIndex()].refresh()


class NoticePage(QWidget):
    """What the law says, and the field for the sentence."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GAP)
        column.addWidget(label(tr("合作机构没有启用。启用前请院长看完下面四条。"), "subheading"))
        words = tr("{n}. {text}")
        for number, text in enumerate(notice(), start=1):
            column.addWidget(label(words.format(n=number, text=text)))
        self.right = RightNote(context)
        column.addWidget(self.right)
        self.typed = TextEdit(tr("逐字输入"))
        form = Form()
        hint = tr("看完以后，在这里逐字输入“{phrase}”，按 Enter 启用。").format(phrase=phrase())
        form.add(tr("确认(&C)"), self.typed, hint)
        column.addWidget(form)
        column.addStretch(1)
