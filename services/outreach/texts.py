"""What is written to people: checked, completed by who writes and how to refuse, measured.

Commercial messages name their sender and a way to refuse further ones (广告法 43 条); whoever
forgets either reads in the preview what the program put in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.activities import Activity
from models.database import ClinicDatabase
from services.commands import read_setting
from services.errors import RuleError
from services.followups.words import CLINIC, DAYS, DOCTOR, ITEM, POINTS, QUOTA, VARIABLES
from services.i18n import tr
from services.setup import CLINIC_NAME, CLINIC_PHONE

LETTER, LABELS, NUMBERS = "letter", "labels", "numbers"
KINDS = (LETTER, LABELS, NUMBERS)
NAME, ACTIVITY, DAY, PLACE = "姓名", "活动", "日期", "地点"
SOMETIMES = frozenset((ITEM, DOCTOR, DAYS, POINTS, QUOTA))
"""Not everybody has these; a sentence with one that is missing is left out."""

LONGEST_TITLE = 40
LONGEST = {LETTER: 2000, LABELS: 0, NUMBERS: 300}
ONE_MESSAGE, PART = 70, 67  # characters of a text alone, and of each part of a longer one

_BLANK = re.compile(r"\{([^{}]*)\}")
_STRAY = re.compile(r"[{}]")
_SENTENCE = re.compile(r"[^。！？；\n]+")
_REFUSAL = re.compile(r"退订|拒收|不想再收到|不再接收|不再寄")
_OFFERS = re.compile(r"优惠|折扣|特价|促销|抽奖|满减|立减|秒杀|团购|限时|买一送一|免费体验|大礼包")
_PROMISES = re.compile(r"根治|治愈|包治|包好|保证|永不|无痛|百分之百|最好的|第一品牌|国家级|零风险")


@dataclass(frozen=True)
class Preset:
    """A text to begin with; `marketing` where it offers something."""

    key: str
    title: str
    text: str
    marketing: bool
    for_activity: bool = False
    of_plan: bool = False


def kind_title(kind: str) -> str:
    """A way to write as the desk says it."""
    return {LETTER: tr("信函"), LABELS: tr("信封标签"), NUMBERS: tr("短信名单")}[kind]


def channel_of(kind: str) -> str:
    """The channel of the tasks that this kind of mailing answers."""
    return "sms" if kind == NUMBERS else "letter"


def variables(activity_id: int | None = None) -> tuple[str, ...]:
    """The blanks a text may have, the person's own first."""
    own = (NAME, *VARIABLES)
    return own if activity_id is None else (*own, ACTIVITY, DAY, PLACE)


def check_text(kind: str, text: str, activity_id: int | None = None) -> None:
    """Raises RuleError: an unknown kind, nothing written, too much, a blank nobody knows, a
    bracket left open, or nothing that everybody can be told."""
    if kind not in KINDS:
        raise RuleError(tr("请选择信函、信封标签或短信名单。"))
    if kind == LABELS:
        return
    if not text.strip():
        raise RuleError(tr("请先写正文，或从“常用文字”里选一段。"))
    if len(text) > LONGEST[kind]:
        sentence = tr("{kind}的正文最多 {n} 个字，现在 {now} 个字，请写短一些。")
        raise RuleError(
            sentence.format(kind=kind_title(kind), n=LONGEST[kind], now=f"{len(text):,}")
        )
    known = variables(activity_id)
    for blank in _BLANK.findall(text):
        if blank not in known:
            sentence = tr("正文里的“{blank}”填不出来。可以用：{known}。")
            names = " ".join("{" + name + "}" for name in known)
            raise RuleError(sentence.format(blank="{" + blank + "}", known=names))
    if _STRAY.search(_BLANK.sub("", text)):
        raise RuleError(tr("正文里有不成对的花括号，请补成 {姓氏} 这样，或删掉。"))
    if not any(SOMETIMES.isdisjoint(_BLANK.findall(s)) for s in _SENTENCE.findall(text) if s):
        sentence = tr(
            "每一句都要填“{blank}”这类不是人人都有的内容，没有的人会收到空信。请加一句人人适用的话。"
        )
        raise RuleError(sentence.format(blank="{" + _BLANK.findall(text)[0] + "}"))


