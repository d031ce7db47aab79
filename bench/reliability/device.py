"""P10: the disk fills up in the middle of any action, or the stick is pulled: a fault with a
sentence, nothing half-done, and the next start is clean.

Unlike in `full`, the real library and the real file calls meet it: a small C library stands before
the system's and lets only so many bytes through to the clinic's folder.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.reliability.deeds import DEEDS, Deed, director
from bench.reliability.desk import DIRECTOR, PIN, TODAY, Desk, losses, new_desk
from bench.reliability.full import fingerprint
from models import keys
from models.vault import FileVault
from services.backups import off_pc, restoring, shelf
from services.backups.making import make_backup
from services.clinic import Clinic
from services.clock import ManualClock
from services.errors import EnvironmentFault, Fault, RuleError
from services.roster.template import write_template
from services.setup import create_clinic
from services.workbooks.friday import write_friday

LIMITS = Path(__file__).with_name("limits.c")
ROOT = Path(__file__).parents[2]
LATER = "2026-11-21"
FULL = (Fault.DISK_FULL,)
NO_FOLDER = "no folder"  # a refusal of its own
GONE = (Fault.UNREADABLE, Fault.MISSING, NO_FOLDER)
NEW = "new"  # another clinic's folder, inside the watched one


@dataclass(frozen=True)
class Met:
    """So many errands met a full or vanished device so many times; what was found wrong."""

    errands: int
    times: int
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Errand:
    """Something that writes: with an open clinic, or (`closed`) with its folder alone."""

    name: str
    do: Callable[[Desk, Clinic | None], object]
    closed: bool = False
    undone: Callable[[Desk], list[str]] = lambda desk: []


def full_device(root: Path, times: int, seed: int, some: int | None = None) -> Met:
    """Let the disk fill up at `times` random bytes of each errand (of `some` of them)."""
    return _in_child(root, times, seed, "full", some)


def pulled_stick(root: Path, times: int, seed: int, some: int | None = None) -> Met:
    """Pull the stick before and in the middle of each errand."""
    return _in_child(root, times, seed, "gone", some)


def _in_child(root: Path, times: int, seed: int, how: str, some: int | None) -> Met:
    """Do it in a process that has the library before the system's."""
    library = root / "limits.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(LIMITS), "-ldl"], check=True
    )
    words = [sys.executable, "-m", "bench.reliability.device", str(root), str(times), str(seed)]
    environment = {**os.environ, "LD_PRELOAD": str(library), "HAOCHI_WATCH": str(root / "watched")}
    said = subprocess.run(
        [*words, how, str(some or len(ERRANDS))],
        check=True,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
    )
    found = json.loads(said.stdout)
    return Met(found["errands"], found["times"], tuple(found["faults"]))


