"""What is read beside the window: the newest wish is shown, and nobody waits for it."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QTabWidget, QWidget

from services.commands import Session
from ui.context import UiContext
from ui.looking import Looking
from ui.widgets.banner import AtTabs, Banner

SENTENCE = "已登记：消费 ¥620，积 620 分。"


@pytest.fixture
def view(context: UiContext, frontdesk: Session, qtbot: Any) -> QWidget:
    context.signed_in.set(frontdesk)
    made = QWidget()
    qtbot.addWidget(made)
    return made


def _answer(number: int, _db: Any) -> int:
    return number


def test_of_several_wishes_the_newest_is_shown(
    context: UiContext, view: QWidget, qtbot: Any
) -> None:
    shown: list[int] = []
    go_on = threading.Event()
    beside = Looking(context, shown.append, view)
    beside.look(lambda _: go_on.wait(5))
    for number in (1, 2, 3):
        beside.look(partial(_answer, number))
    assert beside.busy
    go_on.set()
    qtbot.waitUntil(lambda: not beside.busy)
    assert shown == [3]


def test_it_reads_over_a_connection_of_its_own(
    context: UiContext, view: QWidget, qtbot: Any
) -> None:
    shown: list[Any] = []
    beside = Looking(context, shown.append, view)
    beside.look(lambda db: (db is context.db, db.read_only))
    qtbot.waitUntil(lambda: not beside.busy)
    assert shown == [(False, True)]


def test_what_goes_wrong_is_told_and_the_next_look_works(
    context: UiContext, view: QWidget, qtbot: Any
) -> None:
    shown: list[int] = []
    beside = Looking(context, shown.append, view)
    beside.look(lambda _: 1 // 0)
    qtbot.waitUntil(lambda: not beside.busy)
    assert "程序出错" in context.alerts.bar.sentence
    beside.look(lambda _: 7)
    qtbot.waitUntil(lambda: shown == [7])


def test_nothing_is_shown_behind_the_lock(context: UiContext, view: QWidget, qtbot: Any) -> None:
    shown: list[int] = []
    beside = Looking(context, shown.append, view)
    beside.look(lambda _: 7)
    context.signed_in.set(None)
    qtbot.waitUntil(lambda: not beside.busy)
    assert shown == []


def test_a_look_waits_for_no_long_work(context: UiContext, view: QWidget, qtbot: Any) -> None:
    go_on = threading.Event()
    for _ in range(2):  # an export, a backup
        context.tasks.start(lambda: go_on.wait(5))
    shown: list[int] = []
    Looking(context, shown.append, view).look(lambda _: 7)
    qtbot.waitUntil(lambda: shown == [7])
    go_on.set()


def test_a_sentence_stands_beside_the_tabs_and_moves_nothing(qtbot: Any) -> None:
    tabs = QTabWidget()
    qtbot.addWidget(tabs)
    page = QWidget()
    tabs.addTab(page, "到诊")
    tabs.addTab(QWidget(), "积分")
    tabs.resize(900, 400)
    banner = Banner()
    AtTabs(banner, tabs)
    tabs.show()
    before = page.geometry()
    banner.say(SENTENCE, "success")
    qtbot.waitUntil(banner.isVisible)
    titles = tabs.tabBar().tabRect(1).right()
    assert page.geometry() == before
    assert banner.geometry().left() > titles
    assert banner.geometry().right() == tabs.width() - 1
    said = next(each for each in banner.findChildren(QLabel) if each.text() == SENTENCE)
    assert said.width() > banner.width() * 3 // 4  # the sentence has the room that is there
    low = banner.height()
    banner.say(9 * SENTENCE, "warning")
    qtbot.waitUntil(lambda: banner.height() > low)
    tabs.resize(700, 400)
    qtbot.waitUntil(lambda: banner.geometry().right() == 699)
