"""The fee of every introduction up to a day, from the clinic's own receipts (R181).

A receipt counts for whom it treated; one that was moved counts for whom it was moved to. It counts
once, for the first introduction whose days it lies in, whatever was merged since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.ledgers import MoneyEvent, Receipt, ReceiptLine
from models.partners import Introduction, PartnerAgreement
from services.partners.agreement_days import OPEN_END, last_day_of
from services.partners.fee import Fee, fee
from services.partners.introduction_list import IntroductionRow
from services.partners.terms import IN
from services.partners.value import PaidReceipt, Window, amounts
from services.people.aliases import group_of

_CHUNK = 500


@dataclass(frozen=True)
class Reckoned:
    """What an introduction comes to up to a day: value in fen by item class, and the fee."""

    arrived: bool
    amounts: dict[str, int]
    fee: Fee

    @property
    def value_fen(self) -> int:
        """The whole value."""
        return sum(self.amounts.values())


class Books:
    """What was received of the people of some introductions, read once and asked for many days."""

    def __init__(self, db: ClinicDatabase, rows: Iterable[IntroductionRow]) -> None:
        people = {row.person_id for row in rows if row.direction == IN and row.arrived_on}
        self._groups = {person_id: group_of(db, person_id) for person_id in people}
        owner = {each: root for root, group in self._groups.items() for each in group}
        windows = _windows(db, owner)
        self._receipts: dict[int, list[PaidReceipt]] = defaultdict(list)
        for root, receipt in _receipts(db, owner):
            first = next(
                (row_id for row_id, window in windows[root] if window.holds(receipt.on)), None
            )
            if first is not None:
                self._receipts[first].append(receipt)

    def at(self, row: IntroductionRow, until: str) -> Reckoned:
        """An introduction's value and fee up to a day."""
        came = row.arrived_on
        arrived = came is not None and came <= min(until, row.agreed_until)
        if row.direction == IN:
            found = amounts(self._receipts.get(row.id, ()), until, row.item_class)
        else:
            found = {row.item_class: row.value_fen} if row.value_fen else {}
        if not arrived:
            found = {}
        worth = fee(row.model, row.terms, found, arrived) if row.model else Fee(0, "")
        return Reckoned(arrived, found, worth)


def _windows(db: ClinicDatabase, owner: dict[int, int]) -> dict[int, list[tuple[int, Window]]]:
    """The days of every inbound introduction of some people, by who speaks for them, the first
    that arrived first."""
    found: dict[int, list[tuple[int, Window]]] = defaultdict(list)
    end = fn.COALESCE(Introduction.ended_on, OPEN_END)
    agreed = fn.COALESCE(last_day_of(), OPEN_END)
    for some in _chunks(owner):
        query = (
            Introduction.select(
                Introduction.person_id, Introduction.id, Introduction.arrived_on, end, agreed
            )
            .left_outer_join(
                PartnerAgreement, on=(PartnerAgreement.id == Introduction.agreement_id)
            )
            .where(
                Introduction.person_id.in_(some)
                & (Introduction.direction == IN)
                & Introduction.arrived_on.is_null(False)
            )
        )
        for person_id, row_id, came, ended, until in db.rows(query):
            found[owner[person_id]].append((row_id, Window(came, min(ended, until))))
    for each in found.values():
        each.sort(key=lambda pair: (pair[1].first, pair[0]))
    return found


def _receipts(db: ClinicDatabase, owner: dict[int, int]) -> Iterator[tuple[int, PaidReceipt]]:
    """Receipts of some people with who speaks for the patient, in the order of their numbers."""
    heads: dict[int, tuple[str, int, int]] = {}
    for some in _chunks(owner):
        for own in (
            Receipt.credited_id.in_(some),
            Receipt.patient_id.in_(some) & (Receipt.patient_id != Receipt.credited_id),
        ):
            query = Receipt.select(
                Receipt.id, Receipt.occurred_on, Receipt.patient_id, Receipt.credited_id
            ).where(own)
            heads |= {
                row_id: (on, patient, credited) for row_id, on, patient, credited in db.rows(query)
            }
    money, moved = _money(db, heads)
    weights = _weights(db, heads)
    for row_id in sorted(heads):
        on, patient, credited = heads[row_id]
        root = owner.get(credited if row_id in moved else patient)
        if root is not None:
            yield root, PaidReceipt(row_id, on, tuple(weights[row_id]), tuple(money[row_id]))


def _money(
    db: ClinicDatabase, ids: Iterable[int]
) -> tuple[dict[int, list[tuple[str, int]]], set[int]]:
    """Days and amounts of the money of receipts, and which of them were moved."""
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    moved: set[int] = set()
    for some in _chunks(ids):
        query = MoneyEvent.select(
            MoneyEvent.receipt_id, MoneyEvent.kind, MoneyEvent.occurred_on, MoneyEvent.amount_fen
        ).where(MoneyEvent.receipt_id.in_(some))
        for row_id, kind, on, fen in db.rows(query):
            found[row_id].append((on, fen))
            if kind == "move_out":
                moved.add(row_id)
    return found, moved


def _weights(db: ClinicDatabase, ids: Iterable[int]) -> dict[int, list[tuple[str, int]]]:
    """What the lines of receipts come to by item class."""
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for some in _chunks(ids):
        query = (
            ReceiptLine.select(
                ReceiptLine.receipt_id, ReceiptLine.item_class, fn.SUM(ReceiptLine.amount_fen)
            )
            .where(ReceiptLine.receipt_id.in_(some) & (ReceiptLine.void == 0))
            .group_by(ReceiptLine.receipt_id, ReceiptLine.item_class)
            .order_by(ReceiptLine.receipt_id, ReceiptLine.item_class)
        )
        for row_id, name, fen in db.rows(query):
            found[row_id].append((name, fen))
    return found


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), _CHUNK):
        yield wanted[start : start + _CHUNK]
