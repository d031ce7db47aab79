"""The data key of a clinic and the slots it is wrapped in.

A clinic file is encrypted with 32 random bytes that nobody ever sees. `keys.json` beside the
file holds the same key wrapped once per way of opening it: this PC (a secret kept by the
operating system) and the recovery code (printed at first start). A check value tells a wrong
key from a damaged file.
"""

from __future__ import annotations

import base64
import errno
import hmac
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.database import KEY_BYTES
from models.errors import Fault, StoreFault
from models.vault import Vault

KEYS_FILE = "keys.json"
CODE_LENGTH = 25
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32
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
        "device": _wrap(key, _device_secret(vault, clinic_id), clinic_id),
        "recovery": _wrap(key, derive(normalise_code(code).encode(), "recovery"), clinic_id),
    }
    _write(folder, KeyFile(clinic_id, derive(key, "check"), b"", slots))


def remember_salt(folder: Path, salt: bytes) -> None:
    """Keep the file's first 16 bytes, to tell a damaged clinic from a foreign file later."""
    keys = load(folder)
    if keys.file_salt != salt:
        _write(folder, KeyFile(keys.clinic_id, keys.check, salt, keys.slots))


def load(folder: Path) -> KeyFile:
    """Parse `keys.json`. Raises StoreFault(KEYS_DAMAGED) when it is missing or unreadable."""
    try:
        raw: dict[str, Any] = json.loads((folder / KEYS_FILE).read_text(encoding="utf-8"))
        return KeyFile(
            clinic_id=str(raw["clinic_id"]),
            check=base64.b64decode(raw["check"]),
            file_salt=base64.b64decode(raw["file_salt"]),
            slots={str(name): dict(slot) for name, slot in raw["slots"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreFault(Fault.KEYS_DAMAGED, type(error).__name__) from error


def unlock_with_device(folder: Path, vault: Vault) -> bytes:
    """The data key by this PC's secret. Raises StoreFault(WRONG_KEY) when the PC has none."""
    keys = load(folder)
    secret = vault.get(keys.clinic_id)
    if secret is None:
        raise StoreFault(Fault.WRONG_KEY, "no device secret")
    return _unwrap(keys, "device", secret)


def unlock_with_code(folder: Path, typed: str) -> bytes:
    """The data key by the recovery code. Raises StoreFault(WRONG_KEY) when it does not fit."""
    keys = load(folder)
    return _unwrap(keys, "recovery", derive(normalise_code(typed).encode(), "recovery"))


def rebuild_device_slot(folder: Path, key: bytes, vault: Vault) -> None:
    """Let this PC open the clinic again after the recovery code was used."""
    keys = load(folder)
    slots = dict(keys.slots)
    slots["device"] = _wrap(key, _device_secret(vault, keys.clinic_id), keys.clinic_id)
    _write(folder, KeyFile(keys.clinic_id, keys.check, keys.file_salt, slots))


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
    except (KeyError, ValueError) as error:
        raise StoreFault(Fault.KEYS_DAMAGED, slot_name) from error
    if not hmac.compare_digest(derive(key, "check"), keys.check):
        raise StoreFault(Fault.KEYS_DAMAGED, "check value")
    return key


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _write(folder: Path, keys: KeyFile) -> None:
    content = {
        "clinic_id": keys.clinic_id,
        "check": _text(keys.check),
        "file_salt": _text(keys.file_salt),
        "slots": keys.slots,
    }
    try:
        handle, part = tempfile.mkstemp(dir=folder, prefix=".keys-", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(content, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(part, folder / KEYS_FILE)
        except BaseException:
            os.unlink(part)
            raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StoreFault(Fault.DISK_FULL if full else Fault.READ_ONLY, str(error.errno)) from error
