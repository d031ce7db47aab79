"""Lists of gifts: who is due one, which gift fits, what a person was given."""

from __future__ import annotations

from dataclasses import dataclass

import peewee
from peewee import fn

from models.database import ClinicDatabase
from models.desk import FollowupAttempt
from models.gifts import EntitlementGrant, Gift, GiftIssue
from models.ledgers import Standing
from models.people import Person
from models.system import Staff
from services.clock import days_between
from services.gifts import stock
from services.i18n import tr
from services.loyalty.grants import GrantRow
from services.people.aliases import group_of
from services.programmes.registry import version

_CHUNK = 500  # people asked about in one query


@dataclass(frozen=True)
class DueGift:
    """A gift a member may collect (R131). `days` since `due_on`; `overdue_days` beyond the
    programme's patience, 0 when still in time; `last_outcome` of the newest call about it."""

    grant_id: int
    person_id: int
    number: str
    name: str
    tier_name: str
    gift_name: str
    value_fen: int
    due_on: str
    days: int
    overdue_days: int
    last_followup: str | None
    last_outcome: str | None


@dataclass(frozen=True)
class IssueRow:
    """A gift handed out, for lists. `returned_on` when it came back."""

    id: int
    grant_id: int | None
    gift_id: int
    gift_name: str
    quantity: int
    reason: str
    points: int
    beneficiary_id: int | None
    collected: str
    note: str
    occurred_on: str
    staff: str
    returned_on: str | None


def collected_name(collected: str) -> str:
    """How a gift was collected, as the clinic calls it."""
    return {"self": tr("本人"), "proxy": tr("代领"), "post": tr("邮寄")}[collected]


def reason_name(reason: str) -> str:
    """Why a gift was handed out (requirements 1.5 依据), as the clinic calls it."""
    return {
        "tier": tr("等级"),
        "points": tr("兑换"),
        "birthday": tr("生日"),
        "enrol": tr("入会"),
        "event": tr("活动"),
        "referral": tr("推荐"),
        "scholarship": tr("奖学金"),
        "compensation": tr("补偿"),
    }[reason]


def due_gifts(db: ClinicDatabase, today: str, limit: int | None = None) -> list[DueGift]:
    """Open gift grants of active members, and awards of anybody, the longest due first
    (R131, R138)."""
    found = db.rows(_due(today).order_by(EntitlementGrant.due_on, EntitlementGrant.id).limit(limit))
    calls = _last_calls(db, {row[1] for row in found})
    rows = []
    for grant_id, person_id, number, name, gift_name, value_fen, due_on, version_id, rank in found:
        programme = version(db, version_id)
        days = days_between(due_on, today)
        rows.append(
            DueGift(
                grant_id,
                person_id,
                number,
                name,
                programme.tier_name(rank),
                gift_name,
                value_fen,
                due_on,
                days,
                max(days - programme.overdue_days, 0),
                *calls.get(person_id, (None, None)),
            )
        )
    return rows


def count_due(db: ClinicDatabase, today: str, at_most: int | None = None) -> int:
    """How many gifts wait to be collected, counted no further than `at_most` (the today strip)."""
    return int(_due(today).limit(at_most).count(db))


def _due(today: str) -> peewee.ModelSelect[EntitlementGrant]:
    return (
        EntitlementGrant.select(
            EntitlementGrant.id,
            EntitlementGrant.person_id,
            Person.number,
            Person.name,
            EntitlementGrant.name,
            EntitlementGrant.value_fen,
            EntitlementGrant.due_on,
            EntitlementGrant.version_id,
            EntitlementGrant.rank,
        )
        .join(Person, on=(Person.id == EntitlementGrant.person_id))
        .switch(EntitlementGrant)
        .join(
            Standing,  # it says of a survivor, too, whether they are a member (E62)
            peewee.JOIN.LEFT_OUTER,
            on=(
                (Standing.person_id == EntitlementGrant.person_id)
                & (Standing.programme_id == EntitlementGrant.programme_id)
            ),
        )
        .where(
            ((Standing.member == 1) | (EntitlementGrant.rank == 0))
            & (EntitlementGrant.state == "open")
            & (EntitlementGrant.kind == "gift")
            & (EntitlementGrant.due_on <= today)
            & (EntitlementGrant.valid_from <= today)
            & (EntitlementGrant.valid_to.is_null() | (EntitlementGrant.valid_to >= today))
            & (Person.state == "active")
        )
    )


def _last_calls(db: ClinicDatabase, people: set[int]) -> dict[int, tuple[str, str]]:
    """Day and outcome of each person's newest call."""
    wanted = sorted(people)
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(wanted), _CHUNK):
        newest = (
            FollowupAttempt.select(fn.MAX(FollowupAttempt.id))
            .where(FollowupAttempt.person_id.in_(wanted[start : start + _CHUNK]))
            .group_by(FollowupAttempt.person_id)
        )
        rows = db.rows(
            FollowupAttempt.select(
                FollowupAttempt.person_id, FollowupAttempt.occurred_on, FollowupAttempt.outcome
            ).where(FollowupAttempt.id.in_(newest))
        )
        found |= {person_id: (on, outcome) for person_id, on, outcome in rows}
    return found


def suitable_gifts(db: ClinicDatabase, grant: GrantRow) -> list[stock.StockRow]:
    """Gifts in use of the grant's price band that the billing desk has (R139, R140)."""
    return [
        row for row in stock.stock_levels(db) if row.band_fen == grant.value_fen and row.desk > 0
    ]


def issues_of(db: ClinicDatabase, person_id: int) -> list[IssueRow]:
    """Gifts handed out to a person, newest first; a return is told on its issue."""
    back = GiftIssue.alias()
    rows = db.rows(
        GiftIssue.select(
            GiftIssue.id,
            GiftIssue.grant_id,
            GiftIssue.gift_id,
            Gift.name,
            GiftIssue.quantity,
            GiftIssue.reason,
            GiftIssue.points,
            GiftIssue.beneficiary_id,
            GiftIssue.collected,
            GiftIssue.note,
            GiftIssue.occurred_on,
            Staff.name,
            back.occurred_on,
        )
        .join(Gift, on=(Gift.id == GiftIssue.gift_id))
        .switch(GiftIssue)
        .join(Staff, on=(Staff.id == GiftIssue.staff_id))
        .switch(GiftIssue)
        .join(back, peewee.JOIN.LEFT_OUTER, on=(back.returns_id == GiftIssue.id))
        .where(GiftIssue.person_id.in_(group_of(db, person_id)) & (GiftIssue.quantity > 0))
        .order_by(GiftIssue.id.desc())
    )
    return [IssueRow(*row) for row in rows]
