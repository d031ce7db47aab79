"""The file itself: pages, structure, pointers, and the schema it was made with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from models import checks, schema
from models.database import ClinicDatabase
from models.errors import classify
from services.clinic import Clinic
from services.verify.report import Findings, Watch

_LOOK = 0.2  # seconds between two looks at the cancel button


def check_schema(db: ClinicDatabase, found: Findings) -> None:
    """Tables, indexes and triggers against what this program would make."""
    have, wanted = schema.schema_text(db), schema.expected_schema_text()
    for name in sorted(wanted.keys() - have.keys()):
        found.add("schema.missing", name)
    for name in sorted(have.keys() - wanted.keys()):
        found.add("schema.extra", name)
    for name in sorted(wanted.keys() & have.keys()):
        if wanted[name] != have[name]:
            found.add("schema.changed", name)
    found.count("schema", len(wanted))


def check_pointers(db: ClinicDatabase, found: Findings) -> None:
    """Rows that point at rows which are not there."""
    for (table, parent), count in checks.orphans(db).items():
        found.add("file.orphans", f"{table} → {parent}", count)


@contextmanager
def checking_file(clinic: Clinic, found: Findings, watch: Watch, most_mib: int) -> Iterator[None]:
    """Check structure and pages on a thread of its own while the block runs.

    SQLite does this without Python, so both cores work, and about as long as all the rest takes;
    leaving the block waits for it, and leaving it by an exception stops it.
    """
    stops: list[Callable[[], None]] = []
    ready, stopping = threading.Event(), threading.Event()
    guard = threading.Lock()  # a closed connection cannot be stopped
    errors: list[BaseException] = []
    mine = Findings()

    def work() -> None:
        try:
            reader = clinic.file.reader()
        except BaseException as error:
            errors.append(error)
            ready.set()
            return
        stops.append(checks.stopper(reader))
        ready.set()
        try:
            _check_file(reader, mine, stopping, most_mib)
        except Exception as error:
            errors.append(error)
        finally:
            with guard:
                stops.clear()
                reader.close()

    thread = threading.Thread(target=work, name="verify-file")
    thread.start()
    ready.wait()
    try:
        yield
        while thread.is_alive():
            watch.breathe()
            thread.join(_LOOK)
    except BaseException:
        stopping.set()
        with guard:
            for stop in stops:
                stop()
        thread.join()
        raise
    for error in errors:
        unreadable(error, "file", mine)
    found.take(mine)


def unreadable(error: BaseException, where: str, found: Findings) -> None:
    """Note that damage stopped a check; anything else is a bug and goes on."""
    fault = classify(error)
    if fault is None:
        raise error
    found.add("file.unreadable", f"{where}: {fault.detail}")


def _check_file(
    db: ClinicDatabase, found: Findings, stopping: threading.Event, most_mib: int
) -> None:
    """What SQLite finds in the structure, and the pages behind it.

    Its own check reads every page that holds anything, and reading proves a page against its
    HMAC. So the pages are gone through by themselves only where it did not go well, to name them,
    and where there are free ones, which nothing else reads.
    """
    checks.cache_for_checks(db, most_mib)
    try:
        faults = checks.structure_faults(db)
    except Exception:
        if not stopping.is_set():
            _check_pages(db, found)
        raise
    for fault in faults:
        found.add("file.structure", fault)
    if faults or checks.free_pages(db):
        _check_pages(db, found)
    found.count("bytes", db.path.stat().st_size)


def _check_pages(db: ClinicDatabase, found: Findings) -> None:
    for fault in checks.page_faults(db):
        found.add("file.pages", fault)
