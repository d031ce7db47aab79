"""划价 by keyboard: number, amount, Enter, the next one (R142, R145)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from services.loyalty.service_use import use_service
from services.people.records import add_doctor
from services.staff import sign_in
from services.vouchers.billing import bill_use, borne, unbilled
from services.vouchers.bills import bill_of
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_member
from tests.money_world import grant_id
from tests.ui import gift_hands
from tests.ui.desk_hands import looked
from tests.ui.gift_hands import ALT, ENTER, focus_of, shown, told, write


@pytest.fixture
def doctor(member_admin):
    return add_doctor(member_admin, name="钱医生").doctor_id


@pytest.fixture
def uses(frontdesk, clinic, doctor):
    """A facial and a herbal treatment that wait for a bill."""
    who = add_member(frontdesk, "M0000002", name="李小红", spend_yuan=16_000)
    return [
        use_service(frontdesk, grant_id=grant_id(clinic, who, key), doctor_id=doctor).use_id
        for key in ("vip.facial", "vip.herbal")
    ]


@pytest.fixture
def tab(context, qtbot, billing, uses, press):
    context.signed_in.set(billing)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_5, modifier=ALT)
    return tab


def page(tab):
    return tab.page("billing")


@pytest.fixture
def press(qtbot):
    """Keys one by one; each finds what the page has read."""

    def pressed(tab, *keys, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            gift_hands.press(tab, key, modifier=modifier)
            looked(tab, qtbot)

    return pressed


def test_r145_number_amount_and_the_next_use_is_there(press, tab, context, clinic, uses):
    assert focus_of(tab) is page(tab).uses
    assert "近一年未划价 2 次" in page(tab).title.text()
    press(tab, ENTER)
    card = page(tab).card
    assert focus_of(tab) is card.number
    press(tab, ENTER)
    assert "单号" in card.number_field.error
    write(tab, "HJ-1")
    press(tab, ENTER)
    assert "请填写划价金额" in card.amount_field.error
    assert focus_of(tab) is card.amount
    write(tab, "120")
    press(tab, ENTER)
    assert bill_of(clinic.db, uses[0])[:3] == ("HJ-1", 12_000, "marketing")
    assert "已划价：面部护理，单号 HJ-1，¥120，市场承担" in told(context)
    assert focus_of(tab) is card.number  # of the next one
    assert card.row.use_id == uses[1]
    write(tab, "HJ-2")
    card.amount.setText("0")
    press(tab, ENTER)
    assert unbilled(clinic.db) == []
    assert focus_of(tab) is page(tab).uses
    assert "近一年未划价 0 次" in page(tab).title.text()
    assert "没有选中" in card.facts.text()


def test_r145_a_number_noted_with_the_use_is_proposed_and_asks_for_the_amount(
    press, context, qtbot, clinic, frontdesk, billing
):
    who = add_member(frontdesk, "M0000003", name="李小红", spend_yuan=16_000)
    facial = grant_id(clinic, who, "vip.facial")
    use = use_service(frontdesk, grant_id=facial, bill_number="HJ-9").use_id
    context.signed_in.set(billing)
    tab = shown(context, qtbot)
    press(tab, Qt.Key.Key_5, modifier=ALT)
    press(tab, ENTER)
    card = page(tab).card
    assert (card.number.value(), card.amount.value()) == ("HJ-9", "")
    assert "更正" not in card.heading.text()
    assert card.take_back.isHidden()
    press(tab, ENTER)
    assert "请填写划价金额" in card.amount_field.error
    write(tab, "120")
    press(tab, ENTER)
    assert bill_of(clinic.db, use)[:2] == ("HJ-9", 12_000)


def test_r142_the_doctor_bears_it(press, tab, context, clinic, uses, doctor):
    press(tab, ENTER)
    write(tab, "HJ-1")
    card = page(tab).card
    assert not card.doctor.isVisible()
    card.bearer.choose("doctor")
    assert card.doctor.isVisible()
    card.amount.setText("100")
    card.doctor.choose(None)
    press(tab, ENTER)
    assert "请选是哪位医生" in card.doctor_field.error
    card.doctor.choose(doctor)
    press(tab, ENTER)
    (row,) = borne(clinic.db, TODAY, TODAY)
    assert (row.doctor, row.amount_fen) == ("钱医生", 10_000)
    assert [row.doctor for row in page(tab).sums.rows()] == ["钱医生"]
    assert "2026-11 成本承担，共 ¥100" in page(tab).sums_title.text()


def test_a_wrong_amount_stays_in_its_field(press, tab, clinic, uses):
    press(tab, ENTER)
    write(tab, "HJ-1")
    page(tab).card.amount.setText("一百")
    press(tab, ENTER)
    assert page(tab).card.amount_field.error
    assert bill_of(clinic.db, uses[0]) is None


def billed_one(press, tab, use):
    press(tab, ENTER)
    write(tab, "HJ-1")
    page(tab).card.amount.setText("100")
    press(tab, ENTER)
    press(tab, Qt.Key.Key_I, modifier=ALT)
    assert [row.use_id for row in page(tab).uses.rows()] == [use]
    press(tab, ENTER)


def test_a_correction_says_why(press, tab, context, clinic, uses):
    billed_one(press, tab, uses[0])
    card = page(tab).card
    assert "更正划价" in card.heading.text()
    write(tab, "HJ-9")
    press(tab, ENTER)
    assert "更正的原因" in card.reason_field.error
    write(tab, "看错")
    press(tab, ENTER)
    assert bill_of(clinic.db, uses[0]).number == "HJ-9"


def test_a_bill_is_taken_back_with_a_reason(press, tab, context, clinic, uses):
    billed_one(press, tab, uses[0])
    press(tab, Qt.Key.Key_T, modifier=ALT)
    assert "撤回的原因" in page(tab).card.reason_field.error
    write(tab, "划错")
    press(tab, Qt.Key.Key_T, modifier=ALT)
    assert bill_of(clinic.db, uses[0]) is None
    assert "回到“未划价”" in told(context)
    press(tab, Qt.Key.Key_U, modifier=ALT)
    assert len(page(tab).uses.rows()) == 2


def test_last_month_and_esc(press, tab, uses):
    billed_one(press, tab, uses[0])
    assert tab.act("back")
    assert focus_of(tab) is page(tab).uses
    assert not tab.act("back")
    press(tab, Qt.Key.Key_G, modifier=ALT)
    assert page(tab).uses.rows() == []
    assert "2026-10 已划价 0 次" in page(tab).title.text()


def test_what_was_typed_stays_when_the_list_is_read_again(press, tab, uses, qtbot):
    press(tab, ENTER)
    write(tab, "HJ")
    page(tab).refresh()
    looked(tab, qtbot)
    assert page(tab).card.number.text() == "HJ"


def test_the_other_window_was_first(press, tab, context, clinic, frontdesk, uses):
    press(tab, ENTER)
    write(tab, "HJ-1")
    page(tab).card.amount.setText("100")
    bill_use(frontdesk, use_id=uses[0], bill_number="HJ-0", amount_fen=1)
    press(tab, ENTER)
    assert "已划价，单号 HJ-0" in told(context)


def test_marketing_is_told_before_typing(context, qtbot, clinic, uses):
    context.signed_in.set(sign_in(clinic, STAFF["marketing"], PIN))
    tab = shown(context, qtbot)
    tab.show_page("billing")
    looked(tab, qtbot)
    assert "没有这项权限" in page(tab).card.note._label.text()
    assert not page(tab).card.form.isEnabled()
