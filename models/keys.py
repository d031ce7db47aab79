"""The data key of a clinic and the slots it is wrapped in.

A clinic file is encrypted with 32 random bytes that nobody ever sees. `keys.json` beside the
file holds the same key wrapped once per way of opening it: this PC (a secret kept by the
operating system) and the recovery code (printed at first start). A check value tells a wrong
key from a damaged file.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models import durable
from models.database import KEY_BYTES
from models.errors import Fault, StoreFault
from models.vault import Vault

KEYS_FILE = "keys.json"
DEVICE, RECOVERY, OWNER = "device", "recovery", "owner"  # the slots
LARGEST = 64 * 1024  # bytes of the key file; it takes some 600
CODE_LENGTH = 25
_SALT_BYTES = 16
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32
_CLINIC_ID = re.compile(r"[0-9a-f]{16}")  # it names a file of this PC: nothing else gets through
_LOOKALIKE = str.maketrans("OIL", "011")


def new_data_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def new_recovery_code() -> str:
    """125 random bits as five groups of five Crockford base32 characters."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(text[i : i + 5] for i in range(0, CODE_LENGTH, 5))


def normalise_code(typed: str) -> str:
    """What was typed, without spaces and dashes, capitals, look-alikes resolved."""
    kept = "".join(c for c in typed.upper() if c.isalnum())
    return kept.translate(_LOOKALIKE)


def derive(key: bytes, purpose: str) -> bytes:
    """A 32-byte subkey of `key` for one purpose (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


@dataclass(frozen=True)
class KeyFile:
    """The parsed `keys.json`: the clinic's id, the check value, the file's salt, the slots."""

    clinic_id: str
    check: bytes
    file_salt: bytes
    slots: dict[str, dict[str, str]]


def create(folder: Path, key: bytes, code: str, vault: Vault) -> None:
    """Write `keys.json` with both slots; the device secret goes to `vault`."""
    clinic_id = secrets.token_hex(8)
    slots = {
        DEVICE: _wrap(key, _device_secret(vault, clinic_id), clinic_id),
        RECOVERY: _wrap(key, derive(normalise_code(code).encode(), RECOVERY), clinic_id),
    }
    _write(folder, KeyFile(clinic_id, derive(key, "check"), b"", slots))


def remember_salt(folder: Path, salt: bytes) -> None:
    """Keep the file's first 16 bytes, to tell a damaged clinic from a foreign file later."""
    keys = load(folder)
    if keys.file_salt != salt:
        _write(folder, KeyFile(keys.clinic_id, keys.check, salt, keys.slots))


def load(folder: Path) -> KeyFile:
    """Parse `keys.json`. Raises StoreFault: KEYS_DAMAGED when it is missing or unreadable,
    UNREADABLE when its whole folder is gone."""
    try:
        with (folder / KEYS_FILE).open("rb") as stream:
            return parse(json.loads(stream.read(LARGEST)))
    except (OSError, ValueError, RecursionError) as error:
        fault = Fault.KEYS_DAMAGED if folder.is_dir() else Fault.UNREADABLE
        raise StoreFault(fault, type(error).__name__) from error


