"""A long day of Qt calls must not abort the interpreter (see ui.steady)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
