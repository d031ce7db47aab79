"""A million receipts of a text file through a programme, against SQL sums of the same file.

The floor reads the file with the same csv module into a plain in-memory table and asks it for
every member's sums: what the stack can do when no rule is in the way.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from sqlcipher3 import dbapi2

from bench import world
from bench.measure import Row, ratio_row, take_turns, timed
from bench.world import Size

RECEIPTS = 1_000_000
EACH = 10  # receipts of a member
AS_OF = "2026-11-20"
PROGRAMME = "医院方案A"
_FIRST = date(2023, 1, 1)
_DAYS = 1200
_ITEMS = ("洁牙", "补牙", "种植牙", "正畸", "拔牙", "检查", "烤瓷冠", "牙周治疗")
_HEADER = ("日期", "会员号", "类型", "金额", "项目", "数量", "备注")
_TABLE = (
    "CREATE TABLE event (day TEXT, member TEXT, kind TEXT, amount REAL,"
    " item TEXT, quantity INTEGER, note TEXT)"
)
_SUMS = (
    "SELECT member, SUM(amount), COUNT(*), MAX(amount), MAX(day) FROM event"
    " WHERE kind = '消费' GROUP BY member"
)


def simulate(size: Size) -> list[Row]:
    """The whole way from the file to the JSON (R157–R161 for every receipt)."""
    from services.simulation.report import as_json
    from services.simulation.run import simulate_file
    from services.simulation.source import named

    receipts = RECEIPTS if size.name != "tiny" else 10_000
    path, trial = _events(receipts), named(PROGRAMME)

    def ours() -> float:
        return timed(lambda: as_json(simulate_file(trial, path, AS_OF)))

    mine, floor = take_turns(ours, lambda: timed(lambda: _sums(path)))
    note = f"{mine.median / receipts * 1e6:.1f} µs a receipt"
    return [ratio_row(f"simulate {receipts:,} receipts", mine, floor, 15, note)]


def _events(receipts: int) -> Path:
    """The file: receipts in order of time, three in ten of them large ones. Made once."""
    path = world.cache() / f"events-{receipts}.csv"
    if path.exists():
        return path
    world.say(f"making {receipts:,} events …")
    picked = random.Random(4)
    days = [(_FIRST + timedelta(days=day)).isoformat() for day in range(_DAYS)]
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(_HEADER)
        for index in range(receipts):
            large = picked.random() < 0.3
            fen = picked.randint(100_000, 900_000) if large else picked.randint(5_000, 90_000)
            member = f"M{picked.randrange(receipts // EACH):06d}"
            day, item = days[index * _DAYS // receipts], picked.choice(_ITEMS)
            lines.writerow(
                (day, member, "消费", f"{fen // 100}.{fen % 100:02d}", item, "", f"R{index}")
            )
    part.replace(path)
    return path


def _sums(path: Path) -> int:
    connection = dbapi2.connect(":memory:", isolation_level=None)
    connection.execute(_TABLE)
    connection.execute("BEGIN")
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", lines)
    connection.execute("COMMIT")
    found = len(connection.execute(_SUMS).fetchall())
    connection.close()
    return found


CASES: dict[str, Callable[[Size], list[Row]]] = {"simulate": simulate}
