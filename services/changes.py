"""What a write changed, announced once to every view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of thing a view may show."""

    PERSON = "person"
    MONEY = "money"
    POINTS = "points"
    TIER = "tier"
    GRANT = "grant"
    STOCK = "stock"
    RECONCILIATION = "reconciliation"
    VISIT = "visit"
    FOLLOWUP = "followup"
    STAFF = "staff"
    SETTING = "setting"
    REPORT = "report"
    ACTIVITY = "activity"
    PARTNER = "partner"
    DUTY = "duty"
    GROUP = "group"


@dataclass(frozen=True)
class Changes:
    """Which kinds changed, and for which person when it was one person only."""

    kinds: tuple[Kind, ...]
    person_id: int | None = None

    def touch(self, *kinds: Kind) -> bool:
        """Whether any of `kinds` changed."""
        return any(kind in self.kinds for kind in kinds)


NOTHING = Changes(())
