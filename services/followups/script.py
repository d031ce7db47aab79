"""What to say on the phone, with the person's own values filled in (R148, front-desk 4.3).

Step by step as the clinics do it: who is speaking, why, how it went, good-bye. Nothing about a
diagnosis, no promise of a cure, and no offer to somebody who wants no marketing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from models.database import ClinicDatabase
from models.followup import FollowupTask
from services.commands import read_setting
from services.followups.plans import Plan, plans
from services.followups.tasks import BIRTHDAY, MANUAL, UNCLAIMED, reason_text
from services.followups.words import QUOTA, Callee, about_values, callee_of, fill, own_values
from services.groups.carried import alert_labels
from services.i18n import tr
from services.people.privacy import surname_of
from services.setup import CLINIC_NAME

TREATED = "item"  # the trigger of plans about a treatment


@dataclass(frozen=True)
class CallScript:
    """The lines to say, one a step, and how many different ones there are to turn through."""

    lines: tuple[str, ...]
    turns: int


class _Reason(NamedTuple):
    rule: str
    subject: str
    cycle: str
    marketing: int


def script(
    db: ClinicDatabase, today: str, person_id: int, task_ids: tuple[int, ...], turn: int = 0
) -> str:
    """The words for one call, a line per step. Raises RuleError for an unknown person."""
    return "\n".join(call_script(db, today, person_id, task_ids, turn).lines)


def call_script(
    db: ClinicDatabase, today: str, person_id: int, task_ids: tuple[int, ...], turn: int = 0
) -> CallScript:
    """The words for one call; `turn` counts through the templates of its plans, round and round.

    Raises RuleError for an unknown person.
    """
    callee = callee_of(db, today, person_id)
    tasks = (
        FollowupTask.select(
            FollowupTask.rule, FollowupTask.subject, FollowupTask.cycle, FollowupTask.marketing
        )
        .where(FollowupTask.id.in_(task_ids) & (FollowupTask.person_id == person_id))
        .order_by(FollowupTask.due_on, FollowupTask.id)
    )
    lines = [_greeting(callee, read_setting(db, CLINIC_NAME)), *_heed(db, person_id)]
    turns, treated = 1, False
    of_rule = {plan.key: plan for plan in plans(db)}
    own = own_values(db, today, callee)
    for row in db.rows(tasks):
        reason = _Reason(*row)
        if reason.marketing and not callee.welcome:
            continue
        plan = of_rule.get(reason.rule)
        said = _purposes(today, reason, plan, callee, own)
        turns = max(turns, len(said))
        lines.append(said[turn % len(said)])
        treated = treated or (plan is not None and plan.trigger == TREATED)
    lines += _how(callee, treated=treated)
    if callee.welcome:
        lines += _quota(own[QUOTA], callee)
    lines.append(tr("谢谢您，祝您身体健康。有事随时打我们的电话，再见。"))
    return CallScript(tuple(dict.fromkeys(lines)), turns)


def _greeting(callee: Callee, clinic: str) -> str:
    if callee.child:
        parent = callee.guardian or tr("家长")
        sentence = tr(
            "您好，请问您是{child}小朋友的{parent}吗？我是{clinic}的前台，现在方便说话吗？"
        )
        return sentence.format(child=callee.name, parent=parent, clinic=clinic)
    called = surname_of(callee.name) + callee.called
    sentence = tr("您好，请问您是{called}吗？我是{clinic}的前台，现在方便说话吗？")
    return sentence.format(called=called, clinic=clinic)


def _heed(db: ClinicDatabase, person_id: int) -> list[str]:
    """What to bear in mind while speaking, not to be said (R178)."""
    alerts = alert_labels(db, person_id)
    return [tr("(请留意：{labels})").format(labels="、".join(alerts))] if alerts else []


def _purposes(
    today: str, reason: _Reason, plan: Plan | None, callee: Callee, known: dict[str, str]
) -> list[str]:
    """Why it is called, in one or more ways to say it; always at least one."""
    own = _own_words(today, reason, callee)
    values = known | about_values(today, callee, reason.subject, reason.cycle)
    filled = [fill(each, values) for each in (plan.scripts if plan is not None else ())]
    said = [*([own] if own else []), *(each for each in filled if each)]
    titles = {} if plan is None else {plan.key: plan.name}
    fallback = tr("这次打电话是为了：{reason}。").format(
        reason=reason_text(reason.rule, reason.subject, titles)
    )
    return said or [fallback]


def _own_words(today: str, reason: _Reason, callee: Callee) -> str:
    """What the program itself knows how to say, '' where the plan's words are all there is."""
    if reason.rule == UNCLAIMED:
        sentence = tr(
            "{who}是我们的{tier}，有一份“{gift}”还没有领取，一直给您留着。"
            "方便时到收费室报会员号 {number} 就能领。"
        )
        tier = callee.tier or tr("会员")
        return sentence.format(who=callee.who, tier=tier, gift=reason.subject, number=callee.number)
    if reason.rule == BIRTHDAY:
        return _wish(today, reason.subject, callee.who)
    if reason.rule != MANUAL:
        return ""
    if reason.cycle.isdigit():  # agreed with them; what the clinic has to tell names its matter
        return tr("上次说好再联系您：{subject}。").format(subject=reason.subject)
    return tr("有件事告诉您：{subject}。").format(subject=reason.subject)


def _wish(today: str, day: str, who: str) -> str:
    if day == today:
        return tr("今天是{who}的生日，祝{who}生日快乐！").format(who=who)
    sentence = (
        tr("{month}月{day}日是{who}的生日，提前祝{who}生日快乐！")
        if day > today
        else tr("{month}月{day}日是{who}的生日，给{who}补上一句：生日快乐！")
    )
    return sentence.format(month=int(day[5:7]), day=int(day[8:]), who=who)


def _how(callee: Callee, *, treated: bool) -> list[str]:
    """How it went; and whom to tell when it did not go well, as a call is no treatment."""
    if not callee.visited:
        return [tr("您对我们有什么要求或建议，我给您记下来。")]
    lines = [
        tr("{who}上次来看牙之后恢复得怎么样？有什么要求，我给您记下来。").format(who=callee.who)
    ]
    if treated:
        lines.append(
            tr("(说不舒服时：电话里不判断病情，选“不适”记下来，今天就报告医生，由医生回复。)")
        )
    return lines


def _quota(left: str, callee: Callee) -> list[str]:
    if not left:
        return []
    sentence = tr("{who}今年的免费项目还有：{items}，年底前都可以约。")
    return [sentence.format(who=callee.who, items=left)]
