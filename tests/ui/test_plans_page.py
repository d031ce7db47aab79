"""The page of follow-up plans, by keys (R146–R148, front-desk 4.3)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from services.followups.plans import plan_of, plans
from tests.conftest import TODAY
from tests.desk_world import person
from tests.services.followups.plan_world import EXTRACTION, add_label, switch, treat
from tests.ui.desk_hands import looked
from ui.dialogs.plan_edit import PlanDialog
from ui.dialogs.plan_switch import SwitchOffDialog, SwitchOnDialog
from ui.widgets.plans_page import PlansPage


@pytest.fixture
def page(context, member_admin, qtbot) -> PlansPage:
    """The page with 郑管理 signed in."""
    context.signed_in.set(member_admin)
    made = PlansPage(context)
    made.resize(1334, 560)
    qtbot.addWidget(made)
    made.show()
    read_again(made, qtbot)
    made.first_focus().setFocus()
    return made


def read_again(page: PlansPage, qtbot) -> None:
    page.refresh()
    looked(page, qtbot)


def dialog(page: PlansPage, kind: type[QDialog]) -> QDialog:
    return next(each for each in page.window().findChildren(kind) if each.isVisible())


def press(widget, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, key, modifier)


def row(page: PlansPage, key: str):
    return next(each for each in page.table.rows() if each.key == key)


def test_the_plan_under_the_cursor_is_read_aloud(page):
    assert page.title.text() == "启用 3 个，共 23 个 · 待联系 0"
    assert page.aloud.text().startswith("做完“拔牙”，当天、1、90 天后电话联系")
    assert page.aloud.text().endswith("非医嘱。")
    page.table.select_key("birthday")
    assert "非医嘱" not in page.aloud.text()
    assert page.switch.text() == "停用…  空格"
    page.table.set_rows([])
    page.table.clearSelection()
    page.table.current_row_changed.emit(None)
    assert (page.aloud.text(), page.sample.text()) == ("", "")
    page.change_plan()
    page.switch_plan()


def test_space_shows_what_would_come_and_enter_switches_on(page, context, clinic, qtbot):
    session = context.signed_in.session
    treat(session, person(session, "M1", name="王小美"))
    press(page.table, Qt.Key.Key_Space)
    asked = dialog(page, SwitchOnDialog)
    qtbot.waitUntil(lambda: "人次" in asked.summary.text())
    assert asked.summary.text() == (
        "今后 30 天已知要联系 2 人次；照最近 30 天的诊疗，新做的还会带来约 2 人次。"
    )
    assert [each.due_on for each in asked.table.rows()] == [TODAY, "2026-11-21"]
    asked.most.setText("5")
    asked.submit()
    found = plan_of(clinic.db, EXTRACTION)
    assert (found.active, found.daily_most, found.from_on) == (True, 5, TODAY)
    read_again(page, qtbot)
    assert page.title.text().startswith("启用 4 个")


def test_a_day_that_is_none_is_refused_in_its_field(page):
    press(page.table, Qt.Key.Key_Space)
    asked = dialog(page, SwitchOnDialog)
    asked.day.setText("昨天")
    asked.look()
    assert asked.day_field.error
    asked.submit()
    assert asked.isVisible()
    asked.day.setText("2027-01-01")
    asked.submit()
    assert "起算日" in asked.context.alerts.bar.sentence
    asked.reject()


def test_an_error_while_reckoning_is_told(page, monkeypatch, qtbot):
    from ui.dialogs import plan_switch

    def broken(*_):
        raise plan_switch.RuleError("算不出来")

    monkeypatch.setattr(plan_switch, "coming", broken)
    press(page.table, Qt.Key.Key_Space)
    asked = dialog(page, SwitchOnDialog)
    qtbot.waitUntil(lambda: asked.summary.text() == "")
    asked.reject()


def test_space_on_a_plan_that_is_on_switches_it_off(page, context, clinic, qtbot):
    switch(context.signed_in.session, EXTRACTION)
    read_again(page, qtbot)
    press(page.table, Qt.Key.Key_Space)
    asked = dialog(page, SwitchOffDialog)
    assert not asked.drop.isVisible()
    press(asked.main, Qt.Key.Key_Return)
    assert not plan_of(clinic.db, EXTRACTION).active


def test_all_are_switched_on_at_once_but_those_that_lack_something(page, clinic, qtbot):
    page.all_on.click()
    asked = dialog(page, SwitchOnDialog)
    qtbot.waitUntil(lambda: "人次" in asked.summary.text(), timeout=20_000)
    asked.submit()
    assert [each.key for each in plans(clinic.db) if not each.active] == ["label.stage"]
    read_again(page, qtbot)
    page.all_on.click()
    assert not [each for each in page.window().findChildren(SwitchOnDialog) if each.isVisible()]


def test_enter_changes_a_plan(page, clinic):
    press(page.table, Qt.Key.Key_Return)
    form = dialog(page, PlanDialog)
    assert form.offsets.text() == "0、1、90"
    form.offsets.setText("1、x")
    assert form.aloud.text().startswith("⚠ 请填天数")
    form.submit()
    assert form.offsets_field.error.startswith("请填天数")
    form.offsets.setText("2000")
    form.submit()
    assert "1080" in form.offsets_field.error
    form.offsets.setText("0、3")
    assert form.aloud.text().startswith("做完“拔牙”，当天、3 天后电话联系")
    assert form.sample.text().startswith("例：王女士")
    press(form.offsets, Qt.Key.Key_Return)
    assert plan_of(clinic.db, EXTRACTION).offsets == (0, 3)


def test_a_adds_a_plan_of_the_clinics_own(page, context, clinic):
    press(page.table, Qt.Key.Key_A)
    form = dialog(page, PlanDialog)
    form.submit()
    assert form.name_field.error
    form.name.setText("回来看看")
    form.trigger.choose("idle")
    assert (form.marketing.value(), form.marketing.isEnabled()) == (True, False)
    form.submit()
    assert "个月" in form.months_field.error
    form.months.setText("9")
    form.offsets.setText("0")
    form.scripts.setPlainText("{姓氏}{称谓}，好久不见。\n\n您好，{诊所}问候您。")
    assert "9 个月未到诊" in form.aloud.text()
    form.submit()
    own = plans(clinic.db)[-1]
    assert (own.name, own.months, own.offsets, own.marketing) == ("回来看看", 9, (0,), True)
    assert own.scripts == ("{姓氏}{称谓}，好久不见。", "您好，{诊所}问候您。")


def test_each_trigger_shows_its_own_fields(page, context):
    add_label(context.signed_in.session)
    press(page.table, Qt.Key.Key_A)
    form = dialog(page, PlanDialog)
    shown = {}
    for trigger in ("item", "label", "recall", "quota", "survey"):
        form.trigger.choose(trigger)
        fields = (form.kind_field, form.label_field, form.months_field)
        shown[trigger] = tuple(field.isVisible() for field in fields)
    assert shown == {
        "item": (True, False, False),
        "label": (False, True, False),
        "recall": (True, False, True),
        "quota": (False, False, False),
        "survey": (False, False, True),
    }
    form.trigger.choose("label")
    assert form.label.count() == 2
    form.reject()


@pytest.mark.parametrize(("key", "hint"), [("birthday", "7、3、0"), ("term", "提前几天，")])
def test_what_comes_before_says_so(page, key, hint):
    page.table.select_key(key)
    page.change_plan()
    form = dialog(page, PlanDialog)
    assert hint in form.offsets_field.control.accessibleDescription()
    assert not form.rank_field.isVisible()
    form.reject()


def test_who_may_not_change_plans_sees_who_may(page, context, frontdesk, qtbot):
    context.signed_in.set(frontdesk)
    read_again(page, qtbot)
    assert page.note.isVisible()
    assert not page.edit.isEnabled()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_A, Qt.Key.Key_Return):
        press(page.table, key)
    assert not [each for each in page.window().findChildren(QDialog) if each.isVisible()]
