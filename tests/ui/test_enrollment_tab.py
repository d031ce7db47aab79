"""The enrolment tab by its keys: a new person, a membership, an upgrade told twice."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QTableView,
    QWidget,
)

from services.clinic import Clinic
from services.commands import Session
from services.loyalty.grants import grants_of
from services.loyalty.membership import join
from services.loyalty.receipts import post_receipt
from services.loyalty.standing import joined_on
from services.loyalty.tier_notices import open_notices
from services.people.cards import cards_of
from services.people.enrolment import PersonForm, enrol
from services.people.records import alerts_of, consents_of, household_of, list_doctors, person
from services.people.search import find
from tests.conftest import TODAY
from tests.ui.desk_hands import looked
from ui.context import UiContext
from ui.tabs.enrollment import DESK, FORM, EnrollmentTab
from ui.widgets import invite_lists
from ui.widgets.invite_lists import INVITED, NOTICES

Key = Qt.Key
ADULT = "11010519491231002X"
CHILD = "110105201903070044"


@pytest.fixture
def tab(context: UiContext, qtbot) -> EnrollmentTab:
    made = EnrollmentTab(context)
    qtbot.addWidget(made)
    made.resize(1366, 500)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def type_in(qtbot, tab: EnrollmentTab):
    """Type into whatever has the keyboard; Chinese comes as an input method commits it."""

    def typed(text: str, *keys: Qt.Key) -> None:
        focus = QApplication.focusWidget()
        if text.isascii():
            qtbot.keyClicks(focus, text)
        elif isinstance(focus, QLineEdit):
            focus.insert(text)
            focus.textEdited.emit(focus.text())
        for key in keys:
            qtbot.keyClick(QApplication.focusWidget(), key)

    return typed


def eligible(session: Session, name: str = "李娜", yuan: int = 2190) -> int:
    person_id = enrol(session, form=PersonForm(name=name, phone="13911112222")).person_id
    post_receipt(session, person_id=person_id, amount_fen=yuan * 100)
    return person_id


def dialog_of(tab: EnrollmentTab) -> QDialog:
    return next(each for each in tab.findChildren(QDialog) if each.isVisible())


def found(clinic: Clinic, text: str) -> list[str]:
    return [hit.name for hit in find(clinic.db, text)]


# -- a new person --------------------------------------------------------------------------


def test_enrol_from_an_id_number(
    tab: EnrollmentTab, type_in, clinic: Clinic, context: UiContext
) -> None:
    """Three fields typed, Enter after each; the rest fills itself."""
    tab.act("new_person")
    type_in("单小燕", Key.Key_Return)
    type_in(ADULT, Key.Key_Return)
    fields = tab.form.fields
    assert fields.lines["birthday"].text() == "1949-12-31"
    assert fields.sex.value() == "F"
    assert fields.lines["pinyin"].text() == "shan xiao yan"
    assert fields.lines["phone"].hasFocus()
    type_in("13800138000", Key.Key_Return)
    record = person(clinic.db, context.person_id)
    assert (record.form.name, record.form.id_number) == ("单小燕", ADULT)
    assert (record.form.birthday, record.form.sex) == ("1949-12-31", "F")
    assert consents_of(clinic.db, record.id)["record"].granted
    assert found(clinic, "sxy") == ["单小燕"]
    assert tab.stack.currentIndex() == DESK
    assert "已建档" in context.alerts.bar.sentence
    assert tab.joining.receipt_button.hasFocus()


def test_enter_twice_makes_one_person(tab: EnrollmentTab, type_in, clinic: Clinic) -> None:
    tab.act("new_person")
    type_in("王芳", Key.Key_Return, Key.Key_Return)
    type_in("13800138000", Key.Key_Return)
    tab.form.save_button.click()
    assert found(clinic, "wangfang") == ["王芳"]


def test_a_failed_check_warns_below_the_field_and_saves(
    tab: EnrollmentTab, type_in, clinic: Clinic, qtbot
) -> None:
    tab.act("new_person")
    type_in("王芳", Key.Key_Return)
    type_in("1101051949")
    qtbot.wait(5)
    assert tab.form.fields.fields["id_number"].note == ""  # still being typed
    type_in("12310021")
    qtbot.waitUntil(lambda: "末位校验不符" in tab.form.fields.fields["id_number"].note)
    type_in("", Key.Key_Return)
    type_in("13800138000", Key.Key_Return)
    assert found(clinic, "8000") == ["王芳"]


def test_a_child_needs_a_guardian(tab: EnrollmentTab, type_in, clinic: Clinic) -> None:
    tab.act("new_person")
    type_in("曾小红", Key.Key_Return)
    lines = tab.form.fields.lines
    assert not lines["guardian_name"].isVisible()
    number = valid_child()
    type_in(number, Key.Key_Return)
    assert lines["guardian_name"].isVisible()
    type_in("13800138000", Key.Key_Return)
    assert lines["guardian_name"].hasFocus()
    type_in("曾父", Key.Key_Return)
    type_in("father", Key.Key_Return)
    type_in("13800138000", Key.Key_Return)
    assert found(clinic, "zxh") == ["曾小红"]


def valid_child() -> str:
    from stdnum.cn import ric

    return CHILD[:17] + ric.calc_check_digit(CHILD)


def test_a_twin_is_shown_before_saving_and_opened_by_one_key(
    tab: EnrollmentTab, type_in, frontdesk: Session, clinic: Clinic, context: UiContext, qtbot
) -> None:
    there = enrol(frontdesk, form=PersonForm(name="王芳", phone="13800138000", id_number=ADULT))
    tab.act("new_person")
    type_in("王芳", Key.Key_Return)
    type_in(ADULT, Key.Key_Return)
    qtbot.waitUntil(tab.form.open_button.isVisible)
    assert "证件号相同" in tab.form.twins_title.text()
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_U, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: context.person_id == there.person_id)
    assert tab.stack.currentIndex() == DESK
    assert len(found(clinic, "王芳")) == 1


def test_what_filled_itself_follows_the_number_and_what_was_typed_stays(
    tab: EnrollmentTab, type_in
) -> None:
    tab.act("new_person")
    type_in("王芳", Key.Key_Return)
    type_in(ADULT, Key.Key_Return)
    lines = tab.form.fields.lines
    lines["id_number"].setText(valid_child())
    tab.form.fields.recheck()
    assert lines["birthday"].text() == "2019-03-07"
    lines["pinyin"].setText("wang fang fang")
    lines["name"].setText("王方")
    tab.form.fields.recheck()
    assert lines["pinyin"].text() == "wang fang fang"


def test_alerts_ask_for_their_own_consent(
    tab: EnrollmentTab, type_in, clinic: Clinic, context: UiContext
) -> None:
    tab.act("new_person")
    type_in("王芳", Key.Key_Return, Key.Key_Return)
    type_in("13800138000")
    tab.form.chips.chips[0].click()
    assert "单独同意" in tab.form.alerts_note.text()
    assert tab.form.alerts_note.isVisible()
    tab.form.consents.boxes["health"].click()
    assert not tab.form.alerts_note.isVisible()
    tab.form.chips.more.setFocus()
    type_in("青霉素过敏", Key.Key_Return)
    assert [row.text for row in alerts_of(clinic.db, context.person_id)] == [
        "牙齿敏感",
        "青霉素过敏",
    ]
    given = consents_of(clinic.db, context.person_id)
    assert {item for item, row in given.items() if row.granted} == {"record", "health"}


def test_no_phone_is_asked_once(tab: EnrollmentTab, type_in, clinic: Clinic, monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tab.context.alerts, "ask", lambda t, s, y="": asked.append(s) or True)
    tab.act("new_person")
    type_in("王芳", Key.Key_Return, Key.Key_Return, Key.Key_Return)
    assert any("没有留任何电话" in sentence for sentence in asked)
    assert found(clinic, "王芳") == ["王芳"]


def test_without_a_name_it_says_so(tab: EnrollmentTab) -> None:
    tab.act("new_person")
    tab.form.save()
    assert "姓名" in tab.form.fields.fields["name"].error
    assert tab.form.fields.lines["name"].hasFocus()


def test_esc_leaves_an_empty_form_and_asks_about_a_full_one(
    tab: EnrollmentTab, type_in, monkeypatch
) -> None:
    asked: list[str] = []
    tab.act("new_person")
    assert tab.act("back")
    assert tab.stack.currentIndex() == DESK
    tab.act("new_person")
    type_in("王芳")
    monkeypatch.setattr(tab.context.alerts, "ask", lambda t, s, y="": asked.append(s) and False)
    tab.act("back")
    assert asked
    assert tab.stack.currentIndex() == FORM
    assert tab.form.fields.lines["name"].text() == "王芳"


def test_locking_forgets_what_was_typed(tab: EnrollmentTab, type_in) -> None:
    tab.act("new_person")
    type_in("王芳")
    tab.context.signed_in.set(None)
    assert tab.form.fields.lines["name"].text() == ""
    assert tab.stack.currentIndex() == DESK


# -- joining -------------------------------------------------------------------------------


def test_who_is_eligible_joins_with_enter_space_enter(
    tab: EnrollmentTab, frontdesk: Session, clinic: Clinic, context: UiContext, qtbot
) -> None:
    person_id = eligible(frontdesk)
    tab.refresh()
    tab.lists.start()
    looked(tab, qtbot)
    row = tab.lists.invited.rows()[0]
    assert (row.name, row.tier_name, row.spend_fen) == ("李娜", "普通会员", 2190_00)
    qtbot.keyClick(tab.lists.invited, Key.Key_Return)
    assert context.person_id == person_id
    panel = tab.joining
    assert "累计消费 ¥2,190" in panel.how.text()
    assert "10元档" in panel.lines.text()
    assert panel.explained.hasFocus()
    qtbot.keyClick(panel.explained, Key.Key_Return)
    assert "已讲解待遇" in context.alerts.bar.sentence  # not without explaining
    assert joined_on(clinic.db, person_id, 1) is None
    qtbot.keyClick(panel.explained, Key.Key_Space)
    qtbot.keyClick(panel.explained, Key.Key_Return)
    assert joined_on(clinic.db, person_id, 1) == TODAY
    assert "已入会：普通会员" in context.alerts.bar.sentence
    assert "Ctrl+4" in context.alerts.bar.sentence
    assert panel.gifts_button.hasFocus()
    assert [row.kind for row in grants_of(clinic.db, person_id)] == ["gift"]
    gone = []
    context.navigator.wanted.connect(lambda tab, action: gone.append((tab, action)))
    qtbot.keyClick(panel.gifts_button, Key.Key_Return)
    assert gone == [("gifts", "show_due")]


def test_the_strip_leads_to_the_tick(
    tab: EnrollmentTab, frontdesk: Session, context: UiContext
) -> None:
    context.current_person.select(eligible(frontdesk))
    assert tab.act("join")
    assert tab.joining.explained.hasFocus()


def test_who_is_not_eligible_is_led_to_the_receipt(
    tab: EnrollmentTab, frontdesk: Session, context: UiContext
) -> None:
    person_id = enrol(frontdesk, form=PersonForm(name="王芳", phone="13800138000")).person_id
    tab.open_person(person_id)
    assert "还没达到入会条件" in tab.joining.heading.text()
    assert not tab.joining.join_button.isVisible()
    assert tab.joining.receipt_button.hasFocus()
    tab.joining.more.click()
    menu = tab.joining.more.menu_shown
    (grants,) = (each for each in menu.actions() if "授予等级" in each.text())
    assert not grants.isEnabled()  # 前台 may not, and reads who may
    assert "院长" in grants.text()
    menu.close()


def test_the_director_grants_a_tier(
    tab: EnrollmentTab, director: Session, clinic: Clinic, context: UiContext, qtbot
) -> None:
    context.signed_in.set(director)
    person_id = enrol(director, form=PersonForm(name="王芳", phone="13800138000")).person_id
    tab.open_person(person_id)
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_W, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: tab.joining.more.menu_shown is not None)
    qtbot.keyClick(tab.joining.more.menu_shown, Key.Key_A)
    dialog = dialog_of(tab)
    dialog.rank.choose(3)
    qtbot.keyClicks(dialog.reason, "approved")
    qtbot.keyPress(dialog.reason, Key.Key_Return)
    assert joined_on(clinic.db, person_id, 1) == TODAY
    assert "VIP会员" in context.alerts.bar.sentence


def test_an_upgrade_is_told_twice_and_ticked_off_by_enter(
    tab: EnrollmentTab, frontdesk: Session, clinic: Clinic, qtbot
) -> None:
    """R123: 前台 and 收费处, each with one key."""
    person_id = eligible(frontdesk)
    join(frontdesk, person_id=person_id, benefits_explained=True)
    assert tab.act("show_notices")
    looked(tab, qtbot)
    table = tab.lists.notices
    assert [tab.lists.notices._rows.columns[2].text(row) for row in table.rows()] == [
        "前台",
        "收费",
    ]
    qtbot.keyClick(table, Key.Key_Return)
    assert "前台告知 李娜" in tab.context.alerts.bar.sentence
    assert table.hasFocus()
    qtbot.keyClick(table, Key.Key_Return)
    assert open_notices(clinic.db) == []


def test_a_list_that_is_cut_says_that_more_follow(
    tab: EnrollmentTab, frontdesk: Session, monkeypatch, qtbot
) -> None:
    join(frontdesk, person_id=eligible(frontdesk), benefits_explained=True)
    lists = tab.lists
    lists.refresh()
    looked(lists, qtbot)
    assert [lists.pages.tabText(n) for n in (INVITED, NOTICES)] == ["邀请 0", "告知 2"]
    assert lists.more_notices.isHidden()
    monkeypatch.setattr(invite_lists, "SHOWN", 1)
    lists.refresh()
    looked(lists, qtbot)
    assert (lists.notices.count(), lists.pages.tabText(NOTICES)) == (1, "告知 1+")
    assert not lists.more_notices.isHidden()
    assert lists.more_invited.isHidden()
    eligible(frontdesk.confirming("possible_duplicate"), "李梅")
    monkeypatch.setattr(invite_lists, "LISTED", 1)
    lists.refresh()
    looked(lists, qtbot)
    assert lists.pages.tabText(INVITED) == "邀请 1+"
    assert not lists.more_invited.isHidden()


# -- the record ----------------------------------------------------------------------------


@pytest.fixture
def opened(tab: EnrollmentTab, frontdesk: Session) -> int:
    made = enrol(
        frontdesk,
        form=PersonForm(name="王芳", phone="13800138000", id_number=ADULT),
        consents=("record", "marketing"),
    )
    tab.open_person(made.person_id)
    return made.person_id


def test_the_card_masks_what_it_shows(tab: EnrollmentTab, opened: int) -> None:
    shown = " ".join(value.text() for value in tab.card.values.values())
    assert "138****8000" in shown
    assert "110105********002X" in shown
    assert "13800138000" not in shown
    assert "王芳" not in shown


def test_a_change_needs_a_document(
    tab: EnrollmentTab, opened: int, type_in, clinic: Clinic, context: UiContext
) -> None:
    """R124."""
    tab.card.edit_button.click()
    lines = tab.form.fields.lines
    assert lines["name"].text() == "王芳"
    lines["phone"].setText("13900139000")
    lines["phone"].setFocus()
    type_in("", Key.Key_Return)
    assert "核对本人证件" in context.alerts.bar.sentence
    assert person(clinic.db, opened).form.phone == "13800138000"
    tab.form.document.click()
    lines["phone"].setFocus()
    type_in("", Key.Key_Return)
    assert person(clinic.db, opened).form.phone == "13900139000"
    assert tab.stack.currentIndex() == DESK


def test_a_family_is_made_by_search_and_enter(
    tab: EnrollmentTab, opened: int, frontdesk: Session, clinic: Clinic, qtbot
) -> None:
    other = enrol(frontdesk, form=PersonForm(name="王小明", phone="13911119999")).person_id
    tab.card.family_button.click()
    dialog = dialog_of(tab)
    qtbot.keyClicks(dialog.who, "9999")
    qtbot.keyClick(dialog.who, Key.Key_Return)
    qtbot.keyClick(dialog.who, Key.Key_Return)
    assert [row.person_id for row in household_of(clinic.db, opened)] == [other]
    assert "王小明" in dialog.members.item(0).text()
    dialog.reject()


def test_a_card_is_issued_lost_and_replaced(
    tab: EnrollmentTab, opened: int, clinic: Clinic, qtbot
) -> None:
    tab.card.card_button.click()
    dialog = dialog_of(tab)
    qtbot.keyClicks(dialog.number, "C001")
    qtbot.keyPress(dialog.number, Key.Key_Return)
    tab.card.card_button.click()
    dialog = dialog_of(tab)
    assert dialog.step.value() == "lost"
    dialog.submit()
    assert dialog.context.alerts.bar.sentence  # not without a document
    dialog.document.click()
    dialog.submit()
    tab.card.card_button.click()
    dialog = dialog_of(tab)
    assert dialog.step.value() == "replaced"
    dialog.document.click()
    qtbot.keyClicks(dialog.number, "C002")
    qtbot.keyPress(dialog.number, Key.Key_Return)
    states = {card.number: card.state for card in cards_of(clinic.db, opened)}
    assert states == {"C001": "replaced", "C002": "active"}


def test_a_consent_is_withdrawn_with_one_key(
    tab: EnrollmentTab, opened: int, clinic: Clinic, qtbot
) -> None:
    tab.card.consents_button.click()
    dialog = dialog_of(tab)
    box = dialog.consents.boxes["marketing"]
    assert box.isChecked()
    qtbot.keyClick(box, Key.Key_Space)
    assert not consents_of(clinic.db, opened)["marketing"].granted
    qtbot.keyClicks(dialog.text, "allergy")
    qtbot.keyClick(dialog.text, Key.Key_Return)
    assert [row.text for row in alerts_of(clinic.db, opened)] == ["allergy"]
    dialog.close_button.click()
    assert alerts_of(clinic.db, opened) == []
    dialog.reject()


def test_every_control_says_its_name(tab: EnrollmentTab, opened: int, clinic: Clinic) -> None:
    assert list_doctors(clinic.db) == []
    for page in (None, tab.act_new_person):
        if page is not None:
            page()
        for kind in (QLineEdit, QComboBox, QAbstractButton, QTableView):
            for control in tab.findChildren(kind):
                if not control.objectName().startswith("qt_") and control.isVisibleTo(tab):
                    assert _name_of(control), control


def _name_of(control: QWidget) -> str:
    return control.accessibleName() or (
        control.text() if isinstance(control, QAbstractButton) else ""
    )


def test_a_manager_adds_a_doctor_inside_the_form(
    tab: EnrollmentTab, type_in, member_admin: Session, clinic: Clinic, context: UiContext, qtbot
) -> None:
    context.signed_in.set(member_admin)
    tab.act("new_person")
    type_in("王芳", Key.Key_Return, Key.Key_Return)
    type_in("13800138000")
    doctor = tab.form.fields.doctor
    doctor.setFocus()
    doctor.setCurrentIndex(doctor.count() - 1)
    doctor.activated.emit(doctor.currentIndex())
    dialog = dialog_of(tab)
    qtbot.keyClicks(dialog.name, "Chen")
    qtbot.keyPress(dialog.name, Key.Key_Return)
    assert doctor.currentText() == "Chen"
    qtbot.keyClick(doctor, Key.Key_Return)  # Enter saves from a choice too
    record = person(clinic.db, context.person_id)
    assert record.form.doctor_id == list_doctors(clinic.db)[0].id


def test_tab_visits_every_field_once_the_typed_ones_first(tab: EnrollmentTab, qtbot) -> None:
    tab.act("new_person")
    lines = tab.form.fields.lines
    seen = []
    for _ in range(30):
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_Tab)
        seen.append(QApplication.focusWidget())
        if seen[-1] is tab.form.save_button:
            break
    assert seen[:2] == [lines["id_number"], lines["phone"]]
    assert len(set(map(id, seen))) == len(seen)
    wanted = [line for line in lines.values() if line.isVisible() and line is not lines["name"]]
    assert {id(line) for line in wanted} <= set(map(id, seen))
