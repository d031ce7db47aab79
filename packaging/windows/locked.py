"""Which lines of the lock files a Windows PC installs, found out on any system.

pip judges the conditions of a lock file (`; sys_platform == 'win32'`) by the system it runs on,
also when it fetches for another. So the lines are chosen here, and pip gets those alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

PYTHON = "3.11"  # the one python-windows.lock holds
WINDOWS = {
    "implementation_name": "cpython",
    "implementation_version": PYTHON + ".9",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_system": "Windows",
    "python_full_version": PYTHON + ".9",
    "python_version": PYTHON,
    "sys_platform": "win32",
    "extra": "",
}
# PyInstaller and what it needs on Windows; all else of the development lock stays out of the build.
FREEZING = frozenset(
    {"pyinstaller", "pyinstaller-hooks-contrib", "altgraph", "packaging", "setuptools"}
    | {"pefile", "pywin32-ctypes"}
)
_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?:\s*;\s*(?P<marker>[^\\]*?))?\s*$"
)


class BadLock(ValueError):
    """A line of a lock file that is not one exact version with its hashes."""


@dataclass(frozen=True)
class Pin:
    """One package: exactly this version, one of these files."""

    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str = ""

    def on_windows(self) -> bool:
        """Whether a Windows PC installs it."""
        return not self.marker or Marker(self.marker).evaluate(dict(WINDOWS))

    def line(self) -> str:
        """As pip reads it, without the condition."""
        hashes = " \\\n".join(f"    --hash={digest}" for digest in self.hashes)
        return f"{self.name}=={self.version} \\\n{hashes}\n"


def read(path: Path) -> list[Pin]:
    """The pins of a lock file, in its order. Raises BadLock."""
    pins = []
    text = re.sub(r"\\\n", " ", path.read_text(encoding="utf-8"))
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        head, *hashes = re.split(r"\s+--hash=", line.strip())
        found = _LINE.match(head)
        if found is None or not hashes:
            raise BadLock(f"{path.name}: {head}")
        if not all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes):
            raise BadLock(f"{path.name}: {found['name']}: not sha256")
        pins.append(Pin(found["name"], found["version"], tuple(hashes), found["marker"] or ""))
    return pins


def for_windows(run: Path, dev: Path) -> list[Pin]:
    """What the program needs there, and what freezes it; each once. Raises BadLock."""
    chosen = {pin.name: pin for pin in read(run) if pin.on_windows()}
    for pin in read(dev):
        if pin.name not in FREEZING or not pin.on_windows():
            continue
        if chosen.setdefault(pin.name, pin).version != pin.version:
            raise BadLock(f"{dev.name}: {pin.name} differs from {run.name}")
    missing = FREEZING - chosen.keys()
    if missing:
        raise BadLock(f"{dev.name}: {' '.join(sorted(missing))} not there")
    return list(chosen.values())
