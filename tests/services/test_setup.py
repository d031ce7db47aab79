"""Making a clinic, and its settings."""

from __future__ import annotations

import pytest

from models.vault import FileVault
from services.clinic import clinic_exists, open_clinic
from services.clock import ManualClock
from services.commands import read_setting
from services.errors import EnvironmentFault, Fault, RuleError, fault_sentence
from services.programmes import registry
from services.setup import (
    IDLE_MINUTES,
    RECOVERY_CONFIRMED,
    change_settings,
    clinic_name,
    confirm_recovery,
    create_clinic,
    recovery_unproven,
)
from services.staff import sign_in
from tests.conftest import PIN, TODAY

GOOD = {"name": " 皓齿口腔 ", "programme": "医院方案A", "director": " 孙院长 ", "pin": PIN}


def make(root, **changes):
    how = {**GOOD, **changes}
    return create_clinic(root / "data", ManualClock(TODAY), vault=FileVault(root / "vault"), **how)


def test_a_clinic_and_its_recovery_code(tmp_path):
    clinic, code = make(tmp_path)
    assert clinic_name(clinic) == "皓齿口腔"
    assert sign_in(clinic, "孙院长", PIN).actor.role == "director"
    assert (read_setting(clinic.db, "demo"), clinic.folder) == ("", tmp_path / "data")
    clinic.close()
    other_pc = FileVault(tmp_path / "other")
    with pytest.raises(EnvironmentFault) as caught:
        open_clinic(tmp_path / "data", ManualClock(TODAY), holder="t", vault=other_pc)
    assert caught.value.fault is Fault.WRONG_KEY
    for how in ({"code": code.lower()}, {}):
        open_clinic(
            tmp_path / "data", ManualClock(TODAY), holder="t", vault=other_pc, **how
        ).close()


@pytest.mark.parametrize(
    "bad",
    [{"name": " "}, {"director": ""}, {"pin": "123456"}, {"programme": "../医院方案A"}],
)
def test_everything_is_checked_before_a_file_is_made(tmp_path, bad):
    with pytest.raises(RuleError):
        make(tmp_path, **bad)
    assert not (tmp_path / "data").exists()


def test_a_clinic_is_never_made_over_another(tmp_path):
    make(tmp_path)[0].close()
    before = (tmp_path / "data" / "clinic.db").read_bytes()
    with pytest.raises(EnvironmentFault):
        make(tmp_path)
    assert (tmp_path / "data" / "clinic.db").read_bytes() == before


def test_a_clinic_that_could_not_be_finished_can_be_tried_again(tmp_path, monkeypatch):
    def broken(*args: object, **how: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(registry, "sign_version", broken)
    with pytest.raises(ZeroDivisionError):
        make(tmp_path)
    assert not clinic_exists(tmp_path / "data")
    monkeypatch.undo()
    clinic, _ = make(tmp_path, demo=True)
    assert read_setting(clinic.db, "demo") == "1"
    clinic.close()


def test_settings_are_the_directors(clinic, director):
    change_settings(director, name=" 新名 ", idle_minutes=1)
    change_settings(director, idle_minutes=120)
    change_settings(director)
    assert (clinic_name(clinic), read_setting(clinic.db, IDLE_MINUTES)) == ("新名", "120")
    for bad in ({"name": " "}, {"idle_minutes": 0}, {"idle_minutes": 121}):
        with pytest.raises(RuleError):
            change_settings(director, **bad)


def test_the_recovery_code_is_typed_back(tmp_path, monkeypatch):
    clinic, code = make(tmp_path)
    director = sign_in(clinic, "孙院长", PIN)
    for wrong in ("", code[:-1], code[::-1]):
        with pytest.raises(RuleError, match="恢复码不对"):
            confirm_recovery(director, typed=wrong)
    assert read_setting(clinic.db, RECOVERY_CONFIRMED) == ""
    assert recovery_unproven(clinic.db, TODAY)
    confirm_recovery(director, typed=code.lower().replace("-", " "))
    assert read_setting(clinic.db, RECOVERY_CONFIRMED) == TODAY
    assert not recovery_unproven(clinic.db, TODAY)
    assert recovery_unproven(clinic.db, "2027-12-01")
    (tmp_path / "data" / "keys.json").unlink()
    with pytest.raises(EnvironmentFault) as caught:
        confirm_recovery(director, typed=code)
    assert caught.value.fault is Fault.KEYS_DAMAGED
    clinic.close()


def test_every_fault_has_a_sentence_that_says_what_to_do():
    sentences = [fault_sentence(fault) for fault in Fault]
    assert len(set(sentences)) == len(Fault)
    assert all(sentence.endswith("。") and sentence.count("。") >= 2 for sentence in sentences)
