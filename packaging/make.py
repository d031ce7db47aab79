"""`python3 dev.py build`: the program folder, the installer around it, and its trial.

Everything lands in dist/. On Debian that is a .deb; with --windows there, or on Windows, a setup.
An installer that nobody has tried is not a release, so the trial belongs to the build; --no-try
leaves it out where the machine cannot (no network, no root) or while one part is being changed.

This folder is no package: the name belongs to a library of the virtual environment. Its modules
are found because this script lies beside them.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import stamp

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
BUNDLE = DIST / "haochi-desk"
# What PyInstaller may say of things that are left out on purpose, or belong to another system.
_EXPECTED = re.compile(
    r" INFO: |Hidden import \"phonenumbers\.(carrier|geo|tz)data|'libg[td]k-3\.so"
    r"|Library (shell32|ole32) required via ctypes"
)


def main(argv: list[str]) -> int:
    """0 when the installer was made and did what it must."""
    parser = argparse.ArgumentParser(prog="dev.py build", description=__doc__)
    parser.add_argument("--windows", action="store_true", help="the Windows setup, under wine")
    parser.add_argument("--no-try", dest="trial", action="store_false", help="build only")
    chosen = parser.parse_args(argv)
    os.chdir(ROOT)
    sys.path.insert(1, str(ROOT))  # for services.version
    if chosen.windows or sys.platform == "win32":
        from windows.make import main as make_setup

        return make_setup([] if chosen.trial else ["--no-try"])
    freeze()
    from debian import package, try_out

    made = package.build(BUNDLE, DIST)
    say(f"{made.relative_to(ROOT)}: {made.stat().st_size / 2**20:.1f} MiB")
    return try_out.main([str(made)]) if chosen.trial else 0


def freeze() -> None:
    """PyInstaller makes dist/haochi-desk/ of build.spec. Raises SystemExit."""
    say("Freezing the program (about a minute)")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    done = subprocess.run(
        [*command, "build.spec"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=stamp.environment(),
    )
    for line in done.stderr.splitlines():
        if not _EXPECTED.search(line):
            say(line)
    if done.returncode:
        sys.exit("PyInstaller failed; the reason stands above.")


def say(sentence: str) -> None:
    """To the terminal, at once."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
