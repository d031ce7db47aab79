"""A closed Friday is opened again, by the director and with a reason; nothing is overwritten.

The closed period stays as it was signed. A correction with the same span stands beside it and
starts from its counts; when that is signed and closed it takes the old one's place and posts
only what it changed. Given up, it leaves everything as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.gifts import CountLine, Reconciliation
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.gifts.stored_periods import current, last_close, period
from services.i18n import tr

_LONGEST = 200
_COPIED = (
    "gift_id",
    "place",
    "opening",
    "received",
    "transferred",
    "issued",
    "returned",
    "scrapped",
    "adjusted",
    "counted",
    "reason",
)


@dataclass(frozen=True)
class WeekReopened:
    """A correction of a closed period is open, compared as it was closed."""

    reconciliation_id: int
    corrects_id: int
    week: str
    changes: Changes


@command("reconciliation.reopen", entity="reconciliation")
def reopen(tx: Tx, *, reconciliation_id: int, reason: str) -> WeekReopened:
    """Open the newest closed week again to count it anew (E51).

    Raises RuleError: another one is open, not closed, not the newest, no reason.
    """
    reason = reason.strip()
    if not reason:
        raise RuleError(tr("请写明为什么要重新打开，例如 收费室漏点一箱。"))
    if len(reason) > _LONGEST:
        raise RuleError(tr("理由请控制在 {n} 字以内。").format(n=_LONGEST))
    running = current(tx.db)
    if running is not None:
        sentence = tr("{week} 的核对还没有结账。请先完成或放弃它，再重新打开。")
        raise RuleError(sentence.format(week=running.week))
    row = period(tx.db, reconciliation_id)
    newest = last_close(tx.db)
    if newest is None or row.state != "closed":
        raise RuleError(tr("只有已结账的核对才能重新打开。"))
    if row.id != newest.id:
        sentence = tr(
            "只能重新打开最近一次已结账的核对({week})；更早的差错，请在下一次核对里写明原因。"
        )
        raise RuleError(sentence.format(week=newest.week))
    correction_id = tx.db.insert(
        Reconciliation,
        week=row.week,
        opened_on=tx.today,
        opened_by=tx.actor.id,
        from_seq=row.from_seq,
        cutoff_seq=row.cutoff_seq,
        state="compared",
        seq=tx.seq,
        corrects_id=row.id,
        reason=reason,
    )
    lines = tx.db.rows(
        CountLine.select(*(getattr(CountLine, name) for name in _COPIED)).where(
            CountLine.reconciliation_id == row.id
        )
    )
    tx.db.insert_many(
        CountLine,
        ("reconciliation_id", *_COPIED),
        [(correction_id, *line) for line in lines],
    )
    tx.about(correction_id, corrects=row.id, week=row.week)
    return WeekReopened(correction_id, row.id, row.week, Changes((Kind.RECONCILIATION,)))
