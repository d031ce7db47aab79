"""What the window's thread is spared: questions per painted cell, looks of widgets read again,
lists read again. Counted, not timed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QLabel

from services.commands import Session
from tests.money_world import person
from tests.ui.desk_hands import looked
from ui.context import UiContext
from ui.forms import ChoiceBox
from ui.tables.model import Column, RowTableModel
from ui.tables.view import Table
from ui.tabs.enrollment import EnrollmentTab
from ui.theme import DARK, Theme, dress, mark, wear
from ui.widgets import invite_lists
from ui.widgets.reception_parts import Facts, Flow


@dataclass(frozen=True)
class Row:
    id: int
    name: str
    worth: Any


ROWS = [Row(1, "王芳", 9), Row(2, "李雷", None), Row(3, "张敏\n和家人", 80)]


class Heard(QObject):
    """Counts events of one kind."""

    def __init__(self, kind: QEvent.Type) -> None:
        super().__init__()
        self.kind, self.times = kind, 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.times += event.type() == self.kind
        return False


@pytest.fixture
def table(context: UiContext, qtbot) -> Table:
    columns = [
        Column("姓名", lambda r: r.name, width=60),
        Column("值", lambda r: str(r.worth), sort=lambda r: r.worth, tone=_tone),
    ]
    made = Table("test", columns, context.settings, title="试", empty_text="空")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.set_rows(ROWS)
    made.show()
    return made


def _tone(row: Row) -> str:
    return "warning" if row.worth is None else ""


def test_painting_a_list_asks_the_model_nothing(table: Table, monkeypatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(RowTableModel, "data", lambda self, index, role=0: asked.append(role))
    before = table.grab().toImage()
    assert asked == []
    table.selectRow(1)
    chosen = table.grab().toImage()
    table.setEnabled(False)
    assert table.grab().toImage() != chosen != before
    assert asked == []


def test_a_shortened_text_is_made_once_and_again_for_other_letters(table: Table) -> None:
    table.grab()
    kept = dict(table._cells._short)
    assert {text for text, _ in kept} >= {row.name for row in ROWS}
    assert all("\n" not in short for short in kept.values())
    table.grab()
    assert table._cells._short == kept
    font = table.font()
    font.setPointSize(20)
    table.setFont(font)
    assert table._cells._short == {}


def test_shortened_texts_do_not_pile_up(table: Table, monkeypatch) -> None:
    monkeypatch.setattr("ui.tables.delegate.KEPT", 2)
    table._cells.look_again()
    table.grab()
    assert len(table._cells._short) <= 2


def test_the_same_rows_again_are_not_set_again_but_told(table: Table, qtbot) -> None:
    table.select_key(2)
    table.selectRow(1)
    resets: list[int] = []
    table.model().modelReset.connect(lambda: resets.append(1))
    with qtbot.waitSignal(table.current_row_changed) as told:
        table.set_rows(list(ROWS))
    assert (resets, told.args, table.current_row()) == ([], [ROWS[1]], ROWS[1])
    table.set_rows(ROWS[1:])
    assert (resets, table.current_row(), table.count()) == ([1], ROWS[1], 2)


def test_several_chosen_rows_stay_chosen(table: Table) -> None:
    table.select_key(1)
    table.selectAll()
    table.set_rows([Row(9, "钱", 1), *ROWS])
    assert (table.selected_rows(), table.current_row()) == (ROWS, ROWS[0])
    table.filter_line.setText("李 ")
    table.filter_line.setText("")
    assert (table.selected_rows(), table.current_row()) == ([ROWS[1]], ROWS[1])
    table.set_rows(ROWS)
    table.selectAll()
    table.set_rows(ROWS[1:])  # the current one has gone
    assert (table.selected_rows(), table.current_row()) == (ROWS[1:], ROWS[1])
    table.set_rows([Row(9, "钱", 1)])
    assert (table.selected_rows(), table.current_row()) == ([], None)


def test_a_sort_keeps_the_current_row_and_puts_what_is_not_there_first(table: Table) -> None:
    table.select_key(3)
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert [row.id for row in table.rows()] == [2, 1, 3]
    assert table.current_row() == ROWS[2]
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert [row.id for row in table.rows()] == [3, 1, 2]
    table.set_rows([*ROWS, Row(4, "赵", "x")])  # values of two kinds sort as texts
    assert [row.id for row in table.rows()] == [4, 2, 1, 3]


def test_a_filter_keeps_the_current_row(table: Table) -> None:
    table.select_key(3)
    table.filter_line.setText("张")
    assert (table.rows(), table.current_row()) == ([ROWS[2]], ROWS[2])
    assert table.selected_rows() == [ROWS[2]]


def test_a_look_is_read_again_only_when_it_changed(theme: Theme, qtbot) -> None:
    made = QLabel("词")
    qtbot.addWidget(made)
    dress(made)
    made.show()
    heard = Heard(QEvent.Type.StyleChange)
    made.installEventFilter(heard)
    mark(made, "role", "error")
    once = heard.times
    assert once >= 1
    mark(made, "role", "error")
    assert heard.times == once
    wear(made, "color: red;")
    twice = heard.times
    wear(made, "color: red;")
    assert heard.times == twice > once


def test_words_and_facts_that_stay_are_not_made_again(theme: Theme, qtbot) -> None:
    flow, facts = Flow(), Facts()
    qtbot.addWidget(flow)
    qtbot.addWidget(facts)
    flow.show_words([("优先", "accent")])
    pill = flow.words[0]
    flow.show_words([("优先", "accent")])
    assert flow.words[0] is pill
    theme.use(DARK)  # another ground, another pill
    flow.show_words([("优先", "accent")])
    assert flow.words[0] is not pill
    facts.show_rows([("电话", ("138",), ""), ("住址", ("一号", "二号"), "muted")])
    assert facts.text() == "电话\n138\n住址\n一号\n二号"
    labels = facts.findChildren(QLabel)
    facts.show_rows([("电话", ("139",), "error")])
    assert facts.text() == "电话\n139"
    assert facts.findChildren(QLabel) == labels


def test_a_choice_tells_once_that_others_are_offered(theme: Theme, qtbot) -> None:
    box = ChoiceBox([(1, "一"), (2, "二")])
    qtbot.addWidget(box)
    told: list[int] = []
    box.currentIndexChanged.connect(told.append)
    box.set_choices([(1, "一"), (2, "二")])
    assert told == []
    box.choose(2)
    box.set_choices([(1, "一"), (2, "二"), (3, "三")])
    assert (told, box.value()) == ([1, 1], 2)
    box.set_choices([(3, "三")])
    assert (told, box.value()) == ([1, 1, 0], 3)


def test_the_lists_are_not_read_again_for_another_person(
    context: UiContext, frontdesk: Session, monkeypatch, qtbot
) -> None:
    context.signed_in.set(frontdesk)
    read: list[object] = []
    monkeypatch.setattr(invite_lists, "all_invitations", lambda db: read.append(db) or [])
    tab = EnrollmentTab(context)
    qtbot.addWidget(tab)
    tab.show()
    qtbot.waitUntil(lambda: len(read) == 1)
    looked(tab, qtbot)
    shown: list[object] = []
    monkeypatch.setattr(tab.card, "refresh", lambda: shown.append(context.person_id))
    who = person(frontdesk)  # a new person is a change of the lists
    QApplication.sendPostedEvents()
    looked(tab, qtbot)
    read.clear()
    shown.clear()
    context.current_person.select(who)
    tab.first_focus()
    QApplication.sendPostedEvents()
    looked(tab, qtbot)
    assert (read, shown) == ([], [who])
