"""The way back: a backup takes the clinic's place, and that can be undone (P9).

The backup is copied, opened with the clinic's key (or by the recovery code on another PC), brought
to this program's schema, and given an audit row that says who restored what; only then does it
take the place. What stood there is set aside whole. Undoing is the same with the file set aside.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from models import durable, keys, schema
from models.clinic_file import DATABASE_FILE, ClinicFile, take_lock
from models.database import ClinicDatabase
from models.errors import Fault, StoreFault
from models.keys import KeyFile
from models.vault import Vault, system_vault
from services.backups import making, shelf, swap
from services.backups import manifest as manifests
from services.backups.shelf import Backup
from services.changes import Changes, Kind
from services.clinic import Clinic, clinic_exists
from services.clinic_place import refuse_new
from services.clock import Clock
from services.commands import CLOCK_JUMP, Actor, Session, Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.rights import may
from services.staff import StaffRow, list_staff, sign_in

RIGHT = "backup.restore"


@dataclass(frozen=True)
class RestorePreview:
    """What restoring would mean: the backup's time, its rows by table, and how many actions of
    the clinic as it stands would be set aside (None: it cannot be read)."""

    made_at: str
    counts: dict[str, int]
    set_aside: int | None


@dataclass(frozen=True)
class Restored:
    """A backup took the place; `aside` is where what stood there is now ('' for nothing)."""

    folder: Path
    aside: Path | None


@dataclass(frozen=True)
class RestoreNoted:
    """The audit row of a restore, in the file that was restored."""

    changes: Changes


def preview(backup: Backup, current_seq: int | None) -> RestorePreview:
    """What restoring `backup` would mean for a clinic whose newest audit row is `current_seq`."""
    made = backup.manifest
    aside = None if current_seq is None else max(current_seq - made.seq, 0)
    return RestorePreview(made.made_at, made.counts, aside)


def unlock(backup: Backup, code: str) -> bytes:
    """The key of a backup by the recovery code or the owner's passphrase of its day. Raises
    StoreFault(WRONG_KEY, KEYS_DAMAGED)."""
    return keys.open_with_words(backup.manifest.key_file(), code)


def device_key(folder: Path, backup: Backup, vault: Vault | None = None) -> bytes | None:
    """The key this PC keeps for the clinic in `folder`, when it opens the backup; else None."""
    try:
        key = keys.unlock_with_device(folder, vault or system_vault())
    except StoreFault:
        return None
    return key if manifests.seal_holds(backup.manifest, key) else None


@contextmanager
def inside(backup: Backup, key: bytes, clock: Clock) -> Iterator[Clinic]:
    """A copy of the backup as a clinic, in a temporary place that is gone afterwards. Raises
    RuleError for a spoilt backup, StoreFault (another clinic's key shows as DAMAGED)."""
    if not shelf.same_bytes(backup.path, backup.manifest):
        raise RuleError(tr("这份备份已损坏，没有使用。请另选一份。"))
    with tempfile.TemporaryDirectory(prefix="haochi-look-") as name:
        part = Path(name) / DATABASE_FILE
        with durable.explained("look"):
            shutil.copyfile(backup.path, part)
        with _opened(part, key, clock) as clinic:
            yield clinic


def managers(clinic: Clinic) -> list[StaffRow]:
    """Who may restore, of the staff of this clinic (or of the copy it is)."""
    return [row for row in list_staff(clinic.db) if may(row.role, RIGHT)]


def restore(
    folder: Path,
    backup: Backup,
    key: bytes,
    *,
    clock: Clock,
    vault: Vault | None = None,
    name: str = "",
    pin: str = "",
    by: Actor | None = None,
    holder: str,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Restored:
    """Put `backup` in the place of the clinic in `folder`, which must be closed.

    `name` and `pin` are of somebody in the backup who may restore; `by` is somebody whose PIN the
    open clinic has just taken, and who may in the backup too. Raises RuleError (PIN, right, a
    spoilt backup, a new clinic in the program's own folder), StoreFault (LOCKED, WRONG_KEY,
    DISK_FULL …); the clinic is untouched then.
    """
    if not clinic_exists(folder):
        refuse_new(folder)
    if not shelf.same_bytes(backup.path, backup.manifest):
        raise RuleError(tr("这份备份已损坏，没有恢复。请另选一份。"))
    said = {"backup": backup.path.name, "head": backup.manifest.head[:8]}
    travel = backup.manifest.key_file()
    return _restore(
        folder,
        backup.path,
        key,
        travel,
        said,
        clock,
        vault or system_vault(),
        by or (name, pin),
        holder,
        progress,
    )


def undo(
    folder: Path,
    aside: Path,
    key: bytes,
    *,
    clock: Clock,
    vault: Vault | None = None,
    name: str = "",
    pin: str = "",
    by: Actor | None = None,
    holder: str,
) -> Restored:
    """Put a file that was set aside back in its place. Raises as `restore`."""
    if not aside.is_file():
        raise RuleError(tr("没有找到搁置的数据，没有恢复。请刷新后重试。"))
    _fold(aside, key)
    travel = _keys_of(key, aside.parent, folder)
    said = {"set_aside": aside.parent.name}
    return _restore(
        folder,
        aside,
        key,
        travel,
        said,
        clock,
        vault or system_vault(),
        by or (name, pin),
        holder,
        lambda done, total: None,
    )


def _fold(aside: Path, key: bytes) -> None:
    """Fold its WAL in, so that the file alone is whole. What is damaged stays as it is and is
    refused where it is opened; anything else (a full disk) would leave rows behind."""
    whole = ClinicDatabase(aside, key)
    try:
        with durable.explained("undo"):
            whole.open()
            whole.checkpoint()
    except StoreFault as error:
        if error.fault is not Fault.DAMAGED:
            raise
    finally:
        if not whole.is_closed():
            whole.close()


def _keys_of(key: bytes, *folders: Path) -> KeyFile:
    """The first key file that belongs to `key`: the one set aside may be what was damaged."""
    for folder in folders:
        with suppress(StoreFault):
            found = keys.load(folder)
            if found.check == keys.derive(key, "check"):
                return found
    raise RuleError(tr("搁置的数据旁边没有它的钥匙，没有恢复。请另选一份备份来恢复。"))


def _restore(
    folder: Path,
    source: Path,
    key: bytes,
    travel: KeyFile,
    said: dict[str, str],
    clock: Clock,
    vault: Vault,
    who: Actor | tuple[str, str],
    holder: str,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Restored:
    with durable.explained("restore"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = take_lock(folder, holder)
    try:
        part = swap.coming(folder)
        swap.finish(folder)
        try:
            with durable.explained("restore"):
                _check_space(folder, source.stat().st_size)
                shutil.copyfile(source, part)
                durable.flush(part)
            progress(1, 3)
            with _opened(part, key, clock) as clinic:
                note_restore(_signed_in(clinic, who), **said)
            progress(2, 3)
            with durable.explained("restore"):
                _ready_keys(folder, key, travel, vault)
                _pause_thinning(folder, clock)
            progress(3, 3)
        except BaseException:
            with suppress(OSError):
                swap.drop(folder)
            raise
        had = (folder / DATABASE_FILE).exists()
        with durable.explained("restore"):
            aside = swap.begin(folder, _free_name(folder, clock))
        return Restored(folder, aside if had else None)
    finally:
        lock.close()


def _check_space(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < size + making.SLACK_BYTES:
        raise StoreFault(Fault.DISK_FULL, "restore")


def _shelf(folder: Path) -> Path:
    found = shelf.folder_of(folder)
    found.mkdir(exist_ok=True, mode=0o700)
    return found


def _free_name(folder: Path, clock: Clock) -> str:
    """A name below `set-aside` that nobody has yet."""
    stem = clock.now_local().replace("-", "").replace(":", "").replace(" ", "-")
    taken = {each.name for each in (folder / swap.ASIDE).glob("*")}
    number, name = 1, stem
    while name in taken:
        number, name = number + 1, f"{stem}-{number + 1}"
    return name


def _pause_thinning(folder: Path, clock: Clock) -> None:
    """Before the swap, as nothing may fail after it; when the swap fails it does no harm."""
    state = shelf.read_state(_shelf(folder))
    state.restored_on = clock.today()
    shelf.write_state(_shelf(folder), state)


def _ready_keys(folder: Path, key: bytes, travel: KeyFile, vault: Vault) -> None:
    """Keys that fit: those that are there, or the backup's with a slot for this PC, which take
    their place together with the file."""
    try:
        mine = keys.load(folder)
    except StoreFault:
        mine = None
    if mine is None or mine.clinic_id != travel.clinic_id or mine.check != travel.check:
        ready = swap.coming_keys(folder)
        ready.mkdir(mode=0o700)
        keys.put(ready, travel)
        with suppress(OSError, StoreFault):  # a PC without a vault asks for the code again
            keys.rebuild_device_slot(ready, key, vault)


@contextmanager
def _opened(part: Path, key: bytes, clock: Clock) -> Iterator[Clinic]:
    """The copy as a clinic at this program's schema; whole in one file when it is left."""
    db = ClinicDatabase(part, key)
    db.open()
    try:
        schema.check_identity(db)
        schema.migrate(db)
        yield Clinic(
            file=ClinicFile(part.parent, db, key, None, part.name),
            db=db,
            clock=clock,
            audit_key=keys.derive(key, "audit"),
            fingerprint_key=keys.derive(key, "fingerprint"),
        )
        db.checkpoint()
    finally:
        db.close()


def _signed_in(clinic: Clinic, who: Actor | tuple[str, str]) -> Session:
    """Who restores, in the copy. Its last business day is long ago, and that is no wrong clock."""
    if isinstance(who, Actor):
        session = Session(clinic, _as_in(clinic, who))
    else:
        session = sign_in(clinic, *who)
    if not may(session.actor.role, RIGHT):
        raise RuleError(tr("恢复备份须由会员管理员或院长输入自己的密码。"))
    return session.confirming(CLOCK_JUMP)


def _as_in(clinic: Clinic, who: Actor) -> Actor:
    """Somebody of the clinic as it is, in the post they had in the copy."""
    for row in managers(clinic):
        if (row.id, row.name) == (who.id, who.name):
            return Actor(row.id, row.name, row.role)
    raise RuleError(
        tr("这份数据里您还没有恢复的权限，没有恢复。请由当时的会员管理员或院长输入密码。")
    )


@command(RIGHT, entity="clinic")
def note_restore(tx: Tx, *, backup: str = "", head: str = "", set_aside: str = "") -> RestoreNoted:
    """Note in the restored file what was restored and by whom."""
    tx.about(1, backup=backup, head=head, set_aside=set_aside)
    return RestoreNoted(Changes((Kind.SETTING,)))
