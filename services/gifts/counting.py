"""Counting a Friday: numbers in, compare, explain, count single lines anew (E51).

Every number that is entered is kept with who entered it; a line shows the newest. Before the
comparison counting is blind. After it, `recount` counts lines anew beside the book, and
`enter_count` goes back to the blind count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models import paperwork
from models.database import ClinicDatabase
from models.gifts import CountLine, Reconciliation
from services.changes import Changes, Kind
from services.commands import Session, Tx, command
from services.errors import RuleError
from services.gifts import stock
from services.gifts.friday_lists import comparison
from services.gifts.period_lines import ComparedRow, stored_lines
from services.gifts.stored_periods import PeriodRow, period
from services.i18n import tr

TYPED, SHEET = "typed", "sheet"
_NAMED = 8  # so many gifts are named in a refusal
_ONE = Changes((Kind.RECONCILIATION,))


@dataclass(frozen=True)
class CountEntry:
    """What was counted of one gift at one place."""

    gift_id: int
    place: str
    counted: int


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
class Recounted:
    """Lines were counted anew; `changed` of them got another number, `differences` remain."""

    reconciliation_id: int
    changed: int
    differences: int
    changes: Changes


def enter_count(
    session: Session,
    *,
    reconciliation_id: int,
    counts: tuple[CountEntry, ...],
    source: str = TYPED,
) -> CountEntered:
    """Enter what was counted, line by line or all at once; again to recount, until it closes.

    A number entered after the comparison hides it again and drops the reason of a line that
    changed. `source`: 'typed' or 'sheet'. Raises RuleError: closed, a gift that is not on the
    sheet or twice, not a whole number >= 0.
    """
    return _enter(session, reconciliation_id=reconciliation_id, counts=counts, source=source)


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


# one right and one command for the three steps of the count
@command("reconciliation.count", entity="reconciliation")
def _enter(
    tx: Tx,
    *,
    reconciliation_id: int,
    counts: tuple[CountEntry, ...] = (),
    source: str = TYPED,
    explained: CountEntry | None = None,
    reason: str = "",
    then_compare: bool = False,
) -> CountEntered:
    row = open_period(tx.db, reconciliation_id)
    lines = {(line.gift_id, line.place): line for line in stored_lines(tx.db, row)}
    if explained is not None:
        _explain(tx, row, lines.get((explained.gift_id, explained.place)), reason)
        tx.about(row.id, step="reason", gift=explained.gift_id, place=explained.place)
        return CountEntered(row.id, 0, _ONE)
    missing = [line for line in lines.values() if line.counted is None]
    if then_compare:
        if missing:
            raise RuleError(_not_counted(missing))
        set_state(tx, row, "compared")
        tx.about(row.id, step="compare")
        return CountEntered(row.id, 0, _ONE)
    for entry, line in _checked(lines, counts):
        if entry.counted != line.counted:
            _write_count(tx, row, entry, reason="")
    _keep_entries(tx, row, counts, source)
    if counts and row.state == "compared":
        set_state(tx, row, "counting")
    done = {(entry.gift_id, entry.place) for entry in counts}
    left = sum(1 for line in missing if (line.gift_id, line.place) not in done)
    tx.about(row.id, step="count", lines=len(counts), source=source)
    return CountEntered(row.id, left, _ONE)


@command("reconciliation.recount", entity="reconciliation")
def recount(tx: Tx, *, reconciliation_id: int, entries: tuple[CountEntry, ...]) -> Recounted:
    """Count lines anew after the comparison, which stays (E51).

    The earlier numbers are kept. A line that agrees now needs no reason any more and loses it;
    another keeps what was written. Raises RuleError: not compared yet, nothing given, or as
    `enter_count`.
    """
    row = open_period(tx.db, reconciliation_id)
    if row.state != "compared":
        raise RuleError(tr("还没有比对。请先点完全部礼品，再点“比对”。"))
    if not entries:
        raise RuleError(tr("请填写复点的数量。"))
    lines = {(line.gift_id, line.place): line for line in stored_lines(tx.db, row)}
    differing = {key for key, line in lines.items() if line.difference}
    changed = 0
    for entry, line in _checked(lines, entries):
        agrees = entry.counted == line.book
        if entry.counted != line.counted:
            changed += 1
            _write_count(tx, row, entry, reason="" if agrees else line.reason)
        if agrees:
            differing.discard((entry.gift_id, entry.place))
        else:
            differing.add((entry.gift_id, entry.place))
    _keep_entries(tx, row, entries, TYPED)
    tx.about(row.id, lines=len(entries), changed=changed)
    return Recounted(row.id, changed, len(differing), _ONE)


# -- parts -----------------------------------------------------------------------------------


def _checked(
    lines: dict[tuple[int, str], ComparedRow], entries: Sequence[CountEntry]
) -> list[tuple[CountEntry, ComparedRow]]:
    """Entries with their lines. Raises RuleError."""
    if len({(entry.gift_id, entry.place) for entry in entries}) != len(entries):
        raise RuleError(tr("同一种礼品在同一库位填了两次实盘，请只留一次。"))
    found = []
    for entry in entries:
        line = lines.get((entry.gift_id, entry.place))
        if line is None:
            raise RuleError(tr("有一种礼品不在这次核对里(可能是截止后才建立的)，请刷新后重试。"))
        if type(entry.counted) is not int or not 0 <= entry.counted <= stock.LARGEST:
            sentence = tr("“{name}”({place})的实盘须是 0 至 {most} 的整数。")
            raise RuleError(
                sentence.format(
                    name=line.name, place=stock.place_name(line.place), most=stock.LARGEST
                )
            )
        found.append((entry, line))
    return found


def _write_count(tx: Tx, row: PeriodRow, entry: CountEntry, *, reason: str) -> None:
    tx.db.write(
        CountLine.update(counted=entry.counted, reason=reason).where(
            (CountLine.reconciliation_id == row.id)
            & (CountLine.gift_id == entry.gift_id)
            & (CountLine.place == entry.place)
        )
    )


def _keep_entries(tx: Tx, row: PeriodRow, entries: Iterable[CountEntry], source: str) -> None:
    """Every number with who entered it, also one that changes nothing."""
    columns = ("reconciliation_id", "gift_id", "place", "counted", "source", "staff_id", "seq")
    tx.db.insert_many(
        paperwork.CountEntry,
        columns,
        [
            (row.id, entry.gift_id, entry.place, entry.counted, source, tx.actor.id, tx.seq)
            for entry in entries
        ],
    )


def _explain(tx: Tx, row: PeriodRow, line: ComparedRow | None, reason: str) -> None:
    if row.state != "compared":
        raise RuleError(tr("还没有比对。请先点完全部礼品，再点“比对”。"))
    if line is None or not line.difference:
        raise RuleError(tr("这一行没有差异，不用填原因。"))
    if not reason.strip():
        raise RuleError(tr("请填写差异的原因。"))
    _write_count(
        tx,
        row,
        CountEntry(line.gift_id, line.place, line.counted or 0),
        reason=reason.strip(),
    )


def open_period(db: ClinicDatabase, reconciliation_id: int) -> PeriodRow:
    """A period that can still be changed. Raises RuleError: closed or given up."""
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


def set_state(tx: Tx, row: PeriodRow, state: str) -> None:
    """The step a period stands at."""
    tx.db.write(Reconciliation.update(state=state).where(Reconciliation.id == row.id))


def line_names(lines: Sequence[ComparedRow]) -> str:
    """Some of the lines, for a refusal."""
    one = tr("“{name}”({place})")
    named = [
        one.format(name=line.name, place=stock.place_name(line.place)) for line in lines[:_NAMED]
    ]
    more = tr("等 {n} 项").format(n=len(lines)) if len(lines) > _NAMED else ""
    return "、".join(named) + more


def _not_counted(missing: list[ComparedRow]) -> str:
    sentence = tr("还有 {n} 项没有清点：{names}。点完再比对；没有货的填 0。")
    return sentence.format(n=len(missing), names=line_names(missing))
