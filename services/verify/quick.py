"""The check of every start: is the schema ours, and does the audit chain go on where it stood when
all of it was checked last?

That place is the newest sealed manifest whose copy was checked without a fault of the chain, so the
check costs no more than what was posted since; the whole chain is checked at each backup.
"""

from __future__ import annotations

from collections.abc import Callable

from services.clinic import Clinic
from services.verify import anchors, chain, file
from services.verify.report import Findings, Report, Watch

_PAGES_MIB = 1  # the chain is read once from end to end: a page that was read is not wanted again


def quick_check(clinic: Clinic, stopped: Callable[[], bool] | None = None) -> Report:
    """Schema, heads of the chain outside the file, and the rows since the last full check. Reads
    over a connection of its own, on any thread; `checked["audit"]` is the newest row's number.
    Raises EnvironmentFault when the file cannot be opened for reading, VerifyCancelled after
    `stopped()` said so."""
    found = Findings()
    known = anchors.outside(clinic.folder, clinic.file.key, stopped)
    with clinic.reading() as reading:
        db = reading.db
        db.keep_pages(_PAGES_MIB)
        file.check_schema(db, found)
        anchors.check_anchors(db, found, known)
        full = next((each for each in known if each.whole and anchors.fits(db, each)), None)
        after, mac = (0, b"") if full is None else (full.seq, bytes.fromhex(full.head))
        watch = Watch(1, cancelled=stopped)
        chain.check_chain(db, clinic.audit_key, found, watch, after=after, mac=mac)
        return found.report(db)
