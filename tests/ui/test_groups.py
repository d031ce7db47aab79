"""Customer groups and labels by the keys: conditions, counts, what is done with a group
(R169–R178)."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from models.activities import Activity
from models.followup import FollowupTask
from services.commands import Session
from services.groups import rule as r
from services.groups.carried import labels_of
from services.groups.labels import define_label, labels, take_presets
from services.groups.life_cycle import spans
from services.groups.saved import SavedGroup, retire_group, save_group, saved_groups
from services.people.records import add_doctor
from services.reports.sheet import Filters
from tests.desk_world import change, consent, member, person
from tests.gift_world import in_command
from tests.ui.dialog_hands import ENTER, dialog_of, focus, gives_word, press, write
from ui.context import UiContext
from ui.dialogs import clear_export
from ui.dialogs.group_actions import (
    InviteGroupDialog,
    LabelGroupDialog,
    PlanCallsDialog,
    SpansDialog,
)
from ui.dialogs.group_edit import GroupEditDialog
from ui.dialogs.group_trial import GroupTrialDialog
from ui.dialogs.groups import GroupsDialog
from ui.dialogs.labels import LabelEditDialog, LabelsDialog
from ui.dialogs.letters import LettersDialog
from ui.dialogs.person_labels import PersonLabelsDialog
from ui.dialogs.reports import GroupReports, SensitiveList
from ui.widgets.group_kinds import Kinds
from ui.widgets.group_picker import GroupPicker
from ui.widgets.label_chips import LabelChips

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def people(frontdesk: Session) -> list[int]:
    """Three women, one of whom is a member, and a man."""
    found = [person(frontdesk, f"M{n}", sex="F", last_visit_on="2026-01-05") for n in range(2)]
    found.append(member(frontdesk, "M2", sex="F"))
    found.append(person(frontdesk, "M3", sex="M"))
    return found


@pytest.fixture
def host(context: UiContext, qtbot, director: Session, people: list[int]) -> QWidget:
    context.signed_in.set(director)
    made = QWidget()
    made.resize(1366, 768)
    qtbot.addWidget(made)
    made.show()
    return made


def until(true) -> None:
    """Work on other threads needs the lock that `qWait` keeps."""
    for _ in range(600):
        if true():
            return
        QTest.qWait(2)
        time.sleep(0.005)
    raise AssertionError("it never came")


def opened(context: UiContext, host: QWidget) -> GroupsDialog:
    dialog = GroupsDialog(context, host)
    dialog.open()
    return dialog


def kept(context: UiContext, name: str) -> SavedGroup:
    return next(each for each in saved_groups(context.db, everything=True) if each.name == name)


def said(dialog) -> str:
    return dialog.context.alerts.bar.sentence


# -- a group ------------------------------------------------------------------------------------


def test_r174_a_group_is_made_by_the_keys_and_counted_at_once(context, host):
    groups = opened(context, host)
    assert "还没有分组" in groups.table.empty_text
    assert focus(groups) is groups.new_button
    press(groups, "N")
    edit = dialog_of(groups, GroupEditDialog)
    write(edit, "女顾客")
    line = edit.conditions.block.items[0]
    line.kind.setFocus()
    write(edit, "xb")  # 性别
    assert line.kind.value() == "sex"
    assert edit.look.aloud.text() == "在用档案里，性别女的顾客。"
    until(lambda: edit.look.found is not None)
    assert edit.look.count.text() == "共 3 位"
    assert [row.number for row in edit.look.table.rows()] == ["M0", "M1", "M2"]
    press(edit, "A")
    QTest.qWait(1)
    write(edit, "hy")  # 会员身份
    until(lambda: edit.look.found is not None and edit.look.found.count == 1)
    QTest.keyClick(focus(edit), Qt.Key.Key_Return, CTRL)
    assert kept(context, "女顾客").rule == r.All((r.Sex("F"), r.Member()))
    assert [row.group.name for row in groups.table.rows()] == ["女顾客"]
    until(lambda: groups.table.rows()[0].count == 1)
    assert "已保存分组“女顾客”" in said(groups)


def test_what_is_missing_is_said_where_it_is_missing(context, host):
    edit = GroupEditDialog(context, host)
    edit.open()
    line = edit.conditions.block.items[0]
    line.kind.choose("age")
    assert "年龄请填 0 到 130 岁" in edit.look.count.text()
    line.kind.choose("last_visit")
    line.value.first.setText("2026")
    assert line.error.text() == "日期写成 19900515 或 1990-5-15。"
    assert line.error.text() == edit.look.count.text()
    edit.submit()
    assert said(edit) == line.error.text()
    line.value.first.setText("20260101")
    edit.submit()
    assert "起个名字" in edit.name_field.error
    line._remove.click()
    assert "至少加一个条件" in edit.look.count.text()
    edit.name.setText("空")
    edit.submit()
    assert "至少加一个条件" in said(edit)


def test_brackets_and_opposites(context, host):
    edit = GroupEditDialog(context, host)
    edit.open()
    first = edit.conditions.block.items[0]
    first.kind.choose("sex")
    first.negated.choose(True)
    press(edit, "B")
    QTest.qWait(1)
    bracket = edit.conditions.block.items[1]
    assert focus(edit) is bracket.joint
    one, two = bracket.block.items
    one.kind.choose("away")
    one.value.months.setText("6")
    two.kind.choose("spent")
    two.value.least.setText("5000")
    two.value.months.setText("12")
    edit.conditions.joint.choose("any")
    bracket.joint.choose("all")
    assert edit.rule() == r.Any((r.Not(r.Sex("F")), r.All((r.Away(6), r.Spent(500_000, None, 12)))))
    bracket._add()
    QTest.qWait(1)
    QTest.keyClick(bracket.block.items[2].kind, Qt.Key.Key_Delete, CTRL)
    assert len(bracket.block.items) == 2
    bracket._gone()
    assert edit.rule() == r.Not(r.Sex("F"))


RULES = [
    r.HasLabel(1), r.Age(30, 40), r.Age(most=13), r.Minor(), r.BirthdayMonth(3),
    r.Lives("朝阳区", True), r.Spent(500_000, 600_000, 6), r.Spent(None, 1), r.Visits(1, 2, 3),
    r.Away(6), r.LastVisit("2026-01-01", "2026-02-01"), r.LastVisit(last="2026-02-01"),
    r.Doctor(1, "seen"), r.Paid("分期", 12), r.Treated("种植"), r.LifeCycle("lost"),
    r.Tier(1, 2), r.MemberOf(1), r.Member(), r.Source("路过"), r.InGroup(1),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_condition_is_shown_as_it_is_kept(context, host, director, frontdesk, rule):
    add_doctor(director, name="陈医生")
    define_label(director, dimension="阶段", name="术前")
    person(frontdesk, "M9", source="路过")
    save_group(director, name="甲", rule=r.Sex("F"))
    group = SavedGroup(2, "乙", rule, False, True, "", 0)
    edit = GroupEditDialog(context, host, group)
    assert edit.rule() == rule
    edit.reject()


def test_what_is_no_longer_offered_is_still_shown(context, host, director):
    gone = save_group(director, name="甲", rule=r.Sex("F")).group_id
    retire_group(director, group_id=gone)
    edit = GroupEditDialog(context, host, SavedGroup(2, "乙", r.InGroup(gone), False, True, "", 0))
    box = edit.conditions.block.items[0].value.box
    assert box.currentText() == "属于分组“甲”"
    assert "已经停用或没有了" in edit.look.count.text()
    edit.reject()


def test_kinds_without_a_choice_say_so(context, host):
    kinds = Kinds(context)
    assert dict(kinds.choices())["label"] == "标签(还没有)"
    edit = GroupEditDialog(context, host)
    line = edit.conditions.block.items[0]
    for name in ("label", "doctor"):
        line.kind.choose(name)
        assert "请先去掉这个条件" in edit.look.count.text()
    edit.reject()


def test_a_rule_nested_too_deeply_keeps_its_conditions(context, host, director):
    deep = r.All((r.Sex("F"), r.Any((r.Away(3), r.All((r.Away(6), r.Member()))))))
    made = save_group(director, name="深", rule=deep).group_id
    edit = GroupEditDialog(context, host, kept(context, "深"))
    edit.open()
    assert "只能改名称" in edit.deep.text()
    edit.name.setText("更深")
    edit.submit()
    assert kept(context, "更深").rule == deep
    edit = GroupEditDialog(context, host, kept(context, "更深"))
    edit.conditions.block.items[0].kind.choose("sex")
    edit.submit()
    assert kept(context, "更深").rule == r.Sex("F")
    assert kept(context, "更深").id == made


def test_a_group_that_cannot_be_read_is_set_anew(context, host, director):
    made = save_group(director, name="甲", rule=r.Sex("F")).group_id
    from models.groups import CustomerGroup

    in_command(
        director,
        lambda tx: tx.db.write(CustomerGroup.update(rule="?").where(CustomerGroup.id == made)),
    )
    groups = opened(context, host)
    assert "读不出来" in groups.look.count.text()
    press(groups, ENTER)
    edit = dialog_of(groups, GroupEditDialog)
    assert "读不出来" in edit.deep.text()
    edit.conditions.block.items[0].kind.choose("sex")
    edit.submit()
    assert kept(context, "甲").rule == r.Sex("F")


def test_a_newer_question_forgets_the_older_one(context, host):
    edit = GroupEditDialog(context, host)
    edit.look.ask(r.Sex("F"), at_once=True)
    QTest.qWait(1)
    edit.look.ask(r.Sex("M"), at_once=True)
    until(lambda: edit.look.found is not None)
    assert edit.look.found.count == 1
    edit.look.ask(r.InGroup(99), at_once=True)
    until(lambda: "停用" in edit.look.count.text())
    edit.look.failed(None, RuntimeError("x"))
    assert "程序出错" in said(edit)
    edit.reject()


def test_counting_says_that_it_goes_on(context, host):
    edit = GroupEditDialog(context, host)
    edit.look.give_up()
    edit.look._say_busy()
    assert edit.look.count.text() == "正在数…"
    edit.reject()


def test_a_group_is_put_aside_and_taken_up_again(context, host, director):
    save_group(director, name="甲", rule=r.Sex("F"))
    groups = opened(context, host)
    press(groups, "T")
    assert not kept(context, "甲").active
    assert "已停用“甲”" in said(groups)
    assert groups.retire_button.text().startswith("重新启用")
    assert not groups.edit_button.isEnabled()
    assert "Alt+T" in groups.look.count.text()
    press(groups, "T")
    assert kept(context, "甲").active


def test_marketing_sees_no_sensitive_group(context, host, director, marketing):
    save_group(director, name="孩子", rule=r.Minor())
    save_group(director, name="甲", rule=r.Sex("F"))
    context.signed_in.set(marketing)
    groups = opened(context, host)
    assert [row.group.name for row in groups.table.rows()] == ["甲"]
    assert "须由会员管理员、院长登录" in groups.spans_button.toolTip()
    assert not groups.deeds["labels"].isEnabled()
    assert [groups.new_button.isEnabled(), groups.edit_button.isEnabled()] == [True, True]
    picker = GroupPicker(context)
    assert picker.count() == 2
    assert picker.value() is None
    picker.setCurrentIndex(1)
    assert picker.value() == kept(context, "甲").id


# -- what is done with a group --------------------------------------------------------------------


@pytest.fixture
def women(context, host, director) -> GroupsDialog:
    save_group(director, name="女顾客", rule=r.Sex("F"))
    return opened(context, host)


def ask(groups: GroupsDialog, key: str, kind):
    press(groups, key)
    until(lambda: [each for each in groups.findChildren(kind) if each.isVisible()])
    return dialog_of(groups, kind)


def test_r150_calls_for_a_group(context, women, frontdesk, people):
    consent(frontdesk, people[0], False)
    dialog = ask(women, "C", PlanCallsDialog)
    press(dialog, ENTER)
    assert "写明为什么" in dialog.subject_field.error
    write(dialog, "请来洁牙")
    dialog.day.setText("明天")
    press(dialog, ENTER)
    assert dialog.day_field.error
    dialog.day.setText("20261125")
    press(dialog, ENTER)
    rows = context.db.rows(FollowupTask.select(FollowupTask.person_id, FollowupTask.due_on))
    mine = [row for row in rows if row[1] == "2026-11-25"]
    assert sorted(mine) == [(people[1], "2026-11-25"), (people[2], "2026-11-25")]
    assert "已安排 2 位，1 位不便联系" in said(women)


def test_letters_for_a_group(women):
    assert ask(women, "L", LettersDialog)


def test_an_invitation_for_a_group(context, women, director, people):
    for each in people:
        change(director, each, phone="13800000000")
    dialog = ask(women, "I", InviteGroupDialog)
    assert dialog.none.isVisible()
    dialog.submit()
    dialog.reject()

    def plan(tx):
        tx.db.insert(
            Activity,
            number="A1",
            name="会员日",
            kind="member_day",
            state="open",
            day="2026-12-01",
            staff_id=1,
            seq=tx.seq,
        )

    in_command(director, plan)
    dialog = ask(women, "I", InviteGroupDialog)
    dialog.day.setText("?")
    dialog.submit()
    assert dialog.day_field.error
    dialog.channel.choose("letter")
    assert not dialog.day.isVisible()
    dialog.submit()
    assert "已邀请 0 位" in said(women)
    dialog = ask(women, "I", InviteGroupDialog)
    dialog.submit()
    assert "已邀请 3 位，安排了 3 个电话" in said(women)


def test_a_label_for_a_group(context, women, member_admin, people):
    dialog = ask(women, "B", LabelGroupDialog)
    assert dialog.none.isVisible()
    dialog.submit()
    dialog.reject()
    take_presets(member_admin)
    known = {each.name: each.id for each in labels(context.db, health=True)}
    dialog = ask(women, "B", LabelGroupDialog)
    dialog.label.choose(known["孕妇"])
    dialog.submit()
    assert "已给 0 位打上标签，0 位原来就有。3 位没有同意" in said(women)
    dialog = ask(women, "B", LabelGroupDialog)
    dialog.label.choose(known["种植"])
    dialog.submit()
    assert [each.name for each in labels_of(context.db, people[0], health=True)] == ["种植"]
    dialog = ask(women, "B", LabelGroupDialog)
    dialog.what.choose("take")
    dialog.label.choose(known["种植"])
    dialog.submit()
    assert "已从 3 位取下" in said(women)
    dialog = ask(women, "B", LabelGroupDialog)
    dialog.what.choose("take")
    dialog.submit()
    assert "没有这个标签" in said(dialog)


def test_how_a_group_would_stand_under_another_programme(women):
    dialog = ask(women, "S", GroupTrialDialog)
    dialog.submit()
    until(lambda: dialog.page.found is not None)
    assert dialog.page.found.people == 1
    dialog.programme.setCurrentIndex(1)
    assert dialog.page.found is None


def test_a_group_without_people_says_so(context, host, director):
    save_group(director, name="无", rule=r.Lives("火星"))
    groups = opened(context, host)
    press(groups, "C")
    until(lambda: "现在没有顾客" in said(groups))


def test_nothing_is_done_without_a_group(context, host):
    groups = opened(context, host)
    for call in (groups.plan_calls, groups.export, groups.retire, groups.submit):
        call()
    assert said(groups) == ""


def test_the_list_of_a_group(women, frontdesk, people):
    consent(frontdesk, people[0], True)
    press(women, "X")
    report = dialog_of(women, GroupReports)
    assert report.filters.ask().filters == Filters(group="女顾客")
    until(lambda: report.shown is not None)
    assert report.shown.count == 1


def test_a_sensitive_list_leaves_with_a_reason_only(
    context, host, member_admin, director, monkeypatch, tmp_path
):
    save_group(director, name="孩子", rule=r.Minor())
    context.signed_in.set(member_admin)
    groups = opened(context, host)
    press(groups, "X")
    dialog = dialog_of(groups, SensitiveList)
    assert "分组“孩子”" in dialog._who
    asked = gives_word(monkeypatch, clear_export, "director")
    monkeypatch.setattr("ui.widgets.friday_export.ask_path", lambda *_: tmp_path / "list.xlsx")
    write(dialog, "寄请柬")
    press(dialog, ENTER)
    assert asked
    until(lambda: (tmp_path / "list.xlsx").exists())
    until(lambda: "已导出" in said(groups))


def test_r171_the_spans_are_set_by_the_keys(context, women, director):
    press(women, "Y")
    dialog = dialog_of(women, SpansDialog)
    dialog.edits["wake"].setText("")
    press(dialog, ENTER)
    assert "整数" in said(dialog)
    dialog.edits["wake"].setText("13")
    press(dialog, ENTER)
    assert "从小到大" in said(dialog)
    dialog.edits["wake"].setText("4")
    press(dialog, ENTER)
    assert spans(context.db).wake == 4


# -- labels ---------------------------------------------------------------------------------------


def test_labels_are_taken_in_made_changed_and_retired(context, host):
    dialog = LabelsDialog(context, host)
    dialog.open()
    assert focus(dialog) is dialog.presets_button
    press(dialog, "Z")
    assert "载入了" in said(dialog)
    press(dialog, "Z")
    assert "都已经在了" in said(dialog)
    press(dialog, "N")
    edit = dialog_of(dialog, LabelEditDialog)
    press(edit, ENTER)
    assert "维度" in edit.dimension_field.error
    write(edit, "地区")
    assert edit.exclusive.value() is True
    press(edit, ENTER)
    assert "名称" in edit.name_field.error
    write(edit, "郊县")
    press(edit, ENTER)
    assert "已保存标签“郊县”" in said(dialog)
    row = next(each for each in dialog.table.rows() if each.name == "郊县")
    dialog.table.select_key(row.id)
    dialog.table.setFocus()
    press(dialog, ENTER)
    edit = dialog_of(dialog, LabelEditDialog)
    edit.name.setText("近郊")
    press(edit, ENTER)
    assert next(each for each in dialog.table.rows() if each.id == row.id).name == "近郊"
    dialog.table.select_key(row.id)
    press(dialog, "T")
    assert not next(each for each in dialog.table.rows() if each.id == row.id).active
    press(dialog, "T")
    assert "重新启用“近郊”" in said(dialog)


def test_the_desk_reads_labels_and_makes_none(context, host, frontdesk):
    context.signed_in.set(frontdesk)
    dialog = LabelsDialog(context, host)
    assert not dialog.new_button.isEnabled()
    assert "须由会员管理员、院长登录" in dialog.presets_button.toolTip()
    dialog.submit()
    dialog.retire()
    dialog.reject()


def test_r178_chips_put_labels_on_a_person(context, host, member_admin, people):
    context.current_person.select(people[0])
    dialog = PersonLabelsDialog(context, host)
    assert dialog.empty.isVisibleTo(dialog)
    dialog.reject()
    take_presets(member_admin)
    known = {each.name: each.id for each in labels(context.db, health=True)}
    dialog = PersonLabelsDialog(context, host)
    dialog.open()
    chips = dialog.chips.chips
    assert focus(dialog) is chips[known["术前"]]
    press(dialog, Qt.Key.Key_Space)
    assert [each.name for each in labels_of(context.db, people[0], health=True)] == ["术前"]
    chips[known["治疗中"]].click()
    assert [chips[known[name]].isChecked() for name in ("术前", "治疗中")] == [False, True]
    chips[known["治疗中"]].click()
    assert labels_of(context.db, people[0], health=True) == []
    assert isinstance(dialog.chips, LabelChips)


def test_marketing_puts_no_label_on_anybody(context, host, member_admin, marketing, people):
    take_presets(member_admin)
    context.signed_in.set(marketing)
    context.current_person.select(people[0])
    dialog = PersonLabelsDialog(context, host)
    assert not dialog.chips.isEnabled()
    assert dialog.note.isVisibleTo(dialog)
    assert "孕妇" not in "".join(chip.text() for chip in dialog.chips.chips.values())
    dialog.reject()
