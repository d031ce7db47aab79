"""The check-in tab by keyboard: the reception card, the board, the order of the day."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from models.people import Alert
from services.desk.visits import change_visit, check_in, today_board
from services.people.enrolment import PersonForm, enrol
from tests.conftest import TODAY
from tests.desk_world import doctor, member, person, visit_values
from tests.gift_world import in_command
from tests.ui.desk_hands import on_screen, open_person
from tests.ui.gift_hands import ENTER, focus_of, press, told, write
from ui.alerts import Alerts
from ui.tabs.checkin import CheckinTab

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def tab(context, qtbot):
    return on_screen(CheckinTab(context), qtbot)


@pytest.fixture
def diamond(frontdesk):
    patient = member(frontdesk, "M1", name="王丽华", rank=4, sex="F", birthday="1968-11-20")
    in_command(
        frontdesk,
        lambda tx: tx.db.insert(Alert, person_id=patient, text="青霉素过敏", seq=tx.seq),
    )
    return patient


def board(clinic):
    return today_board(clinic.db, TODAY, clinic.clock.now_utc())


def again(tab):
    """Something happened elsewhere: the tab reads again."""
    tab.mark_dirty()
    tab.refresh_if_seen()


def names(tab):
    return [row.name for row in tab.board.rows()]


# -- checking in -----------------------------------------------------------------------------


def test_f4_and_enter_check_the_open_person_in(tab, context, clinic, diamond):
    open_person(context, tab, diamond)
    assert tab.act("check_in")
    assert focus_of(tab) is tab.pane.confirm
    press(tab, ENTER)
    (row,) = board(clinic)
    assert (row.name, row.state, row.escort, row.room) == ("王丽华", "waiting", "李前台", "VIP诊室")
    assert told(context) == "已登记到诊：王丽华女士，候诊第 1 位。请告知医生。"
    assert focus_of(tab) is tab.board
    assert tab.board.current_row().visit_id == row.visit_id


def test_r126_r127_the_card_says_how_a_diamond_is_received(tab, context, diamond):
    open_person(context, tab, diamond)
    band = tab.pane.band
    assert (band.name.text(), band.level.text()) == ("王丽华 女士", "钻石VIP会员")
    assert band.why.text() == "优先候诊"
    assert tab.pane.promises.texts() == [
        "✓ 全程专人引导 · 李前台", "○ 告知接诊医生", "✓ VIP诊室",
    ]  # fmt: skip
    assert tab.pane.alerts.texts() == ["⚠ 青霉素过敏"]
    facts = tab.pane.facts.text()
    for words in ("今天生日", "口腔保健礼品(200元档)", "前台、收费还没有告知", "喷砂洁牙 剩 2/2"):
        assert words in facts
    assert "青霉素过敏" in tab.pane.accessibleDescription()


def test_a_promise_turns_from_open_to_kept_while_it_is_ticked(tab, context, diamond):
    open_person(context, tab, diamond)
    tab.act("check_in")
    press(tab, Key.Key_T, modifier=ALT)
    assert tab.pane.told.isChecked()
    assert "✓ 已告知医生" in tab.pane.promises.texts()


def test_r127_without_a_room_the_reason_is_asked_for(tab, context, clinic, diamond):
    open_person(context, tab, diamond)
    assert not tab.pane.exception.isVisible()
    tab.act("check_in")
    tab.pane.room.setFocus()
    tab.pane.room.selectAll()
    press(tab, Key.Key_Delete)
    assert "○ 必须 VIP 诊室" in tab.pane.promises.texts()
    press(tab, ENTER)
    assert "须安排 VIP 诊室" in told(context)
    assert board(clinic) == []
    assert tab.pane.exception.isVisible()
    tab.pane.exception.setFocus()
    write(tab, "诊室维修，已说明")
    press(tab, ENTER)
    assert board(clinic)[0].room_exception == "诊室维修，已说明"


def test_r125_a_newcomer_is_received_by_the_ordinary_way(tab, context, clinic, frontdesk):
    open_person(context, tab, person(frontdesk, "M2", name="新人"))
    assert tab.pane.promises.texts() == ["按普通新诊流程接待"]
    assert tab.pane.band.level.text() == "非会员"
    for field in (tab.pane.escort, tab.pane.told, tab.pane.room):
        assert not field.isVisible()
    tab.act("check_in")
    press(tab, ENTER)
    assert board(clinic)[0].first_visit
    assert told(context) == "已登记到诊：新人，候诊第 1 位。"
    assert tab.pane.confirm.text() == "保存接待  Enter"  # how they were identified may come later


def test_r128_a_friend_is_received_like_the_vip_who_brings_them(
    tab, context, clinic, frontdesk, qtbot
):
    vip = member(frontdesk, "M1", name="赵国强", rank=3)
    made = enrol(
        frontdesk.confirming("no_phone", "possible_duplicate"), form=PersonForm(name="孙朋友")
    )
    open_person(context, tab, made.person_id)
    tab.act("check_in")
    tab.pane.bringer.set_person(vip, "赵国强 M1")
    tab.pane.bringer.chosen.emit(None)
    assert tab.pane.band.level.text() == "VIP会员"
    assert "赵国强 带来，本次同等接待(本人非会员)" in tab.pane.band.why.text()
    assert "✓ 带领至二楼 · 李前台" in tab.pane.promises.texts()
    press(tab, ENTER)
    (row,) = board(clinic)
    assert (row.reception_rank, row.brought_by) == (3, "赵国强")


def test_r130_the_own_doctor_is_chosen_and_another_may_be(tab, context, clinic, frontdesk):
    own = doctor(frontdesk, "陈医生")
    doctor(frontdesk, "林医生")
    open_person(context, tab, person(frontdesk, "M1", doctor_id=own))
    tab.act("check_in")
    assert tab.pane.doctor.currentText() == "陈医生"
    tab.pane.doctor.setFocus()
    write(tab, "l")
    assert "主治医生是陈医生；换医生须先申请" in tab.pane.stands_in.text()
    press(tab, ENTER)
    assert board(clinic) == []
    assert focus_of(tab) is tab.pane.remark
    write(tab, "陈医生休假")
    press(tab, ENTER)
    assert (board(clinic)[0].doctor_name, board(clinic)[0].note) == ("林医生", "陈医生休假")


def test_r015_an_emergency_goes_first(tab, context, clinic, frontdesk):
    check_in(frontdesk, person_id=person(frontdesk, "M1", name="先来"))
    open_person(context, tab, person(frontdesk, "M2", name="急诊人"))
    tab.act("check_in")
    press(tab, Key.Key_E, modifier=ALT)
    press(tab, ENTER)
    assert names(tab) == ["急诊人", "先来"]
    assert "候诊第 1 位" in told(context)


def test_f4_without_anybody_says_what_to_do(tab, context):
    assert tab.act("check_in")
    assert "先按 F3 找到顾客" in told(context)


def test_somebody_already_here_is_shown_and_asked_before_a_second_time(
    tab, context, clinic, frontdesk, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        Alerts, "ask", lambda self, title, sentence, yes="": not asked.append(sentence)
    )
    patient = person(frontdesk, "M1")
    check_in(frontdesk, person_id=patient)
    again(tab)
    open_person(context, tab, patient)
    tab.act("check_in")
    assert "已登记到诊，现在是“候诊”" in told(context)
    assert tab.board.current_row().person_id == patient
    tab.act("check_in")
    assert tab.pane.confirm.text() == "再登记一次  Enter"
    press(tab, ENTER)
    assert len(asked) == 1
    assert len(board(clinic)) == 2


def test_marketing_reads_the_card_and_is_told_who_checks_in(
    tab, context, clinic, marketing, diamond
):
    context.signed_in.set(marketing)
    QApplication.processEvents()
    open_person(context, tab, diamond)
    tab.act("check_in")
    assert "须由前台" in tab.pane.right._label.text()
    press(tab, ENTER)
    assert board(clinic) == []


def test_what_was_typed_for_one_person_is_not_kept_for_another(tab, context, frontdesk, diamond):
    open_person(context, tab, diamond)
    tab.act("check_in")
    tab.pane.remark.setFocus()
    write(tab, "轮椅")
    open_person(context, tab, person(frontdesk, "M2"))
    assert tab.pane.remark.text() == ""
    assert tab.pane.escort.text() == ""


def test_what_is_typed_survives_news_from_elsewhere(tab, context, frontdesk, diamond):
    open_person(context, tab, diamond)
    tab.act("check_in")
    tab.pane.remark.setFocus()
    write(tab, "轮椅")
    done = check_in(frontdesk, person_id=person(frontdesk, "M2", name="旁人"))
    context.alerts.announce(done)
    QApplication.processEvents()
    assert names(tab) == ["旁人"]
    assert tab.pane.remark.text() == "轮椅"
    assert tab.pane.person_id == diamond
    assert tab.board.current_row() is None  # the keys of the board mean nobody


# -- the board -------------------------------------------------------------------------------


@pytest.fixture
def waiting(frontdesk):
    return check_in(frontdesk, person_id=person(frontdesk, "M9", name="周先到")).visit_id


def test_what_is_typed_into_a_visit_survives_the_minutes(tab, frontdesk, waiting, context, clock):
    again(tab)
    tab.act("show_today")
    press(tab, ENTER)
    tab.pane.escort.setFocus()
    write(tab, "方护士")
    clock.time = "09:01:00"
    tab.refresh()
    assert tab.pane.escort.text() == "方护士"


def test_single_keys_move_a_visit_along_and_back(tab, frontdesk, waiting, context):
    again(tab)
    tab.act("show_today")
    states = []
    for key in (Key.Key_2, Key.Key_3, Key.Key_4, Key.Key_3, Key.Key_1, Key.Key_5, Key.Key_1):
        press(tab, key)
        states.append(visit_values(frontdesk, waiting).state)
    assert states == [
        "called", "in_treatment", "done", "in_treatment", "waiting", "no_show", "waiting",
    ]  # fmt: skip
    assert told(context) == "周先到：候诊。"


def test_space_is_the_next_step(tab, frontdesk, waiting):
    again(tab)
    tab.act("show_today")
    press(tab, Key.Key_Space, Key.Key_Space, Key.Key_Space, Key.Key_Space)
    assert visit_values(frontdesk, waiting).state == "done"


def test_a_step_that_cannot_be_is_grey_and_refused_in_words(tab, context, frontdesk, waiting):
    change_visit(frontdesk, visit_id=waiting, to_state="no_show")
    again(tab)
    tab.act("show_today")
    enabled = {step for step, made in tab.steps.buttons.items() if made.isEnabled()}
    assert enabled == {"waiting"}
    press(tab, Key.Key_4)
    assert "“未到/离开”不能直接改成“完成”" in told(context)


def test_the_buttons_do_what_the_keys_do(tab, frontdesk, waiting):
    again(tab)
    tab.act("show_today")
    tab.steps.buttons["called"].click()
    assert visit_values(frontdesk, waiting).state == "called"


def test_r126_one_key_notes_that_the_doctor_knows(tab, context, clinic, diamond):
    open_person(context, tab, diamond)
    tab.act("check_in")
    press(tab, ENTER)
    assert tab.board.current_row().to_do == ("告知医生",)
    press(tab, Key.Key_6)
    assert board(clinic)[0].doctor_told
    assert tab.board.current_row().to_do == ()
    assert "✓ 已告知医生" in tab.pane.promises.texts()


def test_enter_on_a_row_opens_the_person_and_their_card(tab, context, clinic, diamond):
    check_in(context.session, person_id=diamond, room="VIP诊室")
    again(tab)
    tab.act("show_today")
    press(tab, ENTER)
    assert context.person_id == diamond
    assert focus_of(tab) is tab.pane.confirm
    tab.pane.escort.setFocus()
    write(tab, "小张")
    press(tab, ENTER)
    assert told(context) == "接待已记下。"
    assert board(clinic)[0].escort == "小张"
    assert focus_of(tab) is tab.board


def test_the_arrows_read_one_card_after_the_other(tab, frontdesk, diamond):
    check_in(frontdesk, person_id=diamond, room="VIP诊室")
    check_in(frontdesk, person_id=person(frontdesk, "M2", name="第二位"))
    again(tab)
    tab.act("show_today")
    assert tab.pane.band.name.text() == "王丽华 女士"
    press(tab, Key.Key_Down)
    assert tab.pane.band.name.text() == "第二位"
    assert tab.context.person_id is None  # reading opens nobody


def test_waiting_minutes_and_those_who_wait_too_long(tab, clock, waiting):
    clock.time = "09:31:00"
    again(tab)
    (row,) = tab.board.rows()
    assert row.waiting_minutes == 31
    column = tab.board._rows.columns[1]
    assert (column.text(row), column.tone(row)) == ("31 分钟", "error")


def test_esc_leads_from_the_card_to_the_board_and_no_further(tab, context, diamond):
    open_person(context, tab, diamond)
    tab.act("check_in")
    assert tab.act("back")
    assert focus_of(tab) is tab.board
    assert not tab.act("back")


def test_an_empty_day_teaches(tab):
    assert "今天还没有人到诊" in tab.board.empty_text
    assert "F4" in tab.board.empty_text
    assert tab.pane.teach.isVisible()
    assert "这里是接待卡" in tab.pane.teach.text()
    assert not any(made.isEnabled() for made in tab.steps.buttons.values())


def test_closing_the_person_shows_the_board_again(tab, context, waiting, diamond):
    again(tab)
    open_person(context, tab, diamond)
    assert tab.pane.person_id == diamond
    open_person(context, tab, None)
    assert tab.pane.visit.visit_id == waiting


def test_nothing_of_the_tab_is_cut_off_at_1366_by_768(tab, context, qtbot, frontdesk, diamond):
    check_in(frontdesk, person_id=person(frontdesk, "M2", name="欧阳静怡"))
    open_person(context, tab, diamond)
    tab.act("check_in")
    QApplication.processEvents()
    assert not tab.board.horizontalScrollBar().isVisible()
    for field in (tab.pane.escort, tab.pane.room, tab.pane.doctor, tab.pane.bringer):
        assert field.height() >= field.sizeHint().height() - 1
    assert tab.pane.confirm.geometry().bottom() < tab.pane.height()
