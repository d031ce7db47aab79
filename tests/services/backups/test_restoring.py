"""The way back, on another PC too, and back again (P9); off-PC copies and the drill."""

import shutil
from pathlib import Path

import msgspec
import pytest

from models import keys
from models.clinic_file import take_lock
from models.errors import Fault, StoreFault
from models.system import Audit
from models.vault import FileVault
from services.backups import drill, off_pc, restoring, schedule, shelf, swap
from services.backups.making import make_backup
from services.clinic import open_clinic
from services.errors import RuleError
from services.verify import verify
from tests.conftest import PIN, STAFF
from tests.services.backups.conftest import Desk, enter

WHO = {"name": STAFF["director"], "pin": PIN, "holder": "test"}


def people(clinic) -> int:
    return clinic.db.execute_sql("SELECT count(*) FROM person").fetchone()[0]


def newest_action(clinic) -> tuple:
    return clinic.db.row(Audit.select(Audit.action, Audit.detail).order_by(Audit.seq.desc()))


def restore(desk: Desk, backup, key=None, folder=None, **other):
    wanted = {**WHO, "clock": desk.clock, "vault": desk.vault, **other}
    return restoring.restore(folder or desk.folder, backup, key or desk.key, **wanted)


def undo(desk: Desk, done: restoring.Restored, **other):
    wanted = {**WHO, "clock": desk.clock, "vault": desk.vault, **other}
    return restoring.undo(desk.folder, done.aside / "clinic.db", desk.key, **wanted)


@pytest.fixture
def backed(desk):
    """A backup with one person, and a clinic that went on to two; closed."""
    backup = make_backup(desk.clinic, "by hand")
    enter(desk.session(), "李小红", "13911112222")
    desk.key = desk.clinic.file.key
    desk.seq = schedule.head_of_chain(desk.clinic.db)[0]
    desk.clock.time = "11:00:00"
    desk.close()
    shutil.copy(desk.folder / keys.KEYS_FILE, desk.root / "keys-that-fit")
    return backup


def test_p9_a_restore_takes_the_place_says_who_and_can_be_undone(desk, backed):
    done = restore(desk, backed)
    clinic = desk.open()
    assert people(clinic) == 1
    action, detail = newest_action(clinic)
    assert action == "backup.restore"
    assert msgspec.json.decode(detail)["backup"] == backed.path.name
    assert verify(clinic).good
    desk.close()
    assert shelf.read_state(shelf.folder_of(desk.folder)).restored_on == "2026-11-20"

    assert swap.set_aside(desk.folder) == [done.aside / "clinic.db"]
    restoring.undo(
        desk.folder, done.aside / "clinic.db", desk.key, clock=desk.clock, vault=desk.vault, **WHO
    )
    clinic = desk.open()
    assert people(clinic) == 2
    assert newest_action(clinic)[0] == "backup.restore"
    assert verify(clinic).good
    assert len(swap.set_aside(desk.folder)) == 2  # nothing is ever deleted


def test_p9_another_pc_opens_it_with_the_file_and_the_recovery_code_alone(desk, backed, tmp_path):
    stick = tmp_path / "stick"
    stick.mkdir()
    for path in (backed.path, backed.path.with_suffix(".json")):
        shutil.copy(path, stick)
    found = off_pc.newest(stick)
    key = restoring.unlock(found, desk.code.lower().replace("-", " "))
    other = tmp_path / "other"
    vault = FileVault(tmp_path / "other-vault")
    done = restore(desk, found, key, other / "data", vault=vault)
    assert done.aside is None
    clinic = open_clinic(other / "data", desk.clock, holder="test", vault=vault)
    assert people(clinic) == 1
    clinic.close()
    with pytest.raises(StoreFault) as caught:
        restoring.unlock(found, "00000-00000-00000-00000-00000")
    assert caught.value.fault is Fault.WRONG_KEY


