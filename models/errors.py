"""What can be wrong with the world under the clinic file, told apart from bugs.

`classify` looks through a chain of exceptions for the most specific SQLite error name, because
the outermost one often lies (a failed rollback hides "disk full", R: storage traps 2 and 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum


class Fault(StrEnum):
    """Kinds of environment fault; the values are stable names for logs and exit texts."""

    MISSING = "missing"
    EMPTY = "empty"
    FOREIGN = "foreign"
    NEWER = "newer"
    DAMAGED = "damaged"
    READ_ONLY = "read_only"
    LOCKED = "locked"
    DISK_FULL = "disk_full"
    UNREADABLE = "unreadable"
    NO_WAL = "no_wal"
    WRONG_KEY = "wrong_key"
    KEYS_DAMAGED = "keys_damaged"
    LIBRARY = "library"


class StoreFault(Exception):
    """The clinic file or its surroundings cannot serve; nothing was changed.

    `detail` is technical and free of personal data; it goes to the log, not to the desk.
    """

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault
        self.detail = detail


class ConstraintFault(Exception):
    """A CHECK, UNIQUE, foreign key or trigger of the schema said no."""


_FATAL = (Fault.DAMAGED, Fault.UNREADABLE)

_BY_PREFIX = (
    ("SQLITE_FULL", Fault.DISK_FULL),
    ("SQLITE_CORRUPT", Fault.DAMAGED),
    ("SQLITE_NOTADB", Fault.DAMAGED),
    ("SQLITE_IOERR", Fault.UNREADABLE),
    ("SQLITE_READONLY", Fault.READ_ONLY),
    ("SQLITE_BUSY", Fault.LOCKED),
    ("SQLITE_LOCKED", Fault.LOCKED),
    ("SQLITE_CANTOPEN", Fault.UNREADABLE),
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue += [current.__cause__, current.__context__]


def classify(error: BaseException) -> StoreFault | None:
    """The environment fault behind `error`, or None when it is something else (a bug, a rule)."""
    if isinstance(error, StoreFault):
        return error  # whoever named it knew more than its cause says
    names = [str(getattr(link, "sqlite_errorname", "")) for link in _chain(error)]
    for prefix, fault in _BY_PREFIX:
        if any(name.startswith(prefix) for name in names):
            return StoreFault(fault, next(n for n in names if n.startswith(prefix)))
    return None


def is_fatal(fault: Fault) -> bool:
    """After this fault the connection must be closed for good: its next error would lie."""
    return fault in _FATAL
