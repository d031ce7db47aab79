"""What a simulation found, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from services.i18n import tr
from services.money import yuan
from services.simulation.result import Simulation


def summary(found: Simulation) -> str:
    """The whole in one line."""
    sentence = tr(
        "{programme}，截至 {day}：{members} 人，其中有等级 {tiered} 人；{out} 行没有采用。"
    )
    return sentence.format(
        programme=found.programme,
        day=found.as_of,
        members=len(found.members),
        tiered=len(found.members) - found.tiers[""],
        out=len(found.rejected),
    )


def in_words(found: Simulation) -> tuple[str, ...]:
    """The whole, what it would have cost, and what it could not tell."""
    return (summary(found), *_costs(found), *_unknown(found))


def _costs(found: Simulation) -> Iterator[str]:
    totals = found.totals
    sentence = tr("礼品应发约 ¥{all}，其中还没领 ¥{due}；可用积分 {points} 分，折合 ¥{worth}。")
    yield sentence.format(
        all=yuan(totals.gifts_granted_fen),
        due=yuan(totals.gifts_due_fen),
        points=f"{totals.points_available:,}",
        worth=yuan(totals.liability_fen),
    )


def _unknown(found: Simulation) -> Iterator[str]:
    if found.missing:
        sentence = tr("方案里还有 {n} 项待定，凡是待定的都没有算。")
        yield sentence.format(n=len(found.missing))
    yield from found.left_out
