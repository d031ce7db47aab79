"""PINs, waiting after wrong ones, and a second person's word."""

from __future__ import annotations

import pytest

from models.vault import FileVault
from services import staff
from services.clinic import open_clinic
from services.errors import EnvironmentFault, RuleError
from services.rights import APPROVALS, ROLES, may
from services.staff import (
    add_staff,
    approve,
    change_own_pin,
    change_staff,
    check_pin_form,
    hash_pin,
    list_staff,
    sign_in,
    staff_names,
)
from tests.conftest import PIN, REAL_HASHER, STAFF, TODAY

WRONG = "999998"
NAME = STAFF["frontdesk"]


def fail(clinic, times: int = 1) -> str:
    """So many wrong PINs; the last sentence."""
    sentence = ""
    for _ in range(times):
        with pytest.raises(RuleError) as caught:
            sign_in(clinic, NAME, WRONG)
        sentence = caught.value.sentence
    return sentence


def at(clock, seconds: int) -> None:
    clock.time = f"{9 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


# -- the form of a PIN -----------


@pytest.mark.parametrize("pin", ["274159", "100000", "123457", "987653210", "274159274159"])
def test_good_pins(pin):
    check_pin_form(pin)


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "27415",
        "2741592741591",
        "27415a",
        " 274159",
        "\uff12\uff17\uff14\uff11\uff15\uff19",
        "٢٧٤١٥٩",
        "-27415",
        "27.159",
    ],
)
def test_pins_of_another_form(pin):
    with pytest.raises(RuleError, match="6 至 12 位"):
        check_pin_form(pin)


@pytest.mark.parametrize("pin", ["111111", "000000000000", "123456", "012345", "3456789", "987654"])
def test_pins_anybody_would_try(pin):
    with pytest.raises(RuleError, match="太简单"):
        check_pin_form(pin)


def test_a_pin_is_kept_as_argon2id_with_its_own_salt(clinic, monkeypatch):
    monkeypatch.setattr(staff, "_hasher", REAL_HASHER)
    one, two = hash_pin(PIN), hash_pin(PIN)
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    stored = clinic.db.execute_sql("SELECT pin_hash FROM staff").fetchall()
    assert all(row[0].startswith("$argon2id$") for row in stored)
    text = clinic.db.execute_sql("SELECT group_concat(detail || result) FROM audit").fetchone()[0]
    assert PIN not in text
    assert "argon2" not in text


# -- waiting -----------


def test_five_free_then_30_seconds_doubling_to_15_minutes_and_never_for_ever(clinic, clock):
    for left in (4, 3, 2, 1):
        assert f"还可以试 {left} 次" in fail(clinic)
    now = 0
    for wait in (30, 60, 120, 240, 480, 900, 900, 900):
        assert f"请等 {wait} 秒" in fail(clinic)
        at(clock, now + wait - 1)
        with pytest.raises(RuleError, match="请等 1 秒"):
            sign_in(clinic, NAME, PIN)  # even the right one waits
        now += wait
        at(clock, now)
    assert sign_in(clinic, NAME, PIN).actor.id == 2
    assert "还可以试 4 次" in fail(clinic)


def test_waiting_itself_counts_no_failure(clinic, clock):
    fail(clinic, 5)
    for _ in range(3):
        with pytest.raises(RuleError, match="请等 30 秒"):
            sign_in(clinic, NAME, WRONG)
    at(clock, 30)
    sign_in(clinic, NAME, PIN)


def test_a_restart_forgets_nothing(clinic, clock, tmp_path):
    fail(clinic, 5)
    clinic.close()
    again = open_clinic(
        clinic.folder, clock, holder="t", vault=FileVault(tmp_path / "clinic" / "vault")
    )
    with pytest.raises(RuleError, match="请等 30 秒"):
        sign_in(again, NAME, PIN)
    sign_in(again, STAFF["billing"], PIN)  # nobody else waits
    again.close()


def test_a_wait_written_by_a_wrong_clock_locks_nobody_for_years(clinic, clock):
    clock.day = "2036-01-01"
    fail(clinic, 5)
    clock.day = TODAY
    assert sign_in(clinic, NAME, PIN)


def test_no_pin_at_all_is_no_guess(clinic):
    for _ in range(9):
        with pytest.raises(RuleError, match="请输入密码"):
            sign_in(clinic, NAME, "")
    assert sign_in(clinic, NAME, PIN).actor.name == NAME


