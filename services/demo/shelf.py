"""The made-up clinic's gifts: defined once, bought and carried to the desk before they run out."""

from __future__ import annotations

import random

from services.commands import Session
from services.demo import words
from services.gifts import stock
from services.gifts.documents import Wanted
from services.gifts.requisitions import hand_over

_AT_DESK = 12  # of a gift carried over at a time, at least
_SHARE = 400  # people for one more of them


class Shelf:
    """What lies where, as the story remembers it, so that no issue is ever refused."""

    def __init__(self, marketing: Session, people: int) -> None:
        self._lot = max(people // 60, 40)  # bought at a time
        self._carries = max(people // _SHARE, _AT_DESK)
        self.by_band: dict[int, list[int]] = {}
        self.by_code: dict[str, int] = {}
        self._warehouse: dict[int, int] = {}
        self._desk: dict[int, int] = {}
        for code, name, band, cost, unit, source, safety in words.GIFTS:
            gift_id = stock.define_gift(
                marketing,
                code=code,
                name=name,
                band_fen=band * 100,
                cost_fen=cost * 100,
                unit=unit,
                source=source,
                safety_stock=safety,
            ).gift_id
            self.by_band.setdefault(band * 100, []).append(gift_id)
            self.by_code[code] = gift_id
            self._warehouse[gift_id] = self._desk[gift_id] = 0

    def take(self, manager: Session, band_fen: int, rng: random.Random) -> int:
        """A gift of the band that lies at the desk now, fetched from the warehouse if need be."""
        gift_id = rng.choice(self.by_band[band_fen])
        if not self._desk[gift_id]:
            self.fetch(manager, gift_id)
        self._desk[gift_id] -= 1
        return gift_id

    def fetch(self, manager: Session, gift_id: int) -> None:
        """入库 when the warehouse is low, then 当面交接 to the desk."""
        if self._warehouse[gift_id] < self._carries:
            stock.receive(manager, gift_id=gift_id, quantity=self._lot, reason="订货到货")
            self._warehouse[gift_id] += self._lot
        hand_over(manager, lines=[Wanted(gift_id, self._carries)])
        self._warehouse[gift_id] -= self._carries
        self._desk[gift_id] += self._carries

    def arrived(self, gift_id: int, quantity: int) -> None:
        """Goods of an order lie in the warehouse."""
        self._warehouse[gift_id] += quantity

    def carried(self, gift_id: int, sent: int, found: int) -> None:
        """A requisition was signed for; what was not found lies nowhere any more."""
        self._warehouse[gift_id] -= sent
        self._desk[gift_id] += found

    def put_back(self, gift_id: int, *, sellable: bool) -> None:
        """A gift was returned to the desk (and stays there unless it was scrapped)."""
        self._desk[gift_id] += int(sellable)

    def counted(self, gift_id: int, place: str) -> int:
        """What lies there."""
        return (self._desk if place == stock.DESK else self._warehouse)[gift_id]

    def correct(self, gift_id: int, place: str, by: int) -> None:
        """A count found so many more (or fewer)."""
        (self._desk if place == stock.DESK else self._warehouse)[gift_id] += by
