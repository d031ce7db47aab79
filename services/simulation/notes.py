"""What a file of events cannot tell of a programme, so that nobody takes a trial for the whole."""

from __future__ import annotations

from services.i18n import tr
from services.programmes.definition import Programme


def left_out(programme: Programme) -> tuple[str, ...]:
    """A sentence for each part of the programme that a simulation does not count."""
    benefits = [benefit for tier in programme.tiers for benefit in tier.benefits]
    ways = [way for tier in programme.tiers for way in tier.reach]
    asked = (
        (
            any(each.per == "birthday" for each in benefits),
            tr("生日礼品和生日服务没有计入：事件表里没有出生日期。"),
        ),
        (
            any(each.given != "auto" for each in benefits),
            tr("要人工确认或人工发放的权益没有计入。"),
        ),
        (
            any(way.health_grade is not None for way in ways),
            tr("按口腔健康评级达到的等级没有计入：请用“手动等级”写进事件表。"),
        ),
        (
            programme.referral is not None,
            tr("推荐奖励没有计入：请用“活动积分”写进事件表。"),
        ),
    )
    return tuple(sentence for holds, sentence in asked if holds)
