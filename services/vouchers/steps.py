"""The one way to move a voucher: its state and the step that says who did it, together.

The call to the friend lives and dies with the pledge (E45).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.followup import FollowupTask
from models.paperwork import Voucher, VoucherStep
from services.changes import Changes, Kind
from services.commands import Tx
from services.errors import RuleError
from services.followups.tasks import MANUAL
from services.i18n import tr
from services.people.aliases import group_of, root_of
from services.vouchers.records import VoucherRow, status, status_title

CHANGED = (Kind.GRANT, Kind.FOLLOWUP)
CALL = "voucher."  # how the cycle of a call to a friend begins


@dataclass(frozen=True)
class VoucherChanged:
    """A voucher was claimed, passed on, called back or given back. `friend_id` is who holds it
    besides its owner; `referred` that the friend came new and counts as referred."""

    voucher_id: int
    friend_id: int | None
    referred: bool
    changes: Changes


def move(
    tx: Tx,
    row: VoucherRow,
    step: str,
    state: str,
    *,
    friend_id: int | None = None,
    checked: str = "",
    note: str = "",
    use_id: int | None = None,
    on: str | None = None,
) -> None:
    """Write a step and the state it leads to. `friend_id` is who holds the voucher then."""
    tx.db.write(
        Voucher.update(state=state, pledged_to=friend_id, use_id=use_id).where(Voucher.id == row.id)
    )
    add_step(tx, row.id, step, friend_id=friend_id, checked=checked, note=note, on=on)


def add_step(
    tx: Tx,
    voucher_id: int,
    step: str,
    *,
    friend_id: int | None = None,
    checked: str = "",
    note: str = "",
    on: str | None = None,
) -> None:
    """Write a step of a voucher, of today unless another day is given."""
    tx.db.insert(
        VoucherStep,
        voucher_id=voucher_id,
        step=step,
        friend_id=friend_id,
        checked=checked,
        note=note,
        occurred_on=on or tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )


def check_open(tx: Tx, row: VoucherRow) -> None:
    """Refuse a voucher that is used, given back, void or over. Raises RuleError."""
    now = status(tx.db, row, tx.today)
    if now in ("owned", "pledged"):
        return
    if now == "expired":
        sentence = tr("卡 {number} 的有效期到 {day} 为止，已过期，不能再使用或转赠。")
        raise RuleError(sentence.format(number=row.number, day=row.valid_to))
    sentence = tr("卡 {number} {status}，不能再使用或转赠。请刷新后查看。")
    raise RuleError(sentence.format(number=row.number, status=status_title(now)))


# -- calling the friend ----------------------------------------------------------------------


def plan_call(tx: Tx, row: VoucherRow, friend_id: int) -> None:
    """A call to the friend, so that the gift brings them here; one that was made stays made."""
    known = tx.db.row(
        FollowupTask.select(FollowupTask.id, FollowupTask.state).where(
            (FollowupTask.person_id == friend_id) & _call_of(row.id)
        )
    )
    if known is None:
        subject = tr("好友送了一次“{service}”(卡号 {number})，请约来院时间")
        tx.db.insert(
            FollowupTask,
            person_id=friend_id,
            rule=MANUAL,
            cycle=_cycle(row.id),
            due_on=tx.today,
            state="open",
            subject=subject.format(service=row.service, number=row.number),
            seq=tx.seq,
        )
    elif known[1] == "given_up":
        again = FollowupTask.update(
            state="open", closed_as="", due_on=tx.today, attempts=0, seq=tx.seq
        )
        tx.db.write(again.where(FollowupTask.id == known[0]))


def settle_call(tx: Tx, row: VoucherRow, state: str) -> None:
    """The friend came ('done'), or has nothing to come for any more ('given_up')."""
    if row.friend_id is None:
        return
    group = group_of(tx.db, root_of(tx.db, row.friend_id))  # a merge takes open calls along
    waiting = FollowupTask.person_id.in_(group) & (FollowupTask.state == "open")
    closed_as = "settled" if state == "done" else "stopped"
    update = FollowupTask.update(state=state, closed_as=closed_as)
    tx.db.write(update.where(waiting & _call_of(row.id)))


def _cycle(voucher_id: int) -> str:
    return f"{CALL}{voucher_id}"


def _call_of(voucher_id: int) -> Any:
    return (FollowupTask.rule == MANUAL) & (FollowupTask.cycle == _cycle(voucher_id))
