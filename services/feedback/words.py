"""What people say in the words of the desk: topics, ways, states and steps."""

from __future__ import annotations

from services.i18n import tr

COMPLAINT, REQUEST, SUGGESTION = "complaint", "request", "suggestion"
KINDS = (COMPLAINT, REQUEST, SUGGESTION)

TOPICS = ("service", "charge", "treatment", "waiting", "points", "privacy", "other")
SOURCES = ("desk", "phone", "call", "board", "letter", "online", "survey", "activity")
REQUEST_SOURCES = ("desk", "call", "board", "survey", "activity")

RECEIVED, ACKNOWLEDGED, HANDLED, CLOSED = "received", "acknowledged", "handled", "closed"
OPEN, DONE, DROPPED = "open", "done", "dropped"


def kind_title(kind: str) -> str:
    """A complaint, a request or a suggestion."""
    return {COMPLAINT: tr("投诉"), REQUEST: tr("要求"), SUGGESTION: tr("建议")}[kind]


def topic_title(topic: str) -> str:
    """What a complaint is about; '' where nobody said."""
    return {
        "service": tr("服务"),
        "charge": tr("收费"),
        "treatment": tr("疗效"),
        "waiting": tr("等候"),
        "points": tr("积分礼品"),
        "privacy": tr("隐私"),
        "other": tr("其他"),
    }.get(topic, "")


def source_title(source: str) -> str:
    """How it reached the clinic; '' where nobody said."""
    return {
        "desk": tr("前台当面"),
        "phone": tr("来电"),
        "call": tr("回访电话"),
        "board": tr("留言板"),
        "letter": tr("书面"),
        "online": tr("网上"),
        "survey": tr("满意度调查"),
        "activity": tr("活动"),
    }.get(source, "")


def complaint_state_title(state: str) -> str:
    """How far a complaint has come."""
    return {
        RECEIVED: tr("待回应"),
        ACKNOWLEDGED: tr("处理中"),
        HANDLED: tr("待结案"),
        CLOSED: tr("已结案"),
    }[state]


def request_state_title(state: str) -> str:
    """How far a request or a suggestion has come."""
    return {OPEN: tr("未答复"), DONE: tr("已答复"), DROPPED: tr("不办")}[state]


def step_title(step: str) -> str:
    """A step of a complaint, as its history tells it."""
    return {
        "receive": tr("受理"),
        "acknowledge": tr("首次回应"),
        "assign": tr("转交"),
        "note": tr("记录"),
        "report": tr("上报院长"),
        "handle": tr("处理"),
        "close": tr("结案"),
        "reopen": tr("重新打开"),
    }[step]


def priority_title(urgent: bool, high: bool) -> str:
    """Who comes first: what is urgent, then members of high tiers (R067); '' for the others."""
    if urgent:
        return tr("紧急")
    return tr("会员优先") if high else ""
