"""Lists of gifts: who is due one, who had one, which gift fits, what a person was given."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import peewee
from peewee import Case, fn

from models.database import ClinicDatabase
from models.followup import FollowupAttempt
from models.gifts import EntitlementGrant, Gift, GiftIssue
from models.ledgers import Standing
from models.people import Person
from models.system import Staff
from services.clock import days_between, plus_days
from services.followups.outcomes import standing
from services.gifts import stock
from services.gifts.hand_outs import first_of_hand_out, several
from services.gifts.packs import offered
from services.gifts.promises import OpenPromise, open_promises
from services.i18n import tr
from services.loyalty.grants import GrantRow
from services.people.aliases import group_of, roots
from services.programmes.registry import every_timeline, version

REASONS = (
    "tier",
    "points",
    "birthday",
    "enrol",
    "event",
    "referral",
    "scholarship",
    "compensation",
)
_LOOKED_AT = 20_000  # the newest issues: a rare reason is not searched for through all years
_CHUNK = 500  # people asked about in one query


@dataclass(frozen=True)
class DueGift:
    """A gift a member may collect (R131). `days` since `due_on`; `overdue_days` beyond the
    programme's patience, 0 when still in time; `last_outcome` of the newest call about it.
    `promised` when it is owed (E32)."""

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
    reason: str = "tier"
    promised: OpenPromise | None = None


@dataclass(frozen=True)
class ClaimedGift:
    """A gift that was handed out, for the list of all. `returned_on` when it came back."""

    issue_id: int
    person_id: int
    number: str
    name: str
    gift_name: str
    reason: str
    occurred_on: str
    collected: str
    staff: str
    returned_on: str | None


@dataclass(frozen=True)
class IssueRow:
    """A gift handed out, for lists. `returned_on` when it came back; `parts` are what a pack held,
    as '牙刷、牙膏 × 2', '' for a single article."""

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
    parts: str = ""


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


def due_gifts(
    db: ClinicDatabase,
    today: str,
    limit: int | None = None,
    *,
    reason: str | None = None,
    overdue: bool = False,
    promised: bool = False,
) -> list[DueGift]:
    """Open gift grants of active members, and awards of anybody, the longest due first
    (R131, R138); of one reason, only what is overdue, or only what is owed, in its order (E32)."""
    owed = {each.grant_id: each for each in open_promises(db, today)}
    query = _due(today)
    if reason is not None:
        query = query.where(EntitlementGrant.reason == reason)
    if overdue:
        query = query.where(_overdue(db, today))
    if promised:
        query = query.where(EntitlementGrant.id.in_(list(owed)))
    found = db.rows(query.order_by(EntitlementGrant.due_on, EntitlementGrant.id).limit(limit))
    rows = _told(db, today, found, owed)
    if promised:
        order = list(owed)
        rows.sort(key=lambda row: order.index(row.grant_id))
    return rows


def _told(
    db: ClinicDatabase,
    today: str,
    found: Sequence[tuple[Any, ...]],
    owed: dict[int, OpenPromise],
) -> list[DueGift]:
    calls = _last_calls(db, {row[1] for row in found})
    signed = {each: version(db, each) for each in {row[7] for row in found}}
    rows = []
    for row in found:
        grant_id, person_id, number, name, gift_name, value_fen, due_on, version_id, rank, why = row
        programme = signed[version_id]
        days = days_between(due_on, today)
        called_on, outcome = calls.get(person_id, (None, None))
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
                called_on,
                outcome,
                why,
                owed.get(grant_id),
            )
        )
    return rows


def _overdue(db: ClinicDatabase, today: str) -> Any:
    """Condition: due for longer than the programme it was given under is patient, be it in use or
    retired: what it gave stays due."""
    versions = [each for timeline in every_timeline(db) for each in timeline.versions]
    late = [
        (EntitlementGrant.version_id == each.id)
        & (EntitlementGrant.due_on < plus_days(today, -each.programme.overdue_days))
        for each in versions
    ]
    return functools.reduce(operator.or_, late)


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
            EntitlementGrant.reason,
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
            .where(FollowupAttempt.person_id.in_(wanted[start : start + _CHUNK]) & standing())
            .group_by(FollowupAttempt.person_id)
        )
        rows = db.rows(
            FollowupAttempt.select(
                FollowupAttempt.person_id, FollowupAttempt.occurred_on, FollowupAttempt.outcome
            ).where(FollowupAttempt.id.in_(newest))
        )
        found |= {person_id: (on, outcome) for person_id, on, outcome in rows}
    return found


def claimed_gifts(
    db: ClinicDatabase, *, reason: str | None = None, limit: int = 500
) -> list[ClaimedGift]:
    """The newest hand-outs of all, of one reason if wanted; looked for among the last 20,000."""
    back, pack, of = GiftIssue.alias(), Gift.alias(), EntitlementGrant.alias()
    newest = db.scalar(GiftIssue.select(fn.MAX(GiftIssue.id))) or 0
    wanted = (GiftIssue.quantity > 0) & (GiftIssue.id > newest - _LOOKED_AT) & first_of_hand_out()
    if reason is not None:
        wanted &= GiftIssue.reason == reason
    what = Case(None, ((pack.name.is_null(False), pack.name), (several(), of.name)), Gift.name)
    outer = peewee.JOIN.LEFT_OUTER
    query = (
        GiftIssue.select(
            GiftIssue.id,
            GiftIssue.person_id,
            Person.number,
            Person.name,
            what,
            GiftIssue.reason,
            GiftIssue.occurred_on,
            GiftIssue.collected,
            Staff.name,
            back.occurred_on,
        )
        .join(Person, on=(Person.id == GiftIssue.person_id))
        .switch(GiftIssue)
        .join(Gift, on=(Gift.id == GiftIssue.gift_id))
        .switch(GiftIssue)
        .join(Staff, on=(Staff.id == GiftIssue.staff_id))
        .switch(GiftIssue)
        .join(pack, outer, on=(pack.id == GiftIssue.pack_id))
        .switch(GiftIssue)
        .join(of, outer, on=(of.id == GiftIssue.grant_id))
        .switch(GiftIssue)
        .join(back, outer, on=(back.returns_id == GiftIssue.id))
        .where(wanted)
        .order_by(GiftIssue.id.desc())
        .limit(limit)
    )
    speaks = roots(db)  # a merged record is opened as the one that speaks for it
    return [ClaimedGift(row[0], speaks.get(row[1], row[1]), *row[2:]) for row in db.rows(query)]


def suitable_gifts(db: ClinicDatabase, grant: GrantRow, today: str) -> list[stock.StockRow]:
    """Gifts in use of the grant's price band that the billing desk may hand out today, packs too
    (R139, R140)."""
    rows = offered(db, today)
    return [row for row in rows if row.band_fen == grant.value_fen and row.desk > 0]


def issues_of(db: ClinicDatabase, person_id: int) -> list[IssueRow]:
    """Gifts handed out to a person, newest first; a pack is one row, a return is told on its
    issue."""
    back = GiftIssue.alias()
    pack = Gift.alias()
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
            GiftIssue.seq,
            pack.name,
            EntitlementGrant.name,
        )
        .join(Gift, on=(Gift.id == GiftIssue.gift_id))
        .switch(GiftIssue)
        .join(Staff, on=(Staff.id == GiftIssue.staff_id))
        .switch(GiftIssue)
        .join(back, peewee.JOIN.LEFT_OUTER, on=(back.returns_id == GiftIssue.id))
        .switch(GiftIssue)
        .join(pack, peewee.JOIN.LEFT_OUTER, on=(pack.id == GiftIssue.pack_id))
        .switch(GiftIssue)
        .join(
            EntitlementGrant,
            peewee.JOIN.LEFT_OUTER,
            on=(EntitlementGrant.id == GiftIssue.grant_id),
        )
        .where(GiftIssue.person_id.in_(group_of(db, person_id)) & (GiftIssue.quantity > 0))
        .order_by(GiftIssue.id)
    )
    together: dict[Any, list[tuple[Any, ...]]] = {}
    for row in rows:
        key = (row[13], row[1]) if row[1] is not None else row[0]
        together.setdefault(key, []).append(row)
    return [_one_issue(each) for each in reversed(together.values())]


def _one_issue(rows: Sequence[tuple[Any, ...]]) -> IssueRow:
    """One hand-out of its rows: an article, or a pack with what was in it."""
    first = rows[0]
    pack_name, grant_name = first[14:]
    if len(rows) == 1 and pack_name is None:
        return IssueRow(*first[:13])
    parts = "、".join(row[3] if row[4] == 1 else f"{row[3]} × {row[4]}" for row in rows)
    whole = IssueRow(*first[:13])
    return replace(whole, gift_name=pack_name or grant_name, quantity=1, parts=parts)
