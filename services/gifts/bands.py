"""Gifts by price band: how many lie where, and how many of them are spoken for (R140, E32).

A pack of the band counts as a piece of it. Packs share parts with each other and with single
articles, so what can be handed out is reckoned together, on a copy of the shelf: single articles
first, then packs, the smallest first, each taking its parts. A single article gives a piece for a
piece, which no pack does better, and every pack counted has its own parts: so many pieces can
indeed be handed out, and no promise is made on parts that are counted twice. Where packs compete
for parts it may be a piece or two fewer than the best choice would give, never more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, Gift, StockLevel
from models.paperwork import GiftPart
from models.query import Prepared, slot
from services.gifts.catalogue import DESK, WAREHOUSE
from services.gifts.lots import expired_of, split_usable
from services.gifts.promise_queue import waiting

_Pack = tuple[tuple[int, int], ...]  # (part, pieces)

_SHELF = Prepared(
    lambda: (
        Gift.select(Gift.id, Gift.band_fen, StockLevel.place, StockLevel.quantity)
        .join(StockLevel, on=(StockLevel.gift_id == Gift.id))
        .where((Gift.active == 1) & ((Gift.band_fen == slot("band")) | Gift.id.in_(_part_ids())))
        .order_by(Gift.id)
    )
)
_PACKS = Prepared(
    lambda: (
        GiftPart.select(GiftPart.gift_id, GiftPart.part_id, GiftPart.quantity)
        .join(Gift, on=(Gift.id == GiftPart.gift_id))
        .where((Gift.active == 1) & (Gift.band_fen == slot("band")))
        .order_by(GiftPart.gift_id, GiftPart.part_id)
    )
)
_BOUGHT = Prepared(
    lambda: EntitlementGrant.select(
        fn.COALESCE(fn.SUM(EntitlementGrant.quantity - EntitlementGrant.used), 0)
    ).where(
        (EntitlementGrant.state == "open")
        & (EntitlementGrant.kind == "gift")
        & (EntitlementGrant.reason == "points")
        & (EntitlementGrant.value_fen == slot("band"))
        & (EntitlementGrant.valid_to.is_null() | (EntitlementGrant.valid_to >= slot("today")))
    )
)


def _part_ids() -> Any:
    pack = Gift.alias()
    parts = GiftPart.select(GiftPart.part_id).join(pack, on=(pack.id == GiftPart.gift_id))
    return parts.where((pack.active == 1) & (pack.band_fen == slot("band")))


class Band(NamedTuple):
    """What a price band is made of: single articles, and packs with their parts; and how many of
    each article, parts too, may be handed out at either place."""

    plain: tuple[int, ...]
    packs: tuple[_Pack, ...]
    warehouse: dict[int, int]
    desk: dict[int, int]

    @property
    def both(self) -> dict[int, int]:
        """How many of each article there are at both places: goods are carried to the desk."""
        return {gift_id: n + self.desk[gift_id] for gift_id, n in self.warehouse.items()}

    def pieces(self, shelf: Mapping[int, int]) -> int:
        """How many pieces of the band can be handed out of these articles in all."""
        left = dict(shelf)
        count = sum(left.pop(gift_id) for gift_id in self.plain)
        for parts in self.packs:
            packs = min(left.get(part_id, 0) // quantity for part_id, quantity in parts)
            if packs:
                left |= {part_id: left[part_id] - packs * n for part_id, n in parts}
            count += packs
        return count

    def at_desk(self) -> list[dict[int, int]]:
        """Each piece that the desk could hand out, as the articles that would go."""
        every = [*(((gift_id, 1),) for gift_id in self.plain), *self.packs]
        return [
            dict(goods)
            for goods in every
            if all(self.desk.get(gift_id, 0) >= n for gift_id, n in goods)
        ]

    def fails(self, ahead: int, goods: Mapping[int, int]) -> bool:
        """Whether handing these articles out takes a piece from `ahead` others who were promised
        one. What is not there at all takes nothing from anybody."""
        both = self.both
        if any(both.get(gift_id, n) < n for gift_id, n in goods.items()):
            return False
        rest = {gift_id: n - goods.get(gift_id, 0) for gift_id, n in both.items()}
        return self.pieces(rest) < min(self.pieces(both), ahead)


@dataclass(frozen=True)
class BandStock:
    """Pieces of a price band that may be handed out, packs as pieces: of what lies at the desk, of
    what lies in the warehouse, and of both together (`pieces`). `waiting` were bought with points
    or promised, and not collected yet."""

    desk: int
    warehouse: int
    pieces: int
    waiting: int

    def short(self, quantity: int) -> int:
        """How many of so many more pieces the billing desk cannot hand out: these are owed."""
        return max(quantity - max(self.desk - self.waiting, 0), 0)


def read_band(db: ClinicDatabase, today: str, band_fen: int) -> Band:
    """A price band with the articles in use that may be handed out today; what has expired counts
    for nothing, as a part of a pack too."""
    levels: dict[int, dict[str, int]] = {}
    plain: dict[int, None] = {}
    for gift_id, own_band, place, quantity in _SHELF.rows(db, band=band_fen):
        levels.setdefault(gift_id, {})[place] = quantity
        if own_band == band_fen:
            plain[gift_id] = None
    packs: dict[int, list[tuple[int, int]]] = {}
    for gift_id, part_id, quantity in _PACKS.rows(db, band=band_fen):
        packs.setdefault(gift_id, []).append((part_id, quantity))
    expired = expired_of(db, levels, today)
    usable = {
        gift_id: split_usable(at[WAREHOUSE], at[DESK], expired.get(gift_id, 0))
        for gift_id, at in levels.items()
    }
    smallest_first = sorted(packs.values(), key=lambda parts: sum(n for _, n in parts))
    return Band(
        tuple(gift_id for gift_id in plain if gift_id not in packs),
        tuple(map(tuple, smallest_first)),
        {gift_id: warehouse for gift_id, (warehouse, _) in usable.items()},
        {gift_id: desk for gift_id, (_, desk) in usable.items()},
    )


def band_stock(db: ClinicDatabase, today: str, band_fen: int) -> BandStock:
    """The stock of a price band; any gift of it will do (R140)."""
    band = read_band(db, today, band_fen)
    bought = int(_BOUGHT.rows(db, band=band_fen, today=today)[0][0])
    promised = sum(
        each.left
        for each in waiting(db, today)
        if each.band_fen == band_fen and each.reason != "points"
    )
    return BandStock(
        band.pieces(band.desk),
        band.pieces(band.warehouse),
        band.pieces(band.both),
        bought + promised,
    )
