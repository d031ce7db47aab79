#!/usr/bin/env python3
"""Haochi Desk from a checkout: `python3 dev.py COMMAND`. Needs only Python 3.11 to 3.13.

    run [args]      start the program (or one of its headless commands)
    demo            open a made-up clinic, kept apart from any real one
                    [--members N] [--seed S]
    test [args]     lint, type checks and all tests; with pytest arguments, only those tests
    lint            ruff and mypy
    bench [args]    measure what docs promise
    build           make the installer in dist/ and try it: a .deb on Debian, a setup on Windows
                    [--windows] the Windows setup, made here and tried under wine; [--no-try]

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
PYTHON = os.path.join(VENV, *(["Scripts", "python.exe"] if WINDOWS else ["bin", "python"]))
MAIN = os.path.join(ROOT, "main.py")
LINTED = ("main.py", "dev.py", "ui", "models", "services", "bench", "packaging")

# What Qt loads at run time, without the leading "lib". Debian names the packages after them.
QT_LIBRARIES = """
EGL.so.1 GL.so.1 X11-xcb.so.1 X11.so.6 cups.so.2 dbus-1.so.3 fontconfig.so.1 freetype.so.6
glib-2.0.so.0 gssapi_krb5.so.2 wayland-client.so.0 wayland-cursor.so.0 xcb-cursor.so.0
xcb-icccm.so.4 xcb-image.so.0 xcb-keysyms.so.1 xcb-randr.so.0 xcb-render-util.so.0 xcb-render.so.0
xcb-shape.so.0 xcb-shm.so.0 xcb-sync.so.1 xcb-util.so.1 xcb-xfixes.so.0 xcb-xkb.so.1 xcb.so.1
xkbcommon-x11.so.0 xkbcommon.so.0
"""
# Programs that only some commands need: the tests recalculate workbooks and look at printed pages.
TOOLS = {
    "test": {"soffice": "libreoffice-calc-nogui", "pdftotext": "poppler-utils"},
    "build": {"objdump": "binutils", "mmdebstrap": "mmdebstrap"},
    "build-windows": {
        "wine": "wine",
        "makensis": "nsis",
        "osslsigncode": "osslsigncode",
        "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64",
        "Xvfb": "xvfb",
    },
}


def main() -> int:
    command, args = (sys.argv[1:2] or ["help"])[0], sys.argv[2:]
    commands = {do.__name__: do for do in (run, demo, test, lint, bench, build)}
    if command not in commands:
        print(__doc__)
        return 0 if command in ("help", "-h", "--help") else 2
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"Haochi Desk needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}.")
    # without compiled modules every start would compile the whole program again
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    return commands[command](args)


# --- the commands -------------------------------------------------------------------------------


def run(args: list[str]) -> int:
    prepare("requirements.lock")
    return become([PYTHON, MAIN, *args])


def demo(args: list[str]) -> int:
    """Each choice of size and seed is made once, in a folder of its own, and then only opened."""
    import shutil

    prepare("requirements.lock")
    name = "-".join(arg.strip("-") for arg in args) or "default"
    folder = os.path.join(ROOT, ".demo", "".join(c if c.isalnum() else "-" for c in name))
    finished = folder + ".finished"
    if not os.path.exists(finished):
        shutil.rmtree(folder, ignore_errors=True)  # one that was broken off
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        code, made = listen([PYTHON, MAIN, "demo", "--data", folder, *args])
        if code:
            return code
        write(finished, made)
    with open(finished, "rb") as file:  # who works there, with which PIN
        print(file.read().decode("utf-8"), flush=True)
    return become([PYTHON, MAIN, "--data", folder])


def test(args: list[str]) -> int:
    prepare("requirements-dev.lock", "test")
    os.chdir(ROOT)
    if WINDOWS or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    bad_style = 0 if args else check()
    code = call([PYTHON, "-m", "pytest", "-n", str(os.cpu_count() or 1), *args])
    if code == 5 and not args and not has_python("tests", "test_"):
        code = 0  # nothing was collected because nothing is there yet
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
    prepare("requirements-dev.lock", "build-windows" if "--windows" in args else "build")
    os.chdir(ROOT)
    return become([PYTHON, os.path.join("packaging", "make.py"), *args])


def check() -> int:
    """Every check speaks, also after another one has failed."""
    sources = [path for path in LINTED if has_python(path)]
    failures = [
        call([PYTHON, "-m", "ruff", "check", "."]),
        call([PYTHON, "-m", "ruff", "format", "--check", "."]),
        call([PYTHON, "-m", "mypy", *sources]),
    ]
    return max(failures)


def has_python(path: str, prefix: str = "") -> bool:
    found = [path] if os.path.isfile(path) else [n for _, _, names in os.walk(path) for n in names]
    return any(name.startswith(prefix) and name.endswith(".py") for name in found)


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

    def absent(library: str) -> bool:
        try:
            ctypes.CDLL("lib" + library)
        except OSError:
            return True
        return False

    packages = [debian_name(library) for library in QT_LIBRARIES.split() if absent(library)]
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if need == "build" and sys.base_prefix == "/usr" and absent(python + ".so.1.0"):
        packages.append("lib" + python)  # Debian's own Python does without it, the bundle cannot
    packages += [pkg for tool, pkg in TOOLS.get(need, {}).items() if not shutil.which(tool)]
    lister = shutil.which("fc-list")
    if lister is None:
        packages += ["fontconfig", "fonts-noto-cjk"]
    elif not subprocess.run([lister, ":lang=zh"], capture_output=True, check=False).stdout:
        packages.append("fonts-noto-cjk")
    return packages


def debian_name(library: str) -> str:
    """xcb-icccm.so.4 comes in libxcb-icccm4, X11.so.6 in libx11-6."""
    name, version = library.lower().replace("_", "-").split(".so.")
    name = name.replace("glib-2.0", "glib2.0")  # the one that keeps to no rule
    return f"lib{name}-{version}" if name[-1].isdigit() else f"lib{name}{version}"


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
    as_root += ["env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq", "-oDPkg::Lock::Timeout=300"]
    call([*as_root, "update"])
    if call([*as_root, "install", "-y", "--no-install-recommends", *packages], quiet=True):
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


def call(command: list[str], quiet: bool = False) -> int:
    import subprocess

    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, stdout=output, check=False).returncode


def listen(command: list[str]) -> tuple[int, bytes]:
    import subprocess

    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    return done.returncode, done.stdout


def become(command: list[str]) -> int:
    """Hand this process over; Windows cannot, there we wait."""
    if WINDOWS:
        return call(command)
    os.execv(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
