"""The Windows setup: freeze the program with build.spec, wrap it with NSIS, try the result.

On a Windows PC (the way a release is made) the Python of that PC freezes. On Debian a Windows
Python is put together first (winpython.py) and runs under wine: same build.spec, same installer.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import licences
import stamp
from windows import locked, winpython
from windows.wine import Trouble, Wine, tool

from services.version import VERSION

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "windows"
DIST = ROOT / "dist"
ICON = ROOT / "resources" / "icons" / "haochi.ico"
ON_WINDOWS = sys.platform == "win32"
BUNDLE = (DIST if ON_WINDOWS else BUILD / "dist") / "haochi-desk"
LATER = "99.0.0"  # the version of the trial's upgrade
# What PyInstaller may say: its hooks ask for what build.spec leaves out, and wine holds the C
# runtime inside itself, where Windows has had it since 10.
EXPECTED = re.compile(
    r"""^\d+\ INFO:\ (PyInstaller:|Python:|Platform:|Python\ environment:)
    | WARNING:\ Hidden\ import\ "phonenumbers\.(carrierdata|geodata|tzdata)\.\w+"\ not\ found!
    | WARNING:\ Hidden\ import\ "pycparser\.(lextab|yacctab)"\ not\ found!
    | WARNING:\ Library\ not\ found:\ could\ not\ resolve\ 'api-ms-win-[a-z0-9-]+\.dll'
    """,
    re.VERBOSE,
)


def main(argv: list[str]) -> int:
    """0 when the setup was made and did what it must."""
    parser = argparse.ArgumentParser(prog="dev.py build --windows", description=__doc__)
    parser.add_argument("--no-try", dest="trial", action="store_false", help="build only")
    chosen = parser.parse_args(argv)
    try:
        build()
        setup = wrap(VERSION)
        say(f"{setup.relative_to(ROOT)}: {setup.stat().st_size / 2**20:.1f} MiB")
        if chosen.trial:
            from windows import try_out

            later = wrap(LATER, into=BUILD, fast=True)
            try_out.run(setup, later, BUILD / "stand-ins")
    except Trouble as trouble:
        say(f"FAILED {trouble}")
        return 1
    return 0


def build() -> None:
    """The program folder, from this source. Raises Trouble."""
    if not str(ROOT).isascii():
        raise Trouble(f"build under a path of ASCII letters (Qt's plug-ins are not found): {ROOT}")
    BUILD.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(BUNDLE, ignore_errors=True)
    options: list[str | Path] = ["--noconfirm", "--log-level", "WARN"]
    options += ["--distpath", BUNDLE.parent, "--workpath", BUILD / "work", ROOT / "build.spec"]
    if ON_WINDOWS:
        say("Freezing the program")
        command = [sys.executable, "-m", "PyInstaller", *options]
        if subprocess.run(command, env=stamp.environment(), cwd=ROOT, check=False).returncode:
            raise Trouble("PyInstaller failed; the reason stands above")
        write_licences(licences.text())
        return
    say("Putting a Windows Python together")
    python = winpython.make(BUILD)
    say("Freezing the program under wine (some minutes)")
    with Wine(BUILD / "prefix", BUILD / "stand-ins") as wine:
        wine.env |= {"SOURCE_DATE_EPOCH": str(stamp.epoch()), "PYTHONHASHSEED": "0"}
        command = [python / "python.exe", "-m", "PyInstaller", *options]
        said = wine.must(command, cwd=ROOT, seconds=1800)
    surprises = [line for line in said if not EXPECTED.search(line)]
    if surprises:
        raise Trouble("PyInstaller said something new:\n" + "\n".join(surprises[:40]))
    of_windows = locked.WINDOWS["python_full_version"]
    write_licences(licences.text(python / "Lib" / "site-packages", of_windows))


def write_licences(text: str) -> None:
    """Beside the program, where somebody finds them; CRLF, as every Notepad reads it."""
    (BUNDLE / "licences.txt").write_text(text, encoding="utf-8", newline="\r\n")


def wrap(version: str, into: Path = DIST, fast: bool = False) -> Path:
    """The setup around the program folder. Raises Trouble."""
    into.mkdir(parents=True, exist_ok=True)
    setup = into / setup_name(version)
    setup.unlink(missing_ok=True)
    size = sum(path.stat().st_size for path in BUNDLE.rglob("*") if path.is_file())
    defined = {
        "VERSION": version,
        "PAYLOAD": str(BUNDLE),
        "SIZE_KB": str(size // 1024),
        "OUT": str(setup),
        "ICON": str(ICON),
    }
    if fast:
        defined["FAST"] = ""
    if not ON_WINDOWS:
        defined["AMD64"] = ""
    words = [f"-D{name}={value}" if value else f"-D{name}" for name, value in defined.items()]
    say(f"Packing {setup.name}")
    os.environ["SOURCE_DATE_EPOCH"] = str(stamp.epoch())
    tool([makensis(), "-V2", "-WX", "-INPUTCHARSET", "UTF8", *words, HERE / "installer.nsi"])
    if not setup.exists():
        raise Trouble(f"makensis wrote no {setup.name}")
    return setup


def setup_name(version: str) -> str:
    """The file a clinic is given. Raises Trouble unless the version is three numbers."""
    if not re.fullmatch(r"\d{1,5}\.\d{1,5}\.\d{1,5}", version):
        raise Trouble(f"Windows wants a version of three numbers, not {version}")
    return f"皓齿前台-{version}-setup.exe"


def makensis() -> str:
    """NSIS, also where its own installer left it. Raises Trouble."""
    found = shutil.which("makensis")
    for place in ("ProgramFiles(x86)", "ProgramFiles"):
        usual = Path(os.environ.get(place, "")) / "NSIS" / "makensis.exe"
        if found is None and usual.exists():
            found = str(usual)
    if found is None:
        raise Trouble("NSIS is missing: install it from nsis.sourceforge.io, then build again")
    return found


def say(sentence: str) -> None:
    """To the terminal, at once."""
    print(sentence, file=sys.stderr, flush=True)
