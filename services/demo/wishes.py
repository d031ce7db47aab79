"""What members come back for: their gifts, at once or later or never, and their services."""

from __future__ import annotations

import random
from collections import Counter

from services.clock import plus_days
from services.commands import Approval
from services.demo import words
from services.demo.crew import Crew
from services.demo.shelf import Shelf
from services.gifts.handout import issue_gift, return_gift
from services.loyalty.grants import grant, grants_of
from services.loyalty.service_use import use_service
from services.loyalty.tier_notices import open_notices, tell_tier
from services.vouchers.billing import bill_use
from services.vouchers.records import held

_AT_ONCE = 0.55
_LATER = 0.3  # within ten weeks; the rest has to be called
_USES = 0.3
_RETURNED = 0.004


class Wishes:
    """Gifts and services that follow from tiers."""

    def __init__(
        self, rng: random.Random, shelf: Shelf, billed_until: str, opened: Approval
    ) -> None:
        self._rng = rng
        self._opened = opened  # the manager's word for a gift that comes back opened
        self._shelf = shelf
        self._billed_until = billed_until  # what was used later waits for its bill
        self._later: dict[str, list[int]] = {}
        self._last = ""

    def granted(self, crew: Crew, person_id: int, grant_ids: tuple[int, ...], day: str) -> None:
        """New grants: gifts are collected at once, later, or not at all; the tier is told."""
        for grant_id in grant_ids:
            if grant(crew.billing.db, grant_id).kind != "gift":
                continue
            roll = self._rng.random()
            if roll < _AT_ONCE:
                self._later.setdefault(day, []).append(grant_id)
            elif roll < _AT_ONCE + _LATER:
                on = plus_days(day, self._rng.randint(2, 70))
                self._later.setdefault(on, []).append(grant_id)
        if self._rng.random() < 0.9:
            for notice in open_notices(crew.billing.db, person_id=person_id):
                teller = crew.billing if notice.post == "billing" else crew.desk[0]
                tell_tier(teller, notice_id=notice.notice_id)

    def work_off(self, crew: Crew, day: str, counts: Counter[str]) -> None:
        """Hand out what is collected today (days the clinic was shut included)."""
        for due in sorted(on for on in self._later if on <= day):
            for grant_id in self._later.pop(due):
                self._hand_out(crew, grant_id, day, counts)

    def _hand_out(self, crew: Crew, grant_id: int, day: str, counts: Counter[str]) -> None:
        row = grant(crew.billing.db, grant_id)
        if row.left < 1 or not row.valid_on(day):
            return  # closed by a refund meanwhile
        gift_id = self._shelf.take(crew.manager, row.value_fen, self._rng)
        issued = issue_gift(
            crew.billing,
            grant_id=grant_id,
            gift_id=gift_id,
            collected=self._rng.choices(("self", "proxy", "post"), (88, 10, 2))[0],
        )
        counts["issues"] += 1
        if self._rng.random() < _RETURNED:
            sellable = self._rng.random() < 0.6
            return_gift(
                crew.billing,
                issue_id=issued.issue_id,
                sellable=sellable,
                reason="顾客改领另一款",
                approval=self._opened,
            )
            self._shelf.put_back(gift_id, sellable=sellable)
            counts["returns"] += 1

    def maybe_use(
        self, crew: Crew, person_id: int, child_id: int | None, day: str, counts: Counter[str]
    ) -> None:
        """A member uses a service of theirs on the way."""
        if self._rng.random() >= _USES:
            return
        for row in grants_of(crew.billing.db, person_id):
            for_child = row.grant_key.startswith("diamond.child")
            if row.kind != "service" or not row.valid_on(day) or (for_child and child_id is None):
                continue
            if row.left <= len(held(crew.billing.db, row, day)):
                continue  # used up, or what is left is on vouchers
            used = use_service(
                crew.billing, grant_id=row.id, beneficiary_id=child_id if for_child else None
            )
            counts["uses"] += 1
            if day <= self._billed_until:
                number = f"HJ{day.replace('-', '')}-{used.use_id}"
                bill_use(
                    crew.billing,
                    use_id=used.use_id,
                    bill_number=number,
                    amount_fen=words.SERVICE_FEN,
                )
            return
