"""The person's statement: what they hold, and every point with its why, to read or print."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from services.desk.strip import member_strip
from services.i18n import tr
from services.loyalty.points import PointsRow, kind_title, points_ledger
from services.loyalty.points_accounts import balance
from services.loyalty.points_trace import Schedule, schedule
from services.loyalty.redemption_list import redemptions_of
from services.programmes.registry import Timeline, main_timeline
from services.setup import clinic_name
from ui.context import UiContext
from ui.dialogs.base import Dialog

LATEST = 200


def statement_text(context: UiContext, person_id: int, timeline: Timeline | None = None) -> str:
    """Plain text, the name masked, newest entries first; of the main programme unless another
    one is named."""
    db, today = context.db, context.today()
    timeline = timeline or main_timeline(db)
    strip = member_strip(db, today, person_id)
    lines = [
        tr("{clinic} 积分对账单").format(clinic=clinic_name(context.clinic)),
        tr("{name}{title}  {number}  {tier}").format(
            name=strip.name_masked, title=strip.title, number=strip.number, tier=strip.tier_name
        ),
        tr("{points}  截至 {day}").format(points=strip.points_text, day=today),
    ]
    if timeline.programme_id != main_timeline(db).programme_id:
        lines[-1] = _other_account(context, person_id, timeline)
    lines += _endings(schedule(db, today, person_id, timeline))
    lines += _redeemed(db, person_id, timeline)
    rows = points_ledger(db, person_id, timeline.programme_id)
    lines += ["", tr("日期        积分      结余      说明")]
    for row in rows[:LATEST]:
        lines.append(
            f"{row.occurred_on}  {row.points:>+8,}  {row.balance:>8,}  {_why(row)}".rstrip()
        )
    if len(rows) > LATEST:
        lines.append(tr("……更早 {n} 行略。").format(n=len(rows) - LATEST))
    lines += ["", tr("如有疑问请在前台核对。顾客签字：____________")]
    return "\n".join(lines)


def _other_account(context: UiContext, person_id: int, timeline: Timeline) -> str:
    found = balance(context.db, context.today(), person_id, timeline)
    words = tr("{programme}：可用 {n} 分，欠 {owed} 分  截至 {day}")
    return words.format(
        programme=timeline.name,
        n=f"{found.available:,}",
        owed=f"{found.deficit:,}",
        day=context.today(),
    )


def _endings(found: Schedule) -> list[str]:
    """What ends when; nothing where points live for ever (R034)."""
    ending = [lot for lot in found.lots if lot.expires_on is not None]
    if not ending:
        return []
    lines = ["", tr("到期日      积分      得分日期")]
    lines += [f"{lot.expires_on}  {lot.points:>8,}  {lot.earned_on}" for lot in ending]
    return lines


def _redeemed(db: Any, person_id: int, timeline: Timeline) -> list[str]:
    """What was redeemed, by name."""
    rows = [
        row for row in redemptions_of(db, person_id) if row.programme_id == timeline.programme_id
    ]
    if not rows:
        return []
    lines = ["", tr("兑换日期    积分      项目")]
    for row in rows:
        name = row.name if row.quantity == 1 else f"{row.name} × {row.quantity}"
        back = tr("(已退回 {n} 分)").format(n=f"{row.returned:,}") if row.returned else ""
        lines.append(f"{row.occurred_on}  {-row.points:>+8,}  {name}{back}")
    return lines


def _why(row: PointsRow) -> str:
    kind = kind_title(row.kind)
    named = row.reason.startswith(kind)  # a redemption says its name: '兑换：超声波洁牙'
    return " ".join(
        part for part in ("" if named else kind, row.receipt_number, row.reason) if part
    )


class StatementDialog(Dialog):
    """Enter prints, Esc closes."""

    def __init__(
        self, context: UiContext, parent: QWidget | None, timeline: Timeline | None = None
    ) -> None:
        super().__init__(context, parent, tr("积分对账单"))
        self.resize(640, 480)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(tr("对账单内容"))
        shown = context.alerts.run(statement_text, context, context.person_id or 0, timeline)
        self.text.setPlainText(shown or "")
        self.body.addWidget(self.text, 1)
        self.print_button = self.add_buttons(tr("打印"), tr("关闭"))
        self.print_button.setFocus()

    def submit(self) -> None:
        """Print."""
        from ui.printing import print_text

        if print_text(self.text.toPlainText(), self):
            self.accept()
