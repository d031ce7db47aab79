"""Where a scheduler puts the Friday workbook: which week it is, and a name that spoils nothing.

A signed week has the window's own file name and is never written over; one that is not signed yet
has 未签 in its name, and the next run writes that anew.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

from models.database import ClinicDatabase
from services.clock import plus_days
from services.errors import RuleError
from services.gifts.appointment import appointment
from services.gifts.fridays import WEEK
from services.gifts.period import PeriodView, current, first_day, friday_of, last_close
from services.i18n import tr
from services.workbooks.friday import NOTES, file_name, identity

_MOST = 50  # of one week in one folder


def newest_week(db: ClinicDatabase, today: str) -> str:
    """The week that is being counted, else the newest whose day of counting has come (R144)."""
    going_on = current(db)
    if going_on is not None and not going_on.corrects_id:
        return going_on.week
    ending = friday_of(today)
    counted = ending if today >= appointment(db, ending).day else plus_days(ending, -WEEK)
    last = last_close(db)
    if last is not None and last.week > counted:
        return last.week  # counted early
    return counted if counted >= first_day(db) else ending


def place_for(folder: Path, view: PeriodView) -> Path | None:
    """The file for this week; None when it lies there already, signed as it is now. Raises
    RuleError: too many files of this week."""
    plain = folder / file_name(view.week)
    if not view.signed:
        return plain.with_stem(tr("{name}_未签").format(name=plain.stem))
    for number in range(1, _MOST):
        path = plain if number == 1 else plain.with_stem(f"{plain.stem}_{number}")
        if not path.exists():
            return path
        if is_of(path, view):
            return None
    raise RuleError(tr("{week} 的核对表在这个文件夹里太多了，请移走旧的。").format(week=view.week))


def is_of(path: Path, view: PeriodView) -> bool:
    """Whether a file is the workbook of this very close: another close of the same week was
    corrected since. A file that cannot be read is another."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True)
    except (OSError, BadZipFile, InvalidFileException, KeyError, ValueError):
        return False
    try:
        if NOTES not in book.sheetnames:
            return False
        rows = book[NOTES].iter_rows(max_row=40, max_col=2, values_only=True)
        said = {str(row[0]): str(row[1]) for row in rows if len(row) == 2}
        return all(said.get(label) == value for label, value in identity(view))
    finally:
        book.close()
