"""A rule as a form: there and back again; a question that is given up (R174)."""

from __future__ import annotations

import threading

import pytest

from services.errors import RuleError
from services.groups import asking
from services.groups import rule as r
from services.groups.asking import Asking
from services.groups.draft import Bracket, Draft, Line, as_draft, as_rule
from services.loyalty.everybody import WorkCancelled
from tests.desk_world import person

WOMEN, OLD, AWAY = r.Sex("F"), r.Age(60), r.Away(6)


@pytest.mark.parametrize(
    ("rule", "draft"),
    [
        (WOMEN, Draft("all", (Line(WOMEN),))),
        (r.Not(WOMEN), Draft("all", (Line(WOMEN, True),))),
        (r.All((WOMEN, r.Not(OLD))), Draft("all", (Line(WOMEN), Line(OLD, True)))),
        (r.Any((WOMEN, OLD)), Draft("any", (Line(WOMEN), Line(OLD)))),
        (
            r.All((AWAY, r.Any((WOMEN, r.Not(OLD))))),
            Draft("all", (Line(AWAY), Bracket("any", (Line(WOMEN), Line(OLD, True))))),
        ),
        (
            r.Any((AWAY, r.Not(r.All((WOMEN, OLD))))),
            Draft("any", (Line(AWAY), Bracket("all", (Line(WOMEN), Line(OLD)), True))),
        ),
        (
            r.Not(r.Any((WOMEN, OLD))),
            Draft("all", (Bracket("any", (Line(WOMEN), Line(OLD)), True),)),
        ),
    ],
)
def test_r174_a_rule_has_a_form_and_a_form_its_rule(rule, draft):
    assert as_draft(rule) == draft
    assert as_rule(draft) == rule


@pytest.mark.parametrize(
    "rule",
    [
        r.All((WOMEN, r.Any((OLD, r.All((AWAY, WOMEN)))))),
        r.Not(r.Not(WOMEN)),
        r.Not(r.All((r.Any((WOMEN,)),))),
    ],
)
def test_what_is_nested_deeper_has_no_form(rule):
    assert as_draft(rule) is None


def test_a_question_is_answered(clinic, frontdesk):
    person(frontdesk, "M1", "欧阳锋", sex="F", guardian_phone="13800138000")
    found = Asking(clinic, WOMEN).answer()
    assert found.count == 1
    assert (found.rows[0].name_masked, found.rows[0].phone_masked) == ("欧阳*", "138****8000")
    with pytest.raises(RuleError, match="停用"):
        Asking(clinic, r.InGroup(9)).answer()


def test_a_question_is_given_up_before_it_is_asked(clinic):
    question = Asking(clinic, WOMEN)
    question.give_up()
    with pytest.raises(WorkCancelled):
        question.answer()


def test_a_question_is_given_up_while_it_is_answered(clinic, monkeypatch):
    question = Asking(clinic, WOMEN)
    asked, given_up = threading.Event(), threading.Event()

    def slow(*_):
        asked.set()
        given_up.wait(10)
        raise OSError("interrupted")

    def give_up():
        asked.wait(10)
        question.give_up()
        given_up.set()

    monkeypatch.setattr(asking, "look", slow)
    other = threading.Thread(target=give_up)
    other.start()
    with pytest.raises(WorkCancelled):
        question.answer()
    other.join()
