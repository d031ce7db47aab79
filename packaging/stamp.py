"""When a build says it was made: the same source gives the same bytes on any day."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def epoch() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH, else the last commit, else the change log's age."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    try:
        asked = subprocess.run(
            ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True
        )
        return int(asked.stdout)
    except (OSError, ValueError):
        return int((ROOT / "CHANGELOG.md").stat().st_mtime)


def environment() -> dict[str, str]:
    """The environment for the programs that build."""
    return {**os.environ, "SOURCE_DATE_EPOCH": str(epoch()), "PYTHONHASHSEED": "0"}
