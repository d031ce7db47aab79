"""What is wrong with a programme that cannot be read or kept, said in Chinese with the place.

`definition.check` and the readers speak English to the log; the director who imports a text or
fills in a form is told which field it is, in the words of the form, and what may stand there.
"""

from __future__ import annotations

import re

import msgspec

from services.clock import is_date
from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import DefinitionError, Programme, check, from_json, from_toml
from services.programmes.field_choices import choices_of
from services.programmes.field_words import words_of
from services.programmes.fields import Shape, Step, fields_of, place_words, shape_of, steps_of

LONGEST = 400_000  # characters of a text; the shipped ones have some 5,000
LARGEST = 1_000_000_000  # of any number

# names joined by dots, more than any programme nests: reading them takes the square of their number
_CHAIN = re.compile(r"""(?<![\w"'-])(?:(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){50}""")
_AT = re.compile(r" - at `\$\.?(.*)`$")
_LINE = re.compile(r"\(at line (\d+),")
_BACKTICKS = re.compile(r"`(.+?)`")
_BELOW = re.compile(r"^programme\.?(.*): -?\d+ is below zero$")
_BY_HAND = re.compile(r"^benefits: (.+) is given by hand")
_RESERVED = re.compile(r"^benefits: (.+) begins like")
_QUANTITY = re.compile(r"^benefits: (.+) needs a quantity")


def read_toml(text: str) -> Programme:
    """A programme of a TOML text, incomplete as it may be. Raises RuleError with the place."""
    if len(text) > LONGEST:
        raise RuleError(tr("这个方案文本太大，不像是一份方案。请重新选择文件。"))
    if _CHAIN.search(text):
        raise RuleError(tr("方案文本里的名称套得太深，不像是一份方案。请重新选择文件。"))
    try:
        return sound(from_toml(text))
    except DefinitionError as error:
        raise refusal(error) from error
    except RecursionError:
        raise RuleError(tr("方案文本的括号套得太深，读不了。请重新选择文件。")) from None


def read_json(text: str) -> Programme:
    """A programme of the canonical text that drafts keep. Raises RuleError with the place."""
    try:
        return sound(from_json(text))
    except msgspec.DecodeError as error:
        raise refusal(DefinitionError(str(error))) from error


def sound(programme: Programme) -> Programme:
    """The programme itself when a draft may hold it; 待定 may stand in it. Raises RuleError."""
    try:
        check(programme)
    except DefinitionError as error:
        raise refusal(error) from error
    _look(programme, ())
    return programme


def _look(struct: msgspec.Struct, at: tuple[Step, ...]) -> None:
    """Dates that are none, and numbers that cannot be meant."""
    for field in fields_of(struct):
        value, place = getattr(struct, field.name), (*at, field.name)
        if field.kind == "date" and value is not None and not is_date(value):
            raise _wrong(place, tr("日期写成 2026-11-20 这样"))
        if field.kind == "number" and isinstance(value, int):
            _look_at_number(field.name, value, place)
        elif isinstance(value, msgspec.Struct):
            _look(value, place)
        for index, part in enumerate(value if isinstance(value, tuple) else ()):
            if isinstance(part, msgspec.Struct):
                _look(part, (*place, index))
            elif field.kind == "pairs" and isinstance(part[1], int):
                _look_at_number("", part[1], (*place, index))


def _look_at_number(name: str, value: int, place: tuple[Step, ...]) -> None:
    if value > LARGEST:
        raise _wrong(place, tr("数字太大"))
    if name == "yuan_step" and value < 1:
        raise _wrong(place, tr("至少填 1"))
    if name == "monthly_day" and not 1 <= value <= 31:
        raise _wrong(place, tr("填 1 至 31"))


def _wrong(place: tuple[Step, ...], reason: str) -> RuleError:
    words = place_words(place)
    if not words:
        return RuleError(tr("方案读不了：{reason}。").format(reason=reason))
    sentence = tr("方案的“{place}”不对：{reason}。")
    return RuleError(sentence.format(place=words, reason=reason))


