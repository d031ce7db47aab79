"""The slots of the data key: this PC, the recovery code, the owner's passphrase."""

import json

import pytest

from models import keys
from models.errors import Fault, StoreFault
from tests.models.conftest import CODE

WORDS = "春天的牙齿 四颗"


def test_a_passphrase_opens_the_clinic_and_the_file_is_not_rewritten(closed):
    opened = closed.open()
    key = opened.key
    opened.close()
    before = closed.path.read_bytes()
    keys.set_passphrase(closed.folder, key, WORDS)
    assert closed.path.read_bytes() == before
    assert keys.has_passphrase(keys.load(closed.folder))
    again = closed.open(code="  春天的牙齿 四颗 ")
    assert again.key == key
    again.close()
    closed.open(code=CODE).close()  # the code goes on working
    closed.open().close()


def test_another_passphrase_and_one_that_was_taken_away_open_nothing(closed):
    opened = closed.open()
    keys.set_passphrase(closed.folder, opened.key, WORDS)
    opened.close()
    with pytest.raises(StoreFault) as caught:
        closed.open(code="别的话")
    assert caught.value.fault is Fault.WRONG_KEY
    keys.set_passphrase(closed.folder, opened.key, "")
    assert not keys.has_passphrase(keys.load(closed.folder))
    with pytest.raises(StoreFault):
        closed.open(code=WORDS)


def test_a_slot_without_its_salt_is_named_as_damage(closed):
    opened = closed.open()
    keys.set_passphrase(closed.folder, opened.key, WORDS)
    opened.close()
    path = closed.folder / keys.KEYS_FILE
    raw = json.loads(path.read_text())
    del raw["slots"][keys.OWNER]["salt"]
    path.write_text(json.dumps(raw))
    with pytest.raises(StoreFault) as caught:
        closed.open(code=WORDS)
    assert caught.value.fault is Fault.KEYS_DAMAGED


def test_only_the_slots_that_travel_go_into_a_backup(closed):
    opened = closed.open()
    keys.set_passphrase(closed.folder, opened.key, WORDS)
    travel = keys.for_travel(keys.load(closed.folder))
    opened.close()
    assert sorted(travel.slots) == [keys.OWNER, keys.RECOVERY]
    assert keys.open_with_words(travel, WORDS) == opened.key
    assert keys.parse(keys.plain(travel)) == travel
    with pytest.raises(StoreFault):
        keys.parse({"clinic_id": "x"})
