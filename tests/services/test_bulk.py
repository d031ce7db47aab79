"""Many commands in one transaction leave exactly what they leave one by one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from models.ledgers import Standing
from models.vault import FileVault
from services.bulk import Memory, bulk
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock
from services.commands import Session, Tx, _begin, head_of_chain
from services.errors import RuleError
from services.loyalty.membership import join
from services.loyalty.receipts import post_receipt, refund
from services.staff import sign_in
from tests.conftest import PIN, STAFF, TODAY
from tests.gift_world import add_person, in_command

RANDOM = {"audit": {"op_id", "mac"}}  # command ids and the chain's key differ from run to run


def everything(
    clinic: Clinic, without: dict[str, set[str]] = RANDOM
) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for what is random by design."""
    db = clinic.db
    tables = [
        row[0]
        for row in db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    ]
    found = {}
    for table in sorted(tables):
        names = [row[1] for row in db.execute_sql(f'PRAGMA table_info("{table}")').fetchall()]
        kept = ", ".join(f'"{name}"' for name in names if name not in without.get(table, ()))
        found[table] = sorted(db.execute_sql(f'SELECT {kept} FROM "{table}"').fetchall(), key=repr)
    return found


def a_morning(front: Session, billing: Session, clock: ManualClock) -> None:
    """Receipts that cross tiers, a join, a refund, a new day in the middle."""
    first = post_receipt(front, person_id=1, amount_fen=150_000)
    join(billing, person_id=1, benefits_explained=True)
    post_receipt(billing, person_id=1, amount_fen=700_000)
    clock.day = "2026-11-21"
    refund(front, receipt_id=first.receipt_id, amount_fen=50_000, reason="多收")
    post_receipt(front, person_id=2, amount_fen=1_000_000)


@pytest.fixture
def twin(
    clinic: Clinic, clinic_template: Path, tmp_path: Path
) -> Callable[[], tuple[Clinic, ManualClock]]:
    """A second clinic copied from the same template."""
    made = []

    def copy() -> tuple[Clinic, ManualClock]:
        shutil.copytree(clinic_template, tmp_path / "twin")
        clock = ManualClock(TODAY)
        vault = FileVault(tmp_path / "twin" / "vault")
        made.append(open_clinic(tmp_path / "twin" / "data", clock, holder="test", vault=vault))
        return made[0], clock

    yield copy
    for opened in made:
        opened.close()


def test_a_batch_writes_what_single_commands_write(
    clinic: Clinic, clock: ManualClock, twin: Callable[[], tuple[Clinic, ManualClock]]
) -> None:
    other, other_clock = twin()
    pairs = []
    for each in (clinic, other):
        front = sign_in(each, STAFF["frontdesk"], PIN)
        add_person(front, "P1")
        add_person(front, "P2")
        pairs.append((front, sign_in(each, STAFF["billing"], PIN)))
    a_morning(*pairs[0], clock)
    with bulk(*pairs[1]) as (front, billing):
        a_morning(front, billing, other_clock)
    assert everything(clinic) == everything(other)
    assert head_of_chain(clinic.db)[0] == head_of_chain(other.db)[0]


def a_refused_morning(front: Session) -> None:
    with bulk(front) as (inside,):
        post_receipt(inside, person_id=1, amount_fen=100)
        post_receipt(inside, person_id=99, amount_fen=100)


def a_refusal_swallowed(front: Session, *later: int) -> None:
    with bulk(front) as (inside,):
        with pytest.raises(RuleError):
            post_receipt(inside, person_id=99, amount_fen=100)
        for person_id in later:
            post_receipt(inside, person_id=person_id, amount_fen=100)


def test_a_refused_command_gives_the_whole_batch_up(frontdesk: Session) -> None:
    add_person(frontdesk, "P1")
    before = everything(frontdesk.clinic)
    with pytest.raises(RuleError):
        a_refused_morning(frontdesk)
    assert everything(frontdesk.clinic) == before


def test_nothing_goes_on_after_a_refusal(frontdesk: Session) -> None:
    add_person(frontdesk, "P1")
    before = everything(frontdesk.clinic)
    for later in ((), (1,)):
        with pytest.raises(RuntimeError, match="refused"):
            a_refusal_swallowed(frontdesk, *later)
    assert everything(frontdesk.clinic) == before


def test_what_a_block_that_was_given_up_found_out_is_forgotten(frontdesk: Session) -> None:
    add_person(frontdesk, "P1")
    memory = Memory()
    with bulk(frontdesk, memory=memory) as (inside,):
        post_receipt(inside, person_id=1, amount_fen=1_000)
    assert memory
    with pytest.raises(RuntimeError, match="refused"), bulk(frontdesk, memory=memory) as (inside,):
        post_receipt(inside, person_id=1, amount_fen=150_000)
        with pytest.raises(RuleError):
            post_receipt(inside, person_id=99, amount_fen=100)
    assert not memory
    # the same money under the same number, but of another day
    post_receipt(frontdesk, person_id=1, amount_fen=150_000, occurred_on="2026-11-18")
    with bulk(frontdesk, memory=memory) as (inside,):
        post_receipt(inside, person_id=1, amount_fen=1_000)
    (standing,) = Standing.select().execute(frontdesk.db)
    assert standing.reached_on == "2026-11-18"


def test_a_refused_block_forgets_as_well(frontdesk: Session) -> None:
    add_person(frontdesk, "P1")
    memory = Memory()
    with pytest.raises(RuleError), bulk(frontdesk, memory=memory) as (inside,):
        post_receipt(inside, person_id=1, amount_fen=1_000)
        post_receipt(inside, person_id=99, amount_fen=100)
    assert not memory


def test_a_part_that_is_given_up_takes_along_what_the_batch_kept(frontdesk: Session) -> None:
    add_person(frontdesk, "P1")
    memory = Memory()
    with bulk(frontdesk, memory=memory) as (inside,):
        post_receipt(inside, person_id=1, amount_fen=1_000)
        assert memory
        a_part_given_up(_begin(inside, inside.db))
        assert not memory
    in_command(frontdesk, a_part_given_up)  # alone a command keeps nothing


def a_part_given_up(tx: Tx) -> None:
    with pytest.raises(LookupError), tx.attempt():
        raise LookupError


def test_a_memory_keeps_so_many_things_the_newest_of_them() -> None:
    memory = Memory(2)
    memory["a"] = memory["b"] = 1
    memory["a"] = 2
    memory["c"] = 3
    assert dict(memory) == {"a": 2, "c": 3}