def refusal(error: DefinitionError) -> RuleError:
    """The same in Chinese."""
    text = str(error)
    if "(at " in text:
        return _syntax(text)
    below = _BELOW.match(text)
    if below is not None:
        return _wrong(steps_of(below[1]), tr("数字不能小于 0"))
    quantity = _QUANTITY.match(text)
    if quantity is not None:
        sentence = tr("编号是“{key}”的权益，数量至少填 1。")
        return RuleError(sentence.format(key=quantity[1]))
    by_hand = _BY_HAND.match(text)
    if by_hand is not None:
        sentence = tr("编号是“{key}”的权益由员工手工给，名目不能是“兑换”。请换一个名目。")
        return RuleError(sentence.format(key=by_hand[1]))
    reserved = _RESERVED.match(text)
    if reserved is not None:
        sentence = tr("编号“{key}”的开头已留给兑换、赠送和等级用。请换一个 key。")
        return RuleError(sentence.format(key=reserved[1]))
    for start, sentence in _checks().items():
        if text.startswith(start):
            return RuleError(sentence)
    return _shape(text)


def _checks() -> dict[str, str]:
    """How the complaints of `definition.check` begin, and what they mean."""
    return {
        "tiers: ranks": tr("等级的级次要从 1 起依次排列。请按从低到高的次序填写 rank。"),
        "tiers: every tier": tr("每个等级都要有名称，而且不能重复。请换一个名称。"),
        "benefits: every key": tr("权益和兑换项目的编号不能重复。请给其中一项换一个 key。"),
        "benefits: a key": tr("权益和兑换项目的编号不能是空的，也不能含 @。请换一个 key。"),
        "discounts: weekdays": tr("会员价的星期几，填 1(星期一)至 7(星期日)。"),
    }


def _syntax(text: str) -> RuleError:
    line = _LINE.search(text)
    if line is None:
        return RuleError(tr("方案文本到结尾还没写完，可能少了引号或括号。请改好再读。"))
    sentence = tr("方案文本第 {n} 行写得不对，可能少了引号、括号或等号。请改好再读。")
    return RuleError(sentence.format(n=line[1]))


def _shape(text: str) -> RuleError:
    """A complaint of msgspec about the shape of what was read."""
    found = _AT.search(text)
    place = steps_of(found[1]) if found is not None else ()
    named = _BACKTICKS.search(text)
    name = "" if named is None else named[1]
    if text.startswith("Object missing"):
        return _wrong(
            place, tr("缺少“{label}”({name})").format(label=_label(place, name), name=name)
        )
    if text.startswith("Object contains unknown"):
        return _wrong(place, tr("没有“{name}”这一项，请检查拼写").format(name=name))
    struct, field = _owner(place)
    if struct is None:
        return _wrong(place, tr("内容的格式不对"))
    return _wrong(place, _allowed(struct, field, shape_of(struct, field)))


def _label(place: tuple[Step, ...], name: str) -> str:
    struct: type[msgspec.Struct] | None = Programme
    for step in place:
        if isinstance(step, str):
            struct = shape_of(struct, step).part if struct is not None else None
    return name if struct is None else words_of(struct)[name][0]


def _owner(place: tuple[Step, ...]) -> tuple[type[msgspec.Struct] | None, str]:
    """The struct and the field that a place is in; (None, '') for the whole programme."""
    struct: type[msgspec.Struct] | None = Programme
    found: tuple[type[msgspec.Struct] | None, str] = (None, "")
    for step in place:
        if isinstance(step, str) and struct is not None:
            found = (struct, step)
            struct = shape_of(struct, step).part
    return found


def _allowed(struct: type[msgspec.Struct], name: str, shape: Shape) -> str:
    if shape.kind == "choice":
        values = "、".join(value or '""' for value in choices_of(struct, name))
        return tr("只能是 {values}").format(values=values)
    if shape.kind == "number":
        return tr("填整数，还不知道就填“待定”") if shape.pending else tr("填整数")
    return {
        "text": tr("填文字"),
        "colour": tr("填文字"),
        "date": tr('填文字，日期写成 "2026-11-20" 这样'),
        "yes_no": tr("填 true 或 false"),
        "texts": tr("填几段文字"),
        "days": tr("填几个 1 至 7 的数字"),
        "part": tr("内容的格式不对"),
        "parts": tr("内容的格式不对"),
        "pairs": tr("填几对名称和积分"),
    }[shape.kind]
