"""The made-up clinic's gifts: defined once, bought and carried to the desk before they run out."""

from __future__ import annotations

import random

from services.commands import Session
from services.demo import words
from services.gifts import stock

_AT_DESK = 12  # carried over at a time


class Shelf:
    """What lies where, as the story remembers it, so that no issue is ever refused."""

    def __init__(self, marketing: Session, people: int) -> None:
        self._lot = max(people // 60, 40)  # bought at a time
        self.by_band: dict[int, list[int]] = {}
        self._warehouse: dict[int, int] = {}
        self._desk: dict[int, int] = {}
        for code, name, band, cost, unit, source in words.GIFTS:
            gift_id = stock.define_gift(
                marketing,
                code=code,
                name=name,
                band_fen=band * 100,
                cost_fen=cost * 100,
                unit=unit,
                source=source,
                safety_stock=20,
            ).gift_id
            self.by_band.setdefault(band * 100, []).append(gift_id)
            self._warehouse[gift_id] = self._desk[gift_id] = 0

    def take(self, marketing: Session, band_fen: int, rng: random.Random) -> int:
        """A gift of the band that lies at the desk now, fetched from the warehouse if need be."""
        gift_id = rng.choice(self.by_band[band_fen])
        if not self._desk[gift_id]:
            self.fetch(marketing, gift_id)
        self._desk[gift_id] -= 1
        return gift_id

    def fetch(self, marketing: Session, gift_id: int) -> None:
        """入库 when the warehouse is low, then 申领 to the desk."""
        if self._warehouse[gift_id] < _AT_DESK:
            stock.receive(marketing, gift_id=gift_id, quantity=self._lot, reason="订货到货")
            self._warehouse[gift_id] += self._lot
        stock.transfer(marketing, gift_id=gift_id, quantity=_AT_DESK)
        self._warehouse[gift_id] -= _AT_DESK
        self._desk[gift_id] += _AT_DESK

    def put_back(self, gift_id: int, *, sellable: bool) -> None:
        """A gift was returned to the desk (and stays there unless it was scrapped)."""
        self._desk[gift_id] += int(sellable)

    def counted(self, gift_id: int, place: str) -> int:
        """What lies there."""
        return (self._desk if place == stock.DESK else self._warehouse)[gift_id]

    def correct(self, gift_id: int, place: str, by: int) -> None:
        """A count found so many more (or fewer)."""
        (self._desk if place == stock.DESK else self._warehouse)[gift_id] += by
