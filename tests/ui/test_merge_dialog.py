"""Two records of one person by the keys: compared, merged, parted (E62)."""

from __future__ import annotations

import pytest

from services.commands import Session
from services.loyalty.membership import join
from services.people.aliases import group_of
from services.people.enrolment import PersonForm, enrol
from services.people.merged_records import merged_records
from services.people.merging import merge_people
from services.people.search import find
from tests.money_world import pay, stand
from tests.ui.desk_hands import on_screen
from tests.ui.dialog_hands import ENTER, ESC, SPACE, dialog_of, focus, press, write
from ui.context import UiContext
from ui.dialogs.merge import MergedDialog, MergeDialog
from ui.tabs.enrollment import EnrollmentTab

MALE, FEMALE = "110105199003070037", "11010519491231002X"


def enrolled(session: Session, name: str = "王芳", **more: str) -> int:
    form = PersonForm(name=name, **more)  # type: ignore[arg-type]
    return enrol(session.confirming("possible_duplicate", "same_id"), form=form).person_id


@pytest.fixture
def two(frontdesk: Session) -> tuple[int, int]:
    """A member who paid 3,000, and a second record with 6,000 and an address."""
    first = enrolled(frontdesk, phone="13800138000", birthday="1990-05-15", sex="F")
    pay(frontdesk, first, 3000)
    join(frontdesk, person_id=first, benefits_explained=True)
    second = enrolled(
        frontdesk, phone="13911112222", birthday="1990-05-16", sex="F", address="幸福路 12 号"
    )
    pay(frontdesk, second, 6000)
    return first, second


@pytest.fixture
def tab(context: UiContext, qtbot, member_admin: Session, two) -> EnrollmentTab:
    context.signed_in.set(member_admin)
    made = on_screen(EnrollmentTab(context), qtbot)
    made.open_person(two[0])
    return made


@pytest.fixture
def dialog(tab: EnrollmentTab) -> MergeDialog:
    tab.card.open_merge()
    return dialog_of(tab, MergeDialog)


def line(dialog: MergeDialog, title: str) -> tuple[str, str, str]:
    found = next(row for row in dialog.table.rows() if row.title == title)
    return found.survivor, found.merged, found.after


def said(tab: EnrollmentTab) -> str:
    return tab.context.alerts.bar.sentence


def test_the_card_leads_there_by_its_menu(tab) -> None:
    press(tab, "O")
    menu = tab.card.more.menu_shown
    assert "合并重复档案(&D)…" in [each.text() for each in menu.actions()]
    press(tab, ord("D"))
    assert focus(tab) is dialog_of(tab, MergeDialog).who


def test_e62_both_are_compared_before_anything_is_done(tab, dialog, clinic, two) -> None:
    assert not dialog.merge_button.isEnabled()
    dialog.submit()
    assert "先找到另一份档案" in dialog.who_field.error
    write(tab, "2222")
    press(tab, ENTER)
    assert line(dialog, "会员号") == ("M0000001", "M0000002", "M0000001")
    assert line(dialog, "出生日期") == ("1990-05-15", "1990-05-16", "1990-05-15")
    assert line(dialog, "住址")[0] == ""
    assert line(dialog, "住址")[2] == line(dialog, "住址")[1]  # taken over
    assert line(dialog, "等级") == ("普通会员", "非会员", "高级会员")
    assert line(dialog, "累计消费") == ("¥3,000", "¥6,000", "¥9,000")
    assert line(dialog, "可用积分") == ("3,000", "6,000", "9,000")
    assert "超声波洁牙" in line(dialog, "可用权益")[2]
    assert "出生日期不同" in dialog.conflicts.text()
    assert group_of(clinic.db, two[0]) == (two[0],)


