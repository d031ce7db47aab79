"""A restore by somebody whose PIN the open clinic has just taken, and a look inside a backup."""

from dataclasses import replace

import pytest

from services.backups import restoring
from services.backups.making import make_backup
from services.commands import Actor
from services.errors import RuleError
from services.staff import add_staff, change_staff
from tests.conftest import PIN, STAFF


def restore(desk, backup, key, by):
    return restoring.restore(
        desk.folder, backup, key, clock=desk.clock, vault=desk.vault, by=by, holder="test"
    )


def test_a_pin_changed_since_the_backup_does_not_stop_the_restore(desk):
    made = make_backup(desk.clinic, "by hand")
    director = desk.session().actor
    change_staff(desk.session(), staff_id=director.id, new_pin="860421")
    key = desk.clinic.file.key
    desk.close()
    restore(desk, made, key, director)
    assert desk.open().db.execute_sql("SELECT count(*) FROM person").fetchone()[0] == 1
    assert desk.session().actor == director  # with the PIN of the backup's day


def test_somebody_the_backup_does_not_know_may_not(desk):
    made = make_backup(desk.clinic, "by hand")
    added = add_staff(desk.session(), name="郑管理", role="member_admin", pin=PIN)
    key = desk.clinic.file.key
    desk.close()
    for by in (Actor(added.staff_id, "郑管理", "member_admin"), Actor(2, STAFF["frontdesk"], "x")):
        with pytest.raises(RuleError, match="还没有恢复的权限"):
            restore(desk, made, key, by)
    assert not (desk.folder / "set-aside").exists()


def test_who_may_restore_is_read_from_a_copy(desk):
    made = make_backup(desk.clinic, "by hand")
    before = sorted(path.name for path in made.path.parent.iterdir())
    with restoring.inside(made, desk.clinic.file.key, desk.clock) as clinic:
        assert [row.name for row in restoring.managers(clinic)] == [STAFF["director"]]
        folder = clinic.folder
    assert not folder.exists()
    assert sorted(path.name for path in made.path.parent.iterdir()) == before
    made.path.write_bytes(b"other")
    with (
        pytest.raises(RuleError, match="已损坏"),
        restoring.inside(made, desk.clinic.file.key, desk.clock),
    ):
        pass  # pragma: no cover - it is refused before


def test_this_pcs_key_counts_only_where_it_opens_the_backup(desk):
    made = make_backup(desk.clinic, "by hand")
    key = desk.clinic.file.key
    assert restoring.device_key(desk.folder, made, desk.vault) == key
    other = replace(made, manifest=replace(made.manifest, seal="0" * 64))
    assert restoring.device_key(desk.folder, other, desk.vault) is None
    (desk.folder / "keys.json").write_text("{")
    assert restoring.device_key(desk.folder, made, desk.vault) is None
