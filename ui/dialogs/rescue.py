"""The clinic does not open: back to a good backup, to its keys, or to what can still be read.

Whatever is done here, what stands in the folder is set aside or copied, never deleted, and there
is no way to start afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from services.backups import finding, keys_back, restoring, salvage
from services.backups.finding import Found
from services.clock import Clock
from services.errors import EnvironmentFault, Fault, RuleError, fault_sentence
from services.i18n import tr
from services.staff import StaffRow
from ui.alerts import Alerts
from ui.bus import Bus
from ui.dialogs.backups import backup_columns, meaning_words
from ui.forms import ChoiceBox, Form, PinEdit, TextEdit, button, button_row, label
from ui.restoring import HOLDER
from ui.tables.view import Table
from ui.tasks import Progress, Tasks
from ui.theme import GAP
from ui.widgets.gift_kit import key_button
from ui.widgets.work import Work

# faults after which the file may still hold rows that no backup has
_TORN = (Fault.DAMAGED, Fault.UNREADABLE)


@dataclass(frozen=True)
class Unlocked:
    """A backup that was opened: its key, and who may restore it."""

    key: bytes
    people: tuple[StaffRow, ...]


class RescueScreen(QWidget):
    """A list of good backups; below it first the recovery code, then who restores. The clinic
    cannot be asked who still works here and who is locked out, so the code is asked of everybody.
    Emits `rescued(code, sentence)` or `back`."""

    rescued = Signal(str, str)
    back = Signal()

    def __init__(
        self,
        folder: Path,
        fault: Fault,
        clock: Clock,
        vault: Any,
        tasks: Tasks,
        settings: QSettings,
    ) -> None:
        super().__init__()
        self._folder, self._fault, self._clock, self._vault = folder, fault, clock, vault
        self._keys_only = fault is Fault.KEYS_DAMAGED
        self._unlocked: Unlocked | None = None
        self._chosen: list[Found] = []
        self.setWindowTitle(tr("皓齿前台"))
        self.alerts = Alerts(Bus(self), self)
        self.work = Work(tasks, self.alerts)
        self.table = Table(
            "rescue",
            backup_columns(clock.today()),
            settings,
            title=tr("完好的备份"),
            empty_text=tr("正在找备份…"),
        )
        self.meaning = label("")
        self.code = TextEdit(tr("恢复码 5 组、每组 5 个字符；或备用口令"))
        self.who = ChoiceBox()
        self.pin = PinEdit(tr("备份那天的密码"))
        self.form = Form()
        self.code_field = self.form.add(tr("恢复码(&R)"), self.code)
        self.who_field = self.form.add(tr("操作人(&W)"), self.who)
        self.pin_field = self.form.add(tr("密码(&P)"), self.pin)
        self.file_button = key_button(tr("选择备份文件(&F)…"))
        self.whole_button = key_button(tr("改为恢复整份备份(&O)"))
        self.salvage_button = key_button(tr("取出备份之后的记录(&S)…"))
        self.go_button = button("", "primary")
        self.leave_button = key_button(tr("返回(&N)"))
        self._build()
        self._wire()
        self._show_step()

    def _build(self) -> None:
        card = QFrame()
        card.setProperty("role", "card")
        card.setMaximumWidth(960)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(3 * GAP, 2 * GAP, 3 * GAP, 2 * GAP)
        inside.setSpacing(GAP)
        heading = tr("取回钥匙") if self._keys_only else tr("从备份恢复")
        self.heading = label(heading, "heading")
        self.hint = label(self._hint_words(), "muted")
        inside.addWidget(self.heading)
        inside.addWidget(self.hint)
        inside.addWidget(self.table, 1)
        below: tuple[QWidget, ...] = (self.work, self.meaning, self.form)
        for widget in below:
            inside.addWidget(widget)
        left = (self.file_button, self.whole_button, self.salvage_button)
        inside.addLayout(button_row(self.leave_button, self.go_button, left=left))
        middle = QHBoxLayout()
        middle.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        middle.addWidget(card)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self.alerts.bar)
        outside.addLayout(middle, 1)

    def _wire(self) -> None:
        self.table.current_row_changed.connect(self._another)
        self.table.activated_row.connect(self.go)
        self.form.submitted.connect(self.go)
        self.go_button.clicked.connect(self.go)
        self.file_button.clicked.connect(self._choose)
        self.whole_button.clicked.connect(self._whole)
        self.salvage_button.clicked.connect(self._ask_where)
        self.leave_button.clicked.connect(self.back)

    def _hint_words(self) -> str:
        if self._keys_only:
            return tr(
                "数据文件没有问题，只是钥匙文件坏了。选一份备份，输入恢复码，"
                "就从备份里取回钥匙；登记过的内容一条不少。"
            )
        return tr("本机和插着的 U 盘上，逐份读过、完好的备份都列在这里。原来的文件会搁置，不删除。")

    # --- the list ---

    def begin(self) -> None:
        """Look for backups, on another thread."""
        call = partial(_reach, self._folder)
        self.work.start(tr("正在逐份核对备份"), call, self._reached, progress=True)
        self.table.setFocus()

    def _reached(self, reached: finding.Reachable) -> None:
        self.table.empty_text = tr("没有找到完好的备份。插上 U 盘后返回再来，或选择备份文件。")
        self._show([*self._chosen, *reached.found])
        if reached.spoilt:
            words = tr("另有 {n} 份备份已损坏，没有列出。")
            self.alerts.banner(words.format(n=reached.spoilt), "warning")

    def _show(self, rows: list[Found]) -> None:
        self.table.set_rows(rows)
        self.table.select_first()
        self.table.viewport().update()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, tr("选择备份文件"), "", tr("备份 (haochi-*.db)")
        )
        if path:
            self.take_file(Path(path))

    def take_file(self, path: Path) -> None:
        """A backup that stands somewhere else."""
        found = self.alerts.run(finding.chosen, path)
        if found is not None:
            self._chosen = [found]
            self._show([found, *(row for row in self.table.rows() if row.id != found.id)])
            self.table.select_key(found.id)

    def _another(self, _row: object) -> None:
        self._unlocked = None
        self._show_step()

    def _whole(self) -> None:
        self._keys_only = False
        self.heading.setText(tr("从备份恢复"))
        self.hint.setText(self._hint_words())
        self._another(None)

    # --- step by step ---

    def _show_step(self) -> None:
        """The fields of the step at hand."""
        found = self.table.current_row()
        opened = self._unlocked is not None
        self.form.show_row(self.code_field, found is not None)
        self.form.show_row(self.who_field, opened)
        self.form.show_row(self.pin_field, opened)
        self.whole_button.setVisible(self._keys_only)
        self.salvage_button.setVisible(opened and self._fault in _TORN)
        words = tr("取回钥匙并打开") if self._keys_only else tr("下一步")
        self.go_button.setText(tr("恢复") if opened else words)
        self.go_button.setEnabled(found is not None)
        shown = found is not None and not self._keys_only
        self.meaning.setText(meaning_words(found, None) if shown and found else "")
        self.meaning.setVisible(shown)

    def go(self, *_: object) -> None:
        """The next step for the chosen backup."""
        found = self.table.current_row()
        if found is None or self.work.busy:
            return
        if not self.code.value():
            self.code_field.refuse(tr("请输入建立诊所时打印的恢复码，或备用口令。"))
        elif self._keys_only:
            self._take_keys(found)
        elif self._unlocked is None:
            call = partial(_unlock, found, self.code.value(), self._clock)
            self.work.start(tr("正在打开备份"), call, self._opened)
        else:
            self._restore(found, self._unlocked)

    def _opened(self, found: Unlocked | str) -> None:
        if isinstance(found, str):
            self.code_field.refuse(found)
            return
        self._unlocked = found
        self.who.set_choices([(row.name, row.name) for row in found.people])
        self._show_step()
        self.pin.setFocus()

    def _restore(self, found: Found, opened: Unlocked) -> None:
        name, pin = str(self.who.value() or ""), self.pin.text()
        self.pin.clear()
        call = partial(
            _restore_it, self._folder, found, opened.key, self._clock, self._vault, name, pin
        )
        self.work.start(tr("正在恢复"), call, partial(self._restored, found), progress=False)

    def _restored(self, found: Found, refused: str) -> None:
        if refused:
            self.pin_field.refuse(refused)
            return
        words = tr("已恢复到 {at} 的备份。").format(at=found.backup.manifest.made_at[:16])
        # a passphrase of the backup's day may open nothing here: this PC's own key goes first
        mine = restoring.device_key(self._folder, found.backup, self._vault)
        self.rescued.emit("" if mine else self.code.value(), words)

    # --- only the keys ---

    def _take_keys(self, found: Found) -> None:
        call = partial(_take_keys, self._folder, found, self.code.value(), self._clock, self._vault)
        self.work.start(tr("正在核对钥匙"), call, self._taken)

    def _taken(self, refused: str) -> None:
        if refused:
            self.code_field.refuse(refused)
            return
        self.rescued.emit(self.code.value(), tr("钥匙已取回，数据完好。"))

    # --- rows that no backup has ---

    def _ask_where(self) -> None:
        if not self.code.value():
            self.form.show_row(self.code_field, True)
            self.code_field.refuse(tr("取出记录须输入恢复码或备用口令，再由院长输入密码。"))
            return
        if not self.pin.text():
            self.pin_field.refuse(tr("取出记录须由院长输入密码。"))
            return
        question = tr(
            "损坏的文件里，这份备份之后还读得出来的记录会写成一张 Excel 表，供照着重新登记。"
            "表里是完整的姓名、电话和证件号，没有加密，用完请销毁。要取出吗？"
        )
        if not self.alerts.ask(tr("取出记录"), question, tr("取出(&Y)")):
            return
        path, _ = QFileDialog.getSaveFileName(
            self,
            tr("保存到"),
            salvage.file_name(self._clock.today()),
            tr("Excel 工作簿 (*.xlsx)"),
        )
        if path:
            self.take_rows(Path(path).with_suffix(".xlsx"))

    def take_rows(self, path: Path) -> None:
        """Write what the damaged file still holds beyond the chosen backup."""
        found = self.table.current_row()
        if found is None or self.work.busy:
            return
        name, pin = str(self.who.value() or ""), self.pin.text()
        call = partial(
            _salvage, self._folder, found, self.code.value(), path, self._clock, name, pin
        )
        self.work.start(
            tr("正在读取还能读出的记录"), call, partial(self._salvaged, path), progress=True
        )

    def _salvaged(self, path: Path, done: salvage.Salvaged | str) -> None:
        if isinstance(done, str):
            self.pin_field.refuse(done)
            return
        words = tr("已取出 {n} 条记录到“{name}”。恢复备份以后照着重新登记，用完请销毁。")
        if done.torn:
            words = tr(
                "已取出 {n} 条记录到“{name}”，有 {torn} 张表不全。恢复后照着重新登记，用完请销毁。"
            )
        said = words.format(n=f"{done.rows:,}", name=path.name, torn=done.torn)
        self.alerts.banner(said, "success")


# --- the work itself, on other threads ---


def _reach(folder: Path, progress: Progress) -> finding.Reachable:
    return finding.reachable(folder, progress.report)


def _unlock(found: Found, code: str, clock: Clock) -> Unlocked | str:
    """The backup opened; a sentence when the code does not fit."""
    try:
        key = restoring.unlock(found.backup, code)
        with restoring.inside(found.backup, key, clock) as clinic:
            return Unlocked(key, tuple(restoring.managers(clinic)))
    except EnvironmentFault as fault:
        if fault.fault is not Fault.WRONG_KEY:
            raise
        return _wrong_code()


def _restore_it(
    folder: Path, found: Found, key: bytes, clock: Clock, vault: Any, name: str, pin: str
) -> str:
    """'' when it is done; a sentence when the PIN or the right was refused."""
    try:
        restoring.restore(
            folder,
            found.backup,
            key,
            clock=clock,
            vault=vault,
            name=name,
            pin=pin,
            holder=HOLDER,
        )
    except RuleError as refused:
        return refused.sentence
    return ""


def _take_keys(folder: Path, found: Found, code: str, clock: Clock, vault: Any) -> str:
    try:
        keys_back.take_back(folder, found.backup, code, clock=clock, holder=HOLDER, vault=vault)
    except EnvironmentFault as fault:
        if fault.fault is Fault.WRONG_KEY:
            return _wrong_code()
        if fault.fault is Fault.DAMAGED:
            return tr(
                "这把钥匙打不开现在的数据文件：文件也坏了，或备份是另一家诊所的。请恢复整份备份。"
            )
        return fault_sentence(fault.fault)
    return ""


def _salvage(
    folder: Path,
    found: Found,
    code: str,
    path: Path,
    clock: Clock,
    name: str,
    pin: str,
    progress: Progress,
) -> salvage.Salvaged | str:
    try:
        return salvage.salvage_rows(
            folder,
            found.backup,
            code,
            path,
            clock=clock,
            name=name,
            pin=pin,
            going=partial(progress.report, 0, 0),
        )
    except RuleError as refused:
        return refused.sentence
    except EnvironmentFault as fault:
        if fault.fault is not Fault.WRONG_KEY:
            raise
        return _wrong_code()


def _wrong_code() -> str:
    return tr("恢复码或口令不对，没有改动任何文件。请逐组核对后再输入。")
