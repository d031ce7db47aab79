#!/usr/bin/env python3
"""Haochi Desk from a checkout: `python3 dev.py COMMAND`. Needs only Python 3.11 to 3.13.

    run [args]      start the program (or one of its headless commands)
    demo            open a made-up clinic, kept apart from any real one
                    [--members N] [--seed S]
    test [args]     lint, type checks and all tests; with pytest arguments, only those tests
    lint            ruff and mypy
    bench [args]    measure what docs promise
    build [args]    make the program folder in dist/

What is missing is installed first: a virtual environment in .venv with exactly the locked
packages, and on Debian the system libraries. What was found complete is written into stamp files
inside .venv, so the next call starts at once.
"""

from __future__ import annotations

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
WINDOWS = os.name == "nt"
PYTHON = (
    os.path.join(VENV, "Scripts", "python.exe") if WINDOWS else os.path.join(VENV, "bin/python")
)
MAIN = os.path.join(ROOT, "main.py")
LINTED = ("main.py", "dev.py", "ui", "models", "services", "bench")

# What Qt loads at run time, as Debian names it. Other systems call the packages differently, but
# the libraries are the same, so what is missing can still be told.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libcups.so.2": "libcups2",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# Programs that only some commands need: the tests recalculate workbooks and look at printed pages.
TOOLS = {
    "test": {"soffice": "libreoffice-calc-nogui", "pdftotext": "poppler-utils"},
    "build": {"objdump": "binutils"},
}


def main() -> int:
    command, args = (sys.argv[1:2] or ["help"])[0], sys.argv[2:]
    commands = {
        "run": run,
        "demo": demo,
        "test": test,
        "lint": lint,
        "bench": bench,
        "build": build,
    }
    if command not in commands:
        print(__doc__)
        return 0 if command in ("help", "-h", "--help") else 2
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"Haochi Desk needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}.")
    return commands[command](args)


# --- the commands -------------------------------------------------------------------------------


def run(args: list[str]) -> int:
    prepare("requirements.lock")
    return become([PYTHON, MAIN, *args])


def demo(args: list[str]) -> int:
    """Each choice of size and seed is made once, in a folder of its own, and then only opened."""
    import shutil

    prepare("requirements.lock")
    name = "-".join(arg.strip("-").replace("=", "-") for arg in args) or "default"
    folder = os.path.join(ROOT, ".demo", name)
    finished = os.path.join(folder, "finished")
    if not os.path.exists(finished):
        shutil.rmtree(folder, ignore_errors=True)
        if code := call([PYTHON, MAIN, "demo", "--data", folder, *args]):
            return code
        write(finished, b"")
    return become([PYTHON, MAIN, "--data", folder])


def test(args: list[str]) -> int:
    prepare("requirements-dev.lock", "test")
    os.chdir(ROOT)
    if WINDOWS or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    bad_style = 0 if args else check()
    code = call([PYTHON, "-m", "pytest", "-n", str(os.cpu_count() or 1), *args])
    if (
        code == 5 and not args and not has_tests()
    ):  # nothing collected, and nothing there to collect
        code = 0
    return code or bad_style


def lint(args: list[str]) -> int:
    prepare("requirements-dev.lock")
    os.chdir(ROOT)
    return check()


def bench(args: list[str]) -> int:
    prepare("requirements-dev.lock")
    os.chdir(ROOT)
    return become([PYTHON, "-m", "bench", *args])


def build(args: list[str]) -> int:
    prepare("requirements-dev.lock", "build")
    os.chdir(ROOT)
    return become([PYTHON, "-m", "PyInstaller", "--noconfirm", "build.spec", *args])


def check() -> int:
    """Every check speaks, also after another one has failed."""
    sources = [path for path in LINTED if os.path.exists(path)]
    failures = [
        call([PYTHON, "-m", "ruff", "check", "."]),
        call([PYTHON, "-m", "ruff", "format", "--check", "."]),
        call([PYTHON, "-m", "mypy", *sources]),
    ]
    return max(failures)


def has_tests() -> bool:
    return any(
        name.startswith("test_") and name.endswith(".py")
        for _, _, names in os.walk("tests")
        for name in names
    )


# --- what has to be there first -----------------------------------------------------------------


def prepare(lock: str, need: str = "run") -> None:
    """Make .venv hold what the lock file says, and the system what `need` asks for."""
    with open(os.path.join(ROOT, lock), "rb") as file:
        wanted = file.read()
    if not (is_stamped("requirements.lock") or is_stamped("requirements-dev.lock")):
        make_venv()
    if not is_stamped(lock, wanted):
        say("Installing the Python packages (once; a few minutes on a slow line)")
        stamp(lock, b"unfinished")
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        locked = ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
        if call([*pip, *locked, "-r", os.path.join(ROOT, lock)]):
            sys.exit("The Python packages could not be installed; the reason stands above.")
        stamp(lock, wanted)
    if sys.platform == "linux" and not is_stamped(need + "-system", b"complete"):
        packages = missing_packages(need)
        if not packages or apt_install(packages):
            stamp(need + "-system", b"complete")


def make_venv() -> None:
    from importlib.util import find_spec

    if find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt_install([package]):
            sys.exit(1)
    say("Making the virtual environment in .venv")
    if call([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit("The virtual environment could not be made; the reason stands above.")


def missing_packages(need: str) -> list[str]:
    import ctypes
    import shutil
    import subprocess

    packages = []
    for library, package in QT_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            packages.append(package)
    packages += [pkg for tool, pkg in TOOLS.get(need, {}).items() if not shutil.which(tool)]
    lister = shutil.which("fc-list")
    if lister is None:
        packages += ["fontconfig", "fonts-noto-cjk"]
    elif not subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout:
        packages.append("fonts-noto-cjk")
    return packages


def apt_install(packages: list[str]) -> bool:
    import shutil

    names = " ".join(packages)
    advice = f"Please install these system packages (names as on Debian), then try again: {names}"
    apt, sudo = shutil.which("apt-get"), shutil.which("sudo")
    if apt is None or not (os.geteuid() == 0 or sudo):
        say(advice)
        return False
    say(f"Installing system packages: {names}")
    as_root = [] if os.geteuid() == 0 else [str(sudo)]
    as_root += ["env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq"]
    call([*as_root, "update"])
    if call([*as_root, "install", "-y", "--no-install-recommends", *packages]):
        say(advice)
        return False
    return True


# --- small helpers ------------------------------------------------------------------------------


def is_stamped(name: str, content: bytes | None = None) -> bool:
    try:
        with open(os.path.join(VENV, "stamp-" + name), "rb") as file:
            return os.path.exists(PYTHON) and content in (None, file.read())
    except OSError:
        return False


def stamp(name: str, content: bytes) -> None:
    write(os.path.join(VENV, "stamp-" + name), content)


def write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def call(command: list[str]) -> int:
    import subprocess

    return subprocess.run(command, check=False).returncode


def become(command: list[str]) -> int:
    """Hand this process over; Windows cannot, there we wait."""
    if WINDOWS:
        return call(command)
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
