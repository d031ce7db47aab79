"""What the desk hears the next morning: which duty failed, was cut off, or never ran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from services.clinic import clinic_exists
from services.i18n import tr
from services.scheduled.outcomes import Outcome, last
from services.scheduled.plan import DUTIES, Plan, duty_name, last_due
from services.scheduled.system import what_is_installed

PATIENCE = timedelta(hours=3)  # a duty takes minutes, and is ended after two hours


@dataclass(frozen=True)
class News:
    """A sentence about a duty; `run` tells one occasion from the next."""

    duty: str
    run: str
    sentence: str


def news(folder: Path, now_local: str, *, caught_up: bool) -> list[News]:
    """What there is to say about the duties of the clinic in `folder`. Asks the PC's scheduler,
    which is slow to answer. Before it has `caught_up` with what was due while the PC was off,
    nothing is said of what did not run."""
    _, plans = what_is_installed()
    ended = last(folder)
    each = (about(duty, plans[duty], ended.get(duty), folder, now_local) for duty in DUTIES)
    return [found for found, waits in filter(None, each) if caught_up or not waits]


def about(
    duty: str, plan: Plan | None, outcome: Outcome | None, folder: Path, now_local: str
) -> tuple[News, bool] | None:
    """What there is to say about one duty, and whether it may still be made up for; None when all
    is well. `plan` is what the scheduler has, `outcome` what the last run left in `folder`."""
    name = duty_name(duty)
    limit = (datetime.fromisoformat(now_local) - PATIENCE).isoformat(" ")
    if plan is not None and Path(plan.data) != folder:
        if outcome is None and clinic_exists(Path(plan.data)):
            return None  # they are the other clinic's
        words = tr("{duty}装的是另一个位置的数据，这里的没有做。请在“定时任务”按“更新”。")
        return News(duty, "moved", words.format(duty=name)), False
    if outcome is not None and not outcome.good and (outcome.ended or outcome.at <= limit):
        words = tr("{at} 的{duty}没有成功：{why}")
        said = words.format(at=outcome.at[:16], duty=name, why=outcome.sentence)
        return News(duty, outcome.at, said), False
    if plan is None:
        return None
    due = last_due(plan, limit)
    known = max(plan.since, outcome.at if outcome is not None else "")
    if not known or known >= due:
        return None
    words = tr(
        "{due} 的{duty}没有运行：那时电脑没有开着、没有人登录，或程序换了位置。"
        "请在“定时任务”按“更新”，到点时让电脑开着。"
    )
    return News(duty, due, words.format(due=due, duty=name)), True
