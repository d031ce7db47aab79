"""What a change of programme would move, before it is done: members, points, liability (E42)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.ledgers import PointsEntry
from models.programmes import Programme as ProgrammeTable
from models.programmes import ProgrammeChange
from models.query import Prepared, slot
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.everybody import Cancelled, Progress, everybody
from services.loyalty.ledger import open_lots
from services.loyalty.standing import StandingRow, joined_on, standing_of
from services.people.aliases import group_of
from services.programmes.posted_since import posted_since
from services.programmes.registry import Timeline, timelines
from services.programmes.worth import liability_fen

_EARNED = Prepared(
    lambda: (
        PointsEntry.select(PointsEntry.receipt_id)
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (PointsEntry.kind == "earn")
        )
        .distinct()
    )
)


_FROM, _TO = ProgrammeTable.alias(), ProgrammeTable.alias()


@dataclass(frozen=True)
class LastCutOver:
    """The newest change of programme that stands; `open`: nothing was posted since, so that it
    may still be taken back."""

    id: int
    from_name: str
    to_name: str
    occurred_on: str
    open: bool


@dataclass(frozen=True)
class Moved:
    """What changes hands: memberships made, points brought over and owed, points that stay
    behind, and what the outstanding points of both programmes are worth before and after (fen)."""

    members: int = 0
    points: int = 0
    owed: int = 0
    left_behind: int = 0
    liability_before_fen: int = 0
    liability_after_fen: int = 0


def earned_itself(db: ClinicDatabase, group: Iterable[int], programme_id: int) -> set[int]:
    """The receipts that a programme itself gave points for."""
    return {
        row[0]
        for each in group
        for row in _EARNED.rows(db, person_id=each, programme_id=programme_id)
    }


def last_cut_over(db: ClinicDatabase) -> LastCutOver | None:
    """The newest change of programme that was not taken back; None without any (E42)."""
    query = (
        ProgrammeChange.select(
            ProgrammeChange.id,
            _FROM.name,
            _TO.name,
            ProgrammeChange.occurred_on,
            ProgrammeChange.seq,
        )
        .join(_FROM, on=(_FROM.id == ProgrammeChange.from_programme_id))
        .switch(ProgrammeChange)
        .join(_TO, on=(_TO.id == ProgrammeChange.to_programme_id))
        .where(ProgrammeChange.reversed_seq.is_null())
        .order_by(ProgrammeChange.id.desc())
    )
    row = db.row(query.limit(1))
    if row is None:
        return None
    change_id, from_name, to_name, on, seq = row
    return LastCutOver(change_id, from_name, to_name, on, not posted_since(db, seq))


def preview_cut_over(
    db: ClinicDatabase,
    today: str,
    *,
    from_programme_id: int,
    to_programme_id: int,
    carry: bool = True,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Moved:
    """What `cutover.cut_over` would move today; reads only. Raises RuleError, WorkCancelled."""
    by_id = {timeline.programme_id: timeline for timeline in timelines(db)}
    if from_programme_id not in by_id or to_programme_id not in by_id:
        raise RuleError(tr("这个方案没有在使用，请刷新后重新选择。"))
    count = _Count(db, today, by_id[from_programme_id], by_id[to_programme_id], carry=carry)
    for person_id in everybody(db, progress, cancelled):
        count.person(person_id)
    return count.moved()


class _Count:
    """Sums over everybody."""

    def __init__(
        self, db: ClinicDatabase, today: str, old: Timeline, new: Timeline, *, carry: bool
    ) -> None:
        self._db, self._today, self._carry = db, today, carry
        self._old, self._new = old, new
        self._members = self._points = self._owed = self._left = 0
        self._old_before = self._new_before = self._after = 0

    def person(self, person_id: int) -> None:
        """Count one person."""
        old_id, new_id = self._old.programme_id, self._new.programme_id
        group = group_of(self._db, person_id)
        leaves = joined_on(self._db, person_id, old_id) is not None
        self._members += leaves and joined_on(self._db, person_id, new_id) is None
        lots = self._live(group, old_id)
        here = sum(points for _, points in lots)
        there = sum(points for _, points in self._live(group, new_id))
        brought = owed = 0
        if self._carry:
            given = earned_itself(self._db, group, new_id) if lots else set()
            brought = sum(points for receipt_id, points in lots if receipt_id not in given)
            owed = standing_of(self._db, person_id, old_id).deficit
        else:
            self._left += here
        new = standing_of(self._db, person_id, new_id)
        self._old_before += here
        self._new_before += there
        self._points += brought
        self._owed += owed
        self._after += _after(new, there, brought, owed)

    def _live(self, group: tuple[int, ...], programme_id: int) -> list[tuple[int | None, int]]:
        """(receipt, points) of what may still be spent today."""
        return [
            (lot.receipt_id, lot.remaining)
            for lot in open_lots(self._db, group, programme_id)
            if lot.expires_on is None or lot.expires_on >= self._today
        ]

    def moved(self) -> Moved:
        """What would change hands in all."""
        old, new = (each.at(self._today).programme for each in (self._old, self._new))
        return Moved(
            self._members,
            self._points,
            self._owed,
            self._left,
            liability_fen(old, self._old_before) + liability_fen(new, self._new_before),
            liability_fen(new, self._after),
        )


def _after(new: StandingRow, there: int, brought: int, owed: int) -> int:
    """The points usable in the new programme: what comes pays what is owed there (E17)."""
    return max(there - new.deficit + brought - owed, 0)
