"""Eight hours at the desk, pressed together: nothing lost, every book right, memory flat.

Every minute somebody is looked for, opened and mostly served; the lists are looked at, the day is
caught up with, backups are made when they are due, and the Friday workbook is written at the end.
"""

from __future__ import annotations

import gc
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.reliability.deeds import director
from bench.reliability.desk import TODAY, disagreements, losses, new_desk
from services.backups import manifest, schedule
from services.backups.making import make_backup
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock
from services.commands import Session
from services.desk.daily import catch_up
from services.desk.strip import member_strip
from services.desk.today import today_counts
from services.desk.visits import change_visit, check_in, today_board
from services.errors import AppError
from services.followups.call_list import calls_today
from services.followups.calls import create_task, log_call
from services.gifts.lists import due_gifts
from services.loyalty.membership import join
from services.loyalty.receipts import post_receipt, refund
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.people.search import find
from services.workbooks.friday import write_friday

HOUR = 60
OPENS_AT = 9
A_MINUTE = 4  # people who are dealt with
WARM = 0.25  # of the shift, in which caches may fill
MOST_GROWTH = 0.10
_PAGE = 4096


@dataclass(frozen=True)
class Worked:
    """So many minutes and actions; resident memory after the warm part and at the end, in KiB."""

    minutes: int
    actions: int
    warm_kib: int
    end_kib: int
    faults: tuple[str, ...]

    @property
    def growth(self) -> float:
        """By which part memory grew after the warm part."""
        return self.end_kib / self.warm_kib - 1 if self.warm_kib else 0.0


class _WallClock(ManualClock):
    """A day's clock that is moved on by hand."""

    minute = 0

    def now_local(self) -> str:
        hour, minute = divmod(OPENS_AT * HOUR + self.minute, HOUR)
        return f"{self.day} {hour:02d}:{minute:02d}:00"


class _Shift:
    def __init__(self, clinic: Clinic, chance: random.Random) -> None:
        self._clinic, self._chance = clinic, chance
        self._session: Session = director(clinic).confirming("already_here")
        self._known = 5
        self.actions = 0
        self.saved = 0

    def minute(self) -> None:
        """What happens in a minute."""
        db, today = self._clinic.db, self._clinic.clock.today()
        for _ in range(A_MINUTE):
            person_id = self._chance.randrange(1, self._known + 1)
            find(db, f"139{person_id:08d}"[: self._chance.randrange(4, 12)], 12)
            member_strip(db, today, person_id)
            try:
                self._chance.choice((self._new, self._pays, self._pays, self._comes, self._calls))(
                    person_id
                )
            except AppError:
                continue  # a refusal is an answer
            self.actions += 1
        today_board(db, today, self._clinic.clock.now_utc())
        due_gifts(db, today, limit=200)
        calls_today(db, today)
        today_counts(db, today)
        if schedule.due(schedule.status(self._clinic), self._clinic.clock.now_local()):
            make_backup(self._clinic, "bench")
        self.saved = manifest.head(db)[0]

    def _new(self, _: int) -> None:
        number = self._known
        enrol(self._session, form=PersonForm(name=f"新客{number}", phone=f"139{number + 1:08d}"))
        self._known += 1

    def _pays(self, person_id: int) -> None:
        fen = self._chance.randrange(1, 300_000)
        posted = post_receipt(self._session, person_id=person_id, amount_fen=fen)
        if self._chance.random() < 0.1:
            refund(self._session, receipt_id=posted.receipt_id, amount_fen=1, reason="退费")
        join(self._session, person_id=person_id, benefits_explained=True)

    def _comes(self, person_id: int) -> None:
        visit = check_in(self._session, person_id=person_id).visit_id
        change_visit(self._session, visit_id=visit, to_state="called")
        change_visit(self._session, visit_id=visit, to_state="done")

    def _calls(self, person_id: int) -> None:
        task = create_task(self._session, person_id=person_id, due_on=TODAY, subject="问情况")
        log_call(self._session, person_id=person_id, task_ids=(task.task_id,), outcome="no_answer")


def work_a_shift(root: Path, hours: int, seed: int) -> Worked:
    """Work so many hours, then close, open again and look at everything."""
    desk, _ = new_desk(root / "clinic")
    clock = _WallClock(TODAY)
    clinic = open_clinic(desk.folder, clock, holder="bench", vault=desk.vault)
    catch_up(director(clinic))
    shift = _Shift(clinic, random.Random(seed))
    warm = 0
    for minute in range(hours * HOUR):
        clock.minute = minute
        shift.minute()
        if minute == int(hours * HOUR * WARM):
            warm = resident_kib()
    end = resident_kib()
    write_friday(clinic, root / "friday.xlsx", week=TODAY)
    clinic.close()
    clinic = desk.open()
    faults = losses(clinic.db, shift.saved) + disagreements(clinic)
    clinic.close()
    done = Worked(hours * HOUR, shift.actions, warm, end, tuple(faults))
    if done.growth > MOST_GROWTH:
        faults.append(f"memory grew from {warm:,} to {end:,} KiB")
    return Worked(done.minutes, done.actions, warm, end, tuple(faults))


def resident_kib() -> int:
    """What this process holds in memory now; 0 where the system does not say."""
    gc.collect()
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE // 1024
