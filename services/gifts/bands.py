"""Gifts by price band: how many lie where, and how many of them are spoken for (R140, E32)."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, Gift, StockLevel
from models.query import Prepared, slot

_STOCK = Prepared(
    lambda: (
        Gift.select(StockLevel.place, fn.SUM(StockLevel.quantity))
        .join(StockLevel, on=(StockLevel.gift_id == Gift.id))
        .where((Gift.active == 1) & (Gift.band_fen == slot("band")))
        .group_by(StockLevel.place)
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


@dataclass(frozen=True)
class BandStock:
    """Pieces of a price band at both places; `waiting` were bought with points and not collected
    yet."""

    desk: int
    warehouse: int
    waiting: int

    def short(self, quantity: int) -> int:
        """How many of so many more pieces the billing desk cannot hand out: these are owed."""
        return max(quantity - max(self.desk - self.waiting, 0), 0)


def band_stock(db: ClinicDatabase, today: str, band_fen: int) -> BandStock:
    """The stock of a price band; any gift of it will do (R140)."""
    places = {place: int(quantity) for place, quantity in _STOCK.rows(db, band=band_fen)}
    bought = _BOUGHT.row(db, band=band_fen, today=today)
    waiting = int(bought[0]) if bought else 0
    return BandStock(places.get("desk", 0), places.get("warehouse", 0), waiting)
