"""A long day of Qt calls must not abort the interpreter (see ui.steady)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ui.steady import speak_utf8

ROOT = Path(__file__).resolve().parents[2]
MANY = """
import sys
sys.path.insert(0, {root!r})
from ui.steady import keep_singletons
keep_singletons()
from PySide6.QtCore import QObject
thing = QObject()
for _ in range(50_000):
    thing.setObjectName("x")
    thing.blockSignals(False)
print("alive")
"""


def test_fifty_thousand_qt_calls_leave_none_alive() -> None:
    script = MANY.format(root=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "alive"


@pytest.mark.skipif(sys.platform != "linux", reason="Windows has no such thing")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "C.UTF-8"),
        ({"LANG": "C"}, "C.UTF-8"),
        ({"LANG": "zh_CN.UTF-8"}, ""),
        ({"LANG": "C", "LC_CTYPE": "zh_CN.UTF-8"}, "zh_CN.UTF-8"),
        ({"LC_ALL": "C"}, ""),
    ],
)
def test_qt_gets_utf_8_where_nobody_chose_a_language(
    before: dict[str, str], after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.setenv(name, before.get(name, ""))
    speak_utf8()
    assert os.environ["LC_CTYPE"] == after
