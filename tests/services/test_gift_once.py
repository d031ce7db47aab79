"""A gift leaves the desk once, whatever happens: pressed twice, two windows, a dead PC (E29)."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import msgspec
import pytest

from models.gifts import GiftIssue, StockMove
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import plus_days
from services.errors import RuleError
from services.gifts.handout import issue_gift, return_gift
from services.gifts.promises import open_promises, promise_gift
from services.loyalty.grants import grant
from services.loyalty.membership import join
from services.loyalty.redemption import redeem, return_redemption
from services.programmes.registry import preset
from services.setup import change_settings
from services.verify import verify
from tests.conftest import TODAY
from tests.gift_world import add_gift, add_member, add_pack, gift_grant, give, owed_word, stocked
from tests.money_world import pay, person, session_of, sign

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def paste(marketing):
    gift_id = add_gift(marketing)
    stocked(marketing, gift_id, 2, 3)
    return gift_id


@pytest.fixture
def due(clinic, frontdesk, paste):
    return gift_grant(clinic, add_member(frontdesk, "M0000001"))


def count(clinic):
    return len(clinic.db.rows(GiftIssue.select(GiftIssue.id)))


def test_e29_a_pack_pressed_twice_goes_out_once(clinic, marketing, billing, member_admin, paste):
    pack = add_pack(marketing, (paste, 2))
    grant_id = give(member_admin, person(billing), yuan=50, n=2)
    form = billing.once(uuid.uuid4())
    first = issue_gift(form, grant_id=grant_id, gift_id=pack)
    assert issue_gift(form, grant_id=grant_id, gift_id=pack) == first
    assert count(clinic) == 1
    back = billing.once(uuid.uuid4())
    done = return_gift(back, issue_id=first.issue_id, sellable=True, reason="x")
    assert return_gift(back, issue_id=first.issue_id, sellable=True, reason="x") == done
    assert grant(clinic.db, grant_id).used == 0


def test_e32_a_promise_pressed_twice_is_made_once(clinic, billing, marketing, frontdesk):
    add_gift(marketing)
    due = gift_grant(clinic, add_member(frontdesk, "M0000001"))
    form, word = billing.once(uuid.uuid4()), owed_word(clinic)
    first = promise_gift(form, grant_id=due, approval=word)
    assert promise_gift(form, grant_id=due, approval=word) == first
    assert len(open_promises(clinic.db, TODAY)) == 1


def test_e29_two_windows_at_the_same_moment_issue_once(clinic, due, paste):
    start = threading.Barrier(2)
    answers: list[str] = []

    def hand_out(role: str) -> None:
        with clinic.long_writing() as other:
            session = dataclasses.replace(session_of(clinic, role), clinic=other)
            start.wait()
            try:
                issue_gift(session, grant_id=due, gift_id=paste)
                answers.append("")
            except RuleError as refused:
                answers.append(refused.sentence)

    threads = [threading.Thread(target=hand_out, args=(role,)) for role in ("billing", "frontdesk")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bool(answer) for answer in answers) == [False, True]
    assert "已领取：2026-11-20，经手" in max(answers)
    assert count(clinic) == 1
    assert [fault.code for fault in verify(clinic).faults] == ["search.missing"]


_KILLED = """
import os, signal, sys
from pathlib import Path
from models.vault import FileVault
from services.clinic import open_clinic
from services.clock import ManualClock
from services.gifts import handout
from services.loyalty import standing
from tests.money_world import session_of

data, vault, grant_id, gift_id = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:])
clinic = open_clinic(data, ManualClock("2026-11-20"), holder="other", vault=FileVault(vault))

def die(tx, *_):
    assert tx.db.execute_sql("SELECT COUNT(*) FROM gift_issue").fetchone()[0] == 1
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

standing.settle_after = die  # after the stock has moved, before anything is committed
handout.issue_gift(session_of(clinic, "billing"), grant_id=grant_id, gift_id=gift_id)
"""


def test_p4_a_pc_that_dies_in_the_middle_leaves_nothing_behind(clinic, clock, due, paste, tmp_path):
    before = len(clinic.db.rows(StockMove.select(StockMove.id)))
    folder, vault = clinic.folder, tmp_path / "clinic" / "vault"
    clinic.close()
    args = [sys.executable, "-c", _KILLED, folder, vault, due, paste]
    done = subprocess.run(
        [str(each) for each in args], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode != 0
    assert done.stderr == b""  # it was killed, nothing was raised
    again = open_clinic(folder, clock, holder="test", vault=FileVault(vault))
    try:
        assert count(again) == 0
        assert len(again.db.rows(StockMove.select(StockMove.id))) == before
        assert grant(again.db, due).used == 0
        issue_gift(session_of(again, "billing"), grant_id=due, gift_id=paste)
        assert [fault.code for fault in verify(again).faults] == ["search.missing"]
    finally:
        again.close()


# -- the clinic's days (E31) -----------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 25])
def test_e31_the_director_says_in_how_many_days_a_gift_comes_back(
    clinic, director, billing, due, paste, clock, days
):
    change_settings(director, gift_return_days=days)
    issued = issue_gift(billing, grant_id=due, gift_id=paste)
    clock.day = plus_days(TODAY, days)
    return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="x")
    issued = issue_gift(billing, grant_id=due, gift_id=paste)
    clock.day = plus_days(clock.day, days + 1)
    with pytest.raises(RuleError, match=f"超过 {days} 天，须由会员管理员或院长批准"):
        return_gift(billing, issue_id=issued.issue_id, sellable=True, reason="x")


def test_e31_the_same_days_hold_for_a_redemption(clinic, director, frontdesk, clock):
    sign(director, msgspec.structs.replace(preset("医院方案B"), name="医院方案A"))
    change_settings(director, gift_return_days=2)
    who = person(frontdesk)
    pay(frontdesk, who, 8000)
    join(frontdesk, person_id=who, benefits_explained=True)
    done = redeem(frontdesk, person_id=who, item_key="b.gift10", approval=owed_word(clinic))
    clock.day = plus_days(TODAY, 3)
    with pytest.raises(RuleError, match="兑换已超过 2 天"):
        return_redemption(frontdesk, redemption_id=done.redemption_id, reason="x")
