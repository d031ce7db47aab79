"""Scans at the whole window: whoever is named is opened, whatever is typed stays."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from models.desk import Visit
from services.clinic import Clinic
from services.commands import Session
from services.desk.visits import check_in, today_board
from services.gifts.lists import due_gifts
from services.people.cards import change_card, issue_card
from services.people.enrolment import PersonForm, enrol
from services.programmes.definition import Discount
from services.vouchers.claim import claim_voucher
from services.vouchers.records import voucher
from tests.conftest import TODAY
from tests.desk_world import doctor, member, person, sign_prices
from tests.money_world import grant_id
from tests.scenarios.conftest import Desk
from tests.services.vouchers.voucher_world import CLEANING, vip
from ui.dialogs.member_card import MemberCardDialog
from ui.dialogs.pledge import PledgeDialog
from ui.dialogs.vouchers import VouchersDialog
from ui.main_window import MainWindow
from ui.scanner import Scanner
from ui.scans import ScanDesk

CARD = "80012345"


class Reader:
    """A card reader at the window's keyboard: 8 ms a character."""

    def __init__(self, desk: Desk, app: QApplication) -> None:
        self.now = 0.0
        self.hands, window = desk, desk.window
        self.scanner = Scanner(app, lambda: self.now)
        self.desk = ScanDesk(window, self.scanner)

    def scan(self, code: str) -> None:
        self.now += 5
        self.hands.come_forward()
        for key in (*code, Qt.Key.Key_Return):
            self.now += 0.008
            QTest.keyClick(QApplication.focusWindow(), key)
        QApplication.processEvents()


@pytest.fixture
def reader(desk: Desk, qapp: QApplication):
    made = Reader(desk, qapp)
    yield made
    qapp.focusWindowChanged.disconnect(made.scanner._watch_window)
    qapp.focusObjectChanged.disconnect(made.scanner._watch_object)
    made.scanner.deleteLater()


@pytest.fixture
def patient(frontdesk: Session) -> int:
    who = member(frontdesk, "M0000123", name="赵国强", rank=3, sex="M")
    issue_card(frontdesk, person_id=who, number=CARD)
    return who


def board(clinic: Clinic):
    return today_board(clinic.db, TODAY, clinic.clock.now_utc())


def test_r039_a_card_and_one_enter_check_a_member_in(
    desk: Desk, reader: Reader, clinic: Clinic, patient: int
) -> None:
    desk.press("Ctrl+2")
    reader.scan(CARD)
    desk.settle()
    assert desk.window.context.person_id == patient
    desk.press("Enter")
    (row,) = board(clinic)
    assert (row.person_id, row.checked) == (patient, "card")


def test_r039_from_the_scan_to_points_and_gifts(
    desk: Desk, reader: Reader, clinic: Clinic, patient: int
) -> None:
    """Scan, Enter, keys along the board, the receipt, and what came of it."""
    desk.press("Ctrl+2")
    reader.scan(CARD)
    desk.press("Enter", "6", "2", "3", "4")
    assert desk.shown_tab() == "points"
    assert "请登记消费" in desk.told
    desk.type("20000").press("Enter", "Enter")
    assert "到诊已收尾" in desk.told
    assert "钻石VIP会员" in desk.told
    (row,) = board(clinic)
    assert clinic.db.scalar(Visit.select(Visit.receipt_id)) is not None
    assert row.state == "done"
    due = [gift for gift in due_gifts(clinic.db, TODAY) if gift.person_id == patient]
    assert any("200元档" in gift.gift_name for gift in due)
    desk.press("Esc")  # the banner
    desk.press("Esc")
    assert desk.shown_tab() == "checkin"


def test_r039_four_digits_of_a_phone_are_a_check_too(
    desk: Desk, clinic: Clinic, frontdesk: Session
) -> None:
    enrol(frontdesk, form=PersonForm(name="李雷", phone="13912345678"))
    desk.find("5678").press("F4", "Enter")
    assert board(clinic)[0].checked == "phone"


def test_a_visit_may_end_without_a_receipt(
    desk: Desk, clinic: Clinic, frontdesk: Session, patient: int
) -> None:
    check_in(frontdesk, person_id=patient)
    desk.press("F5", "Ctrl+2")
    desk.tab("checkin").act("show_today")
    desk.press("3", "4")
    assert desk.shown_tab() == "points"
    desk.press("Esc", "Esc")
    assert desk.shown_tab() == "checkin"
    assert clinic.db.scalar(Visit.select(Visit.receipt_id)) is None
    assert board(clinic)[0].state == "done"


