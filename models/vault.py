"""Where this PC keeps its half of the device key slot.

Windows: DPAPI for the current user. Linux desktop: the Secret Service through keyring. Without
one: a file only the user can read, outside the data folder, which protects copies and sticks
but not this PC (the settings page says so).
"""

from __future__ import annotations

import base64
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_SERVICE = "haochi-desk"


class Vault(Protocol):
    """Keeps one small secret per clinic id."""

    def get(self, clinic_id: str) -> bytes | None:
        """The secret, or None when this PC has none."""

    def set(self, clinic_id: str, secret: bytes) -> None:
        """Keep the secret, replacing an older one."""


def system_vault() -> Vault:
    """The best vault this PC offers."""
    if sys.platform == "win32":
        return DpapiVault(config_folder(), earlier=_usual_folder())
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        ring = _secret_service()
        if ring is not None:
            return ring
    return FileVault(config_folder())


def config_folder() -> Path:
    """What this PC keeps for this user, apart from the clinic: no copy takes it along.

    Windows' own folder for it would be the very one the clinic is in.
    """
    usual = _usual_folder()
    return usual.with_name("haochi-desk-pc") if sys.platform == "win32" else usual


def _usual_folder() -> Path:
    from platformdirs import user_config_path

    return user_config_path("haochi-desk", appauthor=False)


class FileVault:
    """A 0600 file per clinic in the user's configuration folder. One that an earlier version left
    in `earlier` is still read, and never changed."""

    def __init__(self, folder: Path, earlier: Path | None = None) -> None:
        self._folder, self._earlier = folder, earlier

    def get(self, clinic_id: str) -> bytes | None:
        secret = self._read(self._folder, clinic_id)
        if secret is None and self._earlier is not None:
            secret = self._read(self._earlier, clinic_id)
            if secret is not None:
                with suppress(OSError):  # else the earlier one is read again the next time
                    self.set(clinic_id, secret)
        return secret

    def set(self, clinic_id: str, secret: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{clinic_id}.key"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
            stream.write(self._protect(secret))

    def _read(self, folder: Path, clinic_id: str) -> bytes | None:
        try:
            return self._unprotect((folder / f"{clinic_id}.key").read_bytes())
        except FileNotFoundError:
            return None

    def _protect(self, secret: bytes) -> bytes:
        return secret

    def _unprotect(self, stored: bytes) -> bytes | None:
        return stored


class DpapiVault(FileVault):  # pragma: no cover - Windows only, tried under wine and on a real PC
    """The same files, their content protected by Windows for the current user."""

    def _protect(self, secret: bytes) -> bytes:
        return _dpapi("CryptProtectData", secret)

    def _unprotect(self, stored: bytes) -> bytes | None:
        try:
            return _dpapi("CryptUnprotectData", stored)
        except OSError:
            return None


def _dpapi(function: str, data: bytes) -> bytes:  # pragma: no cover - Windows only
    import ctypes
    from ctypes import wintypes

    class Blob(ctypes.Structure):
        _fields_ = (("size", wintypes.DWORD), ("data", ctypes.POINTER(ctypes.c_char)))

    windll = ctypes.windll  # type: ignore[attr-defined]
    source = Blob(
        len(data), ctypes.cast(ctypes.create_string_buffer(data), ctypes.POINTER(ctypes.c_char))
    )
    target = Blob()
    call = getattr(windll.crypt32, function)
    if not call(ctypes.byref(source), None, None, None, None, 1, ctypes.byref(target)):
        raise OSError(f"{function} refused")
    try:
        return ctypes.string_at(target.data, target.size)
    finally:
        windll.kernel32.LocalFree(target.data)


class KeyringVault:  # pragma: no cover - needs a desktop session with a Secret Service
    """The desktop's Secret Service."""

    def __init__(self, backend: object) -> None:
        self._backend = backend

    def get(self, clinic_id: str) -> bytes | None:
        stored = self._backend.get_password(_SERVICE, clinic_id)  # type: ignore[attr-defined]
        return None if stored is None else base64.b64decode(stored)

    def set(self, clinic_id: str, secret: bytes) -> None:
        text = base64.b64encode(secret).decode()
        self._backend.set_password(_SERVICE, clinic_id, text)  # type: ignore[attr-defined]


def _secret_service() -> Vault | None:  # pragma: no cover - needs a desktop session
    try:
        from keyring.backends.SecretService import Keyring

        if Keyring.priority <= 0:
            return None
        return KeyringVault(Keyring())
    except Exception:
        return None
