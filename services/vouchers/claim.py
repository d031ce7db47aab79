"""领取: a piece of a service on a printed card or as a note in the file (R132).

Nothing is drawn: it counts against the owner when it is used (E45).
"""

from __future__ import annotations

from models.paperwork import Voucher
from services.changes import Changes
from services.clock import plus_days
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of, grant
from services.loyalty.receipt_checks import check_person
from services.people.aliases import root_of
from services.programmes.definition import Benefit
from services.vouchers.numbers import make_number
from services.vouchers.records import MODES, check_free, voucher
from services.vouchers.steps import CHANGED, VoucherChanged, add_step, check_open, move, settle_call


@command("voucher.claim", entity="voucher")
def claim_voucher(tx: Tx, *, grant_id: int, mode: str | None = None) -> VoucherChanged:
    """Put one piece of a service on a voucher (R132, R164); `mode` 'card' or 'electronic', None as
    the programme says.

    It ends with its grant, or so many days after today as the programme says, whichever comes
    first. Raises RuleError: no service, a coupon, closed, not valid today, no free piece left.
    """
    voucher_id = new_voucher(tx, grant_id, mode)
    row = grant(tx.db, grant_id)
    tx.about(voucher_id, grant=grant_id)
    return VoucherChanged(voucher_id, None, False, Changes(CHANGED, root_of(tx.db, row.person_id)))


def new_voucher(tx: Tx, grant_id: int, mode: str | None) -> int:
    """Write a voucher of a grant inside a command; answers its id. Raises RuleError."""
    row = grant(tx.db, grant_id)
    _check(tx, row)
    benefit = benefit_of(tx.db, row)
    mode = benefit.voucher if mode is None else mode
    if mode not in MODES:
        raise RuleError(tr("领取方式请选“项目卡”或“电子登记”。"))
    until = last_day(row, benefit, tx.today)
    voucher_id = tx.db.insert(
        Voucher,
        number=make_number(tx.seq),
        grant_id=row.id,
        person_id=row.person_id,
        mode=mode,
        state="owned",
        valid_to=until,
        occurred_on=tx.today,
        seq=tx.seq,
    )
    add_step(tx, voucher_id, "claim")
    tx.about(voucher_id, until=until)
    return voucher_id


def _check(tx: Tx, row: GrantRow) -> None:
    if row.kind != "service" or row.form == "coupon":
        sentence = tr("“{name}”不是院内服务，不用领卡：礼品直接发放，券在收费时使用。")
        raise RuleError(sentence.format(name=row.name))
    check_person(tx, root_of(tx.db, row.person_id))
    if row.state == "closed":
        raise RuleError(tr("“{name}”已作废，不能再领取。请刷新后查看。").format(name=row.name))
    if not row.valid_on(tx.today):
        sentence = tr("“{name}”的期限是 {start} 至 {end}，今天不能领取。")
        end = row.valid_to or tr("长期")
        raise RuleError(sentence.format(name=row.name, start=row.valid_from, end=end))
    if row.left < 1:
        raise RuleError(tr("“{name}”已没有剩余次数，不能再领取。").format(name=row.name))
    check_free(tx.db, row, 1, tx.today)


def last_day(row: GrantRow, benefit: Benefit, today: str) -> str | None:
    """The last day of a voucher claimed today; None when it never ends."""
    ends = [row.valid_to] if row.valid_to else []
    if benefit.valid_days is not None:
        ends.append(plus_days(today, benefit.valid_days - 1))
    return min(ends, default=None)


@command("voucher.return", entity="voucher")
def return_voucher(tx: Tx, *, voucher_id: int, note: str = "") -> VoucherChanged:
    """Take a voucher back unused: its piece is free again (E45). Raises RuleError."""
    row = voucher(tx.db, voucher_id)
    check_open(tx, row)
    move(tx, row, "return", "returned", friend_id=row.friend_id, note=note.strip())
    settle_call(tx, row, "given_up")
    tx.about(voucher_id, grant=row.grant_id)
    owner = root_of(tx.db, row.owner_id)
    return VoucherChanged(voucher_id, row.friend_id, False, Changes(CHANGED, owner))