def parse(raw: Any) -> KeyFile:
    """A key file from its plain form, as `keys.json` and the manifest of a backup hold it.
    Raises StoreFault(KEYS_DAMAGED)."""
    try:
        if not _CLINIC_ID.fullmatch(raw["clinic_id"]):
            raise ValueError
        return KeyFile(
            clinic_id=raw["clinic_id"],
            check=base64.b64decode(raw["check"]),
            file_salt=base64.b64decode(raw["file_salt"]),
            slots={str(name): dict(slot) for name, slot in raw["slots"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreFault(Fault.KEYS_DAMAGED, type(error).__name__) from error


def plain(keys: KeyFile) -> dict[str, Any]:
    """The plain form of a key file, for JSON."""
    return {
        "clinic_id": keys.clinic_id,
        "check": _text(keys.check),
        "file_salt": _text(keys.file_salt),
        "slots": keys.slots,
    }


def for_travel(keys: KeyFile) -> KeyFile:
    """The slots that open a clinic on another PC: all but the one of this PC."""
    slots = {name: slot for name, slot in keys.slots.items() if name != DEVICE}
    return KeyFile(keys.clinic_id, keys.check, keys.file_salt, slots)


def put(folder: Path, keys: KeyFile) -> None:
    """Write the key file of a folder, as a backup brought it. Raises StoreFault."""
    _write(folder, keys)


def unlock_with_device(folder: Path, vault: Vault) -> bytes:
    """The data key by this PC's secret. Raises StoreFault(WRONG_KEY) when the PC has none."""
    keys = load(folder)
    secret = vault.get(keys.clinic_id)
    if secret is None:
        raise StoreFault(Fault.WRONG_KEY, "no device secret")
    return _unwrap(keys, DEVICE, secret)


def unlock_with_code(folder: Path, typed: str) -> bytes:
    """The data key by the recovery code alone. Raises StoreFault(WRONG_KEY) when it does not
    fit."""
    return open_with_code(load(folder), typed)


def open_with_code(keys: KeyFile, typed: str) -> bytes:
    """The same for a key file that is read already."""
    return _unwrap(keys, RECOVERY, derive(normalise_code(typed).encode(), RECOVERY))


def rebuild_device_slot(folder: Path, key: bytes, vault: Vault) -> None:
    """Let this PC open the clinic again after the recovery code was used."""
    keys = load(folder)
    slots = dict(keys.slots)
    slots[DEVICE] = _wrap(key, _device_secret(vault, keys.clinic_id), keys.clinic_id)
    _write(folder, KeyFile(keys.clinic_id, keys.check, keys.file_salt, slots))


def set_passphrase(folder: Path, key: bytes, passphrase: str) -> None:
    """Let a passphrase of the owner open the clinic; '' takes it away. The file is not rewritten.
    Raises StoreFault."""
    keys = load(folder)
    slots = {name: slot for name, slot in keys.slots.items() if name != OWNER}
    if passphrase:
        salt = secrets.token_bytes(_SALT_BYTES)
        slot = _wrap(key, _stretched(passphrase, salt), keys.clinic_id)
        slots[OWNER] = {**slot, "salt": _text(salt)}
    _write(folder, KeyFile(keys.clinic_id, keys.check, keys.file_salt, slots))


def has_passphrase(keys: KeyFile) -> bool:
    """Whether the owner's passphrase opens the clinic too."""
    return OWNER in keys.slots


def open_with_words(keys: KeyFile, typed: str) -> bytes:
    """The data key by whatever was typed on the recovery screen: the recovery code, else the
    owner's passphrase. Raises StoreFault(WRONG_KEY)."""
    try:
        return open_with_code(keys, typed)
    except StoreFault as error:
        if error.fault is not Fault.WRONG_KEY or OWNER not in keys.slots:
            raise
    try:
        salt = base64.b64decode(keys.slots[OWNER]["salt"])
        if len(salt) != _SALT_BYTES:
            raise ValueError
    except (KeyError, ValueError, TypeError) as error:
        raise StoreFault(Fault.KEYS_DAMAGED, OWNER) from error
    return _unwrap(keys, OWNER, _stretched(typed, salt))


def _stretched(passphrase: str, salt: bytes) -> bytes:
    """Argon2id, 128 MiB, three passes: what a person can remember is worth guessing at."""
    from argon2.low_level import Type, hash_secret_raw

    text = unicodedata.normalize("NFKC", passphrase).strip().encode()
    return hash_secret_raw(text, salt, 3, 128 * 1024, 1, KEY_BYTES, Type.ID)


def _device_secret(vault: Vault, clinic_id: str) -> bytes:
    secret = secrets.token_bytes(KEY_BYTES)
    vault.set(clinic_id, secret)
    return secret


def _wrap(key: bytes, secret: bytes, clinic_id: str) -> dict[str, str]:
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(secret).encrypt(nonce, key, clinic_id.encode())
    return {"nonce": _text(nonce), "sealed": _text(sealed)}


def _unwrap(keys: KeyFile, slot_name: str, secret: bytes) -> bytes:
    try:
        slot = keys.slots[slot_name]
        nonce, sealed = base64.b64decode(slot["nonce"]), base64.b64decode(slot["sealed"])
        key = AESGCM(secret).decrypt(nonce, sealed, keys.clinic_id.encode())
    except InvalidTag as error:
        raise StoreFault(Fault.WRONG_KEY, slot_name) from error
    except (KeyError, ValueError, TypeError) as error:
        raise StoreFault(Fault.KEYS_DAMAGED, slot_name) from error
    if not hmac.compare_digest(derive(key, "check"), keys.check):
        raise StoreFault(Fault.KEYS_DAMAGED, "check value")
    return key


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _write(folder: Path, keys: KeyFile) -> None:
    with durable.explained("keys"):
        durable.write_text(folder / KEYS_FILE, json.dumps(plain(keys), indent=1))
