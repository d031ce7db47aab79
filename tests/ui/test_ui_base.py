"""What every tab and list stands on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from services.changes import Changes, Kind
from services.errors import Confirmable, EnvironmentFault, Fault, RuleError
from ui.context import UiContext
from ui.forms import ChoiceBox, DateEdit, Form, MoneyEdit, parse_date
from ui.tables.model import Column
from ui.tables.view import Table
from ui.tabs.base import Tab
from ui.theme import DARK, LIGHT, chip_colours, contrast, readable


@dataclass(frozen=True)
class Row:
    id: int
    name: str
    points: int


ROWS = [Row(1, "王芳", 9), Row(2, "李雷", 1200), Row(3, "张敏", 80)]


@pytest.fixture
def table(context: UiContext, qtbot) -> Table:
    columns = [
        Column("姓名", lambda r: r.name),
        Column("积分", lambda r: f"{r.points:,}", sort=lambda r: r.points, align="right"),
    ]
    made = Table("test", columns, context.settings, title="试", empty_text="空")
    qtbot.addWidget(made)
    return made


def test_a_list_sorts_by_the_number_behind_the_text(table: Table) -> None:
    table.set_rows(ROWS)
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert [row.points for row in table.rows()] == [9, 80, 1200]


def test_a_list_filters_copies_and_activates_with_keys(table: Table, qtbot) -> None:
    table.set_rows(ROWS)
    table.show()
    qtbot.keyClick(table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    table.filter_line.insert("李")  # as an input method commits
    assert [row.name for row in table.rows()] == ["李雷"]
    qtbot.keyClick(table.filter_line, Qt.Key.Key_Return)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "姓名\t积分\n李雷\t1,200"
    with qtbot.waitSignal(table.activated_row) as caught:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert caught.args == [ROWS[1]]


def test_the_current_row_stays_current_on_refresh(table: Table) -> None:
    table.set_rows(ROWS)
    assert table.select_key(3)
    table.set_rows([ROWS[2], ROWS[0]])
    assert table.current_row() == ROWS[2]


def test_a_hidden_tab_waits_and_a_seen_one_refreshes(context: UiContext, qtbot) -> None:
    class Counting(Tab):
        kinds = (Kind.POINTS,)
        times = 0

        def title(self) -> str:
            return "试"

        def refresh(self) -> None:
            self.times += 1

    tab = Counting(context)
    qtbot.addWidget(tab)
    context.bus.announce(Changes((Kind.POINTS,)))
    assert tab.times == 0
    tab.show()
    qtbot.waitUntil(lambda: tab.times == 1)  # built just now: a key may come first
    context.bus.announce(Changes((Kind.STOCK,)))
    context.bus.announce(Changes((Kind.POINTS,)))
    context.current_person.select(7)
    qtbot.waitUntil(lambda: tab.times == 2)
    assert not tab.act("nothing_it_knows")


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (RuleError("请先选人。"), "warning", "请先选人。"),
        (EnvironmentFault(Fault.DISK_FULL), "error", "磁盘已满"),
        (KeyError("138****8000"), "error", "KeyError"),
    ],
)
def test_each_kind_of_trouble_has_its_own_banner(
    context: UiContext, error: Exception, kind: str, word: str
) -> None:
    def fails() -> None:
        raise error

    assert context.alerts.run(fails) is None
    assert context.alerts.bar.kind == kind
    assert word in context.alerts.bar._text.text()
    assert "138" not in context.alerts.bar._text.text()


def test_a_question_is_asked_once_and_repeated_with_consent(
    context: UiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(context.alerts, "ask", lambda title, text: asked.append(text) or True)

    def command(session, *, amount: int) -> int:
        if "twice" not in session.confirmed:
            raise Confirmable("twice", "同额同人，确定？")
        return amount

    assert context.alerts.run_command(command, context.session, amount=5) == 5
    assert asked == ["同额同人，确定？"]


@pytest.mark.parametrize(
    "text", ["19900515", "1990-5-15", "1990.5.15", "1990/5/15", "1990年5月15日"]
)
def test_a_date_is_understood_in_the_desks_ways(text: str) -> None:
    assert parse_date(text) == "1990-05-15"


@pytest.mark.parametrize("text", ["", "1990", "19900231", "5/15/1990"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        parse_date(text)


def test_a_form_says_below_the_field_what_is_wrong(theme, qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    money, day = MoneyEdit(), DateEdit()
    field = form.add("金额(&A)", money)
    form.add("日期(&D)", day)
    assert money.accessibleName() == "金额"
    money.setText("abc")
    with pytest.raises(RuleError) as refused:
        money.fen()
    field.refuse(refused.value.sentence)
    assert "860" in field.error
    qtbot.keyClicks(money, "1")
    assert field.error == ""
    money.set_fen(86050)
    assert money.fen() == 86050


def test_a_choice_keeps_what_was_chosen(theme, qtbot) -> None:
    box = ChoiceBox([(1, "一"), (2, "二")])
    qtbot.addWidget(box)
    box.choose(2)
    box.set_choices([(2, "二"), (3, "三")])
    assert box.value() == 2


@pytest.mark.parametrize("shades", [LIGHT, DARK])
def test_every_text_colour_can_be_read(shades) -> None:
    for ground in (shades.ground, shades.surface, shades.stripe):
        for text in (shades.text, shades.muted, shades.accent, shades.success):
            assert contrast(text, ground) >= 4.5, (text, ground)
        for text in (shades.warning, shades.error):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(shades.accent_text, shades.accent) >= 4.5
    assert contrast(shades.text, shades.accent_soft) >= 4.5
    for kind in ("success", "warning", "error"):
        assert contrast(getattr(shades, kind), getattr(shades, kind + "_soft")) >= 4.5


@pytest.mark.parametrize("colour", ["#FFD700", "#000000", "#5B7A8C", "#B7791F", "nonsense"])
def test_a_tier_colour_becomes_readable(colour: str) -> None:
    ground, text = chip_colours(colour)
    assert contrast(ground, text) >= 4.5
    assert contrast(readable(colour, "#FFFFFF"), "#FFFFFF") >= 4.5
