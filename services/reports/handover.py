"""A report handed over and signed for: Monday's new members, from the desk to marketing (R137).

What was signed for is kept as a digest of the rows: when the same days read differently later,
the window says so and the report may be handed over again.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.paperwork import Handover
from services.changes import Changes, Kind
from services.clock import plus_days
from services.commands import Approval, Tx, command
from services.errors import RuleError
from services.gifts.period import default_week
from services.i18n import tr
from services.reports.handed import HandoverRow, handed_until
from services.reports.reading import read_inside
from services.reports.registry import find
from services.reports.sheet import Ask, Report
from services.reports.spans import Span, around, checked, usual

SIGNATURE = "sign.handover"


@dataclass(frozen=True)
class HandedOver:
    """A report was handed over with so many rows."""

    handover_id: int
    rows: int
    changes: Changes


@command("report.hand_over", entity="handover")
def hand_over(
    tx: Tx,
    *,
    report: str,
    first: str,
    last: str,
    seen: str,
    approval: Approval | None,
    note: str = "",
) -> HandedOver:
    """Hand a report over to whoever signs for it with their own PIN (R137). `seen` is the digest
    of what was on the screen: nobody signs for what they did not see.

    Raises RuleError: a report that is not handed over, days that are not over yet, signed for
    already and nothing changed, days left out or handed over with others, content that changed
    meanwhile, no signature, the same person on both sides.
    """
    found = find(report)
    if not found.handed_over:
        raise RuleError(tr("“{title}”不用移交签收。").format(title=found.title))
    checked(tx.today, first, last)
    if last >= tx.today:
        sentence = tr("这段时间还没有过完，请在 {day} 以后移交。")
        raise RuleError(sentence.format(day=plus_days(last, 1)))
    second = tx.require(approval, SIGNATURE, tr("请市场部输入自己的密码签收。"))
    if second.staff_id == tx.actor.id:
        raise RuleError(tr("移交人和签收人须是两个人。"))
    now = read_inside(tx.db, found, Ask(first, last, tx.today), limit=0)
    if now.digest != seen:
        raise RuleError(tr("内容已变，请再看一遍。"))
    _check_days(now.signed, now.digest, handed_until(tx.db, report), first)
    rows = now.sheets[0].count
    row_id = tx.db.insert(
        Handover,
        report=report,
        first_day=first,
        last_day=last,
        row_count=rows,
        digest=now.digest,
        note=note.strip(),
        occurred_on=tx.today,
        handed_by=tx.actor.id,
        received_by=second.staff_id,
        seq=tx.seq,
    )
    tx.about(
        row_id,
        report=report,
        first=first,
        last=last,
        rows=rows,
        digest=now.digest,
        received_by=second.staff_id,
    )
    return HandedOver(row_id, rows, Changes((Kind.REPORT,)))


def _check_days(earlier: HandoverRow | None, digest: str, until: str | None, first: str) -> None:
    """Days follow on those handed over before, without a gap and without an overlap; just the same
    days may be handed over again once they read differently. Raises RuleError."""
    if earlier is not None:
        if earlier.digest == digest:
            sentence = tr("这段时间的汇总已由{who}于 {day} 签收，内容没有变化。")
            raise RuleError(sentence.format(who=earlier.received_by, day=earlier.on))
        return
    if until is None or first == plus_days(until, 1):
        return
    words = {"until": until, "next": plus_days(until, 1)}
    if first > plus_days(until, 1):
        sentence = tr("上次移交到 {until}，中间不能漏掉日子，请从 {next} 开始移交。")
        raise RuleError(sentence.format(**words))
    sentence = tr(
        "到 {until} 为止已经移交过，请从 {next} 开始；内容有变动的，请选和当时相同的日期再移交。"
    )
    raise RuleError(sentence.format(**words))


def usual_span(db: ClinicDatabase, report: Report, today: str) -> Span:
    """The days a report is about when nobody says. One that is handed over goes on the day after
    its last hand-over, up to last Sunday, so that no week is left out."""
    if report.period == "friday":
        return around("friday", default_week(db, today))
    span = usual(report.period, today)
    if not report.handed_over:
        return span
    until = handed_until(db, report.name)
    return span if until is None or until >= span[1] else (plus_days(until, 1), span[1])
