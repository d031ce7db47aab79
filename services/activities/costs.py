"""What an activity cost, each amount with its document; a mistake is taken back by a row (R012)."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import JOIN, fn

from models.activities import ActivityCost
from models.database import ClinicDatabase
from models.system import Staff
from services.activities.records import activity
from services.changes import Changes, Kind
from services.clock import is_date
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr

MOST_FEN = 1_000_000_00
EARLIEST = "2000-01-01"
_LONGEST = 60


@dataclass(frozen=True)
class CostPosted:
    """An amount was written down, or taken back (negative). Fen."""

    cost_id: int
    activity_id: int
    amount_fen: int
    changes: Changes


@dataclass(frozen=True)
class CostRow:
    """An amount in fen; `taken_back`: another row took it back, `takes_back`: it is such a row."""

    id: int
    occurred_on: str
    what: str
    amount_fen: int
    document: str
    staff: str
    taken_back: bool
    takes_back: bool


@command("activity.cost", entity="activity_cost")
def add_cost(
    tx: Tx,
    *,
    activity_id: int,
    what: str,
    amount_fen: int,
    document: str = "",
    occurred_on: str | None = None,
) -> CostPosted:
    """Write an amount down, with the number of its invoice where there is one; also after the
    activity was closed, because invoices come late. Raises RuleError."""
    activity(tx.db, activity_id)
    what, document, on = what.strip(), document.strip(), occurred_on or tx.today
    if not what or max(len(what), len(document)) > _LONGEST:
        raise RuleError(tr("请写明是什么费用，最多 {n} 字；票据号也是。").format(n=_LONGEST))
    if not 0 < amount_fen <= MOST_FEN:
        raise RuleError(tr("费用须大于 0，最多 100 万元。记错了请选中那一行，按“冲销”。"))
    if not is_date(on) or not EARLIEST <= on <= tx.today:
        raise RuleError(tr("费用日期须是今天或以前，写成 2026-11-28 这样。"))
    cost_id = tx.db.insert(
        ActivityCost,
        activity_id=activity_id,
        what=what,
        amount_fen=amount_fen,
        document=document,
        occurred_on=on,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    return _posted(tx, cost_id, activity_id, amount_fen)


@command("activity.cost_back", entity="activity_cost")
def take_cost_back(tx: Tx, *, cost_id: int) -> CostPosted:
    """Take an amount back by a row of its own. Raises RuleError when it was, or is such a row."""
    again = ActivityCost.alias()
    found = tx.db.row(
        ActivityCost.select(
            ActivityCost.activity_id,
            ActivityCost.what,
            ActivityCost.amount_fen,
            ActivityCost.document,
        )
        .join(again, JOIN.LEFT_OUTER, on=(again.takes_back_id == ActivityCost.id))
        .where(
            (ActivityCost.id == cost_id) & ActivityCost.takes_back_id.is_null() & again.id.is_null()
        )
    )
    if found is None:
        raise RuleError(tr("没有找到这笔费用，或已冲销过。请刷新后重试。"))
    activity_id, what, amount_fen, document = found
    back_id = tx.db.insert(
        ActivityCost,
        activity_id=activity_id,
        what=what,
        amount_fen=-amount_fen,
        document=document,
        takes_back_id=cost_id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    return _posted(tx, back_id, activity_id, -amount_fen)


def _posted(tx: Tx, cost_id: int, activity_id: int, amount_fen: int) -> CostPosted:
    tx.about(cost_id, activity=activity_id, amount_fen=amount_fen)
    return CostPosted(cost_id, activity_id, amount_fen, Changes((Kind.ACTIVITY,)))


def costs(db: ClinicDatabase, activity_id: int) -> list[CostRow]:
    """Every amount of an activity, the newest first."""
    again = ActivityCost.alias()
    query = (
        ActivityCost.select(
            ActivityCost.id,
            ActivityCost.occurred_on,
            ActivityCost.what,
            ActivityCost.amount_fen,
            ActivityCost.document,
            Staff.name,
            again.id,
            ActivityCost.takes_back_id,
        )
        .join(Staff, on=(Staff.id == ActivityCost.staff_id))
        .switch(ActivityCost)
        .join(again, JOIN.LEFT_OUTER, on=(again.takes_back_id == ActivityCost.id))
        .where(ActivityCost.activity_id == activity_id)
        .order_by(ActivityCost.id.desc())
    )
    return [CostRow(*row[:6], *(each is not None for each in row[6:])) for row in db.rows(query)]


def cost_fen(db: ClinicDatabase, activity_id: int) -> int:
    """What an activity cost altogether, in fen."""
    total = ActivityCost.select(fn.COALESCE(fn.SUM(ActivityCost.amount_fen), 0))
    return int(db.scalar(total.where(ActivityCost.activity_id == activity_id)))


def per_head(fen: int, people: int) -> int | None:
    """Fen a head, rounded half up; None when nobody was there."""
    return (2 * fen + people) // (2 * people) if people else None
