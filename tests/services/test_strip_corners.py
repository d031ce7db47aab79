"""The corners of the strip, the roads and Ctrl+Z that the stories do not reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.desk.strip import _quota, member_strip, person_title
from services.desk.undo import undo_last
from services.gifts.handout import issue_gift
from services.gifts.stock import define_gift, receive
from services.loyalty.grants import grants_of
from services.loyalty.membership import join, override_tier
from services.loyalty.points import adjust_points, reverse_adjustment
from services.loyalty.preview import preview_refund, road
from services.loyalty.receipts import post_receipt
from services.loyalty.service_use import use_service
from services.people.enrolment import PersonForm, enrol
from services.programmes.definition import Points, Programme, Reach, Tier
from tests.gift_world import to_desk
from tests.money_world import member

TODAY = "2026-11-20"


def someone(session, **fields):
    form = PersonForm(**{"name": "曾国强", "sex": "M", "phone": "13800138000", **fields})
    return enrol(session, form=form).person_id


def ladder(*ways: Reach) -> Programme:
    tiers = (
        Tier(1, "普通", "#000000", (Reach(single_spend_yuan=1),)),
        Tier(2, "金", "#000000", ways),
    )
    return Programme("试", "tiered_points", Points("threshold"), tiers)


@pytest.mark.parametrize(
    ("ways", "sentence"),
    [
        ((Reach(cumulative_spend_yuan=100),), "再消费 ¥40 升金"),
        ((Reach(single_spend_yuan=100),), "单笔满 ¥100 升金"),
        ((Reach(),), ""),
    ],
)
def test_the_road_names_the_ways_a_programme_has(ways, sentence):
    assert road(ladder(*ways), 1, 6_000) == sentence


def test_nobody_has_no_strip(clinic):
    with pytest.raises(LookupError):
        member_strip(clinic.db, TODAY, 99)


@pytest.mark.parametrize(
    ("sex", "birthday", "title"),
    [("M", "1980-01-01", "先生"), ("F", "2020-01-01", "小朋友"), ("", None, "")],
)
def test_how_a_person_is_addressed(sex, birthday, title):
    assert person_title(sex, birthday, TODAY) == title


@pytest.mark.parametrize(
    ("birthday", "fact"), [("1980-11-20", "今天生日"), ("1980-11-19", None), ("1980-06-01", None)]
)
def test_a_birthday_shows_within_a_week(clinic, frontdesk, birthday, fact):
    person_id = someone(frontdesk, birthday=birthday)
    facts = member_strip(clinic.db, TODAY, person_id).facts
    assert facts == ((fact,) if fact else ())


def test_a_deficit_is_said_E17(clinic, director, member_admin):
    person_id = someone(director)
    given = adjust_points(
        member_admin, person_id=person_id, points=20, reason_code="other", text="补偿"
    )
    adjust_points(member_admin, person_id=person_id, points=-20, reason_code="mistake", text="多给")
    reverse_adjustment(member_admin, entry_id=given.entry_id, text="冲回")
    assert "欠 20 分" in member_strip(clinic.db, TODAY, person_id).points_text


def test_a_full_escort_is_on_the_strip_R126(clinic, director):
    person_id = someone(director)
    override_tier(director, person_id=person_id, rank=4, reason="院长批准")
    assert "全程专人引导、告知医生、安排VIP诊室" in member_strip(clinic.db, TODAY, person_id).alerts


def test_a_tier_whose_gift_was_used_is_kept_and_said_E37(clinic, frontdesk):
    person_id = someone(frontdesk)
    posted = post_receipt(frontdesk, person_id=person_id, amount_fen=500_000)
    join(frontdesk, person_id=person_id, benefits_explained=True)
    grant = next(g for g in grants_of(clinic.db, person_id) if g.kind == "service")
    use_service(frontdesk, grant_id=grant.id)
    seen = preview_refund(
        clinic.db,
        TODAY,
        person_id=person_id,
        receipt_id=posted.receipt_id,
        net_fen=500_000,
        amount_fen=500_000,
    )
    assert any(line.kind == "tier_kept" for line in seen.consequences)


def test_undo_takes_back_a_gift_and_a_service(clinic, frontdesk, marketing):
    person_id = someone(frontdesk)
    post_receipt(frontdesk, person_id=person_id, amount_fen=500_000)
    join(frontdesk, person_id=person_id, benefits_explained=True)
    gift = define_gift(marketing, code="G5", name="牙刷", band_fen=5_000).gift_id
    receive(marketing, gift_id=gift, quantity=2)
    to_desk(marketing, gift, 2)
    grants = grants_of(clinic.db, person_id)
    issue_gift(frontdesk, grant_id=next(g.id for g in grants if g.kind == "gift"), gift_id=gift)
    assert "礼品" in undo_last(frontdesk).sentence
    use_service(frontdesk, grant_id=next(g.id for g in grants if g.kind == "service"))
    assert "服务" in undo_last(frontdesk).sentence
    assert all(g.used == 0 for g in grants_of(clinic.db, person_id))


def test_services_of_one_name_are_one_line(clinic, frontdesk):
    """A tier that rose within the year leaves a used-up service of the same name behind."""
    patient = member(frontdesk, 20_000)
    grant = next(g for g in grants_of(clinic.db, patient) if g.kind == "service" and g.valid_to)
    before = replace(grant, id=grant.id + 1, quantity=1, used=1)
    both = _quota([before, grant], TODAY)
    name = grant.name.partition("(")[0].partition("（")[0]
    assert both[0].count(name) == 1
    assert f"{name} {grant.left}/{grant.quantity + 1}" in both[0]
