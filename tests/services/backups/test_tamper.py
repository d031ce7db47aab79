"""P13: the six ways to tamper with the record, each found and named; heads are kept outside."""

import hashlib
import hmac
import shutil

import msgspec
import pytest

from services.backups import off_pc, shelf
from services.backups.making import make_backup
from services.backups.restoring import restore, undo
from services.clock import ManualClock
from services.commands import chain_mac
from services.errors import RuleError
from services.verify import anchors, quick_check, verify
from tests.conftest import PIN, STAFF
from tests.services.backups.conftest import enter
from tests.services.test_verify import tamper

WHO = {"name": STAFF["director"], "pin": PIN, "holder": "test"}


@pytest.fixture
def worked(desk):
    """A clinic that was backed up and went on, and was backed up again."""
    make_backup(desk.clinic, "by hand")
    enter(desk.session(), "李小红", "13911112222")
    desk.clock.time = "10:00:00"
    desk.newest = make_backup(desk.clinic, "by hand").path.name
    desk.head = desk.clinic.db.execute_sql("SELECT MAX(seq) FROM audit").fetchone()[0]
    return desk


def codes(clinic, **how):
    return {fault.code for fault in verify(clinic, **how).faults}


def quick(clinic):
    return {fault.code: fault.sentence for fault in quick_check(clinic).faults}


def test_p13_untouched_there_is_nothing_to_say(worked):
    assert codes(worked.clinic) == set()
    assert quick_check(worked.clinic).good
    assert verify(worked.clinic).checked["anchors"] == 2


def test_p13_an_edited_row_is_named(worked):
    tamper(worked.clinic.db, "UPDATE audit SET detail = '{}' WHERE seq = 3")
    (fault,) = verify(worked.clinic).faults
    assert fault.code == "audit.mac"
    assert "第 3 号" in fault.sentence


def test_p13_a_row_deleted_in_the_middle_is_named(worked):
    tamper(worked.clinic.db, "DELETE FROM audit WHERE seq = 3")
    found = {fault.code: fault.sentence for fault in verify(worked.clinic).faults}
    assert found.keys() == {"audit.gap", "anchor.other"}  # the first backup stood at that row
    assert "第 3 号" in found["audit.gap"]


def test_p13_rows_cut_off_at_the_end_are_missed_by_the_backups(worked):
    db, head = worked.clinic.db, worked.head
    tamper(db, f"DELETE FROM audit WHERE seq = {head}")
    found = {fault.code: fault.sentence for fault in verify(worked.clinic).faults}
    assert found.keys() == {"anchor.cut", "audit.ahead"}  # what the last step wrote is still there
    assert worked.newest in found["anchor.cut"]
    assert f"#{head}" in found["anchor.cut"]
    assert "anchor.cut" in quick(worked.clinic)


def test_p13_an_inserted_row_is_named(worked):
    db = worked.clinic.db
    columns = ", ".join(row[1] for row in db.execute_sql("PRAGMA table_info(audit)").fetchall())
    values = columns.replace("seq", "seq + 1").replace("op_id", "randomblob(16)")
    copy = f"INSERT INTO audit ({columns}) SELECT {values} FROM audit WHERE seq = {worked.head}"
    tamper(db, copy)
    (fault,) = verify(worked.clinic).faults
    assert fault.code == "audit.mac"
    assert f"第 {worked.head + 1} 号" in fault.sentence
    assert quick(worked.clinic).keys() == {"audit.mac"}  # the start looks at what is new


def test_p13_an_older_copy_in_the_place_of_the_file_is_found(worked):
    oldest = shelf.known(shelf.folder_of(worked.folder))[-1]
    worked.close()
    shutil.copyfile(oldest.path, worked.folder / "clinic.db")
    worked.clock.time = "11:00:00"
    clinic = worked.open()
    (fault,) = verify(clinic).faults
    assert fault.code == "anchor.cut"
    assert worked.newest in fault.sentence
    assert quick(clinic).keys() == {"anchor.cut"}
    enter(worked.session(), "赵小兰", "13922223333")  # the chain is as long again, but another
    assert quick(clinic).keys() == {"anchor.other"}
    made = make_backup(clinic, "by hand")
    assert made.manifest.faults == ("anchor.other",)
    assert shelf.read_state(shelf.folder_of(worked.folder)).failed_on  # nothing is thinned now


