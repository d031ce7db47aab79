"""Every field of every struct has a name, a kind and words for its choices."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
import pytest

from services.programmes import definition
from services.programmes.definition import (
    PENDING,
    Benefit,
    Discount,
    Fee,
    Points,
    Programme,
    Referral,
    Tier,
)
from services.programmes.field_choices import colour_names
from services.programmes.fields import (
    FormField,
    fields_of,
    path_of,
    place_words,
    shape_of,
    steps_of,
)
from services.programmes.items import ITEM_CLASSES
from tests.services.programmes.presets import ALL

STRUCTS = [
    each
    for each in vars(definition).values()
    if isinstance(each, type) and issubclass(each, msgspec.Struct) and each is not msgspec.Struct
]


def field(struct: type[msgspec.Struct], name: str) -> FormField:
    return next(each for each in fields_of(struct) if each.name == name)


def literals(hint: Any) -> set[Any]:
    if typing.get_origin(hint) is typing.Literal:
        return set(typing.get_args(hint))
    return {value for each in typing.get_args(hint) for value in literals(each)}


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_field_of_the_definition_is_on_its_form(struct):
    fields = fields_of(struct)
    assert sorted(each.name for each in fields) == sorted(struct.__struct_fields__)
    assert all(each.label for each in fields)
    assert len({each.label for each in fields}) == len(fields)


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_fixed_value_is_read_in_chinese(struct):
    hints = typing.get_type_hints(struct)
    for each in fields_of(struct):
        if each.kind == "choice":
            assert {value for value, _ in each.choices} == literals(hints[each.name])
            assert len({words for _, words in each.choices}) == len(each.choices)
            assert all(words for _, words in each.choices)
        elif each.name not in ("classes", "weekdays"):
            assert each.choices == ()


@pytest.mark.parametrize("struct", STRUCTS)
def test_what_may_be_pending_or_absent_is_known(struct):
    hints = typing.get_type_hints(struct)
    for each in fields_of(struct):
        if each.kind in ("number", "choice"):
            assert each.pending == (PENDING in literals(hints[each.name]))
        assert each.optional == (type(None) in typing.get_args(hints[each.name]))


def test_kinds_follow_from_the_definition():
    kinds = {
        (Tier, "rank"): "number", (Tier, "name"): "text", (Tier, "inherits"): "yes_no",
        (Tier, "reach"): "parts", (Tier, "reception"): "part", (Tier, "promises"): "texts",
        (Discount, "weekdays"): "days", (Discount, "start"): "date", (Fee, "every"): "choice",
        (Benefit, "basis"): "choice", (Points, "bonuses"): "pairs", (Programme, "referral"): "part",
    }  # fmt: skip
    assert {key: field(*key).kind for key in kinds} == kinds
    assert field(Programme, "referral").part is Referral
    assert field(Tier, "benefits").part is Benefit
    assert field(Tier, "rank").fixed
    assert field(Benefit, "key").fixed
    assert not field(Benefit, "name").fixed


def test_r005_classes_and_weekdays_are_chosen_from_the_clinics_own():
    assert [value for value, _ in field(Discount, "classes").choices] == list(ITEM_CLASSES)
    days = field(Discount, "weekdays").choices
    assert (days[0], days[6]) == (("1", "星期一"), ("7", "星期日"))


def test_a_form_of_a_value_knows_where_it_stands():
    tier = ALL["医院方案A"].tiers[2]
    assert [each.path for each in fields_of(tier, "tiers[2]")][:2] == [
        "tiers[2].rank", "tiers[2].name",
    ]  # fmt: skip
    assert fields_of(ALL["空白"])[0].path == "name"


def test_places_are_taken_apart_and_put_together():
    steps = ("tiers", 2, "reach", 0, "single_spend_yuan")
    assert steps_of("tiers[2].reach[0].single_spend_yuan") == steps
    assert path_of(steps) == "tiers[2].reach[0].single_spend_yuan"
    assert steps_of("") == ()
    for wrong in ("tiers[x]", "tiers..name", "Name", "tiers[1"):
        with pytest.raises(LookupError):
            steps_of(wrong)


def test_places_in_words():
    assert place_words(steps_of("tiers[2].reach[0].single_spend_yuan")) == (
        "等级第 3 项的达到条件第 1 项的单笔消费满(元)"
    )
    assert place_words(steps_of("points.nothing.more")) == "积分"
    assert place_words(steps_of("name.more")) == "方案名称"
    assert place_words(()) == ""


def test_there_is_no_shape_of_what_is_no_field():
    with pytest.raises(KeyError):
        shape_of(Tier, "nothing")


def test_r006_every_shipped_colour_has_a_name():
    used = {tier.colour for programme in ALL.values() for tier in programme.tiers}
    assert used <= set(colour_names())
    assert len(set(colour_names().values())) == len(colour_names())
    assert field(Tier, "colour").kind == "colour"
