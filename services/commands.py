"""The one way to write.

A command is a function whose first argument is the open transaction. Decorating it gives a
function whose first argument is the signed-in `Session`; the decorator checks the right, the
clock and the command id, opens one immediate transaction, runs the body, writes one audit row
and commits. The same command id answers the first result again and writes nothing (E2, P4).

A session with a `batch` (see `services.bulk`) runs its commands inside one transaction that is
open already: the same rows, each command with its own seq and audit row, one fsync for all.
"""

from __future__ import annotations

import functools
import hmac
import os
import typing
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec

from models.database import ClinicDatabase
from models.query import Prepared, slot
from models.system import Audit, Setting, Staff
from services.clinic import Clinic
from services.clock import days_between
from services.errors import Confirmable, EnvironmentFault, Fault, RuleError
from services.i18n import tr
from services.rights import holders, may
from services.version import VERSION

P = ParamSpec("P")
R = TypeVar("R")

LAST_BUSINESS_DATE = "last_business_date"
LONGEST_JUMP = 30
CLOCK_JUMP = "clock_jump"

_HEAD = Prepared(lambda: Audit.select(Audit.seq, Audit.mac).order_by(Audit.seq.desc()).limit(1))
_BY_OP = Prepared(
    lambda: Audit.select(Audit.action, Audit.result).where(Audit.op_id == slot("op_id"))
)
_STAFF = Prepared(lambda: Staff.select(Staff.active, Staff.role).where(Staff.id == slot("id")))
_SETTING = Prepared(lambda: Setting.select(Setting.value).where(Setting.key == slot("key")))

COMMANDS: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True)
class Actor:
    """A member of staff who signed in with their PIN."""

    id: int
    name: str
    role: str


@dataclass(frozen=True)
class Approval:
    """A second person's word, given with their own PIN for one right."""

    staff_id: int
    name: str
    role: str
    right: str


@dataclass
class Batch:
    """One open transaction shared by many commands, and what its last command left behind.

    `broken`: a command was refused half-way, so the whole transaction must be given up. `memory`
    is what services keep from one command to the next, each under a key of its own.
    """

    seq: int
    mac: bytes
    memory: dict[Any, Any]
    today: str = ""
    broken: bool = False


@dataclass(frozen=True)
class Session:
    """Who acts on which clinic. `op_id` makes one form count once; `confirmed` is consent.

    `batch` is set only inside `services.bulk.bulk`.
    """

    clinic: Clinic
    actor: Actor
    op_id: uuid.UUID | None = None
    confirmed: frozenset[str] = frozenset()
    batch: Batch | None = None

    def once(self, op_id: uuid.UUID) -> Session:
        """The same session acting under this command id."""
        return replace(self, op_id=op_id)

    def confirming(self, *codes: str) -> Session:
        """The same session with consent to these `Confirmable` questions."""
        return replace(self, confirmed=self.confirmed | set(codes))

    @property
    def db(self) -> ClinicDatabase:
        """The clinic's database, for reads."""
        return self.clinic.db


@dataclass
class Tx:
    """An open transaction: what a command's body works with."""

    clinic: Clinic
    db: ClinicDatabase
    actor: Actor
    seq: int
    today: str
    now_utc: str
    confirmed: frozenset[str]
    previous: bytes
    memory: dict[Any, Any] | None = None  # of a batch
    entity_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    def about(self, entity_id: int, **detail: Any) -> None:
        """Say what the audit row is about: the entity's id and masked facts (no raw PII)."""
        self.entity_id = entity_id
        self.detail.update(detail)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of the command that is given up alone when it fails, with what a batch keeps."""
        try:
            with self.db.savepoint():
                yield
        except BaseException:
            if self.memory is not None:
                self.memory.clear()  # it may tell of rows that are gone
            raise

    def require(self, approval: Approval | None, right: str, sentence: str) -> Approval:
        """The approval for `right` by somebody who holds it; RuleError(sentence) otherwise."""
        if approval is None or approval.right != right or not may(approval.role, right):
            raise RuleError(sentence)
        return approval


def command(
    action: str, *, entity: str
) -> Callable[[Callable[Concatenate[Tx, P], R]], Callable[Concatenate[Session, P], R]]:
    """Make a writing verb of a body. `action` must be in the rights table.

    The body's return type must be a plain dataclass free of personal data: it is stored with
    the audit row and answered again on replay.
    """

    def wrap(body: Callable[Concatenate[Tx, P], R]) -> Callable[Concatenate[Session, P], R]:
        @functools.wraps(body)
        def run(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> R:
            check_right(session.actor, action)
            op_id = session.op_id.bytes if session.op_id else os.urandom(16)
            with _transaction(session) as db:
                earlier = _BY_OP.row(db, op_id=op_id) if session.op_id else None
                if earlier is not None:
                    return _replayed(body, action, earlier)
                tx = _begin(session, db)
                result = body(tx, *args, **kwargs)
                mac = _record(tx, action, entity, op_id, result)
                if session.batch is not None:
                    session.batch.seq, session.batch.mac = tx.seq, mac
            return result

        if action in COMMANDS:
            raise RuntimeError(f"two commands are called {action}")
        COMMANDS[action] = run
        return run

    return wrap


@contextmanager
def writing(clinic: Clinic, *, many: bool = False) -> Iterator[ClinicDatabase]:
    """The write transaction of a clinic, of `many` commands or one; refuses a clinic that is open
    for reading only."""
    if clinic.db.read_only:
        raise EnvironmentFault(Fault.READ_ONLY, "opened for reading")
    with clinic.db.immediate(many=many):
        yield clinic.db


def _transaction(session: Session) -> typing.ContextManager[ClinicDatabase]:
    if session.batch is None:
        return writing(session.clinic)
    return _InBatch(session.clinic.db, session.batch)


class _InBatch:
    """A command's place in a batch: nothing to open or commit, but a refusal breaks the batch."""

    def __init__(self, db: ClinicDatabase, batch: Batch) -> None:
        self._db = db
        self._batch = batch

    def __enter__(self) -> ClinicDatabase:
        if self._batch.broken:
            raise RuntimeError("a command of this batch was refused; the batch must end")
        return self._db

    def __exit__(self, kind: type[BaseException] | None, *exc: Any) -> None:
        self._batch.broken = kind is not None


