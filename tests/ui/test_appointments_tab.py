"""Appointments in the check-in tab by keyboard: the board, the list to call, booking, undoing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from services.desk.appointment_list import appointments_of, booking
from services.desk.appointments import arrive, book, no_show
from services.desk.visits import change_visit, check_in, today_board, undo_step
from services.people.search import reindex
from services.setup import change_settings
from tests.conftest import TODAY
from tests.desk_world import doctor, member, person, visit_values
from tests.gift_world import in_command
from tests.ui.desk_hands import on_screen, open_person
from tests.ui.dialog_hands import ENTER, ESC, dialog_of, focus, write
from tests.ui.dialog_hands import press as hit
from tests.ui.gift_hands import focus_of, press, told
from ui.alerts import Alerts
from ui.dialogs.appointment import AppointmentDialog, CancelDialog
from ui.tabs.checkin import CheckinTab

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
TOMORROW = "2026-11-21"
PHONE = "13812345678"


@pytest.fixture
def tab(context, qtbot):
    return on_screen(CheckinTab(context), qtbot)


@pytest.fixture
def vip(frontdesk):
    own = doctor(frontdesk, "陈医生")
    made = member(
        frontdesk, "M1", name="赵国强", rank=3, sex="M", phone="13900001111", doctor_id=own
    )
    in_command(frontdesk, lambda tx: reindex(tx.db, made))
    return made


def again(tab):
    tab.mark_dirty()
    tab.refresh_if_seen()


def on_board(tab):
    again(tab)
    tab.act("show_today")


def names(tab):
    return [row.name for row in tab.board.rows()]


def cells(tab, row=0):
    line = tab.board.rows()[row]
    return [column.text(line) for column in tab.board._rows.columns]


def board(clinic):
    return today_board(clinic.db, TODAY, clinic.clock.now_utc())


def rows(clinic, day=TOMORROW):
    return appointments_of(clinic.db, day, clinic.clock.now_utc())


def to_appointments(tab):
    press(tab, Key.Key_Y, modifier=ALT)


# -- on today's board ------------------------------------------------------------------------


def test_r129_somebody_awaited_stands_on_the_board_with_what_to_tell(tab, frontdesk, vip):
    book(frontdesk, day=TODAY, at="9:30", person_id=vip, item="洁牙")
    on_board(tab)
    state, late, name, level, at, _, remark = cells(tab)
    assert (state, name, level, at) == ("预约未到", "赵国强先生", "VIP会员", "09:30")
    assert (late, remark) == ("", "洁牙 · 请告知医生")
    assert "预约未到 1 人" in tab.summary.text()
    assert tab.pane.band.name.text() == "赵国强 先生"
    assert "09:30 · 洁牙" in tab.pane.facts.text()
    enabled = {step for step, made in tab.steps.buttons.items() if made.isEnabled()}
    assert enabled == {"waiting", "no_show"}


def test_one_key_arrives_as_the_card_has_it(tab, context, clinic, frontdesk, vip):
    made = book(frontdesk, day=TODAY, at="9:30", person_id=vip, item="洁牙")
    on_board(tab)
    press(tab, Key.Key_1)
    (row,) = board(clinic)
    assert (row.state, row.escort, row.item, row.doctor_name) == (
        "waiting", "李前台", "洁牙", "陈医生",
    )  # fmt: skip
    assert booking(clinic.db, made.appointment_id).visit_id == row.visit_id
    assert told(context) == "已登记到诊：赵国强先生，候诊第 1 位。请告知医生。"
    assert names(tab) == ["赵国强"]


def test_space_arrives_too_and_backspace_awaits_again(tab, context, clinic, frontdesk, vip):
    book(frontdesk, day=TODAY, at="9:30", person_id=vip)
    on_board(tab)
    press(tab, Key.Key_Space)
    assert tab.undo.text() == "退格 撤销：登记到诊"
    press(tab, Key.Key_Backspace)
    assert told(context) == "赵国强先生：已撤销到诊登记。"
    assert board(clinic) == []
    assert names(tab) == ["赵国强"]
    assert tab.board.rows()[0].open


def test_f4_of_a_person_who_is_awaited_is_that_appointment(tab, context, clinic, frontdesk, vip):
    other = doctor(frontdesk, "林医生")
    made = book(frontdesk, day=TODAY, at="9:30", person_id=vip, doctor_id=other, note="陈医生休假")
    again(tab)
    open_person(context, tab, vip)
    tab.act("check_in")
    assert tab.pane.doctor.currentText() == "林医生"
    assert tab.pane.remark.value() == "陈医生休假"
    press(tab, ENTER)
    (row,) = board(clinic)
    assert (row.doctor_name, row.note, row.booked_at) == ("林医生", "陈医生休假", "09:30")
    assert booking(clinic.db, made.appointment_id).state == "arrived"


def test_r128_a_new_friend_arrives_with_one_key_at_the_level_of_the_vip(
    tab, context, clinic, frontdesk, vip
):
    book(frontdesk, day=TODAY, at="9:30", name="孙朋友", phone=PHONE, introduced_by_id=vip)
    on_board(tab)
    assert tab.right.currentWidget() is tab.desk.card
    assert "赵国强 介绍，按VIP会员接待" in tab.desk.card.promises.texts()
    assert "请告知医生" in tab.desk.card.promises.texts()
    press(tab, Key.Key_0)
    assert tab.desk.card.phone.text() == PHONE
    press(tab, Key.Key_1)
    (row,) = board(clinic)
    assert (row.name, row.reception_rank, row.brought_by, row.escort) == (
        "孙朋友", 3, "赵国强", "李前台",
    )  # fmt: skip
    assert tab.right.currentWidget() is tab.pane
    assert told(context) == "已登记到诊：孙朋友，候诊第 1 位。请告知医生。"


def test_the_friend_of_a_diamond_gets_the_vip_room(tab, clinic, frontdesk):
    diamond = member(frontdesk, "M9", name="王丽华", rank=4)
    book(frontdesk, day=TODAY, at="9:30", name="孙朋友", phone=PHONE, introduced_by_id=diamond)
    on_board(tab)
    press(tab, ENTER)
    assert focus_of(tab) is tab.desk.card.confirm
    press(tab, ENTER)
    assert board(clinic)[0].room == "VIP诊室"


def test_a_diamond_without_a_room_is_asked_on_the_card(tab, context, clinic, frontdesk):
    diamond = member(frontdesk, "M9", name="王丽华", rank=4)
    book(frontdesk, day=TODAY, at="9:30", person_id=diamond)
    on_board(tab)
    tab.pane.room.clear()
    press(tab, Key.Key_1)
    assert "须安排 VIP 诊室" in told(context)
    assert board(clinic) == []


def test_5_did_not_come_and_backspace_awaits_again(tab, context, clinic, frontdesk, vip):
    made = book(frontdesk, day=TODAY, at="9:30", person_id=vip).appointment_id
    on_board(tab)
    press(tab, Key.Key_3)
    assert told(context) == "赵国强还没有到。到了按 1，没有来按 5。"
    press(tab, Key.Key_5)
    assert booking(clinic.db, made).state == "no_show"
    assert cells(tab)[0] == "没有来"
    assert tab.undo.text() == "退格 撤销：没有来"
    press(tab, Key.Key_Backspace)
    assert booking(clinic.db, made).state == "booked"
    assert told(context) == "赵国强：恢复为预约未到。"


def test_who_is_late_is_said_beside_those_who_wait(tab, frontdesk, clock):
    book(frontdesk, day=TODAY, at="上午0点01", name="孙朋友", phone=PHONE)
    clock.time = "10:00:00"
    on_board(tab)
    assert cells(tab)[1].startswith("晚 ")
    assert tab.board._rows.columns[1].tone(tab.board.rows()[0]) == "warning"


def test_the_line_of_a_new_name_stays_read_when_news_come(tab, context, frontdesk):
    book(frontdesk, day=TODAY, at="9:30", name="孙朋友", phone=PHONE)
    on_board(tab)
    done = check_in(frontdesk, person_id=person(frontdesk, "M2", name="旁人"))
    context.alerts.announce(done)
    QApplication.processEvents()
    assert names(tab) == ["旁人", "孙朋友"]
    assert tab.board.current_row().name == "孙朋友"
    assert tab.right.currentWidget() is tab.desk.card


# -- taking a step back ----------------------------------------------------------------------


@pytest.fixture
def waiting(frontdesk):
    return check_in(frontdesk, person_id=person(frontdesk, "M9", name="周先到")).visit_id


@pytest.mark.parametrize("keys", [(Key.Key_Backspace, None), (Key.Key_Z, CTRL)])
def test_backspace_and_ctrl_z_take_the_step_back(tab, context, frontdesk, waiting, keys):
    on_board(tab)
    press(tab, Key.Key_2, Key.Key_3)
    assert tab.undo.text() == "退格 撤销：已叫号→就诊中"
    key, modifier = keys
    press(tab, key, modifier=modifier or Qt.KeyboardModifier.NoModifier)
    assert visit_values(frontdesk, waiting).state == "called"
    assert told(context) == "周先到：退回已叫号。"
    tab.undo.click()
    assert visit_values(frontdesk, waiting).state == "waiting"


def test_a_step_somebody_else_made_meanwhile_is_shown_first(tab, context, billing, waiting):
    on_board(tab)
    press(tab, Key.Key_2)
    change_visit(billing, visit_id=waiting, to_state="in_treatment")
    press(tab, Key.Key_Backspace)
    assert "刚才又变了" in told(context)
    assert tab.board.current_row().state == "in_treatment"
    press(tab, Key.Key_Backspace)
    assert tab.board.current_row().state == "called"


def test_nothing_to_take_back_is_said(tab, context, frontdesk, waiting):
    on_board(tab)
    row = tab.board.current_row()
    undo_step(frontdesk, visit_id=waiting)
    press(tab, Key.Key_Backspace)
    assert "没有可以撤销的步骤" in told(context)
    assert tab.board.rows() == []
    assert not tab.undo.isVisible()
    tab.undo.click()
    assert row.visit_id == waiting


def test_treatment_shows_how_long_they_had_waited(tab, frontdesk, clock, waiting):
    clock.time = "09:12:00"
    change_visit(frontdesk, visit_id=waiting, to_state="in_treatment")
    clock.time = "09:40:00"
    on_board(tab)
    assert cells(tab)[1] == "12 分钟"
    assert tab.board._rows.columns[1].tone(tab.board.rows()[0]) == "muted"


def test_r087_going_by_arrival_is_said_above_the_board(tab, context, director, frontdesk, waiting):
    again(tab)
    assert "按到达先后" not in tab.summary.text()
    context.alerts.announce(change_settings(director, first_come=True))
    QApplication.processEvents()
    assert "按到达先后排队(急诊优先)" in tab.summary.text()


# -- the list to call ------------------------------------------------------------------------


@pytest.fixture
def tomorrow(frontdesk, vip):
    """韩梅 at nine, the VIP at ten."""
    book(frontdesk, day=TOMORROW, at="9", name="韩梅", phone=PHONE)
    book(frontdesk, day=TOMORROW, at="10", person_id=vip)


def test_r096_the_switch_says_whom_to_call_today(tab, tomorrow):
    again(tab)
    assert "明天待确认 2" in tab.pages.buttons["booked"].text()
    to_appointments(tab)
    assert tab.desk.page.heading.text() == "11月21日 周六 · 明天 · 2 位 · 待确认 2"
    assert focus_of(tab) is tab.desk.page.list
    assert tab.desk.card.name.text() == "韩梅"
    assert tab.desk.card.phone.text() == "138****5678"


def test_r096_calls_are_written_down_with_one_key(tab, context, clinic, tomorrow):
    to_appointments(tab)
    press(tab, Key.Key_1, Key.Key_Down, Key.Key_2)
    assert [row.confirmed for row in rows(clinic)] == ["yes", "no_answer"]
    assert told(context) == "赵国强：没接通。"
    assert tab.desk.page.heading.text().endswith("2 位 · 待确认 1")
    press(tab, Key.Key_3)
    assert [row.confirmed for row in rows(clinic)] == ["yes", "wants_change"]
    assert "按 Enter 改日期" in told(context)
    assert tab.pages.buttons["booked"].text() == "预约(&Y)"


def test_the_number_is_shown_for_a_minute(tab, tomorrow):
    to_appointments(tab)
    press(tab, Key.Key_0)
    card = tab.desk.card
    assert card.phone.text() == PHONE
    assert not card.reveal_button.isVisible()
    card._hide_again.timeout.emit()
    assert card.phone.text() == "138****5678"
    press(tab, Key.Key_0, Key.Key_Down)
    assert card.phone.text() == "139****1111"


def test_days_are_turned_over_and_jumped_to(tab, context, tomorrow):
    to_appointments(tab)
    page = tab.desk.page
    press(tab, Key.Key_Right)
    assert page.day == "2026-11-22"
    assert "这一天还没有预约" in page.list.empty_text
    assert "选一个预约" in tab.desk.card.hint.text()
    press(tab, Key.Key_0)
    press(tab, Key.Key_Left, Key.Key_Left)
    assert page.day == TODAY
    press(tab, Key.Key_A, modifier=ALT)
    write(tab, "1x")
    hit(tab, ENTER)
    assert "日期写成" in told(context)
    page.where.clear()
    write(tab, "1205")
    hit(tab, ENTER)
    assert page.day == "2026-12-05"
    assert focus_of(tab) is page.list
    assert "15 天后" in page.heading.text()


def test_esc_leads_from_the_date_to_the_list_to_the_board(tab, tomorrow):
    to_appointments(tab)
    press(tab, Key.Key_A, modifier=ALT)
    assert tab.act("back")
    assert focus_of(tab) is tab.desk.page.list
    assert tab.act("back")
    assert focus_of(tab) is tab.board
    assert not tab.on_appointments
    assert not tab.act("back")


def test_f4_and_the_today_strip_turn_back_to_the_board(tab, context, vip, tomorrow):
    to_appointments(tab)
    context.current_person.select(vip)
    assert tab.on_appointments
    tab.act("check_in")
    assert not tab.on_appointments
    assert focus_of(tab) is tab.pane.confirm
    to_appointments(tab)
    tab.act("show_today")
    assert focus_of(tab) is tab.board


def test_cancelling_asks_why_and_backspace_takes_it_back(tab, context, clinic, tomorrow):
    to_appointments(tab)
    hit(tab, Key.Key_Delete)
    dialog = dialog_of(tab, CancelDialog)
    hit(tab, ENTER)
    assert "为什么取消" in dialog.reason_field.error
    write(tab, "出差")
    hit(tab, ENTER)
    assert rows(clinic)[0].state == "cancelled"
    assert told(context) == "已取消 09:00 韩梅的预约。按退格键可以恢复。"
    enabled = {what for what, made in tab.desk.page.buttons.items() if made.isEnabled()}
    assert enabled == {"reopen"}
    press(tab, Key.Key_Delete)
    assert "不用取消" in told(context)
    press(tab, ENTER)
    assert "不能再改" in told(context)
    tab.desk.page.buttons["reopen"].click()
    assert rows(clinic)[0].state == "booked"
    press(tab, Key.Key_Backspace)
    assert "不用恢复" in told(context)


# -- booking ---------------------------------------------------------------------------------


def booking_dialog(tab):
    hit_ctrl_n(tab)
    return dialog_of(tab, AppointmentDialog)


def hit_ctrl_n(tab):
    press(tab, Key.Key_N, modifier=CTRL)


def test_r129_a_call_is_booked_by_keyboard(tab, context, clinic, frontdesk, vip):
    doctor(frontdesk, "林医生")
    to_appointments(tab)
    dialog = booking_dialog(tab)
    assert focus(tab) is dialog.who
    write(tab, "孙朋友")
    hit(tab, Key.Key_Tab)
    write(tab, PHONE)
    hit(tab, "S")
    write(tab, "下午3点半")
    hit(tab, "Y")
    write(tab, "l")
    hit(tab, "J")
    write(tab, "1111")
    hit(tab, ENTER)
    shown = dialog.words.texts()
    assert shown[0] == "11月21日 周六 · 明天 · 15:30"
    assert "赵国强 介绍，按VIP会员接待" in shown
    assert "请告知医生" in shown
    hit(tab, ENTER)
    (row,) = rows(clinic)
    assert (row.at, row.name, row.doctor_name, row.introduced_by) == (
        "15:30", "孙朋友", "林医生", "赵国强",
    )  # fmt: skip
    assert told(context) == "已预约：11月21日 周六 · 明天 15:30，孙朋友。"
    assert tab.desk.page.list.current_row().appointment_id == row.appointment_id


def test_somebody_on_record_brings_their_own_doctor(tab, clinic, vip):
    to_appointments(tab)
    dialog = booking_dialog(tab)
    write(tab, "1111")
    hit(tab, ENTER)
    assert dialog.who.person_id == vip
    assert not dialog.phone.isVisible()
    assert dialog.doctor.currentText() == "陈医生"
    assert focus(tab) is dialog.time
    write(tab, "930")
    hit(tab, ENTER)
    (row,) = rows(clinic)
    assert (row.person_id, row.at, row.doctor_name) == (vip, "09:30", "陈医生")


def test_the_open_person_is_booked_for_from_the_board(tab, context, clinic, vip):
    on_board(tab)
    open_person(context, tab, vip)
    dialog = booking_dialog(tab)
    assert dialog.who.text() == "赵国强 M1"
    assert focus(tab) is dialog.time
    write(tab, "9")
    hit(tab, "D")
    dialog.day.selectAll()
    write(tab, "周三")
    hit(tab, ENTER)
    assert [row.at for row in rows(clinic, "2026-11-25")] == ["09:00"]


def test_r098_what_else_is_at_that_time_is_said_before(tab, frontdesk, vip):
    other = doctor(frontdesk, "林医生")
    book(frontdesk, day=TOMORROW, at="9:20", person_id=vip, doctor_id=other)
    to_appointments(tab)
    dialog = booking_dialog(tab)
    write(tab, "1111")
    hit(tab, ENTER)
    write(tab, "930")
    hit(tab, "Y")
    write(tab, "l")
    shown = dialog.words.texts()
    assert "与 09:20 赵国强 时间重叠" in shown
    assert "这天已约 09:20 赵国强" in shown
    assert "主治医生是陈医生" in shown
    hit(tab, "D")
    dialog.day.selectAll()
    write(tab, "x")
    assert dialog.words.texts() == []


def test_what_is_missing_is_said_at_its_field(tab):
    to_appointments(tab)
    dialog = booking_dialog(tab)
    for field, key, text in (
        (dialog.who_field, "K", "孙朋友"),
        (dialog.phone_field, "T", PHONE),
        (dialog.time_field, "S", "25"),
        (dialog.time_field, "S", ""),
    ):
        hit(tab, ENTER)
        assert field.error
        hit(tab, key)
        if text:
            write(tab, text)
    dialog.time.setText("9")
    dialog.day.setText("x")
    hit(tab, ENTER)
    assert "日期写成" in dialog.day_field.error
    dialog.day.setText("2026-11-19")
    hit(tab, ENTER)
    assert "已经过去" in dialog.context.alerts.bar.sentence
    hit(tab, ESC)
    assert tab.window().findChildren(AppointmentDialog) == []


def test_marketing_reads_and_is_told_who_books(tab, context, marketing, vip):
    context.signed_in.set(marketing)
    QApplication.processEvents()
    dialog = booking_dialog(tab)
    assert "须由前台" in dialog.right._label.text()
    assert not dialog.main.isEnabled()


def test_another_time_is_written_in_its_place(tab, context, clinic, tomorrow):
    to_appointments(tab)
    hit(tab, ENTER)
    dialog = dialog_of(tab, AppointmentDialog)
    assert focus(tab) is dialog.time
    assert dialog.phone.placeholderText() == "138****5678(不改就留空)"
    write(tab, "1115")
    hit(tab, "D")
    dialog.day.selectAll()
    write(tab, "后天")
    hit(tab, ENTER)
    assert told(context) == "预约改为 11月22日 周日 · 后天 11:15，韩梅。"
    assert tab.desk.page.day == "2026-11-22"
    (row,) = rows(clinic, "2026-11-22")
    assert (row.at, row.phone_masked) == ("11:15", "138****5678")
    assert tab.desk.page.list.current_row().appointment_id == row.appointment_id


def test_the_card_leads_to_the_change_too(tab, vip, tomorrow):
    to_appointments(tab)
    press(tab, Key.Key_Down)
    hit(tab, "W")
    dialog = dialog_of(tab, AppointmentDialog)
    assert dialog.who.person_id == vip
    dialog.reject()


# -- the small window ------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1100, 1366])
def test_no_list_scrolls_sideways(tab, frontdesk, vip, tomorrow, width):
    book(frontdesk, day=TODAY, at="9:30", person_id=vip)
    for number in range(20):
        check_in(frontdesk, person_id=person(frontdesk, f"M1{number}", name="欧阳静怡"))
    tab.resize(width, 420)
    on_board(tab)
    QApplication.processEvents()
    assert not tab.board.horizontalScrollBar().isVisible()
    assert tab.board.isColumnHidden(5) == (width == 1100)
    to_appointments(tab)
    QApplication.processEvents()
    assert not tab.desk.page.list.horizontalScrollBar().isVisible()


def test_a_second_check_in_is_still_asked(tab, clinic, frontdesk, vip, monkeypatch):
    asked = []
    monkeypatch.setattr(
        Alerts, "ask", lambda self, title, sentence, yes="": not asked.append(sentence)
    )
    first = book(frontdesk, day=TODAY, at="9", person_id=vip).appointment_id
    book(frontdesk, day=TODAY, at="15", person_id=vip)
    no_show(frontdesk, appointment_id=first)
    arrive(frontdesk, appointment_id=first)
    on_board(tab)
    press(tab, Key.Key_Down, Key.Key_1)
    assert len(asked) == 1
    assert len(board(clinic)) == 2
