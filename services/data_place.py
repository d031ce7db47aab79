"""Where the clinic is when nobody says: the folder chosen at the first start, else the usual one.

The choice is one line in this user's configuration. A place given with --data or HAOCHI_DATA goes
before it and is not remembered. On Windows the registry has it too, for the uninstaller, which
names the place it left alone; the program itself never asks there.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from models import durable

_FILE = "place.txt"
_LONGEST = 4096  # characters of a path
_KEY, _VALUE = r"Software\HaochiDesk", "Place"  # as in packaging/windows/installer.nsi


def data_folder(chosen: Path | None) -> Path:
    """--data, else HAOCHI_DATA, else what was chosen on this PC, else the local data folder of
    this user (on Windows %LOCALAPPDATA%: not the roaming one, which goes from PC to PC)."""
    if chosen is None and os.environ.get("HAOCHI_DATA"):
        chosen = Path(os.environ["HAOCHI_DATA"])
    return (chosen or remembered() or usual()).expanduser().absolute()


def usual() -> Path:
    """This user's own data folder."""
    from platformdirs import user_data_path

    return user_data_path("haochi-desk", appauthor=False)


def remembered() -> Path | None:
    """The folder that was chosen on this PC."""
    try:
        text = _file().read_text(encoding="utf-8")[:_LONGEST].strip()
    except (OSError, UnicodeDecodeError):
        return None
    found = Path(text)
    return found if text and found.is_absolute() else None


def remember(folder: Path) -> None:
    """Look there from now on; the usual folder needs no remembering. A configuration that cannot
    be written is no reason not to go on: the place is asked for again then."""
    with suppress(OSError):
        if folder == usual():
            _file().unlink(missing_ok=True)
        else:
            _file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            durable.write_text(_file(), f"{folder}\n")
        if sys.platform == "win32":
            _tell_uninstaller("" if folder == usual() else str(folder))


def _tell_uninstaller(place: str) -> None:
    """In this user's registry; an empty `place` is the usual one. Raises OSError."""
    winreg: Any = import_module("winreg")  # which Windows alone has
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _KEY) as key:
        if place:
            winreg.SetValueEx(key, _VALUE, 0, winreg.REG_SZ, place)
            return
        with suppress(FileNotFoundError):
            winreg.DeleteValue(key, _VALUE)


def said_by_start(folder: Path) -> bool:
    """Whether this start was told where to look, so that a choice does not outlast it."""
    return folder != (remembered() or usual())


def place_for(picked: Path, exists: bool) -> Path:
    """The clinic's folder for one that was picked: itself when it holds a clinic or nothing, else
    a folder of its own in it, so that its files do not lie among others."""
    with suppress(OSError):
        if exists or not any(picked.iterdir()):
            return picked
    return picked / "haochi-desk"


def _file() -> Path:
    from models.vault import config_folder

    return config_folder() / _FILE
