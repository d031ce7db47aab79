"""P15: the program's own small files, written by somebody else: never a traceback, never a file
moved or read outside the folder."""

import json

import pytest

from models import keys
from models.errors import Fault, StoreFault
from services.backups import manifest, off_pc, shelf, swap
from services.backups.making import make_backup, thin

CODE = "00000-00000-00000-00000-00000"


def test_a_note_of_a_restore_moves_nothing_out_of_the_folder(desk, tmp_path):
    desk.close()
    before = (desk.folder / "clinic.db").read_bytes()
    for name in ("../../out", "/tmp/x", "..", "", "x" * 5000):
        swap.coming(desk.folder).write_bytes(b"new")
        (desk.folder / swap.NOTE).write_text(json.dumps({"aside": name}))
        swap.finish(desk.folder)
        assert (desk.folder / "clinic.db").read_bytes() == before
        assert not swap.unfinished(desk.folder)
    (desk.folder / swap.NOTE).write_bytes(b"[" * 4000)
    swap.finish(desk.folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pc"]


@pytest.mark.parametrize(
    "change",
    [
        {"clinic_id": "../../../etc/passwd"},
        {"clinic_id": "a\u0000b"},
        {"clinic_id": 5},
        {"slots": {"recovery": {"nonce": 1, "sealed": None}}},
        {"slots": {"recovery": {"nonce": "", "sealed": ""}}},
        {"slots": {}},
        {"check": "AA=="},
    ],
)
def test_a_key_file_of_other_shape_is_damaged_and_reads_no_other_file(desk, change):
    plain = keys.plain(keys.load(desk.folder))
    desk.close()
    (desk.folder / keys.KEYS_FILE).write_text(json.dumps({**plain, **change}))
    tries = [lambda: keys.unlock_with_code(desk.folder, desk.code)]
    if "slots" not in change:
        tries.append(lambda: keys.unlock_with_device(desk.folder, desk.vault))
    for attempt in tries:
        with pytest.raises(StoreFault) as found:
            attempt()
        assert found.value.fault is Fault.KEYS_DAMAGED


@pytest.mark.parametrize("text", [b"[" * 60_000, b" " * 200_000 + b"{}", b"\xff\xfe", b""])
def test_a_key_file_that_is_no_json_is_damaged(tmp_path, text):
    (tmp_path / keys.KEYS_FILE).write_bytes(text)
    with pytest.raises(StoreFault) as found:
        keys.load(tmp_path)
    assert found.value.fault is Fault.KEYS_DAMAGED


@pytest.mark.parametrize("salt", [None, 5, "AA==", "?"])
def test_an_owners_slot_of_other_shape_is_damaged(desk, salt):
    keys.set_passphrase(desk.folder, desk.clinic.file.key, "一句只有院长知道的话")
    found = keys.load(desk.folder)
    slot = {**found.slots["owner"], "salt": salt}
    if salt is None:
        del slot["salt"]
    spoilt = keys.KeyFile(
        found.clinic_id, found.check, found.file_salt, {**found.slots, "owner": slot}
    )
    with pytest.raises(StoreFault) as error:
        keys.open_with_words(spoilt, CODE)
    assert error.value.fault is Fault.KEYS_DAMAGED


def test_a_manifest_of_other_shape_is_none(desk):
    made = make_backup(desk.clinic, "by hand")
    beside = manifest.beside(made.path)
    sound = json.loads(beside.read_text())
    for change in ({"made_at": "x"}, {"made_at": "2026-02-30 09:00:00"}, {"keys": {}}):
        beside.write_text(json.dumps({**sound, **change}))
        assert manifest.read(made.path) is None
    beside.write_bytes(b'{"keys":' + b"[" * 100_000)
    assert manifest.read(made.path) is None
    beside.write_text(json.dumps({**sound, "seal": "王"}))
    assert not manifest.seal_holds(manifest.read(made.path), desk.clinic.file.key)


def test_a_name_that_is_no_time_is_no_backup(desk):
    made = make_backup(desk.clinic, "by hand")
    home = shelf.folder_of(desk.folder)
    for name in ("haochi-99999999-000000-1.db", "haochi-20261120-996000-1.db"):
        (home / name).write_bytes(b"x")
        manifest.write(home / name, made.manifest)
    assert [each.path for each in shelf.known(home)] == [made.path]
    assert thin(home, "2026-11-21", shelf.State()) == 0


@pytest.mark.parametrize(
    "state", [{"restored_on": "x"}, {"failed_on": "2026-02-30"}, {"off_pc": {"a": "gestern"}}]
)
def test_a_state_of_other_shape_is_forgotten(desk, state):
    home = shelf.folder_of(desk.folder)
    home.mkdir()
    (home / shelf.STATE).write_text(json.dumps(state))
    assert shelf.read_state(home) == shelf.State()
    (home / shelf.STATE).write_bytes(b"[" * 60_000)
    assert shelf.read_state(home) == shelf.State()


def test_a_marker_that_is_none_makes_no_place(tmp_path):
    (tmp_path / off_pc.MARKER).write_bytes(b"[" * 4000)
    assert tmp_path not in [each.folder for each in off_pc.places("", [tmp_path])]
