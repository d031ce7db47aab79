"""Backups as the desk sees them: how old, which are good, make one, copy one, go back to one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from services.backups import drill, finding, keeping, making, off_pc, restoring, schedule, shelf
from services.backups.finding import HERE, SECOND, Found
from services.backups.making import BackupRefused, make_backup
from services.changes import Changes, Kind
from services.clinic import Clinic
from services.commands import Actor, head_of_chain
from services.errors import EnvironmentFault, Fault
from services.i18n import tr
from services.rights import holders, may
from services.verify import VerifyCancelled
from ui.context import UiContext
from ui.dialogs.approve import ask_approval
from ui.dialogs.base import Dialog
from ui.forms import button_row, label
from ui.restoring import Wish
from ui.tables.model import Column
from ui.tables.view import Table
from ui.tasks import Cancelled, Progress
from ui.theme import role_of
from ui.widgets.backup_words import TONES, away_words, when_words, why_words
from ui.widgets.gift_kit import key_button
from ui.widgets.work import Work


class BackupsDialog(Dialog):
    """One line of state, the backups that were read through, and what can be done."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("备份与恢复"))
        self.take_room(880, 560)
        self.state = label("", "subheading")
        self.spoilt = label("", "warning")
        self.spoilt.hide()
        self.table = Table(
            "backups",
            backup_columns(context.today()),
            context.settings,
            title=tr("完好的备份"),
            empty_text=tr("还没有备份。按“马上备份”。"),
        )
        self.work = Work(context.tasks, self.context.alerts)
        self.make_button = key_button(tr("马上备份(&B)"))
        self.copy_button = key_button(tr("复制到 U 盘(&U)…"))
        self.second_button = key_button(tr("第二文件夹(&F)…"))
        self.drill_button = key_button(tr("恢复演练(&D)…"))
        self.aside_button = key_button(tr("搁置的数据(&A)…"))
        for each in (self.state, self.spoilt):
            self.body.addWidget(each)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.work)
        self.body.addLayout(
            button_row(
                left=(
                    self.make_button,
                    self.copy_button,
                    self.second_button,
                    self.drill_button,
                    self.aside_button,
                )
            )
        )
        self.restore_button = self.add_buttons(tr("恢复到这一份…"), tr("关闭"))
        self._wire()
        self.examine()
        self.table.setFocus()

    def _wire(self) -> None:
        self.make_button.clicked.connect(self.make)
        self.copy_button.clicked.connect(self.copy)
        self.second_button.clicked.connect(self.choose_second)
        self.drill_button.clicked.connect(self.open_drill)
        self.aside_button.clicked.connect(self.open_aside)
        self.table.activated_row.connect(self.restore)
        self.finished.connect(self.work.cancel)
        role = self.context.session.actor.role
        for each, right in (
            (self.restore_button, restoring.RIGHT),
            (self.aside_button, restoring.RIGHT),
            (self.drill_button, "backup.drilled"),
        ):
            if not may(role, right):
                each.setEnabled(False)
                each.setToolTip(tr("须由{holders}登录后操作。").format(holders=holders(right)))

    # --- what there is ---

    def examine(self) -> None:
        """Read every backup through, on another thread."""
        self._show_state()
        self.table.empty_text = tr("正在逐份读出核对…")
        call = partial(_examine, self.context.clinic)
        self.work.start(tr("正在核对备份"), call, self._examined, progress=True)

    def _show_state(self) -> None:
        found = self.context.alerts.run(schedule.status, self.context.clinic)
        if found is None:
            return
        today = self.context.today()
        last = when_words(found.last, today) if found.last else tr("还没有")
        parts = [tr("最近一次备份 {when}").format(when=last)]
        if found.failed:
            parts.append(tr("上次检查没有通过"))
        elif found.changed:
            parts.append(tr("之后有新的登记"))
        parts.append(away_words(found.off_pc_days))
        if drill.due(shelf.read_state(shelf.folder_of(self.context.clinic.folder)), today):
            parts.append(tr("该做恢复演练了"))
        self.state.setText(tr(" · ").join(parts))
        role_of(self.state, TONES[found.level] or "subheading")

    def _examined(self, found: Any) -> None:
        mine, spoilt = found
        self.table.empty_text = tr("还没有备份。按“马上备份”。")
        self.table.set_rows(mine)
        self.table.select_first()
        self.spoilt.setText(tr("另有 {n} 份已损坏，没有列出。").format(n=spoilt))
        self.spoilt.setVisible(spoilt > 0)

    # --- making and copying ---

    def make(self, *_: object) -> None:
        """A backup now, also when nothing changed."""
        call = partial(_make, self.context.clinic)
        self.work.start(tr("正在备份并检查"), call, self._made, progress=True)

    def _made(self, made: Any) -> None:
        words = tr("已备份并检查。")
        if made.manifest.faults:
            words += tr("账目里有需要核对的地方，请到“管理 → 校验数据”查看。")
        self.context.alerts.banner(words, "warning" if made.manifest.faults else "success")
        self._again()

    def copy(self, *_: object) -> None:
        """To the stick that is known, else ask for one."""
        call = partial(_copy_to_known, self.context.clinic)
        self.work.start(tr("正在复制并读回核对"), call, self._copied, progress=True)

    def _copied(self, copied: Any) -> None:
        if copied is None:
            self._ask_folder(tr("选择 U 盘"), self.copy_to)
            return
        self.context.alerts.banner(tr("已复制并读回核对，可以拔出 U 盘了。"), "success")
        self._again()

    def copy_to(self, folder: Path, *, second: bool = False) -> None:
        """To a folder off this PC, which is known from now on by its marker."""
        call = partial(_copy_to, self.context.clinic, folder, second)
        self.work.start(tr("正在复制并读回核对"), call, self._copied, progress=True)

    def choose_second(self, *_: object) -> None:
        """A folder that takes a copy every day, for example on another PC."""
        self._ask_folder(tr("选择第二文件夹"), partial(self.copy_to, second=True))

    def _ask_folder(self, title: str, then: Any) -> None:
        picked = QFileDialog.getExistingDirectory(self, title)
        if picked:
            then(Path(picked))

    def _again(self) -> None:
        self.context.bus.announce(Changes((Kind.SETTING,)))  # the strip looks again
        self.examine()

    # --- going back ---

    def submit(self) -> None:
        """Go back to the chosen backup."""
        self.restore(self.table.current_row())

    def restore(self, found: Found | None) -> None:
        """Say what it would mean, ask for a PIN, and hand over to the program."""
        if self.work.busy or not self.restore_button.isEnabled():
            return
        if found is None:
            self.context.alerts.banner(tr("请先选一份备份。"), "warning")
            return
        words = meaning_words(found, head_of_chain(self.context.db)[0])
        given = ask_approval(self.context, self, restoring.RIGHT, words)
        if given is None:
            return
        by = Actor(given.staff_id, given.name, given.role)
        done = tr("已恢复到 {at} 的备份。").format(at=found.backup.manifest.made_at[:16])
        wish = Wish(found.backup, self.context.clinic.file.key, by, done)
        call = partial(_before_restore, self.context.clinic)
        self.work.start(
            tr("恢复前先备份现在的数据"), call, partial(self._hand_over, wish), progress=True
        )

    def _hand_over(self, wish: Wish, _backed: object) -> None:
        self.accept()
        self.context.navigator.restore_wanted.emit(wish)

    # --- further dialogs ---

    def open_drill(self, *_: object) -> None:
        """The newest copy off this PC, opened by the recovery code."""
        from ui.dialogs.drill import DrillDialog

        dialog = DrillDialog(self.context, self)
        dialog.finished.connect(self._show_state)
        dialog.open()

    def open_aside(self, *_: object) -> None:
        """What earlier restores set aside."""
        from ui.dialogs.set_aside import SetAsideDialog

        dialog = SetAsideDialog(self.context, self)
        dialog.accepted.connect(self.accept)
        dialog.open()


