"""What was handed over and signed for: asked by the window all the time, and by every way to show
such a report, and so without loading the reports (R137)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.database import ClinicDatabase
from models.paperwork import Handover
from models.system import Audit, Staff
from services.clock import plus_days
from services.i18n import tr

MONDAY = "monday-members"


@dataclass(frozen=True)
class HandoverRow:
    """A hand-over: which days, how many rows, who gave and who took it."""

    id: int
    first: str
    last: str
    rows: int
    digest: str
    on: str
    handed_by: str
    received_by: str
    note: str


def handed(db: ClinicDatabase, report: str, first: str, last: str) -> HandoverRow | None:
    """The newest hand-over of just these days."""
    giver, taker = Staff.alias(), Staff.alias()
    row = db.row(
        Handover.select(
            Handover.id,
            Handover.first_day,
            Handover.last_day,
            Handover.row_count,
            Handover.digest,
            Handover.occurred_on,
            giver.name,
            taker.name,
            Handover.note,
        )
        .join(giver, on=(giver.id == Handover.handed_by))
        .switch(Handover)
        .join(taker, on=(taker.id == Handover.received_by))
        .where(
            (Handover.report == report)
            & (Handover.first_day == first)
            & (Handover.last_day == last)
        )
        .order_by(Handover.id.desc())
        .limit(1)
    )
    return None if row is None else HandoverRow(*row)


def signed_words(signed: HandoverRow | None, digest: str) -> str:
    """Who signed for the days and when, and whether they read differently now; `digest` is of what
    they say now."""
    if signed is None:
        return tr("还没有移交签收。")
    words = tr("已签收：{giver}移交，{taker}于 {day} 签收，{rows} 人。")
    if signed.digest != digest:
        words = tr(
            "已签收：{giver}移交，{taker}于 {day} 签收，{rows} 人；此后内容有变动，可再次移交。"
        )
    return words.format(
        giver=signed.handed_by, taker=signed.received_by, day=signed.on, rows=signed.rows
    )


def handed_until(db: ClinicDatabase, report: str) -> str | None:
    """The last day up to which every day was handed over, since the first one that ever was; None
    before the first time."""
    columns = (Handover.first_day, Handover.last_day)
    query = Handover.select(*columns).where(Handover.report == report).order_by(*columns)
    until: str | None = None
    for first, last in db.rows(query):
        if until is not None and first > plus_days(until, 1):
            break
        until = max(until or last, last)
    return until


def handover_due(db: ClinicDatabase, today: str) -> bool:
    """Whether last week's new members still have to be handed over: from Monday until they are
    signed for (R137). Not in the clinic's own first week."""
    monday = plus_days(today, -date.fromisoformat(today).weekday())
    opened = db.scalar(Audit.select(Audit.business_date).where(Audit.seq == 1))
    if opened is None or opened >= monday:
        return False
    return (handed_until(db, MONDAY) or "") < plus_days(monday, -1)
