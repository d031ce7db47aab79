"""Statements of what is done all day: the same however large the clinic, and no more than written
down beside the operations in `bench/counts.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.counts import STATEMENTS, counted
from bench.operations import OPERATIONS
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock
from services.demo import build

TODAY = "2026-11-20"
PEOPLE = (30, 90)
DAYS = 40


@pytest.fixture(scope="module")
def clinics(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two made-up clinics, one with three times the people of the other."""
    made = []
    for people in PEOPLE:
        place = tmp_path_factory.mktemp(f"people{people}")
        vault = FileVault(place / "vault")
        build(place / "data", people, 3, days=DAYS, clock=ManualClock(TODAY), vault=vault)
        made.append(place)
    return made


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_action_asks_the_file_a_few_questions_however_many_people_there_are(
    clinics: list[Path], name: str
) -> None:
    most = []
    for place in clinics:
        vault = FileVault(place / "vault")
        clinic = open_clinic(place / "data", ManualClock(TODAY), holder="test", vault=vault)
        found = counted(clinic.db, OPERATIONS[name].calls(clinic))
        most.append(max(each.statements for each in found))
        clinic.close()
    assert max(most) <= STATEMENTS[name]
