"""Backups and copies by themselves, and what can be reached to restore from."""

import threading

import pytest

from models.errors import Fault, StoreFault
from services.backups import finding, keeping, off_pc, schedule, shelf
from services.backups.keeping import DUE, LEAVING, Kept, keep
from services.backups.making import make_backup
from services.errors import RuleError
from services.verify import VerifyCancelled, quick_check
from tests.services.backups.conftest import enter


@pytest.fixture
def stick(desk, tmp_path, monkeypatch):
    """A stick that is in, known by its marker."""
    folder = tmp_path / "usb"
    folder.mkdir()
    off_pc.adopt(folder, make_backup(desk.clinic, "start").manifest.clinic_id)
    monkeypatch.setattr(off_pc, "_devices", lambda: [folder])
    return folder


def names(folder):
    return [path.name for path in shelf.paths(folder)]


def test_a_due_backup_is_made_and_then_nothing_until_something_changes(desk):
    assert keep(desk.clinic, DUE) == Kept(True, 0, "")
    assert keep(desk.clinic, DUE) == Kept(False, 0, "")
    enter(desk.session(), "李小红", "13911112222")
    desk.clock.time = "09:10:00"
    assert not keep(desk.clinic, DUE).made
    desk.clock.time = "09:30:00"
    assert keep(desk.clinic, DUE).made


def test_leaving_makes_one_however_new_the_last_is(desk):
    keep(desk.clinic, DUE)
    enter(desk.session(), "李小红", "13911112222")
    desk.clock.time = "09:01:00"
    assert keep(desk.clinic, LEAVING).made
    assert not keep(desk.clinic, LEAVING).made


def test_a_stick_takes_the_newest_once_a_day_and_when_leaving(desk, stick):
    assert keep(desk.clinic, DUE).copied == 1
    assert names(stick) == names(shelf.folder_of(desk.folder))
    enter(desk.session(), "李小红", "13911112222")
    desk.clock.time = "10:00:00"
    assert keep(desk.clinic, DUE) == Kept(True, 0, "")
    assert keep(desk.clinic, LEAVING) == Kept(False, 1, "")
    desk.clock.day = "2026-11-21"
    enter(desk.session(), "赵大", "13911113333")
    assert keep(desk.clinic, DUE) == Kept(True, 1, "")
    assert keep(desk.clinic, LEAVING) == Kept(False, 0, "")  # it is there already


def test_leaving_waits_only_for_something(desk, stick):
    assert not keeping.before_leaving(desk.clinic)
    keep(desk.clinic, DUE)
    enter(desk.session(), "李小红", "13911112222")
    assert keeping.before_leaving(desk.clinic)
    desk.clock.time = "10:00:00"
    keep(desk.clinic, DUE)
    assert keeping.before_leaving(desk.clinic)  # the stick has had its copy of today
    keep(desk.clinic, LEAVING)
    assert not keeping.before_leaving(desk.clinic)


def test_the_second_folder_counts_as_a_place(desk, tmp_path):
    second = tmp_path / "second"
    second.mkdir()
    assert keeping.places_here(desk.clinic) == []
    made = make_backup(desk.clinic, "start")
    off_pc.adopt(second, made.manifest.clinic_id)
    home = shelf.folder_of(desk.folder)
    off_pc.remember_second(home, second)
    assert keep(desk.clinic, DUE).copied == 1
    assert [found.place for found in finding.reachable(desk.folder).found] == ["here", "second"]


def test_a_stick_that_fails_costs_a_sentence_and_no_backup(desk, stick, monkeypatch):
    def full(*_):
        raise StoreFault(Fault.DISK_FULL, "stick")

    with monkeypatch.context() as patched:
        patched.setattr(off_pc, "copy_out", full)
        assert "磁盘已满" in keep(desk.clinic, DUE).problem
    with monkeypatch.context() as patched:
        patched.setattr(off_pc.durable, "digest", lambda *_: "other")
        assert "U 盘可能已坏" in keep(desk.clinic, DUE).problem
    assert names(stick) == []


def test_a_copy_stops_when_the_desk_wants_to_leave(desk, stick):
    with pytest.raises(VerifyCancelled):
        keep(desk.clinic, DUE, cancelled=lambda: True)
    assert names(stick) == []
    assert [path.name for path in stick.iterdir()] == [off_pc.MARKER]


def test_without_a_backup_there_is_nothing_to_copy(desk, monkeypatch):
    monkeypatch.setattr(keeping, "make_backup", lambda *_, **__: None)
    assert keep(desk.clinic, DUE) == Kept(False, 0, "")


def test_two_makers_take_turns(desk):
    """The second would sweep away what the first is writing."""
    home = shelf.folder_of(desk.folder)
    made = []
    with shelf.alone(home):
        other = threading.Thread(target=lambda: made.append(make_backup(desk.clinic, "by hand")))
        other.start()
        assert made == []
    other.join(20)
    assert made[0] is not None


