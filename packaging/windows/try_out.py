"""The setup on a Windows that never saw it: installed, used, upgraded, refused, removed.

On Debian that Windows is a fresh wine prefix in a temporary folder; on Windows it is the PC itself,
which must have neither the program nor a clinic, and has neither afterwards. Each step looks at
exit codes, files, the registry and every line that was said; a line nobody expected is a failure.
What wine cannot show stands in docs/release.md as a list for a real PC.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import spoken
from windows.wine import CC, Pc, Started, Trouble, Wine, tool

from services.version import VERSION

HERE = Path(__file__).resolve().parent
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\HaochiDesk"
TITLE = "皓齿前台"
LATER = "99.0.0"
CHINESE_PATH = r"C:\诊所电脑"
OLD_WINDOWS, RUNS, NO_ICU, NEWER, IN_USE = 4, 5, 6, 7, 8  # the setup's exit codes
# What Qt says of wine 8 and of no Windows since 1703; the self-test calls it what it is, a warning.
OF_WINE = re.compile(
    r"""FAILED\ warning:\ Qt:\ (
    QtWindows::DpiAwareness::PerMonitorVersion2\ is\ not\ supported\ by\ current\ system\.
    | EnableNonClientDpiScaling\(\)\ failed\ for\ HWND\ 0x[0-9a-f]+\ \(120\)
      \ \(Call\ not\ implemented\.\)
    )""",
    re.VERBOSE,
)


def expect(condition: object, what: str) -> None:
    """Raises Trouble(what) unless `condition` holds."""
    if not condition:
        raise Trouble(what)


def run(setup: Path, later: Path, stand_ins: Path) -> None:
    """Try `setup`, and `later` as the upgrade of it. Raises Trouble."""
    with tempfile.TemporaryDirectory(prefix="haochi-setup-", ignore_cleanup_errors=True) as place:
        work = Path(place)
        if sys.platform == "win32":
            Trial(Pc(), setup, later, work).run()
            return
        with Wine(work / "prefix", stand_ins) as wine:
            Trial(wine, setup, later, work).run()


class Trial:
    """The steps, in order; each leaves the PC as the next one needs it."""

    def __init__(self, pc: Pc, setup: Path, later: Path, work: Path) -> None:
        self.pc, self.setup, self.later, self.work = pc, setup, later, work
        self.local = self._variable("LOCALAPPDATA")
        self.home = self.local + r"\Programs\HaochiDesk"
        self.data = self.local + r"\haochi-desk"
        self.keys = self.local + r"\haochi-desk-pc"
        self.program = self.home + r"\haochi-desk.exe"
        self.before: dict[str, str] = {}

    def run(self) -> None:
        """All of it, only on a PC without anything of ours, and so it is left. Raises Trouble."""
        there = [place for place in self.places() if self.pc.here(place).exists()]
        if self.registered("DisplayVersion") or there:
            raise Trouble(
                "not tried: this PC already has Haochi Desk or a clinic's data"
                f" ({', '.join(there) or 'registered'}); --no-try leaves the trial out"
            )
        try:
            self.try_steps()
        finally:
            if not isinstance(self.pc, Wine):  # a prefix goes with its folder
                self.clean_up()

    def places(self) -> list[str]:
        """Every folder the trial makes outside of its own."""
        return [self.home, CHINESE_PATH, self.data, self.keys]

    def try_steps(self) -> None:
        """Each in turn. Raises Trouble."""
        steps: list[Callable[[], object]] = [
            self.install,
            self.self_test,
            self.demo_clinic,
            self.friday_workbook,
            self.refuse_while_in_use,
            self.upgrade_after_one_broken_off,
            self.refuse_while_running,
            self.refuse_downgrade,
            self.uninstall,
            self.under_a_chinese_path,
        ]
        if isinstance(self.pc, Wine):
            steps.insert(0, self.refuse_other_windows)
        for step in steps:
            began = time.perf_counter()
            found = step()
            name = step.__name__.replace("_", " ")
            say(f"ok {name} {time.perf_counter() - began:.0f}s {found or ''}".rstrip())

    def clean_up(self) -> None:
        """Nothing of the trial stays, however far it came; it says what could not go."""
        for home in (self.home, CHINESE_PATH + r"\皓齿"):
            if self.pc.here(home + r"\uninstall.exe").exists():
                with suppress(Trouble):
                    self.remove(home)
        for place in self.places():
            folder = self.pc.here(place)
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                say(f"left behind: {folder}")

    # --- the steps ---

    def refuse_other_windows(self) -> None:
        """Windows 8.1 (4), and a Windows 10 without icuuc (6); nothing is left behind."""
        wine = self.pc
        assert isinstance(wine, Wine)
        wine.must(["winecfg", "-v", "win81"])
        self.silently(self.setup, OLD_WINDOWS)
        wine.must(["winecfg", "-v", "win10"])
        part = wine.drive / "windows/system32/icuuc.dll"
        hidden = part.rename(part.with_suffix(".away"))
        self.silently(self.setup, NO_ICU)
        hidden.rename(part)
        expect(not self.pc.here(self.home).exists(), "a refused setup left files")
        expect(not self.registered("DisplayVersion"), "a refused setup left its key")

    def install(self) -> str:
        """Silently; program, shortcuts and the entry in the list of programs are there."""
        self.silently(self.setup)
        expect(self.pc.here(self.program).exists(), "no program was installed")
        for shortcut in self.shortcuts():
            expect(shortcut.exists(), f"no shortcut {shortcut.name} in {shortcut.parent.name}")
        told = {name: self.registered(name) for name in ("DisplayName", "Publisher")}
        expect(told == {"DisplayName": TITLE, "Publisher": "Haochi Desk"}, f"registered as {told}")
        expect(self.registered("DisplayVersion") == VERSION, "another version is registered")
        expect(self.registered("InstallLocation") == self.home, "another place is registered")
        size = int(self.registered("EstimatedSize"), 16)
        expect(20_000 < size < 200_000, f"registered size {size} KiB")
        foreign = self.pc.here(self.home + r"\说明.txt")
        foreign.write_text("somebody else's file", encoding="utf-8")
        return f"{size / 1024:.0f} MiB"

    def self_test(self) -> str:
        """Of the installed program, on the screen; its log holds what it said."""
        log = self.work / "self-test.log"
        words: list[str | Path] = [self.program, "--self-test", "--log", log]
        code, said = self.pc.run(words, cwd=self.work, seconds=900)
        logged = log.read_text(encoding="utf-8").splitlines()
        expect(logged == said, "the log says otherwise:\n" + "\n".join(logged))
        noise = [line for line in said if OF_WINE.fullmatch(line)]
        wanted = (1, "self-test FAILED") if noise else (0, "self-test passed")
        if noise and not isinstance(self.pc, Wine):
            raise Trouble("this Windows is no wine:\n" + "\n".join(noise))
        parts = [line for line in said[:-1] if line not in noise]
        surprises = spoken.surprises("self-test", [*parts, "self-test passed"])
        if surprises or (code, *said[-1:]) != wanted:
            raise Trouble(f"the self-test answered {code} and said:\n" + "\n".join(said))
        return f"{len(parts)} parts"

    def demo_clinic(self) -> str:
        """Fifty people where a clinic lives by itself; read again by the next process."""
        said = self.does(["demo", "--members", "50", "--data", self.data], seconds=900)
        expect(len([line for line in said if "\t" in line]) > 2, "nobody works there")
        names = {path.name for path in self.pc.here(self.data).iterdir()}
        expect("keys.json" in names, "no key file")
        expect(not [name for name in names if name.endswith(".key")], "the key lies in the clinic")
        (key,) = self.pc.here(self.keys).glob("*.key")
        expect(key.stat().st_size > 64, "the key lies there as it is")
        self.good()
        return ""

    def friday_workbook(self) -> str:
        """Written by the command that the scheduler runs, read back here."""
        from openpyxl import load_workbook

        folder = self.work / "星期五"
        folder.mkdir()
        self.does(["reconcile", "--week", "last", "--out-dir", folder])
        (path,) = folder.glob("*.xlsx")
        book = load_workbook(path, read_only=True)
        sheets = len(book.sheetnames)
        book.close()
        expect(sheets == 7, f"{sheets} sheets")
        return f"{path.stat().st_size:,} bytes"

    def refuse_while_in_use(self) -> None:
        """Somebody has the program file open, who lets nobody move it: nothing changes."""
        before = self.fingerprint(self.home)
        with self.held(self.program):
            self.silently(self.later, IN_USE)
        expect(self.fingerprint(self.home) == before, "a refused setup changed the program")
        folders = {path.name for path in self.pc.here(self.home).iterdir() if path.is_dir()}
        expect(folders == {"_internal"}, f"a refused setup left {folders}")
        expect(self.registered("DisplayVersion") == VERSION, "a refused setup changed the entry")

    def upgrade_after_one_broken_off(self) -> None:
        """The old program goes, and only that; the clinic is untouched and opens."""
        home = self.pc.here(self.home)
        (home / "_internal" / "stale.pyd").write_bytes(b"of an older program")
        (home / "_old").mkdir()  # as a setup leaves it that was killed between its four renames
        for name in (self.pc.here(self.program).name, "_internal"):
            (home / name).rename(home / "_old" / name)
        (home / "_internal").mkdir()
        (home / "_internal" / "half.pyd").write_bytes(b"of a setup that was killed")
        self.before = self.fingerprint()
        self.silently(self.later)
        expect(self.registered("DisplayVersion") == LATER, "the upgrade is not registered")
        left = {path.name for path in (home / "_internal").glob("*.pyd")}
        expect(not left & {"stale.pyd", "half.pyd"}, "a stale file outlived the upgrade")
        expect((home / "licences.txt").exists(), "no licences")
        expect(self.pc.here(self.home + r"\说明.txt").exists(), "the upgrade took a foreign file")
        expect(not {"_old", "_new"} & {path.name for path in home.iterdir()}, "folders were left")
        expect(self.fingerprint() == self.before, "the upgrade touched the clinic")
        self.good()

    def refuse_while_running(self) -> None:
        """Setup and uninstaller leave a running program alone; a second start lets it be; a
        program that was killed locks nobody out."""
        window = self.pc.start([self.program])
        try:
            self.until_running(window)
            self.silently(self.later, RUNS)
            self.silently(self.home + r"\uninstall.exe", RUNS, "_?=" + self.home)
            expect(self.pc.here(self.program).exists(), "a refused uninstaller removed the program")
            time.sleep(15)  # until the window listens for a second start
            code, said = self.pc.run([self.program], seconds=120)
            expect(code == 0 and not said, f"the second start answered {code} {said}")
            expect(window.poll() is None, "the second start ended the first")
        finally:
            window.kill()
            window.communicate()
        self.good()

    def refuse_downgrade(self) -> None:
        """To the version that was there first."""
        self.silently(self.setup, NEWER)
        expect(self.registered("DisplayVersion") == LATER, "a refused setup changed the entry")
        self.good()

    def uninstall(self) -> str:
        """The program, its shortcuts, entry and tasks go; the clinic and foreign files stay."""
        before = self.fingerprint()
        daily = ["/SC", "DAILY", "/ST", "21:00", "/TR", self.program]
        create = ["schtasks", "/Create", "/F", "/TN", r"HaochiDesk\Backup", *daily]
        tasked = self.pc.run(create)[0] == 0
        self.remove(self.home)
        left = sorted(path.name for path in self.pc.here(self.home).iterdir())
        expect(left == ["说明.txt"], f"left in the program folder: {left}")
        expect(not any(path.exists() for path in self.shortcuts()), "a shortcut was left")
        expect(not self.registered("DisplayVersion"), "still registered")
        if tasked:
            left_over = self.pc.run(["schtasks", "/Query", "/TN", r"HaochiDesk\Backup"])[0] == 0
            expect(not left_over, "the scheduled task was left")
        expect(self.fingerprint() == before, "the uninstaller touched the clinic")
        self.pc.here(self.home + r"\说明.txt").unlink()
        self.pc.here(self.home).rmdir()
        return "with a task" if tasked else "(wine keeps no tasks: look on a real PC)"

    def under_a_chinese_path(self) -> None:
        """As under a Chinese user name: installed, tested, the kept clinic opened, removed."""
        home = CHINESE_PATH + r"\皓齿"  # no space: NSIS wants /D= without quotes
        self.silently(self.setup, 0, "/D=" + home)
        self.program = home + r"\haochi-desk.exe"
        self.self_test()
        self.good()
        self.remove(home)
        expect(not self.pc.here(home).exists(), "the program folder was left")

    # --- what they share ---

    def does(self, words: Sequence[str | Path], seconds: float = 300) -> list[str]:
        """Run the installed program; its lines. Raises Trouble for any other code or line."""
        code, said = self.pc.run([self.program, *words], cwd=self.work, seconds=seconds)
        surprises = spoken.surprises(str(words[0]), said)
        if code or surprises:
            told = "\n".join(surprises[-30:])
            raise Trouble(f"haochi-desk {words[0]} answered {code} and said:\n{told}")
        return said

    def good(self) -> None:
        """The clinic opens by this PC's key, and all of it agrees."""
        expect("没有发现问题" in self.does(["verify"])[-1], "verify found something")

    def silently(self, file: Path | str, wanted: int = 0, *more: str) -> None:
        """Run a setup; it asks nothing, says nothing and answers the `wanted` code."""
        code, said = self.pc.run([file, "/S", *more], seconds=600)
        name = file.name if isinstance(file, Path) else file.rpartition("\\")[2]
        expect(code == wanted, f"{name} answered {code}, not {wanted}")
        expect(not said, f"{name} said: {said}")

    def remove(self, home: str) -> None:
        """Run the uninstaller, which goes on in a copy of itself after it answered."""
        uninstaller = home + r"\uninstall.exe"
        self.silently(uninstaller)
        until(lambda: not self.pc.here(uninstaller).exists(), "the uninstaller to end")
        until(lambda: not self.registered("DisplayVersion"), "the entry to go")

    def until_running(self, window: Started) -> None:
        """Until the program holds its mark."""
        probe = self.work / "probe.exe"
        if isinstance(self.pc, Wine):
            tool([CC, "-s", "-o", probe, HERE / "probe.c"])

        def held() -> bool:
            expect(window.poll() is None, "the program ended by itself")
            if isinstance(self.pc, Wine):
                return self.pc.run([probe])[0] == 0
            return time.perf_counter() - began > 10

        began = time.perf_counter()
        until(held, "the program to hold its mark", 120)

    @contextmanager
    def held(self, file: str) -> Iterator[None]:
        """Meanwhile the file is open, and may be read by others but not moved."""
        if not isinstance(self.pc, Wine):
            with self.pc.here(file).open("rb"):  # as Python opens it on Windows
                yield
            return
        holder = self.work / "hold.exe"
        tool([CC, "-municode", "-s", "-o", holder, HERE / "hold.c"])
        holding = self.pc.start([holder, file])
        try:
            time.sleep(3)  # until it has it
            expect(holding.poll() is None, f"{file} could not be held open")
            yield
        finally:
            holding.kill()
            holding.communicate()

    def fingerprint(self, place: str = "") -> dict[str, str]:
        """Every file of the clinic, or of another place, and what is in it."""
        folder = self.pc.here(place or self.data)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        expect(files, f"nothing is in {folder.name}")
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    def shortcuts(self) -> list[Path]:
        """On the desktop and in the start menu."""
        menu = self._variable("APPDATA") + r"\Microsoft\Windows\Start Menu\Programs"
        desktop = self._variable("USERPROFILE") + r"\Desktop"
        return [self.pc.here(rf"{folder}\{TITLE}.lnk") for folder in (menu, desktop)]

    def registered(self, name: str) -> str:
        """A value of the entry in the list of programs; empty when it is not there."""
        file = self.work / "entry.reg"  # in UTF-16: what reg.exe prints depends on the console
        if self.pc.run(["reg", "export", UNINSTALL, file, "/y"])[0]:
            return ""
        found = re.search(rf'^"{name}"=(?:dword:)?"?(.*?)"?$', file.read_text("utf-16"), re.M)
        return found[1].replace(r"\\", "\\") if found else ""

    def _variable(self, name: str) -> str:
        if not isinstance(self.pc, Wine):
            return os.environ[name]
        said = self.pc.must(["cmd", "/c", f"echo %{name}%"])
        return said[-1].strip()


def until(reached: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Ask again and again. Raises Trouble when it does not come."""
    end = time.perf_counter() + seconds
    while not reached():
        expect(time.perf_counter() < end, f"waited in vain for {what}")
        with suppress(subprocess.SubprocessError):
            time.sleep(0.5)


def say(sentence: str) -> None:
    """To the terminal, at once."""
    print(sentence, file=sys.stderr, flush=True)
