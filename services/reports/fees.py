"""会费递延: fees by month, a sheet for every programme that ever took any (R059)."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.schemes import FeePayment
from services.i18n import tr
from services.memberships.deferred import fee_income
from services.programmes.registry import every_timeline
from services.reports.sheet import Ask, Chart, Column, Sheet


def fees(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Received, recognised and deferred by month, of the months that the days lie in."""
    with_fees = {row[0] for row in db.rows(FeePayment.select(FeePayment.programme_id).distinct())}
    last = min(ask.last, ask.today)[:7]
    made = [
        _sheet(db, each.programme_id, each.name, ask.first[:7], last)
        for each in every_timeline(db)
        if each.programme_id in with_fees
    ]
    return tuple(made) or (Sheet(tr("会费递延"), _columns(), ()),)


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("月份"), 12),
        Column(tr("收到(元)"), 16, "money", "sum"),
        Column(tr("本月确认(元)"), 16, "money", "sum"),
        Column(tr("月末递延(元)"), 16, "money"),
    )


def _sheet(db: ClinicDatabase, programme_id: int, name: str, first: str, last: str) -> Sheet:
    months = fee_income(db, programme_id, first, last)
    labels = tuple(each.month for each in months)
    return Sheet(
        name,
        _columns(),
        [(m.month, m.received_fen, m.earned_fen, m.deferred_fen) for m in months],
        notes=(
            tr("收到已扣除作废和退费；确认按会籍天数逐月计算；递延是月末还没到期的部分，不合计。"),
        ),
        chart=Chart(
            tr("月末递延(元)"),
            labels,
            ((tr("月末递延(元)"), tuple(each.deferred_fen // 100 for each in months)),),
        ),
    )
