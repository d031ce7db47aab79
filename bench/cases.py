"""What is measured without a window: finding, lists, verifying."""

from __future__ import annotations

from collections.abc import Callable

from bench import floors, world
from bench.growth import growth
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
from bench.operations import OPERATIONS, keys
from bench.world import SIZES, Size
from models import checks
from services.clinic import Clinic


def find(size: Size) -> list[Row]:
    """The service call of the search box, every kind of key; flat in the number of people."""
    with world.opened(world.home(size)) as clinic:
        calls = OPERATIONS["find"].calls(clinic)
        texts = keys(clinic)
        times: list[float] = []

        def ours() -> float:
            found = [timed(next(calls)) for _ in texts]
            times.extend(found)
            return sum(found) / len(found)

        mine, bare = take_turns(ours, _raw_lookup(clinic, texts))
    value = percentile(times[len(texts) :]) * 1e3
    rows = [limit_row(f"find people, p99 ({size.name})", mine, value, 5, "ms", floor=bare)]
    if size.people > SIZES["small"].people:
        rows += growth((SIZES["small"], size), ["find"])
    return rows


def _raw_lookup(clinic: Clinic, texts: list[tuple[str, str]]) -> Callable[[], float]:
    """Seconds of one lookup of a phone by its index, with nothing of ours in the way."""
    connection = floors.raw(clinic)
    phones = [text for kind, text in texts if kind == "phone"]
    lookup = "SELECT id FROM person WHERE phone = ? AND phone <> ''"

    def floor() -> float:
        each = timed(lambda: [connection.execute(lookup, (p,)).fetchall() for p in phones])
        return each / len(phones)

    return floor


def lists(size: Size) -> list[Row]:
    """Today's board, due gifts, the call list, the today strip."""
    rows = []
    with world.opened(world.home(size)) as clinic:
        for name in ("board", "due", "calls", "today"):
            operation = OPERATIONS[name]
            calls = operation.calls(clinic)
            next(calls)()
            times = [timed(next(calls)) for _ in range(operation.often * ROUNDS)]
            value, what = percentile(times) * 1e3, f"{operation.what}, p99 ({size.name})"
            rows.append(limit_row(what, Spread.of(times), value, 50, "ms"))
    return rows


def verify(size: Size) -> list[Row]:
    """The whole verification against SQLCipher's own check of the same file."""
    with world.opened(world.home(size)) as clinic:
        calls = OPERATIONS["verify"].calls(clinic)

        def ours() -> float:
            found = []
            seconds = timed(lambda: found.append(next(calls)()))
            if found[0].faults:
                raise RuntimeError(f"the measured clinic is not sound: {found[0].faults}")
            return seconds

        def floor() -> float:
            return timed(lambda: clinic.db.execute_sql("PRAGMA cipher_integrity_check").fetchall())

        mine, bare = take_turns(ours, floor)
        checks.cache_for_checks(clinic.db)
        whole = timed(lambda: clinic.db.execute_sql("PRAGMA integrity_check").fetchall())
    note = f"integrity_check alone: {whole / bare.median:.1f}x"
    return [ratio_row(f"verify ({size.name})", mine, bare, 3, note)]


CASES: dict[str, Callable[[Size], list[Row]]] = {"find": find, "lists": lists, "verify": verify}