def check_right(actor: Actor, action: str) -> None:
    """Raises RuleError when this person's post may not do it."""
    if not may(actor.role, action):
        sentence = tr("您没有这项权限。请由{holders}登录后操作。")
        raise RuleError(sentence.format(holders=holders(action)))


def _replayed(body: Callable[..., R], action: str, earlier: tuple[Any, ...]) -> R:
    if earlier[0] != action:
        raise RuleError(tr("这个操作编号已被另一个操作用过，请重新打开表单再试。"))
    wanted = typing.get_type_hints(body)["return"]
    return typing.cast(R, msgspec.json.decode(earlier[1], type=wanted))


def _begin(session: Session, db: ClinicDatabase) -> Tx:
    clock = session.clinic.clock
    today = clock.today()
    batch = session.batch
    if batch is None or batch.today != today:
        check_clock(db, today, session.confirmed)
        _check_still_here(session.actor, db)
    if batch is None:
        seq, previous = _HEAD.row(db) or (0, b"")
    else:
        seq, previous, batch.today = batch.seq, batch.mac, today
    return Tx(
        clinic=session.clinic,
        db=db,
        actor=session.actor,
        seq=seq + 1,
        today=today,
        now_utc=clock.now_utc(),
        confirmed=session.confirmed,
        previous=previous,
        memory=None if batch is None else batch.memory,
    )


def _check_still_here(actor: Actor, db: ClinicDatabase) -> None:
    """Somebody who left or changed post since signing in signs in again first."""
    row = _STAFF.row(db, id=actor.id)
    if row is not None and row != (1, actor.role):
        raise RuleError(tr("您的账号或岗位已变更，请按 Ctrl+L 重新登录。"))


def check_clock(db: ClinicDatabase, today: str, confirmed: frozenset[str]) -> None:
    """Refuse to post when the PC's date is before the last business date; move it on (E25).

    Asks `clock_jump` before it moves more than 30 days on: a date that is posted under once can
    never be gone back behind.
    """
    last = _SETTING.row(db, key=LAST_BUSINESS_DATE)
    if last is None:
        db.insert(Setting, key=LAST_BUSINESS_DATE, value=today)
    elif today < last[0]:
        sentence = tr("电脑日期是 {today}，早于上次营业日 {last}。请先校正电脑日期，再登记。")
        raise RuleError(sentence.format(today=today, last=last[0]))
    elif today > last[0]:
        days = days_between(last[0], today)
        if days > LONGEST_JUMP and CLOCK_JUMP not in confirmed:
            sentence = tr(
                "电脑日期是 {today}，离上次营业日 {last} 有 {days} 天。"
                "请先核对电脑日期；登记以后就不能再退回。日期没错吗？"
            )
            raise Confirmable(CLOCK_JUMP, sentence.format(today=today, last=last[0], days=days))
        db.write(Setting.update(value=today).where(Setting.key == LAST_BUSINESS_DATE))


def _record(tx: Tx, action: str, entity: str, op_id: bytes, result: object) -> bytes:
    row = {
        "seq": tx.seq,
        "at_utc": tx.now_utc,
        "business_date": tx.today,
        "app_version": VERSION,
        "actor_id": tx.actor.id,
        "action": action,
        "entity": entity,
        "entity_id": tx.entity_id,
        "op_id": op_id,
        "detail": msgspec.json.encode(tx.detail, order="deterministic").decode(),
        "result": msgspec.json.encode(result).decode(),
    }
    mac = chain_mac(tx.clinic.audit_key, tx.previous, row)
    tx.db.insert(Audit, **row, mac=mac)
    return mac


def chain_mac(key: bytes, previous: bytes, row: dict[str, Any]) -> bytes:
    """HMAC of the previous row's mac and this row in canonical form."""
    canonical = msgspec.json.encode({**row, "op_id": row["op_id"].hex()}, order="deterministic")
    return hmac.digest(key, previous + canonical, "sha256")


def read_setting(db: ClinicDatabase, key: str, default: str = "") -> str:
    """A clinic setting."""
    found = _SETTING.row(db, key=key)
    return default if found is None else str(found[0])


def write_setting(tx: Tx, key: str, value: str) -> None:
    """Set a clinic setting inside a command."""
    if tx.db.write(Setting.update(value=value).where(Setting.key == key)) == 0:
        tx.db.insert(Setting, key=key, value=value)


def open_batch(db: ClinicDatabase, memory: dict[Any, Any]) -> Batch:
    """A batch that goes on after the newest audit row; its transaction is the caller's."""
    seq, mac = _HEAD.row(db) or (0, b"")
    return Batch(seq, mac, memory)


def head_of_chain(db: ClinicDatabase) -> tuple[int, str]:
    """The newest audit row: (seq, first 8 hex of its mac); (0, '') in an empty clinic."""
    found = _HEAD.row(db)
    return (0, "") if found is None else (int(found[0]), found[1].hex()[:8])
