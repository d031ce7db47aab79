"""Records that are kept but no longer used: frozen ones, and those made anonymous (个保法 47 条).

A frozen record is withdrawn from every list and only the director reads it; of an anonymous one
there is nobody to read about.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.people import Person
from models.query import Prepared, slot
from services.errors import RuleError
from services.i18n import tr
from services.people.aliases import root_of
from services.rights import may

READS_FROZEN = "privacy.unfreeze"

_CLOSED = Prepared(
    lambda: Person.select(Person.frozen_on, Person.erased_on).where(Person.id == slot("id"))
)


@dataclass(frozen=True)
class Closed:
    """Since when a record is frozen, or was made anonymous; None for neither."""

    frozen_on: str | None = None
    erased_on: str | None = None


def closed(db: ClinicDatabase, person_id: int) -> Closed:
    """What stands in the way of using a record, of whoever speaks for it."""
    row = _CLOSED.row(db, id=root_of(db, person_id))
    return Closed() if row is None else Closed(*row)


def refuse_closed(db: ClinicDatabase, person_id: int) -> None:
    """Refuse to write about a frozen or anonymous record. Raises RuleError."""
    found = closed(db, person_id)
    if found.erased_on is not None:
        raise RuleError(tr("这份档案已匿名化，不能再登记。本人再来请重新建档。"))
    if found.frozen_on is not None:
        raise RuleError(tr("这份档案已冻结，不能再使用。本人要求恢复时，请院长解除冻结。"))


def refuse_unreadable(db: ClinicDatabase, role: str, person_id: int) -> None:
    """Refuse to show a frozen record to anybody but the director, and an anonymous one to
    everybody. Raises RuleError."""
    found = closed(db, person_id)
    if found.erased_on is not None:
        raise RuleError(tr("这份档案已匿名化，没有个人信息可看。"))
    if found.frozen_on is not None and not may(role, READS_FROZEN):
        raise RuleError(tr("这份档案已冻结，只有院长能查看。"))
