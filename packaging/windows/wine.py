"""A Windows of our own under wine: a prefix, a screen nobody sees, programs and what they said.

The prefix gets three libraries that every Windows since 10 1703 has and wine 8 lacks: `icuuc.dll`
and a whole `mscms.dll`, which do nothing here, and `bcryptprimitives.dll` with its random bytes.
They are made for the trial (stand_in.c) and never ship.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

CC = "x86_64-w64-mingw32-gcc"
HERE = Path(__file__).resolve().parent
OBJDUMP = "x86_64-w64-mingw32-objdump"
MISSING_IN_WINE = {  # name → what each of its functions does, in stand_in.c
    "icuuc.dll": "nothing",
    "mscms.dll": "nothing",
    "bcryptprimitives.dll": "randomly",
}


Started = subprocess.Popen[bytes]


class Trouble(Exception):
    """A tool failed; the message says which and what it said."""


def tool(command: Sequence[str | Path]) -> str:
    """Run a program of this system; what it printed. Raises Trouble."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "LC_ALL": "C.UTF-8"},  # makensis takes its words for what this says
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        raise Trouble(f"{command[0]} answered {done.returncode}:\n{said.strip()[-3000:]}")
    return said


def imports(library: Path) -> dict[str, list[str]]:
    """Library name in lower case → the functions this one takes from it. Raises Trouble."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in tool([OBJDUMP, "-p", library]).splitlines():
        if head := re.match(r"\s+DLL Name: (\S+)", line):
            names = found.setdefault(head[1].lower(), [])
        elif entry := re.match(r"\t[0-9a-f]+\s+(?:<none>\s+)?(?:\d+|[0-9a-f]+)\s+(\w+)\s*$", line):
            names.append(entry[1])
        elif line.startswith("The Export Tables"):
            break
    return found


def exports(library: Path) -> list[str]:
    """The names a library gives. Raises Trouble."""
    said = tool([OBJDUMP, "-p", library])
    table = said.partition("[Ordinal/Name Pointer] Table")[2]
    return re.findall(r"^\s+\[\s*\d+\](?: \+base\[\s*\d+\]\s+\w+)? (\w+)\s*$", table, re.MULTILINE)


def make_stand_ins(packages: Path, into: Path) -> None:
    """The missing libraries, with the functions that something in `packages` asks for.

    Raises Trouble.
    """
    wanted: dict[str, set[str]] = {name: set() for name in MISSING_IN_WINE}
    asking = ("PySide6/Qt6*.dll", "PySide6/plugins/**/*.dll", "cryptography/**/*.pyd")
    for library in sorted(path for pattern in asking for path in packages.glob(pattern)):
        for name, functions in imports(library).items():
            if name in wanted:
                wanted[name].update(functions)
    into.mkdir(parents=True, exist_ok=True)
    for name, does in MISSING_IN_WINE.items():
        asked = sorted(wanted[name])
        if not asked or (does == "randomly" and asked != ["ProcessPrng"]):
            raise Trouble(f"{name} is asked for {asked}: look at stand_in.c again")
        make_library(into / name, [f"{function}={does}" for function in asked])


def make_library(path: Path, given: Sequence[str]) -> None:
    """A library whose names lead elsewhere: `name=nothing` or `name=other.name`. Raises Trouble."""
    definition = path.with_suffix(".def")
    lines = "\n".join(given)
    definition.write_text(f'LIBRARY "{path.name}"\nEXPORTS\n{lines}\n', encoding="ascii")
    sources = [HERE / "stand_in.c", definition]
    tool([CC, "-shared", "-nostdlib", "-s", "-o", path, *sources, "-ladvapi32"])
    definition.unlink()


class Pc:
    """A Windows that runs programs and keeps what they say."""

    def start(self, command: Sequence[str | Path], cwd: Path | None = None) -> Started:
        """Begin a program."""
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def here(self, path: str) -> Path:
        """A path of that Windows as this system opens it."""
        return Path(path)

    def run(
        self, command: Sequence[str | Path], cwd: Path | None = None, seconds: float = 600
    ) -> tuple[int, list[str]]:
        """Exit code and the lines it said, on either stream. Raises Trouble after `seconds`."""
        started = self.start(command, cwd)
        try:
            said, _ = started.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            started.kill()
            said, _ = started.communicate()
            tail = said.decode("utf-8", "replace")[-2000:]
            raise Trouble(f"{command[0]} still runs after {seconds:.0f} s:\n{tail}") from None
        lines = said.decode("utf-8", "replace").splitlines()
        return started.returncode, [line.rstrip() for line in lines if line.strip()]

    def must(
        self, command: Sequence[str | Path], cwd: Path | None = None, seconds: float = 600
    ) -> list[str]:
        """Run it; the lines. Raises Trouble unless it answers 0."""
        code, lines = self.run(command, cwd, seconds)
        if code:
            raise Trouble(f"{command[0]} answered {code}:\n" + "\n".join(lines[-40:]))
        return lines


class Wine(Pc):
    """A prefix with a screen, from `with` to its end; nothing of it keeps running afterwards."""

    def __init__(self, prefix: Path, stand_ins: Path) -> None:
        self.prefix = prefix
        self._stand_ins = stand_ins
        self._screen: subprocess.Popen[bytes] | None = None
        self._program = shutil.which("wine64") or "/usr/lib/wine/wine64"
        if not os.path.exists(self._program):
            self._program = shutil.which("wine") or "wine"
        names = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR")
        self.env = {name: os.environ[name] for name in names if name in os.environ}
        ours = ",".join(Path(name).stem for name in MISSING_IN_WINE)
        self.env |= {
            "WINEPREFIX": str(prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": f"mscoree,mshtml,winemenubuilder.exe=;{ours}=n",
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
        }

    @property
    def drive(self) -> Path:
        """What is C: in there."""
        return self.prefix / "drive_c"

    def __enter__(self) -> Wine:
        self._screen = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._screen.stdout is not None
        number = self._screen.stdout.readline().decode().strip()
        if not number:
            raise Trouble("Xvfb did not start")
        self.env["DISPLAY"] = ":" + number
        try:
            self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _begin(self) -> None:
        if not (self.prefix / "system.reg").exists():
            self.prefix.mkdir(parents=True, exist_ok=True)
            self.must(["wineboot", "-i"])
            self.must(["winecfg", "-v", "win10"])
        for name in MISSING_IN_WINE:
            shutil.copy(self._stand_ins / name, self.drive / "windows/system32" / name)

    def _end(self) -> None:
        server = shutil.which("wineserver") or "/usr/lib/wine/wineserver64"
        quiet = subprocess.DEVNULL
        for how in ("-k", "-w"):  # of this prefix alone: end it, wait for it
            subprocess.run([server, how], env=self.env, stdout=quiet, stderr=quiet, check=False)
        if self._screen is not None:
            self._screen.terminate()
            self._screen.wait()
            if self._screen.stdout is not None:
                self._screen.stdout.close()

    def start(self, command: Sequence[str | Path], cwd: Path | None = None) -> Started:
        """Begin a program; a path of this system is translated."""
        return subprocess.Popen(
            [self._program, *(windows_path(part) for part in command)],
            env=self.env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def here(self, path: str) -> Path:
        """A path of the prefix as this system opens it."""
        return self.drive / path.removeprefix("C:\\").replace("\\", "/")


def windows_path(part: str | Path) -> str:
    """Z: is the root of this system; plain words stay as they are."""
    return "Z:" + str(part).replace("/", "\\") if isinstance(part, Path) else part
