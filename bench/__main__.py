"""`python -m bench`: measure, print one table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import traceback
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from bench import cases, groups, simulate, world
from bench.measure import Row


def main() -> int:
    """0 when every promise that was measured is met."""
    known = {**cases.CASES, **groups.CASES, **simulate.CASES}
    if find_spec("ui.app") is not None:
        from bench import ui_cases

        known = {**ui_cases.CASES, **known}
    parser = argparse.ArgumentParser(prog="bench", description="Ratios to a floor.")
    parser.add_argument("--size", choices=sorted(world.SIZES), default="normal")
    parser.add_argument("--only", choices=sorted(known), action="append")
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    size = world.SIZES[chosen.size]
    rows: list[Row] = []
    failed = []
    for name in chosen.only or known:
        world.say(f"measuring {name} …")
        try:
            rows += known[name](size)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    print(table(rows))
    for name in failed:
        print(f"{name}: could not be measured")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"\n{platform.platform()}, {os.cpu_count()} cores, load {load:.1f}, size {size.name}")
    if chosen.json:
        chosen.json.write_text(
            json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1),
            encoding="utf-8",
        )
    return 0 if not failed and all(row.met for row in rows) else 1


def table(rows: list[Row]) -> str:
    """what | ours | floor | value | promise | met | note"""
    head = ("what", "ours (least–most)", "floor", "value", "promise", "met", "note")
    lines = [head]
    for row in rows:
        unit = "x" if row.promise.endswith("x") else " " + row.promise.split()[-1]
        lines.append(
            (
                row.what,
                row.ours.text(),
                row.floor.text() if row.floor else "—",
                f"{row.value:.2f}{unit}",
                row.promise,
                "yes" if row.met else "NO",
                row.note,
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([text[0], "-" * len(text[0]), *text[1:]])


if __name__ == "__main__":
    sys.exit(main())
