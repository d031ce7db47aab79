"""The points tab by its keys: money in, money back, the wrong person put right."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from services.clinic import Clinic
from services.commands import Session
from services.feedback.complaints import complaints_of
from services.forms.paper import texts
from services.loyalty.membership import join
from services.loyalty.points import points_ledger
from services.loyalty.receipt_list import list_receipts
from services.loyalty.receipts import post_receipt
from services.people.enrolment import PersonForm, enrol
from services.staff import approve
from tests.conftest import PIN, STAFF
from ui.context import UiContext
from ui.dialogs import approve as approve_module
from ui.tabs.points import PointsTab

Key = Qt.Key


@dataclass
class Hand:
    """Fingers on the keyboard: keys go to whatever has the focus."""

    qtbot: object
    window: QWidget

    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self.window

    def keys(self, text: str) -> None:
        self.qtbot.keyClicks(self.focus(), text)

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            self.qtbot.keyClick(self.focus(), key)

    def enter(self, times: int = 1) -> None:
        self.press(*[Key.Key_Return] * times)


def new_person(session: Session, name: str, phone: str) -> int:
    return enrol(session, form=PersonForm(name=name, phone=phone)).person_id


def pay(session: Session, person_id: int, yuan: int) -> int:
    return post_receipt(session, person_id=person_id, amount_fen=yuan * 100).receipt_id


@pytest.fixture
def person(frontdesk: Session) -> int:
    return new_person(frontdesk, "王芳", "13800138000")


@pytest.fixture
def tab(context: UiContext, person: int, qtbot) -> PointsTab:
    made = PointsTab(context)
    qtbot.addWidget(made)
    made.resize(1366, 500)
    context.current_person.select(person)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    return made


@pytest.fixture
def hand(tab: PointsTab, qtbot) -> Hand:
    return Hand(qtbot, tab)


def dialog_of(tab: PointsTab) -> QDialog:
    return next(each for each in tab.findChildren(QDialog) if each.isVisible())


def receipt_action(tab: PointsTab, hand: Hand, button: QWidget) -> QDialog:
    """Choose the newest receipt and press a button below the list."""
    tab.refresh()
    tab.receipts.table.setFocus()
    tab.receipts.table.select_first()
    hand.press(Key.Key_Down) if tab.receipts.table.current_row() is None else None
    button.click()
    return dialog_of(tab)


def test_f6_amount_enter_enter_posts(tab: PointsTab, hand: Hand, clinic: Clinic, person) -> None:
    tab.act("receipt")
    hand.keys("860")
    assert "积分 +860" in tab.form.lines.text()
    assert "每元 1 分" in tab.form.lines.text()
    hand.enter()
    assert list_receipts(clinic.db, person) == []
    assert "再按回车登记 ¥860" in tab.form.hint.text()
    hand.enter()
    assert [row.net_fen for row in list_receipts(clinic.db, person)] == [860_00]
    assert "已登记 ¥860，积分 +860" in tab.context.alerts.bar.sentence
    assert tab.form.amount.hasFocus()
    assert tab.form.amount.text() == ""


def test_double_enter_posts_once(tab: PointsTab, hand: Hand, clinic: Clinic, person) -> None:
    """A third, fourth and fifth Enter find an empty form and say so."""
    tab.act("receipt")
    hand.keys("500")
    hand.enter(5)
    assert len(list_receipts(clinic.db, person)) == 1
    assert "请先填写实收金额" in tab.form.field.error


def test_a_form_counts_once_even_when_posted_twice(
    tab: PointsTab, hand: Hand, clinic: Clinic, person
) -> None:
    tab.act("receipt")
    hand.keys("500")
    op = tab.form._op
    hand.enter(2)
    tab.form._op = op  # the same form, as if the first answer had got lost
    hand.keys("500")
    hand.enter(2)
    assert len(list_receipts(clinic.db, person)) == 1


def test_a_held_enter_only_looks(tab: PointsTab, hand: Hand, clinic: Clinic, person) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    tab.act("receipt")
    hand.keys("500")
    hand.enter()
    none = Qt.KeyboardModifier.NoModifier
    for _ in range(3):
        held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Return, none, "\r", True, 1)
        QApplication.sendEvent(tab.form.amount, held)
    assert list_receipts(clinic.db, person) == []


def test_an_edit_after_the_first_enter_starts_over(
    tab: PointsTab, hand: Hand, clinic: Clinic, person
) -> None:
    tab.act("receipt")
    hand.keys("86")
    hand.enter()
    hand.keys("0")
    hand.enter()
    assert list_receipts(clinic.db, person) == []
    hand.enter()
    assert [row.net_fen for row in list_receipts(clinic.db, person)] == [860_00]


def test_esc_goes_back_step_by_step(tab: PointsTab, hand: Hand) -> None:
    tab.act("receipt")
    hand.keys("86")
    hand.enter()
    assert tab.form.armed
    assert tab.act("back")
    assert not tab.form.armed
    assert tab.form.amount.text() == "86"
    assert tab.act("back")
    assert tab.form.amount.text() == ""
    assert not tab.act("back")


def test_nobody_open_is_told_how_to_open(tab: PointsTab, context: UiContext) -> None:
    context.current_person.select(None)
    tab.act("receipt")
    assert "F3" in context.alerts.bar.sentence
    assert tab.stack.currentIndex() == 0


def test_two_receipts_cross_2000(tab: PointsTab, hand: Hand, clinic: Clinic, person) -> None:
    """R120: neither receipt alone is enough; together they invite."""
    tab.act("receipt")
    hand.keys("990")
    assert "可邀请入会" not in tab.form.lines.text()
    hand.enter(2)
    hand.keys("999")
    assert "可邀请入会" not in tab.form.lines.text()
    hand.press(*[Key.Key_Backspace] * 3)
    hand.keys("1010")
    hand.press(*[Key.Key_Backspace] * 4)
    hand.keys("995")
    hand.enter(2)
    hand.keys("20")
    text = tab.form.lines.text()
    assert "达到 普通会员，可邀请入会" in text
    assert "累计消费 ¥2,005" in text
    hand.enter(2)
    assert "请邀请入会" in tab.context.alerts.bar.sentence
    assert tab.form.to_join.isVisible()
    assert len(list_receipts(clinic.db, person)) == 3


def test_single_10000_goes_to_vip(
    tab: PointsTab, hand: Hand, frontdesk: Session, clinic: Clinic, person
) -> None:
    pay(frontdesk, person, 1000)
    join(frontdesk, person_id=person, benefits_explained=True)
    tab.act("receipt")
    hand.keys("10000")
    text = tab.form.lines.text()
    assert "升为 VIP会员" in text
    assert "单笔 ¥10,000" in text
    assert "100元档" in text
    hand.enter(2)
    assert "已升为 VIP会员" in tab.context.alerts.bar.sentence
    assert "100元档" in tab.context.alerts.bar.sentence
    assert tab.form.to_gifts.isVisible()


def test_refund_drops_a_tier(
    tab: PointsTab, hand: Hand, frontdesk: Session, clinic: Clinic, person
) -> None:
    """E37: nothing of the tier was used, so it goes at once."""
    pay(frontdesk, person, 1000)
    join(frontdesk, person_id=person, benefits_explained=True)
    pay(frontdesk, person, 5000)
    dialog = receipt_action(tab, hand, tab.receipts.refund_button)
    hand.window = dialog
    assert dialog.amount.text() == "5000"
    assert "降为 普通会员" in dialog.lines.text()
    hand.qtbot.keyPress(dialog.amount, Key.Key_Return)
    dialog.reason.insert("治疗取消")  # as an input method commits
    hand.qtbot.keyPress(dialog.reason, Key.Key_Return)
    assert "已退款 ¥5,000，积分 -5,000" in tab.context.alerts.bar.sentence
    assert points_ledger(clinic.db, person)[0].balance == 1000
    tab.refresh()
    assert "退 ¥5,000" in [tab.receipts.table._rows.columns[4].text(r) for r in
                          tab.receipts.table.rows()]  # fmt: skip


def test_wrong_person_moved(
    tab: PointsTab, hand: Hand, frontdesk: Session, clinic: Clinic, person
) -> None:
    right = new_person(frontdesk, "李娜", "13900139000")
    pay(frontdesk, person, 2500)
    dialog = receipt_action(tab, hand, tab.receipts.move_button)
    hand.qtbot.keyClicks(dialog.who, "9000")
    hand.qtbot.keyPress(dialog.who, Key.Key_Return)
    assert dialog.who.person_id == right
    assert "积分 +2,500" in dialog.there.text()
    assert "-2,500" in dialog.here.text()
    hand.qtbot.keyPress(dialog.reason, Key.Key_Return)
    assert [row.net_fen for row in list_receipts(clinic.db, right)] == [2500_00]
    assert list_receipts(clinic.db, person) == []
    assert "李娜" in tab.context.alerts.bar.sentence


def test_details_are_reached_by_keys_and_posted(
    tab: PointsTab, hand: Hand, clinic: Clinic, person
) -> None:
    tab.act("receipt")
    hand.keys("600")
    tab.form.more.click()
    assert tab.form.details.day.hasFocus()
    hand.keys("20261118")
    tab.form.details.billed.setFocus()
    hand.keys("1000")
    tab.form.details.insured.setFocus()
    hand.keys("300")
    hand.enter()
    assert tab.form.amount.hasFocus()
    hand.enter()
    row = list_receipts(clinic.db, person)[0]
    assert (row.occurred_on, row.billed_fen, row.insured_fen) == ("2026-11-18", 1000_00, 300_00)
    assert row.arrears_fen == 100_00


def test_arrears_are_paid_from_the_list(
    tab: PointsTab, hand: Hand, frontdesk: Session, clinic: Clinic, person
) -> None:
    post_receipt(frontdesk, person_id=person, amount_fen=600_00, billed_fen=900_00)
    dialog = receipt_action(tab, hand, tab.receipts.pay_button)
    assert dialog.amount.text() == "300"
    hand.qtbot.keyPress(dialog.amount, Key.Key_Return)
    assert list_receipts(clinic.db, person)[0].arrears_fen == 0
    assert points_ledger(clinic.db, person)[0].balance == 900


def test_long_ago_needs_a_reason_and_a_second_word(
    tab: PointsTab, hand: Hand, clinic: Clinic, person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def word(context, parent, right: str, what: str):
        asked.append(what)
        return approve(clinic, STAFF["member_admin"], PIN, right)

    monkeypatch.setattr("ui.widgets.receipt_form.ask_approval", word)
    tab.act("receipt")
    hand.keys("500")
    tab.form.more.click()
    hand.keys("20261101")
    assert tab.form.details.reason.isVisible()
    hand.enter()
    assert "原因" in tab.form.details.reason_field.error
    tab.form.details.reason.setFocus()
    hand.keys("late")
    hand.enter(2)
    assert asked
    assert "2026-11-01" in asked[0]
    assert list_receipts(clinic.db, person)[0].occurred_on == "2026-11-01"


def test_a_case_is_opened_inside_the_form(
    tab: PointsTab, hand: Hand, clinic: Clinic, person
) -> None:
    tab.act("receipt")
    hand.keys("500")
    tab.form.more.click()
    details = tab.form.details
    details.case.setFocus()
    details.case.setCurrentIndex(details.case.count() - 1)
    details.case.activated.emit(details.case.currentIndex())
    assert details.case_name.hasFocus()
    hand.keys("implant")
    hand.enter()
    assert details.case_id() is not None
    tab.form.amount.setFocus()
    hand.enter(2)
    assert list_receipts(clinic.db, person)[0].case_name == "implant"


def test_void_of_ones_own_today_needs_no_second_word(
    tab: PointsTab, hand: Hand, frontdesk: Session, clinic: Clinic, person
) -> None:
    pay(frontdesk, person, 300)
    dialog = receipt_action(tab, hand, tab.receipts.void_button)
    hand.qtbot.keyClicks(dialog.reason, "twice")
    hand.qtbot.keyPress(dialog.reason, Key.Key_Return)
    assert list_receipts(clinic.db, person)[0].void
    tab.refresh()
    assert not tab.receipts.void_button.isEnabled() or tab.receipts.table.current_row() is None


def test_enter_on_a_receipt_offers_what_can_be_done(
    tab: PointsTab, hand: Hand, frontdesk: Session, person
) -> None:
    pay(frontdesk, person, 300)
    tab.refresh()
    tab.receipts.table.setFocus()
    tab.receipts.table.select_first()
    hand.qtbot.keyClick(tab.receipts.table, Key.Key_Return)
    menu = QApplication.activePopupWidget()
    assert [action.text() for action in menu.actions()] == ["退款", "移给他人", "作废"]
    menu.close()


def test_the_ledger_explains_every_point(
    tab: PointsTab, frontdesk: Session, clinic: Clinic, person
) -> None:
    pay(frontdesk, person, 300)
    tab.refresh()
    row = tab.ledger.table.rows()[0]
    shown = [column.text(row) for column in tab.ledger.table._rows.columns]
    assert shown[1:4] == ["消费得分", "+300", "300"]
    assert "单据 261120-1" in shown[4]
    assert not tab.ledger.adjust.isEnabled()  # 前台 may not


def test_a_manager_adjusts_and_takes_it_back(
    tab: PointsTab, hand: Hand, member_admin: Session, clinic: Clinic, person
) -> None:
    tab.context.signed_in.set(member_admin)
    tab.pages.setCurrentIndex(1)
    tab.refresh()
    tab.ledger.adjust.click()
    dialog = dialog_of(tab)
    hand.qtbot.keyClicks(dialog.points, "100")
    hand.qtbot.keyPress(dialog.points, Key.Key_Return)
    hand.qtbot.keyClicks(dialog.text, "slip")
    hand.qtbot.keyPress(dialog.text, Key.Key_Return)
    assert points_ledger(clinic.db, person)[0].balance == 100
    tab.refresh()
    tab.ledger.table.select_first()
    tab.ledger.reverse.click()
    dialog = dialog_of(tab)
    hand.qtbot.keyClicks(dialog.text, "oops")
    hand.qtbot.keyPress(dialog.text, Key.Key_Return)
    assert points_ledger(clinic.db, person)[0].balance == 0


def test_more_than_500_asks_the_director(
    tab: PointsTab, hand: Hand, member_admin: Session, clinic: Clinic, person, monkeypatch
) -> None:
    def word(context, parent, right: str, what: str):
        return approve(clinic, STAFF["director"], PIN, right)

    monkeypatch.setattr("ui.dialogs.adjust.ask_approval", word)
    assert approve_module.ask_approval
    tab.context.signed_in.set(member_admin)
    tab.ledger.refresh()
    tab.ledger.open_adjust()
    dialog = dialog_of(tab)
    dialog.points.setText("-600")
    dialog.text.setText("x")
    dialog.submit()
    assert points_ledger(clinic.db, person) == []
    assert dialog.isVisible()  # too few points: said in the dialog
    dialog.points.setText("600")
    dialog.submit()
    assert points_ledger(clinic.db, person)[0].balance == 600


def test_e67_goodwill_is_given_for_a_complaint(
    tab: PointsTab, member_admin: Session, clinic: Clinic, person
) -> None:
    tab.context.signed_in.set(member_admin)
    tab.ledger.refresh()
    for points, left in (("100", [100]), ("20", [120])):
        tab.ledger.open_adjust()
        dialog = dialog_of(tab)
        assert not dialog.complaint.isVisible()
        dialog.code.choose("goodwill")
        assert dialog.complaint.isVisible()
        dialog.points.setText(points)
        dialog.text.setText("赔礼")
        if dialog.complaint_text.isVisible():  # the second time the complaint is there already
            dialog.submit()
            assert dialog.complaint_text_field.error
            dialog.complaint_text.setText("等候太久")
        dialog.submit()
        assert points_ledger(clinic.db, person)[0].balance == left[0]
    (complaint,) = complaints_of(clinic.db, clinic.clock.today(), person)
    assert (complaint.text, complaint.points, complaint.open) == ("等候太久", 120, True)


def test_the_statement_is_the_persons_own(tab: PointsTab, frontdesk: Session, person) -> None:
    pay(frontdesk, person, 300)
    assert tab.act("print")
    paper = dialog_of(tab).paper
    found = set(texts(paper))
    assert {"王芳", "+300"} <= found
    assert "王芳" not in paper.name


def test_every_control_says_its_name(tab: PointsTab) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView

    tab.form.more.setChecked(True)
    for kind in (QLineEdit, QComboBox, QAbstractButton, QTableView):
        for control in tab.findChildren(kind):
            if not control.objectName().startswith("qt_") and control.isVisibleTo(tab):
                name = control.accessibleName() or getattr(control, "text", str)()
                assert name, control


def test_undo_clears_the_result_that_is_shown(
    tab: PointsTab, hand: Hand, frontdesk: Session, clinic: Clinic, person
) -> None:
    from services.desk.undo import undo_last

    tab.act("receipt")
    hand.keys("860")
    hand.enter(2)
    assert "刚才登记的结果" in tab.form.hint.text()
    assert not tab.form.amount.isUndoAvailable()  # so Ctrl+Z goes to the window
    tab.context.bus.announce(undo_last(frontdesk).changes)
    tab.refresh()
    assert "刚才登记的结果" not in tab.form.hint.text()
    assert tab.form.lines.text() == ""
