"""What the desk sees before posting, the member strip, and Ctrl+Z."""

from __future__ import annotations

import pytest

from services.desk.strip import member_strip
from services.desk.undo import undo_last
from services.errors import RuleError
from services.loyalty.membership import join
from services.loyalty.preview import preview_receipt, preview_refund
from services.loyalty.receipt_list import list_cases, list_receipts
from services.loyalty.receipts import (
    move_receipt,
    open_case,
    pay_arrears,
    post_receipt,
    refund,
    void_receipt,
)
from services.loyalty.standing import standing_of
from services.people.enrolment import PersonForm, enrol
from services.people.records import add_alert

TODAY = "2026-11-20"


@pytest.fixture
def person_id(frontdesk):
    form = PersonForm(name="单明月", sex="F", phone="13800138000", birthday="1990-11-22")
    return enrol(frontdesk, form=form).person_id


def texts(preview):
    return {line.kind: line.text for line in preview.consequences}


def test_preview_of_a_first_small_receipt_shows_points_and_both_roads(clinic, person_id):
    seen = texts(preview_receipt(clinic.db, TODAY, person_id=person_id, amount_fen=99_999))
    assert seen["points"] == "积分 +999"
    assert "1,000.01" in seen["road"]
    assert "1,000" in seen["road"]
    assert set(seen) == {"points", "road"}


def test_preview_says_invite_for_a_non_member_and_names_the_gift_after_joining(clinic, person_id):
    seen = texts(preview_receipt(clinic.db, TODAY, person_id=person_id, amount_fen=100_000))
    assert "普通会员" in seen["invite"]
    assert "口腔保健礼品" in seen["gift"]


def test_preview_is_what_posting_does_R158(clinic, frontdesk, person_id):
    post_receipt(frontdesk, person_id=person_id, amount_fen=100_000)
    join(frontdesk, person_id=person_id, benefits_explained=True)
    shown = preview_receipt(clinic.db, TODAY, person_id=person_id, amount_fen=2_500_000)
    posted = post_receipt(frontdesk, person_id=person_id, amount_fen=2_500_000)
    assert (shown.points, shown.rank_after) == (posted.points, posted.rank_after)
    assert texts(shown)["tier_up"] == "升为 钻石VIP会员"
    assert "road" not in texts(shown)


def test_preview_of_a_refund_shows_the_tier_it_costs_E37(clinic, frontdesk, person_id):
    post_receipt(frontdesk, person_id=person_id, amount_fen=100_000)
    join(frontdesk, person_id=person_id, benefits_explained=True)
    big = post_receipt(frontdesk, person_id=person_id, amount_fen=600_000)
    seen = preview_refund(
        clinic.db,
        TODAY,
        person_id=person_id,
        receipt_id=big.receipt_id,
        net_fen=600_000,
        amount_fen=200_000,
    )
    assert (seen.points, seen.rank_before, seen.rank_after) == (-2000, 2, 1)
    assert "普通会员" in texts(seen)["tier_down"]
    assert "作废" in texts(seen)["grant_closed"]


def test_strip_of_a_stranger_and_of_a_member(clinic, frontdesk, person_id):
    stranger = member_strip(clinic.db, TODAY, person_id)
    assert (stranger.tier_name, stranger.title, stranger.invite) == ("非会员", "女士", "")
    assert "2 天后生日" in stranger.facts
    add_alert(frontdesk, person_id=person_id, text="牙齿敏感")
    post_receipt(frontdesk, person_id=person_id, amount_fen=1_000_000)
    assert "VIP会员" in member_strip(clinic.db, TODAY, person_id).invite
    join(frontdesk, person_id=person_id, benefits_explained=True)
    strip = member_strip(clinic.db, TODAY, person_id)
    assert (strip.tier_name, strip.rank, strip.invite) == ("VIP会员", 3, "")
    assert strip.alerts[0] == "牙齿敏感"
    assert "带领至二楼" in strip.alerts[1]
    assert "今年剩 超声波洁牙 2/2" in strip.facts
    assert "待用 面部护理、中草药热疗" in strip.facts
    assert strip.facts[0] == "礼品未领 1 份"
    assert "¥15,000" in strip.road
    assert "¥20,000" in strip.road


def test_the_receipt_list_counts_refunds_points_and_arrears_E4(clinic, frontdesk, person_id):
    case = open_case(frontdesk, person_id=person_id, name="右下种植")
    posted = post_receipt(
        frontdesk,
        person_id=person_id,
        amount_fen=50_000,
        billed_fen=80_000,
        case_id=case.case_id,
    )
    pay_arrears(frontdesk, receipt_id=posted.receipt_id, amount_fen=10_000)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=5_050, reason="多收")
    (row,) = list_receipts(clinic.db, person_id)
    assert (row.net_fen, row.refunded_fen, row.arrears_fen, row.points) == (
        54_950,
        5_050,
        20_000,
        549,
    )
    assert row.case_name == "右下种植"
    assert list_cases(clinic.db, person_id)[0].paid_fen == 54_950


def test_undo_takes_back_ones_own_last_receipt_once(clinic, frontdesk, billing, person_id):
    post_receipt(frontdesk, person_id=person_id, amount_fen=50_000)
    with pytest.raises(RuleError, match="只能撤销自己"):
        undo_last(billing)
    assert "作废" in undo_last(frontdesk).sentence
    assert standing_of(clinic.db, person_id, 1).spend_fen == 0
    with pytest.raises(RuleError, match="不能用 Ctrl"):
        undo_last(frontdesk)


def test_undo_is_over_after_thirty_seconds(clinic, clock, frontdesk, person_id):
    post_receipt(frontdesk, person_id=person_id, amount_fen=50_000)
    clock.time = "09:00:31"
    with pytest.raises(RuleError, match="30 秒"):
        undo_last(frontdesk)


def test_a_voided_receipt_is_not_undone_again(frontdesk, person_id):
    posted = post_receipt(frontdesk, person_id=person_id, amount_fen=50_000)
    void_receipt(frontdesk, receipt_id=posted.receipt_id, reason="录错")
    with pytest.raises(RuleError):
        undo_last(frontdesk)


def test_arrears_stay_right_after_a_refund_and_a_move_E14(clinic, frontdesk, person_id):
    other = enrol(frontdesk, form=PersonForm(name="仇英", phone="13800138001")).person_id
    posted = post_receipt(frontdesk, person_id=person_id, amount_fen=50_000, billed_fen=80_000)
    refund(frontdesk, receipt_id=posted.receipt_id, amount_fen=20_000, reason="多收")
    move_receipt(frontdesk, receipt_id=posted.receipt_id, to_person_id=other, reason="录错人")
    (row,) = list_receipts(clinic.db, other)
    assert (row.net_fen, row.refunded_fen, row.arrears_fen) == (30_000, 20_000, 30_000)
    assert list_receipts(clinic.db, person_id) == []
