"""How a scheduled run ended is kept for the morning; what is on record of a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.system import Audit
from services.commands import Session
from services.errors import RuleError
from services.scheduled.outcomes import Outcome, begun, file_of, last, note
from services.scheduled.plan import Plan
from services.scheduled.switching import note_change, noted_time, refuse_demo

BAD = Outcome("2026-11-25 21:00:03", False, "磁盘已满。")


def test_the_last_end_of_each_duty_is_kept(tmp_path: Path) -> None:
    assert last(tmp_path) == {}
    note(tmp_path, "backup", BAD)
    note(tmp_path, "friday", Outcome("2026-11-20 18:30:09", True))
    assert last(tmp_path)["backup"] == BAD
    note(tmp_path, "backup", Outcome("2026-11-26 21:00:02", True))
    assert {duty: each.good for duty, each in last(tmp_path).items()} == {
        "backup": True,
        "friday": True,
    }


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"{", b"\xff\xfe", b'{"at":"gestern","good":true}', b"[" * 5000],
)
def test_a_spoilt_record_is_none_and_is_written_anew(tmp_path: Path, spoilt: bytes) -> None:
    file_of(tmp_path, "backup").write_bytes(spoilt)
    assert last(tmp_path) == {}
    note(tmp_path, "backup", BAD)
    assert last(tmp_path) == {"backup": BAD}


def test_a_folder_that_takes_nothing_keeps_nothing(tmp_path: Path) -> None:
    note(tmp_path / "none", "backup", BAD)
    assert not (tmp_path / "none").exists()
    file_of(tmp_path, "backup").mkdir()
    note(tmp_path, "backup", BAD)
    assert last(tmp_path) == {}


def test_two_duties_at_once_do_not_take_each_other_s_end_away(tmp_path: Path) -> None:
    assert file_of(tmp_path, "backup") != file_of(tmp_path, "friday")
    note(tmp_path, "friday", BAD)
    before = file_of(tmp_path, "friday").read_bytes()
    note(tmp_path, "backup", begun("2026-11-26 21:00:00"))
    assert file_of(tmp_path, "friday").read_bytes() == before
    running = last(tmp_path)["backup"]
    assert (running.good, running.ended) == (False, False)
    assert "还没有做完" in running.sentence


def test_a_change_is_on_record_without_the_folder(
    member_admin: Session, frontdesk: Session
) -> None:
    note_change(member_admin, duty="friday", when="5 18:30")
    rows = member_admin.clinic.db.rows(
        Audit.select(Audit.detail).where(Audit.action == "schedule.change")
    )
    assert [row[0] for row in rows] == ['{"duty":"friday","when":"5 18:30"}']
    with pytest.raises(RuleError, match="会员管理员"):
        note_change(frontdesk, duty="friday")
    refuse_demo(member_admin.clinic.db)
    assert noted_time(Plan("friday", "18:30", "/d")) == "5 18:30"
    assert noted_time(Plan("backup", "21:00", "/d")) == "21:00"
