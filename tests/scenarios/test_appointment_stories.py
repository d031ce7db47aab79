"""Stories of the telephone: a friend is booked for, called the day before, comes; somebody does
not come; a wrong key is taken back."""

from __future__ import annotations

import pytest

from services.clinic import Clinic
from services.clock import ManualClock
from services.commands import Session
from services.desk import daily
from services.desk.appointment_list import appointments_of
from services.desk.appointments import book
from services.desk.visits import today_board
from services.loyalty.membership import join
from services.loyalty.receipts import post_receipt
from services.people.enrolment import PersonForm, enrol
from services.people.records import add_doctor
from tests.conftest import TODAY
from tests.scenarios.conftest import Desk

TOMORROW = "2026-11-21"


def appointments(clinic: Clinic, day: str = TODAY):
    return appointments_of(clinic.db, day, clinic.clock.now_utc())


def board(clinic: Clinic):
    return today_board(clinic.db, clinic.clock.today(), clinic.clock.now_utc())


@pytest.fixture
def vip(frontdesk: Session, member_admin: Session) -> int:
    """赵国强, VIP, patient of 陈医生, whose phone ends in 5678."""
    own = add_doctor(member_admin, name="陈医生").doctor_id
    form = PersonForm(name="赵国强", sex="M", phone="13812345678", doctor_id=own)
    patient = enrol(frontdesk, form=form).person_id
    post_receipt(frontdesk, person_id=patient, amount_fen=1_000_000)
    join(frontdesk, person_id=patient, benefits_explained=True)
    return patient


def test_r129_a_vip_books_for_a_friend_who_is_received_like_the_vip(
    desk: Desk, clinic: Clinic, vip: int
) -> None:
    desk.press("Ctrl+2", "F5", "Ctrl+N").type("孙朋友").press("Tab").type("13512345678")
    desk.press("Alt+D").type("20261120").press("Alt+S").type("1530")
    desk.press("Alt+J").type("5678").press("Enter", "Enter")
    assert desk.told.startswith("已预约：11月20日 周五 · 今天 15:30，孙朋友")
    (row,) = appointments(clinic)
    assert (row.introduced_by, row.tell_doctor) == ("赵国强", True)
    desk.tab("checkin").act("show_today")
    desk.press("1", "6")  # they are here; the doctor knows
    (here,) = board(clinic)
    assert (here.name, here.reception_rank, here.doctor_told) == ("孙朋友", 3, True)


def test_r096_tomorrow_is_called_and_comes(
    desk: Desk, clinic: Clinic, frontdesk: Session, vip: int, clock: ManualClock
) -> None:
    made = book(frontdesk, day=TOMORROW, at="9", person_id=vip, item="洁牙").appointment_id
    book(frontdesk, day=TOMORROW, at="10", name="韩梅", phone="13500001111")
    desk.press("Ctrl+2", "F5", "Alt+Y", "0")
    assert desk.tab("checkin").desk.card.phone.text() == "13812345678"
    desk.press("1", "Down", "2")
    assert [row.confirmed for row in appointments(clinic, TOMORROW)] == ["yes", "no_answer"]
    clock.day = TOMORROW
    desk.press("Alt+J", "F5", "1")
    (row,) = board(clinic)
    assert (row.person_id, row.item, row.booked_at, row.doctor_name) == (
        vip, "洁牙", "09:00", "陈医生",
    )  # fmt: skip
    clock.day = "2026-11-22"
    daily.catch_up(frontdesk)
    states = {row.appointment_id: row.state for row in appointments(clinic, TOMORROW)}
    assert sorted(states.values()) == ["arrived", "no_show"]
    assert states[made] == "arrived"


def test_a_wrong_key_on_the_board_is_taken_back(
    desk: Desk, clinic: Clinic, frontdesk: Session, vip: int
) -> None:
    desk.find("5678").press("F4", "Enter", "2", "3")
    assert board(clinic)[0].state == "in_treatment"
    desk.press("Backspace")
    assert desk.told == "赵国强先生：退回已叫号。"
    desk.press("Ctrl+Z", "Ctrl+Z")
    assert desk.told == "赵国强先生：已撤销到诊登记。"
    assert board(clinic) == []
