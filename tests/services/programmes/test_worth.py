"""What outstanding points and benefits are taken to be worth."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.programmes.definition import PENDING, Benefit
from services.programmes.worth import liability_fen, value_fen
from tests.services.programmes.presets import ALL

B = ALL["医院方案B"]


@pytest.mark.parametrize(
    ("per_yuan", "points", "fen"),
    [(100, 250, 250), (50, 3, 6), (300, 1, 1), (300, 0, 0), (None, 1234, 1234), (PENDING, 7, 7)],
)
def test_e42_points_are_worth_what_they_pay_or_one_fen(per_yuan, points, fen):
    programme = replace(B, points=replace(B.points, per_yuan_off=per_yuan))
    assert liability_fen(programme, points) == fen


@pytest.mark.parametrize("name", ["医院方案A", "空白"])
def test_points_that_are_never_spent_are_worth_nothing(name):
    assert liability_fen(ALL[name], 10_000) == 0


@pytest.mark.parametrize(("yuan", "fen"), [(10, 1000), (0, 0), (PENDING, 0)])
def test_a_benefit_is_worth_its_value(yuan, fen):
    assert value_fen(Benefit("a", "gift", "礼品", value_yuan=yuan)) == fen
