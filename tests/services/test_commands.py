"""The one way to write: rights, once only, all or nothing, the clock, the audit chain."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import types
import typing
import uuid
from typing import Any

import msgspec
import pytest

import services
from models.errors import ConstraintFault
from models.system import Setting
from services import commands
from services.changes import NOTHING, Changes, Kind
from services.clinic import open_clinic
from services.commands import (
    COMMANDS,
    LAST_BUSINESS_DATE,
    Actor,
    Approval,
    Session,
    Tx,
    _begin,
    _record,
    chain_mac,
    command,
    head_of_chain,
    read_setting,
    write_setting,
    writing,
)
from services.errors import Confirmable, EnvironmentFault, Fault, RuleError
from services.loyalty.receipts import post_receipt
from services.people.enrolment import PersonForm, enrol
from services.rights import APPROVALS, RIGHTS, ROLES, holders, may, role_title
from services.setup import change_settings
from services.staff import change_own_pin, change_staff
from tests.conftest import TODAY
from tests.money_world import dump, pay, person, session_of


def _import_all() -> None:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        importlib.import_module(module.name)


_import_all()


def _body(action: str) -> Any:
    return COMMANDS[action].__wrapped__  # type: ignore[attr-defined]


# -- rights ----------------------------------------------------------------------------------------

EXPECTED = {  # who may do what, written a second time on purpose (S18 六, C16)
    "frontdesk": {"receipt.post", "membership.join", "gift.issue", "service.use", "tier.tell"},
    "billing": {
        "receipt.post",
        "gift.issue",
        "stock.transfer",
        "reconciliation.count",
        "requisition.receive",
    },
    "marketing": {
        "gift.define",
        "stock.receive",
        "reconciliation.close",
        "export.workbook",
        "purchase.request",
        "requisition.send",
    },
    "member_admin": {"points.adjust", "roster.import", "tier.drop", "receipt.void"},
    "director": set(RIGHTS),
}
FORBIDDEN = {
    "frontdesk": {"points.adjust", "tier.override", "stock.receive", "staff.add", "roster.import"},
    "billing": {
        "points.adjust",
        "tier.override",
        "gift.define",
        "staff.change",
        "stock.adjust",
        "purchase.request",
        "requisition.send",
        "requisition.hand_over",
    },
    "marketing": {
        "receipt.post",
        "person.reveal",
        "gift.issue",
        "points.adjust",
        "tier.tell",
        "requisition.receive",
        "requisition.hand_over",
    },
    "member_admin": {"tier.override", "staff.add", "staff.change", "clinic.settings"},
    "director": set(),
}


def test_every_command_has_a_right_and_every_right_is_somebodys():
    assert set(COMMANDS) <= set(RIGHTS)
    assert all(roles and roles <= set(ROLES) for roles in (RIGHTS | APPROVALS).values())
    assert not set(RIGHTS) & set(APPROVALS)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(role):
    assert {action for action in EXPECTED[role] if not may(role, action)} == set()
    assert {action for action in FORBIDDEN[role] if may(role, action)} == set()
    assert role_title(role)


@pytest.mark.parametrize("role", ROLES)
def test_every_command_is_refused_to_who_has_no_right_before_anything_is_read(clinic, role):
    """role × command: no argument is looked at and nothing is written."""
    session = session_of(clinic, role)
    before = head_of_chain(clinic.db)
    for action, run in COMMANDS.items():
        if may(role, action):
            continue
        with pytest.raises(RuleError, match="没有这项权限") as caught:
            run(session)
        assert holders(action) in caught.value.sentence
    assert head_of_chain(clinic.db) == before


def test_a_right_nobody_wrote_down_is_nobodys():
    assert not any(may(role, "clinic.burn") for role in ROLES)
    assert holders("approve.adjustment") == "院长"


# -- once (E2, P4) ---------------------------------------------------------------------------------


def test_e2_the_same_command_id_answers_the_first_result_and_writes_nothing(clinic, frontdesk):
    who = person(frontdesk)
    once = frontdesk.once(uuid.uuid4())
    first = pay(once, who, 1000)
    before, head = dump(clinic), head_of_chain(clinic.db)
    assert pay(once, who, 1000) == first
    assert pay(once, who, 7) == first  # whatever it is asked the second time
    assert (dump(clinic), head_of_chain(clinic.db)) == (before, head)


def test_p4_a_replay_after_a_restart_answers_too(clinic, frontdesk, clock, tmp_path):
    from models.vault import FileVault

    who, op_id = person(frontdesk), uuid.uuid4()
    first = pay(frontdesk.once(op_id), who, 1000)
    clinic.close()
    again = open_clinic(
        clinic.folder, clock, holder="t", vault=FileVault(tmp_path / "clinic" / "vault")
    )
    assert pay(session_of(again, "frontdesk").once(op_id), who, 1000) == first
    again.close()


def test_a_command_id_belongs_to_one_command(clinic, frontdesk, director):
    op_id = uuid.uuid4()
    pay(frontdesk.once(op_id), person(frontdesk), 1)
    with pytest.raises(RuleError, match="操作编号"):
        change_settings(director.once(op_id), idle_minutes=5)


def test_without_a_command_id_every_call_counts(clinic, frontdesk):
    who = person(frontdesk)
    assert pay(frontdesk, who, 1).receipt_id != pay(frontdesk, who, 1).receipt_id


SAMPLES: dict[Any, Any] = {int: 7, str: "x", bool: True, bytes: b"x", type(None): None}


def _sample(kind: Any) -> Any:
    """A value of a type, by its annotation."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind in SAMPLES:
        return SAMPLES[kind]
    if kind is Changes:
        return Changes((Kind.MONEY, Kind.TIER), 7)
    if origin in (typing.Union, types.UnionType):
        return _sample(next(a for a in args if a is not type(None)))
    if origin is tuple:
        return (_sample(args[0]),) if args[-1] is Ellipsis else tuple(map(_sample, args))
    if origin is dict:
        return {_sample(args[0]): _sample(args[1])}
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        names = [field.name for field in dataclasses.fields(kind)]
        return kind(**{name: _sample(hints[name]) for name in names})  # type: ignore[operator]
    if isinstance(kind, type) and issubclass(kind, str):
        return next(iter(kind))  # type: ignore[call-overload]
    raise AssertionError(kind)


