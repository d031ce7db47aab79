"""The waiting-room window: large, masked, in step with the board (front-desk.md 4.2)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from services.desk.visits import change_visit, check_in
from tests.desk_world import person
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.waiting_room import PLACE, WaitingRoom, open_waiting_room


@pytest.fixture
def host(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def screen(context, host, qtbot):
    made = open_waiting_room(context, host)
    qtbot.waitUntil(made.isVisible)
    return made


def test_it_says_who_is_called_and_who_comes_next(screen, context, frontdesk):
    assert screen.words() == "请进：无；候诊：无"
    done = check_in(frontdesk, person_id=person(frontdesk, "M1", name="王小明"))
    check_in(frontdesk, person_id=person(frontdesk, "M2", name="李雷"))
    context.alerts.announce(done)
    assert screen.words() == "请进：无；候诊：1 王**、2 李*"
    context.alerts.announce(change_visit(frontdesk, visit_id=done.visit_id, to_state="called"))
    assert screen.accessibleDescription() == "请进：王** 请到前台；候诊：1 李*"


def test_every_amount_is_painted(screen, context, frontdesk):
    empty = screen.grab().toImage()
    for number in range(16):
        done = check_in(frontdesk, person_id=person(frontdesk, f"M{number}", name="王小明"))
    context.alerts.announce(done)
    full = screen.grab().toImage()
    assert empty != full
    context.alerts.announce(change_visit(frontdesk, visit_id=done.visit_id, to_state="called"))
    assert screen.grab().toImage() != full


def test_what_does_not_concern_it_is_not_read(screen, context, monkeypatch):
    from services.changes import Changes, Kind

    monkeypatch.setattr(WaitingRoom, "refresh", lambda _self: pytest.fail("read"))
    context.bus.announce(Changes((Kind.STOCK,)))


def test_f11_fills_the_screen_and_esc_closes_keeping_the_place(screen, context, host, qtbot):
    QTest.keyClick(screen, Qt.Key.Key_F11)
    assert screen.isFullScreen()
    QTest.keyClick(screen, Qt.Key.Key_F11)
    assert not screen.isFullScreen()
    QTest.keyClick(screen, Qt.Key.Key_A)
    assert screen.isVisible()
    with qtbot.waitSignal(screen.destroyed):
        QTest.keyClick(screen, Qt.Key.Key_Escape)
    assert context.settings.value(PLACE) is not None
    again = open_waiting_room(context, host)
    assert again.isVisible()
    assert open_waiting_room(context, host) is again


def test_the_desk_is_locked_and_the_room_still_reads(screen, context, frontdesk):
    context.signed_in.set(None)
    context.alerts.announce(check_in(frontdesk, person_id=person(frontdesk, "M1", name="王小明")))
    assert "1 王**" in screen.words()
    assert context.person_id is None


def test_the_menu_opens_it_beside_the_window(context, frontdesk, qtbot, qapp):
    window = MainWindow(context, IdleWatch(qapp))
    qtbot.addWidget(window)
    window.show()
    window.enter(frontdesk)
    assert window.menus.actions["waiting_room"].isEnabled()
    window.menus.open("waiting_room")
    made = window.findChild(WaitingRoom)
    assert made.isVisible()
    window.lock()
    assert made.isVisible()  # the room may go on reading
    window.close()
    assert not made.isVisible()


def test_a_second_screen_is_filled(context, host, monkeypatch):
    first = host.screen()
    monkeypatch.setattr(
        "ui.waiting_room.QGuiApplication.screens", staticmethod(lambda: [first, _Other(first)])
    )
    made = open_waiting_room(context, host)
    assert made.isFullScreen()
    made.close()


class _Other:
    """Another screen, at the right of the first."""

    def __init__(self, first) -> None:
        self._geometry = first.geometry().translated(first.geometry().width(), 0)

    def geometry(self):
        return self._geometry
