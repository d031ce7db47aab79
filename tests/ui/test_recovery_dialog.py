"""The recovery code typed back from the window, and the reminder until it was."""

from __future__ import annotations

import pytest

from services.errors import RuleError
from services.setup import confirm_recovery, recovery_unproven

WRONG = "00000-00000-00000-00000-00000"


def test_a_wrong_code_is_refused_and_the_reminder_stays(clinic, clock, director):
    assert recovery_unproven(clinic.db, clock.day)
    with pytest.raises(RuleError, match="恢复码不对"):
        confirm_recovery(director, typed=WRONG)
    assert recovery_unproven(clinic.db, clock.day)


def test_the_right_code_counts_for_half_a_year(tmp_path, clock):
    from models.vault import FileVault
    from services.setup import create_clinic
    from services.staff import sign_in

    made, code = create_clinic(
        tmp_path / "data",
        clock,
        name="试验口腔",
        programme="医院方案A",
        director="孙院长",
        pin="274159",
        vault=FileVault(tmp_path / "vault"),
    )
    try:
        session = sign_in(made, "孙院长", "274159")
        confirm_recovery(session, typed=code.lower().replace("-", " "))
        assert not recovery_unproven(made.db, clock.day)
        clock.day = "2027-05-23"
        assert recovery_unproven(made.db, clock.day)
    finally:
        made.close()
