"""`main.py --self-test`: does this installation work, from the keys to the workbook?

Everything happens in a temporary folder; no window appears.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PIN = "274159"
DIRECTOR = "自检"


def self_test() -> int:
    """0 when everything works; each step and what failed are written to the terminal."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="haochi-self-test-") as folder:
        test = _SelfTest(Path(folder))
        try:
            good = all(
                [
                    test.step("clinic", test.make_clinic),
                    test.step("posting", test.post),
                    test.step("search", test.search),
                    test.step("window", test.build_window),
                    test.step("workbook", test.write_workbook),
                    test.step("verify", test.verify),
                    test.step("reopen", test.reopen),
                ]
            )
        finally:
            test.close()
    _say("self-test passed" if good else "self-test FAILED")
    return 0 if good else 1


def _say(line: str) -> None:
    if sys.stdout is not None:  # a windowed program on Windows has none
        sys.stdout.write(line + "\n")


class _SelfTest:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clinic: Any = None
        self.session: Any = None
        self.code = ""

    def step(self, name: str, call: Callable[[], str]) -> bool:
        """One step, timed; what failed is named by type and place, never by content."""
        from ui.crashlog import describe

        began = time.perf_counter()
        try:
            found = call()
        except Exception as error:
            _say(f"FAILED {name}: {describe(error)}")
            return False
        _say(f"ok {name} {time.perf_counter() - began:.2f}s {found}")
        return True

    def make_clinic(self) -> str:
        from services.clock import SystemClock
        from services.programmes.registry import preset_names
        from services.setup import create_clinic
        from services.staff import sign_in
        from services.version import VERSION

        self.clinic, self.code = create_clinic(
            self.folder / "data",
            SystemClock(),
            name="自检",
            programme=preset_names()[0],
            director=DIRECTOR,
            pin=PIN,
            vault=_Memory(),
        )
        self.session = sign_in(self.clinic, DIRECTOR, PIN)
        return VERSION

    def post(self) -> str:
        from services.membership import join
        from services.people import PersonForm, enrol
        from services.receipts import post_receipt

        form = PersonForm(name="单自检", sex="F", birthday="1990-05-15", phone="13800138000")
        person = enrol(self.session, form=form).person_id
        posted = post_receipt(self.session, person_id=person, amount_fen=1_000_000)
        join(self.session, person_id=person, benefits_explained=True)
        return f"{posted.points} points"

    def search(self) -> str:
        from services.search import find

        for text in ("8000", "shan", "szj", "单"):
            assert len(find(self.clinic.db, text)) == 1, "search"
        return ""

    def build_window(self) -> str:
        from PySide6.QtCore import QSettings
        from PySide6.QtWidgets import QApplication

        from ui.alerts import Alerts
        from ui.app import make_application
        from ui.bus import Bus
        from ui.context import UiContext
        from ui.idle import IdleWatch
        from ui.main_window import MainWindow
        from ui.tasks import Tasks
        from ui.widgets.tab_area import NAMES

        app = QApplication.instance() or make_application(["haochi-desk"])
        assert isinstance(app, QApplication)
        settings = QSettings(str(self.folder / "window.ini"), QSettings.Format.IniFormat)
        bus = Bus()
        context = UiContext(self.clinic, bus, Alerts(bus), Tasks(), settings)
        window = MainWindow(context, IdleWatch(app))
        window.show()
        window.enter(self.session)
        for name in NAMES:
            window.show_tab(name)
            context.current_person.select(1)
            window.tabs.current().refresh()
        wrong = context.alerts.bar.sentence if context.alerts.bar.kind == "error" else ""
        window.close()
        window.deleteLater()
        assert not wrong, "a banner reported a fault"
        return f"{len(NAMES)} tabs"

    def write_workbook(self) -> str:
        from services.period import default_week
        from services.workbooks.friday import write_friday

        path = self.folder / "friday.xlsx"
        week = default_week(self.clinic.db, self.clinic.clock.today())
        with self.clinic.reading() as reader:
            write_friday(reader, path, week=week)
        return f"{path.stat().st_size:,} bytes"

    def verify(self) -> str:
        from services.verify import verify

        report = verify(self.clinic)
        assert report.good, [fault.code for fault in report.faults]
        return f"{sum(report.checked.values()):,} things"

    def reopen(self) -> str:
        from services.clinic import open_clinic
        from services.clock import SystemClock

        self.clinic.close()
        self.clinic = open_clinic(
            self.folder / "data", SystemClock(), holder="self-test", vault=_Memory(), code=self.code
        )
        return "by recovery code"

    def close(self) -> None:
        if self.clinic is not None:
            self.clinic.close()


class _Memory:
    """A vault that forgets: the self-test leaves nothing on the PC."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get(self, clinic_id: str) -> bytes | None:
        return self._kept.get(clinic_id)

    def set(self, clinic_id: str, secret: bytes) -> None:
        self._kept[clinic_id] = secret
