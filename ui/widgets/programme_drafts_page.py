"""The editor's first page: the drafts there are, and what a new one may begin with."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from services.i18n import tr
from services.programmes.definition import Programme, to_json
from services.programmes.drafts import (
    DraftRow,
    VersionRow,
    drafts,
    drop_draft,
    save_draft,
    signed,
    versions,
)
from services.programmes.registry import preset, preset_names
from services.programmes.toml_files import read_file
from ui.context import UiContext
from ui.forms import button_row, label
from ui.tables.model import Column
from ui.tables.view import Table
from ui.theme import GAP
from ui.widgets.gift_kit import Card, LetterBox, key_button
from ui.widgets.programme_files import files_filter
from ui.widgets.programme_text import WARNING

_CARD = 48 * GAP


class DraftsPage(QWidget):
    """Enter opens the draft under the cursor; the card on the right begins a new one."""

    opened = Signal(int)

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self._context = context
        columns = [
            Column(tr("草稿"), lambda row: row.name, width=200),
            Column(tr("还缺"), _lacking, lambda row: row.gaps, width=100, tone=_tone),
            Column(tr("改动日"), lambda row: row.changed_on, width=104),
            Column(tr("谁改的"), lambda row: row.staff, width=96),
        ]
        self.table = Table(
            "programme/drafts",
            columns,
            context.settings,
            title=tr("草稿"),
            empty_text=tr("还没有草稿。在右边选择从哪里开始，按回车。草稿签署以前不影响任何人。"),
        )
        self.open_button = key_button(tr("打开(&O)"))
        self.drop_button = key_button(tr("删除草稿(&D)"), "danger")
        self.source = LetterBox()
        self.make_button = key_button(tr("开始起草(&N)"), "primary")
        self.file_button = key_button(tr("读取方案文件(&F)…"))
        self._lay_out()
        self.table.activated_row.connect(self._open)
        self.open_button.clicked.connect(self._open_current)
        self.drop_button.clicked.connect(self.drop)
        self.make_button.clicked.connect(self.begin)
        self.card.submitted.connect(self.begin)
        self.file_button.clicked.connect(self._choose_file)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(GAP)
        left.addWidget(self.table, 1)
        left.addLayout(button_row(self.open_button, left=(self.drop_button,)))
        self.card = Card(tr("新的草稿"))
        self.card.setFixedWidth(_CARD)
        asked = QLabel(tr("从哪里开始(&S)"))
        asked.setBuddy(self.source)
        self.source.setAccessibleName(tr("从哪里开始"))
        words = tr("和现行方案同名的草稿，签署后就是它的新版；换一个名称，就是另一个方案。")
        for widget in (asked, self.source, label(words, "muted")):
            self.card.body.addWidget(widget)
        self.card.body.addLayout(button_row(self.make_button))
        self.card.body.addSpacing(2 * GAP)
        words = tr("方案也可以从文件读来：别的诊所导出的，或自己存下的。")
        self.card.body.addWidget(label(words, "muted"))
        self.card.body.addLayout(button_row(self.file_button))
        self.card.body.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addLayout(left, 1)
        row.addWidget(self.card)

    def reload(self, current: int | None = None) -> None:
        """Read drafts and sources again."""
        rows = self._context.alerts.run(drafts, self._context.db) or []
        self.table.set_rows(rows)
        if current is not None:
            self.table.select_key(current)
        self.table.select_first()
        self.source.set_choices(self._sources())
        for made in (self.open_button, self.drop_button):
            made.setVisible(bool(rows))

    def _sources(self) -> list[tuple[str, str]]:
        """What a draft may begin as: 'version 3', 'preset 空白'."""
        db, today = self._context.db, self._context.today()
        rows: list[VersionRow] = self._context.alerts.run(versions, db, today) or []
        rows.sort(key=lambda row: (row.state != "active", row.tense != "current"))
        shipped = tr("{name} · 预设")
        return [
            *((f"version {row.id}", version_words(row)) for row in rows),
            *((f"preset {name}", shipped.format(name=name)) for name in preset_names()),
        ]

    def start(self) -> None:
        """The keyboard goes to the drafts, or to the beginning of one."""
        if self.table.rows():
            self.table.setFocus()
        else:
            self.source.setFocus()

    # --- new drafts ---

    def begin(self) -> None:
        """A new draft of what is chosen, open at once."""
        kind, _, key = str(self.source.value() or "").partition(" ")
        if kind == "version":
            programme = self._context.alerts.run(signed, self._context.db, int(key))
            self._keep(programme, based_on=int(key))
        elif kind == "preset":
            self._keep(self._context.alerts.run(preset, key))

    def read(self, path: Path) -> None:
        """A new draft of a TOML file."""
        self._keep(self._context.alerts.run(read_file, path))

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("读取方案文件"), "", files_filter())
        if path:
            self.read(Path(path))

    def _keep(self, programme: Programme | None, based_on: int | None = None) -> None:
        if programme is None:
            return
        session = self._context.session
        saved = self._context.alerts.run_command(
            save_draft, session, definition=to_json(programme), based_on=based_on
        )
        if saved is not None:
            self.opened.emit(saved.draft_id)
            return
        same = next((row for row in self.table.rows() if row.name == programme.name), None)
        if same is not None:
            self.table.select_key(same.id)
            self.table.setFocus()

    # --- the drafts there are ---

    def drop(self) -> None:
        """Give the draft under the cursor up."""
        row = self.table.current_row()
        if row is None:
            return
        words = tr("草稿“{name}”会删掉，不能取回。已签署的版本不受影响。").format(name=row.name)
        if not self._context.alerts.ask(tr("删除草稿"), words, tr("删除(&Y)")):
            return
        session = self._context.session
        if self._context.alerts.run_command(drop_draft, session, draft_id=row.id) is not None:
            self.reload()
            self.start()

    def _open(self, row: DraftRow) -> None:
        self.opened.emit(row.id)

    def _open_current(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.opened.emit(row.id)


def version_words(row: VersionRow) -> str:
    """A signed version in one line."""
    words = tr("{name} · 第 {n} 版，{day} 起").format(
        name=row.name, n=row.number, day=row.valid_from
    )
    if row.state != "active":
        return tr("{version}，已停用").format(version=words)
    state = {"current": tr("现行"), "future": tr("将生效"), "past": tr("以前")}[row.tense]
    return tr("{version}，{state}").format(version=words, state=state)


def _lacking(row: DraftRow) -> str:
    if not row.gaps:
        return tr("✓ 齐全")
    return tr("{sign} {n} 项").format(sign=WARNING, n=row.gaps)


def _tone(row: DraftRow) -> str:
    return "warning" if row.gaps else "success"
