"""A clinic whose recovery code is known, in a folder of its own, with something in its books."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.vault import FileVault
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock
from services.commands import Session
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.setup import create_clinic
from services.staff import add_staff, sign_in
from tests.conftest import PIN, STAFF, TODAY


def enter(session: Session, name: str = "王小明", phone: str = "13912345678") -> int:
    """Somebody new in the clinic's books."""
    return enrol(session, form=PersonForm(name=name, phone=phone)).person_id


@dataclass
class Desk:
    """A PC: its folder, what it keeps of the key, its clock; the clinic while it is open."""

    root: Path
    code: str
    clock: ManualClock
    clinic: Clinic | None = None

    @property
    def folder(self) -> Path:
        return self.root / "data"

    @property
    def vault(self) -> FileVault:
        return FileVault(self.root / "vault")

    def open(self, code: str | None = None) -> Clinic:
        self.clinic = open_clinic(
            self.folder, self.clock, holder="test", vault=self.vault, code=code
        )
        return self.clinic

    def close(self) -> None:
        if self.clinic is not None:
            self.clinic.close()
            self.clinic = None

    def session(self, role: str = "director") -> Session:
        assert self.clinic is not None
        return sign_in(self.clinic, STAFF[role], PIN)


@pytest.fixture(scope="session")
def desk_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("backups")
    clinic, code = create_clinic(
        root / "data",
        ManualClock(TODAY),
        name="试验口腔",
        programme="医院方案A",
        director=STAFF["director"],
        pin=PIN,
        vault=FileVault(root / "vault"),
    )
    session = sign_in(clinic, STAFF["director"], PIN)
    add_staff(session, name=STAFF["frontdesk"], role="frontdesk", pin=PIN)
    enter(session)
    clinic.close()
    return root, code


@pytest.fixture
def desk(desk_template: tuple[Path, str], tmp_path: Path) -> Iterator[Desk]:
    root, code = desk_template
    shutil.copytree(root, tmp_path / "pc")
    made = Desk(tmp_path / "pc", code, ManualClock(TODAY))
    made.open()
    yield made
    made.close()