@pytest.mark.parametrize("action", sorted(COMMANDS))
def test_every_result_survives_the_audit_row(action):
    """What a replay answers is equal to what the first call answered."""
    wanted = typing.get_type_hints(_body(action))["return"]
    assert dataclasses.is_dataclass(wanted)
    assert wanted.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert typing.get_type_hints(wanted)["changes"] is Changes
    result = _sample(wanted)
    assert msgspec.json.decode(msgspec.json.encode(result), type=wanted) == result


def test_p4_every_command_asked_again_after_a_crash_answers_its_first_result(clinic, director):
    """The commit was made and nobody was told: the same id, asked without a single argument,
    answers what is on record. No body runs, nothing is written."""
    for action, run in sorted(COMMANDS.items()):
        once = director.once(uuid.uuid4())
        result = _sample(typing.get_type_hints(_body(action))["return"])
        with writing(clinic) as db:
            _record(_begin(once, db), action, "test", once.op_id.bytes, result)
        before, changed = head_of_chain(clinic.db), clinic.db.connection().total_changes
        assert run(once) == result, action
        after = head_of_chain(clinic.db), clinic.db.connection().total_changes
        assert after == (before, changed), action


@pytest.mark.parametrize("action", sorted(COMMANDS))
def test_no_result_has_a_field_for_a_name_or_a_phone(action):
    """The audit row keeps the result for ever: ids and numbers only."""
    wanted = typing.get_type_hints(_body(action))["return"]
    names = {field.name for field in dataclasses.fields(wanted)}
    personal = {"name", "phone", "address", "id_number", "birthday", "text", "note", "guardian"}
    assert not names & personal


# -- all or nothing --------------------------------------------------------------------------------


class Bang(Exception):
    pass


@pytest.fixture
def odd(monkeypatch):
    """A command that writes, says something, and then does as told."""
    monkeypatch.setitem(RIGHTS, "test.odd", frozenset(ROLES))
    monkeypatch.setattr(commands, "COMMANDS", dict(COMMANDS))

    @dataclasses.dataclass(frozen=True)
    class Done:
        changes: Changes

    globals()["Done"] = Done

    @command("test.odd", entity="test")
    def run(tx: Tx, *, then: BaseException | None = None) -> Done:
        write_setting(tx, "odd", "1")
        write_setting(tx, "odd", "2")
        tx.about(3, fact="x")
        if then is not None:
            raise then
        return Done(NOTHING)

    return run


