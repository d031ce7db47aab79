"""The connection to the encrypted clinic file: one contract, every value read back.

The order and the values of the pragmas are those of the storage specification; see
`docs/architecture.md` for why. SQLCipher through peewee; nothing else ever opens the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peewee
from playhouse.sqlcipher_ext import SqlCipherDatabase
from sqlcipher3 import dbapi2

from models import durable
from models.errors import ConstraintFault, Fault, StoreFault, classify, is_fatal

APPLICATION_ID = 0x48434431  # "HCD1"
KEY_BYTES = 32
PAGE_BYTES = 4096
BUSY_MS = 5000
_MIB = 64  # of pages a connection keeps in memory
_COPY_MIB = 8  # while it copies: each page is wanted once, and the copy keeps as many again
_STEPS_BETWEEN = 100_000  # of SQLite's machine, between two looks whether to stop
_ANSWERS = 100_000  # kept of one statement
# The library throws the newest compiled statement away when it has this many: with fewer than a day
# at the desk says (some 1,100), most are compiled again each time.
_STATEMENTS = 4096

# A statement that writes a table on the left lets a trigger write those on the right.
BY_TRIGGERS: dict[str, tuple[str, ...]] = {
    "entitlement_grant": ("grant_before",),
    "programme": ("followup_task",),
    "standing": ("followup_task",),
}

_ERRORS = vars(peewee)["__exception_wrapper__"]  # gives the library's errors peewee's names

# SQLite versions with the WAL-reset bug fixed; older ones may lose acknowledged commits.
_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))

_CONTRACT: tuple[tuple[str, str, object], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("busy_timeout", str(BUSY_MS), BUSY_MS),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("recursive_triggers", "ON", 1),
    ("secure_delete", "ON", 1),
    ("cache_size", f"-{_MIB * 1024}", -_MIB * 1024),
    ("mmap_size", "0", 0),
)


def library_version() -> tuple[int, ...]:
    """Version of the SQLite inside the SQLCipher library, for example (3, 53, 4)."""
    return tuple(int(part) for part in dbapi2.sqlite_version.split("."))


def assert_library(version: tuple[int, ...] | None = None) -> None:
    """Refuse a SQLite that can lose commits in WAL mode (promise P16).

    Raises StoreFault(LIBRARY).
    """
    found = library_version() if version is None else version
    same_line = [fixed for fixed in _FIXED if fixed[:2] == found[:2]]
    good = found >= same_line[0] if same_line else found >= _FIXED[-1]
    if not good:
        raise StoreFault(Fault.LIBRARY, ".".join(map(str, found)))


class Answers:
    """What steady statements answered in the transaction that is open, until one of their tables
    is written to.

    Nobody else can write meanwhile, so an answer holds. Between transactions nothing is kept.
    """

    def __init__(self) -> None:
        self.open = False
        self.many = False  # commands: worth asking once whether a table has rows at all
        self.empty: dict[str, bool] = {}
        self._kept: dict[object, dict[Any, Any]] = {}
        self._about: dict[str, list[dict[Any, Any]]] = {}

    def begin(self, *, many: bool) -> None:
        """A transaction has begun."""
        self.open, self.many = True, many

    def end(self) -> None:
        """It is over."""
        self.open = self.many = False
        self.forget_all()

    def of(self, statement: object, tables: tuple[str, ...]) -> dict[Any, Any]:
        """The answers of a statement about these tables, for reading and keeping."""
        kept = self._kept.get(statement)
        if kept is None:
            kept = self._kept[statement] = {}
            for name in tables:
                self._about.setdefault(name, []).append(kept)
        elif len(kept) > _ANSWERS:
            kept.clear()
        return kept

    def forget(self, table: type[peewee.Model]) -> None:
        """A table is written to, and with it what its triggers write."""
        name = table._meta.table_name
        self._forget(name)
        for other in BY_TRIGGERS.get(name, ()):
            self._forget(other)

    def _forget(self, name: str) -> None:
        if name in self.empty:
            self.empty[name] = False  # as far as anybody knows
        for kept in self._about.get(name, ()):
            kept.clear()

    def forget_all(self) -> None:
        """Something is given up."""
        self._kept.clear()
        self._about.clear()
        self.empty.clear()


class CopyStopped(Exception):
    """A copy was given up because somebody asked to stop."""


class _Naming:
    """Names what the library says about a connection, for every verb of it."""

    def __init__(self, db: ClinicDatabase) -> None:
        self._db = db

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        fault = None if error is None else self.fault(error)
        if fault is not None and fault is not error:
            raise fault from error

    def fault(self, error: BaseException) -> StoreFault | None:
        """The fault behind an error; None when it is something else."""
        if isinstance(error, peewee.InterfaceError) and self._db.is_closed():
            return StoreFault(Fault.UNREADABLE, "closed after a fault")
        found = classify(error)
        if found is None or found is error or not is_fatal(found.fault):
            return found
        ails = durable.ailment(self._db.path.parent)
        if ails is Fault.UNREADABLE or (ails and found.fault is Fault.UNREADABLE):
            return StoreFault(ails, f"the folder, after {found.detail}")
        return found


class ClinicDatabase(SqlCipherDatabase):
    """A keyed connection that keeps the contract, plus the few verbs services need.

    Services hand peewee queries to `rows`, `row`, `scalar` and `write`; inserts go through
    `insert`, which reuses the compiled SQL (posting a receipt writes many rows).
    """

    def __init__(self, path: Path, key: bytes, *, read_only: bool = False) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("the data key has 32 bytes")
        self.path = path
        self.key = key
        self.read_only = read_only
        super().__init__(
            str(path),
            passphrase=f"x'{key.hex()}'",
            autoconnect=False,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
        self._insert_sql: dict[tuple[type[peewee.Model], tuple[str, ...]], str] = {}
        self._update_sql: dict[tuple[type[peewee.Model], tuple[str, ...]], str] = {}
        self.naming = _Naming(self)
        """`with db.naming:` raises StoreFault for what the library says of file and folder."""
        self.answers = Answers()
        """What steady statements answered in the transaction that is open."""

    # -- opening and closing -------------------------------------------------------------

    def open(self) -> None:
        """Connect and establish the contract.

        Raises StoreFault: DAMAGED when the key does not fit the pages, READ_ONLY, LOCKED,
        NO_WAL on a file system that cannot keep a WAL (network drive), LIBRARY.
        """
        assert_library()
        try:
            self.connect(reuse_if_open=True)
            if not self._pragma("cipher_version"):
                raise StoreFault(Fault.LIBRARY, "no cipher_version")
            self._establish()
        except BaseException as error:
            if not self.is_closed():
                self.close()
            fault = self.naming.fault(error)
            if fault is not None and fault is not error:
                raise fault from error
            raise

    def _establish(self) -> None:
        for name, wanted, expected in _CONTRACT:
            if self.read_only and name == "journal_mode":
                found = self._pragma("journal_mode")
            else:
                self.execute_sql(f"PRAGMA {name}={wanted}")
                found = self._pragma(name)
            if found != expected:
                fault = Fault.NO_WAL if name == "journal_mode" else Fault.LIBRARY
                raise StoreFault(fault, f"{name}={found!r}")
        if self.read_only:
            self.execute_sql("PRAGMA query_only=ON")

    def _pragma(self, name: str) -> object:
        row = self.execute_sql(f"PRAGMA {name}").fetchone()
        return row[0] if row else None

    def salt(self) -> bytes:
        """The first 16 bytes of the file, asked of the library: reading the file itself while it
        is open would drop its locks."""
        return bytes.fromhex(str(self._pragma("cipher_salt")))

    def keep_pages(self, mib: int) -> None:
        """Let this connection keep more of the file in memory, for a long job that writes all over
        it: a page that is pushed out is encrypted, and decrypted when it is wanted again."""
        self.execute_sql(f"PRAGMA cache_size=-{mib * 1024}")

    def checkpoint(self) -> None:
        """Fold the WAL into the main file, so that the file alone is whole."""
        with self.naming:
            self.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy_into(self, path: Path, stopped: Callable[[], bool] | None = None) -> None:
        """Write everything that is committed now into a new file with the same key, compacted.

        A reader may do it too: nothing of its own file is written. Raises StoreFault, CopyStopped
        after `stopped()` said so.
        """
        try:
            self.connection().set_progress_handler(stopped, _STEPS_BETWEEN)
            if self.read_only:
                self.execute_sql("PRAGMA query_only=OFF")
            self.keep_pages(_COPY_MIB)
            with self.naming:
                self.execute_sql("VACUUM INTO ?", (str(path),))
        except peewee.OperationalError as error:
            if stopped is None or not stopped():
                raise
            raise CopyStopped from error
        finally:
            if not self.is_closed():
                self.connection().set_progress_handler(None, 0)
                self.keep_pages(_MIB)
            if self.read_only and not self.is_closed():
                self.execute_sql("PRAGMA query_only=ON")

    # -- transactions ----------------------------------------------------------------------

    @contextmanager
    def immediate(self, *, many: bool = False) -> Iterator[None]:
        """One durable transaction that takes the write lock before it reads anything; `many`: of
        more than one command.

        Raises StoreFault for the environment, ConstraintFault when the schema refuses.
        """
        if not self.path.exists():  # POSIX would go on writing into a file that nobody finds again
            raise StoreFault(Fault.UNREADABLE, "the file is gone")
        try:
            self.execute_sql("BEGIN IMMEDIATE")
            self.answers.begin(many=many)
            yield
            self.answers.end()
            self.execute_sql("COMMIT")
        except BaseException as error:
            self.answers.end()
            self._abandon()
            fault = self.naming.fault(error)
            if fault is not None:
                if is_fatal(fault.fault):
                    self.close()
                if fault is error:
                    raise
                raise fault from error
            if isinstance(error, (peewee.IntegrityError, dbapi2.IntegrityError)):
                raise ConstraintFault(str(error)) from error
            raise

    def _abandon(self) -> None:
        # A full disk has rolled back already; a second ROLLBACK would hide the real error.
        if not self.is_closed() and self.connection().in_transaction:
            try:
                self.execute_sql("ROLLBACK")
            except peewee.DatabaseError:  # the file is gone: what was not committed is as well
                self.close()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the transaction that is given up alone when it fails."""
        try:
            with super().savepoint():
                yield
        except BaseException:
            self.answers.forget_all()
            raise

    # -- verbs -----------------------------------------------------------------------------

    def execute_sql(self, sql: str, params: tuple[Any, ...] | None = None) -> Any:
        """Run a statement: what peewee does, less its looking for logs and hooks each time."""
        if self.query_hooks or self._state.closed:
            return super().execute_sql(sql, params)
        try:
            return self._state.conn.execute(sql, params or ())
        except dbapi2.Error:
            with _ERRORS:
                raise

    def run(self, sql: str, params: tuple[Any, ...]) -> Any:
        """Run a compiled statement and answer its cursor. Raises StoreFault."""
        try:
            return self.execute_sql(sql, params)
        except Exception:
            with self.naming:
                raise

    def fetch(self, sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """All rows of a compiled select. Raises StoreFault."""
        try:
            return self.execute_sql(sql, params).fetchall()
        except Exception:
            with self.naming:
                raise

    def insert(self, table: type[peewee.Model], **values: Any) -> int:
        """Insert one row and return its rowid; columns are the table's field names."""
        self.answers.forget(table)
        columns = tuple(values)
        sql = self._insert_text(table, columns)
        return int(self.run(sql, tuple(values.values())).lastrowid or 0)

    def insert_many(
        self,
        table: type[peewee.Model],
        columns: tuple[str, ...],
        rows: Iterable[tuple[Any, ...]],
    ) -> None:
        """Insert many rows of the same columns (the bulk path of import and demo)."""
        self.answers.forget(table)
        with self.naming:
            self.connection().executemany(self._insert_text(table, columns), rows)

    def _insert_text(self, table: type[peewee.Model], columns: tuple[str, ...]) -> str:
        sql = self._insert_sql.get((table, columns))
        if sql is None:
            names = ", ".join(f'"{table._meta.fields[name].column_name}"' for name in columns)
            marks = ", ".join([self.param] * len(columns))
            sql = f'INSERT INTO "{table._meta.table_name}" ({names}) VALUES ({marks})'
            self._insert_sql[(table, columns)] = sql
        return sql

    def update(self, table: type[peewee.Model], row_id: int, **values: Any) -> int:
        """Write these columns of the row with this id; answers how many rows there were (0, 1)."""
        self.answers.forget(table)
        columns = tuple(values)
        sql = self._update_sql.get((table, columns))
        if sql is None:
            fields = table._meta.fields
            pairs = ", ".join(f'"{fields[name].column_name}" = {self.param}' for name in columns)
            sql = f'UPDATE "{table._meta.table_name}" SET {pairs} WHERE "id" = {self.param}'
            self._update_sql[(table, columns)] = sql
        return int(self.run(sql, (*values.values(), row_id)).rowcount)

    def rows(self, query: peewee.BaseQuery) -> list[tuple[Any, ...]]:
        """All rows of a select, as tuples in the order selected, values as they are stored."""
        sql, params = self.get_sql_context().sql(query).query()
        return self.fetch(sql, params)

    def row(self, query: peewee.BaseQuery) -> tuple[Any, ...] | None:
        """The first row of a select, or None."""
        sql, params = self.get_sql_context().sql(query).query()
        with self.naming:
            return self.execute_sql(sql, params).fetchone()

    def scalar(self, query: peewee.BaseQuery) -> Any:
        """The first column of the first row, or None."""
        found = self.row(query)
        return None if found is None else found[0]

    def write(self, query: Any) -> int:
        """Run an update (or insert-select) and return how many rows changed."""
        self.answers.forget(query.model)
        with self.naming:
            return int(query.execute(self))
