"""Staff, their PINs, signing in and giving approval.

PINs are argon2id hashes. Wrong attempts are counted in the file, so a restart forgets nothing;
after five free ones the wait doubles from 30 seconds to 15 minutes and is never for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.database import ClinicDatabase
from models.system import Staff
from services.changes import Changes, Kind
from services.clinic import Clinic
from services.commands import Actor, Approval, Session, Tx, command, writing
from services.errors import RuleError
from services.i18n import tr
from services.rights import ROLES, holders, may

PIN_DIGITS = 6
FREE_ATTEMPTS = 5
FIRST_WAIT = 30
LONGEST_WAIT = 15 * 60
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class StaffRow:
    """A member of staff, as lists show them."""

    id: int
    name: str
    role: str
    active: bool


@dataclass(frozen=True)
class StaffChanged:
    """A member of staff was added or changed."""

    staff_id: int
    changes: Changes


def check_pin_form(pin: str) -> None:
    """A PIN is 6 to 12 digits and not one digit repeated. Raises RuleError."""
    if not (pin.isascii() and pin.isdigit() and PIN_DIGITS <= len(pin) <= 12):
        raise RuleError(tr("密码须为 6 至 12 位数字，请重新输入。"))
    if len(set(pin)) == 1 or pin in "0123456789" or pin in "9876543210":
        raise RuleError(tr("密码太简单(如 111111、123456)，请换一个。"))


def hash_pin(pin: str) -> str:
    """The argon2id hash (19 MiB, t=2, p=1, its own salt)."""
    return _hasher().hash(pin)


def _hasher():  # type: ignore[no-untyped-def]
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def list_staff(db: ClinicDatabase, *, everybody: bool = False) -> list[StaffRow]:
    """Active staff by id (or everybody, for the staff list)."""
    query = Staff.select(Staff.id, Staff.name, Staff.role, Staff.active).order_by(Staff.id)
    rows = [StaffRow(i, n, r, bool(a)) for i, n, r, a in db.rows(query)]
    return [row for row in rows if everybody or row.active]


def staff_names(db: ClinicDatabase) -> dict[int, str]:
    """Names by id, the departed included (old ledger rows show them)."""
    return dict(db.rows(Staff.select(Staff.id, Staff.name)))


def sign_in(clinic: Clinic, name: str, pin: str) -> Session:
    """A session for the person whose PIN this is. Raises RuleError with what to do."""
    return Session(clinic, _authenticate(clinic, name, pin))


def approve(clinic: Clinic, name: str, pin: str, right: str) -> Approval:
    """A second person's word for `right` (see `services.rights.APPROVALS`).

    Raises RuleError for a wrong PIN or a person without the right.
    """
    actor = _authenticate(clinic, name, pin)
    if not may(actor.role, right):
        sentence = tr("{name}没有这项批准权限，请由{holders}批准。")
        raise RuleError(sentence.format(name=name, holders=holders(right)))
    return Approval(actor.id, actor.name, actor.role, right)


def _authenticate(clinic: Clinic, name: str, pin: str) -> Actor:
    from argon2.exceptions import InvalidHashError, VerificationError

    if not pin:  # Enter too early is no guess
        raise RuleError(tr("请输入密码。"))
    now = datetime.strptime(clinic.clock.now_utc(), _STAMP).replace(tzinfo=UTC)
    found = clinic.db.row(
        Staff.select(
            Staff.id, Staff.role, Staff.pin_hash, Staff.failures, Staff.locked_until
        ).where((Staff.name == name) & (Staff.active == 1))
    )
    if found is None:
        raise RuleError(tr("没有这位员工，请从名单中选择。"))
    staff_id, role, pin_hash, failures, locked_until = found
    seconds = _still_locked(locked_until, now)
    if seconds:
        raise RuleError(
            tr("密码连续输错，请等 {seconds} 秒再试，或请院长解除。").format(seconds=seconds)
        )
    try:
        _hasher().verify(pin_hash, pin)
    except (VerificationError, InvalidHashError):
        _count_failure(clinic, staff_id, failures + 1, now)
        left = FREE_ATTEMPTS - failures - 1
        if left > 0:
            raise RuleError(tr("密码不对，还可以试 {left} 次。").format(left=left)) from None
        raise RuleError(
            tr("密码不对，请等 {seconds} 秒再试。").format(seconds=_wait(failures + 1))
        ) from None
    if failures:
        _reset_failures(clinic, staff_id)
    return Actor(staff_id, name, role)


def _still_locked(locked_until: str | None, now: datetime) -> int:
    """Seconds still to wait. A stamp further off than any wait was written by a wrong clock."""
    if locked_until is None:
        return 0
    until = datetime.strptime(locked_until, _STAMP).replace(tzinfo=UTC)
    seconds = int((until - now).total_seconds())
    return seconds if 0 < seconds <= LONGEST_WAIT else 0


def _wait(failures: int) -> int:
    over = failures - FREE_ATTEMPTS
    return 0 if over < 0 else min(FIRST_WAIT * 2**over, LONGEST_WAIT)


def _count_failure(clinic: Clinic, staff_id: int, failures: int, now: datetime) -> None:
    wait = _wait(failures)
    until = (now + timedelta(seconds=wait)).strftime(_STAMP) if wait else None
    with writing(clinic) as db:
        db.write(Staff.update(failures=failures, locked_until=until).where(Staff.id == staff_id))


def _reset_failures(clinic: Clinic, staff_id: int) -> None:
    with writing(clinic) as db:
        db.write(Staff.update(failures=0, locked_until=None).where(Staff.id == staff_id))


@command("staff.add", entity="staff")
def add_staff(tx: Tx, *, name: str, role: str, pin: str) -> StaffChanged:
    """Add a member of staff. Raises RuleError for a taken name, an unknown role, a weak PIN."""
    staff_id = insert_staff(tx, name=name, role=role, pin=pin)
    tx.about(staff_id, role=role)
    return StaffChanged(staff_id, Changes((Kind.STAFF,)))


def insert_staff(tx: Tx, *, name: str, role: str, pin: str) -> int:
    """The staff row itself, for `add_staff` and for the first director."""
    name = name.strip()
    if not name:
        raise RuleError(tr("请填写员工姓名。"))
    if role not in ROLES:
        raise RuleError(tr("岗位不在名单里，请重新选择。"))
    check_pin_form(pin)
    if tx.db.row(Staff.select(Staff.id).where(Staff.name == name)):
        raise RuleError(tr("已有同名员工，请在姓名后加注以便区分。"))
    return tx.db.insert(Staff, name=name, role=role, pin_hash=hash_pin(pin), created_at=tx.now_utc)


@command("staff.change", entity="staff")
def change_staff(
    tx: Tx,
    *,
    staff_id: int,
    role: str | None = None,
    active: bool | None = None,
    new_pin: str | None = None,
    unlock: bool = False,
) -> StaffChanged:
    """Change role, PIN or whether somebody still works here; or lift a lock-out.

    Raises RuleError when this would leave the clinic without a director.
    """
    values: dict[str, object] = {}
    if role is not None:
        if role not in ROLES:
            raise RuleError(tr("岗位不在名单里，请重新选择。"))
        values["role"] = role
    if active is not None:
        values["active"] = int(active)
    if new_pin is not None:
        check_pin_form(new_pin)
        values["pin_hash"] = hash_pin(new_pin)
    if unlock or new_pin is not None:
        values |= {"failures": 0, "locked_until": None}
    if not values or not tx.db.write(Staff.update(**values).where(Staff.id == staff_id)):
        raise RuleError(tr("没有改动：请换一个岗位或输入新密码再保存。"))
    directors = Staff.select(Staff.id).where((Staff.role == "director") & (Staff.active == 1))
    if tx.db.row(directors) is None:
        raise RuleError(tr("诊所至少要有一位在职院长。请先添加另一位院长。"))
    tx.about(staff_id, changed=sorted(set(values) - {"pin_hash"}), pin=new_pin is not None)
    return StaffChanged(staff_id, Changes((Kind.STAFF,)))


@command("staff.change_own_pin", entity="staff")
def change_own_pin(tx: Tx, *, new_pin: str) -> StaffChanged:
    """A new PIN for the person who signed in. Raises RuleError for a weak PIN."""
    check_pin_form(new_pin)
    tx.db.write(Staff.update(pin_hash=hash_pin(new_pin)).where(Staff.id == tx.actor.id))
    tx.about(tx.actor.id)
    return StaffChanged(tx.actor.id, Changes((Kind.STAFF,)))
