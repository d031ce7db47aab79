"""The programmes and their signed versions, to read and to print; which of them are in use."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from services.errors import Confirmable
from services.forms.programme_sheet import programme_sheet
from services.i18n import tr
from services.programmes.activation import activate, retire
from services.programmes.definition import Programme
from services.programmes.drafts import VersionRow, signed, versions
from services.programmes.price_table import price_section
from services.programmes.sentences import Section, describe
from services.rights import may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.paper import PaperDialog
from ui.forms import button
from ui.long_work import write_beside
from ui.tables.model import Column
from ui.tables.view import ROW_HEIGHT, Table
from ui.theme import GAP
from ui.widgets.gift_kit import key_button
from ui.widgets.programme_files import ask_and_export
from ui.widgets.programme_text import Sentences
from ui.widgets.work import Work

SIZE = (1000, 640)
_ROWS = 4


class ProgrammeDialog(Dialog):
    """Versions on top, the sentences of the one under the cursor below; Enter closes."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("现行方案"))
        self.take_room(*SIZE)
        self.table = Table(
            "programme/versions",
            columns(),
            context.settings,
            title=tr("方案和版本"),
            empty_text=tr("还没有签署过方案。到“方案 → 编辑方案”起草并签署。"),
        )
        self.table.setFixedHeight((_ROWS + 1) * ROW_HEIGHT + GAP)
        self.text = Sentences(tr("方案内容"))
        self.body.addWidget(self.table)
        self.body.addWidget(self.text, 1)
        self.work = Work(context.tasks, self.context.alerts)
        self.body.addWidget(self.work)
        self.print_button = key_button(tr("打印(&P)…"))
        self.export_button = key_button(tr("导出为文件(&E)…"))
        self.state_button = key_button("")
        self.cut_button = button(tr("换方案…"))
        left = (self.print_button, self.export_button, self.state_button, self.cut_button)
        self.add_buttons(tr("关闭"), left=left)
        self.finished.connect(self.work.cancel)
        self.print_button.clicked.connect(self.print_out)
        self.export_button.clicked.connect(self.export)
        self.state_button.clicked.connect(self.change_state)
        self.cut_button.clicked.connect(self.cut_over)
        self.table.current_row_changed.connect(self.show_version)
        self.reload()
        self.table.setFocus()

    def reload(self) -> None:
        """Read the versions again; the one in force first."""
        db, today = self.context.db, self.context.today()
        rows = self.context.alerts.run(versions, db, today) or []
        rows.sort(key=lambda row: row.state != "active")  # stable: by programme, newest first
        self.table.set_rows(rows)
        if self.table.current_row() is None:
            current = next((row for row in rows if row.tense == "current"), None)
            if current is not None:
                self.table.select_key(current.id)
        self.show_version(self.table.current_row())

    def show_version(self, row: VersionRow | None) -> None:
        """Read a version aloud."""
        role = self.context.session.actor.role
        self.state_button.setVisible(row is not None and may(role, "programme.retire"))
        self.cut_button.setVisible(may(role, "programme.cut_over"))
        if row is None:
            return
        active = row.state == "active"
        words = tr("停用“{name}”") if active else tr("恢复使用“{name}”")
        self.state_button.setText(words.format(name=row.name))
        programme = self._read(row)
        if programme is not None:
            self.text.show_sections(_sections(programme))
            self.text.to_top()

    def _read(self, row: VersionRow) -> Programme | None:
        return self.context.alerts.run(signed, self.context.db, row.id)

    def print_out(self) -> None:
        """The version as a paper."""
        row = self.table.current_row()
        programme = None if row is None else self._read(row)
        if row is not None and programme is not None:
            sheet = programme_sheet(self.context.db, row, _sections(programme))
            PaperDialog(self.context, self, sheet).open()

    def export(self) -> None:
        """The version as a file."""
        row = self.table.current_row()
        programme = None if row is None else self._read(row)
        if programme is not None:
            ask_and_export(self.context, self, programme)

    # --- in use or not ---

    def change_state(self) -> None:
        """Take the programme of the version under the cursor out of use, or back into it."""
        row = self.table.current_row()
        if row is None or self.work.busy:
            return
        if row.state == "active":
            words = tr("“{name}”停用以后不再记分、不再发新的权益；已发的照常用到期。")
            words = words.format(name=row.name)
            if self.context.alerts.ask(tr("停用方案"), words, tr("停用(&Y)")):
                self._retire(row)
        else:
            self._activate(row)

    def _retire(self, row: VersionRow) -> None:
        session = self.context.session
        done = self.context.alerts.run_command(retire, session, programme_id=row.programme_id)
        if done is not None:
            self._changed(tr("已停用“{name}”。").format(name=row.name))

    def _activate(self, row: VersionRow, *consent: str) -> None:
        session = self.context.session.confirming(*consent)
        call = partial(write_beside, session, activate, programme_id=row.programme_id)
        self.state_button.setEnabled(False)
        self.work.start(
            tr("正在恢复"),
            call,
            partial(self._activated, row),
            progress=True,
            always=self._again,
            ask=partial(self._ask, row),
        )

    def _ask(self, row: VersionRow, question: Confirmable) -> None:
        if self.context.alerts.ask(tr("请确认"), question.sentence):
            self._activate(row, question.code)

    def _activated(self, row: VersionRow, done: Any) -> None:
        self.context.alerts.announce(done)
        self._changed(tr("“{name}”恢复使用了。").format(name=row.name))

    def _again(self) -> None:
        self.state_button.setEnabled(True)

    def _changed(self, sentence: str) -> None:
        self.reload()
        self.context.alerts.banner(sentence, "success")

    def cut_over(self) -> None:
        """Move the members to another programme."""
        from ui.dialogs.cut_over import CutOverDialog

        CutOverDialog(self.context, self).exec()
        self.reload()


def _sections(programme: Programme) -> tuple[Section, ...]:
    """Everything said of a programme, and the prices of its tiers side by side (R014, R071)."""
    return (*describe(programme), *price_section(programme))


def columns() -> list[Column]:
    """A version in one line."""
    return [
        Column(tr("方案"), lambda row: row.name, width=168, tone=_tone),
        Column(tr("版次"), lambda row: tr("第 {n} 版").format(n=row.number), width=80, tone=_tone),
        Column(tr("生效日"), lambda row: row.valid_from, width=104, tone=_tone),
        Column(tr("状态"), _state, width=96, tone=_tone),
        Column(tr("给谁用"), _scope, width=104, tone=_tone),
        Column(tr("签署"), _signed, width=192, tone=_tone),
        Column(tr("说明"), lambda row: row.note, width=160, tone=_tone),
    ]


def _state(row: VersionRow) -> str:
    if row.state != "active":
        return tr("已停用")
    return {"current": tr("✓ 现行"), "future": tr("将生效"), "past": tr("以前")}[row.tense]


def _tone(row: VersionRow) -> str:
    if row.state != "active" or row.tense == "past":
        return "muted"
    return "success" if row.tense == "current" else ""


def _scope(row: VersionRow) -> str:
    return tr("全部会员") if row.scope == "all" else tr("新会员")


def _signed(row: VersionRow) -> str:
    return tr("{day} {name}").format(day=row.signed_on, name=row.signed_by)
