"""P15: whatever file is brought, the answer is a sentence, within a second, in bounded memory.

Each kind of reading happens in a child process, so that its memory can be measured and a crash
seen. What is timed is the processor's time: on a shared machine the wall's says little.
"""

from __future__ import annotations

import json
import os
import random
import resource
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.reliability import hostile_files as files
from bench.reliability.desk import TODAY, Desk, new_desk, session_of
from models import keys
from models.clinic_file import DATABASE_FILE
from models.errors import StoreFault
from services.backups import manifest, restoring, shelf, swap, thinning
from services.clinic import Clinic
from services.commands import head_of_chain
from services.errors import AppError
from services.gifts import reconciliation, stock
from services.gifts.period import week_view
from services.programmes.registry import main_timeline
from services.programmes.toml_files import read_file
from services.roster import caps, reading
from services.roster.mapping import guess
from services.roster.preview import preview_roster
from services.roster.reading import RawTable
from services.simulation.run import simulate_file
from services.simulation.source import named
from services.workbooks.count_sheet_reading import read_count_sheet

SECONDS = 1.0
MEGABYTES = 400  # beyond what the process had to begin with

Reader = Callable[[Path], object]


@dataclass(frozen=True)
class Fed:
    """So many files were fed to the readers; the slowest took `seconds` of processor, the greediest
    reader grew by `megabytes`; what went wrong."""

    files: int
    seconds: float
    megabytes: int
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A reader, the ending of its files, and who makes them."""

    name: str
    suffix: str
    reader: Callable[[Desk, Clinic], Reader]
    makers: tuple[files.Maker, ...]


def feed(root: Path, times: int, seed: int, *, bombs: bool = True) -> Fed:
    """Feed every reader `times` files of its kind."""
    desk, _ = new_desk(root / "clinic")
    clinic = desk.open()
    session = session_of(clinic)
    gift = stock.define_gift(session, code="G10", name="牙膏", band_fen=1000, cost_fen=600)
    stock.receive(session, gift_id=gift.gift_id, quantity=5)
    reconciliation.open_week(session)
    cutoff = week_view(clinic.db, TODAY, today=TODAY).cutoff_seq
    before = head_of_chain(clinic.db)
    clinic.close()
    faults: list[str] = []
    count, slowest, greediest = 0, 0.0, 0
    for number, kind in enumerate(_kinds(bombs, cutoff)):
        found, grown = _in_child(root / kind.name, desk, kind, times, seed + number)
        greediest = max(greediest, grown)
        for name, seconds, outcome in found:
            count += 1
            slowest = max(slowest, seconds)
            if outcome:
                faults.append(f"{kind.name} {name}: {outcome}")
            elif seconds > SECONDS:
                faults.append(f"{kind.name} {name}: {seconds:.1f} s")
        if grown > MEGABYTES:
            faults.append(f"{kind.name}: grew by {grown} MB")
    clinic = desk.open()
    if head_of_chain(clinic.db) != before:
        faults.append("something was written to the clinic")
    clinic.close()
    return Fed(count, slowest, greediest, tuple(faults))


Outcome = tuple[str, float, str]


def _in_child(
    place: Path, desk: Desk, kind: Kind, times: int, seed: int
) -> tuple[list[Outcome], int]:
    """What each file came to, and by how many megabytes the child grew."""
    place.mkdir()
    made = _make(place, kind, times, seed)  # here: what the making takes is not the reader's
    answer = place / "answer.json"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            base = _most_memory()
            found = _feed_all(made, desk, kind)
            answer.write_text(json.dumps([found, (_most_memory() - base) >> 10]))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status:
        return [("the child", 0.0, f"ended with {status}")], 0
    found, grown = json.loads(answer.read_text())
    return [tuple(each) for each in found], grown


def _most_memory() -> int:
    """The most this process ever held, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _make(place: Path, kind: Kind, times: int, seed: int) -> list[tuple[str, Path]]:
    chance = random.Random(seed)
    made = []
    for number in range(times):
        maker = kind.makers[number % len(kind.makers)]
        path = place / f"{number}{kind.suffix}"
        path.write_bytes(maker(chance))
        made.append((f"{number} {maker.__name__}", path))
    return made


def _feed_all(made: list[tuple[str, Path]], desk: Desk, kind: Kind) -> list[Outcome]:
    clinic = desk.open()
    read = kind.reader(desk, clinic)
    found: list[Outcome] = []
    for name, path in made:
        began = time.process_time()
        outcome = _outcome(read, path)
        found.append((name, time.process_time() - began, outcome))
        path.unlink(missing_ok=True)
    clinic.close()
    return found


def _outcome(read: Reader, path: Path) -> str:
    """'' for an answer or a refusal in a sentence, else what came instead."""
    try:
        read(path)
    except (AppError, StoreFault):
        return ""
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
    return ""


# -- the readers -------------------------------------------------------------------------------


