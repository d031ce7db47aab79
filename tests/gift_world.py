"""Members, gifts and Fridays for tests: the shortest honest way to each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from models.ledgers import OpeningBalance
from models.people import Membership, Person
from services.changes import NOTHING
from services.clinic import Clinic
from services.commands import Approval, Session, Tx, _begin, _record, writing
from services.gifts import stock
from services.gifts.handout import issue_gift
from services.gifts.lists import due_gifts
from services.gifts.packs import set_parts
from services.gifts.promises import promise_gift
from services.gifts.reconciliation import (
    CountEntry,
    close,
    compare,
    count_sheet,
    enter_count,
    open_week,
)
from services.loyalty.awards import give_award
from services.loyalty.grants import grants_of
from services.loyalty.ledger import Source, credit, debit, expiry_of
from services.loyalty.service_use import use_service
from services.loyalty.standing import account_of, settle
from services.programmes.registry import main_timeline
from services.staff import approve
from services.vouchers.billing import bill_use
from services.vouchers.claim import claim_voucher
from tests.conftest import PIN, STAFF

R = TypeVar("R")


def settle_opening(tx: Tx, person_id: int, opening_id: int) -> None:
    """What the roster does with the opening balances of thousands, for one, or for its taking
    back (E46)."""
    programme_id, points, on = tx.db.row(
        OpeningBalance.select(
            OpeningBalance.programme_id, OpeningBalance.points, OpeningBalance.occurred_on
        ).where(OpeningBalance.id == opening_id)
    ) or (0, 0, "")
    account = account_of(tx, person_id, programme_id)
    if points > 0:
        ends = expiry_of(account.timeline, on)
        credit(account, points, Source("opening", on, expires_on=ends, tier_counting=True))
    elif points < 0:
        debit(account, -points, Source("reversal", on, tier_counting=True), may_owe=True)
    settle(tx, account)


def in_command(session: Session, body: Callable[[Tx], R]) -> R:
    """Run `body` as a command of its own, audit row included."""
    with writing(session.clinic) as db:
        tx = _begin(session, db)
        result = body(tx)
        _record(tx, "test.setup", "test", uuid.uuid4().bytes, NOTHING)
    return result


def add_person(session: Session, number: str, name: str = "王小明") -> int:
    return in_command(
        session,
        lambda tx: tx.db.insert(Person, number=number, name=name, created_on=tx.today, seq=tx.seq),
    )


def add_member(session: Session, number: str, name: str = "王小明", spend_yuan: int = 2000) -> int:
    """A person who joined today with so much paid before; the gifts of the tier are due."""
    person_id = add_person(session, number, name)
    timeline = main_timeline(session.db)
    ids = {"person_id": person_id, "programme_id": timeline.programme_id}

    def join(tx: Tx) -> None:
        tx.db.insert(
            Membership,
            **ids,
            version_id=timeline.versions[-1].id,
            state="active",
            joined_on=tx.today,
            basis="cumulative",
            staff_id=tx.actor.id,
            seq=tx.seq,
        )
        opening = tx.db.insert(
            OpeningBalance,
            **ids,
            spend_fen=spend_yuan * 100,
            points=spend_yuan,
            gifts_settled=0,
            occurred_on=tx.today,
            seq=tx.seq,
        )
        settle_opening(tx, person_id, opening)

    in_command(session, join)
    return person_id


def gift_grant(clinic: Clinic, person_id: int) -> int:
    """The first gift the person may collect."""
    due = due_gifts(clinic.db, clinic.clock.today())
    return next(row.grant_id for row in due if row.person_id == person_id)


def add_gift(
    session: Session, code: str = "G10", name: str = "牙膏", band_yuan: int = 10, **more: object
) -> int:
    defined = stock.define_gift(
        session, code=code, name=name, band_fen=band_yuan * 100, cost_fen=600, **more
    )
    return defined.gift_id


def stocked(session: Session, gift_id: int, warehouse: int, desk: int) -> None:
    """Receive goods and bring some to the desk."""
    stock.receive(session, gift_id=gift_id, quantity=warehouse + desk)
    if desk:
        to_desk(session, gift_id, desk)


def to_desk(session: Session, gift_id: int, quantity: int) -> None:
    """Carry goods from the warehouse to the desk, without a paper and whoever it is."""

    def carry(tx: Tx) -> None:
        for place, signed in (("warehouse", -quantity), ("desk", quantity)):
            stock.move(tx, gift_id=gift_id, place=place, kind="transfer", quantity=signed)

    in_command(session, carry)


def levels(clinic: Clinic, gift_id: int) -> tuple[int, int]:
    """(warehouse, desk)"""
    return tuple(stock.level(clinic.db, gift_id, place) for place in stock.PLACES)  # type: ignore[return-value]


def count_all(session: Session, reconciliation_id: int, **other: int) -> None:
    """Count every line; `other` maps 'gift_id@place' (as 'g1_desk') to what was counted, and the
    rest is counted as it lies there now."""
    entries = tuple(
        CountEntry(
            row.gift_id,
            row.place,
            other.get(
                f"g{row.gift_id}_{row.place}", stock.level(session.db, row.gift_id, row.place)
            ),
        )
        for row in count_sheet(session.db, reconciliation_id)
    )
    enter_count(session, reconciliation_id=reconciliation_id, counts=entries)
    compare(session, reconciliation_id=reconciliation_id)


def sign(session: Session, reconciliation_id: int) -> None:
    """Close with the two right signers."""
    close(
        session,
        reconciliation_id=reconciliation_id,
        marketing=approve(session.clinic, STAFF["marketing"], PIN, "sign.marketing"),
        billing=approve(session.clinic, STAFF["billing"], PIN, "sign.billing"),
    )


def friday(session: Session, week: str | None = None, **other: int) -> int:
    """A whole Friday: open, count, compare, sign. Answers the reconciliation's id."""
    opened = open_week(session, week=week)
    count_all(session, opened.reconciliation_id, **other)
    sign(session, opened.reconciliation_id)
    return opened.reconciliation_id


