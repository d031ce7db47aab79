"""Everybody whose money or membership counts, one after the other: work on a whole clinic.

Such work takes seconds to minutes, so it tells how far it is and can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from models.database import ClinicDatabase
from models.ledgers import Standing
from models.people import Person
from services.errors import RuleError
from services.i18n import tr

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]

_EVERY = 200


class WorkCancelled(RuleError):
    """Somebody pressed cancel; what had been written is taken back with the transaction."""

    def __init__(self) -> None:
        super().__init__(tr("已取消，没有留下任何改动。"))


def everybody(
    db: ClinicDatabase,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    among: Collection[int] | None = None,
) -> Iterator[int]:
    """The id of everybody who has a standing in any programme, in order; who was merged into
    somebody else is left out (E62). `among`: only those of them.

    `progress(done, of)` and `cancelled()` are called now and then. Raises WorkCancelled.
    """
    query = (
        Standing.select(Standing.person_id)
        .join(Person, on=(Person.id == Standing.person_id))
        .where(Person.state != "merged")
        .group_by(Standing.person_id)
        .order_by(Standing.person_id)
    )
    people = [int(row[0]) for row in db.rows(query)]
    if among is not None:
        chosen = set(among)
        people = [each for each in people if each in chosen]
    for index, person_id in enumerate(people):
        if index % _EVERY == 0:
            if cancelled is not None and cancelled():
                raise WorkCancelled
            if progress is not None:
                progress(index, len(people))
        yield person_id
    if progress is not None:
        progress(len(people), len(people))
