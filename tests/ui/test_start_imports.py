"""What a start loads before its window can be used is what it shows: counted, not timed."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

from tests.conftest import TODAY
from tests.services.backups.conftest import Desk
from ui import warming
from ui.warming import REST, STEPS, Leisure, Warming

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from ui.steady import keep_singletons, load_qt
keep_singletons()
load_qt()
from PySide6.QtWidgets import QApplication
from models.vault import FileVault
from services.clock import ManualClock
from services.commands import Actor, Session
from ui.app import Program, make_application
app = make_application(["start"])
home = Path({home!r})
program = Program(app, home / "data", ManualClock({today!r}), FileVault(home / "vault"))
assert program.start()
window = program.window
window.enter(Session(window.context.clinic, Actor(1, "孙院长", "director")))
window.header.search.setText("wxm")
window.header.search.search()
hits = window.header.search.popup.model.rowCount()
print(hits, window.tabs.count(), *sorted(sys.modules))
window.close()
"""
LATER = (
    "PySide6.QtNetwork",
    "PySide6.QtPrintSupport",
    "PySide6.QtSvg",
    "argon2",
    "keyring",
    "logging.handlers",
    "openpyxl",
    "phonenumbers",
    "pypinyin",
    "services.backups.before_migration",
    "services.backups.keeping",
    "services.desk",
    "services.forms",
    "services.loyalty",
    "services.privacy",
    "services.programmes.evaluate",
    "services.programmes.gaps",
    "services.reports",
    "services.verify",
    "ui.printing",
    "ui.tabs.checkin",
)
MOST = 85  # modules of our own; some 70 it takes


def test_a_window_that_can_be_used_has_loaded_only_what_it_shows(desk: Desk) -> None:
    desk.close()  # it knows 王小明
    script = SCRIPT.format(root=str(ROOT), home=str(desk.root), today=TODAY)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    hits, tabs, *loaded = done.stdout.split()
    assert (hits, tabs) == ("1", "5")
    early = [name for name in loaded if name.startswith(LATER)]
    assert early == []
    ours = [name for name in loaded if name.partition(".")[0] in ("models", "services", "ui")]
    assert len(ours) <= MOST, ours
    dialogs = [name for name in ours if name.startswith("ui.dialogs.")]
    assert dialogs == ["ui.dialogs.sign_in"]


def test_every_step_of_the_warming_is_there() -> None:
    for name in (*STEPS, *REST):
        import_module(name)


def test_the_rest_is_loaded_and_built_while_no_hand_is_on_the_desk(monkeypatch, qtbot):
    monkeypatch.setattr(warming, "LATER", 1)
    monkeypatch.setattr(warming, "SPARE", 1)
    quiet = [0.0]
    monkeypatch.setattr(warming, "quiet_for", lambda: quiet[0])
    monkeypatch.setattr(warming, "REST", ("sys", "xml.sax.xmlreader"))
    sys.modules.pop("xml.sax.xmlreader", None)
    built: list[str] = []
    made = Leisure(built.append(name) or name for name in ("tab", "page"))
    made._step()
    assert built == []
    made.start()
    made.stop()
    quiet[0] = 60.0
    made.start()
    qtbot.waitUntil(lambda: built == ["tab", "page"])
    assert "xml.sax.xmlreader" in sys.modules
    made._step()  # nothing is left


def test_what_waits_for_the_warming_comes_after_its_last_step(tmp_path, monkeypatch, qtbot):
    for name in ("warmed_first", "warmed_last"):
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(warming, "STEPS", ("warmed_first", "warmed_last"))
    seen: list[object] = []
    made = Warming(lambda: seen.append("last step"))
    made.start()
    made.then(lambda: seen.append("warmed_last" in sys.modules))
    assert seen == []
    qtbot.waitUntil(lambda: seen == ["last step", True])
    made.then(lambda: seen.append("at once"))
    assert seen[-1] == "at once"
    again = Warming(lambda: None)
    again.then(lambda: seen.append("nothing left to load"))
    assert seen[-1] == "nothing left to load"


def test_imports_go_pythons_own_way_again_once_qt_is_there() -> None:
    script = (
        f"import builtins, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "plain = builtins.__import__\n"
        "from ui.steady import load_qt\n"
        "load_qt()\n"
        "assert 'PySide6.QtCore' in sys.modules\n"
        "assert builtins.__import__ is plain\n"
    )
    subprocess.run([sys.executable, "-c", script], timeout=60, check=True)
