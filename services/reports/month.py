"""The month's tiers and unclaimed gifts (R138)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from peewee import Value, fn

from models.database import ClinicDatabase
from models.ledgers import TierEvent, TierNotice
from models.people import Person, PersonAlias
from models.system import Audit
from services.followups.outcomes import outcome_title
from services.gifts.lists import DueGift, due_gifts
from services.i18n import tr
from services.people.aliases import group_of
from services.people.privacy import mask_name
from services.reports.names import TierNames, Who, day, day_or_none
from services.reports.posted import Posted, posted
from services.reports.sheet import Ask, Column, Row, Sheet

MERGE = "person.merge"
# commands that take a tier away again; a tier that ran out was reached all the same
TAKES_BACK = (
    *("receipt.refund", "receipt.void", "receipt.move", "receipt.undo"),
    *("membership.void_fee", "points.unredeem", "tier.drop", "roster.undo"),
)


def month_reached(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Who reached which tier in these days, and which gifts wait although they were due by then."""
    reached = Sheet(
        tr("达标"),
        (
            Column(tr("会员号"), 12),
            Column(tr("姓名(遮蔽)"), 11),
            Column(tr("人次"), 7, "int", "sum"),
            Column(tr("达标日期"), 12, "date"),
            Column(tr("方案"), 16),
            Column(tr("原等级"), 13),
            Column(tr("新等级"), 13),
            Column(tr("达成方式"), 10),
            Column(tr("前台已告知"), 12, "date"),
            Column(tr("收费处已告知"), 12, "date"),
            Column(tr("备注"), 17),
        ),
        _reached(db, posted(db, ask.first, ask.last)),
        notes=(
            tr("按登记日期统计：补登的达标列在登记的那个月。"),
            tr("后来因退款、作废、下调等退回的等级注明日期，不计人次。"),
        ),
    )
    waiting = Sheet(
        tr("未领礼品"),
        (
            Column(tr("会员号"), 12),
            Column(tr("姓名(遮蔽)"), 11, total="count"),
            Column(tr("等级"), 13),
            Column(tr("礼品"), 24),
            Column(tr("参考价(元)"), 10, "money", "sum"),
            Column(tr("应领日期"), 12, "date"),
            Column(tr("已等天数"), 9, "int"),
            Column(tr("逾期天数"), 9, "int"),
            Column(tr("最近回访"), 22),
        ),
        (_waits(row) for row in unclaimed(db, ask)),
        notes=(tr("应领日期不晚于期末、制表时仍未领的礼品；天数算到制表日。"),),
        signers=(tr("会员管理员"), tr("市场部"), tr("日期")),
    )
    return reached, waiting


def unclaimed(db: ClinicDatabase, ask: Ask) -> list[DueGift]:
    """The gifts due by the last of the days that still wait (R138)."""
    return [row for row in due_gifts(db, ask.today) if row.due_on <= ask.last]


def _waits(row: DueGift) -> Row:
    called = ""
    if row.last_followup is not None and row.last_outcome is not None:
        called = f"{row.last_followup} {outcome_title(row.last_outcome)}"
    return (
        row.number,
        mask_name(row.name),
        row.tier_name,
        row.gift_name,
        row.value_fen,
        day(row.due_on),
        row.days,
        row.overdue_days,
        called,
    )


def _reached(db: ClinicDatabase, span: Posted) -> Iterator[Row]:
    """A line per tier reached; one that both of two merged records reached is one line (E62)."""
    tiers, who = TierNames(db), Who(db)
    routes, falls = route_names(), _Falls(db, span, who)
    listed: dict[tuple[int, int, int], int] = {}
    for row in db.rows(_steps(span)):
        event_id, seq, action, person_id, programme_id, number, name, on, *step, front, desk = row
        version_id, was, now, route = step
        place = (who.root(person_id), programme_id, now)
        if listed.get(place, person_id) != person_id:
            continue
        if action == MERGE and _held_before(db, place, seq):
            continue
        lost_on = falls.after(event_id, person_id, programme_id, now)
        if not lost_on:
            listed[place] = person_id
        yield (
            *who(person_id, number, name),
            0 if lost_on else 1,
            day(on),
            tiers.programme(programme_id),
            tiers.of_version(version_id, was),
            tiers.of_version(version_id, now),
            routes.get(route, route),
            day_or_none(front),
            day_or_none(desk),
            tr("已退回 {day}").format(day=lost_on) if lost_on else "",
        )


