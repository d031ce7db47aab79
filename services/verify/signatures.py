"""Who did it: rows that name somebody against the command that wrote them."""

from __future__ import annotations

from typing import Any

import msgspec
from peewee import JOIN

from models import checks
from models.database import ClinicDatabase
from models.gifts import CountLine, GiftIssue, Reconciliation, ServiceUse, StockMove
from models.paperwork import CountEntry, ServiceBill, VoucherStep
from models.system import Audit
from services.gifts.period_lines import signed_digest
from services.verify.report import Findings

_BY_THE_ACTOR: tuple[Any, ...] = (
    CountEntry, GiftIssue, ServiceBill, ServiceUse, StockMove, VoucherStep,
)  # fmt: skip


def check_actors(db: ClinicDatabase, found: Findings) -> None:
    """What was counted, handed out, moved, used or billed names whoever was signed in."""
    for table in _BY_THE_ACTOR:
        query = (
            table.select(table.id)
            .join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == table.seq))
            .where(Audit.actor_id.is_null() | (Audit.actor_id != table.staff_id))
        )
        for (row_id,) in checks.stream(db, query):
            found.add("audit.actor", f"{table._meta.table_name} #{row_id}")


def check_signed_weeks(db: ClinicDatabase, found: Findings) -> None:
    """A Friday was opened and signed by whom its commands name, and what was signed still stands
    there: every count and every reason. Closes from before a digest was kept have the names."""
    opened, closed = Audit.alias(), Audit.alias()
    query = (
        Reconciliation.select(
            Reconciliation.id,
            Reconciliation.week,
            Reconciliation.state,
            Reconciliation.opened_by,
            opened.actor_id,
            Reconciliation.marketing_signer,
            Reconciliation.billing_signer,
            closed.entity_id,
            closed.detail,
        )
        .join(opened, JOIN.LEFT_OUTER, on=(opened.seq == Reconciliation.seq))
        .switch(Reconciliation)
        .join(closed, JOIN.LEFT_OUTER, on=(closed.seq == Reconciliation.closed_seq))
    )
    for number, week, state, opener, actor, *signed, entity, detail in db.rows(query):
        good = opener == actor
        if state == "closed":
            told = msgspec.json.decode(detail or "{}")
            good &= (entity, told.get("marketing"), told.get("billing")) == (number, *signed)
            good &= told.get("counted") in (None, _digest(db, number))
        if not good:
            found.add("week.signed", f"{week} #{number}")


def _digest(db: ClinicDatabase, number: int) -> str:
    columns = (CountLine.gift_id, CountLine.place, CountLine.counted, CountLine.reason)
    lines = CountLine.select(*columns).where(CountLine.reconciliation_id == number)
    return signed_digest(db.rows(lines))
