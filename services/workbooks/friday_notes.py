"""What the sheet 说明 tells beside the totals: corrections, recounts, the weeks before."""

from __future__ import annotations

from itertools import pairwise

from models.database import ClinicDatabase
from services.gifts.friday_lists import shrinkage, with_first_counts
from services.gifts.period import PeriodRow, PeriodView, closes_of
from services.gifts.stock import place_name
from services.i18n import tr
from services.workbooks.writer import Sheet

_CHARTED = 6  # so many gifts stand in the chart beside the total


def corrections(db: ClinicDatabase, view: PeriodView) -> list[tuple[str, str]]:
    """Why and by whom the week was opened again, and every line that was counted anew."""
    row = view.row
    if row is None:
        return []
    found: list[tuple[str, str]] = []
    closes = closes_of(db, row) if view.signed else []
    for before, correction in pairwise(closes):
        found.append((tr("更正"), _corrected(before, correction)))
    if view.correcting is not None:
        sentence = tr("{name} {day} 重新打开，尚未结账：{reason}。结账以前以本表为准。")
        words = sentence.format(
            name=view.correcting.opened_by,
            day=view.correcting.opened_on,
            reason=view.correcting.reason,
        )
        found.append((tr("正在更正"), words))
    if view.state == "counting":
        return found  # counting is blind, also about the first count
    for line in with_first_counts(db, row, list(view.lines)):
        if line.recounted:
            sentence = tr("{name}({place}) 原点 {first} → 复点 {counted}")
            words = sentence.format(
                name=line.name,
                place=place_name(line.place),
                first=line.first,
                counted=line.counted,
            )
            found.append((tr("复点"), words))
    return found


def _corrected(before: PeriodRow, correction: PeriodRow) -> str:
    sentence = tr(
        "{reason}({name} {day} 重新打开)。"
        "原核对号 {number}，{closed} 由 {marketing}、{billing} 签字结账。"
    )
    return sentence.format(
        reason=correction.reason,
        name=correction.opened_by,
        day=correction.opened_on,
        number=before.id,
        closed=before.closed_on,
        marketing=before.marketing_signer,
        billing=before.billing_signer,
    )


def write_shrinkage(sheet: Sheet, db: ClinicDatabase, view: PeriodView) -> None:
    """The differences of the last closed weeks up to this one, every gift, and a chart of them
    all together and of the largest (R144)."""
    until = view.row.id if view.row is not None and view.signed else None
    past = shrinkage(db, until_id=until)
    if not past.weeks:
        return
    title = tr("近 {n} 周盈亏(件)").format(n=len(past.weeks))
    sheet.heading(title, *past.weeks)
    header = sheet.row_number
    for line in (past.total, *past.gifts):
        sheet.figures(line.name, line.differences)
    sheet.bars(
        title,
        header=header,
        first=header + 1,
        last=header + 1 + min(len(past.gifts), _CHARTED),
        width=1 + len(past.weeks),
    )
