"""积分对账单: what somebody holds, what ends when, and every point with its why (R034, S19-B).

The paper is the person's own, so their name stands on it in full.
"""

from __future__ import annotations

from collections.abc import Iterator

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title
from services.forms.paper import Block, Grid, Heading, Pairs, Paper, Signatures, Text
from services.i18n import tr
from services.loyalty.points import PointsRow, kind_title, points_ledger
from services.loyalty.points_accounts import balance
from services.loyalty.points_trace import schedule
from services.loyalty.redemption_list import redemptions_of
from services.loyalty.standing import standing_of
from services.people.records import person
from services.programmes.registry import Timeline, main_timeline

NAME = "积分对账单"
LATEST = 200


def points_statement(
    db: ClinicDatabase, today: str, person_id: int, timeline: Timeline | None = None
) -> Paper:
    """The statement of the main programme unless another one is named, newest entries first.

    Raises RuleError for an unknown person.
    """
    timeline = timeline or main_timeline(db)
    record = person(db, person_id)
    standing = standing_of(db, person_id, timeline.programme_id)
    tier = timeline.at(today).programme.tier_name(standing.rank if standing.member else 0)
    found = balance(db, today, person_id, timeline)
    sums = [(tr("累计得分"), f"{found.lifetime:,}")]
    if found.spends:
        sums.insert(0, (tr("可用积分"), f"{found.available:,}"))
    if found.spends or found.deficit:
        sums.append((tr("欠分"), f"{found.deficit:,}"))
    return Paper(
        title=tr("积分对账单"),
        name=NAME,
        clinic=clinic_title(db),
        subject=tr("{programme}　截至 {day}").format(programme=timeline.name, day=today),
        blocks=(
            Pairs(
                (
                    (tr("姓名"), record.name),
                    (tr("会员号"), record.number),
                    (tr("等级"), tier or (tr("会员") if standing.member else tr("非会员"))),
                    *sums,
                )
            ),
            *_ending(db, today, person_id, timeline),
            *_redeemed(db, person_id, timeline),
            *_entries(points_ledger(db, person_id, timeline.programme_id)),
            Text((tr("如有疑问请在前台核对。"),), small=True),
            Signatures((tr("顾客签字"), tr("日期"))),
        ),
    )


def _ending(db: ClinicDatabase, today: str, person_id: int, timeline: Timeline) -> Iterator[Block]:
    """What ends when; nothing where points live for ever (R034)."""
    found = schedule(db, today, person_id, timeline)
    ending = [lot for lot in found.lots if lot.expires_on is not None]
    if not ending:
        return
    yield Heading(tr("哪天到期"))
    soon = tr("，").join(
        tr("{days} 天内到期 {n} 分").format(days=days, n=f"{points:,}")
        for days, points in found.within
    )
    yield Text((tr("{soon}。").format(soon=soon),))
    yield Grid(
        (tr("到期日"), tr("得分日期"), tr("积分")),
        tuple((str(lot.expires_on), lot.earned_on, f"{lot.points:,}") for lot in ending[:LATEST]),
        figures=(2,),
    )


def _redeemed(db: ClinicDatabase, person_id: int, timeline: Timeline) -> Iterator[Block]:
    """What was redeemed, by name."""
    rows = [r for r in redemptions_of(db, person_id) if r.programme_id == timeline.programme_id]
    if not rows:
        return
    yield Heading(tr("兑换"))
    lines = []
    for row in rows[:LATEST]:
        name = row.name if row.quantity == 1 else f"{row.name} × {row.quantity}"
        back = tr("已退回 {n} 分").format(n=f"{row.returned:,}") if row.returned else ""
        lines.append((row.occurred_on, name, f"{-row.points:+,}", back))
    yield Grid(
        (tr("兑换日期"), tr("项目"), tr("积分"), tr("退回")),
        tuple(lines),
        widths=(3, 7, 2, 3),
        figures=(2,),
    )


def _entries(rows: list[PointsRow]) -> Iterator[Block]:
    yield Heading(tr("积分明细"))
    if not rows:
        yield Text((tr("还没有积分记录。"),))
        return
    shown = rows[:LATEST]
    ends = any(row.expires_on for row in shown)  # where points live for ever nothing is said
    yield Grid(
        (
            tr("日期"),
            tr("积分"),
            tr("结余"),
            tr("说明"),
            *((tr("有效期至"),) if ends else ()),
        ),
        tuple(
            (
                row.occurred_on,
                f"{row.points:+,}",
                f"{row.balance:,}",
                why(row),
                *((row.expires_on or "",) if ends else ()),
            )
            for row in shown
        ),
        widths=(3, 2, 2, 7, 3) if ends else (3, 2, 2, 9),
        figures=(1, 2),
    )
    if len(rows) > LATEST:
        yield Text((tr("……更早 {n} 行略。").format(n=len(rows) - LATEST),), small=True)


def why(row: PointsRow) -> str:
    """Why an entry is there, in one line."""
    kind = kind_title(row.kind)
    named = row.reason.startswith(kind)  # a redemption says its name: '兑换：超声波洁牙'
    return " ".join(
        part for part in ("" if named else kind, row.receipt_number, row.reason) if part
    )
