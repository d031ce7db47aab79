"""What a plan may say, and in which words it is refused (R146–R148, front-desk 4.3, 4.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.database import ClinicDatabase
from models.groups import CustomerGroup, Label
from services.errors import RuleError
from services.followups.facts import matching_parts
from services.followups.plans import (
    BEFORE,
    CHANNELS,
    MONTHLY,
    OF_ITEMS,
    ONCE,
    Plan,
    channel_title,
    plans,
    purposes,
)
from services.followups.words import VARIABLES
from services.i18n import tr
from services.programmes.items import ITEM_CLASSES
from services.programmes.registry import main_timeline
from services.rights import ROLES

LONGEST_NAME = 20
MOST_OFFSETS = 12
FURTHEST = 1080  # days after an event
EARLIEST = 180  # days before one
MOST_MONTHS = 60
MOST_TRIES = 20
MOST_A_DAY = 500
MOST_SCRIPTS = 6
LONGEST_SCRIPT = 300
LONGEST_WORDS = 60
ALWAYS_OFFERS = ("birthday", "idle")

_BLANK = re.compile(r"\{([^{}]*)\}")
_FORBIDDEN = ("治愈", "根治", "包治", "包好", "保证", "永不复发", "百分之百", "确诊", "诊断")
_SPLIT = re.compile(r"[\s,，、/;；]+")


@dataclass(frozen=True)
class PlanForm:
    """What the desk may say about a plan; see `Plan`."""

    name: str
    offsets: tuple[int, ...]
    scripts: tuple[str, ...]
    matching: str = ""
    months: int = 0
    channel: str = "phone"
    purpose: str = "service"
    marketing: bool = False
    post: str = ""
    most_tries: int = 6
    daily_most: int = 0
    min_rank: int = 0
    group_id: int | None = None


def form_of(plan: Plan) -> PlanForm:
    """A plan as it stands, to be changed."""
    return PlanForm(**{name: getattr(plan, name) for name in PlanForm.__dataclass_fields__})


def read_offsets(trigger: str, text: str) -> tuple[int, ...]:
    """The days as they are typed: '0、1、90'. For what is told before an event they are typed
    without a sign, too. Raises RuleError with an example."""
    days = [each for each in _SPLIT.split(text.strip()) if each]
    if not days or not all(re.fullmatch(r"-?[0-9]{1,5}", each) for each in days):
        raise RuleError(tr("请填天数，用顿号隔开，例如“0、1、90”。"))
    numbers = {int(each) for each in days}
    if trigger in BEFORE:
        numbers = {-abs(each) for each in numbers}
    return tuple(sorted(numbers))


def offset_words(trigger: str, offsets: tuple[int, ...]) -> str:
    """The days as they are typed."""
    days = sorted(offsets, reverse=trigger in BEFORE)
    return "、".join(str(abs(each) if trigger in BEFORE else each) for each in days)


def check_name(db: ClinicDatabase, name: str, key: str) -> None:
    """Raises RuleError for no name, one too long, or that of another plan."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise RuleError(tr("请填计划名称，最多 {n} 个字。").format(n=LONGEST_NAME))
    if any(plan.name == name and plan.key != key for plan in plans(db)):
        raise RuleError(tr("已有叫“{name}”的计划，请换个名称。").format(name=name))


def check_offsets(trigger: str, offsets: tuple[int, ...]) -> None:
    """Raises RuleError for days a plan of this kind cannot have."""
    if not 0 < len(set(offsets)) == len(offsets) <= MOST_OFFSETS:
        raise RuleError(tr("请填 1 到 {n} 个不同的天数。").format(n=MOST_OFFSETS))
    if trigger in ("gift", "term") and len(offsets) > 1:
        raise RuleError(tr("这个计划只用一个天数，请只留一个。"))
    if trigger == "gift" and offsets != (0,):
        raise RuleError(tr("礼品等多久算未领，由会员方案规定，这里请填 0。"))
    if trigger in BEFORE:
        if not all(-EARLIEST <= each <= 0 for each in offsets):
            raise RuleError(tr("提前天数须在 0 到 {n} 天。").format(n=EARLIEST))
    elif not all(0 <= each <= FURTHEST for each in offsets):
        raise RuleError(tr("天数须在 0 到 {n} 天。").format(n=FURTHEST))


def check_months(trigger: str, months: int) -> None:
    """Raises RuleError for months where there are none, or none where there are."""
    if trigger in MONTHLY and not 1 <= months <= MOST_MONTHS:
        raise RuleError(tr("请填 1 到 {n} 个月。").format(n=MOST_MONTHS))
    if trigger not in MONTHLY and months:
        raise RuleError(tr("这类计划不按月，请把月数清空。"))


