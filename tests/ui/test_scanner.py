"""A scanner is a keyboard that is too quick for a hand (front-desk.md 4.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QListWidget, QVBoxLayout, QWidget

from ui.scanner import GAP, LEAST, Burst, Scanner, scannable

Key = Qt.Key
MACHINE, HAND = 0.008, 0.060
CODE = "QK0000000018"


class Clock:
    """Seconds set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Room:
    """A window with a field, a list and a scanner that listens."""

    def __init__(self, qtbot, qapp) -> None:
        self.clock = Clock()
        self.scanner = Scanner(qapp, self.clock)
        self.codes: list[str] = []
        self.garbled: list[bool] = []
        self.scanner.scanned.connect(self.codes.append)
        self.scanner.unreadable.connect(lambda: self.garbled.append(True))
        self.window = QWidget()
        self.line, self.list, self.box = QLineEdit(), QListWidget(), QComboBox()
        self.box.addItems(["甲", "乙"])
        column = QVBoxLayout(self.window)
        for widget in (self.line, self.list, self.box):
            column.addWidget(widget)
        self.entered: list[str] = []
        self.line.returnPressed.connect(lambda: self.entered.append(self.line.text()))
        qtbot.addWidget(self.window)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        self.line.setFocus()

    def type(self, text: str, gap: float = MACHINE) -> None:
        for char in text:
            self.clock.now += gap
            QTest.keyClick(self.window.windowHandle(), char)

    def press(self, key: Qt.Key, gap: float = MACHINE) -> None:
        self.clock.now += gap
        QTest.keyClick(self.window.windowHandle(), key)
        QCoreApplication.sendPostedEvents()
        QApplication.processEvents()

    def scan(self, code: str = CODE, end: Qt.Key = Key.Key_Return) -> None:
        self.clock.now += 5
        self.type(code)
        self.press(end)

    def commit(self, text: str, composing: str = "", gap: float = MACHINE) -> None:
        """What an input method sends to the field."""
        self.clock.now += gap
        event = QInputMethodEvent(composing, [])
        event.setCommitString(text)
        QCoreApplication.sendEvent(self.line, event)


@pytest.fixture
def room(qtbot, qapp, theme):
    made = Room(qtbot, qapp)
    yield made
    qapp.focusWindowChanged.disconnect(made.scanner._watch_window)
    qapp.focusObjectChanged.disconnect(made.scanner._watch_object)
    made.scanner.deleteLater()


# -- a burst -----------------------------------------------------------------------------------


@given(st.text("0123456789ABCDEFxyz-", min_size=LEAST), st.floats(0, GAP))
def test_whatever_a_machine_types_is_one_burst(code, gap):
    burst, at = Burst(), 10.0
    for char in code:
        burst.add(char, at)
        at += gap * 0.999
    assert burst.text == code
    assert burst.whole(at)


@given(st.text("0123456789abc", min_size=1), st.floats(0.0501, 2))
def test_whatever_a_hand_types_is_none(text, gap):
    burst, at = Burst(), 10.0
    for char in text:
        assert not burst.add(char, at)
        at += gap
    assert burst.text == text[-1]
    assert not burst.whole(at)


@given(st.lists(st.tuples(st.sampled_from("ab1"), st.floats(0, 0.2)), min_size=1))
def test_a_burst_is_the_longest_quick_end(keys):
    burst, at, expected = Burst(), 0.0, ""
    for number, (char, gap) in enumerate(keys):
        at += gap
        expected = expected + char if number and gap <= GAP - 1e-9 else char
        if abs(gap - GAP) > 1e-6:
            burst.add(char, at)
            assert burst.text[-1] == char
    assert len(burst.text) <= len(keys)


def test_full_width_is_undone_and_chinese_is_no_code():
    assert scannable("ＱＫ０１－ａ") == "QK01-a"
    assert [scannable(text) for text in ("王", "a b", "1.5", "")] == ["", "", "", ""]


# -- fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [Key.Key_Return, Key.Key_Enter, Key.Key_Tab])
def test_a_scan_leaves_the_field_as_it_was(room, end):
    room.line.setText("陈医生，请注意")
    room.line.setSelection(1, 2)
    room.scan(end=end)
    assert room.codes == [CODE]
    assert (room.line.text(), room.line.selectedText()) == ("陈医生，请注意", "医生")
    assert room.line.hasFocus()
    assert room.entered == []


def test_the_cursor_and_a_selection_from_behind_stay(room):
    room.line.setText("12345")
    room.line.setCursorPosition(2)
    room.scan()
    assert (room.line.text(), room.line.cursorPosition()) == ("12345", 2)
    room.line.setSelection(4, -2)
    room.scan("9876543")
    assert (room.line.text(), room.line.selectedText()) == ("12345", "34")
    assert room.line.cursorPosition() == 2


def test_whoever_follows_the_typing_hears_that_it_is_undone(room):
    heard = []
    room.line.textEdited.connect(heard.append)
    room.scan()
    assert heard == ["Q", ""]


def test_a_hand_types_without_delay_and_enter_is_its_own(room):
    for count, char in enumerate("1381234", 1):
        room.type(char, gap=HAND)
        assert len(room.line.text()) == count
    room.press(Key.Key_Return, gap=HAND)
    assert (room.entered, room.codes) == (["1381234"], [])


def test_two_keys_struck_together_come_a_moment_later(room, qtbot):
    room.type("a", gap=1)
    room.type("bc", gap=0.02)
    assert room.line.text() == "a"
    qtbot.waitUntil(lambda: room.line.text() == "abc")