def meaning_words(found: Found, seq: int | None) -> str:
    """What restoring this backup would mean."""
    seen = restoring.preview(found.backup, seq)
    words = tr("恢复到 {at}：{counts}。").format(
        at=seen.made_at[:16], counts=counts_words(seen.counts)
    )
    if seen.set_aside is None:
        return words + tr("现在的数据读不出来，会原样搁置在旁边。")
    if not seen.set_aside:
        return words + tr("之后没有新的操作。")
    words += tr("恢复到这里会搁置之后的 {n} 步操作(不删除，可以撤销)。")
    return words.format(n=f"{seen.set_aside:,}")


def counts_words(counts: dict[str, int]) -> str:
    """顾客 400，单据 1,200，积分流水 2,400."""
    shown = (
        (tr("顾客"), "people"),
        (tr("单据"), "receipts"),
        (tr("积分流水"), "points_entries"),
        (tr("操作记录"), "audit"),
    )
    return tr("，").join(f"{word} {counts[key]:,}" for word, key in shown if key in counts) or tr(
        "升级前的旧格式"
    )


def backup_columns(today: str) -> list[Column]:
    """Columns of a list of `Found`."""
    return [
        Column(tr("时间"), partial(_when, today), sort=_made_at, width=130),
        Column(tr("位置"), _place, width=130),
        Column(tr("怎么来的"), _why, width=110),
        Column(tr("顾客"), partial(_count, "people"), align="right", width=90),
        Column(tr("单据"), partial(_count, "receipts"), align="right", width=90),
        Column(tr("操作记录"), partial(_count, "audit"), align="right", width=100),
        Column(tr("说明"), _remark, width=160, tone=_remark_tone),
    ]


