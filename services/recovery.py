"""The owner's ways in: a passphrase beside the recovery code, and a new PIN for a director who
forgot theirs. Whoever opens the clinic by one of them is on record."""

from __future__ import annotations

import hmac
import unicodedata
import uuid
from dataclasses import dataclass

from models import keys
from models.system import Staff
from services.changes import NOTHING, Changes, Kind
from services.clinic import Clinic
from services.commands import Actor, Session, Tx, command
from services.errors import EnvironmentFault, Fault, RuleError
from services.i18n import tr
from services.rights import DIRECTOR
from services.staff import StaffChanged, check_pin_form, hash_pin, list_staff

LEAST_WEIGHT = 12  # letters and digits; a Chinese character weighs two


@dataclass(frozen=True)
class PassphraseChanged:
    """The owner's passphrase opens the clinic (`there`), or no longer does."""

    there: bool
    changes: Changes


@dataclass(frozen=True)
class WayInNoted:
    """It is on record how this PC opened the clinic."""

    changes: Changes


def has_passphrase(clinic: Clinic) -> bool:
    """Whether the owner's passphrase opens the clinic too. Raises EnvironmentFault."""
    return keys.has_passphrase(keys.load(clinic.folder))


def check_passphrase_form(passphrase: str) -> None:
    """What can be guessed is no passphrase. Raises RuleError."""
    text = unicodedata.normalize("NFKC", passphrase).strip()
    weight = sum(2 if ord(character) > 0x2E7F else 1 for character in text)
    if weight < LEAST_WEIGHT:
        raise RuleError(tr("口令太短。请至少用 6 个汉字，或 12 个字母和数字。"))
    if len(set(text)) < 5 or (text.isascii() and text.isdigit()):
        raise RuleError(tr("口令太简单。请用一句只有您知道的话，不要只用数字。"))


@command("clinic.passphrase", entity="clinic")
def change_passphrase(tx: Tx, *, passphrase: str) -> PassphraseChanged:
    """Let this passphrase open the clinic beside the recovery code; '' takes it away. Takes about
    half a second (argon2id, 128 MiB). Backups made from now on know it; older ones do not.

    Raises RuleError for a passphrase that can be guessed, EnvironmentFault.
    """
    if passphrase:
        check_passphrase_form(passphrase)
    tx.about(1, there=bool(passphrase))
    keys.set_passphrase(tx.clinic.folder, tx.clinic.file.key, passphrase)
    return PassphraseChanged(bool(passphrase), Changes((Kind.SETTING,)))


def new_pin_by_code(
    clinic: Clinic, *, staff_id: int, code: str, new_pin: str, op_id: uuid.UUID
) -> StaffChanged:
    """A new PIN for a director who forgot theirs, by the recovery code; ends a lock-out too.

    Raises RuleError when the code does not fit, the person is no director, the PIN is weak;
    EnvironmentFault when `keys.json` cannot be read.
    """
    row = next((row for row in list_staff(clinic.db) if row.id == staff_id), None)
    if row is None or row.role != DIRECTOR:
        raise RuleError(tr("恢复码只能重设院长的密码。其他人的密码请院长在“管理 → 员工”重设。"))
    session = Session(clinic, Actor(row.id, row.name, row.role), op_id=op_id)
    return _reset_pin(session, code=code, new_pin=new_pin)


@command("staff.pin_by_code", entity="staff")
def _reset_pin(tx: Tx, *, code: str, new_pin: str) -> StaffChanged:
    refuse_other_code(tx.clinic, code)
    check_pin_form(new_pin)
    tx.db.write(
        Staff.update(pin_hash=hash_pin(new_pin), failures=0, locked_until=None).where(
            Staff.id == tx.actor.id
        )
    )
    tx.about(tx.actor.id, by="recovery code")
    return StaffChanged(tx.actor.id, Changes((Kind.STAFF,)))


def refuse_other_code(clinic: Clinic, code: str) -> None:
    """Raises RuleError when `code` is not the clinic's recovery code."""
    try:
        found = keys.unlock_with_code(clinic.folder, code)
    except EnvironmentFault as fault:
        if fault.fault is not Fault.WRONG_KEY:
            raise
        found = b""
    if not hmac.compare_digest(found, clinic.file.key):
        raise RuleError(tr("恢复码不对，请逐组核对：共 5 组，每组 5 个字母或数字。"))


@command("clinic.way_in", entity="clinic")
def note_way_in(tx: Tx) -> WayInNoted:
    """Note that the clinic was opened by the recovery code or the passphrase, as this PC had no
    key of its own; written by whoever signs in first afterwards."""
    tx.about(1, by="recovery code or passphrase")
    return WayInNoted(NOTHING)