class _Device:
    """The levers of the C library."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        self._library.haochi_written.restype = ctypes.c_int64

    def room(self, size: int) -> None:
        """So many bytes more may be written; -1: as many as there are."""
        self._library.haochi_room(ctypes.c_int64(size))

    def written(self) -> int:
        """Bytes written since `room` was said last."""
        return int(self._library.haochi_written())

    def pull(self, size: int) -> None:
        """The stick is pulled after so many bytes more; `room(-1)` puts it back."""
        self._library.haochi_pull(ctypes.c_int64(size))


# -- the errands -------------------------------------------------------------------------------


def _deed(deed: Deed) -> Errand:
    def do(desk: Desk, clinic: Clinic | None) -> object:
        assert clinic is not None
        return deed.do(director(clinic))

    return Errand(deed.name, do)


def _backup(desk: Desk, clinic: Clinic | None) -> object:
    assert clinic is not None
    return make_backup(clinic, "bench", always=True)


def _no_bad_backup(desk: Desk) -> list[str]:
    good, spoilt = shelf.examine(shelf.folder_of(desk.folder))
    found = [f"{each.path.name} is listed as {each.why}" for each in spoilt]
    return found if len(good) == 1 else [*found, f"{len(good)} backups"]


def _first(desk: Desk) -> shelf.Backup:
    return shelf.known(shelf.folder_of(desk.folder))[-1]


def _known(desk: Desk) -> shelf.Backup:
    """The first backup, also when the folder is gone meanwhile."""
    try:
        return _first(desk)
    except IndexError:
        raise EnvironmentFault(Fault.UNREADABLE) from None


def _copy_out(desk: Desk, clinic: Clinic | None) -> object:
    assert clinic is not None
    stick = desk.root / "stick"
    stick.mkdir(exist_ok=True)
    backup = _known(desk)
    place = off_pc.adopt(stick, backup.manifest.clinic_id)
    return off_pc.copy_out(backup, place, clinic.clock, shelf.folder_of(desk.folder))


def _stick_is_clean(desk: Desk) -> list[str]:
    stick = desk.root / "stick"
    allowed = (off_pc.MARKER, shelf.STATE)
    return [
        f"{path.name} stayed on the stick"
        for path in (stick.iterdir() if stick.exists() else ())
        if path.name not in allowed
    ]


def _restore(desk: Desk, clinic: Clinic | None) -> object:
    key = keys.unlock_with_device(desk.folder, desk.vault)
    return restoring.restore(
        desk.folder,
        _known(desk),
        key,
        clock=ManualClock(LATER),
        vault=desk.vault,
        name=DIRECTOR,
        pin=PIN,
        holder="bench",
    )


def _friday(desk: Desk, clinic: Clinic | None) -> object:
    assert clinic is not None
    return write_friday(clinic, desk.root / "friday.xlsx", week=TODAY)


def _template(desk: Desk, clinic: Clinic | None) -> None:
    write_template(desk.root / "roster.xlsx")


def _no_file(name: str) -> Callable[[Desk], list[str]]:
    def look(desk: Desk) -> list[str]:
        names = [path.name for path in desk.root.iterdir()]
        return [f"{each} stayed" for each in names if each == name or each.endswith(".part")]

    return look


def _passphrase(desk: Desk, clinic: Clinic | None) -> None:
    assert clinic is not None
    keys.set_passphrase(desk.folder, clinic.file.key, "好长好长的一句话只有我知道")


def _create(desk: Desk, clinic: Clinic | None) -> None:
    made, _ = create_clinic(
        desk.root / NEW,
        ManualClock(TODAY),
        name="另一家",
        programme="医院方案A",
        director=DIRECTOR,
        pin=PIN,
        vault=FileVault(desk.root / "vault"),
    )
    made.close()


def _open(desk: Desk, clinic: Clinic | None) -> object:
    opened = desk.open(LATER)
    try:
        return opened.db.execute_sql("SELECT count(*) FROM audit").fetchone()
    finally:
        opened.close()


_SOME = ("enrol", "post", "daily", "plans", "activity", "import", "draft")
ERRANDS = (
    *(_deed(deed) for deed in DEEDS if deed.name in _SOME),
    Errand("backup", _backup, undone=_no_bad_backup),
    Errand("copy out", _copy_out, undone=_stick_is_clean),
    Errand("Friday workbook", _friday, undone=_no_file("friday.xlsx")),
    Errand("roster template", _template, undone=_no_file("roster.xlsx")),
    Errand("passphrase", _passphrase),
    Errand("restore", _restore, closed=True),
    Errand("create", _create, closed=True),
    Errand("open", _open, closed=True),
)


# -- in the child ------------------------------------------------------------------------------


def _start(root: Path) -> Desk:
    desk, _ = new_desk(root)
    clinic = desk.open()
    make_backup(clinic, "bench")
    director_at_work = director(clinic)
    next(deed for deed in DEEDS if deed.name == "post").do(director_at_work)
    clinic.close()
    return desk


class _Trial:
    """One errand on a fresh copy of the desk, with a device that fails."""

    def __init__(self, start: Desk, root: Path, errand: Errand, device: _Device) -> None:
        self._errand, self._device = errand, device
        shutil.rmtree(root, ignore_errors=True)
        self.desk = start.copy(root)
        self._clinic = None if errand.closed else self.desk.open()

    def length(self) -> int:
        """How many bytes the errand writes when nothing fails."""
        self._device.room(-1)
        self._errand.do(self.desk, self._clinic)
        written = self._device.written()
        self._leave()
        return written

    def meet(self, how: str, size: int) -> list[str]:
        """Do it while the device fails, look at what is left, do it again."""
        before = None if self._clinic is None else fingerprint(self._clinic.db)
        (self._device.room if how == "full" else self._device.pull)(size)
        said = self._said()
        self._device.room(-1)
        if said == "":
            self._leave()
            return []  # there was room enough
        found = [] if said in (FULL if how == "full" else GONE) else [f"said {said}"]
        if how == "full":  # from a stick that was pulled nothing can be cleared away
            found += self._errand.undone(self.desk)
        else:
            self._leave()
        if self._clinic is None:
            self._clinic = self.desk.open()
        if before is not None and fingerprint(self._clinic.db) != before:
            found.append("half of it is there")
        if self._errand.closed:
            self._leave()
        again = self._said()
        if again:
            found.append(f"and again: {again}")
        self._leave()
        clinic = self.desk.open(LATER)
        found += losses(clinic.db, 0)
        clinic.close()
        return found

    def _said(self) -> str:
        try:
            self._errand.do(self.desk, self._clinic)
        except EnvironmentFault as error:
            return error.fault
        except RuleError as error:
            return NO_FOLDER if "没有找到文件夹" in error.sentence else error.sentence
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def _leave(self) -> None:
        if self._clinic is not None:
            self._clinic.close()
            self._clinic = None


def _child(root: Path, times: int, seed: int, how: str, some: int) -> dict[str, Any]:
    chance, device = random.Random(seed), _Device()
    start = _start(root / "watched" / "start")
    place = root / "watched" / "desk"
    faults: list[str] = []
    met = 0
    errands = chance.sample(ERRANDS, some)
    for errand in errands:
        length = _Trial(start, place, errand, device).length()
        for number in range(times):
            size = chance.randrange(length) if length else 0
            size = 0 if number == 1 else size
            trial = _Trial(start, place, errand, device)
            found = trial.meet(how, size)
            met += 1
            faults += [f"{errand.name}, {how} after {size} of {length}: {each}" for each in found]
    return {"errands": some, "times": met, "faults": faults}


if __name__ == "__main__":
    _root, _times, _seed, _how, _some = sys.argv[1:]
    answer = _child(Path(_root), int(_times), int(_seed), _how, int(_some))
    print(json.dumps(answer, ensure_ascii=False))
