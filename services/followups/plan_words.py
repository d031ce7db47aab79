"""A plan read aloud, and the numbers its list shows."""

from __future__ import annotations

from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.groups import CustomerGroup, Label
from models.query import Prepared, slot
from services.commands import read_setting
from services.followups.call_order import waiting_calls
from services.followups.facts import matching_parts
from services.followups.plan_checks import PlanForm, form_of
from services.followups.plans import BEFORE, Plan, channel_title, plans, purpose_title
from services.followups.words import (
    CLINIC,
    DAYS,
    DOCTOR,
    ITEM,
    PHONE,
    POINTS,
    QUOTA,
    SURNAME,
    TITLE,
    callee_of,
    fill,
    values_of,
)
from services.i18n import tr
from services.programmes.registry import main_timeline
from services.rights import role_title
from services.setup import CLINIC_NAME, CLINIC_PHONE

_MADE = Prepared(lambda: FollowupTask.select(fn.COUNT()).where(FollowupTask.rule == slot("rule")))
# papers are few: grouped by what no index has, they are not looked for among all tasks
_PAPERS = Prepared(
    lambda: (
        FollowupTask.select(
            FollowupTask.rule, fn.COUNT(FollowupTask.id), fn.MIN(FollowupTask.due_on)
        )
        .where((FollowupTask.state == "open") & (FollowupTask.channel != "phone"))
        .group_by(FollowupTask.rule.concat(""))
    )
)


@dataclass(frozen=True)
class PlanRow:
    """A plan in the list: `days` and `looks_at` in words, its tasks so far, how many are open,
    and when the next one is due."""

    plan: Plan
    looks_at: str
    days: str
    made: int
    open: int
    next_on: str | None

    @property
    def key(self) -> str:
        """What tells it apart."""
        return self.plan.key


def plan_rows(db: ClinicDatabase) -> list[PlanRow]:
    """Every plan with its numbers."""
    papers = {rule: (number, first) for rule, number, first in _PAPERS.rows(db)}
    found = []
    for plan in plans(db):
        form = form_of(plan)
        made = _MADE.rows(db, rule=plan.key)[0][0]
        looks_at, days = looks_at_words(db, plan.trigger, form), days_words(plan.trigger, form)
        calls, next_call = waiting_calls(db, plan.key)
        written, next_paper = papers.get(plan.key, (0, None))
        next_on = min((day for day in (next_call, next_paper) if day), default=None)
        found.append(PlanRow(plan, looks_at, days, made, calls + written, next_on))
    return found


def looks_at_words(db: ClinicDatabase, trigger: str, form: PlanForm) -> str:
    """What a plan looks at: '做完“拔牙”', '6 个月未到诊'."""
    months = form.months
    return {
        "item": tr("做完{what}").format(what=_items(form.matching)),
        "recall": tr("{what}满 {n} 个月").format(what=_items(form.matching), n=months),
        "first_visit": tr("第一次到诊结束"),
        "tier": tr("升到新等级"),
        "gift": tr("礼品到期未领"),
        "birthday": tr("会员生日"),
        "quota": tr("权益项目将到期"),
        "points": tr("积分将到期"),
        "term": tr("会籍将到期"),
        "idle": tr("{n} 个月未到诊").format(n=months),
        "review": tr("资料 {n} 个月未核对").format(n=months),
        "survey": tr("到诊后，{n} 个月内不重复").format(n=months),
        "label": tr("贴上标签{what}").format(what=_label(db, form.matching)),
        "referral": tr("介绍了新顾客来"),
    }[trigger]


def days_words(trigger: str, form: PlanForm) -> str:
    """When its tasks are due: '当天、1、90 天后', '提前 30、7 天'."""
    if trigger == "gift":
        return tr("按会员方案")
    days = sorted(abs(each) for each in form.offsets if each)
    if trigger in BEFORE:
        days.reverse()
    now = tr("当天") if 0 in form.offsets else ""
    words = tr("提前 {days} 天") if trigger in BEFORE else tr("{days} 天后")
    later = words.format(days="、".join(str(each) for each in days)) if days else ""
    return "、".join(each for each in (now, later) if each)


def sentence(db: ClinicDatabase, trigger: str, form: PlanForm) -> str:
    """The whole plan in a sentence or two, as it would work."""
    parts = [
        tr("{looks_at}，{days}{channel}联系").format(
            looks_at=looks_at_words(db, trigger, form),
            days=days_words(trigger, form),
            channel=channel_title(form.channel),
        ),
        tr("为了{purpose}").format(purpose=purpose_title(form.purpose)),
        tr("由{post}负责").format(post=role_title(form.post)) if form.post else "",
        tr("只联系{tier}及以上会员").format(tier=_tier(db, form.min_rank)) if form.min_rank else "",
        tr("只联系分组“{group}”").format(group=_group(db, form.group_id)) if form.group_id else "",
        tr("属营销，避开拒绝营销的顾客") if form.marketing else tr("属服务提醒"),
        tr("最多拨 {n} 次").format(n=form.most_tries) if form.channel == "phone" else "",
        tr("补以前的每天最多 {n} 条").format(n=form.daily_most) if form.daily_most else "",
    ]
    return "；".join(part for part in parts if part) + "。"


def tier_choices(db: ClinicDatabase) -> list[tuple[int, str]]:
    """The tiers a plan may begin at, 0 for everybody."""
    tiers = main_timeline(db).versions[-1].programme.tiers
    return [(0, tr("不限")), *((tier.rank, tier.name) for tier in tiers)]


def sample(db: ClinicDatabase, today: str, form: PlanForm, person_id: int | None) -> str:
    """The first script that can be said with somebody's own values, or with made-up ones while
    nobody is open; '' when none can."""
    item = matching_parts(form.matching)[0] or tr("洁牙")
    values = {
        SURNAME: tr("王"),
        TITLE: tr("女士"),
        DOCTOR: tr("陈医生"),
        CLINIC: read_setting(db, CLINIC_NAME),
        PHONE: read_setting(db, CLINIC_PHONE),
        POINTS: "1,240",
        QUOTA: tr("超声波洁牙 1 次"),
    }
    if person_id is not None:
        own = values_of(db, today, callee_of(db, today, person_id))
        values = {name: own.get(name, "") for name in values}
    days = max((each for each in form.offsets if each > 0), default=1)
    values |= {ITEM: item, DAYS: tr("{n}天").format(n=days)}
    return next((said for said in (fill(each, values) for each in form.scripts) if said), "")


def _items(matching: str) -> str:
    kind, words = matching_parts(matching)
    if words:
        inside = tr("“{kind}”中含“{words}”的项目") if kind else tr("名称含“{words}”的项目")
        return inside.format(kind=kind, words=words)
    return tr("“{kind}”").format(kind=kind) if kind else tr("项目(未选)")


def _label(db: ClinicDatabase, matching: str) -> str:
    if not matching.isdecimal():
        return tr("(未选)")
    number = int(matching)
    name = db.scalar(Label.select(Label.name).where(Label.id == number))
    return tr("“{name}”").format(name=name) if name else tr("(未选)")


def _tier(db: ClinicDatabase, rank: int) -> str:
    return main_timeline(db).versions[-1].programme.tier_name(rank) or str(rank)


def _group(db: ClinicDatabase, group_id: int) -> str:
    return str(
        db.scalar(CustomerGroup.select(CustomerGroup.name).where(CustomerGroup.id == group_id))
        or "?"
    )
