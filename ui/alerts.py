"""The one gateway for what the program has to tell: banners, questions, refusals and bugs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from PySide6.QtWidgets import QWidget

from services.changes import Changes
from services.errors import (
    AppError,
    Confirmable,
    EnvironmentFault,
    IntegrityAlarm,
    RuleError,
    fault_sentence,
)
from services.i18n import tr
from ui import crashlog
from ui.bus import Bus
from ui.tasks import Cancelled
from ui.widgets.banner import Banner, BannerKind

R = TypeVar("R")


class Alerts:
    """Shows sentences in one bar and questions over one window.

    The window has one; each dialog has its own over the same bus (`inside`), so a refusal
    appears where the person is looking.
    """

    def __init__(self, bus: Bus, host: QWidget | None = None) -> None:
        self.bus = bus
        self.host = host
        self.bar = Banner(host)
        self.on_bug: Callable[[], Any] | None = None  # opens the crash report

    def inside(self, dialog: QWidget) -> Alerts:
        """Alerts shown inside `dialog`, which puts `.bar` into its layout."""
        made = Alerts(self.bus, dialog)
        made.on_bug = self.on_bug
        return made

    def banner(self, sentence: str, kind: BannerKind = "info") -> None:
        """A notice that needs no decision."""
        self.bar.say(sentence, kind)

    def offer(self, sentence: str, words: str, call: Callable[[], Any]) -> None:
        """A notice with a way to do something about it at once."""
        self.bar.say(sentence, "warning")
        self.bar.offer(words, call)

    def ask(self, title: str, sentence: str, yes_text: str = "") -> bool:
        """A decision, once. Enter alone goes back; going on needs a deliberate key."""
        from PySide6.QtWidgets import QMessageBox  # no start asks anything

        box = QMessageBox(self.host)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setText(sentence)
        yes = box.addButton(yes_text or tr("继续(&Y)"), QMessageBox.ButtonRole.AcceptRole)
        back = box.addButton(tr("返回(&N)"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(back)
        box.setEscapeButton(back)
        box.exec()
        agreed = box.clickedButton() is yes
        box.deleteLater()
        return agreed

    def run(self, call: Callable[..., R], *args: Any, **kwargs: Any) -> R | None:
        """Call a service function; answer its result, or None after showing why not.

        What a write changed is announced. When the first argument is a `Session`, a
        `Confirmable` is asked and repeated with consent.
        """
        try:
            result = self._asking(call, args, kwargs)
        except Exception as error:
            self.tell(error)
            return None
        self.announce(result)
        return result

    def tell(self, error: BaseException) -> None:
        """Show what went wrong: the one place that turns errors into sentences."""
        if isinstance(error, Cancelled):
            self.banner(tr("已取消，没有保存任何改动。"), "info")
        elif isinstance(error, EnvironmentFault):
            crashlog.report(error)
            self.banner(fault_sentence(error.fault), "error")
        elif isinstance(error, IntegrityAlarm):
            crashlog.report(error)
            self.banner(error.sentence, "error")
        elif isinstance(error, AppError):
            self.banner(error.sentence, "warning")
        else:
            self.bug(error)

    def run_command(self, call: Callable[..., R], session: object, **kwargs: Any) -> R | None:
        """`run` for a command: `session` first, everything else by keyword."""
        return self.run(call, session, **kwargs)

    def announce(self, result: object) -> None:
        """Put a result's `changes` on the bus."""
        changes = getattr(result, "changes", None)
        if isinstance(changes, Changes):
            self.bus.announce(changes)

    def bug(self, error: BaseException) -> None:
        """Something nobody foresaw: write it down without personal data, and say so."""
        crashlog.report(error)
        sentence = tr(
            "程序出错({name})，刚才的操作没有保存，已记入日志。请重试；再出错请重启程序。"
        )
        self.banner(sentence.format(name=type(error).__name__), "error")
        if self.on_bug is not None:
            self.bar.offer(tr("错误报告…"), self.on_bug)

    def _asking(self, call: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        while True:
            try:
                return call(*args, **kwargs)
            except Confirmable as question:
                session = args[0] if args else None
                if not hasattr(session, "confirming"):
                    raise RuleError(question.sentence) from question
                if question.code in session.confirmed:  # type: ignore[union-attr]
                    raise
                if not self.ask(tr("请确认"), question.sentence):
                    return cast(R, None)
                args = (session.confirming(question.code), *args[1:])  # type: ignore[union-attr]