@pytest.mark.parametrize(
    "error", [RuleError("no"), Confirmable("c", "?"), Bang(), KeyboardInterrupt()]
)
def test_an_exception_leaves_nothing(clinic, frontdesk, odd, error):
    before, head = dump(clinic), head_of_chain(clinic.db)
    with pytest.raises(type(error)):
        odd(frontdesk, then=error)
    assert (dump(clinic), head_of_chain(clinic.db)) == (before, head)
    odd(frontdesk)
    assert read_setting(clinic.db, "odd") == "2"
    assert read_setting(clinic.db, "none", "d") == "d"


def test_what_the_schema_refuses_leaves_nothing(clinic, frontdesk):
    before = dump(clinic)
    with pytest.raises(ConstraintFault):
        post_receipt(frontdesk, person_id=person(frontdesk), amount_fen=100, replaces_id=99)
    after = dump(clinic)
    after.pop("person"), before.pop("person")
    assert after == before


def test_two_commands_never_share_a_name():
    with pytest.raises(RuntimeError, match=r"receipt\.post"):
        command("receipt.post", entity="x")(lambda tx: None)


def test_a_clinic_open_for_reading_takes_no_command(clinic, clock, tmp_path):
    from models.vault import FileVault

    reading = open_clinic(
        clinic.folder, clock, holder="t", read_only=True, vault=FileVault(tmp_path / "clinic/vault")
    )
    with pytest.raises(EnvironmentFault) as caught:
        change_settings(session_of(reading, "director"), idle_minutes=5)
    assert caught.value.fault is Fault.READ_ONLY
    reading.close()


def test_other_threads_read_and_write_through_connections_of_their_own(clinic, director):
    with clinic.reading() as other:
        assert other.db is not clinic.db
        assert head_of_chain(other.db) == head_of_chain(clinic.db)
    with clinic.long_writing() as other:
        change_settings(dataclasses.replace(director, clinic=other), idle_minutes=9)
    assert read_setting(clinic.db, "idle_minutes") == "9"


# -- the clock (E25) -------------------------------------------------------------------------------


def test_e25_a_clock_that_ran_backwards_posts_nothing(clinic, frontdesk, clock):
    who = person(frontdesk)
    clock.day = "2026-11-19"
    before = dump(clinic)
    with pytest.raises(RuleError, match="2026-11-19，早于上次营业日 2026-11-20"):
        pay(frontdesk, who, 1)
    assert dump(clinic) == before
    clock.day = TODAY
    pay(frontdesk, who, 1)


def test_e25_days_move_on_and_never_back(clinic, frontdesk, clock):
    who = person(frontdesk)
    for day in ("2026-11-21", "2026-12-21"):
        clock.day = day
        pay(frontdesk, who, 1)
        assert read_setting(clinic.db, LAST_BUSINESS_DATE) == day
    clock.day = TODAY
    with pytest.raises(RuleError):
        pay(frontdesk, who, 1)


def test_e25_a_jump_of_more_than_30_days_is_asked_about_before_it_is_believed(
    clinic, frontdesk, clock
):
    who = person(frontdesk)
    clock.day = "2036-11-20"
    with pytest.raises(Confirmable) as caught:
        pay(frontdesk, who, 1)
    assert caught.value.code == "clock_jump"
    clock.day = TODAY  # the clock was wrong: nothing is locked
    pay(frontdesk, who, 1)
    clock.day = "2026-12-21"
    with pytest.raises(Confirmable):
        pay(frontdesk, who, 1)
    pay(frontdesk.confirming("clock_jump"), who, 1)
    pay(frontdesk, who, 1)


# -- the audit trail -------------------------------------------------------------------------------


