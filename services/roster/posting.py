"""Posting a previewed roster in one command, and taking the whole batch back (E46).

50,000 people go in about as fast as they are read, so rows are written in bulk and nothing is
looked up that cannot be there: everybody in a batch is new. What follows from an opening
balance is decided where it always is, by `services.loyalty.standing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

import peewee

from models.database import ClinicDatabase
from models.ledgers import OpeningBalance
from models.people import ImportBatch, Membership, Person
from models.system import Doctor
from services.care.team import begin_attending
from services.changes import Changes, Kind
from services.collecting import no_collecting
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.loyalty.ledger import Source, StoredAccount, credit, expiry_of
from services.loyalty.membership import grant_opening_tier
from services.loyalty.standing import settle_new
from services.loyalty.starting import count_paper
from services.people.enrolment import auto_number, next_person_id
from services.people.search import insert_keys, keys_for
from services.programmes.events import Event
from services.programmes.registry import Timeline, main_timeline, timelines
from services.roster.queue import queued
from services.roster.reading import ImportCancelled
from services.roster.rows import RosterRow

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]

CHANGED = (Kind.PERSON, Kind.POINTS, Kind.TIER, Kind.GRANT)

_EVERY = 2000
_KEYS = 50_000
_PERSON_COLUMNS = (
    "id",
    "number",
    "name",
    "pinyin",
    "sex",
    "birthday",
    "id_number",
    "phone",
    "phone_alt",
    "address",
    "guardian_name",
    "guardian_relation",
    "guardian_phone",
    "source",
    "doctor_id",
    "note",
    "last_visit_on",
    "import_batch_id",
    "created_on",
    "seq",
)
_OPENING_COLUMNS = (
    "id",
    "person_id",
    "programme_id",
    "spend_fen",
    "points",
    "gifts_settled",
    "occurred_on",
    "seq",
)
_MEMBERSHIP_COLUMNS = (
    "person_id",
    "programme_id",
    "version_id",
    "state",
    "joined_on",
    "basis",
    "benefits_explained",
    "staff_id",
    "seq",
)


@dataclass(frozen=True)
class RosterImported:
    """A batch went in."""

    batch_id: int
    people: int
    changes: Changes


@dataclass(frozen=True)
class BatchRow:
    """An import, for the list it can be undone from. `state` is 'posted' or 'undone'."""

    id: int
    rows_in: int
    rows_rejected: int
    state: str
    seq: int


def list_batches(db: ClinicDatabase) -> list[BatchRow]:
    """Every import, newest first."""
    query = ImportBatch.select(
        ImportBatch.id,
        ImportBatch.rows_in,
        ImportBatch.rows_rejected,
        ImportBatch.state,
        ImportBatch.seq,
    )
    return [BatchRow(*row) for row in db.rows(query.order_by(ImportBatch.id.desc()))]


@command("roster.import", entity="import_batch")
def import_roster(
    tx: Tx,
    *,
    rows: Sequence[RosterRow],
    file_digest: str,
    rejected_count: int,
    gifts_settled: bool = True,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> RosterImported:
    """Write the good rows of a preview: people, search keys, opening balances, memberships (E46).

    `gifts_settled`: what the tiers so far brought was handed out on paper. `progress(done,
    total)` and `cancelled()` are called between portions. Raises RuleError when nothing is left
    or a member number was taken since the preview, ImportCancelled with nothing written,
    Confirmable 'same_file' when the same file is in already.
    """
    if not rows:
        raise RuleError(tr("没有可以导入的行。请先改正被拒绝的行，再导入。"))
    _ask_same_file(tx, file_digest)
    batch_id = tx.db.insert(
        ImportBatch,
        file_digest=file_digest,
        rows_in=len(rows),
        rows_rejected=rejected_count,
        state="posted",
        seq=tx.seq,
    )
    work = _Posting(tx, rows, batch_id, progress, cancelled)
    with no_collecting():
        work.write_people()
        work.write_openings(main_timeline(tx.db), gifts_settled=gifts_settled)
        work.write_keys()
    tx.about(
        batch_id,
        people=len(rows),
        rejected=rejected_count,
        digest=file_digest[:16],
        spend_fen=sum(row.spend_fen for row in rows),
        points=sum(row.points for row in rows),
        gifts_settled=gifts_settled,
    )
    return RosterImported(batch_id, len(rows), Changes(CHANGED))


def _ask_same_file(tx: Tx, file_digest: str) -> None:
    same = tx.db.row(
        ImportBatch.select(ImportBatch.id).where(
            (ImportBatch.file_digest == file_digest) & (ImportBatch.state == "posted")
        )
    )
    if same is not None and "same_file" not in tx.confirmed:
        raise Confirmable("same_file", tr("这个文件已经导入过一次。仍要再导入一次吗？"))


class _Posting:
    """The rows of one batch with the ids they get."""

    def __init__(
        self,
        tx: Tx,
        rows: Sequence[RosterRow],
        batch_id: int,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> None:
        self._tx = tx
        self._rows = rows
        self._batch_id = batch_id
        self._progress = progress
        self._cancelled = cancelled
        self._first = next_person_id(tx.db)
        self._numbers = self._give_numbers()

    def _step(self, done: int, total: int) -> None:
        if self._cancelled is not None and self._cancelled():
            raise ImportCancelled
        if self._progress is not None:
            self._progress(done, total)

    # -- people ----------------------------------------------------------------------------

    def _give_numbers(self) -> list[str]:
        taken = {number for (number,) in self._tx.db.rows(Person.select(Person.number))}
        wanted = [row.number for row in self._rows if row.number]
        if len(set(wanted)) < len(wanted) or not taken.isdisjoint(wanted):
            raise RuleError(tr("有会员号在预览之后被别人用了。请重新预览，再导入。"))
        taken.update(wanted)
        # a number that a row was given by hand may be the one an id would get
        while any(
            not row.number and auto_number(self._first + index) in taken
            for index, row in enumerate(self._rows)
        ):
            self._first += 1
        return [row.number or auto_number(self._first + at) for at, row in enumerate(self._rows)]

    def write_people(self) -> None:
        """The person rows; who recommended whom is filled in when all of them are there."""
        tx = self._tx
        self._step(0, len(self._rows))
        doctors = self._doctors()
        referrers = self._referrers()
        values = []
        for index, row in enumerate(self._rows):
            note = row.note
            if row.referrer and index not in referrers:
                note = " ".join((note, tr("推荐人：{name}").format(name=row.referrer))).strip()
            values.append(
                (
                    self._first + index,
                    self._numbers[index],
                    row.name,
                    row.pinyin,
                    row.sex,
                    row.birthday,
                    row.id_number,
                    row.phone,
                    row.phone_alt,
                    row.address,
                    row.guardian_name,
                    row.guardian_relation,
                    row.guardian_phone,
                    row.source,
                    doctors.get(row.doctor),
                    note,
                    row.last_visit_on,
                    self._batch_id,
                    tx.today,
                    tx.seq,
                )
            )
        tx.db.insert_many(Person, _PERSON_COLUMNS, values)
        begin_attending(
            tx,
            (
                (person_id, doctors.get(row.doctor))
                for person_id, row in enumerate(self._rows, self._first)
            ),
        )
        for index, referrer_id in referrers.items():
            tx.db.write(
                Person.update(referrer_id=referrer_id).where(Person.id == self._first + index)
            )

    def _doctors(self) -> dict[str, int]:
        """Ids by name; a doctor the clinic does not know yet is added."""
        db = self._tx.db
        known = {name: i for i, name in db.rows(Doctor.select(Doctor.id, Doctor.name))}
        for name in dict.fromkeys(row.doctor for row in self._rows if row.doctor):
            if name not in known:
                known[name] = db.insert(Doctor, name=name)
        return known

    def _referrers(self) -> dict[int, int]:
        """Row index → id of who recommended them, by member number or by a name held once."""
        if not any(row.referrer for row in self._rows):
            return {}
        ids: dict[str, set[int]] = {}
        query = Person.select(Person.id, Person.number, Person.name).where(Person.state == "active")
        for person_id, number, name in self._tx.db.rows(query):
            ids.setdefault(number, set()).add(person_id)
            ids.setdefault(name, set()).add(person_id)
        for index, row in enumerate(self._rows):
            ids.setdefault(self._numbers[index], set()).add(self._first + index)
            ids.setdefault(row.name, set()).add(self._first + index)
        found = {}
        for index, row in enumerate(self._rows):
            matching = ids.get(row.referrer, set()) - {self._first + index}
            if len(matching) == 1:
                found[index] = matching.pop()
        return found

    # -- what they bring -------------------------------------------------------------------

    def write_openings(self, timeline: Timeline, *, gifts_settled: bool) -> None:
        """Opening balances and memberships in bulk, then what follows from them per person."""
        tx = self._tx
        settled = int(gifts_settled)
        next_id = int(tx.db.scalar(OpeningBalance.select(peewee.fn.MAX(OpeningBalance.id))) or 0)
        version_id = timeline.at(tx.today).id
        openings = []
        memberships = []
        for person_id, row in enumerate(self._rows, self._first):
            if _brings(row):
                next_id += 1
                ids = (next_id, person_id, timeline.programme_id)
                openings.append((*ids, row.spend_fen, row.points, settled, tx.today, tx.seq))
            if row.member:
                # the rows `membership.join_opening` writes, 50,000 of them
                ids = (person_id, timeline.programme_id, version_id)
                joined = row.joined_on or tx.today
                memberships.append((*ids, "active", joined, "opening", 1, tx.actor.id, tx.seq))
        tx.db.insert_many(OpeningBalance, _OPENING_COLUMNS, openings)
        tx.db.insert_many(Membership, _MEMBERSHIP_COLUMNS, memberships)
        queue_tx, queue = queued(tx)
        for index, row in enumerate(self._rows):
            if index % _EVERY == 0:
                queue.flush()
                self._step(index, len(self._rows))
            if row.member or _brings(row):
                _settle(queue_tx, timeline, self._first + index, row, gifts_settled=gifts_settled)
        queue.flush()
        for other in timelines(tx.db)[1:]:  # the past counts in every programme (E42)
            for index, row in enumerate(self._rows):
                if _brings(row):
                    count_paper(tx, self._first + index, other)

    # -- search ----------------------------------------------------------------------------

    def write_keys(self) -> None:
        """The search keys, in the order of their table."""
        keys: list[tuple[int, str, int]] = []
        for index, row in enumerate(self._rows):
            person_id = self._first + index
            found = keys_for(
                number=self._numbers[index],
                name=row.name,
                pinyin=row.pinyin,
                id_number=row.id_number,
                phones=(row.phone, row.phone_alt, row.guardian_phone),
            )
            keys += [(kind, key, person_id) for kind, key in found]
        # people come in the order of their ids; sorting rows as a whole takes twice the time
        keys.sort(key=itemgetter(1))
        keys.sort(key=itemgetter(0))
        for start in range(0, len(keys), _KEYS):
            self._step(len(self._rows), len(self._rows))
            insert_keys(self._tx.db, keys[start : start + _KEYS])


def _brings(row: RosterRow) -> bool:
    """Whether an opening row is due: for money or points, or for a tier kept from paper (E46)."""
    return bool(row.spend_fen or row.points or (row.member and row.claimed_rank))


def _settle(
    tx: Tx, timeline: Timeline, person_id: int, row: RosterRow, *, gifts_settled: bool
) -> None:
    """What follows for one person from what the old register says."""
    on = tx.today
    account = StoredAccount(tx, person_id, timeline, group=(person_id,))
    events = []
    if _brings(row):
        if row.points:
            expires_on = expiry_of(timeline, on)
            source = Source("opening", on, expires_on=expires_on, tier_counting=True)
            credit(account, row.points, source)
        event = Event(
            "opening", on, amount_fen=row.spend_fen, points=row.points, flag=gifts_settled
        )
        events.append(event)
    if row.member and row.claimed_rank > row.supported_rank:
        grant_opening_tier(tx, person_id, row.claimed_rank, on)
        # the flag is what `services.loyalty.history` reads from the opening row of the same command
        events.append(Event("override", on, rank=row.claimed_rank, flag=gifts_settled))
    joined = (row.joined_on or on) if row.member else None
    settle_new(tx, account, events, joined)
