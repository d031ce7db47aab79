"""Stories of a morning: somebody arrives, is received and pays; somebody is called."""

from __future__ import annotations

import pytest

from services.clinic import Clinic
from services.commands import Session
from services.desk.visits import today_board
from services.followups.calls import attempts_of, create_task
from services.loyalty.membership import join
from services.loyalty.receipts import post_receipt
from services.people.enrolment import PersonForm, enrol
from tests.conftest import TODAY
from tests.scenarios.conftest import Desk


def board(clinic: Clinic):
    return today_board(clinic.db, TODAY, clinic.clock.now_utc())


@pytest.fixture
def vip(frontdesk: Session) -> int:
    """赵国强, VIP, whose phone ends in 5678."""
    return joined(frontdesk, "赵国强", "13812345678", yuan=10_000)


def joined(session: Session, name: str, phone: str, yuan: int) -> int:
    patient = enrol(session, form=PersonForm(name=name, sex="M", phone=phone)).person_id
    post_receipt(session, person_id=patient, amount_fen=yuan * 100)
    join(session, person_id=patient, benefits_explained=True)
    return patient


def test_a_known_member_is_checked_in_with_seven_keys(desk: Desk, clinic: Clinic, vip: int) -> None:
    """4 digits + Enter + F4 + Enter (screens.md)."""
    desk.press("F3")
    desk.type("5678").press("Enter", "F4", "Enter")
    (row,) = board(clinic)
    assert (row.person_id, row.state, row.escort) == (vip, "waiting", "李前台")
    assert desk.told == "已登记到诊：赵国强先生，候诊第 1 位。请告知医生。"


def test_a_vip_is_received_treated_and_pays(desk: Desk, clinic: Clinic, vip: int) -> None:
    desk.find("5678").press("F4", "Enter")
    desk.press("6", "2", "3", "4")  # the doctor knows; called; in treatment; done
    (row,) = board(clinic)
    assert (row.state, row.doctor_told) == ("done", True)
    assert desk.told.startswith("赵国强先生：完成。请登记消费")
    assert desk.shown_tab() == "points"
    assert "赵" in desk.strip


def test_a_call_is_logged_and_the_next_opened_with_two_keys(
    desk: Desk, clinic: Clinic, frontdesk: Session, vip: int
) -> None:
    """log a call "reached, fine" and open the next: F9, 1 (screens.md)."""
    other = joined(frontdesk, "李雷", "13911112222", yuan=1000)
    for patient in (vip, other):
        create_task(frontdesk, person_id=patient, due_on=TODAY, subject="问复查时间")
    desk.press("F9", "1")
    assert [call.outcome for call in attempts_of(clinic.db, vip)] == ["fine"]
    assert desk.strip.startswith("李*先生")
    assert desk.tab("followups").page("calls").panel.row.person_id == other