def test_the_preview_says_how_much_would_be_set_aside(desk, backed):
    seen = restoring.preview(backed, desk.seq)
    assert (seen.set_aside, seen.counts["people"]) == (1, 1)
    assert seen.made_at == "2026-11-20 09:00:00"
    assert restoring.preview(backed, None).set_aside is None
    assert restoring.preview(backed, 0).set_aside == 0


@pytest.mark.parametrize(
    ("name", "pin", "sentence"),
    [(STAFF["director"], "000000", "密码"), (STAFF["frontdesk"], PIN, "会员管理员或院长")],
)
def test_only_who_may_restores_and_a_refusal_leaves_the_clinic_alone(
    desk, backed, name, pin, sentence
):
    with pytest.raises(RuleError, match=sentence):
        restore(desk, backed, name=name, pin=pin)
    assert people(desk.open()) == 2
    assert not swap.coming(desk.folder).exists()
    assert swap.set_aside(desk.folder) == []


def test_a_spoilt_backup_a_wrong_key_and_an_open_window_are_refused(desk, backed):
    lock = take_lock(desk.folder, "window")
    with pytest.raises(StoreFault) as caught:
        restore(desk, backed)
    assert caught.value.fault is Fault.LOCKED
    lock.close()
    with pytest.raises(StoreFault):
        restore(desk, backed, bytes(32))
    data = bytearray(backed.path.read_bytes())
    data[-1] ^= 1
    backed.path.write_bytes(data)
    with pytest.raises(RuleError, match="已损坏"):
        restore(desk, backed)
    assert people(desk.open()) == 2


