"""What the form says about a referrer before it is saved (E56)."""

from __future__ import annotations

import pytest

from services.people.enrolment import PersonForm, enrol
from services.people.referral_checks import referrer_note
from tests.conftest import TODAY
from tests.money_world import pay, person
from tests.services.memberships.world import set_person


@pytest.fixture
def old(frontdesk) -> int:
    form = PersonForm(name="王芳", phone="13800138000")
    return enrol(frontdesk, form=form).person_id


def note(clinic, newcomer_id, referrer_id, *phones: str) -> str:
    return referrer_note(
        clinic.db, TODAY, newcomer_id=newcomer_id, referrer_id=referrer_id, phones=set(phones)
    )


def test_e56_somebody_new_with_the_same_phone_is_warned_about(clinic, old):
    assert "同一个电话" in note(clinic, None, old, "13800138000")
    assert note(clinic, None, old, "13911112222") == ""
    assert note(clinic, None, old) == ""


def test_e56_after_the_first_payment_the_referrer_is_fixed(clinic, frontdesk, old):
    who = person(frontdesk)
    assert note(clinic, who, old) == ""
    pay(frontdesk, who, 10)
    assert "不能再改" in note(clinic, who, old)


def test_e56_somebody_who_was_here_before_is_not_new(clinic, frontdesk, old, monkeypatch):
    who = person(frontdesk)
    monkeypatch.setattr("services.people.referral_checks.is_first_visit", lambda *a: False)
    assert "不算新顾客" in note(clinic, who, old)


def test_e56_kin_are_told_of(clinic, frontdesk, old):
    who = person(frontdesk)
    set_person(frontdesk, who, phone="13800138000")
    assert "同一个电话" in note(clinic, who, old)
