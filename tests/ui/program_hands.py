"""Programs that tests start, and put away whatever screen they are on."""

from __future__ import annotations

from typing import Any

from ui import crashlog
from ui.app import Program


def put_away(programs: list[Program], qtbot: Any) -> None:
    """End every program of a test."""
    for program in programs:
        if program.window is not None and program.window.keeper is not None:
            program.window.keeper.release()
        for shown in (program.screen, program.window):
            if shown is not None:
                shown.close()
                shown.deleteLater()
        program.idle.stop()
        program.tasks.cancel_all()
        program.stop()
        program.deleteLater()
    crashlog.stop()
    qtbot.wait(1)
