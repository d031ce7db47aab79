"""What hangs on a person beside the record, by the keys: referrals, complaints, awards, a health
grade, a lunar birthday; R012, R025, R027, R051, E53, E56, E67."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from services.commands import Session
from services.feedback.complaints import complaints_of, open_complaint
from services.loyalty.awards import awards_of, give_award
from services.loyalty.grants import grants_of
from services.people.enrolment import PersonForm, enrol
from services.people.health import grades_of
from services.people.lunar import LunarDate, lunar_of, set_lunar_birthday
from services.people.records import person
from services.people.referral_list import referrals_of
from services.programmes.definition import Referral, Reward
from services.programmes.registry import preset
from tests.conftest import TODAY
from tests.money_world import pay, sign
from tests.ui.desk_hands import on_screen
from tests.ui.dialog_hands import ENTER, ESC, dialog_of, focus, press, write
from ui.context import UiContext
from ui.dialogs.adjust import AdjustDialog
from ui.dialogs.awards import AwardsDialog, GiveAwardDialog, VoidAwardDialog, reason_title
from ui.dialogs.complaint_step import CloseComplaintDialog
from ui.dialogs.complaints import ComplaintsDialog, NewComplaintDialog
from ui.dialogs.health import HealthDialog
from ui.dialogs.referrals import ReferralsDialog, RefuseReferralDialog
from ui.tabs.enrollment import EnrollmentTab


@pytest.fixture
def wang(frontdesk: Session) -> int:
    form = PersonForm(name="王芳", birthday="1990-05-15", phone="13800138000")
    return enrol(frontdesk, form=form).person_id


@pytest.fixture
def tab(context: UiContext, qtbot, member_admin: Session, wang: int) -> EnrollmentTab:
    context.signed_in.set(member_admin)
    made = on_screen(EnrollmentTab(context), qtbot)
    made.open_person(wang)
    return made


def said(where) -> str:
    return where.context.alerts.bar.sentence


def lines(table) -> list[tuple[str, ...]]:
    return [tuple(column.text(row) for column in table._rows.columns) for row in table.rows()]


# -- referrals ---------------------------------------------------------------------------------


def rewarded(director: Session) -> None:
    reward = Referral(referrer=Reward(points=200), newcomer=Reward(points=50))
    sign(director, msgspec.structs.replace(preset("医院方案A"), referral=reward))


def brought(frontdesk: Session, wang: int, name: str = "何新") -> int:
    form = PersonForm(name=name, phone="13911112222", referrer_id=wang)
    return enrol(frontdesk.confirming("possible_duplicate"), form=form).person_id


def test_r051_the_card_and_the_dialog_tell_what_became_of_it(
    tab, director, frontdesk, clinic, wang
) -> None:
    rewarded(director)
    new = brought(frontdesk, wang)
    pay(frontdesk, new, 500)
    tab.open_person(wang)
    assert tab.card.values["referrals"].text() == "介绍了 1 人，已奖励 0 次"
    tab.card.open_referrals()
    dialog = dialog_of(tab, ReferralsDialog)
    ((role, other, state, day, due, reason),) = lines(dialog.table)
    assert (role, other, day, reason) == ("介绍了", "何新 M0000002", TODAY, "")
    assert state == "已首付，冷静期内"
    assert due == "2026-11-27 到期奖励"
    press(tab, "N", ENTER)
    refusing = dialog_of(tab, RefuseReferralDialog)
    assert "原因" in refusing.reason_field.error
    write(tab, "本来就认识")
    press(tab, ENTER)
    assert referrals_of(clinic.db, wang)[0].state == "refused"
    assert not dialog.refuse_button.isEnabled()
    press(tab, ESC)
    tab.open_person(new)
    assert tab.card.values["referrals"].text() == "经人介绍，不奖励"


def test_r051_the_newcomer_reads_who_it_was(tab, frontdesk, director, wang) -> None:
    new = brought(frontdesk, wang)
    tab.open_person(new)
    tab.card.open_referrals()
    dialog = dialog_of(tab, ReferralsDialog)
    assert lines(dialog.table)[0][:2] == ("介绍人是", "王芳 M0000001")


def test_the_dialog_says_what_is_promised(tab, director, context, qtbot) -> None:
    texts = [ReferralsDialog(context, tab)._promise()]
    rewarded(director)
    dialog = ReferralsDialog(context, tab)
    qtbot.addWidget(dialog)
    texts.append(dialog._promise())
    assert "没有推荐奖励" in texts[0]
    assert "推荐人：200 积分，新顾客：50 积分" in texts[1]
    assert dialog.table.rows() == []
    dialog.open_refuse()  # nobody is there to refuse


def test_e56_the_form_warns_below_the_referrer(tab, frontdesk, wang) -> None:
    tab.act("new_person")
    fields = tab.form.fields
    fields.lines["name"].setText("王小明")
    fields.lines["phone"].setText("13800138000")
    fields.referrer.set_person(wang, "王芳")
    fields.recheck()
    assert "同一个电话" in fields.fields["referrer_id"].note
    fields.lines["phone"].setText("13911112222")
    fields.recheck()
    assert fields.fields["referrer_id"].note == ""


def test_e56_a_referrer_on_record_is_not_warned_about_again(tab, frontdesk, wang) -> None:
    new = brought(frontdesk, wang)
    pay(frontdesk, new, 10)
    tab.open_person(new)
    tab.edit()
    fields = tab.form.fields
    assert fields.fields["referrer_id"].note == ""
    other = enrol(frontdesk, form=PersonForm(name="孙丽", phone="13733334444")).person_id
    fields.referrer.set_person(other, "孙丽")
    fields.recheck()
    assert "不能再改" in fields.fields["referrer_id"].note


# -- complaints and compensation ---------------------------------------------------------------


def test_r025_a_complaint_is_written_down_and_closed(tab, clinic, wang) -> None:
    tab.card.open_complaints()
    dialog = dialog_of(tab, ComplaintsDialog)
    assert focus(tab) is dialog.new_button
    press(tab, ENTER, ENTER)
    writing = dialog_of(tab, NewComplaintDialog)
    assert "投诉内容" in writing.text_field.error
    write(tab, "等候太久")
    writing.due.setText("x")
    press(tab, ENTER)
    assert writing.due_field.error
    writing.due.setText("20261125")
    press(tab, ENTER)
    (row,) = complaints_of(clinic.db, TODAY, wang)
    assert (row.text, row.due_on, row.owner) == ("等候太久", "2026-11-25", "郑管理")
    assert lines(dialog.table)[0][1] == "待回应"
    dialog.table.selectRow(0)
    press(tab, "J", ENTER)
    closing = dialog_of(tab, CloseComplaintDialog)
    assert "处理结果" in closing.outcome_field.error
    write(tab, "已致歉")
    press(tab, ENTER)
    assert lines(dialog.table)[0][1] == "已结案"
    assert not dialog.close_button.isEnabled()
    press(tab, ESC)
    assert not tab.card.values["complaints"].isVisible()


def test_e67_goodwill_points_and_gifts_hang_on_the_complaint(tab, clinic, frontdesk, wang) -> None:
    open_complaint(frontdesk, person_id=wang, text="等候太久", due_on=TODAY)
    tab.open_person(wang)
    assert tab.card.values["complaints"].text() == "未结 1 条：等候太久"
    tab.card.open_complaints()
    dialog = dialog_of(tab, ComplaintsDialog)
    press(tab, "P")
    points = dialog_of(tab, AdjustDialog)
    assert points.code.currentText() == "补偿"
    assert "等候太久" in points.complaint.currentText()
    write(tab, "100")
    press(tab, ENTER)
    write(tab, "致歉")
    press(tab, ENTER)
    press(tab, "L")
    giving = dialog_of(tab, GiveAwardDialog)
    assert giving.reason.currentText() == "补偿"
    write(tab, "护手霜")
    giving.value.setText("20")
    press(tab, ENTER)
    (row,) = complaints_of(clinic.db, TODAY, wang)
    assert (row.points, row.awards, row.value_fen) == (100, ("护手霜",), 2000)
    assert lines(dialog.table)[0][5] == "100 分，护手霜，值 ¥20"
    assert "gift" in {grant.kind for grant in grants_of(clinic.db, wang)}


def test_the_front_desk_may_write_down_but_not_pay(tab, frontdesk, wang) -> None:
    open_complaint(frontdesk, person_id=wang, text="等候太久")
    tab.context.signed_in.set(frontdesk)
    tab.open_person(wang)
    tab.card.open_complaints()
    dialog = dialog_of(tab, ComplaintsDialog)
    enabled = (dialog.close_button, dialog.points_button, dialog.award_button, dialog.new_button)
    assert [each.isEnabled() for each in enabled] == [False, False, False, True]


def test_an_overdue_complaint_stands_out(tab, frontdesk, clock, wang) -> None:
    open_complaint(frontdesk, person_id=wang, text="等候太久", due_on=TODAY)
    clock.day = "2026-11-21"
    tab.card.open_complaints()
    assert lines(dialog_of(tab, ComplaintsDialog).table)[0][1] == "超期"


# -- awards ------------------------------------------------------------------------------------


def test_r012_something_is_given_for_an_event_and_taken_back(tab, clinic, wang) -> None:
    tab.card.open_awards()
    dialog = dialog_of(tab, AwardsDialog)
    press(tab, ENTER)
    giving = dialog_of(tab, GiveAwardDialog)
    press(tab, ENTER)
    assert "写明送的是什么" in giving.name_field.error
    write(tab, "爱牙日礼包")
    for line, field in ((giving.count, giving.count_field), (giving.value, giving.value_field)):
        before = line.text()
        line.setText("" if line is giving.count else "x")
        press(tab, ENTER)
        assert field.error
        line.setText(before)
    giving.until.setText("x")
    press(tab, ENTER)
    assert giving.until_field.error
    giving.until.setText("20261231")
    press(tab, ENTER)
    (row,) = awards_of(clinic.db, wang)
    assert (row.name, row.reason, row.quantity) == ("爱牙日礼包", "event", 1)
    assert "2026-12-31 前有效" in lines(dialog.table)[0]
    dialog.table.selectRow(0)
    press(tab, "V", ENTER)
    voiding = dialog_of(tab, VoidAwardDialog)
    assert "收回的原因" in voiding.reason_field.error
    write(tab, "送错了")
    press(tab, ENTER)
    assert awards_of(clinic.db, wang)[0].voided
    assert "已收回" in lines(dialog.table)[0]
    assert not dialog.void_button.isEnabled()


def test_e67_a_compensation_without_a_complaint_is_refused_in_the_form(tab, clinic, wang) -> None:
    tab.card.open_awards()
    dialog_of(tab, AwardsDialog)
    press(tab, ENTER)
    giving = dialog_of(tab, GiveAwardDialog)
    write(tab, "护手霜")
    giving.reason.choose("compensation")
    assert giving.complaint.isVisible()
    press(tab, ENTER)
    assert "投诉" in giving.context.alerts.bar.sentence
    assert awards_of(clinic.db, wang) == []


def test_what_was_drawn_says_so(tab, member_admin, clinic, wang, monkeypatch) -> None:
    give_award(member_admin, person_id=wang, kind="gift", name="礼包", reason="event")
    (row,) = awards_of(clinic.db, wang)
    monkeypatch.setattr("ui.dialogs.awards.awards_of", lambda *a: [replace(row, drawn=1), row])
    tab.card.open_awards()
    dialog = dialog_of(tab, AwardsDialog)
    assert [each[6] for each in lines(dialog.table)] == ["已领完", "待领"]


def test_every_reason_has_a_word() -> None:
    assert reason_title("scholarship") == "奖学金"
    assert reason_title("tier") == "等级权益"


# -- the health grade --------------------------------------------------------------------------


def test_r027_the_mouth_is_judged_with_a_number(tab, clinic, wang) -> None:
    tab.card.open_health()
    dialog = dialog_of(tab, HealthDialog)
    for typed in ("", "12"):
        dialog.grade.setText(typed)
        press(tab, ENTER)
        assert "0 至 9" in dialog.grade_field.error
    dialog.grade.setText("7")
    press(tab, ENTER)
    assert grades_of(clinic.db, wang)[0].grade == 7
    tab.refresh()
    assert tab.card.values["health"].text() == f"7 级，{TODAY} 评定"
    tab.card.open_health()
    assert lines(dialog_of(tab, HealthDialog).table)[0][:2] == (TODAY, "7")


# -- the lunar birthday ------------------------------------------------------------------------


def test_e53_a_lunar_birthday_is_kept_with_a_new_person(tab, clinic, context) -> None:
    tab.act("new_person")
    fields = tab.form.fields
    fields.lines["name"].setText("赵敏")
    fields.lines["phone"].setText("13911112222")
    assert not fields.lunar.day.isVisible()
    fields.lunar.month.choose(8)
    assert not fields.is_empty()
    tab.form.save()
    assert "农历生日的日子" in fields.fields["lunar"].error
    fields.lunar.day.choose(15)
    tab.form.save()
    who = context.person_id
    assert person(clinic.db, who).form.name == "赵敏"
    assert lunar_of(clinic.db, who) == LunarDate(8, 15)
    assert "农历八月十五(今年 9月25日)" in tab.card.values["birth"].text()


def test_e53_it_is_changed_and_cleared(tab, clinic, frontdesk, wang) -> None:
    set_lunar_birthday(frontdesk, person_id=wang, lunar=LunarDate(4, 21, leap=True))
    tab.edit()
    fields = tab.form.fields
    assert fields.lunar.value() == LunarDate(4, 21, leap=True)
    assert not tab.form.is_touched()
    fields.lunar.leap.setChecked(False)
    assert tab.form.is_touched()
    tab.form.save()
    assert lunar_of(clinic.db, wang) == LunarDate(4, 21)
    tab.edit()
    tab.form.fields.lunar.month.choose(0)
    tab.form.save()
    assert lunar_of(clinic.db, wang) is None
