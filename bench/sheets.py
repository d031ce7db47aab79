"""Workbooks: the Friday workbook going out, an old roster coming in."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import floors, world
from bench.measure import Row, ratio_row, take_turns, timed
from bench.world import SIZES, Size


def workbook(size: Size) -> list[Row]:
    """The Friday workbook with 50,000 lines against openpyxl write-only with the same cells."""
    from openpyxl import load_workbook

    from bench.event import LINES, many_issues
    from services.gifts.period import default_week
    from services.workbooks.friday import write_friday

    smallest = min(size, SIZES["small"], key=lambda each: each.people)
    with (
        world.copied(smallest, "workbook") as place,
        world.opened(place, read_only=False) as clinic,
    ):
        many_issues(clinic)
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


# -- a roster ------------------------------------------------------------------------------------

ROSTER = 50_000
NAME_PARTS = ("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "明芳伟丽强静军敏", "华英东梅国")
HEADERS = ("会员号", "姓名", "性别", "出生日期", "手机", "等级", "累计消费", "可用积分", "入会日期")


def roster(size: Size) -> list[Row]:
    """An old roster of 50,000 rows, looked at and posted, against reading its cells."""
    from services.programmes.registry import main_timeline
    from services.roster.known import known_people
    from services.roster.posting import import_roster
    from services.roster.preview import read_and_preview

    path = _roster(ROSTER if size.name != "tiny" else 1000)

    def ours() -> float:
        with (
            world.copied(SIZES["tiny"], "roster") as place,
            world.opened(place, read_only=False) as clinic,
        ):
            session = world.director(clinic).confirming("clock_jump")

            def bring_in() -> None:
                db, today = clinic.db, clinic.clock.today()
                _, found = read_and_preview(path, main_timeline(db), today, known_people(db))
                import_roster(
                    session,
                    rows=found.good,
                    file_digest=found.digest,
                    rejected_count=len(found.rejected),
                )
                if len(found.good) < 0.99 * found.totals.people:
                    raise RuntimeError(f"{len(found.rejected)} rows were rejected")

            return timed(bring_in)

    mine, bare = take_turns(ours, lambda: timed(lambda: floors.read_only(path)))
    return [ratio_row(f"roster import, {path.stem.split('-')[1]} rows", mine, bare, 2)]


def _roster(rows: int) -> Path:
    """The old roster, made once."""
    path = world.cache() / f"roster-{rows}.xlsx"
    if path.exists():
        return path
    dice = random.Random(8)
    lines: list[tuple[Any, ...]] = [HEADERS]
    for number in range(rows):
        lines.append(
            (
                f"OLD{number:06d}",
                "".join(dice.choice(part) for part in NAME_PARTS),
                dice.choice("男女"),
                f"{dice.randint(1940, 2015)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}",
                f"1{dice.choice((38, 39, 59, 86))}{number:08d}",
                dice.choice(("", "普通会员", "VIP会员")),
                dice.randint(0, 3_000_000) / 100,
                dice.randint(0, 3000),
                f"202{dice.randint(0, 5)}-{dice.randint(1, 12):02d}-15",
            )
        )
    part = path.with_suffix(".part")
    floors.write_only({"名册": lines}, str(part))
    part.replace(path)
    return path


CASES: dict[str, Callable[[Size], list[Row]]] = {"workbook": workbook, "roster": roster}
