"""The shapes a preview answers with. Rows are NamedTuples because there may be 50,000 of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class RosterRow(NamedTuple):
    """A row that goes in. `spend_fen` and `points` are the opening balance; `joined_on` and
    `claimed_rank` are what the old register says; a NamedTuple because there are 50,000."""

    row_number: int
    name: str
    pinyin: str
    sex: str
    birthday: str | None
    id_number: str
    phone: str
    phone_alt: str
    address: str
    number: str
    guardian_name: str
    guardian_relation: str
    guardian_phone: str
    source: str
    referrer: str
    doctor: str
    note: str
    last_visit_on: str | None
    joined_on: str | None
    member: bool
    claimed_rank: int
    supported_rank: int
    spend_fen: int
    points: int


class RejectedRow(NamedTuple):
    """A row that stays out, and why in the desk's words."""

    row_number: int
    reason: str


class RosterWarning(NamedTuple):
    """Something to look at in a row that goes in; row 0 speaks of the whole file."""

    row_number: int
    sentence: str


class Duplicate(NamedTuple):
    """A repeat: of another row (`other_row`) or of somebody in the clinic (`number`).

    `reason` is a whole sentence; `rejected` tells whether the row stays out for it.
    """

    row_number: int
    other_row: int
    number: str
    reason: str
    rejected: bool


@dataclass(frozen=True)
class RosterTotals:
    """The totals to sign: people, members among them, opening points, opening spend in fen,
    people by tier name ('' is none)."""

    people: int = 0
    members: int = 0
    points: int = 0
    spend_fen: int = 0
    by_tier: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RosterPreview:
    """The answer of `preview_roster`."""

    digest: str
    good: list[RosterRow]
    rejected: list[RejectedRow]
    warnings: list[RosterWarning]
    duplicates: list[Duplicate]
    totals: RosterTotals
    unmapped: tuple[str, ...]


def held_rank(row: RosterRow) -> int:
    """The tier a row starts with: a member's claimed or supported one."""
    return max(row.claimed_rank, row.supported_rank) if row.member else 0
