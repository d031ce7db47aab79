"""Pinyin of names: by syllable, with the readings surnames have.

pypinyin is loaded at the first Chinese name, without its phrase dictionary: phrases are about
words, a name is read character by character, and the table of surnames below is what matters.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache

from services.people.privacy import COMPOUND_SURNAMES

# surnames that are read otherwise than the same character elsewhere
_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "区": "ou", "查": "zha", "朴": "piao",
    "盖": "ge", "乐": "yue", "员": "yun", "翟": "zhai", "覃": "qin", "缪": "miao", "折": "she",
    "黑": "he", "秘": "bi", "繁": "po", "种": "chong", "卜": "bu", "都": "du", "牟": "mu",
    "佴": "nai", "郇": "xun", "祭": "zhai", "阚": "kan", "召": "shao",
}  # fmt: skip
_COMPOUND = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "澹台": ("tan", "tai"), "单于": ("chan", "yu"),
    "乐正": ("yue", "zheng"), "子车": ("zi", "ju"), "仲长": ("zhong", "chang"),
    "长孙": ("zhang", "sun"), "令狐": ("ling", "hu"),
}  # fmt: skip

_WORD = re.compile(r"[a-z0-9]+")


def is_han(char: str) -> bool:
    """Whether a character is a Chinese one (the rare planes included)."""
    return "\u3400" <= char <= "\u9fff" or char == "〇" or char >= "\U00020000"


def full_pinyin(name: str) -> str:
    """'zhang san' for 张三; ü is written v; a Latin name is its own words in lower case."""
    return " ".join(_syllables(unicodedata.normalize("NFKC", name)))


@lru_cache(maxsize=8192)
def _word(char: str) -> str:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin import lazy_pinyin

    found: list[str] = lazy_pinyin(char, errors="ignore")
    return found[0] if found else ""


def _syllables(name: str) -> list[str]:
    made: list[str] = []
    start = 0
    if name[:2] in _COMPOUND:
        made, start = list(_COMPOUND[name[:2]]), 2
    elif name[:2] not in COMPOUND_SURNAMES and name[:1] in _SURNAMES:
        made, start = [_SURNAMES[name[0]]], 1
    latin = ""
    for char in name[start:]:
        if is_han(char):
            made += _WORD.findall(latin)
            latin = ""
            syllable = _word(char)
            if syllable:
                made.append(syllable)
        else:
            latin += plain_latin(char)
    return made + _WORD.findall(latin)


def plain_latin(text: str) -> str:
    """Lower case without accents: 'Zoë' → 'zoe', 'lǚ' → 'lv'."""
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFD", text.lower()).replace("u\u0308", "v")
    return "".join(char for char in marked if not unicodedata.combining(char))


def tidy(pinyin: str) -> str:
    """Pinyin typed by hand as it is kept: lower case, syllables parted by one blank."""
    return " ".join(_WORD.findall(plain_latin(unicodedata.normalize("NFKC", pinyin))))


def initials(pinyin: str) -> str:
    """'zs' for 'zhang san'."""
    return "".join(word[0] for word in pinyin.split())
