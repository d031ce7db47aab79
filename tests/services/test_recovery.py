"""The owner's passphrase, and a director's new PIN by the recovery code."""

import uuid

import msgspec
import pytest

from models import keys
from models.errors import Fault, StoreFault
from models.system import Audit
from services.errors import RuleError
from services.recovery import (
    change_passphrase,
    has_passphrase,
    new_pin_by_code,
    note_way_in,
    refuse_other_code,
)
from services.staff import list_staff, sign_in
from tests.conftest import PIN, STAFF
from tests.services.backups.conftest import Desk, desk, desk_template  # noqa: F401

WORDS = "春天的牙齿四颗"
NEW = "860421"


def newest(clinic) -> tuple[str, dict]:
    action, detail = clinic.db.row(
        Audit.select(Audit.action, Audit.detail).order_by(Audit.seq.desc())
    )
    return action, msgspec.json.decode(detail)


def staff_id(clinic, role: str) -> int:
    return next(row.id for row in list_staff(clinic.db) if row.role == role)


def reset(clinic, code: str, role: str = "director", pin: str = NEW, op=None):
    return new_pin_by_code(
        clinic, staff_id=staff_id(clinic, role), code=code, new_pin=pin, op_id=op or uuid.uuid4()
    )


def test_a_passphrase_opens_the_clinic_until_it_is_taken_away(desk: Desk):  # noqa: F811
    assert not has_passphrase(desk.clinic)
    assert change_passphrase(desk.session(), passphrase=WORDS).there
    assert newest(desk.clinic) == ("clinic.passphrase", {"there": True})
    assert has_passphrase(desk.clinic)
    desk.close()
    desk.open(WORDS)
    assert not change_passphrase(desk.session(), passphrase="").there
    assert not has_passphrase(desk.clinic)
    desk.close()
    with pytest.raises(StoreFault) as caught:
        desk.open(WORDS)
    assert caught.value.fault is Fault.WRONG_KEY
    desk.open()


@pytest.mark.parametrize("typed", ["短口令", "1234567890123", "aaaaaaaaaaaaaaa", "春天的牙齿"])
def test_what_can_be_guessed_is_no_passphrase(desk: Desk, typed: str):  # noqa: F811
    with pytest.raises(RuleError, match="口令太"):
        change_passphrase(desk.session(), passphrase=typed)
    assert not has_passphrase(desk.clinic)


def test_only_the_director_sets_it(desk: Desk):  # noqa: F811
    with pytest.raises(RuleError, match="院长"):
        change_passphrase(desk.session("frontdesk"), passphrase=WORDS)


def test_a_forgotten_pin_is_set_anew_by_the_code_and_a_lock_out_ends(desk: Desk):  # noqa: F811
    for _ in range(6):
        with pytest.raises(RuleError):
            sign_in(desk.clinic, STAFF["director"], "111222")
    op = uuid.uuid4()
    reset(desk.clinic, desk.code.lower(), op=op)
    assert newest(desk.clinic) == ("staff.pin_by_code", {"by": "recovery code"})
    reset(desk.clinic, desk.code, pin="990011", op=op)  # pressed twice counts once
    assert sign_in(desk.clinic, STAFF["director"], NEW)
    with pytest.raises(RuleError):
        sign_in(desk.clinic, STAFF["director"], PIN)


def test_the_code_is_for_directors_and_has_to_fit(desk: Desk):  # noqa: F811
    with pytest.raises(RuleError, match="只能重设院长"):
        reset(desk.clinic, desk.code, role="frontdesk")
    with pytest.raises(RuleError, match="只能重设院长"):
        new_pin_by_code(desk.clinic, staff_id=99, code=desk.code, new_pin=NEW, op_id=uuid.uuid4())
    with pytest.raises(RuleError, match="恢复码不对"):
        reset(desk.clinic, "0" * 25)
    with pytest.raises(RuleError, match="太简单"):
        reset(desk.clinic, desk.code, pin="111111")
    assert sign_in(desk.clinic, STAFF["director"], PIN)


def test_a_damaged_key_file_is_named(desk: Desk):  # noqa: F811
    (desk.folder / keys.KEYS_FILE).write_text("{")
    with pytest.raises(StoreFault) as caught:
        refuse_other_code(desk.clinic, desk.code)
    assert caught.value.fault is Fault.KEYS_DAMAGED


def test_the_way_in_is_on_record(desk: Desk):  # noqa: F811
    note_way_in(desk.session("frontdesk"))
    assert newest(desk.clinic)[0] == "clinic.way_in"