def _roster(desk: Desk, clinic: Clinic) -> Reader:
    """What the reading process does, and the preview of what it sends."""
    timeline = main_timeline(clinic.db)

    def read(path: Path) -> object:
        sent: list[tuple[str, object]] = []

        class Sender:
            send = staticmethod(sent.append)
            close = staticmethod(lambda: None)

        data = _loaded(path)
        reading._work(data, None, Sender())  # type: ignore[arg-type]
        if sent[-1][0] == "fault":
            raise caps.refusal(str(sent[-1][1]))
        head = dict(sent[0][1])  # type: ignore[call-overload]
        rows = [row for kind, rows in sent[1:-1] for row in rows]  # type: ignore[attr-defined]
        table = RawTable(**head, rows=rows, digest="")
        return preview_roster(table, guess(table.headers), timeline, TODAY)

    return read


def _loaded(path: Path) -> bytes:
    try:
        return caps.load(path)
    except caps.RosterFault as fault:
        raise caps.refusal(fault.code) from None


def _count_sheet(desk: Desk, clinic: Clinic) -> Reader:
    return lambda path: read_count_sheet(clinic, path, 1)


def _events(desk: Desk, clinic: Clinic) -> Reader:
    trial = named("医院方案A")
    return lambda path: simulate_file(trial, path, TODAY)


def _programme(desk: Desk, clinic: Clinic) -> Reader:
    return read_file


def _keys(desk: Desk, clinic: Clinic) -> Reader:
    """A key file in the place of the clinic's: by the PC, by the code, by the owner's words."""

    def read(path: Path) -> object:
        path.replace(path.with_name(keys.KEYS_FILE))
        with suppress(StoreFault):
            keys.unlock_with_device(path.parent, desk.vault)
        return keys.open_with_words(keys.load(path.parent), "00000-00000-00000-00000-00000")

    return read


def _manifest(desk: Desk, clinic: Clinic) -> Reader:
    """A backup with such a manifest, as lists, thinning, the lock and a restore look at it."""

    def read(path: Path) -> object:
        file = path.with_name("haochi-20261120-090000-5.db")
        file.write_bytes(b"0")
        path.replace(manifest.beside(file))
        shelf.examine(path.parent)
        for each in shelf.known(path.parent):
            manifest.seal_holds(each.manifest, clinic.file.key)
            restoring.preview(each, 9)
            restoring.unlock(each, "00000-00000-00000-00000-00000")
        return None

    return read


def _state(desk: Desk, clinic: Clinic) -> Reader:
    def read(path: Path) -> object:
        path.replace(path.with_name(shelf.STATE))
        state = shelf.read_state(path.parent)
        return thinning.paused(TODAY, state.restored_on, state.failed_on)

    return read


def _note(desk: Desk, clinic: Clinic) -> Reader:
    """A note of a restore, with a file that waits for it: nothing may leave the folder."""

    def read(path: Path) -> object:
        folder = path.parent / "data"
        folder.mkdir(exist_ok=True)
        (folder / DATABASE_FILE).write_bytes(b"old")
        swap.coming(folder).write_bytes(b"new")
        path.replace(folder / swap.NOTE)
        swap.finish(folder)
        inside = [folder / DATABASE_FILE, *(folder / swap.ASIDE).glob(f"*/{DATABASE_FILE}")]
        assert any(each.read_bytes() == b"old" for each in inside), "the old file is gone"
        return None

    return read


_KEYS = {"clinic_id": "0" * 16, "check": "AA==", "file_salt": "AA==",
         "slots": {"recovery": {"nonce": "AAAAAAAAAAAAAAAA", "sealed": "AAAA"}}}  # fmt: skip
_MANIFEST = {
    "made_at": "2026-11-20 09:00:00", "business_date": TODAY, "app_version": "1", "schema": 5,
    "size": 1, "sha256": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    "seq": 5, "head": "ab", "counts": {}, "keys": _KEYS, "why": "x", "faults": [], "seal": "x",
}  # fmt: skip
_STATE = {"restored_on": TODAY, "failed_on": "", "drilled_on": "", "off_pc": {"a": "x"},
          "second": ""}  # fmt: skip


def _kinds(bombs: bool, cutoff: int) -> tuple[Kind, ...]:
    books = files.WORKBOOKS + (files.BOMBS if bombs else ())
    roster, events = files.odd_cells("roster"), files.odd_cells("events")
    count = files.odd_cells("count", f"核对日 {TODAY}　核对号 1　截止号 {cutoff}")
    return (
        Kind("roster", ".xlsx", _roster, (roster, *books)),
        Kind("count-sheet", ".xlsx", _count_sheet, (count, *books)),
        Kind("events", ".xlsx", _events, (events, *books)),
        Kind("events-text", ".csv", _events, (files.odd_csv, files.noise)),
        Kind("programme", ".toml", _programme, (files.odd_toml,)),
        Kind("keys", ".json", _keys, (files.odd_json(_KEYS),)),
        Kind("manifest", ".json", _manifest, (files.odd_json(_MANIFEST),)),
        Kind("state", ".json", _state, (files.odd_json(_STATE),)),
        Kind("restore-note", ".json", _note, (files.odd_json({"aside": "20261120-090000"}),)),
    )
