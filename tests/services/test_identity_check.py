"""How a visitor was identified, and what a lost card still does: nothing (R039, R124)."""

import uuid

import pytest

from models.ledgers import PointsEntry
from models.people import Card
from services.desk.identity_check import check_words, checked_by, read_code
from services.desk.visits import check_in, today_board, update_reception
from services.errors import RuleError
from services.loyalty.redemption import redeem
from services.loyalty.service_use import use_service
from services.people.cards import cards_of, change_card, is_lost, issue_card
from services.people.merging import merge_people
from services.vouchers.claim import claim_voucher
from services.vouchers.pledge import pledge_voucher
from services.vouchers.records import voucher
from tests.conftest import TODAY
from tests.desk_world import member, person, visit_values
from tests.money_world import grant_id, sign, variant
from tests.services.vouchers.voucher_world import CLEANING, vip

CARD = "80012345"


def lose(session, person_id, number=CARD):
    card = issue_card(session, person_id=person_id, number=number).card_id
    change_card(session, card_id=card, to_state="lost", document_checked=True)
    return card


@pytest.mark.parametrize(
    ("matched", "checked"),
    [
        ("card", "card"),
        ("phone", "phone"),
        ("phone_tail", "phone"),
        ("id", "document"),
        ("id_tail", "document"),
        ("name", ""),
        ("initials", ""),
        ("number", ""),
        ("", ""),
    ],
)
def test_r039_what_somebody_was_found_by_says_how_they_are_known(matched, checked):
    assert checked_by(matched) == checked


def test_r039_the_check_is_kept_with_the_visit_and_may_come_later(clinic, frontdesk):
    one = person(frontdesk, "M1")
    visit = check_in(frontdesk, person_id=one, checked="phone").visit_id
    assert visit_values(frontdesk, visit).checked == "phone"
    reception = {"escort": "", "doctor_told": False, "room": "", "room_exception": ""}
    update_reception(frontdesk, visit_id=visit, **reception)
    assert visit_values(frontdesk, visit).checked == "phone"
    update_reception(frontdesk, visit_id=visit, checked="document", **reception)
    (row,) = today_board(clinic.db, TODAY, clinic.clock.now_utc())
    assert check_words(row.checked) == "证件"
    assert [check_words(each) for each in ("card", "phone", "")] == ["刷卡", "电话", ""]


def test_r039_a_check_nobody_knows_is_refused(frontdesk):
    with pytest.raises(RuleError, match="请选择核验方式"):
        check_in(frontdesk, person_id=person(frontdesk, "M1"), checked="face")


def test_r124_a_lost_card_checks_nobody_in(frontdesk):
    one = person(frontdesk, "M1")
    lose(frontdesk, one)
    with pytest.raises(RuleError, match="会员卡已挂失"):
        check_in(frontdesk, person_id=one, checked="card")
    visit = check_in(frontdesk, person_id=one).visit_id
    with pytest.raises(RuleError, match="会员卡已挂失"):
        update_reception(
            frontdesk, visit_id=visit, escort="", doctor_told=False, room="",
            room_exception="", checked="card",
        )  # fmt: skip


def test_r124_a_lost_card_passes_no_service_on(clinic, frontdesk):
    owner, friend = vip(frontdesk), person(frontdesk, "M2")
    card = lose(frontdesk, owner)
    grant = grant_id(clinic, owner, CLEANING)
    for checked in ("card", ""):
        with pytest.raises(RuleError, match="会员卡已挂失"):
            pledge_voucher(frontdesk, grant_id=grant, friend_id=friend, checked=checked)
        with pytest.raises(RuleError, match="会员卡已挂失"):
            use_service(frontdesk, grant_id=grant, beneficiary_id=friend, checked=checked)
    use_service(frontdesk, grant_id=grant)  # one's own use is no transfer
    change_card(frontdesk, card_id=card, to_state="active", document_checked=True)
    pledge_voucher(frontdesk, grant_id=grant, friend_id=friend, checked="card")


