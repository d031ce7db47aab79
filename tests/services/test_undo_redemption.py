"""Ctrl+Z after F7: the gift comes back first, then the points."""

from __future__ import annotations

import pytest

from services.commands import Approval
from services.desk.undo import undo_last
from services.errors import RuleError
from services.gifts.handout import issue_gift
from services.loyalty.grants import grants_of
from services.loyalty.redemption import redeem
from services.loyalty.redemption_list import redemptions_of
from tests.conftest import STAFF
from tests.gift_world import add_gift, levels, stocked
from tests.money_world import check_books, sign, stand
from tests.services.test_redemption import B, member, under

OWED = Approval(5, STAFF["member_admin"], "member_admin", "approve.owed_gift")


@pytest.fixture(autouse=True)
def _the_books_agree(clinic):
    yield
    check_books(clinic)


@pytest.fixture
def who(director, frontdesk):
    sign(director, under(B))
    return member(frontdesk, 8000)


@pytest.fixture
def gift(marketing):
    made = add_gift(marketing)
    stocked(marketing, made, warehouse=0, desk=3)
    return made


def test_the_last_redemption_is_given_back_once(clinic, frontdesk, billing, who):
    redeem(frontdesk, person_id=who, item_key="b.facial")
    with pytest.raises(RuleError, match="只能撤销自己"):
        undo_last(billing)
    assert "积分已还" in undo_last(frontdesk).sentence
    assert stand(clinic, who).available == 8000
    with pytest.raises(RuleError, match="不能用 Ctrl"):
        undo_last(frontdesk)


def test_a_gift_handed_out_with_its_redemption_comes_back_with_the_points(
    clinic, frontdesk, who, gift
):
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", quantity=2)
    for _ in range(2):
        issue_gift(frontdesk, grant_id=done.grant_id, gift_id=gift)
    assert "兑换的礼品" in undo_last(frontdesk).sentence
    assert levels(clinic, gift) == (0, 3)
    assert stand(clinic, who).available == 8000
    assert redemptions_of(clinic.db, who)[0].returned == 2000


def test_a_gift_owed_for_long_is_taken_back_without_its_redemption(
    clinic, clock, frontdesk, marketing, who
):
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", approval=OWED)
    made = add_gift(marketing)
    stocked(marketing, made, warehouse=0, desk=1)
    clock.time = "09:00:31"
    issue_gift(frontdesk, grant_id=done.grant_id, gift_id=made)
    assert undo_last(frontdesk).sentence == "已退回刚才的礼品。"
    assert stand(clinic, who).available == 7000
    assert next(g for g in grants_of(clinic.db, who) if g.id == done.grant_id).left == 1


def test_somebody_elses_redemption_stays(clinic, frontdesk, billing, who, gift):
    done = redeem(billing, person_id=who, item_key="b.gift10")
    issue_gift(frontdesk, grant_id=done.grant_id, gift_id=gift)
    assert undo_last(frontdesk).sentence == "已退回刚才的礼品。"
    assert stand(clinic, who).available == 7000


def test_what_was_not_handed_out_of_it_comes_back_too(clinic, frontdesk, who, gift):
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", quantity=3)
    issue_gift(frontdesk, grant_id=done.grant_id, gift_id=gift)
    assert "积分已还" in undo_last(frontdesk).sentence
    assert levels(clinic, gift) == (0, 3)
    assert stand(clinic, who).available == 8000
    assert redemptions_of(clinic.db, who)[0].returned == 3000