def test_who_waits_for_another_maker_stops_when_the_desk_wants_to_leave(desk, stick):
    home = shelf.folder_of(desk.folder)
    place = off_pc.places("", [stick])[0]
    with shelf.alone(home):
        with pytest.raises(VerifyCancelled):
            keep(desk.clinic, LEAVING, cancelled=lambda: True)
        with pytest.raises(VerifyCancelled):
            off_pc.copy_out(shelf.known(home)[0], place, desk.clock, home, stopped=lambda: True)
    assert names(stick) == []


def test_who_waits_too_long_for_another_maker_is_told(desk, monkeypatch):
    monkeypatch.setattr(shelf, "WAIT_SECONDS", 0.0)
    home = shelf.folder_of(desk.folder)
    with shelf.alone(home), pytest.raises(StoreFault) as caught, shelf.alone(home):
        pass
    assert caught.value.fault is Fault.LOCKED


def test_looking_for_sticks_stops_when_the_desk_wants_to_leave(desk, stick):
    with pytest.raises(VerifyCancelled):
        off_pc.places("", [stick], stopped=lambda: True)
    with pytest.raises(VerifyCancelled):
        quick_check(desk.clinic, lambda: True)


def test_a_clock_that_was_ahead_gives_one_backup_and_the_stick_the_newest(desk, stick):
    desk.clock.time = "15:00:00"
    make_backup(desk.clinic, "ahead", always=True)
    desk.clock.time = "14:00:00"
    enter(desk.session(), "李小红", "13911112222")
    made = []
    for minute in range(3):
        desk.clock.time = f"14:0{minute + 1}:00"
        made.append(keep(desk.clinic, DUE).made)
    assert made == [True, False, False]
    assert [name[16:22] for name in names(stick)] == ["140100"]
    found = schedule.status(desk.clinic)
    assert (found.changed, found.last[11:]) == (False, "14:01:00")


def test_the_clinics_own_folder_is_no_place_off_this_pc(desk, stick):
    home = shelf.folder_of(desk.folder)
    for folder in (desk.folder, home):
        with pytest.raises(RuleError, match="诊所数据自己的文件夹"):
            off_pc.adopt(folder, "any", own=desk.folder)
        off_pc.adopt(folder, off_pc.places("", [stick])[0].clinic_id)  # as an older version did
        off_pc.remember_second(home, folder)
        assert [place.folder for place in keeping.places_here(desk.clinic)] == [stick]
        assert [each.place for each in finding.reachable(desk.folder).found] == ["here"]
    outside = desk.folder.with_name("data-copies")
    outside.mkdir()
    assert off_pc.adopt(outside, "any", own=desk.folder).folder == outside


def test_what_can_be_reached_is_whole_and_counted_and_known_by_its_key(desk, stick):
    keep(desk.clinic, DUE)
    enter(desk.session(), "李小红", "13911112222")
    desk.clock.time = "11:00:00"
    make_backup(desk.clinic, "by hand")
    seen = []
    reached = finding.reachable(desk.folder, lambda done, total: seen.append((done, total)))
    assert [(each.place, each.backup.manifest.made_at[11:]) for each in reached.found] == [
        ("here", "11:00:00"),
        ("here", "09:00:00"),
        ("away", "09:00:00"),
    ]
    assert len({each.id for each in reached.found}) == 3
    assert seen
    assert len(finding.of_clinic(reached, desk.clinic.file.key)) == 3
    assert finding.of_clinic(reached, bytes(32)) == ()
    reached.found[2].backup.path.write_bytes(b"other")
    again = finding.reachable(desk.folder)
    assert (len(again.found), again.spoilt) == (2, 1)


@pytest.mark.parametrize("shelf_too", [False, True])
def test_p9_sticks_are_found_without_keys_and_without_a_shelf(desk, stick, shelf_too):
    keep(desk.clinic, DUE)
    desk.close()
    (desk.folder / "keys.json").unlink()
    if shelf_too:
        for path in shelf.folder_of(desk.folder).iterdir():
            path.unlink()
    found = finding.reachable(desk.folder).found
    assert [each.place for each in found] == (["away"] if shelf_too else ["here", "away"])


def test_a_chosen_file_is_a_whole_backup_or_a_sentence(desk, tmp_path):
    made = make_backup(desk.clinic, "by hand")
    assert finding.chosen(made.path).backup == made
    with pytest.raises(RuleError, match="没有找到这份备份"):
        finding.chosen(tmp_path / "x.db")
    made.path.write_bytes(b"other")
    with pytest.raises(RuleError, match="已损坏"):
        finding.chosen(made.path)
