"""The one search box (front-desk.md 4.1). All people and numbers are made up."""

from __future__ import annotations

import pytest

from models.people import Person
from services.commands import Session
from services.people.cards import issue_card
from services.people.enrolment import PersonForm, enrol
from services.people.search import find, fold, keys_for, reindex


def wide(text: str) -> str:
    """The full-width form an input method leaves behind."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.fixture
def desk(frontdesk: Session) -> Session:
    """Six people who are easily mixed up."""
    people = [
        PersonForm(name="单雄信", phone="13800138000", id_number="11010519491231002X"),
        PersonForm(name="张三", phone="13900131234", birthday="1980-01-01"),
        PersonForm(name="张诗雨", phone="0571-87654321"),
        PersonForm(name="王张三", phone="+85261234567"),
        PersonForm(name="吕布", phone="13700137000", phone_alt="0755-23456789转803"),
        PersonForm(name="John Smith", phone="13600138000"),
    ]
    for form in people:
        enrol(frontdesk, form=form)
    issue_card(frontdesk, person_id=2, number="8000")
    return frontdesk


def names(session: Session, text: str) -> list[str]:
    return [hit.name for hit in find(session.db, text)]


@pytest.mark.parametrize(
    ("text", "found", "matched"),
    [
        ("13800138000", ["单雄信"], "phone"),
        (wide("13800138000"), ["单雄信"], "phone"),
        (wide("002x"), ["单雄信"], "id_tail"),
        ("138 0013 8000", ["单雄信"], "phone"),
        ("+8613800138000", ["单雄信"], "phone"),
        ("13800", ["单雄信"], "phone"),
        ("87654321", ["张诗雨"], "phone"),
        ("0571-8765", ["张诗雨"], "phone"),
        ("23456789", ["吕布"], "phone"),
        ("852612", ["王张三"], "phone"),
        ("4567", ["王张三"], "phone_tail"),
        ("6789", ["吕布"], "phone_tail"),
        ("002x", ["单雄信"], "id_tail"),
        ("002X", ["单雄信"], "id_tail"),
        ("11010519491231002x", ["单雄信"], "id"),
        ("110105491231002", ["单雄信"], "id"),
        ("110105", ["单雄信"], "id"),
        ("M0000003", ["张诗雨"], "number"),
        ("m0000003", ["张诗雨"], "number"),
        ("3", ["张诗雨"], "number"),
        ("诗雨", ["张诗雨"], "name"),
        ("雨", ["张诗雨"], "name"),
        ("shanxx", [], ""),
        ("shanx", ["单雄信"], "pinyin"),
        ("SHAN XIONG", ["单雄信"], "pinyin"),
        ("sxx", ["单雄信"], "initials"),
        ("xx", ["单雄信"], "initials"),
        ("shiy", ["张诗雨"], "pinyin"),
        ("lv", ["吕布"], "pinyin"),
        ("lü", ["吕布"], "pinyin"),
        ("lyu", ["吕布"], "pinyin"),
        ("smith", ["John Smith"], "pinyin"),
        ("john smith", ["John Smith"], "pinyin"),
        ("js", ["John Smith"], "initials"),
        ("诗yu", ["张诗雨"], "pinyin"),
    ],
)
def test_one_box_finds_by_anything(
    desk: Session, text: str, found: list[str], matched: str
) -> None:
    hits = find(desk.db, text)
    assert [hit.name for hit in hits] == found
    if hits:
        assert hits[0].matched == matched


def test_a_card_comes_before_a_phone_that_ends_like_it(desk: Session) -> None:
    hits = find(desk.db, "8000")
    assert [(hit.name, hit.matched) for hit in hits] == [
        ("张三", "card"),
        ("单雄信", "phone_tail"),
        ("John Smith", "phone_tail"),
    ]


def test_names_that_begin_so_come_before_names_that_contain_it(desk: Session) -> None:
    assert names(desk, "张三") == ["张三", "王张三"]
    assert names(desk, "张") == ["张三", "张诗雨", "王张三"]
    assert names(desk, "zs") == ["张三", "张诗雨", "王张三"]
    assert names(desk, "zhangs") == ["张三", "张诗雨", "王张三"]


def test_a_lone_letter_is_a_name_and_not_half_the_member_numbers(desk: Session) -> None:
    assert names(desk, "m") == ["John Smith"]  # part of a Latin name


@pytest.mark.parametrize("text", ["", "  ", "…", "不存在", "zzz", "99999999999"])
def test_nobody_is_nobody(desk: Session, text: str) -> None:
    assert find(desk.db, text) == []


def test_rows_show_what_keeps_people_apart(desk: Session) -> None:
    (hit,) = find(desk.db, "1234")
    assert (hit.phone_masked, hit.birth_year, hit.last_visit_on) == ("139****1234", "1980", None)
    assert (hit.tier_name, hit.member, hit.number) == ("", False, "M0000002")


def test_the_limit_holds_and_a_row_counts_once(desk: Session) -> None:
    assert len(find(desk.db, "张", limit=2)) == 2
    enrol(desk, form=PersonForm(name="王王王", phone="13500135000"))
    assert names(desk, "王") == ["王张三", "王王王"]


def test_only_active_people_are_found(desk: Session) -> None:
    desk.db.write(Person.update(state="withdrawn").where(Person.id == 3))
    assert names(desk, "诗雨") == []
    reindex(desk.db, 3)
    desk.db.write(Person.update(state="active").where(Person.id == 3))
    assert names(desk, "诗雨") == []
    reindex(desk.db, 3)
    assert names(desk, "诗雨") == ["张诗雨"]


def test_a_childs_guardian_finds_the_child(desk: Session) -> None:
    child = PersonForm(
        name="小宝",
        birthday="2020-01-01",
        guardian_name="王强",
        guardian_relation="父亲",
        guardian_phone="13500135000",
    )
    enrol(desk, form=child)
    assert names(desk, "5000") == ["小宝"]


def test_keys_are_few_and_never_twice() -> None:
    keys = keys_for(number="7", name="李", pinyin="li", phones=("", "13800138000", "13800138000"))
    assert len(keys) == len(set(keys)) == 6
    assert keys_for(number="A", name="x", pinyin="") == [(6, "a"), (7, "x")]


def test_folding_drops_blanks_dots_and_width() -> None:
    assert fold("买买提·阿里") == "买买提阿里"
    assert fold(wide("ABC") + " 1") == "abc1"
    assert fold("张三") == "张三"
