"""Points: what moved, what ends soon, what is outstanding and what it may cost (R034, S6-06)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from peewee import JOIN, fn

from models.checks import stream
from models.database import ClinicDatabase
from models.ledgers import PointsAllocation, PointsEntry, Receipt, Standing
from models.people import Person
from services.clock import days_between, plus_days
from services.i18n import tr
from services.loyalty.points import kind_title
from services.loyalty.points_trace import BUCKETS
from services.programmes.registry import every_timeline
from services.programmes.worth import liability_fen
from services.reports.names import TierNames, Who, day, day_or_none
from services.reports.posted import Posted, ids, posted
from services.reports.sheet import Ask, Column, Row, Sheet

GAINED = ("earn", "bonus", "opening")
GIVEN_BACK = ("return", "grace")
_MOVES = ("gained", "back", "redeemed", "expired", "taken")


def points_moves(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """积分变动与即将到期: sums by programme, every entry, and the lots that end within 90 days."""
    span = posted(db, ask.first, ask.last)
    return sums_sheet(db, span), _entries(db, span), _ending(db, ask)


def sums_sheet(db: ClinicDatabase, span: Posted) -> Sheet:
    """积分合计: gained, redeemed, expired, by programme."""
    tiers = TierNames(db)
    sums = moved(db, span)
    rows: list[Row] = [
        (tiers.programme(each), *(sums[each][way] for way in _MOVES), sum_of(sums[each]))
        for each in sorted(sums)
    ]
    return Sheet(
        tr("积分合计"),
        (
            Column(tr("方案"), 18),
            Column(tr("增加"), 11, "int", "sum"),
            Column(tr("退回"), 11, "int", "sum"),
            Column(tr("兑换"), 11, "int", "sum"),
            Column(tr("失效"), 11, "int", "sum"),
            Column(tr("冲回和调减"), 12, "int", "sum"),
            Column(tr("净变动"), 12, "signed", "sum", adds=(2, 3, -4, -5, -6)),
        ),
        rows,
        notes=(tr("净变动 = 增加 + 退回 − 兑换 − 失效 − 冲回和调减；按登记日期统计。"),),
    )


def moved(db: ClinicDatabase, span: Posted) -> dict[int, Counter[str]]:
    """By programme: points gained, given back, redeemed, expired, taken; none below zero."""
    sign = PointsEntry.points > 0
    query = (
        PointsEntry.select(
            PointsEntry.programme_id, PointsEntry.kind, sign, fn.SUM(PointsEntry.points)
        )
        .where(_in(db, span))
        .group_by(PointsEntry.programme_id, PointsEntry.kind, sign)
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for programme_id, kind, gain, points in db.rows(query):
        found[programme_id][_way(kind, gain)] += abs(points)
    return found


def _way(kind: str, gain: bool) -> str:
    if gain:
        return "back" if kind in GIVEN_BACK else "gained"
    return {"redeem": "redeemed", "expire": "expired"}.get(kind, "taken")


def sum_of(moves: Counter[str]) -> int:
    """What the moves come to."""
    return moves["gained"] + moves["back"] - sum(moves[way] for way in _MOVES[2:])


def _in(db: ClinicDatabase, span: Posted) -> Any:
    return ids(db, PointsEntry, span).rows(PointsEntry.id)


def _entries(db: ClinicDatabase, span: Posted) -> Sheet:
    query = (
        PointsEntry.select(
            PointsEntry.person_id,
            Person.number,
            Person.name,
            PointsEntry.occurred_on,
            PointsEntry.programme_id,
            PointsEntry.kind,
            PointsEntry.points,
            PointsEntry.expires_on,
            Receipt.number,
            PointsEntry.reason,
        )
        .join(Person, on=(Person.id == PointsEntry.person_id))
        .switch(PointsEntry)
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.id == PointsEntry.receipt_id))
        .where(_in(db, span))
        .order_by(PointsEntry.id)
    )

    def rows() -> Iterator[Row]:
        tiers, who = TierNames(db), Who(db)
        for row in stream(db, query):
            person_id, number, name, on, programme_id, kind, points, ends, receipt, reason = row
            yield (
                *who(person_id, number, name),
                day(on),
                tiers.programme(programme_id),
                kind_title(kind),
                points,
                day_or_none(ends),
                receipt or "",
                reason,
            )

    return Sheet(
        tr("积分变动"),
        (
            Column(tr("会员号"), 12),
            Column(tr("姓名(遮蔽)"), 11, total="count"),
            Column(tr("日期"), 12, "date"),
            Column(tr("方案"), 16),
            Column(tr("类型"), 11),
            Column(tr("积分"), 11, "signed", "sum"),
            Column(tr("有效期至"), 12, "date"),
            Column(tr("单据号"), 16),
            Column(tr("原因"), 24),
        ),
        rows(),
    )


def _ending(db: ClinicDatabase, ask: Ask) -> Sheet:
    left = PointsEntry.points - fn.COALESCE(fn.SUM(PointsAllocation.points), 0)
    query = (
        PointsEntry.select(
            PointsEntry.person_id,
            Person.number,
            Person.name,
            PointsEntry.programme_id,
            PointsEntry.expires_on,
            left,
        )
        .join(Person, on=(Person.id == PointsEntry.person_id))
        .switch(PointsEntry)
        .join(PointsAllocation, JOIN.LEFT_OUTER, on=(PointsAllocation.lot_id == PointsEntry.id))
        .where(
            (PointsEntry.expires_on >= ask.today)
            & (PointsEntry.expires_on <= plus_days(ask.today, BUCKETS[-1]))
            & (PointsEntry.points > 0)
            & (PointsEntry.kind != "return")
        )
        .group_by(PointsEntry.id)
        .having(left > 0)
        .order_by(PointsEntry.expires_on, PointsEntry.person_id, PointsEntry.id)
    )

    def rows() -> Iterator[Row]:
        tiers, who = TierNames(db), Who(db)
        for person_id, number, name, programme_id, ends, points in stream(db, query):
            yield (
                *who(person_id, number, name),
                tiers.programme(programme_id),
                day(ends),
                days_between(ask.today, ends),
                *(points if days_between(ask.today, ends) <= within else 0 for within in BUCKETS),
            )

    return Sheet(
        tr("即将到期"),
        (
            Column(tr("会员号"), 12),
            Column(tr("姓名(遮蔽)"), 11, total="count"),
            Column(tr("方案"), 18),
            Column(tr("有效期至"), 12, "date"),
            Column(tr("还有天数"), 9, "int"),
            *(Column(tr("{n} 天内").format(n=within), 11, "int", "sum") for within in BUCKETS),
        ),
        rows(),
        notes=(tr("从制表日算起；90 天内的积分含 60 天和 30 天内的。"),),
    )


# -- what is outstanding ---------------------------------------------------------------------


def liability(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """未兑换积分与估算负债: from the first day to the last, by programme, and what it may cost.
    What somebody owes lowers nobody else's points: deficits stand beside (R034)."""
    tiers = TierNames(db)
    span = posted(db, ask.first, ask.last)
    inside = moved(db, span)
    rules = {each.programme_id: each.at(ask.last).programme for each in every_timeline(db)}
    rows: list[Row] = []
    for each, (available, deficit) in sorted(_outstanding(db, span.until).items()):
        after = available - deficit
        rows.append(
            (
                tiers.programme(each),
                after - sum_of(inside[each]),
                *(inside[each][way] for way in _MOVES),
                after,
                deficit,
                available,
                liability_fen(rules[each], available),
            )
        )
    return (
        Sheet(
            tr("未兑换积分"),
            (
                Column(tr("方案"), 18),
                Column(tr("期初"), 12, "int", "sum"),
                Column(tr("增加"), 11, "int", "sum"),
                Column(tr("退回"), 11, "int", "sum"),
                Column(tr("兑换"), 11, "int", "sum"),
                Column(tr("失效"), 11, "int", "sum"),
                Column(tr("冲回和调减"), 12, "int", "sum"),
                Column(tr("期末"), 12, "int", "sum", adds=(2, 3, 4, -5, -6, -7)),
                Column(tr("其中欠分"), 11, "int", "sum"),
                Column(tr("未兑换"), 12, "int", "sum", adds=(8, 9)),
                Column(tr("估算负债(元)"), 14, "money", "sum"),
            ),
            rows,
            notes=(
                tr("期末是积分流水的结余；有人欠分不减少别人可兑换的积分，未兑换 = 期末 + 欠分。"),
                tr("负债 = 未兑换 × 单价 × 预计兑换率；只累计不兑换的方案不算负债。"),
                tr("单价：方案写明抵现比例的按比例，其余按 1 分 = 0.01 元；预计兑换率按 100%。"),
            ),
        ),
    )


