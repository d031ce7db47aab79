"""What was agreed about money, as data: models, terms, rhythms and directions, and their words.

Money is fen, rates are per mille. Nothing here has a place for a member of staff (4.5.5).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import msgspec

from services.errors import RuleError
from services.i18n import tr
from services.money import yuan
from services.programmes.items import ITEM_CLASSES

IN, OUT, BOTH = "in", "out", "both"
ALLIANCE, FIXED, STEPPED, ONCE, MIXED = "alliance", "fixed", "stepped", "once", "mixed"
MODELS = (ALLIANCE, FIXED, STEPPED, ONCE, MIXED)
EACH = "each"
RHYTHMS = ("month", "quarter", "half", "year", EACH)
WHOLE = 1000  # per mille
MOST_FEN = 10_000_000_00
MOST_STEPS = 30
_RATE = re.compile(r"(\d{1,3})(?:\.(\d))?\s*%?")


class Step(msgspec.Struct, frozen=True):
    """From so much value on, such a rate; for one item class, or for all that have no steps of
    their own ('')."""

    from_fen: int
    per_mille: int
    item_class: str = ""


class Terms(msgspec.Struct, frozen=True):
    """`per_mille` of the value (fixed, mixed), `sum_fen` for an introduction (once, mixed), steps.

    `whole`: the rate of the step that was reached goes for the whole value; else each rate goes
    for the part of the value between its own step and the next.
    """

    per_mille: int = 0
    sum_fen: int = 0
    steps: tuple[Step, ...] = ()
    whole: bool = False


def encode(terms: Terms) -> str:
    """The terms as they are stored."""
    return msgspec.json.encode(terms).decode()


def decode(text: str) -> Terms:
    """Stored terms."""
    return msgspec.json.decode(text, type=Terms)


def check_terms(model: str, terms: Terms) -> Terms:
    """The terms with steps in their order and without what the model does not use. Raises
    RuleError for an unknown model, a missing or absurd number, steps that contradict each other
    (R181)."""
    if model == ALLIANCE:
        return Terms()
    if model in (FIXED, MIXED):
        _check_rate(terms.per_mille, least=1)
    if model in (ONCE, MIXED) and not 0 < terms.sum_fen <= MOST_FEN:
        raise RuleError(tr("每位的介绍费须大于 0，不超过 1,000 万元。"))
    if model == FIXED:
        return Terms(per_mille=terms.per_mille)
    if model == ONCE:
        return Terms(sum_fen=terms.sum_fen)
    if model == MIXED:
        return Terms(per_mille=terms.per_mille, sum_fen=terms.sum_fen)
    if model != STEPPED:
        raise RuleError(tr("没有这种分成方式，请重新选择。"))
    return Terms(steps=_checked_steps(terms.steps), whole=terms.whole)


def _checked_steps(given: tuple[Step, ...]) -> tuple[Step, ...]:
    if not 0 < len(given) <= MOST_STEPS:
        raise RuleError(tr("阶梯须有 1 至 {n} 档，请填写。").format(n=MOST_STEPS))
    order = ("", *ITEM_CLASSES)
    for step in given:
        if step.item_class not in order:
            words = tr("没有“{name}”这类项目，请从项目类别里选。")
            raise RuleError(words.format(name=step.item_class))
        if not 0 <= step.from_fen <= MOST_FEN:
            raise RuleError(tr("阶梯的起点须在 0 至 1,000 万元之间。"))
        _check_rate(step.per_mille, least=0)
    steps = tuple(sorted(given, key=lambda step: (order.index(step.item_class), step.from_fen)))
    for one, two in pairwise(steps):
        if (one.item_class, one.from_fen) == (two.item_class, two.from_fen):
            words = tr("同一类项目有两档都从 ¥{fen} 起，请改一档。")
            raise RuleError(words.format(fen=yuan(one.from_fen)))
    if not any(step.per_mille for step in steps):
        raise RuleError(tr("每一档的比例都是 0。不收费请选“联盟互介”。"))
    return steps


def _check_rate(per_mille: int, *, least: int) -> None:
    if not least <= per_mille <= WHOLE:
        raise RuleError(tr("比例须大于 0、不超过 100%，最多一位小数，例如 5 或 5.5。"))


# -- words -----------------------------------------------------------------------------------


def model_title(model: str) -> str:
    """How a model is called."""
    return {
        ALLIANCE: tr("联盟互介(不收费)"),
        FIXED: tr("固定百分比"),
        STEPPED: tr("阶梯百分比"),
        ONCE: tr("一次性费用"),
        MIXED: tr("混合"),
    }[model]


def direction_title(direction: str) -> str:
    """How a direction is called."""
    return {IN: tr("介绍进来"), OUT: tr("介绍出去"), BOTH: tr("双向")}[direction]


def owes_title(direction: str) -> str:
    """Whose debt the fee of a direction is, seen from here."""
    return tr("应付") if direction == IN else tr("应收")


def owed_words(direction: str, fen: int) -> str:
    """Who pays how much, seen from here; below zero it comes back."""
    if fen >= 0:
        return tr("{owes} ¥{fen}").format(owes=owes_title(direction), fen=yuan(fen))
    words = tr("应收回 ¥{fen}") if direction == IN else tr("应退还 ¥{fen}")
    return words.format(fen=yuan(-fen))


def rhythm_title(rhythm: str) -> str:
    """How often is settled."""
    return {
        "month": tr("按月"),
        "quarter": tr("按季"),
        "half": tr("按半年"),
        "year": tr("按年"),
        EACH: tr("逐笔"),
    }[rhythm]


def parse_rate(text: str) -> int:
    """Per mille of a typed percentage ('5', '5.5', '5%', full-width digits). Raises RuleError."""
    found = _RATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise RuleError(tr("比例须大于 0、不超过 100%，最多一位小数，例如 5 或 5.5。"))
    return int(found[1]) * 10 + int(found[2] or 0)


def rate_words(per_mille: int) -> str:
    """'5%' or '5.5%'."""
    whole, tenth = divmod(per_mille, 10)
    return f"{whole}.{tenth}%" if tenth else f"{whole}%"


def terms_words(model: str, terms: Terms) -> str:
    """The terms read aloud, in one line."""
    if model == ALLIANCE:
        return tr("互相介绍，不收不付")
    parts = []
    if terms.sum_fen:
        words = tr("每位 ¥{fen}(到院即算，不论是否治疗)")
        parts.append(words.format(fen=yuan(terms.sum_fen)))
    if terms.per_mille:
        parts.append(tr("金额的 {rate}").format(rate=rate_words(terms.per_mille)))
    parts += [step_words(step) for step in terms.steps]
    if terms.steps:
        parts.append(tr("达到哪档整笔按哪档") if terms.whole else tr("每档只算超过的部分"))
    return "，".join(parts)


def step_words(step: Step) -> str:
    """One step read aloud."""
    words = tr("{name}满 ¥{fen} 起 {rate}") if step.from_fen else tr("{name}起步 {rate}")
    name = step.item_class or tr("其他各类")
    return words.format(name=name, fen=yuan(step.from_fen), rate=rate_words(step.per_mille))
