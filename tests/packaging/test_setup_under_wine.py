"""The setup's own promise, tried with a program of a few files: whole, whatever ends it.

Needs wine, NSIS and mingw, as `python3 dev.py build --windows` does.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from windows import make, try_out
from windows.wine import CC, MISSING_IN_WINE, Wine, make_library, tool

NEEDED = ("wine", "makensis", "Xvfb", CC)
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        not all(shutil.which(name) for name in NEEDED), reason=f"needs {', '.join(NEEDED)}"
    ),
]
HOME = r"C:\desk"
SOME_TIME = 80 * 2**20  # bytes: long enough to unpack to be killed meanwhile


@pytest.fixture(scope="module")
def setups(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Version → its setup."""
    place = tmp_path_factory.mktemp("setups")
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for version in ("1.0.0", "2.0.0"):
            bundle = place / version
            (bundle / "_internal" / "part").mkdir(parents=True)
            (bundle / "haochi-desk.exe").write_text(f"program {version}")
            (bundle / "licences.txt").write_text(f"licences {version}")
            (bundle / "_internal" / "part" / "a.dll").write_bytes(os.urandom(SOME_TIME))
            (bundle / "_internal" / "z.dll").write_text(f"library {version}")
            patch.setattr(make, "BUNDLE", bundle)
            made[version] = make.wrap(version, into=place, fast=True)
    return made


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wine]:
    place = tmp_path_factory.mktemp("wine")
    for name in MISSING_IN_WINE:
        make_library(place / name, ["Nothing=nothing"])
    tool([CC, "-municode", "-s", "-o", place / "hold.exe", try_out.HERE / "hold.c"])
    with Wine(place / "prefix", place) as pc:
        yield pc


@pytest.fixture
def desk(wine: Wine, setups: dict[str, Path]) -> Iterator[Path]:
    """A PC with 1.0.0."""
    answered = install(wine, setups["1.0.0"])
    assert answered == 0
    yield wine.here(HOME)
    wine.run([HOME + r"\uninstall.exe", "/S", "_?=" + HOME])
    shutil.rmtree(wine.here(HOME))


def install(wine: Wine, setup: Path) -> int:
    return wine.run([setup, "/S", "/D=" + HOME])[0]


def program(desk: Path) -> dict[str, int | str]:
    """What would be started, and with which libraries."""
    files = [desk / "haochi-desk.exe", *(desk / "_internal").rglob("*")]
    return {
        path.relative_to(desk).as_posix(): (
            path.stat().st_size if path.name == "a.dll" else path.read_text()
        )
        for path in files
        if path.is_file()
    }


def whole(version: str) -> dict[str, int | str]:
    return {
        "haochi-desk.exe": f"program {version}",
        "_internal/part/a.dll": SOME_TIME,
        "_internal/z.dll": f"library {version}",
    }


def kill_while_unpacking(wine: Wine, setup: Path, desk: Path) -> None:
    started = wine.start([setup, "/S", "/D=" + HOME])
    until = time.perf_counter() + 60
    while not (desk / "_new" / "_internal").exists() and time.perf_counter() < until:
        assert started.poll() is None
    started.kill()
    started.communicate()
    assert not (desk / "_new" / "uninstall.exe").exists(), "it was killed too late"


def test_an_upgrade_leaves_the_new_program_alone(
    wine: Wine, setups: dict[str, Path], desk: Path
) -> None:
    assert program(desk) == whole("1.0.0")
    (desk / "_internal" / "stale.dll").write_text("")
    assert install(wine, setups["2.0.0"]) == 0
    assert program(desk) == whole("2.0.0")
    names = {path.name for path in desk.iterdir()}
    assert names == {"haochi-desk.exe", "_internal", "uninstall.exe", "licences.txt"}
    assert (desk / "licences.txt").read_text() == "licences 2.0.0"


def test_a_program_that_is_held_open_stays_whole(
    wine: Wine, setups: dict[str, Path], desk: Path
) -> None:
    before = program(desk)
    holding = wine.start([wine.prefix.parent / "hold.exe", HOME + r"\haochi-desk.exe"])
    time.sleep(2)
    assert holding.poll() is None
    try:
        assert install(wine, setups["2.0.0"]) == try_out.IN_USE
    finally:
        holding.kill()
        holding.communicate()
    assert program(desk) == before
    assert not {"_old", "_new"} & {path.name for path in desk.iterdir()}


def test_a_setup_that_is_killed_leaves_the_old_program(
    wine: Wine, setups: dict[str, Path], desk: Path
) -> None:
    kill_while_unpacking(wine, setups["2.0.0"], desk)
    assert program(desk) == whole("1.0.0")
    assert install(wine, setups["2.0.0"]) == 0
    assert program(desk) == whole("2.0.0")
    assert not {"_old", "_new"} & {path.name for path in desk.iterdir()}


@pytest.mark.parametrize("renamed", [1, 2, 3, 4])
def test_a_swap_that_was_broken_off_is_mended_by_the_next_setup(
    wine: Wine, setups: dict[str, Path], desk: Path, renamed: int
) -> None:
    (desk / "_old").mkdir()
    (desk / "haochi-desk.exe").rename(desk / "_old" / "haochi-desk.exe")
    if renamed > 1:
        (desk / "_internal").rename(desk / "_old" / "_internal")
    if renamed > 2:
        (desk / "_internal").mkdir()
        (desk / "_internal" / "z.dll").write_text("library 2.0.0")
    if renamed > 3:
        (desk / "haochi-desk.exe").write_text("program 2.0.0")
    now = program(desk) if renamed > 3 else whole("1.0.0")
    kill_while_unpacking(wine, setups["2.0.0"], desk)  # it begins with mending
    assert program(desk) == now
    assert install(wine, setups["2.0.0"]) == 0
    assert program(desk) == whole("2.0.0")