def test_the_director_lifts_a_wait(clinic, director):
    fail(clinic, 5)
    change_staff(director, staff_id=2, unlock=True)
    sign_in(clinic, NAME, PIN)
    fail(clinic, 5)
    change_staff(director, staff_id=2, new_pin="582914")
    sign_in(clinic, NAME, "582914")


def test_unknown_and_departed_people(clinic, director):
    with pytest.raises(RuleError, match="没有这位员工"):
        sign_in(clinic, "赵", PIN)
    change_staff(director, staff_id=2, active=False)
    with pytest.raises(RuleError, match="没有这位员工"):
        sign_in(clinic, NAME, PIN)
    assert NAME not in [row.name for row in list_staff(clinic.db)]
    assert NAME in [row.name for row in list_staff(clinic.db, everybody=True)]
    assert staff_names(clinic.db)[2] == NAME
    change_staff(director, staff_id=2, active=True)
    sign_in(clinic, NAME, PIN)


def test_a_damaged_hash_lets_nobody_in(clinic):
    clinic.db.execute_sql("UPDATE staff SET pin_hash = 'x' WHERE id = 2")
    with pytest.raises(RuleError, match="密码不对"):
        sign_in(clinic, NAME, PIN)


def test_reading_only_a_wrong_pin_is_no_way_round_the_count(clinic, clock, tmp_path):
    reading = open_clinic(
        clinic.folder, clock, holder="t", read_only=True, vault=FileVault(tmp_path / "clinic/vault")
    )
    sign_in(reading, NAME, PIN)
    with pytest.raises(EnvironmentFault):
        sign_in(reading, NAME, WRONG)
    reading.close()


# -- adding and changing -----------


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"name": "  "}, "姓名"),
        ({"role": "boss"}, "岗位"),
        ({"pin": "123456"}, "太简单"),
        ({"name": NAME}, "同名"),
        ({"name": f" {NAME} "}, "同名"),
    ],
)
def test_what_a_new_member_of_staff_wants(director, bad, says):
    good = {"name": "钱新人", "role": "frontdesk", "pin": PIN}
    with pytest.raises(RuleError, match=says):
        add_staff(director, **{**good, **bad})
    assert add_staff(director, **good).staff_id == 6


def test_changing_role_and_pin(clinic, director, frontdesk):
    change_staff(director, staff_id=2, role="billing")
    assert sign_in(clinic, NAME, PIN).actor.role == "billing"
    with pytest.raises(RuleError, match="岗位"):
        change_staff(director, staff_id=2, role="boss")
    with pytest.raises(RuleError, match="6 至 12"):
        change_staff(director, staff_id=2, new_pin="1")
    for nothing in ({"staff_id": 2}, {"staff_id": 99, "unlock": True}):
        with pytest.raises(RuleError, match="没有改动"):
            change_staff(director, **nothing)
    again = sign_in(clinic, NAME, PIN)
    change_own_pin(again, new_pin="582914")
    sign_in(clinic, NAME, "582914")
    with pytest.raises(RuleError):
        change_own_pin(again, new_pin="111111")


@pytest.mark.parametrize("change", [{"role": "frontdesk"}, {"active": False}])
def test_a_clinic_keeps_a_director(clinic, director, change):
    with pytest.raises(RuleError, match="至少要有一位"):
        change_staff(director, staff_id=1, **change)
    assert sign_in(clinic, STAFF["director"], PIN).actor.role == "director"
    add_staff(director, name="第二院长", role="director", pin=PIN)
    change_staff(director, staff_id=1, **change)


# -- a second person's word -----------


@pytest.mark.parametrize("role", ROLES)
def test_who_may_approve_what(clinic, role):
    for right in APPROVALS:
        if may(role, right):
            word = approve(clinic, STAFF[role], PIN, right)
            assert (word.name, word.role, word.right) == (STAFF[role], role, right)
        else:
            with pytest.raises(RuleError, match="没有这项批准权限"):
                approve(clinic, STAFF[role], PIN, right)


def test_a_wrong_pin_approves_nothing_and_counts(clinic):
    for _ in range(5):
        with pytest.raises(RuleError, match="密码不对"):
            approve(clinic, NAME, WRONG, "sign.billing")
    with pytest.raises(RuleError, match="请等"):
        sign_in(clinic, NAME, PIN)
