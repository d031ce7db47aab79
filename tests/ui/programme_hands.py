"""Hands for the programme editor in tests: it is opened over a desk, and keys do the rest."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.context import UiContext
from ui.dialogs.programme_editor import EDIT, ProgrammeEditorDialog
from ui.widgets.programme_form import PartForm
from ui.widgets.work import Work

ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ENTER = Qt.Key.Key_Return
DOWN, RIGHT, ESC = Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Escape


def on_top(dialog: Any, qtbot: Any) -> Any:
    """A window with the keyboard in it."""
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def desk(qtbot: Any) -> QWidget:
    """An empty window for a dialog to stand over; it takes the dialog along when it goes, on the
    window's own thread."""
    host = QWidget()
    host.resize(1366, 768)
    qtbot.addWidget(host)
    return host


def editor(context: UiContext, qtbot: Any) -> ProgrammeEditorDialog:
    """The editor over an empty window."""
    host = desk(qtbot)
    made = on_top(ProgrammeEditorDialog(context, host), qtbot)
    made.host = host  # or it would go at once
    return made


def drafting(context: UiContext, qtbot: Any, source: str) -> ProgrammeEditorDialog:
    """The editor with a fresh draft of 'preset 空白' or 'version 1'."""
    made = editor(context, qtbot)
    made.drafts_page.source.choose(source)
    made.drafts_page.begin()
    assert made.pages.currentIndex() == EDIT
    return made


def wait(work: Work, qtbot: Any) -> None:
    """Until long work is done."""
    qtbot.waitUntil(lambda: not work.busy, timeout=20_000)


def control(form: PartForm, path: str) -> Any:
    """The control of a field."""
    return form._rows[path].control
