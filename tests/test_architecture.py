"""The house rules of docs and architecture, in plain English, proven on the source."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_archon import archrule

ROOT = Path(__file__).resolve().parent.parent
CODE = ("main.py", "ui", "services", "models")
CLOCK = "services/clock.py"


def keep_apart(name: str, package: str, *forbidden: str) -> None:
    if not any((ROOT / package).rglob("*.py")):
        pytest.skip(f"{package}/ is still empty")
    patterns = [pattern for module in forbidden for pattern in (module, f"{module}.*")]
    archrule(name).match(package, f"{package}.*").should_not_import(*patterns).check(package)


def lines_of_code() -> Iterator[tuple[str, str]]:
    """Every line of the program with the place it stands at, without its comment."""
    for start in CODE:
        path = ROOT / start
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                yield f"{name}:{number}", line.partition("#")[0]


def nowhere(pattern: str, *, except_in: str = "") -> None:
    found = [
        f"{place}: {line.strip()}"
        for place, line in lines_of_code()
        if re.search(pattern, line) and not (except_in and place.startswith(except_in + ":"))
    ]
    assert not found, "\n".join(found)


def test_the_window_never_touches_the_tables() -> None:
    keep_apart(
        "the window never touches the tables",
        "ui",
        *("models", "peewee", "playhouse", "openpyxl", "sqlcipher3"),
    )


def test_the_clinics_rules_never_touch_qt() -> None:
    keep_apart("the clinic's rules never touch Qt", "services", "PySide6", "shiboken6", "ui")


def test_the_store_knows_nobody_above_it() -> None:
    keep_apart(
        "the store knows nobody above it", "models", "ui", "services", "PySide6", "shiboken6"
    )


def test_nobody_opens_the_file_with_another_library() -> None:
    nowhere(r"\b(import|from)\s+sqlite3\b|\bimport_module\(.sqlite3|\bQtSql\b")


def test_the_business_date_never_comes_from_sqlite_or_the_wall_clock() -> None:
    in_sql = (
        r"\b(date|datetime|time|julianday|strftime)\([^)]*'now'|\bCURRENT_(DATE|TIME|TIMESTAMP)\b"
    )
    in_python = r"\bdatetime\.(now|today|utcnow)\(|\bdate\.today\(|\butcnow\("
    nowhere(f"{in_sql}|{in_python}", except_in=CLOCK)