def completed(db: ClinicDatabase, kind: str, text: str, *, marketing: bool) -> str:
    """The text as it leaves: a message signed by the clinic, and an offer with how to refuse."""
    text = text.strip()
    clinic, phone = read_setting(db, CLINIC_NAME), read_setting(db, CLINIC_PHONE)
    if kind == LABELS:
        return ""
    if kind == NUMBERS:
        text = "".join(line.strip() for line in text.splitlines())
    if kind == NUMBERS and clinic not in text and f"{{{CLINIC}}}" not in text:
        text = tr("【{clinic}】").format(clinic=clinic) + text
    if not marketing or _REFUSAL.search(text):
        return text
    if kind == NUMBERS:
        return text + ("" if text.endswith(("。", "！", "？")) else tr("。")) + tr("拒收请回复T")
    words = (
        tr("如果不想再收到这类信函，请打 {phone} 或告诉前台，我们马上停寄。").format(phone=phone)
        if phone
        else tr("如果不想再收到这类信函，请告诉前台，我们马上停寄。")
    )
    return f"{text}\n{words}"


def sounds_like_offer(text: str) -> str:
    """The word that makes a text an offer, '' when there is none (消法 29 条)."""
    found = _OFFERS.search(text)
    return found[0] if found else ""


def sounds_like_promise(text: str) -> str:
    """A word that no clinic may promise with, '' when there is none (广告法 16 条)."""
    found = _PROMISES.search(text)
    return found[0] if found else ""


def characters(text: str) -> int:
    """How many characters a text message counts: a rare one counts twice."""
    return len(text.encode("utf-16-le")) // 2


def parts(text: str) -> int:
    """How many messages a text is charged as."""
    count = characters(text)
    return 1 if count <= ONE_MESSAGE else -(-count // PART)


def activity_values(db: ClinicDatabase, activity_id: int | None) -> dict[str, str]:
    """What an invitation says about its activity; nothing without one."""
    if activity_id is None:
        return {}
    row = db.row(
        Activity.select(Activity.name, Activity.day, Activity.at, Activity.place).where(
            Activity.id == activity_id
        )
    )
    if row is None:
        raise RuleError(tr("没有找到这次活动，请刷新后重试。"))
    name, day, at, place = row
    words = tr("{month}月{day}日").format(month=int(day[5:7]), day=int(day[8:]))
    return {ACTIVITY: name, DAY: f"{words} {at}".strip(), PLACE: place}


def presets(*, activity: bool = False) -> tuple[Preset, ...]:
    """Texts to begin with; those for an activity first when there is one, else left out."""
    return (
        *((_invitation(), _reminder()) if activity else ()),
        Preset(
            "recall",
            tr("复查提醒"),
            tr(
                "尊敬的{姓氏}{称谓}：您好！\n您上次的{项目}之后，到了该复查的时候。"
                "请在方便的时候来电 {电话} 预约，我们给您留出时间。"
            ),
            marketing=False,
        ),
        Preset(
            "unreached",
            tr("电话没有打通"),
            tr(
                "尊敬的{姓氏}{称谓}：您好！\n我们打过几次电话没有联系上您，想问问您恢复得怎么样。"
                "有任何不适或要求，请打 {电话}，{医生}会给您答复。"
            ),
            marketing=False,
        ),
        Preset(
            "gift",
            tr("礼品还没领"),
            tr(
                "尊敬的{姓氏}{称谓}：您好！\n您有一份“{项目}”还没有领取，一直给您留着。"
                "方便时请到收费室报会员号或手机号领取。"
            ),
            marketing=False,
        ),
        Preset(
            "birthday",
            tr("生日祝福"),
            tr(
                "尊敬的{姓氏}{称谓}：祝您生日快乐，身体健康！\n会员的生日礼品给您备好了，生日当月到前台领取。"
            ),
            marketing=True,
        ),
        Preset(
            "points",
            tr("积分提醒"),
            tr(
                "尊敬的{姓氏}{称谓}：您好！\n您现在有 {可用分} 分可以使用。"
                "今年的免费项目还有：{权益余次}。\n有什么想问的，请打 {电话}。"
            ),
            marketing=True,
        ),
        Preset(
            "asleep",
            tr("好久不见"),
            tr(
                "尊敬的{姓氏}{称谓}：您好！\n您有一阵子没有来检查牙齿了。"
                "口腔检查每半年做一次为好，来之前打 {电话} 预约，不用排队。"
            ),
            marketing=True,
        ),
    )


def _invitation() -> Preset:
    return Preset(
        "invitation",
        tr("活动邀请"),
        tr(
            "尊敬的{姓氏}{称谓}：您好！\n{诊所}将于{日期}举办“{活动}”，诚邀您参加。"
            "地点：{地点}。\n请打 {电话} 报名，名额有限。"
        ),
        marketing=True,
        for_activity=True,
    )


def _reminder() -> Preset:
    return Preset(
        "reminder",
        tr("已报名的提醒"),
        tr(
            "尊敬的{姓氏}{称谓}：您好！\n您报名的“{活动}”在{日期}举行。地点：{地点}。"
            "不能来时请打 {电话} 告诉我们。"
        ),
        marketing=False,
        for_activity=True,
    )
