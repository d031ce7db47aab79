"""A clinic to do harm to, and somebody who works in it until they are stopped."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models import checks
from models.database import ClinicDatabase
from models.vault import FileVault
from services.backups import manifest
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock
from services.commands import Session
from services.loyalty.receipts import post_receipt
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.setup import create_clinic
from services.staff import sign_in
from services.verify import verify

TODAY = "2026-11-20"
DIRECTOR, PIN = "孙院长", "274159"
PEOPLE = 5


@dataclass(frozen=True)
class Desk:
    """A clinic's folder and what this PC keeps of its key."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / "data"

    @property
    def vault(self) -> FileVault:
        return FileVault(self.root / "vault")

    def open(self, day: str = TODAY) -> Clinic:
        return open_clinic(self.folder, ManualClock(day), holder="bench", vault=self.vault)

    def copy(self, root: Path) -> Desk:
        shutil.copytree(self.root, root)
        return Desk(root)


def new_desk(root: Path) -> tuple[Desk, str]:
    """A closed clinic with a few people in it; answers it with its recovery code."""
    desk = Desk(root)
    clinic, code = create_clinic(
        desk.folder,
        ManualClock(TODAY),
        name="试验口腔",
        programme="医院方案A",
        director=DIRECTOR,
        pin=PIN,
        vault=desk.vault,
    )
    session = session_of(clinic)
    for number in range(PEOPLE):
        form = PersonForm(name=f"顾客{number}", phone=f"139{number:08d}")
        enrol(session.confirming("possible_duplicate"), form=form)
    clinic.close()
    return desk, code


def session_of(clinic: Clinic) -> Session:
    """The director at the desk."""
    return sign_in(clinic, DIRECTOR, PIN)


def work(clinic: Clinic, saved: Callable[[int], object], times: int = sys.maxsize) -> None:
    """Post receipts; `saved` is told the audit number of each only after its commit returned."""
    session = session_of(clinic)
    for number in range(times):
        person_id = 1 + number % PEOPLE
        post_receipt(session, person_id=person_id, amount_fen=100 * (number % 97 + 1))
        saved(manifest.head(clinic.db)[0])


def losses(db: ClinicDatabase, acknowledged: int) -> list[str]:
    """What is wrong with a file after harm: pages, structure, rows that were said to be saved."""
    db.checkpoint()  # a page torn in the file may be whole in the WAL: that is what a WAL is for
    found = [*checks.page_faults(db), *checks.structure_faults(db)]
    newest = manifest.head(db)[0]
    (count,) = db.execute_sql("SELECT count(*) FROM audit").fetchone()
    if newest < acknowledged:
        found.append(f"saved up to {acknowledged}, there up to {newest}")
    if count != newest:
        found.append(f"{count} rows, numbered to {newest}")
    return found


def disagreements(clinic: Clinic) -> list[str]:
    """What `verify` says of the books, by code."""
    return [fault.code for fault in verify(clinic).faults]