def _chain(clinic) -> list[tuple[bytes, bytes]]:
    """(mac stored, mac recomputed) of every row."""
    names = (
        "seq", "at_utc", "business_date", "app_version", "actor_id", "action", "entity",
        "entity_id", "op_id", "detail", "result",
    )  # fmt: skip
    rows = clinic.db.execute_sql(
        f"SELECT {', '.join(names)}, mac FROM audit ORDER BY seq"
    ).fetchall()
    pairs, previous = [], b""
    for *values, mac in rows:
        pairs.append(
            (mac, chain_mac(clinic.audit_key, previous, dict(zip(names, values, strict=True))))
        )
        previous = mac
    return pairs


def test_the_chain_recomputes_and_one_row_is_written_per_command(clinic, frontdesk):
    who = person(frontdesk)
    head = head_of_chain(clinic.db)[0]
    pay(frontdesk, who, 1000)
    seq, short = head_of_chain(clinic.db)
    assert seq == head + 1
    pairs = _chain(clinic)
    assert all(stored == found for stored, found in pairs)
    assert pairs[-1][0].hex()[:8] == short
    row = clinic.db.execute_sql(
        "SELECT actor_id, action, entity, business_date, detail FROM audit ORDER BY seq DESC"
    ).fetchone()
    assert row[:4] == (2, "receipt.post", "receipt", TODAY)
    assert msgspec.json.decode(row[4])["fen"] == 100_000


@pytest.mark.parametrize("column", ["detail", "actor_id", "business_date", "result", "op_id"])
def test_a_changed_row_breaks_the_chain(clinic, frontdesk, column):
    pay(frontdesk, person(frontdesk), 1)
    clinic.db.execute_sql("DROP TRIGGER audit_no_update")
    value = 2 if column == "actor_id" else (b"x" if column == "op_id" else "x")
    clinic.db.execute_sql(f"UPDATE audit SET {column} = ? WHERE seq = 3", (value,))
    broken = [seq for seq, (stored, found) in enumerate(_chain(clinic), 1) if stored != found]
    assert broken == [3]


def test_an_empty_clinic_has_no_head(tmp_path, clock):
    from models.vault import FileVault
    from services.clinic import new_clinic_file

    made, _ = new_clinic_file(tmp_path / "new", clock, FileVault(tmp_path / "v"))
    assert head_of_chain(made.db) == (0, "")
    made.close()


# -- words and consent -----------------------------------------------------------------------------


def test_an_approval_counts_for_its_own_right_and_a_holder_only(clinic, frontdesk):
    tx = Tx(clinic, clinic.db, frontdesk.actor, 1, TODAY, "", frozenset(), b"")
    good = Approval(1, "孙", "director", "approve.adjustment")
    assert tx.require(good, "approve.adjustment", "no") is good
    for bad in (
        None,
        Approval(1, "孙", "director", "approve.return"),
        Approval(2, "李", "frontdesk", "approve.adjustment"),
    ):
        with pytest.raises(RuleError, match="no"):
            tx.require(bad, "approve.adjustment", "no")


def test_consent_adds_up_and_belongs_to_its_session(clinic):
    session = Session(clinic, Actor(1, "x", "director"))
    more = session.confirming("a").confirming("b", "c")
    assert more.confirmed == {"a", "b", "c"}
    assert session.confirmed == frozenset()
    assert session.db is clinic.db


def test_changes_touch():
    changes = Changes((Kind.MONEY,), 1)
    assert changes.touch(Kind.TIER, Kind.MONEY)
    assert not changes.touch(Kind.TIER)
    assert not NOTHING.touch(*Kind)


def test_a_setting_written_by_another_command_is_not_a_secret(clinic, director):
    change_own_pin(director, new_pin="582914")
    change_staff(director, staff_id=2, unlock=True)
    assert clinic.db.scalar(Setting.select(Setting.value).where(Setting.key == "demo")) == ""


def test_somebody_who_changed_post_signs_in_again(director, frontdesk):
    change_staff(director, staff_id=frontdesk.actor.id, role="marketing")
    with pytest.raises(RuleError, match="重新登录"):
        enrol(frontdesk, form=PersonForm(name="王小明", phone="13800138000"))


def test_somebody_who_left_writes_no_more(director, frontdesk):
    change_staff(director, staff_id=frontdesk.actor.id, active=False)
    with pytest.raises(RuleError, match="重新登录"):
        enrol(frontdesk, form=PersonForm(name="王小明", phone="13800138000"))
