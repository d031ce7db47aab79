"""How many members each tier had, gained and lost in some days (R150).

Counted from the memberships and steps written up to the first and the last of the days, so that
what was there before, plus what came, less what went, is what is there after.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from models.checks import stream
from models.database import ClinicDatabase
from models.ledgers import TierEvent
from models.people import Membership
from services.clock import plus_days
from services.i18n import tr
from services.reports.names import TierNames, Who
from services.reports.posted import Posted, last_before
from services.reports.sheet import Chart, Column, Row, Sheet

Place = tuple[int, int]  # a person in a programme


@dataclass
class _Held:
    """The tier somebody held before and after, and the last one they held in between."""

    before: int = 0
    after: int = 0
    lately: int = 0


def movements(db: ClinicDatabase, span: Posted) -> dict[tuple[int, int], Counter[str]]:
    """By programme and tier: before, joined, up, down, out, left, after."""
    who = Who(db)
    held = _held(db, span, who)
    counts: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for place, (was, is_now, came) in _members(db, span, who).items():
        programme_id = place[1]
        tier = held.get(place, _Held())
        if was:
            counts[programme_id, tier.before]["before"] += 1
        if is_now:
            counts[programme_id, tier.after]["after"] += 1
        if was and is_now and tier.before != tier.after:
            counts[programme_id, tier.before]["out"] += 1
            way = "up" if tier.after > tier.before else "down"
            counts[programme_id, tier.after][way] += 1
        elif was and not is_now:
            counts[programme_id, tier.before]["left"] += 1
        elif is_now and not was:
            counts[programme_id, tier.after]["joined"] += 1
        elif came and not was:
            counts[programme_id, tier.lately].update(("joined", "left"))
    return counts


def _members(db: ClinicDatabase, span: Posted, who: Who) -> dict[Place, tuple[bool, bool, bool]]:
    """Whether somebody was a member before the days, was one after them, and joined in them."""
    found: dict[Place, tuple[bool, bool, bool]] = {}
    ends: dict[str, int] = {}
    query = Membership.select(
        Membership.person_id,
        Membership.programme_id,
        Membership.seq,
        Membership.end_seq,
        Membership.ended_on,
    ).where(Membership.seq <= span.until)
    for person_id, programme_id, seq, end_seq, ended_on in stream(db, query):
        if end_seq is None and ended_on is not None:  # ended before ends were numbered
            if ended_on not in ends:
                ends[ended_on] = last_before(db, plus_days(ended_on, 1))
            end_seq = ends[ended_on]
        place = (who.root(person_id), programme_id)
        was, is_now, came = found.get(place, (False, False, False))
        found[place] = (
            was or (seq <= span.after and (end_seq is None or end_seq > span.after)),
            is_now or end_seq is None or end_seq > span.until,
            came or seq > span.after,
        )
    return found


def _held(db: ClinicDatabase, span: Posted, who: Who) -> dict[Place, _Held]:
    """The tiers of everybody; a survivor's own steps speak for those merged into them."""
    own: dict[Place, _Held] = {}
    query = (
        TierEvent.select(
            TierEvent.person_id, TierEvent.programme_id, TierEvent.to_rank, TierEvent.seq
        )
        .where(TierEvent.seq <= span.until)
        .order_by(TierEvent.id)
    )
    for person_id, programme_id, rank, seq in stream(db, query):
        tier = own.setdefault((person_id, programme_id), _Held())
        if seq <= span.after:
            tier.before = rank
        tier.after = rank
        tier.lately = rank or tier.lately
    for (person_id, programme_id), tier in list(own.items()):
        if person_id in who.roots:
            own.setdefault((who.root(person_id), programme_id), tier)
    return own


def members_sheet(db: ClinicDatabase, span: Posted) -> Sheet:
    """会员数: a line per programme and tier, with the pyramid to look at."""
    tiers = TierNames(db)
    counts = movements(db, span)
    rows = list(_lines(tiers, counts))
    labels = tuple(str(row[1]) for row in rows)
    after = tuple(int(str(row[8])) for row in rows)
    return Sheet(
        tr("会员数"),
        (
            Column(tr("方案"), 18),
            Column(tr("等级"), 14),
            Column(tr("期初"), 9, "int", "sum"),
            Column(tr("新增"), 9, "int", "sum"),
            Column(tr("升入"), 9, "int", "sum"),
            Column(tr("降入"), 9, "int", "sum"),
            Column(tr("转出"), 9, "int", "sum"),
            Column(tr("退会"), 9, "int", "sum"),
            Column(tr("期末"), 10, "int", "sum", adds=(3, 4, 5, 6, -7, -8)),
        ),
        rows,
        notes=(
            tr("期末 = 期初 + 新增 + 升入 + 降入 − 转出 − 退会。"),
            tr("新增含从旧名册导入的会员；期间内入会又退会的，两边都算。"),
        ),
        chart=Chart(tr("期末各级会员数"), labels, ((tr("期末"), after),)),
    )


def _lines(tiers: TierNames, counts: dict[tuple[int, int], Counter[str]]) -> Iterator[Row]:
    columns = ("before", "joined", "up", "down", "out", "left", "after")
    for programme_id, rank in sorted(counts):
        found = counts[programme_id, rank]
        name = tiers.now(programme_id, rank) or tr("(无等级)")
        yield (tiers.programme(programme_id), name, *(found[each] for each in columns))
