"""The Debian package, tried where nothing else is: a minimal Debian made for it and thrown away.

    try_out.py haochi-desk_1.2.3_amd64.deb [--suite bookworm]…

For each suite mmdebstrap makes a system of some ninety packages. In it the same program, repacked
as an older version, is installed by apt, checked, given a made-up clinic, upgraded, used with and
without a display, and purged. Every line a program says is compared with what it may say: one line
more is a failure. mmdebstrap works as root: somebody else is asked for the password of sudo.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # also where mmdebstrap calls this
import spoken

NAME = "haochi-desk"
SUITES = ("bookworm", "trixie")  # Debian 12 and 13
STALE = "_internal/left-by-an-older-version.so"
DESK = "/home/desk"
CLINIC = f"{DESK}/.local/share/{NAME}"
LATER = ("xvfb", "xauth", "desktop-file-utils", "fonts-noto-cjk")
TIMEOUT = 300
CHROOT = shutil.which("chroot") or "/usr/sbin/chroot"


def main(argv: list[str]) -> int:
    """0 when every step in every suite did what it must."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--suite", action="append", metavar="NAME", help="default: both")
    parser.add_argument("--inside", nargs=2, type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    if chosen.inside:
        root, before = chosen.inside
        return Trial(root, before, chosen.package).run()
    with tempfile.TemporaryDirectory(prefix=f"{NAME}-try-") as folder:
        before = older_version(chosen.package, Path(folder))
        failed = [
            suite
            for suite in chosen.suite or SUITES
            if not in_new_system(suite, chosen.package.resolve(), before)
        ]
    say(f"FAILED on {', '.join(failed)}" if failed else "The package does what it must.")
    return 1 if failed else 0


def older_version(package: Path, folder: Path) -> Path:
    """The same program as version 0.0.1, with a file in it that the new one no longer has."""
    tree = folder / "older"
    subprocess.run(["dpkg-deb", "-R", str(package), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    text = re.sub(r"(?m)^Version: .*$", "Version: 0.0.1", control.read_text(encoding="utf-8"))
    control.write_text(text, encoding="utf-8")
    (tree / f"opt/{NAME}" / STALE).write_bytes(b"old")
    made = folder / f"{NAME}_0.0.1.deb"
    command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(made)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return made


def in_new_system(suite: str, package: Path, before: Path) -> bool:
    """Let mmdebstrap make the system and call this script for it."""
    say(f"Debian {suite}:")
    again = f'"{sys.executable}" "{Path(__file__).resolve()}" "{package}"'
    command = [
        *(["sudo"] if os.geteuid() else []),
        "mmdebstrap",
        "--quiet",
        "--variant=apt",
        '--aptopt=Acquire::Languages "none"',
        f'--customize-hook={again} --inside "$1" "{before}"',
        suite,
        "/dev/null",
    ]
    return subprocess.run(command, check=False, cwd="/").returncode == 0


class Failed(Exception):
    """A step did not do what it must."""


class Trial:
    """The steps inside of one new system, whose root folder is `root`."""

    def __init__(self, root: Path, before: Path, package: Path) -> None:
        self.root, self.before, self.package = root, before, package
        self.home = root / f"opt/{NAME}"

    def run(self) -> int:
        """Every step in turn; the first that fails ends the trial."""
        steps = (
            self.install_an_older_version,
            self.every_library_is_there,
            self.self_test_without_anything,
            self.a_clinic_is_made,
            self.upgrade,
            self.the_clinic_is_as_it_was,
            self.the_week_is_written,
            self.display_and_menu,
            self.self_test_on_a_display,
            self.the_window_stays_open,
            self.purge,
        )
        for step in steps:
            title = step.__name__.replace("_", " ")
            try:
                found = step()
            except Failed as error:
                say(f"  FAILED {title}: {error}")
                return 1
            say(f"  ok {title}{found and ': '}{found}")
        return 0

    # -- the steps -----------------------------------------------------------------------------

    def install_an_older_version(self) -> str:
        (self.root / DESK.lstrip("/")).mkdir(parents=True)
        for name, line in (
            ("passwd", f"desk:x:1000:1000::{DESK}:/bin/sh\n"),
            ("group", "desk:x:1000:\n"),
        ):
            with (self.root / "etc" / name).open("a", encoding="utf-8") as file:
                file.write(line)
        os.chown(self.root / DESK.lstrip("/"), 1000, 1000)
        self.apt("install", self.take(self.before))
        expect((self.home / STALE).exists(), "the older version is installed")
        listed = self.as_root("dpkg-query", "-f", "${Package}\n", "-W").split()
        return f"{len(listed)} packages in all"

    def every_library_is_there(self) -> str:
        files = [path for path in self.home.rglob("*") if path.is_file()]
        programs = [path for path in files if path.open("rb").read(4) == b"\x7fELF"]
        names = ["/" + path.relative_to(self.root).as_posix() for path in programs]
        told = self.as_root("ldd", *(name for name in names if not name.endswith(STALE)))
        missing = sorted({line.split()[0] for line in told.splitlines() if "not found" in line})
        expect(not missing, f"missing: {' '.join(missing)}")
        return f"{len(programs)} files"

    def self_test_without_anything(self) -> str:
        """No locale, no display, no font."""
        return self.looks(self.as_desk("self-test", NAME, "--self-test"))

    def a_clinic_is_made(self) -> str:
        self.as_desk("demo", NAME, "demo", "--data", CLINIC, "--members", "50")
        self.verify()  # which is not told where: that is the user's own data folder
        return f"{len(self.kept())} files"

    def upgrade(self) -> str:
        self.apt("install", self.take(self.package))
        expect(not (self.home / STALE).exists(), "what only the older version had is gone")
        expect(not self.as_root("dpkg", "--verify", NAME), "every file is as it was packed")
        return self.as_root("dpkg-query", "-f", "${Version}", "-W", NAME)

    def the_clinic_is_as_it_was(self) -> str:
        self.verify()
        return ""

    def the_week_is_written(self) -> str:
        week = self.root / DESK.lstrip("/") / "week.xlsx"
        command = (NAME, "reconcile", "--week", "2026-11-20", "--out", f"{DESK}/week.xlsx")
        self.as_desk("reconcile", *command)
        expect(week.read_bytes().startswith(b"PK"), "it is a workbook")
        return f"{week.stat().st_size:,} bytes"

    def display_and_menu(self) -> str:
        """Only now: before, their own libraries would have hidden one that is missing."""
        self.apt("install", *LATER)
        entry = f"/usr/share/applications/{NAME}.desktop"
        expect(not self.as_root("desktop-file-validate", entry), "the menu entry is a valid one")
        return ""

    def self_test_on_a_display(self) -> str:
        found = self.looks(self.as_desk("self-test", NAME, "--self-test", display=True))
        expect(found.startswith("xcb") and "no Chinese" not in found, f"not on a display: {found}")
        return found

    def the_window_stays_open(self) -> str:
        self.as_desk("window", "timeout", "15", NAME, display=True, code=124)
        self.verify()
        return ""

    def purge(self) -> str:
        before = self.kept()
        self.apt("purge", NAME)
        expect(not self.home.exists(), "the program is gone")
        expect(not (self.root / "usr/bin" / NAME).is_symlink(), "the command is gone")
        expect(self.kept() == before, "the clinic's data are kept to the byte")
        return f"{len(before)} files of the clinic kept"

    # -- tools ---------------------------------------------------------------------------------

    def take(self, package: Path) -> str:
        """A package's place inside; apt wants it readable for everybody."""
        shutil.copyfile(package, self.root / "var/tmp" / package.name)
        return f"/var/tmp/{package.name}"

    def apt(self, verb: str, *what: str) -> None:
        command = ("apt-get", "-qq", "-y", "--no-install-recommends", verb, *what)
        self.as_root("env", "DEBIAN_FRONTEND=noninteractive", *command)

    def as_root(self, *command: str) -> str:
        """What it says. Raises Failed with all of it when its exit code is not 0."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        return self._call([CHROOT, str(self.root), *command], env, 0)

    def as_desk(self, what: str, *command: str, display: bool = False, code: int = 0) -> str:
        """What somebody at the desk sees: every line has to be one that `what` says."""
        env = {"PATH": "/usr/bin:/bin", "HOME": DESK}
        if display:
            env |= {"LANG": "C.UTF-8", "QT_QPA_PLATFORM": "xcb"}
            command = ("xvfb-run", "-a", "-s", "-screen 0 1366x768x24", *command)
        inside = [CHROOT, "--userspec=1000:1000", str(self.root), *command]
        said = self._call(inside, env, code)
        odd = spoken.surprises(what, said.splitlines())
        expect(not odd, f"{' '.join(command)} said:\n{said}\nnot expected:\n" + "\n".join(odd))
        return said

    def _call(self, command: list[str], env: dict[str, str], code: int) -> str:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode != code:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def verify(self) -> None:
        self.as_desk("verify", NAME, "verify")

    def kept(self) -> dict[str, str]:
        """The clinic's files and what is in them."""
        home = self.root / DESK.lstrip("/")
        files = (path for path in home.rglob("*") if path.is_file())
        return {
            path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    def looks(self, said: str) -> str:
        """Platform and font, as the self-test found them."""
        found = re.search(r"^ok looks \S+ (.*)$", said, re.MULTILINE)
        return found[1] if found else ""


def expect(condition: object, what: str) -> None:
    """Raises Failed(what) unless `condition` holds."""
    if not condition:
        raise Failed(what)


def say(sentence: str) -> None:
    """To the terminal, at once."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
