"""What is measured without a window."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import floors, world
from bench.measure import (
    ROUNDS,
    Row,
    Spread,
    limit_row,
    percentile,
    ratio_row,
    take_turns,
    timed,
)
from bench.world import SIZES, Size
from services.clinic import Clinic

SEARCHES = 250  # of each kind, in each round


def find(size: Size) -> list[Row]:
    """The service call of the search box, every kind of key; flat in the number of people."""
    rows = []
    with world.opened(world.home(size)) as big, world.opened(world.home(SIZES["small"])) as small:
        queries, few = _queries(big), _queries(small)
        connection = floors.raw(big)
        phones = [text for kind, text in queries if kind == "phone"]
        lookup = "SELECT id FROM person WHERE phone = ? AND phone <> ''"
        times: list[float] = []

        def ours() -> float:
            return _each(big, queries, times)

        def floor() -> float:
            return timed(
                lambda: [connection.execute(lookup, (p,)).fetchall() for p in phones]
            ) / len(phones)

        mine, bare = take_turns(ours, floor)
        value = percentile(times) * 1e3
        note = f"{mine.median / bare.median:.0f}x one raw lookup of {bare.text()}"
        rows.append(limit_row(f"find people, p99 ({size.name})", mine, value, 5, "ms", note))
        if size.name != "small":
            large, little = take_turns(lambda: _each(big, queries), lambda: _each(small, few))
            rows.append(ratio_row("find people, against 2,000 people", large, little, 1.5, "flat"))
        connection.close()
    return rows


def _queries(clinic: Clinic) -> list[tuple[str, str]]:
    from models.people import Person
    from services.people.pinyin import initials

    picked = random.Random(1)
    people = clinic.db.rows(
        Person.select(Person.name, Person.pinyin, Person.phone, Person.number, Person.id_number)
    )
    found = []
    for name, pinyin, phone, number, document in picked.sample(people, min(SEARCHES, len(people))):
        found += [("name", name), ("part", name[1:]), ("number", number), ("one", name[0])]
        found += [("pinyin", pinyin.replace(" ", "")), ("initials", initials(pinyin))]
        if phone:
            found += [("phone", phone), ("tail", phone[-4:])]
        if document:
            found += [("id", document), ("id tail", document[-4:])]
    picked.shuffle(found)
    return found


def _each(
    clinic: Clinic, queries: list[tuple[str, str]], times: list[float] | None = None
) -> float:
    from services.people.search import find as search

    began = time.perf_counter()
    for _, text in queries:
        start = time.perf_counter()
        search(clinic.db, text, 12)
        if times is not None:
            times.append(time.perf_counter() - start)
    return (time.perf_counter() - began) / len(queries)


# -- posting -----------------------------------------------------------------------------------

MIRRORED = (
    *("receipt", "money_event", "points_entry", "points_allocation"),
    *("tier_event", "tier_notice", "entitlement_grant", "followup_task", "audit"),
)


def post(size: Size) -> list[Row]:
    """A receipt with all its consequences, durable, against the same rows written raw."""
    name = f"post a receipt ({size.name})"
    with world.copied(size, "post") as place, world.copied(size, "floor") as other:
        ours, floor = _post_against_raw(place, other)
        rows = [ratio_row(name, ours, floor, 5)]
        with world.opened(place, read_only=False) as clinic:
            rows.append(_bytes_per_receipt(clinic))
    if size.name != "small":
        with world.copied(size, "post") as place, world.copied(SIZES["small"], "floor") as other:
            large, little = _post_against_post(place, other)
        rows.append(ratio_row("post a receipt, against 2,000 people", large, little, 1.5, "flat"))
    return rows


def _poster(clinic: Clinic) -> Callable[[], float]:
    from models.people import Person
    from services.desk.daily import catch_up
    from services.loyalty.receipts import post_receipt

    session = world.director(clinic).confirming("clock_jump")
    catch_up(session)
    people = [row[0] for row in clinic.db.rows(Person.select(Person.id))]
    picked = random.Random(2)

    def one() -> float:
        person, amount = picked.choice(people), picked.randint(50, 900) * 100
        return timed(lambda: post_receipt(session, person_id=person, amount_fen=amount))

    return one


def _post_against_raw(place: Path, other: Path) -> tuple[Spread, Spread]:
    from services.desk.daily import catch_up

    with world.opened(other, read_only=False) as twin:
        catch_up(world.director(twin).confirming("clock_jump"))
        with world.opened(place, read_only=False) as clinic:
            one = _poster(clinic)
            mirror = _Mirror(clinic, twin)
            mirror.catch_up()
            pairs = []
            for _ in range(40 * ROUNDS):
                mine = one()
                pairs.append((mine, mirror.write()))
            mirror.close()
    return Spread.of([a for a, _ in pairs[40:]]), Spread.of([b for _, b in pairs[40:]])


class _Mirror:
    """Writes what the newest command wrote into a twin of the clinic, raw, in one commit."""

    def __init__(self, clinic: Clinic, twin: Clinic) -> None:
        self._reader = floors.raw(clinic)
        self._writer = floors.raw(twin)
        self._last = {table: self._newest(table) for table in MIRRORED}

    def _newest(self, table: str) -> int:
        return int(self._reader.execute(f"SELECT MAX(rowid) FROM {table}").fetchone()[0] or 0)

    def catch_up(self) -> None:
        """Both files are copies and did the same day's work: the audit heads must agree."""
        heads = [
            c.execute("SELECT MAX(seq) FROM audit").fetchone()[0]
            for c in (self._reader, self._writer)
        ]
        if heads[0] != heads[1]:
            raise RuntimeError(f"the twins differ: {heads}")

    def write(self) -> float:
        """Seconds the raw commit took."""
        statements = list(self._statements())
        write = self._writer.execute

        def commit() -> None:
            write("BEGIN IMMEDIATE")
            for sql, values in statements:
                write(sql, values)
            write("COMMIT")

        return timed(commit)

    def _statements(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        read = self._reader.execute
        people = set()
        for table in MIRRORED:
            query = f"SELECT * FROM {table} WHERE rowid > ?"
            for row in read(query, (self._last[table],)).fetchall():
                self._last[table] = row[0]
                if table == "money_event":
                    people.add(row[2])
                yield f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row
        for person in people:
            row = read("SELECT * FROM standing WHERE person_id = ?", (person,)).fetchone()
            marks = ", ".join("?" * len(row))
            yield f"INSERT OR REPLACE INTO standing VALUES ({marks})", row
            last = read("SELECT last_visit_on FROM person WHERE id = ?", (person,)).fetchone()
            yield "UPDATE person SET last_visit_on = ? WHERE id = ?", (last[0], person)

    def close(self) -> None:
        """Close both connections."""
        self._reader.close()
        self._writer.close()


def _post_against_post(place: Path, other: Path) -> tuple[Spread, Spread]:
    with world.opened(place, read_only=False) as big, world.opened(other, read_only=False) as few:
        large, little = _poster(big), _poster(few)
        pairs = [(large(), little()) for _ in range(40 * ROUNDS)]
    return Spread.of([a for a, _ in pairs[40:]]), Spread.of([b for _, b in pairs[40:]])


def _bytes_per_receipt(clinic: Clinic) -> Row:
    from models.people import Person
    from services.bulk import bulk
    from services.loyalty.receipts import post_receipt

    people = [row[0] for row in clinic.db.rows(Person.select(Person.id))]
    picked = random.Random(3)
    count = 3000
    clinic.db.checkpoint()
    before = clinic.db.path.stat().st_size
    with bulk(world.director(clinic)) as (session,):
        for _ in range(count):
            amount = picked.randint(50, 900) * 100
            post_receipt(session, person_id=picked.choice(people), amount_fen=amount)
    clinic.db.checkpoint()
    each = (clinic.db.path.stat().st_size - before) / count
    return limit_row("bytes on disk per receipt", Spread(each, each, each, "B"), each, 1000, "B")


# -- lists, workbook, verify -------------------------------------------------------------------


def lists(size: Size) -> list[Row]:
    """Today's board, due gifts, the call list, the today strip."""
    from services.desk.today import today_counts
    from services.desk.visits import today_board
    from services.followups.call_list import calls_today
    from services.gifts.lists import due_gifts

    rows = []
    with world.opened(world.home(size)) as clinic:
        today = clinic.clock.today()
        calls: dict[str, Callable[[], object]] = {
            "today board": lambda: today_board(clinic.db, today, clinic.clock.now_utc()),
            "due gifts": lambda: due_gifts(clinic.db, today, limit=200),
            "call list": lambda: calls_today(clinic.db, today),
            "today strip": lambda: today_counts(clinic.db, today),
        }
        for name, call in calls.items():
            call()
            times = [timed(call) for _ in range(50)]
            value = percentile(times) * 1e3
            rows.append(limit_row(f"{name}, p99 ({size.name})", Spread.of(times), value, 50, "ms"))
    return rows


LINES = 50_000


def workbook(size: Size) -> list[Row]:
    """The Friday workbook with 50,000 lines against openpyxl write-only with the same cells."""
    from openpyxl import load_workbook

    from services.gifts.period import default_week
    from services.workbooks.friday import write_friday

    smallest = SIZES["small"] if size.name != "tiny" else size
    with (
        world.copied(smallest, "workbook") as place,
        world.opened(place, read_only=False) as clinic,
    ):
        _many_issues(clinic)
        week = default_week(clinic.db, clinic.clock.today())
        ours_file, floor_file = place / "ours.xlsx", str(place / "floor.xlsx")
        write_friday(clinic, ours_file, week=week)
        book = load_workbook(ours_file, read_only=True)
        sheets = {s.title: list(s.iter_rows(values_only=True)) for s in book.worksheets}
        book.close()
        ours, floor = take_turns(
            lambda: timed(lambda: write_friday(clinic, ours_file, week=week)),
            lambda: timed(lambda: floors.write_only(sheets, floor_file)),
        )
    cells = sum(len(row) for rows in sheets.values() for row in rows)
    note = f"{cells:,} cells"
    return [ratio_row(f"Friday workbook, {LINES:,} lines", ours, floor, 1.3, note)]


def _many_issues(clinic: Clinic) -> None:
    """A week in which 50,000 gifts were handed out at an event, in one command's batch."""
    from models.gifts import Gift, GiftIssue, StockMove
    from models.people import Person
    from services.commands import Tx, command
    from services.gifts.handout import stock
    from services.rights import RIGHTS

    session = world.director(clinic)
    gift_id = clinic.db.scalar(Gift.select(Gift.id).limit(1))
    people = [row[0] for row in clinic.db.rows(Person.select(Person.id).limit(2000))]
    stock.receive(session, gift_id=gift_id, quantity=LINES, place=stock.DESK)
    RIGHTS["bench.issues"] = RIGHTS["clinic.settings"]

    @command("bench.issues", entity="gift_issue")
    def hand_out(tx: Tx) -> stock.StockMoved:
        first = (
            tx.db.scalar(GiftIssue.select(GiftIssue.id).order_by(GiftIssue.id.desc())) or 0
        ) + 1
        issue = ("id", "person_id", "gift_id", "place", "quantity", "reason", "collected")
        move = ("gift_id", "place", "kind", "quantity", "issue_id")
        tail = (tx.today, tx.actor.id, tx.seq)
        tx.db.insert_many(
            GiftIssue,
            (*issue, "occurred_on", "staff_id", "seq"),
            [
                (first + n, people[n % len(people)], gift_id, "desk", 1, "event", "self", *tail)
                for n in range(LINES)
            ],
        )
        tx.db.insert_many(
            StockMove,
            (*move, "occurred_on", "staff_id", "seq"),
            [(gift_id, "desk", "issue", -1, first + n, *tail) for n in range(LINES)],
        )
        from models.gifts import StockLevel
        from services.changes import NOTHING

        tx.db.write(
            StockLevel.update(quantity=StockLevel.quantity - LINES).where(
                (StockLevel.gift_id == gift_id) & (StockLevel.place == "desk")
            )
        )
        return stock.StockMoved(0, gift_id, 0, NOTHING)

    hand_out(session)


def verify(size: Size) -> list[Row]:
    """The whole verification against SQLCipher's own check of the same file."""
    from services.verify import verify as check

    with world.opened(world.home(size)) as clinic:
        if faults := check(clinic).faults:
            raise RuntimeError(f"the measured clinic is not sound: {faults}")

        def floor() -> float:
            return timed(lambda: clinic.db.execute_sql("PRAGMA cipher_integrity_check").fetchall())

        ours, bare = take_turns(lambda: timed(lambda: check(clinic)), floor)
        whole = timed(lambda: clinic.db.execute_sql("PRAGMA integrity_check").fetchall())
    note = f"integrity_check alone: {whole / bare.median:.1f}x"
    return [ratio_row(f"verify ({size.name})", ours, bare, 3, note)]


CASES: dict[str, Callable[[Size], list[Row]]] = {
    "find": find,
    "post": post,
    "lists": lists,
    "workbook": workbook,
    "verify": verify,
}
