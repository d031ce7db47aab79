"""The days on which an agreement is in force, as a condition and as a value."""

from __future__ import annotations

from typing import Any

from peewee import fn

from models.partners import PartnerAgreement

OPEN_END = "9999-12-31"


def last_day(until_on: str | None, ended_on: str | None) -> str:
    """The last day of an agreement, as agreed or as it was ended earlier; `OPEN_END` for none."""
    return min(until_on or OPEN_END, ended_on or OPEN_END)


def last_day_of(agreement: Any = PartnerAgreement) -> Any:
    """The same as an expression."""
    return fn.MIN(
        fn.COALESCE(agreement.until_on, OPEN_END), fn.COALESCE(agreement.ended_on, OPEN_END)
    )


def in_force(day: str, agreement: Any = PartnerAgreement) -> Any:
    """Condition: in force on `day`."""
    return (agreement.from_on <= day) & (last_day_of(agreement) >= day)