def test_e62_enter_space_enter_enter_merges(tab, dialog, clinic, two) -> None:
    write(tab, "2222")
    press(tab, ENTER, ENTER)
    assert focus(tab) is dialog.same
    press(tab, ENTER)
    assert "确认是同一个人" in dialog.context.alerts.bar.sentence
    press(tab, SPACE, ENTER)
    assert focus(tab) is dialog.merge_button
    press(tab, ENTER)
    first, second = two
    assert group_of(clinic.db, first) == (first, second)
    assert stand(clinic, first).spend_fen == 900_000
    assert said(tab) == "已合并：M0000002 并入 M0000001。"
    assert [hit.person_id for hit in find(clinic.db, "2222")] == [first]  # the old phone finds
    assert tab.card.values["merged"].text() == "M0000002"
    assert tab.context.person_id == first


def test_e62_the_other_record_may_be_the_one_that_stays(tab, dialog, clinic, two) -> None:
    write(tab, "2222")
    press(tab, ENTER, "X")
    assert line(dialog, "会员号") == ("M0000002", "M0000001", "M0000002")
    dialog.same.setChecked(True)
    dialog.merge_button.setFocus()
    press(tab, ENTER)
    first, second = two
    assert group_of(clinic.db, second) == (second, first)
    assert tab.context.person_id == second


def test_without_a_doubt_nothing_is_asked(tab, clinic, frontdesk, two) -> None:
    twin = enrolled(frontdesk, phone="13733334444", sex="F")
    tab.card.open_merge()
    dialog = dialog_of(tab, MergeDialog)
    write(tab, "4444")
    press(tab, ENTER)
    assert not dialog.same.isVisible()
    press(tab, ENTER, ENTER)
    assert group_of(clinic.db, two[0]) == (two[0], twin)


def test_two_id_numbers_forbid_it(tab, clinic, frontdesk) -> None:
    first = enrolled(frontdesk, name="赵明", id_number=FEMALE, phone="13755550001")
    enrolled(frontdesk, name="赵明", id_number=MALE, phone="13755550002")
    tab.open_person(first)
    tab.card.open_merge()
    dialog = dialog_of(tab, MergeDialog)
    write(tab, "0002")
    press(tab, ENTER)
    assert "身份证号不同" in dialog.conflicts.text()
    assert not dialog.merge_button.isEnabled()
    dialog.submit()
    assert dialog.isVisible()


# -- parting -----------------------------------------------------------------------------------


@pytest.fixture
def merged(tab: EnrollmentTab, member_admin: Session, two) -> MergedDialog:
    first, second = two
    merge_people(member_admin.confirming("two_birthdays"), survivor_id=first, merged_id=second)
    tab.card.open_merge()
    dialog_of(tab, MergeDialog)
    press(tab, "U")
    return dialog_of(tab, MergedDialog)


def test_e62_a_merge_is_taken_back_after_asking(tab, merged, clinic, two, monkeypatch) -> None:
    first, second = two
    (row,) = merged.table.rows()
    assert (row.number, row.tied) == ("M0000002", False)
    answers = iter((False, True))
    monkeypatch.setattr(merged.context.alerts, "ask", lambda *a: next(answers))
    press(tab, ENTER)
    assert merged_records(clinic.db, first)
    press(tab, ENTER)
    assert merged_records(clinic.db, first) == []
    assert "已撤销合并：M0000002" in merged.context.alerts.bar.sentence
    assert not merged.part_button.isEnabled()
    merged.submit()
    press(tab, ESC)
    assert not dialog_of(tab, MergeDialog).part_button.isVisible()
    assert stand(clinic, second).spend_fen == 600_000


def test_e62_a_tied_one_says_why_it_stays(tab, merged, clinic, two, monkeypatch) -> None:
    monkeypatch.setattr("services.people.merged_records.tied", lambda *a: True)
    merged.reload()
    texts = [column.text(merged.table.rows()[0]) for column in merged.table._rows.columns]
    assert "不能撤销" in texts[-1]
    merged.submit()
    assert merged_records(clinic.db, two[0])
