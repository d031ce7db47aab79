"""From one programme to another on a day (E42), and back while nothing was posted since.

The spend ledger is one: it has fed both programmes all along. What changes hands is membership
and points. Grants of the old programme run to their end; its points leave it lot by lot, each
with where it came from and the day it runs out on (E28). The old programme is retired.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.gifts import EntitlementGrant
from models.ledgers import PointsEntry, Receipt, TierNotice
from models.people import Membership
from models.programmes import ProgrammeChange
from models.query import Prepared, slot
from services.changes import Changes
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.everybody import Cancelled, Progress, everybody
from services.loyalty.ledger import (
    Lot,
    Source,
    StoredAccount,
    credit,
    debit,
    expire_lots,
    give_back,
    usable,
)
from services.loyalty.standing import joined_on, open_account, settle
from services.loyalty.starting import count_paper
from services.programmes.activation import ask_about_terms, in_use, set_state
from services.programmes.cutover_report import Moved, earned_itself
from services.programmes.posted_since import posted_since
from services.programmes.registry import Timeline, timelines
from services.programmes.signing import CHANGED, run_today_again
from services.programmes.worth import liability_fen

_NUMBERS = Prepared(
    lambda: (
        PointsEntry.select(Receipt.id, Receipt.number)
        .join(Receipt, on=(Receipt.id == PointsEntry.receipt_id))
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (PointsEntry.points > 0)
        )
        .distinct()
    )
)
_ENTRIES = Prepared(  # what a cut-over brought or took, not what it merely counted
    lambda: (
        PointsEntry.select(PointsEntry.id, PointsEntry.points, PointsEntry.expires_on)
        .where(
            (PointsEntry.person_id == slot("person_id"))
            & (PointsEntry.programme_id == slot("programme_id"))
            & (PointsEntry.seq == slot("seq"))
            & (PointsEntry.tier_counting == 0)
            & (PointsEntry.kind != "expire")
        )
        .order_by(PointsEntry.id)
    )
)
_CHANGE = Prepared(
    lambda: ProgrammeChange.select(
        ProgrammeChange.from_programme_id,
        ProgrammeChange.to_programme_id,
        ProgrammeChange.seq,
        ProgrammeChange.reversed_seq,
    ).where(ProgrammeChange.id == slot("id"))
)


@dataclass(frozen=True)
class CutOver:
    """A programme took the place of another one."""

    change_id: int
    from_programme_id: int
    to_programme_id: int
    moved: Moved
    changes: Changes


@dataclass(frozen=True)
class CutOverUndone:
    """A cut-over was taken back."""

    change_id: int
    members: int
    changes: Changes


@command("programme.cut_over", entity="programme_change")
def cut_over(
    tx: Tx,
    *,
    from_programme_id: int,
    to_programme_id: int,
    carry: bool = True,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> CutOver:
    """Put one active programme in the place of another from today on (E42).

    Members become members of the new one; with `carry` their usable points and debts come along,
    else they stay behind in the retired programme. Raises RuleError for a programme that is not
    in use, Confirmable `paid_terms`, WorkCancelled.
    """
    if from_programme_id == to_programme_id:
        raise RuleError(tr("请选择两个不同的方案。"))
    old, new = in_use(tx, from_programme_id), in_use(tx, to_programme_id)
    ask_about_terms(tx, from_programme_id)
    change_id = tx.db.insert(
        ProgrammeChange,
        from_programme_id=from_programme_id,
        to_programme_id=to_programme_id,
        occurred_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    work = _Work(tx, old, new, carry=carry)
    for person_id in everybody(tx.db, progress, cancelled):
        work.person(person_id)
    set_state(tx, from_programme_id, "retired")
    moved = work.moved()
    tx.about(change_id, carry=carry, members=moved.members, points=moved.points)
    return CutOver(change_id, from_programme_id, to_programme_id, moved, CHANGED)


class _Work:
    """Bringing everybody over, one by one."""

    def __init__(self, tx: Tx, old: Timeline, new: Timeline, *, carry: bool) -> None:
        self._tx = tx
        self._old = old
        self._new = new
        self._carry = carry
        self._members = self._points = self._owed = self._left = 0
        self._before = [0, 0]
        self._after = 0
        self._reason = tr("由“{name}”转入").format(name=old.name)

    def person(self, person_id: int) -> None:
        """Membership, points, and what follows from both in the new programme."""
        tx = self._tx
        count_paper(tx, person_id, self._new)
        self._join(person_id)
        old, new = (open_account(tx, person_id, each) for each in (self._old, self._new))
        for account in (old, new):
            expire_lots(account)
        self._before[0] += old.available
        self._before[1] += new.available
        if self._carry:
            self._bring(old, new)
        self._left += old.available
        self._after += new.available
        settle(tx, old)
        steps = settle(tx, new).new_step_ids
        if steps:  # a change of programme is no promotion to be told of
            tx.db.write(TierNotice.delete().where(TierNotice.tier_event_id.in_(steps)))

    def _join(self, person_id: int) -> None:
        tx, programme_id = self._tx, self._new.programme_id
        if joined_on(tx.db, person_id, self._old.programme_id) is None:
            return
        if joined_on(tx.db, person_id, programme_id) is None:
            tx.db.insert(
                Membership,
                person_id=person_id,
                programme_id=programme_id,
                version_id=self._new.at(tx.today).id,
                state="active",
                joined_on=tx.today,
                basis="opening",
                staff_id=tx.actor.id,
                seq=tx.seq,
            )
            self._members += 1

    def _bring(self, old: StoredAccount, new: StoredAccount) -> None:
        """Empty the old account into the new one; what the new programme gave itself for a
        receipt that both knew does not come twice."""
        tx, lots = self._tx, usable(old)
        if lots:
            given = earned_itself(tx.db, new.group, new.programme_id)
            numbers = self._numbers(old)
            for lot in lots:
                if lot.receipt_id not in given:
                    credit(new, lot.remaining, self._source(lot, numbers))
                    self._points += lot.remaining
            _empty(old, lots, tr("转入“{name}”").format(name=self._new.name))
        owed = old.deficit
        if owed:
            away = Source("adjust", tx.today, tr("转入“{name}”").format(name=self._new.name))
            credit(old, owed, away)
            debit(new, owed, Source("reversal", tx.today, self._reason), may_owe=True)
            self._owed += owed

    def _numbers(self, old: StoredAccount) -> dict[int, str]:
        return {
            receipt_id: number
            for each in old.group
            for receipt_id, number in _NUMBERS.rows(
                self._tx.db, person_id=each, programme_id=old.programme_id
            )
        }

    def _source(self, lot: Lot, numbers: dict[int, str]) -> Source:
        reason = self._reason
        if lot.receipt_id is not None:
            reason = tr("{reason}，单据 {number}").format(
                reason=reason, number=numbers[lot.receipt_id]
            )
        return Source("opening", self._tx.today, reason, expires_on=lot.expires_on)

    def moved(self) -> Moved:
        """What changed hands in all."""
        old, new = (each.at(self._tx.today).programme for each in (self._old, self._new))
        before = liability_fen(old, self._before[0]) + liability_fen(new, self._before[1])
        after = liability_fen(new, self._after)
        return Moved(self._members, self._points, self._owed, self._left, before, after)


def _empty(account: StoredAccount, lots: list[Lot], reason: str) -> None:
    total = sum(lot.remaining for lot in lots)
    away = account.entry(-total, Source("adjust", account.today, reason))
    for lot in lots:
        account.allocate(away, lot.id, lot.remaining)
    account.available -= total
    account.check()


# -- taking it back --------------------------------------------------------------------------


@command("programme.undo_cut_over", entity="programme_change")
def undo_cut_over(
    tx: Tx,
    *,
    change_id: int,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> CutOverUndone:
    """Take a cut-over back until the first posting after it (E42): both programmes are in use
    again as they were before. Raises RuleError, WorkCancelled."""
    row = _CHANGE.row(tx.db, id=change_id)
    if row is None or row[3] is not None:
        raise RuleError(tr("这次切换不存在，或已经撤销过。请刷新后查看。"))
    from_id, to_id, seq, _ = row
    if posted_since(tx.db, seq):
        raise RuleError(tr("切换以后已有新的登记，不能撤销了。要换回去，请再切换一次。"))
    new = in_use(tx, to_id)
    set_state(tx, from_id, "active")
    old = next(each for each in timelines(tx.db) if each.programme_id == from_id)
    joined = Membership.update(state="cancelled", ended_on=tx.today).where(
        (Membership.programme_id == to_id) & (Membership.seq == seq)
    )
    members = tx.db.write(joined)
    made = (EntitlementGrant.programme_id == to_id) & (EntitlementGrant.seq == seq)
    tx.db.write(EntitlementGrant.update(state="closed").where(made))
    for person_id in everybody(tx.db, progress, cancelled):
        accounts = [open_account(tx, person_id, each) for each in (old, new)]
        for account in accounts:
            _reverse(tx, account, seq)
        for account in accounts:
            settle(tx, account)
    reversed_row = ProgrammeChange.update(reversed_seq=tx.seq)
    tx.db.write(reversed_row.where(ProgrammeChange.id == change_id))
    run_today_again(tx)
    tx.about(change_id, members=members)
    return CutOverUndone(change_id, members, CHANGED)


def _reverse(tx: Tx, account: StoredAccount, seq: int) -> None:
    """Undo what the cut-over wrote into an account; what has run out meanwhile stays run out."""
    reason = tr("撤销切换")
    ids = {"person_id": account.person_id, "programme_id": account.programme_id, "seq": seq}
    for entry_id, points, ends in _ENTRIES.rows(tx.db, **ids):
        if ends is not None and ends < tx.today:
            continue
        if points > 0:
            source = Source("reversal", tx.today, reason, reverses_id=entry_id)
            debit(account, points, source, may_owe=True)
            continue
        owed = -points - sum(taken for _, taken, _ in account.taken(entry_id))
        give_back(account, entry_id, Source("return", tx.today, reason, reverses_id=entry_id))
        if owed:
            credit(account, owed, Source("adjust", tx.today, reason))
