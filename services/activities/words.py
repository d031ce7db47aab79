"""What an activity is and how it and a place in it stand, as the desk says it (R012, R013)."""

from __future__ import annotations

from services.i18n import tr

KINDS = ("lecture", "outing", "member_day", "meeting", "contest", "online", "other")
PLANNED, OPEN, HELD, CLOSED, CANCELLED = "planned", "open", "held", "closed", "cancelled"
INVITED, DECLINED, WAITING = "invited", "declined", "waiting"
SIGNED, ATTENDED, MISSED, WITHDRAWN = "signed_up", "attended", "missed", "withdrawn"
SEATED = (SIGNED, ATTENDED)
"""The places that take up seats."""
ORDER = (ATTENDED, SIGNED, WAITING, MISSED, INVITED, DECLINED, WITHDRAWN)
"""Which place speaks for somebody who has two after a merge, and how lists are sorted."""


def kind_title(kind: str) -> str:
    """A kind of activity."""
    return {
        "lecture": tr("健康讲座"),
        "outing": tr("户外活动"),
        "member_day": tr("会员日"),
        "meeting": tr("会员聚会、议事会"),
        "contest": tr("竞赛"),
        "online": tr("线上活动"),
        "other": tr("其他活动"),
    }[kind]


def state_title(state: str) -> str:
    """How an activity stands."""
    return {
        PLANNED: tr("筹备"),
        OPEN: tr("报名中"),
        HELD: tr("已办，待总结"),
        CLOSED: tr("已总结"),
        CANCELLED: tr("已取消"),
    }[state]


def place_title(state: str) -> str:
    """How somebody's place stands."""
    return {
        INVITED: tr("已邀请"),
        DECLINED: tr("不来"),
        WAITING: tr("候补"),
        SIGNED: tr("已报名"),
        ATTENDED: tr("已签到"),
        MISSED: tr("没有来"),
        WITHDRAWN: tr("已退出"),
    }[state]
