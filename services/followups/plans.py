"""Plans: what asks for a call or a letter, when, in which words (R146–R148, front-desk 4.3).

A shipped plan applies as it is until the clinic changes it: then a row under the same key says
everything about it. The clinic's own plans are rows alone. A plan's key is the rule of its tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import msgspec

from models.database import ClinicDatabase
from models.followup import FollowupPlan
from models.query import Prepared
from services.followups.plan_presets import PlanPreset, plan_presets
from services.i18n import tr

OWN = "own."
CHANNELS = ("phone", "sms", "letter")

# what a plan looks at, in the order they are offered
TRIGGERS = (
    "item",
    "first_visit",
    "tier",
    "gift",
    "birthday",
    "quota",
    "points",
    "term",
    "recall",
    "idle",
    "review",
    "survey",
    "label",
    "referral",
)
BEFORE = ("birthday", "quota", "points", "term")  # days before an event, not after it
ONCE = ("gift", "birthday", "term")  # the program has one plan of each, nobody adds another
OF_ITEMS = ("item", "recall")
MONTHLY = ("recall", "idle", "review", "survey")

_COLUMNS = (
    "id",
    "key",
    "name",
    "trigger",
    "matching",
    "months",
    "offsets",
    "channel",
    "purpose",
    "marketing",
    "scripts",
    "post",
    "most_tries",
    "daily_most",
    "min_rank",
    "group_id",
    "active",
    "from_on",
    "seen_seq",
    "seen_on",
    "seq",
)
_ROWS = Prepared(
    lambda: FollowupPlan.select(*(getattr(FollowupPlan, each) for each in _COLUMNS)).order_by(
        FollowupPlan.id
    )
)


@dataclass(frozen=True)
class Plan:
    """A plan as it applies today. `id` is None while a shipped one was never touched.

    `offsets` are days from the event, rising; `from_on` is the first day that counts; up to the
    command `seen_seq` and through the day `seen_on` everything was looked at. `seq` is the command
    that set it as it is.
    """

    key: str
    name: str
    trigger: str
    matching: str
    months: int
    offsets: tuple[int, ...]
    channel: str
    purpose: str
    marketing: bool
    scripts: tuple[str, ...]
    post: str
    most_tries: int
    active: bool
    daily_most: int = 0
    min_rank: int = 0
    group_id: int | None = None
    from_on: str = ""
    seen_seq: int = 0
    seen_on: str = ""
    seq: int = 0
    id: int | None = None
    medical: bool = False

    @property
    def shipped(self) -> bool:
        """Whether the program brought it."""
        return not self.key.startswith(OWN)


def plans(db: ClinicDatabase) -> list[Plan]:
    """Every plan: the shipped ones in their order, then the clinic's own."""
    rows = {row[1]: row for row in _ROWS.rows(db)}
    found = []
    for preset in plan_presets():
        row = rows.pop(preset.key, None)
        found.append(_shipped(preset) if row is None else _stored(row, preset.medical))
    return found + [_stored(row, medical=False) for row in rows.values()]


def plan_of(db: ClinicDatabase, rule: str) -> Plan | None:
    """The plan whose tasks bear this rule; None for a call planned by hand."""
    return next((plan for plan in plans(db) if plan.key == rule), None)


def plan_titles(db: ClinicDatabase) -> dict[str, str]:
    """The names of all plans by the rule of their tasks."""
    return {plan.key: plan.name for plan in plans(db)}


def trigger_title(trigger: str) -> str:
    """What a plan looks at, as the desk says it."""
    return {
        "item": tr("做完某个项目"),
        "first_visit": tr("第一次到诊"),
        "tier": tr("升到新等级"),
        "gift": tr("礼品未领"),
        "birthday": tr("生日"),
        "quota": tr("权益将到期"),
        "points": tr("积分将到期"),
        "term": tr("会籍将到期"),
        "recall": tr("定期复查"),
        "idle": tr("久未到诊"),
        "review": tr("核对资料"),
        "survey": tr("满意度"),
        "label": tr("贴上标签"),
        "referral": tr("介绍了新顾客"),
    }[trigger]


def channel_title(channel: str) -> str:
    """How somebody is reached (R146)."""
    return {"phone": tr("电话"), "sms": tr("短信"), "letter": tr("信函")}[channel]


def purposes() -> dict[str, str]:
    """What a call is for: the dictionary of R147 and what the clinic's own letters add."""
    return {
        "recovery": tr("了解恢复情况和需求"),
        "service": tr("治疗后服务与口碑"),
        "care": tr("关怀与健康宣教"),
        "reminder": tr("到期与领取提醒"),
        "wish": tr("祝福"),
        "wake": tr("久未到诊问候"),
        "survey": tr("满意度"),
        "record": tr("核对资料"),
    }


def purpose_title(purpose: str) -> str:
    """A purpose as the desk says it; the clinic's own words as they are."""
    return purposes().get(purpose, purpose)


@lru_cache(maxsize=64)
def _shipped(preset: PlanPreset) -> Plan:
    return Plan(**{name: getattr(preset, name) for name in PlanPreset.__dataclass_fields__})


@lru_cache(maxsize=256)  # by the whole row: one that changes is another
def _stored(row: tuple[object, ...], medical: bool) -> Plan:
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in ("offsets", "scripts"):
        values[name] = tuple(msgspec.json.decode(str(values[name])))
    for name in ("marketing", "active"):
        values[name] = bool(values[name])
    return msgspec.convert(values | {"medical": medical}, Plan)
