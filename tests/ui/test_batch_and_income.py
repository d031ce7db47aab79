"""A tier for many by one word (R153), and the fees by month (R059), by the keys."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from services.commands import Session
from services.loyalty.standing import joined_on, standing_of
from services.people.enrolment import PersonForm, enrol
from tests.conftest import TODAY
from tests.money_world import stand
from tests.services.memberships.world import NAME, payer, with_programme
from tests.ui.dialog_hands import ENTER, focus, press, write
from ui.context import UiContext
from ui.dialogs.batch_tier import BatchTierDialog
from ui.dialogs.fee_income import FeeIncomeDialog


@pytest.fixture
def window(context: UiContext, qtbot, director: Session) -> QWidget:
    """The window the dialogs stand over, with the director signed in."""
    context.signed_in.set(director)
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def three(frontdesk: Session) -> list[int]:
    forms = [PersonForm(name=name, phone=f"1380013800{n}") for n, name in enumerate("甲乙丙")]
    return [enrol(frontdesk, form=form).person_id for form in forms]


def opened(context: UiContext, window: QWidget, kind):
    made = kind(context, window)
    made.open()
    return made


# -- a tier for many ---------------------------------------------------------------------------


def test_r153_people_are_found_or_pasted_and_granted_at_once(
    context, window, clinic, three
) -> None:
    dialog = opened(context, window, BatchTierDialog)
    assert not dialog.programme.isVisible()  # there is but one
    assert not dialog.grant_button.isEnabled()
    write(window, "8001")
    press(window, ENTER)
    assert focus(window) is dialog.who
    press(window, "N")
    write(window, "M0000001,m0000003 X9")
    press(window, ENTER)
    assert [row.number for row in dialog.table.rows()] == ["M0000002", "M0000001", "M0000003"]
    assert "这 1 个会员号，其余 2 人" in dialog.numbers_field.error
    assert dialog.numbers.text() == "X9"
    dialog.numbers.setText("m0000001")
    press(window, ENTER)
    assert dialog.numbers_field.error == ""
    dialog.rank.choose(3)
    dialog.rank.setFocus()
    press(window, ENTER)
    assert focus(window) is dialog.reason
    press(window, ENTER)
    assert "依据" in dialog.reason_field.error
    write(window, "合作单位")
    dialog.until.setText("x")
    press(window, ENTER)
    assert dialog.until_field.error
    dialog.until.setText("20271231")
    dialog.reason.setFocus()
    press(window, ENTER)
    assert focus(window) is dialog.grant_button
    assert dialog.grant_button.text() == "授予 3 人 ⏎"
    assert [joined_on(clinic.db, each, 1) for each in three] == [None] * 3
    press(window, ENTER)
    assert [stand(clinic, each).rank for each in three] == [3, 3, 3]
    assert context.alerts.bar.sentence == "已给 3 人授予VIP会员。"


def test_somebody_is_taken_off_the_list(context, window, three) -> None:
    dialog = opened(context, window, BatchTierDialog)
    dialog.submit()
    assert "找到要授予等级的人" in dialog.who_field.error
    dialog.numbers.setText("M0000001 M0000002")
    dialog.add_numbers()
    dialog.table.setFocus()
    dialog.table.selectRow(0)
    press(window, Qt.Key.Key_Delete)
    assert [row.number for row in dialog.table.rows()] == ["M0000002"]
    dialog.numbers.setText("")
    dialog.add_numbers()
    assert len(dialog.table.rows()) == 1


def test_another_programme_shows_the_tiers_there(
    context, window, director, frontdesk, clinic, three
) -> None:
    scheme = with_programme(director)
    payer(frontdesk, scheme, person_id=three[0])
    dialog = opened(context, window, BatchTierDialog)
    dialog.numbers.setText("M0000001 M0000002")
    dialog.add_numbers()
    now = dialog.table._rows.columns[2].text
    assert [now(row) for row in dialog.table.rows()] == ["非会员", "非会员"]
    dialog.programme.choose(scheme)
    assert [now(row) for row in dialog.table.rows()] == ["银卡", "非会员"]
    assert [dialog.rank.itemText(n) for n in range(dialog.rank.count())] == ["银卡", "金卡"]
    dialog.rank.choose(2)
    dialog.reason.setText("院长批准")
    dialog.grant_button.setFocus()
    press(window, ENTER)
    assert [standing_of(clinic.db, each, scheme).rank for each in three[:2]] == [2, 2]


# -- the fees by month -------------------------------------------------------------------------


@pytest.fixture
def income(context, window, director, frontdesk, qtbot) -> FeeIncomeDialog:
    payer(frontdesk, with_programme(director))
    dialog = opened(context, window, FeeIncomeDialog)
    qtbot.waitUntil(lambda: bool(dialog.table.rows()) and not dialog.work.busy)
    return dialog


def test_r059_the_months_of_this_year_are_shown_at_once(income) -> None:
    assert income.programme.currentText() == NAME
    rows = income.table.rows()
    assert (rows[0].month, rows[-1].month) == ("2026-01", TODAY[:7])
    texts = [column.text(rows[-1]) for column in income.table._rows.columns]
    assert texts == ["2026-11", "365", "11", "354"]
    assert income.total.text() == "合计收到 ¥365，确认 ¥11，期末递延 ¥354"


def test_other_months_are_typed_and_wrong_ones_refused(income, window, qtbot) -> None:
    income.first.setText("soon")
    press(window, ENTER)
    assert "2026-01" in income.first_field.error
    income.first.setText("2027年2月")
    press(window, ENTER)
    assert "以后" in income.last_field.error
    income.last.setText("202703")
    press(window, ENTER)
    qtbot.waitUntil(lambda: [row.month for row in income.table.rows()] == ["2027-02", "2027-03"])
    assert income.last_field.error == ""


def test_r059_the_months_are_saved_as_a_workbook(
    income, context, qtbot, tmp_path: Path, clinic
) -> None:
    path = tmp_path / income.saver.file_name()
    assert path.name == "会费递延_2026-01_2026-11.xlsx"
    with qtbot.waitSignal(income.saver.written):
        income.saver.export(path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet.max_row == 16  # title, subject, header, eleven months, total, note
    assert "已导出" in income.context.alerts.bar.sentence


def test_without_a_paid_programme_it_says_so(context, window) -> None:
    dialog = opened(context, window, FeeIncomeDialog)
    assert "都不收会费" in dialog.table.empty_text
    assert not dialog.show_button.isEnabled()
