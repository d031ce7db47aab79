"""总结: what came of an activity, and its end: closed with a summary, or cancelled (R012)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from services.activities.planning import cancel_activity, close_activity
from services.activities.records import ActivityRow
from services.activities.results import AFTER_DAYS, Results, results
from services.activities.words import CANCELLED, CLOSED, HELD, OPEN, PLANNED
from services.i18n import tr
from services.money import yuan
from ui.context import UiContext
from ui.forms import label
from ui.theme import GAP
from ui.widgets.activity_page import ActivityPage
from ui.widgets.gift_kit import RightNote, key_button
from ui.widgets.reception_parts import Facts


class ActivitySummaryPage(ActivityPage):
    """Figures at the left, words at the right."""

    def __init__(self, context: UiContext) -> None:
        super().__init__(context)
        self.note = RightNote(context)
        self.facts = Facts()
        self.ask = label("", "subheading")
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("总结"))
        self.close_button = key_button(tr("关闭活动(&G)"), "primary")
        self.cancel_button = key_button(
            tr("取消活动(&X)…"), "danger", tr("写明原因；已报名的会安排电话通知")
        )
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.ask)
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.addWidget(self.cancel_button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column.addLayout(row)
        both = QHBoxLayout()
        both.setSpacing(4 * GAP)
        both.addWidget(self.facts, 2, Qt.AlignmentFlag.AlignTop)
        both.addWidget(words, 3)
        self.body.addWidget(self.note)
        self.body.addLayout(both, 1)
        self.close_button.clicked.connect(self.finish)
        self.cancel_button.clicked.connect(self.cancel)

    def refresh(self) -> None:
        """The figures of now, and what may be done."""
        row = self.row
        assert row is not None
        found = self.context.alerts.run(results, self.context.db, row.id)
        if found is not None:
            self.facts.show_rows(_facts(found))
        allowed = self.note.check("activity.close")
        ended = row.state in (CLOSED, CANCELLED)
        if ended:
            self.text.setPlainText(row.summary)
        self.ask.setText(_ask(row))
        self.text.setReadOnly(ended or not allowed)
        self.close_button.setEnabled(allowed and row.state == HELD)
        self.close_button.setVisible(not ended)
        self.cancel_button.setEnabled(allowed)
        self.cancel_button.setVisible(row.state in (PLANNED, OPEN) and not row.attended)

    def first_focus(self) -> QWidget:
        return self.text

    def finish(self, *_: object) -> None:
        """Close the activity with what was written."""
        if self.row is None:
            return
        done = self.write(close_activity, activity_id=self.row.id, summary=self.text.toPlainText())
        if done is not None:
            self.context.alerts.banner(tr("活动已总结并关闭。费用以后还能补记。"), "success")

    def cancel(self, *_: object) -> None:
        """Give the activity up, after asking; the words are the reason."""
        row, reason = self.row, self.text.toPlainText().strip()
        if row is None:
            return
        if not reason:
            self.context.alerts.banner(tr("先在右边写明取消的原因，再按取消。"), "warning")
            self.text.setFocus()
            return
        words = tr("取消“{name}”？已报名和候补的会安排今天电话通知。取消后不能恢复。")
        asked = words.format(name=row.name)
        if not self.context.alerts.ask(tr("取消活动"), asked, tr("取消活动(&Y)")):
            return
        done = self.write(cancel_activity, activity_id=row.id, reason=reason)
        if done is not None:
            told = tr("活动已取消，安排了 {n} 个电话通知。").format(n=done.calls)
            self.context.alerts.banner(told, "success")


def _ask(row: ActivityRow) -> str:
    return {
        HELD: tr("总结：来了谁、讲了什么、下次改什么"),
        CLOSED: tr("总结"),
        CANCELLED: tr("取消的原因"),
    }.get(row.state, tr("活动办完再写总结；要取消，请在这里写原因"))


def _facts(found: Results) -> list[tuple[str, tuple[str, ...], str]]:
    row = found.row
    people = [tr("{n} 位顾客，含同行 {all} 人").format(n=row.attended, all=row.present)]
    if found.walk_ins:
        people.append(tr("其中现场来的 {n} 位").format(n=found.walk_ins))
    if row.missed:
        people.append(tr("报名没来 {n} 位").format(n=row.missed))
    lines: list[tuple[str, tuple[str, ...], str]] = [
        (tr("到场"), tuple(people), ""),
        (tr("费用"), (tr("¥{n}").format(n=yuan(found.cost_fen)),), ""),
        (tr("积分"), (_points(found),), ""),
        (
            tr("礼品"),
            (tr("{n} 件，值 ¥{fen}").format(n=found.gifts, fen=yuan(found.gifts_fen)),),
            "",
        ),
        (tr("合计"), (tr("¥{n}").format(n=yuan(found.total_fen)),), ""),
    ]
    if found.per_head_fen is not None:
        lines.append((tr("人均"), (tr("¥{n}").format(n=yuan(found.per_head_fen)),), ""))
    after = tr("{n} 天内来院").format(n=AFTER_DAYS)
    came = tr("{n} 位，{visits} 次").format(n=found.came_after, visits=found.visits)
    lines.append((tr("新客首诊"), (tr("{n} 位").format(n=found.new_people),), ""))
    lines.append((after, (came,), ""))
    return lines


def _points(found: Results) -> str:
    """Where points are only counted they are worth nothing, and nothing is said about it."""
    if not found.points_fen:
        return tr("{n} 分").format(n=f"{found.points:,}")
    words = tr("{n} 分，值 ¥{fen}")
    return words.format(n=f"{found.points:,}", fen=yuan(found.points_fen))
