"""A damaged key file is taken back from a backup; the clinic's own file is not touched."""

import hashlib
import shutil

import pytest

from models.clinic_file import take_lock
from models.errors import Fault, StoreFault
from services.backups import keys_back
from services.backups.making import make_backup
from services.clinic import open_clinic
from tests.services.backups.conftest import enter


@pytest.fixture
def backup(desk):
    made = make_backup(desk.clinic, "by hand")
    enter(desk.session(), "李小红", "13911112222")
    desk.close()
    return made


def take_back(desk, backup, typed=None, folder=None, vault=None):
    keys_back.take_back(
        folder or desk.folder,
        backup,
        typed or desk.code,
        clock=desk.clock,
        vault=vault or desk.vault,
        holder="test",
    )


def people(clinic):
    return clinic.db.execute_sql("SELECT count(*) FROM person").fetchone()[0]


@pytest.mark.parametrize("harm", ["{", None])
def test_p9_only_the_keys_are_damaged(desk, backup, harm):
    keys = desk.folder / "keys.json"
    keys.unlink() if harm is None else keys.write_text(harm)
    before = hashlib.sha256((desk.folder / "clinic.db").read_bytes()).hexdigest()
    take_back(desk, backup)
    after = hashlib.sha256((desk.folder / "clinic.db").read_bytes()).hexdigest()
    assert before == after
    kept = list(desk.folder.glob("keys-damaged-*.json"))
    assert [path.read_text() for path in kept] == ([] if harm is None else [harm])
    assert people(desk.open()) == 2  # nothing was lost, and this PC opens it by itself again


def test_a_second_damaged_key_file_of_one_second_is_kept_too(desk, backup):
    for harm in ("{", "[", "("):
        (desk.folder / "keys.json").write_text(harm)
        take_back(desk, backup)
    kept = sorted(path.read_text() for path in desk.folder.glob("keys-damaged-*.json"))
    assert kept == ["(", "[", "{"]


def test_another_code_changes_nothing(desk, backup):
    (desk.folder / "keys.json").write_text("{")
    with pytest.raises(StoreFault) as caught:
        take_back(desk, backup, "0" * 25)
    assert caught.value.fault is Fault.WRONG_KEY
    assert (desk.folder / "keys.json").read_text() == "{"


def test_the_keys_of_another_clinic_are_not_put_beside_this_one(desk, backup):
    (desk.folder / "keys.json").write_text("{")
    (desk.folder / "clinic.db").write_bytes(bytes(8192))
    with pytest.raises(StoreFault) as caught:
        take_back(desk, backup)
    assert caught.value.fault is Fault.DAMAGED
    assert (desk.folder / "keys.json").read_text() == "{"
    (desk.folder / "clinic.db").unlink()
    with pytest.raises(StoreFault) as caught:
        take_back(desk, backup)
    assert caught.value.fault is Fault.MISSING


def test_a_clinic_in_use_is_left_alone(desk, backup):
    lock = take_lock(desk.folder, "another")
    with pytest.raises(StoreFault) as caught:
        take_back(desk, backup)
    lock.close()
    assert caught.value.fault is Fault.LOCKED


def test_a_pc_that_keeps_nothing_opens_by_the_code(desk, backup):
    class Broken:
        def get(self, clinic_id):
            return None

        def set(self, clinic_id, secret):
            raise OSError

    (desk.folder / "keys.json").unlink()
    shutil.rmtree(desk.root / "vault")
    take_back(desk, backup, vault=Broken())
    with pytest.raises(StoreFault):
        desk.open()
    clinic = open_clinic(desk.folder, desk.clock, holder="test", vault=desk.vault, code=desk.code)
    assert people(clinic) == 2
    clinic.close()