def _outstanding(db: ClinicDatabase, until: int) -> dict[int, tuple[int, int]]:
    """By programme: the points that could be redeemed after the command `until`, and those owed.
    An account has either; the one of merged people is theirs together (E62)."""
    who = Who(db)
    later = ids(db, PointsEntry, Posted(until, _newest(db)))
    held: Counter[tuple[int, int]] = Counter()
    columns = (Standing.person_id, Standing.programme_id, Standing.available - Standing.deficit)
    for person_id, programme_id, points in stream(db, Standing.select(*columns)):
        held[who.root(person_id), programme_id] += points
    since = (
        PointsEntry.select(
            PointsEntry.person_id, PointsEntry.programme_id, fn.SUM(PointsEntry.points)
        )
        .where(later.rows(PointsEntry.id))
        .group_by(PointsEntry.person_id, PointsEntry.programme_id)
    )
    for person_id, programme_id, points in stream(db, since):
        held[who.root(person_id), programme_id] -= points
    found: dict[int, tuple[int, int]] = {}
    for (_, programme_id), points in held.items():
        available, deficit = found.get(programme_id, (0, 0))
        found[programme_id] = (available + max(points, 0), deficit + max(-points, 0))
    return found


def _newest(db: ClinicDatabase) -> int:
    return int(db.scalar(PointsEntry.select(fn.MAX(PointsEntry.seq))) or 0)