def test_r018_the_item_of_the_visit_has_its_member_price_filled_in(
    desk: Desk, clinic: Clinic, director: Session, frontdesk: Session
) -> None:
    sign_prices(director, Discount(pay_percent=70, classes=("洁牙",)))
    who = member(frontdesk, "M1", name="赵国强", rank=3)
    own = doctor(frontdesk, "陈医生")
    check_in(frontdesk, person_id=who, item="超声波洁牙", doctor_id=own)
    desk.press("F5", "Ctrl+2")
    desk.tab("checkin").act("show_today")
    desk.press("3", "4")
    form = desk.tab("points").form
    row = form.details.items.rows[0]
    assert (row.kind.value(), form.details.doctor.value()) == ("洁牙", own)
    assert row.listed.hasFocus()
    desk.type("199.99").press("Enter", "Enter")
    assert "到诊已收尾" in desk.told
    posted = clinic.db.execute_sql(
        "SELECT billed_fen, discount_fen, net_fen, doctor_id FROM receipt ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert posted == (19_999, 6_000, 13_999, own)  # half a fen is rounded up


def test_a_scan_leaves_what_is_typed_and_the_same_person_open(
    desk: Desk, reader: Reader, patient: int
) -> None:
    desk.find("M0000123").press("F6").type("860")
    reader.scan(CARD)
    form = desk.tab("points").form
    assert form.amount.text() == "860"
    assert desk.window.context.current_person.found_by == "card"
    assert desk.shown_tab() == "points"


def test_r124_a_lost_card_says_whose_it_is_and_does_not_count(
    desk: Desk, reader: Reader, clinic: Clinic, frontdesk: Session, patient: int
) -> None:
    (card,) = clinic.db.execute_sql("SELECT id FROM card").fetchone()
    change_card(frontdesk, card_id=card, to_state="lost", document_checked=True)
    desk.press("Ctrl+2")
    reader.scan(CARD)
    assert "已挂失，是 赵**(M0000123)的卡" in desk.told
    pane = desk.tab("checkin").pane
    assert pane.checked.value() == ""
    assert "会员卡已挂失" in pane.facts.text()
    desk.press("Enter")
    assert board(clinic)[0].checked == ""


def test_r132_a_voucher_opens_its_card_and_enter_uses_it(
    desk: Desk, reader: Reader, clinic: Clinic, frontdesk: Session
) -> None:
    owner = vip(frontdesk)
    made = claim_voucher(frontdesk, grant_id=grant_id(clinic, owner, CLEANING)).voucher_id
    reader.scan(voucher(clinic.db, made).number)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, VouchersDialog)
    assert dialog.table.current_row().id == made
    reader.scan(voucher(clinic.db, made).number)  # once more: shown, not used
    assert voucher(clinic.db, made).state == "owned"
    desk.press("Enter")
    assert voucher(clinic.db, made).state == "used"


def test_an_unknown_number_and_a_garbled_one_are_said(desk: Desk, reader: Reader) -> None:
    reader.scan("99999999")
    assert "没有号码是 99999999 的卡" in desk.told
    reader.desk.unreadable()
    assert "切换到英文" in desk.told


def test_a_dialog_that_has_no_use_for_it_refuses_the_scan(
    desk: Desk, reader: Reader, patient: int
) -> None:
    desk.press("F1")
    dialog = QApplication.activeModalWidget()
    reader.scan(CARD)
    assert "这里用不到刚才扫的号码" in dialog.context.alerts.bar.sentence
    assert desk.window.context.person_id is None
    reader.desk.unreadable()
    assert "切换到英文" in dialog.context.alerts.bar.sentence
    dialog.reject()


def test_a_question_is_not_answered_by_a_scan(
    desk: Desk, reader: Reader, patient: int, window: MainWindow
) -> None:
    box = QMessageBox(window)
    box.open()
    reader.scan(CARD)
    assert box.isVisible()
    assert "这里用不到" in desk.told
    box.reject()


def test_r124_a_new_card_is_scanned_into_its_field(
    desk: Desk, reader: Reader, window: MainWindow, frontdesk: Session
) -> None:
    who = person(frontdesk, "M1")
    window.context.current_person.select(who)
    dialog = MemberCardDialog(window.context, window)
    dialog.open()
    reader.scan("90012345")
    assert dialog.number.text() == "90012345"
    desk.press("Enter")
    reader.scan("90012345")
    assert window.context.current_person.found_by == "card"


def test_a_card_dialog_without_a_number_refuses(
    desk: Desk, reader: Reader, window: MainWindow, patient: int
) -> None:
    window.context.current_person.select(patient)
    dialog = MemberCardDialog(window.context, window)
    dialog.step.choose("lost")
    dialog.open()
    reader.scan("90012345")
    assert "这里用不到" in dialog.context.alerts.bar.sentence
    dialog.reject()


def test_r168_the_members_card_is_scanned_where_it_has_to_be_seen(
    desk: Desk, reader: Reader, window: MainWindow, clinic: Clinic, frontdesk: Session, patient: int
) -> None:
    from services.loyalty.grants import grant

    row = grant(clinic.db, grant_id(clinic, patient, CLEANING))
    dialog = PledgeDialog(window.context, window, row, None)
    dialog._asks = True
    dialog.form.show_row(dialog.checked_field, True)
    dialog.open()
    reader.scan("99999999")
    assert dialog.checked.value() == ""
    reader.scan(CARD)
    assert dialog.checked.value() == "card"
    (card,) = clinic.db.execute_sql("SELECT id FROM card").fetchone()
    change_card(frontdesk, card_id=card, to_state="lost", document_checked=True)
    reader.now += 5
    reader.scan(CARD)
    assert "已挂失" in dialog.checked_field.error
    dialog.reject()


def test_a_menu_is_closed_by_a_scan(
    desk: Desk, reader: Reader, window: MainWindow, patient: int
) -> None:
    menu = QMenu(window)
    menu.addAction("一")
    menu.popup(window.mapToGlobal(window.rect().center()))
    reader.desk.scanned(CARD)
    assert QApplication.activePopupWidget() is None
    assert window.context.person_id == patient


def test_behind_the_lock_screen_a_scan_opens_nobody(
    desk: Desk, reader: Reader, patient: int
) -> None:
    desk.press("Ctrl+L")
    reader.scan(CARD)
    reader.desk.unreadable()
    assert desk.window.context.person_id is None
    assert QApplication.activeModalWidget() is None
