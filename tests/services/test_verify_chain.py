"""The audit chain is checked in portions: what a portion hides must not be hidden."""

from __future__ import annotations

from typing import Any

import pytest

from models.system import Audit
from services.clinic import Clinic
from services.commands import Session
from services.feedback.requests import open_request
from services.people.enrolment import PersonForm, enrol
from services.verify import chain, verify

AWKWARD = '引号"、反斜杠\\、制表\t、换行\n、😀、\x7f、\u2028'


@pytest.fixture
def worked(clinic: Clinic, frontdesk: Session) -> Clinic:
    """A dozen rows and more, some of them with texts that are written in several ways."""
    for number in range(6):
        enrol(frontdesk, form=PersonForm(name="单自检", phone=f"1380013800{number}"))
        open_request(frontdesk, text=f"{number}{AWKWARD}")
    return clinic


def newest(clinic: Clinic) -> int:
    return int(clinic.db.execute_sql("SELECT MAX(seq) FROM audit").fetchone()[0])


def broken(clinic: Clinic, *statements: str) -> dict[str, str]:
    """What verify says of the chain after statements that no trigger was allowed to refuse."""
    clinic.db.execute_sql("DROP TRIGGER audit_no_update")
    clinic.db.execute_sql("DROP TRIGGER audit_no_delete")
    for statement in statements:
        clinic.db.execute_sql(statement)
    found = {fault.code: fault.sentence for fault in verify(clinic).faults}
    return {code: said for code, said in found.items() if code.startswith("audit.")}


@pytest.mark.parametrize("rows", [1, 2, 5, 1024])
def test_e64_a_sound_chain_is_sound_in_portions_of_any_size(worked, monkeypatch, rows):
    monkeypatch.setattr(chain, "_ROWS", rows)
    report = verify(worked)
    assert report.good, report.faults
    assert report.checked["audit"] == newest(worked)


def test_e64_row_by_row_says_the_same_as_a_portion(worked, monkeypatch):
    monkeypatch.setattr(chain, "_macs", lambda *_: [])
    report = verify(worked)
    assert report.good, report.faults
    assert report.checked["audit"] == newest(worked)


@pytest.mark.parametrize("rows", [2, 5, 1024])
@pytest.mark.parametrize("back", [0, 1, 4, 5])
def test_e64_every_changed_row_is_named(worked, monkeypatch, rows, back):
    monkeypatch.setattr(chain, "_ROWS", rows)
    at = newest(worked) - back
    said = broken(worked, f"UPDATE audit SET entity = entity || ' ' WHERE seq = {at}")
    assert set(said) == {"audit.mac"}
    assert f"第 {at} 号" in said["audit.mac"]


@pytest.mark.parametrize("gone", ["= 4", "BETWEEN 4 AND 6", "= 1", "BETWEEN 1 AND 5"])
@pytest.mark.parametrize("rows", [3, 1024])
def test_e64_rows_that_are_gone_are_noticed_wherever_a_portion_ends(
    worked, monkeypatch, rows, gone
):
    monkeypatch.setattr(chain, "_ROWS", rows)
    said = broken(worked, f"DELETE FROM audit WHERE seq {gone}")
    assert "audit.gap" in said
    first = gone.removeprefix("= ").removeprefix("BETWEEN ").split()[0]
    assert f"第 {first} 号" in said["audit.gap"]


def test_e64_what_is_checked_is_what_the_commands_sealed():
    """A column that is added to the trail must come into the chain, too."""
    columns: Any = {field.name for field in Audit._meta.sorted_fields}
    assert {column.name for column in chain._COLUMNS} == columns - {"mac"}
    assert [column.name for column in chain._COLUMNS] == sorted(columns - {"mac"})