def label_choices(db: ClinicDatabase) -> list[tuple[int, str]]:
    """Labels a plan may follow: those in use; what is said of somebody's health or of a child
    goes on no list of calls."""
    query = Label.select(Label.id, Label.dimension, Label.name).where(
        (Label.active == 1) & (Label.sensitive == "")
    )
    rows = db.rows(query.order_by(Label.dimension, Label.id))
    return [(label_id, f"{dimension}·{name}") for label_id, dimension, name in rows]


def check_matching(
    db: ClinicDatabase, trigger: str, matching: str, label_needed: bool = True
) -> None:
    """Raises RuleError when it is not said what the plan looks for."""
    if trigger == "label":
        number = int(matching) if matching.isdecimal() else 0
        if (matching or label_needed) and number not in dict(label_choices(db)):
            raise RuleError(tr("请选择一个标签。没有标签时，先在“管理·客户分组”里建。"))
        return
    kind, words = matching_parts(matching)
    if trigger not in OF_ITEMS:
        if matching:
            raise RuleError(tr("这类计划不看项目，请把项目清空。"))
    elif not kind and not words:
        raise RuleError(tr("请选项目类别，或填项目名里的字样，例如“补牙、充填”。"))
    elif kind and kind not in ITEM_CLASSES:
        raise RuleError(tr("没有“{kind}”这个项目类别，请重新选择。").format(kind=kind))
    elif len(words) > LONGEST_WORDS:
        raise RuleError(tr("项目字样太长，请只留几个关键的词。"))


def check_scripts(scripts: tuple[str, ...]) -> None:
    """Raises RuleError for no words, too many, an unknown blank, or words nobody may say on the
    phone: a diagnosis, a promise of a cure."""
    if not 0 < len(scripts) <= MOST_SCRIPTS or not all(each.strip() for each in scripts):
        raise RuleError(tr("请写 1 到 {n} 条话术，每条都不能空。").format(n=MOST_SCRIPTS))
    for script in scripts:
        check_script(script)


def check_script(script: str) -> None:
    """One of a plan's ways to say it. Raises RuleError."""
    if len(script) > LONGEST_SCRIPT:
        raise RuleError(tr("一条话术最多 {n} 个字，请写短一些。").format(n=LONGEST_SCRIPT))
    unknown = next((each for each in _BLANK.findall(script) if each not in VARIABLES), None)
    if unknown is not None or "{" in _BLANK.sub("", script) or "}" in _BLANK.sub("", script):
        known = "".join(f"{{{each}}}" for each in VARIABLES)
        raise RuleError(tr("话术里只能用这些变量：{known}。").format(known=known))
    word = next((each for each in _FORBIDDEN if each in script), None)
    if word is not None:
        sentence = tr("话术里不能有“{word}”：电话里不谈诊断，也不承诺疗效。请换个说法。")
        raise RuleError(sentence.format(word=word))


def check_form(
    db: ClinicDatabase, key: str, trigger: str, form: PlanForm, *, label_needed: bool
) -> None:
    """Everything a plan must be. Raises RuleError for the first thing that is not so."""
    check_name(db, form.name, key)
    check_matching(db, trigger, form.matching, label_needed=label_needed)
    check_months(trigger, form.months)
    check_offsets(trigger, form.offsets)
    check_scripts(form.scripts)
    if form.channel not in CHANNELS:
        choices = "、".join(channel_title(each) for each in CHANNELS)
        raise RuleError(tr("请选择联系方式：{choices}。").format(choices=choices))
    if form.purpose not in purposes():
        raise RuleError(tr("请选择回访目的。"))
    if form.post and form.post not in ROLES:
        raise RuleError(tr("请选择由哪个岗位联系，或选“不限”。"))
    if trigger in ALWAYS_OFFERS and not form.marketing:
        raise RuleError(tr("祝福和久未到诊的问候属于营销联系，须避开拒绝营销的顾客。"))
    if not 1 <= form.most_tries <= MOST_TRIES:
        raise RuleError(tr("最多拨打次数须在 1 到 {n} 次。").format(n=MOST_TRIES))
    if not 0 <= form.daily_most <= MOST_A_DAY:
        raise RuleError(tr("每天最多条数须在 0 到 {n}，0 为不限。").format(n=MOST_A_DAY))
    _check_whom(db, trigger, form)


def _check_whom(db: ClinicDatabase, trigger: str, form: PlanForm) -> None:
    ranks = len(main_timeline(db).versions[-1].programme.tiers)
    if not 0 <= form.min_rank <= ranks:
        raise RuleError(tr("没有这个等级，请重新选择最低等级。"))
    if trigger in ONCE and (form.min_rank or form.group_id is not None):
        raise RuleError(tr("这个计划对所有会员一样，不能限定等级或分组。"))
    group = CustomerGroup.select(CustomerGroup.id).where(
        (CustomerGroup.id == form.group_id) & (CustomerGroup.active == 1)
    )
    if form.group_id is not None and db.scalar(group) is None:
        raise RuleError(tr("没有找到这个分组，请刷新后重选。"))
