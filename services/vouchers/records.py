"""Vouchers as stored: one by its number or id, those of a person, those that hold a grant's pieces.

A voucher draws from the grant it was claimed from, or, when an upgrade or a merge has closed that
one, from the grant that took its place (C23, E44, E62). One without a piece behind it - its grant
was closed for good, or shrank and older vouchers hold what is left - is void from that moment on,
also before that was written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant
from models.paperwork import ServiceBill, Voucher, VoucherStep
from models.people import Person
from models.query import Prepared, slot
from models.system import Staff
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.grants import GrantRow, benefit_of, grant, grants_of
from services.people.aliases import group_of, root_of
from services.vouchers.numbers import read_number

OPEN = ("owned", "pledged")
MODES = ("card", "electronic")

_OWNER = Person.alias()
_FRIEND = Person.alias()


def _rows() -> Any:
    newest = (
        ServiceBill.select(ServiceBill.bill_number)
        .where(ServiceBill.use_id == Voucher.use_id)
        .order_by(ServiceBill.id.desc())
        .limit(1)
    )
    return (
        Voucher.select(
            Voucher.id,
            Voucher.number,
            Voucher.grant_id,
            EntitlementGrant.name,
            Voucher.person_id,
            _OWNER.number,
            _OWNER.name,
            Voucher.pledged_to,
            _FRIEND.number,
            _FRIEND.name,
            Voucher.mode,
            Voucher.state,
            Voucher.valid_to,
            Voucher.use_id,
            newest,
            Voucher.occurred_on,
            Staff.name,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == Voucher.grant_id))
        .switch(Voucher)
        .join(_OWNER, on=(_OWNER.id == Voucher.person_id))
        .switch(Voucher)
        .join(_FRIEND, JOIN.LEFT_OUTER, on=(_FRIEND.id == Voucher.pledged_to))
        .switch(Voucher)
        .join(
            VoucherStep,
            on=((VoucherStep.voucher_id == Voucher.id) & (VoucherStep.step == "claim")),
        )
        .join(Staff, on=(Staff.id == VoucherStep.staff_id))
    )


_ONE = Prepared(lambda: _rows().where(Voucher.id == slot("id")))
_BY_NUMBER = Prepared(lambda: _rows().where(Voucher.number == slot("number")))
_OWNED = Prepared(lambda: _rows().where(Voucher.person_id == slot("person_id")))
_GIVEN = Prepared(lambda: _rows().where(Voucher.pledged_to == slot("person_id")))
_HOLDING = Prepared(
    lambda: Voucher.select(Voucher.id, Voucher.number, Voucher.grant_id, Voucher.valid_to).where(
        (Voucher.person_id == slot("person_id")) & Voucher.state.in_(OPEN)
    )
)


@dataclass(frozen=True)
class VoucherRow:
    """A voucher as stored. `owner_id` is who claimed it, `friend_id` who it was passed on to;
    `state` is owned, pledged, used, returned or expired; `valid_to` None never ends; `bill` is
    the bill number of its use."""

    id: int
    number: str
    grant_id: int
    service: str
    owner_id: int
    owner_number: str
    owner_name: str
    friend_id: int | None
    friend_number: str
    friend_name: str
    mode: str
    state: str
    valid_to: str | None
    use_id: int | None
    bill: str
    claimed_on: str
    staff: str

    @property
    def open(self) -> bool:
        """Whether it was neither used nor given back nor written off."""
        return self.state in OPEN

    def over(self, day: str) -> bool:
        """Whether its last day is before `day`."""
        return self.valid_to is not None and self.valid_to < day


@dataclass(frozen=True)
class Held:
    """A piece of a grant that somebody has on a voucher."""

    voucher_id: int
    number: str


def _row(columns: tuple[Any, ...]) -> VoucherRow:
    values = list(columns)
    for place in (8, 9, 14):  # nobody, and no bill yet
        values[place] = values[place] or ""
    return VoucherRow(*values)


# -- reading ---------------------------------------------------------------------------------


def voucher(db: ClinicDatabase, voucher_id: int) -> VoucherRow:
    """One voucher. Raises RuleError when there is none."""
    found = _ONE.row(db, id=voucher_id)
    if found is None:
        raise RuleError(tr("没有找到这张项目卡，请刷新后重试。"))
    return _row(found)


def by_number(db: ClinicDatabase, text: str) -> VoucherRow:
    """The voucher of a scanned or typed number. Raises RuleError: no number, mistyped, unknown."""
    number = read_number(text)
    found = _BY_NUMBER.row(db, number=number)
    if found is None:
        sentence = tr("没有卡号 {number} 的项目卡。请核对号码，或打开会员查看领过的卡。")
        raise RuleError(sentence.format(number=number))
    return _row(found)


def vouchers_of(db: ClinicDatabase, person_id: int) -> list[VoucherRow]:
    """Vouchers a person claimed or was given, newest first; both people see them (R133), and so
    does who speaks for them after a merge."""
    found: dict[int, VoucherRow] = {}
    for each in group_of(db, root_of(db, person_id)):
        for query in (_OWNED, _GIVEN):
            found |= {row[0]: _row(row) for row in query.rows(db, person_id=each)}
    return [found[key] for key in sorted(found, reverse=True)]


def status(db: ClinicDatabase, row: VoucherRow, today: str) -> str:
    """What has become of a voucher: owned, pledged, used, billed, void or expired (E47)."""
    if row.state == "used":
        return "billed" if row.bill else "used"
    if row.state in ("returned", "expired"):
        return "void" if row.state == "returned" else "expired"
    if row.over(today):
        return "expired"
    return row.state if piece_behind(db, row, today) else "void"


def status_title(status: str) -> str:
    """A status as the desk says it."""
    return {
        "owned": tr("已领取"),
        "pledged": tr("已转赠"),
        "used": tr("已使用"),
        "billed": tr("已划价"),
        "void": tr("已作废"),
        "expired": tr("已过期"),
    }[status]


# -- the grant behind ------------------------------------------------------------------------


def grant_behind(db: ClinicDatabase, claimed: GrantRow, day: str) -> GrantRow | None:
    """The grant a voucher of `claimed` draws from on a day: itself, or what took its place; None
    when it was closed for good."""
    if claimed.state != "closed":
        return claimed
    quota = benefit_of(db, claimed).quota
    for each in grants_of(db, root_of(db, claimed.person_id)):
        if (
            each.state != "closed"
            and each.kind == "service"
            and each.programme_id == claimed.programme_id
            and each.valid_on(day)
            and (
                each.grant_key == claimed.grant_key
                or (quota and benefit_of(db, each).quota == quota)
            )
        ):
            return each
    return None


def piece_behind(db: ClinicDatabase, row: VoucherRow, day: str) -> GrantRow | None:
    """The grant that an open voucher still has a piece of on a day; None when there is none for it
    any more (E37, E44, E45)."""
    source = grant_behind(db, grant(db, row.grant_id), day)
    if source is None or any(each.voucher_id == row.id for each in surplus(db, source, day)):
        return None
    return source


def surplus(db: ClinicDatabase, row: GrantRow, day: str) -> list[Held]:
    """The vouchers of a grant beyond what is left of it, when it shrank: the newest ones."""
    return held(db, row, day)[row.left :]


def held(db: ClinicDatabase, row: GrantRow, day: str) -> list[Held]:
    """The vouchers that hold pieces of a grant on a day, oldest first: they cannot be used without
    them (E45)."""
    found = []
    for each in group_of(db, root_of(db, row.person_id)):
        for voucher_id, number, grant_id, valid_to in _HOLDING.rows(db, person_id=each):
            if valid_to is not None and valid_to < day:
                continue
            source = row if grant_id == row.id else grant_behind(db, grant(db, grant_id), day)
            if source is not None and source.id == row.id:
                found.append(Held(voucher_id, number))
    return sorted(found, key=lambda each: each.voucher_id)


def check_free(db: ClinicDatabase, row: GrantRow, quantity: int, day: str) -> None:
    """Refuse to take pieces that are on vouchers. `row` as it was before. Raises RuleError."""
    taken = held(db, row, day)
    if taken and row.quantity - row.used - len(taken) < quantity:
        numbers = "、".join(each.number for each in taken)
        sentence = tr("“{name}”剩下的次数已领成卡({numbers})。请凭卡使用，或先退回卡。")
        raise RuleError(sentence.format(name=row.name, numbers=numbers))
