"""The programme editor (编辑方案): drafts → edit → try → sign → done.

What is typed is kept as a draft whenever the editor is left; nothing follows from a draft until
it is signed.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from services.i18n import tr
from services.programmes.gaps import missing
from services.programmes.registry import timelines
from services.programmes.signing import Signed
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.forms import button_row, label
from ui.theme import GAP, role_of
from ui.widgets.gift_kit import key_button
from ui.widgets.programme_draft import EditedDraft
from ui.widgets.programme_drafts_page import DraftsPage
from ui.widgets.programme_edit_page import EditPage
from ui.widgets.programme_files import ask_and_export
from ui.widgets.programme_sign_page import SignPage
from ui.widgets.programme_text import Sentences
from ui.widgets.programme_trial_page import TrialPage
from ui.widgets.work import Work

DRAFTS, EDIT, TRIAL, SIGN, DONE = range(5)
SIZE = (1320, 688)


class ProgrammeEditorDialog(Dialog):
    """Esc goes one step back and keeps what was typed."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("编辑方案"))
        self.setObjectName("programmeEditor")
        self.take_room(*SIZE)
        self.draft: EditedDraft | None = None
        self.signed: Signed | None = None
        self.work = Work(context.tasks, self.context.alerts)
        self.drafts_page = DraftsPage(self.context)
        self.edit_page = EditPage(self.context)
        self.trial_page = TrialPage(self.context, self.work)
        self.sign_page = SignPage(self.context, self.work)
        self.done_text = Sentences(tr("签署结果"))
        self.heading = label("", "heading")
        self.state = label("", "muted")
        self.pages = QStackedWidget()
        self._buttons()
        self._lay_out()
        self._wire()
        self.drafts_page.reload()
        self.show_page(DRAFTS)

    def _buttons(self) -> None:
        self.back_button = key_button(tr("返回(&B)"))
        self.export_button = key_button(tr("导出为文件(&E)…"))
        self.save_button = key_button(tr("保存(&S)"))
        self.trial_button = key_button(tr("试行(&T)…"))
        self.sign_button = key_button(tr("签署(&Q)…"), "primary")
        self.cut_button = key_button(tr("把会员转到新方案(&X)…"))
        self.close_button = key_button(tr("关闭(&Z)"))

    def _lay_out(self) -> None:
        self.body.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        self.body.setSpacing(GAP)
        top = button_row(self.state, left=(self.heading,))
        self.state.setWordWrap(False)
        self.heading.setWordWrap(False)
        self.body.addLayout(top)
        for page in (self.drafts_page, self.edit_page, self.trial_page, self.sign_page):
            self.pages.addWidget(page)
        done = QWidget()
        column = QVBoxLayout(done)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.done_text)
        self.pages.addWidget(done)
        self.body.addWidget(self.pages, 1)
        self.body.addWidget(self.work)
        self.body.addLayout(
            button_row(
                self.save_button,
                self.trial_button,
                self.cut_button,
                self.sign_button,
                self.close_button,
                left=(self.back_button, self.export_button),
            )
        )

    def _wire(self) -> None:
        self.drafts_page.opened.connect(self.open_draft)
        self.edit_page.changed.connect(self._show_state)
        self.sign_page.signed.connect(self._signed)
        self.back_button.clicked.connect(self.back)
        self.export_button.clicked.connect(self.export)
        self.save_button.clicked.connect(self.save)
        self.trial_button.clicked.connect(self.try_out)
        self.sign_button.clicked.connect(self.to_sign)
        self.cut_button.clicked.connect(self.cut_over)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(self.work.cancel)
        self.context.signed_in.changed.connect(self._locked)
        QShortcut(QKeySequence.StandardKey.Save, self).activated.connect(self.save)

    # --- pages ---

    def show_page(self, page: int) -> None:
        """Turn to a page; the buttons are those that mean something there."""
        self.context.alerts.bar.dismiss()  # it spoke of the page before
        self.pages.setCurrentIndex(page)
        editing = page == EDIT
        self.back_button.setVisible(page in (EDIT, TRIAL, SIGN))
        self.export_button.setVisible(editing)
        self.save_button.setVisible(editing)
        self.trial_button.setVisible(editing)
        self.sign_button.setVisible(page in (EDIT, TRIAL))
        role_of(self.sign_button, "primary" if editing else "")
        self.cut_button.setVisible(page == DONE and len(timelines(self.context.db)) > 1)
        self.close_button.setVisible(page in (DRAFTS, DONE))
        self._show_state()
        if page == DRAFTS:
            self.drafts_page.start()
        elif page == EDIT:
            self.edit_page.tree.setFocus()
        elif page == DONE:
            self.close_button.setFocus()

    def _show_state(self) -> None:
        page, draft = self.pages.currentIndex(), self.draft
        name = draft.programme.name or tr("没有名称的草稿") if draft is not None else ""
        titles = {
            DRAFTS: tr("草稿"),
            EDIT: name,
            TRIAL: tr("试行：{name}").format(name=name),
            SIGN: tr("签署：{name}").format(name=name),
            DONE: tr("已签署"),
        }
        self.heading.setText(titles[page])
        self.state.setVisible(page == EDIT)
        if draft is not None:
            self.state.setText(
                tr("● 有改动还没保存，离开时自动保存") if draft.dirty else tr("✓ 已保存")
            )

    def open_draft(self, draft_id: int) -> None:
        """Edit a draft."""
        made = self.context.alerts.run(EditedDraft, self.context, draft_id)
        if made is None:
            self.drafts_page.reload()
            return
        made.setParent(self)
        self.draft = made
        self.edit_page.open(made)
        self.show_page(EDIT)

    def back(self) -> None:
        """One step back."""
        page = self.pages.currentIndex()
        if self.work.busy:
            self.work.cancel()
        elif page in (TRIAL, SIGN):
            self.show_page(EDIT)
        elif page != EDIT:
            self.reject()
        elif self._leave_draft():
            self.drafts_page.reload(self.draft.id if self.draft is not None else None)
            self.show_page(DRAFTS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.pages.currentIndex() != EDIT or not self.edit_page.back():
            self.back()

    # --- keeping ---

    def save(self) -> bool:
        """Keep the draft as it stands; answers whether all that was typed is kept."""
        if self.draft is None:
            return False
        return self.draft.keep() and self.edit_page.form.settle()

    def _leave_draft(self) -> bool:
        """Whether the draft may be left: all that was typed is kept."""
        return self.pages.currentIndex() not in (EDIT, TRIAL, SIGN) or self.save()

    def reject(self) -> None:
        """Closing keeps the draft; what may not stand is shown first."""
        if self._leave_draft():
            super().reject()

    def _locked(self, session: object) -> None:
        """Nothing stays open over the lock screen, not even a field that is wrong."""
        if session is None:
            self.done(ProgrammeEditorDialog.DialogCode.Rejected)

    # --- trying, signing ---

    def try_out(self) -> None:
        """Try the draft on the clinic."""
        if self.save() and self.draft is not None:
            self.show_page(TRIAL)
            self.trial_page.open(self.draft.programme)

    def to_sign(self) -> None:
        """To the signature, or to what is missing."""
        if not self.save() or self.draft is None or self.work.busy:
            return
        gaps = missing(self.draft.programme)
        if gaps:
            self.show_page(EDIT)
            self.edit_page.to_gaps()
            words = tr("还缺 {n} 项，补全以后才能签署。右下的名单里，按回车跳到要填的地方。")
            self.context.alerts.banner(words.format(n=len(gaps)), "warning")
            return
        self.show_page(SIGN)
        self.sign_page.open(self.draft)

    def _signed(self, done: Signed) -> None:
        page = self.sign_page
        day, name = page.day.day(), page.name
        now = day == self.context.today()
        begun = tr("今天起生效") if now else tr("{day} 起生效").format(day=day)
        lines = [tr("“{name}”已签署，{begun}。").format(name=name, begun=begun)]
        if now and page.replaces:
            lines.append(tr("谁因此升级，正在后台计算；算好后列在“待告知升级”，逐位告知。"))
        lines.append(tr("各个版本随时可以查看和打印：方案 → 现行方案。"))
        if len(timelines(self.context.db)) > 1:
            lines.append(tr("现在有几个方案在使用。可以把会员转过来，也可以让它们并行。"))
        self.done_text.show_differences(page.differences, lines)
        self.signed, self.draft = done, None
        self.show_page(DONE)
        self.context.alerts.banner(lines[0], "success")

    def cut_over(self) -> None:
        """Move the members of another programme to the one just signed (E42)."""
        from ui.dialogs.cut_over import CutOverDialog

        target = self.signed.programme_id if self.signed is not None else None
        CutOverDialog(self.context, self, target).exec()
        self.show_page(DONE)

    def export(self) -> None:
        """The draft as a file."""
        if self.save() and self.draft is not None:
            ask_and_export(self.context, self, self.draft.programme)