def test_r124_a_lost_card_redeems_nothing_but_a_document_does(director, frontdesk):
    sign(director, variant("医院方案B"))
    one = member(frontdesk, "M1", rank=3)
    lose(frontdesk, one)
    for checked in ("card", ""):
        with pytest.raises(RuleError, match="会员卡已挂失"):
            redeem(frontdesk, person_id=one, item_key="ultrasonic", checked=checked)
    with pytest.raises(RuleError) as refused:  # another rule speaks now
        redeem(frontdesk, person_id=one, item_key="nothing", checked="document")
    assert "挂失" not in refused.value.sentence


def test_r124_reissue_needs_the_document_and_moves_nothing_but_the_card(clinic, frontdesk):
    owner = vip(frontdesk)
    pledged = claim_voucher(frontdesk, grant_id=grant_id(clinic, owner, CLEANING)).voucher_id
    card = lose(frontdesk, owner)

    def everything_else():
        tables = ["standing", "entitlement_grant", "membership", "points_entry", "voucher"]
        return {
            table: clinic.db.execute_sql(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in tables
        }

    before = everything_else()
    with pytest.raises(RuleError, match="核对本人证件"):
        change_card(
            frontdesk, card_id=card, to_state="replaced", document_checked=False, new_number="9"
        )
    op = frontdesk.once(uuid.uuid4())
    steps = {"card_id": card, "to_state": "replaced", "document_checked": True}
    made = change_card(op, new_number="90012345", **steps)
    assert change_card(op, new_number="90012345", **steps) == made  # a second press is the first
    assert everything_else() == before
    assert [(row.number, row.state) for row in cards_of(clinic.db, owner)] == [
        ("90012345", "active"),
        (CARD, "replaced"),
    ]
    assert not is_lost(clinic.db, owner)
    assert read_code(clinic.db, "90012345").person_id == owner
    assert voucher(clinic.db, pledged).owner_id == owner
    assert (
        clinic.db.scalar(PointsEntry.select(PointsEntry.id).where(PointsEntry.points < 0)) is None
    )


# -- what a scanned number is ------------------------------------------------------------------


def test_r039_cards_members_and_ids_are_found_exactly(clinic, frontdesk):
    one = person(frontdesk, "M0000123", name="王小明")
    issue_card(frontdesk, person_id=one, number="Ab-80012")
    for text, by in (("AB80012", "card"), ("ab-80012", "card"), ("M0000123", "number")):
        found = read_code(clinic.db, text)
        assert (found.found, found.person_id, found.by) == ("person", one, by)


def test_r132_a_voucher_number_is_a_voucher(clinic, frontdesk):
    owner = vip(frontdesk)
    made = claim_voucher(frontdesk, grant_id=grant_id(clinic, owner, CLEANING)).voucher_id
    number = voucher(clinic.db, made).number
    assert read_code(clinic.db, number.lower()).voucher == number
    assert read_code(clinic.db, number[2:]).found == "voucher"


def test_an_unknown_number_says_what_to_do(clinic):
    assert "按 F3 查找" in read_code(clinic.db, "12345678").sentence
    assert "有一位不对" in read_code(clinic.db, "QK0000000011").sentence
    assert read_code(clinic.db, "QK0000000018").found == "unknown"


@pytest.mark.parametrize(
    ("state", "found", "words"),
    [("lost", "lost", "已挂失"), ("void", "old", "已作废"), ("replaced", "old", "已补办新卡")],
)
def test_r124_a_card_out_of_use_names_its_owner_with_stars(clinic, frontdesk, state, found, words):
    one = person(frontdesk, "M1", name="王小明")
    card = issue_card(frontdesk, person_id=one, number=CARD).card_id
    change_card(
        frontdesk, card_id=card, to_state=state, document_checked=True, new_number="90000001"
    )
    code = read_code(clinic.db, CARD)
    assert (code.found, code.person_id, code.by) == (found, one, "")
    assert words in code.sentence
    assert "王**(M1)" in code.sentence


def test_e62_a_lost_card_of_a_merged_record_is_the_survivors(clinic, frontdesk, member_admin):
    survivor, other = person(frontdesk, "M1", name="王芳"), person(frontdesk, "M2", name="王芳")
    lose(frontdesk, other)
    merge_people(member_admin, survivor_id=survivor, merged_id=other)
    assert read_code(clinic.db, CARD).person_id == survivor
    assert is_lost(clinic.db, survivor)
    issue = Card.select(Card.id).where(Card.person_id == survivor)
    assert clinic.db.row(issue) is None
