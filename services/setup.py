"""Making a clinic: file and keys, name, programme, the first director."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

from models.clinic_file import begin_making, end_making
from models.database import ClinicDatabase
from models.keys import unlock_with_code
from models.vault import Vault
from services.changes import Changes, Kind
from services.clinic import Clinic, new_clinic_file
from services.clock import Clock, days_between
from services.commands import Actor, Session, Tx, command, read_setting, write_setting
from services.errors import EnvironmentFault, Fault, RuleError
from services.i18n import tr
from services.rights import DIRECTOR
from services.staff import check_pin_form, insert_staff

CLINIC_NAME = "clinic_name"
DEMO = "demo"
RECOVERY_CONFIRMED = "recovery_confirmed_on"
IDLE_MINUTES = "idle_minutes"
CLINIC_ADDRESS = "clinic.address"
CLINIC_PHONE = "clinic.phone"
GIFT_RETURN_DAYS = "gift.return_days"
DEFAULT_RETURN_DAYS = 7
FIRST_COME = "queue.first_come"
APPOINTMENT_MINUTES = "appointment.minutes"
DEFAULT_APPOINTMENT_MINUTES = 30
MARKETING_COOLDOWN = "marketing_cooldown_days"
RECOVERY_DAYS = 183


@dataclass(frozen=True)
class ClinicCreated:
    """The clinic's first command: its director exists now."""

    director_id: int
    changes: Changes


@dataclass(frozen=True)
class SettingChanged:
    """A setting was written."""

    changes: Changes


def create_clinic(
    folder: Path,
    clock: Clock,
    *,
    name: str,
    programme: str,
    director: str,
    pin: str,
    vault: Vault | None = None,
    demo: bool = False,
) -> tuple[Clinic, str]:
    """Make a clinic in `folder`; answers it open, with its recovery code (shown once).

    Everything is checked before a file is made. Raises RuleError for an empty name, an unknown
    programme, a weak PIN or a folder of the program's own, EnvironmentFault when a clinic is there
    already.
    """
    if not name.strip():
        raise RuleError(tr("请填写诊所名称。"))
    if not director.strip():
        raise RuleError(tr("请填写院长姓名。"))
    check_pin_form(pin)
    from services.clinic_place import refuse_new
    from services.programmes.gaps import refuse_incomplete
    from services.programmes.registry import preset  # a window that starts needs none of it

    refuse_incomplete(preset(programme))
    refuse_new(folder)
    begin_making(folder)
    clinic, code = new_clinic_file(folder, clock, vault)
    founder = Session(clinic, Actor(1, director, DIRECTOR), op_id=uuid.uuid4())
    try:
        _fill(
            founder, name=name.strip(), programme=programme, director=director, pin=pin, demo=demo
        )
        end_making(folder)
    except BaseException:
        clinic.file.discard()
        raise
    return clinic, code


@command("clinic.create", entity="clinic")
def _fill(
    tx: Tx, *, name: str, programme: str, director: str, pin: str, demo: bool
) -> ClinicCreated:
    from services.programmes.registry import preset, sign_version

    definition = preset(programme)
    director_id = insert_staff(tx, name=director, role=DIRECTOR, pin=pin)
    write_setting(tx, CLINIC_NAME, name.strip())
    write_setting(tx, DEMO, "1" if demo else "")
    version_id = sign_version(tx, definition, valid_from="2000-01-01")
    tx.about(director_id, programme=definition.name, version=version_id)
    return ClinicCreated(director_id, Changes((Kind.SETTING, Kind.STAFF)))


@command("clinic.confirm_recovery", entity="clinic")
def confirm_recovery(tx: Tx, *, typed: str) -> SettingChanged:
    """Note that the recovery code was typed back today. Raises RuleError when it does not fit."""
    try:
        fits = unlock_with_code(tx.clinic.folder, typed) == tx.clinic.file.key
    except EnvironmentFault as fault:
        if fault.fault is not Fault.WRONG_KEY:
            raise
        fits = False
    if not fits:
        raise RuleError(tr("恢复码不对，请逐组核对：共 5 组，每组 5 个字母或数字。"))
    write_setting(tx, RECOVERY_CONFIRMED, tx.today)
    return SettingChanged(Changes((Kind.SETTING,)))


def recovery_unproven(db: ClinicDatabase, today: str) -> bool:
    """Whether nobody has shown within half a year that the recovery code is still at hand."""
    confirmed = read_setting(db, RECOVERY_CONFIRMED)
    return not confirmed or days_between(confirmed, today) > RECOVERY_DAYS


@command("clinic.settings", entity="clinic")
def change_settings(
    tx: Tx,
    *,
    name: str | None = None,
    idle_minutes: int | None = None,
    address: str | None = None,
    phone: str | None = None,
    gift_return_days: int | None = None,
    first_come: bool | None = None,
    appointment_minutes: int | None = None,
    marketing_cooldown_days: int | None = None,
) -> SettingChanged:
    """Change what is given: the clinic's name, address and phone as its papers show them, the
    minutes until the idle lock, the days in which an unopened gift may come back (E31),
    whether the board goes by arrival instead of by tier (R087), how long an appointment takes,
    the days between two offers to the same person (0: none, front-desk 4.3).

    Raises RuleError for an empty name, or a number out of bounds.
    """
    if name is not None and not name.strip():
        raise RuleError(tr("请填写诊所名称。"))
    if idle_minutes is not None and not 1 <= idle_minutes <= 120:
        raise RuleError(tr("自动锁定时间请填 1 至 120 分钟。"))
    if gift_return_days is not None and not 0 <= gift_return_days <= 365:
        raise RuleError(tr("礼品可退天数请填 0 至 365 天，0 表示不接受退回。"))
    if appointment_minutes is not None and not 5 <= appointment_minutes <= 240:
        raise RuleError(tr("每次预约的时间请填 5 至 240 分钟。"))
    if marketing_cooldown_days is not None and not 0 <= marketing_cooldown_days <= 365:
        raise RuleError(tr("营销冷却期请填 0 至 365 天，0 表示不设冷却期。"))
    given = {
        CLINIC_NAME: name,
        IDLE_MINUTES: idle_minutes,
        CLINIC_ADDRESS: address,
        CLINIC_PHONE: phone,
        GIFT_RETURN_DAYS: gift_return_days,
        FIRST_COME: None if first_come is None else int(first_come),
        APPOINTMENT_MINUTES: appointment_minutes,
        MARKETING_COOLDOWN: marketing_cooldown_days,
    }
    for key, value in given.items():
        if value is not None:
            write_setting(tx, key, str(value).strip())
    tx.about(1, changed=sorted(key for key, value in given.items() if value is not None))
    return SettingChanged(Changes((Kind.SETTING,)))


def clinic_name(clinic: Clinic) -> str:
    """The clinic's name."""
    return read_setting(clinic.db, CLINIC_NAME)
