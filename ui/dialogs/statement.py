"""The person's statement: what they hold, and every point with its why, to read or print."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from services.desk.strip import member_strip
from services.i18n import tr
from services.loyalty.points import kind_title, points_ledger
from services.setup import clinic_name
from ui.context import UiContext
from ui.dialogs.base import Dialog

LATEST = 200


def statement_text(context: UiContext, person_id: int) -> str:
    """Plain text, the name masked, newest entries first."""
    strip = member_strip(context.db, context.today(), person_id)
    rows = points_ledger(context.db, person_id)
    lines = [
        tr("{clinic} 积分对账单").format(clinic=clinic_name(context.clinic)),
        tr("{name}{title}  {number}  {tier}").format(
            name=strip.name_masked, title=strip.title, number=strip.number, tier=strip.tier_name
        ),
        tr("{points}  截至 {day}").format(points=strip.points_text, day=context.today()),
        "",
        tr("日期        积分      结余      说明"),
    ]
    for row in rows[:LATEST]:
        why = " ".join(
            part for part in (kind_title(row.kind), row.receipt_number, row.reason) if part
        )
        lines.append(f"{row.occurred_on}  {row.points:>+8,}  {row.balance:>8,}  {why}")
    if len(rows) > LATEST:
        lines.append(tr("……更早 {n} 行略。").format(n=len(rows) - LATEST))
    lines += ["", tr("如有疑问请在前台核对。顾客签字：____________")]
    return "\n".join(lines)


class StatementDialog(Dialog):
    """Enter prints, Esc closes."""

    def __init__(self, context: UiContext, parent: QWidget | None) -> None:
        super().__init__(context, parent, tr("积分对账单"))
        self.resize(640, 480)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(tr("对账单内容"))
        shown = context.alerts.run(statement_text, context, context.person_id or 0)
        self.text.setPlainText(shown or "")
        self.body.addWidget(self.text, 1)
        self.print_button = self.add_buttons(tr("打印"), tr("关闭"))
        self.print_button.setFocus()

    def submit(self) -> None:
        """Print."""
        from ui.printing import print_text

        if print_text(self.text.toPlainText(), self):
            self.accept()
