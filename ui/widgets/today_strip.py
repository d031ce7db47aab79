"""The day in a row of buttons, each leading to the work it counts."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from services.i18n import tr
from ui.context import UiContext
from ui.forms import button
from ui.looking import Looking
from ui.theme import mark

MINUTE = 60_000
SOON = 50  # milliseconds
REMINDED = "friday/reminded"  # the day a missed Friday was said last, on this PC
# what is counted → (tab, action) it leads to
PLACES = {
    "visits": ("checkin", "show_today"),
    "gifts": ("gifts", "show_due"),
    "calls": ("followups", "show_today"),
    "notices": ("enrollment", "show_notices"),
    "friday": ("gifts", "show_reconciliation"),
    "monday": ("enrollment", "show_monday"),
    "voices": ("followups", "show_feedback"),
}


class TodayStrip(QFrame):
    """今日到诊 12 · 待发礼品 3 · 待回访 7 · 待告知 1 · 周五核对 2 天后 · 事项 2."""

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.setObjectName("todayStrip")
        self.setAccessibleName(tr("今天"))
        self._context = context
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 16, 2)
        row.setSpacing(4)
        words = plain_words()
        for name, (tab, action) in PLACES.items():
            made = button(words[name], "flat")
            made.clicked.connect(partial(context.navigator.go, tab, action))
            self.buttons[name] = made
            row.addWidget(made)
        self.buttons["duties"] = button(words["duties"], "flat")
        self.buttons["duties"].clicked.connect(self.open_duties)
        row.addWidget(self.buttons["duties"])
        row.addStretch(1)
        self.backup = button("", "flat")
        self.backup.clicked.connect(self.open_backups)
        self.backup.hide()  # until somebody keeps backups and tells
        row.addWidget(self.backup)
        self.setFixedHeight(40)
        self._beside = Looking(context, self._show, self)
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self._count)
        self._every_minute = QTimer(self, interval=MINUTE)
        self._every_minute.timeout.connect(self.refresh_soon)
        self._every_minute.start()
        context.bus.changed.connect(self.refresh_soon)

    def refresh_soon(self, *_: object) -> None:
        """Count again after the change at hand has been painted, beside the window."""
        self._soon.start()

    def _count(self) -> None:
        session = self._context.signed_in.session
        if session is not None:
            self._beside.look(partial(_counts, self._context.today(), session.actor.role))

    def _show(self, counts: Any) -> None:
        for name, text in texts_of(counts).items():
            mark(self.buttons[name], "quiet", text.endswith(" 0"))
            self.buttons[name].setText(text)
            self.buttons[name].setAccessibleName(text)
            self.buttons[name].setVisible(bool(text))
        if counts.friday_missed or counts.friday_in_days < 0:
            self._remind()

    def open_duties(self, *_: object) -> None:
        """What comes round by itself, over the window."""
        from ui.dialogs.duties import DutiesDialog

        DutiesDialog(self._context, self.window()).open()

    def show_backup(self, found: Any, problem: str) -> None:
        """How old the backups are (services.backups.schedule), and what went wrong."""
        from ui.widgets.backup_words import TONES, strip_words

        text = strip_words(found, problem, self._context.today())
        self.backup.setText(text)
        self.backup.setAccessibleName(text)
        self.backup.setToolTip(problem or tr("打开“备份与恢复”"))
        mark(self.backup, "tone", "error" if problem else TONES[found.level])
        self.backup.show()

    def open_backups(self, *_: object) -> None:
        """Backups and restoring, over the window."""
        from ui.dialogs.backups import BackupsDialog

        BackupsDialog(self._context, self.window()).open()

    def _remind(self) -> None:
        """Once a day, and not over another notice: the Friday that nobody counted."""
        context = self._context
        today = context.today()
        if context.settings.value(REMINDED) == today or context.alerts.bar.sentence:
            return
        from services.desk.today import friday_missed

        missed = friday_missed(context.db, today)
        if missed is None:
            return
        context.settings.setValue(REMINDED, today)
        go = partial(context.navigator.go, *PLACES["friday"])
        words = missed_words(missed) + tr("按 Ctrl+4、再按 Alt+3 打开。")
        context.alerts.offer(words, tr("去核对"), go)


def _counts(today: str, role: str, db: Any) -> Any:
    """On another thread."""
    from services.desk.today import today_counts

    return today_counts(db, today, role)


def missed_words(missed: Any) -> str:
    """What nobody did, and what can still be done."""
    if missed.merged:
        sentence = tr("{friday} 没有核对礼品，它并入下一次核对，期间会长一些。")
        return sentence.format(friday=missed.friday)
    if missed.because:
        sentence = tr("{friday} 那周的礼品核对因{because}提前到 {day}，还没有做，请现在补做。")
        return sentence.format(friday=missed.friday, because=missed.because, day=missed.day)
    return tr("{friday} 没有核对礼品，请现在补做。").format(friday=missed.friday)


def plain_words() -> dict[str, str]:
    """What each button says before anything was counted."""
    return {
        "visits": tr("今日到诊"),
        "gifts": tr("待发礼品"),
        "calls": tr("待回访"),
        "notices": tr("待告知升级"),
        "friday": tr("周五核对"),
        "monday": tr("周一汇总"),
        "voices": tr("意见投诉"),
        "duties": tr("事项"),
    }


def texts_of(counts: Any) -> dict[str, str]:
    """What each button says; '' hides it."""
    days = counts.friday_in_days
    if counts.reconciliation_open:
        friday = tr("周五核对 进行中")
    elif days < 0:
        friday = tr("周五核对 过了 {n} 天").format(n=-days)
    elif days == 0 and counts.friday_moved_by:
        friday = tr("周五核对 今天(因{because}提前)").format(because=counts.friday_moved_by)
    elif days == 0:
        friday = tr("周五核对 今天")
    elif counts.friday_missed:
        friday = tr("上周五没有核对")
    elif counts.friday_moved_by:
        friday = tr("周五核对 {n} 天后(因{because}提前)")
        friday = friday.format(n=days, because=counts.friday_moved_by)
    else:
        friday = tr("周五核对 {n} 天后").format(n=days)
    return {
        "visits": tr("今日到诊 {n}").format(n=counts.visits),
        "gifts": _gifts(counts),
        "calls": tr("待回访 {n}").format(n=counts.calls_due),
        "notices": tr("待告知升级 {n}").format(n=counts.notices) if counts.notices else "",
        "friday": friday,
        "monday": tr("周一汇总待签收") if counts.monday_due else "",
        "voices": _voices(counts),
        "duties": _duties(counts),
    }


def _voices(counts: Any) -> str:
    """What has to be answered by today, and how much of it is late."""
    if not counts.voices_due:
        return ""
    words = tr("意见投诉 {n}").format(n=counts.voices_due)
    return words + (tr("(过期 {n})").format(n=counts.voices_late) if counts.voices_late else "")


def _duties(counts: Any) -> str:
    """What waits for this post, and how much of it is late."""
    words = tr("事项 {n}").format(n=counts.duties)
    return words + (tr("(过期 {n})").format(n=counts.duties_late) if counts.duties_late else "")


def _gifts(counts: Any) -> str:
    """Gifts that wait, and how many people may be told that an owed one is there (E32)."""
    words = tr("待发礼品 {n}").format(n=counts.gifts_due)
    if counts.arrived:
        words += tr("(可通知 {n} 位)").format(n=counts.arrived)
    return words
