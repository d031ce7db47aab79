"""Makes the demo clinic in its own folder, with progress, then opens it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from services.clinic import clinic_exists
from services.i18n import tr
from services.rights import role_title
from ui.alerts import Alerts
from ui.bus import Bus
from ui.forms import button, button_row, label
from ui.tasks import Progress, Tasks
from ui.theme import GAP
from ui.widgets.work import Work

MEMBERS = 400
SEED = 1


class DemoScreen(QWidget):
    """Emits `ready(folder)`, or `back` when it was not wanted after all."""

    ready = Signal(object)
    back = Signal()

    def __init__(self, folder: Path, tasks: Tasks, vault: object = None) -> None:
        super().__init__()
        self._folder, self._vault = folder, vault
        self.setWindowTitle(tr("演示"))
        alerts = Alerts(Bus(self), self)
        self.work = Work(tasks, alerts)
        self.people = label("")
        self.people.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.people.setAccessibleName(tr("演示员工和密码"))
        self.go_button = button(tr("打开演示诊所"), "primary")
        self.go_button.setEnabled(False)
        self.go_button.clicked.connect(self._go)
        leave = button(tr("返回"))
        leave.clicked.connect(self._leave)
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(560)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(4 * GAP, 3 * GAP, 4 * GAP, 3 * GAP)
        inside.setSpacing(GAP)
        inside.addWidget(label(tr("演示诊所"), "heading"))
        words = tr("里面都是编造的人和账。它在 {folder}，和真实数据分开，可以随时删除。")
        inside.addWidget(label(words.format(folder=folder), "muted"))
        inside.addWidget(self.work)
        inside.addWidget(self.people)
        inside.addSpacing(GAP)
        inside.addLayout(button_row(leave, self.go_button))
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(alerts.bar)
        outside.addStretch(2)
        outside.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        outside.addStretch(3)

    def begin(self) -> None:
        """Make it, or open the one made before."""
        if clinic_exists(self._folder):
            self.people.setText(tr("演示诊所已经建好，可以直接打开。"))
            self.go_button.setEnabled(True)
            return
        call = partial(make, self._folder, self._vault)
        self.work.start(tr("正在编造两年的往来"), call, self._made, progress=True)

    def _made(self, made: Any) -> None:
        lines = [f"{role_title(one.role)}　{one.name}　{one.pin}" for one in made.staff]
        self.people.setText(tr("员工和密码(请记下):\n{lines}").format(lines="\n".join(lines)))
        self.go_button.setEnabled(True)
        self.go_button.setFocus()

    def _go(self) -> None:
        self.ready.emit(self._folder)

    def _leave(self) -> None:
        self.work.cancel()
        self.back.emit()


def make(folder: Path, vault: object, progress: Progress) -> Any:
    """The work itself."""
    from services.demo import build

    return build(
        folder,
        MEMBERS,
        SEED,
        vault=cast(Any, vault),
        progress=progress.show,
        cancelled=progress.stopped,
    )
