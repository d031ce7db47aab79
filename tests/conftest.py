"""A clinic in a temporary folder, copied from a prepared template, with a clock set by hand."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from models.vault import FileVault
from services import staff
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock
from services.commands import Session
from services.setup import create_clinic
from services.staff import add_staff, sign_in

TODAY = "2026-11-20"  # a Friday
PIN = "274159"
STAFF = {
    "frontdesk": "李前台",
    "billing": "周收费",
    "marketing": "吴市场",
    "member_admin": "郑管理",
    "director": "孙院长",
}


REAL_HASHER = staff._hasher


@pytest.fixture(scope="session", autouse=True)
def quick_pins() -> Iterator[None]:
    """The cheapest argon2id for the thousands of sign-ins that are not what a test is about;
    tests/services/test_staff.py looks at the real one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            staff, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        )
        yield


@pytest.fixture(scope="session")
def clinic_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed clinic on 医院方案A with one person in each role, all with `PIN`."""
    root = tmp_path_factory.mktemp("template")
    clock = ManualClock(TODAY)
    clinic, _ = create_clinic(
        root / "data",
        clock,
        name="试验口腔",
        programme="医院方案A",
        director=STAFF["director"],
        pin=PIN,
        vault=FileVault(root / "vault"),
    )
    session = sign_in(clinic, STAFF["director"], PIN)
    for role, name in STAFF.items():
        if role != "director":
            add_staff(session, name=name, role=role, pin=PIN)
    clinic.close()
    return root


@pytest.fixture
def collector() -> Iterator[None]:
    """Python's collector, on for this test whatever a window of this process made of it."""
    before = gc.isenabled()
    gc.enable()
    yield
    if before:
        gc.enable()
    else:
        gc.disable()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(TODAY)


@pytest.fixture
def clinic(clinic_template: Path, tmp_path: Path, clock: ManualClock) -> Iterator[Clinic]:
    """An open clinic of this test alone."""
    shutil.copytree(clinic_template, tmp_path / "clinic")
    opened = open_clinic(
        tmp_path / "clinic" / "data",
        clock,
        holder="test",
        vault=FileVault(tmp_path / "clinic" / "vault"),
    )
    yield opened
    opened.close()


@pytest.fixture
def frontdesk(clinic: Clinic) -> Session:
    return sign_in(clinic, STAFF["frontdesk"], PIN)


@pytest.fixture
def billing(clinic: Clinic) -> Session:
    return sign_in(clinic, STAFF["billing"], PIN)


@pytest.fixture
def marketing(clinic: Clinic) -> Session:
    return sign_in(clinic, STAFF["marketing"], PIN)


@pytest.fixture
def member_admin(clinic: Clinic) -> Session:
    return sign_in(clinic, STAFF["member_admin"], PIN)


@pytest.fixture
def director(clinic: Clinic) -> Session:
    return sign_in(clinic, STAFF["director"], PIN)
