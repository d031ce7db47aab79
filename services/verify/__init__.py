"""`verify`: is the file whole, and does everything projected agree with the ledgers?

Reads only, on connections of its own, in set-based passes: a clinic of two million receipts is
told by aggregates and streams, never by a question for each person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.verify.quick import quick_check
from services.verify.report import FaultFound, Report, VerifyCancelled

if TYPE_CHECKING:
    from services.verify.run import verify

__all__ = ["FaultFound", "Report", "VerifyCancelled", "quick_check", "verify"]


def __getattr__(name: str) -> Any:
    if name != "verify":
        raise AttributeError(name)
    from services.verify.run import verify  # every check there is: a start makes the quick one only

    return verify
