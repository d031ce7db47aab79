"""Pinyin of names: surnames have readings of their own (front-desk.md 4.1)."""

from __future__ import annotations

import pytest

from services.people.pinyin import full_pinyin, initials, plain_latin, tidy


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("张三", "zhang san"),
        ("单雄", "shan xiong"),
        ("曾国", "zeng guo"),
        ("仇英", "qiu ying"),
        ("解放", "xie fang"),
        ("区小明", "ou xiao ming"),
        ("查良", "zha liang"),
        ("尉迟恭", "yu chi gong"),
        ("欧阳锋", "ou yang feng"),
        ("吕布", "lv bu"),
        ("John Smith", "john smith"),
        ("王John", "wang john"),
        ("Mary李", "mary li"),
        ("买买提·阿里", "mai mai ti a li"),
        ("Zoë", "zoe"),
        ("李𠮷", "li"),
        ("", ""),
    ],
)
def test_names_read_as_people_say_them(name: str, pinyin: str) -> None:
    assert full_pinyin(name) == pinyin


def test_a_surname_reading_is_only_for_the_surname() -> None:
    assert full_pinyin("王单") == "wang dan"


def test_initials_are_the_first_letters() -> None:
    assert initials("zhang san feng") == "zsf"


def test_pinyin_typed_by_hand_is_tidied() -> None:
    assert tidy("  Shàn   Xióng ") == "shan xiong"
    assert tidy("Lǚ Bù") == "lv bu"
    assert plain_latin("LÜ") == "lv"
