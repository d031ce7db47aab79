"""`demo`: a believable clinic in a folder of its own, made through the services.

Names, amounts and families are invented; phone and document numbers are of series that belong
to nobody. The same seed makes the same clinic (keys and PINs are random every time).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from models.vault import Vault
from services.bulk import Memory
from services.clinic import clinic_exists
from services.clock import Clock, SystemClock
from services.collecting import no_collecting
from services.demo import words
from services.demo.crew import Crew, DemoStaff, hire, new_pin
from services.demo.shelf import Shelf
from services.demo.story import Size, Story, StoryClock
from services.errors import RuleError
from services.i18n import tr
from services.people.records import add_doctor
from services.setup import create_clinic

__all__ = ["DemoCancelled", "DemoMade", "DemoStaff", "build"]

MOST_MEMBERS = 200_000
WEEK = 6  # working days told in one transaction
ROOM = 512  # MiB of memory at most for what a demo keeps at hand
_PER_MIB = 128  # people whose past fits into one
_FILES = ("clinic.db", "clinic.db-wal", "clinic.db-shm", "keys.json", "clinic.lock")


class DemoCancelled(RuleError):
    """Somebody pressed cancel; nothing of the demo is left."""

    def __init__(self) -> None:
        super().__init__(tr("已取消，没有留下演示数据。"))


@dataclass(frozen=True)
class DemoMade:
    """A finished demo: who can sign in, what there is, and the code to open it elsewhere."""

    folder: Path
    staff: tuple[DemoStaff, ...]
    counts: dict[str, int]
    recovery_code: str = field(repr=False)


def build(
    folder: Path,
    members: int = 2000,
    seed: int = 1,
    *,
    receipts_each: float = 5.0,
    days: int = 730,
    at_once: int = WEEK,
    room_mib: int = ROOM,
    clock: Clock | None = None,
    vault: Vault | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DemoMade:
    """Make a closed demo clinic of `members` people who paid `receipts_each` times on average,
    `at_once` working days in a transaction. At most `room_mib` of memory are taken, half for pages
    of the file, half for people's pasts: more makes it faster where there are very many people.

    Raises RuleError when `folder` holds a clinic already or the number makes no sense,
    DemoCancelled with the folder as it was, EnvironmentFault for the disk.
    """
    if clinic_exists(folder):
        raise RuleError(tr("这个文件夹里已有诊所数据，演示数据须另放。请换一个文件夹。"))
    if not 1 <= members <= MOST_MEMBERS:
        raise RuleError(tr("演示人数请填 1 至 {most}。").format(most=MOST_MEMBERS))
    real = clock or SystemClock()
    story_clock = StoryClock(real.today())
    size = Size(members, receipts_each, days)
    pin = new_pin()
    made_folder = not folder.exists()
    first_day = Story.first_day(real.today(), days)
    story_clock.open_day(first_day)
    clinic, code = create_clinic(
        folder,
        story_clock,
        name=words.CLINIC,
        programme="医院方案A",
        director=words.DIRECTOR,
        pin=pin,
        vault=vault,
        demo=True,
    )
    try:
        crew, signatures, staff = hire(clinic, pin)
        clinic.db.keep_pages(room_mib // 2)
        memory = Memory(room_mib // 2 * _PER_MIB)
        story = Story(crew, signatures, story_clock, size, seed, real.today(), memory)
        with no_collecting():
            _tell(crew, story, size, at_once, real, progress, cancelled)
    except BaseException:
        clinic.close()
        _remove(folder, whole=made_folder)
        raise
    clinic.close()
    return DemoMade(folder, staff, dict(story.counts), code)


def _tell(
    crew: Crew,
    story: Story,
    size: Size,
    at_once: int,
    real: Clock,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    doctors = [
        add_doctor(crew.manager, name=name, department=department).doctor_id
        for name, department in words.DOCTORS
    ]
    story.begin(doctors, Shelf(crew.marketing, size.people))
    whole = len(story.days)
    for start in range(0, whole, at_once):
        if cancelled is not None and cancelled():
            raise DemoCancelled
        story.tell(start, start + at_once)
        if progress is not None:
            progress(min(start + at_once, whole), whole)
    story.tell_now(real.now_utc())


def _remove(folder: Path, *, whole: bool) -> None:
    """Take away what was begun; other people's files in the folder stay."""
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    if whole:
        try:
            folder.rmdir()
        except OSError:
            return  # something else came into it meanwhile
