"""Taking a programme out of use and back into it.

A retired programme earns nothing and gives nothing new; what was granted under it can be drawn to
its end, and its ledgers stand still. Taken up again, it counts what happened meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.ledgers import Standing
from models.programmes import Programme as ProgrammeTable
from services.changes import Changes
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.loyalty.everybody import Cancelled, Progress
from services.loyalty.starting import start_programme
from services.programmes.active import active_timeline
from services.programmes.registry import Timeline, timelines
from services.programmes.signing import CHANGED, run_today_again

PAID_TERMS = "paid_terms"


@dataclass(frozen=True)
class ProgrammeState:
    """A programme was retired or taken up again; `people` were reckoned anew."""

    programme_id: int
    people: int
    changes: Changes


@command("programme.retire", entity="programme")
def retire(tx: Tx, *, programme_id: int) -> ProgrammeState:
    """Take a programme out of use. Raises RuleError for the last one, Confirmable `paid_terms`
    while somebody is paid for in it."""
    in_use(tx, programme_id)
    if len(timelines(tx.db)) == 1:
        raise RuleError(tr("诊所至少要有一个使用中的方案。请先签署另一个方案，再停用这一个。"))
    ask_about_terms(tx, programme_id)
    set_state(tx, programme_id, "retired")
    tx.about(programme_id)
    return ProgrammeState(programme_id, 0, CHANGED)


@command("programme.activate", entity="programme")
def activate(
    tx: Tx,
    *,
    programme_id: int,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ProgrammeState:
    """Take a retired programme up again. Money of the time between counts for tiers and for
    points earned, but gives no usable points. Raises RuleError, WorkCancelled."""
    query = ProgrammeTable.select(ProgrammeTable.state).where(ProgrammeTable.id == programme_id)
    if tx.db.scalar(query) != "retired":
        raise RuleError(tr("这个方案不在停用的方案里，请刷新后重试。"))
    set_state(tx, programme_id, "active")
    people = start_programme(tx, in_use(tx, programme_id), progress, cancelled)
    run_today_again(tx)
    tx.about(programme_id, people=people)
    return ProgrammeState(programme_id, people, CHANGED)


def in_use(tx: Tx, programme_id: int) -> Timeline:
    """An active programme with its versions. Raises RuleError for any other."""
    return active_timeline(tx.db, programme_id)


def set_state(tx: Tx, programme_id: int, state: str) -> None:
    """Make a programme 'active' or 'retired'; the catch-up looks at nobody for a retired one."""
    tx.db.write(ProgrammeTable.update(state=state).where(ProgrammeTable.id == programme_id))
    if state == "retired":
        stands_still = Standing.update(next_on=None)
        tx.db.write(stands_still.where(Standing.programme_id == programme_id))


def ask_about_terms(tx: Tx, programme_id: int) -> None:
    """Raises Confirmable while members are paid for in the programme and were not agreed about."""
    paid = Standing.select(Standing.person_id).where(
        (Standing.programme_id == programme_id)
        & (Standing.member == 1)
        & (Standing.paid_until >= tx.today)
    )
    count = paid.count(tx.db)
    if count and PAID_TERMS not in tx.confirmed:
        sentence = tr(
            "这个方案有 {n} 位会员的会费还没到期，停用以后他们的会员价和新一期的权益就停了。"
            "已和他们商定怎样处理了吗？"
        )
        raise Confirmable(PAID_TERMS, sentence.format(n=count))