def _when(today: str, row: Found) -> str:
    return when_words(row.backup.manifest.made_at, today)


def _made_at(row: Found) -> str:
    return row.backup.manifest.made_at


def _place(row: Found) -> str:
    return {HERE: tr("本机"), SECOND: tr("第二文件夹")}.get(row.place, tr("U 盘"))


def _why(row: Found) -> str:
    return why_words(row.backup.manifest.why)


def _count(name: str, row: Found) -> str:
    found = row.backup.manifest.counts.get(name)
    return "" if found is None else f"{found:,}"


def _remark(row: Found) -> str:
    return tr("账目有疑点") if row.backup.manifest.faults else ""


def _remark_tone(row: Found) -> str:
    return "warning"


# --- the work itself, on other threads ---


def _examine(clinic: Clinic, progress: Progress) -> tuple[tuple[Found, ...], int]:
    reached = finding.reachable(clinic.folder, progress.report)
    return finding.of_clinic(reached, clinic.file.key), reached.spoilt


def _make(clinic: Clinic, progress: Progress) -> Any:
    try:
        return make_backup(
            clinic, "by hand", always=True, progress=progress.show, cancelled=progress.stopped
        )
    except VerifyCancelled as stopped:
        raise Cancelled from stopped


def _before_restore(clinic: Clinic, progress: Progress) -> bool:
    """The data as it stands, once more; what cannot be backed up is set aside whole anyway."""
    try:
        make_backup(clinic, "restore", progress=progress.show, cancelled=progress.stopped)
    except VerifyCancelled as stopped:
        raise Cancelled from stopped
    except BackupRefused:
        return False
    except EnvironmentFault as fault:
        if fault.fault is not Fault.DAMAGED:
            raise
        return False
    return True


def _copy_to_known(clinic: Clinic, progress: Progress) -> bool | None:
    """To every place that is there; None when none is."""
    found = keeping.places_here(clinic)
    if not found:
        return None
    for place in found:
        _copy(clinic, place, progress)
    return True


def _copy_to(clinic: Clinic, folder: Path, second: bool, progress: Progress) -> bool:
    newest = _newest(clinic, progress)
    place = off_pc.adopt(folder, newest.manifest.clinic_id, own=clinic.folder)
    _copy(clinic, place, progress)
    if second:
        off_pc.remember_second(shelf.folder_of(clinic.folder), folder)
    return True


def _copy(clinic: Clinic, place: off_pc.Place, progress: Progress) -> None:
    home, newest = shelf.folder_of(clinic.folder), _newest(clinic, progress)
    try:
        off_pc.copy_out(newest, place, clinic.clock, home, progress.report, progress.stopped)
    except VerifyCancelled as stopped:
        raise Cancelled from stopped


def _newest(clinic: Clinic, progress: Progress) -> shelf.Backup:
    """The newest backup of the data as it stands; made now when there is none."""
    try:
        made = make_backup(clinic, "by hand", cancelled=progress.stopped)
    except VerifyCancelled as stopped:
        raise Cancelled from stopped
    with clinic.reading() as reading:
        newest = made or making.latest(reading)
    assert newest is not None  # where nothing was made, there is one
    return newest
