"""Reading a roster in a process of its own: plain values come back, or a reason.

A process can be stopped when a file takes too long or eats the memory; a thread cannot. It is
started with multiprocessing's "spawn" because that starts from a clean interpreter on Windows
and Linux alike (a fork would inherit the open clinic file and Qt), and because a frozen program
runs it through `multiprocessing.freeze_support()` without a second executable.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from services.errors import RuleError
from services.i18n import tr
from services.roster import caps, mapping
from services.roster.caps import RosterFault

TIMEOUT = 30.0
_LOOK = 30  # rows among which the header is looked for
_CHUNK = 2000
_POLL = 0.1

Row = tuple[int, tuple[Any, ...]]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class RawTable:
    """A sheet as read: `rows` are (row number in the sheet, values), blank rows left out."""

    sheet: str
    sheets: tuple[str, ...]
    header_row: int
    headers: tuple[str, ...]
    rows: list[Row]
    digest: str


class ImportCancelled(RuleError):
    """Somebody pressed cancel; nothing was written."""

    def __init__(self) -> None:
        super().__init__(tr("已取消导入，没有写入任何内容。"))


def read_roster(
    path: Path,
    *,
    sheet: str | None = None,
    timeout: float = TIMEOUT,
    cancelled: Cancelled | None = None,
) -> RawTable:
    """Read a roster .xlsx: the named sheet, or the one that looks most like a roster.

    Raises RuleError with what to do for a file that may not or cannot be read within `timeout`
    seconds, ImportCancelled when `cancelled()` says so.
    """
    opened = opened_roster(path, sheet=sheet, timeout=timeout, cancelled=cancelled)
    with opened as (table, portions):
        for _ in portions:
            pass
    return table


@contextmanager
def opened_roster(
    path: Path,
    *,
    sheet: str | None = None,
    timeout: float = TIMEOUT,
    cancelled: Cancelled | None = None,
) -> Iterator[tuple[RawTable, Iterator[list[Row]]]]:
    """The same while it is being read: the table, and its rows in portions as they arrive.

    The portions must be gone through; each is in `table.rows` when it is answered.
    """
    try:
        data = caps.load(path)
    except RosterFault as fault:
        raise caps.refusal(fault.code) from None
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(data, sheet, sender), daemon=True)
    process.start()
    sender.close()
    arriving = _messages(receiver, time.monotonic() + timeout, cancelled)
    try:
        digest = hashlib.sha256(data).hexdigest()
        table = RawTable(**next(arriving), rows=[], digest=digest)
        yield table, _portions(arriving, table)
    finally:
        receiver.close()
        if process.is_alive():
            process.kill()
        process.join()
        process.close()


def _portions(arriving: Iterator[Any], table: RawTable) -> Iterator[list[Row]]:
    for rows in arriving:
        table.rows.extend(rows)
        yield rows


def _messages(receiver: Connection, deadline: float, cancelled: Cancelled | None) -> Iterator[Any]:
    """What the process sends: the head, then portions of rows. Raises RuleError."""
    while True:
        if cancelled is not None and cancelled():
            raise ImportCancelled
        if time.monotonic() > deadline:
            raise caps.refusal("timeout")
        if not receiver.poll(_POLL):
            continue
        try:
            kind, payload = receiver.recv()
        except (EOFError, OSError):
            raise caps.refusal("crashed") from None
        if kind == "fault":
            raise caps.refusal(payload)
        if kind == "done":
            return
        yield payload


# -- in the process of its own -------------------------------------------------------------


def _work(data: bytes, sheet: str | None, sender: Connection) -> None:
    import gc

    gc.disable()  # millions of small values and no cycle worth finding; the process ends soon
    try:
        caps.check_zip(data)
        # it met no document type, so there can be no entity; with that known openpyxl may use
        # the parser written in C, which reads in two thirds of the time
        os.environ["OPENPYXL_DEFUSEDXML"] = "False"
        from services.roster.sheets import quick_sheets

        with quick_sheets():
            for message in messages(data, sheet):
                sender.send(message)
    except RosterFault as fault:
        sender.send(("fault", fault.code))
    except MemoryError:
        sender.send(("fault", "too_much"))
    except Exception:
        sender.send(("fault", "damaged"))
    finally:
        sender.close()


def messages(data: bytes, sheet: str | None) -> Iterator[tuple[str, Any]]:
    """('head', …), then ('rows', …) in portions, then ('done', None). Raises RosterFault."""
    import io

    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheets = [each for each in book.worksheets if each.sheet_state == "visible"]
    if sheet is not None:
        sheets = [each for each in sheets if each.title == sheet]
    if not sheets:
        raise RosterFault("no_sheet")
    for each in sheets:
        each.reset_dimensions()  # exports lie about their size
    best = max(sheets, key=lambda each: _look(each)[0]) if len(sheets) > 1 else sheets[0]
    _, at, headers = _look(best)
    if not headers:
        raise RosterFault("no_sheet")
    titles = tuple(each.title for each in book.worksheets if each.sheet_state == "visible")
    yield (
        "head",
        {"sheet": best.title, "sheets": titles, "header_row": at, "headers": headers},
    )
    portion: list[Row] = []
    for count, (number, values) in enumerate(_filled(best, start=at + 1), 1):
        if count > caps.MAX_ROWS:
            raise RosterFault("rows")
        portion.append((number, values))
        if len(portion) == _CHUNK:
            yield "rows", portion
            portion = []
    yield "rows", portion
    yield "done", None


def _filled(sheet: Any, start: int = 1, limit: int | None = None) -> Iterator[Row]:
    """Rows that hold anything, their empty ends cut off."""
    last = None if limit is None else start + limit - 1
    for number, values in enumerate(
        sheet.iter_rows(min_row=start, max_row=last, values_only=True), start
    ):
        width = len(values)
        while width and (values[width - 1] is None or values[width - 1] == ""):
            width -= 1
        if width > caps.MAX_COLUMNS:
            raise RosterFault("columns")
        if width:
            yield number, values if width == len(values) else values[:width]


def _look(sheet: Any) -> tuple[int, int, tuple[str, ...]]:
    """Score, row number and texts of the likeliest header row (merged titles stand above it)."""
    rows = [(number, _texts(values)) for number, values in _filled(sheet, limit=_LOOK)]
    if not rows:
        return -1, 0, ()
    merged = [texts for _, texts in rows[:1]]
    for (before, upper), (number, lower) in pairwise(rows):
        merged.append(_with_merged(lower, upper if before == number - 1 else ()))
    scores = [mapping.header_score(texts) for texts in merged]
    at = scores.index(max(scores))  # the first of equals: rows of data add nothing to it
    if scores[at] < 2:  # nothing we know: the first row with several cells
        wide = (index for index, (_, texts) in enumerate(rows) if sum(map(bool, texts)) > 1)
        at = next(wide, 0)
    return scores[at], rows[at][0], merged[at]


def _texts(values: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(" ".join(str(value).split()) if value is not None else "" for value in values)


def _with_merged(texts: tuple[str, ...], above: tuple[str, ...]) -> tuple[str, ...]:
    """A header cell merged over two rows keeps its text in the upper one."""
    width = max(len(texts), len(above))
    lower = texts + ("",) * (width - len(texts))
    upper = above + ("",) * (width - len(above))
    return tuple(
        low or (high if mapping.recognise(high)[0] else "")
        for low, high in zip(lower, upper, strict=True)
    )
