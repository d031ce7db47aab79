"""The programme editor by its keys: draft, change, see what is missing, sign, see the effects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget
from shiboken6 import isValid

from services.commands import Session
from services.desk.strip import member_strip
from services.forms.paper import texts
from services.loyalty.tier_notices import open_notices
from services.programmes.definition import PENDING, Reach, to_json
from services.programmes.drafts import draft, drafts, save_draft, signed, versions
from services.programmes.editing import value_at
from services.programmes.registry import main_timeline, preset, timelines
from services.programmes.toml_files import read_file
from services.programmes.toml_text import to_toml
from tests.conftest import PIN, TODAY
from tests.money_world import grants, member, stand
from tests.services.programmes.signing_world import faults, sign_draft
from tests.ui.gift_hands import press, write
from tests.ui.programme_hands import (
    ALT,
    CTRL,
    DOWN,
    ENTER,
    ESC,
    RIGHT,
    control,
    desk,
    drafting,
    editor,
    on_top,
    wait,
)
from ui.context import UiContext
from ui.dialogs.cut_over import CutOverDialog
from ui.dialogs.paper import PaperDialog
from ui.dialogs.programme import ProgrammeDialog
from ui.dialogs.programme_editor import DONE, DRAFTS, EDIT, SIGN
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.widgets.programme_fields import LinesEdit, PickList, WholeEdit
from ui.widgets.programme_form import Link

KEY = Qt.Key


@pytest.fixture
def office(context: UiContext, director: Session) -> UiContext:
    """The director at the desk."""
    context.signed_in.set(director)
    return context


@pytest.fixture
def window(context: UiContext, qapp: QApplication, qtbot) -> Iterator[MainWindow]:
    made = MainWindow(context, IdleWatch(qapp))
    qtbot.addWidget(made)
    on_top(made, qtbot)
    yield made
    made.close()


# -- from the draft to the signature -----------------------------------------------------------


def test_r058_e41_a_lower_threshold_signed_by_keys_lifts_a_member_at_once(
    window: MainWindow, director: Session, qtbot
) -> None:
    clinic = director.clinic
    low, spent = member(director, 4_400), member(director, 4_500)
    few = member(director, 2_000)
    assert [stand(clinic, who).rank for who in (low, spent, few)] == [1, 1, 1]
    window.enter(director)
    window.menus.open("editor")
    dialog = next(w for w in window.findChildren(QWidget) if w.objectName() == "programmeEditor")
    on_top(dialog, qtbot)

    press(dialog, ENTER)  # the version in force is offered first
    assert dialog.pages.currentIndex() == EDIT
    press(dialog, DOWN, DOWN, DOWN, RIGHT, DOWN)  # 总则 → 入会 → 积分 → 等级 → 1 → 2 高级会员
    press(dialog, RIGHT, RIGHT, RIGHT, RIGHT)  # its first way
    assert "单笔消费满 5,000 元" in dialog.edit_page.trail.text()
    press(dialog, ENTER)
    write(dialog, "4500")
    assert "单笔消费满 4,500 元" in dialog.edit_page.sentences.toPlainText()
    assert stand(clinic, spent).rank == 1, "a draft moves nobody"

    press(dialog, KEY.Key_Q, modifier=ALT)
    assert dialog.pages.currentIndex() == SIGN
    shown = dialog.sign_page.changes.toPlainText()
    assert "第 2 版" in shown
    assert TODAY in shown
    assert "− 不再：怎样达到：单笔消费满 5,000 元" in shown
    assert "＋ 改为：怎样达到：单笔消费满 4,500 元" in shown
    press(dialog, KEY.Key_W, modifier=ALT)
    write(dialog, "院务会决定")
    press(dialog, ENTER)
    write(dialog, PIN)
    press(dialog, ENTER)
    wait(dialog.work, qtbot)
    assert dialog.pages.currentIndex() == DONE
    press(dialog, ENTER)  # the button that closes has the keyboard

    qtbot.waitUntil(lambda: stand(clinic, spent).rank == 2, timeout=5000)
    assert [stand(clinic, who).rank for who in (low, few)] == [1, 1]
    given = {key.partition("@")[0] for key in grants(clinic, spent)}
    assert {"advanced.ultrasonic", "advanced.gift", "advanced.facial"} <= given
    assert (spent, "高级会员") in {
        (notice.person_id, notice.tier_name) for notice in open_notices(clinic.db, None)
    }
    names = {row.name for row in versions(clinic.db, TODAY)}
    assert names == {"医院方案A"}
    newest = versions(clinic.db, TODAY)[0]
    assert (newest.number, newest.note, newest.signed_by) == (2, "院务会决定", "孙院长")
    assert drafts(clinic.db) == []
    strip = member_strip(clinic.db, TODAY, spent)
    assert strip.tier_name == "高级会员"
    assert faults(clinic) == []


def test_r001_a_preset_with_gaps_is_refused_with_its_list_then_filled_in_and_signed(
    office: UiContext, qtbot
) -> None:
    dialog = editor(office, qtbot)
    write(dialog, "ktsj")  # 卡通三级, by its letters
    press(dialog, ENTER)
    assert dialog.heading.text() == "卡通三级"
    press(dialog, KEY.Key_Q, modifier=ALT)
    assert dialog.pages.currentIndex() == EDIT
    assert "还缺 3 项" in dialog.context.alerts.bar.sentence
    listed = dialog.edit_page.gaps.sentences()
    assert len(listed) == 3
    assert all(line.startswith("⚠ ") for line in listed)
    assert dialog.edit_page.gaps.hasFocus()

    press(dialog, ENTER)  # to the first of them
    for number, yuan in enumerate((1_000, 5_000, 20_000)):
        assert len(dialog.edit_page.gaps.sentences()) == 3 - number
        write(dialog, str(yuan))
        press(dialog, KEY.Key_G, modifier=ALT)
    assert "没有缺的" in dialog.edit_page.gap_title.text()
    assert PENDING not in to_json(dialog.draft.programme)
    press(dialog, KEY.Key_Q, modifier=ALT)
    assert dialog.pages.currentIndex() == SIGN
    assert "“卡通三级”是新方案" in dialog.sign_page.changes.toPlainText()
    press(dialog, ENTER)
    write(dialog, PIN)
    press(dialog, ENTER)
    wait(dialog.work, qtbot)
    assert dialog.pages.currentIndex() == DONE
    assert {each.name for each in timelines(office.db)} == {"医院方案A", "卡通三级"}
    assert dialog.cut_button.isVisible()


def test_r058_a_later_day_for_new_members_only(office: UiContext, director, qtbot) -> None:
    dialog = drafting(office, qtbot, "version 1")
    dialog.draft.set("tiers[1].reach[0].single_spend_yuan", 4000)
    press(dialog, KEY.Key_Q, modifier=ALT)
    write(dialog, "2026-12-01")
    press(dialog, KEY.Key_N, modifier=ALT)
    assert "以前入会的会员留在原来的版本" in dialog.sign_page.changes.toPlainText()
    press(dialog, KEY.Key_P, modifier=ALT)
    write(dialog, PIN)
    press(dialog, ENTER)
    wait(dialog.work, qtbot)
    newest = versions(office.db, TODAY)[0]
    assert (newest.valid_from, newest.scope, newest.tense) == ("2026-12-01", "new", "future")
    assert "2026-12-01 起生效" in dialog.context.alerts.bar.sentence


def test_a_wrong_pin_a_bad_day_and_no_pin_sign_nothing(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "version 1")
    press(dialog, KEY.Key_Q, modifier=ALT)
    page = dialog.sign_page
    press(dialog, KEY.Key_Q, modifier=ALT)
    assert page.pin_field.error == "请输入密码。"
    write(dialog, "111118")
    press(dialog, ENTER)
    assert "密码不对" in page.pin_field.error
    assert page.pin.text() == ""
    press(dialog, KEY.Key_D, modifier=ALT)
    write(dialog, "x")
    press(dialog, KEY.Key_Q, modifier=ALT)
    assert page.day_field.error
    page.day.setText("2026-11-01")
    page.pin.setText(PIN)
    page.sign()
    wait(dialog.work, qtbot)
    assert "不能早于今天" in dialog.context.alerts.bar.sentence
    assert dialog.pages.currentIndex() == SIGN
    assert len(versions(office.db, TODAY)) == 1
    press(dialog, ESC)
    assert dialog.pages.currentIndex() == EDIT


def test_drafts_are_the_member_admins_too_but_not_the_signature(
    context: UiContext, member_admin: Session, qtbot
) -> None:
    context.signed_in.set(member_admin)
    dialog = drafting(context, qtbot, "version 1")
    press(dialog, KEY.Key_Q, modifier=ALT)
    page = dialog.sign_page
    assert page.right.isVisible()
    assert "院长" in page.right.findChild(QLabel).text()
    assert not page.sign_button.isEnabled()
    assert not page.pin.isEnabled()


def test_the_desk_reads_programmes_and_changes_none(window: MainWindow, frontdesk) -> None:
    window.enter(frontdesk)
    assert window.menus.actions["programme"].isEnabled()
    for entry in ("editor", "simulate"):
        assert not window.menus.actions[entry].isEnabled()
        assert "会员管理员、院长" in window.menus.actions[entry].text()


# -- typing ------------------------------------------------------------------------------------


def test_what_may_not_stand_stays_in_its_field_until_it_is_mended(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "version 1")
    page = dialog.edit_page
    page.go("tiers[1].reach[0]")
    page.form.start()
    write(dialog, "5x")
    field = page.form._rows["tiers[1].reach[0].single_spend_yuan"].place
    assert not field.error, "half typed is no mistake yet"
    press(dialog, ENTER)
    assert "填整数" in field.error
    assert page.form.current_path() == "tiers[1].reach[0].single_spend_yuan"
    press(dialog, KEY.Key_A, modifier=ALT)  # nothing else happens before
    page.go("about")
    page.fill_in("name")
    dialog.try_out()
    dialog.reject()
    assert dialog.isVisible()
    assert dialog.pages.currentIndex() == EDIT
    assert page.tree.place() == "tiers[1].reach[0]"
    assert field.control.text() == "5x"
    assert len(value_at(dialog.draft.programme, "tiers[1].reach")) == 2
    assert value_at(dialog.draft.programme, "tiers[1].reach[0].single_spend_yuan") == 5
    press(dialog, ESC)
    assert field.control.text() == "5"
    assert not field.error
    press(dialog, ESC)
    assert page.tree.hasFocus()
    press(dialog, ESC)
    assert dialog.pages.currentIndex() == DRAFTS
    press(dialog, ESC)
    assert not isValid(dialog)


def test_a_question_mark_is_pending_and_a_number_takes_its_place(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "version 1")
    page, path = dialog.edit_page, "tiers[1].reach[0].single_spend_yuan"
    page.go("tiers[1].reach[0]")
    page.form.start(path)
    write(dialog, "?")
    assert control(page.form, path).text() == PENDING
    assert value_at(dialog.draft.programme, path) == PENDING
    assert page.gaps.sentences() == ["⚠ 高级会员：单笔消费满多少元"]
    assert "⚠ 怎样达到：单笔消费满 待定 元" in page.sentences.toPlainText()
    assert (
        "⚠"
        in page.form._form._layout.labelForField(page.form._rows[path].place)
        .findChild(QLabel)
        .text()
    )
    write(dialog, "4")
    write(dialog, "000")
    assert value_at(dialog.draft.programme, path) == 4000
    assert page.gaps.sentences() == []
    control(page.form, path).clear()
    assert value_at(dialog.draft.programme, path) is None


def test_items_are_added_copied_moved_and_taken_away_by_keys(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "preset 空白")
    page, draft_ = dialog.edit_page, dialog.draft
    page.go("tiers")
    press(dialog, KEY.Key_Insert)
    assert [tier.name for tier in draft_.programme.tiers] == ["新等级"]
    assert page.form.current_path() == "tiers[0].name"
    write(dialog, "金卡")
    page.go("tiers[0].reach")
    press(dialog, KEY.Key_A, modifier=ALT)
    write(dialog, "100")
    assert draft_.programme.tiers[0].reach == (Reach(single_spend_yuan=100),)
    page.go("tiers[0]")
    press(dialog, KEY.Key_C, modifier=ALT)
    assert [tier.name for tier in draft_.programme.tiers] == ["金卡", "金卡 2"]
    assert page.tree.place() == "tiers[1]"
    press(dialog, KEY.Key_U, modifier=ALT)
    assert [tier.name for tier in draft_.programme.tiers] == ["金卡 2", "金卡"]
    assert page.tree.place() == "tiers[0]"
    press(dialog, KEY.Key_J, modifier=ALT)
    page.tree.setFocus()
    press(dialog, KEY.Key_Delete)
    assert [tier.name for tier in draft_.programme.tiers] == ["金卡"]
    assert "Ctrl+Z" in dialog.context.alerts.bar.sentence
    press(dialog, KEY.Key_Z, modifier=CTRL)
    assert [tier.name for tier in draft_.programme.tiers] == ["金卡", "金卡 2"]
    for _ in range(8):
        page.undo()
    assert draft_.programme == preset("空白")
    assert "没有可以撤回的改动" in dialog.context.alerts.bar.sentence


def test_the_referral_comes_and_goes(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "version 1")
    page = dialog.edit_page
    page.go("referral")
    assert "没有这一部分" in page.hint.text()
    press(dialog, KEY.Key_A, modifier=ALT)
    assert page.form.current_path() == "referral.referrer"
    press(dialog, ENTER)  # a link into the part
    assert page.tree.place() == "referral.referrer"
    assert page.gaps.sentences() == ["⚠ 推荐奖励给什么"]
    write(dialog, "200")
    page.go("referral")
    press(dialog, KEY.Key_D, modifier=ALT)
    assert dialog.draft.programme.referral is None


@pytest.mark.parametrize("name", ["医院方案B", "VIP四级", "三级积分", "诊所付费"])
def test_every_field_shows_what_the_programme_says(office: UiContext, qtbot, name: str) -> None:
    dialog = drafting(office, qtbot, f"preset {name}")
    page, programme = dialog.edit_page, preset(name)
    for place in [node.place for node in page._outline.walk()]:
        page.go(place)
        assert page.tree.place() == place
        for path, row in page.form._rows.items():
            if isinstance(row.control, (Link, QLabel)):
                continue
            assert row.control.value() == value_at(programme, path), path
            row.control.typed.emit()
    assert dialog.draft.programme == programme
    assert not dialog.draft.dirty


def test_rare_fields_wait_and_meaningless_ones_are_not_shown(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "version 1")
    page = dialog.edit_page

    def seen() -> set[str]:
        rows = page.form._rows.values()
        return {row.field.name for row in rows if row.place.isVisibleTo(page.form)}

    page.go("tiers[1].benefits[0]")
    assert "quota" in seen(), "what is filled in is never hidden"
    assert not seen() & {"carry_over", "voucher", "key"}
    press(dialog, KEY.Key_M, modifier=ALT)
    assert {"carry_over", "voucher", "key"} <= seen()
    press(dialog, KEY.Key_M, modifier=ALT)
    page.go("points")
    assert "per_yuan_off" not in seen()
    control(page.form, "points.mode").choose("spend")
    assert "per_yuan_off" in seen()
    page.go("birthday")
    assert "days" not in seen()
    control(page.form, "birthday.window").choose("around")
    assert "days" in seen()


def test_lists_of_texts_and_ticks(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "preset 诊所付费")
    page = dialog.edit_page
    page.go("tiers[2].discounts[0]")
    picks = control(page.form, "tiers[2].discounts[0].classes")
    assert isinstance(picks, PickList)
    picks.setFocus()
    press(dialog, KEY.Key_Space)
    assert dialog.draft.programme.tiers[2].discounts[0].classes[0] == "挂号"
    control(page.form, "tiers[2].discounts[0].window").choose("weekdays")
    days = control(page.form, "tiers[2].discounts[0].weekdays")
    days.setFocus()
    press(dialog, KEY.Key_Space)
    assert dialog.draft.programme.tiers[2].discounts[0].weekdays == (1,)
    page.go("tiers[2]")
    words = control(page.form, "tiers[2].promises")
    assert isinstance(words, LinesEdit)
    words.setPlainText("甲\n\n 乙 ")
    assert dialog.draft.programme.tiers[2].promises == ("甲", "乙")
    control(page.form, "tiers[2].colour").choose("#5B4B8A")
    assert dialog.draft.programme.tiers[2].colour == "#5B4B8A"


def test_points_of_an_event_are_a_pair(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "preset 医院方案B")
    page = dialog.edit_page
    page.go("points.bonuses")
    press(dialog, KEY.Key_A, modifier=ALT)
    assert page.gaps.sentences()
    assert page.form.current_path() == "points.bonuses[0]"
    write(dialog, "讲座")
    press(dialog, ENTER)
    write(dialog, "50")
    assert dialog.draft.programme.points.bonuses == (("讲座", 50),)
    assert "讲座：加 50 分" in page.trail.text()


def test_a_whole_number_may_be_typed_as_people_do(qtbot) -> None:
    made = WholeEdit(pending=False, optional=True)
    qtbot.addWidget(made)
    for text, value in (("1,000", 1000), ("１２", 12), (" 7 ", 7), ("", None)):
        made.setText(text)
        assert made.value() == value


# -- drafts are kept -----------------------------------------------------------------------------


def test_leaving_keeps_what_was_typed(office: UiContext, qtbot) -> None:
    dialog = drafting(office, qtbot, "version 1")
    page = dialog.edit_page
    page.go("about")
    page.form.start("name")
    write(dialog, "新名称")
    assert "还没保存" in dialog.state.text()
    press(dialog, ESC, ESC)
    assert dialog.pages.currentIndex() == DRAFTS
    assert [row.name for row in drafts(office.db)] == ["新名称"]
    press(dialog, ENTER)
    assert dialog.heading.text() == "新名称"
    assert "已保存" in dialog.state.text()
    page.go("about")
    page.form.start("name")
    write(dialog, "再改")
    dialog.close()
    assert [row.name for row in drafts(office.db)] == ["再改"]


def test_locking_keeps_the_draft_and_leaves_nothing_open(
    window: MainWindow, director: Session, qtbot
) -> None:
    window.enter(director)
    window.menus.open("editor")
    dialog = next(w for w in window.findChildren(QWidget) if w.objectName() == "programmeEditor")
    on_top(dialog, qtbot)
    dialog.drafts_page.begin()
    page = dialog.edit_page
    page.go("tiers[1].reach[0]")
    page.form.start()
    write(dialog, "4100")
    press(dialog, DOWN, ENTER)
    page.form.start("tiers[1].reach[0].visits")
    write(dialog, "y")
    press(dialog, KEY.Key_L, modifier=CTRL)
    assert not isValid(dialog) or not dialog.isVisible()
    assert window.context.signed_in.session is None
    (row,) = drafts(window.context.db)
    kept = draft(window.context.db, row.id)
    assert value_at(kept, "tiers[1].reach[0].single_spend_yuan") == 4100


def test_two_drafts_never_have_one_name(office: UiContext, director: Session, qtbot) -> None:
    save_draft(director, definition=to_json(preset("空白")))
    dialog = editor(office, qtbot)
    assert dialog.drafts_page.table.hasFocus()
    dialog.drafts_page.source.choose("preset 空白")
    dialog.drafts_page.begin()
    assert dialog.pages.currentIndex() == DRAFTS
    assert "已有名为“空白”的草稿" in dialog.context.alerts.bar.sentence
    dialog.drafts_page.source.choose("version 1")
    dialog.drafts_page.begin()
    page = dialog.edit_page
    page.go("about")
    name = control(page.form, "name")
    name.setText("空白")
    assert not page.form.settle()
    assert "已有名为" in page.form._rows["name"].place.error
    name.setText("别的")
    assert page.form.settle()
    assert dialog.save()


def test_a_draft_is_given_up_after_a_question(
    office: UiContext, director: Session, qtbot, monkeypatch
) -> None:
    save_draft(director, definition=to_json(preset("空白")))
    dialog = editor(office, qtbot)
    answers = iter([False, True])
    monkeypatch.setattr(dialog.context.alerts, "ask", lambda *_: next(answers))
    press(dialog, KEY.Key_D, modifier=ALT)
    assert len(drafts(office.db)) == 1
    press(dialog, KEY.Key_D, modifier=ALT)
    assert drafts(office.db) == []
    assert dialog.drafts_page.source.hasFocus()


# -- files -----------------------------------------------------------------------------------------


def test_a_programme_goes_out_as_toml_and_comes_in_again(
    office: UiContext, tmp_path: Path, qtbot, monkeypatch
) -> None:
    dialog = drafting(office, qtbot, "preset VIP四级")
    path = tmp_path / "方案.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    press(dialog, KEY.Key_E, modifier=ALT)
    assert "已导出为“方案.toml”" in dialog.context.alerts.bar.sentence
    assert read_file(path) == preset("VIP四级")
    dialog.back()
    dialog.drafts_page.read(path)
    assert "已有名为“VIP四级”" in dialog.context.alerts.bar.sentence
    path.write_text(path.read_text("utf-8").replace("VIP四级", "读来的"), encoding="utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    press(dialog, KEY.Key_F, modifier=ALT)
    assert dialog.heading.text() == "读来的"
    assert draft(office.db, dialog.draft.id).tiers == preset("VIP四级").tiers


def test_a_bad_file_is_refused_with_the_place(office: UiContext, tmp_path: Path, qtbot) -> None:
    dialog = editor(office, qtbot)
    path = tmp_path / "方案.toml"
    text = to_toml(preset("医院方案A"))
    path.write_text(text.replace("single_spend_yuan = 5000", 'single_spend_yuan = "五千"'), "utf-8")
    dialog.drafts_page.read(path)
    assert "等级第 2 项的达到条件第 1 项的单笔消费满(元)" in dialog.context.alerts.bar.sentence
    assert dialog.pages.currentIndex() == DRAFTS


# -- the programmes in use ---------------------------------------------------------------------


def test_r058_versions_are_read_and_programmes_retired_and_taken_up_again(
    office: UiContext, director: Session, tmp_path: Path, qtbot, monkeypatch
) -> None:
    sign_draft(director, preset("医院方案B"))
    host = desk(qtbot)
    dialog = on_top(ProgrammeDialog(office, host), qtbot)
    assert [row.name for row in dialog.table.rows()] == ["医院方案A", "医院方案B"]
    assert "单笔消费满 5,000 元，或累计消费满 8,000 元" in dialog.text.toPlainText()
    press(dialog, DOWN)
    assert "中草药热疗：5,000 分/次" in dialog.text.toPlainText()
    monkeypatch.setattr(dialog.context.alerts, "ask", lambda *_: True)
    dialog.change_state()
    assert "已停用“医院方案B”" in dialog.context.alerts.bar.sentence
    assert [each.name for each in timelines(office.db)] == ["医院方案A"]
    dialog.table.select_key(2)
    assert dialog.state_button.text() == "恢复使用“医院方案B”"
    dialog.change_state()
    wait(dialog.work, qtbot)
    assert len(timelines(office.db)) == 2
    dialog.print_out()
    sheet = dialog.findChild(PaperDialog)
    assert sheet.paper.title == "医院方案B"
    assert sheet.paper.subject.startswith("第 1 版")
    assert any("中草药热疗：5,000 分/次" in text for text in texts(sheet.paper))
    sheet.reject()
    path = tmp_path / "B.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    press(dialog, KEY.Key_E, modifier=ALT)
    assert read_file(path) == preset("医院方案B")
    press(dialog, ENTER)
    assert not isValid(dialog)


def test_the_last_programme_stays_in_use(office: UiContext, qtbot, monkeypatch) -> None:
    host = desk(qtbot)
    dialog = ProgrammeDialog(office, host)
    monkeypatch.setattr(dialog.context.alerts, "ask", lambda *_: True)
    dialog.change_state()
    assert "至少要有一个使用中的方案" in dialog.context.alerts.bar.sentence


def test_the_desk_sees_no_button_it_may_not_press(context: UiContext, qtbot) -> None:
    host = desk(qtbot)
    dialog = ProgrammeDialog(context, host)
    dialog.show()
    assert dialog.print_button.isVisible()
    assert not dialog.state_button.isVisible()
    assert not dialog.cut_button.isVisible()


def test_e42_members_change_over_and_back_while_nothing_was_posted(
    office: UiContext, director: Session, qtbot, monkeypatch
) -> None:
    who = member(director, 2_000)
    second = sign_draft(director, preset("医院方案B")).programme_id
    host = desk(qtbot)
    dialog = on_top(CutOverDialog(office, host, second), qtbot)
    assert (dialog.origin.value(), dialog.target.value()) == (1, second)
    assert not dialog.undo_button.isVisible()
    press(dialog, ENTER)
    wait(dialog.work, qtbot)
    assert "1 位会员转到新方案" in dialog.words.text()
    assert "2,000 分逐笔转过去" in dialog.words.text()
    assert "现在折合 ¥0，以后折合 ¥20" in dialog.words.text()
    assert main_timeline(office.db).programme_id == 1, "looking moves nobody"
    press(dialog, ENTER)
    wait(dialog.work, qtbot)
    assert main_timeline(office.db).programme_id == second
    assert stand(office.clinic, who).available == 2_000
    assert dialog.close_button.hasFocus()
    answers = iter([False, True])
    monkeypatch.setattr(dialog.context.alerts, "ask", lambda *_: next(answers))
    press(dialog, KEY.Key_U, modifier=ALT)
    assert main_timeline(office.db).programme_id == second
    press(dialog, KEY.Key_U, modifier=ALT)
    wait(dialog.work, qtbot)
    assert len(timelines(office.db)) == 2
    assert faults(office.clinic) == []


def test_a_change_over_needs_two_programmes(office: UiContext, director, qtbot) -> None:
    host = desk(qtbot)
    dialog = CutOverDialog(office, host)
    dialog.show()
    assert "只有一个方案" in dialog.last.text()
    assert not dialog.go_button.isVisible()
    sign_draft(director, preset("医院方案B"))
    other = CutOverDialog(office, host)
    other.target.choose(1)
    other.origin.choose(1)
    other.submit()
    assert "两个不同的方案" in other.context.alerts.bar.sentence


def test_a_version_that_was_signed_says_what_it_says_for_ever(office: UiContext, qtbot) -> None:
    before = signed(office.db, 1)
    dialog = drafting(office, qtbot, "version 1")
    dialog.draft.set("tiers[1].name", "别名")
    dialog.save()
    assert signed(office.db, 1) == before