def add_pack(
    session: Session, *parts: tuple[int, int], name: str = "口腔护理套装", band_yuan: int = 50
) -> int:
    """A pack of (gift, pieces)."""
    pack = add_gift(session, code=f"K{name}", name=name, band_yuan=band_yuan)
    set_parts(session, gift_id=pack, parts=parts)
    return pack


def give(session: Session, person_id: int, name: str = "小礼品", yuan: int = 10, n: int = 1) -> int:
    """A gift of an event for anybody; answers the grant."""
    given = give_award(
        session, person_id=person_id, kind="gift", name=name, reason="event",
        value_fen=yuan * 100, quantity=n,
    )  # fmt: skip
    return given.grant_id


def owed_word(clinic: Clinic) -> Approval:
    """The manager's word for a gift that is owed."""
    return approve(clinic, STAFF["member_admin"], PIN, "approve.owed_gift")


def return_word(clinic: Clinic) -> Approval:
    """The manager's word for a gift that comes back late or opened."""
    return approve(clinic, STAFF["member_admin"], PIN, "approve.return")


def pack_and_promise(manager: Session, director: Session) -> None:
    """A pack that was handed out, and a gift that is owed, to the people 1 and 2."""
    brush = add_gift(director, code="P1", name="牙刷", band_yuan=0)
    paste = add_gift(director, code="P2", name="漱口水", band_yuan=0)
    pack = add_pack(director, (brush, 1), (paste, 2), name="护理礼包", band_yuan=100)
    for part in (brush, paste):
        stocked(director, part, 0, 4)
    issue_gift(manager, grant_id=give(manager, 1, "护理礼包", 100), gift_id=pack)
    owed = give(manager, 2, "电动牙刷", 200)
    promise_gift(manager, grant_id=owed, approval=owed_word(manager.clinic))


def voucher_and_bill(session: Session, person_id: int) -> tuple[int, int]:
    """Two services of a person on vouchers: one kept, the other used and billed; their ids."""
    free = [row for row in grants_of(session.db, person_id) if row.kind == "service" and row.left]
    kept = claim_voucher(session, grant_id=free[0].id, mode="card").voucher_id
    used = claim_voucher(session, grant_id=free[-1].id).voucher_id
    use = use_service(session, voucher_id=used, bill_number="HJ-1").use_id
    bill_use(session, use_id=use, bill_number="HJ-1", amount_fen=30_000)
    return kept, used
