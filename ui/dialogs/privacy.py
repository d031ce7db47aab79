"""Everybody's personal data at a glance: requests that wait, frozen records, children who turned
fourteen, records past keeping; and for how long the clinic keeps them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QTabWidget, QWidget

from services.errors import RuleError
from services.i18n import tr
from services.privacy.freezing import frozen_people
from services.privacy.minors import grown_up
from services.privacy.requests import open_requests
from services.privacy.retention import past_keeping, retention, set_retention
from services.privacy.words import kind_title
from services.rights import holders, may
from ui.context import UiContext
from ui.dialogs.base import Dialog
from ui.dialogs.desk import DeskDialog
from ui.dialogs.personal_data import PersonalDataDialog
from ui.forms import Form, label
from ui.looking import Looking
from ui.tables.model import Column
from ui.tables.view import Table
from ui.widgets.gift_kit import CountEdit, key_button

_READS = "privacy.unfreeze"


def _past_keeping(today: str, db: Any) -> list[Any]:
    return list(past_keeping(db, today))


class PrivacyDialog(Dialog):
    """Four lists; Enter opens the chosen person's requests."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("个人信息总览"))
        self.take_room(960, 560)
        self.keeping = label("", "muted")
        self.body.addWidget(self.keeping)
        self.pages = QTabWidget()
        self.pages.setAccessibleName(tr("个人信息名单"))
        self.tables: list[Table] = []
        self._reads: list[Callable[[], list[Any]]] = []
        self._add(tr("待答复(&1)"), _waiting(context), self._open_requests)
        self._add(tr("冻结(&2)"), _frozen(context), self._frozen)
        self._add(tr("满 14 岁(&3)"), _grown_up(context), self._grown_up)
        past = _past(context)
        past.activated_row.connect(self._activated)
        self.pages.addTab(past, tr("保存期已满(&4)"))
        self.tables.append(past)
        self._beside = Looking(context, past.set_rows, self)
        self.body.addWidget(self.pages, 1)
        self.years_button = key_button(tr("保存年限(&Y)…"))
        allowed = may(context.session.actor.role, "privacy.retention")
        self.years_button.setEnabled(allowed)
        if not allowed:
            who = holders("privacy.retention")
            self.years_button.setToolTip(tr("须由{holders}登录").format(holders=who))
        self.years_button.clicked.connect(self.open_years)
        self.add_buttons(tr("打开 ⏎"), tr("关闭"), left=(self.years_button,))
        self.pages.currentChanged.connect(self._turned)
        self.reload()
        self._turned()

    def _add(self, title: str, table: Table, read: Callable[[], list[Any]]) -> None:
        table.activated_row.connect(self._activated)
        self.pages.addTab(table, title)
        self.tables.append(table)
        self._reads.append(read)

    def reload(self, *_: object) -> None:
        """Read all four lists and the years again."""
        years = retention(self.context.db)
        words = tr("离开或最后一次来院满 {n} 年的档案列在“保存期已满”，逐个决定，不会自动删除。")
        if years.legal_years:
            words += tr("法定保存 {n} 年内不删除。").format(n=years.legal_years)
        self.keeping.setText(words.format(n=years.keep_years))
        for table, read in zip(self.tables, self._reads, strict=False):
            table.set_rows(self.context.alerts.run(read) or [])
        self._beside.look(partial(_past_keeping, self.context.today()))  # it looks at everybody

    def _open_requests(self) -> list[Any]:
        return open_requests(self.context.db, self.context.today())

    def _frozen(self) -> list[Any]:
        sees = may(self.context.session.actor.role, _READS)
        return list(frozen_people(self.context.db)) if sees else []

    def _grown_up(self) -> list[Any]:
        return list(grown_up(self.context.db, self.context.today()))

    def _turned(self, *_: object) -> None:
        table = self.tables[self.pages.currentIndex()]
        table.select_first()
        table.setFocus()

    def _activated(self, _row: object) -> None:
        self.submit()

    def submit(self) -> None:
        """Open the chosen person's requests."""
        row = self.tables[self.pages.currentIndex()].current_row()
        if row is not None:
            dialog = PersonalDataDialog(self.context, self, row.person_id)
            dialog.finished.connect(self.reload)
            dialog.open()

    def open_years(self, *_: object) -> None:
        """Change how long records are kept."""
        dialog = RetentionDialog(self.context, self)
        dialog.finished.connect(self.reload)
        dialog.open()


class RetentionDialog(DeskDialog):
    """Two numbers of years."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("保存年限"))
        years = retention(context.db)
        words = tr("诊所若把这里的记录认定为门诊病历，法定年限请填 15；不认定填 0。")
        self.body.addWidget(label(words, "muted"))
        self.keep = CountEdit(tr("年"))
        self.keep.setText(str(years.keep_years))
        self.legal = CountEdit(tr("年，0 表示没有"))
        self.legal.setText(str(years.legal_years))
        form = Form()
        self.keep_field = form.add(tr("离开后保存(&K)"), self.keep)
        form.add(tr("法定年限(&L)"), self.legal)
        self.body.addWidget(form)
        self.add_buttons(tr("保存"), tr("取消"))
        self.keep.setFocus()

    def submit(self) -> None:
        """Keep the years."""
        try:
            years = {"keep_years": self.keep.count(), "legal_years": self.legal.count()}
            done = set_retention(self.once, **years)
        except RuleError as refused:
            self.keep_field.refuse(refused.sentence)
            return
        self.context.alerts.announce(done)
        self.say_done(tr("保存年限已更新。"))


def _table(
    context: UiContext, name: str, title: str, empty: str, columns: list[tuple[str, str, int]]
) -> Table:
    who = [
        Column(tr("会员号"), lambda r: r.number, width=104),
        Column(tr("姓名"), lambda r: r.name_masked, width=96),
    ]
    more = [Column(head, _field(field), width=width) for head, field, width in columns]
    return Table(f"privacy/{name}", [*who, *more], context.settings, title=title, empty_text=empty)


def _field(name: str) -> Callable[[Any], str]:
    return lambda row: kind_title(row.kind) if name == "kind" else str(getattr(row, name))


def _waiting(context: UiContext) -> Table:
    columns = [
        (tr("要求"), "kind", 136),
        (tr("收到"), "received_on", 104),
        (tr("答复期限"), "due_on", 104),
        (tr("经办"), "staff", 88),
    ]
    empty = tr("没有等答复的要求。\n\n顾客提出时，在“入会”的“更多”里打开“个人信息”登记。")
    return _table(context, "waiting", tr("等答复的要求"), empty, columns)


def _frozen(context: UiContext) -> Table:
    empty = (
        tr("没有冻结的档案。") if may(context.session.actor.role, _READS) else tr("只有院长能看。")
    )
    columns = [(tr("冻结日期"), "frozen_on", 120)]
    return _table(context, "frozen", tr("冻结的档案"), empty, columns)


def _grown_up(context: UiContext) -> Table:
    columns = [(tr("满 14 岁"), "day", 120)]
    empty = tr("没有要重新征求同意的人。")
    return _table(context, "grown_up", tr("满 14 岁待本人同意"), empty, columns)


def _past(context: UiContext) -> Table:
    columns = [(tr("最后一次"), "last_on", 120), (tr("保存到"), "until", 120)]
    empty = tr("没有超过保存年限的档案。")
    return _table(context, "past", tr("保存期已满的档案"), empty, columns)
