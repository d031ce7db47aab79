"""`main.py --self-test [--log FILE]`: does this installation work, from the keys to the workbook?

Everything happens in a temporary folder; no window appears unless QT_QPA_PLATFORM names a
display, except on Windows, where Qt finds no font without one. What came with the program is
`services.installed`, the clinic's life `services.selftest`; here the window is built around the
same clinic. A warning that nobody expects, of Qt or of Python, is a failure too.
"""

from __future__ import annotations

import argparse
import os
import pkgutil
import re
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from services import installed
from services.headless import terminal
from services.selftest import SelfTestFailed, Trial, expect, listening, run

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

# said by Qt's plug-in without a screen, true and harmless
_OF_NO_SCREEN = ("This plugin does not support", "QFontDatabase: Cannot find font directory")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def self_test(argv: list[str]) -> int:
    """0 when everything works; each step and what failed are written to the terminal and, for a
    program that has none, to the file named by --log."""
    parser = argparse.ArgumentParser(prog="haochi-desk")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--log", type=Path, metavar="FILE")
    log: Path | None = parser.parse_args(argv).log
    usual = "windows" if sys.platform == "win32" else "offscreen"
    os.environ.setdefault("QT_QPA_PLATFORM", usual)
    terminal.prepare()  # a Chinese font's name may not stop it
    if log is None:
        return _test([sys.stdout])
    with log.open("w", encoding="utf-8", buffering=1) as file:
        return _test([sys.stdout, file])


def _test(sinks: list[IO[str] | None]) -> int:
    def say(line: str) -> None:
        for sink in sinks:
            if sink is not None:  # a windowed program on Windows has no terminal
                sink.write(line + "\n")
                sink.flush()

    with tempfile.TemporaryDirectory(prefix="haochi-self-test-") as folder, listening() as heard:
        trial = Trial(Path(folder))
        steps = [
            ("modules", import_everything),
            *installed.steps(trial.folder, trial.clock),
            *trial.steps_before(),
            ("looks", lambda: look(heard)),
            ("window", lambda: build_window(trial, heard)),
            ("paper", lambda: print_paper(trial, heard)),
            *trial.steps_after(),
        ]
        try:
            good = run(steps, say)
        finally:
            trial.close()
    for line in heard:
        say(f"FAILED warning: {line}")
    good = good and not heard
    say("self-test passed" if good else "self-test FAILED")
    return 0 if good else 1


def import_everything() -> str:
    """Every module of the program, so that none of them asks for something that was left out."""
    count = 0
    for name in ("models", "services", "ui"):
        package = import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            import_module(found.name)
            count += 1
    expect(count > 100, "the modules are there")
    return str(count)


@contextmanager
def _qt(heard: list[str]) -> Iterator[QApplication]:
    """The application; what Qt says meanwhile is heard."""
    from PySide6.QtCore import QtMsgType, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from ui.app import make_application

    def listen(kind: QtMsgType, _: Any, words: str) -> None:
        quiet = kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        if not quiet and not words.startswith(_OF_NO_SCREEN):
            heard.append(f"Qt: {words}")

    earlier = qInstallMessageHandler(listen)
    try:
        app = QApplication.instance() or make_application(["haochi-desk"])
        if not isinstance(app, QApplication):
            raise SelfTestFailed("another kind of application is running")
        yield app
    finally:
        qInstallMessageHandler(earlier)


def look(heard: list[str]) -> str:
    """Stylesheet, icons, Qt's own Chinese words; which Chinese font there is, if any."""
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtGui import QFontDatabase, QIcon, QImageReader

    from ui.app import ICONS
    from ui.theme import shades, style_sheet

    with _qt(heard) as app:
        style = re.sub(r"/\*.*?\*/", "", style_sheet(shades()), flags=re.DOTALL)
        expect("QPushButton" in style, "the stylesheet is there")
        expect("@" not in style, "every colour of the stylesheet is known")
        drawings = sorted(ICONS.glob("*.svg"))
        expect(drawings, "the icons are there")
        for path in drawings:
            image = QIcon(str(path)).pixmap(64, 64).toImage()
            seen = {image.pixel(x, y) for x in range(0, 64, 4) for y in range(0, 64, 4)}
            expect(not image.isNull() and len(seen) > 1, f"{path.name} is drawn")
        formats = {bytes(name.data()) for name in QImageReader.supportedImageFormats()}
        expect(formats >= {b"svg", b"png", b"jpeg", b"ico"}, "pictures are read")
        cancel = QCoreApplication.translate("QPlatformTheme", "Cancel")
        expect(cancel == "取消", "Qt's own words are Chinese")
        fonts = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
        return f"{app.platformName()}, {fonts[0] if fonts else 'no Chinese font'}"


def build_window(trial: Trial, heard: list[str]) -> str:
    """The window with every tab, showing the person of the trial."""
    from PySide6.QtCore import QSettings
    from PySide6.QtWidgets import QApplication

    from ui.alerts import Alerts
    from ui.bus import Bus
    from ui.context import UiContext
    from ui.idle import IdleWatch
    from ui.main_window import MainWindow
    from ui.tasks import Tasks
    from ui.widgets.tab_area import NAMES

    with _qt(heard) as app:
        settings = QSettings(str(trial.folder / "window.ini"), QSettings.Format.IniFormat)
        bus = Bus()
        tasks = Tasks()
        context = UiContext(trial.clinic, bus, Alerts(bus), tasks, settings)
        window = MainWindow(context, IdleWatch(app))
        window.show()
        window.enter(trial.session)
        for name in NAMES:
            window.show_tab(name)
            context.current_person.select(trial.person_id)
            window.tabs.current().refresh()
            QApplication.processEvents()
        kind = context.alerts.bar.kind
        window.close()
        window.deleteLater()
        tasks.cancel_all()
        QApplication.processEvents()
        expect(kind != "error", "a banner reported a fault")
    return f"{len(NAMES)} tabs"


def print_paper(trial: Trial, heard: list[str]) -> str:
    """The notice as a PDF with pages and letters; the printers of this PC can be asked for."""
    from PySide6.QtPrintSupport import QPrinterInfo

    from services.forms.privacy_notice import privacy_notice
    from ui.printing import new_printer, save_paper_pdf

    with _qt(heard):
        path = trial.folder / "notice.pdf"
        pages = save_paper_pdf(privacy_notice(trial.clinic.db, trial.person_id), path)
        data = path.read_bytes()
        expect(data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF"), "it is a PDF")
        expect(len(re.findall(rb"/Type\s*/Page\b", data)) == pages, "it has its pages")
        drawn = b"".join(map(_plain, _STREAM.findall(data)))
        expect(re.search(rb"\bT[jJ]\b", drawn), "it has letters")
        printers = QPrinterInfo.availablePrinterNames()
        new_printer()
    return f"{pages} pages, {len(printers)} printers"


def _plain(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""
