"""A backup is a clinic that was opened and checked; a bad one is never listed (P8)."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from models import checks, durable
from models.errors import Fault, StoreFault
from services.backups import making, manifest, off_pc, schedule, shelf
from services.backups.making import BackupRefused, make_backup
from services.loyalty.receipts import post_receipt
from services.staff import change_staff
from services.verify import VerifyCancelled
from tests.services.backups.conftest import enter


def home(desk) -> Path:
    return shelf.folder_of(desk.folder)


def test_p8_a_backup_is_listed_with_counts_head_and_the_key_slots_of_another_pc(desk):
    made = make_backup(desk.clinic, "by hand")
    assert made is not None
    listed, spoilt = shelf.examine(home(desk))
    assert ([each.path for each in listed], spoilt) == ([made.path], [])
    found = listed[0].manifest
    assert found.counts["people"] == 1
    assert found.seq == found.counts["audit"]
    assert found.why == "by hand"
    assert list(found.keys["slots"]) == ["recovery"]
    assert manifest.seal_holds(found, desk.clinic.file.key)
    assert not manifest.seal_holds(found, bytes(32))
    assert made.path.read_bytes()[:15] != b"SQLite format 3"


def test_nothing_written_since_makes_no_second_one_unless_it_is_wanted(desk):
    assert make_backup(desk.clinic, "start") is not None
    desk.clock.time = "10:00:00"
    assert make_backup(desk.clinic, "half hour") is None
    assert make_backup(desk.clinic, "by hand", always=True) is not None
    assert len(shelf.known(home(desk))) == 2


def test_progress_is_told_and_the_desk_goes_on_posting(desk):
    seen = []
    session = desk.session()

    def progress(done, total):
        if not seen:
            enter(session, "李小红", "13911112222")
        seen.append((done, total))

    made = make_backup(desk.clinic, "half hour", progress=progress)
    assert seen[-1][0] == seen[-1][1]
    assert made.manifest.counts["people"] == 1  # as it was when the copy began


@pytest.mark.parametrize("place", [0, 100, 5000, -1])
def test_p8_a_flipped_byte_is_not_offered(desk, place):
    made = make_backup(desk.clinic, "by hand")
    data = bytearray(made.path.read_bytes())
    data[place] ^= 1
    made.path.write_bytes(data)
    assert shelf.examine(home(desk)) == ([], [shelf.Spoilt(made.path, "bytes")])


def test_p8_a_file_without_its_manifest_or_with_another_is_not_offered(desk):
    made = make_backup(desk.clinic, "by hand")
    beside = manifest.beside(made.path)
    beside.write_text("{}")
    assert shelf.examine(home(desk)) == ([], [shelf.Spoilt(made.path, "manifest")])
    beside.unlink()
    assert shelf.known(home(desk)) == []
    made.path.unlink()
    assert shelf.examine(home(desk)) == ([], [])


def test_what_an_interruption_left_is_swept_and_never_listed(desk):
    folder = home(desk)
    folder.mkdir()
    (folder / ".haochi-20261120-090000-7.db.part").write_bytes(b"half")
    (folder / ".haochi-20261120-090000-7.db.part-wal").write_bytes(b"half")
    (folder / "haochi-20261120-090000-7.json").write_text("{}")
    (folder / "mine.txt").write_text("stays")
    make_backup(desk.clinic, "start")
    assert {p.name for p in folder.iterdir() if not p.name.startswith("haochi-")} == {"mine.txt"}


def test_p8_a_copy_that_does_not_pass_is_refused_and_the_old_ones_stay(desk, monkeypatch):
    first = make_backup(desk.clinic, "start")
    enter(desk.session(), "李小红", "13911112222")
    monkeypatch.setattr(checks, "structure_faults", lambda db: ["7"])
    with pytest.raises(BackupRefused, match="没有通过检查"):
        make_backup(desk.clinic, "half hour")
    assert [each.path for each in shelf.known(home(desk))] == [first.path]
    desk.clock.day = "2026-11-21"
    assert shelf.read_state(home(desk)).failed_on == "2026-11-20"


def test_faults_of_the_books_are_named_but_do_not_leave_the_clinic_without_a_backup(desk):
    post_receipt(desk.session(), person_id=1, amount_fen=100_000)
    desk.clinic.db.execute_sql("UPDATE standing SET spend_fen = spend_fen + 500")
    made = make_backup(desk.clinic, "start")
    assert any(code.startswith("standing.") for code in made.manifest.faults)
    assert shelf.read_state(home(desk)).failed_on == "2026-11-20"  # thinning waits


def test_fewer_rows_than_the_newest_backup_are_refused(desk, monkeypatch):
    make_backup(desk.clinic, "start")
    real = making.check_copy

    def lost(*args):
        found = real(*args)
        counts = {**found.counts, "people": 0}
        return making.Checked(found.seq, found.head, counts, found.faults)

    monkeypatch.setattr(making, "check_copy", lost)
    with pytest.raises(BackupRefused, match="少了"):
        make_backup(desk.clinic, "by hand", always=True)
    assert len(shelf.known(home(desk))) == 1


def test_p10_no_room_is_a_sentence_and_leaves_nothing(desk, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(making.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(StoreFault) as caught:
        make_backup(desk.clinic, "start")
    assert caught.value.fault is Fault.DISK_FULL
    assert list(home(desk).iterdir()) == []


def test_p10_a_folder_that_cannot_be_written_is_a_sentence(desk):
    home(desk).write_text("a file where the folder should be")
    with pytest.raises(StoreFault) as caught:
        make_backup(desk.clinic, "start")
    assert caught.value.fault is Fault.UNREADABLE


def test_thinning_follows_a_backup_and_waits_after_a_restore(desk):
    folder = home(desk)
    for day in ("2026-10-01", "2026-10-02", "2026-10-03"):
        for time in ("09:00:00", "15:00:00"):
            desk.clock.day, desk.clock.time = day, time
            make_backup(desk.clinic, "by hand", always=True)
    assert len(shelf.known(folder)) == 5  # the first day keeps its newest
    state = shelf.read_state(folder)
    state.restored_on = "2026-10-03"
    shelf.write_state(folder, state)
    desk.clock.day = "2026-10-05"
    make_backup(desk.clinic, "by hand", always=True)
    assert len(shelf.known(folder)) == 6


def test_copies_off_this_pc_are_not_thinned_either_while_thinning_waits(desk, tmp_path):
    folder, stick = home(desk), tmp_path / "usb"
    stick.mkdir()
    place = None
    for day in ("2026-10-01", "2026-10-03", "2026-10-05"):
        for time in ("09:00:00", "15:00:00"):
            desk.clock.day, desk.clock.time = day, time
            made = make_backup(desk.clinic, "by hand", always=True)
            if day == "2026-10-03":  # after the first day was thinned at home
                state = shelf.read_state(folder)
                state.restored_on = day
                shelf.write_state(folder, state)
            place = place or off_pc.adopt(stick, made.manifest.clinic_id)
            off_pc.copy_out(made, place, desk.clock, folder)
    assert len(shelf.known(stick)) == 6
    desk.clock.day = "2026-10-11"
    off_pc.copy_out(make_backup(desk.clinic, "late", always=True), place, desk.clock, folder)
    assert len(shelf.known(stick)) == len(shelf.known(folder)) == 4


def test_after_a_restore_the_newest_is_one_whose_row_is_in_the_chain(desk):
    make_backup(desk.clinic, "start")
    enter(desk.session(), "李小红", "13911112222")
    desk.clock.time = "10:00:00"
    given_up = make_backup(desk.clinic, "given up")
    other = replace(given_up.manifest, seq=given_up.manifest.seq + 50, head="ab" * 32)
    manifest.write(given_up.path, manifest.sealed(other, desk.clinic.file.key))
    latest = making.latest(desk.clinic)
    assert latest is not None
    assert latest.manifest.why == "start"
    shelf.remove(latest.path)
    assert making.latest(desk.clinic).manifest.seq == other.seq  # no other one is left
    shelf.remove(given_up.path)
    assert making.latest(desk.clinic) is None


def test_replacing_waits_for_a_virus_scanner_and_gives_up_with_its_error(tmp_path, monkeypatch):
    part, target = tmp_path / "a.part", tmp_path / "a"
    part.write_text("new")
    held = [3]
    real = os.replace

    def replace(source, aim):
        if held[0]:
            held[0] -= 1
            raise PermissionError
        real(source, aim)

    monkeypatch.setattr(durable.os, "replace", replace)
    waits: list[float] = []
    durable.replace(part, target, waits.append)
    assert (target.read_text(), len(waits)) == ("new", 3)
    held[0] = 1000
    part.write_text("newer")
    with pytest.raises(PermissionError):
        durable.replace(part, target, waits.append)
    assert target.read_text() == "new"


def test_the_schedule_asks_for_one_at_the_first_start_of_the_day_and_every_half_hour(desk):
    found = schedule.status(desk.clinic)
    assert (found.last, found.changed, found.off_pc_days, found.level) == ("", True, None, "alarm")
    assert schedule.due(found, desk.clock.now_local())
    make_backup(desk.clinic, "start")
    found = schedule.status(desk.clinic)
    assert not found.changed
    assert not schedule.due(found, "2026-11-21 09:00:00")
    change_staff(desk.session(), staff_id=2, unlock=True)
    found = schedule.status(desk.clinic)
    assert not schedule.due(found, "2026-11-20 09:29:00")
    assert schedule.due(found, "2026-11-20 09:30:00")
    assert schedule.due(found, "2026-11-21 09:01:00")
    assert schedule.due(found, "2026-11-20 08:00:00")  # the clock was turned back


def test_other_files_in_the_folder_are_no_backups(desk):
    made = make_backup(desk.clinic, "by hand")
    (home(desk) / "notes.db").write_text("mine")
    assert shelf.made_at(home(desk) / "notes.db") == ""
    assert len(shelf.paths(home(desk))) == 1
    assert not shelf.same_bytes(home(desk) / "gone.db", made.manifest)


def test_a_copy_can_be_stopped_while_it_is_written(desk, monkeypatch):
    monkeypatch.setattr("models.database._STEPS_BETWEEN", 100)
    with pytest.raises(VerifyCancelled):
        make_backup(desk.clinic, "exit", cancelled=lambda: True)
    assert list(home(desk).iterdir()) == []
    assert make_backup(desk.clinic, "exit", cancelled=lambda: False) is not None
