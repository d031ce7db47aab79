"""The window by its keys: signing in, locking, finding, moving about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QDialog

from services.commands import Session
from services.people.enrolment import PersonForm, enrol
from ui.context import UiContext
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.menus import DIALOGS
from ui.widgets.tab_area import NAMES

PIN = "274159"
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def people(frontdesk: Session) -> list[int]:
    """Two 王芳 with different phones and birth years, and 单雄信."""
    session = frontdesk.confirming("possible_duplicate", "no_phone")
    forms = [
        PersonForm(name="王芳", sex="F", birthday="1990-05-15", phone="13800138000"),
        PersonForm(name="王芳", sex="F", birthday="1972-11-02", phone="13911112222"),
        PersonForm(name="单雄信", sex="M", birthday="1968-07-21", phone="15012348765"),
    ]
    return [enrol(session, form=form).person_id for form in forms]


@pytest.fixture
def window(context: UiContext, qapp: QApplication, qtbot) -> Iterator[MainWindow]:
    context.signed_in.set(None)
    made = MainWindow(context, IdleWatch(qapp))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def enter(window: MainWindow, qtbot, name: str = "李前台", pin: str = PIN) -> None:
    names = window.sign_in.names
    row = next(n for n in range(names.count()) if name in names.item(n).text())
    names.setCurrentRow(row)
    qtbot.keyClicks(window.sign_in.pin, pin)
    qtbot.keyClick(window.sign_in.pin, Qt.Key.Key_Return)


def test_signing_in_by_keys_shows_the_desk(window: MainWindow, qtbot) -> None:
    assert window.pages.currentWidget() is window.sign_in
    enter(window, qtbot)
    assert window.pages.currentWidget() is window.desk
    assert "李前台" in window.header.staff.text()
    assert window.sign_in.pin.text() == ""


def test_a_desk_that_is_locked_before_it_is_loaded_does_not_wake(
    window: MainWindow, qtbot, monkeypatch
) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(window.warming, "then", loaded.append)
    enter(window, qtbot)
    window.lock()
    (wake,) = loaded
    wake()
    assert not window.leisure._next.isActive()
    enter(window, qtbot)
    loaded[-1]()
    assert window.leisure._next.isActive()


def test_the_arrows_choose_a_name_from_the_pin(window: MainWindow, qtbot) -> None:
    names, pin = window.sign_in.names, window.sign_in.pin
    first = names.currentRow()
    qtbot.keyClick(pin, Qt.Key.Key_Down)
    assert names.currentRow() == first + 1
    qtbot.keyClick(pin, Qt.Key.Key_Up)
    assert names.currentRow() == first


def test_a_wrong_pin_says_how_many_are_left(window: MainWindow, qtbot) -> None:
    enter(window, qtbot, pin="111118")
    assert window.pages.currentWidget() is window.sign_in
    assert "4" in window.sign_in.field.error
    assert window.sign_in.pin.text() == ""


def test_locking_covers_everything(window: MainWindow, people: list[int], qtbot) -> None:
    enter(window, qtbot)
    window.context.current_person.select(people[0])
    assert window.strip.name.text() == "王*女士"
    QGuiApplication.clipboard().setText("13800138000")
    window.menus.open("keys")
    dialog = window.findChildren(QDialog)[0]
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClick(dialog, Qt.Key.Key_L, CTRL)
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.sign_in)
    assert window.pages.currentWidget() is window.sign_in
    assert window.context.person_id is None
    assert window.context.signed_in.session is None
    assert QGuiApplication.clipboard().text() == ""
    assert not [d for d in window.findChildren(QDialog) if d.isVisible()]
    qtbot.keyClick(window, Qt.Key.Key_F4)
    assert window.pages.currentWidget() is window.sign_in


def test_idle_minutes_lock_the_desk(window: MainWindow, qtbot) -> None:
    enter(window, qtbot)
    window.idle.start(0.001)
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.sign_in, timeout=2000)
    assert "自动锁定" in window.sign_in.why.text()


def test_one_hit_and_enter_opens_the_person(window: MainWindow, people: list[int], qtbot) -> None:
    enter(window, qtbot)
    qtbot.keyClick(window.desk, Qt.Key.Key_F3)
    search = window.header.search
    qtbot.keyClicks(search, "8765")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert window.context.person_id == people[2]
    assert window.strip.name.text() == "单**先生"
    assert search.text() == ""
    assert not search.popup.isVisible()


def test_two_of_a_name_are_told_apart_with_the_arrows(
    window: MainWindow, people: list[int], qtbot
) -> None:
    enter(window, qtbot)
    search = window.header.search
    qtbot.keyClicks(search, "wf")
    qtbot.waitUntil(search.popup.isVisible)
    rows = [hit.birth_year for hit in search.popup.model.rows]
    assert sorted(rows) == ["1972", "1990"]
    qtbot.keyClick(search, Qt.Key.Key_Down)
    second = search.popup.model.rows[1].person_id
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert window.context.person_id == second


def test_nothing_found_says_what_to_try(window: MainWindow, people: list[int], qtbot) -> None:
    enter(window, qtbot)
    search = window.header.search
    qtbot.keyClicks(search, "zzzz")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert search.popup.nothing.isVisible()
    assert "F2" in search.popup.nothing.text()
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert not search.popup.isVisible()
    assert search.text() == ""
    assert window.context.person_id is None


def test_revealing_shows_for_a_while_and_is_logged(
    window: MainWindow, people: list[int], qtbot
) -> None:
    from services.commands import head_of_chain

    enter(window, qtbot)
    window.context.current_person.select(people[0])
    before = head_of_chain(window.context.db)[0]
    qtbot.mouseClick(window.strip.reveal_button, Qt.MouseButton.LeftButton)
    assert window.strip.name.text() == "王芳  13800138000"
    assert head_of_chain(window.context.db)[0] == before + 2
    window.strip.hide_full()
    assert window.strip.name.text() == "王*女士"


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMES, 1)))
def test_ctrl_and_a_number_show_a_tab(window: MainWindow, qtbot, number: int, name: str) -> None:
    enter(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_0 + number, CTRL)
    assert window.tabs.currentIndex() == number - 1
    assert window.tabs.current().name == name


def test_tabs_say_the_same_word_before_and_after_they_are_built(window: MainWindow, qtbot) -> None:
    enter(window, qtbot)
    for number, name in enumerate(NAMES):
        assert window.tabs.tab(name).title() == window.tabs.tabText(number)


def test_escape_closes_the_banner_then_the_person(
    window: MainWindow, people: list[int], qtbot
) -> None:
    enter(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_3, CTRL)
    window.context.current_person.select(people[0])
    window.context.alerts.banner("试", "error")
    window.back()
    assert window.context.alerts.bar.sentence == ""
    assert window.context.person_id == people[0]


def test_undo_with_nothing_to_undo_says_so(window: MainWindow, qtbot) -> None:
    enter(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert "撤销" in window.context.alerts.bar.sentence


@pytest.mark.parametrize("name", list(DIALOGS))
def test_every_dialog_opens_and_dies_on_close(window: MainWindow, qtbot, name: str) -> None:
    enter(window, qtbot, name="孙院长")
    window.menus.open(name)
    dialogs = window.findChildren(QDialog)
    assert len(dialogs) == 1
    assert dialogs[0].accessibleName()
    with qtbot.waitSignal(dialogs[0].destroyed):
        dialogs[0].reject()
    assert window.findChildren(QDialog) == []


def test_a_role_sees_only_what_it_may_do(window: MainWindow, qtbot) -> None:
    enter(window, qtbot)
    assert not window.menus.actions["staff"].isEnabled()
    window.lock()
    enter(window, qtbot, name="孙院长")
    assert window.menus.actions["staff"].isEnabled()


def test_the_window_fits_the_smallest_screen(window: MainWindow, people, qtbot) -> None:
    enter(window, qtbot)
    window.context.current_person.select(people[0])
    for name in NAMES:
        window.tabs.show_tab(name)
        hint = window.minimumSizeHint()
        assert hint.width() <= 1366, name
        assert hint.height() <= 728, name


def test_every_control_of_the_window_has_a_name(window: MainWindow, qtbot) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLineEdit
    from PySide6.QtWidgets import QAbstractScrollArea as Holder

    enter(window, qtbot)
    kinds = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit)
    controls = [w for kind in kinds for w in window.findChildren(kind) if w.isVisible()]
    # Qt's own clear button, and the header of a list, which speaks through the list
    inner = [w for w in controls if isinstance(w.parent(), (QLineEdit, Holder))]
    nameless = [w for w in controls if not w.accessibleName() and w not in inner]
    assert [f"{type(w).__name__} {w.objectName()}" for w in nameless] == []


def test_ctrl_p_says_where_there_is_something_to_print(window, qtbot):
    enter(window, qtbot)
    window.show_tab("points")
    qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert "对账单" in window.context.alerts.bar.sentence


def test_no_control_of_a_tab_shares_its_letter_with_a_menu(window: MainWindow, qtbot) -> None:
    """Two owners of one Alt key make Qt ask neither: Alt+R and Alt+P were dead on a tab."""
    from PySide6.QtWidgets import QAbstractButton, QLabel

    enter(window, qtbot)
    menus = {
        QKeySequence.mnemonic(action.text()).toString() for action in window.header.menus.actions()
    }
    for name in NAMES:
        window.show_tab(name)
    texts = [button.text() for button in window.tabs.findChildren(QAbstractButton)]
    texts += [words.text() for words in window.tabs.findChildren(QLabel) if words.buddy()]
    taken = [text for text in texts if QKeySequence.mnemonic(text).toString() in menus]
    assert len(menus) == 4
    assert taken == []


def test_a_missed_friday_is_said_on_the_today_strip():
    from services.desk.today import TodayCounts
    from ui.widgets.today_strip import texts_of

    counts = TodayCounts(0, 0, 0, 0, 0, 4, reconciliation_open=False, friday_missed=True)
    assert texts_of(counts)["friday"] == "上周五没有核对"