def chain_again(clinic, mac_of):
    db = clinic.db
    names = [row[1] for row in db.execute_sql("PRAGMA table_info(audit)").fetchall()]
    rows = db.execute_sql("SELECT * FROM audit ORDER BY seq").fetchall()
    previous, statements = b"", []
    for values in rows:
        row = dict(zip(names, values, strict=True))
        del row["mac"]
        if row["seq"] == 3:
            row["detail"] = "{}"
        previous = mac_of(previous, row)
        statements.append(
            f"UPDATE audit SET mac = x'{previous.hex()}', detail = '{row['detail']}'"
            f" WHERE seq = {row['seq']}"
        )
    tamper(db, *statements)


def test_p13_a_chain_made_anew_without_the_key_does_not_fit(worked):
    def guessed(previous, row):
        text = msgspec.json.encode({**row, "op_id": row["op_id"].hex()})
        return hmac.new(bytes(32), previous + text, hashlib.sha256).digest()

    chain_again(worked.clinic, guessed)
    assert codes(worked.clinic) == {"audit.mac", "anchor.other"}


def test_p13_a_chain_made_anew_with_the_key_is_betrayed_by_the_backups(worked):
    chain_again(worked.clinic, lambda before, row: chain_mac(worked.clinic.audit_key, before, row))
    assert codes(worked.clinic) == {"anchor.other"}


def test_p13_a_dropped_trigger_is_named_at_the_start(worked):
    worked.clinic.db.execute_sql("DROP TRIGGER audit_no_update")
    assert "trigger audit_no_update" in quick(worked.clinic)["schema.missing"]


def test_p13_a_stick_remembers_when_the_folder_of_the_backups_is_emptied(worked, tmp_path):
    second = tmp_path / "second"
    second.mkdir()
    home = shelf.folder_of(worked.folder)
    oldest, newest = shelf.known(home)[-1], shelf.known(home)[0]
    worked.clock.time = "11:00:00"
    place = off_pc.adopt(second, newest.manifest.clinic_id)
    off_pc.copy_out(newest, place, worked.clock, home)
    state = shelf.read_state(home)
    state.second = str(second)
    shelf.write_state(home, state)
    worked.close()
    shutil.copyfile(oldest.path, worked.folder / "clinic.db")
    for each in shelf.known(home):
        shelf.remove(each.path)
    clinic = worked.open()
    assert codes(clinic) == {"anchor.cut"}
    assert codes(clinic, by_itself=True) == set()  # as the drill looks at a copy of some day


def test_a_restore_gives_up_what_came_after_and_so_does_its_undoing(worked):
    oldest = shelf.known(shelf.folder_of(worked.folder))[-1]
    key = worked.clinic.file.key
    worked.close()
    clock = ManualClock("2026-11-21", "09:00:00")
    done = restore(worked.folder, oldest, key, clock=clock, vault=worked.vault, **WHO)
    worked.clock.day = "2026-11-22"
    clinic = worked.open()
    assert quick_check(clinic).good
    assert codes(clinic) == set()
    enter(worked.session(), "赵小兰", "13922223333")
    make_backup(clinic, "by hand")
    worked.close()
    clock = ManualClock("2026-11-23", "09:00:00")
    aside = done.aside / "clinic.db"
    undo(worked.folder, aside, key, clock=clock, vault=worked.vault, **WHO)
    worked.clock.day = "2026-11-24"
    assert codes(worked.open()) == set()


def test_a_backup_that_somebody_else_sealed_says_nothing(worked):
    home = shelf.folder_of(worked.folder)
    newest = shelf.known(home)[0]
    text = newest.path.with_suffix(".json").read_text()
    newest.path.with_suffix(".json").write_text(text.replace(f'"seq": {worked.head}', '"seq": 999'))
    assert verify(worked.clinic).checked["anchors"] == 1


def test_p13_a_head_typed_off_a_slip_is_compared(worked):
    head = anchors.written(worked.clinic.db)
    assert head.endswith(f"#{worked.head}")
    assert codes(worked.clinic, heads=[anchors.typed(f"  {head.upper()} ")]) == set()
    wrong = anchors.typed(f"00000000 #{worked.head}")
    assert codes(worked.clinic, heads=[wrong]) == {"anchor.other"}
    assert codes(worked.clinic, heads=[anchors.typed("12345678#9999")]) == {"anchor.cut"}
    with pytest.raises(RuleError, match="1a2b3c4d #123"):
        anchors.typed("第 12 号")


def test_before_the_first_backup_the_whole_chain_is_checked(desk):
    assert quick_check(desk.clinic).checked["audit"] == 3
    tamper(desk.clinic.db, "DELETE FROM audit")
    assert anchors.written(desk.clinic.db) == ""
    made = shelf.folder_of(desk.folder)
    assert not made.exists()
    assert "anchors" not in quick_check(desk.clinic).checked
    head = anchors.typed("12345678 #1")
    assert "anchor.cut" in codes(desk.clinic, heads=[head])
