"""`verify`: is the file whole, and does everything projected agree with the ledgers?

Reads only, on connections of its own, in set-based passes: a clinic of two million receipts is
told by aggregates, never person by person.
"""

from services.verify.quick import quick_check
from services.verify.report import FaultFound, Report, VerifyCancelled
from services.verify.run import verify

__all__ = ["FaultFound", "Report", "VerifyCancelled", "quick_check", "verify"]
