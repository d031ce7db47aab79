"""What to order: safety stock, what is due and promised, less what lies there and is on order.

A grant promises a value, not an article (R139, R140), so what is due is known by price band: each
gift is first filled up to its safety stock, and what a band needs beyond that falls to one gift
of it. Where only a pack has the value, the pieces in the pack are needed instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import peewee
from peewee import fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant
from models.ledgers import Standing
from models.paperwork import GiftPart, GiftPromise, StockDocument, StockDocumentLine
from models.people import Person
from services.clock import plus_days
from services.gifts.catalogue import GiftRow, list_gifts
from services.gifts.documents import OPEN, PURCHASE, Wanted
from services.gifts.lots import expired_pieces
from services.gifts.stock import StockRow, stock_levels

SOON = 30  # days ahead in which a gift that becomes due is reckoned with


@dataclass(frozen=True)
class OrderRow:
    """One gift. `due` and `promised` (欠领, part of `due`) belong to its whole price band;
    `suggestion` is how many to order, 0 when there is enough. Money is fen."""

    gift_id: int
    code: str
    name: str
    spec: str
    unit: str
    band_fen: int
    cost_fen: int
    warehouse: int
    desk: int
    expired: int
    on_order: int
    safety_stock: int
    due: int
    promised: int
    suggestion: int


def what_to_order(db: ClinicDatabase, today: str) -> list[OrderRow]:
    """Every gift in use that can be ordered, by price band and code, with what to order of it."""
    gifts = [gift for gift in list_gifts(db) if not gift.pack]
    levels = {row.gift_id: row for row in stock_levels(db)}
    expired = {gift.id: expired_pieces(db, gift.id, today) for gift in gifts}
    ordered = _on_order(db)
    due, promised = _due(db, today), dict(db.rows(_promised()))
    have = {
        gift.id: _there(levels[gift.id]) - expired[gift.id] + ordered.get(gift.id, 0)
        for gift in gifts
    }
    wanted = _needs(db, gifts, due, have)
    rows = [
        OrderRow(
            gift.id,
            gift.code,
            gift.name,
            gift.spec,
            gift.unit,
            gift.band_fen,
            gift.cost_fen,
            levels[gift.id].warehouse,
            levels[gift.id].desk,
            expired[gift.id],
            ordered.get(gift.id, 0),
            gift.safety_stock,
            due.get(gift.band_fen, 0),
            promised.get(gift.band_fen, 0),
            max(wanted[gift.id] - have[gift.id], 0),
        )
        for gift in gifts
    ]
    return sorted(rows, key=lambda row: (row.band_fen, row.code))


def lines_to_order(rows: Iterable[OrderRow]) -> list[Wanted]:
    """The lines of the 申购单 that would fill every gap (R139, R143)."""
    return [Wanted(row.gift_id, row.suggestion, row.cost_fen) for row in rows if row.suggestion]


def _there(row: StockRow) -> int:
    return row.warehouse + row.desk


def _needs(
    db: ClinicDatabase, gifts: list[GiftRow], due: dict[int, int], have: dict[int, int]
) -> dict[int, int]:
    """gift → how many there should be: its safety stock, and its share of what is due."""
    needs: dict[int, int] = defaultdict(int, {gift.id: gift.safety_stock for gift in gifts})
    bands: dict[int, list[GiftRow]] = defaultdict(list)
    for gift in gifts:
        bands[gift.band_fen].append(gift)
    for band_fen, pieces in due.items():
        if band_fen not in bands:
            for part_id, quantity in _pack_parts(db, band_fen):
                needs[part_id] += pieces * quantity
    for band_fen, members in bands.items():
        filled = sum(max(needs[gift.id], have[gift.id]) for gift in members)
        beyond = due.get(band_fen, 0) + sum(needs[gift.id] for gift in members) - filled
        if beyond > 0:
            leader = min(members, key=_leads)
            needs[leader.id] = max(needs[leader.id], have[leader.id]) + beyond
    return needs


def _leads(gift: GiftRow) -> tuple[bool, int, str]:
    """A bought gift before one of the house, the one with the larger safety stock first."""
    return gift.source != "purchased", -gift.safety_stock, gift.code


def _pack_parts(db: ClinicDatabase, band_fen: int) -> Iterable[tuple[int, int]]:
    pack = next((gift for gift in list_gifts(db) if gift.pack and gift.band_fen == band_fen), None)
    if pack is None:
        return ()
    parts = GiftPart.select(GiftPart.part_id, GiftPart.quantity)
    return db.rows(parts.where(GiftPart.gift_id == pack.id))


def _on_order(db: ClinicDatabase) -> dict[int, int]:
    """gift → ordered and not there yet."""
    received = fn.COALESCE(StockDocumentLine.received, 0)
    query = (
        StockDocumentLine.select(
            StockDocumentLine.gift_id, fn.SUM(StockDocumentLine.wanted - received)
        )
        .join(StockDocument, on=(StockDocument.id == StockDocumentLine.document_id))
        .where(
            (StockDocument.kind == PURCHASE)
            & StockDocument.state.in_(OPEN)
            & (received < StockDocumentLine.wanted)
        )
        .group_by(StockDocumentLine.gift_id)
    )
    return dict(db.rows(query))


def _due(db: ClinicDatabase, today: str) -> dict[int, int]:
    """price band → pieces members may collect now or within the next month (R131)."""
    grant = EntitlementGrant
    query = (
        grant.select(grant.value_fen, fn.SUM(grant.quantity - grant.used))
        .join(Person, on=(Person.id == grant.person_id))
        .switch(grant)
        .join(
            Standing,
            peewee.JOIN.LEFT_OUTER,
            on=(
                (Standing.person_id == grant.person_id)
                & (Standing.programme_id == grant.programme_id)
            ),
        )
        .where(
            ((Standing.member == 1) | (grant.rank == 0))
            & (grant.state == "open")
            & (grant.kind == "gift")
            & (grant.due_on <= plus_days(today, SOON))
            & (grant.valid_to.is_null() | (grant.valid_to >= today))
            & (Person.state == "active")
        )
        .group_by(grant.value_fen)
    )
    return dict(db.rows(query))


def _promised() -> peewee.BaseQuery:
    """price band → pieces promised and not collected (E32)."""
    grant = EntitlementGrant
    return (
        GiftPromise.select(GiftPromise.band_fen, fn.SUM(grant.quantity - grant.used))
        .join(grant, on=(grant.id == GiftPromise.grant_id))
        .where(grant.state == "open")
        .group_by(GiftPromise.band_fen)
    )
