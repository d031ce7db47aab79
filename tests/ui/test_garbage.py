"""Python's collector keeps to the window's thread."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog

from ui import garbage, idle
from ui.garbage import Garbage


@pytest.fixture(autouse=True)
def nothing_open(theme) -> None:
    """Another test of this process may have left a dialog open."""
    while (left := QApplication.activeModalWidget()) is not None:
        left.hide()


class Knot:
    def __init__(self) -> None:
        self.self = self


def knots(many: int) -> list[weakref.ref[Knot]]:
    return [weakref.ref(Knot()) for _ in range(many)]


def test_another_thread_leaves_what_is_thrown_away_to_the_window(theme, qtbot) -> None:
    host = QObject()
    made = Garbage(host)
    gc.collect()
    left: list[weakref.ref[Knot]] = []
    thread = threading.Thread(target=lambda: left.extend(knots(2 * gc.get_threshold()[0])))
    thread.start()
    thread.join()
    assert not gc.isenabled()
    assert all(each() is not None for each in left)
    made.look()
    assert all(each() is None for each in left)
    made.look()  # nothing is due


def test_a_burst_is_put_aside_and_looked_through_when_nobody_is_there(
    theme, monkeypatch, qtbot
) -> None:
    made = Garbage(QObject())
    made.sweep()
    left = knots(garbage.BURST)
    made.look()
    assert all(each() is not None for each in left)
    made.look()  # somebody is at the desk
    assert left[0]() is not None
    monkeypatch.setattr(garbage, "quiet_for", lambda: garbage.DEEP + 1)
    made._pause = 0
    made.look()
    assert all(each() is None for each in left)


def test_the_oldest_wait_for_a_quiet_moment(theme, monkeypatch) -> None:
    made = Garbage(QObject())
    seen: list[int] = []
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 20))
    monkeypatch.setattr(gc, "collect", lambda generation=2: seen.append(generation))
    monkeypatch.setattr(garbage, "quiet_for", lambda: 0.0)
    made.look()
    assert seen == []
    monkeypatch.setattr(garbage, "quiet_for", lambda: 5.0)
    made.look()
    assert seen == [2]
    monkeypatch.setattr(garbage, "quiet_for", lambda: 0.0)
    monkeypatch.setattr(gc, "get_count", lambda: (0, 99, 99))
    made.look()
    monkeypatch.setattr(gc, "get_count", lambda: (0, 99, 0))
    made.look()
    assert seen == [2, 2, 1]


def test_nothing_is_put_aside_under_an_open_dialog(theme, qtbot, monkeypatch) -> None:
    made = Garbage(QObject())
    dialog = QDialog()
    qtbot.addWidget(dialog)
    dialog.open()
    frozen: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    monkeypatch.setattr(garbage, "quiet_for", lambda: garbage.DEEP + 1)
    made._pause = -1  # a sweep is due
    counts = [(garbage.BURST + 1, 0, 0), (0, 0, 99)]
    for count in counts:
        monkeypatch.setattr(gc, "get_count", lambda count=count: count)
        made.look()
    assert (frozen, made._pause) == ([], -1)
    dialog.reject()
    for count in counts:
        monkeypatch.setattr(gc, "get_count", lambda count=count: count)
        made.look()
    assert (frozen, made._pause) == ([1, 1], garbage.DEEP)


def test_a_desk_that_never_rests_long_is_swept_in_a_short_pause(theme, monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(garbage.time, "monotonic", lambda: now[0])
    made = Garbage(QObject())
    swept: list[float] = []
    monkeypatch.setattr(made, "sweep", lambda: swept.append(now[0]))
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 0))
    pauses = [garbage.QUIET + 1]
    monkeypatch.setattr(garbage, "quiet_for", lambda: pauses[0])
    now[0] = garbage.HOUR + 1
    made.look()
    assert swept == []  # due, and there may be a longer pause yet
    now[0] = garbage.OVERDUE * garbage.HOUR + 1
    pauses[0] = 0.0
    made.look()
    assert swept == []  # never under a hand
    pauses[0] = garbage.QUIET + 1
    made.look()
    assert swept == [now[0]]


def test_a_key_ends_the_quiet(theme) -> None:
    idle.hand()
    assert idle.quiet_for() < garbage.QUIET
