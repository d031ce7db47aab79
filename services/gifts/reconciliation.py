"""周五核对: open, count blind, compare, give reasons, sign twice, close (R144, E51).

The arithmetic of a period is told in `services.gifts.period`, its steps between opening and
signing in `counting`, and how a closed one is opened again in `reopening`. While a period is
open the desk goes on working: what is posted after the cut-off belongs to the next period.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.gifts import CountLine, Reconciliation
from services.changes import Changes, Kind
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.gifts import stock
from services.gifts.counting import (
    Compared,
    CountEntered,
    CountEntry,
    Recounted,
    compare,
    enter_count,
    line_names,
    open_period,
    recount,
    set_reason,
    set_state,
)
from services.gifts.friday_lists import (
    ClosedWeek,
    CountRow,
    GiftShrinkage,
    comparison,
    count_sheet,
    history,
    movements,
)
from services.gifts.period import (
    ComparedRow,
    PeriodRow,
    PeriodView,
    check_week,
    computed_lines,
    current,
    default_week,
    first_day,
    friday_of,
    last_close,
    period,
    stored_lines,
    week_view,
)
from services.gifts.period_lines import signed_digest
from services.gifts.reopening import WeekReopened, reopen
from services.gifts.requisitions import unreceived
from services.i18n import tr

__all__ = [
    "ClosedWeek",
    "Compared",
    "ComparedRow",
    "CountEntered",
    "CountEntry",
    "CountRow",
    "GiftShrinkage",
    "PeriodRow",
    "PeriodView",
    "Recounted",
    "WeekAbandoned",
    "WeekClosed",
    "WeekOpened",
    "WeekReopened",
    "abandon",
    "close",
    "compare",
    "comparison",
    "count_sheet",
    "current",
    "default_week",
    "enter_count",
    "friday_of",
    "history",
    "last_close",
    "movements",
    "open_week",
    "period",
    "recount",
    "reopen",
    "set_reason",
    "week_view",
]


@dataclass(frozen=True)
class WeekOpened:
    """A period was opened with so many lines to count."""

    reconciliation_id: int
    week: str
    cutoff_seq: int
    lines: int
    changes: Changes


@dataclass(frozen=True)
class WeekClosed:
    """The period is closed; so many count moves were posted."""

    reconciliation_id: int
    differences: int
    changes: Changes


@dataclass(frozen=True)
class WeekAbandoned:
    """The period was given up; the next one begins where it began."""

    reconciliation_id: int
    changes: Changes


_NAMED = 5  # so many papers are named in a refusal
_BOTH = Changes((Kind.RECONCILIATION, Kind.STOCK))
_ONE = Changes((Kind.RECONCILIATION,))


# -- open ------------------------------------------------------------------------------------


@command("reconciliation.open", entity="reconciliation")
def open_week(tx: Tx, *, week: str | None = None) -> WeekOpened:
    """Open the period of `week` (its Friday; default: the one due), cut off right before this.

    A missed week makes the period longer. Raises RuleError: one is open, not a Friday, a week
    closed already, still to come or before the books begin, goods on the way between the
    places, nothing to count.
    """
    running = current(tx.db)
    if running is not None:
        sentence = tr("{week} 的核对还没有结账。请先完成它，或放弃它。")
        raise RuleError(sentence.format(week=running.week))
    week = default_week(tx.db, tx.today) if week is None else week
    check_week(week, first_day(tx.db))
    last = last_close(tx.db)
    if last is not None and week <= last.week:
        sentence = tr("{week} 这一周已核对结账(最近一次是 {last})。以后的变动进入下一周。")
        raise RuleError(sentence.format(week=week, last=last.week))
    if week > friday_of(tx.today):
        raise RuleError(tr("{week} 这一周还没有到，不能提前核对。").format(week=week))
    travelling = [row.number for row in unreceived(tx.db)]
    if travelling:
        sentence = tr("还有 {n} 张申领单在途：{numbers}。请收费室先签收，再打开核对。")
        numbers = "、".join(travelling[:_NAMED])
        raise RuleError(sentence.format(n=len(travelling), numbers=numbers))
    from_seq, cutoff_seq = last.cutoff_seq if last else 0, tx.seq - 1
    lines = computed_lines(tx.db, from_seq, cutoff_seq)
    if not lines:
        raise RuleError(tr("礼品目录还是空的，没有可核对的礼品。请先建立礼品并入库。"))
    reconciliation_id = tx.db.insert(
        Reconciliation,
        week=week,
        opened_on=tx.today,
        opened_by=tx.actor.id,
        from_seq=from_seq,
        cutoff_seq=cutoff_seq,
        state="counting",
        seq=tx.seq,
    )
    columns = (
        "gift_id",
        "place",
        "opening",
        "received",
        "transferred",
        "issued",
        "returned",
        "scrapped",
        "adjusted",
    )
    tx.db.insert_many(
        CountLine,
        ("reconciliation_id", *columns),
        [(reconciliation_id, *(getattr(line, name) for name in columns)) for line in lines],
    )
    tx.about(reconciliation_id, week=week, from_seq=from_seq, cutoff_seq=cutoff_seq)
    return WeekOpened(reconciliation_id, week, cutoff_seq, len(lines), _ONE)


# -- sign and close --------------------------------------------------------------------------


@command("reconciliation.close", entity="reconciliation")
def close(
    tx: Tx, *, reconciliation_id: int, marketing: Approval | None, billing: Approval | None
) -> WeekClosed:
    """Two different people sign, differences post as count moves, the period closes for good.

    A correction posts only what it changed about the close it corrects, and takes its place.
    Raises RuleError: not compared, a difference without a reason, the wrong post or the same
    person twice, a level that would fall below zero (E51).
    """
    row = open_period(tx.db, reconciliation_id)
    if row.state != "compared":
        raise RuleError(tr("还没有比对。请先点完全部礼品，再点“比对”。"))
    first = tx.require(marketing, "sign.marketing", tr("请市场部(市场或会员管理员)签字。"))
    second = tx.require(billing, "sign.billing", tr("请收费室(收费或前台)签字。"))
    if first.staff_id == second.staff_id:
        raise RuleError(tr("市场部和收费室须由两个人分别签字。"))
    lines = stored_lines(tx.db, row)
    unexplained = [line for line in lines if line.difference and not line.reason]
    if unexplained:
        sentence = tr("这些差异还没有原因：{names}。请逐项填写，再签字。")
        raise RuleError(sentence.format(names=line_names(unexplained)))
    posted = _post_differences(tx, row, lines)
    tx.db.write(
        Reconciliation.update(
            state="closed",
            marketing_signer=first.staff_id,
            billing_signer=second.staff_id,
            closed_on=tx.today,
            closed_seq=tx.seq,
        ).where(Reconciliation.id == row.id)
    )
    counted = signed_digest((line.gift_id, line.place, line.counted, line.reason) for line in lines)
    signed = {"marketing": first.staff_id, "billing": second.staff_id, "counted": counted}
    tx.about(row.id, differences=posted, **signed)
    return WeekClosed(row.id, posted, _BOTH)


def _post_differences(tx: Tx, row: PeriodRow, lines: list[ComparedRow]) -> int:
    """The count moves of this close; answers how many."""
    before: dict[tuple[int, str], int] = {}
    if row.corrects_id is not None:
        corrected = stored_lines(tx.db, period(tx.db, row.corrects_id))
        before = {(line.gift_id, line.place): line.difference or 0 for line in corrected}
    posted = 0
    for line in lines:
        change = (line.difference or 0) - before.get((line.gift_id, line.place), 0)
        if change:
            _post_difference(tx, row, line, change)
            posted += 1
    return posted


def _post_difference(tx: Tx, row: PeriodRow, line: ComparedRow, change: int) -> None:
    """The count move, so that the level is what was counted plus what moved since the cut-off."""
    if (line.counted or 0) + line.since < 0:
        sentence = tr(
            "“{name}”({place})实盘 {counted}，但截止之后又净减少了 {gone}，库存会变成负数。"
            "请重新清点截止时的数量，或先更正截止后的登记。"
        )
        raise RuleError(
            sentence.format(
                name=line.name,
                place=stock.place_name(line.place),
                counted=line.counted,
                gone=-line.since,
            )
        )
    stock.move(
        tx,
        gift_id=line.gift_id,
        place=line.place,
        kind="count",
        quantity=change,
        reconciliation_id=row.id,
        reason=line.reason if row.corrects_id is None else _corrected(row, line),
    )


def _corrected(row: PeriodRow, line: ComparedRow) -> str:
    """Why a correction moves something: the line may agree now and need no reason of its own."""
    return tr("更正：{reason}").format(reason=line.reason or row.reason)


@command("reconciliation.abandon", entity="reconciliation")
def abandon(tx: Tx, *, reconciliation_id: int) -> WeekAbandoned:
    """Give an open period up: nothing is posted and the week can be opened again.

    The close that a correction was to replace stays in force.
    """
    row = open_period(tx.db, reconciliation_id)
    set_state(tx, row, "abandoned")
    tx.about(row.id, week=row.week)
    return WeekAbandoned(row.id, _ONE)
