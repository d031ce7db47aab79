"""backup and restore without a window: for a scheduler, and where the window will not open."""

from __future__ import annotations

from pathlib import Path

from models.vault import Vault, system_vault
from services.backups import drill as drills
from services.backups import manifest as manifests
from services.backups import off_pc, restoring, shelf
from services.backups.keeping import NIGHT, keep, places_here
from services.backups.making import latest, make_backup
from services.backups.shelf import Backup
from services.clinic import Clinic, open_clinic
from services.clock import Clock
from services.commands import Actor, Session
from services.errors import EnvironmentFault, Fault, RuleError
from services.headless.terminal import complain, read_pin, say
from services.i18n import tr
from services.staff import approve


def backup(clinic: Clinic, to: Path | None) -> int:
    """Make a backup, or say that nothing changed; with `to`, copy the newest there as well."""
    made = make_backup(clinic, "command")
    if made is None:
        say(tr("上次备份以后没有新的登记，没有再备份。"))
        made = latest(clinic)
        assert made is not None  # nothing was made because of it
    else:
        say(tr("已备份并检查：{name}").format(name=made.path.name))
    if made.manifest.faults:
        complain(
            tr("备份文件完好，但账目有 {n} 类问题，请运行 verify 查看。").format(
                n=len(made.manifest.faults)
            )
        )
    if to is not None:
        folder = to.expanduser().absolute()
        place = off_pc.adopt(folder, made.manifest.clinic_id, own=clinic.folder)
        home = shelf.folder_of(clinic.folder)
        copied = off_pc.copy_out(made, place, clinic.clock, home)
        say(tr("已复制并读回核对：{path}").format(path=copied.path))
    return 1 if made.manifest.faults else 0


def keep_by_schedule(clinic: Clinic) -> int:
    """A backup if anything was written, and a copy on what is there of the second folder and the
    sticks, as the window keeps them. Raises RuleError for what the desk must hear of."""
    kept = keep(clinic, NIGHT)
    newest = latest(clinic)
    if newest is None:
        raise RuleError(tr("没有可用的备份。请打开窗口，到“管理 → 备份与恢复”按“马上备份”。"))
    if kept.problem:
        raise RuleError(
            tr("备份已做好，但没有复制到 U 盘或第二文件夹：{why}").format(why=kept.problem)
        )
    if newest.manifest.faults:
        words = tr("备份已做好，但账目有 {n} 类问题，请到“管理 → 校验数据”查看。")
        raise RuleError(words.format(n=len(newest.manifest.faults)))
    say(tr("最新的备份：{name}；复制到 {n} 处。").format(name=newest.path.name, n=kept.copied))
    return 0


def list_backups(folder: Path) -> int:
    """The backups that are whole, and how many are not."""
    good, spoilt = shelf.examine(shelf.folder_of(folder))
    for each in good:
        made = each.manifest
        words = tr("{name}\t{at}\t顾客 {people}\t单据 {receipts}")
        say(
            words.format(
                name=each.path.name,
                at=made.made_at,
                people=made.counts.get("people", "?"),
                receipts=made.counts.get("receipts", "?"),
            )
        )
    if spoilt:
        complain(tr("另有 {n} 份已损坏，没有列出。").format(n=len(spoilt)))
    return 0


def drill(session: Session, place: Path | None) -> int:
    """Open the newest copy off this PC by the recovery code, in a temporary place, and put the
    drill on record; the code is a line of standard input."""
    clinic = session.clinic
    folders = [place] if place else [each.folder for each in places_here(clinic)]
    copies = [each for each in map(off_pc.newest, folders) if each is not None]
    if not copies:
        raise RuleError(tr("没有找到 U 盘上的备份。请插好 U 盘，或先用 backup --to 复制一份。"))
    newest = max(copies, key=lambda each: each.manifest.made_at)
    code = read_pin(tr("恢复码："))
    by_words(newest, code)
    found = drills.drill(newest, code, clinic.clock)
    drills.remember_drill(shelf.folder_of(clinic.folder), clinic.clock.today())
    drills.note_drill(session, backup=found.backup, faults=found.faults)
    words = tr("演练通过：用恢复码打开了 {name}，顾客 {people}，单据 {receipts}。")
    say(
        words.format(
            name=found.backup,
            people=found.counts.get("people", "?"),
            receipts=found.counts.get("receipts", "?"),
        )
    )
    if found.faults:
        complain(tr("账目有 {n} 类问题，请运行 verify 查看。").format(n=found.faults))
    return 1 if found.faults else 0


def restore(folder: Path, file: Path, actor: str, clock: Clock, vault: Vault | None = None) -> int:
    """Put a backup in the place of the clinic; the PIN is the first line of standard input.

    The clinic as it stands takes the PIN, so that its lock-outs and departures count. Where it
    does not open, the backup takes it, and whoever asks must also hold the recovery code or the
    passphrase: the second line.
    """
    vault = vault or system_vault()
    found = _backup(folder, file)
    pin = read_pin(tr("操作人的密码："))
    key, by = _approved(folder, found, actor, pin, clock, vault)
    done = restoring.restore(
        folder, found, key, clock=clock, vault=vault, name=actor, pin=pin, by=by, holder="headless"
    )
    say(tr("已恢复到 {at} 的备份。").format(at=found.manifest.made_at))
    if done.aside is not None:
        say(tr("原来的数据没有删除，搁置在：{path}").format(path=done.aside))
    return 0


def _backup(folder: Path, file: Path) -> Backup:
    """A backup by its path, or by its name on the clinic's own shelf."""
    path = file if file.exists() else shelf.folder_of(folder) / file.name
    found = manifests.read(path)
    if not path.is_file() or found is None:
        raise RuleError(
            tr("没有找到这份备份，或旁边缺少同名的 .json 文件。请把两个文件放在一起再试。")
        )
    return Backup(path, found)


def _approved(
    folder: Path, backup: Backup, name: str, pin: str, clock: Clock, vault: Vault
) -> tuple[bytes, Actor | None]:
    """The backup's key, and who may restore by the clinic as it stands (None: it does not open)."""
    key, by = None, None
    try:
        clinic = open_clinic(folder, clock, holder="headless", vault=vault)
    except EnvironmentFault as error:
        if error.fault is Fault.LOCKED:
            raise
    else:
        try:
            given = approve(clinic, name, pin, restoring.RIGHT)
            by = Actor(given.staff_id, given.name, given.role)
            if manifests.seal_holds(backup.manifest, clinic.file.key):
                key = clinic.file.key
        finally:
            clinic.close()
    return key or by_words(backup, read_pin(tr("恢复码或备用口令："))), by


def by_words(backup: Backup, typed: str) -> bytes:
    """The key of a backup by what was typed. Raises RuleError when it does not fit."""
    try:
        return restoring.unlock(backup, typed)
    except EnvironmentFault as error:
        if error.fault is not Fault.WRONG_KEY:
            raise
        raise RuleError(tr("恢复码不对，没有恢复。请逐组核对后再试。")) from error
