"""Friday periods as stored: which are closed, which is open, which closed one was corrected.

A closed period never changes. One that was counted anew has a successor (`corrects_id`): until
that is closed the old one is in force, from then on the new one is, and the old one is only
kept to be looked up. Whoever asks for periods gets those in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee

from models.database import ClinicDatabase
from models.gifts import Reconciliation
from models.system import Audit, Staff
from services.clock import local_text
from services.errors import RuleError
from services.i18n import tr

OPEN = ("counting", "compared")


@dataclass(frozen=True)
class PeriodRow:
    """A reconciliation as stored; the signers by name, None while unsigned.

    `corrects_id`: the closed one this counts anew, and `reason` why the director allowed it.
    """

    id: int
    week: str
    state: str
    opened_on: str
    opened_by: str
    from_seq: int
    cutoff_seq: int
    marketing_signer: str | None
    billing_signer: str | None
    closed_on: str | None
    closed_seq: int | None
    seq: int
    corrects_id: int | None = None
    reason: str = ""


def periods(
    db: ClinicDatabase,
    *,
    states: tuple[str, ...] = ("closed",),
    limit: int | None = None,
    superseded: bool = False,
) -> list[PeriodRow]:
    """Reconciliations in these states, newest first; closed ones that a closed correction
    replaced only when `superseded`."""
    wanted = Reconciliation.state.in_(states)
    if not superseded:
        wanted &= in_force()
    query = _periods().where(wanted)
    return _rows(db, query.order_by(Reconciliation.id.desc()).limit(limit))


def in_force() -> Any:
    """The condition that no closed correction has taken a reconciliation's place."""
    later: Any = Reconciliation.alias()
    replaced = later.select(later.corrects_id).where(
        (later.state == "closed") & later.corrects_id.is_null(False)
    )
    return Reconciliation.id.not_in(replaced)


def period(db: ClinicDatabase, reconciliation_id: int) -> PeriodRow:
    """One reconciliation. Raises RuleError when there is none."""
    found = _rows(db, _periods().where(Reconciliation.id == reconciliation_id))
    if not found:
        raise RuleError(tr("没有找到这次核对，请刷新后重试。"))
    return found[0]


def last_close(db: ClinicDatabase) -> PeriodRow | None:
    """The newest closed period."""
    return next(iter(periods(db, limit=1)), None)


def current(db: ClinicDatabase) -> PeriodRow | None:
    """The period that is open now (counting or compared), if one is; a correction is one too."""
    return next(iter(periods(db, states=OPEN, limit=1)), None)


def closes_of(db: ClinicDatabase, row: PeriodRow) -> list[PeriodRow]:
    """Every close of this period up to `row`, oldest first: the first and its corrections."""
    wanted = (
        (Reconciliation.state == "closed")
        & (Reconciliation.cutoff_seq == row.cutoff_seq)
        & (Reconciliation.id <= row.id)
    )
    return _rows(db, _periods().where(wanted).order_by(Reconciliation.id))


def instant_of(db: ClinicDatabase, seq: int) -> str | None:
    """The clinic-local minute of a command; None when there is no such number."""
    at_utc = db.scalar(Audit.select(Audit.at_utc).where(Audit.seq == seq))
    return None if at_utc is None else local_text(at_utc)


def cut_off_instant(db: ClinicDatabase, cutoff_seq: int) -> str | None:
    """The clinic-local minute of a cut-off: that of the command that opened the period first.

    None for the beginning of the books.
    """
    return instant_of(db, cutoff_seq + 1) if cutoff_seq else None


def cut_off_day(db: ClinicDatabase, row: PeriodRow) -> str:
    """The business date of a period's cut-off; a correction keeps the one it corrects."""
    day = db.scalar(Audit.select(Audit.business_date).where(Audit.seq == row.cutoff_seq + 1))
    return str(day or row.opened_on)


def _periods() -> Any:
    opener, marketing, billing = Staff.alias(), Staff.alias(), Staff.alias()
    outer = peewee.JOIN.LEFT_OUTER
    return (
        Reconciliation.select(
            Reconciliation.id,
            Reconciliation.week,
            Reconciliation.state,
            Reconciliation.opened_on,
            opener.name,
            Reconciliation.from_seq,
            Reconciliation.cutoff_seq,
            marketing.name,
            billing.name,
            Reconciliation.closed_on,
            Reconciliation.closed_seq,
            Reconciliation.seq,
            Reconciliation.corrects_id,
            Reconciliation.reason,
        )
        .join(opener, on=(opener.id == Reconciliation.opened_by))
        .switch(Reconciliation)
        .join(marketing, outer, on=(marketing.id == Reconciliation.marketing_signer))
        .switch(Reconciliation)
        .join(billing, outer, on=(billing.id == Reconciliation.billing_signer))
    )


def _rows(db: ClinicDatabase, query: Any) -> list[PeriodRow]:
    return [PeriodRow(*row) for row in db.rows(query)]