def test_no_room_to_restore_is_a_sentence(desk, backed, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(restoring.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(StoreFault) as caught:
        restore(desk, backed)
    assert caught.value.fault is Fault.DISK_FULL
    assert people(desk.open()) == 2


def test_a_damaged_clinic_and_lost_keys_are_replaced_and_kept_aside(desk, backed):
    (desk.folder / "clinic.db").write_bytes(b"\x07" * 9000)
    (desk.folder / keys.KEYS_FILE).unlink()
    done = restore(desk, backed, restoring.unlock(backed, desk.code))
    assert (done.aside / "clinic.db").read_bytes() == b"\x07" * 9000
    assert people(desk.open()) == 1  # by this PC's own half again


def test_undo_wants_a_file_that_is_there(desk, backed):
    with pytest.raises(RuleError, match="没有找到"):
        restoring.undo(
            desk.folder, desk.folder / "x.db", desk.key, clock=desk.clock, vault=desk.vault, **WHO
        )


@pytest.mark.parametrize("stop_at", range(1, 7))
def test_p9_a_crash_between_two_renames_is_finished_by_the_next_start(
    desk, backed, stop_at, monkeypatch
):
    calls = [0]
    real = swap.durable.replace

    def dying(part, target):
        calls[0] += 1
        if calls[0] == stop_at:
            raise KeyboardInterrupt
        real(part, target)

    monkeypatch.setattr(swap.durable, "replace", dying)
    try:
        restore(desk, backed)
    except KeyboardInterrupt:
        monkeypatch.undo()
    clinic = desk.open()
    assert people(clinic) in (1, 2)
    assert verify(clinic).good
    assert not (desk.folder / swap.NOTE).exists()


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("refused", range(1, 6))
def test_p9_what_is_said_of_a_refused_rename_is_true(desk, backed, refused, lost, monkeypatch):
    """State, note, clinic, coming file, keys: 'not restored' is never restored by the next start.
    `lost`: the keys are damaged, so that the backup's have to come along."""
    if lost:
        (desk.folder / keys.KEYS_FILE).write_text("{")
    code = desk.code if lost else None
    calls = [0]
    real = swap.durable.replace

    def held(part, target):
        if target.name == keys.KEYS_FILE and target.parent != desk.folder:
            return real(part, target)  # keys made ready, before there is anything to refuse
        calls[0] += 1
        if calls[0] == refused:
            raise PermissionError(13, "held")
        return real(part, target)

    monkeypatch.setattr(swap.durable, "replace", held)
    try:
        restore(desk, backed)
        said = 1
    except StoreFault:
        said = 2
    monkeypatch.undo()
    assert said == (2 if refused < 5 else 1)
    if said == 2:
        names = {path.name for path in desk.folder.iterdir()}
        assert not names & {swap.NOTE, swap.COMING, swap.COMING_KEYS}
        assert "clinic.db" in names
        if lost:
            shutil.copy(desk.root / "keys-that-fit", desk.folder / keys.KEYS_FILE)
    assert people(desk.open(code)) == said
    assert len(list((desk.folder / swap.ASIDE).glob("*"))) == 2 - said
    assert not swap.unfinished(desk.folder)


def test_p9_what_could_not_be_moved_back_at_once_is_at_the_next_start(desk, backed, monkeypatch):
    real = swap.durable.replace
    gone = [False]

    def pulled(part, target):
        gone[0] = gone[0] or part.name == swap.COMING
        if gone[0]:
            raise OSError(5, "gone")
        real(part, target)

    monkeypatch.setattr(swap.durable, "replace", pulled)
    with pytest.raises(StoreFault):
        restore(desk, backed)
    monkeypatch.undo()
    assert not (desk.folder / "clinic.db").exists()
    assert people(desk.open()) == 2
    assert not swap.unfinished(desk.folder)


@pytest.mark.parametrize("by_word", [False, True])
def test_p9_two_months_are_no_wrong_clock_for_a_restore_or_its_undoing(desk, backed, by_word):
    desk.open()
    who = {"by": desk.session().actor, "name": "", "pin": ""} if by_word else {}
    desk.close()
    desk.clock.day = "2027-01-19"
    done = restore(desk, backed, **who)
    assert people(desk.open()) == 1
    desk.close()
    undo(desk, done, **who)
    assert people(desk.open()) == 2


@pytest.mark.parametrize("harm", ["{", "another clinic's"])
def test_p9_a_rescue_after_damaged_keys_can_be_undone(desk, backed, harm):
    path = desk.folder / keys.KEYS_FILE
    if harm == "{":
        path.write_text(harm)
    else:
        other = keys.load(desk.folder)
        keys.put(desk.folder, keys.KeyFile(other.clinic_id, bytes(32), b"", other.slots))
    done = restore(desk, backed)
    undo(desk, done)
    assert people(desk.open()) == 2
    desk.close()
    path.unlink()
    with pytest.raises(RuleError, match="没有它的钥匙"):
        undo(desk, done)


def test_p10_rows_beside_a_file_set_aside_are_not_left_behind(desk, backed, monkeypatch):
    done = restore(desk, backed)

    def full(db):
        raise StoreFault(Fault.DISK_FULL)

    monkeypatch.setattr(restoring.ClinicDatabase, "checkpoint", full)
    with pytest.raises(StoreFault) as caught:
        undo(desk, done)
    assert caught.value.fault is Fault.DISK_FULL
    monkeypatch.undo()
    (done.aside / "clinic.db").write_bytes(bytes(9000))
    with pytest.raises(StoreFault) as caught:
        undo(desk, done)
    assert caught.value.fault is Fault.DAMAGED
    assert people(desk.open()) == 1


def test_a_file_made_ready_for_nothing_is_swept_but_not_while_somebody_is_at_it(desk, backed):
    swap.coming(desk.folder).write_bytes(b"half")
    lock = take_lock(desk.folder, "restoring")
    with pytest.raises(StoreFault) as caught:
        desk.open()
    assert caught.value.fault is Fault.LOCKED
    assert swap.coming(desk.folder).exists()
    lock.close()
    desk.open()
    assert not swap.coming(desk.folder).exists()


def test_a_note_that_says_nothing_is_put_away(desk):
    desk.close()
    (desk.folder / swap.NOTE).write_text("{")
    desk.open()
    assert not (desk.folder / swap.NOTE).exists()


# -- off this PC -------------------------------------------------------------------------------


@pytest.fixture
def stick(tmp_path) -> Path:
    folder = tmp_path / "usb"
    folder.mkdir()
    return folder


def test_a_stick_is_known_by_its_marker_and_every_copy_is_read_back(desk, backed, stick):
    clinic_id = backed.manifest.clinic_id
    place = off_pc.adopt(stick, clinic_id)
    assert off_pc.adopt(stick, clinic_id) == place
    assert off_pc.places(clinic_id, (stick, stick.parent / "gone")) == [place]
    assert off_pc.places("another clinic", (stick,)) == []
    seen = []
    copied = off_pc.copy_out(
        backed, place, desk.clock, backed.path.parent, lambda *done: seen.append(done)
    )
    assert copied.path.read_bytes() == backed.path.read_bytes()
    assert seen[-1] == (2 * backed.manifest.size, 2 * backed.manifest.size)
    desk.open()
    found = schedule.status(desk.clinic)
    assert (found.off_pc_days, found.level) == (0, "good")
    for days, level in ((2, "good"), (3, "late"), (6, "late"), (7, "alarm")):
        desk.clock.day = f"2026-11-{20 + days}"
        assert schedule.status(desk.clinic).level == level


def test_a_stick_that_gives_other_bytes_back_is_refused(desk, backed, stick, monkeypatch):
    place = off_pc.adopt(stick, backed.manifest.clinic_id)
    monkeypatch.setattr(off_pc.durable, "digest", lambda path, seen: "0" * 64)
    with pytest.raises(RuleError, match="换一个 U 盘"):
        off_pc.copy_out(backed, place, desk.clock, backed.path.parent)
    assert [p.name for p in stick.iterdir()] == [off_pc.MARKER]


def test_p10_a_full_or_pulled_stick_is_a_sentence(desk, backed, stick, monkeypatch):
    place = off_pc.adopt(stick, backed.manifest.clinic_id)
    with monkeypatch.context() as patched:
        usage = type("Usage", (), {"free": 10})
        patched.setattr(off_pc.shutil, "disk_usage", lambda folder: usage)
        with pytest.raises(StoreFault) as caught:
            off_pc.copy_out(backed, place, desk.clock, backed.path.parent)
        assert caught.value.fault is Fault.DISK_FULL
    shutil.rmtree(stick)
    with pytest.raises(StoreFault) as caught:
        off_pc.copy_out(backed, place, desk.clock, backed.path.parent)
    assert caught.value.fault is Fault.UNREADABLE


def test_a_place_of_another_clinic_or_none_is_refused(stick):
    off_pc.adopt(stick, "one")
    with pytest.raises(RuleError, match="另一家诊所"):
        off_pc.adopt(stick, "two")
    with pytest.raises(RuleError, match="没有找到"):
        off_pc.adopt(stick / "gone", "one")


def test_the_newest_of_a_place_is_one_that_is_whole(desk, backed, stick):
    place = off_pc.adopt(stick, backed.manifest.clinic_id)
    copied = off_pc.copy_out(backed, place, desk.clock, backed.path.parent)
    assert off_pc.newest(stick) == copied
    copied.path.write_bytes(b"other")
    assert off_pc.newest(stick) is None


def test_p9_the_drill_opens_the_copy_by_the_code_shows_counts_and_is_on_record(desk, backed):
    found = drill.drill(backed, desk.code, desk.clock)
    assert (found.counts["people"], found.faults) == (1, 0)
    home = backed.path.parent
    assert drill.due(shelf.read_state(home), "2026-11-20")
    drill.remember_drill(home, "2026-11-20")
    assert not drill.due(shelf.read_state(home), "2026-12-20")
    assert drill.due(shelf.read_state(home), "2026-12-21")
    desk.open()
    drill.note_drill(desk.session(), backup=found.backup, faults=found.faults)
    assert newest_action(desk.clinic)[0] == "backup.drilled"
    with pytest.raises(StoreFault) as caught:
        drill.drill(backed, "00000-00000-00000-00000-00000", desk.clock)
    assert caught.value.fault is Fault.WRONG_KEY
    backed.path.write_bytes(b"other")
    with pytest.raises(RuleError, match="演练没有通过"):
        drill.drill(backed, desk.code, desk.clock)
