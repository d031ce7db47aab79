"""`reconcile`: the Friday workbook of a week, as a file of a given name or of its own."""

from __future__ import annotations

import argparse

from services.clinic import Clinic
from services.clock import is_date
from services.errors import RuleError
from services.gifts.period import last_close, week_view
from services.headless.terminal import say
from services.i18n import tr
from services.workbooks.friday import state_name, write_friday
from services.workbooks.friday_place import newest_week, place_for

LAST = "last"


def run(clinic: Clinic, chosen: argparse.Namespace) -> int:
    """Write it; a signed one that lies there already is left as it is. A week that was signed after
    the hour at which it was written unsigned goes before the newest. Answers 0."""
    today = clinic.clock.today()
    week = newest_week(clinic.db, today) if chosen.week == LAST else chosen.week
    if not is_date(week):
        raise RuleError(tr("日期请写成 年-月-日，例如 2026-11-20。"))
    if chosen.week == LAST and chosen.out_dir is not None:
        signed = last_close(clinic.db)
        if signed is not None and signed.week < week:
            _write(clinic, chosen, signed.week)
    _write(clinic, chosen, week)
    return 0


def _write(clinic: Clinic, chosen: argparse.Namespace, week: str) -> None:
    view = week_view(clinic.db, week, today=clinic.clock.today())
    path = chosen.out if chosen.out_dir is None else place_for(chosen.out_dir, view)
    if path is None:
        say(tr("{week} 的核对表已签、已在文件夹里，没有再写。").format(week=week))
        return
    written = write_friday(clinic, path, week=week)
    sentence = tr("已写出 {week} 的礼品核对表：{state}，共 {rows} 行。")
    say(sentence.format(week=written.week, state=state_name(view), rows=written.rows))
    if chosen.out_dir is not None:
        say(tr("文件：{path}").format(path=path))
