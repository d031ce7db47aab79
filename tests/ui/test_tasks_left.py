"""Closing does not wait for ever for work that nobody asked for (P10)."""

from __future__ import annotations

import threading

import pytest

from ui import tasks
from ui.tasks import Tasks


@pytest.fixture
def left(monkeypatch):
    found: list[object] = []
    monkeypatch.setattr(tasks, "_LEFT", found)
    return found


def test_work_that_does_not_end_is_left_behind_and_new_work_goes_on(qtbot, left) -> None:
    device, answers = threading.Event(), []
    made = Tasks()
    made.start(device.wait, on_done=answers.append)
    assert not made.cancel_all(30)
    assert tasks.left_behind()
    assert not made.busy
    made.start(lambda: 7, on_done=answers.append)
    qtbot.waitUntil(lambda: answers == [7])
    device.set()
    pools, _ = left[0]
    assert all(pool.waitForDone(5000) for pool in pools)
    qtbot.wait(10)
    assert answers == [7]  # who waited for it has gone


def test_a_list_that_is_being_read_is_no_unfinished_work(qtbot, left) -> None:
    go_on = threading.Event()
    made = Tasks()
    made.start(go_on.wait, looks=True)
    looking = (made.busy, made.unfinished)
    made.start(go_on.wait)
    working = (made.busy, made.unfinished)
    go_on.set()
    assert made.cancel_all(5000)
    assert (looking, working) == ((True, False), (True, True))
    qtbot.waitUntil(lambda: not made.busy)


def test_work_that_ends_in_time_is_waited_for(qtbot, left) -> None:
    made = Tasks()
    made.start(lambda: None)
    assert made.cancel_all(5000)
    assert not tasks.left_behind()
