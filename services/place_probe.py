"""What this PC says about its folders: who syncs them, and what they lie on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePath

from services.clinic_place import Surroundings

_LARGEST = 64 * 1024  # bytes of another program's settings
# a folder whose files may be in a cloud only: pinned, unpinned, recalled on opening or on reading
_CLOUD_ATTRIBUTES = 0x0008_0000 | 0x0010_0000 | 0x0004_0000 | 0x0040_0000
_CLOUD_TAG, _TAG_MASK = 0x9000_001A, 0xFFFF_0FFF
_REMOVABLE, _REMOTE = 2, 4  # of GetDriveType


def surroundings() -> Surroundings:
    """This PC, as it is now."""
    return Surroundings(
        environment=os.environ,
        program=program_folder(),
        roots=tuple(_roots()),
        file_system=file_system,
        has=_has,
        in_cloud=_in_cloud,
    )


def program_folder() -> Path | None:
    """The folder that an upgrade replaces; None for a program that runs from its source."""
    return Path(sys.executable).parent if getattr(sys, "frozen", False) else None


def file_system(folder: PurePath) -> str:
    """What a folder, or the nearest one above it that exists, lies on; '' when unknown."""
    if sys.platform == "win32":  # pragma: no cover - looked at on a real PC
        return _of_drive(folder.anchor)
    try:
        text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # pragma: no cover - another Unix
        return ""
    return of_mount(folder, text)


def of_mount(folder: PurePath, mountinfo: str) -> str:
    """The file system of a path by the kernel's list of mounts (its own escapes are undone)."""
    best, found = -1, ""
    for line in mountinfo.splitlines():
        head, _, tail = line.partition(" - ")
        fields, kind = head.split(), tail.split()
        if len(fields) < 5 or not kind:
            continue
        point = PurePath(fields[4].replace("\\040", " ").replace("\\134", "\\"))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind[0]
    return found


def is_cloud(attributes: int, tag: int) -> bool:
    """Whether Windows' own marks call a folder one of a cloud (OneDrive, iCloud and others)."""
    return bool(attributes & _CLOUD_ATTRIBUTES) or tag & _TAG_MASK == _CLOUD_TAG


def _in_cloud(folder: PurePath) -> bool:
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    attributes = getattr(found, "st_file_attributes", 0)
    return is_cloud(attributes, getattr(found, "st_reparse_tag", 0))


def _has(path: PurePath) -> bool:
    return os.path.lexists(path)


def _roots() -> Iterator[tuple[PurePath, str]]:
    """Folders of OneDrive, Dropbox and Nextcloud as their own settings name them."""
    yield from _onedrive()
    homes = [os.environ.get("LOCALAPPDATA"), os.environ.get("APPDATA")]
    places = [Path(home) / "Dropbox" for home in homes if home]
    for folder in (*places, Path.home() / ".dropbox"):
        yield from dropbox_roots(_text(folder / "info.json"))
    settings = os.environ.get("APPDATA") or str(Path.home() / ".config")
    yield from nextcloud_roots(_text(Path(settings) / "Nextcloud" / "nextcloud.cfg"))


def dropbox_roots(text: str) -> list[tuple[PurePath, str]]:
    """The folders in Dropbox's info.json; none in anything else."""
    try:
        accounts = json.loads(text)
        return [(PurePath(each["path"]), "Dropbox") for each in accounts.values()]
    except (ValueError, AttributeError, KeyError, TypeError):
        return []


def nextcloud_roots(text: str) -> list[tuple[PurePath, str]]:
    """The folders in Nextcloud's nextcloud.cfg."""
    lines = (line.partition("=") for line in text.splitlines())
    return [
        (PurePath(value.strip()), "Nextcloud")
        for name, _, value in lines
        if name.strip().endswith("localPath") and value.strip()
    ]


def _text(path: Path) -> str:
    with suppress(OSError), path.open("rb") as stream:
        return stream.read(_LARGEST).decode("utf-8", "replace")
    return ""


def _onedrive() -> Iterator[tuple[PurePath, str]]:
    """The folders of every OneDrive account, by the registry."""
    if sys.platform != "win32":
        return
    import winreg  # pragma: no cover - Windows only

    base = r"Software\Microsoft\OneDrive\Accounts"  # pragma: no cover
    with (
        suppress(OSError),
        winreg.OpenKey(winreg.HKEY_CURRENT_USER, base) as key,
    ):  # pragma: no cover
        for number in range(winreg.QueryInfoKey(key)[0]):
            account = winreg.EnumKey(key, number)
            with suppress(OSError), winreg.OpenKey(key, account) as one:
                yield PurePath(winreg.QueryValueEx(one, "UserFolder")[0]), "OneDrive"


def _of_drive(anchor: str) -> str:  # pragma: no cover - Windows only
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    kind = kernel.GetDriveTypeW(anchor)
    if kind in (_REMOVABLE, _REMOTE):
        return "removable" if kind == _REMOVABLE else "network"
    name = ctypes.create_unicode_buffer(64)
    if kernel.GetVolumeInformationW(anchor, None, 0, None, None, None, name, len(name)):
        return name.value
    return ""
