"""周五核对: open, count blind, compare, give reasons, sign twice, close (R144, E51).

The arithmetic of a period is told in `services.gifts.period`. While a period is open the desk
goes on working: what is posted after the cut-off belongs to the next period.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.gifts import CountLine, Reconciliation
from services.changes import Changes, Kind
from services.commands import Approval, Session, Tx, command
from services.errors import RuleError
from services.gifts import stock
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
    friday_of,
    last_close,
    period,
    stored_lines,
    week_view,
)
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
    "WeekAbandoned",
    "WeekClosed",
    "WeekOpened",
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
    "set_reason",
    "week_view",
]

_NAMED = 8  # so many gifts are named in a refusal


@dataclass(frozen=True)
class CountEntry:
    """What was counted of one gift at one place."""

    gift_id: int
    place: str
    counted: int


@dataclass(frozen=True)
class WeekOpened:
    """A period was opened with so many lines to count."""

    reconciliation_id: int
    week: str
    cutoff_seq: int
    lines: int
    changes: Changes


@dataclass(frozen=True)
class CountEntered:
    """Counts were entered; `missing` lines are still to be counted."""

    reconciliation_id: int
    missing: int
    changes: Changes


@dataclass(frozen=True)
class Compared:
    """Book and count stand side by side; so many lines differ."""

    reconciliation_id: int
    differences: int
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


_BOTH = Changes((Kind.RECONCILIATION, Kind.STOCK))
_ONE = Changes((Kind.RECONCILIATION,))


# -- open ------------------------------------------------------------------------------------


@command("reconciliation.open", entity="reconciliation")
def open_week(tx: Tx, *, week: str | None = None) -> WeekOpened:
    """Open the period of `week` (its Friday; default: the one due), cut off right before this.

    A missed week makes the period longer. Raises RuleError: one is open, not a Friday, a week
    closed already or still to come, nothing to count.
    """
    running = current(tx.db)
    if running is not None:
        sentence = tr("{week} 的核对还没有结账。请先完成它，或放弃它。")
        raise RuleError(sentence.format(week=running.week))
    week = default_week(tx.db, tx.today) if week is None else week
    check_week(week)
    last = last_close(tx.db)
    if last is not None and week <= last.week:
        sentence = tr("{week} 这一周已核对结账(最近一次是 {last})。以后的变动进入下一周。")
        raise RuleError(sentence.format(week=week, last=last.week))
    if week > friday_of(tx.today):
        raise RuleError(tr("{week} 这一周还没有到，不能提前核对。").format(week=week))
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


# -- count, compare, explain: one right, three steps ------------------------------------------


def enter_count(
    session: Session, *, reconciliation_id: int, counts: tuple[CountEntry, ...]
) -> CountEntered:
    """Enter what was counted, line by line or all at once; again to recount, until it closes.

    A recount hides the comparison again and drops the reason of a line that changed. Raises
    RuleError: closed, a gift that is not on the sheet or twice, not a whole number >= 0.
    """
    return _enter(session, reconciliation_id=reconciliation_id, counts=counts)


def compare(session: Session, *, reconciliation_id: int) -> Compared:
    """Put book and count side by side. Raises RuleError naming what is not counted yet (E51)."""
    done = _enter(session, reconciliation_id=reconciliation_id, then_compare=True)
    rows = comparison(session.db, reconciliation_id)
    return Compared(done.reconciliation_id, sum(1 for row in rows if row.difference), done.changes)


def set_reason(
    session: Session, *, reconciliation_id: int, gift_id: int, place: str, reason: str
) -> CountEntered:
    """Say why a line differs. Raises RuleError: not compared yet, no difference, no reason."""
    return _enter(
        session,
        reconciliation_id=reconciliation_id,
        explained=CountEntry(gift_id, place, 0),
        reason=reason,
    )


@command("reconciliation.count", entity="reconciliation")
def _enter(
    tx: Tx,
    *,
    reconciliation_id: int,
    counts: tuple[CountEntry, ...] = (),
    explained: CountEntry | None = None,
    reason: str = "",
    then_compare: bool = False,
) -> CountEntered:
    row = _open_period(tx.db, reconciliation_id)
    lines = {(line.gift_id, line.place): line for line in stored_lines(tx.db, row)}
    if explained is not None:
        _explain(tx, row, lines.get((explained.gift_id, explained.place)), reason)
        tx.about(row.id, step="reason", gift=explained.gift_id, place=explained.place)
        return CountEntered(row.id, 0, _ONE)
    missing = [line for line in lines.values() if line.counted is None]
    if then_compare:
        if missing:
            raise RuleError(_not_counted(missing))
        _set_state(tx, row, "compared")
        tx.about(row.id, step="compare")
        return CountEntered(row.id, 0, _ONE)
    _store_counts(tx, row, lines, counts)
    if row.state == "compared":
        _set_state(tx, row, "counting")
    done = {(entry.gift_id, entry.place) for entry in counts}
    left = sum(1 for line in missing if (line.gift_id, line.place) not in done)
    tx.about(row.id, step="count", lines=len(counts))
    return CountEntered(row.id, left, _ONE)


def _store_counts(
    tx: Tx,
    row: PeriodRow,
    lines: dict[tuple[int, str], ComparedRow],
    counts: tuple[CountEntry, ...],
) -> None:
    if len({(entry.gift_id, entry.place) for entry in counts}) != len(counts):
        raise RuleError(tr("同一种礼品在同一库位填了两次实盘，请只留一次。"))
    for entry in counts:
        line = lines.get((entry.gift_id, entry.place))
        if line is None:
            raise RuleError(tr("有一种礼品不在这次核对里(可能是截止后才建立的)，请刷新后重试。"))
        if not 0 <= entry.counted <= stock.LARGEST:
            sentence = tr("“{name}”({place})的实盘须是 0 或更大的整数。")
            raise RuleError(sentence.format(name=line.name, place=stock.place_name(line.place)))
        if entry.counted != line.counted:
            tx.db.write(
                CountLine.update(counted=entry.counted, reason="").where(_is_line(row, line))
            )


def _explain(tx: Tx, row: PeriodRow, line: ComparedRow | None, reason: str) -> None:
    if row.state != "compared":
        raise RuleError(tr("还没有比对。请先点完全部礼品，再点“比对”。"))
    if line is None or not line.difference:
        raise RuleError(tr("这一行没有差异，不用填原因。"))
    if not reason.strip():
        raise RuleError(tr("请填写差异的原因。"))
    tx.db.write(CountLine.update(reason=reason.strip()).where(_is_line(row, line)))


def _is_line(row: PeriodRow, line: ComparedRow):  # type: ignore[no-untyped-def]
    return (
        (CountLine.reconciliation_id == row.id)
        & (CountLine.gift_id == line.gift_id)
        & (CountLine.place == line.place)
    )


# -- sign and close --------------------------------------------------------------------------


@command("reconciliation.close", entity="reconciliation")
def close(
    tx: Tx, *, reconciliation_id: int, marketing: Approval | None, billing: Approval | None
) -> WeekClosed:
    """Two different people sign, differences post as count moves, the period closes for good.

    Raises RuleError: not compared, a difference without a reason, the wrong post or the same
    person twice, a level that would fall below zero (E51).
    """
    row = _open_period(tx.db, reconciliation_id)
    if row.state != "compared":
        raise RuleError(tr("还没有比对。请先点完全部礼品，再点“比对”。"))
    first = tx.require(marketing, "sign.marketing", tr("请市场部(市场或会员管理员)签字。"))
    second = tx.require(billing, "sign.billing", tr("请收费室(收费或前台)签字。"))
    if first.staff_id == second.staff_id:
        raise RuleError(tr("市场部和收费室须由两个人分别签字。"))
    differing = [line for line in stored_lines(tx.db, row) if line.difference]
    unexplained = [line for line in differing if not line.reason]
    if unexplained:
        sentence = tr("这些差异还没有原因：{names}。请逐项填写，再签字。")
        raise RuleError(sentence.format(names=_names(unexplained)))
    for line in differing:
        _post_difference(tx, row, line)
    tx.db.write(
        Reconciliation.update(
            state="closed",
            marketing_signer=first.staff_id,
            billing_signer=second.staff_id,
            closed_on=tx.today,
            closed_seq=tx.seq,
        ).where(Reconciliation.id == row.id)
    )
    tx.about(row.id, marketing=first.staff_id, billing=second.staff_id, differences=len(differing))
    return WeekClosed(row.id, len(differing), _BOTH)


def _post_difference(tx: Tx, row: PeriodRow, line: ComparedRow) -> None:
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
        quantity=line.difference or 0,
        reconciliation_id=row.id,
        reason=line.reason,
    )


@command("reconciliation.abandon", entity="reconciliation")
def abandon(tx: Tx, *, reconciliation_id: int) -> WeekAbandoned:
    """Give an open period up; nothing is posted and the week can be opened again."""
    row = _open_period(tx.db, reconciliation_id)
    _set_state(tx, row, "abandoned")
    tx.about(row.id, week=row.week)
    return WeekAbandoned(row.id, _ONE)


def _open_period(db: ClinicDatabase, reconciliation_id: int) -> PeriodRow:
    row = period(db, reconciliation_id)
    if row.state == "closed":
        sentence = tr("{week} 的核对已由{marketing}和{billing}签字结账，不能再改或加签。")
        raise RuleError(
            sentence.format(
                week=row.week, marketing=row.marketing_signer, billing=row.billing_signer
            )
        )
    if row.state == "abandoned":
        raise RuleError(tr("这次核对已放弃。请重新打开一次核对。"))
    return row


def _set_state(tx: Tx, row: PeriodRow, state: str) -> None:
    tx.db.write(Reconciliation.update(state=state).where(Reconciliation.id == row.id))


def _not_counted(missing: list[ComparedRow]) -> str:
    sentence = tr("还有 {n} 项没有清点：{names}。点完再比对；没有货的填 0。")
    return sentence.format(n=len(missing), names=_names(missing))


def _names(lines: list[ComparedRow]) -> str:
    one = tr("“{name}”({place})")
    named = [
        one.format(name=line.name, place=stock.place_name(line.place)) for line in lines[:_NAMED]
    ]
    more = tr("等 {n} 项").format(n=len(lines)) if len(lines) > _NAMED else ""
    return "、".join(named) + more
