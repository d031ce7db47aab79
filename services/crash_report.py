"""What went wrong, for whoever mends the program: shown first, saved where one says, never sent.

It holds versions, the platform, the logs, the last commands by name and time, the names of settings
and how the clinic's own files stand. It holds nothing of anybody: no name, number or id, no value
of a setting, no folder (a folder may be called after its owner). What gets in from a log is
written without messages to begin with, and is cleaned here once more.
"""

from __future__ import annotations

import platform
import re
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO

from models import schema
from models.database import library_version
from models.query import Prepared, slot
from models.system import Audit, Setting
from services.clinic import Clinic
from services.clock import Clock
from services.errors import EnvironmentFault
from services.version import VERSION
from services.workbooks.files import write_whole

COMMANDS = 50
_TAIL = 100_000  # bytes of a log's end
_LOGS = ("window.log", "window.log.1", "window.log.2", "crash.log")
_FILES = ("clinic.db", "clinic.db-wal", "clinic.db-shm", "keys.json", "restore.json")
_PACKAGES = ("peewee", "sqlcipher3", "cryptography", "argon2-cffi", "msgspec", "openpyxl",
             "defusedxml", "PySide6-Essentials")  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9_./\- ]{1,60}")  # what the name of a setting looks like
_QUOTED = re.compile(r'"[^"\n]*[\\/]([^"\\/\n]*)"')  # a path: its last part is enough
_FOLDER = re.compile(r"(?:[A-Za-z]:)?[\\/][^\s:]*[\\/]")
_DIGITS = re.compile(r"\d{5,}")
_NOT_PLAIN = re.compile(r"[^\x09\x0a\x20-\x7e]+")
_LAST = Prepared(
    lambda: (
        Audit.select(Audit.at_utc, Audit.action, Audit.app_version)
        .order_by(Audit.seq.desc())
        .limit(slot("most"))
    )
)
_SETTINGS = Prepared(lambda: Setting.select(Setting.key).order_by(Setting.key))


@dataclass(frozen=True)
class CrashReport:
    """The files of a report: name → text. What is shown is what is saved, word for word."""

    files: dict[str, str]

    @property
    def text(self) -> str:
        """All of it to be read."""
        return "\n\n".join(f"== {name} ==\n{text}" for name, text in self.files.items())


@dataclass(frozen=True)
class ReportSaved:
    """A report was written: so many bytes."""

    path: Path
    size: int


def file_name(clock: Clock) -> str:
    """A name for the file, without anything of the clinic."""
    moment = clock.now_local().replace("-", "").replace(":", "").replace(" ", "-")
    return f"haochi-report-{moment}.zip"


def gather(
    folder: Path,
    clock: Clock,
    *,
    clinic: Clinic | None = None,
    window_settings: Iterable[str] = (),
    fault: str = "",
) -> CrashReport:
    """Everything a report holds. `clinic` is None where it cannot be opened, `fault` says then why;
    `window_settings` are names of the window's own settings. Reads only, and what cannot be read is
    said instead: a report never fails."""
    files = {
        "about.txt": "\n".join(_about(clock, clinic, fault)),
        "files.txt": "\n".join(_sizes(folder)),
        "commands.txt": _or_why(lambda: _commands(clinic)),
        "settings.txt": _or_why(lambda: _settings(clinic, window_settings)),
    }
    for name in _LOGS:
        text = _log(folder / "logs" / name)
        if text:
            files[name] = text
    return CrashReport(files)


def save(report: CrashReport, path: Path) -> ReportSaved:
    """Write a report as a zip, whole or not at all. Raises as `write_whole` does."""

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in report.files.items():
                archive.writestr(name, text)

    write_whole(path, write)
    return ReportSaved(path, path.stat().st_size)


def clean(text: str) -> str:
    """A log's text without folders, long numbers and anything that is not plain ASCII."""
    text = _QUOTED.sub(r'"\1"', text)
    text = _FOLDER.sub("", text)
    text = _DIGITS.sub("#", text)
    return _NOT_PLAIN.sub("?", text)


def _about(clock: Clock, clinic: Clinic | None, fault: str) -> list[str]:
    lines = [
        f"haochi-desk {VERSION}",
        f"written {clock.now_utc()}",
        f"python {platform.python_version()} frozen {getattr(sys, 'frozen', False)}",
        f"platform {platform.platform()}",
        f"sqlite {'.'.join(map(str, library_version()))}",
        f"schema of the program {schema.latest_version()}",
    ]
    if clinic is not None:
        lines.append(f"schema of the file {_or_why(lambda: str(schema.version_of(clinic.db)))}")
    if fault:
        lines.append(f"cannot open: {clean(fault)}")
    return lines + [f"{name} {_version(name)}" for name in _PACKAGES]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # a frozen program carries no papers of its parts
        return "?"


def _sizes(folder: Path) -> list[str]:
    """Which of the clinic's files are there and how big; no other name is looked at."""
    lines = []
    for name in _FILES:
        try:
            lines.append(f"{name} {(folder / name).stat().st_size:,}")
        except OSError as error:
            lines.append(f"{name} {type(error).__name__}")
    return lines


def _commands(clinic: Clinic | None) -> str:
    """The last commands, the newest first: when, which, by which version; not whose."""
    if clinic is None:
        return "no file is open"
    rows = _LAST.rows(clinic.db, most=COMMANDS)
    return "\n".join(f"{at} {action} {version}" for at, action, version in rows)


def _settings(clinic: Clinic | None, window: Iterable[str]) -> str:
    """Names only, and only those that look like one the program gives."""
    own = [] if clinic is None else [str(key) for (key,) in _SETTINGS.rows(clinic.db)]
    named = [f"clinic {key}" for key in own] + [f"window {key}" for key in sorted(window)]
    return "\n".join(name for name in named if _NAME.fullmatch(name))


def _or_why(read: Callable[[], str]) -> str:
    """What `read` answers; of a file that gives way only the kind of fault."""
    try:
        return read()
    except EnvironmentFault as error:
        return f"cannot be read: {error.fault.name}"
    except Exception as error:  # the report is about trouble; it must not add to it
        return f"cannot be read: {type(error).__name__}"


def _log(path: Path) -> str:
    """The end of a log, cleaned; '' when there is none."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(path.stat().st_size - _TAIL, 0))
            return clean(stream.read().decode("utf-8", errors="replace"))
    except OSError:
        return ""
