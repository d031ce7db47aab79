"""Membership stories, driven through the window with keys from end to end: paid, upgraded, used,
left with the worksheet signed by two; two records merged (R057, R108, E57, E59, E62)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from services.clinic import Clinic
from services.commands import Session
from services.loyalty.service_use import uses_of
from services.loyalty.standing import joined_on, standing_of
from services.memberships.leaving import refund_cases
from services.memberships.records import fee_rows
from services.people.aliases import group_of
from services.people.enrolment import PersonForm, enrol
from services.verify import verify
from tests.conftest import PIN, STAFF, TODAY
from tests.money_world import pay
from tests.scenarios.conftest import Desk
from tests.services.memberships.world import NAME, with_programme
from ui.dialogs.approve import ApproveDialog


@pytest.fixture
def scheme(director: Session) -> int:
    """A paid programme beside 医院方案A: silver 365 and gold 1,000 a year."""
    return with_programme(director)


@pytest.fixture
def wang(frontdesk: Session, scheme: int) -> int:
    form = PersonForm(name="王芳", sex="F", birthday="1990-05-15", phone="13800138000")
    return enrol(frontdesk, form=form).person_id


def signs(role: str) -> None:
    """Somebody else comes to the desk: chooses their name, types their PIN, Enter."""

    def at_the_desk() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, ApproveDialog):
            QTimer.singleShot(5, at_the_desk)  # nobody has asked them yet
            return
        dialog.who.choose(STAFF[role])
        QTest.keyClicks(dialog.pin, PIN)
        dialog.submit()

    QTimer.singleShot(0, at_the_desk)


def choose_programme(desk: Desk, person: str, downs: int) -> None:
    """The person, the enrolment tab, and the row of a programme."""
    desk.find(person).press("Ctrl+1")
    desk.tab_to(desk.tab("enrollment").joining.programmes)
    desk.press("Home", *["Down"] * downs, "Enter")


def test_join_paid_upgrade_use_and_leave_signed_by_two(
    desk: Desk, clinic: Clinic, scheme: int, wang: int
) -> None:
    choose_programme(desk, "8000", 1)
    assert desk.focus().accessibleName() == "缴费入会…"
    desk.press("Enter", "Enter", "Space", "Enter", "Enter")
    assert "已收会费 ¥365：银卡" in desk.told
    assert f"另有 {NAME}·银卡 至 2027-11-19" in desk.strip

    desk.press("Alt+J", "Down", "Enter", "Space", "Enter", "Enter")  # the same day: all counts
    assert "已收会费 ¥635：金卡" in desk.told
    assert standing_of(clinic.db, wang, scheme).rank == 2

    desk.press("F8", "Enter", "Enter")
    (use,) = uses_of(clinic.db, wang)
    assert use.name == "超声波洁牙"

    desk.change_staff("billing")
    choose_programme(desk, "8000", 1)
    desk.press("Alt+W", "T", "Enter").type("搬家").press("Enter", "Enter")
    assert "应退 ¥1,000" in desk.told  # all the days of the term are left today
    assert desk.focus().accessibleName() == "看退费单…"
    desk.press("Enter")
    signs("member_admin")
    desk.press("Enter")
    assert desk.focus().accessibleName() == "打印…"
    desk.press("Esc")
    assert joined_on(clinic.db, wang, scheme) is None
    assert [row.kind for row in fee_rows(clinic.db, wang)] == ["refund", "payment", "payment"]
    (case,) = refund_cases(clinic.db, person_id=wang)
    assert (case.state, case.signed_on) == ("signed", TODAY)
    assert NAME not in desk.strip
    assert verify(clinic).faults == ()


def test_two_records_of_one_person_become_one(
    desk: Desk, clinic: Clinic, frontdesk: Session, wang: int
) -> None:
    pay(frontdesk, wang, 900)
    form = PersonForm(name="王芳", sex="F", phone="13911112222")
    twin = enrol(frontdesk.confirming("possible_duplicate"), form=form).person_id
    pay(frontdesk, twin, 1200)
    desk.change_staff("member_admin").find("8000").press("Ctrl+1", "Alt+O", "D")
    desk.type("2222").press("Enter", "Enter", "Enter")
    assert "已合并" in desk.told
    assert group_of(clinic.db, wang) == (wang, twin)
    assert "累计消费 ¥2,100" in desk.strip
    desk.find("2222")
    assert desk.window.context.person_id == wang
    assert verify(clinic).faults == ()
