"""The installed program: bytes on disk, and how long until its window stands on a display.

The floor is PyInstaller's folder of a bare window with the same libraries, trimmed by the same
rules as ours. Both are started under a virtual display of their own and watched from outside,
because the program that is installed has no words for a bench.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import world
from bench.measure import Row, Spread, ratio_row, take_turns
from bench.world import Size

BUNDLE = world.ROOT / "dist" / "haochi-desk"
_PATIENCE = 60.0  # seconds until a start has failed
_LOOK_AGAIN = 0.002
_SMALLEST = 300  # pixels: what is smaller is not a window of ours
_VIEWABLE = 2


def bundle(size: Size) -> list[Row]:
    """Nothing when no bundle was built; it says then how to make one."""
    if not BUNDLE.is_dir():
        world.say("no bundle in dist/: run `python3 dev.py build --no-try` first")
        return []
    if _built() < max(path.stat().st_mtime for path in _source()):
        world.say("the bundle is older than the source: run `python3 dev.py build --no-try`")
    floor = _floor()
    mine, bare = (_mebibytes(folder) for folder in (BUNDLE, floor))
    rows = [ratio_row("installed bundle", Spread.of([mine], "MiB"), Spread.of([bare], "MiB"), 1.2)]
    if shutil.which("Xvfb") is None:
        world.say("no Xvfb: the start of the installed program is not measured")
        return rows
    with _display() as display, world.copied(size, "bundle") as home:
        ours = _starter(BUNDLE / "haochi-desk", display, home)
        nothing = _starter(floor / "floor", display, home)
        pair = take_turns(ours, nothing)
    return [*rows, ratio_row(f"installed program, start to its window ({size.name})", *pair, 1.6)]


def _built() -> float:
    return (BUNDLE / "haochi-desk").stat().st_mtime


def _source() -> Iterator[Path]:
    """What the bundle is made of."""
    for name in ("main.py", "build.spec", "requirements.lock", "packaging/trimming.py"):
        yield world.ROOT / name
    for folder in ("ui", "services", "models", "resources"):
        files = (path for path in (world.ROOT / folder).rglob("*") if path.is_file())
        yield from (path for path in files if path.suffix != ".pyc")


def _mebibytes(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 2**20


def _floor() -> Path:
    """The frozen bare window, made when the lock or the rules are others than last time."""
    spec = world.ROOT / "packaging" / "floor.spec"
    made_of = (
        world.ROOT / "requirements.lock",
        world.ROOT / "packaging" / "trimming.py",
        world.ROOT / "bench" / "bare_window.py",
        spec,
    )
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()
    place = world.cache() / f"floor-{digest[:12]}"
    if not place.is_dir():
        world.say("freezing a bare window …")
        for older in world.cache().glob("floor-*"):
            shutil.rmtree(older)
        with tempfile.TemporaryDirectory(dir=world.cache()) as work:
            command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
            places = ["--distpath", f"{work}/dist", "--workpath", f"{work}/build"]
            done = subprocess.run(
                [*command, *places, str(spec)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                cwd=world.ROOT,
            )
            if done.returncode:
                raise RuntimeError(f"PyInstaller failed:\n{done.stderr}")
            Path(work, "dist").rename(place)
    return place / "floor"


# --- a display, and what stands on it -------------------------------------------------------------


@contextmanager
def _display() -> Iterator[str]:
    """A virtual display that is gone afterwards, and not anew whenever its last window is."""
    reading, writing = os.pipe()
    screen = ("-screen", "0", "1366x768x24")
    command = ["Xvfb", "-displayfd", str(writing), *screen, "-noreset", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def _starter(program: Path, display: str, home: Path) -> Callable[[], float]:
    """Starts the program and answers the seconds until its window can be seen."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "LC_ALL")}
    config = home / "config"
    shutil.copytree(home / "vault", config / "haochi-desk", dirs_exist_ok=True)
    env = {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(config),
        "HAOCHI_DATA": str(home / "data"),
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
    }

    def start() -> float:
        screen = Screen(display)
        began = time.perf_counter()
        process = subprocess.Popen(
            [program], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            while not screen.has_window():
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    raise RuntimeError(f"{program.name} showed no window")
                time.sleep(_LOOK_AGAIN)
            return time.perf_counter() - began
        finally:
            process.kill()
            process.wait()
            screen.wait_until_empty()
            screen.close()

    return start


class _Attributes(ctypes.Structure):
    """XWindowAttributes as far as it is read here."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("x", "y", "width", "height", "border", "depth")),
        *((name, ctypes.c_void_p) for name in ("visual", "root")),
        *((name, ctypes.c_int) for name in ("kind", "bit_gravity", "win_gravity", "backing")),
        *((name, ctypes.c_ulong) for name in ("planes", "pixel")),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        *((name, ctypes.c_int) for name in ("installed", "map_state")),
        ("rest", ctypes.c_char * 128),
    )


class Screen:
    """What stands on a display, asked over a connection of our own."""

    def __init__(self, display: str) -> None:
        self._x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        # a window may go while it is asked about: that is no reason to end the process
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._ignore = kind(lambda _display, _event: 0)
        self._x.XSetErrorHandler(self._ignore)
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        if not self._display:
            raise RuntimeError("the display does not answer")
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))

    def has_window(self) -> bool:
        """Whether a window of some size can be seen."""
        return any(
            found.map_state == _VIEWABLE and found.width >= _SMALLEST for found in self._windows()
        )

    def wait_until_empty(self) -> None:
        """Until what was ended is gone."""
        while self.has_window():
            time.sleep(_LOOK_AGAIN)

    def close(self) -> None:
        """End the connection."""
        self._x.XCloseDisplay(self._display)

    def _windows(self) -> Iterator[_Attributes]:
        first, second, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
        children = ctypes.POINTER(ctypes.c_ulong)()
        answers = (first, second, children, count)
        self._x.XQueryTree(self._display, self._root, *map(ctypes.byref, answers))
        for index in range(count.value):
            found = _Attributes()
            child = ctypes.c_ulong(children[index])
            if self._x.XGetWindowAttributes(self._display, child, ctypes.byref(found)):
                yield found
        if count.value:
            self._x.XFree(children)


CASES: dict[str, Callable[[Size], list[Row]]] = {"bundle": bundle}
