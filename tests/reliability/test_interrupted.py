"""P1, P4, P8, P9, P11: an action that is killed happened or did not; the long forms stand in
bench.reliability."""

import random
import shutil

import pytest

from bench.reliability.deeds import DEEDS
from bench.reliability.desk import Desk, new_desk
from bench.reliability.interrupted import (
    backup_action,
    deeds_action,
    interrupt,
    migration_action,
    restore_action,
    worked_desk,
)
from tests.models.frozen.make import HERE

SEED = random.SystemRandom().randrange(1 << 30)
KILLS = 8


def check(done):
    print(f"seed {SEED}: {done}")  # noqa: T201
    assert done.faults == (), f"seed {SEED}"


def test_p8_a_backup_that_is_killed_lists_nothing_bad(tmp_path):
    desk, *_ = worked_desk(tmp_path / "start")
    check(interrupt(tmp_path, desk, backup_action(), KILLS, SEED))


def test_p9_a_restore_that_is_killed_leaves_the_old_or_the_new(tmp_path):
    desk, key, name, seq = worked_desk(tmp_path / "start")
    check(interrupt(tmp_path, desk, restore_action(key, name, seq), KILLS, SEED))


@pytest.mark.parametrize("version", [1, 4])
def test_p11_a_migration_that_is_killed_leaves_the_old_or_the_new(tmp_path, version):
    shutil.copytree(HERE / f"clinic_v{version}", tmp_path / "start")
    desk = Desk(tmp_path / "start")
    check(interrupt(tmp_path, desk, migration_action(), KILLS, SEED))


def test_p1_p4_a_day_that_is_killed_and_done_again_with_the_same_ids_is_done_once(tmp_path):
    """Posting, a Friday, an import, plans, merging, a cut-over and all the rest."""
    desk, _ = new_desk(tmp_path / "start")
    action = deeds_action(*(deed.name for deed in DEEDS))
    check(interrupt(tmp_path, desk, action, 3, SEED))