def test_a_quick_hand_with_enter_at_once_loses_nothing(room):
    room.type("12345", gap=0.02)
    room.press(Key.Key_Return, gap=0.02)
    assert (room.entered, room.codes) == (["12345"], [])


def test_quick_characters_and_a_slow_enter_are_no_scan(room):
    room.type("123456")
    room.press(Key.Key_Return, gap=0.3)
    assert (room.entered, room.codes) == (["123456"], [])


def test_other_keys_end_a_burst_and_come_after_it(room):
    room.type("123456")
    room.press(Key.Key_Backspace)
    room.press(Key.Key_Return)
    assert (room.entered, room.codes) == (["12345"], [])


def test_shift_between_letters_belongs_to_the_scan(room):
    room.clock.now += 5
    for char in "QK-A12":
        QTest.keyPress(room.window.windowHandle(), Key.Key_Shift)
        room.type(char)
    room.press(Key.Key_Return)
    assert room.codes == ["QK-A12"]


def test_a_key_that_repeats_itself_is_no_scan(room):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    plain = Qt.KeyboardModifier.NoModifier
    for _ in range(9):
        room.clock.now += 0.03
        event = QKeyEvent(QEvent.Type.KeyPress, Key.Key_1, plain, "1", True)
        QCoreApplication.sendEvent(room.window.windowHandle(), event)
    room.press(Key.Key_Return)
    assert (room.entered, room.codes) == (["1" * 9], [])


def test_what_is_pasted_is_no_scan(room):
    QApplication.clipboard().setText(CODE)
    room.line.paste()
    room.press(Key.Key_Return)
    assert (room.entered, room.codes) == ([CODE], [])


def test_a_field_that_only_shows_is_not_touched(room):
    room.line.setReadOnly(True)
    room.line.setText("只读")
    room.scan()
    assert (room.line.text(), room.codes) == ("只读", [CODE])


# -- elsewhere ---------------------------------------------------------------------------------


def test_nothing_of_a_scan_reaches_a_list(room):
    room.list.addItems(["0 甲", "1 乙", "Q 丙"])
    room.list.setCurrentRow(0)
    room.list.setFocus()
    room.scan()
    assert room.codes == [CODE]
    assert room.list.currentRow() == 0


def test_a_single_key_still_reaches_a_list(room, qtbot):
    room.list.addItems(["0 甲", "1 乙"])
    room.list.setCurrentRow(0)
    room.list.setFocus()
    room.type("1", gap=1)
    qtbot.waitUntil(lambda: room.list.currentRow() == 1)


def test_two_single_keys_come_in_order(room, qtbot):
    room.list.addItems(["0", "1", "2"])
    room.list.setFocus()
    room.type("1", gap=1)
    room.type("2", gap=HAND)
    assert room.list.currentRow() == 1  # the first is typed before the second is held
    qtbot.waitUntil(lambda: not room.scanner._held)


def test_the_field_may_be_gone_when_the_scan_ends(room):
    room.clock.now += 5
    room.type("123456")
    room.line.setParent(None)
    room.line.deleteLater()
    QCoreApplication.sendPostedEvents(None, 52)  # DeferredDelete
    room.press(Key.Key_Return)
    assert room.codes == ["123456"]


def test_the_same_code_within_a_second_counts_once(room):
    for gap in (5, 0.4, 0.5):
        room.clock.now += gap
        room.type(CODE, gap=0.001)
        room.press(Key.Key_Return, gap=0.001)
    assert room.codes == [CODE]
    room.scan()
    room.scan("7654321")
    assert room.codes == [CODE, CODE, "7654321"]


# -- input methods -----------------------------------------------------------------------------


def test_digits_that_an_input_method_commits_are_a_scan(room):
    room.line.setText("备注")
    room.clock.now += 5
    for char in "１23456":
        room.commit(char)
    room.press(Key.Key_Return)
    assert (room.codes, room.line.text()) == (["123456"], "备注")


def test_what_is_composed_is_dropped_and_not_committed(room):
    room.line.setText("备注")
    room.clock.now += 5
    for end in range(1, 8):
        room.commit("", composing="abcdefg"[:end])
    room.press(Key.Key_Return)
    assert (room.codes, room.line.text()) == (["abcdefg"], "备注")


def test_an_input_method_that_takes_the_enter_is_a_scan_too(room):
    room.clock.now += 5
    for end in range(1, 8):
        room.commit("", composing="abcdefg"[:end])
    room.commit("abcdefg")
    QApplication.processEvents()
    assert (room.codes, room.line.text()) == (["abcdefg"], "")


def test_a_number_that_became_a_word_is_said_to_be_unreadable(room):
    room.clock.now += 5
    for end in (1, 2, 3):
        room.commit("", composing="qkd"[:end])
    room.commit("去看")
    room.type("0000018")
    room.press(Key.Key_Return)
    assert (room.codes, room.garbled, room.line.text()) == ([], [True], "")


def test_chinese_typed_by_hand_arrives(room):
    for end in (1, 2):
        room.commit("", composing="ni"[:end], gap=0.1)
    room.commit("你", gap=0.1)
    room.commit("2", gap=0.1)
    assert room.line.text() == "你2"
    room.commit("好", gap=0.1)
    room.commit("3", gap=0.01)
    assert room.line.text() == "你2好3"


def test_two_characters_committed_together_come_a_moment_later(room, qtbot):
    room.commit("1", gap=1)
    room.commit("2", gap=0.02)
    assert room.line.text() == "1"
    qtbot.waitUntil(lambda: room.line.text() == "12")
