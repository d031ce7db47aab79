"""What may come of a call, in the desk's words, and which calls still count.

Every reader of calls asks `standing`: a call written down by mistake is taken back, never deleted,
and counts nowhere any more.
"""

from __future__ import annotations

from typing import Any

from models.followup import FollowupAttempt
from services.i18n import tr

REACHED = ("fine", "request")
UNREACHED = ("no_answer", "busy", "wrong_number")
TRIED = (*REACHED, *UNREACHED, "refused")  # somebody dialled
OUTCOMES = (*TRIED, "not_called", "sent")
RECOVERIES = ("well", "slow", "unwell")


def standing(attempt: Any = FollowupAttempt, at_seq: int | None = None) -> Any:
    """Condition: a call was not taken back, or not yet when the command `at_seq` was written."""
    kept = attempt.undone_seq.is_null()
    return kept if at_seq is None else kept | (attempt.undone_seq > at_seq)


def outcome_title(outcome: str) -> str:
    """An outcome as the desk says it."""
    return {
        "fine": tr("接通·良好"),
        "request": tr("接通·有要求"),
        "no_answer": tr("无人接听"),
        "busy": tr("占线"),
        "wrong_number": tr("号码不对"),
        "refused": tr("拒绝回访"),
        "not_called": tr("没有打"),
        "sent": tr("已发出"),
    }[outcome]


def satisfaction_title(step: int) -> str:
    """A step of satisfaction, 1 to 4, as the desk says it (S18-28)."""
    return (tr("不满意"), tr("一般"), tr("满意"), tr("非常满意"))[step - 1]


def recovery_title(recovery: str) -> str:
    """How somebody recovers, '' when nothing was said."""
    return {"": "", "well": tr("良好"), "slow": tr("较慢"), "unwell": tr("不适")}[recovery]
