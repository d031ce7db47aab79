"""Long work seen: a bar, how far, and a way to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from services.errors import Confirmable
from services.i18n import tr
from ui.alerts import Alerts
from ui.forms import button
from ui.tasks import Task, Tasks
from ui.theme import GAP


class Work(QWidget):
    """One row; hidden while nothing runs. Errors are told where `alerts` shows."""

    def __init__(self, tasks: Tasks, alerts: Alerts) -> None:
        super().__init__()
        self._tasks, self._alerts = tasks, alerts
        self._task: Task | None = None
        self._done: Callable[[Any], None] | None = None
        self._always: Callable[[], None] | None = None
        self._ask: Callable[[Confirmable], None] | None = None
        self.words = QLabel()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("进度"))
        self.cancel_button = button(tr("取消"))
        self.cancel_button.clicked.connect(self.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.words)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel_button)
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self._task is not None and self._task.running

    def start(
        self,
        words: str,
        call: Callable[..., Any],
        done: Callable[[Any], None],
        *,
        progress: bool = False,
        always: Callable[[], None] | None = None,
        ask: Callable[[Confirmable], None] | None = None,
    ) -> None:
        """Run `call` on another thread; `done(result)` and `always()` come back here.

        A `Confirmable` goes to `ask`, which starts again with consent.
        """
        self._done, self._always, self._ask = done, always, ask
        self.words.setText(words)
        self.bar.setRange(0, 0)
        self.cancel_button.setVisible(progress)
        self.cancel_button.setEnabled(True)
        self.show()
        self._task = self._tasks.start(
            call, progress=progress, on_done=self._returned, on_error=self._failed
        )
        self._task.progress.connect(self._moved)

    def cancel(self) -> None:
        """Ask the work to stop."""
        if self._task is not None:
            self.cancel_button.setEnabled(False)
            self._task.cancel()

    def _moved(self, done: int, total: int) -> None:
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)

    def _returned(self, result: object) -> None:
        self._end()
        if self._done is not None:
            self._done(result)

    def _failed(self, error: BaseException) -> None:
        self._end()
        if isinstance(error, Confirmable) and self._ask is not None:
            self._ask(error)
        else:
            self._alerts.tell(error)

    def _end(self) -> None:
        self._task = None
        self.hide()
        if self._always is not None:
            self._always()
