"""An upgrade keeps yesterday's file (P11)."""

import shutil

import pytest

from models import schema
from models.database import ClinicDatabase
from models.errors import Fault, StoreFault
from models.vault import FileVault
from services.backups import before_migration, manifest, shelf
from services.clinic import open_clinic
from services.clock import ManualClock
from tests.models.frozen.make import HERE

OLDEST = HERE / "clinic_v1"


@pytest.fixture
def old(tmp_path):
    shutil.copytree(OLDEST, tmp_path / "old")
    return tmp_path / "old"


def opened(old):
    clock = ManualClock("2026-11-21")
    return open_clinic(old / "data", clock, holder="test", vault=FileVault(old / "vault"))


def test_p11_the_older_file_is_kept_before_it_is_migrated_and_only_then(old):
    clinic = opened(old)
    kept, spoilt = shelf.examine(shelf.folder_of(clinic.folder))
    assert (len(kept), spoilt) == (1, [])
    found = kept[0].manifest
    assert (found.schema, found.why) == (1, "migration")
    assert manifest.seal_holds(found, clinic.file.key)
    copy = ClinicDatabase(kept[0].path, clinic.file.key, read_only=True)
    copy.open()
    assert schema.version_of(copy) == 1
    copy.close()
    clinic.close()
    opened(old).close()
    assert len(shelf.paths(shelf.folder_of(old / "data"))) == 1


def test_p11_without_a_sound_copy_there_is_no_migration(old, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(before_migration.checks, "structure_faults", lambda db: ["page 3"])
        with pytest.raises(StoreFault) as caught:
            opened(old)
    assert caught.value.fault is Fault.DAMAGED
    assert shelf.paths(shelf.folder_of(old / "data")) == []
    clinic = opened(old)
    assert shelf.known(shelf.folder_of(clinic.folder))[0].manifest.schema == 1
    clinic.close()
