"""What restores set aside, and the way back to it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from services.backups import restoring, swap
from services.commands import Actor
from services.i18n import tr
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.base import Dialog
from ui.forms import label
from ui.restoring import Wish
from ui.tables.model import Column
from ui.tables.view import Table


class SetAsideDialog(Dialog):
    """The newest first; Enter puts one back, which sets the present data aside in its turn."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("搁置的数据"))
        self.take_room(560, 400)
        words = tr("每次恢复都把原来的数据整份搁置在这里。换回其中一份，就是撤销那次恢复。")
        self.body.addWidget(label(words, "muted"))
        self.table = Table(
            "set_aside",
            [
                Column(tr("搁置的时间"), aside_words, width=220),
                Column(tr("大小"), _size, align="right", width=100),
            ],
            context.settings,
            title=tr("搁置的数据"),
            empty_text=tr("没有搁置的数据：还没有恢复过备份。"),
            key=str,
        )
        self.body.addWidget(self.table, 1)
        self.back_button = self.add_buttons(tr("换回这一份…"), tr("关闭"))
        self.table.activated_row.connect(self.put_back)
        rows = swap.set_aside(context.clinic.folder)
        self.table.set_rows(rows)
        self.table.select_first()
        self.back_button.setEnabled(bool(rows))
        self.table.setFocus()

    def submit(self) -> None:
        """Put the chosen one back."""
        self.put_back(self.table.current_row())

    def put_back(self, aside: Path | None) -> None:
        """Ask for a PIN and hand over to the program."""
        if aside is None:
            return
        when = aside_words(aside)
        words = tr("换回 {when} 搁置的数据。现在的数据会整份搁置，之后还可以换回来。")
        given = ask_approval(self.context, self, restoring.RIGHT, words.format(when=when))
        if given is None:
            return
        done = tr("已换回 {when} 搁置的数据。").format(when=when)
        by = Actor(given.staff_id, given.name, given.role)
        wish = Wish(aside, self.context.clinic.file.key, by, done)
        self.accept()
        self.context.navigator.restore_wanted.emit(wish)


def aside_words(aside: Path) -> str:
    """'2026-11-20 12:30:05' of the folder's name '20261120-123005' (or '…-2')."""
    name = aside.parent.name
    day, time, *more = name.split("-")
    words = f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]}:{time[4:]}"
    return " ".join([words, *(f"({number})" for number in more)])


def _size(aside: Path) -> str:
    return tr("{n} MB").format(n=f"{aside.stat().st_size / (1 << 20):.1f}")