def _steps(span: Posted) -> Any:
    return (
        TierEvent.select(
            TierEvent.id,
            TierEvent.seq,
            Audit.action,
            TierEvent.person_id,
            TierEvent.programme_id,
            Person.number,
            Person.name,
            TierEvent.occurred_on,
            TierEvent.version_id,
            TierEvent.from_rank,
            TierEvent.to_rank,
            TierEvent.route,
            *(_told(post) for post in ("frontdesk", "billing")),
        )
        .join(Person, on=(Person.id == TierEvent.person_id))
        .switch(TierEvent)
        .join(Audit, on=(Audit.seq == TierEvent.seq))
        .where(span.rows(TierEvent.seq) & (TierEvent.to_rank > TierEvent.from_rank))
        .order_by(TierEvent.id)
    )


def _held_before(db: ClinicDatabase, place: tuple[int, int, int], seq: int) -> bool:
    """Whether the tier a merge brought to the survivor was reached by one of them before."""
    person_id, programme_id, rank = place
    query = TierEvent.select(TierEvent.id).where(
        TierEvent.person_id.in_(group_of(db, person_id))
        & (TierEvent.programme_id == programme_id)
        & (TierEvent.to_rank == rank)
        & (TierEvent.seq < seq)
    )
    return db.row(query.limit(1)) is not None


class _Falls:
    """Tiers taken back since the days began: not those that simply ran out."""

    def __init__(self, db: ClinicDatabase, span: Posted, who: Who) -> None:
        self._who = who
        self._falls: dict[tuple[int, int], list[tuple[int, int, int, str]]] = defaultdict(list)
        alias = PersonAlias.select(PersonAlias.merged_id, PersonAlias.seq)
        self._merged_at = dict(db.rows(alias.where(PersonAlias.unmerged_seq.is_null())))
        query = (
            TierEvent.select(
                TierEvent.person_id,
                TierEvent.programme_id,
                TierEvent.id,
                TierEvent.seq,
                TierEvent.to_rank,
                Audit.business_date,
            )
            .join(Audit, on=(Audit.seq == TierEvent.seq))
            .where(
                (TierEvent.seq > span.after)
                & (TierEvent.to_rank < TierEvent.from_rank)
                & Audit.action.in_(TAKES_BACK)
            )
            .order_by(TierEvent.id)
        )
        for person_id, programme_id, *fall in db.rows(query):
            self._falls[person_id, programme_id].append(tuple(fall))

    def after(self, event_id: int, person_id: int, programme_id: int, rank: int) -> str:
        """The day on which a tier reached by a step was taken back; '' when it was not. What is
        taken from a survivor counts for the merged record from the merge on."""
        merged_at = self._merged_at.get(person_id)
        found = [(each, 0) for each in self._falls[person_id, programme_id]]
        if merged_at is not None:
            root = self._who.root(person_id)
            found += [(each, merged_at) for each in self._falls[root, programme_id]]
        for (fall_id, seq, to_rank, on), since in found:
            if fall_id > event_id and seq > since and to_rank < rank:
                return on
        return ""


def _told(post: str) -> Any:
    """The day on which a post told of the event."""
    return TierNotice.select(fn.MAX(TierNotice.told_on)).where(
        (TierNotice.tier_event_id == TierEvent.id) & (TierNotice.post == Value(post))
    )


def route_names() -> dict[str, str]:
    """The ways to a tier as the clinic calls them."""
    return {
        "single": tr("单笔"),
        "cumulative": tr("累计"),
        "paid": tr("缴费"),
        "manual": tr("批准"),
        "opening": tr("期初"),
    }
