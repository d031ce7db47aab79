"""Gift packs and promises against what they were handed out and promised by (R044, E31, E32)."""

from __future__ import annotations

from typing import Any

import msgspec
from peewee import JOIN, Case, Value, fn

from models import checks
from models.database import ClinicDatabase
from models.gifts import EntitlementGrant, GiftIssue, StockMove
from models.paperwork import GiftPart, GiftPromise
from models.system import Audit
from services.gifts.hand_outs import first_of_hand_out
from services.verify.report import Findings

_PROMISING = ("gift.promise", "points.redeem")


def check_hand_outs(db: ClinicDatabase, found: Findings) -> None:
    """The rows of a pack agree, cost points once and came back together; no pack has stock."""
    checked = 0
    for issue_id, alike, points, rows, back in checks.stream(db, _of_several_rows()):
        checked += 1
        if not alike or points:
            found.add("pack.rows", issue_id)
        if back not in (0, rows):
            found.add("pack.back", issue_id)
    found.count("packs_handed_out", checked)
    packs = GiftPart.select(GiftPart.gift_id)
    for nested in (
        GiftPart.select(GiftPart.part_id).where(GiftPart.part_id.in_(packs)),
        StockMove.select(StockMove.gift_id).where(StockMove.gift_id.in_(packs)),
    ):
        for (gift_id,) in db.rows(nested.distinct()):
            found.add("pack.parts", f"#{gift_id}")


def _of_several_rows() -> Any:
    """Hand-outs that left more than a row: the first row, whether all rows say the same, the
    points on later rows, how many rows there are and how many of them came back."""
    back = GiftIssue.alias()
    alike: Any = Value(1) == 1
    for column in (GiftIssue.person_id, GiftIssue.reason, GiftIssue.place, GiftIssue.pack_id):
        alike &= fn.COALESCE(fn.MIN(column), 0) == fn.COALESCE(fn.MAX(column), 0)
    rows = fn.COUNT(GiftIssue.id)
    later = fn.SUM(Case(None, ((first_of_hand_out(), 0),), fn.ABS(GiftIssue.points)))
    return (
        GiftIssue.select(fn.MIN(GiftIssue.id), alike, later, rows, fn.COUNT(back.id))
        .join(back, JOIN.LEFT_OUTER, on=(back.returns_id == GiftIssue.id))
        .where(GiftIssue.grant_id.is_null(False) & (GiftIssue.quantity > 0))
        .group_by(GiftIssue.seq, GiftIssue.grant_id)
        .having(rows > 1)
    )


def check_promises(db: ClinicDatabase, found: Findings) -> None:
    """A promise belongs to a gift of its person and stands by the word its command was given."""
    query = (
        GiftPromise.select(
            GiftPromise.id,
            GiftPromise.person_id,
            EntitlementGrant.person_id,
            EntitlementGrant.kind,
            GiftPromise.staff_id,
            GiftPromise.approved_by,
            Audit.actor_id,
            Audit.action,
            Audit.detail,
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == GiftPromise.grant_id))
        .switch(GiftPromise)
        .join(Audit, JOIN.LEFT_OUTER, on=(Audit.seq == GiftPromise.seq))
    )
    checked = 0
    for promise_id, person_id, owner_id, kind, staff_id, word, *command in checks.stream(db, query):
        checked += 1
        if owner_id != person_id or kind != "gift":
            found.add("promise.grant", promise_id)
        if not _given(staff_id, word, *command):
            found.add("promise.word", promise_id)
    found.count("promises", checked)


def _given(
    staff_id: int, word: int, actor_id: int | None, action: str | None, detail: str | None
) -> bool:
    """Whether the command that wrote the promise was run by this person with that word."""
    told = msgspec.json.decode(detail or "{}")
    by = actor_id == staff_id and action in _PROMISING
    return by and told.get("approved_by") == word
