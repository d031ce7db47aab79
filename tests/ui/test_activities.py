"""Activities by the keys: plan, invite, sign up, the door, costs, the end (R012, R013, R050)."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from models.followup import FollowupTask
from services.activities.costs import costs
from services.activities.door import attend
from services.activities.planning import cancel_activity
from services.activities.records import activities, activity, places
from services.activities.sign_up import sign_up
from services.commands import Session
from services.groups.rule import All, Sex
from services.groups.saved import save_group
from services.loyalty.awards import awards_of
from services.people.enrolment import PersonForm, enrol
from services.staff import sign_in
from tests.activity_world import DAY, faults, opened, planned, stands
from tests.conftest import PIN, STAFF, TODAY
from tests.desk_world import change, consent, member
from tests.ui.dialog_hands import ENTER, ESC, dialog_of, focus, gives_word, press, write
from tests.ui.gift_hands import told
from ui.alerts import Alerts
from ui.context import UiContext
from ui.dialogs.activities import ActivitiesDialog
from ui.dialogs.activity import DOOR, FORM, INVITE, SIGN_UP, SUMMARY, ActivityDialog
from ui.dialogs.letters import LettersDialog
from ui.dialogs.paper import PaperDialog
from ui.widgets import activity_form as form_module

DOWN, UP = Qt.Key.Key_Down, Qt.Key.Key_Up


@pytest.fixture
def host(context: UiContext, qtbot: Any) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1366, 768)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def people(frontdesk: Session) -> list[int]:
    """王小明 8000, 李思思 8001, 赵大海 8002, 周慧 8003, who refuses offers."""
    session = frontdesk.confirming("possible_duplicate", "no_phone")
    names = (("王小明", "M"), ("李思思", "F"), ("赵大海", "M"), ("周慧", "F"))
    found = [
        enrol(
            session,
            form=PersonForm(name=name, sex=sex, birthday="1990-05-15", phone=f"1380013800{n}"),
        ).person_id
        for n, (name, sex) in enumerate(names)
    ]
    consent(frontdesk, found[3], granted=False)
    return found


def signed_in(context: UiContext, role: str) -> None:
    context.signed_in.set(sign_in(context.clinic, STAFF[role], PIN))


def shown(context: UiContext, host: QWidget, activity_id: int = 0, page: int = -1) -> Any:
    ActivityDialog(context, host, activity_id, page).open()
    return dialog_of(host, ActivityDialog)


def counted(dialog: Any, qtbot: Any) -> Any:
    """The invite page once it has counted."""
    page = dialog.page(INVITE)
    qtbot.waitUntil(lambda: page.found is not None)
    return page


def said(dialog: Any) -> str:
    return told(dialog.context)


def rows(table: Any) -> list[tuple[str, ...]]:
    columns = table._rows.columns
    return [tuple(column.text(row) for column in columns) for row in table.rows()]


# -- the whole story -----------------------------------------------------------------------------


def test_s1_12_a_lecture_from_the_plan_to_its_report(
    context, host, qtbot, people, clinic, frontdesk, clock, monkeypatch
):
    signed_in(context, "member_admin")
    save_group(context.session, name="女士", rule=All((Sex("F"),)))
    ActivitiesDialog(context, host).open()
    listed = dialog_of(host, ActivitiesDialog)
    press(host, "N")
    dialog = dialog_of(host, ActivityDialog)
    write(host, "护牙讲座")
    press(host, "D")
    write(host, "1128")
    press(host, "T")
    write(host, "1400")
    press(host, "E")
    write(host, "5")
    press(host, "C")
    write(host, "2")
    press(host, "G")
    write(host, "口腔护理小套装")
    press(host, ENTER)
    (row,) = activities(clinic.db)
    assert (row.day, row.at, row.capacity, row.gift_name) == (DAY, "14:00", 5, "口腔护理小套装")
    assert "Alt+K" in said(dialog)
    press(host, "K")  # opened; the invitations come next
    assert dialog.stack.currentIndex() == INVITE
    press(host, "F")
    page = dialog.page(INVITE)
    assert focus(host) is not None
    page.group.setCurrentIndex(1)
    counted(dialog, qtbot)
    assert page.counted.text() == "可以邀请 1 位。"
    assert page.why.text() == "不邀请：1 位拒绝营销联系。"
    page.group.setFocus()
    press(host, ENTER)
    qtbot.waitUntil(lambda: "已安排 1 个电话" in said(dialog))
    assert stands(clinic, row.id) == {people[1]: "invited"}
    task = FollowupTask.select(FollowupTask.person_id, FollowupTask.marketing)
    assert clinic.db.rows(task.where(FollowupTask.activity_id == row.id)) == [(people[1], 1)]
    press(host, "3")
    write(host, "8001")
    press(host, ENTER, "C")
    write(host, "2")
    press(host, ENTER)
    assert stands(clinic, row.id) == {people[1]: "signed_up"}
    assert "同行 2 位" in said(dialog)
    clock.day = DAY
    dialog.reload()
    press(host, "4")
    write(host, "lss")
    press(host, ENTER)
    assert "李思思 已签到，同行 2 位，礼品 1 件" in said(dialog)
    write(host, "8002")
    press(host, ENTER)
    assert dialog.page(DOOR).count.text() == "到场 4 人"
    press(host, "5")
    write(host, "场地")
    press(host, "J")
    write(host, "800")
    press(host, "D")
    write(host, "FP-1")
    press(host, ENTER)
    assert "合计 ¥800，到场人均 ¥200" in dialog.page(4).total.text()
    monkeypatch.setattr(Alerts, "ask", lambda *_: True)
    press(host, "K")
    assert dialog.stack.currentIndex() == SUMMARY
    focus(host).insertPlainText("来了四个人")
    press(host, "G")
    assert activity(clinic.db, row.id).state == "closed"
    assert "2 件" in dialog.page(SUMMARY).facts.text()
    press(host, ESC)
    assert rows(listed.table)[0][3] == "已总结"
    assert faults(clinic) == []


# -- the calendar --------------------------------------------------------------------------------


def test_r022_the_calendar_begins_with_what_comes_next(context, host, marketing, clinic):
    later = planned(marketing, day="2026-12-20", name="会员日")
    planned(marketing, name="讲座")
    gone = planned(marketing, name="郊游")
    cancel_activity(marketing, activity_id=gone, reason="下雨")
    ActivitiesDialog(context, host).open()
    listed = dialog_of(host, ActivitiesDialog)
    assert [line[1] for line in rows(listed.table)] == ["讲座", "会员日", "郊游"]
    assert "最近的是 2026-11-28 讲座" in listed.count.text()
    assert not listed.new_button.isEnabled()  # the front desk does not plan
    press(host, DOWN, ENTER)
    dialog = dialog_of(host, ActivityDialog)
    assert dialog.activity_id == later
    assert dialog.stack.currentIndex() == FORM
    assert not dialog.page(FORM).save_button.isEnabled()
    assert "会员管理员" in dialog.page(FORM).note._label.text()
    press(host, ESC)
    listed.table.clearSelection()
    listed.table.setCurrentIndex(listed.table.model().index(-1, -1))
    listed.submit()
    assert QApplication.activeModalWidget() is listed


def test_an_empty_calendar_teaches(context, host):
    signed_in(context, "marketing")
    ActivitiesDialog(context, host).open()
    listed = dialog_of(host, ActivitiesDialog)
    assert "Alt+N" in listed.table.empty_text
    assert focus(host) is listed.new_button


# -- what it is ----------------------------------------------------------------------------------


def test_r012_wrong_fields_say_so_below(context, host):
    signed_in(context, "member_admin")
    dialog = shown(context, host)
    form = dialog.page(FORM)
    press(host, ENTER)
    assert form.name_field.error == "请写活动名称。"
    write(host, "讲座")
    press(host, ENTER)
    assert "日期写成" in form.day_field.error
    press(host, "D")
    write(host, "1128")
    form.gift_yuan.setText("一百")
    press(host, ENTER)
    assert "金额写成数字" in form.gift_yuan_field.error
    form.gift_yuan.clear()
    form.capacity.setText("+")
    press(host, ENTER)
    assert "整数" in form.capacity_field.error
    form.capacity.clear()
    press(host, "4")
    assert dialog.stack.currentIndex() == FORM  # there is nothing to sign in to yet
    dialog.print_sheet()
    dialog.step()
    assert QApplication.activeModalWidget() is dialog


def test_e63_many_points_ask_for_the_director(context, host, clinic, monkeypatch):
    signed_in(context, "member_admin")
    dialog = shown(context, host)
    write(host, "讲座")
    press(host, "D")
    write(host, "1128")
    press(host, "J")
    write(host, "600")
    monkeypatch.setattr(form_module, "ask_approval", lambda *_: None)
    press(host, ENTER)
    assert activities(clinic.db) == []
    asked = gives_word(monkeypatch, form_module, "director")
    press(host, ENTER)
    assert asked == ["“讲座”到场积分每人 600 分"]
    assert activities(clinic.db)[0].points == 600
    press(host, ENTER)  # the same again asks nobody
    assert len(asked) == 1
    assert dialog.page(FORM).planned


def test_r012_a_change_says_whom_it_concerns(context, host, people, clinic, member_admin):
    first = opened(member_admin, capacity=1, points=10)
    for person_id in people[:2]:
        sign_up(member_admin, activity_id=first, person_id=person_id)
    signed_in(context, "member_admin")
    dialog = shown(context, host, first, FORM)
    form = dialog.page(FORM)
    assert not form.points.isEnabled()
    assert "不能再改" in form.gives.text()
    press(host, "L")
    write(host, "三楼")
    form.capacity.setText("2")
    press(host, ENTER)
    assert said(dialog) == "已保存，已安排 2 个电话告知改动，候补 1 位转正。"
    form.name.setText("还没有保存的名字")
    sign_up(member_admin, activity_id=first, person_id=people[2])
    dialog.reload()
    assert form.name.text() == "还没有保存的名字"
    cancel_activity(member_admin, activity_id=first, reason="下雨")
    dialog.reload()
    assert not form.save_button.isEnabled()
    form.submit()


def test_r050_marketing_leaves_points_to_a_manager(context, host, clinic):
    signed_in(context, "marketing")
    dialog = shown(context, host)
    form = dialog.page(FORM)
    assert not form.points.isEnabled()
    assert "由会员管理员或院长设定" in form.gives.text()
    write(host, "讲座")
    press(host, "D")
    write(host, "1128")
    press(host, ENTER)
    assert activities(clinic.db)[0].name == "讲座"


# -- invitations ---------------------------------------------------------------------------------


def test_r037_letters_open_for_those_who_agreed(
    context, host, qtbot, people, clinic, frontdesk, member_admin
):
    first = opened(member_admin)
    consent(frontdesk, people[0], granted=True)
    change(frontdesk, people[0], address="和平路 1 号")
    signed_in(context, "member_admin")
    context.current_person.select(people[0])
    dialog = shown(context, host, first, INVITE)
    page = counted(dialog, qtbot)
    assert page.counted.text() == "可以邀请 0 位。"  # nobody is a member
    press(host, ENTER)
    press(host, "W")
    page.channel.choose("letter")
    counted(dialog, qtbot)
    press(host, ENTER)
    qtbot.waitUntil(lambda: bool(dialog.findChildren(LettersDialog)))
    letters = dialog_of(host, LettersDialog)
    assert stands(clinic, first) == {people[0]: "invited"}
    letters.reject()
    sign_up(frontdesk, activity_id=first, person_id=people[0])
    dialog.reload()
    page.channel.choose("sms")
    page.letters_button.click()
    dialog_of(host, LettersDialog).reject()


def test_r037_letters_are_offered_to_posts_that_may_send_them(context, host, marketing):
    first = opened(marketing)
    signed_in(context, "marketing")
    box = shown(context, host, first, INVITE).page(INVITE).channel
    assert [box.itemData(n) for n in range(box.count())] == ["phone", "sms"]


def test_r012_the_invite_page_says_what_is_missing(context, host, qtbot, people, member_admin):
    first = planned(member_admin, members_only=True)
    signed_in(context, "member_admin")
    dialog = shown(context, host, first, INVITE)
    page = dialog.page(INVITE)
    assert "Alt+K" in page.counted.text()
    press(host, "K", "W")
    assert "没有打开的顾客" in page.counted.text()
    press(host, "F")
    assert "请选一个分组" in page.counted.text()
    context.current_person.select(people[0])
    press(host, "W")
    counted(dialog, qtbot)
    assert page.why.text() == "不邀请：1 位不是会员。"
    cancel_activity(member_admin, activity_id=first, reason="下雨")
    dialog.reload()
    assert page.counted.text() == "已取消，不再邀请。"
    page._not_seen(RuntimeError("x"))
    assert "程序出错" in said(dialog)


def test_r012_who_was_invited_is_signed_up_from_the_list(
    context, host, qtbot, people, clinic, frontdesk, member_admin
):
    group = save_group(member_admin, name="男士", rule=All((Sex("M"),))).group_id
    first = opened(member_admin, group_id=group)
    signed_in(context, "member_admin")
    dialog = shown(context, host, first, INVITE)
    page = counted(dialog, qtbot)
    assert page.counted.text() == "可以邀请 2 位。"
    page.call_on.setText("下周")
    page.submit()
    assert "日期" in page.day_field.error
    page.call_on.setText("20261121")
    page.submit()
    page._look()  # what is asked meanwhile waits
    qtbot.waitUntil(lambda: "已邀请 2 位" in said(dialog))
    counted(dialog, qtbot)
    page.table.setFocus()
    press(host, DOWN, ENTER)
    assert dialog.stack.currentIndex() == SIGN_UP
    press(host, ENTER)
    assert sorted(stands(clinic, first).values()) == ["invited", "signed_up"]
    other = dialog.page(SIGN_UP)
    other.table.select_key(next(p for p, s in stands(clinic, first).items() if s == "invited"))
    press(host, "X")
    assert "不来，已记下" in said(dialog)
    other.table.select_key(next(p for p, s in stands(clinic, first).items() if s == "signed_up"))
    press(host, "T")
    assert "已退出" in said(dialog)


# -- signing up and the door ---------------------------------------------------------------------


def test_r013_the_sign_up_page_refuses_in_the_field(context, host, people, clinic, marketing):
    first = opened(marketing, capacity=2, companions=1)
    dialog = shown(context, host, first)
    page = dialog.page(SIGN_UP)
    assert dialog.stack.currentIndex() == SIGN_UP
    press(host, ENTER)
    assert "选中顾客" in page.who_field.error
    write(host, "wxm")
    press(host, ENTER)
    page.companions.setText("+")
    press(host, ENTER)
    assert "整数" in page.companions_field.error
    page.companions.setText("1")
    press(host, ENTER)
    write(host, "8001")
    press(host, ENTER, ENTER)
    assert "排在候补" in said(dialog)
    cancel_activity(marketing, activity_id=first, reason="下雨")
    dialog.reload()
    page.take(page.table.rows()[0])
    page.submit()
    assert page.hint.text() == "已取消，不再报名。"
    page.table.setCurrentIndex(page.table.model().index(-1, -1))
    page.withdraw()


def test_r012_the_door_ticks_and_takes_back(context, host, people, clinic, member_admin):
    first = opened(member_admin, day=TODAY, points=10)
    sign_up(member_admin, activity_id=first, person_id=people[1])
    signed_in(context, "member_admin")
    dialog = shown(context, host, first)
    page = dialog.page(DOOR)
    assert dialog.stack.currentIndex() == DOOR
    press(host, ENTER)
    assert "在名单里选" in page.search_field.error
    write(host, "nobody")
    press(host, ENTER)
    assert "没有找到" in page.search_field.error
    press(host, ESC)
    assert page.search.text() == ""
    write(host, "13800")
    press(host, DOWN, UP, UP)
    page.companions.setText("+")
    press(host, ENTER)
    assert "整数" in page.companions_field.error
    page.companions.setText("1")
    page.search.setFocus()
    press(host, ENTER)
    assert "不带同行" in said(dialog)
    page.companions.clear()
    press(host, ENTER)
    assert said(dialog) == "李思思 已签到。不是会员，不记积分。"
    page.table.setFocus()
    press(host, ENTER)
    assert "不用再签" in said(dialog)
    page.prize.setText("牙刷")
    page.prize_yuan.setText("十元")
    press(host, "J")
    assert "金额写成数字" in said(dialog)
    page.prize_yuan.setText("10")
    press(host, ENTER)
    assert "李思思 得奖：牙刷" in said(dialog)
    press(host, "Z")
    assert "已撤销" in said(dialog)
    assert stands(clinic, first) == {people[1]: "signed_up"}
    page.table.setCurrentIndex(page.table.model().index(-1, -1))
    page.undo()
    page.give()
    assert "先在名单里选中" in said(dialog)
    assert faults(clinic) == []


def test_r012_two_presses_give_one_prize(context, host, people, clinic, member_admin):
    first = opened(member_admin, day=TODAY)
    attend(member_admin, activity_id=first, person_id=people[0])
    signed_in(context, "member_admin")
    dialog = shown(context, host, first)
    page = dialog.page(DOOR)
    page.table.select_first()
    page.prize.setText("牙刷")
    page.prize_yuan.setText("10")
    press(host, "J", "J")
    assert "写明奖品" in said(dialog)
    assert (page.prize.text(), page.prize_yuan.text()) == ("", "")
    assert [row.name for row in awards_of(clinic.db, people[0])] == ["牙刷"]


def test_r012_a_scanned_card_ticks_at_once(context, host, people, clinic, frontdesk, marketing):
    first = opened(marketing, day=TODAY)
    dialog = shown(context, host, first)
    page = dialog.page(DOOR)
    number = next(row.number for row in find_all(clinic, "王小明"))
    assert page.take_scan(number)
    assert "王小明 已签到" in said(dialog)
    assert page.take_scan("NO-SUCH-CARD")
    assert "没有号码是" in said(dialog)
    press(host, "3")
    assert not page.take_scan(number)


def find_all(clinic: Any, text: str) -> Any:
    from services.people.search import find

    return find(clinic.db, text)


def test_r012_before_its_day_the_door_stays_shut(context, host, people, marketing, clock):
    first = opened(marketing)
    dialog = shown(context, host, first, DOOR)
    page = dialog.page(DOOR)
    assert page.rest.text() == "活动日期是 2026-11-28，到那天才能签到。"
    page.submit()
    assert not dialog.next_button.isEnabled()
    cancel_activity(marketing, activity_id=first, reason="下雨")
    dialog.context.bus.announce(opened_changes())
    assert "现在不能签到" in page.rest.text()
    assert not dialog.next_button.isVisible()


def opened_changes() -> Any:
    from services.changes import Changes, Kind

    return Changes((Kind.ACTIVITY,))


# -- costs, the end, paper -----------------------------------------------------------------------


def test_r012_costs_are_refused_in_their_field_and_taken_back(context, host, clinic, member_admin):
    first = planned(member_admin)
    signed_in(context, "billing")
    dialog = shown(context, host, first, 4)
    page = dialog.page(4)
    press(host, ENTER)
    assert "什么费用" in page.what_field.error
    write(host, "水果")
    press(host, ENTER)
    assert "金额" in page.amount_field.error
    page.amount.setText("10")
    page.day.setText("昨天")
    press(host, ENTER)
    assert "日期" in page.day_field.error
    page.day.setText(TODAY)
    press(host, ENTER)
    assert said(dialog) == "已记 水果 ¥10。"
    page.take_back()
    page.table.select_first()
    press(host, "Z")
    assert [row.amount_fen for row in costs(clinic.db, first)] == [-1000, 1000]
    assert [line[4] for line in rows(page.table)] == ["冲销", "已冲销"]
    signed_in(context, "frontdesk")
    dialog.reload()
    page.submit()
    assert page.first_focus() is page.table


def test_r012_an_activity_is_cancelled_after_asking(
    context, host, people, clinic, member_admin, monkeypatch
):
    first = opened(member_admin)
    sign_up(member_admin, activity_id=first, person_id=people[0])
    signed_in(context, "member_admin")
    dialog = shown(context, host, first, SUMMARY)
    page = dialog.page(SUMMARY)
    press(host, "X")
    assert "写明取消的原因" in said(dialog)
    page.text.setPlainText("老师病了")
    answers = [False, True]
    monkeypatch.setattr(Alerts, "ask", lambda *_: answers.pop(0))
    press(host, "X")
    assert activity(clinic.db, first).state == "open"
    press(host, "X")
    assert said(dialog) == "活动已取消，安排了 1 个电话通知。"
    assert page.text.toPlainText() == "老师病了"
    assert not page.cancel_button.isVisible()


def test_r012_the_end_is_asked_and_points_have_their_worth(
    context, host, people, clinic, frontdesk, member_admin, monkeypatch
):
    first = opened(member_admin, day=TODAY, points=10)
    who = member(frontdesk, "Z1", "会员")
    attend(frontdesk, activity_id=first, person_id=who)
    sign_up(frontdesk, activity_id=first, person_id=people[0])
    signed_in(context, "member_admin")
    dialog = shown(context, host, first)
    answers = [False, True]
    monkeypatch.setattr(Alerts, "ask", lambda *_: answers.pop(0))
    press(host, "K")
    assert activity(clinic.db, first).state == "open"
    press(host, "K")
    assert activity(clinic.db, first).missed == 1
    assert "10 分" in dialog.page(SUMMARY).facts.text()
    press(host, "1", "K")
    assert dialog.stack.currentIndex() == SUMMARY
    press(host, "G")
    assert "几句总结" in said(dialog)
    assert [row.state for row in places(clinic.db, first)] == ["attended", "missed"]


def test_r012_the_sheet_is_printed_from_any_page(context, host, marketing):
    first = opened(marketing)
    dialog = shown(context, host, first)
    press(host, "Q")
    paper = dialog_of(host, PaperDialog)
    assert paper.paper.title == "活动签到表"
    paper.reject()
    assert dialog.isVisible()
