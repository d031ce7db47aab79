"""Rights beyond role × command (tests/services/test_commands.py): second words, looks at personal
data, lock-outs, and PINs nobody was given."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import msgspec
import pytest

from services.commands import Approval, Tx, head_of_chain
from services.desk.appointments import book, reveal_phone
from services.errors import RuleError
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.people.privacy import reveal
from services.rights import APPROVALS, ROLES, holders, may
from services.staff import FREE_ATTEMPTS, approve, change_staff, sign_in
from tests.conftest import PIN, STAFF, TODAY
from tests.money_world import ROLE_IDS, session_of

ROOT = Path(__file__).parents[2]
PHONE = "13800138000"


def sources() -> list[Path]:
    return [path for room in ("services", "ui") for path in sorted((ROOT / room).rglob("*.py"))]


# -- second words ----------------------------------------------------------------------------------


@pytest.mark.parametrize("right", sorted(APPROVALS))
def test_a_word_counts_from_those_who_may_give_it_and_from_nobody_else(clinic, frontdesk, right):
    """role × approval, where commands ask for it; another right's word is no word."""
    tx = Tx(clinic, clinic.db, frontdesk.actor, 1, TODAY, "", frozenset(), b"")
    for role in ROLES:
        word = Approval(ROLE_IDS[role], STAFF[role], role, right)
        if role in APPROVALS[right]:
            assert tx.require(word, right, "no") is word
        else:
            with pytest.raises(RuleError, match="no"):
                tx.require(word, right, "no")
        for other in APPROVALS.keys() - {right}:
            with pytest.raises(RuleError, match="no"):
                tx.require(Approval(1, STAFF["director"], "director", other), right, "no")


def test_a_pin_gives_no_word_its_owner_may_not_give(clinic):
    for role, right in (("frontdesk", "approve.adjustment"), ("marketing", "sign.billing")):
        with pytest.raises(RuleError, match="没有这项批准权限") as caught:
            approve(clinic, STAFF[role], PIN, right)
        assert holders(right) in caught.value.sentence
    with pytest.raises(RuleError, match="密码不对"):
        approve(clinic, STAFF["director"], "999998", "approve.adjustment")


def test_every_word_that_can_be_given_is_asked_for_somewhere():
    texts = [path.read_text(encoding="utf-8") for path in sources() if path.name != "rights.py"]
    asked = {right for right in APPROVALS if any(f'"{right}"' in text for text in texts)}
    assert set(APPROVALS) - asked == set()


# -- looks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_a_look_at_personal_data_needs_its_right_and_leaves_a_row(clinic, frontdesk, role):
    form = PersonForm(name="王小明", phone=PHONE)
    who = enrol(frontdesk, form=form).person_id
    booked = book(frontdesk, day=TODAY, at="10:00", name="李四", phone="13900139000")
    session = session_of(clinic, role)
    looks = (
        ("person.reveal", lambda: reveal(session, person_id=who, field="phone")),
        (
            "appointment.reveal",
            lambda: reveal_phone(session, appointment_id=booked.appointment_id),
        ),
    )
    for right, look in looks:
        before = head_of_chain(clinic.db)[0]
        if may(role, right):
            assert look().startswith("1")
            row = clinic.db.execute_sql(
                "SELECT action, actor_id, detail, result FROM audit ORDER BY seq DESC LIMIT 1"
            ).fetchone()
            assert row[:2] == (right, session.actor.id)
            assert "0138000" not in row[2] + row[3]
            assert head_of_chain(clinic.db)[0] == before + 1
        else:
            with pytest.raises(RuleError, match="没有这项权限"):
                look()
            assert head_of_chain(clinic.db)[0] == before


# -- lock-outs -------------------------------------------------------------------------------------


def test_a_lock_out_is_lifted_by_the_director_alone_and_that_is_on_record(clinic, director):
    name, who = STAFF["frontdesk"], ROLE_IDS["frontdesk"]
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(RuleError):
            sign_in(clinic, name, "999998")
    with pytest.raises(RuleError, match="或请院长解除"):
        sign_in(clinic, name, PIN)
    for role in set(ROLES) - {"director"}:
        with pytest.raises(RuleError, match="没有这项权限"):
            change_staff(session_of(clinic, role), staff_id=who, unlock=True)
    change_staff(director, staff_id=who, unlock=True)
    action, entity_id, actor, detail = clinic.db.execute_sql(
        "SELECT action, entity_id, actor_id, detail FROM audit ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    assert (action, entity_id, actor) == ("staff.change", who, director.actor.id)
    assert msgspec.json.decode(detail)["changed"] == ["failures", "locked_until"]
    assert sign_in(clinic, name, PIN).actor.id == who


def test_somebody_else_may_work_while_one_is_locked_out(clinic):
    """Never a lock of the only desk: the wait belongs to a name, not to the PC."""
    for _ in range(FREE_ATTEMPTS + 2):
        with pytest.raises(RuleError):
            sign_in(clinic, STAFF["frontdesk"], "999998")
    assert sign_in(clinic, STAFF["member_admin"], PIN)


# -- PINs ------------------------------------------------------------------------------------------


def test_no_pin_is_written_in_the_program():
    """No default: a PIN is typed by its owner, or drawn for the demo. The self-test's clinic lives
    for a moment in a temporary folder."""
    digits = re.compile(r"\d{4,12}")
    found = []
    for path in (each for each in sources() if each.name != "selftest.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = []
            if isinstance(node, ast.keyword) and node.arg:
                named = [(node.arg, node.value)]
            elif isinstance(node, ast.Assign):
                named = [(ast.unparse(target), node.value) for target in node.targets]
            elif isinstance(node, ast.arguments):
                plain = [*node.posonlyargs, *node.args]
                with_default = plain[len(plain) - len(node.defaults) :]
                named = [
                    (each.arg, value)
                    for each, value in zip(
                        [*with_default, *node.kwonlyargs],
                        [*node.defaults, *node.kw_defaults],
                        strict=True,
                    )
                    if value is not None
                ]
            for name, value in named:
                constant = value.value if isinstance(value, ast.Constant) else None
                if "pin" in name.lower().split("_") and digits.fullmatch(str(constant or "")):
                    found.append(f"{path.name}: {name}")
    assert found == []
