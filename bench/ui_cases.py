"""What is measured of the window: starting, memory, a keystroke, opening a person."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import world
from bench.measure import ROUNDS, Row, Spread, limit_row, percentile, ratio_row
from bench.world import SIZES, Size
from models.database import ClinicDatabase


def start(size: Size) -> list[Row]:
    """Start to a usable window, and memory three seconds later, against the bare window."""
    runs: dict[str, tuple[list[float], list[float]]] = {}
    with world.copied(size, "start") as place, world.copied(SIZES["tiny"], "tiny") as tiny:
        commands = {"ours": (str(place),), "bare": (), "tiny": (str(tiny),)}
        for turn in range(ROUNDS + 1):
            for name, args in commands.items():
                seconds, memory = _run("bare" if name == "bare" else "ours", *args)
                if turn:  # the first one warms the disk and catches the day up
                    times, sizes = runs.setdefault(name, ([], []))
                    times.append(seconds)
                    sizes.append(memory)
    spread = {name: Spread.of(times) for name, (times, _) in runs.items()}
    memory_of = {name: Spread.of(sizes, "MiB") for name, (_, sizes) in runs.items()}
    rows = [ratio_row(f"start to usable window ({size.name})", spread["ours"], spread["bare"], 1.6)]
    if size.name != "tiny":
        note = "flat"
        rows.append(
            ratio_row("start, against 200 people", spread["ours"], spread["tiny"], 1.05, note)
        )
    rows.append(
        ratio_row(
            f"memory 3 s after start ({size.name})", memory_of["ours"], memory_of["bare"], 1.6
        )
    )
    return rows


def _run(kind: str, *args: str) -> tuple[float, float]:
    env = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.windows", kind, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
        text=True,
        cwd=world.ROOT,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    seconds = time.perf_counter() - began
    rest = process.stdout.read()
    if process.wait() or line.strip() != "ready":
        raise RuntimeError(f"{kind} did not start")
    return seconds, float(rest.split()[-1])


def keys(size: Size) -> list[Row]:
    """A keystroke in the search box until its results are painted; opening a person."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    with world.copied(size, "keys") as place:
        app, program, window = _desk(place)
        texts, people = _typed(window.context.db)
        box = window.header.search
        strokes, opens = [], []
        for text in texts:
            box.start()
            box.clear()
            for letter in text:
                began = time.perf_counter()
                QTest.keyClicks(box, letter)
                QApplication.processEvents()
                strokes.append(time.perf_counter() - began)
            box.dismiss()
        for tab in ("points", "gifts", "enrollment", "checkin", "followups"):
            window.show_tab(tab)
            QApplication.processEvents()
            for person in people:
                began = time.perf_counter()
                window.context.current_person.select(person)
                QApplication.processEvents()
                opens.append(time.perf_counter() - began)
        window.close()
        program._closed()
        app.processEvents()
    stroke, opened = percentile(strokes) * 1e3, percentile(opens) * 1e3
    return [
        limit_row(f"keystroke to painted, p99 ({size.name})", Spread.of(strokes), stroke, 16, "ms"),
        limit_row(f"open a person, p99 ({size.name})", Spread.of(opens), opened, 50, "ms"),
    ]


def _desk(place: Path) -> tuple[Any, Any, Any]:
    from PySide6.QtWidgets import QApplication

    from models.vault import FileVault
    from services.clock import SystemClock
    from services.desk.daily import catch_up
    from ui.app import Program, make_application
    from ui.steady import keep_singletons

    keep_singletons()
    with world.opened(place, read_only=False) as clinic:
        catch_up(world.director(clinic).confirming("clock_jump"))
    app: Any = QApplication.instance() or make_application(["bench"])
    program = Program(app, place / "data", SystemClock(), FileVault(place / "vault"))
    program.start()
    window: Any = program.window
    window.enter(world.director(window.context.clinic))
    QApplication.processEvents()
    return app, program, window


def _typed(db: ClinicDatabase) -> tuple[list[str], list[int]]:
    from models.people import Person

    picked = random.Random(4)
    rows = db.rows(Person.select(Person.id, Person.pinyin, Person.phone, Person.name))
    chosen = picked.sample(rows, min(60, len(rows)))
    texts = [row[1].replace(" ", "")[:6] for row in chosen[:30]]
    texts += [row[2][-4:] for row in chosen[30:45] if row[2]]
    texts += [row[2][:8] for row in chosen[45:] if row[2]]
    return texts, [row[0] for row in chosen]


CASES: dict[str, Callable[[Size], list[Row]]] = {"start": start, "keys": keys}
