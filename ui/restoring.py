"""A restore as the window does it: the clinic is closed, replaced, and opened again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from services.backups import restoring
from services.backups.shelf import Backup
from services.clock import Clock
from services.commands import Actor
from services.i18n import tr
from ui.alerts import Alerts
from ui.backing_up import sentence_of
from ui.bus import Bus
from ui.forms import label
from ui.tasks import Progress, Tasks
from ui.theme import GAP
from ui.widgets.work import Work

HOLDER = "window"


@dataclass(frozen=True)
class Wish:
    """What is to take the clinic's place (a backup, or a file that was set aside), the clinic's
    key, who wants it, and what is said afterwards."""

    source: Backup | Path
    key: bytes
    by: Actor
    done: str


class RestoreScreen(QWidget):
    """Emits `restored(sentence, kind)` when the clinic can be opened again, whatever happened."""

    restored = Signal(str, str)

    def __init__(self, folder: Path, wish: Wish, clock: Clock, vault: object, tasks: Tasks) -> None:
        super().__init__()
        self._folder, self._wish, self._clock, self._vault = folder, wish, clock, vault
        self._tasks = tasks
        self.setWindowTitle(tr("皓齿前台"))
        alerts = Alerts(Bus(self), self)
        self.work = Work(tasks, alerts)
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(560)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(4 * GAP, 3 * GAP, 4 * GAP, 3 * GAP)
        inside.setSpacing(GAP)
        inside.addWidget(label(tr("正在恢复"), "heading"))
        words = tr("原来的数据会搁置在旁边，不会删除。请不要关机或拔出 U 盘。")
        inside.addWidget(label(words, "muted"))
        inside.addWidget(self.work)
        outside = QVBoxLayout(self)
        outside.addStretch(2)
        outside.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outside.addStretch(3)

    def begin(self) -> None:
        """Restore on another thread."""
        call = partial(replace, self._folder, self._wish, self._clock, self._vault)
        self.work.show()
        self.work.words.setText(tr("正在复制并检查"))
        self.work.bar.setRange(0, 0)
        self.work.cancel_button.hide()
        self._tasks.start(call, progress=True, on_done=self._done, on_error=self._failed)

    def _done(self, _restored: Any) -> None:
        self.restored.emit(self._wish.done, "success")

    def _failed(self, error: BaseException) -> None:
        words = tr("没有恢复，数据和原来一样。{why}")
        self.restored.emit(words.format(why=sentence_of(error)), "warning")


def replace(folder: Path, wish: Wish, clock: Clock, vault: Any, progress: Progress) -> Any:
    """The work itself; the clinic is closed."""
    if isinstance(wish.source, Backup):
        return restoring.restore(
            folder,
            wish.source,
            wish.key,
            clock=clock,
            vault=vault,
            by=wish.by,
            holder=HOLDER,
            progress=progress.show,
        )
    return restoring.undo(
        folder, wish.source, wish.key, clock=clock, vault=vault, by=wish.by, holder=HOLDER
    )
